"""Random inputs of every kind end in one of three ways: a result, one DeriveError, a bound."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from benchmarks.fuzz import (
    BAD,
    BOUND,
    REFUSED,
    RESULT,
    Settings,
    evaluated,
    outcomes,
    tried,
    watched,
)
from benchmarks.fuzzing.inputs import KINDS, Input, input_of
from benchmarks.fuzzing.texts import CANARY
from derive import limits
from derive.core.exact import exact
from derive.errors import DeriveError

SEED, COUNT = 20, 5000


@exact
def endless() -> None:
    while True:
        limits.tick("spinning")


def refused() -> None:
    raise DeriveError("no")


def outcome_of(call) -> str:
    with watched() as folder:
        return tried(Input("own", "own", call), 0, Settings(patience=0.05), folder).what


def test_thousands_of_random_inputs_end_as_they_should() -> None:
    settings = Settings(SEED, patience=1.0, share=0.01)
    ended = list(outcomes(COUNT, settings, workers=1))
    assert len(ended) == COUNT
    assert {o.kind for o in ended} == set(KINDS)
    assert not [f"seed {SEED} #{o.number} {o.kind}: {o.detail}" for o in ended if o.what == BAD]


@pytest.mark.parametrize(("call", "what"), [
    (lambda: 1, RESULT), (refused, REFUSED), (endless, BOUND), (lambda: 1 / 0, BAD),
    (lambda: __import__(CANARY), BAD), (lambda: Path(f"{CANARY}.txt").touch(), BAD)])
def test_each_outcome_is_told_from_the_others(call, what: str) -> None:
    assert outcome_of(call) == what


def test_what_an_input_made_is_not_held_against_the_next() -> None:
    with watched() as folder:
        Path(f"{CANARY}.txt").touch()
        assert evaluated(folder)
        assert not evaluated(folder)


def test_an_input_is_determined_by_its_seed_and_number(tmp_path) -> None:
    assert [input_of(n, 7, tmp_path).shown for n in range(20)] == [
        input_of(n, 7, tmp_path).shown for n in range(20)]


def test_a_hang_is_cut_off_and_the_inputs_after_it_are_tried(monkeypatch) -> None:
    from benchmarks import fuzz

    def input_of(number, *_args):
        return Input("own", str(number), (lambda: time.sleep(60)) if number == 1 else int)

    monkeypatch.setattr(fuzz, "input_of", input_of)
    ended = {o.number: o.what for o in outcomes(4, Settings(hard=0.5), workers=1)}
    assert ended == {0: RESULT, 1: BAD, 2: RESULT, 3: RESULT}
