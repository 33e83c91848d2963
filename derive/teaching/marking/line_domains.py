"""Where a line has a value beside the task: equality comes with its domain.

What the parts of a line ask for (the argument of a logarithm above 0, a denominator other than 0)
is derived from its tree and from its text, in which nothing has cancelled yet. A condition is
stated where a point shows that it fails though the task has a value there.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from sympy.core.basic import Basic

from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.comparisons import gap
from derive.core.indexing import exact, free_names
from derive.core.quantified import All
from derive.errors import DeriveError, EvaluationError, TooLargeError
from derive.functions.decisions import assuming, implies
from derive.functions.domains import open_requirements
from derive.judge.closeness import is_smooth
from derive.judge.precision import Float, mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.index_places import holds_everywhere
from derive.judge.trees.line_certificate import LARGEST
from derive.lazy import cached_property
from derive.notation.reading.parser import parse
from derive.rulebook.obligations import strongest
from derive.teaching.marking.counterexample import plain_points
from derive.teaching.marking.equivalence import DIGITS, Judge
from derive.teaching.marking.line_borders import CONTINUOUS
from derive.teaching.sheets.sheet import Written

_PLAIN = 60      # points with small numbers at which a condition is tried
_STARTS = 4      # points from which a zero is looked for, along each of a few names
_STEPS = (1, -1, 3, -3, 10, -10)
_HALVINGS = 120
_NEAR = 1e-20    # what is below it beside a change of sign is a zero, not a pole
_BOUNDED = 1e9  # what a task's value stays below beside a point at which it has one


class Domains:
    """The domains of the lines of a sheet."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.task = judge, judge.task

    @cached_property
    def of_task(self) -> tuple[Basic, ...]:
        """The conditions under which the task has a value: no kink, no logarithm of 0."""
        steps = self.judge.engine.derivation
        known = () if steps is None else steps.obligations
        conditions = (*known, *self._asked(self.task.truth, self.task.formula))
        return strongest(conditions, self.task.conditions)

    @exact
    def narrower(self, line: Written) -> tuple[Basic, ...]:
        """The conditions under which a right line has a value, where the task has one without.

        Raises PatienceError.
        """
        node = line.ground
        assert node is not None
        with assuming(self.task.conditions):
            asked = self._asked(node, line.typed)
            own = open_requirements(node)
            failing = [c for c in asked if self._fails(c, node if c in own else None)]
            return strongest(_joined(failing), self.task.conditions)

    def lacks_value(self, line: Written) -> Point | None:
        """A probe at which a line has no value, though it is not too large to be computed."""
        for probe in self.judge.probes:
            try:
                evaluate(self.task.compared(line.ground), probe.point, DIGITS)
            except TooLargeError:
                continue
            except EvaluationError:
                return probe.point
        return None

    @exact
    def _asked(self, node: Basic, text: str) -> tuple[Basic, ...]:
        """What the parts of a formula ask for, as it is and as it was typed."""
        with assuming(self.task.conditions):
            return tuple(dict.fromkeys((*open_requirements(node), *self._as_typed(text))))

    def _as_typed(self, text: str) -> tuple[Basic, ...]:
        """What the parts of a text ask for; nothing where it is not read so."""
        scope = self.task.scope.typed()
        try:
            asked = open_requirements(parse(text, scope))
            return tuple(map(self.task.ground.without_names, asked))
        except DeriveError:
            return ()

    # Points at which a condition fails

    def _fails(self, condition: Basic, node: Basic | None) -> bool:
        """Whether a condition fails where the task has a value, and the node (if any) has none."""
        judge = self.judge
        known = any(implies(other, condition) for other in self.of_task)
        if known and node is None:
            return False
        for probe in chain(judge.probes, islice(plain_points(judge, condition), _PLAIN)):
            judge.deadline.check()
            if not self._holds(condition, probe.point) and self._has_value(probe.point) and (
                    node is None or judge.value_at(node, probe.point) is None):
                return True
        return not known and self._crossed(condition)

    def _holds(self, condition: Basic, point: Point) -> bool:
        try:
            return holds_everywhere(condition, point)
        except EvaluationError:
            return True

    def _has_value(self, point: Point) -> bool:
        """Whether the task has a value at a point, which is not at a kink."""
        try:
            evaluate(self.task.truth, point, DIGITS, LARGEST)
            return is_smooth(self.task.truth, point)
        except EvaluationError:
            return False

    def _crossed(self, condition: Basic) -> bool:
        """Whether u of a condition u != 0 changes its sign where the task stays bounded."""
        if not isinstance(condition, heads.NotEqual) or isinstance(condition, All):
            return False
        apart = gap(condition)
        for probe in self.judge.probes[:_STARTS]:
            for name, at in self._coordinates(apart, probe.point):
                zero = self._zero(apart, probe.point, name, at)
                if zero is not None:
                    return True
        return False

    def _coordinates(self, node: Basic, point: Point) -> Iterator[tuple[Basic, tuple[int, ...]]]:
        """The numbers of a point that a formula depends on and that vary continuously."""
        for name in sorted(free_names(node), key=str):
            if isinstance(name, Variable) and name.kind.domain in CONTINUOUS:
                yield name, ()
            elif isinstance(name, Tensor) and name.kind.domain in CONTINUOUS:
                yield from ((name, at) for at in islice(point.tensors.get(name, {}), 2))

    def _zero(self, apart: Basic, point: Point, name: Basic, at: tuple[int, ...]) -> Point | None:
        """A point beside a zero of a formula along one coordinate, at which the task is bounded."""
        for step in _STEPS:
            self.judge.deadline.check()
            low, high = mpf(0), mpf(step)
            signs = [self._sign(apart, point.moved(name, at, s)) for s in (low, high)]
            if 0 in signs or signs[0] == signs[1]:
                continue
            with mp.workdps(DIGITS):
                for _ in range(_HALVINGS):
                    middle = (low + high) / 2
                    if self._sign(apart, point.moved(name, at, middle)) == signs[0]:
                        low = middle
                    else:
                        high = middle
                beside = point.moved(name, at, high)
            if self._is_allowed(beside) and self._is_below(apart, beside, _NEAR) and \
                    self._is_below(self.task.truth, beside, _BOUNDED):
                return beside
        return None

    def _sign(self, node: Basic, point: Point) -> int:
        try:
            value: Float = evaluate(node, point, DIGITS)
        except EvaluationError:
            return 0
        return int(value > 0) - int(value < 0)

    def _is_allowed(self, point: Point) -> bool:
        """Whether the values of a point are of their kinds, and the conditions hold."""
        values = ((leaf.kind.domain, value) for leaf, entries in point.values.items()
                  if isinstance(leaf, (Variable, Tensor))
                  for value in (entries.values() if isinstance(entries, dict) else (entries,)))
        return all(_within(domain, value) for domain, value in values) and all(
            self._holds(c, point) for c in self.task.conditions)

    def _is_below(self, node: Basic, point: Point, bound: float) -> bool:
        try:
            return bool(abs(evaluate(node, point, DIGITS)) < bound)
        except EvaluationError:
            return False


def _joined(conditions: list[Basic]) -> list[Basic]:
    """Conditions, with 0 <= u and u != 0 taken together."""
    apart = {c.args[1] for c in conditions if isinstance(c, heads.NotEqual) and c.args[0] == 0}
    return [heads.Less(*c.args) if isinstance(c, heads.LessEqual) and c.args[0] == 0
            and c.args[1] in apart else c for c in conditions]


def _within(domain: str, value: Float) -> bool:
    """Whether a number is inside the range of its kind."""
    if domain == "probability":
        return bool(0 < value < 1)
    return bool(value > 0) if domain in ("positive", "nonnegative") else \
        bool(value < 0) if domain == "negative" else True
