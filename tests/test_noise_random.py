"""Random losses with a known total: the verdict on each is right."""

from __future__ import annotations

import pytest

from tests.noise_random import Case, cases, judged


@pytest.mark.parametrize("case", cases(6, 1), ids=lambda c: c.loss)
def test_the_verdict_on_a_random_loss_is_right(case: Case) -> None:
    assert judged(case) == ""


@pytest.mark.slow
@pytest.mark.parametrize("case", cases(100, 2), ids=lambda c: c.loss)
def test_the_verdict_on_many_random_losses_is_right(case: Case) -> None:
    assert judged(case) == ""
