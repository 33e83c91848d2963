"""The targets of kernels: one table, what a kernel runs on, and what is refused."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import derive
from derive.arrays.targets.target_table import TARGETS
from derive.commands import kernel as command
from derive.provided import loaded
from tests.conftest import made_kernel


def test_the_command_knows_the_targets() -> None:
    assert {*command.TARGETS, "auto"} == set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_each_target_has_its_homes(name: str) -> None:
    record = TARGETS[name]
    assert record.name == name
    assert record.suffix.startswith(".")
    assert all(callable(loaded(home)) for home in (record.text, record.running, record.tests)
               if home)


def test_a_kernel_says_what_it_runs_on() -> None:
    kernel = made_kernel("squared-error", target="numpy")
    assert kernel.target == "numpy"
    assert not kernel.target_reason
    assert pickle.loads(pickle.dumps(kernel)).target == "numpy"


def test_an_unknown_target_is_refused_by_name() -> None:
    with pytest.raises(derive.DeriveError, match="target= as 'numpy' or 'c'"):
        derive.kernel("huber", target="fortran")


def test_the_first_argument_needs_no_name() -> None:
    assert np.isclose(derive.kernel(loss="z**2", given="z: real", wrt="z").grad(3.0), 6.0)
