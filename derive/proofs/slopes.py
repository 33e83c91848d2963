"""Derivatives as the lemmas of the library put them together, before anything is simplified."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from sympy import Add, Expr, Integer, Mul, Pow

from derive.core import heads
from derive.core.atoms import Variable
from derive.core.heads import apply
from derive.core.indexing import depends, root
from derive.core.kinds import Kind
from derive.core.walk import Binders, around, enter, substitute
from derive.functions.function_records import standard_functions
from derive.notation.reading.parser import parse
from derive.notation.reading.scope import Scope
from derive.proofs.coq_names import UnprovenError


def slope(node: Expr, variable: Expr, binders: Binders | None = None) -> Expr:
    """The derivative of an expression by a variable, with deltas and sums left as they are.

    Raises UnprovenError for a construct that has no lemma.
    """
    at = around(node, variable) if binders is None else binders
    if not depends(node, variable):
        return Integer(0)
    if node == root(variable):
        return Integer(1)
    for head, rule in _RULES.items():
        if isinstance(node, head):
            return rule(node, variable, at)
    raise UnprovenError(f"no lemma for the derivative of {type(node).__name__}")


def _of_element(node: Expr, variable: Expr, _at: Binders) -> Expr:
    return Mul(*(heads.Delta(i, j) for i, j in zip(variable.indices, node.indices, strict=True)))


def _of_sum(node: Expr, variable: Expr, at: Binders) -> Expr:
    return Add(*(slope(part, variable, at) for part in node.args))


def _of_product(node: Expr, variable: Expr, at: Binders) -> Expr:
    return Add(*(Mul(slope(part, variable, at), *(p for p in node.args if p is not part))
                 for part in node.args))


def _of_sum_over(node: Expr, variable: Expr, at: Binders) -> Expr:
    inside = enter(node.family, at)
    return heads.Sum.over(slope(inside.body, variable, inside.binders), inside.index,
                          inside.where)


def _of_maximum(node: Expr, variable: Expr, at: Binders) -> Expr:
    """The derivative of the largest term, which alone is the largest."""
    inside = enter(node.family, at)
    place = heads.ArgMax(*node.args)
    return substitute(slope(inside.body, variable, inside.binders), {inside.index: place})


def _of_choice(node: Expr, variable: Expr, at: Binders) -> Expr:
    condition, yes, no = node.args
    return heads.Cond(condition, slope(yes, variable, at), slope(no, variable, at))


def _of_power(node: Expr, variable: Expr, at: Binders) -> Expr:
    base, exponent = node.args
    return Add(Mul(exponent, Pow(base, exponent - 1), slope(base, variable, at)),
               Mul(node, apply("log", base), slope(exponent, variable, at)))


def _of_function(node: Expr, variable: Expr, at: Binders) -> Expr:
    family = next((a for a in node.args if isinstance(a, heads.Lam)), None)
    if family is not None:
        return _of_vector(node, family, variable, at)
    arguments = node.args[1:]
    if node.name in ("max", "min"):
        left, right = arguments
        moved = slope(left, variable, at), slope(right, variable, at)
        lower, upper = moved if node.name == "min" else moved[::-1]
        return heads.Cond(heads.Less(left, right), lower, upper)
    names, derivatives = _derivatives(node.name)
    values = dict(zip(names, arguments, strict=True))
    return Add(*(Mul(substitute(d, values), slope(a, variable, at))
                 for d, a in zip(derivatives, arguments, strict=True)))


def _of_vector(node: Expr, family: heads.Lam, variable: Expr, at: Binders) -> Expr:
    """The derivative of a softmax, softmax(v)[y] (v'[y] - sum softmax(v) v'), or a logsumexp."""
    inside = enter(family, at)
    inner = slope(inside.body, variable, inside.binders)
    weights = apply("softmax", family, inside.index)
    mean = heads.Sum.over(Mul(weights, inner), inside.index)
    if node.name == "logsumexp":
        return mean
    if node.name != "softmax":
        raise UnprovenError(f"no lemma for the derivative of {node.name}")
    place = next(a for a in node.args[1:] if a is not family)
    there = substitute(inner, {inside.index: place})
    return Mul(node, Add(there, Mul(-1, mean)))


@cache
def _derivatives(name: str) -> tuple[tuple[Expr, ...], tuple[Expr, ...]]:
    """The arguments of a function, and its derivatives by them."""
    record = standard_functions()[name]
    if not record.derivative:
        raise UnprovenError(f"no lemma for the derivative of {name}")
    names = {p: Variable(p, Kind("real")) for p in record.parameters}
    scope = Scope(names=dict(names))
    return tuple(names.values()), tuple(parse(text or "0", scope) for text in record.derivative)


_RULES: dict[type[Expr], Callable[[Expr, Expr, Binders], Expr]] = {
    heads.Element: _of_element, Add: _of_sum, Mul: _of_product, Pow: _of_power,
    heads.Sum: _of_sum_over, heads.Maximum: _of_maximum,
    heads.Delta: lambda _node, _variable, _at: Integer(0),  # of the index of the largest term
    heads.Cond: _of_choice, heads.Apply: _of_function,
}
