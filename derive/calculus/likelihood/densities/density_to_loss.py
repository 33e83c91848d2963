"""From a density to the loss: likelihood, logarithm, sign, mean, and what moves no minimum."""

from __future__ import annotations

from dataclasses import replace

from sympy import Add, Expr, Integer, Mul, Pow

from derive.argument_kinds import DENSITY, Names, Target
from derive.calculus.asking import on_record
from derive.calculus.formulas import bracket_terms, free_name
from derive.calculus.likelihood.densities.density_checks import checked_model, with_caution
from derive.calculus.likelihood.densities.known_losses import known_loss
from derive.calculus.likelihood.densities.links import Linked, canonical_link, linked
from derive.calculus.likelihood.densities.statistical_model import (
    Model,
    Sample,
    joined_names,
    sample_of,
)
from derive.calculus.likelihood.recognition.recognised_law import (
    RecognisedLaw,
    recognised,
    with_law,
)
from derive.calculus.likelihood.statements.conditional_entries import beside
from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Variable
from derive.core.heads import apply
from derive.core.indexing import depends, root
from derive.core.kinds import Kind
from derive.derivation import Derivation
from derive.functions.decisions import assuming
from derive.judge.rules.user_functions import Functions
from derive.notation.printing.pretty import pretty
from derive.notation.reading.declaration_lines import Given
from derive.public_arguments import public
from derive.rulebook.equations import split_sums
from derive.rulebook.loading import Rulebook, Rules
from derive.rulebook.measure import measure
from derive.rulebook.tactics import Setting
from derive.tables.distribution_table import distribution_for

_LOSS = Variable("loss", Kind("real"))
_NOTE_PRODUCT = ("Independent observations: the likelihood of all is the product of their "
                 "{what}.")
_NOTE_LOG = ("A product of many small numbers is awkward. The logarithm makes a sum of it without "
             "moving its maximum, the minus sign makes the maximum a minimum, and the mean does "
             "not grow with {dim}.")
_NOTE_TERM = "One term of the mean, the loss of one observation, as a function of {parameters}:"


@public(target=DENSITY)
@on_record
def nll(target: Target, *, given: Given = (), wrt: Names = None,
        link: str | None = None, observed: str | None = None,
          prior: Names = None, weights: str | None = None, rules: Rules = None,
        functions: Functions | None = None,
        ) -> Derivation:
    """From a distribution to its loss, the negative log-likelihood of one observation.

    `target` is a name of `derive distributions`, or a density with `given` declarations; `wrt`
    names the parameters in question (the others are constants); `link` puts a network's output z
    through a link (its name, `NAME=LINK` for a certain parameter, or `canonical`); `observed`
    names what is observed, where that is not y. `prior` is the law of a parameter of a regression
    (`"b ~ NAME(0, t)"`), `weights` the name of how often each of its observations counts;
    `rules` and `functions` are the user's, as for `grad`. What does not depend on the parameters
    is left out. Raises DeriveError.

    >>> derive.nll("lam*exp(-lam*y)", given="lam: positive; y: positive").notation
    'lam * y - log(lam)'
    """
    model, rulebook = checked_model(target, given, wrt, observed, functions, rules,
                                    beside(link, prior, weights))
    if model.joint:
        return _joint_loss(model, rulebook)
    law = recognised(model, rulebook)
    loss = _sample_loss(model, link, law, rulebook)
    return with_law(loss, model, law, rulebook)


def _sample_loss(model: Model, link: str | None, law: RecognisedLaw | None, rulebook: Rulebook,
                 ) -> Derivation:
    """The loss of one of several independent observations."""
    sample = sample_of(model)
    parts = _of_the_sample(sample, rulebook)
    main = _observation_loss(model, rulebook)
    through = linked(model, link, rulebook) if link else None
    if through is None:
        remarks = (*_left_out(main), *known_loss(model, main.result, rulebook),
                   *_known_by_law(model, law, main.result, rulebook),
                   *canonical_link(model, rulebook))
        main = replace(main, parts=parts, remarks=remarks, typed=model.typed)
        return with_caution(model, main)
    return with_caution(model, _through_link(model, through, main, parts, rulebook))


def _known_by_law(model: Model, law: RecognisedLaw | None, loss: Expr, rulebook: Rulebook,
                  ) -> tuple[tuple[str, str], ...]:
    """A remark that names the loss of a recognised density, through any link of the entry."""
    if law is None:
        return ()
    entry, values = distribution_for(law.name), dict(law.values)
    main = entry.of or next(iter(values))
    ordered = sorted(model.parameters, key=lambda p: not depends(values[main], p))
    named = replace(model, entry=entry, parameters=tuple(ordered))
    remarks = (known_loss(named, loss, rulebook, link) for link, _ in entry.losses)
    return next(filter(None, remarks), ())


def _joint_loss(model: Model, rulebook: Rulebook) -> Derivation:
    """The loss of a likelihood that is no product over independent observations."""
    main = _observation_loss(model, rulebook)
    note = "The negative logarithm of the likelihood of the whole sample:"
    return replace(main, note=note, typed=model.typed, remarks=(
        *_left_out(main), *known_loss(model, main.result, rulebook)))


