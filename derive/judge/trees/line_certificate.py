"""The numeric certificate of a derivation: every line against the original formula."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from sympy import Add, Expr, Integer, Mul

from derive.core import heads
from derive.core.atoms import Index, Tensor
from derive.core.indexing import exact, parts, root
from derive.core.kinds import VECTORS
from derive.core.walk import substitute, transform
from derive.derivation import Derivation
from derive.errors import EvaluationError, TooLargeError, TooSmallError, VerificationError
from derive.judge.closeness import agree_at, relative_gap, span
from derive.judge.precision import Number, mp, mpf
from derive.judge.reading.lazy_arrays import LOCK
from derive.judge.record import Verification as Verification
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.index_places import described
from derive.judge.trees.line_points import LAW_POINTS, valid_points
from derive.judge.trees.slope import slope
from derive.limits import decided
from derive.notation.printing.plain import plain
from derive.reporting import report

DIGITS = 50
LAW_DIGITS = 30  # of lines with integrals, which take quadrature
GUARD = 10  # digits by which a line may differ from the original
LARGEST = 10**15  # where a function is larger, differences are swallowed: no point
_ENTRY = "entry\u00b7"  # the index of any entry, a name that cannot be typed
_MOST_ENTRIES = 8  # of an array, at one point


@exact
def verify(derivation: Derivation, digits: int = DIGITS, seed: int = 1) -> Verification:
    """Evaluates every line at random points and compares it with the original formula.

    Sizes are 1, 2, 3, 7, and those at and beside the numbers of the formula; labels equal and
    unequal to the free indices; the original's derivative is taken numerically. Then the printed
    results are compared with the text that was typed, at sizes 1 to 9 and 12; where that cannot
    be, the lines are, as far as the work is bounded.
    Raises VerificationError at the first line that differs, or when no valid point is found.
    """
    with LOCK:
        return _verified(derivation, digits, seed)


def _verified(derivation: Derivation, digits: int, seed: int) -> Verification:
    from derive.judge.claims.derivation_claims import judged, readable
    from derive.judge.claims.numeric_grounds import numeric_grounds

    claims, unread = readable(derivation)
    checked = _lines_checked(derivation, digits, seed, further=not claims)
    ends, unjudged = judged(claims, seed)
    if claims and not ends:
        checked = _lines_checked(derivation, digits, seed, further=True)
    return replace(checked, ends=ends, unjudged=unread or unjudged,
                   unproved=numeric_grounds(derivation))


def _lines_checked(derivation: Derivation, digits: int, seed: int, further: bool) -> Verification:
    """Every line beside the original; `further`: at more sizes, where no text is judged at them."""
    worst, points, lines = mpf(0), 0, 0
    sizes: dict[Any, set[int]] = {}
    cases: set[str] = set()
    derivations = (*derivation.all_parts(), derivation)
    for number, part in enumerate(derivations, 1):
        report("checking lines", number, len(derivations))
        visited = 0
        for case, point, error in _compared(part, digits, seed, further):
            visited += 1
            decided(f"all lines agreed with the formula at points 1 to {visited}")
            worst = max(worst, error)
            cases.add(case)
            for dim, size in point.sizes.items():
                sizes.setdefault(dim, set()).add(size)
        if visited == 0:
            raise VerificationError("no point was found at which the formula has a value and the "
                                    "conditions hold; add conditions on the parameters to the "
                                    "given lines, or use --no-verify")
        points = visited
        lines += len(distinct_lines(part))
    visited_sizes = tuple((str(d), tuple(sorted(s))) for d, s in sorted(sizes.items(), key=str))
    fewer = min(digits, LAW_DIGITS) if any(map(takes_integrals, derivations)) else 0
    return Verification(points, lines, visited_sizes, digits, float(worst), seed,
                        tuple(sorted(cases)), fewer)


def _compared(derivation: Derivation, digits: int, seed: int, further: bool = True,
              ) -> Iterator[tuple[str, Point, Any]]:
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
    formulas = (*originals, *(n for line in nodes for n in line))
    free = _entry_indices(formulas)
    digits += span(formulas)
    sheet = _Sheet(originals, tuple(zip(lines, nodes, strict=True)), digits)
    for case, point in valid_points(formulas, conditions, derivation.definitions, seed, digits + 30,
                                   LARGEST, laws, LAW_POINTS if summed else 0, True, further):
        errors = [e for here in _entries(free, point) for e in sheet.errors(here)]
        if errors:
            yield case, point, max(errors)


@dataclass(frozen=True)
class _Sheet:
    """The lines of a derivation, each with what is evaluated for it, beside the original."""

    originals: tuple[Any, ...]
    lines: tuple[tuple[Any, tuple[Any, ...]], ...]
    digits: int

    def errors(self, point: Point) -> list[Any]:
        """The relative errors of all lines at a point; none where the original has no value.

        Raises VerificationError.
        """
        digits, errors = self.digits, []
        try:
            truths = [evaluate(node, point, digits, LARGEST) for node in self.originals]
            values = [[_line_value(line, node, point, digits) for node in nodes]
                      for line, nodes in self.lines]
        except EvaluationError:
            return []
        tolerance = mpf(10) ** (GUARD - digits)
        for (line, nodes), own in zip(self.lines, values, strict=True):
            for original, node, truth, value in zip(self.originals, nodes, truths, own,
                                                    strict=True):
                error = relative_gap(truth, value)
                if error <= tolerance:
                    errors.append(error)
                elif not _is_rounding(original, node, point, digits, (truth, value)):
                    raise VerificationError(_disagreement(line, truth, error, point))
        return errors or [mpf(0)]


def _is_rounding(original: Expr, node: Expr, point: Point, digits: int,
                 values: tuple[Number, Number]) -> bool:
    """Whether two values differ only by rounding, or too little to be told apart."""
    try:
        return agree_at(original, node, point, digits, mpf(10) ** (GUARD - digits), values)
    except TooSmallError:
        return True


def _entry_indices(nodes: Iterable[Expr]) -> list[Index]:
    """The indices of any entry of the arrays modulo which lines are compared."""
    return sorted({x for x in parts(*nodes) if isinstance(x, Index) and x.name.startswith(_ENTRY)},
                  key=lambda x: x.name)


def _entries(free: Sequence[Index], point: Point) -> Iterator[Point]:
    """The point with every value of those indices, or some."""
    ranges = [range(point.size(x.dim)) for x in free]
    places = list(product(*ranges))
    if len(places) > _MOST_ENTRIES:
        step = len(places) // (_MOST_ENTRIES - 1)
        places = [*places[::step][:_MOST_ENTRIES - 1], places[-1]]
    for place in places:
        yield point.holding(dict(zip(free, place, strict=True))) if free else point


def takes_integrals(derivation: Derivation) -> bool:
    """Whether a line holds an expected value or a total, which takes quadrature."""
    return any(isinstance(n, (heads.Total, heads.Expect))
               for n in parts(derivation.original, *distinct_lines(derivation)))


def distinct_lines(derivation: Derivation) -> list[Any]:
    """All lines of a derivation, each once."""
    return list(dict.fromkeys((derivation.start, *(s.line for s in derivation.steps))))


def compared(line: Expr, derivation: Derivation) -> tuple[Any, ...]:
    """What is evaluated for a line: its derivatives, where lines are equal but for a constant."""
    node, at = grounded(line, derivation), derivation.modulo
    if at is None:
        return (node,)
    return tuple(_slope_along(node, v) for v in (at if isinstance(at, tuple) else (at,)))


def _slope_along(node: Expr, variable: Expr) -> Any:
    """The derivative by a variable, or by any entry of an array.

    Entries that sum to 1 move against each other: each against the last.
    """
    first = slope(node, _any_entry(variable))
    if not isinstance(variable, Tensor) or variable.kind.domain not in VECTORS:
        return first
    lead = _any_entry(variable).indices[:-1]
    last = heads.Element(variable, *lead, variable.kind.shape[-1] - 1)
    return Add(first, Mul(Integer(-1), slope(node, last)))


def _any_entry(variable: Expr) -> Any:
    """A variable; of a whole array its entry at indices of its own."""
    if not isinstance(variable, Tensor):
        return variable
    return heads.Element(variable, *(Index(f"{_ENTRY}{n}", dim)
                                     for n, dim in enumerate(variable.kind.shape)))


def grounded(node: Expr, derivation: Derivation) -> Any:
    """Formal derivatives of named quantities as what they stand for.

    That is the result of the part that derives them, whose lines are compared by themselves.
    Without one, `formal` holds, for each name, the loss in terms of that name; ∂L/∂p is then the
    derivative of that formula, and ∂p/∂o the derivative of the definition of p.
    """
    formal = derivation.formal
    if formal is None:
        return node
    bodies = {d.symbol: d for d in derivation.definitions}

    def ground(part: Expr) -> Any | None:
        if isinstance(part, heads.Partial):
            body, at = part.args
            derived = next(filter(None, (_derived(part, p) for p in derivation.parts)), None)
            if derived is not None:
                return derived
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


def _derived(here: Expr, part: Derivation) -> Any | None:
    """The result of a part at the subscripts of a derivative, if it is that which it derives."""
    quantity, pairs = part.quantity, list[tuple[Any, Any]]()
    if not isinstance(quantity, heads.Partial):
        return None
    for known, given in zip(quantity.args, here.args, strict=True):
        if root(known) != root(given) or type(known) is not type(given):
            return None
        if isinstance(known, heads.Element):
            pairs += zip(known.indices, given.indices, strict=True)
    there = dict(pairs)
    if len(there) < len(pairs) or not set(there) <= set(part.indices):
        return None
    return substitute(part.result, there)


def _line_value(line: Expr, node: Expr, point: Point, digits: int) -> Any:
    try:
        return evaluate(node, point, digits, LARGEST)
    except TooLargeError:
        raise
    except EvaluationError as error:
        raise VerificationError(f"a line has no value where the original has one: {plain(line)}\n"
                                f"  at {described(point)}: {error}") from None


def _disagreement(line: Expr, truth: Number, error: Number, point: Point) -> str:
    return (f"a line disagrees with the original formula: {plain(line)}\n"
            f"  at {described(point)} the original is {mp.nstr(truth, 15)}, "
            f"relative error {mp.nstr(error, 3)}")
