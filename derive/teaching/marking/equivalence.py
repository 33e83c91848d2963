"""Whether a line is what the task asks for: by the engine's rules, and by 50-digit probes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from sympy.core.basic import Basic

from derive.core.indexing import exact
from derive.errors import DeriveError, EvaluationError, TooLargeError, TooSmallError
from derive.judge.closeness import MOST_SPAN, agree_at, is_smooth, relative_gap, span
from derive.judge.precision import Float, mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.line_certificate import LARGEST
from derive.judge.trees.line_points import valid_points
from derive.lazy import cached_property
from derive.notation.reading.specification import Definition
from derive.teaching.marking.deadline import Deadline
from derive.teaching.marking.engine import Engine
from derive.teaching.marking.line_borders import beside, on_border
from derive.teaching.marking.line_claims import TextJudge

DIGITS = 50
SEEDS = (1, 7)
GUARD = 10  # digits by which a line may differ
_BESIDE = 1e-9  # the part by which values beside a kink may differ
_FEWEST = 3  # so many probes at which two lines have values, at least, show that they are equal


@dataclass(frozen=True)
class Probe:
    """A point, and the value there of what the task asks for."""

    point: Point
    truth: Float


@dataclass(frozen=True)
class Verdict:
    """Whether a line is right, and how that is known: by "rules", "numbers" or a `probe`.

    `right` is None where the trees and the texts are not of one mind ("two readings"), and where
    what differs may be too small to be felt ("too small"). `value` is that of a wrong line at the
    probe, None where it has none.
    """

    right: bool | None
    how: str = ""
    probe: Probe | None = None
    value: Float | None = None


class Judge:
    """Compares lines with the task at points that are drawn once."""

    def __init__(self, engine: Engine, lines: Iterable[Basic], deadline: Deadline) -> None:
        self.engine, self.task, self.deadline = engine, engine.task, deadline
        self.formulas = (self.task.truth, *lines)

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        """The intermediates of which a probe needs values."""
        return self.task.ground.kept_definitions(self.formulas)

    @cached_property
    @exact
    def probes(self) -> tuple[Probe, ...]:
        """The points: sizes 1, 2, 3 and 7, labels equal and unequal to the free indices.

        Raises DeriveError where the task has no value anywhere.
        """
        probes = tuple(probe for seed in SEEDS for probe in self._drawn(seed))
        if not probes:
            raise DeriveError("no point was found at which the formula of the task has a value and "
                              "its conditions hold; add conditions on the names")
        return probes

    @cached_property
    @exact
    def further(self) -> tuple[Probe, ...]:
        """Points of more sizes, those beside the numbers of the lines among them."""
        return tuple(self._drawn(SEEDS[0], further=True))

    def _drawn(self, seed: int, further: bool = False) -> Iterator[Probe]:
        for _, point in valid_points(self.formulas, self.task.conditions, self.definitions, seed,
                                     self.digits, LARGEST, further=further):
            self.deadline.check()
            try:
                yield Probe(point, evaluate(self.task.truth, point, self.digits, LARGEST))
            except EvaluationError:
                continue

    @cached_property
    def digits(self) -> int:
        """Digits in which the smallest number of the lines is felt."""
        return DIGITS + span(self.formulas)

    @cached_property
    def is_blind(self) -> bool:
        """Whether a number of the lines is smaller than what the digits feel."""
        return self.digits - DIGITS >= MOST_SPAN

    @cached_property
    def texts(self) -> TextJudge:
        """The judge of texts."""
        return TextJudge(self.task, self.definitions)

    @exact
    def verdict(self, node: Basic, text: str, prove: bool = True) -> Verdict:
        """Whether a line is right, by its tree and by its text. Raises PatienceError.

        It is right where both have a value; where the task has one alone is `Domains`' to say.
        """
        without, unfelt = 0, 0
        for probe in self.probes:
            try:
                value = self._tried(node, probe)
            except TooSmallError:
                unfelt += 1
                continue
            if isinstance(value, Verdict):
                return value
            without += value is None
        if without == len(self.probes):
            return self._without_value(node, self.probes[0])
        is_blind = self.is_blind or without + unfelt == len(self.probes)
        by_rules = (prove or is_blind) and self.by_rules(node)
        if not by_rules and (is_blind or self._is_swallowed(node)):
            return Verdict(None, "too small")
        return self._by_text(node, text) or Verdict(True, "rules" if by_rules else "numbers")

    def _is_swallowed(self, node: Basic) -> bool:
        """Whether the engine's result is not 0, and no line, where the task is 0 by numbers.

        A difference quotient of log(1 + exp(-2000)) is 0 in 50 digits, its derivative is not.
        """
        result = self.engine.result
        if result is None or self.task.is_cost:
            return False
        for probe in (p for p in self.probes if p.truth == 0):
            known, value = (self.value_at(n, probe.point) for n in (result, node))
            if known and value is not None and self.is_smooth(node, probe) and \
                    self.apart(Probe(probe.point, known), value, node, result):
                return True
        return False

    def _without_value(self, node: Basic, probe: Probe) -> Verdict:
        """The verdict on a line that has a value at none of the probes."""
        known = any(self.value_at(node, further.point) is not None for further in self.further)
        return self._first_wrong(node, self.further) or (
            Verdict(True, "numbers") if known else
            Verdict(True, "rules") if self.by_rules(node) else
            Verdict(None, "too far") if any(map(partial(self._is_too_far, node), self.probes)) else
            Verdict(False, "no value", probe))

    def _is_too_far(self, node: Basic, probe: Probe) -> bool:
        """Whether a line has a value that is too large or too small to be computed."""
        try:
            return evaluate(self.task.compared(node), probe.point, self.digits) is None
        except EvaluationError as error:
            return isinstance(error, TooLargeError)

    @exact
    def same(self, node: Basic, other: Basic) -> bool:
        """Whether two lines have the same values, at probes where both have one."""
        compared = 0
        for probe in self.probes:
            self.deadline.check()
            values = [self.value_at(n, probe.point) for n in (node, other)]
            if None in values:
                continue
            with suppress(TooSmallError):
                if self.apart(Probe(probe.point, values[1]), values[0], node, other):
                    return False
                compared += 1
        return compared >= min(_FEWEST, len(self.probes))

    def _tried(self, node: Basic, probe: Probe) -> Float | Verdict | None:
        """The value of a line at a probe, None where it has none, a verdict where it is wrong.

        At a kink a derivative has no value: there nothing is compared. Raises TooSmallError.
        """
        self.deadline.check()
        value = self.value_at(node, probe.point)
        if value is not None and self.apart(probe, value, node, None):
            return Verdict(False, "probe", probe, value) if self.is_smooth(node, probe) else None
        return value

    def is_smooth(self, node: Basic, probe: Probe) -> bool:
        """Whether the derivatives that are compared exist at a probe, which is no kink of a line.
        """
        if not self.task.at:
            return True
        try:
            line = self.task.compared(node)
            return all(is_smooth(n, probe.point) for n in (self.task.truth, line)) and not (
                on_border(line, probe.point) and self._agree_beside(line, probe.point))
        except EvaluationError:
            return False

    def _agree_beside(self, line: Basic, point: Point) -> bool:
        """Whether a line has the value of the task on both sides of a point."""
        try:
            values = ((evaluate(n, moved, self.digits) for n in (self.task.truth, line))
                      for moved in beside(point))
            return not any(relative_gap(truth, value) > _BESIDE for truth, value in values)
        except EvaluationError:
            return False

    def _by_text(self, node: Basic, text: str) -> Verdict | None:
        """What the judge of texts has against a line; None where it has nothing.

        Of a line that it does not read, what further points have against it. At a kink it has
        nothing: then it looks beside the numbers of the formulas alone.
        """
        opinion = self.texts.opinion(text, node)
        if opinion.wrong and self._is_kink(node, opinion.point):
            opinion = self.texts.opinion(text, node, edges=False)
        if not opinion.read or (opinion.wrong and self._is_kink(node, opinion.point)):
            return self._first_wrong(node, self.further)
        if not opinion.wrong:
            return None
        wrong = self._first_wrong(node, self._valued(opinion.point))
        if wrong or not self.definitions:
            return wrong or Verdict(None, "two readings")
        return self._first_wrong(node, self.further)  # values of names are rounded for the texts

    def _is_kink(self, node: Basic, point: Point | None) -> bool:
        """Whether the derivatives that are compared have no value at a point."""
        return any(not self.is_smooth(node, probe) for probe in self._valued(point))

    def _first_wrong(self, node: Basic, probes: Iterable[Probe]) -> Verdict | None:
        """The verdict at the first probe at which a line is wrong."""
        for probe in probes:
            with suppress(TooSmallError):
                verdict = self._tried(node, probe)
                if isinstance(verdict, Verdict):
                    return verdict
        return None

    def _valued(self, point: Point | None) -> list[Probe]:
        """A probe at a point; none where the task has no value there."""
        try:
            return [] if point is None else [
                Probe(point, evaluate(self.task.truth, point, self.digits))]
        except EvaluationError:
            return []

    def differs(self, node: Basic, probe: Probe, value: Float) -> bool:
        """Whether a line has another value than the task, however small both are.

        What vanishes as it is computed with more digits is rounding, and what is too small to be
        told apart does not differ.
        """
        with suppress(TooSmallError):
            return self.apart(probe, value, node, None)
        return False

    def apart(self, probe: Probe, value: Float, node: Basic, other: Basic | None) -> bool:
        """Whether a line has another value at a probe than another line, or than the task (None).

        The truth of the probe is that of the other one. Raises TooSmallError.
        """
        compared, clear = self.task.compared, mpf(10) ** (GUARD - self.digits)
        try:
            return not agree_at(self.task.truth if other is None else compared(other),
                                compared(node), probe.point, self.digits, clear,
                                (probe.truth, value))
        except TooSmallError:
            raise
        except EvaluationError:
            return True

    def by_rules(self, node: Basic) -> bool:
        """Whether the engine brings a line and the task to one form."""
        if self.task.is_cost:
            return self._field_again(node)
        goal = self.engine.result
        if node == self.task.truth or node in self.engine.passed:
            return True
        return goal is not None and \
            self.engine.normal(node) in (goal, self.engine.normal(goal))

    def _field_again(self, node: Basic) -> bool:
        field = self.engine.normal(self.task.truth)
        with suppress(EvaluationError):
            return field is not None and self.engine.normal(self.task.compared(node)) == field
        return False

    def value_at(self, node: Basic, point: Point, digits: int = 0) -> Float | None:
        """The value of what is compared of a line at a point, or None."""
        digits = digits or self.digits
        try:
            with mp.workdps(digits):
                return mpf(evaluate(self.task.compared(node), point, digits))
        except (EvaluationError, TypeError):
            return None
