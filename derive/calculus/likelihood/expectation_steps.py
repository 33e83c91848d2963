"""The steps of expected values that no pattern states: each a tactic with its parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Add, Integer, Mul, Pow

from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Tensor
from derive.core.walk import fresh_index, substitute
from derive.errors import DeriveError
from derive.functions.decisions import settled
from derive.notation.printing.pretty import pretty
from derive.rulebook.algebra import multiplied_out, over_common_denominator
from derive.rulebook.equations import spread
from derive.rulebook.measure import measure
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting, Tactic
from derive.tables.distribution_table import standard_laws


def _one_fraction(line: Any, setting: Setting) -> Any:
    """1/a + 1/b as (a + b) / (a b), where that is not clearly longer."""
    fraction = over_common_denominator(multiplied_out(line))
    return fraction if measure(fraction) <= measure(line) + 1 else line


def _joins(product: Any) -> bool:
    """Whether exponentials stand beside each other, or beside a sigmoid, which then join."""
    names = [f.args[0].name if isinstance(f, Pow) and isinstance(f.args[0], heads.Apply) else f.name
             for f in product.args if isinstance(f, heads.Apply) or (
                 isinstance(f, Pow) and isinstance(f.args[0], heads.Apply))]
    return names.count("exp") > 1 or {"exp", "sigmoid"} <= set(names)


def _value_apart(node: Any, setting: Setting) -> Any:
    """E[f if y == c else g] as the difference at c, times its probability, and E[g]."""
    body, y = node.args
    if not (isinstance(body, heads.Cond) and isinstance(body.args[0], heads.Equal)
            and y in body.args[0].args) or isinstance(y, Tensor):
        return node
    (value,) = (a for a in body.args[0].args if a != y)
    yes, no = body.args[1:]
    gap = Add(*(Mul(sign, substitute(one, {y: value})) for sign, one in ((1, yes), (-1, no))))
    one = heads.Cond(body.args[0], Integer(1), Integer(0))
    return node if body == one else Add(Mul(gap, heads.Expect(one, y)), heads.Expect(no, y))


def _multiply_out(node: Any, setting: Setting) -> Any:
    flat = Work(spread(node.args[0], setting["variable"]), setting.rulebook)
    if any(map(_joins, flat.line.atoms(Mul))):
        flat.stage("fold")
    return heads.Expect(flat.line, setting["variable"])


def _values(node: Any, setting: Setting) -> Any:
    """The sum of the few values of a label or a binary observation times their probabilities."""
    y, body = setting["variable"], Mul(setting["density"], node.args[0])
    if y != node.args[1] or y.kind.domain not in ("label", "binary"):
        return node
    if y.kind.domain == "binary":
        return Add(*(settled(substitute(body, {y: Integer(v)})) for v in (0, 1)))
    index = fresh_index(y.kind.over, body)
    return heads.Sum.over(substitute(body, {y: index}), index)


def _changed(node: Any, setting: Setting) -> Any:
    """The observation in terms of a variable whose law is free of the parameters."""
    if node.args[1] != setting["observed"]:
        return node
    body = substitute(node.args[0], {setting["observed"]: setting["value"]})
    tidy = Work(body, setting.rulebook).run(setting["strategy"]).line
    return heads.Expect(tidy, setting["variable"])


def _odd(node: Any, setting: Setting) -> Any:
    """0 for an odd function under a law that is symmetric about 0."""
    leaf = setting["variable"]
    if not standard_laws()[setting["law"]].even or node.args[1] != leaf:
        return node
    mirrored = substitute(node.args[0], {leaf: Mul(-1, leaf)})
    try:
        gap = Work(Add(node.args[0], mirrored), setting.rulebook).run("finish").line
    except DeriveError:
        return node
    return Integer(0) if gap == 0 else node


def _changing(setting: Setting) -> Rule:
    margin = f"{pretty(setting['observed'])} = {pretty(setting['value'])}"
    return Rule(name="change-of-variable", margin=margin, from_="e", to="e",
                says=f"{margin}, where {standard_laws()[setting['law']].says}.",
                source="Expected values", tactic="change-of-variable")


def _stated(margin: str, says: str, name: str = "") -> Callable[[Setting], Rule]:
    """The rule of a step whose words do not depend on its parameters."""
    name = name or margin.replace(",", "").replace(" ", "-")
    return lambda setting: Rule(name=name, says=says, from_="e", to="e", margin=margin,
                                source="Expected values", tactic=name)


VALUE_APART = Tactic("one-value-apart", _value_apart, _stated(
    "one value apart", "A value that is treated apart counts with its probability."))
MULTIPLY_OUT = Tactic("multiply-out-expected", _multiply_out, _stated(
    "multiply out", "Products are multiplied out.", "multiply-out-expected"))
VALUES = Tactic("values-times-probabilities", _values, _stated(
    "values times probabilities",
    "The expected value is the sum of all values times their probabilities."))
CHANGE_OF_VARIABLE = Tactic("change-of-variable", _changed, _changing)
ODD = Tactic("odd-function-symmetric-law", _odd, _stated(
    "odd function, symmetric law",
    "The expected value of an odd function is 0 under a law that is symmetric about 0."))
ONE_FRACTION = Tactic("one-fraction", _one_fraction, _stated(
    "one fraction", "The terms as one fraction."))
