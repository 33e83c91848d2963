"""exp(3 z), exp(2 z) and exp(z) as powers of one atom, so that like terms are seen."""

from __future__ import annotations

from typing import Any

from sympy import Add, Integer, Mul, Pow

from derive.core import heads
from derive.core.heads import apply
from derive.core.walk import mapped


def as_powers(node: Any) -> Any:
    """A sum or product in which exp(n u) is written exp(u)**n, and exp(u + v) exp(u) exp(v)."""
    if isinstance(node, heads.Apply) and node.name == "exp":
        factors = []
        for term in Add.make_args(node.args[1]):
            coefficient, rest = term.as_coeff_Mul()
            whole = coefficient.is_Integer and rest != 1
            factors.append(Pow(apply("exp", rest), coefficient) if whole else apply("exp", term))
        return Mul(*factors)
    if isinstance(node, (Add, Mul, Pow)):
        return mapped(node, as_powers)
    return node


def joined(node: Any) -> Any:
    """The way back: exp(u)**n as exp(n u), products of exponentials as one."""
    if isinstance(node, Pow) and _is_exp(node.args[0]) and node.args[1].is_Integer:
        return apply("exp", Mul(node.args[1], node.args[0].args[1]))
    if isinstance(node, Mul):
        parts = [joined(a) for a in node.args]
        exponents = [p.args[1] for p in parts if _is_exp(p)]
        rest = [p for p in parts if not _is_exp(p)]
        total = Add(*exponents)
        return Mul(*rest, *([apply("exp", total)] if exponents and total != 0 else []))
    if isinstance(node, (Add, Pow)):
        return mapped(node, joined)
    return node


def commensurable(node: Any) -> bool:
    """Whether several exponentials in a formula are powers of one."""
    found: dict[Any, set[Any]] = {}

    def visit(part: Any) -> None:
        if _is_exp(part):
            for term in Add.make_args(part.args[1]):
                coefficient, rest = term.as_coeff_Mul()
                found.setdefault(rest, set()).add(coefficient if rest != 1 else Integer(1))
        elif isinstance(part, (Add, Mul, Pow)):
            for argument in part.args:
                visit(argument)

    visit(node)
    return any(len(c) > 1 for c in found.values())


def _is_exp(node: Any) -> bool:
    return isinstance(node, heads.Apply) and node.name == "exp"
