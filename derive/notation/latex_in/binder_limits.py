"""The limits of sums and maxima: which index is bound, over what, and with which filter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from derive.core.atoms import Index, Tensor, Variable
from derive.notation.latex_in.indices import Indices, linear
from derive.notation.latex_in.names import all_names
from derive.notation.latex_in.notation_pieces import Piece, piece
from derive.notation.latex_in.tree import (
    Big,
    Comparison,
    Factors,
    Node,
    Number,
    Scripted,
    Symbol,
)
from derive.notation.operator_table import COMPARE


class Limits(Indices):
    """Reads what stands below and above a big operator."""

    @contextmanager
    def binding(self, name: str, axis: Any) -> Iterator[None]:
        """While the body is written, a name is an index over `axis`."""
        outer = self.names.bound
        self.names.bound = {**outer, name: axis}
        try:
            yield
        finally:
            self.names.bound = outer

    def index_name(self, symbol: Symbol) -> str:
        """The name of a bound index in the notation."""
        name = all_names(symbol)[0]
        leaf = self.names.scope.names.get(name)
        if leaf is not None and not isinstance(leaf, Index):
            raise self.error(symbol, f"{name} is declared, as {leaf.detail}; choose another letter "
                             "for the index")
        self.names.scope.check_name(name, self.names.text, symbol.start + 1)
        return name

    def binders(self, node: Big) -> tuple[list[Symbol], list[Node]]:
        """The symbols that a big operator binds, and the conditions on them."""
        symbols: list[Symbol] = []
        where = list(node.where)
        for part in node.binders:
            if isinstance(part, Symbol):
                symbols.append(part)
            elif isinstance(part, Comparison) and part.relations in (("==",), ("in",)) and \
                    isinstance(part.items[0], Symbol):
                symbols.append(part.items[0])
            else:
                where.append(part)
        if not symbols:
            symbols.append(self.bound_in(node, where))
        if len({s.names for s in symbols}) < len(symbols):
            raise self.error(symbols[-1], "this index is bound twice")
        if len(symbols) > 1 and node.upper is not None:
            raise self.error(node.upper, "one index has one upper bound; write a sign for each")
        return symbols, where

    def bound_in(self, node: Big, where: list[Node]) -> Symbol:
        """The one symbol of some conditions that nothing else declares."""
        found: dict[tuple[str, ...], Symbol] = {}
        skipped: set[int] = set()
        for condition in where:
            for part in condition.walk():
                if isinstance(part, Scripted) and isinstance(part.base, Symbol):
                    skipped.add(id(part.base))
                if isinstance(part, Symbol) and id(part) not in skipped and \
                        not any(self.names.known(n) for n in all_names(part)):
                    found.setdefault(all_names(part), part)
        if len(found) == 1:
            return next(iter(found.values()))
        names = ", ".join(all_names(s)[0] for s in found.values())
        reason = f"{names} may be bound here" if found else "every name here is declared"
        raise self.error(where[0], f"which index runs is not certain: {reason}; write it first, as "
                         "in \\sum_{k:\\, k \\ne y}")

    def range_of(self, node: Big, symbol: Symbol, where: list[Node]) -> Any:
        """The dimension that a bound index runs over."""
        for part in node.binders:
            if is_bound(part, symbol):
                assert isinstance(part, Comparison)
                if part.relations == ("in",):
                    dim = self.dimension(part.items[1])
                    if dim is None:
                        raise self.error(part.items[1], "a dimension was expected, such as K")
                    return dim
                if node.upper is None:
                    raise self.error(part, "the upper bound is missing, as in \\sum_{k=1}^{K}; for "
                                     "a filter write k:\\, k = y")
        if node.upper is not None and not self.has_start(node, symbol):
            raise self.error(node.upper, "the lower bound is missing, as in \\sum_{k=1}^{K}")
        axis = self.axis_of(symbol, node.body, node, where)
        dim = None if node.upper is None else self.dimension(linear(node.upper)[0])
        if dim is not None and dim != axis:
            raise self.error(node, f"{all_names(symbol)[0]} goes up to {dim}, and is a subscript "
                             f"over {axis}")
        return axis

    def has_start(self, node: Big, symbol: Symbol) -> bool:
        """Whether a lower bound is given for a symbol."""
        return any(is_bound(p, symbol) for p in node.binders)

    def axis_of(self, symbol: Symbol, body: Node, node: Big | None = None,
                where: list[Node] | None = None) -> Any:
        """The dimension over which a symbol is a subscript, or which its upper bound names."""
        roots = [body, *(where or [])]
        found: dict[Any, Node] = {}
        name = all_names(symbol)[0]
        for root in roots:
            hidden = self.names.bound
            self.names.bound = {n: a for n, a in hidden.items() if n != name}
            found.update(self.axes_of(symbol, root))
            self.names.bound = hidden
        if len(found) > 1:
            raise self.error(list(found.values())[-1], f"{name} is a subscript over "
                             f"{' and over '.join(str(d) for d in found)}")
        if found:
            return next(iter(found))
        dim = None if node is None or node.upper is None else \
            self.dimension(linear(node.upper)[0])
        if dim is None:
            for root in roots:
                self.find_unknown(symbol, root)
            only = self.all_axes()
            if len(only) == 1 and (node is None or node.upper is None):
                return next(iter(only))
            raise self.error(symbol, f"what {name} runs over is not certain; give the bounds, as "
                             f"in \\sum_{{{name}=1}}^{{K}}, with K in a declaration")
        return dim

    def all_axes(self) -> set[Any]:
        """Every dimension that is declared."""
        leaves = [n for n in self.names.scope.names.values() if isinstance(n, (Tensor, Variable))]
        return {*self.names.scope.dims.values(), *(d for n in leaves for d in n.kind.shape),
                *(n.kind.over for n in leaves if n.kind.over is not None)}

    def find_unknown(self, symbol: Symbol, root: Node) -> None:
        """Raises for a name with this subscript that nothing is declared for."""
        for part in root.walk():
            if isinstance(part, Scripted) and isinstance(part.base, Symbol) and any(
                    linear(b)[0] == symbol or (isinstance(b, Symbol) and b.names == symbol.names)
                    for b in (*part.below, part.step) if b is not None):
                if part.base.sign == "\\delta":
                    continue
                self.names.resolve(part.base, part.below)

    def tests(self, node: Big, symbol: Symbol, axis: Any, where: list[Node]) -> list[Piece]:
        """The filter of a big operator: what its bounds leave out, and its conditions."""
        tests: list[Piece] = []
        for part in node.binders:
            if node.upper is not None and isinstance(part, Comparison) and is_bound(part, symbol):
                tests += self.bounds(symbol, axis, part.items[1], node.upper)
        return tests + [self.conjunction(w, (w,)) for w in where]

    def conjunction(self, node: Node, parts: tuple[Node, ...]) -> Piece:
        """Conditions that all hold."""
        raise NotImplementedError

    def bounds(self, symbol: Symbol, axis: Any, lower: Node, upper: Node) -> list[Piece]:
        """What the bounds of an index leave out of its range."""
        tests: list[Piece] = []
        name = all_names(symbol)[0]
        start, low = linear(lower)
        if start is None and not isinstance(lower, Number):
            raise self.error(lower, "a whole number or an index was expected as the lower bound")
        if start is None:
            place = low - self.shift(lower)
            if place < 0:
                raise self.error(lower, f"indices are counted from {self.first} here")
            if place > 0:
                tests.append(self.test(lower, name, ">=", str(place)))
        else:
            tests.append(piece(lower, f"{name} >= ", self.index(lower, axis), level=COMPARE,
                               condition=True))
        last, high = linear(upper)
        if self.dimension(last) is not None:
            beyond = high + 1 - self.shift(upper)
            if beyond > 0:
                raise self.error(upper, f"{name} would run beyond the last place of {axis}")
            if beyond < 0:
                tests.append(self.test(upper, name, "<", f"{axis} - {-beyond}"))
        elif last is None and isinstance(upper, Number):
            beyond = high + 1 - self.shift(upper)
            if str(axis).isdigit() and beyond > int(str(axis)):
                raise self.error(upper, f"{name} would run beyond the last place of {axis}")
            if str(beyond) != str(axis):
                tests.append(self.test(upper, name, "<", str(beyond)))
        else:
            tests.append(piece(upper, f"{name} <= ", self.index(upper, axis), level=COMPARE,
                               condition=True))
        return tests

    def test(self, node: Node, name: str, sign: str, text: str) -> Piece:
        """A comparison of an index."""
        return piece(node, f"{name} {sign} {text}", level=COMPARE, condition=True)

    def check_shadow(self, node: Big, name: str) -> None:
        """Refuses an index bound again in the same product, where its uses cannot be told apart."""
        for factor in node.body.factors if isinstance(node.body, Factors) else ():
            inner = factor[1]
            if isinstance(inner, Big) and any(
                    all_names(s)[0] == name for s in self.binders(inner)[0]):
                raise self.error(inner, f"{name} is bound already; use another letter, or brackets")

    def check_scope(self, node: Big, symbol: Symbol) -> None:
        """Refuses a product or maximum whose last factor does not depend on the index."""
        if not isinstance(node.body, Factors):
            return
        last = node.body.factors[-1][1]
        used = any(isinstance(p, Symbol) and p.names == symbol.names for p in last.walk())
        if not used:
            raise self.error(last, "this may stand inside or beside the operator, which is not "
                             "the same; put its body, or the whole, into brackets")


def is_bound(node: Node, symbol: Symbol) -> bool:
    """Whether a part below a sign is the lower bound, or the range, of a symbol."""
    return isinstance(node, Comparison) and node.relations in (("==",), ("in",)) and \
        node.items[0] is symbol
