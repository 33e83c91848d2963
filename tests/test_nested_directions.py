"""Nested binders over one dimension come out right in every direction, drawn at random."""

from __future__ import annotations

import random

import pytest

from benchmarks.nesting.directions import DIRECTIONS, Unanswered
from derive.errors import DeriveError

# What a direction may say instead of an answer; a wrong one raises `Wrong`, which is none of these.
HONEST = (Unanswered, DeriveError)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_what_is_printed_is_what_python_computes(direction: str) -> None:
    answered = 0
    for seed in range(5):
        try:
            DIRECTIONS[direction](random.Random(f"nested/{seed}"))
        except HONEST:
            continue
        answered += 1
    assert answered >= 2
