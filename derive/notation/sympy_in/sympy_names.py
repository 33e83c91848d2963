"""Symbols of SymPy: their names in the notation, and what they assume as declarations."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator, Mapping
from string import ascii_uppercase
from typing import Any

import sympy
from sympy.core.basic import Basic
from sympy.core.function import AppliedUndef
from sympy.tensor.indexed import Idx

from derive.errors import DeriveError
from derive.notation.sympy_in.sympy_ranges import (
    array_of,
    bound_in,
    elements_in,
    ranges_of,
    shape_of,
    subscripts_of,
    sums_in,
)

# Of a real number and of a whole one: the first assumption that holds, its kind, conditions.
_REAL = (("positive", "positive", ()), ("negative", "negative", ()),
         ("nonnegative", "nonnegative", ()), ("nonpositive", "real", ("{} <= 0",)),
         ("nonzero", "real", ("{} != 0",)), ("commutative", "real", ()))
_INTEGER = (("positive", "count", ("{} > 0",)), ("nonnegative", "count", ()),
            ("nonpositive", "integer", ("{} <= 0",)), ("nonzero", "integer", ("{} != 0",)),
            ("commutative", "integer", ()))
_SPELLED = {"lambda": "lam"}
Symbols = tuple[str, str, str, tuple[tuple[str, bool], ...]]
Sizes = dict[Basic, list[Any]]


class Names:
    """The names of expressions, and the lines that declare them.

    Raises DeriveError for a symbol that is no real number, or that has no name here.
    """

    def __init__(self, expressions: Iterable[Basic] = ()) -> None:
        self.of: dict[Basic, str] = {}
        self.lines: dict[str, list[str]] = {}  # by the name that they declare
        self.symbols: dict[str, Symbols] = {}
        self.bound: set[Basic] = set()
        self.free: set[str] = set()
        self.describe(list(expressions))

    def describe(self, expressions: list[Basic]) -> None:
        """Names and declares the symbols of expressions."""
        self.bound |= {index for e in expressions for index in bound_in(e)}
        symbols = {s for e in expressions for s in symbols_in(e)}
        for symbol in sorted(symbols, key=sympy.default_sort_key):
            self.name(symbol)
        free = {s for e in expressions for s in symbols_in(e) & e.free_symbols}
        self.free |= {self.of[s] for s in free}
        _check_indices(free & self.bound, expressions)
        sizes = _sizes(expressions, self.bound)
        of_arrays = self._declare_arrays(expressions, sizes)
        self._declare_counted(sizes, of_arrays)
        self._declare_compared(expressions, sizes)
        for f in sorted({f.func for e in expressions for f in e.atoms(AppliedUndef)}, key=str):
            self.lines[self.name(f)] = [f"{self.name(f)}: function"]
        counts = of_arrays.union(*sizes.values())
        for symbol in sorted((symbols & free) - counts, key=sympy.default_sort_key):
            if self.of[symbol] not in self.lines:
                self.lines[self.of[symbol]] = _declarations(symbol, self.of[symbol])

    def name(self, symbol: Basic) -> str:
        """The name of a symbol. Raises DeriveError where it has none."""
        if symbol in self.of:
            return self.of[symbol]
        typed = str(getattr(symbol, "label", None) or getattr(symbol, "name", symbol))
        name = typed.lstrip("\\_").replace("{", "").replace("}", "")
        name = _SPELLED.get(name, name)
        if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("__"):
            raise DeriveError(f"the symbol {typed!r} has no name in the notation: letters, digits "
                              "and _ make one")
        others = [s for s, n in self.of.items() if n == name]
        if any(s not in self.bound for s in others) and symbol not in self.bound:
            raise DeriveError(f"two different symbols are called {name!r} (one of them may have "
                              "assumptions that the other lacks)")
        self.of[symbol] = name
        if isinstance(symbol, (sympy.Symbol, sympy.IndexedBase)):
            kind = "array" if isinstance(symbol, sympy.IndexedBase) else "symbol"
            assumed = sorted((a, bool(v)) for a, v in symbol.assumptions0.items() if v is not None)
            self.symbols[name] = (name, typed, kind, tuple(assumed))
        return name

    def _declare_arrays(self, expressions: list[Basic], sizes: Sizes) -> set[Basic]:
        """The arrays of expressions; gives the sizes of their axes."""
        elements = [e for x in expressions for e in elements_in(x)]
        shapes = {array_of(e): self._shape(array_of(e), e, sizes) for e in elements}
        for array, shape in shapes.items():
            self._declare_array(array, shape, [e for e in elements if array_of(e) == array])
        matrices = {m for e in expressions for m in e.atoms(sympy.MatrixSymbol)}
        for matrix in sorted(matrices, key=str):
            if matrix not in shapes:
                shapes[matrix] = [size for size in matrix.shape if size != 1]
                self._declare_array(matrix, shapes[matrix], [])
        return {size for shape in shapes.values() for size in shape}

    def _declare_array(self, array: Basic, shape: list[Basic], elements: list[Basic]) -> None:
        """An array, and the free symbols that stand as its subscripts: they are labels."""
        name = self.name(array)
        sizes = [self.of.get(size, str(size)) for size in shape]
        kind, *conditions = _declarations(array, name)
        if conditions:
            raise DeriveError(f"the array {array} has an assumption that no kind of array has; "
                              "real, positive, negative, nonnegative and integer are known")
        self.lines[name] = [f"{kind}[{', '.join(sizes)}]"]
        for element in elements:
            for subscript, size in zip(subscripts_of(element), sizes, strict=True):
                if isinstance(subscript, (sympy.Symbol, Idx)) and subscript not in self.bound:
                    self.lines[self.of[subscript]] = [f"{self.of[subscript]}: label({size})"]

    def _declare_counted(self, sizes: Sizes, shapes: set[Basic]) -> None:
        """Indices that run through what is no array's size."""
        for index in sorted(self.bound, key=str):
            size = next(iter(sizes.get(index, ())), None)
            if isinstance(size, sympy.Symbol) and size not in shapes:
                self.lines[self.of[index]] = [f"{self.of[index]}: index({self.of[size]})"]

    def _declare_compared(self, expressions: Iterable[Basic], sizes: Sizes) -> None:
        """Free symbols that a delta compares with an index: they are labels."""
        deltas = {d for e in expressions for d in e.atoms(sympy.KroneckerDelta)}
        for pair in sorted((d.args for d in deltas), key=str):
            for index, symbol in (pair, pair[::-1]):
                if index in sizes and isinstance(symbol, sympy.Symbol) \
                        and symbol not in self.bound and self.of[symbol] not in self.lines:
                    size = self.of.get(sizes[index][0], str(sizes[index][0]))
                    self.lines[self.of[symbol]] = [f"{self.of[symbol]}: label({size})"]

    def _shape(self, array: Basic, element: Basic, sizes: Mapping[Basic, list[Basic]]) -> list[Any]:
        """The sizes of the axes: as stated, as sums have them, else a letter of its own."""
        shape: list[Any] = []
        for axis, stated in enumerate(shape_of(element)):
            summed = sizes.get(array, [None] * (axis + 1))[axis]
            own = next(iter(sizes.get(subscripts_of(element)[axis], ())), None)
            shape.append(stated or summed or own or self._letter(shape))
        return shape

    def _letter(self, taken: Iterable[Basic]) -> str:
        used = {*self.of.values(), *map(str, taken)}
        return next(c for c in "KNMD" + ascii_uppercase if c not in used)


