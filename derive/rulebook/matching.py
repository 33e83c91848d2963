"""Matching a pattern against an expression, and filling a pattern in.

Higher-order patterns in Miller's sense: an applied metavariable takes distinct variables, so
that matching needs no search but that for the terms of a sum and the factors of a product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple, cast

from sympy import Add, Expr, Mul, Pow, true

from derive.core import heads
from derive.core.atoms import Dim, Index, Variable
from derive.core.factors import base_and_exponent, pieces, without
from derive.core.indexing import depends, index_dimension, occurs
from derive.core.walk import TOP, Binders, enter, instantiate
from derive.limits import tick
from derive.rulebook.filling import Bindings, Family, fill
from derive.rulebook.patterns import TOTAL, Meta, MetaApply, shares_terms
from derive.rulebook.total import is_total

Matches = Iterator[dict[str, Any]]  # bindings that make a pattern its subject
PartialMatches = Iterator[tuple[dict[str, Any], list[Expr]]]  # with the terms that are left over
_Matcher = Callable[[Any, Any, Bindings, "Scope"], Matches]


class Scope(NamedTuple):
    """Where a part of a pattern is matched: in which binders of the subject, and the variables
    that are bound around that part of the pattern."""

    binders: Binders
    variables: tuple[Expr, ...] = ()

    def inside(self, variable: Expr, binders: Binders | None = None) -> Scope:
        """The scope below something that binds a variable."""
        return Scope(binders or self.binders, (*self.variables, variable))

    def reaches(self, subject: Expr, but: tuple[Expr, ...] = ()) -> bool:
        """Whether the subject contains a variable bound around this part, `but` some."""
        return any(depends(subject, v) if isinstance(v, (Variable, heads.Element))
                   else occurs(v, subject) for v in self.variables if v not in but)


def match(pattern: Expr, subject: Expr, bindings: Bindings, binders: Binders = TOP,
          variables: tuple[Expr, ...] = ()) -> Matches:
    """All bindings that make the pattern the subject; `binders` are those around the subject.

    `variables` are bound around the pattern: bare metavariables may not contain them.
    """
    return _match(pattern, subject, bindings, Scope(binders, variables))


def match_terms(pattern: Expr, subject: Expr, bindings: Bindings, binders: Binders,
                variables: tuple[Expr, ...] = ()) -> PartialMatches:
    """Matches a sum or product pattern; yields bindings and the terms that are left over."""
    return _match_terms(pattern, subject, bindings, Scope(binders, variables))


def _match(pattern: Expr, subject: Expr, bindings: Bindings, scope: Scope) -> Matches:
    head: Any = type(pattern)
    matcher = _matcher(head)
    if matcher is not None:
        yield from matcher(pattern, subject, bindings, scope)
    elif not pattern.args:
        if pattern == subject:
            yield dict(bindings)
    elif head is type(subject) and len(pattern.args) == len(subject.args):
        yield from _inner_matcher(cast(Any, head))(pattern, subject, bindings, scope)


@cache
def _matcher(kind: type) -> _Matcher | None:
    return next((_MATCHERS[k] for k in kind.__mro__ if k in _MATCHERS), None)


@cache
def _inner_matcher(kind: type) -> _Matcher:
    return next((_HEADS[k] for k in kind.__mro__ if k in _HEADS), _match_arguments)


def _bind(name: str, value: Any, bindings: Bindings) -> Matches:
    known = bindings.get(name)
    if known is None:
        yield {**bindings, name: value}
    elif known == value:
        yield dict(bindings)


def _match_dimension(pattern: Dim, subject: Expr, bindings: Bindings, scope: Scope) -> Matches:
    # Bound even where the names agree: another K in the rule must be the same dimension.
    if isinstance(subject, Dim) or subject.is_Integer:
        yield from _bind(pattern.name, subject, bindings)


def _match_all_terms(pattern: Expr, subject: Expr, bindings: Bindings, scope: Scope) -> Matches:
    yield from (b for b, rest in _match_terms(pattern, subject, bindings, scope) if not rest)


def _match_bare(pattern: Meta, subject: Expr, bindings: Bindings, scope: Scope) -> Matches:
    known = bindings.get(pattern.name)
    if not isinstance(known, Family) and (
            known is not None or _may_take(pattern, subject, scope)):
        yield from _bind(pattern.name, subject, bindings)


def _may_take(pattern: Meta, term: Expr, scope: Scope) -> bool:
    """Whether a bare metavariable may stand for a term: a total one has a value everywhere."""
    return not scope.reaches(term) and (pattern.detail != TOTAL or is_total(term))


def _match_applied(pattern: MetaApply, subject: Expr, bindings: Bindings, scope: Scope) -> Matches:
    known, arguments = bindings.get(pattern.name), pattern.args[1:]
    free = {a for a in arguments if isinstance(a, Meta) and a.name not in bindings}
    if free:
        if isinstance(known, Family):
            yield from _match_places(known, arguments, free, subject, bindings, scope)
        return
    values = tuple(fill(a, bindings) for a in arguments)
    if isinstance(known, Family):
        if known.at(values) == subject:
            yield dict(bindings)
    elif not scope.reaches(subject, but=values):
        yield {**bindings, pattern.name: Family(values, subject)}


def _match_places(known: Family, arguments: tuple[Expr, ...], free: set[Expr], subject: Expr,
                  bindings: Bindings, scope: Scope) -> Matches:
    """u is known: looks for the j that makes u(j) the subject."""
    pairs = [(a, p) for a, p in zip(arguments, known.parameters, strict=True) if a in free]
    for bound in _match(known.at(arguments), subject, bindings, scope):
        if all(_ranges_over(bound.get(a.name), p) for a, p in pairs):
            yield bound


def _ranges_over(value: Any, parameter: Expr) -> bool:
    """Whether a value that was found for an index of a family is one over the same dimension."""
    if value is None or not isinstance(parameter, Index):
        return value is not None
    return bool(value.is_Integer and value >= 0) or index_dimension(value) == parameter.dim


def _match_operator(pattern: Expr, subject: Expr, bindings: Bindings, scope: Scope) -> Matches:
    (body, variable), (inner, by) = pattern.args, subject.args
    for bound in _match(variable, by, bindings, Scope(scope.binders)):
        yield from _match(body, inner, bound, scope.inside(by))


def _match_symmetric(pattern: Expr, subject: Expr, bindings: Bindings, scope: Scope) -> Matches:
    plain = tuple(sorted(pattern.args, key=lambda side: bool(side.args)))  # m before m + n
    for sides in (subject.args, subject.args[::-1]):
        yield from _match_row(plain, sides, bindings, scope)


def _match_arguments(pattern: Expr, subject: Expr, bindings: Bindings, scope: Scope) -> Matches:
    yield from _match_row(pattern.args, subject.args, bindings, scope)


def _match_application(pattern: Expr, subject: Expr, bindings: Bindings, scope: Scope) -> Matches:
    """The more structured arguments first: they tell what a bare c u stands for."""
    order = sorted(zip(pattern.args, subject.args, strict=True), key=lambda pair: _bare(pair[0]))
    yield from _match_row(tuple(p for p, _ in order), tuple(s for _, s in order), bindings, scope)


def _match_row(patterns: tuple[Expr, ...], subjects: tuple[Expr, ...], bindings: Bindings,
               scope: Scope) -> Matches:
    if not patterns:
        yield dict(bindings)
        return
    for bound in _match(patterns[0], subjects[0], bindings, scope):
        yield from _match_row(patterns[1:], subjects[1:], bound, scope)


def _match_binder(pattern: heads.Lam, subject: heads.Lam, bindings: Bindings, scope: Scope,
                  ) -> Matches:
    for bound in _match(pattern.dim, subject.dim, bindings, Scope(scope.binders)):
        index, body, where, binders = enter(subject, scope.binders)
        body_pattern, filter_pattern = instantiate(pattern, index)
        if isinstance(filter_pattern, Meta) and where is true:
            return  # a bare filter is one that stands there
        inside = scope.inside(index, binders)
        for more in _match(filter_pattern, where, bound, inside):
            yield from _match(body_pattern, body, more, inside)


_MATCHERS: dict[type, _Matcher] = {
    Meta: _match_bare, MetaApply: _match_applied, Add: _match_all_terms, Mul: _match_all_terms,
    Dim: _match_dimension}
_HEADS: dict[type, _Matcher] = {
    heads.Operator: _match_operator, heads.Lam: _match_binder, heads.Apply: _match_application,
    heads.Symmetric: _match_symmetric}


def _match_terms(pattern: Expr, subject: Expr, bindings: Bindings, scope: Scope,
                 ) -> PartialMatches:
    head = type(pattern)
    opens = [a for a in pattern.args if _is_open(a, bindings)]
    closed = sorted((a for a in pattern.args if a not in opens),
                    key=lambda a: _binders_first(a, bindings))
    terms = list(head.make_args(subject))
    if closed:
        terms = pieces(head, terms)
    for bound, rest in _assign(closed, terms, bindings, scope):
        still = [o for o in opens if o.name not in bound]
        left = _without_known(head, [o for o in opens if o not in still], bound, rest)
        if left is not None:
            anchored = bool(closed) or len(opens) > len(still)
            yield from _share(head, still, bound, left, anchored, scope)


def _is_open(pattern: Expr, bindings: Bindings) -> bool:
    """Whether a part is a metavariable, which takes what the other parts leave.

    u(j) with an unknown j is matched last of those: the others have bound u.
    """
    return isinstance(pattern, Meta) or (isinstance(pattern, MetaApply) and not any(
        isinstance(a, Meta) and a.name not in bindings for a in pattern.args[1:]))


def _binders_first(pattern: Expr, bindings: Bindings) -> tuple[bool, bool, bool, bool]:
    arguments, binder = _shape(pattern)
    unknown = any(name not in bindings for name in arguments)
    return unknown, not binder, _bare(pattern), shares_terms(pattern)


@lru_cache(maxsize=10_000)
def _bare(pattern: Expr) -> bool:
    """Whether a part is of metavariables alone; what they are the others tell."""
    if isinstance(pattern, heads.Head) and not isinstance(pattern, MetaApply):
        return False
    return all(_bare(a) for a in pattern.args)


@lru_cache(maxsize=10_000)
def _shape(pattern: Expr) -> tuple[frozenset[str], bool]:
    """The bare metavariables that others are applied to, and whether there is a binder."""
    inner = [_shape(a) for a in pattern.args]
    names = frozenset().union(*(n for n, _ in inner)) if inner else frozenset()
    if isinstance(pattern, MetaApply):
        names |= {a.name for a in pattern.args[1:] if isinstance(a, Meta)}
    return names, isinstance(pattern, heads.Lam) or any(b for _, b in inner)


def _assign(closed: list[Expr], terms: list[Expr], bindings: Bindings, scope: Scope,
            ) -> PartialMatches:
    """Gives each structured part of the pattern a term of its own."""
    tick("matching rules")
    if not closed:
        yield dict(bindings), terms
        return
    first, *others = closed
    for place, term in enumerate(terms):
        if term not in terms[:place]:
            for bound in _match(first, term, bindings, scope):
                yield from _assign(others, terms[:place] + terms[place + 1:], bound, scope)
    if isinstance(first, Pow):  # u**c may take a power as it is, although its copies stand apart
        for base in {base_and_exponent(t)[0] for t in terms}:
            powers = [t for t in terms if base in (t, base_and_exponent(t)[0])]
            if len(powers) > 1:
                rest = [t for t in terms if t not in powers]
                for bound in _match(first, Mul(*powers), bindings, scope):
                    yield from _assign(others, rest, bound, scope)


def _without_known(head: Any, known: list[Any], bindings: Bindings, terms: list[Expr],
                   ) -> list[Expr] | None:
    """The terms without those that known metavariables stand for; None where some are missing."""
    values = (fill(pattern, bindings) for pattern in known)
    parts = [part for value in values for part in pieces(head, head.make_args(value))]
    return without(pieces(head, terms) if known else terms, parts)


def _share(head: Any, opens: list[Any], bindings: dict[str, Any], terms: list[Expr],
           anchored: bool, scope: Scope) -> PartialMatches:
    """Shares the remaining terms among the metavariables: bare ones take all that they may."""
    if not opens:
        yield bindings, terms
        return
    if len(opens) == 1:
        if terms or (anchored and head is Mul):
            for bound in _match(opens[0], head(*terms), bindings, scope):
                yield bound, []
        return
    first, *others = sorted(opens, key=lambda o: not isinstance(o, Meta))
    mine = _taken(first, terms, scope)
    rest = list(terms)
    for term in mine:
        rest.remove(term)
    if mine and (rest or anchored):
        for bound in _match(first, head(*mine), bindings, scope):
            yield from _share(head, others, bound, rest, anchored, scope)


def _taken(pattern: Any, terms: list[Expr], scope: Scope) -> list[Expr]:
    """The terms that a metavariable takes: a bare one within a binder all that it may."""
    if isinstance(pattern, Meta) and scope.variables:
        return [t for t in terms if _may_take(pattern, t, scope)]
    return terms[:1]
