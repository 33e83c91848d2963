"""Factorials, the gamma function and determinants, by their logarithms too; and norms."""

from __future__ import annotations

from dataclasses import replace

from derive.notation.latex_in import tree
from derive.notation.latex_in.notation_pieces import Piece, bracketed, called, piece
from derive.notation.latex_in.translator import Translator
from derive.notation.operator_table import ATOM, MUL

LOGGED = ("gamma", "binom")  # what is read by its logarithm



def of_logarithm(t: Translator, node: tree.Node) -> Piece | None:
    """The logarithm of a factorial, a binomial coefficient or a gamma function."""
    while isinstance(node, tree.Bracket) and len(node.items) == 1:
        node = node.items[0]
    if isinstance(node, tree.Factorial):
        return log_factorial(t, node)
    determined = determinant_argument(t, node)
    if determined is not None:
        return called(node, "logdet", determined)
    if isinstance(node, tree.Applied) and node.function in LOGGED and not node.below and \
            node.power is None:
        return logarithm_of(t, node)
    return None


def determinant_argument(t: Translator, node: tree.Node) -> Piece | None:
    r"""The matrix whose determinant a part is, `|A|` or `\det A`; None for other parts."""
    if isinstance(node, tree.Applied) and node.function == "det" and node.power is None and \
            len(node.arguments) == 1:
        return t.value(node.arguments[0])
    if isinstance(node, tree.Bars) and node.kind == "abs" and len(t.value(node.body).shape) == 2:
        return t.value(node.body)
    return None


def log_factorial(t: Translator, node: tree.Factorial) -> Piece:
    """log n!"""
    return piece(node, "loggamma(1 + ", t.number(node.body, MUL), ")")


def logarithm_of(t: Translator, node: tree.Applied) -> Piece:
    """The logarithm of a gamma function or a binomial coefficient."""
    if node.function == "gamma":
        if len(node.arguments) != 1:
            raise t.error(node, "Γ takes one argument")
        return called(node, "loggamma", t.number(node.arguments[0]))
    above, below = (t.number(argument, MUL) for argument in node.arguments)
    return piece(node, "(loggamma(1 + ", above, ") - loggamma(1 + ", below,
                 ") - loggamma(1 + ", above, " - ", below, "))")


def norm_of(t: Translator, node: tree.Bars, below: tree.Nodes) -> Piece:
    """A norm of a vector, by its index; an absolute value, or a determinant."""
    if isinstance(node.body, tree.Bars) and node.body.kind == node.kind == "abs" and \
            t.value(node.body.body).shape:  # ||x||
        return norm_of(t, replace(node.body, kind="norm"), below)
    if node.kind == "abs":
        return absolute_value(t, node, below)
    inner, order = t.value(node.body), norm_order(t, below)
    if not inner.shape:
        raise t.error(node, "a vector was expected between the bars of a norm; write "
                      "|…| for a number")
    if len(inner.shape) > 1:
        return _norm_of_matrix(t, node, inner, order)
    if order == "1":
        return piece(node, "sum(abs(", inner, "))")
    return piece(node, "max(abs(", inner, "))") if order == "inf" else called(node, "norm", inner)


def absolute_value(t: Translator, node: tree.Bars, below: tree.Nodes) -> Piece:
    """The absolute value of a number; of a square matrix it is the determinant."""
    inner = t.value(node.body)
    if not below and len(inner.shape) == 2 and inner.shape[0] == inner.shape[1]:
        return called(node, "det", inner)
    if below or inner.shape:
        raise t.error(node, "bars of one line stand around a number; write \\lVert … "
                      "\\rVert for the norm of a vector")
    return called(node, "abs", inner)


def _norm_of_matrix(t: Translator, node: tree.Bars, inner: Piece, order: str) -> Piece:
    """The root of the sum of squares, which is what 2 and F below a norm mean."""
    if order in ("1", "inf"):
        raise t.error(node, f"the norm of index {order} of a matrix has more than one meaning; "
                      "write it with \\sum or \\max")
    if order == "2":
        t.names.note("‖·‖₂ of a matrix is the root of the sum of squares")
    return piece(node, "sqrt(sum(", bracketed(node, inner, ATOM), "**2))")


def norm_order(t: Translator, below: tree.Nodes) -> str:
    """What stands below a norm: 1, 2, F or ∞; "" for nothing."""
    if not below:
        return ""
    (part,) = below if len(below) == 1 else (None,)
    order = part.text if isinstance(part, tree.Number) else \
        part.sign if isinstance(part, tree.Symbol) else ""
    if order not in ("1", "2", "F", "inf"):
        raise t.error(below[0], "norms of index 1, 2, F and ∞ are read")
    return order
