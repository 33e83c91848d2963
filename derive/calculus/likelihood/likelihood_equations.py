"""Solving the likelihood equations: one unknown after another, by rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sympy import Add, Integer, Mul, Pow

from derive.calculus.likelihood.score_function import LOG_LIKELIHOOD
from derive.calculus.likelihood.statistical_model import Sample
from derive.calculus.problem import unfolded
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Index, Variable
from derive.core.indexing import depends
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.functions.decisions import assuming, decide
from derive.functions.reduced_conditions import reduced
from derive.notation.printing.pretty import pretty
from derive.notation.reading.specification import Definition
from derive.rulebook.equations import split_sums, spread
from derive.rulebook.loading import Rulebook
from derive.rulebook.measure import measure
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting, Tactic

_MORE = 12   # by how much an equation may grow when its sums are taken apart
_LONG = 60  # an open equation that is longer is not tidied


@dataclass(frozen=True)
class Solved:
    """An unknown with its estimate, or None; the derivation; and what the equation says.

    `facts` are (sum, value): what a statistic of the sample is at the estimate.
    """

    unknown: Any
    value: Any
    derivation: Derivation
    facts: tuple[tuple[Any, Any], ...] = ()
    boundary: bool = False


@dataclass
class Equations:
    """The likelihood equations of a sample, and the unknowns found so far."""

    sample: Sample
    slopes: dict[Any, Derivation]
    rulebook: Rulebook
    found: dict[Any, Solved] = field(default_factory=dict)

    def solve(self) -> list[Solved]:
        """All unknowns, as far as rules go: first those whose equation needs no other."""
        left = list(self.slopes)
        while left:
            best = self._next(left)
            self.found[best.unknown] = best
            left.remove(best.unknown)
            if best.value is None:
                self.found |= {x: self._attempt(x) for x in left}
                break
        return [self._closed(self.found[x]) for x in self.slopes]

    def _next(self, left: list[Any]) -> Solved:
        """The first unknown whose estimate needs no other, else the first that has one, if any."""
        tries: list[Solved] = []
        for x in left:
            one = self._attempt(x)
            if one.value is not None and not any(depends(one.value, o) for o in left if o != x):
                return one
            tries.append(one)
        return next((one for one in tries if one.value is not None), tries[0])

    def _attempt(self, x: Any) -> Solved:
        """One equation, with the estimates that are known put in."""
        boundary = at_boundary(self.sample, x, self.slopes[x])
        if boundary is not None:
            return boundary
        slope = self.sample.total(self.slopes[x].result)
        return solved(self.sample, x, slope, self.known(), self.rulebook)

    def known(self) -> dict[Any, Any]:
        """The estimates so far."""
        return {x: s.value for x, s in self.found.items() if s.value is not None}

    def _closed(self, one: Solved) -> Solved:
        """An estimate with those found later put in for the other unknowns."""
        if one.value is None:
            return replace(one, derivation=_equation(one.derivation, one.derivation.start,
                                                     self.rulebook))
        later = {x: v for x, v in self.known().items() if x != one.unknown}
        definitions = _definitions(later, one.value)
        value = unfolded(one.value, definitions)
        if value == one.value:
            return one
        return replace(one, value=value, derivation=_put_in(one.derivation, definitions,
                                                            self.rulebook))


def solved(sample: Sample, x: Any, slope: Any, known: dict[Any, Any], rulebook: Rulebook) -> Solved:
    """The root of one likelihood equation, in terms of the sample and what is not known yet."""
    used = {k: v for k, v in known.items() if depends(slope, k)}
    free = {k: v for k, v in used.items() if not depends(v, x)}
    held = {k: v for k, v in used.items() if k not in free}
    start = heads.Root(substitute(slope, held), x)
    with assuming(sample.conditions):
        work = Work(start, rulebook)
        work.run("solve")
        facts = _facts(work, x)
        if not work.line.has(heads.Root):
            work.run("finish")
    definitions = _definitions(free, start)
    name = pretty(x)
    derivation = Derivation(
        title=f"Estimate of {name}", goal="mle", given=sample.given, quantity=x, start=start,
        steps=tuple(work.steps), original=start, definitions=definitions,
        indices=tuple(x.indices) if isinstance(x, heads.Element) else (),
        assumptions=sample.conditions,
        note=f"The score of all {sample.dim} observations, their sum, is 0 at the maximum; solved "
             f"for {name}:")
    if work.line.has(heads.Root):
        return Solved(x, None, derivation)
    if free:
        whole = unfolded(work.line, definitions)
        if whole != work.line:
            derivation = _put_in(derivation, definitions, rulebook)
        return Solved(x, whole, derivation, facts)
    return Solved(x, work.line, derivation, facts)


def _equation(derivation: Derivation, root: Any, rulebook: Rulebook) -> Derivation:
    """What stays of an equation that no rule solves: the score, of which the estimate is a zero."""
    x = root.args[1]
    work = Work(root.args[0], rulebook)
    with assuming(derivation.assumptions):
        flat = spread(work.line, x)
        if measure(flat) < measure(work.line) + _MORE:
            work.use(SUMS_APART, {"unknown": x}, "finish")
        if measure(work.line) < _LONG:
            work.run("finish")
    return replace(derivation, quantity=heads.Partial(LOG_LIKELIHOOD, x), start=root.args[0],
                   steps=tuple(work.steps), original=root.args[0], goal="equation",
                   note=f"No rule solves the likelihood equation of {pretty(x)}: its estimate is "
                        "where this, the score of all observations, is 0:")


def _definitions(values: dict[Any, Any], body: Any) -> tuple[Definition, ...]:
    """The names that stand for estimates, in an order in which each can be computed."""
    left = [definition_of(k, v) for k, v in values.items()
            if depends(body, k) or any(depends(w, k) for w in values.values())]
    found: list[Definition] = []
    while left:
        ready = [d for d in left if not any(depends(d.body, o.symbol) for o in left)]
        found += ready or left
        left = [d for d in left if d not in found]
    return tuple(found)


def definition_of(place: Any, value: Any) -> Definition:
    """An estimate as a definition of its name; of an array, at indices of its own."""
    if not isinstance(place, heads.Element):
        return Definition(place, (), value)
    own = tuple(Index(f"\u00b7{place.tensor.name}{n}", i.dim) for n, i in enumerate(place.indices))
    there = dict(zip(place.indices, own, strict=True))
    return Definition(place.tensor, own, substitute(value, there))


def _put_in(derivation: Derivation, definitions: tuple[Definition, ...], rulebook: Rulebook,
            ) -> Derivation:
    """The derivation with a last step: the estimates of other parameters put in."""
    work = Work(derivation.result, rulebook, list(derivation.steps),
                derivation.steps[-1].round if derivation.steps else 0)
    work.use(ESTIMATES_PUT_IN, {"definitions": definitions}, "finish")
    return replace(derivation, steps=tuple(work.steps), definitions=definitions)


def _says_put_in(setting: Setting) -> Rule:
    names = ", ".join(pretty(d.symbol) for d in setting["definitions"])
    return Rule(name="estimates-put-in", says=f"The estimates of {names} are put in.", from_="e",
                to="e", margin=f"estimate of {names} put in", source="Substitution",
                tactic="estimates-put-in")


def _says_apart(setting: Setting) -> Rule:
    return Rule(name="sums-apart", says="Sums of several terms are taken apart.", from_="e",
                to="e", margin="sums taken apart", source="Distributive law", tactic="sums-apart")


ESTIMATES_PUT_IN = Tactic("estimates-put-in", lambda line, setting: unfolded(
    line, setting["definitions"]), _says_put_in)
SUMS_APART = Tactic("sums-apart", lambda line, setting: spread(line, setting["unknown"]),
                    _says_apart)


def _facts(work: Work, x: Any) -> tuple[tuple[Any, Any], ...]:
    """What the cleared equation says of a sum: that it is such and such at the estimate."""
    for step in work.steps:
        if step.stage != "clear":
            continue
        terms = Add.make_args(step.after.args[0])
        for term in terms:
            sums = [f for f in Mul.make_args(term) if isinstance(f, heads.Sum)]
            if len(sums) == 1 and not depends(sums[0], x):
                rest = Mul(*(f for f in Mul.make_args(term) if f is not sums[0]))
                others = Add(*(t for t in terms if t is not term))
                if not others.has(sums[0]):
                    return ((sums[0], Mul(-1, others, Pow(rest, -1))),)
    return ()


Facts = tuple[tuple[Any, Any, Any], ...]  # (unknown, sum, what it is at the estimate)


def facts_of(solved: Iterable[Solved]) -> Facts:
    """What the equations say of sums, the last equation first."""
    return tuple((one.unknown, total, value) for one in reversed(list(solved))
                 for total, value in one.facts)


def with_facts(node: Any, facts: Facts) -> Any:
    """A formula with what the equations say of its sums."""
    for unknown, total, value in facts:
        flat = spread(node, unknown) if node.has(heads.Sum) else node
        told = [substitute(form, {total: value})
                for form in (flat, split_sums(flat)) if form.has(total)]
        node = min(told, key=lambda form: len(form.atoms(heads.Sum)), default=node)
    return node


def at_boundary(sample: Sample, x: Any, slope: Derivation) -> Solved | None:
    """The estimate of a parameter that bounds the observations, where the score keeps its sign."""
    if not isinstance(x, Variable):
        return None
    bounds = [c for c in sample.model.support
              if isinstance(c, (heads.Less, heads.LessEqual)) and x in c.args]
    if len(bounds) != 1:
        return None
    above = bounds[0].args[1] == x  # y <= x: the parameter lies above the observations
    with assuming((*sample.conditions, *sample.model.conditions)):
        rising, falling = (decide(reduced(heads.Less(Integer(0), Mul(sign, slope.result))))
                           for sign in (1, -1))
    if (falling if above else rising) is not True:
        return None
    extreme = heads.Maximum if above else heads.Minimum
    value = extreme.over(sample.nth(sample.model.observed[0]), sample.index)
    word, end = ("falls", "greatest") if above else ("rises", "least")
    name = pretty(x)
    note = (f"The likelihood {word} with {name} everywhere, so its maximum is no zero of the score "
            f"but lies at the boundary: {pretty(sample.nth(bounds[0]))} for every observation "
            f"leaves the {end} of them,")
    return Solved(x, value, Derivation(
        title=f"Estimate of {name}", goal="mle", given=sample.given, quantity=x, start=value,
        steps=(), original=value, assumptions=sample.conditions, note=note), boundary=True)
