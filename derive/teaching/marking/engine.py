"""What the engine makes of a task, and of a line of the learner's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from sympy.core.basic import Basic

from derive.calculus.cost.potential import cost_of
from derive.calculus.gradient.chain_rule import RESTATED, WRITE_OUT_ALL, grad_through
from derive.calculus.gradient.partial_derivative import last_forms
from derive.calculus.integral.integral_search import Integrator
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.indexing import exact, unreal
from derive.core.walk import places
from derive.derivation import Derivation, Line, Step
from derive.errors import DeriveError, NoIntegralError, NotAGradient
from derive.functions.decisions import assuming
from derive.lazy import cached_property
from derive.notation.reading.specification import Definition
from derive.rulebook import rewriting
from derive.rulebook.loading import Rulebook
from derive.rulebook.measure import measure
from derive.rulebook.rule import Match
from derive.rulebook.tactics import Setting
from derive.teaching.sheets.task import Task

COST_SECONDS = 5.0  # for the search of a cost
STAGES = ("prepare", "differentiate", "sift", "fold", "tidy", "inverses", "logarithms", "symmetry")


@dataclass(frozen=True)
class Path:
    """The engine's way from a line: the steps, and where it ends."""

    start: Basic
    steps: tuple[Step, ...]

    @property
    def end(self) -> Basic:
        """The last line."""
        return self.steps[-1].line if self.steps else self.start

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines after the first, one a round."""
        rounds = (tuple(steps) for _, steps in groupby(self.steps, lambda step: step.round))
        return tuple(Line(steps[-1].line, steps) for steps in rounds)

    def followed_by(self, steps: Sequence[Step]) -> tuple[Step, ...]:
        """All steps, with further ones in rounds after the last."""
        last = self.steps[-1].round if self.steps else 0
        return (*self.steps, *(replace(step, round=step.round + last) for step in steps))


@dataclass(frozen=True)
class Route:
    """A way from the task: each line as the judge sees it, and as it is shown."""

    start: Basic
    lines: tuple[tuple[Basic, Line], ...]

    def part(self, before: Basic, after: Basic) -> tuple[Line, ...] | None:
        """The lines after one line up to another; None where they do not lie on the way so."""
        passed = [self.start, *(seen for seen, _ in self.lines)]
        if before not in passed or after not in passed[passed.index(before) + 1:]:
            return None
        first = passed.index(before)
        return tuple(line for _, line in self.lines[first:passed.index(after, first + 1)])


class Engine:
    """The engine at work on one task; its ways are kept, as is what others `made` of lines."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.made: dict[tuple[Basic, bool], tuple[Any, ...]] = {}
        self._paths: dict[tuple[Basic, str], Path | None] = {}

    # The task itself

    @cached_property
    def outcome(self) -> Derivation | NotAGradient | None:
        """The engine's derivation of the result, or the proof that a field has no cost."""
        try:
            if self.task.field is not None:
                return cost_of(self.task.field, self.task.rulebook, seconds=COST_SECONDS)
            path = self._own_path()
        except NotAGradient as refusal:
            return refusal
        except DeriveError:
            return None
        return None if path is None else self.task.derivation(path.steps)

    @property
    def derivation(self) -> Derivation | None:
        """The engine's derivation of the result; None where it finds none."""
        return self.outcome if isinstance(self.outcome, Derivation) else None

    @property
    def no_cost(self) -> NotAGradient | None:
        """The proof that the field of the task has no cost, where it has none."""
        return self.outcome if isinstance(self.outcome, NotAGradient) else None

    @cached_property
    def result(self) -> Basic | None:
        """The engine's result, or None where it finds none."""
        return None if self.derivation is None else self.derivation.result

    @cached_property
    def path(self) -> Path | None:
        """The engine's way from the task to its result."""
        if self.task.field is None:
            return self._own_path()
        cost, start = self.derivation, self.task.start
        if cost is None:
            return None
        integral = Path(start, next((p.steps for p in cost.parts if p.start == start), ()))
        if cost.steps:
            return Path(start, integral.followed_by(cost.steps))
        if integral.steps and integral.end == cost.result:
            return integral
        return Path(start, integral.followed_by([_put_together(integral.end, cost.result)]))

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The ways from the task: the engine's own, and through named intermediates."""
        routes = [] if self.path is None else [
            Route(self.path.start, tuple((x.expression, x) for x in self.path.lines))]
        names = [d.name for d in self.task.ground.definitions]
        if self.task.kind == "gradient" and not self.task.ground.kept:
            choices = dict.fromkeys([*((n,) for n in names), *([tuple(names)] if names else [])])
            routes += filter(None, map(self._route_through, choices))
        return tuple(routes)

    @exact
    def _route_through(self, names: tuple[str, ...]) -> Route | None:
        """The chain rule through some intermediates, or None where it does not apply."""
        ground = self.task.ground
        try:
            gradient = grad_through(self.task.posed, names, self.task.rulebook)
            first = _restated(
                self.task.start, gradient.start, name="chain rule", margin="chain rule",
                says="The derivative through an intermediate: the sum of the products of the two "
                     "derivatives.", source="DLMF 1.4.10")
            lines = (Line(gradient.start, (first,)), *gradient.lines())
            return Route(self.task.start, tuple((ground(x.expression), x) for x in lines))
        except DeriveError:
            return None

    @cached_property
    def passed(self) -> frozenset[Basic]:
        """The lines of the engine's own way to the result: each follows from the task by rules."""
        return frozenset(step.line for step in (self.path.steps if self.path else ()))

    @exact
    def _own_path(self) -> Path | None:
        if self.task.kind == "hessian":
            with assuming(self.task.conditions):
                return self._twice()
        strategies = ("gradient", "finish") if self.task.kind == "simplify" else ("gradient",)
        paths = filter(None, (self.way(self.task.start, strategy) for strategy in strategies))
        return min(paths, key=lambda path: measure(path.end), default=None)

    def _twice(self) -> Path:
        """The gradient brought to its result, then differentiated."""
        task, book = self.task, self.task.rulebook
        inner, second = task.start.args
        first = Work(inner, book).run("gradient")
        shown = task.derivation(tuple(first.steps), inner)
        works = {}
        for form in last_forms(shown):
            works[form] = Work(heads.Partial(form, second), book)
            works[form].run("again")
        form = min(works, key=lambda f: (works[f].line.has(heads.Partial), measure(works[f].line)))
        lines = [step.line for step in first.steps]
        steps = first.steps[:lines.index(form) + 1] if form in lines else first.steps
        inner_path = Path(task.start, tuple(
            replace(step, line=heads.Partial(step.line, second)) for step in steps))
        return Path(task.start, inner_path.followed_by(works[form].steps))

    # Any line

    @exact
    def way(self, line: Basic, strategy: str = "gradient") -> Path | None:
        """The engine's way from a line by a strategy; None where it comes to no end."""
        key = (line, strategy)
        if key not in self._paths:
            self._paths[key] = self._way(line, strategy)
        return self._paths[key]

    def _way(self, line: Basic, strategy: str) -> Path | None:
        work = Work(line, self.task.rulebook)
        try:
            with assuming(self.task.conditions):
                if line.has(heads.Antiderivative):
                    Integrator(self.task.rulebook, COST_SECONDS).integrate(work)
                else:
                    work.run(strategy)
                    self._write_out(work)
        except (DeriveError, NoIntegralError, ArithmeticError, ValueError):
            return None
        return None if unreal(work.line) else Path(line, tuple(work.steps))

    def _write_out(self, work: Work) -> None:
        """Intermediates that were kept for a derivative by them are written out."""
        ground = self.task.ground
        if not ground.definitions or ground.kept or work.line.has(heads.Partial):
            return
        formula = () if ground.formula is None else (  # the cost that is looked for has none
            Definition(ground.name, (), ground.formula),)
        work.use(WRITE_OUT_ALL, {"definitions": (*ground.definitions, *formula)}, "unfold")
        work.run("finish")

    def normal(self, line: Basic) -> Basic | None:
        """The form to which the engine brings a line, or None."""
        path = self.way(line)
        return None if path is None else path.end

    def ways(self, line: Basic) -> Iterator[Path]:
        """The engine's ways from a line: with logarithms taken apart first, and without."""
        yield from filter(None, (self.way(line, strategy) for strategy in ("gradient", "again")))

    @exact
    def single_steps(self, line: Basic) -> Iterator[tuple[Match, Basic]]:
        """Every rule at every place of a line, with the line that it makes."""
        seen: set[Basic] = set()
        parts = list(places(line))
        for stage in STAGES:
            rules = self.task.rulebook.stage(stage)
            for node, binders in parts:
                for rule in rewriting.candidates(rules, node):
                    match = rule.matches(node, binders)
                    if match is None or match.after == match.before:
                        continue
                    new = rewriting.replace(line, match.before, match.after)
                    if new not in seen and new != line:
                        seen.add(new)
                        yield match, new


def _put_together(before: Basic, after: Basic) -> Step:
    """The step from the integral of one component to the cost."""
    step = _restated(before, after, name="all components", margin="all components together",
                     says="What depends on one component alone is summed over all of them; the "
                          "derivative by every component is the field.", source="Definition")
    return replace(step, stage="finish", round=1)


def _restated(before: Basic, after: Basic, **words: str) -> Step:
    """A step that a page tells, of a derivation that stands elsewhere."""
    parameters = {"after": after, **words}
    rule = RESTATED.rule(Setting(parameters, Rulebook()))
    return Step(rule, before, after, {"e": before}, parameters, (), after)
