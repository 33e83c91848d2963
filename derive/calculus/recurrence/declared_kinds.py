"""Equations of names that are declared to hold integers: no derivative goes through these names."""

from __future__ import annotations

from sympy import Add, Expr, Mul, Pow

from derive.core import heads
from derive.core.kinds import DISCRETE, Interval
from derive.errors import ModelError
from derive.functions.intervals import integral, interval
from derive.notation.reading.model_equations import Model

_UNITS = frozenset({"binary", "onehot"})
_OF_TERMS = (heads.Sum, heads.Product, heads.Maximum, heads.Minimum)


def check_declared(model: Model) -> None:
    """Raises ModelError where an equation is not known to give what its name is declared as.

    A binary state that is defined as a sigmoid would end the derivative without a word.
    """
    for equation in (*model.equations, *model.initial.values()):
        domain = equation.symbol.kind.domain
        if domain in DISCRETE and not _gives(equation.body, domain):
            shape = ", ".join(map(str, equation.symbol.kind.shape))
            real = f"real[{shape}]" if shape else "real"
            raise ModelError(
                f"{equation.name} is declared {equation.symbol.kind}, and its equation is not "
                f"known to give such values; no derivative goes through it: declare "
                f"{equation.name}: {real}, or write values of that kind (1 if … else 0, argmax)",
                model.line_of(equation.symbol), 1, len(equation.name))


def _gives(body: Expr, domain: str) -> bool:
    """Whether every value of a formula is of a kind of integers."""
    if not of_integers(body):
        return False
    values = interval_of_cases(body)
    if domain in _UNITS:
        return bool(values.low >= 0 and values.high <= 1)
    return domain == "integer" or bool(values.low >= 0) or domain in ("label", "index")


def of_integers(node: Expr) -> bool:
    """Whether a formula is known to give integers only."""
    if isinstance(node, heads.Cond):
        return all(map(of_integers, node.args[1:]))
    if isinstance(node, (Add, Mul)):
        return all(map(of_integers, node.args))
    if isinstance(node, Pow):
        return bool(node.exp.is_Integer and node.exp >= 0) and of_integers(node.base)
    if isinstance(node, _OF_TERMS):
        return of_integers(node.args[0].args[1])
    if isinstance(node, heads.Apply) and node.name in ("max", "min", "abs"):
        return all(map(of_integers, node.args[1:]))
    return (isinstance(node, heads.Apply) and node.name == "sign") or integral(node)


def interval_of_cases(node: Expr) -> Interval:
    """Where the values of a formula lie; those of a case distinction, of each case."""
    if not isinstance(node, heads.Cond):
        return interval(node)
    first, second = map(interval_of_cases, node.args[1:])
    return Interval(min(first.low, second.low), max(first.high, second.high), False, False)
