"""Totals, expected values and roots at a point, for the independent judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

from sympy import Add, Mul

from derive.core import heads
from derive.core.atoms import Tensor
from derive.core.indexing import depends, root
from derive.core.stored import Stored
from derive.errors import EvaluationError, TooManyDimensionsError
from derive.judge.precision import mp, mpf
from derive.judge.quadrature import Range, integrate, sum_up
from derive.judge.trees.closures import closure
from derive.limits import tick

_KINKED = ("abs", "sign", "max", "min")
_GRID = ("0", ".01", ".05", ".2", ".5", "1", "1.6", "2.5", "4", "7", "12", "25", "60", "200")
_MOST_VALUES = 3000  # of a vector of whole numbers


@dataclass(frozen=True)
class Law(Stored):
    """The distribution of a random variable: its density, and conditions on its values."""

    variable: Any
    density: Any
    conditions: tuple[Any, ...] = ()


def total(run: Any, node: Any) -> Any:
    """The integral or sum over all values that the variable's kind allows."""
    return over_values(run, node.args[0], node.args[1], ())


def expect(run: Any, node: Any) -> Any:
    """An expected value, by quadrature or summation with the law of the point."""
    body, variable = node.args
    law = run.point.laws.get(variable)
    if law is None:
        raise EvaluationError(f"no law for {variable.name}")
    key = (node, mp.prec, tuple(sorted(run.bound.items(), key=str)))
    if key not in run.point.kept:
        run.point.kept[key] = over_values(run, Mul(law.density, body), variable, law.conditions)
    return run.point.kept[key]


def over_values(run: Any, body: Any, variable: Any, conditions: Iterable[Any]) -> Any:
    """The integral or sum of a formula over a variable, under conditions on it."""
    conditions = tuple(p for c in conditions for p in _parts(c))
    if isinstance(variable, Tensor):
        return _over_vectors(run, body, variable, conditions)

    at = closure(run.at(run.point), body, variable)
    domain = root(variable).kind.domain
    if domain in ("label", "binary"):
        count = 2 if domain == "binary" else run.point.size(variable.kind.over)
        return mp.fsum(at(n) for n in range(count))
    low, high = limits(run, variable, conditions)
    if domain in ("count", "integer"):
        if mp.isinf(low):
            right = sum_up(at, 0, high, run.digits)
            return right + sum_up(lambda n: at(-n), 1, mp.inf, run.digits)
        return sum_up(at, mp.ceil(low), high, run.digits)
    ends = [low, *(k for k in kinks(run, body, variable, low, high)), high]
    return mp.fsum(integrate(at, Range(a, b), run.digits)
                   for a, b in pairwise(ends))


def _parts(condition: Any) -> Iterator[Any]:
    """The conditions of a conjunction, one by one."""
    if isinstance(condition, heads.Both):
        for argument in condition.args:
            yield from _parts(argument)
    else:
        yield condition


def limits(run: Any, variable: Any, conditions: Iterable[Any]) -> tuple[Any, Any]:
    """The ends of the range of a variable: by its kind, and by comparisons with other values."""
    low, high = _ends(root(variable).kind)
    for condition in conditions:
        if not isinstance(condition, (heads.Less, heads.LessEqual)):
            continue
        left, right = condition.args
        if left == variable and not depends(right, variable):
            high = min(high, run.value(right))
        elif right == variable and not depends(left, variable):
            low = max(low, run.value(left))
    return low, high


def _ends(kind: Any) -> tuple[Any, Any]:
    """The ends of the values of a kind, as numbers of mpmath."""
    ends = (kind.interval.low, kind.interval.high)
    low, high = (mpf(e) if isinstance(e, float) else mpf(e.numerator) / e.denominator for e in ends)
    return low, high


def _over_vectors(run: Any, body: Any, tensor: Tensor, conditions: tuple[Any, ...]) -> Any:
    """The sum over all vectors of whole numbers; over continuous ones, in one dimension."""
    places = list(run.point.entries(tensor.kind.shape))
    kind = tensor.kind

    def at(values: Any) -> Any:
        there = run.point.with_tensor(tensor, dict(zip(places, values, strict=True)))
        return run.at(there)

    if kind.domain in ("count", "binary"):
        top = _largest_entry(run, conditions) if kind.domain == "count" else 1
        if (top + 1) ** len(places) > _MOST_VALUES:
            raise TooManyDimensionsError("too many vectors to sum over")
        held = (at(v) for v in product(range(top + 1), repeat=len(places)))
        return mp.fsum(here.value(body) for here in held
                       if all(here.value(c) for c in conditions))
    if kind.domain == "simplex" and len(places) == 2:
        return integrate(lambda v: at((v, 1 - v)).value(body), Range(mpf(0), mpf(1)), run.digits)
    if kind.domain != "simplex" and len(places) == 1:
        return integrate(lambda v: at((v,)).value(body), Range(*_ends(kind)), run.digits)
    raise TooManyDimensionsError("no quadrature over so many dimensions")


