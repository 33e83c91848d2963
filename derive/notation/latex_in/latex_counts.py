"""Indices of big operators as they stand below them, and letters that count what they run over."""

from __future__ import annotations

from sympy import Expr

from derive.notation.latex_in import tree
from derive.notation.latex_in.indices import axes_of, linear, subscript_axes
from derive.notation.latex_in.names import all_names
from derive.notation.latex_in.translator import Translator


def ordered_indices(node: tree.Big) -> list[tree.Symbol]:
    r"""The indices of `\sum_{i<j}` or `\sum_{1 \le i < j \le n}`, which all run."""
    part = node.binders[0] if len(node.binders) == 1 else None
    if not isinstance(part, tree.Comparison) or not set(part.relations) <= {"<", "<="} or \
            node.where or node.upper is not None:
        return []
    items = part.items[1:-1] if bounded_below(node) else part.items
    symbols = [item for item in items if isinstance(item, tree.Symbol)]
    return symbols if len(symbols) == len(items) and (len(items) == 2 or bounded_below(node)) \
        else []


def bounded_below(node: tree.Big) -> bool:
    r"""Whether the limits are a chain that begins with a number, `1 \le i < j \le n`."""
    part = node.binders[0]
    return isinstance(part, tree.Comparison) and len(part.items) > 2 and \
        isinstance(part.items[0], tree.Number)


def bound_symbols(node: tree.Big) -> list[tree.Symbol]:
    """The indices that stand below a big operator."""
    if ordered_indices(node):
        return ordered_indices(node)
    first = [b.items[0] if isinstance(b, tree.Comparison) else b for b in node.binders]
    return [symbol for symbol in first if isinstance(symbol, tree.Symbol)]


def evident_indices(t: Translator, node: tree.Big) -> list[tree.Symbol]:
    """The subscripts of the body that nothing binds, each once."""
    inner = {n for part in node.body.walk() if isinstance(part, tree.Big)
             for symbol in bound_symbols(part) for n in all_names(symbol)}
    places = [place for part in node.body.walk() if isinstance(part, tree.Scripted)
              for place, _ in subscript_axes(t, part)]
    starts = [linear(place)[0] for place in places]
    return list({all_names(s): s for s in starts if isinstance(s, tree.Symbol)
                 and not any(t.names.known(n) or n in inner for n in all_names(s))}.values())


def note_length(t: Translator, upper: tree.Node, dim: Expr) -> None:
    """Notes a letter that stands for a dimension of another name."""
    start = linear(upper)[0]
    name = all_names(start)[0] if isinstance(start, tree.Symbol) else str(dim)
    if name != str(dim):
        t.names.note(f"{name} is {dim}")


def find_counts(t: Translator, root: tree.Node) -> None:
    """Finds what letters such as the n of `\\sum_{i=1}^n x_i` stand for: the length of x.

    Raises NotationError for one that would be two lengths.
    """
    operators = [node for node in root.walk() if isinstance(node, tree.Big)]
    bound = {n for node in operators for symbol in bound_symbols(node) for n in all_names(symbol)}
    for node in operators:
        name = _open_length(t, node, bound)
        if not name or node.upper is None:
            continue
        axes: dict[Expr, tree.Node] = {}
        for symbol in bound_symbols(node) or evident_indices(t, node):
            axes |= axes_of(t, symbol, node.body)
        if len(axes) != 1:
            continue
        axis = next(iter(axes))
        if t.names.counts.setdefault(name, axis) != axis:
            raise t.error(node.upper, f"{name} is the length {t.names.counts[name]} elsewhere, and "
                          f"{axis} here; write the lengths by their names")


def _open_length(t: Translator, node: tree.Big, bound: set[str]) -> str:
    """The letter up to which an index runs, where nothing declares it; "" for others."""
    start = linear(node.upper)[0] if node.upper is not None else None
    if not isinstance(start, tree.Symbol) or any(
            n in t.names.scope.names or n in t.names.scope.dims or n in bound
            for n in all_names(start)):
        return ""
    return all_names(start)[0]
