"""What is written once for PyTorch and JAX: it runs in NumPy, and its text is that of each."""

from __future__ import annotations

import ast
import builtins
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

from derive.arrays.targets.functional import (
    neutral_argument_functions,
    neutral_array_functions,
    neutral_matrix_functions,
    neutral_special_functions,
)
from derive.arrays.targets.functional.jax_module import JaxModule
from derive.arrays.targets.functional.native_module import NEUTRAL
from derive.arrays.targets.functional.neutral_text import library_text, printed_parts
from derive.arrays.targets.functional.torch_module import TorchModule
from tests.test_tails import EXACT

LIBRARIES = {"jax": JaxModule, "torch": TorchModule}
GIVEN = {
    1: [[x] for x in (1e-9, 0.3, -0.39, 0.41, 1.2, 1.49, 1.51, -0.9, 4.0, 31.0, 33.0, 80.0)],
    2: [*([u, d] for u in (16.0, 300.0, 1e6) for d in (0.5, 3.0, 1e-3)),
        [0.3, 0.5], [2.5, 3.0], [15.9, 2.0]],
    3: [[u, v, u - v] for v in (-9.0, -0.7, 0.4, 6.0) for u in (v + 0.25, v + 4.0)]}
TRUTH: dict[str, Any] = {
    **EXACT, "log1pmx": lambda u: mp.log1p(u) - u, "expm1mx": lambda u: mp.expm1(u) - u,
    "expm1quotient": lambda u: u / mp.expm1(u),
    "stirling": lambda x: mp.loggamma(1 / x) - (1 / x - 0.5) * mp.log(1 / x) + 1 / x
    - mp.log(2 * mp.pi) / 2,
    "beyond": lambda x: mp.log(x) - 1 / (2 * x) - mp.digamma(x)}
del TRUTH["trigamma_rise"]  # of the functions of each library
FILE = Path(neutral_special_functions.__file__)
NAMES = [n.name for n in ast.parse(FILE.read_text(encoding="utf-8")).body
         if isinstance(n, ast.FunctionDef)]


def rows_of(name: str) -> list[list[float]]:
    count = TRUTH[name].__code__.co_argcount
    rows = GIVEN[3 if name == "loggamma_bend" else count]
    if name in ("beyond", "digamma_half_rise"):
        rows = [[abs(u)] for (u,) in rows if abs(u) > (16 if name == "beyond" else 0.1)]
    if name == "stirling":
        rows = [[1e-3], [1 / 40]]
    return [[20 + u, abs(v), w] for u, v, w in rows] if name == "loggamma_bend" else rows


def test_each_special_function_has_a_truth_here() -> None:
    assert {*NAMES} == {*TRUTH}


@pytest.mark.parametrize("name", NAMES)
def test_a_special_function_runs_in_numpy_and_is_right(name: str) -> None:
    rows = rows_of(name)
    with np.errstate(all="ignore"):
        made = getattr(neutral_special_functions, name)(*np.array(rows).T)
    with mp.workdps(50):
        exact = [float(TRUTH[name](*map(mpf, row))) for row in rows]
    np.testing.assert_allclose(made, exact, rtol=3e-13)


def test_functions_of_matrices_are_those_of_numpy() -> None:
    f, rng = neutral_matrix_functions, np.random.default_rng(2)
    a, b = rng.normal(size=(4, 3, 3)) + 4 * np.eye(3), rng.normal(size=(4, 3, 2, 5))
    low, spd = np.tril(a), a @ np.swapaxes(a, -1, -2)
    plain = np.linalg.solve(a, b.reshape(4, 3, 10)).reshape(b.shape)
    np.testing.assert_allclose(f.solve(a, b, 2), plain)
    np.testing.assert_allclose(f.solve(a, b[..., 0, 0], 0), plain[..., 0, 0])
    np.testing.assert_allclose(low @ f.lower_solve(low, b[..., 0], 1), b[..., 0])
    np.testing.assert_allclose(f.upper_inverse(np.triu(a)) @ np.triu(a), np.eye(3) + 0 * a,
                               atol=1e-15)
    np.testing.assert_allclose(f.factor_inverse(f.cholesky(spd)), f.inverse(spd))
    np.testing.assert_allclose(f.log_determinant(spd), np.log(f.determinant(spd)))
    assert f.solve(a[:0], b[:0], 2).shape == (0, 3, 2, 5)
    assert np.isnan(f.log_determinant(np.diag([1.0, -1.0])))