def _check_indices(both: set[Basic], expressions: Iterable[Basic]) -> None:
    """Raises DeriveError for an index of a sum that is a subscript, and a name of its own, too."""
    subscripts = {s for x in expressions for e in elements_in(x) for s in subscripts_of(e)}
    for symbol in sorted(both & subscripts, key=str):
        raise DeriveError(f"{symbol} is the index of a sum, and a name of its own outside; rename "
                          "one of them")


def symbols_in(node: Basic) -> set[Any]:
    """The symbols and indices of an expression; names of arrays are none."""
    own = isinstance(node, (sympy.Symbol, Idx))
    named = own or isinstance(node, (sympy.IndexedBase, sympy.MatrixSymbol))
    inner = set[Any]().union(*map(symbols_in, node.args[1:] if named else node.args))
    return {node, *inner} if own else inner


def _sizes(expressions: Iterable[Basic], bound: set[Basic]) -> Sizes:
    """For each array the sizes that sums have for its axes; for each index what it runs through."""
    sizes: Sizes = {}
    for expression in expressions:
        for i in expression.atoms(Idx):
            if i.upper is not None:
                sizes.setdefault(i, []).append(sympy.expand(i.upper + 1))
        for node in sums_in(expression):
            for each in ranges_of(node, bound).each:
                sizes.setdefault(each.index, []).append(each.size)
                for element, axis in _places(node.function, each.index):
                    axes = sizes.setdefault(array_of(element), [None] * len(shape_of(element)))
                    axes[axis] = axes[axis] or each.size
    return sizes


def _places(node: Basic, index: Basic) -> Iterator[tuple[Basic, int]]:
    """Where an index stands alone as a subscript: the element and the axis."""
    for element in elements_in(node):
        yield from ((element, axis) for axis, s in enumerate(subscripts_of(element)) if s == index)


def _declarations(symbol: Basic, name: str) -> list[str]:
    """The declaration of a name by what its symbol assumes, and conditions beside it."""
    label = getattr(symbol, "label", None)
    known = {**getattr(label, "assumptions0", {}), **getattr(symbol, "assumptions0", {})}
    wrong = [a for a in ("imaginary", "infinite") if known.get(a)]
    if wrong or known.get("extended_real") is False or known.get("commutative") is False:
        raise DeriveError(f"the symbol {symbol} is {wrong[0] if wrong else 'not real'}; names here "
                          "are real numbers")
    known["commutative"] = True
    kinds = _INTEGER if known.get("integer") else _REAL
    kind, conditions = next((k, c) for a, k, c in kinds if known.get(a))
    return [f"{name}: {kind}", *(c.format(name) for c in conditions)]
