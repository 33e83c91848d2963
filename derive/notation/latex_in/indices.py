"""What indices run over, and what they are counted from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sympy import Expr

from derive.core.atoms import Tensor, Variable
from derive.errors import NotationError
from derive.notation.latex_in import tree
from derive.notation.latex_in.names import all_names
from derive.notation.latex_in.notation_pieces import Piece, piece
from derive.notation.latex_in.symbols import split_letters
from derive.notation.latex_in.translator import Translator

Linear = tuple[tree.Node | None, int]  # a symbol (or element) and what is added to it


# What indices are counted from


def find_first(t: Translator, root: tree.Node, given: int | None) -> None:
    """Decides from the bounds in the formula what its indices are counted from.

    Raises NotationError where they contradict each other, or what was given.
    """
    t.first = given
    for node in root.walk():
        result = None
        if isinstance(node, tree.Big):
            result = first_of_limits(t, node)
        elif isinstance(node, tree.Scripted) and is_array(t, node):
            numbers = [p for p in subscript_places(t, node) if isinstance(p, tree.Number)]
            result = 0 if any(n.text == "0" for n in numbers) else None
        if result is None:
            continue
        if t.first not in (None, result):
            raise t.error(node, f"this counts indices from {result}, other parts from "
                          f"{t.first}; count them from one number")
        t.first = result


def first_of_limits(t: Translator, node: tree.Big) -> int | None:
    """0 or 1 where the limits of a sum tell what is counted from."""
    comparisons = [b for b in node.binders if isinstance(b, tree.Comparison)]
    chain = next((c for c in comparisons if len(c.items) > 2), None)
    if chain is not None:  # 1 <= i < j
        number = chain.items[0]
        return int(number.text) if isinstance(number, tree.Number) and number.text in "01" else None
    bounds = [c for c in comparisons if c.relations == ("==",)]
    if len(bounds) != 1 or node.upper is None:
        return None
    lower, upper = linear(bounds[0].items[1]), linear(node.upper)
    first = _first_of_bounds(t, lower, upper)
    if first is None and dimension_of(t, upper[0]) is not None and lower[0] is None:
        first = _first_of_offsets(t, bounds[0].items[0], node.body, lower[1], upper[1])
    return first


def _first_of_offsets(t: Translator, symbol: tree.Node, body: tree.Node, low: int, high: int,
                      ) -> int | None:
    r"""1 where counting from 0 would leave an array, as in `\sum_{t=1}^{T-1} x_{t+1} - x_t`."""
    offsets = [added for part in body.walk() if isinstance(part, tree.Scripted)
               for start, added in map(linear, subscript_places(t, part))
               if start is not None and tree.form(start) == tree.form(symbol)]
    fits = bool(offsets) and high + max(offsets) == 0 and low + min(offsets) >= 1
    return 1 if fits else None


def _first_of_bounds(t: Translator, lower: Linear, upper: Linear) -> int | None:
    """0 or 1 where a lower and an upper bound tell what is counted from."""
    (start, low), (last, high) = lower, upper
    if start is None and low == 0:
        return 0
    if dimension_of(t, last) is not None:
        return 1 if high == 0 else None
    counted = last is None and start is None and low == 1
    return 1 if counted and is_length(t, high) else None


def is_length(t: Translator, number: int) -> bool:
    """Whether some declared axis has so many places."""
    kinds = [leaf.kind for leaf in t.names.scope.names.values()
             if isinstance(leaf, (Tensor, Variable))]
    return any(str(d) == str(number) for k in kinds for d in (*k.shape, k.over))


def is_array(t: Translator, node: tree.Scripted) -> bool:
    """Whether subscripts of a node are places in an array, not part of its name."""
    if not isinstance(node.base, tree.Symbol):
        return isinstance(node.base, tree.Bracket) or not isinstance(node.base, tree.Number)
    try:
        return t.names.takes_subscripts(t.names.resolve(node.base, node.below)[0])
    except NotationError:
        return False


def dimension_of(t: Translator, node: tree.Node | None) -> Expr:
    """The dimension that a symbol names, or None."""
    if isinstance(node, tree.Symbol):
        for name in all_names(node):
            dim = t.names.dimension(name)
            if dim is not None:
                return dim
    return None


# What indices run over


def over_of(t: Translator, node: tree.Node) -> Expr:
    """What an index runs over, as far as it is known here."""
    start = linear(node)[0]
    if start is None:
        return None
    if isinstance(start, tree.Symbol):
        for name in all_names(start):
            if name in t.names.bound:
                return t.names.bound[name]
            if name in t.names.free:
                return t.names.free[name]
    try:
        with t.probing():
            return t.translate(start).over
    except NotationError:
        return None


def axes_of(t: Translator, symbol: tree.Symbol, root: tree.Node) -> dict[Expr, tree.Node]:
    """The dimensions of the axes at which a symbol stands as a subscript."""
    result: dict[Expr, tree.Node] = {}
    for node in root.walk():
        for part, axis in index_pairs(t, node, symbol):
            start = linear(part)[0]
            same = isinstance(start, tree.Symbol) and start.names == symbol.names and \
                start.primes == symbol.primes
            if same and axis is not None:
                result.setdefault(axis, node)
    return result


def index_pairs(t: Translator, node: tree.Node, symbol: tree.Symbol,
                ) -> Iterator[tuple[tree.Node, Expr]]:
    """Parts of a node that are indices, each with what it runs over there."""
    sides: tree.Nodes = ()
    if isinstance(node, tree.Scripted):
        if is_delta(node) and not is_array(t, node):
            sides = tuple(p for part in node.below for p in split_letters(part))
        else:
            yield from subscript_axes(t, node)
    elif isinstance(node, (tree.Indicator, tree.Comparison)):
        parts = node.parts if isinstance(node, tree.Indicator) else node.items
        sides = tuple(p for part in parts for p in split_letters(part))
    if len(sides) == 2:
        for side, other in (sides, sides[::-1]):
            if isinstance(side, tree.Symbol) and side.names == symbol.names:
                yield side, over_of(t, other)


def subscript_axes(t: Translator, node: tree.Scripted) -> list[tuple[tree.Node, Expr]]:
    """The subscripts of an array, each with its axis; nothing where that is not known."""
    try:
        if isinstance(node.base, tree.Symbol):
            name, rest = t.names.resolve(node.base, node.below)
            leaf = t.names.scope.names.get(name)
            shape = leaf.kind.shape if isinstance(leaf, Tensor) else ()
            parts = spread(t, node, rest, len(shape))
        else:
            with t.probing():
                shape, parts = t.translate(node.base).shape, subscript_places(t, node)
    except NotationError:
        return []
    return list(zip(parts, shape, strict=False))


def subscript_places(t: Translator, node: tree.Scripted) -> tree.Nodes:
    """The subscripts of a node, the step in time first."""
    return (*((node.step,) if node.step is not None else ()), *node.below)


def spread(t: Translator, node: tree.Scripted, rest: tree.Nodes, rank: int) -> tree.Nodes:
    """The subscripts of an array, letters side by side taken apart where axes are left."""
    lead = (node.step,) if node.step is not None else ()
    if len(rest) == 1 and rank - len(lead) > 1:
        rest = split_letters(rest[0])
    return (*lead, *rest)


def index_at(t: Translator, node: tree.Node, axis: Expr) -> Piece:
    """A subscript at an axis."""
    start, added = linear(node)
    if start is None and isinstance(node, (tree.Number, tree.Terms)):
        place = added - t.shift(node) if added or t.first is not None else 0
        if place < 0:
            raise t.error(node, f"indices are counted from {t.first} here; there is no "
                          f"place {added}")
        return piece(node, str(place))
    dim = dimension_of(t, start)
    if dim is not None and start is not None:
        return piece(node, _plus(str(dim), added - t.shift(node)))
    if isinstance(start, tree.Symbol):
        free = free_index(t, start, axis)
        if free is not None:
            return piece(node, _plus(free, added))
    if not isinstance(start, (tree.Symbol, tree.Scripted, tree.Applied, tree.Big)):
        raise t.error(node, f"an index over {axis} was expected here, such as k or t - 1")
    inner = t.translate(start)
    if inner.over is None:
        raise t.error(node, f"an index over {axis} was expected here")
    if inner.over != axis:
        raise t.error(node, f"{inner.text} runs over {inner.over}, this axis is {axis}")
    return piece(node, inner, _plus("", added)) if added else inner


def free_index(t: Translator, symbol: tree.Symbol, axis: Expr) -> str | None:
    """A name that nothing is declared for, as a free index, where the scope lets those in."""
    spellings = all_names(symbol)
    for name in spellings:
        if name in t.names.bound or name in t.names.scope.names or name in t.names.scope.dims:
            return None
    name = next((n for n in spellings if n in t.names.free), spellings[0])
    known = t.names.free.get(name, axis)
    if known != axis:
        raise t.error(symbol, f"{name} runs over {known} elsewhere, this axis is {axis}")
    if not t.names.scope.free_indices:
        raise t.error(symbol, f"unknown index {name!r}; bind it with \\sum_{name} (whose "
                      f"body ends at the next + or -), or declare {name}: index({axis})")
    t.names.free[name] = axis
    return name


def is_delta(node: tree.Scripted) -> bool:
    """Whether a node is written like a Kronecker delta."""
    return isinstance(node.base, tree.Symbol) and node.base.sign == "\\delta" and \
        not node.base.primes and bool(node.below) and node.step is None


def linear(node: tree.Node | None) -> Linear:
    """A symbol or element with a whole number added; (None, 0) for what is something else."""
    if isinstance(node, tree.Bracket) and len(node.items) == 1 and node.kind in "({":
        return linear(node.items[0])
    if isinstance(node, tree.Number):
        return None, int(node.text) if node.text.isdecimal() else 0
    if not isinstance(node, tree.Terms):
        return node, 0
    start: tree.Node | None = None
    added = 0
    for sign, term in node.terms:
        if isinstance(term, tree.Number) and term.text.isdecimal():
            added += int(term.text) * (1 if sign == "+" else -1)
        elif start is None and sign == "+":
            start = term
        else:
            return node, 0
    return start, added


def _plus(text: str, added: int) -> str:
    """Text with a whole number added to it."""
    return text if not added else f"{text} {'+' if added > 0 else '-'} {abs(added)}"


def subscripted(t: Translator, node: tree.Scripted, base: Piece, shape: tuple[Expr, ...],
                parts: tree.Nodes) -> Piece:
    """An element of an array, or an array of fewer axes."""
    if not parts:
        return replace(base, shape=shape)
    if len(parts) > len(shape):
        axes = ", ".join(str(d) for d in shape)
        what = f"has {len(shape)} axes ({axes})" if len(shape) > 1 else \
            f"has one axis ({axes})" if shape else "is a single number"
        raise t.error(parts[len(shape)], f"{base.text} {what}; this is one subscript or "
                      "step too many")
    inner: list[str | Piece] = []
    for part, axis in zip(parts, shape, strict=False):
        inner += [", ", index_at(t, part, axis)]
    return piece(node, base, "[", *inner[1:], "]", shape=shape[len(parts):])
