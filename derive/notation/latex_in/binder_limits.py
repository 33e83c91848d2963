"""The limits of sums and maxima: which index is bound, over what, and with which filter."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr

from derive.core.atoms import Index, Tensor, Variable
from derive.notation.latex_in import tree
from derive.notation.latex_in.indices import (
    axes_of,
    dimension_of,
    index_at,
    linear,
)
from derive.notation.latex_in.latex_conditions import conjunction
from derive.notation.latex_in.latex_counts import (
    bounded_below,
    evident_indices,
    note_length,
    ordered_indices,
)
from derive.notation.latex_in.names import all_names
from derive.notation.latex_in.notation_pieces import Piece, piece
from derive.notation.latex_in.translator import Translator
from derive.notation.operator_table import COMPARE


@dataclass(frozen=True)
class Binder:
    """A bound index, as the part below a sign says it: `k`, `k = 1` or `k \\in K`."""

    symbol: tree.Symbol
    part: tree.Node
    relation: str
    limit: tree.Node


def index_name(t: Translator, symbol: tree.Symbol) -> str:
    """The name of a bound index in the notation."""
    name = all_names(symbol)[0]
    leaf = t.names.scope.names.get(name)
    if leaf is not None and not isinstance(leaf, Index):
        raise t.error(symbol, f"{name} is declared, as {leaf.detail}; choose another letter "
                      "for the index")
    t.names.scope.check_name(name, t.names.text, symbol.start + 1)
    return name


def binders_of(t: Translator, node: tree.Big) -> tuple[list[Binder], list[tree.Node]]:
    """The indices that a big operator binds, and the conditions on them."""
    ordered = [s for s in ordered_indices(node) if not any(t.names.known(n) for n in all_names(s))]
    if len(ordered) > 1 or (ordered and bounded_below(node)):
        return [Binder(s, s, "", s) for s in ordered], list(node.binders)
    binders: list[Binder] = []
    where = list(node.where)
    for part in node.binders:
        binder = _binder(part)
        if binder is None:
            where.append(part)
        else:
            binders.append(binder)
    if not binders:
        symbol = bound_in(t, node, where) if where else evident_index(t, node)
        binders.append(Binder(symbol, symbol, "", symbol))
    _check_binders(t, node, [binder.symbol for binder in binders])
    return binders, where


def _check_binders(t: Translator, node: tree.Big, symbols: list[tree.Symbol]) -> None:
    """Refuses an index bound twice, and one upper bound for several."""
    if len({s.names for s in symbols}) < len(symbols):
        raise t.error(symbols[-1], "this index is bound twice")
    if len(symbols) > 1 and node.upper is not None:
        raise t.error(node.upper, "one index has one upper bound; write a sign for each")


def _binder(part: tree.Node) -> Binder | None:
    """The index that a part below a sign binds; None for a condition."""
    first, relation, second = part, "", part
    if isinstance(part, tree.Comparison) and len(part.items) == 2:
        (first, second), (relation,) = part.items, part.relations
    if isinstance(first, tree.Symbol) and relation in ("", "==", "in"):
        return Binder(first, part, relation, second)
    return None


def evident_index(t: Translator, node: tree.Big) -> tree.Symbol:
    """The one subscript of the body that nothing binds, for a sum without an index."""
    symbols = evident_indices(t, node)
    if len(symbols) == 1:
        return symbols[0]
    names = " or ".join(all_names(s)[0] for s in symbols)
    reason = f"it may be {names}" if symbols else "no subscript here is free"
    raise t.error(node, f"which index this runs over is not certain: {reason}; write it below the "
                  "sign, as in \\sum_i")


def bound_in(t: Translator, node: tree.Big, where: list[tree.Node]) -> tree.Symbol:
    """The one symbol of some conditions that nothing else declares."""
    candidates: dict[tuple[str, ...], tree.Symbol] = {}
    skipped: set[int] = set()
    for condition in where:
        for part in condition.walk():
            if isinstance(part, tree.Scripted) and isinstance(part.base, tree.Symbol):
                skipped.add(id(part.base))
            if isinstance(part, tree.Symbol) and id(part) not in skipped and \
                    not any(t.names.known(n) for n in all_names(part)):
                candidates.setdefault(all_names(part), part)
    if len(candidates) == 1:
        return next(iter(candidates.values()))
    names = ", ".join(all_names(s)[0] for s in candidates.values())
    reason = f"{names} may be bound here" if candidates else "every name here is declared"
    raise t.error(where[0], f"which index runs is not certain: {reason}; write it first, as "
                  "in \\sum_{k:\\, k \\ne y}")


def range_of(t: Translator, node: tree.Big, binder: Binder, where: list[tree.Node]) -> Expr:
    """The dimension that a bound index runs over."""
    if binder.relation == "in":
        dim = dimension_of(t, binder.limit)
        if dim is None:
            raise t.error(binder.limit, "a dimension was expected, such as K")
        return dim
    if binder.relation and node.upper is None:
        raise t.error(binder.part, "the upper bound is missing, as in \\sum_{k=1}^{K}; for "
                      "a filter write k:\\, k = y")
    axis = axis_of(t, binder.symbol, node.body, node, where)
    dim = None if node.upper is None else dimension_of(t, linear(node.upper)[0])
    if dim is not None and dim != axis:
        raise t.error(node, f"{all_names(binder.symbol)[0]} goes up to {dim}, and is a subscript "
                      f"over {axis}")
    if node.upper is not None and not binder.relation and (dim is None or linear(node.upper)[1]):
        raise t.error(node.upper, "the lower bound is missing, as in \\sum_{k=1}^{K}")
    if node.upper is not None and dim is not None:
        note_length(t, node.upper, dim)
    return axis


def axis_of(t: Translator, symbol: tree.Symbol, body: tree.Node, node: tree.Big | None = None,
            where: list[tree.Node] | None = None) -> Expr:
    """The dimension over which a symbol is a subscript, or which its upper bound names."""
    roots = [body, *(where or [])]
    candidates: dict[Expr, tree.Node] = {}
    name = all_names(symbol)[0]
    for root in roots:
        hidden = t.names.bound
        t.names.bound = {n: a for n, a in hidden.items() if n != name}
        candidates.update(axes_of(t, symbol, root))
        t.names.bound = hidden
    if len(candidates) > 1:
        raise t.error(list(candidates.values())[-1], f"{name} is a subscript over "
                      f"{' and over '.join(str(d) for d in candidates)}")
    if candidates:
        return next(iter(candidates))
    dim = None if node is None or node.upper is None else \
        dimension_of(t, linear(node.upper)[0])
    if dim is None:
        for root in roots:
            find_unknown(t, symbol, root)
        only = all_axes(t)
        if len(only) == 1 and (node is None or node.upper is None):
            return next(iter(only))
        raise t.error(symbol, f"what {name} runs over is not certain; give the bounds, as "
                      f"in \\sum_{{{name}=1}}^{{K}}, with K in a declaration")
    return dim


def all_axes(t: Translator) -> set[Expr]:
    """Every dimension that is declared."""
    leaves = [n for n in t.names.scope.names.values() if isinstance(n, (Tensor, Variable))]
    return {*t.names.scope.dims.values(), *(d for n in leaves for d in n.kind.shape),
            *(n.kind.over for n in leaves if n.kind.over is not None)}


def find_unknown(t: Translator, symbol: tree.Symbol, root: tree.Node) -> None:
    """Raises for a name with this subscript that nothing is declared for."""
    for part in root.walk():
        if isinstance(part, tree.Scripted) and isinstance(part.base, tree.Symbol) and any(
                linear(b)[0] == symbol or (isinstance(b, tree.Symbol) and b.names == symbol.names)
                for b in (*part.below, part.step) if b is not None):
            if part.base.sign == "\\delta":
                continue
            t.names.resolve(part.base, part.below)


def filter_tests(t: Translator, node: tree.Big, binder: Binder, axis: Expr,
                 where: list[tree.Node]) -> list[Piece]:
    """The filter of a big operator: what its bounds leave out, and its conditions."""
    tests: list[Piece] = []
    if binder.relation and node.upper is not None:
        name = all_names(binder.symbol)[0]
        tests = [*_above(t, name, axis, binder.limit), *_below(t, name, axis, node.upper)]
    return tests + [conjunction(t, w, (w,)) for w in where]


def _above(t: Translator, name: str, axis: Expr, lower: tree.Node) -> list[Piece]:
    """What the lower bound of an index leaves out of its range."""
    start, low = linear(lower)
    if start is not None:
        return [_test(lower, f"{name} >= ", index_at(t, lower, axis))]
    if not isinstance(lower, tree.Number):
        raise t.error(lower, "a whole number or an index was expected as the lower bound")
    place = low - t.shift(lower)
    if place < 0:
        raise t.error(lower, f"indices are counted from {t.first} here")
    return [_test(lower, f"{name} >= {place}")] if place else []


def _below(t: Translator, name: str, axis: Expr, upper: tree.Node) -> list[Piece]:
    """What the upper bound of an index leaves out of its range."""
    last, high = linear(upper)
    all_places = dimension_of(t, last) is not None
    if not all_places and not (last is None and isinstance(upper, tree.Number)):
        return [_test(upper, f"{name} <= ", index_at(t, upper, axis))]
    end = high + 1 - t.shift(upper)  # after a whole axis, or as a number
    length = 0 if all_places else int(str(axis)) if str(axis).isdecimal() else end
    if end > length:
        raise t.error(upper, f"{name} would run beyond the last place of {axis}")
    if all_places:
        return [_test(upper, f"{name} < {axis} - {-end}")] if end else []
    return [_test(upper, f"{name} < {end}")] if str(end) != str(axis) else []


def _test(node: tree.Node, *content: str | Piece) -> Piece:
    """A comparison of an index."""
    return piece(node, *content, level=COMPARE, condition=True)


def check_shadow(t: Translator, node: tree.Big, name: str) -> None:
    """Refuses an index bound again in the same product, where its uses cannot be told apart."""
    for factor in node.body.factors if isinstance(node.body, tree.Factors) else ():
        inner = factor[1]
        if isinstance(inner, tree.Big) and any(
                all_names(b.symbol)[0] == name for b in binders_of(t, inner)[0]):
            raise t.error(inner, f"{name} is bound already; use another letter, or brackets")


def check_scope(t: Translator, node: tree.Big, symbol: tree.Symbol) -> None:
    """Refuses a product or maximum whose last factor does not depend on the index."""
    if not isinstance(node.body, tree.Factors):
        return
    last = node.body.factors[-1][1]
    used = any(isinstance(p, tree.Symbol) and p.names == symbol.names for p in last.walk())
    if not used:
        raise t.error(last, "this may stand inside or beside the operator, which is not "
                      "the same; put its body, or the whole, into brackets")
