"""Whether a formula has a value at every point: only then may it leave a filter.

Where nothing passes a filter, what stands behind it is never asked for: `y[t + 1]` at the end of
time, a logarithm of what is negative, a quotient by a sum without terms. Outside it would be.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from sympy import Add, Integer, Mul, Pow, true

from derive.core import heads
from derive.core.atoms import Index, Quantity, Variable
from derive.core.indexing import index_dimension
from derive.core.walk import Binders, around, enter, substitute
from derive.functions.decisions import assuming, decide
from derive.functions.function_records import function_of
from derive.rulebook.patterns import Meta, parse_pattern

Wanted = list[Any] | None  # takes the conditions that are not known to hold; None: all must be


def is_total(node: Any, binders: Binders | None = None, wanted: Wanted = None) -> bool:
    """Whether a formula is known to have a value wherever its names have values."""
    inside = around(node) if binders is None else binders
    handler = _HANDLERS.get(type(node), _of_arguments)
    return handler(node, inside, wanted)


def conditions_of(node: Any) -> tuple[Any, ...] | None:
    """The conditions under which a formula has a value, or None where they cannot be said."""
    wanted: list[Any] = []
    return tuple(dict.fromkeys(wanted)) if is_total(node, None, wanted) else None


def _holds(condition: Any, wanted: Wanted) -> bool:
    answer = decide(condition)
    if answer is None and wanted is not None:
        wanted.append(condition)
        return True
    return answer is True


def _of_arguments(node: Any, binders: Binders, wanted: Wanted) -> bool:
    return all(is_total(a, binders, wanted) for a in node.args)


def _power(node: Any, binders: Binders, wanted: Wanted) -> bool:
    base, exponent = node.args
    if not _of_arguments(node, binders, wanted):
        return False
    if exponent.is_Integer:
        return bool(exponent >= 0) or _holds(heads.NotEqual(base, Integer(0)), wanted)
    if decide(heads.LessEqual(Integer(0), base)) and decide(heads.LessEqual(Integer(0), exponent)):
        return True
    return _holds(heads.Less(Integer(0), base), wanted)


def _element(node: Any, binders: Binders, wanted: Wanted) -> bool:
    """An element whose places are indices of its own axes; a shifted one may be beyond the end."""
    return all(_within(at, axis) and is_total(at, binders, wanted)
               for at, axis in zip(node.indices, node.tensor.kind.shape, strict=True))


def _within(at: Any, axis: Any) -> bool:
    whole = bool(at.is_Integer) and at >= 0  # a constant place asks for a range that has it
    return whole or (not isinstance(at, Add) and index_dimension(at) == axis)


def _reduction(node: Any, binders: Binders, _: Wanted) -> bool:
    _, body, where, inside = enter(node.family, binders)
    if where is true:
        return is_total(body, inside)
    if not isinstance(node, (heads.Sum, heads.Product)):
        return False  # the largest of nothing
    return is_total(where, inside) and _under(where, body, inside)


def _under(condition: Any, node: Any, binders: Binders) -> bool:
    with assuming((condition,)):
        return is_total(node, binders)


def _case(node: Any, binders: Binders, _: Wanted) -> bool:
    test, yes, no = node.args
    return (is_total(test, binders) and _under(test, yes, binders)
            and _under(heads.Not(test), no, binders))


def _function(node: Any, binders: Binders, wanted: Wanted) -> bool:
    if node.args[0].unknown is not None:  # an unknown function has values everywhere
        return is_total(node.args[1], binders, wanted)
    function = function_of(node)
    if function.takes_vector:
        vectors = [a for a in node.args[1:] if isinstance(a, heads.Lam)]
        places = [a for a in node.args[1:] if not isinstance(a, heads.Lam)]
        return all(_vector(v, binders) for v in vectors) and all(
            _within(p, vectors[0].dim) for p in places)
    if not _of_arguments(node, binders, wanted):
        return False
    if not function.domain:
        return bool(function.name)
    there = dict(zip(map(Meta, function.parameters), node.args[1:], strict=True))
    return _holds(substitute(_domain(function.domain), there), wanted)


@cache
def _domain(text: str) -> Any:
    return parse_pattern(text)


def _vector(lam: Any, binders: Binders) -> bool:
    _, body, where, inside = enter(lam, binders)
    return where is true and is_total(body, inside)


def _derivative(node: Any, binders: Binders, wanted: Wanted) -> bool:
    """A derivative by name, such as that of a loss by an output; any other is yet to be taken."""
    return isinstance(node.args[0], (Quantity, Variable, heads.Element)) and is_total(
        node.args[0], binders, wanted)


_HANDLERS: dict[type, Callable[[Any, Binders, Wanted], bool]] = {
    Pow: _power, heads.Element: _element, heads.Cond: _case, heads.Apply: _function,
    heads.Partial: _derivative, Add: _of_arguments, Mul: _of_arguments, Index: lambda *_: True,
    heads.UniqueMaximum: lambda *_: False, heads.Antiderivative: lambda *_: False,
    heads.Total: lambda *_: False, heads.Expect: lambda *_: False, heads.Root: lambda *_: False,
    **dict.fromkeys((heads.Sum, heads.Product, heads.Maximum, heads.Minimum, heads.ArgMax),
                    _reduction),
}
