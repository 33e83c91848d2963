"""The derivative of a product over an index holds where factors vanish, also in kernels."""

from __future__ import annotations

import numpy as np
import pytest

import derive


def test_the_product_without_one_factor_stands_where_factors_may_vanish() -> None:
    found = derive.grad("prod(o[k] for k in K)", given="o: real[K]", wrt="o[i]").verify()
    assert found.notation == "prod(o[k] for k in K if i != k)"
    assert found.obligations == ()


def test_a_product_of_positive_factors_is_divided_by_one() -> None:
    found = derive.grad("prod(o[k] for k in K)", given="o: positive[K]", wrt="o[i]").verify()
    assert found.notation == "prod(o) / o[i]"


@pytest.mark.parametrize(("zeros", "gradient"), [
    ((0.0, 2.0, 3.0), (6, 0, 0)), ((0.0, 0.0, 3.0), (0, 0, 0)), ((1.0, 2.0, 3.0), (6, 3, 2))])
def test_kernels_of_products_with_zeros(zeros: tuple[float, ...], gradient: tuple[float, ...],
                                        ) -> None:
    kernel = derive.kernel("prod(o[k] for k in K)", given="o: real[K]", wrt="o")
    assert kernel.grad(np.array(zeros)).tolist() == list(gradient)


def test_factors_that_are_empty_sums_are_zero_and_no_reason_for_nan() -> None:
    """∏_j Σ_{l<j} a_l has the factor 0 at j = 0, so that the gradient is 0."""
    kernel = derive.kernel("prod(sum(a[l] for l in K if l < j) for j in K)",
                           given="a: positive[K]", wrt="a")
    assert kernel.grad(np.array([1.0, 2.0, 3.0])).tolist() == [0, 0, 0]


def test_a_certain_delta_is_settled_before_a_kernel_is_made() -> None:
    kernel = derive.kernel("sum(delta(k, k)*a[k]**2 for k in K if k == k)",
                           given="a: real[K]", wrt="a")
    assert kernel.grad(np.array([1.0, 2.0])).tolist() == [2, 4]
