"""Statements that small changes of the program would break: each was once changed unseen."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sympy import Mul, Rational

import derive
from derive.derivation import Derivation
from derive.errors import VerificationError
from derive.judge.claims.direction_claims import Result, derivative_claim
from derive.judge.claims.text_claims import judge
from derive.judge.trees.line_certificate import verify
from derive.training import checkpoint as files
from tests.toy_run import trainer

# The tolerance of the judges: a part in 1e15 is a difference, whatever the digits


@pytest.mark.parametrize("part", ["1e-5", "1e-12", "1e-20", "1e-30"])
def test_a_line_that_is_wrong_by_little_disagrees(part: str) -> None:
    right = derive.grad("exp(z)*z", given="z: real")
    *steps, last = right.steps
    off = Mul(right.result, 1 + Rational(part), evaluate=False)
    forged: Derivation = replace(right, steps=(*steps, replace(last, line=off)))
    with pytest.raises(VerificationError, match="a line disagrees with the original"):
        verify(forged)


@pytest.mark.parametrize("part", ["1e-5", "1e-12", "1e-20"])
@pytest.mark.parametrize(("target", "line"), [("z**2", "2*z"), ("exp(2*z)", "2*exp(2*z)")])
def test_a_text_that_is_wrong_by_little_disagrees(target: str, line: str, part: str) -> None:
    assert judge(derivative_claim(target, ["z: real"], "z", Result(line))).points > 4
    with pytest.raises(VerificationError, match="the result disagrees"):
        judge(derivative_claim(target, ["z: real"], "z", Result(f"({line})*(1 + {part})")))


# Moments of the standard laws: what they are is known elsewhere


@pytest.mark.parametrize(("name", "moment"), [
    ("standard-logistic", "z**2 = pi**2/3"), ("standard-logistic", "z**4 = 7*pi**4/15"),
    ("standard-exponential", "log(w)**2 = pi**2/6 + euler_gamma**2"),
    ("standard-normal", "z**2 = 1"), ("standard-normal", "z**4 = 3"),
])
def test_the_moments_of_the_standard_laws_are_those_of_the_literature(name: str, moment: str,
                                                                      ) -> None:
    from derive.tables.distribution_table import standard_laws

    assert moment in standard_laws()[name].moments


# Rows that are computed again in wide numbers


@pytest.fixture(scope="module")
def focal() -> Any:
    return derive.kernel("softmax-focal")


Z = np.array([[0.0, 20, 1], [40, 0, 0], [1, 2, 3], [15, 0, 0]])
Y = np.array([1, 0, 2, 0])
WEIGHTS = np.array([0.5, 2, 3, 7])


def test_rows_that_are_computed_again_keep_their_weights(focal: Any) -> None:
    values, gradients = focal.value_and_grad(Z, Y, 2.0)
    assert (np.abs(gradients) > 0).all()
    weighted, slopes = focal.value_and_grad(Z, Y, 2.0, weight=WEIGHTS)
    assert np.allclose(weighted, WEIGHTS*values, rtol=1e-14, atol=0)
    assert np.allclose(slopes, WEIGHTS[:, None]*gradients, rtol=1e-14, atol=0)
    assert np.allclose(focal.grad(Z, Y, 2.0, weight=WEIGHTS), slopes, rtol=1e-14, atol=0)
    alone = [focal.grad(Z[[n]], Y[[n]], 2.0, weight=WEIGHTS[[n]])[0] for n in range(4)]
    assert np.allclose(slopes, alone, rtol=1e-14, atol=0)


def test_rows_that_are_computed_again_take_part_in_the_reduction(focal: Any) -> None:
    gradients = focal.grad(Z, Y, 2.0)
    mean = focal.grad(Z, Y, 2.0, reduction="mean")
    assert np.allclose(mean, gradients/4, rtol=1e-14, atol=0)
    both = focal.grad(Z, Y, 2.0, weight=WEIGHTS, reduction="mean")
    assert np.allclose(both, WEIGHTS[:, None]*gradients/4, rtol=1e-14, atol=0)
    again = np.array([1, 3])
    value = focal.value(Z[again], Y[again], 2.0, weight=WEIGHTS[again], reduction="sum")
    each = focal.value(Z[again], Y[again], 2.0)
    assert np.isclose(value, (WEIGHTS[again]*each).sum(), rtol=1e-14, atol=0)
    assert value > 0


# The time of a run goes on where the checkpoint left it


def test_a_resumed_run_counts_the_seconds_before_it(tmp_path: Path) -> None:
    first = trainer(tmp_path, steps=20)
    first.start()
    take = first.feed.take

    def slowly() -> Any:
        time.sleep(0.005)
        return take()

    first.feed.take = slowly
    first.run()
    before = first.seconds
    assert before > 0.09
    kept = files.read_good(tmp_path / "run.ckpt")[0]
    assert kept.header["run"]["seconds"] == before
    second = trainer(tmp_path, steps=22)
    second.saver.ours = True
    second.resume(kept)
    assert second.seconds == before
    assert second.tally.seconds == kept.header["run"]["tally"]["seconds"]
    assert second.run().seconds > before
