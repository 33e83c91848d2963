"""The independent judge: any expression at a concrete point, in mpmath.

It shares no code with the rules. Sums are summed, maxima compared, partial derivatives taken by
central differences at raised precision.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from sympy import Add, EulerGamma, Mul, Pow, pi
from sympy.core.numbers import Rational
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from derive.core import heads
from derive.core.atoms import BoundIndex, Dim, Index, Variable
from derive.core.quantified import All
from derive.core.walk import dangling
from derive.errors import EvaluationError, TooLargeError
from derive.functions.function_records import function_of
from derive.judge.precision import Complex, Float, mp, mpf, own
from derive.judge.trees.special_functions import evaluator_of, power
from derive.judge.trees.totals import expect, find_root, total
from derive.judge.trees.tree_point import Point as Point
from derive.limits import tick

_GUARD = 10  # extra digits for the rounding of a formula's own arithmetic
_MOST_DIGITS = 3000


def evaluate(expression: Any, point: Point, digits: int = 50, largest: Any = None,
             known: dict[Any, Any] | None = None) -> Any:
    """The value of an expression (or condition) at a point, to about `digits` digits.

    `known` holds values of parts at this very point, to as many digits, and is added to. Raises
    EvaluationError where there is no finite real value, TooLargeError for one beyond `largest`.
    """
    tick("evaluating at points")
    with mp.workdps(digits + _GUARD):
        try:
            value = _Evaluation(point, digits, largest, known).value(expression)
        except (ZeroDivisionError, OverflowError, ValueError, TypeError, IndexError) as error:
            raise EvaluationError(f"no value here: {error}") from None
        except (MemoryError, RecursionError):
            raise EvaluationError("the value is too large to compute") from None
    if isinstance(value, (bool, int)):
        return value
    if not isinstance(value, Float) or not mp.isfinite(value):
        raise EvaluationError("the value is not a finite real number here")
    return value


class _Evaluation:
    """One evaluation: a point, the values of bound indices, and a table by head."""

    def __init__(self, point: Point, digits: int, largest: Any = None, known: Any = None) -> None:
        self.point, self.digits, self.largest, self.known = point, digits, largest, known
        self.bound: dict[BoundIndex, int] = {}
        self.outer: dict[Any, tuple[BoundIndex, ...]] = {}

    def value(self, node: Any) -> Any:
        if self.known is None or self.bound or not node.args:
            return self.computed(node)
        if node not in self.known:
            self.known[node] = self.computed(node)
        return self.known[node]

    def computed(self, node: Any) -> Any:
        for kind in type(node).__mro__:
            handler = _HANDLERS.get(kind)
            if handler is not None:
                return handler(self, node)
        raise EvaluationError(f"cannot evaluate {type(node).__name__}")

    def at(self, point: Point) -> _Evaluation:
        """An evaluation at another point, within the same binders; values may be large there."""
        other = _Evaluation(point, self.digits)
        other.bound = self.bound
        return other

    def leaf(self, node: Any) -> Any:
        try:
            return own(self.point.scalars[node])
        except KeyError:
            raise EvaluationError(f"no value for {node.name}") from None

    def number(self, node: Any) -> Any:
        return mpf(node.p) / node.q if node.q != 1 else mpf(node.p)

    def power(self, node: Any) -> Any:
        base, exponent = self.value(node.args[0]), node.args[1]
        if exponent.is_Integer:
            return mpf(base) ** int(exponent)
        return _real(power(base, self.value(exponent)))

    def element(self, node: Any) -> Any:
        subscripts = tuple(int(self.value(i)) for i in node.indices)
        try:
            return own(self.point.tensors[node.tensor][subscripts])
        except KeyError:
            raise EvaluationError(f"no element {subscripts} of {node.tensor.name}") from None

    def family(self, lam: Any) -> list[Any]:
        """The values of a family, kept for the values of the indices bound outside it."""
        key, kept = self.key(lam), self.point.kept
        if key not in kept:
            kept[key] = [v for _, v in self.indexed_family(lam)]
        return kept[key]  # type: ignore[no-any-return]

    def key(self, node: Any) -> tuple[Any, ...]:
        """What a value at this point is kept by: the values of the indices bound outside too."""
        if node not in self.outer:
            self.outer[node] = tuple(sorted(dangling(node), key=lambda index: index.name))
        return (node, mp.prec, self.largest, *(self.bound[i] for i in self.outer[node]))

    def total(self, lam: Any) -> Any:
        """The sum of a family, computed once for the values of the indices bound outside it."""
        key, kept = ("sum", *self.key(lam)), self.point.kept
        if key not in kept:
            kept[key] = mp.fsum(self.family(lam))
        return kept[key]

    def indexed_family(self, lam: Any) -> list[tuple[int, Any]]:
        index, body, where = lam.args
        self.point.work[0] += self.point.size(lam.dim)
        outer = self.bound.get(index)
        terms = []
        for n in range(self.point.size(lam.dim)):
            tick("evaluating at points")
            self.bound[index] = n
            if self.value(where):
                terms.append((n, self.value(body)))
        self.bound.pop(index, None)
        if outer is not None:
            self.bound[index] = outer
        return terms

    def argmax(self, node: Any) -> int:
        terms = self.indexed_family(node.family)
        return max(terms, key=lambda term: (term[1], -term[0]))[0]

    def unique_maximum(self, node: Any) -> bool:
        values = self.family(node.args[0])
        return bool(values) and values.count(max(values)) == 1

    def application(self, node: Any) -> Any:
        """The value of a function, computed once for the values of the indices bound outside."""
        key, kept = self.key(node), self.point.kept
        if key not in kept:
            kept[key] = self.applied(node)
        return kept[key]

    def applied(self, node: Any) -> Any:
        unknown = node.args[0].unknown
        if unknown is not None:
            return self.unknown(unknown[0], unknown[1], self.value(node.args[1]))
        function = function_of(node)
        arguments: list[Any] = [self.family(a) if isinstance(a, heads.Lam) else self.value(a)
                     for a in node.args[1:]]
        if function.vector_valued:
            *vectors, place = arguments
            at = int(place)
            if not 0 <= at < len(vectors[0]):
                raise EvaluationError("an index is out of its range")
            arguments = [*vectors, at]
        value = _real(evaluator_of(function)(*arguments))
        if self.largest is not None and abs(value) > self.largest:
            raise TooLargeError(f"{node.name} is larger than {self.largest} here")
        return value

    def unknown(self, name: str, order: int, argument: Any) -> Any:
        """A derivative of a function that only the point knows."""
        if name not in self.point.functions:
            raise EvaluationError(f"no values for the function {name}")
        return self.point.functions[name](argument, order)

    def partial(self, node: Any) -> Any:
        """A derivative, computed once at a point for the values of the indices bound outside."""
        key, kept = self.key(node), self.point.kept
        if key not in kept:
            kept[key] = self.difference(node)
        return kept[key]

    def difference(self, node: Any, extra: int = 0) -> Any:
        """Central differences: step h errs by h**2, cancellation costs -log10(h) digits.

        The step shrinks with the variable, so that log(x) near 0 is no worse than elsewhere.
        """
        body, variable = node.args
        subscripts: tuple[int, ...] = ()
        if isinstance(variable, heads.Element):
            subscripts = tuple(int(self.value(i)) for i in variable.indices)
            variable = variable.tensor
        here = abs(self.value(node.args[1]))
        scale = mpf(2) ** min(0, int(mp.mag(here))) if here else mpf(1)
        shrunk = int(-mp.log10(scale))
        inner_digits = self.digits + self.digits // 2 + 2 * _GUARD + shrunk + extra
        with mp.workdps(inner_digits + _GUARD):
            step = scale * mpf(2) ** -int(self.digits * 2.2)
            sides = []
            for sign in (1, -1):
                beside = self.point.beside(variable, subscripts, sign * step)
                inner = _Evaluation(beside, inner_digits, self.largest)
                inner.bound = self.bound
                sides.append(inner.value(body))
            slope = (sides[0] - sides[1]) / (2 * step)
        swallowed = int(mp.mag(sides[0])) // 3 if sides[0] else 0
        if swallowed > extra + _GUARD:  # a large value has swallowed digits of the difference
            if swallowed > _MOST_DIGITS:
                raise TooLargeError("the value is too large to differentiate numerically")
            return self.difference(node, swallowed)
        return +slope

    def compare(self, node: Any, how: Callable[[Any, Any], bool]) -> bool:
        return how(*(self.value(a) for a in node.args))


def _real(value: Any) -> Any:
    """A value that is a real number; a complex one is none for the formulas here."""
    if isinstance(value, Complex) or (isinstance(value, Float) and not mp.isfinite(value)):
        raise EvaluationError("the value is not a finite real number here")
    return value


_HANDLERS: dict[type, Callable[[_Evaluation, Any], Any]] = {
    Rational: _Evaluation.number,
    type(pi): lambda run, node: +mp.pi,
    type(EulerGamma): lambda run, node: +mp.euler,
    BooleanTrue: lambda run, node: True,
    BooleanFalse: lambda run, node: False,
    Dim: lambda run, node: run.point.size(node),
    Variable: _Evaluation.leaf,
    Index: _Evaluation.leaf,
    BoundIndex: lambda run, node: run.bound[node],
    Add: lambda run, node: sum((run.value(a) for a in node.args), mpf(0)),
    Mul: lambda run, node: mp.fprod([run.value(a) for a in node.args]),
    Pow: _Evaluation.power,
    heads.Element: _Evaluation.element,
    heads.Sum: lambda run, node: run.total(node.family),
    heads.Product: lambda run, node: mp.fprod(run.family(node.family)),
    heads.Maximum: lambda run, node: max(run.family(node.family)),
    heads.Minimum: lambda run, node: min(run.family(node.family)),
    heads.ArgMax: _Evaluation.argmax,
    heads.UniqueMaximum: _Evaluation.unique_maximum,
    All: lambda run, node: all(run.family(node.family)),
    heads.Delta: lambda run, node: mpf(run.value(node.args[0]) == run.value(node.args[1])),
    heads.Cond: lambda run, node: run.value(node.args[1 if run.value(node.args[0]) else 2]),
    heads.Apply: _Evaluation.application,
    heads.Partial: _Evaluation.partial,
    heads.Total: total, heads.Expect: expect, heads.Root: find_root,
    heads.Less: lambda run, node: run.compare(node, operator.lt),
    heads.LessEqual: lambda run, node: run.compare(node, operator.le),
    heads.Equal: lambda run, node: run.compare(node, operator.eq),
    heads.NotEqual: lambda run, node: run.compare(node, operator.ne),
    heads.Both: lambda run, node: run.value(node.args[0]) and run.value(node.args[1]),
    heads.Either: lambda run, node: run.value(node.args[0]) or run.value(node.args[1]),
    heads.Not: lambda run, node: not run.value(node.args[0]),
}
