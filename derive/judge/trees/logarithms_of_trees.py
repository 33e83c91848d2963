"""The logarithm of the size of a formula, taken apart as the formula is.

Far out exp(-x) is smaller than any number that can be computed; its logarithm is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sympy import Expr, Mul, Pow

from derive.core import heads
from derive.core.indexing import depends, parts
from derive.core.walk import dangling
from derive.functions.decisions import never_zero
from derive.judge.quadrature import size_of
from derive.judge.reading.array_operations import Call
from derive.judge.reading.lazy_arrays import Run

Compile = Callable[[Expr], Call]


def logarithm_of(node: Expr, compiled: Compile) -> Call:
    """What computes the logarithm of the size of a formula; minus infinity for 0."""
    if isinstance(node, Mul):
        return _sum([logarithm_of(f, compiled) for f in node.args])
    if isinstance(node, Pow):
        return _power(node, compiled)
    if isinstance(node, heads.Apply) and node.name == "exp":
        return compiled(node.args[1])
    if isinstance(node, heads.Cond):
        test, yes, no = compiled(node.args[0]), *(logarithm_of(n, compiled) for n in node.args[1:])
        return lambda run: yes(run) if test(run) else no(run)
    value = compiled(node)
    return lambda run: size_of(value(run))


def _sum(terms: list[Call]) -> Call:
    def value(run: Run) -> Any:
        total = terms[0](run)
        for term in terms[1:]:
            total += term(run)
        return total

    return value


def _power(node: Expr, compiled: Compile) -> Call:
    base, exponent = logarithm_of(node.args[0], compiled), compiled(node.args[1])

    def value(run: Run) -> Any:
        power = exponent(run)
        return power * base(run) if power else power

    return value


def poles_of(body: Expr, variable: Expr) -> tuple[Expr, ...]:
    """What a formula divides by, takes the logarithm of or a broken power of, where it may be 0."""
    found: dict[Expr, None] = {}
    for part in parts(body):
        base = _of_pole(part)
        while isinstance(base, Pow) and base.args[1].is_Integer:
            base = base.args[0]
        if base is not None and depends(base, variable):
            found |= dict.fromkeys(f for f in _factors(base)
                                   if depends(f, variable) and not (never_zero(f) or dangling(f)))
    return tuple(found)


def _of_pole(part: Expr) -> Expr | None:
    if isinstance(part, Pow) and not (part.args[1].is_Integer and part.args[1] > 0):
        return part.args[0]
    is_log = isinstance(part, heads.Apply) and part.name == "log"
    return part.args[1] if is_log else None


def _factors(base: Expr) -> Iterable[Expr]:
    """The factors of a product, each of which may be 0."""
    return tuple(Mul.make_args(base))
