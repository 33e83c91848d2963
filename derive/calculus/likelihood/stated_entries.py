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
    """All observations, given their covariates; `weights` says by name how often each counts."""

    row: RowEntry | None = None
    weights: str = ""
