"""Formulas of one element recognised as formulas of whole arrays, for print: W @ x, s / tau."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Add, Expr, Mul, Pow, true

from derive.core import heads
from derive.core.atoms import Index, Named, Tensor
from derive.core.indexing import occurs
from derive.core.walk import with_arguments
from derive.notation.printing.print_target import Text


class Written(Named):
    """A leaf that prints as given, for a whole array inside a formula; `detail` is its Text."""


class WrittenMatrix(Written):
    """A matrix inside a formula, which stands after the numbers that it is multiplied by."""


def matrix_product(node: Expr) -> tuple[tuple[Tensor, Tensor], tuple[Expr, ...]] | None:
    """For Σ_k W[i, k] x[k]: the tensors (W, x) and the free subscripts (i,); else None."""
    if not isinstance(node, heads.Sum):
        return None
    bound, body, where = node.family.args
    if where is not true or body.func is not Mul or len(body.args) != 2:
        return None
    if not all(_bound_once(factor, bound) for factor in body.args):
        return None
    for left, right in (body.args, body.args[::-1]):
        if left.indices[-1] == bound and right.indices[0] == bound and \
                len(left.indices) <= 2 and len(right.indices) <= 2:
            return (left.tensor, right.tensor), (*left.indices[:-1], *right.indices[1:])
    return None


def _bound_once(factor: Expr, bound: Expr) -> bool:
    """Whether an index is one subscript of an element, and in no other subscript."""
    return isinstance(factor, heads.Element) and list(factor.indices).count(bound) == 1 and \
        not any(place != bound and occurs(bound, place) for place in factor.indices)


def array_formula(body: Expr, index: Index, placed: Callable[[Tensor, tuple[Expr, ...]], Text],
                  product: Callable[[tuple[Tensor, Tensor]], Text]) -> Expr | None:
    """A family of formulas as one formula of whole arrays, or None where that cannot be said.

    `placed` prints a tensor without its last subscript, `product` a product of two tensors.
    """
    def rewritten(node: Expr) -> Expr:
        if isinstance(node, heads.Element):
            lead, last = node.indices[:-1], node.indices[-1]
            if last != index or any(occurs(index, i) for i in lead):
                return node
            text = placed(node.tensor, lead)
            return Written(text[0], text)
        contraction = matrix_product(node)
        if contraction is not None and contraction[1] == (index,):
            text = product(contraction[0])
            return Written(text[0], text)
        scalar = isinstance(node, heads.Apply) and not any(
            isinstance(a, heads.Lam) for a in node.args)
        if isinstance(node, (Add, Mul, Pow)) or scalar:
            return with_arguments(node, map(rewritten, node.args))
        return node

    written = rewritten(body)
    return None if occurs(index, written) or written == body else written
