"""Values outside of declared domains are refused by default: by name, place, value and remedy."""

from typing import Any

import numpy as np
import pytest

import derive
from derive.arrays.runtime.value_domains import CHUNK, DOMAINS, inside, tolerance

INSIDE = {"positive": [1.0, 1e-300, np.inf], "nonnegative": [0.0, 3.0], "negative": [-1e-9],
          "probability": [0.0, 0.5, 1.0], "integer": [-3.0, 0.0], "count": [0.0, 7.0],
          "binary": [0.0, 1.0, -0.0], "onehot": [0.0, 1.0, 0.0], "simplex": [0.25, 0.75]}
OUTSIDE = {"positive": 0.0, "nonnegative": -1e-300, "negative": 0.0, "probability": 1 + 2**-52,
           "integer": 0.5, "count": -1.0, "binary": 2.0**-30, "onehot": 0.5, "simplex": -1e-9}


def refused(target: str, *args: Any, **options: Any) -> str:
    """What a kernel says of its arguments."""
    with pytest.raises((ValueError, TypeError)) as error:
        derive.kernel(target).value_and_grad(*args, **options)
    return str(error.value)


@pytest.mark.parametrize(("target", "args", "text"), [
    ("bernoulli-ce", (np.zeros(5), [0, 1, 0, 0.5, 1]), "y must be 0 or 1; it is 0.5 at [3]"),
    ("bernoulli-ce", (1.0, 2), "y must be 0 or 1; it is 2"),
    ("hinge", (np.zeros(2), [-1, 1]),
     "y must be 0 or 1; it is -1 at [0]; labels -1 and +1: use (y + 1)/2"),
    ("multilabel-bce", (np.zeros((2, 3)), [[0, 1, 0], [0, 1, 3.0]]),
     "y must be 0 or 1; it is 3 at [1, 2]"),
    ("poisson-nll", (np.zeros(2), [1, -2]), "y must be 0, 1, 2, …; it is -2 at [1]"),
    ("poisson-nll", (np.zeros(2), [1.5, 2]), "y must be 0, 1, 2, …; it is 1.5 at [0]"),
    ("multinomial-nll", (np.zeros((1, 2)), [[1, 0.25]]),
     "y must be 0, 1, 2, …; it is 0.25 at [0, 1]"),
    ("pinball", (0.0, 1.0, 1.5), "tau must be in [0, 1]; it is 1.5"),
    ("huber", (np.zeros(2), 1.0, [1.0, 0.0]), "delta must be > 0; it is 0 at [1]"),
    ("softmax-ce-soft", (np.zeros(2), [1.5, -0.5]),
     "t must be >= 0, with rows that sum to 1; it is -0.5 at [1]"),
])
def test_values_outside_of_a_domain_are_refused(target: str, args: Any, text: str) -> None:
    assert refused(target, *args).startswith(text)


def test_a_row_off_the_simplex_is_refused_with_how_much_it_is_off() -> None:
    rows = np.array([[0.5, 0.5], [0.7, 0.7]])
    assert refused("softmax-ce-soft", np.zeros((2, 2)), rows) == (
        "t must be >= 0, with rows that sum to 1; the row at [1] sums to 1.4, off by 0.4, where "
        "rounding explains 4.8e-15")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("count", [2, 10, 1000, 32000])
def test_rows_that_were_normalised_in_floats_are_taken(dtype: Any, count: int) -> None:
    weights = np.random.default_rng(5).random((20, count)).astype(dtype) ** 3
    rows = weights / np.cumsum(weights, axis=1)[:, -1:]  # summed from left to right, the worst way
    assert inside("simplex", rows, float(np.finfo(dtype).eps))
    rows[7] *= 1 + 2 * dtype(tolerance(count, float(np.finfo(dtype).eps)))
    assert not inside("simplex", rows, float(np.finfo(dtype).eps))


