"""Whether a line is what the task asks for: by the engine's rules, and by 50-digit probes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from derive.core.indexing import exact
from derive.errors import DeriveError, EvaluationError
from derive.judge.evaluate import Point, evaluate
from derive.judge.lines import LARGEST, relative_error
from derive.judge.points import valid_points
from derive.judge.precision import mp, mpf
from derive.lazy import cached_property
from derive.teaching.deadline import Deadline
from derive.teaching.engine import Engine

DIGITS = 50
SEEDS = (1, 7)
CLEAR = 1e-25  # a relative difference above this is one
_MORE_DIGITS = 200
_LEAST_PART = 4  # a line must have a value at one of so many probes


@dataclass(frozen=True)
class Probe:
    """A point, and the value there of what the task asks for."""

    point: Point
    truth: Any


@dataclass(frozen=True)
class Verdict:
    """Whether a line is right, and how that is known: by "rules", "numbers" or a `probe`.

    `values` are the values of a wrong line and of the task at the probe; the line's is None where
    it has none.
    """

    right: bool
    how: str = ""
    probe: Probe | None = None
    value: Any = None


class Judge:
    """Compares lines with the task at points that are drawn once."""

    def __init__(self, engine: Engine, others: Iterable[Any], deadline: Deadline) -> None:
        self.engine, self.task, self.deadline = engine, engine.task, deadline
        self.others = tuple(others)

    @cached_property
    def definitions(self) -> tuple[Any, ...]:
        """The intermediates of which a probe needs values."""
        return self.task.ground.kept_definitions((self.task.truth, *self.others))

    @cached_property
    @exact
    def probes(self) -> tuple[Probe, ...]:
        """The points: sizes 1, 2, 3 and 7, labels equal and unequal to the free indices.

        Raises DeriveError where the task has no value anywhere.
        """
        found = []
        every = (self.task.truth, *self._evaluable())
        for seed in SEEDS:
            for _, point in valid_points(every, self.task.conditions, self.definitions, seed,
                                         DIGITS, LARGEST):
                self.deadline.check()
                try:
                    truth = evaluate(self.task.truth, point, DIGITS, LARGEST)
                except EvaluationError:
                    continue
                found.append(Probe(point, truth))
        if not found:
            raise DeriveError("no point was found at which the formula of the task has a value and "
                              "its conditions hold; add conditions on the names")
        return tuple(found)

    def _evaluable(self) -> list[Any]:
        """The lines whose names the points must know."""
        return [n for n in self.others if n is not None]

    @exact
    def verdict(self, node: Any, prove: bool = True) -> Verdict:
        """Whether a line is right. Raises PatienceError."""
        compared, failed = 0, None
        for probe in self.probes:
            self.deadline.check()
            value = self.value(node, probe)
            if value is None:
                failed = failed or probe
                continue
            compared += 1
            if differ(probe.truth, value) and self._confirmed(node, probe):
                return Verdict(False, "probe", probe, value)
        if compared * _LEAST_PART < len(self.probes):
            return Verdict(False, "no value", failed)
        return Verdict(True, "rules" if prove and self.by_rules(node) else "numbers")

    def _confirmed(self, node: Any, probe: Probe) -> bool:
        """Whether a difference stays with more digits: terms that cancel cost some."""
        try:
            truth = evaluate(self.task.truth, probe.point, _MORE_DIGITS)
        except EvaluationError:
            return True
        value = self.value_at(node, probe.point, _MORE_DIGITS)
        return value is None or differ(truth, value)

    def by_rules(self, node: Any) -> bool:
        """Whether the engine brings a line and the task to one form."""
        if self.task.is_cost:
            return self._field_again(node)
        goal = self.engine.result
        if node == self.task.truth or goal is None:
            return bool(node == self.task.truth)
        if node in self.engine.passed:
            return True
        return self.engine.normal(node) in (goal, self.engine.normal(goal))

    def _field_again(self, node: Any) -> bool:
        try:
            back = self.task.compared(node)
        except EvaluationError:
            return False
        field = self.engine.normal(self.task.truth)
        return field is not None and self.engine.normal(back) == field

    def value(self, node: Any, probe: Probe) -> Any | None:
        """The value of what is compared of a line, or None where it has none."""
        return self.value_at(node, probe.point)

    def value_at(self, node: Any, point: Point, digits: int = DIGITS) -> Any | None:
        """The value of what is compared of a line at a point, or None."""
        try:
            with mp.workdps(digits):
                return mpf(evaluate(self.task.compared(node), point, digits, LARGEST))
        except (EvaluationError, TypeError):
            return None


def differ(truth: Any, value: Any, clear: Any = CLEAR) -> bool:
    """Whether two values are clearly different."""
    with mp.workdps(DIGITS):
        return bool(relative_error(truth, value) > clear)
