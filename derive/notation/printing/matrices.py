"""Formulas of one element written with whole vectors and matrices: Wᵀ (d ∘ ∂L/∂h), Σ f gᵀ."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sympy import Expr

from derive.core import heads
from derive.core.atoms import Index
from derive.core.exact import exact
from derive.notation.matrix_forms.array_styles import STYLES
from derive.notation.matrix_forms.element_reading import read_elements
from derive.notation.matrix_forms.matrix_nodes import (
    Chain,
    Node,
    NotInMatrices,
    Products,
    Scalar,
    Squares,
    Trace,
)
from derive.notation.matrix_forms.matrix_writer import ArrayWriter
from derive.notation.printing.pretty import pretty

_PRODUCTS = (Chain, Products, Squares, Trace)
_SHORT, _LONGER = 80, 1.25  # signs that are read at once; how much longer a form may be


@exact
def in_matrices(node: Expr, axes: Sequence[Expr], time: Expr | None, style: str = "unicode",
                reserved: Sequence[str] = ()) -> str | None:
    """The formula with whole vectors and matrices, or None where that cannot be said.

    `axes` are the free indices over which it is an array, rows first, at most two; `time` is the
    dimension of the steps; `style` is unicode, latex, mathml or ascii.
    """
    rows = tuple(i for i in axes if isinstance(i, Index) and i.dim != time)
    made = _tree(node, rows, time, tuple(reserved))
    return None if made is None else ArrayWriter(style, reserved, time)(made)


@lru_cache(maxsize=512)
def _tree(node: Expr, axes: tuple[Expr, ...], time: Expr | None, reserved: tuple[str, ...],
          ) -> Node | None:
    try:
        return read_elements(node, axes, time, reserved)
    except NotInMatrices:
        return None


@exact
def array_text(node: Expr, axes: Sequence[Expr], style: str, reserved: Sequence[str],
               ) -> str | None:
    """The formula with whole arrays, or None where it has none or cannot be so written.

    None also where that is of no use: of a number without a product of arrays, where a sum over
    an index is left, and where it is much longer than the formula of elements.
    """
    made = _useful_tree(node, tuple(axes), tuple(reserved))
    return None if made is None else ArrayWriter(style, reserved)(made)


@lru_cache(maxsize=512)
def _useful_tree(node: Expr, axes: tuple[Expr, ...], reserved: tuple[str, ...]) -> Node | None:
    made = _tree(node, axes, None, reserved)
    if made is None or not (axes or any(isinstance(p, _PRODUCTS) for p in made.within())):
        return None
    if any(isinstance(part, Scalar) and part.formula.has(heads.Sum) for part in made.within()):
        return None
    length = len(ArrayWriter("unicode", reserved)(made))
    return made if length <= max(_SHORT, _LONGER * len(pretty(node, reserved))) else None


def partial_of(style: str, quantity: str, place: str) -> str:
    """∂L/∂W in a style, of texts in that style."""
    return STYLES[style].target.partial(quantity, place)


def second_partial_of(style: str, quantity: str, first: str, second: str) -> str:
    """∂²L/∂w ∂wᵀ in a style, of texts in that style."""
    return STYLES[style].second_partial(quantity, first, second)
