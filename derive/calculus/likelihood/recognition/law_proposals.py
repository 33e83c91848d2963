"""Which distribution of the table has the values of a typed density, and with what parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sympy import Expr

from derive.calculus.likelihood.densities.statistical_model import Model, read_model
from derive.calculus.likelihood.recognition.density_jets import (
    DIGITS,
    Ends,
    Seen,
    corners,
    ends_of,
    parameter_points,
)
from derive.core.atoms import Variable
from derive.core.kinds import Kind
from derive.errors import EvaluationError
from derive.judge.precision import Number, mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.notation.reading.parser import parse
from derive.notation.reading.scope import Scope
from derive.tables.recognition_table import Signature, signatures

CLOSE = mpf(10) ** -25
_PLACES = {"real": ("-7/5", "3/10", "9/4"), "positive": ("3/10", "8/5", "4"),
           "probability": ("1/7", "2/5", "7/9"), "count": ("0", "2", "5"), "binary": ("0", "1")}
INPUTS = ("y", "g", "g1", "g2", "g3", "h", "p", "q", "q1", "low", "high", "kink")
Numbers = Mapping[str, Number]


@dataclass(frozen=True)
class Reading:
    """A signature as trees, with the entry's model: its parameters are computed in order."""

    signature: Signature
    model: Model
    lines: tuple[tuple[str, Expr], ...]
    leaves: Mapping[str, Variable]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the entry's parameters, known ones as well."""
        own = self.model.scope.names
        return tuple(n for n, _ in self.lines if n in own)

    def values(self, inputs: Numbers) -> dict[str, Number]:
        """The values of all lines. Raises EvaluationError."""
        known = dict(inputs)
        for name, tree in self.lines:
            scalars = {self.leaves[n]: v for n, v in known.items() if n in self.leaves}
            known[name] = evaluate(tree, Point(scalars=scalars), DIGITS)
        return known

    @property
    def needs(self) -> frozenset[str]:
        """The inputs that the lines mention."""
        return frozenset(n for n, leaf in self.leaves.items() if n in INPUTS
                         and any(tree.has(leaf) for _, tree in self.lines))


@lru_cache(maxsize=200)
def reading_of(name: str) -> Reading:
    """The signature of a distribution, read."""
    signature, model = signatures()[name], read_model(name)
    scope = Scope()
    leaves = {n: Variable(n, Kind("real")) for n in INPUTS}
    lines = []
    for line in signature.values:
        left, _, right = line.partition(" = ")
        scope.names = dict(leaves)
        lines.append((left, parse(right, scope)))
        leaves[left] = Variable(left, Kind("real"))
    return Reading(signature, model, tuple(lines), leaves)


@dataclass(frozen=True)
class Proposal:
    """An entry that has the values of a density at one point, and where it is looked at."""

    reading: Reading
    subject: Subject
    kink: Expr | None

    def numbers(self, point: Point) -> dict[str, Number]:
        """The values of the entry's parameters at a point. Raises EvaluationError."""
        return self.reading.values(self.subject.inputs(self.reading, point, self.kink))


@dataclass(frozen=True)
class Subject:
    """A density that is looked at, with the ends of its support."""

    model: Model
    ends: Ends

    def seen(self, reading: Reading, point: Point, kink: Expr | None) -> Seen:
        """The density at a point, counted from where the entry's observations begin."""
        place: Number = mpf(0)
        unit: Number = mpf(1)
        if kink is not None:
            place = evaluate(kink, point, DIGITS)
        elif begins_at_zero(reading.model) and self.ends.low is not None:
            place = evaluate(self.ends.low, point, DIGITS)
            if ends_of(reading.model).high is not None and self.ends.high is not None:
                unit = evaluate(self.ends.high, point, DIGITS) - place
        return Seen(self.model, point, place, unit)

    def inputs(self, reading: Reading, point: Point, kink: Expr | None) -> dict[str, Number]:
        """The numbers that a signature reads. Raises EvaluationError."""
        with mp.workdps(DIGITS):
            return self._inputs(reading, point, kink)

    def _inputs(self, reading: Reading, point: Point, kink: Expr | None) -> dict[str, Number]:
        at = mpf(1) * _number(reading.signature.at)
        seen, needs = self.seen(reading, point, kink), reading.needs
        inputs: dict[str, Number] = {"y": at}
        if needs & {"g", "g1", "g2", "g3"}:
            inputs |= dict(zip(("g", "g1", "g2", "g3"), seen.slopes(at), strict=True))
        if "h" in needs:
            inputs["h"] = seen.slopes(-at)[0]
        if needs & {"p", "q", "q1"}:
            inputs |= _ratios(seen, int(at), needs)
        for name, end in (("low", self.ends.low), ("high", self.ends.high), ("kink", kink)):
            if end is not None:
                inputs[name] = evaluate(end, point, DIGITS)
        return inputs


