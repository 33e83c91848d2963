"""Is a field a gradient? Its Jacobian must be symmetric (Poincaré), derived here by rules."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sympy import Expr, Integer

from derive.calculus.cost.equality import agree, same
from derive.calculus.cost.field import Field
from derive.calculus.formulas import defined
from derive.calculus.gradient.chain_rule import INSERT, inserted
from derive.calculus.gradient.partial_derivative import derivative
from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.factors import difference
from derive.core.kinds import Kind
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.notation.reading.scope import leaf_of
from derive.notation.reading.specification import Definition
from derive.premises import Formal
from derive.rulebook.loading import Rulebook
from derive.rulebook.tactics import Setting


@dataclass(frozen=True)
class Symmetry:
    """The Jacobian ∂g_m/∂z_j, the difference from its transpose, and whether that is zero.

    `symmetric` is True where the rules show it, False where a point shows the contrary, None
    where the numbers agree but no rule shows it.
    """

    jacobian: Derivation
    difference: Derivation
    symmetric: bool | None


def symmetry(field: Field, rulebook: Rulebook) -> Symmetry:
    """Derives the Jacobian of a field and compares it with its transpose."""
    other_at, others, _ = field.elsewhere()
    definition, here = component_name(field)
    both = (*field.indices, *others)
    jacobian = replace(
        derivative(field.posed, field.body, here, other_at, both, rulebook,
                   "Jacobian of the field"),
        definitions=(definition,), formal=Formal(),
        note="A gradient has a symmetric Jacobian. That of the field:")
    there = dict(zip(both, (*others, *field.indices), strict=True))
    work = Work(difference(heads.Partial(here, other_at),
                           heads.Partial(substitute(here, there), field.at)), rulebook)
    work.use(INSERT, inserted(jacobian), "chain")
    work.run("symmetry")
    other = substitute(jacobian.result, there)
    if work.line != 0 and same(jacobian.result, other, rulebook):
        work.use(ZERO_BY_CASES, {}, "symmetry")
    gap = work.derivation(
        "Symmetry of the Jacobian", "symmetry", work.start, jacobian.given, indices=both,
        assumptions=jacobian.assumptions, parts=(jacobian,), definitions=(definition,),
        formal=Formal())
    if gap.result == 0:
        return Symmetry(jacobian, gap, True)
    zero = agree(gap.result, Integer(0), gap.assumptions, gap.obligations)
    return Symmetry(jacobian, gap, None if zero else False)


def _zero(line: Expr, setting: Setting) -> Expr:
    return Integer(0) if same(line, Integer(0), setting.rulebook) else line


ZERO_BY_CASES = stated("zero-by-cases", _zero, Words(
    "The difference is 0 in each of its cases.", "0 in every case", "Case distinction",
    name="zero-in-every-case", to="0"))


def component_name(field: Field) -> tuple[Definition, Expr]:
    """A name for the field, g, and its component g_m."""
    name = field.fresh("g", "f", "h")
    dims = tuple(i.dim for i in field.indices)
    leaf = leaf_of(name, Kind("real", dims))
    return defined(leaf, field.indices, field.body), \
        heads.Element(leaf, *field.indices) if dims else leaf
