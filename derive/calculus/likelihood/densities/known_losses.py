"""Whether a loss is one that people know: an entry of the catalogue, but for a constant factor."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, Integer, Mul, Pow

from derive.calculus.cost.equality import agree, same
from derive.calculus.likelihood.densities.links import main_parameter
from derive.calculus.likelihood.densities.statistical_model import Model
from derive.calculus.problem import Problem, problem, unfolded, variable
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.heads import apply
from derive.core.indexing import depends, free_names, root
from derive.core.walk import substitute
from derive.errors import DeriveError
from derive.functions.decisions import assuming
from derive.functions.intervals import interval
from derive.notation.printing.pretty import pretty
from derive.rulebook.loading import Rulebook
from derive.tables.distribution_table import links
from derive.tables.loss_table import entry_for


def known_loss(model: Model, loss: Expr, rulebook: Rulebook, link: str = "",
               ) -> tuple[tuple[str, str], ...]:
    """A remark that names the loss, where the entry of the distribution says which it may be.

    The name is given only if the derivatives of the two by the parameter agree at random points,
    but for a factor that is free of parameter and observation; where no rule shows it, that is
    said.
    """
    names = dict(model.entry.losses) if model.entry is not None else {}
    link = link or next(own.name for own in links() if own.unchanged)
    if link not in names:
        return ()
    parameter = main_parameter(model)
    at, _ = model.at(parameter)
    entry = entry_for(names[link])
    factored = _factor(model, loss, at, problem(entry.name), rulebook)
    if factored is None:
        return ()
    factor, proven = factored
    also = f", also {', '.join(entry.aliases[:2])}" if entry.aliases else ""
    name = f"{entry.title} ({entry.name}{also})"
    others = [p for p in model.parameters if p != parameter and depends(loss, p)]
    sure = "" if proven else "; that the two have the same slope is seen by numbers, not by rules"
    reduced = f" as a function of {pretty(parameter)} alone" if others else ""
    if factor == 1:
        return (("known as", name + reduced + sure),)
    return (("known as", f"{pretty(factor)} times {name}{reduced}; a positive factor moves no "
                         f"minimum{sure}"),)


def _factor(model: Model, loss: Expr, at: Expr, theirs: Problem, rulebook: Rulebook,
            ) -> tuple[Expr, bool] | None:
    """What their loss is multiplied by to be ours, and whether rules show it; None for nothing."""
    specification = theirs.specification
    body = unfolded(specification.loss, specification.definitions)
    place, _ = variable(theirs.wrt, theirs.scope)
    logs = _logarithms(body, loss)
    loss = substitute(loss, {ours: apply("exp", log) for log, ours in logs.items()})
    naming = _naming(body, place, model, loss, at)
    if naming is None:
        return None
    with assuming((*model.positive, *specification.conditions)):
        try:
            ours, known = (Work(heads.Partial(f, at), rulebook).run("gradient").line
                           for f in (loss, substitute(body, naming)))
            ratio = Work(Mul(ours, Pow(known, -1)), rulebook).run("finish").line
        except DeriveError:
            return None
        for factor in (ratio, Integer(1), *_powers_of_scales(loss, root(at), model)):
            fixed = not any(depends(factor, leaf) for leaf in (root(at), *model.observed))
            scaled = Mul(factor, known)
            if fixed and interval(factor).positive and agree(ours, scaled):
                back = {log: apply("log", scale) for log, scale in logs.items()}
                tidy = Work(substitute(factor, back), rulebook).run("standardised").line
                return tidy, same(ours, scaled, rulebook)
    return None


def _powers_of_scales(loss: Expr, variable: Expr, model: Model) -> Iterator[Expr]:
    """1/s and 1/s**2 for the positive numbers s in a loss beside its variable."""
    scales = [n for n in _leaves(loss) if isinstance(n, Variable) and n != variable
              and n.kind.interval.positive and n not in model.observed]
    return (Pow(scale, -n) for n in (1, 2) for scale in scales)


def _logarithms(body: Expr, loss: Expr) -> dict[Expr, Expr]:
    """Their names `log_s` of which we have the s."""
    ours = {n.name: n for n in _leaves(loss)}
    return {n: ours[n.name[4:]] for n in _leaves(body)
            if n.name.startswith("log_") and isinstance(ours.get(n.name[4:]), Variable)}


def _naming(body: Expr, place: Expr, model: Model, loss: Expr, at: Expr) -> dict[Expr, Expr] | None:
    """Our names for theirs: the variable, then equal names, then those of the same kind."""
    ours = [n for n in _leaves(loss) if n != root(at)]
    naming = {root(place): root(at)}
    rest = [n for n in _leaves(body) if n != root(place)]
    for same_name in (True, False):
        for leaf in list(rest):
            for mine in ours:
                fits = mine.name == leaf.name if same_name else (
                    mine.kind.domain == leaf.kind.domain or mine in model.observed)
                if fits and len(mine.kind.shape) == len(leaf.kind.shape):
                    naming[leaf] = mine
                    rest.remove(leaf)
                    ours.remove(mine)
                    break
    return None if rest else naming


def _leaves(node: Expr) -> list[Expr]:
    return sorted((n for n in free_names(node) if isinstance(n, (Variable, Tensor))),
                  key=lambda n: str(n.name))