def _largest_entry(run: Any, conditions: tuple[Any, ...]) -> int:
    """The total to which the conditions bind a vector of counts."""
    for condition in conditions:
        if isinstance(condition, heads.Equal):
            for side, other in (condition.args, condition.args[::-1]):
                if isinstance(side, heads.Sum) and not other.has(heads.Sum):
                    return int(run.value(other))
    raise EvaluationError("nothing bounds the entries of the vector")


def kinks(run: Any, body: Any, variable: Any, low: Any, high: Any) -> list[Any]:
    """The values of the variable at which a formula may have a kink or a jump."""
    found: set[Any] = set()
    for edge in dict.fromkeys(_edges(body, variable)):
        def value(x: Any, edge: Any = edge) -> Any:
            return run.at(run.point.with_scalar(variable, x)).value(edge)

        found |= {x for x in zeros(value, low, high, run.digits) if low < x < high}
    return sorted(found)


def _edges(node: Any, variable: Any) -> Iterator[Any]:
    """What is 0 where a formula has a kink: arguments of |.|, sides of comparisons."""
    if not depends(node, variable):
        return
    if isinstance(node, heads.Apply) and node.name in _KINKED:
        args = node.args[1:]
        yield args[0] if len(args) == 1 else Add(args[0], Mul(-1, args[1]))
    if isinstance(node, (heads.Less, heads.LessEqual)):
        yield Add(node.args[1], Mul(-1, node.args[0]))
    for argument in node.args:
        yield from _edges(argument, variable)


def find_root(run: Any, node: Any) -> Any:
    """The value of a variable at which a formula is 0.

    Raises EvaluationError where there is none, or more than one.
    """
    body, variable = node.args
    kind = root(variable).kind
    low, high = limits(run, variable, ())
    if kind.domain == "simplex":
        high = mp.inf

    def value(x: Any) -> Any:
        return run.at(moved_to(run, variable, x)).value(body)

    found = zeros(value, low, high, run.digits)
    if len(found) != 1:
        raise EvaluationError("the equation has no root here" if not found else
                              "the equation has several roots here")
    return found[0]


def moved_to(run: Any, variable: Any, x: Any) -> Any:
    """The point with another value of a variable or an element."""
    if isinstance(variable, heads.Element):
        at = tuple(int(run.value(i)) for i in variable.indices)
        values = {**run.point.tensors[variable.tensor], at: x}
        return run.point.with_tensor(variable.tensor, values)
    return run.point.with_scalar(variable, x)


def zeros(value: Callable[[Any], Any], low: Any, high: Any, digits: int,
          places: Sequence[Any] = ()) -> list[Any]:
    """The places at which a function changes its sign without a jump to infinity.

    They are looked for between neighbours among `places`; without these, all over the range.
    """
    known = []
    for x in places or _scan(low, high):
        try:
            known.append((x, value(x)))
        except EvaluationError:
            continue
    found = [x for x, v in known if v == 0]
    for x in found:
        _check_isolated(value, x)
    for (a, fa), (b, fb) in pairwise(known):
        if fa * fb < 0:
            x = _bisected(value, a, b, fa, fb, digits)
            if x is not None:
                found.append(x)
    return found


def _check_isolated(value: Callable[[Any], Any], x: Any) -> None:
    """Raises EvaluationError where a function is 0 on a whole interval."""
    step = mpf(10) ** -9 * (1 + abs(x))
    if _is_zero(value, x - step) or _is_zero(value, x + step):
        raise EvaluationError("the equation holds on a whole interval here")


def _is_zero(value: Callable[[Any], Any], x: Any) -> bool:
    try:
        return bool(value(x) == 0)
    except EvaluationError:
        return False


def _scan(low: Any, high: Any) -> list[Any]:
    """Places all over a range, more of them near its ends and near 0."""
    grid = [mpf(n) for n in _GRID]
    if mp.isinf(low) and mp.isinf(high):
        return sorted({s * x for x in grid for s in (1, -1)})
    if mp.isinf(high):
        return [low + (x or mpf(10) ** -6) for x in grid] + [low + 10 ** mpf(n) for n in (3, 5)]
    if mp.isinf(low):
        return sorted(high - (x or mpf(10) ** -6) for x in grid)
    steps = [mpf(n) / 24 for n in range(1, 24)]
    ends = [mpf(10) ** -6, mpf(1) / 200, *steps, 1 - mpf(1) / 200, 1 - mpf(10) ** -6]
    return [low + (high - low) * s for s in ends]


def _bisected(value: Callable[[Any], Any], a: Any, b: Any, fa: Any, fb: Any, digits: int,
              ) -> Any | None:
    """A root between two places of different sign (Illinois rule); None where there is a pole."""
    small = mpf(10) ** -(digits + 5)
    first = max(abs(fa), abs(fb))
    for turn in range(400):
        tick("looking for a root")
        x = (a * fb - b * fa) / (fb - fa) if turn % 3 else (a + b) / 2
        fx = value(x)
        if fx == 0:
            _check_isolated(value, x)
            return x
        if abs(b - a) <= small * max(abs(a), abs(b), small):
            return x if abs(fx) <= first else None
        if fa * fx < 0:
            b, fb = x, fx
            fa = fa / 2 if turn % 3 == 2 else fa
        else:
            a, fa = x, fx
            fb = fb / 2 if turn % 3 == 2 else fb
    return None
