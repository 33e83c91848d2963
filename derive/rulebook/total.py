"""Whether a formula has a value at every point: only then may it leave a filter.

Where nothing passes a filter, what stands behind it is never asked for: `y[t + 1]` at the end of
time, a logarithm of what is negative, a quotient by a sum without terms. Outside it would be.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Add, Expr, true

from derive.core import heads
from derive.core.atoms import Quantity, Variable
from derive.core.indexing import index_dimension, parts
from derive.core.quantified import All
from derive.core.walk import enter
from derive.functions.decisions import decide
from derive.functions.domains import requirements
from derive.functions.reduced_conditions import reduced


def is_total(node: Expr) -> bool:
    """Whether a formula is known to have a value wherever its names have values."""
    return _stands(node) and all(decide(c) is True for c in requirements(node))


def conditions_of(node: Expr) -> tuple[Expr, ...] | None:
    """The conditions under which a formula has a value, or None where there is no short form."""
    asked = [(reduced(c), decide(c)) for c in requirements(node)] if _stands(node) else \
        [(node, False)]
    open_ = tuple(c for c, answer in asked if answer is None)
    cannot = any(answer is False for _, answer in asked)
    return None if cannot or any(isinstance(c, (All, heads.Either)) for c in open_) else open_


def _stands(node: Expr) -> bool:
    """Whether nothing in a formula is yet to be carried out, or may stand beyond an axis."""
    return all(_STANDS[type(part)](part) for part in parts(node) if type(part) in _STANDS)


def _element(node: Expr) -> bool:
    """An element whose places are indices of its own axes; a shifted one may be beyond the end."""
    return all(map(_within, node.indices, node.tensor.kind.shape))


def _within(at: Expr, axis: Expr) -> bool:
    constant = bool(at.is_Integer) and at >= 0  # a constant place asks for a range that has it
    return constant or (not isinstance(at, Add) and index_dimension(at) == axis)


def _function(node: Expr) -> bool:
    """A function of whole vectors, none of them filtered, at places of their axis."""
    vectors = [a for a in node.args[1:] if isinstance(a, heads.Lam)]
    places = [a for a in node.args[1:] if not isinstance(a, heads.Lam)]
    return not vectors or (all(enter(v).where is true for v in vectors) and all(
        _within(place, vectors[0].dim) for place in places))


def _derivative(node: Expr) -> bool:
    """A derivative by name, such as that of a loss by an output; any other is yet to be taken."""
    return isinstance(node.args[0], (Quantity, Variable, heads.Element))


def _unfiltered(node: Expr) -> bool:
    """The largest of some, which may not be the largest of nothing."""
    return enter(node.family).where is true


_STANDS: dict[type[Expr], Callable[[Expr], bool]] = {
    heads.Element: _element, heads.Apply: _function, heads.Partial: _derivative,
    **dict.fromkeys((heads.Maximum, heads.Minimum, heads.ArgMax), _unfiltered),
    **dict.fromkeys((heads.UniqueMaximum, heads.Antiderivative, heads.Total, heads.Expect,
                     heads.Root), lambda _: False),
}
