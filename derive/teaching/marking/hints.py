"""The steps between two lines of a learner's, the next step, and the rule that was meant."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from sympy.core.basic import Basic

from derive.core import heads
from derive.core.indexing import exact
from derive.core.stored import Stored
from derive.derivation import Line, Step
from derive.errors import UnknownNameError
from derive.rulebook.measure import measure
from derive.rulebook.rule import Rule
from derive.teaching.marking.engine import Engine, Path

FOLD = "fold"  # the stage in which definitions are recognised
LONGEST = 1.5  # a last line may be longer than the engine's result by this factor
_SYMMETRIC = ("A field is the gradient of a cost only where its Jacobian is symmetric: compare the "
              "derivative of one component by another variable with that the other way round.")


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


@exact
def probably_meant(engine: Engine, before: Basic, wrong: Basic, named: str = "") -> Rule | None:
    """The rule of the rulebook that leads from the line before nearest to what was written.

    `named` is the rule that a misconception names; it goes before what is only near.
    """
    if named:
        try:
            return engine.task.rulebook[named]
        except UnknownNameError:
            pass
    written = _parts(wrong)
    steps = [(match.rule, line) for match, line in engine.single_steps(before)
             if not match.rule.tactic]
    nearest = max(steps, key=lambda step: _nearness(_parts(step[1]), written), default=None)
    return None if nearest is None else nearest[0]


def _parts(node: Basic) -> Counter[Basic]:
    """All parts of an expression, with their counts."""
    return sum(map(_parts, node.args), Counter([node]))


def _nearness(first: Counter[Basic], second: Counter[Basic]) -> float:
    """The share of parts that two lines have in common."""
    return 2 * (first & second).total() / (first.total() + second.total())


@exact
def left_to_do(engine: Engine, node: Basic, typed: Basic) -> str:
    """What keeps a right line from being the end, in words; empty where nothing does."""
    if engine.task.is_of_a_component(node):
        return "the cost of one component is not yet the cost of all of them"
    for operator, name in ((heads.Partial, "derivative d(…)"),
                           (heads.Antiderivative, "integral(…)"), (heads.Operator, "operator")):
        if typed.has(operator) or node.has(operator):
            return f"an unevaluated {name} is left"
    result = engine.result
    if result is None or engine.task.is_cost:
        return ""
    size = measure(typed)
    if size > LONGEST * measure(result) and size > measure(_written_out(engine)):
        return "not yet as simple as it can be"
    return ""


def _written_out(engine: Engine) -> Basic | None:
    """The engine's result before definitions such as softmax were recognised in it."""
    path = engine.path
    steps = [] if path is None else [s.line for s in path.steps if s.stage != FOLD]
    return steps[-1] if steps else engine.result


@dataclass(frozen=True)
class Hint(Stored):
    """The next step, as far as it is revealed: the idea, the rule and its place, the line."""

    level: int
    idea: str
    rule: str = ""
    place: Basic | None = None
    line: Basic | None = None

    def revealed(self) -> Hint:
        """What of the hint belongs to its level."""
        hint = self if self.level >= 3 else replace(self, line=None)
        return hint if self.level >= 2 else replace(hint, rule="", place=None)


@exact
def next_step(engine: Engine, node: Basic, level: int) -> Hint | None:
    """A hint to the step after a right line; None where the engine knows no further step."""
    if engine.task.is_cost and engine.no_cost is not None:
        sentences = (_SYMMETRIC, f"{engine.no_cost}.", "The answer is: no cost.")
        return Hint(level, " ".join(sentences[:level]))
    line, result = _next_line(engine, node), engine.result
    if line is not None:
        first = next((s for s in line.steps if not s.rule.quiet), line.steps[0])
        hint = Hint(level, first.rule.says, first.rule.label, first.before, line.expression)
    elif result is None or result == node:
        return None
    else:
        hint = Hint(level, "The line can be written in a shorter form.", line=result)
    return hint.revealed()


def _next_line(engine: Engine, node: Basic) -> Line | None:
    """The first line of the engine's way on."""
    if engine.path is not None:
        lines = engine.path.lines
        passed = [engine.path.start, *(line.expression for line in lines)]
        if node in passed:
            return next(iter(lines[passed.index(node):]), None)
    path = engine.way(node)
    if path is None or not path.steps:
        return None
    shorter = node.has(heads.Operator) or measure(path.end) < measure(node)
    return path.lines[0] if shorter else None
