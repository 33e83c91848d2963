"""Whether an estimate is a maximum: the second derivatives there, and the edge of the range."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from sympy import Add, Integer, Mul, Pow, true

from derive.calculus.gradient.partial_derivative import derivative
from derive.calculus.likelihood.likelihood_equations import (
    Solved,
    definition_of,
    facts_of,
    with_facts,
)
from derive.calculus.likelihood.score_function import LOG_LIKELIHOOD, untidied
from derive.calculus.likelihood.statistical_model import ELL, Sample, joined_names
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Tensor
from derive.core.indexing import depends, root
from derive.derivation import Derivation
from derive.functions.decisions import assuming, decide
from derive.functions.intervals import interval
from derive.notation.printing.pretty import pretty
from derive.notation.reading.specification import fresh_indices
from derive.rulebook.loading import Rulebook
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting, Tactic


@dataclass(frozen=True)
class Test:
    """The second derivatives at the estimates, by pairs of parameters, and remarks on them."""

    entries: tuple[Derivation, ...]
    remarks: tuple[tuple[str, str], ...]


def second_derivative_test(sample: Sample, slopes: dict[Any, Derivation], solved: list[Solved],
                           rulebook: Rulebook) -> Test:
    """The second derivatives of the log-likelihood at the estimates, and what follows."""
    inner = [s for s in solved if s.value is not None and not s.boundary]
    edges = tuple(r for s in inner for r in at_the_edge(sample, s))
    if not inner or len(inner) + sum(s.boundary for s in solved) < len(solved):
        return Test((), edges)
    kinked = [s for s in inner if _kinked(slopes[s.unknown].result, s.unknown)]
    if kinked:
        names = joined_names(s.unknown for s in kinked)
        return Test((), (("maximum", f"the score is a sum of signs: it falls from positive to "
                                     f"negative where {names} passes its estimate"), *edges))
    entries = {(a.unknown, b.unknown): _entry(sample, slopes, a, b, solved, rulebook)
               for n, a in enumerate(inner) for b in inner[n:]}
    return Test(tuple(entries.values()), (*_verdict(sample, inner, entries), *edges))


def _kinked(slope: Any, x: Any) -> bool:
    """Whether a score jumps, so that its derivative says nothing."""
    return any(a.name == "sign" and depends(a, x) for a in slope.atoms(heads.Apply))


def _entry(sample: Sample, slopes: dict[Any, Derivation], one: Solved, other: Solved,
           solved: Iterable[Solved], rulebook: Rulebook) -> Derivation:
    """One second derivative, then with what the likelihood equations say."""
    x, z = one.unknown, _second_place(sample, other.unknown, one.unknown)
    with assuming(sample.model.positive):
        inner = derivative(sample.model.problem(LOG_LIKELIHOOD, ELL), untidied(slopes[x]),
                           slopes[x].quantity, z, tuple(dict.fromkeys(
                               (*slopes[x].indices, *_indices(z)))), rulebook,
                           "Second derivative", "terms")
    inner = replace(inner, assumptions=sample.model.positive,
                    note=f"The second derivative by {_twice(x, z)}, for one observation:")
    start = sample.total(inner.result)
    with assuming(sample.conditions):
        work = Work(start, rulebook)
        facts = facts_of(solved)
        if with_facts(start, facts) == start:
            work.run("finish")
        else:
            work.use(AT_THE_ESTIMATE, {"facts": facts}, "finish")
    definitions = tuple(definition_of(s.unknown, s.value) for s in solved
                        if s.value is not None)
    return Derivation(
        title="Second derivative", goal="hessian", given=sample.given,
        quantity=heads.Partial(slopes[x].quantity, z), start=start, steps=tuple(work.steps),
        original=start, definitions=definitions, indices=inner.indices, parts=(inner,),
        assumptions=sample.conditions, note=f"and for all {sample.dim}, at the estimate:")


def _at_the_estimate(line: Any, setting: Setting) -> Any:
    return Work(with_facts(line, setting["facts"]), setting.rulebook).run("finish").line


def _says_at_the_estimate(setting: Setting) -> Rule:
    return Rule(name="at-the-estimate", from_="e", to="e", source="The likelihood equations",
                says="At the estimate the likelihood equations say what the sums are.",
                margin="at the estimate, by the equations above", tactic="at-the-estimate")


AT_THE_ESTIMATE = Tactic("at-the-estimate", _at_the_estimate, _says_at_the_estimate)


def _twice(x: Any, z: Any) -> str:
    return f"{pretty(x)}, twice" if x == z else f"{pretty(x)} and {pretty(z)}"


def _second_place(sample: Sample, z: Any, x: Any) -> Any:
    """The second variable; an element of an array at indices of its own."""
    if not isinstance(z, heads.Element):
        return z
    taken = (*sample.scope.names, *sample.scope.dims, *(i.name for i in _indices(x)))
    own = fresh_indices([i.dim for i in z.indices], taken)
    return heads.Element(z.tensor, *own)


def _indices(place: Any) -> tuple[Any, ...]:
    return tuple(place.indices) if isinstance(place, heads.Element) else ()


def _verdict(sample: Sample, inner: list[Solved], entries: dict[Any, Derivation],
             ) -> tuple[tuple[str, str], ...]:
    """What the second derivatives say: a maximum, the only one, or nothing that is certain."""
    with assuming(sample.conditions):
        diagonal = [entries[s.unknown, s.unknown] for s in inner]
        negative = [_negative(d.result) for d in diagonal]
        crossed = [p for p in combinations([s.unknown for s in inner], 2)
                   if entries[p].result != 0]
        general = [diagonal[0].parts[0].result, diagonal[0].start]
        strictly, everywhere = (len(inner) == 1 and any(_negative(line, strict) for line in general)
                                for strict in (True, False))
    names = joined_names(s.unknown for s in inner)
    if everywhere and not strictly and all(negative):
        return (("maximum", "the second derivative is nowhere positive and negative at the "
                            f"estimate: the log-likelihood is concave in {names}, so this is its "
                            "maximum"),)
    if all(negative) and not crossed:
        if strictly:
            return (("maximum", "the second derivative is negative for every value of "
                                f"{names}: the likelihood has this maximum and no other"),)
        mixed = ", the mixed ones 0" if len(inner) > 1 else ""
        return (("maximum", f"the second derivatives at the estimate are negative{mixed}: a "
                            "maximum"),)
    if everywhere:
        return (("maximum", f"the second derivative is nowhere positive: the log-likelihood is "
                            f"concave in {names}, so this is its maximum"),)
    if len(inner) == 2 and all(negative):
        (pair,) = crossed
        first, second = (entries[s.unknown, s.unknown].result for s in inner)
        gap = Add(Mul(first, second), Mul(-1, entries[pair].result, entries[pair].result))
        with assuming(sample.conditions):
            if decide(heads.Less(Integer(0), gap)) is True:
                return (("maximum", "the second derivatives at the estimate are negative and their "
                                    "determinant is positive: a maximum"),)
    if len(inner) == 1 and _negative(diagonal[0].result, False):
        return (("maximum", "the second derivative at the estimate is not positive: a maximum, "
                            "unless it is 0 there"),)
    return (("maximum", "not decided by rules: look at the second derivatives above"),)


def _negative(node: Any, strictly: bool = True) -> bool:
    """Whether a formula is known to be negative (not positive); a matrix, if it is diagonal."""
    node = Mul(*(f for f in Mul.make_args(node) if not isinstance(f, heads.Delta)))
    zero = Integer(0)
    wanted = heads.Less(node, zero) if strictly else heads.LessEqual(node, zero)
    return decide(wanted) is True or interval(node).negative or (
        not strictly and interval(node).high <= 0)


def at_the_edge(sample: Sample, one: Solved) -> tuple[tuple[str, str], ...]:
    """A remark where the estimate may lie on the edge of the parameter's range."""
    kind = root(one.unknown).kind
    if isinstance(root(one.unknown), Tensor):
        return ()
    have, want = _of_mean(one.value, sample), kind.interval
    told = []
    if want.low_open and have.low == want.low and not have.low_open:
        told.append(str(want.low))
    if want.high_open and have.high == want.high and not have.high_open:
        told.append(str(want.high))
    if not told:
        return ()
    return (("boundary", f"where the estimate is {' or '.join(told)}, it is on the edge of the "
                         f"range of {pretty(one.unknown)}: the likelihood then grows up to the "
                         "edge and has no maximum inside"),)


def _of_mean(value: Any, sample: Sample) -> Any:
    """The interval of an estimate; a mean lies between the least and the greatest value."""
    factors = list(Mul.make_args(value))
    below = Pow(sample.dim, -1)
    sums = [f for f in factors if isinstance(f, heads.Sum) and f.family.dim == sample.dim]
    if len(factors) == 2 and below in factors and len(sums) == 1 and sums[0].family.args[2] is true:
        return interval(sums[0].family.args[1])
    return interval(value)
