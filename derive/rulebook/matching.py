"""Matching a pattern against an expression, and filling a pattern in.

Higher-order patterns in Miller's sense: an applied metavariable takes distinct variables, so
that matching needs no search but that for the terms of a sum and the factors of a product.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from sympy import Add, Mul, Pow, true

from derive.core import heads
from derive.core.atoms import Dim, Index, Variable
from derive.core.indexing import depends, index_dimension, occurs
from derive.core.walk import (
    TOP,
    Binders,
    enter,
    instantiate,
)
from derive.limits import tick
from derive.rulebook.filling import Bindings, Family, fill
from derive.rulebook.patterns import TOTAL, Meta, MetaApply
from derive.rulebook.total import is_total

_MOST_COPIES = 4  # b**-2 is matched as two factors b**-1, up to this power


Scoped = tuple[Any, ...]      # variables bound around the present place of the pattern


def match(pattern: Any, subject: Any, bindings: Bindings, binders: Binders = TOP,
          scope: Scoped = ()) -> Iterator[dict[str, Any]]:
    """All bindings that make the pattern the subject; `binders` are those around the subject."""
    if isinstance(pattern, Meta):
        yield from _match_bare(pattern, subject, bindings, scope)
    elif isinstance(pattern, MetaApply):
        yield from _match_applied(pattern, subject, bindings, binders, scope)
    elif isinstance(pattern, (Add, Mul)):
        for found, rest in match_terms(pattern, subject, bindings, binders, scope):
            if not rest:
                yield found
    elif isinstance(pattern, Dim):
        # Bound even where the names agree: another K in the rule must be the same dimension.
        if isinstance(subject, Dim) or subject.is_Integer:
            yield from _bind(pattern.name, subject, bindings)
    elif not pattern.args:
        if pattern == subject:
            yield dict(bindings)
    elif type(pattern) is type(subject) and len(pattern.args) == len(subject.args):
        yield from _match_head(pattern, subject, bindings, binders, scope)


def _bind(name: str, value: Any, bindings: Bindings) -> Iterator[dict[str, Any]]:
    known = bindings.get(name)
    if known is None:
        yield {**bindings, name: value}
    elif known == value:
        yield dict(bindings)


def _in_scope(subject: Any, scope: Scoped) -> bool:
    """Whether the subject contains a variable bound around this place of the pattern."""
    return any(depends(subject, v) if isinstance(v, (Variable, heads.Element))
               else occurs(v, subject) for v in scope)


def _match_bare(pattern: Meta, subject: Any, bindings: Bindings, scope: Scoped,
                ) -> Iterator[dict[str, Any]]:
    known = bindings.get(pattern.name)
    if isinstance(known, Family):
        return
    if known is not None:
        if known == subject:
            yield dict(bindings)
    elif _may_take(pattern, subject, scope):
        yield {**bindings, pattern.name: subject}


def _may_take(pattern: Meta, term: Any, scope: Scoped) -> bool:
    """Whether a bare metavariable may stand for a term: a total one has a value everywhere."""
    return not _in_scope(term, scope) and (pattern.detail != TOTAL or is_total(term))


def _match_applied(pattern: MetaApply, subject: Any, bindings: Bindings, binders: Binders,
                   scope: Scoped) -> Iterator[dict[str, Any]]:
    known = bindings.get(pattern.name)
    arguments = pattern.args[1:]
    free = [a for a in arguments if isinstance(a, Meta) and a.name not in bindings]
    if free:
        # u is known and u(j) was found: look for the j that makes it so.
        if isinstance(known, Family):
            for found in match(known.at(arguments), subject, bindings, binders, scope):
                if all(_ranges_over(found.get(a.name), p) for a, p in
                       zip(arguments, known.parameters, strict=True) if a in free):
                    yield found
        return
    values = tuple(fill(a, bindings) for a in arguments)
    if isinstance(known, Family):
        if known.at(values) == subject:
            yield dict(bindings)
        return
    others = tuple(v for v in scope if v not in values)
    if not _in_scope(subject, others):
        yield {**bindings, pattern.name: Family(values, subject)}


def _ranges_over(value: Any, parameter: Any) -> bool:
    """Whether a value that was found for an index of a family is one over the same dimension."""
    if value is None or not isinstance(parameter, Index):
        return value is not None
    return bool(value.is_Integer and value >= 0) or index_dimension(value) == parameter.dim


def _match_head(pattern: Any, subject: Any, bindings: Bindings, binders: Binders, scope: Scoped,
                ) -> Iterator[dict[str, Any]]:
    if isinstance(pattern, heads.Operator):
        for found in match(pattern.args[1], subject.args[1], bindings, binders):
            yield from match(pattern.args[0], subject.args[0], found, binders,
                             (*scope, subject.args[1]))
    elif isinstance(pattern, heads.Lam):
        yield from _match_binder(pattern, subject, bindings, binders, scope)
    elif isinstance(pattern, heads.Symmetric):
        plain = tuple(sorted(pattern.args, key=lambda side: bool(side.args)))  # m before m + n
        for sides in (subject.args, subject.args[::-1]):
            yield from _match_row(plain, sides, bindings, binders, scope)
    else:
        yield from _match_row(pattern.args, subject.args, bindings, binders, scope)


def _match_row(patterns: tuple[Any, ...], subjects: tuple[Any, ...], bindings: Bindings,
               binders: Binders, scope: Scoped) -> Iterator[dict[str, Any]]:
    if not patterns:
        yield dict(bindings)
        return
    for found in match(patterns[0], subjects[0], bindings, binders, scope):
        yield from _match_row(patterns[1:], subjects[1:], found, binders, scope)


def _match_binder(pattern: heads.Lam, subject: heads.Lam, bindings: Bindings, binders: Binders,
                  scope: Scoped) -> Iterator[dict[str, Any]]:
    for found in match(pattern.dim, subject.dim, bindings, binders):
        index, body, where, inner = enter(subject, binders)
        wanted_body, wanted_where = instantiate(pattern, index)
        if isinstance(wanted_where, Meta) and where is true:
            return  # a bare filter is one that stands there
        inside = (*scope, index)
        for more in match(wanted_where, where, found, inner, inside):
            yield from match(wanted_body, body, more, inner, inside)


def match_terms(pattern: Any, subject: Any, bindings: Bindings, binders: Binders,
                scope: Scoped = ()) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """Matches a sum or product pattern; yields bindings and the terms that are left over."""
    head, args = type(pattern), pattern.args
    opens = [a for a in args if isinstance(a, (Meta, MetaApply)) and not _solvable(a, bindings)]
    closed = sorted((a for a in args if a not in opens), key=lambda a: _binders_first(a, bindings))
    terms = list(head.make_args(subject))
    if head is Mul and closed:
        terms = [copy for term in terms for copy in copies(term)]
    for found, rest in _assign(closed, terms, bindings, binders, scope):
        still = [o for o in opens if not _known(o, found)]
        for fixed, left in _take_known(head, [o for o in opens if o not in still], found, rest):
            yield from _share(head, still, fixed, left, bool(closed) or len(opens) > len(still),
                              binders, scope)


def _solvable(pattern: Any, bindings: Bindings) -> bool:
    """u(j) with an unknown j is matched last, when the other parts have bound u."""
    return isinstance(pattern, MetaApply) and any(
        isinstance(a, Meta) and a.name not in bindings for a in pattern.args[1:])


def _binders_first(pattern: Any, bindings: Bindings) -> tuple[bool, bool, bool]:
    arguments, binder = _shape(pattern)
    return any(name not in bindings for name in arguments), not binder, _bare(pattern)


@lru_cache(maxsize=10_000)
def _bare(pattern: Any) -> bool:
    """Whether a part is of metavariables alone; what they are the others tell."""
    if isinstance(pattern, heads.Head) and not isinstance(pattern, MetaApply):
        return False
    return all(_bare(a) for a in pattern.args)


@lru_cache(maxsize=10_000)
def _shape(pattern: Any) -> tuple[frozenset[str], bool]:
    """The bare metavariables that others are applied to, and whether there is a binder."""
    inner = [_shape(a) for a in pattern.args]
    names = frozenset().union(*(n for n, _ in inner)) if inner else frozenset()
    if isinstance(pattern, MetaApply):
        names |= {a.name for a in pattern.args[1:] if isinstance(a, Meta)}
    return names, isinstance(pattern, heads.Lam) or any(b for _, b in inner)


def copies(term: Any) -> list[Any]:
    """b**-2 as [1/b, 1/b], so that a pattern may take one of them."""
    if isinstance(term, Pow) and term.args[1].is_Integer and \
            2 <= abs(term.args[1]) <= _MOST_COPIES:
        sign = 1 if term.args[1] > 0 else -1
        return [Pow(term.args[0], sign)] * abs(int(term.args[1]))
    return [term]


def _assign(closed: list[Any], terms: list[Any], bindings: Bindings, binders: Binders,
            scope: Scoped) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """Gives each structured part of the pattern a term of its own."""
    tick("matching rules")
    if not closed:
        yield dict(bindings), terms
        return
    tried: list[Any] = []
    for place, term in enumerate(terms):
        if term in tried:
            continue
        tried.append(term)
        for found in match(closed[0], term, bindings, binders, scope):
            yield from _assign(closed[1:], terms[:place] + terms[place + 1:], found, binders, scope)
    if isinstance(closed[0], Pow):
        # A pattern u**c may take a power as a whole, although its copies stand apart.
        for base in {t.args[0] if isinstance(t, Pow) else t for t in terms}:
            copies = [t for t in terms if t == base or (isinstance(t, Pow) and t.args[0] == base)]
            if len(copies) > 1:
                rest = [t for t in terms if t not in copies]
                for found in match(closed[0], Mul(*copies), bindings, binders, scope):
                    yield from _assign(closed[1:], rest, found, binders, scope)


def _known(pattern: Any, bindings: Bindings) -> bool:
    return pattern.name in bindings


def _take_known(head: Any, known: list[Any], bindings: dict[str, Any], terms: list[Any],
                ) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """Removes the terms that metavariables bound elsewhere stand for."""
    for pattern in known:
        value = fill(pattern, bindings)
        parts = [c for p in head.make_args(value) for c in (copies(p) if head is Mul else [p])]
        if head is Mul:
            terms = [c for t in terms for c in copies(t)]
        terms = list(terms)
        for part in parts:
            if part not in terms:
                return
            terms.remove(part)
    yield bindings, terms


def _share(head: Any, opens: list[Any], bindings: dict[str, Any], terms: list[Any],
           anchored: bool, binders: Binders, scope: Scoped,
           ) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """Shares the remaining terms among the metavariables: bare ones take all that they may."""
    if not opens:
        yield bindings, terms
        return
    first, *others = opens
    bare = [o for o in opens if isinstance(o, Meta)]
    if len(opens) == 1:
        if terms or (anchored and head is Mul):
            for found in match(first, head(*terms), bindings, binders, scope):
                yield found, []
        return
    if bare:
        first = bare[0]
        others = [o for o in opens if o is not first]
        mine = [t for t in terms if _may_take(first, t, scope)] if scope else terms[:1]
    else:
        mine = terms[:1]
    rest = list(terms)
    for term in mine:
        rest.remove(term)
    if mine and (rest or anchored):
        for found in match(first, head(*mine), bindings, binders, scope):
            yield from _share(head, others, found, rest, anchored, binders, scope)
