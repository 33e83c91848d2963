"""A small share of the sweep over random gradients, and over fields that are none."""

from __future__ import annotations

import pytest

from benchmarks.random_costs import outcome, posed_fields

GRADIENTS = posed_fields(9, "gradients", 5)
OTHERS = posed_fields(6, "others", 5)


@pytest.mark.parametrize("job", GRADIENTS, ids=[posed.origin for posed, _, _ in GRADIENTS])
def test_a_cost_of_a_random_gradient_is_never_wrong(job) -> None:
    assert outcome(*job).word in ("right", "not found")


@pytest.mark.parametrize("job", OTHERS, ids=[posed.field for posed, _, _ in OTHERS])
def test_a_field_that_is_no_gradient_is_refused_with_a_witness(job) -> None:
    assert outcome(*job).word == "refused"
