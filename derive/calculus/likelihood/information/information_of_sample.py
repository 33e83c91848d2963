"""The Fisher information of observations with covariates: the sum of that of each."""

from __future__ import annotations

from dataclasses import replace

from sympy import Mul

from derive.calculus.likelihood.densities.score_function import joined
from derive.calculus.likelihood.densities.statistical_model import Model, at_observation
from derive.calculus.likelihood.statements.stated_entries import ConditionalEntry
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Tensor
from derive.core.walk import fresh_index
from derive.derivation import Derivation
from derive.rulebook.loading import Rulebook

_NOTE = "The observations are independent given the covariates, so their informations add up:"


def information_of_sample(model: Model, row: Model, rows: Derivation, rulebook: Rulebook,
                          ) -> Derivation:
    """The information of all observations of a model given covariates, from that of one row.

    `rows` is the information of one observation, an entry for each pair of parameters.
    """
    dim = model.observed[0].kind.shape[0]
    names = row.scope.names
    pairs = {names[name]: leaf for name, leaf in model.scope.names.items()
             if isinstance(leaf, Tensor) and leaf.kind.shape and leaf.kind.shape[0] == dim
             and name in names}
    if any(entry.result.has(heads.Expect) for entry in (rows, *rows.others)):
        return replace(rows, remarks=(*rows.remarks, (
            "sample", f"this is the information of one observation; that of all is its sum over "
                      f"the {dim} observations")))
    entries: list[Derivation] = []
    for entry in (rows, *rows.others):
        index = fresh_index(dim, entry.result)
        body = at_observation(entry.result, pairs, index)
        if isinstance(model.entry, ConditionalEntry) and model.entry.weights:
            body = Mul(heads.Element(model.scope.names[model.entry.weights], index), body)
        total = heads.Sum.over(body, index)
        work = Work(total, rulebook).run("finish")
        entries.append(work.derivation(
            "Fisher information", "fisher", entry.quantity, model.given, indices=entry.indices,
            parts=(replace(entry, others=(), remarks=()),), note=_NOTE if not entries else ""))
    typed = rows.typed
    return replace(joined(tuple(entries), f"{model.title}: Fisher information"),
                   remarks=rows.remarks, source=model.source, typed=typed and replace(
                       typed, options=(*typed.options, ("number", str(dim)))))
