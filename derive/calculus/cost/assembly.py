"""From the integral of one component to formulas that may be the cost.

What does not depend on the component stays open in its integral, so there are several ways; each
is tried, and only that whose gradient is the field counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from sympy import Add, Integer, Mul, Pow

from derive.calculus.cost.field import Field
from derive.calculus.integral.integral_search import Integrator
from derive.calculus.integral.search_steps import recorded
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Variable
from derive.core.indexing import depends, occurs, unreal
from derive.core.kinds import Kind
from derive.core.walk import substitute, transform
from derive.derivation import Derivation
from derive.errors import DeriveError
from derive.rulebook.algebra import multiplied_out

_MOST_TERMS = 4  # of so many, every choice of those that are summed is tried


def attempts(field: Field) -> Iterator[tuple[Any, bool]]:
    """What is integrated, and whether its sums are taken apart first.

    Where a Kronecker delta singles one component out, the others may tell the whole cost.
    """
    yield field.body, False
    if field.indices:
        yield field.body, True
        terms = Add.make_args(multiplied_out(field.body))
        others = [t for t in terms if not any(isinstance(f, heads.Delta)
                                              for f in Mul.make_args(t))]
        if 0 < len(others) < len(terms):
            yield Add(*others), False


def _terms(node: Any) -> list[Any]:
    """The terms of a formula, those within a bracket before which a factor stands too."""
    found: list[Any] = []
    for term in Add.make_args(node):
        sums = [f for f in Mul.make_args(term) if isinstance(f, Add)]
        if len(sums) == 1:
            rest = Mul(*(f for f in Mul.make_args(term) if f is not sums[0]))
            found += [t for a in sums[0].args for t in _terms(Mul(rest, a))]
        else:
            found.append(term)
    return found


def candidates(integral: Any, field: Field) -> Iterator[Any]:
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


def _summed(term: Any, field: Field) -> Any:
    coefficient, term = term.as_coeff_Mul()
    for index in reversed(field.indices):
        if occurs(index, term):
            term = heads.Sum.over(term, index)
    return Mul(coefficient, term)


def without_constants(node: Any, field: Field) -> Any:
    """A cost without the terms that do not depend on the variable."""
    return Add(*(t for t in Add.make_args(node) if depends(t, field.at)))


def straight_line(field: Field, search: Integrator) -> tuple[Derivation, Any] | None:
    """C(z) - C(0) = ∫₀¹ Σ_m g_m(s z) z_m ds, for a field on all of space; None where it fails."""
    if field.tensor.kind.domain != "real":
        return None
    s = Variable(field.fresh("s", "u"), Kind("probability"))
    work = Mul(_scaled(field.body, field.tensor, s), field.at)
    for index in reversed(field.indices):
        work = heads.Sum.over(work, index)
    try:
        body = Work(work, search.rulebook).run("finish").line
        start = heads.Antiderivative(body, s)
        plan = search.solve(start)
        if plan is None:
            return None
        done = recorded(start, plan, search.rulebook).run("finish")
    except DeriveError:
        return None
    ends = [substitute(done.line, {s: Integer(n)}) for n in (1, 0)]
    if any(unreal(e) for e in ends):
        return None
    found = Work(Add(ends[0], Mul(-1, ends[1])), search.rulebook).run("finish").line
    if _divisors(found, field) - _divisors(field.body, field):
        return None  # what it divides by may be 0 where the field has a value
    part = Derivation(
        title="Work along the straight line", goal="integral",
        given=field.posed.specification.declared, quantity=start, start=start,
        steps=tuple(done.steps), original=start, modulo=s,
        note=f"The work along the straight line from 0 to {field.tensor.name}, "
             f"{field.tensor.name} = 0 at {s.name} = 0:")
    return part, found


def _divisors(node: Any, field: Field) -> set[Any]:
    """What a formula divides by, as far as it depends on the variable."""
    return {p.args[0] for p in node.atoms(Pow)
            if p.args[1].is_negative and depends(p.args[0], field.at)}


def _scaled(node: Any, tensor: Any, factor: Any) -> Any:
    """The formula with every element of a tensor multiplied by a factor."""
    return transform(node, lambda part: Mul(factor, part) if isinstance(
        part, heads.Element) and part.tensor == tensor else None, (factor,))
