"""Observations of a model without covariates, taken from the columns of a table."""

from __future__ import annotations

from typing import Any

from derive.calculus.likelihood.densities.statistical_model import Sample
from derive.calculus.likelihood.regression.column_choice import assignments, unquoted
from derive.calculus.likelihood.regression.data_table import Table, table_of
from derive.calculus.likelihood.regression.table_forms import Columns, is_table
from derive.core.atoms import Tensor
from derive.errors import DeriveError


def observations_in(data: object, columns: Columns, sample: Sample) -> Any:
    """The rows of a table, in the order of what is observed; other data as they are.

    Raises DeriveError where a name has no column, and where a parameter has one.
    """
    if data is None or not is_table(data):
        if columns:
            raise DeriveError("columns are those of a table of data: a .csv file, a dict or a data "
                              "frame")
        return data
    names = [y.name for y in sample.model.observed]
    if isinstance(data, str) and not columns and not _names_columns(data, names):
        return data
    table = table_of(data)
    _check_parameters(table, sample)
    chosen = assignments(columns)
    for name in chosen:
        if name not in names:
            raise DeriveError(f"{name!r} is not what is observed; that is {', '.join(names)}")
    rows = [_numbers(table, name, chosen, isinstance(y, Tensor))
            for name, y in zip(names, sample.model.observed, strict=True)]
    return [[x for part in parts for x in part] for parts in zip(*rows, strict=True)]


def _names_columns(data: str, names: list[str]) -> bool:
    """Whether the first line of a table names what is observed."""
    try:
        return bool(set(names) & set(table_of(data).columns))
    except DeriveError:
        return False


def _check_parameters(table: Table, sample: Sample) -> None:
    """Raises DeriveError where a name that is taken for a parameter has a column of data."""
    for parameter in sample.model.parameters:
        if parameter.name in table.columns and not isinstance(parameter, Tensor):
            raise DeriveError(f"{parameter.name} is a parameter of this model, and {table.source} "
                              f"has a column of that name; if it is data, declare it, as in "
                              f'--given "{parameter.name}: real[N]"')


def _numbers(table: Table, name: str, chosen: dict[str, list[str]], vector: bool) -> list[Any]:
    """The numbers of each row for one name."""
    own = [unquoted(n) for n in chosen.get(name, [])]
    if not own:
        own = [name] if name in table.columns else list(table.columns)
    if len(own) > 1 and not vector:
        raise DeriveError(f"no column is named {name!r}; assign one with --assign '{name} = …'; "
                          f"{table.source} has {', '.join(own[:8])}")
    by = f"{name} = {', '.join(own)}"
    parts = [table.numbers(n, by).reshape(table.rows, -1) for n in own]
    return [[x for part in parts for x in part[row].tolist()] for row in range(table.rows)]
