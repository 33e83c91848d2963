"""Each loss of a hard label has one of soft labels beside it, which it names to who gives them."""

from typing import Any

import numpy as np
import pytest

import derive
from derive.arrays.certificate.input_samples import Drawing
from derive.tables.loss_table import Entry, entry_for
from tests.conftest import made_kernel

HARD = [e for e in derive.losses() if e.soft]
SCORES = [e for e in derive.losses() if e.score]
QUICK = ("bernoulli-ce", "hinge", "focal", "softmax-nll", "class-weighted-softmax-nll", "dice")
BY_MARGIN = [pytest.param(e, marks=[] if e.name in QUICK else pytest.mark.slow, id=e.name)
             for e in HARD]


def test_every_loss_of_a_label_that_may_be_soft_names_one() -> None:
    labelled = {e.name for e in derive.losses() if set(e.domains.values()) & {
        "binary", "binary[K]", "binary[N]", "binary[T]", "label(K)"}}
    assert labelled - {e.name for e in HARD} == {
        "crammer-singer", "weston-watkins", "tversky",  # margins and overlaps of certain labels
        "exponential-survival-nll", "weibull-survival-nll", "log-normal-survival-nll",
        "log-logistic-survival-nll", "gompertz-survival-nll",  # whether a time was cut off
        "cox-partial-nll", "discrete-hazard-nll", "time-bins-nll"}  # who was at risk


@pytest.mark.parametrize("entry", HARD, ids=lambda e: e.name)
def test_the_soft_loss_takes_the_same_arguments_and_a_wider_label(entry: Entry) -> None:
    changed = [(kind, other) for kind, other in zip(
        entry.domains.values(), entry_for(entry.soft).domains.values(), strict=True)
        if kind != other]
    (hard, soft), = changed
    assert soft == hard.replace("binary", "probability").replace("label", "simplex")


@pytest.mark.parametrize("entry", SCORES, ids=lambda e: e.name)
def test_the_loss_of_a_score_has_a_real_variable(entry: Entry) -> None:
    other = entry_for(entry.score)
    assert other.domains[other.wrt] == "real"
    assert entry.domains[entry.wrt] != "real"


def drawn(entry: Entry) -> list[Any]:
    """Typical arguments of a loss of hard labels that meet its conditions."""
    kernel = made_kernel(entry.name)
    formula = kernel.formula
    blocks = Drawing(8, "typical", 40).block(formula.arguments, lambda _: 3)
    keep = formula.holds({leaf: (leaf.name, leaf.kind) for leaf in
                          (*formula.leaves, formula.vector)})(blocks)
    return [b[keep] for b in blocks]


@pytest.mark.parametrize("entry", BY_MARGIN)
def test_for_a_certain_label_both_are_the_same(entry: Entry) -> None:
    given = drawn(entry)
    soft = [np.eye(3)[b] if a.integral else b
            for a, b in zip(made_kernel(entry.name).arguments, given, strict=True)]
    for ours, hard in zip(made_kernel(entry.soft).value_and_grad(*soft),
                          made_kernel(entry.name).value_and_grad(*given), strict=True):
        np.testing.assert_allclose(ours, hard, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("entry", BY_MARGIN)
def test_value_and_gradient_of_soft_labels_belong_together(entry: Entry) -> None:
    kernel = made_kernel(entry.soft)
    blocks = [b[:12] for b in Drawing(9, "typical", 12).block(
        kernel.formula.arguments, lambda _: 3)]
    at = [a.name for a in kernel.arguments].index(entry_for(entry.soft).wrt)
    slope = kernel.grad(*blocks)
    for place in np.ndindex(blocks[at].shape[1:]):
        step = 1e-6 * np.maximum(1, np.abs(blocks[at][(slice(None), *place)]))
        if kernel.arguments[at].kind.domain == "probability":
            step = step * blocks[at][(slice(None), *place)] * 0.1
        sides = []
        for sign in (1, -1):
            moved = [b.copy() for b in blocks]
            moved[at][(slice(None), *place)] += sign * step
            sides.append(kernel.value(*moved))
        slopes = (sides[0] - sides[1]) / (2 * step)
        np.testing.assert_allclose(slopes, slope[(slice(None), *place)], rtol=1e-4, atol=1e-5)


def test_half_a_label_costs_what_cross_entropy_says() -> None:
    value, slope = made_kernel("bernoulli-ce-soft").value_and_grad(1.0, 0.5)
    assert value == pytest.approx(0.81326169)
    assert slope == pytest.approx(0.23105858)


@pytest.mark.parametrize(("target", "args", "text"), [
    ("bernoulli-ce", (1.0, 0.5),
     "y must be 0 or 1; it is 0.5; for soft labels see bernoulli-ce-soft"),
    ("multilabel-bce", ([1.0], [0.25]),
     "y must be 0 or 1; it is 0.25 at [0]; for soft labels see multilabel-bce-soft"),
    ("softmax-nll", ([1.0, 2.0], [0.5, 0.5]),
     "y are labels and must be integers, not float64; for soft labels see softmax-ce-soft"),
    ("bernoulli-ce-probability", (2.5, 1),
     "p must be in [0, 1]; it is 2.5; for scores on the whole line see bernoulli-ce"),
    ("poisson-nll-mean", (-1.0, 1),
     "mu must be > 0; it is -1; for scores on the whole line see poisson-nll")])
def test_who_gives_other_values_is_shown_the_entry_that_takes_them(target: str, args: Any,
                                                                   text: str) -> None:
    for runtime in ("full", "minimal"):
        space: dict[str, Any] = {"__name__": "made"}
        exec(made_kernel(target, runtime=runtime).source, space)
        for value in (made_kernel(target).value, space["value"]):
            with pytest.raises((ValueError, TypeError)) as error:
                value(*args)
            if value is not space["value"] or runtime == "full":
                assert str(error.value) == text
            else:
                assert text.rpartition("; ")[2] in str(error.value) or target == "softmax-nll"
