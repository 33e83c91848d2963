"""Whether an estimate is a maximum: the second derivatives there, and the edge of the range."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

from sympy import Expr, Integer, Mul, Pow, true

from derive.calculus.gradient.partial_derivative import derivative
from derive.calculus.likelihood.densities.score_function import LOG_LIKELIHOOD, untidied
from derive.calculus.likelihood.densities.statistical_model import ELL, Sample, joined_names
from derive.calculus.likelihood.estimates.boundary_estimates import clipped
from derive.calculus.likelihood.estimates.curvature_signs import Pair, falls, signs_of
from derive.calculus.likelihood.estimates.likelihood_equations import (
    Solved,
    definition_of,
    facts_of,
    with_facts,
)
from derive.calculus.likelihood.estimates.matrix_estimates import of_matrices
from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Index, Tensor, Variable
from derive.core.indexing import depends, root
from derive.core.kinds import Interval
from derive.derivation import Derivation
from derive.functions.decisions import assuming
from derive.functions.intervals import interval
from derive.notation.printing.pretty import pretty
from derive.notation.reading.specification import fresh_indices
from derive.rulebook.loading import Rulebook
from derive.rulebook.tactics import Setting

IF_FEASIBLE = "an estimate where it meets"
MAXIMUM = "maximum"  # in the words of a test that came to one


@dataclass(frozen=True)
class Test:
    """The second derivatives at the estimates, by pairs of parameters, and remarks on them."""

    entries: tuple[Derivation, ...]
    remarks: tuple[tuple[str, str], ...]


def second_derivative_test(sample: Sample, slopes: dict[Expr, Derivation], solved: list[Solved],
                           rulebook: Rulebook) -> Test:
    """The second derivatives of the log-likelihood at the estimates, and what follows."""
    inner = [s for s in solved if s.value is not None and not s.boundary]
    edges = tuple(r for s in inner for r in (*at_the_edge(sample, s), *if_feasible(sample, s)))
    if not inner or any(s.value is None and not s.boundary for s in solved):
        test = _of_coefficients(sample, slopes, solved, rulebook)
        return replace(test, remarks=(*test.remarks, *edges))
    early = of_matrices(s.unknown for s in inner) or _of_kinks(slopes, inner)
    if early:
        return Test((), (*early, *edges))
    entries = {(a.unknown, b.unknown): _entry(sample, slopes, a, b, solved, rulebook)
               for a, b in combinations_with_replacement(inner, 2)}
    return Test(tuple(entries.values()), (*_verdict(sample, inner, entries), *edges))


def _of_kinks(slopes: dict[Expr, Derivation], inner: list[Solved]) -> tuple[tuple[str, str], ...]:
    """What is told of a maximum at which scores jump."""
    kinked = [s.unknown for s in inner if _kinked(slopes[s.unknown].result, s.unknown)]
    if not kinked:
        return ()
    return (("maximum", "the score is a sum of signs: it falls from positive to negative where "
                        f"{joined_names(kinked)} passes its estimate"),)


def _of_coefficients(sample: Sample, slopes: dict[Expr, Derivation], solved: list[Solved],
                     rulebook: Rulebook) -> Test:
    """That the likelihood of a regression is concave in its coefficients, where it is."""
    entries, concave = [], []
    for estimate in solved:
        x = estimate.unknown
        if estimate.value is None and sample.model.joint and isinstance(x, heads.Element) and \
                len(x.indices) == 1:
            entry = _entry(sample, slopes, estimate, estimate, [], rulebook)
            with assuming(sample.conditions):
                if falls(entry, False):
                    entries.append(entry)
                    concave.append(root(x))
    if not concave:
        return Test((), ())
    jumps = any(_kinked(slopes[s.unknown].result, s.unknown) for s in solved)
    names, where = joined_names(concave), "or a jump through 0 " if jumps else ""
    others = "" if len(solved) == len(concave) else ", the other parameters as they are"
    return Test(tuple(entries), (("maximum", (
        f"the matrix of second derivatives is negative semidefinite everywhere: concave in "
        f"{names}{others}, so a zero of the score {where}is its maximum")),))


def put_inside(sample: Sample, zero: Solved, test: Test, rulebook: Rulebook) -> Solved:
    """The only parameter's zero, or the bound nearest to it where it is outside.

    The rules that solve an equation give its only zero in the range; where the second derivative
    is negative there, the likelihood rises before it and falls after it.
    """
    if zero.value is None or zero.boundary or not isinstance(zero.unknown, Variable) or \
            not any(label == "maximum" and MAXIMUM in words for label, words in test.remarks):
        return zero
    end = clipped(sample, zero.unknown, zero.derivation, lambda: (
        "the score has no other zero, and falls there"), rulebook)
    return zero if end is None else replace(zero, value=end.result, derivation=end, boundary=True)


def without_edges(test: Test, sample: Sample, zero: Solved) -> Test:
    """The test without the remark on bounds that an estimate was put inside of."""
    open_ones = _may_miss_type(sample, zero)
    kept = tuple(r for r in test.remarks if not r[1].startswith(IF_FEASIBLE))
    if open_ones:
        kept = (*kept, *if_feasible(replace(sample, conditions=()), zero))
    return replace(test, remarks=kept)


def _kinked(slope: Expr, x: Expr) -> bool:
    """Whether a score jumps, so that its derivative says nothing."""
    return any(a.name == "sign" and depends(a, x) for a in slope.atoms(heads.Apply))


def _entry(sample: Sample, slopes: dict[Expr, Derivation], first: Solved, second: Solved,
           solved: Iterable[Solved], rulebook: Rulebook) -> Derivation:
    """One second derivative, then with what the likelihood equations say."""
    model, slope = sample.model, slopes[first.unknown]
    x, z = first.unknown, _second_place(sample, second.unknown, first.unknown)
    with assuming(model.positive):
        inner = derivative(model.problem(LOG_LIKELIHOOD, ELL), untidied(slope), slope.quantity, z,
                           tuple(dict.fromkeys((*slope.indices, *_indices(z)))), rulebook,
                           "Second derivative", "terms")
    seen = "" if model.joint else ", for one observation"
    inner = replace(inner, assumptions=model.positive,
                    note=f"The second derivative by {_twice(x, z)}{seen}:")
    with assuming(sample.conditions):
        work = Work(sample.total(inner.result), rulebook)
        facts = facts_of(solved)
        if with_facts(work.line, facts) == work.line:
            work.run("finish")
        else:
            work.use(AT_THE_ESTIMATE, {"facts": facts}, "finish")
    definitions = tuple(definition_of(s.unknown, s.value) for s in solved
                        if s.value is not None)
    if model.joint and not work.steps:
        return replace(inner, definitions=definitions, assumptions=sample.conditions)
    return work.derivation(
        "Second derivative", "hessian", heads.Partial(slope.quantity, z), sample.given,
        definitions=definitions, indices=inner.indices, parts=(inner,),
        assumptions=sample.conditions, note=f"and for all {sample.dim}, at the estimate:"
        if not model.joint else "and at the estimate:" if solved else "and tidied:")


def _at_the_estimate(line: Expr, setting: Setting) -> Expr:
    return Work(with_facts(line, setting["facts"]), setting.rulebook).run("finish").line


AT_THE_ESTIMATE = stated("at-the-estimate", _at_the_estimate, Words(
    "At the estimate the likelihood equations say what the sums are.",
    "at the estimate, by the equations above", "The likelihood equations"))


def _twice(x: Expr, z: Expr) -> str:
    return f"{pretty(x)}, twice" if x == z else f"{pretty(x)} and {pretty(z)}"


def _second_place(sample: Sample, z: Expr, x: Expr) -> Expr:
    """The second variable; an element of an array at indices of its own."""
    if not isinstance(z, heads.Element):
        return z
    taken = (*sample.scope.names, *sample.scope.dims, *(i.name for i in _indices(x)))
    own = fresh_indices([i.dim for i in z.indices], taken)
    return heads.Element(z.tensor, *own)


def _indices(place: Expr) -> tuple[Index, ...]:
    return tuple(place.indices) if isinstance(place, heads.Element) else ()


def _verdict(sample: Sample, inner: list[Solved], entries: dict[Pair, Derivation],
             ) -> tuple[tuple[str, str], ...]:
    """What the second derivatives say: a maximum, the only one, or nothing that is certain."""
    owed = (c for s in inner for c in s.derivation.obligations)
    with assuming((*sample.conditions, *owed)):
        signs = signs_of(inner, entries)
    alone = len(inner) == 1
    names = joined_names(s.unknown for s in inner)
    apart = signs.falling and not signs.mixed
    verdicts = (
        (signs.everywhere and not signs.strictly and signs.falling,
         "the second derivative is nowhere positive and negative at the estimate: the "
         f"log-likelihood is concave in {names}, so this is its maximum"),
        (apart and signs.strictly,
         f"the second derivative is negative for every value of {names}: the likelihood has this "
         "maximum and no other"),
        (apart, "the second derivatives at the estimate are negative"
         f"{'' if alone else ', the mixed ones 0'}: a maximum"),
        (signs.everywhere, "the second derivative is nowhere positive: the log-likelihood is "
         f"concave in {names}, so this is its maximum"),
        (signs.definite, "the second derivatives at the estimate are negative and their "
         "determinant is positive: a maximum"),
        (alone and falls(entries[inner[0].unknown, inner[0].unknown], False),
         "the second derivative at the estimate is not positive: no minimum"),
        (True, "not decided by rules: look at the second derivatives above"))
    return (("maximum", next(words for holds, words in verdicts if holds)),)


def at_the_edge(sample: Sample, estimate: Solved) -> tuple[tuple[str, str], ...]:
    """A remark where the estimate may lie on the edge of the parameter's range."""
    kind = root(estimate.unknown).kind
    if isinstance(root(estimate.unknown), Tensor):
        return ()
    have, want = _of_mean(estimate.value, sample), kind.interval
    low = want.low_open and have.low == want.low and not have.low_open
    high = want.high_open and have.high == want.high and not have.high_open
    ends = [str(end) for end, reached in ((want.low, low), (want.high, high)) if reached]
    if not ends:
        return ()
    return (("boundary", f"where the estimate is {' or '.join(ends)}, it is on the edge of the "
                         f"range of {pretty(estimate.unknown)}: the likelihood then grows up to "
                         "the edge and has no maximum inside"),)