def _of_the_sample(sample: Sample, rulebook: Rulebook) -> tuple[Derivation, Derivation]:
    """The likelihood L, the product of the densities, and -log(L)/N as the mean of the losses."""
    density = sample.nth(sample.model.density)
    discrete = not sample.model.observed[0].kind.differentiable
    name = likelihood_name(sample)
    product = heads.Product.over(density, sample.index)
    mean = Mul(Integer(-1), Pow(sample.dim, -1))
    work = Work(Mul(mean, apply("log", product)), rulebook)
    inside = (*sample.conditions,  # of the support, where the density is positive
              heads.Less(Integer(0), heads.Minimum.over(density, sample.index)))
    with assuming(inside):
        work.once("prepare")
    return Work(product, rulebook).derivation(
        "Likelihood", "likelihood", name, sample.given, assumptions=inside,
        note=_NOTE_PRODUCT.format(what="probabilities" if discrete else "densities"),
    ), work.derivation(
        "Mean negative log-likelihood", "likelihood", Mul(mean, apply("log", name)), sample.given,
        assumptions=inside, note=_NOTE_LOG.format(dim=sample.dim))


def likelihood_name(sample: Sample) -> Variable:
    """The name of the likelihood, one that nothing else has."""
    taken = {*sample.scope.names, *sample.scope.dims}
    return Variable(free_name(taken, "L", "Lik", "Like"), Kind("positive"))


def _loss_work(model: Model, rulebook: Rulebook) -> Work:
    """-log p taken apart, without the terms that are free of the parameters.

    It is tidied, or multiplied out, only if that makes it clearly shorter.
    """
    work = Work(Mul(-1, apply("log", model.density)), rulebook)
    with assuming(model.positive):
        work.run("likelihood")
        work.use(LEAVE_OUT, {"parameters": model.parameters}, "drop")
        for strategy in ("outspread", "finish"):
            trial = work.copy().run(strategy)
            if measure(trial.line) <= measure(work.line) - 1:
                work = trial
        work.use(LEAVE_OUT, {"parameters": model.parameters}, "drop")
        trial = work.copy()
        if trial.use(TERM_BY_TERM, {}, "drop") and (trial.use(
                LEAVE_OUT, {"parameters": model.parameters}, "drop") or model.joint):
            work = trial.run("finish")
    return work


def _observation_loss(model: Model, rulebook: Rulebook) -> Derivation:
    """The loss of one observation, as a function of the parameters."""
    work = _loss_work(model, rulebook)
    return work.derivation(
        f"{model.title}: negative log-likelihood", "nll", _LOSS, model.given,
        assumptions=model.positive, modulo=model.parameters, source=model.source,
        domain=model.domain, note=_NOTE_TERM.format(parameters=joined_names(model.parameters)))


def _leave_out(line: Expr, setting: Setting) -> Expr:
    """The line without the terms that are free of the parameters."""
    kept = [t for t in _terms(line) if any(depends(t, p) for p in setting["parameters"])]
    return line if len(kept) == len(_terms(line)) else Add(*kept)


def _leaving_out(setting: Setting) -> Words:
    names = joined_names(setting["parameters"])
    return Words(f"A term that does not depend on {names} has the derivative 0 by it: it moves no "
                 "minimum and is left out.", f"terms without {names} left out", "Calculus",
                 "free-of-the-parameters")


LEAVE_OUT = stated("leave-out", _leave_out, _leaving_out)
TERM_BY_TERM = stated("sum-term-by-term", lambda line, _: split_sums(line), Words(
    "The sum of several terms is the sum of each.", "sum term by term", "Distributive law"))


def _terms(line: Expr) -> tuple[Expr, ...]:
    """The terms of a line; those of a bracket too, where all of the line is a multiple of one."""
    return bracket_terms(line) or tuple(Add.make_args(line))


def _left_out(main: Derivation) -> tuple[tuple[str, str], ...]:
    """What was left out, as a remark with the reason."""
    own = main.modulo if isinstance(main.modulo, tuple) else ()
    for step in main.steps:
        if step.rule.name == "free-of-the-parameters":
            dropped = Add(*(t for t in _terms(step.before)
                            if not any(depends(t, p) for p in own)))
            names = joined_names(own)
            return (("left out", f"{pretty(dropped, main.reserved)}: without {names}, so it moves "
                                 "no minimum"),)
    return ()


def _through_link(before: Model, through: Linked, main: Derivation, parts: tuple[Derivation, ...],
                  rulebook: Rulebook) -> Derivation:
    """The loss in terms of a network's output."""
    model = through.model
    work = _loss_work(model, rulebook)
    names = joined_names((through.output, *through.others))
    note = (f"A network's output {pretty(root(through.output))} through the {through.link.title} "
            f"link, {pretty(through.place)} = {pretty(through.inverse)}; the loss as a function of "
            f"{names}:")
    last = replace(
        main, title=f"{model.title}: negative log-likelihood with the {through.link.title} link",
        start=work.start, original=work.start, steps=tuple(work.steps), note=note,
        modulo=model.parameters,
        assumptions=model.positive, given=model.given)
    remarks = (("link", f"{through.link.title}, {pretty(through.output)} = "
                        f"{pretty(through.forward)}"),
               *_left_out(last), *known_loss(model, last.result, rulebook, through.link.name),
               *canonical_link(before, rulebook))
    return replace(last, parts=(*parts, main), remarks=remarks, typed=through.typed)
