"""From the integral of one component to formulas that may be the cost.

What does not depend on the component stays open in its integral, so there are several ways; each
is tried, and only that whose gradient is the field counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from sympy import Add, Expr, Integer, Mul, Pow

from derive.calculus.cost.field import Field
from derive.calculus.formulas import bracket_terms, defined, summed
from derive.calculus.integral.integral_search import Integrator
from derive.calculus.integral.search_steps import recorded
from derive.calculus.problem import unfolded
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Variable
from derive.core.factors import difference, factors_apart
from derive.core.indexing import depends, occurs, unreal
from derive.core.kinds import Kind
from derive.core.walk import around, enter, substitute
from derive.derivation import Derivation
from derive.errors import DeriveError
from derive.rulebook.algebra import multiplied_out

_MOST_TERMS = 4  # of so many, every choice of those that are summed is tried


def attempts(field: Field) -> Iterator[tuple[Expr, bool]]:
    """What is integrated, and whether its sums are taken apart first.

    Sums over examples, in which the component is one of many, are taken apart first. Where a
    Kronecker delta singles one component out, the others may tell the whole cost.
    """
    first = _over_examples(field)
    yield field.body, first
    if field.indices:
        yield field.body, not first
        terms = Add.make_args(multiplied_out(field.body))
        others = [t for t in terms if not any(isinstance(f, heads.Delta)
                                              for f in Mul.make_args(t))]
        if 0 < len(others) < len(terms):
            yield Add(*others), False


def _over_examples(field: Field) -> bool:
    """Whether a sum's terms depend on the variable and have a factor of the component itself."""
    terms = (enter(s.family, around(s)).body for s in field.body.atoms(heads.Sum))
    return any(depends(t, field.at) and any(occurs(i, t) for i in field.indices) for t in terms)


def _terms(node: Expr) -> list[Expr]:
    """The terms of a formula, those within a bracket, or a sum, with factors before it too."""
    terms: list[Expr] = []
    for term in Add.make_args(node):
        inside = bracket_terms(term) or _sums_apart(term)
        terms += [t for part in inside for t in _terms(part)] if inside else [term]
    return terms


def _sums_apart(term: Expr) -> tuple[Expr, ...]:
    """The terms of a sum over an index as sums of their own, the factors before each."""
    sums, others = factors_apart(term, lambda f: isinstance(f, heads.Sum))
    if len(sums) != 1:
        return ()
    index, body, where, _ = enter(sums[0].family, around(term))
    parts = Add.make_args(multiplied_out(body))
    return tuple(Mul(*others, heads.Sum.over(p, index, where)) for p in parts) \
        if len(parts) > 1 else ()


def candidates(integral: Expr, field: Field) -> Iterator[Expr]:
    """Costs that may have the field as gradient, made from the integral of one component.

    A term without the component's index is the same for every component; one with it is summed
    over all of them. A term that stands for another already may be left out.
    """
    terms = [t for t in _terms(integral) if depends(t, field.at)]
    if not field.indices:
        yield Add(*terms)
        return
    summed = [_summed(t, field) for t in terms]
    yield Add(*summed)
    if len(terms) <= _MOST_TERMS:
        for count in range(len(terms) - 1, 0, -1):
            for chosen in combinations(summed, count):
                yield Add(*chosen)


def _summed(term: Expr, field: Field) -> Expr:
    """A term summed over the field's indices, as far as they occur in it."""
    coefficient, term = term.as_coeff_Mul()
    return Mul(coefficient, summed(term, (i for i in field.indices if occurs(i, term))))


def without_constants(node: Expr, field: Field) -> Expr:
    """A cost without the terms that do not depend on the variable."""
    return Add(*(t for t in Add.make_args(node) if depends(t, field.at)))


def straight_line(field: Field, search: Integrator) -> tuple[Derivation, Expr] | None:
    """C(z) - C(0) = ∫₀¹ Σ_m g_m(s z) z_m ds, for a field on all of space; None where it fails."""
    if field.tensor.kind.domain != "real":
        return None
    rulebook = search.rulebook
    s = Variable(field.fresh("s", "u"), Kind("probability"))
    scaled = unfolded(field.body, [defined(field.tensor, field.indices, Mul(s, field.at))])
    try:
        work = Work(summed(Mul(scaled, field.at), field.indices), rulebook).run("finish")
        start = heads.Antiderivative(work.line, s)
        plan = search.solve(start)
        if plan is None:
            return None
        done = recorded(start, plan, rulebook).run("finish")
    except DeriveError:
        return None
    ends = [substitute(done.line, {s: Integer(n)}) for n in (1, 0)]
    if any(unreal(e) for e in ends):
        return None
    potential = Work(difference(ends[0], ends[1]), rulebook).run("finish").line
    if _divisors(potential, field) - _divisors(field.body, field):
        return None  # what it divides by may be 0 where the field has a value
    part = done.derivation(
        "Work along the straight line", "integral", start, field.posed.specification.declared,
        modulo=s, note=f"The work along the straight line from 0 to {field.tensor.name}, "
                       f"{field.tensor.name} = 0 at {s.name} = 0:")
    return part, potential


def _divisors(node: Expr, field: Field) -> set[Expr]:
    """What a formula divides by, as far as it depends on the variable."""
    return {p.args[0] for p in node.atoms(Pow)
            if p.args[1].is_negative and depends(p.args[0], field.at)}
