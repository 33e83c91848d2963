"""Over what the indices of SymPy's sums run: SymPy counts from anywhere, the notation from 0."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sympy
from sympy.core.basic import Basic
from sympy.matrices.expressions.matexpr import MatrixElement

from derive.core.walk import substitute
from derive.errors import DeriveError


@dataclass(frozen=True)
class Range:
    """An index, the size of what it runs through, and what it leaves out."""

    index: Any
    size: Any
    test: Any = None


@dataclass(frozen=True)
class Ranges:
    """A body and its indices, the innermost first; they count from 0."""

    body: Any
    each: tuple[Range, ...]


def subscripts_of(node: Basic) -> tuple[Any, ...]:
    """The subscripts of an element; a column of a matrix has one."""
    if isinstance(node, MatrixElement):
        return node.indices[:1] if node.parent.shape[1] == 1 else tuple(node.indices)
    return tuple(node.indices)


def shape_of(node: Basic) -> tuple[Any, ...]:
    """The sizes of the array of an element, None where they are not known."""
    if isinstance(node, MatrixElement):
        rows, columns = node.parent.shape
        return (rows,) if columns == 1 else (rows, columns)
    return tuple(node.base.shape or (None,) * len(node.indices))


def array_of(element: Basic) -> Any:
    """The array of an element."""
    return element.parent if isinstance(element, MatrixElement) else element.base


def elements_in(node: Basic) -> list[Any]:
    """The elements of arrays in an expression, in an order that is always the same."""
    return sorted(node.atoms(sympy.Indexed, MatrixElement), key=sympy.default_sort_key)


def ranges_of(node: Basic, bound: Collection[Basic] = ()) -> Ranges:
    """The indices of a sum or a product, counted from 0; `bound` are all indices around it.

    Raises DeriveError for limits that have two readings, or that no size describes.
    """
    body, each = node.function, list[Range]()
    for limits in node.limits:
        index, low, high = _limits(limits)
        at = [e for e in elements_in(body) if any(s.has(index) for s in subscripts_of(e))]
        if not at:  # a number: it may count from anywhere
            body = _shifted(limits, body, low)
            each.append(_within(limits, index, sympy.S.Zero, sympy.expand(high - low), bound))
        elif any(size is not None for e in at for size in shape_of(e)):
            each.append(_of_shape(limits, at, index, low, high))
        elif low == 0:
            each.append(_within(limits, index, low, high, bound))
        elif _counts_from_first(body, at, index, low, high):
            each.append(_within(limits, index, sympy.S.Zero, high - 1, bound))
        else:
            raise DeriveError(
                f"{_shown(limits)} has two readings: of an array that starts at 1, or of one that "
                "starts at 0; give the array its shape, as in IndexedBase('x', shape=(n,))")
    return Ranges(body, tuple(each))


def _shifted(limits: Basic, body: Basic, low: Basic) -> Any:
    """The body with an index that counts from 0 instead. Raises DeriveError."""
    index = limits[0]
    if index in bound_in(body):
        raise DeriveError(f"{_shown(limits)}: an index of that name runs inside it, too; rename it")
    return substitute(body, {index: index + low})


def _of_shape(limits: Basic, at: list[Basic], index: Basic, low: Basic, high: Basic) -> Range:
    """An index of arrays whose shape says that they start at 0."""
    sizes = {size for e in at for s, size in zip(subscripts_of(e), shape_of(e), strict=True)
             if s == index and size is not None}
    if len(sizes) != 1:
        return _within(limits, index, low, high, ())
    (size,) = sizes
    tests = [*([sympy.Ge(index, low)] if low > 0 else []),
             *([sympy.Le(index, high)] if sympy.expand(size - 1 - high) != 0 else [])]
    return Range(index, size, sympy.And(*tests) if tests else None)


def _limits(limits: Basic) -> tuple[Any, Any, Any]:
    if len(limits) != 3:
        raise DeriveError(f"{_shown(limits)}: an index needs its limits, as in (k, 0, K - 1)")
    index, low, high = limits
    if not low.is_Integer or low < 0:
        raise DeriveError(f"{_shown(limits)}: an index starts at a whole number, such as 0")
    return index, low, high


def _counts_from_first(body: Basic, at: list[Basic], index: Basic, low: Basic, high: Basic) -> bool:
    """Whether an index runs through all elements, of which the first has the number 1.

    It may stand as a subscript alone: as a number, or beside another, it would have two readings.
    """
    if low != 1 or not _is_size(high):
        return False
    rest = substitute(body, {e: sympy.Dummy() for e in at})
    return not rest.has(index) and all(s == index for e in at for s in subscripts_of(e)
                                       if s.has(index))


def _within(limits: Basic, index: Basic, low: Basic, high: Basic,
            bound: Collection[Basic]) -> Range:
    """From `low` to `high`, as a part of all values from 0 on."""
    count = sympy.expand(high + 1)
    less, size = (sympy.S.Zero, count) if _is_size(count) else count.as_coeff_Add()
    if not _is_size(size) or not less.is_Integer or less > 0 or size in bound:
        raise DeriveError(f"{_shown(limits)}: an index runs to n - 1, where n is a letter or a "
                          "whole number; within an array it may stop before, where the array has "
                          "its shape, as in IndexedBase('x', shape=(n,))")
    tests = [*([sympy.Ge(index, low)] if low > 0 else []),
             *([sympy.Lt(index, count)] if less else [])]
    return Range(index, size, sympy.And(*tests) if tests else None)


def _is_size(count: Basic) -> bool:
    return bool(count.is_Symbol or (count.is_Integer and count > 0))


def _shown(limits: Basic) -> str:
    return f"the index ({', '.join(map(str, limits))})"


def sums_in(node: Basic) -> list[Any]:
    """The sums and products of an expression, in an order that is always the same."""
    return sorted(node.atoms(sympy.Sum, sympy.Product), key=sympy.default_sort_key)


def bound_in(node: Basic) -> set[Basic]:
    """The bound indices of an expression."""
    return {limits[0] for s in sums_in(node) for limits in s.limits}


def check_counting(node: Basic) -> None:
    """Raises DeriveError for an array whose elements are counted from 1 and from 0."""
    first: dict[Basic, set[int]] = {}
    for s in sums_in(node):
        for index, low, _ in map(_limits, s.limits):
            for e in elements_in(s.function):
                if index in subscripts_of(e) and None in shape_of(e) and low in (0, 1):
                    first.setdefault(array_of(e), set()).add(int(low))
    for e in elements_in(node):
        if any(s.is_Integer for s in subscripts_of(e)):
            first.get(array_of(e), set()).add(0)
    for array, starts in first.items():
        if len(starts) > 1:
            raise DeriveError(f"{array} has two readings: it is counted from 1 and from 0 (or has "
                              "a number as its subscript); count from 0")
