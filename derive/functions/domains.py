"""Where a formula has a value: what its parts ask for, under the cases around them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, reduce

from sympy import Expr, Integer, Mul, Pow, Rational, true

from derive.core import heads
from derive.core.atoms import Dim
from derive.core.comparisons import COMPARISONS, negated
from derive.core.factors import base_and_exponent
from derive.core.indexing import index_dimension
from derive.core.quantified import All, for_all, throughout
from derive.core.typed_nodes import TypedPower, evaluated
from derive.core.walk import around, enter, with_arguments
from derive.errors import DataFileError
from derive.functions.decisions import decide, implies
from derive.functions.function_records import Function, FunctionTable, function_of
from derive.functions.function_texts import read
from derive.functions.intervals import integral, interval
from derive.functions.reduced_conditions import reduced
from derive.functions.tree_target import TreeTarget

_ZERO = Integer(0)


@lru_cache(maxsize=16_384)
def requirements(node: Expr) -> tuple[Expr, ...]:
    """The conditions under which a formula has a value, each once.

    They are closed: for every value of the indices that are bound in the formula, where cases and
    filters let the part in. Formulas may be as typed (see `core/typed_nodes.py`).
    """
    if not node.args:
        return ()
    kind = next((k for k in type(node).__mro__ if k in _OWN), None)
    if isinstance(node, heads.Cond):
        test, yes, no = node.args
        ask = (*requirements(test), *_under(test, requirements(yes)),
               *_under(heads.Not(test), requirements(no)))
    elif isinstance(node, heads.Lam):
        ask = tuple(_throughout(node))
    elif isinstance(node, (heads.Total, heads.Expect, heads.Root)):
        ask = ()
    else:
        ask = tuple(c for part in node.args for c in requirements(part))
    own = () if kind is None else _OWN[kind](node)
    return tuple(dict.fromkeys((*ask, *own)))


def open_requirements(node: Expr) -> tuple[Expr, ...]:
    """The conditions under which a formula has a value, without those that are certain."""
    asked = (reduced(c) for c in requirements(node) if decide(c) is not True)
    return tuple(dict.fromkeys(c for c in asked if decide(c) is not True))


def lost(conditions: Iterable[Expr], result: Expr) -> tuple[Expr, ...]:
    """The conditions that a result does not show any more by having no value itself."""
    shown = [reduced(c) for c in requirements(result)]
    return tuple(c for c in conditions if not any(implies(s, c) for s in shown))


def inner(condition: Expr) -> Expr:
    """A condition without its edges: a < b for a <= b."""
    if isinstance(condition, heads.LessEqual):
        return reduced(heads.Less(*condition.args))
    if isinstance(condition, (heads.Both, heads.Either)):
        return with_arguments(condition, map(inner, condition.args))
    if isinstance(condition, All):
        return throughout(condition, inner)
    return condition


def _under(test: Expr, conditions: Iterable[Expr]) -> Iterator[Expr]:
    """Conditions of a case: they need to hold only where it is taken."""
    test = evaluated(test)
    for condition in conditions:
        if not implies(test, condition):
            yield heads.Either(condition, negated(test))


def _throughout(lam: heads.Lam) -> Iterator[Expr]:
    """Conditions on a family: for every value of its index."""
    index, body, where, _ = enter(lam, around(lam))
    taken = evaluated(where)
    yield from (for_all(index, c) for c in requirements(where))
    for condition in requirements(body):
        if not implies(taken, condition):
            yield for_all(index, condition, taken)


def _of_power(node: Expr) -> tuple[Expr, ...]:
    return tuple(_power_of(*(evaluated(a) for a in node.args)))


def _power_of(base: Expr, exponent: Expr) -> Iterator[Expr]:
    if isinstance(base, heads.Cond):
        test, yes, no = base.args
        yield from _under(test, _power_of(yes, exponent))
        yield from _under(heads.Not(test), _power_of(no, exponent))
    elif exponent.is_Integer:
        yield from () if exponent >= 0 else (heads.NotEqual(_ZERO, f) for f in _factors(base))
    elif interval(exponent).positive:
        yield heads.LessEqual(_ZERO, base)
    elif integral(exponent) or interval(base).nonnegative:
        apart = heads.NotEqual if integral(exponent) else heads.Less
        yield heads.Either(apart(_ZERO, base), heads.LessEqual(_ZERO, exponent))
    else:
        yield heads.Less(_ZERO, base)


def _factors(base: Expr) -> Iterator[Expr]:
    """The factors of a product without their powers, all of which are not 0 where it is not 0."""
    for factor in Mul.make_args(base):
        root, exponent = base_and_exponent(factor)
        if not interval(exponent).negative:
            yield root


def _of_function(node: Expr) -> tuple[Expr, ...]:
    function = function_of(node)
    if not function.domain or (function.takes_vector and not function.takes_matrix):
        return ()
    given = node.args[1:1 + len(function.arguments)]  # without the subscripts of a matrix
    return tuple(_function_of(function, [evaluated(a) for a in given]))


def _function_of(function: Function, arguments: list[Expr]) -> Iterator[Expr]:
    """The conditions of a function's domain; for an argument by cases, those of each case."""
    place = next((n for n, a in enumerate(arguments) if isinstance(a, heads.Cond)), None)
    if place is None:
        names = dict(zip(function.parameters, arguments, strict=True))
        yield from conditions_of_text(function.domain, function.table, names)
        return
    test, yes, no = arguments[place].args
    for case, taken in ((yes, test), (no, heads.Not(test))):
        chosen = [*arguments[:place], case, *arguments[place + 1:]]
        yield from _under(taken, _function_of(function, chosen))


