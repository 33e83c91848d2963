"""The limits of sums and maxima: which index is bound, over what, and with which filter."""

from __future__ import annotations

from sympy import Expr

from derive.core.atoms import Index, Tensor, Variable
from derive.notation.latex_in import tree
from derive.notation.latex_in.indices import axes_of, dimension_of, index_at, linear
from derive.notation.latex_in.latex_conditions import conjunction
from derive.notation.latex_in.names import all_names
from derive.notation.latex_in.notation_pieces import Piece, piece
from derive.notation.latex_in.translator import Translator
from derive.notation.operator_table import COMPARE


def index_name(t: Translator, symbol: tree.Symbol) -> str:
    """The name of a bound index in the notation."""
    name = all_names(symbol)[0]
    leaf = t.names.scope.names.get(name)
    if leaf is not None and not isinstance(leaf, Index):
        raise t.error(symbol, f"{name} is declared, as {leaf.detail}; choose another letter "
                      "for the index")
    t.names.scope.check_name(name, t.names.text, symbol.start + 1)
    return name


def bound_symbols(t: Translator, node: tree.Big) -> tuple[list[tree.Symbol], list[tree.Node]]:
    """The symbols that a big operator binds, and the conditions on them."""
    symbols: list[tree.Symbol] = []
    where = list(node.where)
    for part in node.binders:
        if isinstance(part, tree.Symbol):
            symbols.append(part)
        elif isinstance(part, tree.Comparison) and part.relations in (("==",), ("in",)) and \
                isinstance(part.items[0], tree.Symbol):
            symbols.append(part.items[0])
        else:
            where.append(part)
    if not symbols:
        symbols.append(bound_in(t, node, where))
    if len({s.names for s in symbols}) < len(symbols):
        raise t.error(symbols[-1], "this index is bound twice")
    if len(symbols) > 1 and node.upper is not None:
        raise t.error(node.upper, "one index has one upper bound; write a sign for each")
    return symbols, where


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


def range_of(t: Translator, node: tree.Big, symbol: tree.Symbol, where: list[tree.Node]) -> Expr:
    """The dimension that a bound index runs over."""
    for part in node.binders:
        if is_bound(part, symbol):
            assert isinstance(part, tree.Comparison)
            if part.relations == ("in",):
                dim = dimension_of(t, part.items[1])
                if dim is None:
                    raise t.error(part.items[1], "a dimension was expected, such as K")
                return dim
            if node.upper is None:
                raise t.error(part, "the upper bound is missing, as in \\sum_{k=1}^{K}; for "
                              "a filter write k:\\, k = y")
    if node.upper is not None and not has_start(t, node, symbol):
        raise t.error(node.upper, "the lower bound is missing, as in \\sum_{k=1}^{K}")
    axis = axis_of(t, symbol, node.body, node, where)
    dim = None if node.upper is None else dimension_of(t, linear(node.upper)[0])
    if dim is not None and dim != axis:
        raise t.error(node, f"{all_names(symbol)[0]} goes up to {dim}, and is a subscript "
                      f"over {axis}")
    return axis


def has_start(t: Translator, node: tree.Big, symbol: tree.Symbol) -> bool:
    """Whether a lower bound is given for a symbol."""
    return any(is_bound(p, symbol) for p in node.binders)


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


def filter_tests(t: Translator, node: tree.Big, symbol: tree.Symbol, axis: Expr,
                 where: list[tree.Node]) -> list[Piece]:
    """The filter of a big operator: what its bounds leave out, and its conditions."""
    tests: list[Piece] = []
    for part in node.binders:
        if node.upper is not None and isinstance(part, tree.Comparison) and is_bound(part, symbol):
            tests += bound_tests(t, symbol, axis, part.items[1], node.upper)
    return tests + [conjunction(t, w, (w,)) for w in where]


def bound_tests(t: Translator, symbol: tree.Symbol, axis: Expr, lower: tree.Node,
                upper: tree.Node) -> list[Piece]:
    """What the bounds of an index leave out of its range."""
    tests: list[Piece] = []
    name = all_names(symbol)[0]
    start, low = linear(lower)
    if start is None and not isinstance(lower, tree.Number):
        raise t.error(lower, "a whole number or an index was expected as the lower bound")
    if start is None:
        place = low - t.shift(lower)
        if place < 0:
            raise t.error(lower, f"indices are counted from {t.first} here")
        if place > 0:
            tests.append(index_test(t, lower, name, ">=", str(place)))
    else:
        tests.append(piece(lower, f"{name} >= ", index_at(t, lower, axis), level=COMPARE,
                           condition=True))
    last, high = linear(upper)
    if dimension_of(t, last) is not None:
        beyond = high + 1 - t.shift(upper)
        if beyond > 0:
            raise t.error(upper, f"{name} would run beyond the last place of {axis}")
        if beyond < 0:
            tests.append(index_test(t, upper, name, "<", f"{axis} - {-beyond}"))
    elif last is None and isinstance(upper, tree.Number):
        beyond = high + 1 - t.shift(upper)
        if str(axis).isdigit() and beyond > int(str(axis)):
            raise t.error(upper, f"{name} would run beyond the last place of {axis}")
        if str(beyond) != str(axis):
            tests.append(index_test(t, upper, name, "<", str(beyond)))
    else:
        tests.append(piece(upper, f"{name} <= ", index_at(t, upper, axis), level=COMPARE,
                           condition=True))
    return tests


def index_test(t: Translator, node: tree.Node, name: str, sign: str, text: str) -> Piece:
    """A comparison of an index."""
    return piece(node, f"{name} {sign} {text}", level=COMPARE, condition=True)


def check_shadow(t: Translator, node: tree.Big, name: str) -> None:
    """Refuses an index bound again in the same product, where its uses cannot be told apart."""
    for factor in node.body.factors if isinstance(node.body, tree.Factors) else ():
        inner = factor[1]
        if isinstance(inner, tree.Big) and any(
                all_names(s)[0] == name for s in bound_symbols(t, inner)[0]):
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


def is_bound(node: tree.Node, symbol: tree.Symbol) -> bool:
    """Whether a part below a sign is the lower bound, or the range, of a symbol."""
    return isinstance(node, tree.Comparison) and node.relations in (("==",), ("in",)) and \
        node.items[0] is symbol
