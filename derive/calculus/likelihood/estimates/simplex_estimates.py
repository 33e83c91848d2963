"""Estimates of probabilities that sum to 1: a Lagrange multiplier, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sympy import Add, Expr, Integer, Mul

from derive.calculus.formulas import free_name, summed
from derive.calculus.likelihood.densities.statistical_model import Sample
from derive.calculus.likelihood.estimates.likelihood_equations import definition_of, root_work
from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Index, Tensor, Variable
from derive.core.factors import difference
from derive.core.indexing import depends
from derive.core.kinds import Kind
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.errors import DeriveError
from derive.functions.decisions import assuming
from derive.functions.intervals import interval
from derive.notation.printing.pretty import pretty
from derive.notation.reading.specification import fresh_indices
from derive.rulebook.loading import Rulebook
from derive.rulebook.tactics import Setting

_MULTIPLIERS = ("lam", "nu", "lambda1")


def on_the_simplex(sample: Sample, logarithm: Derivation, rulebook: Rulebook,
                   ) -> tuple[Derivation, ...]:
    """The estimate of a point of the simplex, from the log-likelihood of a sample.

    Raises DeriveError where there are further parameters.
    """
    if len(sample.model.parameters) != 1:
        raise DeriveError("one point of the simplex at a time is estimated here; choose one "
                          "parameter with --wrt")
    tensor = sample.model.parameters[0]
    free = Tensor(tensor.name, Kind("nonnegative", tensor.kind.shape))
    taken = (*sample.scope.names, *sample.scope.dims)
    indices = fresh_indices(tensor.kind.shape, taken)
    at = heads.Element(free, *indices)
    *rows, entries = indices
    multiplier = _multiplier(free_name(taken, *_MULTIPLIERS), rows)
    excess = difference(Integer(1), heads.Sum.over(at, entries))
    lagrangian = Add(substitute(logarithm.result, {tensor: free}),
                     summed(Mul(multiplier, excess), rows))
    slope = _slope(sample, lagrangian, at, indices, rulebook)
    entry = _solved(sample, slope.result, at, "Estimate",
                    f"It is 0 at the maximum; solved for {pretty(at)}:", rulebook)
    rest = difference(Integer(1), heads.Sum.over(entry.result, entries))
    total = _solved(sample, rest, multiplier, "Multiplier",
                    "Their sum is 1; solved for the multiplier:", rulebook)
    last = _put_in(entry, multiplier, total, rulebook)
    return (replace(last, parts=(logarithm, slope, entry, total), given=sample.given,
                    remarks=_concave(slope.result, multiplier, at, sample, rulebook)),)


def _multiplier(name: str, rows: Sequence[Index]) -> Expr:
    """The multiplier; of several points of the simplex, that of each row."""
    if not rows:
        return Variable(name, Kind("positive"))
    return heads.Element(Tensor(name, Kind("positive", tuple(i.dim for i in rows))), *rows)


def _slope(sample: Sample, lagrangian: Expr, at: Expr, indices: tuple[Index, ...],
           rulebook: Rulebook) -> Derivation:
    """The derivative of the Lagrangian by one entry, all entries taken as free."""
    with assuming(sample.conditions):
        work = Work(heads.Partial(lagrangian, at), rulebook).run("again").run("symmetry")
    return work.derivation(
        "Lagrangian", "gradient", heads.Partial(Variable("Lagrangian", Kind("real")), at),
        sample.given, indices=indices, assumptions=sample.conditions,
        note="The entries sum to 1. A Lagrange multiplier makes them free: the derivative of the "
             "log-likelihood plus the multiplier times (1 − the sum),")


def _solved(sample: Sample, body: Expr, x: Expr, title: str, note: str, rulebook: Rulebook,
            ) -> Derivation:
    """The x at which a formula is 0. Raises DeriveError where no rule gives it."""
    work, closed = root_work(sample, heads.Root(body, x), rulebook)
    if not closed:
        raise DeriveError(f"no rule solves the equation for {pretty(x)}")
    return work.derivation(title, "mle", x, sample.given, assumptions=sample.conditions, note=note,
                           indices=tuple(x.indices) if isinstance(x, heads.Element) else ())


def _put_in(entry: Derivation, multiplier: Expr, total: Derivation, rulebook: Rulebook,
            ) -> Derivation:
    """The estimate with the multiplier put in."""
    work = Work(entry.result, rulebook)
    work.use(MULTIPLIER_PUT_IN, {"multiplier": multiplier, "value": total.result}, "finish")
    work.run("finish")
    return replace(entry, start=entry.result, steps=tuple(work.steps),
                   original=substitute(entry.result, {multiplier: total.result}),
                   note="The estimate, with the multiplier put in:",
                   definitions=(definition_of(multiplier, total.result),))


def _put_in_words(setting: Setting) -> Words:
    name = pretty(setting["multiplier"])
    return Words(f"The multiplier {name} is put in.", f"{name} put in", "Substitution")


MULTIPLIER_PUT_IN = stated("multiplier-put-in", lambda line, setting: substitute(
    line, {setting["multiplier"]: setting["value"]}), _put_in_words)


def _concave(slope: Expr, multiplier: Expr, at: Expr, sample: Sample, rulebook: Rulebook,
             ) -> tuple[tuple[str, str], ...]:
    """That the log-likelihood is a sum of logarithms with weights, where it is one."""
    with assuming(sample.conditions):
        weight = Work(Mul(at, Add(slope, multiplier)), rulebook).run("symmetry").line
    if depends(weight, at) or not interval(weight).nonnegative:
        return (("maximum", "not decided by rules"),)
    return (("maximum", "the log-likelihood is concave in the probabilities: it is a sum of "
                        "logarithms with weights that are not negative"),)
