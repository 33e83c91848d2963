"""The sentence of meaning of the entry that a question names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from derive.errors import UnknownNameError
from derive.tables.activation_table import activation_for
from derive.tables.cell_table import find_cell
from derive.tables.distribution_table import distribution_for
from derive.tables.loss_table import find_entry
from derive.tables.regression_table import regression_for

_NAME = re.compile(r"[\w -]{1,60}\Z")


def _loss(name: str) -> Any:
    return find_entry(name, declared=True)


def _model(name: str) -> Any:
    try:
        return regression_for(name)
    except UnknownNameError:
        return distribution_for(name)


# Of which table a function of the library takes names; a cost has none, its activation has.
_FINDERS: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(("grad", "jacobian", "hessian", "noise"), _loss),
    **dict.fromkeys(("nll", "score", "mle", "fisher"), _model),
    "matching_loss": activation_for, "bptt": find_cell}


def meaning_of(function: str, target: str) -> str:
    """What the entry named `target` measures and when one uses it; "" where it names none."""
    find = _FINDERS.get(function)
    if find is None or not _NAME.match(target):
        return ""
    try:
        return str(getattr(find(target), "meaning", ""))
    except UnknownNameError:
        return ""
