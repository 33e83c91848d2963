"""A claim about texts, how much effort its judgement may take, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field
from fractions import Fraction
from typing import Any

from mpmath.ctx_mp import MPContext

from derive.deferred_dataclass import dataclass
from derive.errors import VerificationError
from derive.judge.claims.text_points import SCALES
from derive.judge.reading.formula_reader import Reading
from derive.judge.reading.lazy_arrays import Point, Run, Type

DIGITS = 30
WORK = 900         # terms and function values after which only what is needed is visited
_LEVELS = 3        # how often a comparison is made with twice the digits before it counts
_MOST_WORK = 60    # so many times that is the end, whatever is missing
_ALL_POINTS = 10**6
Side = Callable[[Run], Any]


@dataclass(frozen=True)
class Pair:
    """Two quantities that are equal where both are defined; `strict`: and defined together.

    With `partial` the truth may lack a value that the result has, as where it is an integral that
    does not converge. `name` is what has the value; one that is not `counted` is another form of
    a value that is.
    """

    truth: Side
    value: Side
    strict: bool = True
    partial: bool = False
    name: str = "the result"
    counted: bool = True


@dataclass(frozen=True)
class Effort:
    """How much a judgement may take: digits, repetitions with more, points, terms.

    `scales` are the magnitudes of the values drawn, `visits` the sizes in place of the usual ones.
    """

    digits: int = DIGITS
    levels: int = _LEVELS
    points: int = _ALL_POINTS
    work: int = WORK * _MOST_WORK
    scales: tuple[Fraction, ...] = SCALES
    visits: tuple[dict[str, int], ...] = ()


@dataclass(frozen=True)
class Claim:
    """A claim about texts.

    `pairs` gives, for a run at a point, what is to be equal there for each choice of the free
    indices (`letters`, whose values stand in the run). `conditions` are those stated; `complete`
    fills in what a point must hold beside declared names.
    """

    of: str
    types: dict[str, Type]
    readings: tuple[Reading, ...]
    conditions: Reading
    pairs: Callable[[Run], Iterator[Pair]]
    letters: tuple[str, ...] = ()
    complete: Callable[[Point, MPContext], Point] | None = None
    must: bool = True  # whether it is a failure that no point is found
    edges: bool = True  # whether numbers may be hit, beside which there may be a kink
    effort: Effort = Effort()


class Disagreement(VerificationError):
    """Two sides that differ, or of which one has no value: where, and the free indices by name."""

    def __init__(self, message: str, point: Point, places: dict[str, int]) -> None:
        super().__init__(message)
        self.point, self.places = point, places


@dataclass
class Verdict:
    """What was compared: points, pairs, sizes, digits, and the worst relative error."""

    of: str
    digits: int
    points: int = 0
    pairs: int = 0
    worst: float = 0.0
    sizes: dict[str, set[int]] = field(default_factory=dict)
    largest: float = 0.0  # in size, of the values that were drawn

    def note(self, point: Point, pairs: int) -> None:
        """Notes a point at which so many pairs were compared."""
        self.points, self.pairs = self.points + 1, self.pairs + pairs
        self.largest = max(self.largest, point.largest)
        for dim, n in point.sizes.items():
            self.sizes.setdefault(dim, set()).add(n)
