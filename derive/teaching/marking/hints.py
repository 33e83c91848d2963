"""The steps between two lines of a learner's, and the next step."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sympy.core.basic import Basic

from derive.core import heads
from derive.core.indexing import exact
from derive.core.stored import Stored
from derive.core.walk import places
from derive.derivation import Line, Step
from derive.errors import NotAGradient
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.rulebook.measure import measure
from derive.teaching.marking.engine import Engine, Path, Route
from derive.teaching.marking.hint_strategies import strategies, strategy_for

LEVELS = 4  # of hints: the strategy, the rule, the place, the line
_SYMMETRIC = ("symmetric Jacobian",
              "A field is the gradient of a cost only where its Jacobian is symmetric: compare the "
              "derivative of one component by another variable with that the other way round.")
_SIGNS = re.compile(r"\w+|\S")


@dataclass(frozen=True)
class Between(Stored):
    """How the engine gets from one line to the next: its lines, and whether it passes the next.

    Where it does not, the lines lead on to the engine's result.
    """

    lines: tuple[Line, ...]
    passes: bool

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the rules, each once."""
        return tuple(dict.fromkeys(label for line in self.lines for label in line.labels))


@exact
def between(engine: Engine, before: Basic, after: Basic) -> Between:
    """The engine's steps from a right line to the next one."""
    if before == after:
        return Between((), True)
    for route in engine.routes:
        part = route.part(before, after)
        if part is not None:
            return Between(part, True)
    paths = [*engine.ways(before)]
    for path in paths:
        part = _up_to(path, after)
        if part is not None:
            return Between(part, True)
    for match, new in engine.single_steps(before):
        if new == after:
            step = Step(match.rule, match.before, match.after, match.bindings, match.parameters,
                        match.obligations, new)
            return Between((Line(new, (step,)),), True)
    return Between(paths[0].lines if paths else (), False)


def _up_to(path: Path, after: Basic) -> tuple[Line, ...] | None:
    """The lines of a way up to a line, also one within a round; None where it is not passed."""
    shown = path.lines
    for place, line in enumerate(shown):
        lines = [s.line for s in line.steps]
        if after in lines:
            return (*shown[:place], Line(after, line.steps[:lines.index(after) + 1]))
    return None


@dataclass(frozen=True)
class Hint(Stored):
    """The next step, as far as its `level` reveals it.

    1: the `strategy`, what kind of step it is. 2: the `rule` and what it `says`, unless its words
    hold the outcome. 3: the `place`, the part of the line that it rewrites. 4: the `line` after
    it. Of a field without cost, `refutation` is the proof (3), and the answer is that (4).
    """

    level: int
    strategy: str
    rule: str = ""
    says: str = ""
    place: Basic | None = None
    line: Basic | None = None
    refutation: NotAGradient | None = None

    @property
    def denies(self) -> bool:
        """Whether the answer is revealed that there is no cost."""
        return self.level == LEVELS and self.refutation is not None

    def revealed(self) -> Hint:
        """What of the hint belongs to its level."""
        hint = self if self.level >= 4 else replace(self, line=None)
        hint = hint if self.level >= 3 else replace(hint, place=None, refutation=None)
        return hint if self.level >= 2 else replace(hint, rule="", says="")


@exact
def next_step(engine: Engine, node: Basic, level: int, earlier: Sequence[Basic] = (),
              ) -> Hint | None:
    """A hint to the step after a right line; None where the engine knows no further step.

    The lines `earlier` tell on which of several ways a learner is.
    """
    if engine.task.is_cost and engine.no_cost is not None:
        return Hint(level, strategies()[0].says, *_SYMMETRIC,
                    refutation=engine.no_cost).revealed()
    line, result = _next_line(engine, node, earlier), engine.result
    if line is not None:
        step = _first_step(line, node)
        hint = Hint(level, strategy_for(step), *_words_of(step, line.expression, engine),
                    place=step.before, line=line.expression)
    elif result is None or result == node:
        return None
    else:
        hint = Hint(level, strategy_for(None), place=node, line=result)
    return hint.revealed()


def _first_step(line: Line, node: Basic) -> Step:
    """The step of a line that is worth a hint: at a part of the line before, and not quiet."""
    parts = {part for part, _ in places(node)}
    there = [step for step in line.steps if step.before in parts] or [line.steps[0]]
    return next((step for step in there if not step.rule.quiet), there[0])


def _words_of(step: Step, line: Basic, engine: Engine) -> tuple[str, str]:
    """The name of a rule and its sentence, each unless it holds what comes out."""
    outcomes = [node for node in (step.after, line, engine.result) if node is not None]
    forms = [written(node, engine.task.reserved) for written in (plain, pretty)
             for node in outcomes]
    labels = (step.rule.label, step.rule.name.replace("-", " "))
    return (next((label for label in labels if not gives_away(label, forms)), ""),
            "" if gives_away(step.rule.says, forms) else step.rule.says)


def gives_away(words: str, forms: Iterable[str]) -> bool:
    """Whether some words hold one of some formulas, however it is spaced."""
    text = _SIGNS.findall(words)
    for form in map(_SIGNS.findall, forms):
        if any(text[n:n + len(form)] == form for n in range(len(text) - len(form) + 1)):
            return True
    return False


def _next_line(engine: Engine, node: Basic, earlier: Sequence[Basic]) -> Line | None:
    """The first line of the way on: on the route that the learner is on, else from the line."""
    routes = [(route, line) for route in engine.routes if (line := _after(route, node))]
    if routes:
        return max(routes, key=lambda pair: _shared(pair[0], earlier))[1]
    for path in engine.ways(node):
        shorter = node.has(heads.Operator) or measure(path.end) < measure(node)
        if shorter and path.lines and path.lines[0].expression not in earlier:
            return path.lines[0]
    return None


def _after(route: Route, node: Basic) -> Line | None:
    """The line of a route that follows on another, where that lies on it."""
    passed = [route.start, *(seen for seen, _ in route.lines)]
    if node not in passed:
        return None
    last = len(passed) - 1 - passed[::-1].index(node)
    return route.lines[last][1] if last < len(route.lines) else None


def _shared(route: Route, earlier: Sequence[Basic]) -> int:
    """How many of some lines lie on a route."""
    return len({seen for seen, _ in route.lines} & {*earlier})
