"""Whether a loss is one that people know: an entry of the catalogue, but for a constant factor."""

from __future__ import annotations

from typing import Any

from sympy import Integer, Mul, Pow

from derive.calculus.cost.equality import agree, same
from derive.calculus.likelihood.links import main_parameter
from derive.calculus.likelihood.statistical_model import Model
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


def known_loss(model: Model, loss: Any, rulebook: Rulebook, link: str = "",
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
    found = _factor(model, loss, at, problem(entry.name), rulebook)
    if found is None:
        return ()
    factor, proven = found
    also = f", also {', '.join(entry.aliases[:2])}" if entry.aliases else ""
    name = f"{entry.title} ({entry.name}{also})"
    others = [p for p in model.parameters if p != parameter and depends(loss, p)]
    sure = "" if proven else "; that the two have the same slope is seen by numbers, not by rules"
    held = f" as a function of {pretty(parameter)} alone" if others else ""
    if factor == 1:
        return (("known as", name + held + sure),)
    return (("known as", f"{pretty(factor)} times {name}{held}; a positive factor moves no "
                         f"minimum{sure}"),)


def _factor(model: Model, loss: Any, at: Any, theirs: Problem, rulebook: Rulebook,
            ) -> tuple[Any, bool] | None:
    """What their loss is multiplied by to be ours, and whether rules show it; None for nothing."""
    specification = theirs.specification
    body = unfolded(specification.loss, specification.definitions)
    place, _ = variable(theirs.wrt, theirs.scope)
    logs = _logarithms(body, loss)
    loss = substitute(loss, {ours: apply("exp", log) for log, ours in logs.items()})
    naming = _naming(body, place, model, loss, at)
    if naming is None:
        return None
    body = substitute(body, naming)
    with assuming((*model.positive, *specification.conditions)):
        try:
            slopes = [Work(heads.Partial(f, at), rulebook).run("gradient").line
                      for f in (loss, body)]
            ratio = Work(Mul(slopes[0], Pow(slopes[1], -1)), rulebook).run("finish").line
        except DeriveError:
            return None
        scales = [n for n in _leaves(loss) if isinstance(n, Variable) and n != root(at)
                  and n.kind.interval.positive and n not in model.observed]
        for factor in (ratio, Integer(1), *(Pow(p, -n) for n in (1, 2) for p in scales)):
            fixed = not any(depends(factor, leaf) for leaf in (root(at), *model.observed))
            scaled = Mul(factor, slopes[1])
            if fixed and interval(factor).positive and agree(slopes[0], scaled):
                back = {log: apply("log", ours) for log, ours in logs.items()}
                told = Work(substitute(factor, back), rulebook).run("standardised").line
                return told, same(slopes[0], scaled, rulebook)
    return None


def _logarithms(body: Any, loss: Any) -> dict[Any, Any]:
    """Their names `log_s` of which we have the s."""
    ours = {n.name: n for n in _leaves(loss)}
    return {n: ours[n.name[4:]] for n in _leaves(body)
            if n.name.startswith("log_") and isinstance(ours.get(n.name[4:]), Variable)}


def _naming(body: Any, place: Any, model: Model, loss: Any, at: Any) -> dict[Any, Any] | None:
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


def _leaves(node: Any) -> list[Any]:
    return sorted((n for n in free_names(node) if isinstance(n, (Variable, Tensor))),
                  key=lambda n: str(n.name))
