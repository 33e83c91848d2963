"""Lowering of products, sums over an index, and functions of a whole vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sympy import Add, Basic, Expr, Integer, Mul, Pow, true
from sympy.core.numbers import Rational as Number

from derive.arrays.lowering.infinite_factors import zero_and_infinite
from derive.arrays.lowering.node_building import UNIT, ZERO, Builder, Scope
from derive.arrays.operations import Op
from derive.arrays.program import Value
from derive.core import heads
from derive.core.atoms import Index, Variable
from derive.core.indexing import index_dimension, occurs
from derive.core.walk import around, enter
from derive.errors import KernelError
from derive.functions.function_records import Function
from derive.notation.printing.plain import plain

SCALE = Variable("\u00b7scale")  # the weight of an example, a factor of its derivatives
_REDUCTIONS = {heads.Sum: Op.SUM, heads.Product: Op.PRODUCT, heads.Maximum: Op.MAX,
               heads.Minimum: Op.MIN, heads.ArgMax: Op.ARGMAX}


class Lowers(Protocol):
    """What lowers formulas: into whose program, the value of a formula, that of a subscript.

    `named` are the matrices that have names. With `limits`, 0 times infinity is 0 where the 0 is
    an argument's.
    """

    build: Builder
    named: Mapping[Expr, str]
    limits: bool

    def value(self, node: Basic, scope: Scope = ()) -> Value:
        """The value of a formula; `scope` are the indices that are open around it."""

    def choose(self, test: Value, then: Value, other: Value, scope: Scope) -> Value:
        """One of two values, by a condition."""

    def place(self, label: Expr, scope: Scope) -> Value:
        """The value of a subscript."""

    def at(self, value: Value, index: Index, label: Expr, scope: Scope) -> Value:
        """A value where one of its indices is a label or another index."""


def ordered_terms(terms: list[Expr]) -> list[Expr]:
    """Terms with the plain variables first: their differences are exact or nearly so.

    So is the largest of some; then come numbers. The first term is one that is added, where there
    is any.
    """
    def turn(term: Expr) -> tuple[int, bool]:
        coefficient, rest = term.as_coeff_Mul()
        if isinstance(rest, (heads.Maximum, heads.Minimum)):
            rest = rest.args[0].args[1]
        plainly = isinstance(rest, (Variable, heads.Element))
        return 0 if plainly else 1 if rest == 1 else 2, bool(coefficient < 0)

    ordered = sorted(terms, key=turn)
    positive = next((t for t in ordered if not turn(t)[1]), None)
    if positive is not None:
        ordered.remove(positive)
        ordered.insert(0, positive)
    return ordered


def below_fraction(factor: Basic) -> bool:
    """Whether a factor is a divisor: a power with a negative exponent."""
    return isinstance(factor, Pow) and factor.args[1].is_Rational and bool(factor.args[1] < 0)


def product(run: Lowers, node: Expr, scope: Scope) -> Value:
    """A product; factors with few axes are taken together before those with many.

    So `exp(o[k]) / z * w` costs one multiplication for each element, not three. The weight of the
    example comes as soon as there is something to weigh.
    """
    coefficient, rest = node.as_coeff_Mul()
    factors = [f for f in Mul.make_args(rest) if f not in (SCALE, 1)]
    scaled = SCALE in Mul.make_args(rest)
    first, divisor = _coefficient(coefficient)
    limits, factors = _limits(run, factors, scope)
    square = _square(first, factors)
    if square is not None:
        limits.append(_scaled_square(run, first, square, scope))
        factors, first = [f for f in factors if f != square], Integer(1)
    above, below = _fraction(run, factors, scope)
    above = limits + above
    if divisor != 1:
        below.insert(0, Value(divisor))
    total = _levels(run, None if first in (1, -1) else Value(first), above, below, scaled, scope)
    return run.build.negative(total, scope) if first == -1 else total


def _square(first: Any, factors: Sequence[Expr]) -> Expr | None:
    """A square that overflows before a small coefficient comes to it."""
    if first in (0, 1, -1) or abs(first) >= 1:
        return None
    return next((f for f in factors if isinstance(f, Pow) and f.args[1] == 2
                 and not f.args[0].is_number), None)


def _levels(run: Lowers, total: Value | None, above: list[Value], below: list[Value],
            scaled: bool, scope: Scope) -> Value:
    """A product, factors with few axes first, and the weight where there is something to weigh."""
    for level in sorted({len(v.indices) for v in (*above, *below)} | ({0} if scaled else set())):
        total = _level(run.build, total, above, below, level, scope)
        if scaled and total is not None and not total.number:
            total, scaled = run.build.node(Op.SCALE, [total], total.indices), False
    total = UNIT if total is None else total
    return run.build.node(Op.SCALE, [total], total.indices) if scaled else total


def _scaled_square(run: Lowers, first: Any, square: Expr, scope: Scope) -> Value:
    """A fraction of a square, the fraction taken first: half of it may fit where it does not."""
    base = run.value(square.args[0], scope)
    part = run.build.elementwise(Op.MULTIPLY, Value(first), base, scope=scope)
    return run.build.elementwise(Op.MULTIPLY, part, base, scope=scope)


def _limits(run: Lowers, factors: list[Expr], scope: Scope) -> tuple[list[Value], list[Expr]]:
    """The value of factors that may meet as 0 times infinity, 0 then; and the other factors."""
    pair = zero_and_infinite(factors) if run.limits else None
    if pair is None:
        return [], factors
    values = [run.value(Mul(*part), scope) for part in pair]
    if any(v.number or run.build.of(v).kind != "f" for v in values):
        return [], factors
    taken = [*pair[0], *pair[1]]
    return [run.build.elementwise(Op.LIMIT_MULTIPLY, *values, scope=scope)], \
        [f for f in factors if f not in taken]


def _fraction(run: Lowers, factors: list[Expr], scope: Scope) -> tuple[list[Value], list[Value]]:
    """The values of factors, and those of divisors."""
    above, below = [], []
    for factor in factors:
        if below_fraction(factor):
            below.append(run.value(Pow(factor.args[0], -factor.args[1]), scope))
        else:
            above.append(run.value(factor, scope))
    return above, below


def _coefficient(number: Any) -> tuple[Any, Any]:
    """A number as a factor and a divisor; one that is exact in binary is a factor."""
    if isinstance(number, Number) and not number.is_Integer and number.q & (number.q - 1):
        return Integer(number.p), Integer(number.q)
    return number, Integer(1)


def _level(build: Builder, total: Value | None, above: list[Value], below: list[Value],
           level: int, scope: Scope) -> Value | None:
    """What was multiplied so far, times and over the values with so many axes."""

    def times(start: Value | None, values: list[Value]) -> Value | None:
        for value in values:
            if len(value.indices) == level:
                start = value if start is None else \
                    build.elementwise(Op.MULTIPLY, start, value, scope=scope)
        return start

    total, divisor = times(total, above), times(None, below)
    if divisor is None:
        return total
    return build.elementwise(Op.DIVIDE, total or UNIT, divisor, scope=scope)


# Binders


def opened(lam: heads.Lam, scope: Scope) -> tuple[Index, Expr, Basic, Scope]:
    """The index of a binder, its body and condition, and the scope inside it."""
    index, body, where, _ = enter(lam, around(*scope))
    return index, body, where, (*scope, index)


def reduction(run: Lowers, node: heads.Reduction, scope: Scope) -> Value:
    """A sum, product, maximum, … over an index."""
    op, build = _REDUCTIONS[type(node)], run.build
    index, body, where, inner = opened(node.args[0], scope)
    build.size(index.dim)
    if op is Op.SUM and where is true:
        contracted = _contraction(run, body, index, inner)
        if contracted is not None:
            return contracted
    label = _left_out(where, index, scope)
    terms = run.value(body, inner)
    if index not in terms.indices:
        if where is true and op is Op.SUM:
            return build.elementwise(Op.MULTIPLY, terms, build.size(index.dim), scope=scope)
        if where is true and op in (Op.MAX, Op.MIN):
            return terms
        terms = build.filled(terms, index, inner)
    if where is not true and label is None:
        terms = run.choose(run.value(where, inner), terms, Value(op.neutral), inner)
    return build.reduced(op, terms, index, None if label is None else run.place(label, scope))


def _left_out(where: Basic, index: Index, scope: Scope) -> Expr | None:
    """The label that a condition `k != label` leaves out, if it is one."""
    if not isinstance(where, heads.NotEqual) or index not in where.args:
        return None
    other = next(a for a in where.args if a != index)
    if isinstance(other, Add) or any(occurs(i, other) for i in (*scope, index)):
        return None
    return other if index_dimension(other) is not None or other.is_Integer else None


def _contraction(run: Lowers, body: Expr, index: Index, inner: Scope) -> Value | None:
    """The sum of a product of two arrays, without the array of products."""
    factors = Mul.make_args(body)
    pair, op = _pair(factors, index), Op.CONTRACT
    if pair is None:
        return None
    parts = zero_and_infinite([f for f in factors if occurs(index, f)]) if run.limits else None
    if parts is not None:
        taken = Mul(*parts[0])
        pair, op = (taken, Mul(*pair) / taken), Op.LIMIT_CONTRACT
    values = [run.value(factor, inner) for factor in pair]
    if any(index not in v.indices or run.build.of(v).kind != "f" for v in values):
        return None
    total = _contracted(run.build, op, values, tuple(
        i for i in run.build.order(inner, *values) if i != index))
    outside = Mul(*(f for f in factors if not occurs(index, f)))
    if outside == 1:
        return total
    scope = inner[:-1]
    return run.build.elementwise(Op.MULTIPLY, run.value(outside, scope), total, scope=scope)


def _pair(factors: Sequence[Expr], index: Index) -> tuple[Expr, Expr] | None:
    """The two parts of a product that a sum over an index is of, without divisors and deltas."""
    inside = [f for f in factors if occurs(index, f)]
    if len(inside) == 1 and isinstance(inside[0], Pow) and inside[0].args[1] == 2:
        inside = [inside[0].args[0]] * 2
    if len(inside) < 2 or any(isinstance(f, heads.Delta) for f in factors) or \
            any(below_fraction(f) for f in inside):
        return None
    return inside[0], Mul(*inside[1:])


def _contracted(build: Builder, op: Op, pair: list[Value], rest: Scope) -> Value:
    """The sum of products of two arrays over the indices that the result does not have."""
    letters = {i: chr(ord("a") + n) for n, i in enumerate(dict.fromkeys(
        i for v in pair for i in v.indices))}
    words = tuple("".join(letters[i] for i in own) for own in (*(v.indices for v in pair), rest))
    return build.assign(op, [v.alone() for v in pair], rest, detail=words)


# Functions of a whole vector


def vector_function(run: Lowers, node: heads.Apply, function: Function, scope: Scope) -> Value:
    """`below_max(u)[k]`, `median(u)`: what is left of such functions after unfolding."""
    index, body, where, inner = opened(node.args[1], scope)
    if where is not true:
        raise KernelError(f"{plain(node)}: a filtered vector is not lowered yet")
    run.build.size(index.dim)
    if function.name == "below_max":
        return _below_max(run, node, index, body, scope)
    if function.name != "median":
        raise KernelError(f"the function {node.name} has no NumPy code in functions.toml")
    terms = run.build.filled(run.value(body, inner), index, inner)
    return run.build.reduced(Op.MEDIAN, terms, index)


def _below_max(run: Lowers, node: heads.Apply, index: Index, body: Expr, scope: Scope) -> Value:
    """u[k] - max(u): a whole vector at an index, one number at a label."""
    terms, at = run.value(body, (*scope, index)), node.args[2]
    if index not in terms.indices:
        return ZERO
    top = run.build.reduced(Op.MAX, terms, index)
    if at in scope and not run.limits:
        made = run.build.elementwise(Op.DIFFERENCE, terms, top, scope=terms.indices)
        return run.at(made, index, at, scope)
    if at in scope:
        made = run.build.node(Op.BELOW_MAX, [terms, top], terms.indices,
                              detail=(terms.indices.index(index),))
        return run.at(made, index, at, scope)
    here = run.at(terms, index, at, scope)  # of the same terms, so that the largest gives 0
    return run.build.elementwise(Op.DIFFERENCE, here, top, scope=scope)
