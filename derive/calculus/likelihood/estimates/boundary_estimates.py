"""Estimates that are no zeros of a score: at the end of what types, conditions and data allow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sympy import Add, Expr, Mul, Pow, Rational

from derive.calculus.gradient.partial_derivative import derivative
from derive.calculus.likelihood.densities.score_function import untidied
from derive.calculus.likelihood.densities.statistical_model import ELL, Sample
from derive.calculus.likelihood.estimates.parameter_bounds import (
    Bound,
    bounds_of,
    by_extremes,
    joined,
    names_in,
    sign_of,
)
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Variable
from derive.core.heads import apply
from derive.core.indexing import depends, occurs
from derive.derivation import Derivation
from derive.functions.decisions import assuming, decide
from derive.functions.intervals import interval
from derive.notation.printing.pretty import pretty
from derive.rulebook.loading import Rulebook

_HALF = Rational(1, 2)


class AtBound(NamedTuple):
    """An estimate at a bound, how it came about, and what must be added; None where none is there.

    `note` stands before the estimate.
    """

    value: Expr | None
    note: str
    remarks: tuple[tuple[str, str], ...] = ()


def at_bound(sample: Sample, x: Variable, slope: Expr) -> AtBound | None:
    """The maximum where the score of every observation has the same sign, or is 0, everywhere."""
    bounds = bounds_of(sample, x)
    if not any(not b.of_type for b in bounds) and slope != 0:
        return None
    with assuming((*sample.conditions, *sample.model.conditions)):
        sign = sign_of(slope)
        if sign is None:
            return None
        return _of_level(sample, x, bounds) if sign == 0 else \
            _of_monotone(sample, x, bounds, slope, sign)


def _of_monotone(sample: Sample, x: Variable, bounds: Sequence[Bound], slope: Expr, sign: int,
                 ) -> AtBound | None:
    upper, name = sign > 0, pretty(x)
    end = _end(sample, x, bounds, upper)
    moves = "rises" if upper else "falls"
    if end is None:
        return None
    value, strict = end
    if strict:
        return AtBound(None, "", (("boundary", (
            f"the likelihood {moves} everywhere with {name}, which may not reach "
            f"{pretty(value)}: it has no maximum, and comes close to its supremum there")),))
    used = [b for b in bounds if b.upper is upper and not b.of_type and
            (occurs(sample.index, b.value) or not _by_data(sample, bounds, upper))]
    return AtBound(value, (
        f"The likelihood {moves} everywhere with {name}{_reason(slope, sign, used)}, so its "
        f"maximum is no zero of the score but lies at the boundary: "
        f"{_leaves(sample, name, used, value)},"))


def _reason(slope: Expr, sign: int, used: Sequence[Bound]) -> str:
    """Why the score has its sign, where the types alone do not tell it."""
    if _signed(slope) or not isinstance(slope, (Mul, Pow)) or not any(
            isinstance(f, Add) and sign_of(f) is not None and not _signed(f)
            for f in Mul.make_args(slope)):
        return ""
    never = "negative" if sign > 0 else "positive"
    return f" (where {_listed(used)}, the score is nowhere {never})"


def _signed(node: Expr) -> bool:
    """Whether the types alone tell the sign of a formula."""
    values = interval(node)
    return values.nonnegative or values.high <= 0


def _listed(bounds: Sequence[Bound]) -> str:
    return " and ".join(dict.fromkeys(pretty(b.source) for b in bounds))


def _leaves(sample: Sample, name: str, used: Sequence[Bound], value: Expr) -> str:
    """What the bounds of the observations leave of a parameter."""
    each = " for every observation" if any(occurs(sample.index, b.value) for b in used) else ""
    plain = isinstance(value, heads.Reduction) and isinstance(
        value.family.args[1], heads.Element) and len(used) == 1
    if plain:
        word = "least" if isinstance(value, heads.Minimum) else "greatest"
        return f"{_listed(used)}{each} leaves the {word} of them"
    upper = used[0].upper if used else True
    ends = dict.fromkeys(pretty(v) for v, _ in joined(used))
    return f"{_listed(used)}{each}, so {name} is at {'most' if upper else 'least'} " \
           f"{' and '.join(ends)}, and the {'greatest' if upper else 'least'} such {name} is " \
           "the likeliest"


def _by_data(sample: Sample, bounds: Sequence[Bound], upper: bool) -> list[Bound]:
    return [b for b in bounds if b.upper is upper and occurs(sample.index, b.value)]


def _end(sample: Sample, x: Variable, bounds: Sequence[Bound], upper: bool,
         ) -> tuple[Expr, bool] | None:
    """The end on one side, and whether it may not be reached; None where there is none.

    Where observations bound a parameter, conditions with other parameters stay for the data.
    """
    ends = by_extremes(sample, _not_implied(sample, bounds, upper), upper)
    others = set(sample.model.parameters) - {x}
    if any(value.has(heads.Reduction) for value, _ in ends):
        ends = [e for e in ends if e[0].has(heads.Reduction) or not names_in(e[0]) & others]
    left = [e for n, e in enumerate(ends) if not any(
        _within(o[0], e[0], upper) for o in (*ends[:n], *ends[n + 1:]))]
    if not left:
        return None
    value = left[0][0]
    for other, _ in left[1:]:
        value = apply("min" if upper else "max", value, other)
    return value, any(strict for _, strict in left)


def _not_implied(sample: Sample, bounds: Sequence[Bound], upper: bool) -> list[Bound]:
    """The bounds without a 0 of the type, where observations have the parameter's sign."""
    each = {sign_of(b.value) for b in _by_data(sample, bounds, upper)}
    implied = (-1 if upper else 1) in each
    return [b for b in bounds if not (implied and b.of_type and b.value == 0)]


