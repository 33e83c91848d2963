"""A learner's line as a claim about texts, which is judged by a reader of its own.

Neither the parser nor the trees of the sheet are asked: what was typed for the task stands
beside what was typed for the line, at every size and at and beside the numbers of both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sympy.core.basic import Basic

from derive.core import heads
from derive.core.indexing import root
from derive.core.kinds import Dimension
from derive.core.walk import substitute
from derive.errors import DeriveError, EvaluationError, NotationError
from derive.functions.function_records import entry_of
from derive.judge.claims.claim_records import Claim, Disagreement, Pair
from derive.judge.claims.direction_claims import Result, cost_claim, derivative_claim
from derive.judge.claims.text_claims import judge
from derive.judge.precision import mp, own
from derive.judge.reading.formula_reader import read
from derive.judge.reading.lazy_arrays import Array, OutOfWork, Run
from derive.judge.reading.lazy_arrays import Point as TextPoint
from derive.judge.trees.evaluate import Point
from derive.judge.trees.line_points import with_definitions
from derive.notation.printing.plain import plain
from derive.notation.reading.specification import Definition
from derive.teaching.sheets.field_task import definition_lines
from derive.teaching.sheets.task import Task


@dataclass(frozen=True)
class Opinion:
    """Whether a line was read and compared, whether it is wrong, and a point at which it is."""

    read: bool
    wrong: bool = False
    point: Point | None = None


@dataclass(frozen=True)
class TextJudge:
    """Compares lines with a task by their texts. `definitions` are the names that lines keep."""

    task: Task
    definitions: tuple[Definition, ...] = ()

    def opinion(self, text: str, ground: Basic, edges: bool = True) -> Opinion:
        """What the texts say of a line; with `edges` at the numbers of the formulas too.

        The text as typed is judged; where it is empty or not read, the printed line with its
        names written out.
        """
        typed = [partial(self._typed, text)] if text else []
        for claim in (*typed, partial(self._printed, ground)):
            try:
                judge(replace(_lenient(claim()), edges=edges))
            except (NotationError, OutOfWork):
                continue
            except Disagreement as disagreement:
                return Opinion(True, True, self._at(disagreement))
            return Opinion(True)
        return Opinion(False)

    # The two claims

    def _typed(self, text: str) -> Claim:
        """Of the line as it was typed."""
        lines = definition_lines(self.task.posed.specification)
        return self._claim("\n".join((*lines, self.task.formula)), text, "\n".join(lines))

    def _printed(self, ground: Basic) -> Claim:
        """Of the line as it is printed, with what a name stands for in place of most names."""
        asked = self.task.truth
        while not self.task.is_cost and isinstance(asked, heads.Partial):
            asked = asked.args[0]
        names = self.task.reserved
        kept = [f"{d.name}: real[{', '.join(str(i.dim) for i in d.indices)}]".replace("[]", "")
                for d in self.definitions]
        claim = self._claim(plain(asked, names), plain(ground, names), "", kept)
        return replace(claim, complete=self._completing()) if kept else claim

    def _claim(self, target: str, line: str, definitions: str, kept: Sequence[str] = ()) -> Claim:
        task = self.task
        given = (*task.posed.specification.declared, *kept)
        letters = tuple((i.name, _dimension(i.dim)) for i in task.indices)
        result = Result(line, given, letters, (), definitions, functions=self._own_functions())
        if task.is_cost:
            return cost_claim(target, given, self._by(), result)
        if not task.at:
            return _value_claim(target, given, result)
        return derivative_claim(target, given, self._by(), result, second=len(task.at) == 2)

    def _own_functions(self) -> dict[str, Any]:
        """The entries of a user's functions, which the judge reads too."""
        return {f.name: entry_of(f) for f in self.task.scope.functions.values() if f.own}

    def _by(self) -> str:
        """The variable in words. Raises NotationError for two that are not entries of one array."""
        task = self.task
        first, *others = (plain(v, task.reserved) for v in task.at)
        if others and task.indices:
            half = len(task.indices) // 2
            other = substitute(task.at[0], dict(zip(task.indices[:half], task.indices[half:],
                                                    strict=False)))
            if root(task.at[0]) != root(task.at[1]) or other != task.at[1]:
                raise NotationError("two variables of differentiation")
        elif others and task.at[0] != task.at[1]:
            raise NotationError("two variables of differentiation")
        return first

    def _completing(self) -> Callable[[TextPoint, Any], TextPoint]:
        """The point with the values of the names that lines keep."""
        spec = self.task.posed.specification
        read_ = read("\n".join((*definition_lines(spec), "0")), spec.declared,
                     own=self._own_functions())

        def complete(point: TextPoint, ctx: Any) -> TextPoint:
            run = Run(ctx, replace(point, values={
                n: v for n, v in point.values.items() if n not in read_.defined}))
            for definition in self.definitions:
                value = read_.names.codes[definition.name].call(run)
                point = point.having(definition.name, {at: value.at(at) for at in value.places()}
                                     if isinstance(value, Array) else ctx.mpf(value))
            return point

        return complete

    # Back to the names of the sheet

    def _at(self, disagreement: Disagreement) -> Point | None:
        """The point of a disagreement, in terms of the sheet's names."""
        scope, given = self.task.scope, disagreement.point
        defined = {d.name for d in self.definitions}
        values = {scope.names[name]: value for name, value in given.values.items()
                  if name not in defined}
        point = Point(
            {scope.dims[n]: size for n, size in given.sizes.items()},
            {**{i: disagreement.places[i.name] for i in self.task.indices},
             **{leaf: own(v) for leaf, v in values.items() if not isinstance(v, dict)}},
            {leaf: {at: own(entry) for at, entry in v.items()} for leaf, v in values.items()
             if isinstance(v, dict)},
            functions={name: _function(f) for name, f in given.functions.items()})
        try:
            return with_definitions(point, self.definitions, 50)
        except (EvaluationError, DeriveError):
            return None


def _function(value: Callable[[Any, Any, int], Any]) -> Callable[[Any, int], Any]:
    return lambda x, order: own(value(mp, x, order))


def _value_claim(target: str, given: Sequence[str], result: Result) -> Claim:
    """The line has the value of the typed formula."""
    typed = read(target, given, dict(result.letters), own=result.functions)
    printed = read("\n".join((result.definitions, result.text)), given, dict(result.letters),
                   shared=typed.letters, own=result.functions)

    def pairs(run: Run) -> Iterator[Pair]:
        yield Pair(lambda here: typed.run(here), lambda here: printed.run(here))

    return Claim("the typed formula", {**typed.types, **printed.types}, (typed, printed), printed,
                 pairs, tuple(n for n, _ in result.letters))


def _lenient(claim: Claim) -> Claim:
    """The claim where both sides have a value: a line may hold with fewer points than the task."""
    pairs = claim.pairs
    return replace(claim, must=False,
                   pairs=lambda run: (replace(p, strict=False) for p in pairs(run)))


def _dimension(dim: Dimension) -> int | str:
    text = str(dim)
    return int(text) if re.fullmatch(r"\d+", text) else text
