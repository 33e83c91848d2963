"""Lowering of products, sums over an index, and functions of a whole vector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sympy import Add, Integer, Mul, Pow, true
from sympy.core.numbers import Rational as Number

from derive.arrays.program import Node, Operand, Value
from derive.core import heads
from derive.core.atoms import Index, Variable
from derive.core.indexing import index_dimension, occurs
from derive.core.walk import around, enter
from derive.errors import KernelError
from derive.functions.function_records import Function
from derive.notation.printing.plain import plain

if TYPE_CHECKING:
    from derive.arrays.lowering.index_lowering import Lowering, Scope

_REDUCTIONS: dict[type, tuple[str, Any]] = {
    heads.Sum: ("sum", Integer(0)), heads.Product: ("prod", Integer(1)),
    heads.Maximum: ("max", float("-inf")), heads.Minimum: ("min", float("inf")),
    heads.ArgMax: ("argmax", float("-inf")),
}


def ordered_terms(terms: list[Any]) -> list[Any]:
    """Terms with the plain variables first: their differences are exact or nearly so.

    The first term is one that is added, where there is any.
    """
    def turn(term: Any) -> tuple[bool, bool]:
        coefficient, rest = term.as_coeff_Mul()
        return not isinstance(rest, (Variable, heads.Element)), bool(coefficient < 0)

    found = sorted(terms, key=turn)
    if turn(found[0])[1]:
        positive = next((t for t in found if not turn(t)[1]), None)
        if positive is not None:
            found.remove(positive)
            found.insert(0, positive)
    return found


def product(run: Lowering, node: Any, scope: Scope) -> Value:
    """A product; factors with few axes are taken together before those with many.

    So `exp(o[k]) / z * w` costs one multiplication for each element, not three.
    """
    from derive.arrays.lowering.index_lowering import SCALE

    coefficient, rest = node.as_coeff_Mul()
    factors = [f for f in Mul.make_args(rest) if f not in (SCALE, 1)]
    scaled = SCALE in Mul.make_args(rest)
    above, below = [], []
    for factor in factors:
        if isinstance(factor, Pow) and factor.args[1].is_Rational and factor.args[1] < 0:
            below.append(run.value(Pow(factor.args[0], -factor.args[1]), scope))
        else:
            above.append(run.value(factor, scope))
    first, divisor = _coefficient(coefficient)
    if divisor != 1:
        below.insert(0, Value(divisor))
    levels = sorted({len(v.indices) for v in (*above, *below)} | ({0} if scaled else set()))
    total: Value | None = None if first in (1, -1) else Value(first)
    for level in levels:
        top = [v for v in above if len(v.indices) == level]
        bottom = [v for v in below if len(v.indices) == level]
        total = _level(run, total, top, bottom, scope)
        if scaled and total is not None and not total.number:
            total, scaled = run.node("scale", [total], total.indices), False
    if total is None:
        total = Value(Integer(1))
    if scaled:
        total = run.node("scale", [total], total.indices)
    return run.negative(total, scope) if first == -1 else total


def _coefficient(number: Any) -> tuple[Any, Any]:
    """A number as a factor and a divisor; one that is exact in binary is a factor."""
    if isinstance(number, Number) and not number.is_Integer and number.q & (number.q - 1):
        return Integer(number.p), Integer(number.q)
    return number, Integer(1)


def _level(run: Lowering, total: Value | None, top: list[Value], bottom: list[Value],
           scope: Scope) -> Value | None:
    for value in top:
        total = value if total is None else \
            run.elementwise("np.multiply", total, value, scope=scope)
    below: Value | None = None
    for value in bottom:
        below = value if below is None else \
            run.elementwise("np.multiply", below, value, scope=scope)
    if below is None:
        return total
    return run.elementwise("np.divide", total or Value(Integer(1)), below, scope=scope)


# Binders


def opened(lam: Any, scope: Scope) -> tuple[Index, Any, Any, Scope]:
    """The index of a binder, its body and condition, and the scope inside it."""
    index, body, where, _ = enter(lam, around(*scope))
    return index, body, where, (*scope, index)


def reduction(run: Lowering, node: Any, scope: Scope) -> Value:
    """A sum, product, maximum, … over an index."""
    op, neutral = _REDUCTIONS[type(node)]
    index, body, where, inner = opened(node.args[0], scope)
    run.size(index.dim)
    if op == "sum" and where is true:
        found = _contraction(run, body, index, inner)
        if found is not None:
            return found
    label = _left_out(where, index, scope)
    terms = run.value(body, inner)
    if index not in terms.indices:
        if where is true and op == "sum":
            return run.elementwise("np.multiply", terms, run.size(index.dim), scope=scope)
        if where is true and op in ("max", "min"):
            return terms
        terms = run.spread(terms, tuple(i for i in inner if i in terms.indices or i == index))
    if where is not true and label is None:
        mask = run.value(where, inner)
        terms = run.elementwise("where", mask, terms, Value(neutral), scope=inner)
    return _reduced(run, op, terms, index, label, scope)


def _reduced(run: Lowering, op: str, terms: Value, index: Index, label: Any,
             scope: Scope) -> Value:
    rest = tuple(i for i in terms.indices if i != index)
    operands = [Operand(terms.source, tuple(range(len(terms.indices))))]
    if label is not None:
        operands.append(run.place(label, scope).along(rest))
    kind = "i" if op == "argmax" else "f"
    made = Node(op, tuple(operands), tuple(i.dim for i in rest), kind,
                (terms.indices.index(index),), True)
    return Value(run.program.assign(made), rest)


def _left_out(where: Any, index: Index, scope: Scope) -> Any:
    """The label that a condition `k != label` leaves out, if it is one."""
    if not isinstance(where, heads.NotEqual) or index not in where.args:
        return None
    other = next(a for a in where.args if a != index)
    if isinstance(other, Add) or any(occurs(i, other) for i in (*scope, index)):
        return None
    return other if index_dimension(other) is not None or other.is_Integer else None


def _contraction(run: Lowering, body: Any, index: Index, inner: Scope) -> Value | None:
    """The sum of a product of two arrays, without the array of products."""
    if any(isinstance(f, heads.Delta) for f in Mul.make_args(body)):
        return None
    inside = [f for f in Mul.make_args(body) if occurs(index, f)]
    outside = [f for f in Mul.make_args(body) if not occurs(index, f)]
    square = len(inside) == 1 and isinstance(inside[0], Pow) and inside[0].args[1] == 2
    if square:
        inside = [inside[0].args[0]] * 2
    above = [f for f in inside if not (isinstance(f, Pow) and f.args[1].is_Rational
                                       and f.args[1] < 0)]
    if len(above) < 2 or len(above) < len(inside):
        return None
    pair = [run.value(above[0], inner), run.value(Mul(*above[1:]), inner)]
    if any(index not in v.indices or run.program.nodes[v.source].kind != "f" for v in pair):
        return None
    rest = tuple(i for i in run.order(inner, *pair) if i != index)
    letters = {i: chr(ord("a") + n) for n, i in enumerate(dict.fromkeys(
        i for v in pair for i in v.indices))}
    operands = tuple(Operand(v.source, tuple(range(len(v.indices)))) for v in pair)
    words = tuple("".join(letters[i] for i in v.indices) for v in pair)
    made = Node("contract", operands, tuple(i.dim for i in rest), "f",
                (*words, "".join(letters[i] for i in rest)), True)
    total = Value(run.program.assign(made), rest)
    if not outside:
        return total
    scope = inner[:-1]
    return run.elementwise("np.multiply", run.value(Mul(*outside), scope), total, scope=scope)


# Functions of a whole vector


def vector_function(run: Lowering, node: Any, function: Function, scope: Scope) -> Value:
    """`below_max(u)[k]`, `median(u)`: what is left of such functions after unfolding."""
    lam = node.args[1]
    index, body, where, inner = opened(lam, scope)
    if where is not true:
        raise KernelError(f"{plain(node)}: a filtered vector is not lowered yet")
    run.size(index.dim)
    if function.numpy == "below_max":
        return _below_max(run, node, index, body, scope)
    if not function.numpy or function.vector_valued:
        raise KernelError(f"the function {node.name} has no NumPy code in functions.toml")
    terms = run.value(body, inner)
    if index not in terms.indices:
        terms = run.spread(terms, tuple(i for i in inner if i in terms.indices or i == index))
    return _reduced(run, function.numpy, terms, index, None, scope)


def _below_max(run: Lowering, node: Any, index: Index, body: Any, scope: Scope) -> Value:
    """u[k] - max(u): a whole vector at an index, one number at a label."""
    inner = (*scope, index)
    terms, at = run.value(body, inner), node.args[2]
    if index not in terms.indices:
        return Value(Integer(0))
    top = _reduced(run, "max", terms, index, None, scope)
    if at in scope:
        made = run.node("below-max", [terms, top], terms.indices, "f",
                        (terms.indices.index(index),))
        return run.at(made, index, at, scope)
    here = run.at(terms, index, at, scope)  # of the same terms, so that the largest gives 0
    return run.elementwise("difference", here, top, scope=scope)


__all__ = ["Add", "ordered_terms", "product", "reduction", "vector_function"]