def test_rows_of_float32_are_judged_as_such_beside_float64() -> None:
    rows = (np.arange(1, 8, dtype=np.float32) / np.float32(28)).reshape(1, 7)
    assert derive.kernel("softmax-ce-soft").value(np.zeros((1, 7)), rows).shape == (1,)


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("size", [3, CHUNK + 9])
def test_the_quick_look_misses_no_single_value(domain: str, size: int) -> None:
    known = DOMAINS[domain]
    row = INSIDE[domain]
    values = np.resize(row, (size, len(row))) if known.rows else np.resize(row, size)
    assert inside(domain, values, 1e-15)
    assert known.test(values).all()
    for place in (0, size // 2, size - 1):
        wrong = values.copy()
        wrong[place] = OUTSIDE[domain]
        assert not inside(domain, wrong, 1e-15)


@pytest.mark.parametrize("options", [{}, {"threads": 2}, {"reduction": "mean"}, {"out": True}])
def test_the_place_is_right_in_any_block(options: dict[str, Any]) -> None:
    z, y = np.zeros((500, 1000)), np.zeros((500, 1000))
    y[432, 17] = 0.25
    out = (np.full(z.shape, 7.0), np.full(z.shape, 7.0))
    options = {**options, "out": out} if "out" in options else options
    assert "it is 0.25 at [432, 17]" in refused("bernoulli-ce", z, y, **options)
    assert all((array == 7).all() for array in out)


def test_small_calls_like_an_earlier_one_are_looked_at_too() -> None:
    kernel, z, y = derive.kernel("bernoulli-ce"), np.zeros(4), np.zeros(4)
    for _ in range(3):
        kernel.value(z, y)
    y[2] = 0.5
    with pytest.raises(ValueError, match=r"it is 0.5 at \[2\]"):
        kernel.value(z, y)


def test_examples_that_do_not_count_may_hold_anything() -> None:
    kernel, mask = derive.kernel("bernoulli-ce"), np.array([True, False, True])
    assert kernel.value(np.zeros(3), [0, 0.5, 1], mask=mask)[1] == 0
    assert refused("bernoulli-ce", np.zeros(3), [0, 0.5, 3], mask=mask).endswith("it is 3 at [2]")
    shared = np.array([[0.5], [1.0]])  # of each row, for three examples
    with pytest.raises(ValueError, match=r"it is 0.5 at \[0, 0\]"):
        kernel.value(np.zeros((2, 3)), shared, mask=np.array([[False, True, False], [True] * 3]))
    kernel.value(np.zeros((2, 3)), shared, mask=np.array([[False] * 3, [True] * 3]))


def test_the_check_can_be_left_out() -> None:
    assert derive.kernel("poisson-nll").grad(0.0, 0.5, check=False) == 0.5


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint64])
def test_integers_and_conditions_are_taken_as_binary(dtype: Any) -> None:
    kernel = derive.kernel("bernoulli-ce")
    assert np.array_equal(kernel.grad(np.zeros(2), np.array([0, 1], dtype)), [0.5, -0.5])


@pytest.mark.parametrize(("shapes", "text"), [
    (((4,), (4, 1)), "the batch axes of z, (4,), and of y, (4, 1), would cross"),
    (((4, 1), (4,)), "the batch axes of z, (4, 1), and of y, (4,), would cross"),
    (((3, 3), (3, 3, 1)), "the batch axes of z, (3, 3), and of y, (3, 3, 1), would cross"),
])
def test_a_column_beside_a_row_of_the_same_length_is_refused(shapes: Any, text: str) -> None:
    z, y = map(np.zeros, shapes)
    assert refused("gaussian-mse", z, y).replace("mu", "z").startswith(text)


def test_labels_in_a_column_beside_rows_of_scores_are_refused() -> None:
    assert "the batch axes of o, (5,), and of y, (5, 1)" in refused(
        "softmax-nll", np.zeros((5, 3)), np.zeros((5, 1), int))
    assert "the batch axes of the examples, (5,), and of mask, (5, 1)" in refused(
        "softmax-nll", np.zeros((5, 3)), np.zeros(5, int), mask=np.ones((5, 1), bool))


@pytest.mark.parametrize(("left", "right", "batch"), [
    ((4, 1), (1, 4), (4, 4)), ((4, 1), (1, 3), (4, 3)), ((1,), (1, 1), (1, 1)), ((4,), (), (4,)),
    ((4,), (2, 4), (2, 4)), ((4,), (1, 4), (1, 4)), ((), (4, 1), (4, 1))])
def test_axes_that_are_meant_to_cross_do(left: Any, right: Any, batch: Any) -> None:
    assert derive.kernel("gaussian-mse").value(np.zeros(left), np.zeros(right)).shape == batch


def test_small_calls_with_out_are_what_they_are_without() -> None:
    kernel, rng = derive.kernel("softmax-nll", target="numpy"), np.random.default_rng(4)
    o, y = rng.normal(size=(5, 3)), np.array([0, 1, 2, 0, 1])
    for reduction, shape in (("none", (5,)), ("mean", ())):
        plain = kernel.value_and_grad(o, y, reduction=reduction)
        out = np.full(shape, 7.0), np.full((5, 3), 7.0)
        for _ in range(3):
            made = kernel.value_and_grad(o, y, reduction=reduction, out=out)
            assert made[0] is out[0]
            assert made[1] is out[1]
            assert all(np.array_equal(a, b) for a, b in zip(out, plain, strict=True))
    with pytest.raises(ValueError, match="shares memory with an argument"):
        kernel.value_and_grad(o, y, out=(np.empty(5), o))
    with pytest.raises(ValueError, match="must have the shape"):
        kernel.value_and_grad(o, y, out=(np.empty(4), np.empty((5, 3))))
    with pytest.raises(TypeError, match="must be float64"):
        kernel.value_and_grad(o, y, out=(np.empty(5, np.float32), np.empty((5, 3))))
    turned = np.empty((3, 5)).T
    kernel.grad(o, y, out=turned)
    assert np.array_equal(turned, kernel.grad(o, y))