def if_feasible(sample: Sample, estimate: Solved) -> tuple[tuple[str, str], ...]:
    """A remark where data may put the estimate outside of its type or an observation's support."""
    x = estimate.unknown
    bounds = [c for c in sample.conditions if depends(c, sample.index) and depends(c, x)]
    bounds += _may_miss_type(sample, estimate)
    if not bounds:
        return ()
    return (("boundary", f"{IF_FEASIBLE} {', '.join(map(pretty, bounds))} at the data; else the "
                         "likelihood is highest at a bound, or has no maximum"),)


def _may_miss_type(sample: Sample, estimate: Solved) -> list[Expr]:
    """The condition of a type that an average may miss."""
    x, body = estimate.unknown, _averaged(estimate.value, sample)
    if not isinstance(x, Variable) or body is None:
        return []
    have, want = interval(body), x.kind.interval
    return [(heads.Less if want.low_open else heads.LessEqual)(Integer(0), x)] \
        if have.low < 0 == want.low else []


def _averaged(value: Expr, sample: Sample) -> Expr | None:
    """What an estimate is the mean of, over the observations."""
    factors = list(Mul.make_args(value))
    below = Pow(sample.dim, -1)
    sums = [f for f in factors if isinstance(f, heads.Sum) and f.family.dim == sample.dim]
    if len(factors) == 2 and below in factors and len(sums) == 1 and sums[0].family.args[2] is true:
        return sums[0].family.args[1]
    return None


def _of_mean(value: Expr, sample: Sample) -> Interval:
    """The interval of an estimate; a mean lies between the least and the greatest value."""
    body = _averaged(value, sample)
    return interval(value if body is None else body)