def test_limits_and_places() -> None:
    f, inf = neutral_array_functions, np.inf
    with np.errstate(all="ignore"):
        assert f.difference(np.array([inf, 1.0, inf]), np.array([inf, inf, 1.0])).tolist() == [
            0, -inf, inf]
        assert f.limit_product(np.array([0.0, 2.0]), np.array([-inf, -inf])).tolist() == [0, -inf]
        assert f.limit_sum("k,k->", np.array([0.0, 2.0]), np.array([inf, 3.0])) == 6
        assert f.limit_sum("k,k->", np.array([0.5, 2.0]), np.array([inf, 3.0])) == inf
    x = np.arange(24.0).reshape(2, 3, 4)[..., :3]
    assert np.array_equal(f.diagonal(x, -2, -1), np.diagonal(x, 0, -2, -1))
    assert np.array_equal(f.pick_inside(x[0], np.array([0, 3, -1])), [0, np.nan, np.nan],
                          equal_nan=True)
    marked = f.marked(np.ones((2, 3)), 1, (np.array([[1, np.nan], [1, 1]]), 1))
    assert np.isnan(marked).tolist() == [[True] * 3, [False] * 3]


def test_arguments_are_broadcast_checked_and_masked() -> None:
    f = neutral_argument_functions
    declared = (("z", ("K",), "real", ""), ("y", (), "label", ""))
    z, y = np.zeros((2, 4, 3), np.float32), np.array([0, 1, 2, 9])
    (z, y), dtype = f.prepared(declared, (z, y))
    assert (z.shape, y.shape, dtype) == ((2, 4, 3), (2, 4), np.float32)
    assert f.prepared(declared, (z.astype(np.float16), y))[0][0].dtype == np.float32
    with pytest.raises(ValueError, match="z needs 1 trailing axes"):
        f.prepared(declared, (np.float64(1), y))
    (_, y), kept = f.masked(declared, [z, y], None, 9)
    assert kept.sum() == 6
    assert y.max() == 2
    assert f.scales(None, kept, "mean", kept * 1.0) == 1 / 6
    with pytest.raises(ValueError, match="weight has the shape"):
        f.scales(np.ones((2, 4)), None, "sum", np.ones(4))


@pytest.mark.parametrize("key", LIBRARIES)
def test_a_text_for_a_library_names_that_library_alone(key: str) -> None:
    parts = printed_parts((*LIBRARIES[key].functions, *NEUTRAL), key)
    text = "\n\n".join(p.text for p in parts)
    tree = ast.parse(text)
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    known = {n for p in parts for n in p.defines} | {*dir(builtins)} | {
        a.arg for a in ast.walk(tree) if isinstance(a, ast.arg)} | {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    assert names - known <= {*LIBRARIES[key].import_lines}
    assert not names & {"xp", "np", *({"Array"} if key == "torch" else {"Tensor", "torch"})}


def test_functions_of_the_language_and_renamed_ones_are_those_of_the_library() -> None:
    text = ("from derive.arrays.runtime.gamma_functions import loggamma\n"
            "def f(u: Array) -> Array:\n    return loggamma(u) + xp.size(u) + loggamma_rise(u)\n")
    for key, line in (("jax", "special.gammaln(u) + jnp.size(u) + loggamma_rise(u)"),
                      ("torch", "torch.lgamma(u) + torch.numel(u) + loggamma_rise(u)")):
        assert library_text(text, key).endswith(f"return {line}\n")
