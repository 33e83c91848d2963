"""The steps of expected values that no pattern states: each a tactic with its parameters."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from sympy import Add, Expr, Integer, Mul, Pow

from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Tensor
from derive.core.factors import difference
from derive.core.indexing import depends
from derive.core.walk import fresh_index, substitute
from derive.errors import DeriveError
from derive.functions.decisions import settled
from derive.notation.printing.pretty import pretty
from derive.rulebook.algebra import multiplied_out, over_common_denominator
from derive.rulebook.equations import spread
from derive.rulebook.measure import measure
from derive.rulebook.tactics import Setting, Tactic
from derive.tables.distribution_table import standard_laws


def _as_fraction(line: Expr, setting: Setting) -> Expr:
    """1/a + 1/b as (a + b) / (a b), where that is not clearly longer."""
    fraction = over_common_denominator(multiplied_out(line))
    return fraction if measure(fraction) <= measure(line) + 1 else line


def _joins(product: Expr) -> bool:
    """Whether exponentials stand beside each other, or beside a sigmoid, which then join."""
    names = [f.args[0].name if isinstance(f, Pow) and isinstance(f.args[0], heads.Apply) else f.name
             for f in product.args if isinstance(f, heads.Apply) or (
                 isinstance(f, Pow) and isinstance(f.args[0], heads.Apply))]
    return names.count("exp") > 1 or {"exp", "sigmoid"} <= set(names)


def _value_apart(node: Expr, setting: Setting) -> Expr:
    """E[f if y == c else g] as the difference at c, times its probability, and E[g]."""
    body, y = node.args
    if not (isinstance(body, heads.Cond) and isinstance(body.args[0], heads.Equal)
            and y in body.args[0].args) or isinstance(y, Tensor):
        return node
    (value,) = (a for a in body.args[0].args if a != y)
    yes, no = body.args[1:]
    gap = difference(substitute(yes, {y: value}), substitute(no, {y: value}))
    indicator = heads.Cond(body.args[0], Integer(1), Integer(0))
    return node if body == indicator else \
        Add(Mul(gap, heads.Expect(indicator, y)), heads.Expect(no, y))


def _multiply_out(node: Expr, setting: Setting) -> Expr:
    flat = Work(spread(node.args[0], setting["variable"]), setting.rulebook)
    if any(map(_joins, flat.line.atoms(Mul))):
        flat.stage("fold")
    return heads.Expect(flat.line, setting["variable"])


_OF_ODD = {"abs": 1, "sign": -1}  # what functions make of an odd one


def _values(node: Expr, setting: Setting) -> Expr:
    """The sum of the few values of a label or a binary observation times their probabilities."""
    y, body = setting["variable"], Mul(setting["density"], node.args[0])
    if y != node.args[1] or y.kind.domain not in ("label", "binary"):
        return node
    if y.kind.domain == "binary":
        return Add(*(settled(substitute(body, {y: Integer(v)})) for v in (0, 1)))
    index = fresh_index(y.kind.over, body)
    return heads.Sum.over(substitute(body, {y: index}), index)


def _changed(node: Expr, setting: Setting) -> Expr:
    """The observation in terms of a variable whose law is free of the parameters."""
    if node.args[1] != setting["observed"]:
        return node
    body = substitute(node.args[0], {setting["observed"]: setting["value"]})
    tidy = Work(body, setting.rulebook).run(setting["strategy"]).line
    return heads.Expect(tidy, setting["variable"])


def _odd(node: Expr, setting: Setting) -> Expr:
    """0 for an odd function under a law that is symmetric about 0."""
    leaf = setting["variable"]
    if not standard_laws()[setting["law"]].even or node.args[1] != leaf:
        return node
    if _parity(node.args[0], leaf) == -1:
        return Integer(0)
    mirrored = substitute(node.args[0], {leaf: Mul(-1, leaf)})
    try:
        gap = Work(Add(node.args[0], mirrored), setting.rulebook).run("finish").line
    except DeriveError:
        return node
    return Integer(0) if gap == 0 else node


def _parity(node: Expr, leaf: Expr) -> int | None:
    """1 for an even function of a leaf, -1 for an odd one, as it is built; None for others."""
    if node == leaf:
        return -1
    if not depends(node, leaf):
        return 1
    if isinstance(node, (Mul, Add)):
        return _parity_of_terms(node, leaf)
    if isinstance(node, Pow) and not depends(node.args[1], leaf):
        return _parity_of_power(_parity(node.args[0], leaf), node.args[1])
    if isinstance(node, heads.Apply):
        inner = [_parity(a, leaf) for a in node.args[1:]]
        if inner == [-1]:
            return _OF_ODD.get(node.name)
        return 1 if {*inner} == {1} else None
    return None


def _parity_of_terms(node: Expr, leaf: Expr) -> int | None:
    """The parity of a product, the product of those of its factors; of a sum, that of all terms."""
    parts = [p for p in (_parity(a, leaf) for a in node.args) if p is not None]
    if len(parts) < len(node.args) or (isinstance(node, Add) and len(set(parts)) > 1):
        return None
    return prod(parts) if isinstance(node, Mul) else parts[0]


def _parity_of_power(base: int | None, power: Expr) -> int | None:
    """The parity of a power whose base has one."""
    if base != -1:
        return base
    if not power.is_Integer:
        return None
    return -1 if power % 2 else 1


def _changing(setting: Setting) -> Words:
    margin = f"{pretty(setting['observed'])} = {pretty(setting['value'])}"
    return Words(f"{margin}, where {standard_laws()[setting['law']].says}.", margin,
                 "Expected values")


def _step(apply: Callable[[Expr, Setting], Expr], margin: str, says: str, name: str = "",
          ) -> Tactic:
    """A step whose words do not depend on its parameters."""
    name = name or margin.replace(",", "").replace(" ", "-")
    return stated(name, apply, Words(says, margin, "Expected values"))


VALUE_APART = _step(_value_apart, "one value apart",
                    "A value that is treated apart counts with its probability.")
MULTIPLY_OUT = _step(_multiply_out, "multiply out", "Products are multiplied out.",
                     "multiply-out-expected")
VALUES = _step(_values, "values times probabilities",
               "The expected value is the sum of all values times their probabilities.")
CHANGE_OF_VARIABLE = stated("change-of-variable", _changed, _changing)
ODD = _step(_odd, "odd function, symmetric law",
            "The expected value of an odd function is 0 under a law that is symmetric about 0.")
AS_FRACTION = _step(_as_fraction, "one fraction", "The terms as one fraction.")
