"""What a result claims of the typed text, judged at points, without the derivation between."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise, product
from math import prod
from typing import Any

from derive.errors import EvaluationError, TooLargeError, VerificationError
from derive.judge.claims.claim_records import WORK, Claim, Disagreement, Pair, Side, Verdict
from derive.judge.claims.text_points import (
    Drawing,
    Focus,
    all_sizes,
    extra_digits,
    focuses,
    in_turn,
    numbers_of,
    ordered_dims,
)
from derive.judge.precision import Number
from derive.judge.reading.central_differences import NOISE
from derive.judge.reading.lazy_arrays import LOCK, Meter, OutOfWork, Point, Run, Type, new_context
from derive.limits import decided

GUARD = 6          # digits by which a result may differ, of those that are computed
_SMALL = 4         # up to this size every entry is compared, then some
_SAMPLED = 5
_AIMS = 40
_TRIES = 24
_SCALAR_POINTS = 20
_MODERATE = 3      # beyond such values 1 - sigmoid(z) is 0 at any precision that can be had
_FAR = 400        # digits at which a value must be missing still
_REAL = Type("real")
Visit = tuple[dict[str, int], Focus | None, bool]


def judge(claim: Claim, seed: int = 1) -> Verdict:
    """Compares both sides of a claim at points of every size.

    Raises VerificationError with the point where they differ, or where one has a value and the
    other has none though the stated conditions hold; and where there is no point. Raises
    OutOfWork where not one point could be computed within the bound on work.
    """
    with LOCK:
        return _Judgement(claim, seed).judge()


class _Judgement:
    """One judgement, with a context of its own."""

    def __init__(self, claim: Claim, seed: int) -> None:
        self.claim, self.draw = claim, random.Random(seed)
        names = [r.names for r in (*claim.readings, claim.conditions)]
        self.effort = claim.effort
        self.digits = self.effort.digits + extra_digits(names)
        self.ctx = new_context(self.digits)
        self.numbers = numbers_of(names)
        typed = {n for each in names for n in each.numbers}
        self.places = {int(n) for n in typed if (n == 0 or n > 3) and n.denominator == 1}
        self.meter = Meter(self.effort.work)
        self.verdict = Verdict(claim.of, self.digits)
        self.least: dict[str, int] = {}
        for each in names:
            for dim, size in each.least.items():
                self.least[dim] = max(size, self.least.get(dim, 1))
        functions = {f for each in names for f, _ in each.functions.values()}
        self.drawing = Drawing(claim.types, self.ctx, self.draw, sorted(functions),
                               self.effort.scales)
        self.dims = ordered_dims(claim.types, (d for each in names for d in each.dims.values()))

    def judge(self) -> Verdict:
        """Visits all sizes, and the numbers of the formulas."""
        exhausted = False
        for sizes, aim, always in self.visits():
            if self.verdict.points >= self.effort.points:
                break
            if always or self.meter.spent < WORK:
                try:
                    self.visit(sizes, aim)
                except OutOfWork:
                    exhausted = True
        if exhausted and not self.verdict.points:
            raise OutOfWork(f"more than {self.meter.most:,} terms were not enough for one point")
        if not self.verdict.points and not self.claim.must:
            raise OutOfWork("no point was found at which the conditions hold")
        if not self.verdict.points:
            raise VerificationError(
                f"no point was found at which {self.claim.of} has a value and the conditions "
                "hold; add conditions on the parameters to the given lines, or use --no-verify")
        return self.verdict

    def visits(self) -> list[Visit]:
        """Sizes, what a point of them aims at, and whether it is needed however much is done."""
        needed, others = all_sizes(self.dims, self.least, self.numbers)
        aims = self.aims()
        if self.effort.visits:
            return [(sizes, None, True) for sizes in self.effort.visits]
        visits: list[Visit] = [(sizes, None, True) for sizes in needed]
        visits += [(s, None, False) for s in others]
        if not self.dims:
            visits += [({}, None, n < 8) for n in range(_SCALAR_POINTS)]
        visits += [(s, Focus(Fraction(max(s.values()) - 1)), True) for s in needed[3:]]
        return visits + self.aimed(aims, needed[:3])

    @staticmethod
    def aimed(aims: list[Focus], small: list[dict[str, int]]) -> list[Visit]:
        """Points of small sizes that stand to a number of the formulas, and vertices."""
        usual = [a for a in aims if a.number in (0, 1)]
        own = [a for a in aims if a not in usual]
        visits: list[Visit] = [(small[n % len(small)], aim, n < _AIMS)
                               for n, aim in enumerate(own)]
        visits += [(small[-1 - n % len(small)], aim, n < 4) for n, aim in enumerate(usual)]
        return visits + [(small[n % len(small)], Focus(None, 0, True), False) for n in range(2)]

    def aims(self) -> list[Focus]:
        """The ways in which points stand to the numbers of the formulas, in random order."""
        aims = focuses(self.numbers)
        self.draw.shuffle(aims)
        return [a for a in aims if a.side or self.claim.edges]

    def visit(self, sizes: dict[str, int], aim: Focus | None) -> None:
        """One point of those sizes, if there is one at which a pair can be compared."""
        for _ in range(_TRIES if aim is None else 4):
            if self.meter.spent > self.meter.most // 2:
                return
            point = self.drawing.point(sizes, aim)
            try:
                if self.claim.complete is not None:
                    point = self.claim.complete(point, self.ctx)
                compared = self.compare(point)
            except EvaluationError:
                continue
            if compared:
                self.verdict.note(point, compared)
                decided(f"{self.verdict.pairs} values of the result agreed with the typed formula")
                return

    def compare(self, point: Point) -> int:
        """How many pairs were compared at a point. Raises VerificationError."""
        run, compared, first = Run(self.ctx, point, self.meter), 0, 0
        start = self.meter.spent
        for number, chosen in enumerate(self.chosen(point)):
            run.env.update(chosen)
            if not self.claim.conditions.holds(run):
                continue
            for pair in self.claim.pairs(run):
                same = self.same(pair, run, chosen)
                compared += same if pair.counted else 0
            if number == 0:
                first = max(1, self.meter.spent - start)
            if number > 2 and self.meter.spent - start > max(WORK // 5, 4 * first):
                break
        return compared

    def chosen(self, point: Point) -> list[dict[int, int]]:
        """Values of the free indices: those equal to labels first, then all, at random."""
        letters = [self.claim.conditions.letters[n] for n in self.claim.letters]
        ranges = [range(point.size(x.over or 1)) for x in letters]
        slots = [x.slot for x in letters]
        labels = {v for n, v in point.values.items()
                  if self.claim.types.get(n, _REAL).domain in ("label", "index")
                  and isinstance(v, int)} | self.places
        places = list(product(*ranges)) if prod(map(len, ranges)) < 5000 else [
            tuple(self.draw.choice(r) for r in ranges) for _ in range(60)]
        self.draw.shuffle(places)
        places = in_turn(places, labels)
        if max(map(len, ranges), default=0) > _SMALL:
            places = places[:max(_SAMPLED, 2 * len(labels))]
        return [dict(zip(slots, at, strict=True)) for at in places]

    def same(self, pair: Pair, run: Run, chosen: dict[int, int]) -> int:
        """1 if both sides were compared, 0 if neither has a value. Raises VerificationError."""
        gaps: list[Any] = []
        noise: Any = 0
        for level in range(self.effort.levels):
            with self.ctx.workdps(self.digits * 2**level):
                here = run if level == 0 else self.again(run, chosen)
                if level and not self.claim.conditions.holds(here):
                    return 0
                here.memo[NOISE] = 0
                try:
                    truth, value = _value(pair.truth, here), _value(pair.value, here)
                except TooLargeError:
                    return 0
                if truth is None or value is None:
                    if _may_lack(pair, truth, value):
                        return 0
                    if level == 0 and not pair.partial:
                        continue
                    return self.uncompared(pair, truth, run, chosen)
                gap = abs(truth - value)
                if self.is_close(gap, max(abs(truth), abs(value))):
                    return 1
                gaps.append(gap)
                noise = 1000 * here.memo[NOISE]
        if gap <= noise:
            return 0  # both are below the rounding of the formula itself: nothing can be decided
        if self.is_settling(gaps):
            return 1
        if self.is_cancelled(pair, truth, gaps, run, chosen):
            return 0
        raise self.differing(self.disagreement(pair, truth, value, run, chosen), run, chosen)

    def uncompared(self, pair: Pair, truth: Any, run: Run, chosen: dict[int, int]) -> int:
        """0 where rounding may be why a side has no value. Raises Disagreement where it is not."""
        if self.clear(pair, run, chosen):
            raise self.differing(self.without(pair, truth, run, chosen), run, chosen)
        return 0

    def is_close(self, gap: Number, size: Number) -> bool:
        """Whether sides of a size differ by no more than their last digits; notes by how much."""
        close = bool(gap <= size * self.ctx.mpf(10) ** (GUARD - self.digits))
        if close:
            self.verdict.worst = max(self.verdict.worst, float(gap / size) if size else 0)
        return close

    def is_settling(self, gaps: list[Number]) -> bool:
        """Whether a gap is rounding, or a slope slow to settle: it shrinks with every level."""
        shrink = self.ctx.mpf(10) ** -(self.digits // 6)
        return len(gaps) == self.effort.levels > 1 and all(
            b <= a * shrink for a, b in pairwise(gaps))

    def is_cancelled(self, pair: Pair, truth: Number, gaps: list[Number], run: Run,
                     chosen: dict[int, int]) -> bool:
        """Whether a gap is what cancelled in the value: with more digits for that alone it goes."""
        with self.ctx.workdps(self.digits * 2**self.effort.levels):
            value = _value(pair.value, self.again(run, chosen))
            return value is not None and self.is_settling([
                *gaps[:self.effort.levels - 2], gaps[-1], abs(truth - value)])

    def differing(self, message: str, run: Run, chosen: dict[int, int]) -> Disagreement:
        """What is raised where the sides differ."""
        letters = {self.claim.conditions.letters[n].slot: n for n in self.claim.letters}
        return Disagreement(message, run.point, {letters[s]: n for s, n in chosen.items()})

    def clear(self, pair: Pair, run: Run, chosen: dict[int, int]) -> bool:
        """Whether it is the formula, and no rounding, that has no value on one side."""
        values = [v for name, value in run.point.values.items() if self.claim.types.get(
            name, _REAL).continuous for v in (value.values() if isinstance(value, dict)
                                              else (value,))]
        if any(abs(v) > _MODERATE for v in values):
            return False
        with self.ctx.workdps(_FAR):
            here = self.again(run, chosen)
            try:
                if pair.partial:
                    return _value(pair.value, here) is None
                sides = [_value(side, here) for side in (pair.truth, pair.value)]
            except TooLargeError:
                return False
        return (sides[0] is None) != (sides[1] is None)

    def again(self, run: Run, chosen: dict[int, int]) -> Run:
        """The same point, to be computed at another precision."""
        here = Run(self.ctx, run.point, self.meter)
        here.env.update(chosen)
        return here

    def disagreement(self, pair: Pair, truth: Any, value: Any, run: Run,
                     chosen: dict[int, int]) -> str:
        """Where both sides differ, in words."""
        size = max(abs(truth), abs(value))
        return (f"{pair.name} disagrees with {self.claim.of}\n  at {self.place(run, chosen)}: "
                f"{pair.name} is {self.ctx.nstr(value, 15)}, right is {self.ctx.nstr(truth, 15)}, "
                f"relative error {self.ctx.nstr(abs(truth - value) / size, 3)}")

    def without(self, pair: Pair, truth: Any, run: Run, chosen: dict[int, int]) -> str:
        """Where one side has no value, in words."""
        known = pair.name if truth is None else self.claim.of
        other = self.claim.of if truth is None else pair.name
        return (f"{known} has a value where {other} has none, and no condition says so\n  "
                f"at {self.place(run, chosen)}")

    def place(self, run: Run, chosen: dict[int, int]) -> str:
        """A point and the values of the free indices, in words."""
        letters = {self.claim.conditions.letters[n].slot: n for n in self.claim.letters}
        return ", ".join([*(f"{letters[s]} = {n}" for s, n in chosen.items()),
                          run.point.described()])


def _may_lack(pair: Pair, truth: Any, value: Any) -> bool:
    """Whether a missing value (None) is let pass: on both sides, or as the pair allows."""
    return truth is value or not pair.strict or (pair.partial and truth is None)


def _value(side: Side, run: Run) -> Any:
    """The value of a side, None where it has none. Raises TooLargeError where it is not known."""
    try:
        return run.ctx.mpf(side(run))
    except TooLargeError:
        raise
    except EvaluationError:
        return None
