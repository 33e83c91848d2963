"""Entries that are made of a statement: of all observations, and of one with its covariates."""

from __future__ import annotations

from dataclasses import dataclass

from derive.tables.distribution_table import Distribution


@dataclass(frozen=True)
class RowEntry(Distribution, by=("name", "title")):
    """One observation given its covariates; `arguments` are texts for the parameters' names."""

    arguments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ConditionalEntry(Distribution, by=("name", "title")):
    """All observations, given their covariates, and the `priors` of parameters, statements too.

    `weights` names how often each observation counts.
    """

    row: RowEntry | None = None
    priors: tuple[str, ...] = ()
    weights: str = ""
