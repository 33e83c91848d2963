"""Errors in computing an equation come out with the name of the equation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from derive.arrays.lowering.index_lowering import Leaf
from derive.core.indexing import occurs
from derive.errors import KernelError
from derive.notation.reading.model_equations import Model


@contextmanager
def of_equation(symbol: Leaf | None, model: Model, adjoint: bool = False) -> Iterator[None]:
    """A KernelError inside names the equation, or what the derivative is taken by.

    Without a symbol it is the loss. A part of an equation that has a name of its own is named by
    the equation that was typed.
    """
    try:
        yield
    except KernelError as error:
        if symbol is None:
            place = "the loss"
        elif adjoint:
            place = f"the derivative by {_typed(symbol, model)}"
        else:
            place = f"the equation of {_typed(symbol, model)}"
        raise KernelError(f"{place}: {error}") from None


def _typed(symbol: Leaf, model: Model) -> Leaf:
    """The name that the text has for a part of an equation: that of its first typed reader."""
    seen = {symbol}
    while not _is_typed(symbol, model):
        readers = [e.symbol for e in model.equations
                   if occurs(symbol, e.body) and e.symbol not in seen]
        if not readers:
            break
        symbol = readers[0]
        seen.add(symbol)
    return symbol


def _is_typed(symbol: Leaf, model: Model) -> bool:
    return bool(model.line_of(symbol)) or model.equation(symbol) is None
