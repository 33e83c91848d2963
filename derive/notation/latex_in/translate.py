"""The tree of LaTeX as text of the notation: leaves, sums, products, powers, conditions."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeGuard

from derive.core.atoms import Index, Tensor, Variable
from derive.errors import NotationError
from derive.notation.latex_in import applying, latex_conditions, tree
from derive.notation.latex_in.indices import is_array, is_delta, spread, subscripted
from derive.notation.latex_in.latex_conditions import delta_of
from derive.notation.latex_in.latex_magnitudes import norm_of
from derive.notation.latex_in.latex_products import (
    inner_product,
    product,
    transposed_matrix,
)
from derive.notation.latex_in.latex_sums import sum_of_terms
from derive.notation.latex_in.names import Names, all_names
from derive.notation.latex_in.notation_pieces import Piece, bracketed, called, piece
from derive.notation.latex_in.symbols import split_letters
from derive.notation.latex_in.translator import Translator, Writer
from derive.notation.operator_table import ATOM, MUL, POWER

# Leaves


def _on_number(t: Translator, node: tree.Number) -> Piece:
    text = node.text if not node.text.startswith(".") else f"0{node.text}"
    return piece(node, (text.lstrip("0") if text.isdecimal() else text) or "0")


def _on_symbol(t: Translator, node: tree.Symbol) -> Piece:
    if node.sign == "\\pi":
        return piece(node, "pi")
    for name in all_names(node):
        if name in t.names.free and not t.names.bound.get(name):
            return piece(node, name, over=t.names.free[name])
    known = any(t.names.known(t.names.meanings.get(n, n)) for n in all_names(node))
    if node.sign == "e" and not node.primes and not known:
        return piece(node, "exp(1)")
    length = None if known else t.names.length(node.name)
    if length is not None and not node.primes:
        t.names.note(f"{node.name} is {length}")
        return piece(node, str(length))
    return declared_leaf(t, node, t.names.resolve(node, ())[0])


def declared_leaf(t: Translator, node: tree.Node, name: str) -> Piece:
    """A declared name."""
    if name in t.names.bound:
        return piece(node, name, over=t.names.bound[name])
    leaf = t.names.scope.names.get(name)
    if leaf is None and name not in t.names.free:
        return counted_length(t, node, name)
    if isinstance(leaf, Index):
        return piece(node, name, over=leaf.dim)
    if isinstance(leaf, Tensor):
        return piece(node, name, shape=leaf.kind.shape)
    over = leaf.kind.over if isinstance(leaf, Variable) else None
    return piece(node, name, over=over)


def counted_length(t: Translator, node: tree.Node, name: str) -> Piece:
    """A dimension as a number; n for N is noted."""
    dim = str(t.names.dimension(name))
    if dim != name:
        t.names.note(f"{name} is {dim}")
    return piece(node, dim)


# Scripts


def _on_scripted(t: Translator, node: tree.Scripted) -> Piece:
    if node.power is not None:
        return power_of(t, node, node.power)
    if isinstance(node.base, tree.Symbol):
        return element(t, node, node.base)
    if node.step is not None:
        raise t.error(node.step, "a step is read above a name")
    if isinstance(node.base, tree.Bars):
        return norm_of(t, node.base, node.below)
    base = t.translate(node.base)
    parts = node.below
    if len(parts) == 1 and len(base.shape) > 1:
        parts = split_letters(parts[0])
    return subscripted(t, node, bracketed(node, base, ATOM), base.shape, parts)


def element(t: Translator, node: tree.Scripted, base: tree.Symbol) -> Piece:
    """A name with subscripts and a step, or a Kronecker delta."""
    if base.sign == "\\gamma" and _says(node.below, "e") and not is_array(t, node):
        return piece(node, "euler_gamma")
    if is_delta(node) and not is_named(t, node):
        return delta_of(t, node, tuple(p for b in node.below for p in split_letters(b)))
    if base.sign == "\\pi":
        raise t.error(node, "π is a number and takes no subscript")
    name, rest = t.names.resolve(base, node.below)
    leaf = t.names.scope.names.get(name)
    if name in t.names.bound or not isinstance(leaf, Tensor):
        if node.step is not None:
            raise t.error(node.step, f"(…) above a name is a step or a sample, and {name} "
                          f"is {t.names.what(name)}; declare an array, as in {name}: "
                          "real[T], or write a power without brackets")
        return declared_leaf(t, node, name)
    parts = spread(t, node, rest, len(leaf.kind.shape))
    written = subscripted(t, node, piece(base, name), leaf.kind.shape, parts)
    complete = len(parts) == len(leaf.kind.shape)
    return replace(written, over=leaf.kind.over if complete and leaf.kind.domain == "label"
                   else None)


def is_named(t: Translator, node: tree.Scripted) -> bool:
    """Whether a delta with subscripts is a declared name."""
    assert isinstance(node.base, tree.Symbol)
    if any(t.names.takes_subscripts(n) for n in node.base.names):
        return True
    try:
        return not t.names.resolve(node.base, node.below)[1]
    except NotationError:
        return False


def power_of(t: Translator, node: tree.Scripted, power: tree.Node) -> Piece:
    """A power, or the exponential."""
    base = tree.Scripted(node.start, node.end, node.base, node.below, None, node.step) \
        if node.below or node.step is not None else node.base
    exponent = t.number(power)
    if isinstance(base, tree.Symbol) and base.sign == "e" and not base.primes:
        if not any(t.names.known(n) for n in base.names):
            return called(node, "exp", exponent)
        if not isinstance(power, tree.Number):
            raise t.error(node, "e is declared; write \\exp(…) for the exponential, or "
                          "(e)^{…} for a power of the variable")
    below = t.value(base, ATOM)
    if len(below.shape) == 2 and below.shape[0] == below.shape[1] and is_inverse(power):
        inverse = called(node, "inv", t.value(base), shape=below.shape)
        return transposed_matrix(node, inverse) if isinstance(
            power.terms[0][1], tree.Symbol) else inverse
    if below.shape:
        raise t.error(node, "a power of a whole array is not read; write it for one "
                      "element, a transpose with ^\\top, or \\lVert … \\rVert^2")
    return piece(node, below, "**", bracketed(node, exponent, ATOM), level=POWER)


# Sums, products, fractions


def _on_fraction(t: Translator, node: tree.Fraction) -> Piece:
    above, below = t.value(node.above, MUL), t.number(node.below, POWER)
    return piece(node, above, " / ", below, level=MUL, shape=above.shape)


def _on_root(t: Translator, node: tree.Root) -> Piece:
    if node.degree is None:
        return called(node, "sqrt", t.number(node.body))
    return piece(node, t.number(node.body, ATOM), "**(1/", t.number(node.degree, ATOM), ")",
                 level=POWER)


def is_inverse(power: tree.Node) -> TypeGuard[tree.Terms]:
    r"""Whether a power of a matrix is -1, or -\top for the inverse transposed."""
    if not isinstance(power, tree.Terms) or len(power.terms) != 1 or power.terms[0][0] != "-":
        return False
    term = power.terms[0][1]
    return (isinstance(term, tree.Number) and term.text == "1") or (
        isinstance(term, tree.Symbol) and term.sign in ("T", "\\top"))


def _on_bracket(t: Translator, node: tree.Bracket) -> Piece:
    if len(node.items) != 1:
        raise t.error(node, "one formula was expected between the brackets; a function "
                      "before them has to be declared, as in g: function")
    written = t.translate(node.items[0])
    if written.condition:
        raise t.error(node, "a number was expected, this is a condition")
    return written


def _on_transposed(t: Translator, node: tree.Transposed) -> Piece:
    body = t.value(node.body)
    if len(body.shape) == 2:
        return transposed_matrix(node, body)
    raise t.error(node, "a transposed array is read in a product, as in w^\\top x")


def _on_derivative(t: Translator, node: tree.Derivative) -> Piece:
    body = t.number(node.body)
    for variable in reversed(node.by):
        by = t.translate(variable)
        if by.shape or by.over is not None:
            raise t.error(variable, "a derivative is by one number; take an element, "
                          "such as o_i" if by.shape else "a label or index takes separate "
                          "values; there is no derivative by it")
        body = called(node, "d", body, by)
    return body


def _on_integral(t: Translator, node: tree.Integral) -> Piece:
    body, by = t.number(node.body), t.translate(node.by)
    if by.shape or by.over is not None:
        raise t.error(node.by, "an integral is over one number; take an element, such as z_m")
    return called(node, "integral", body, by)


def _on_call(t: Translator, node: tree.Call) -> Piece:
    raise t.names.unknown_call(node)


def _says(parts: tree.Nodes, word: str) -> bool:
    return len(parts) == 1 and isinstance(parts[0], tree.Symbol) and parts[0].sign == word


WRITERS: dict[type, Writer] = {
    **applying.WRITERS, **latex_conditions.WRITERS,
    tree.Number: _on_number, tree.Symbol: _on_symbol, tree.Scripted: _on_scripted,
    tree.Terms: sum_of_terms,
    tree.Factors: product, tree.Fraction: _on_fraction, tree.Root: _on_root,
    tree.Call: _on_call, tree.Inner: inner_product,
    tree.Bracket: _on_bracket, tree.Transposed: _on_transposed, tree.Derivative: _on_derivative,
    tree.Integral: _on_integral,
}


def translator(names: Names, first: int | None = None) -> Translator:
    """What writes the nodes of a formula in a scope."""
    return Translator(names, WRITERS, first)
