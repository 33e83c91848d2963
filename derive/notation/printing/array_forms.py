"""Formulas of one element recognised as formulas of whole arrays, for print: W @ x, s / tau."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sympy import Add, Mul, Pow, true

from derive.core import heads
from derive.core.atoms import Index, Named
from derive.core.indexing import occurs
from derive.core.walk import with_arguments
from derive.notation.printing.precedence import ATOM, MUL

if TYPE_CHECKING:
    from derive.notation.printing.printer import Printer


class Written(Named):
    """A leaf that prints as given, for a whole array inside a formula; `detail` is (text, prec)."""


def matrix_product(node: Any) -> tuple[tuple[Any, Any], tuple[Any, ...]] | None:
    """For Σ_k W[i, k] x[k]: the tensors (W, x) and the free subscripts (i,); else None."""
    if not isinstance(node, heads.Sum):
        return None
    bound, body, where = node.family.args
    factors: tuple[Any, ...] = body.args if isinstance(body, Mul) else ()
    if where is not true or len(factors) != 2 or body.func is not Mul:
        return None
    if not all(isinstance(f, heads.Element) and list(f.indices).count(bound) == 1
               and not any(leaf != bound and occurs(bound, leaf) for leaf in f.indices)
               for f in factors):
        return None
    for left, right in (factors, factors[::-1]):
        if left.indices[-1] == bound and right.indices[0] == bound and \
                len(left.indices) <= 2 and len(right.indices) <= 2:
            free = (*left.indices[:-1], *right.indices[1:])
            return (left.tensor, right.tensor), free
    return None


def whole_array(body: Any, index: Index, printer: Printer) -> Any | None:
    """A family of formulas as one formula of whole arrays, or None where that cannot be said."""
    written = _written(body, index, printer)
    return None if occurs(index, written) or written == body else written


def _written(node: Any, index: Index, printer: Printer) -> Any:
    if isinstance(node, heads.Element):
        lead, last = node.indices[:-1], node.indices[-1]
        if last == index and not any(occurs(index, i) for i in lead):
            text = printer.placed(node.tensor, lead)[0]
            return Written(text, (text, ATOM))
        return node
    contraction = matrix_product(node)
    if contraction is not None and contraction[1] == (index,) and printer.infix["@"]:
        text = printer.infix["@"].join(printer.show(tensor)[0] for tensor in contraction[0])
        return Written(text, (text, MUL))
    scalar = isinstance(node, heads.Apply) and not any(isinstance(a, heads.Lam) for a in node.args)
    if isinstance(node, (Add, Mul, Pow)) or scalar:
        return with_arguments(node, (_written(a, index, printer) for a in node.args))
    return node
