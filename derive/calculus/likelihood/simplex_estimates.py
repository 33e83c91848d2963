"""Estimates of probabilities that sum to 1: a Lagrange multiplier, step by step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sympy import Add, Integer, Mul

from derive.calculus.likelihood.statistical_model import Sample
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import depends
from derive.core.kinds import Kind
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.errors import DeriveError
from derive.functions.decisions import assuming
from derive.functions.intervals import interval
from derive.notation.printing.pretty import pretty
from derive.notation.reading.specification import Definition, fresh_indices
from derive.rulebook.loading import Rulebook
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting, Tactic

_MULTIPLIERS = ("lam", "nu", "lambda1")


def on_the_simplex(sample: Sample, whole: Derivation, rulebook: Rulebook) -> tuple[Derivation, ...]:
    """The estimate of a point of the simplex.

    Raises DeriveError where there are further parameters.
    """
    if len(sample.model.parameters) != 1:
        raise DeriveError("one point of the simplex at a time is estimated here; choose one "
                          "parameter with --wrt")
    tensor = sample.model.parameters[0]
    free = Tensor(tensor.name, Kind("nonnegative", tensor.kind.shape))
    taken = (*sample.scope.names, *sample.scope.dims)
    letter = next(c for c in _MULTIPLIERS if c not in taken)
    multiplier = Variable(letter, Kind("positive"))
    indices = fresh_indices(tensor.kind.shape, taken)
    at = heads.Element(free, *indices)
    body = substitute(whole.result, {tensor: free})
    excess = Add(Integer(1), Mul(-1, heads.Sum.over(at, indices[-1])))
    lagrangian = Add(body, Mul(multiplier, excess))
    slope = _slope(sample, lagrangian, at, indices, rulebook)
    entry = _solved(sample, slope.result, at, indices, rulebook,
                    f"It is 0 at the maximum; solved for {pretty(at)}:")
    total = _constraint(sample, entry.result, indices, multiplier, rulebook)
    last = _put_in(entry, multiplier, total, rulebook)
    return (replace(last, parts=(whole, slope, entry, total), given=sample.given,
                    remarks=_concave(slope.result, multiplier, at, sample, rulebook)),)


def _slope(sample: Sample, lagrangian: Any, at: Any, indices: tuple[Any, ...], rulebook: Rulebook,
           ) -> Derivation:
    """The derivative of the Lagrangian by one entry, all entries taken as free."""
    start = heads.Partial(lagrangian, at)
    with assuming(sample.conditions):
        work = Work(start, rulebook).run("again").run("symmetry")
    note = ("The entries sum to 1. A Lagrange multiplier makes them free: the derivative of the "
            "log-likelihood plus the multiplier times (1 − the sum),")
    return Derivation(title="Lagrangian", goal="gradient", given=sample.given,
                      quantity=heads.Partial(Variable("Lagrangian", Kind("real")), at),
                      start=start, steps=tuple(work.steps), original=start, indices=indices,
                      assumptions=sample.conditions, note=note)


def _solved(sample: Sample, body: Any, x: Any, indices: tuple[Any, ...], rulebook: Rulebook,
            note: str) -> Derivation:
    start = heads.Root(body, x)
    with assuming(sample.conditions):
        work = Work(start, rulebook).run("solve")
        if not work.line.has(heads.Root):
            work.run("finish")
    if work.line.has(heads.Root):
        raise DeriveError(f"no rule solves the equation for {pretty(x)}")
    return Derivation(title="Estimate", goal="mle", given=sample.given, quantity=x, start=start,
                      steps=tuple(work.steps), original=start, indices=indices,
                      assumptions=sample.conditions, note=note)


def _constraint(sample: Sample, entry: Any, indices: tuple[Any, ...], multiplier: Any,
                rulebook: Rulebook) -> Derivation:
    """The multiplier, from the sum of the entries."""
    total = entry
    for index in reversed(indices):
        total = heads.Sum.over(total, index)
    body = Add(Integer(1), Mul(-1, total))
    return replace(_solved(sample, body, multiplier, (), rulebook,
                           "Their sum is 1; solved for the multiplier:"), title="Multiplier")


def _put_in(entry: Derivation, multiplier: Any, total: Derivation, rulebook: Rulebook,
            ) -> Derivation:
    value = substitute(entry.result, {multiplier: total.result})
    work = Work(entry.result, rulebook)
    work.use(MULTIPLIER_PUT_IN, {"multiplier": multiplier, "value": total.result}, "finish")
    work.run("finish")
    return replace(entry, start=entry.result, steps=tuple(work.steps), original=value,
                   note="The estimate, with the multiplier put in:",
                   definitions=(Definition(multiplier, (), total.result),))


def _says_put_in(setting: Setting) -> Rule:
    name = pretty(setting["multiplier"])
    return Rule(name="multiplier-put-in", says=f"The multiplier {name} is put in.", from_="e",
                to="e", margin=f"{name} put in", source="Substitution", tactic="multiplier-put-in")


MULTIPLIER_PUT_IN = Tactic("multiplier-put-in", lambda line, setting: substitute(
    line, {setting["multiplier"]: setting["value"]}), _says_put_in)


def _concave(slope: Any, multiplier: Any, at: Any, sample: Sample, rulebook: Rulebook,
             ) -> tuple[tuple[str, str], ...]:
    """That the log-likelihood is a sum of logarithms with weights, where it is one."""
    with assuming(sample.conditions):
        weight = Work(Mul(at, Add(slope, multiplier)), rulebook).run("symmetry").line
    if depends(weight, at) or not interval(weight).nonnegative:
        return (("maximum", "not decided by rules"),)
    return (("maximum", "the log-likelihood is concave in the probabilities: it is a sum of "
                        "logarithms with weights that are not negative"),)
