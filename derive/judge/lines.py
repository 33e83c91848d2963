"""The numeric certificate of a derivation: every line against the original formula."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sympy import Add, Integer, Mul

from derive.core import heads
from derive.core.atoms import Tensor
from derive.core.indexing import exact, root
from derive.core.kinds import VECTORS
from derive.core.walk import substitute, transform
from derive.derivation import Derivation
from derive.errors import EvaluationError, TooLargeError, VerificationError
from derive.judge.evaluate import Point, evaluate
from derive.judge.places import described
from derive.judge.points import LAW_POINTS, valid_points
from derive.judge.precision import mp, mpf
from derive.judge.slope import slope
from derive.notation.plain import plain

DIGITS = 50
LAW_DIGITS = 30  # of lines with integrals, which take quadrature
GUARD = 10  # digits by which a line may differ from the original
LARGEST = 10**15  # where a function is larger, differences are swallowed: no point
_FLOOR = 1e-6  # below this size errors are counted as absolute ones


@dataclass(frozen=True)
class Verification:
    """What was verified: points and lines compared, sizes, digits, the worst relative error."""

    points: int
    lines: int
    sizes: tuple[tuple[str, tuple[int, ...]], ...]
    digits: int
    worst: float
    seed: int
    cases: tuple[str, ...] = ()
    integral_digits: int = 0  # of lines with integrals, where there are any
    of: str = ""  # of what the points are, where it is not the formula

    @property
    def summary(self) -> str:
        """One sentence for the end of a derivation."""
        where = [f"{name} = {', '.join(map(str, sizes))}" for name, sizes in self.sizes]
        over = f" for {' and '.join(where)}" if where else ""
        index = ", index equal and unequal" if len(self.cases) > 1 else ""
        error = "0" if self.worst == 0 else f"{self.worst:.0e}"
        count = f"{self.points} point{'s' * (self.points != 1)}"
        less = f" ({self.integral_digits} for integrals)" if self.integral_digits else ""
        return (f"{self.lines} lines at {count}{self.of}{over}{index}, {self.digits} digits{less}, "
                f"worst relative error {error}")


@exact
def verify(derivation: Derivation, digits: int = DIGITS, seed: int = 1) -> Verification:
    """Evaluates every line at random points and compares it with the original formula.

    Sizes are 1, 2, 3 and 7, labels equal and unequal to the free indices; the original's
    derivative is taken numerically. Raises VerificationError at the first line that differs, or
    when no valid point is found.
    """
    worst, points, lines = mpf(0), 0, 0
    sizes: dict[Any, set[int]] = {}
    cases: set[str] = set()
    for one in (*derivation.all_parts(), derivation):
        visited = 0
        for case, point, error in _compared(one, digits, seed):
            visited += 1
            worst = max(worst, error)
            cases.add(case)
            for dim, size in point.sizes.items():
                sizes.setdefault(dim, set()).add(size)
        if visited == 0:
            raise VerificationError("no point was found at which the formula has a value and the "
                                    "conditions hold; add conditions on the parameters to the "
                                    "given lines, or use --no-verify")
        points = visited
        lines += len(distinct_lines(one))
    told = tuple((str(d), tuple(sorted(s))) for d, s in sorted(sizes.items(), key=str))
    every = (*derivation.all_parts(), derivation)
    fewer = min(digits, LAW_DIGITS) if any(map(takes_integrals, every)) else 0
    return Verification(points, lines, told, digits, float(worst), seed, tuple(sorted(cases)),
                        fewer)


def _compared(derivation: Derivation, digits: int, seed: int) -> Iterator[tuple[str, Point, Any]]:
    """Every valid point, with the worst relative error of the lines there.

    Raises VerificationError at a line that differs or has no value.
    """
    laws = {law.variable: law for law in derivation.laws}
    lines = distinct_lines(derivation)
    summed = takes_integrals(derivation)
    digits = min(digits, LAW_DIGITS) if summed else digits
    nodes = [compared(line, derivation) for line in lines]
    originals = compared(derivation.original, derivation)
    conditions = (*derivation.assumptions, *derivation.obligations)
    tolerance = mpf(10) ** (GUARD - digits)
    every = (*originals, *(n for line in nodes for n in line))
    for case, point in valid_points(every, conditions, derivation.definitions, seed, digits + 30,
                                   LARGEST, laws, LAW_POINTS if summed else 0):
        known: dict[Any, Any] = {}
        try:
            truths = [evaluate(node, point, digits, LARGEST) for node in originals]
            values = [[_line_value(line, node, point, digits, known) for node in each]
                      for line, each in zip(lines, nodes, strict=True)]
        except EvaluationError:
            continue
        worst = mpf(0)
        for line, each in zip(lines, values, strict=True):
            for truth, value in zip(truths, each, strict=True):
                error = relative_error(truth, value)
                worst = max(worst, error)
                if error > tolerance:
                    raise VerificationError(_disagreement(line, truth, error, point))
        yield case, point, worst


def takes_integrals(derivation: Derivation) -> bool:
    """Whether a line holds an expected value or a total, which takes quadrature."""
    return any(n.has(heads.Total, heads.Expect)
               for n in (derivation.original, *distinct_lines(derivation)))


def distinct_lines(derivation: Derivation) -> list[Any]:
    """All lines of a derivation, each once."""
    return list(dict.fromkeys((derivation.start, *(s.line for s in derivation.steps))))


def compared(line: Any, derivation: Derivation) -> tuple[Any, ...]:
    """What is evaluated for a line: its derivatives, where lines are equal but for a constant."""
    node, at = grounded(line, derivation), derivation.modulo
    if at is None:
        return (node,)
    return tuple(_slope_along(node, v) for v in (at if isinstance(at, tuple) else (at,)))


def _slope_along(node: Any, variable: Any) -> Any:
    """The derivative by a variable, or by the first entry of an array.

    Entries that sum to 1 move against each other: the first against the last.
    """
    first = slope(node, _first_entry(variable))
    if not isinstance(variable, Tensor) or variable.kind.domain not in VECTORS:
        return first
    lead = (Integer(0),) * (len(variable.kind.shape) - 1)
    last = heads.Element(variable, *lead, variable.kind.shape[-1] - 1)
    return Add(first, Mul(Integer(-1), slope(node, last)))


def _first_entry(variable: Any) -> Any:
    """A variable; of a whole array its first entry."""
    if not isinstance(variable, Tensor):
        return variable
    return heads.Element(variable, *(Integer(0) for _ in variable.kind.shape))


def relative_error(truth: Any, value: Any) -> Any:
    """|value - truth| as a part of the larger; of 1e-6 where both are smaller."""
    return mpf(abs(value - truth)) / max(abs(truth), abs(value), _FLOOR)


def grounded(node: Any, derivation: Derivation) -> Any:
    """Formal derivatives of named quantities as derivatives of what they stand for.

    `formal` holds, for each name, the loss in terms of that name; ∂L/∂p is then the derivative of
    that formula, and ∂p/∂o the derivative of the definition of p.
    """
    formal = derivation.formal
    if formal is None:
        return node
    bodies = {d.symbol: d for d in derivation.definitions}

    def ground(part: Any) -> Any | None:
        if isinstance(part, heads.Partial):
            body, at = part.args
            if body == formal.direct:
                return heads.Partial(formal.direct_loss, at)
            if body == formal.name:
                return heads.Partial(formal.loss_in(root(at)), at)
            if root(body) in bodies and root(body) != root(at):
                definition = bodies[root(body)]
                indices = body.indices if isinstance(body, heads.Element) else ()
                there = dict(zip(definition.indices, indices, strict=True))
                return heads.Partial(substitute(definition.body, there), at)
        return None

    return transform(node, ground)


def _line_value(line: Any, node: Any, point: Point, digits: int, known: dict[Any, Any]) -> Any:
    try:
        return evaluate(node, point, digits, LARGEST, known)
    except TooLargeError:
        raise
    except EvaluationError as error:
        raise VerificationError(f"a line has no value where the original has one: {plain(line)}\n"
                                f"  at {described(point)}: {error}") from None


def _disagreement(line: Any, truth: Any, error: Any, point: Point) -> str:
    return (f"a line disagrees with the original formula: {plain(line)}\n"
            f"  at {described(point)} the original is {mp.nstr(truth, 15)}, "
            f"relative error {mp.nstr(error, 3)}")
