"""Equations in one unknown: multiplied by what is not 0, and sorted by powers of the unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sympy import Add, Integer, Mul, Pow, true

from derive.core import heads
from derive.core.heads import apply
from derive.core.indexing import depends, occurs
from derive.core.walk import around, enter, mapped
from derive.functions.decisions import decide
from derive.functions.intervals import interval
from derive.rulebook.algebra import collected, factored, multiplied, multiplied_out
from derive.rulebook.logarithms import logarithm_apart


def cleared(node: Any) -> Any:
    """The root of an equation, its denominators multiplied away and like powers collected."""
    if not isinstance(node, heads.Root):
        return node
    body, x = node.args
    terms = [_split(term, x) for term in Add.make_args(spread(body, x))]
    lowest = _lowest([powers for _, powers in terms])
    groups: dict[Any, list[Any]] = {}
    for coefficient, powers in terms:
        bases = {b: _less(powers.get(b, Integer(0)), lowest.get(b, Integer(0)))
                 for b in dict.fromkeys((*powers, *lowest))}
        whole = Mul(coefficient, *(Pow(b, e) for b, e in bases.items()))
        for term in Add.make_args(spread(whole, x)):
            inner = [f for f in Mul.make_args(term) if depends(f, x)]
            rest = [f for f in Mul.make_args(term) if not depends(f, x)]
            groups.setdefault(Mul(*inner), []).append(Mul(*rest))
    sums = {g: _shorter_sum(Add(*cs)) for g, cs in groups.items()}
    sums = {g: c for g, c in sums.items() if c != 0}
    if len(sums) == 1:
        (only,) = sums
        return heads.Root(only, x)
    return heads.Root(_without_common(Add(*(Mul(collected(c), g) for g, c in sums.items())), x), x)


def _shorter_sum(node: Any) -> Any:
    """A coefficient with its sums taken apart, where some of them then cancel."""
    apart = multiplied_out(split_sums(node))
    return apart if len(apart.atoms(heads.Sum)) < len(node.atoms(heads.Sum)) else node


def _without_common(node: Any, x: Any) -> Any:
    """The equation divided by a factor that all its terms share and that is not 0."""
    common = factored(node)
    shared = [f for f in Mul.make_args(common) if not isinstance(f, (Add, heads.Sum))
              and not depends(f, x) and decide(heads.NotEqual(f, Integer(0))) is True]
    return Add(*(multiplied_out(Mul(t, *(Pow(f, -1) for f in shared)))
                 for t in Add.make_args(node))) if shared and isinstance(node, Add) else node


def _split(term: Any, x: Any) -> tuple[Any, dict[Any, Any]]:
    """A term as what is free of x, and the powers of the bases that are not."""
    rest: list[Any] = []
    powers: dict[Any, Any] = {}
    for factor in Mul.make_args(term):
        base, exponent = factor.args if isinstance(factor, Pow) else (factor, Integer(1))
        if not depends(factor, x) or isinstance(base, (heads.Apply, heads.Sum, heads.Cond)) or \
                depends(exponent, x):
            rest.append(factor)
        else:
            powers[base] = _less(powers.get(base, Integer(0)), Mul(-1, exponent))
    return Mul(*rest), powers


def _less(one: Any, other: Any) -> Any:
    """The difference of two exponents."""
    return multiplied_out(Add(one, Mul(-1, other)))


def _lowest(every: list[dict[Any, Any]]) -> dict[Any, Any]:
    """The lowest exponent of each base, 0 where a term does not have it."""
    found: dict[Any, Any] = {}
    for base in dict.fromkeys(b for powers in every for b in powers):
        exponents = [powers.get(base, Integer(0)) for powers in every]
        least = exponents[0]
        for other in exponents[1:]:
            gap = _less(other, least)
            if interval(gap).high <= 0 and gap != 0:
                least = other
        if least != 0:
            found[base] = least
    return found


def spread(node: Any, x: Any) -> Any:
    """Sums that contain x as sums over what does not, so that x stands before them."""
    return Add(*(part for term in _distributed(node, x) for part in _parts(term, x)))


def _distributed(node: Any, x: Any) -> list[Any]:
    """The terms of a formula, multiplied out only where x stands in the brackets."""
    if isinstance(node, Add):
        return [t for a in node.args for t in _distributed(a, x)]
    if isinstance(node, Pow) and node.args[1] in (2, 3) and isinstance(node.args[0], Add) and \
            depends(node.args[0], x):
        node = Mul(*[node.args[0]] * int(node.args[1]), evaluate=False)
    terms = [Integer(1)]
    for factor in Mul.make_args(node):
        inner = [factor]
        if depends(factor, x) and isinstance(factor, (Add, Pow)) and factor != node:
            inner = _distributed(factor, x)
        terms = [Mul(t, i) for t in terms for i in inner]
    return terms


def _parts(term: Any, x: Any) -> Iterator[Any]:
    sums = [f for f in Mul.make_args(term) if isinstance(f, heads.Sum) and depends(f, x)]
    if len(sums) != 1:
        yield term
        return
    rest = Mul(*(f for f in Mul.make_args(term) if f is not sums[0]))
    index, body, where, _ = enter(sums[0].family, around(term, x))
    for outer in _distributed(_apart(body, x), x):
        for piece in _parts(outer, x):
            yield Mul(rest, _counted(piece, index, where))


def split_sums(node: Any) -> Any:
    """Sums of several terms as several sums, the terms without the index counted."""
    if isinstance(node, heads.Sum):
        index, body, where, _ = enter(node.family, around(node))
        return Add(*(_counted(t, index, where) for t in Add.make_args(body)))
    if isinstance(node, (Add, Mul)):
        return mapped(node, split_sums)
    return node


def _counted(term: Any, index: Any, where: Any) -> Any:
    """The sum of a term, what is free of the index before it."""
    inside = [f for f in Mul.make_args(term) if occurs(index, f)]
    before = [f for f in Mul.make_args(term) if not occurs(index, f)]
    if inside or where is not true:
        return Mul(*before, heads.Sum.over(multiplied(*inside), index, where))
    return Mul(*before, index.dim)


def _apart(node: Any, x: Any) -> Any:
    """Powers and logarithms of products that contain x, taken apart where factors are positive."""
    if not depends(node, x):
        return node
    how = _APART.get(node.name if isinstance(node, heads.Apply) else type(node))
    return how(node, x) if how else node


def _terms_apart(node: Any, x: Any) -> Any:
    return mapped(node, lambda part: _apart(part, x))


def _power_apart(node: Any, x: Any) -> Any:
    base, power = node.args
    factors = Mul.make_args(base)
    if not isinstance(base, Mul) or not all(interval(f).positive for f in factors):
        return node
    return Mul(*(Pow(f.args[0], Mul(f.args[1], power)) if isinstance(f, Pow)
                 else Pow(f, power) for f in factors))


def _exp_apart(node: Any, x: Any) -> Any:
    """exp of a sum as a product: the terms with x, and those without."""
    terms = _distributed(node.args[1], x)
    with_x = [t for t in terms if depends(t, x)]
    return Mul(*(apply("exp", Add(*part)) for part in (
        with_x, [t for t in terms if t not in with_x]) if part))


_APART: dict[Any, Callable[[Any, Any], Any]] = {
    Add: _terms_apart,
    Mul: _terms_apart,
    Pow: _power_apart,
    "log": lambda node, x: logarithm_apart(node),
    "exp": _exp_apart,
}
