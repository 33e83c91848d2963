"""Points of a sheet: for right lines, for lines that follow from a wrong one, for the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor

from derive.errors import DataFileError
from derive.resources import check_entry
from derive.short_reprs import Brief

_NUMBER = int | float
_KEYS = dict.fromkeys(("total", "result", "step", "follows", "round"), _NUMBER)
TOTAL = 10.0
_USUAL = 4  # lines of a derivation of which neither a model nor the teacher says how many it has
# No number of right lines hides a wrong one: as many count as this times those of a derivation.
_LONG = 2
BY_HAND = ("unread", "undecided")  # marks of lines at which the teacher has to look
JUDGED = ("right", "wrong", "follows", *BY_HAND)


@dataclass(frozen=True)
class Scheme(Brief):
    """How points are given.

    `total` for the sheet, of which `result` for a right result; the rest is for the lines: `step`
    for each right one, or in proportion to all lines, where `step` is 0. A line that `follows`
    from a wrong one has this share of a right one's. Points are rounded to a multiple of `round`.
    """

    total: float = TOTAL
    result: float = TOTAL / 2
    step: float = 0.0
    follows: float = 1.0
    round: float = 0.5


@dataclass(frozen=True)
class Asked(Brief):
    """How many lines a derivation has: of fewer than `least` only their share counts.

    Where the result is not reached, those that are missing count: as many as the `model` has
    more, at least one. So the start alone is no derivation, and no number of lines is worth more
    than those of a derivation before its result.
    """

    least: int = 0
    model: int = 0

    def lines(self, written: int, reached: bool) -> int:
        """The number of lines among which points are shared."""
        return max(written, self.least) if reached else max(written + 1, self.least, self.model)

    def share(self, written: int, reached: bool, usual: int) -> float:
        """The part of the points for lines that so many can have; `usual` lines where none says."""
        if reached:
            return min(1.0, written / self.least) if self.least else 1.0
        lines = max(self.least, self.model)
        lines = lines if lines > 1 else usual
        return (lines - 1) / lines if lines else 1.0


@dataclass(frozen=True)
class Grade(Brief, by=("points", "total")):
    """The points of a sheet; None where nothing of it could be marked.

    `more` is what the lines may add that are to be looked at by hand. `parts` are what the points
    are for, in words.
    """

    points: float | None
    total: float
    more: float = 0.0
    parts: tuple[tuple[str, float], ...] = ()


def read_scheme(value: object, where: str) -> Scheme:
    """Points as a number, or as a table. Raises DataFileError in one line."""
    table: Mapping[str, object] = value if isinstance(value, Mapping) else {"total": value}
    name = "points" if isinstance(value, Mapping) else ""
    check_entry(where, name, table, _KEYS, ())
    numbers = {key: _positive(v, key, where) for key, v in table.items()}
    total = numbers.setdefault("total", TOTAL)
    scheme = Scheme(**{"result": total / 2, **numbers})
    if total == 0:
        raise DataFileError(f"{where}: a sheet is worth more than 0 points")
    if scheme.result > total:
        raise DataFileError(f"{where}: points: the result is worth {scheme.result:g} of "
                            f"{total:g} points; it can be no more than all")
    if scheme.follows > 1:
        raise DataFileError(f"{where}: points: a line that follows is worth at most as much as a "
                            f"right one: follows is between 0 and 1, not {scheme.follows:g}")
    return scheme


def _positive(value: object, key: str, where: str) -> float:
    if not isinstance(value, _NUMBER) or isinstance(value, bool) or not 0 <= value <= 10_000:
        raise DataFileError(f"{where}: points: {key} is a number from 0 to 10,000, not {value!r}")
    return float(value)


def grade(scheme: Scheme, marks: Sequence[str], reached: bool | None, asked: Asked,
          deducted: float = 0.0, instead: float = 0.0) -> Grade:
    """The points of lines with these marks, each line counted once.

    `reached`: whether a right result stands at the end; None where that is to be looked at by
    hand. `deducted` is the cost of hints, `instead` are the points of a wrong answer that was
    expected.
    """
    result = scheme.result if reached else instead
    steps = _for_steps(scheme, marks, asked, bool(reached))
    best = ["right" if mark in BY_HAND else mark for mark in marks]
    sure = _rounded(scheme, result + steps - deducted)
    could = reached is not False
    most = _rounded(scheme, (scheme.result if could else instead) - deducted
                    + _for_steps(scheme, best, asked, could))
    parts = [("result", result), ("lines", steps), *([("hints", -deducted)] if deducted else [])]
    return Grade(sure, scheme.total, max(0.0, most - sure), tuple(parts))


def _for_steps(scheme: Scheme, marks: Sequence[str], asked: Asked, reached: bool) -> float:
    room, written = scheme.total - scheme.result, len(marks)
    shares = {"right": 1.0, "follows": scheme.follows}
    credit = sum(shares.get(mark, 0.0) for mark in marks)
    if scheme.step:
        return min(room * asked.share(written, reached, 0), scheme.step * credit)
    lost = asked.lines(written, reached) - credit
    counted = min(credit, _LONG * max(asked.least, asked.model, _USUAL))
    return room * min(counted / max(counted + lost, 1),
                      asked.share(written, reached, _USUAL))


def _rounded(scheme: Scheme, points: float) -> float:
    """Points within the bounds of the sheet: a multiple of what they are rounded to, or all."""
    inside = min(max(points, 0.0), scheme.total)
    if not scheme.round:
        return inside
    below = floor(inside / scheme.round + 1e-9) * scheme.round
    above = min(scheme.total, below + scheme.round)
    return above if inside - below >= above - inside - 1e-9 * scheme.round else below
