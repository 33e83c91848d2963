"""Deep models: what layers have in common is derived, written and compiled once."""

from __future__ import annotations

from typing import Any

import pytest

from derive.arrays.recurrent.model_plan import Plan
from derive.arrays.recurrent.model_text_c import SplitModelText
from derive.arrays.recurrent.views import Views
from derive.calculus.recurrence.adjoint_recurrence import Adjoints
from derive.calculus.recurrence.model_composition import Composition, composed
from derive.notation.reading.model_equations import read_model
from derive.tables.cell_table import find_cell
from tests.judged import Judged

SMALL = {"H": 2, "D": 2, "K": 2}


def deep(layers: int, name: str = "lstm") -> str:
    return composed(Composition(find_cell(name), layers=layers, weighted=True))


def test_a_further_layer_needs_no_further_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []
    derive = Adjoints._local

    def counted(self: Adjoints, *given: Any) -> Any:
        counts[-1] += 1
        return derive(self, *given)

    monkeypatch.setattr(Adjoints, "_local", counted)
    for layers in (3, 5):
        counts.append(0)
        Plan(read_model(deep(layers)))
    assert counts[0] == counts[1]


def test_a_further_layer_needs_no_further_loop_in_c() -> None:
    counts = []
    for layers in (3, 5):
        plan = Plan(read_model(deep(layers)))
        text = SplitModelText(plan.schedule, Views(
            plan.schedule, plan.storage, plan.views.parameters, plan.views.sizes), "float64")
        text.text()
        counts.append(len(text.functions))
    assert counts[0] == counts[1]


def test_the_numbers_of_layers_are_their_own() -> None:
    judged = Judged(deep(3), 2, 2, SMALL)
    assert judged.value_error() <= 1e-13
    assert judged.slope_error() <= 1e-11
