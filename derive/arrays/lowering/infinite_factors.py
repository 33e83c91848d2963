"""Which factors of a product may be exactly 0 by their argument, and which infinite.

A target, a count, a weight that is 0 says that a term does not count, however large the rest of
it is: 0 times the logarithm of a masked probability is 0, the limit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from sympy import Add, Expr, Integer, Mul, Pow

from derive.core import heads
from derive.core.atoms import Dim, Tensor, Variable
from derive.core.indexing import free_names
from derive.core.walk import substitute
from derive.functions.decisions import settled
from derive.functions.intervals import interval

ZEROS = frozenset({"simplex", "probability", "count", "binary", "onehot", "nonnegative"})


def zero_and_infinite(factors: Sequence[Expr]) -> tuple[list[Expr], list[Expr]] | None:
    """The factors that may be 0 by their argument and those that may be infinite; None if not both.
    """
    zero = [f for f in factors if _may_vanish(f)]
    infinite = [f for f in factors if f not in zero and _may_be_infinite(f)]
    return (zero, infinite) if zero and infinite else None


def _may_vanish(factor: Expr) -> bool:
    """Whether a factor is made, by sums and products, of targets, counts or weights alone."""
    leaves = [n for n in free_names(factor) if isinstance(n, (Variable, Tensor))]
    return bool(leaves) and all(n.kind.domain in ZEROS for n in leaves) and \
        _polynomial(factor) and not _of_a_sign(factor, leaves)


def _of_a_sign(factor: Expr, leaves: list[Variable | Tensor]) -> bool:
    """Whether a factor is no 0 at either value of a binary target, such as 1 - 2*y."""
    if len(leaves) != 1 or not isinstance(leaves[0], Variable) or \
            leaves[0].kind.domain != "binary":
        return False
    return all(settled(substitute(factor, {leaves[0]: Integer(n)})) != 0 for n in (0, 1))


def _polynomial(node: Expr) -> bool:
    if isinstance(node, (Variable, heads.Element)) or node.is_number:
        return True
    if isinstance(node, Pow):
        return bool(node.args[1].is_positive) and _polynomial(node.args[0])
    return isinstance(node, (Add, Mul)) and all(map(_polynomial, node.args))


def _may_be_infinite(factor: Expr) -> bool:
    """Whether nothing bounds a factor that depends on real arguments; divisors are left alone."""
    if isinstance(factor, (heads.Delta, Dim)) or (isinstance(factor, Pow) and \
            not factor.args[1].is_positive):
        return False
    if all(n.kind.domain in ZEROS for n in free_names(factor)
           if isinstance(n, (Variable, Tensor))):
        return False
    values = interval(factor)
    return values.low == -math.inf or values.high == math.inf  # ends may be beyond floats
