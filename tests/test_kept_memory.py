"""A service keeps its memory: what was made for a kernel goes with it."""

from __future__ import annotations

import gc
import linecache
import types
from collections.abc import Iterator

import numpy as np
import pytest

import derive
from derive.arrays.runtime.row_blocks import STORE


@pytest.fixture(autouse=True)
def _what_was_there_before() -> Iterator[None]:
    """Millions of objects of other tests need not be gone through three times."""
    gc.freeze()
    yield
    gc.unfreeze()


def functions_of_kernels() -> int:
    return sum(type(o) is types.FunctionType and o.__code__.co_filename.startswith("<derive kernel")
               for o in gc.get_objects())


def test_neither_the_text_nor_the_functions_of_a_kernel_outlive_it() -> None:
    STORE.__dict__.clear()
    gc.collect()
    before, texts = functions_of_kernels(), len(linecache.cache)
    for n in range(2, 7):
        kernel = derive.kernel(f"{n}*z**{n} + 731*z", given="z: real", wrt="z")
        z = np.linspace(1, 2, 3)
        for _ in range(2):  # the second call is by the recipe of the first
            np.testing.assert_allclose(kernel.value_and_grad(z)[1], n*n*z**(n - 1) + 731)
    assert functions_of_kernels() > before
    assert len(linecache.cache) > texts
    del kernel
    STORE.__dict__.clear()  # the buffers of this thread are those of its last few kernels
    gc.collect()
    assert len(linecache.cache) <= texts
    assert functions_of_kernels() <= before
