"""Solving the likelihood equations: one unknown after another, by rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sympy import Add, Expr, Mul, Pow

from derive.calculus.formulas import defined
from derive.calculus.likelihood.densities.score_function import LOG_LIKELIHOOD
from derive.calculus.likelihood.densities.statistical_model import Sample
from derive.calculus.likelihood.estimates.boundary_estimates import at_bound, clipped, concave
from derive.calculus.likelihood.estimates.inverse_free_equations import without_inverse
from derive.calculus.likelihood.estimates.linear_systems import (
    facts_of_system,
    is_system,
    solve_system,
)
from derive.calculus.problem import unfolded
from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Variable
from derive.core.factors import factors_apart
from derive.core.indexing import depends, root
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.functions.decisions import assuming
from derive.notation.printing.pretty import pretty
from derive.notation.reading.specification import Definition
from derive.rulebook.equations import split_sums, spread
from derive.rulebook.loading import Rulebook
from derive.rulebook.measure import measure
from derive.rulebook.tactics import Setting

_MORE = 12   # by how much an equation may grow when its sums are taken apart
_LONG = 60  # an open equation that is longer is not tidied


@dataclass(frozen=True)
class Solved:
    """An unknown with its estimate, or None; the derivation; and what the equation says.

    `facts` are (sum, value): what a statistic of the sample is at the estimate. `boundary` says
    that it need not be a zero of the score.
    """

    unknown: Expr
    value: Expr
    derivation: Derivation
    facts: tuple[tuple[Expr, Expr], ...] = ()
    boundary: bool = False
    remarks: tuple[tuple[str, str], ...] = ()


@dataclass
class Equations:
    """The likelihood equations of a sample, and the estimates so far."""

    sample: Sample
    slopes: dict[Expr, Derivation]
    rulebook: Rulebook
    estimates: dict[Expr, Solved] = field(default_factory=dict)

    def solve(self) -> list[Solved]:
        """All unknowns, as far as rules go: first those whose equation needs no other."""
        left = list(self.slopes)
        while left:
            best = self._next(left)
            self.estimates[best.unknown] = best
            left.remove(best.unknown)
            if best.value is None:
                self.estimates |= {x: self._attempt(x) for x in left}
                break
        return [self._closed(self.estimates[x]) for x in self.slopes]

    def _next(self, left: list[Expr]) -> Solved:
        """The first unknown whose estimate needs no other, else the first that has one, if any."""
        attempts: list[Solved] = []
        for x in left:
            attempts.append(self._attempt(x))
            value = attempts[-1].value
            if value is not None and not any(depends(value, o) for o in left if o != x):
                return attempts[-1]
        return next((a for a in attempts if a.value is not None), attempts[0])

    def _attempt(self, x: Expr) -> Solved:
        """One equation, with the estimates that are known put in."""
        boundary = at_boundary(self.sample, x, self.slopes[x], self.rulebook)
        if boundary is not None and boundary.value is not None:
            return boundary
        slope = self.sample.total(self.slopes[x].result)
        zero = self._without_inverse(x, slope) or solved(
            self.sample, x, slope, self.known(), self.rulebook)
        return replace(zero, remarks=boundary.remarks) if boundary is not None else \
            self._inside(zero)

    def _without_inverse(self, x: Expr, slope: Expr) -> Solved | None:
        """The estimate from the equation multiplied by a matrix, where that takes its inverse away.
        """
        free = without_inverse(self.sample, slope, x, self.rulebook)
        if free is None:
            return None
        zero = solved(self.sample, x, free.result, self.known(), self.rulebook)
        return None if zero.value is None else replace(zero, facts=(), derivation=replace(
            zero.derivation, parts=(free,),
            note=f"At the maximum it is 0; solved for {pretty(x)}:"))

    def _inside(self, zero: Solved) -> Solved:
        """The zero of a score, or the bound nearest to it where it may be outside."""
        if zero.value is None or not isinstance(zero.unknown, Variable) or self.sample.model.joint:
            return zero
        x, slope = zero.unknown, self.slopes[zero.unknown]
        end = clipped(self.sample, x, zero.derivation, lambda: concave(
            self.sample, x, slope, self.rulebook), self.rulebook)
        return zero if end is None else Solved(x, end.result, end, boundary=True)

    def known(self) -> dict[Expr, Expr]:
        """The estimates so far."""
        return {x: s.value for x, s in self.estimates.items() if s.value is not None}

    def _closed(self, estimate: Solved) -> Solved:
        """An estimate with those that came later put in for the other unknowns."""
        if estimate.value is None:
            return replace(estimate, derivation=_equation(estimate.derivation, self.rulebook))
        later = {x: v for x, v in self.known().items() if x != estimate.unknown}
        definitions = _definitions(later, estimate.value)
        value = unfolded(estimate.value, definitions)
        return estimate if value == estimate.value else replace(
            estimate, value=value,
            derivation=_put_in(estimate.derivation, definitions, self.rulebook))


def solved(sample: Sample, x: Expr, slope: Expr, known: dict[Expr, Expr], rulebook: Rulebook,
           ) -> Solved:
    """The root of one likelihood equation, in terms of the sample and what is not known yet."""
    used = {k: v for k, v in known.items() if depends(slope, k)}
    free = {k: v for k, v in used.items() if not depends(v, x)}
    start = heads.Root(substitute(slope, {k: v for k, v in used.items() if k not in free}), x)
    work, closed = root_work(sample, start, rulebook)
    definitions = _definitions(free, start)
    name = pretty(x)
    derivation = work.derivation(
        f"Estimate of {name}", "mle", x, sample.given, definitions=definitions,
        indices=tuple(x.indices) if isinstance(x, heads.Element) else (),
        assumptions=sample.conditions,
        note=f"{_vanishing(sample)} is 0 at the maximum; solved for {name}:")
    if not closed:
        return Solved(x, None, derivation)
    value = unfolded(work.line, definitions)
    if value != work.line:
        derivation = _put_in(derivation, definitions, rulebook)
    facts = facts_of_system(start) if is_system(start) else _facts(work, x)
    return Solved(x, value, derivation, facts)


def _vanishing(sample: Sample) -> str:
    """What is 0 at the maximum, in words."""
    if sample.model.has_priors:
        return "The derivative of log-likelihood and log-prior"
    return "The score of the sample" if sample.model.joint else \
        f"The score of all {sample.dim} observations, their sum,"


def root_work(sample: Sample, start: heads.Root, rulebook: Rulebook) -> tuple[Work, bool]:
    """A root solved by rules as far as they go, and whether it is."""
    with assuming(sample.conditions):
        work = Work(start, rulebook)
        if not (is_system(start) and solve_system(work)):
            work.run("solve")
        closed = not work.line.has(heads.Root)
        if closed:
            work.run("finish")
    return work, closed and not work.line.has(heads.Root)


def _equation(derivation: Derivation, rulebook: Rulebook) -> Derivation:
    """What stays of an equation that no rule solves: the score, of which the estimate is a zero."""
    score, x = derivation.start.args
    work = Work(score, rulebook)
    with assuming(derivation.assumptions):
        flat = spread(work.line, x)
        if measure(flat) < measure(work.line) + _MORE:
            work.use(SUMS_APART, {"unknown": x}, "finish")
        if measure(work.line) < _LONG:
            work.run("finish")
        if work.line == score:
            work = Work(score, rulebook)
    return replace(derivation, quantity=heads.Partial(LOG_LIKELIHOOD, x), start=score,
                   steps=tuple(work.steps), original=score, goal="equation",
                   note=f"No rule solves the likelihood equation of {pretty(x)}: its estimate is "
                        "where this, the score of all observations, is 0:")


def _definitions(values: dict[Expr, Expr], body: Expr) -> tuple[Definition, ...]:
    """The names that stand for estimates, in an order in which each can be computed."""
    left = [definition_of(k, v) for k, v in values.items()
            if depends(body, k) or any(depends(w, k) for w in values.values())]
    ordered: list[Definition] = []
    while left:
        ready = [d for d in left if not any(depends(d.body, o.symbol) for o in left)]
        ordered += ready or left
        left = [d for d in left if d not in ordered]
    return tuple(ordered)


def definition_of(place: Expr, value: Expr) -> Definition:
    """An estimate as a definition of its name; of an array, at indices of its own."""
    indices = place.indices if isinstance(place, heads.Element) else ()
    return defined(root(place), indices, value)


def _put_in(derivation: Derivation, definitions: tuple[Definition, ...], rulebook: Rulebook,
            ) -> Derivation:
    """The derivation with a last step: the estimates of other parameters put in."""
    work = Work.onward(derivation, rulebook)
    work.use(ESTIMATES_PUT_IN, {"definitions": definitions}, "finish")
    return replace(derivation, steps=tuple(work.steps), definitions=definitions)


def _put_in_words(setting: Setting) -> Words:
    names = ", ".join(pretty(d.symbol) for d in setting["definitions"])
    return Words(f"The estimates of {names} are put in.", f"estimate of {names} put in",
                 "Substitution")


ESTIMATES_PUT_IN = stated("estimates-put-in", lambda line, setting: unfolded(
    line, setting["definitions"]), _put_in_words)
SUMS_APART = stated("sums-apart", lambda line, setting: spread(line, setting["unknown"]), Words(
    "Sums of several terms are taken apart.", "sums taken apart", "Distributive law"))


def _facts(work: Work, x: Expr) -> tuple[tuple[Expr, Expr], ...]:
    """What the cleared equation says of a sum: that it is such and such at the estimate."""
    for step in work.steps:
        terms = Add.make_args(step.after.args[0]) if step.stage == "clear" else ()
        for term in terms:
            sums, factors = factors_apart(term, lambda f: isinstance(f, heads.Sum))
            others = Add(*(t for t in terms if t is not term))
            if len(sums) == 1 and not depends(sums[0], x) and not others.has(sums[0]):
                return ((sums[0], Mul(-1, others, Pow(Mul(*factors), -1))),)
    return ()


Facts = tuple[tuple[Expr, Expr, Expr], ...]  # (unknown, sum, what it is at the estimate)


def facts_of(solved: Iterable[Solved]) -> Facts:
    """What the equations say of sums, the last equation first."""
    return tuple((estimate.unknown, total, value) for estimate in reversed(list(solved))
                 for total, value in estimate.facts)


def with_facts(node: Expr, facts: Facts) -> Expr:
    """A formula with what the equations say of its sums."""
    for unknown, total, value in facts:
        flat = spread(node, unknown) if node.has(heads.Sum) else node
        forms = [substitute(form, {total: value})
                 for form in (node, flat, split_sums(flat)) if form.has(total)]
        node = min(forms, key=lambda form: len(form.atoms(heads.Sum)), default=node)
    return node


def at_boundary(sample: Sample, x: Expr, slope: Derivation, rulebook: Rulebook) -> Solved | None:
    """The estimate of a parameter at a bound, where the score keeps its sign; without a value,
    what is to be added to its equation.
    """
    if not isinstance(x, Variable) or sample.model.joint:
        return None
    end = at_bound(sample, x, slope.result)
    if end is None:
        return None
    work = Work(end.value if end.value is not None else slope.result, rulebook)
    if end.value is not None:
        with assuming(sample.conditions):
            work.run("finish")
    derivation = work.derivation(f"Estimate of {pretty(x)}", "mle", x, sample.given,
                                 assumptions=sample.conditions, note=end.note)
    return Solved(x, end.value if end.value is None else work.line, derivation, boundary=True,
                  remarks=end.remarks)