def _ratios(seen: Seen, at: int, needs: frozenset[str]) -> dict[str, Number]:
    values = {"p": seen.density(at)}
    if "q" in needs or "q1" in needs:
        after = [seen.density(at + n) for n in (1, 2)]
        if not (values["p"] and after[0]):
            raise EvaluationError("no ratio of probabilities")
        values |= {"q": after[0] / values["p"], "q1": after[1] / after[0]}
    return values


def _number(text: str) -> Number:
    above, _, below = text.partition("/")
    return mpf(int(above)) / int(below or 1)


def begins_at_zero(model: Model) -> bool:
    """Whether the observations of an entry begin at 0, so that a start elsewhere is a shift."""
    return ends_of(model).low == 0 and model.observed[0].kind.differentiable


def proposals(model: Model) -> Iterator[Proposal]:
    """The entries that have the values of a density at a random point, the simplest first."""
    point = next(parameter_points(model, 11), None)
    if point is None:
        return
    subject = Subject(model, ends_of(model))
    kinks = corners(model)
    for name in _by_size():
        reading = reading_of(name)
        if not _alike(subject, reading.model, bool(kinks), "kink" in reading.needs):
            continue
        for kink in kinks if "kink" in reading.needs else [None]:
            proposal = Proposal(reading, subject, kink)
            if has_its_values(proposal, point):
                yield proposal


@lru_cache(maxsize=1)
def _by_size() -> tuple[str, ...]:
    return tuple(sorted(signatures(), key=lambda n: len(reading_of(n).parameters)))


def _alike(subject: Subject, entry: Model, has_kinks: bool, needs_kink: bool) -> bool:
    """Whether an entry's observations are of the same kind, and its support of the same form."""
    mine, own = subject.model.observed[0].kind, entry.observed[0].kind
    if not (mine.differentiable and own.differentiable):
        return bool(mine.domain == own.domain)
    if has_kinks != needs_kink:
        return False
    ours, theirs = subject.ends, ends_of(entry)
    return all((a is None) == (b is None) for a, b in (
        (ours.low, theirs.low), (ours.high, theirs.high)))


def has_its_values(proposal: Proposal, point: Point) -> bool:
    """Whether an entry, with the parameters that its signature reads off, has the same values."""
    entry = proposal.reading.model
    try:
        numbers = proposal.numbers(point)
        theirs = entry_point(proposal, numbers)
        if not all(evaluate(c, theirs, 20) for c in entry.conditions if c not in entry.support):
            return False
        seen = proposal.subject.seen(proposal.reading, point, proposal.kink)
        law = Seen(entry, theirs, numbers["kink"] if proposal.kink is not None else mpf(0), mpf(1))
        with mp.workdps(DIGITS):
            places = [x for x in _places(entry, numbers) if _possible(entry, theirs, x)]
            return bool(places) and all(_close(seen.density(x), law.density(x)) for x in places)
    except EvaluationError:
        return False


def entry_point(proposal: Proposal, numbers: Numbers) -> Point:
    """The values of the entry's parameters as a point. Raises EvaluationError outside types."""
    names = proposal.reading.model.scope.names
    scalars = {}
    for name in proposal.reading.parameters:
        leaf, value = names[name], numbers[name]
        if not leaf.kind.differentiable:
            rounded = int(mp.nint(value))
            if abs(rounded - value) > CLOSE * 10**10 or rounded < 0:
                raise EvaluationError("no whole number")
            scalars[leaf] = rounded
            continue
        span = leaf.kind.interval
        if not float(span.low) <= value <= float(span.high):
            raise EvaluationError("outside the type")
        scalars[leaf] = value
    return Point(scalars=scalars)


def _places(entry: Model, numbers: Numbers) -> Iterator[Number]:
    """Values of the observation within the support of an entry."""
    domain = entry.observed[0].kind.domain
    ends = ends_of(entry)
    if ends.low is not None and ends.low != 0:
        low = numbers["low"]
        span = numbers["high"] - low if ends.high is not None else 3
        yield from (low + span * mpf(n) / 7 for n in (1, 3, 6))
        return
    for text in _PLACES.get("positive" if domain == "nonnegative" else domain, ("1", "2")):
        yield _number(text) if domain not in ("count", "binary") else int(text)


def _possible(entry: Model, point: Point, x: Number) -> bool:
    there = point.with_scalar(entry.observed[0], x)
    return all(evaluate(c, there, 20) for c in entry.support)


def _close(first: Number, second: Number) -> bool:
    return bool(abs(first - second) <= CLOSE * max(abs(first), abs(second)))