def _within(first: Expr, second: Expr, upper: bool) -> bool:
    """Whether the first bound makes the second one certain."""
    low, high = (first, second) if upper else (second, first)
    if decide(heads.LessEqual(low, high)) is True or interval(low).high <= interval(high).low:
        return True
    body = first.family.args[1] if isinstance(first, heads.Reduction) else first
    return second == 0 and sign_of(body) == (-1 if upper else 1)


def _of_level(sample: Sample, x: Variable, bounds: Sequence[Bound]) -> AtBound | None:
    """A likelihood that does not depend on a parameter where it is not 0: an interval."""
    ends = [_end(sample, x, bounds, upper) for upper in (False, True)]
    if ends[0] is None or ends[1] is None or any(
            depends(e[0], p) for e in ends if e for p in sample.model.parameters):
        return None
    (low, _), (high, _) = ends[0], ends[1]
    name = pretty(x)
    return AtBound(Mul(_HALF, Add(low, high)), (
        f"The likelihood is the same for every {name} that the observations allow, and 0 for any "
        f"other: it is highest for every {name} from {pretty(low)} to {pretty(high)}; the middle "
        "of these is"), (("maximum", f"every {name} from {pretty(low)} to {pretty(high)} has the "
                                     "highest likelihood: the middle is one of many"),))


def open_bounds(sample: Sample, x: Variable, value: Expr) -> list[Bound]:
    """The bounds of a parameter that a value is not known to keep."""
    with assuming(sample.conditions):
        return [b for b in bounds_of(sample, x) if not _kept(b, value, sample)
                and not (names_in(b.value) & set(sample.model.parameters))]


def _kept(bound: Bound, value: Expr, sample: Sample) -> bool:
    low, high = (value, bound.value) if bound.upper else (bound.value, value)
    if decide(heads.LessEqual(low, high)) is True:
        return True
    if occurs(sample.index, bound.value):
        return False
    inner = interval(value)
    end = interval(bound.value)
    return inner.high <= end.low if bound.upper else inner.low >= end.high


def nearest(sample: Sample, bounds: Sequence[Bound], value: Expr) -> Expr:
    """The nearest to a value that bounds allow."""
    for upper, name in ((False, "max"), (True, "min")):
        for end, _ in by_extremes(sample, bounds, upper):
            value = apply(name, end, value)
    return value


def concave(sample: Sample, x: Variable, slope: Derivation, rulebook: Rulebook) -> str:
    """Why the log-likelihood has one maximum by a parameter; empty where rules do not show it."""
    model = sample.model
    with assuming((*sample.conditions, *model.conditions)):
        second = derivative(model.problem(slope.quantity, ELL), untidied(slope), slope.quantity, x,
                            (), rulebook, "Second derivative", "terms").result
        sign = sign_of(second)
    return (f"its second derivative by {pretty(x)}, {pretty(second)}, is nowhere positive: it is "
            f"concave in {pretty(x)}") if sign == -1 else ""


def clipped(sample: Sample, x: Variable, zero: Derivation, why: Callable[[], str],
            rulebook: Rulebook) -> Derivation | None:
    """The zero of a score put inside of closed bounds that it may miss.

    None where nothing can be missed, or there is no reason `why` the log-likelihood rises up to
    the zero and falls after it.
    """
    bounds = [b for b in open_bounds(sample, x, zero.result) if not (b.of_type and b.strict)]
    if not bounds or any(b.strict for b in bounds):
        return None
    reason = why()
    if not reason:
        return None
    work = Work(nearest(sample, bounds, zero.result), rulebook)
    with assuming(sample.conditions):
        work.run("finish")
    name, sources = pretty(x), _listed(bounds)
    return work.derivation(zero.title, "mle", x, sample.given, parts=(zero,),
                           assumptions=sample.conditions, note=(
        f"This zero need not meet {sources}. The log-likelihood rises up to it and falls after it "
        f"({reason}), so the estimate of {name} is the nearest to it that is allowed:"))
