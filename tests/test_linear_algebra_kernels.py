"""Linear algebra in kernels: elements on diagonals, solutions, determinants, factors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from derive.arrays.targets.numpy.selftest import self_test
from derive.errors import KernelError
from derive.judge.precision import mp
from tests.conftest import made_kernel
from tests.judged import plan

RNG = np.random.default_rng(0)


def slope(kernel: Any, args: tuple[Any, ...], at: int, step: float = 1e-6) -> Any:
    """The gradient by one of the arguments, by central differences."""
    start = np.asarray(args[at], float)
    made = np.empty_like(start)
    for place in np.ndindex(start.shape):
        moved = np.zeros_like(start)
        moved[place] = step
        ends = [kernel.value(*args[:at], start + sign * moved, *args[at + 1:]) for sign in (1, -1)]
        made[place] = (ends[0] - ends[1]) / (2 * step)
    return made


@pytest.mark.parametrize("formula", [
    "sum(W[k, k]**2 for k in N)", "sum(W[k, k] for k in N)**2",
    "sum(exp(W[k, k])*sum(W[k, j]*W[j, j] for j in N) for k in N)",
    "sum(T[k, k, k]**3 for k in N)", "sum(T[k, j, k]**3*T[j, j, k] for k in N for j in N)",
    "sum(T[k, j, j]*T[j, k, k] for k in N for j in N)",
])
def test_one_index_at_several_axes_is_a_diagonal(formula: str) -> None:
    name, rank = ("W", 2) if "W" in formula else ("T", 3)
    kernel = made_kernel(formula, given=f"{name}: real[{', '.join('N' * rank)}]")
    x, v = RNG.normal(size=(2, *(3,) * rank))
    assert np.allclose(kernel.grad(x), slope(kernel, (x,), 0), atol=1e-7)
    change = kernel.grad(x + 1e-6 * v) - kernel.grad(x - 1e-6 * v)
    assert np.allclose(kernel.hvp(x, v), change / 2e-6, atol=1e-7)
    batch = RNG.normal(size=(300, *(4,) * rank))
    assert np.allclose(kernel.grad(batch)[7], kernel.grad(batch[7]))


def test_labels_lie_on_diagonals_too() -> None:
    kernel = made_kernel("sum(o[y[t, t]]**2 for t in T)",
                           given=["o: real[K]", "y: label(K)[T, T]"], wrt="o")
    o, y = RNG.normal(size=3), np.array([[2, 0], [0, 1]])
    assert kernel.value(o, y) == pytest.approx(o[2]**2 + o[1]**2)
    assert np.allclose(kernel.grad(o, y), [0, 2 * o[1], 2 * o[2]])


def spd(*shape: int) -> Any:
    """Positive definite matrices."""
    a = RNG.normal(size=(*shape, shape[-1]))
    return a @ np.swapaxes(a, -1, -2) + np.eye(shape[-1])


def code_of(formula: str, given: list[str], wrt: str) -> str:
    """The statements that compute a value and its gradient."""
    text = made_kernel(formula, given=given, wrt=wrt).source
    return text.partition("def value_and_grad_rows(")[2].partition("\n\n\n")[0]


GAUSS = ("logdet(S)/2 + dot(y - m, solve(S, y - m))/2",
         ["y: real[D]", "m: real[D]", "S: spd[D, D]"])


@pytest.mark.parametrize("accuracy", ["fast", "faithful"])
def test_a_gaussian_by_its_mean(accuracy: str) -> None:
    kernel = made_kernel(GAUSS[0], given=GAUSS[1], wrt="m", accuracy=accuracy)
    y, m, s = RNG.normal(size=(7, 4)), RNG.normal(size=(7, 4)), spd(7, 4)
    solved = np.linalg.solve(s, (y - m)[..., None])[..., 0]
    value = np.linalg.slogdet(s)[1] / 2 + np.einsum("ni,ni->n", y - m, solved) / 2
    assert np.allclose(kernel.value(y, m, s), value)
    assert np.allclose(kernel.grad(y, m, s), -solved)
    assert np.allclose(kernel.hvp(y, m, s, np.eye(4)[0]), np.linalg.inv(s)[:, 0])
    assert np.allclose(kernel.hessian(y, m, s), np.linalg.inv(s))
    single = [a.astype(np.float32) for a in (y, m, s)]
    found = kernel.value_and_grad(*single)
    assert [a.dtype for a in found] == [np.float32, np.float32]
    exact = kernel.value_and_grad(*(a.astype(float) for a in single))
    for made, due in zip(found, exact, strict=True):  # float32 is computed in float64
        assert np.array_equal(made, due.astype(np.float32))


def test_one_factor_serves_value_and_gradient() -> None:
    code = code_of(*GAUSS, "m")
    assert code.count("cholesky(") == 1
    assert code.count("factor_solved(") == 1
    assert "invert" not in code


@pytest.mark.parametrize(("matrix", "given", "called"), [
    ("A", ["A: real[N, N]"], "solved("),
    ("A.T", ["A: real[N, N]"], "solved("),
    ("S", ["S: spd[N, N]"], "factor_solved("),
    ("X.T @ X + c*eye(N)", ["X: real[D, N]", "c: positive"], "factor_solved("),
    ("L", ["L: lower[N, N]"], "lower_solved("),
    ("L.T", ["L: lower[N, N]"], "upper_solved("),
])
def test_what_is_known_of_a_matrix_decides_how_it_is_solved(
        matrix: str, given: list[str], called: str) -> None:
    assert called in code_of(f"dot(b, solve({matrix}, b))", ["b: real[N]", *given], "b")


def kernel_of(matrix: str, kind: str) -> Any:
    return made_kernel(f"dot(b, {matrix} @ b)", given=["b: real[N]", f"A: {kind}[N, N]"],
                         wrt="b")


SINGULAR, INDEFINITE = [[1.0, 2], [2, 4]], [[1.0, 2], [2, 1]]


@pytest.mark.parametrize(("matrix", "kind", "bad", "words"), [
    ("inv(A)", "real", SINGULAR, "A must be invertible; it is singular"),
    ("inv(A)", "real", [[0.0, 0], [0, 0]], "A must be invertible; it is singular"),
    ("inv(A)", "symmetric", SINGULAR, "A must be invertible; it is singular"),
    ("inv(A)", "spd", INDEFINITE, "A must be positive definite; it is not"),
    ("inv(A)", "spd", SINGULAR, "A must be positive definite; it is not"),
    ("inv(A)", "lower", [[1.0, 0], [1, 0]], "A must be invertible; it is singular"),
    ("A", "symmetric", [[1.0, 2], [3, 1]], "A must be symmetric; it is not"),
    ("A", "spd", [[1.0, 2], [3, 9]], "A must be symmetric; it is not"),
    ("A", "lower", [[1.0, 2], [3, 9]], "A must be a lower triangle; it is not"),
    ("A", "diagonal", [[1.0, 0], [3, 9]], "A must be diagonal; it is not"),
    ("A", "symmetric", [[1.0, 2], [2, np.nan]], "A must be finite; it is not"),
    ("A", "spd", [[np.inf, 2], [2, 1]], "A must be finite; it is not"),
    ("inv(A.T @ A)", "real", SINGULAR, "A.T @ A must be positive definite; it is not"),
    ("inv(A + A.T)", "real", SINGULAR, "A [+] A.T must be invertible; it is singular"),
])
def test_bad_matrices_are_refused_by_name_and_example(
        matrix: str, kind: str, bad: Any, words: str) -> None:
    kernel, good, b = kernel_of(matrix, kind), np.eye(2), np.ones(2)
    for name in ("value", "grad", "value_and_grad"):
        call = getattr(kernel, name)
        with pytest.raises(ValueError, match=words) as raised:
            call(b, bad)
        assert type(raised.value) is ValueError
        with pytest.raises(ValueError, match=words + r" at \[1\]"):
            call(b, np.stack([good, bad, good]))
        with pytest.raises(ValueError, match=words + r" at \[2, 1\]"):
            call(b, np.stack([good, good, good, good, good, bad]).reshape(3, 2, 2, 2))


@pytest.mark.parametrize(("kind", "bad"), [("real", SINGULAR), ("spd", INDEFINITE),
                                           ("symmetric", [[1.0, 2], [3, 1]])])
def test_examples_that_do_not_count_may_have_any_matrix(kind: str, bad: Any) -> None:
    kernel, b = kernel_of("inv(A)", kind), np.ones(2)
    stack = np.stack([np.eye(2), bad])
    assert kernel.value(b, stack, mask=np.array([True, False])).tolist() == [2, 0]
    for accuracy in ("fast", "faithful"):
        made = made_kernel("dot(b, solve(A, b))", given=["b: real[N]", f"A: {kind}[N, N]"],
                             wrt="b", accuracy=accuracy)
        assert made.value(b, stack, mask=np.array([True, False])).tolist() == [2, 0]


def test_all_threads_tell_of_bad_matrices() -> None:
    kernel = kernel_of("inv(A)", "real")
    stack = np.broadcast_to(np.eye(2), (20000, 2, 2)).copy()
    stack[19999] = 0
    with pytest.raises(ValueError, match=r"A must be invertible; it is singular at \[19999\]"):
        kernel.value(np.ones(2), stack, threads=2)


def test_shapes_of_matrices_are_compared_in_words() -> None:
    kernel = kernel_of("inv(A)", "real")
    with pytest.raises(ValueError, match=r"A must be square; its shape is \(2, 3\)"):
        kernel.value(np.ones(2), np.ones((2, 3)))
    with pytest.raises(ValueError, match="A has length 3 along N, expected 2"):
        kernel.value(np.ones(2), np.ones((3, 3)))


def test_nan_in_a_plain_matrix_gives_nan() -> None:
    kernel = kernel_of("inv(A)", "real")
    stack = np.stack([np.eye(2), np.full((2, 2), np.nan)])
    assert np.array_equal(kernel.value(np.ones(2), stack), [2, np.nan], equal_nan=True)


def test_positive_definiteness_is_checked_though_nothing_is_factored() -> None:
    kernel = kernel_of("A", "spd")
    assert kernel.value(np.ones(2), INDEFINITE, check=False) == 6
    with pytest.raises(ValueError, match="A must be positive definite; it is not at"):
        kernel.value(np.ones(2), [np.eye(2), INDEFINITE])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("kind", ["real", "spd"])
def test_nearly_singular_matrices_are_solved_in_wide_numbers(kind: str, dtype: Any) -> None:
    kernel = kernel_of("inv(A)", kind)
    e = np.finfo(dtype).eps
    near = np.array([[1, 1], [1, 1 + e]], dtype)
    assert kernel.value(np.array([1, 0], dtype), near) == pytest.approx(1 + 1 / float(e), rel=1e-6)
    hilbert = 1 / (np.arange(10)[:, None] + np.arange(10) + 1)
    b = np.ones(10)
    with mp.workdps(60):
        due = sum(mp.inverse(mp.matrix(hilbert.tolist())))
    assert kernel.value(b, hilbert) == pytest.approx(float(due), rel=1e-12)


def test_stacked_matrices_have_their_own_solutions() -> None:
    kernel = made_kernel("sum(dot(b, solve(A[k], b))**2 for k in K)",
                           given=["b: real[N]", "A: real[K, N, N]"], wrt="b")
    a, b = RNG.normal(size=(5, 3, 4, 4)), RNG.normal(size=4)
    due = (np.einsum("i,nkij,j->nk", b, np.linalg.inv(a), b)**2).sum(1)
    assert np.allclose(kernel.value(b, a), due)
    assert np.allclose(kernel.grad(b, a[0]), slope(kernel, (b, a[0]), 0), rtol=1e-5)


PROCESS = """K[i, j] = exp(-(x[i] - x[j])**2/(2*l**2)) + s**2*delta(i, j)
L = (dot(y, solve(K, y)) + logdet(K))/2"""
COMPONENTS = """C = W @ W.T + s**2*eye(D)
L = (logdet(C) + trace(solve(C, S)))/2"""
FILTER = """T = H @ (F @ V @ F.T + Q) @ H.T + R
e = y - H @ F @ m
L = (logdet(T) + dot(e, solve(T, e)))/2"""
ATTENTION = """A[i, j] = exp(dot(Q[i], K[j]))/sum(exp(dot(Q[i], K[m])) for m in T)
L = sum((A @ V - Y)**2)"""
SIZES = {"D": 3, "N": 4, "M": 2, "T": 3}
GIVEN = {"gauss": GAUSS[1], "process": ["x, y: real[N]", "l, s: positive"],
         "components": ["W: real[D, M]", "S: spd[D, D]", "s: positive"],
         "filter": ["F: real[D, D]", "V, Q: spd[D, D]", "H: real[M, D]", "R: spd[M, M]",
                    "m: real[D]", "y: real[M]"],
         "ridge": ["X: real[N, D]", "y: real[N]", "lam: positive"],
         "triangle": ["y, m: real[D]", "L: lower[D, D]"],
         "attention": ["Q, K: real[T, D]", "V, Y: real[T, M]"],
         "factors": ["U: real[N, M]", "V: real[D, M]", "Y: real[N, D]", "lam: positive"],
         "plain": ["A: real[D, D]"], "scatter": ["B, C: spd[D, D]"]}
FORMULAS = {
    "gauss": GAUSS[0], "process": PROCESS, "components": COMPONENTS, "filter": FILTER,
    "ridge": "dot(y, y) - dot(X.T @ y, solve(X.T @ X + lam*eye(D), X.T @ y))",
    "triangle": "sum(log(L[i, i]) for i in D) + sum(solve(L, y - m)**2)/2",
    "attention": ATTENTION, "plain": "logdet(A @ A.T) + trace(inv(A))**2",
    "factors": "sum((U @ V.T - Y)**2) + lam*(sum(U**2) + sum(V**2))",
    "scatter": "trace(solve(B, C))"}


def drawn(kernel: Any) -> tuple[Any, ...]:
    """Arguments of a kernel."""
    def one(argument: Any) -> Any:
        shape = tuple(SIZES[str(d)] for d in argument.kind.shape)
        x = RNG.normal(size=shape)
        return {"spd": lambda: spd(*shape[:-1]), "positive": lambda: np.abs(x) + 0.5,
                "lower": lambda: np.tril(x, -1) + np.diag(np.abs(x[..., 0]) + 0.5),
                }.get(argument.kind.domain, lambda: x)()

    return tuple(one(a) for a in kernel.arguments)


def place_of(kernel: Any, name: str) -> int:
    return [a.name for a in kernel.arguments].index(name)


@pytest.mark.parametrize(("name", "wrt"), [
    ("gauss", "m"), ("process", "l"), ("components", "W"), ("filter", "m"), ("ridge", "lam"),
    ("plain", "A"), ("attention", "Q"), ("factors", "U"),
    *(pytest.param(*case, marks=pytest.mark.slow) for case in (
        ("process", "s"), ("process", "x"), ("filter", "F"), ("ridge", "X")))])
def test_gradients_of_models(name: str, wrt: str) -> None:
    kernel = made_kernel(FORMULAS[name], given=GIVEN[name], wrt=wrt)
    given = drawn(kernel)
    made = kernel.value_and_grad(*given)
    due = slope(kernel, given, place_of(kernel, wrt))
    assert np.allclose(made[1], due, rtol=1e-5, atol=1e-7 * np.abs(due).max())
    # Where the gradient is computed again in more digits, so is the value beside it.
    assert np.allclose(made[0], kernel.value(*given), rtol=1e-14, atol=0)
    stacked = [np.stack([a, a, a]) for a in given]
    assert np.allclose(kernel.grad(*stacked), made[1], rtol=1e-12)
    single = kernel.grad(*(np.asarray(a, np.float32) for a in given))
    assert single.dtype == np.float32
    assert np.allclose(single, made[1], rtol=1e-4, atol=1e-5 * np.abs(due).max())


@pytest.mark.parametrize(("name", "wrt"), [("gauss", "S"), ("filter", "Q"), ("scatter", "B"),
                                           ("triangle", "L")])
def test_gradients_by_matrices_of_a_type(name: str, wrt: str) -> None:
    kernel = made_kernel(FORMULAS[name], given=GIVEN[name], wrt=wrt)
    given = drawn(kernel)
    at = place_of(kernel, wrt)
    grad = kernel.grad(*given)
    for _ in range(3):  # along directions that the type allows
        way = RNG.normal(size=given[at].shape)
        way = np.tril(way) if wrt == "L" else way + way.T
        ends = [kernel.value(*given[:at], given[at] + step * way, *given[at + 1:])
                for step in (1e-6, -1e-6)]
        assert (ends[0] - ends[1]) / 2e-6 == pytest.approx(np.sum(grad * way), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(("name", "wrt"), [
    ("gauss", "S"), pytest.param("process", "l", marks=pytest.mark.slow), ("ridge", "lam"),
    ("triangle", "m")])
def test_second_derivatives_of_models(name: str, wrt: str) -> None:
    kernel = made_kernel(FORMULAS[name], given=GIVEN[name], wrt=wrt)
    given = drawn(kernel)
    at = place_of(kernel, wrt)
    start = np.asarray(given[at], float)
    way = RNG.normal(size=start.shape)
    way = way + way.T if wrt == "S" else way
    ends = [kernel.grad(*given[:at], start + step * way, *given[at + 1:])
            for step in (1e-5, -1e-5)]
    due = (ends[0] - ends[1]) / 2e-5
    atol = 1e-6 * np.abs(due).max()
    assert np.allclose(kernel.hvp(*given, way), due, rtol=1e-4, atol=atol)
    flat = kernel.hessian(*given).reshape(way.size, way.size) @ way.reshape(-1)
    assert np.allclose(flat.reshape(way.shape), due, rtol=1e-4, atol=atol)


def test_sums_are_taken_in_the_order_that_leaves_the_fewest_axes() -> None:
    code = code_of(FORMULAS["ridge"], GIVEN["ridge"], "lam")
    assert code.count("factor_solved(") == 1  # wᵀw with the w that the value has
    assert "invert" not in code
    code = code_of(PROCESS, GIVEN["process"], "x")
    assert code.count("cholesky(") == code.count("factor_solved(") == 1
    assert code.count("factor_inverted(") == 1  # its elements are asked for


def test_matrices_that_a_definition_names_are_refused_by_that_name() -> None:
    kernel = made_kernel(PROCESS, given=GIVEN["process"], wrt="l")
    with pytest.raises(ValueError, match=r"^K must be positive definite; it is not at \[1\]$"):
        kernel.value([[0.0, 1], [1, 1]], [1.0, 2], 1.0, 0.0, check=False)


def test_residuals_are_not_taken_apart() -> None:
    code = code_of("trace(inv(S) @ (Y - U @ V.T).T @ (Y - U @ V.T))",
                   ["S: spd[D, D]", "Y: real[N, D]", "U: real[N, M]", "V: real[D, M]"], "U")
    assert code.count("np.subtract(") == 2  # Y - U Vᵀ with its rows first, and with its columns


def test_the_certificate_measures_by_the_condition_number() -> None:
    kernel = made_kernel(GAUSS[0], given=GAUSS[1], wrt="S")
    for certificate in kernel.formula.certificates.values():
        assert certificate.linear
        assert certificate.again["typical"] == 0
        assert 0 < certificate.again["transition"] < 0.5  # correlations near 1
        assert not certificate.missed
    assert "times the condition number" in kernel.source
    assert "LinAlgError never" not in kernel.source


@pytest.mark.parametrize(("name", "wrt"), [("gauss", "S"), ("triangle", "L"), ("ridge", "lam")])
def test_generated_modules_pass_their_tests(name: str, wrt: str, tmp_path: Path) -> None:
    kernel = made_kernel(FORMULAS[name], given=GIVEN[name], wrt=wrt)
    (tmp_path / "made.py").write_text(kernel.source, encoding="utf-8")
    tests = self_test(kernel, "made", ("value", "grad", "value_and_grad"), "")
    (tmp_path / "test_made.py").write_text(tests, encoding="utf-8")
    done = subprocess.run([sys.executable, str(tmp_path / "test_made.py")], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("passed") == 6


def test_an_error_in_the_module_fails_its_tests(tmp_path: Path) -> None:
    kernel = made_kernel(GAUSS[0], given=GAUSS[1], wrt="S")
    wrong = kernel.source.replace("np.matmul(np.swapaxes(rows, -1, -2), rows)", "rows")
    assert wrong != kernel.source
    (tmp_path / "made.py").write_text(wrong, encoding="utf-8")
    tests = self_test(kernel, "made", ("value", "grad", "value_and_grad"), "")
    (tmp_path / "test_made.py").write_text(tests, encoding="utf-8")
    done = subprocess.run([sys.executable, str(tmp_path / "test_made.py")], capture_output=True,
                          text=True, check=False)
    assert done.returncode != 0


def test_recurrent_models_refuse_functions_of_matrices_in_words() -> None:
    with pytest.raises(KernelError, match="functions of matrices in recurrent models"):
        plan("""x: real[T, D]
h: real[T, H]
U: real[H, D]
W: real[H, H]
y: real[H]
h[t] = tanh(inv(W) @ h[t-1] + U @ x[t])
L = sum(sum((h[t] - y)**2) for t in T)""")
