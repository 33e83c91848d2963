"""Entries of an information matrix by a variable whose law is known: tried one after another."""

from __future__ import annotations

from dataclasses import replace

from sympy import Add, Expr, Integer, Mul, Pow, Rational

from derive.calculus.likelihood.expected_values import (
    Expectation,
    expectation_of,
    rules_of_law,
)
from derive.calculus.likelihood.information_entries import Further
from derive.calculus.likelihood.pivotal_variables import PivotalVariable
from derive.calculus.likelihood.statistical_model import Model, Parameter, Pivot
from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.indexing import depends
from derive.core.walk import mapped, substitute
from derive.errors import DeriveError
from derive.notation.printing.pretty import pretty
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.loading import Rulebook
from derive.rulebook.tactics import Setting
from derive.tables.distribution_table import standard_laws


def through_pivot(model: Model, pivotal: PivotalVariable, rulebook: Rulebook) -> Further:
    """How an entry follows by the change to a variable."""
    if not pivotal.standard:
        return Further(lambda work, pair: _integrated(model, pivotal, work), (pivotal.law,))
    expectation = _expectation(model, pivotal, rulebook)

    def attempt(work: Work, pair: tuple[Parameter, Parameter]) -> Work:
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
    return heads.Expect(_opened(body), setting["variable"])


def _opened(node: Expr) -> Expr:
    """Every sum in a formula multiplied out, so that what cancels is gone."""
    if not node.args or isinstance(node, heads.Lam):
        return node
    node = mapped(node, _opened)
    return multiplied_out(node) if isinstance(node, Add) else node


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
    products = (Mul(term, setting["density"]) for term in Add.make_args(line.args[0]))
    terms = []
    for term in Add.make_args(Add(*map(multiplied_out, products))):
        power, rest = _power_of(term, x)
        if power is None:
            return line
        terms.append(Mul(rest, Pow(length, power + 1), Rational(1, int(power) + 1)))
    return Add(*terms)


def _power_of(term: Expr, x: Expr) -> tuple[Expr | None, Expr]:
    """The power of x in a term, a whole number that is not negative, and the rest."""
    inside = [f for f in Mul.make_args(term) if depends(f, x)]
    rest = Mul(*(f for f in Mul.make_args(term) if not depends(f, x)))
    if not inside:
        return Integer(0), rest
    if len(inside) > 1:
        return None, rest
    base, power = inside[0].as_base_exp() if isinstance(inside[0], Pow) else (inside[0], Integer(1))
    fits = base == x and power.is_Integer and power >= 0
    return (power if fits else None), rest


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
