"""Entries of an information matrix by a variable whose law is known: tried one after another."""

from __future__ import annotations

from dataclasses import replace

from sympy import Add, Expr, Integer, Mul, Pow, Rational

from derive.calculus.likelihood.densities.standard_pivot import Pivot
from derive.calculus.likelihood.densities.statistical_model import Model
from derive.calculus.likelihood.information.expected_values import (
    Expectation,
    expectation_of,
    rules_of_law,
)
from derive.calculus.likelihood.information.information_entries import Further
from derive.calculus.likelihood.information.pivotal_variables import PivotalVariable, opened
from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.indexing import depends
from derive.core.walk import substitute
from derive.errors import DeriveError
from derive.notation.printing.pretty import pretty
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.loading import Rulebook
from derive.rulebook.tactics import Setting
from derive.tables.distribution_table import standard_laws

Powers = dict[int, Expr]
_MOST = 30  # the highest power that is multiplied out


def through_pivot(model: Model, pivotal: PivotalVariable, rulebook: Rulebook) -> Further:
    """How an entry follows by the change to a variable."""
    if not pivotal.standard:
        return Further(lambda work, pair: _integrated(model, pivotal, work), (pivotal.law,))
    expectation = _expectation(model, pivotal, rulebook)

    def attempt(work: Work, pair: tuple[Expr, Expr]) -> Work:
        try:
            return expectation.run(work)
        except DeriveError:
            return work

    return Further(attempt, (pivotal.law,))


def _expectation(model: Model, pivotal: PivotalVariable, rulebook: Rulebook) -> Expectation:
    law = standard_laws()[pivotal.standard]
    pivot = Pivot(pivotal.leaf, pivotal.value, pivotal.law, law.even)
    return replace(expectation_of(model, rulebook), pivot=pivot, law_name=law.name,
                   standard=rules_of_law(law, pivotal.leaf, pivotal.values, rulebook))


def _integrated(model: Model, pivotal: PivotalVariable, work: Work) -> Work:
    """The expected values as integrals of polynomials over a fixed interval."""
    length = next((c.args[1] for c in pivotal.law.conditions), Integer(1))
    trial = work.copy()
    try:
        trial.use(SHIFTED, {"observed": model.observed[0], "value": pivotal.value,
                            "variable": pivotal.leaf, "density": pivotal.law.density}, "expect")
        trial.use(POLYNOMIAL, {"variable": pivotal.leaf, "density": pivotal.law.density,
                               "length": length}, "expect")
        return trial.run("finish")
    except DeriveError:
        return work


def _shift(line: Expr, setting: Setting) -> Expr:
    """An expected value over the observation as one over its distance from a moving end."""
    if not isinstance(line, heads.Expect) or line.args[1] != setting["observed"]:
        return line
    body = substitute(line.args[0], {setting["observed"]: setting["value"]})
    return heads.Expect(opened(body), setting["variable"])


def _shifting(setting: Setting) -> Words:
    margin = f"{pretty(setting['observed'])} = {pretty(setting['value'])}"
    x = pretty(setting["variable"])
    return Words(f"{margin}: the density of {x} is {pretty(setting['density'])}, in which nothing "
                 "moves.", margin, "Expected values")


def _polynomial(line: Expr, setting: Setting) -> Expr:
    """The integral of a polynomial, power by power; unchanged for what is none."""
    x, length = setting["variable"], setting["length"]
    if not isinstance(line, heads.Expect) or line.args[1] != x:
        return line
    total: Powers = {}
    for term in Add.make_args(line.args[0]):
        powers = _powers_of(Mul(term, setting["density"]), x)
        if powers is None:
            return line
        total = _sum(total, powers)
    return multiplied_out(Add(*(Mul(c, Pow(length, n + 1), Rational(1, n + 1))
                                for n, c in total.items())))


def _powers_of(node: Expr, x: Expr) -> Powers | None:
    """A polynomial in x as what stands before each power; None for what is none."""
    if not depends(node, x):
        return {0: node}
    if node == x:
        return {1: Integer(1)}
    if isinstance(node, Pow):
        power = node.args[1]
        factors = [node.args[0]] * int(power) if power.is_Integer and 0 < power < _MOST else []
        return _product([_powers_of(f, x) for f in factors]) if factors else None
    if isinstance(node, Mul):
        return _product([_powers_of(f, x) for f in node.args])
    if not isinstance(node, Add):
        return None
    total: Powers = {}
    for term in node.args:
        powers = _powers_of(term, x)
        if powers is None:
            return None
        total = _sum(total, powers)
    return total


def _sum(first: Powers, second: Powers) -> Powers:
    return {n: Add(first.get(n, Integer(0)), second.get(n, Integer(0)))
            for n in dict.fromkeys((*first, *second))}


def _product(factors: list[Powers | None]) -> Powers | None:
    total: Powers = {0: Integer(1)}
    for factor in factors:
        if factor is None:
            return None
        rows = [{n + m: Mul(a, b) for m, b in factor.items()} for n, a in total.items()]
        total = {}
        for row in rows:
            total = _sum(total, row)
    return total


def _integrating(setting: Setting) -> Words:
    x, length = pretty(setting["variable"]), pretty(setting["length"])
    return Words(f"The integral of the product with the density {pretty(setting['density'])} over "
                 f"0 < {x} < {length}, power by power: that of {x}^n is {length}^(n + 1)/(n + 1)."
                 if length != "1" else
                 f"The integral of the product with the density {pretty(setting['density'])} over "
                 f"0 < {x} < 1, power by power: that of {x}^n is 1/(n + 1).",
                 f"integral of a polynomial in {x}", "Calculus")


SHIFTED = stated("shifted-observation", _shift, _shifting)
POLYNOMIAL = stated("integral-of-a-polynomial", _polynomial, _integrating)