def _of_element(node: Expr) -> tuple[Expr, ...]:
    """A subscript with a shift stays within its axis."""
    asked: list[Expr] = []
    for at, dim in zip(node.indices, node.tensor.kind.shape, strict=True):
        if at.is_Add and index_dimension(at) is not None and not any(
                isinstance(a, Dim) for a in at.args):
            asked += [heads.LessEqual(_ZERO, at) if at.args[0] < 0 else heads.Less(at, dim)]
    return tuple(asked)


def _of_extreme(node: Expr) -> tuple[Expr, ...]:
    """A largest term is one of those that a filter lets through."""
    index, _, where, _ = enter(node.family, around(node))
    if where is true:
        return ()
    return (heads.Less(_ZERO, heads.Sum.over(Integer(1), index, evaluated(where))),)


_OWN: dict[type, Callable[[Expr], tuple[Expr, ...]]] = {
    Pow: _of_power, TypedPower: _of_power, heads.Apply: _of_function, heads.Element: _of_element,
    heads.Maximum: _of_extreme, heads.Minimum: _of_extreme, heads.ArgMax: _of_extreme,
}


def conditions_of_text(text: str, functions: FunctionTable, arguments: dict[str, Expr],
                       ) -> Iterator[Expr]:
    """The comparisons of a record's text, such as its domain, for given arguments."""
    return _each(read(text, _Conditions(functions), arguments))


class _Conditions(TreeTarget):
    """The conditions of a record's domain (`-1 < u and u < 1`) for given arguments."""

    name = "a domain"

    def __init__(self, functions: FunctionTable) -> None:
        self.functions = functions

    def compare(self, sign: str, left: Expr, right: Expr) -> Expr:
        return COMPARISONS[sign](left, right)

    def join(self, word: str, parts: list[Expr]) -> Expr:
        return reduce(heads.Both if word == "and" else heads.Either, parts)

    def call(self, name: str, arguments: list[Expr]) -> Expr:
        if name == "sqrt":
            return Pow(arguments[0], Rational(1, 2))
        if name not in self.functions or not self.functions[name].kept:
            raise DataFileError(f"{name!r} is not read in a domain")
        return heads.Apply(self.functions[name].leaf, *arguments)


def _each(condition: Expr) -> Iterator[Expr]:
    """The conditions that hold together."""
    if isinstance(condition, heads.Both):
        for part in condition.args:
            yield from _each(part)
    else:
        yield condition
