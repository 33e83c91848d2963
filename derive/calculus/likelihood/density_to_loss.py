"""From a density to the loss: likelihood, logarithm, sign, mean, and what moves no minimum."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sympy import Add, Integer, Mul, Pow

from derive.calculus.asking import on_record
from derive.calculus.likelihood.density_checks import check_density
from derive.calculus.likelihood.known_losses import known_loss
from derive.calculus.likelihood.links import Linked, canonical_link, linked
from derive.calculus.likelihood.statistical_model import (
    Model,
    Sample,
    joined_names,
    read_model,
    sample_of,
)
from derive.calculus.problem import with_unknown
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Variable
from derive.core.heads import apply
from derive.core.indexing import depends, exact, root
from derive.core.kinds import Kind
from derive.derivation import Derivation
from derive.functions.decisions import assuming
from derive.judge.rules.user_functions import Functions, function_table
from derive.notation.printing.pretty import pretty
from derive.rulebook.loading import Rulebook, standard_rulebook
from derive.rulebook.measure import measure
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting, Tactic

Given = str | Iterable[str]
_LOSS = Variable("loss", Kind("real"))
_NOTE_PRODUCT = ("Independent observations: the likelihood of all is the product of their "
                 "{what}.")
_NOTE_LOG = ("A product of many small numbers is awkward. The logarithm makes a sum of it without "
             "moving its maximum, the minus sign makes the maximum a minimum, and the mean does "
             "not grow with {dim}.")
_NOTE_ONE = "One term of the mean, the loss of one observation, as a function of {parameters}:"


@on_record
@exact
def nll(target: str, *, given: Given = (), wrt: str | Iterable[str] | None = None,
        link: str | None = None, observed: str | None = None, rules: Rulebook | None = None,
        functions: Functions | None = None,
        ) -> Derivation:
    """From a distribution to its loss, the negative log-likelihood of one observation.

    `target` is a name of `derive distributions`, or a density with `given` declarations; `wrt`
    names the parameters in question (the others are constants); `link` puts a network's output z
    through a link (its name, `NAME=LINK` for a certain parameter, or `canonical`). What does
    not depend on the parameters is left out. Raises DeriveError.
    """
    model = read_model(target, given, wrt, observed, function_table(functions))
    rulebook = with_unknown(rules or standard_rulebook(), model.scope)
    check_density(model)
    if model.whole:
        return _whole_sample(model, rulebook)
    sample = sample_of(model)
    parts = (_likelihood(sample), _mean(sample, rulebook))
    main = _one_observation(model, rulebook, _loss_work(model, rulebook))
    found = linked(model, link, rulebook) if link else None
    if found is None:
        remarks = (*_left_out(main), *known_loss(model, main.result, rulebook),
                   *canonical_link(model, rulebook))
        return replace(main, parts=parts, remarks=remarks, typed=model.typed)
    return _through_link(model, found, main, parts, rulebook)


def _whole_sample(model: Model, rulebook: Rulebook) -> Derivation:
    """The loss of a likelihood that is no product over independent observations."""
    main = _one_observation(model, rulebook, _loss_work(model, rulebook))
    note = "The negative logarithm of the likelihood of the whole sample:"
    return replace(main, note=note, typed=model.typed, remarks=(
        *_left_out(main), *known_loss(model, main.result, rulebook)))


def _likelihood(sample: Sample) -> Derivation:
    """L, the product of the densities."""
    model = sample.model
    body = heads.Product.over(sample.nth(model.density), sample.index)
    discrete = not model.observed[0].kind.differentiable
    note = _NOTE_PRODUCT.format(what="probabilities" if discrete else "densities")
    return _of_the_sample(sample, "Likelihood", likelihood_name(sample), body, (), note)


def likelihood_name(sample: Sample) -> Variable:
    """The name of the likelihood, one that nothing else has."""
    taken = {*sample.scope.names, *sample.scope.dims}
    return Variable(next(c for c in ("L", "Lik", "Like") if c not in taken), Kind("positive"))


def _mean(sample: Sample, rulebook: Rulebook) -> Derivation:
    """-log(L)/N as the mean of the losses."""
    below = Mul(Integer(-1), Pow(sample.dim, -1))
    name = likelihood_name(sample)
    body = heads.Product.over(sample.nth(sample.model.density), sample.index)
    start = Mul(below, apply("log", body))
    work = Work(start, rulebook)
    with assuming(_inside(sample)):
        work.once("prepare")
    return _of_the_sample(sample, "Mean negative log-likelihood", Mul(below, apply("log", name)),
                          start, tuple(work.steps), _NOTE_LOG.format(dim=sample.dim))


def _inside(sample: Sample) -> tuple[Any, ...]:
    """That every observation lies within the support, where its density is positive."""
    density = sample.nth(sample.model.density)
    return (*sample.conditions, heads.Less(Integer(0), heads.Minimum.over(density, sample.index)))


def _of_the_sample(sample: Sample, title: str, quantity: Any, start: Any, steps: tuple[Any, ...],
                   note: str) -> Derivation:
    return Derivation(
        title=title, goal="likelihood", given=sample.given, quantity=quantity, start=start,
        steps=steps, original=start, assumptions=_inside(sample), note=note)


def _loss_work(model: Model, rulebook: Rulebook) -> Work:
    """-log p taken apart, without the terms that are free of the parameters.

    It is tidied, or multiplied out, only if that makes it clearly shorter.
    """
    work = Work(_start(model), rulebook)
    with assuming(model.positive):
        work.run("likelihood")
        work.use(LEAVE_OUT, {"parameters": model.parameters}, "drop")
        for strategy in ("outspread", "finish"):
            trial = Work(work.line, rulebook, list(work.steps), work.round).run(strategy)
            if measure(trial.line) <= measure(work.line) - 1:
                work = trial
        work.use(LEAVE_OUT, {"parameters": model.parameters}, "drop")
    return work


def _one_observation(model: Model, rulebook: Rulebook, work: Work) -> Derivation:
    names = joined_names(model.parameters)
    start = _start(model)
    return Derivation(
        title=f"{model.title}: negative log-likelihood", goal="nll", given=model.given,
        quantity=_LOSS, start=start, original=start, steps=tuple(work.steps),
        assumptions=model.positive, modulo=model.parameters, source=model.source,
        domain=model.domain,
        note=_NOTE_ONE.format(parameters=names))


def _start(model: Model) -> Any:
    return Mul(-1, apply("log", model.density))


def _leave_out(line: Any, setting: Setting) -> Any:
    """The line without the terms that are free of the parameters."""
    kept = [t for t in _terms(line) if any(depends(t, p) for p in setting["parameters"])]
    return line if len(kept) == len(_terms(line)) else Add(*kept)


def _leaving_out(setting: Setting) -> Rule:
    names = joined_names(setting["parameters"])
    return Rule(
        name="free-of-the-parameters", from_="e", to="e", tactic="leave-out", source="Calculus",
        says=f"A term that does not depend on {names} has the derivative 0 by it: it moves no "
             "minimum and is left out.",
        margin=f"terms without {names} left out")


LEAVE_OUT = Tactic("leave-out", _leave_out, _leaving_out)


def _terms(line: Any) -> tuple[Any, ...]:
    """The terms of a line; those of a bracket too, where all of the line is a multiple of one."""
    brackets = [f for f in Mul.make_args(line) if isinstance(f, Add)]
    if len(brackets) != 1:
        return tuple(Add.make_args(line))
    rest = Mul(*(f for f in Mul.make_args(line) if f is not brackets[0]))
    return tuple(Mul(rest, t) for t in brackets[0].args)


def _left_out(main: Derivation) -> tuple[tuple[str, str], ...]:
    """What was left out, as a remark with the reason."""
    own = main.modulo if isinstance(main.modulo, tuple) else ()
    for step in main.steps:
        if step.rule.name == "free-of-the-parameters":
            gone = Add(*(t for t in _terms(step.before)
                         if not any(depends(t, p) for p in own)))
            names = joined_names(own)
            return (("left out", f"{pretty(gone, main.reserved)}: without {names}, so it moves no "
                                 "minimum"),)
    return ()


def _through_link(before: Model, found: Linked, main: Derivation, parts: tuple[Derivation, ...],
                  rulebook: Rulebook) -> Derivation:
    """The loss in terms of a network's output."""
    model = found.model
    work = _loss_work(model, rulebook)
    start = _start(model)
    names = joined_names((found.output, *found.others))
    note = (f"A network's output {pretty(root(found.output))} through the {found.link.title} "
            f"link, {pretty(found.place)} = {pretty(found.inverse)}; the loss as a function of "
            f"{names}:")
    last = replace(
        main, title=f"{model.title}: negative log-likelihood with the {found.link.title} link",
        start=start, original=start, steps=tuple(work.steps), modulo=model.parameters, note=note,
        assumptions=model.positive, given=model.given)
    remarks = (("link", f"{found.link.title}, {pretty(found.output)} = "
                        f"{pretty(found.forward)}"),
               *_left_out(last), *known_loss(model, last.result, rulebook, found.link.name),
               *canonical_link(before, rulebook))
    return replace(last, parts=(*parts, main), remarks=remarks, typed=found.typed)
