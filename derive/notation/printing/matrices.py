"""Formulas of one element written with whole vectors and matrices: Wᵀ (d ∘ ∂L/∂h), Σ f gᵀ."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sympy import Expr

from derive.core.atoms import Index
from derive.core.exact import exact
from derive.notation.matrix_forms.array_styles import STYLES
from derive.notation.matrix_forms.element_reading import read_elements
from derive.notation.matrix_forms.matrix_nodes import Node, NotInMatrices
from derive.notation.matrix_forms.matrix_writer import ArrayWriter


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

    Of a number, None where no product of arrays is in it: that is what it is already.
    """
    made = _tree(node, tuple(axes), None, tuple(reserved))
    if made is None or not any(part.axes for part in made.within()):
        return None
    return ArrayWriter(style, reserved)(made)


def partial_of(style: str, quantity: str, place: str) -> str:
    """∂L/∂W in a style, of texts in that style."""
    return STYLES[style].target.partial(quantity, place)


def second_partial_of(style: str, quantity: str, first: str, second: str) -> str:
    """∂²L/∂w ∂wᵀ in a style, of texts in that style."""
    return STYLES[style].second_partial(quantity, first, second)
