"""The information of a recognised density: that of the entry, carried over by the chain rule."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import product

from sympy import Add, Expr, Integer, Mul

from derive.calculus.likelihood.densities.statistical_model import Model, read_model
from derive.calculus.likelihood.information.information_entries import Further, information_entries
from derive.calculus.likelihood.recognition.recognised_law import RecognisedLaw
from derive.calculus.problem import with_unknown
from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.indexing import depends
from derive.core.walk import substitute
from derive.errors import DeriveError
from derive.functions.decisions import assuming_nothing
from derive.notation.printing.pretty import pretty
from derive.rulebook.loading import Rulebook
from derive.rulebook.measure import measure
from derive.rulebook.tactics import Setting
from derive.tables.distribution_table import distribution_for

_STRATEGIES = ("gradient", "standardised", "outspread", "finish")


@lru_cache(maxsize=100)
def information_of(name: str) -> dict[tuple[str, str], Expr]:
    """The entries of the table's information in closed form, by the names of the parameters."""
    with assuming_nothing():  # they are kept for other densities
        return _information_of(name)


def _information_of(name: str) -> dict[tuple[str, str], Expr]:
    model = regular(read_model(name))
    if not model.parameters:
        return {}
    rulebook = with_unknown(None, model.scope)
    known = {}
    names = [p.name for p in model.parameters]
    pairs = [(a, b) for n, a in enumerate(names) for b in names[n:]]
    for pair, entry in zip(pairs, information_entries(model, rulebook).entries, strict=True):
        if not entry.result.has(heads.Expect):
            known[pair] = entry.result
            known[pair[::-1]] = entry.result
    return known


def regular(model: Model) -> Model:
    """The model without the parameters on which the range of the observations depends."""
    kept = tuple(p for p in model.parameters if not any(depends(c, p) for c in model.support))
    return replace(model, parameters=kept)


def through_law(law: RecognisedLaw, rulebook: Rulebook) -> Further:
    """How the entry for a pair of parameters follows from the information of the law."""
    def attempt(work: Work, pair: tuple[Expr, Expr]) -> Work:
        if any(depends(law.variable, p) for p in pair):
            return work
        trial = work.copy()
        try:
            if not trial.use(THROUGH_LAW, {**law.parameters, "pair": pair}, "expect"):
                return work
            trial.run("gradient")
        except DeriveError:
            return work
        best = trial
        for strategy in _STRATEGIES[1:]:
            try:
                other = trial.copy().run(strategy).run("finish")
            except DeriveError:
                continue
            best = min(best, other, key=lambda w: measure(w.line))
        return best

    return Further(attempt)


def _moving(values: dict[str, Expr], parameter: Expr) -> list[str]:
    """The parameters of the law that depend on a typed one."""
    return [n for n, v in values.items() if depends(v, parameter)]


def _carried(node: Expr, setting: Setting) -> Expr:
    """The expected value as a sum over the parameters of the law; unchanged where one is open."""
    model, known = read_model(setting["law"]), information_of(setting["law"])
    values, (first, second) = setting["values"], setting["pair"]
    there = {model.scope.names[n]: v for n, v in values.items()}
    terms = []
    for a, b in product(_moving(values, first), _moving(values, second)):
        if (a, b) not in known:
            return node
        terms.append(Mul(_slope(values[a], first), _slope(values[b], second),
                         substitute(known[a, b], there)))
    return Add(*terms)


def _slope(value: Expr, parameter: Expr) -> Expr:
    return Integer(1) if value == parameter else heads.Partial(value, parameter)


def _carrying(setting: Setting) -> Words:
    entry, known = distribution_for(setting["law"]), information_of(setting["law"])
    values, (first, second) = setting["values"], setting["pair"]
    pairs = product(_moving(values, first), _moving(values, second))
    order = list(values).index
    names = dict.fromkeys((a, b) if order(a) <= order(b) else (b, a) for a, b in pairs)
    stated_entries = ", ".join(f"I_{'_'.join(dict.fromkeys(p))} = {pretty(known[p])}"
                               for p in names)
    return Words(f"The information of the entry {entry.name} is {stated_entries}; in other "
                 "parameters it is carried over by the chain rule, a slope for each of the two "
                 "scores.", f"{entry.name}: {stated_entries}; chain rule", entry.source)


THROUGH_LAW = stated("information-of-the-law", _carried, _carrying)
