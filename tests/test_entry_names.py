"""A name is found whatever the habit of writing; in the wrong table, it is said which has it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import derive
from derive.errors import UnknownNameError
from derive.tables.activation_table import activation_for
from derive.tables.cell_table import find_cell
from derive.tables.distribution_table import distribution_for
from derive.tables.loss_table import entry_for, losses
from derive.teaching.demonstrations.picturing import picture_named
from derive.training.tasks.registry import find_task


@pytest.mark.parametrize(("typed", "name"), [
    ("ce", "softmax-nll"), ("nll", "softmax-nll"), ("CrossEntropyLoss", "softmax-nll"),
    ("crossentropy", "softmax-nll"), ("sparse_categorical_crossentropy", "softmax-nll"),
    ("bce", "bernoulli-ce"), ("BCEWithLogitsLoss", "bernoulli-ce"), ("logloss", "bernoulli-ce"),
    ("log_loss", "bernoulli-ce"), ("mse", "gaussian-mse"), ("MSELoss", "gaussian-mse"),
    ("mae", "absolute-error"), ("L1Loss", "absolute-error"), ("HuberLoss", "huber"),
    ("smoothl1", "smooth-l1"), ("PoissonNLLLoss", "poisson-nll"), ("hinge_loss", "hinge"),
])
def test_a_loss_is_found_by_the_names_of_other_habits(typed: str, name: str) -> None:
    assert entry_for(typed).name == name


def test_no_name_without_its_punctuation_stands_for_two_losses() -> None:
    for entry in losses():
        assert entry_for(entry.name.replace("-", "")).name == entry.name
        assert entry_for(entry.name.replace("-", "_").upper()).name == entry.name


@pytest.mark.parametrize(("find", "name", "where"), [
    (entry_for, "bernoulli", "'bernoulli' is a distribution: derive nll bernoulli"),
    (entry_for, "gamma-mean", "'gamma-mean' is a distribution: derive nll gamma-mean"),
    (entry_for, "lstm", "'lstm' is a recurrent cell: derive bptt lstm"),
    (entry_for, "characters", "'characters' is a training task: derive train characters"),
    (entry_for, "tanh", "'tanh' is an activation: derive cost --activation tanh"),
    (entry_for, "tanh", "'tanh' is a function: derive notation tanh"),
    (distribution_for, "huber", "'huber' is a loss: derive grad huber"),
    (activation_for, "huber", "'huber' is a loss: derive grad huber"),
    (find_cell, "poisson", "'poisson' is a distribution: derive nll poisson"),
    (find_task, "lstm", "'lstm' is a recurrent cell: derive bptt lstm"),
    (picture_named, "normal", "'normal' is a distribution: derive nll normal"),
])
def test_a_name_of_another_table_comes_with_the_command_that_takes_it(
        find: Callable[[str], object], name: str, where: str) -> None:
    with pytest.raises(UnknownNameError) as raised:
        find(name)
    assert where in str(raised.value)


@pytest.mark.parametrize(("ask", "where"), [
    (lambda: derive.grad("bernoulli"), "derive nll bernoulli"),
    (lambda: derive.nll("huber"), "derive grad huber"),
    (lambda: derive.grad("lstm"), "derive bptt lstm"),
    (lambda: derive.kernel("normal"), "derive nll normal"),
])
def test_the_library_names_the_right_direction(ask: Callable[[], object], where: str) -> None:
    with pytest.raises(UnknownNameError, match=where):
        ask()
