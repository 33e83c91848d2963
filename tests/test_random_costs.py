"""A small share of the sweep over random gradients, and over fields that are none."""

from __future__ import annotations

from functools import cache

import pytest

from benchmarks.random_costs import outcome, posed_fields

posed = cache(posed_fields)


@pytest.mark.parametrize("number", range(9))
def test_a_cost_of_a_random_gradient_is_never_wrong(number: int) -> None:
    job = posed(9, "gradients", 5)[number]
    assert outcome(*job).word in ("right", "not found"), job


@pytest.mark.parametrize("number", range(6))
def test_a_field_that_is_no_gradient_is_refused_with_a_witness(number: int) -> None:
    job = posed(6, "others", 5)[number]
    assert outcome(*job).word == "refused", job
