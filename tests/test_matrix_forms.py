"""Results with whole vectors and matrices: as they are published, and right at random numbers."""

from __future__ import annotations

import doctest
import json
import random
import re
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest

import derive
from derive.derivation import Derivation
from derive.errors import KindError, VerificationError
from derive.judge.reading.formula_reader import read
from derive.notation.reading.parser import parse
from derive.tables.loss_table import losses
from tests.array_notation import array_value, element_values, numbers
from tests.conftest import declared, gradient_of, hessian_of, quick_share
from tests.test_mathml import check

PAGE = Path(__file__).resolve().parent.parent / "docs" / "matrix_forms.md"
ROWS = re.findall(r"^\| (gradient|jacobian|hessian) \| `(.*?)` \| `(.*?)` \| `(.*?)` \| (.*?) \|$",
                  PAGE.read_text(encoding="utf-8"), re.MULTILINE)
DIRECTIONS = {"gradient": "grad", "jacobian": "jacobian", "hessian": "hessian"}
RIDGE = ("X: real[N, D]", "w: real[D]", "y: real[N]")


def derived(direction: str, formula: str, given: Any, wrt: str) -> Derivation:
    """The derivation of a formula, not judged yet."""
    lines = given.split("; ") if isinstance(given, str) else list(given)
    return getattr(derive, DIRECTIONS[direction])(formula, given=lines, wrt=wrt)


def assert_same(result: Derivation, seed: int = 0, size: int | None = None) -> None:
    """The form in matrices, computed by NumPy, is the formula of elements at every place."""
    text = result.matrix("ascii")
    assert text is not None
    dims = sorted(set(re.findall(r"\b[A-Z]\w*\b", " ".join(
        line.partition(":")[2] for line in result.given))))
    sizes = {d: size or n for d, n in zip(dims, (3, 2, 4, 5, 2, 3), strict=False)}
    values = numbers(list(result.given), sizes, seed)
    with np.errstate(all="ignore"):  # both may have no value: 0/0 where a dimension has size 1
        elements = element_values(result.notation, {i.name: str(i.dim) for i in result.indices},
                                  sizes, values)
        array = array_value(text, values)
    if " if " in text and not array.shape:  # one of two cases is a number
        array = np.broadcast_to(array, elements.shape)
    assert array.shape == elements.shape, text
    np.testing.assert_allclose(array, elements, rtol=1e-9, atol=1e-9, err_msg=text)


# As they are published

@pytest.mark.parametrize(("direction", "formula", "given", "wrt", "form"), ROWS,
                         ids=[f"{d}-{w}-{f[:40]}" for d, f, _, w, _ in ROWS])
def test_the_table_of_the_documents(direction: str, formula: str, given: str, wrt: str,
                                    form: str) -> None:
    result = derived(direction, formula, given, wrt)
    assert result.matrix() == form
    for seed in range(2):
        assert_same(result, seed)


def test_the_table_is_read() -> None:
    assert len(ROWS) > 30
    assert doctest.testfile(str(PAGE), module_relative=False).failed == 0


@pytest.mark.parametrize(("formula", "given", "wrt", "form"), [
    ("sum(W*X)", "W, X: real[N, D]", "W", "X"),
    ("sum(W @ x)", "W: real[N, D]; x: real[D]", "W", "𝟏 xᵀ"),
    ("sum(W @ x)", "W: real[N, D]; x: real[D]", "x", "Wᵀ 𝟏"),
    ("sum(x)", "x: real[D]", "x", "𝟏"),
    ("c @ A @ B @ z", "A: real[N, M]; B: real[M, P]; c: real[N]; z: real[P]", "B", "Aᵀ c zᵀ"),
    ("c @ A @ B @ z", "A: real[N, M]; B: real[M, P]; c: real[N]; z: real[P]", "z", "Bᵀ Aᵀ c"),
    ("sum((E[y] - t)**2)", "E: real[K, D]; t: real[D]; y: label(K)", "E",
     "2 onehot(y) (E_y − t)ᵀ"),
    ("-log(exp(q @ B[0])/sum(exp(q @ B[n]) for n in N))", "q: real[D]; B: real[N, D]", "q",
     "Bᵀ softmax(B q) − B₀"),
    ("sum((C[i, j] - delta(i, j))**2 for i in D for j in D)", "C: real[D, D]", "C", "2 (C − I)"),
    ("sum((X - X @ W @ W.T)**2)", "X: real[N, D]; W: real[D, H]", "W",
     "2 ((X W Wᵀ − X)ᵀ X + Xᵀ (X W Wᵀ − X)) W"),
    ("max(0, sum((a - p)**2) - sum((a - n)**2) + m)", "a, p, n: real[D]; m: positive", "a",
     "2 (n − p) if ‖a − n‖² < m + ‖a − p‖² else 0"),
    ("sum(abs(x[k]) if abs(x[k]) > 1 else x[k]**2/2 + 1/2 for k in K)", "x: real[K]", "x",
     "𝟏[|x| > 1] ∘ sign(x) + x ∘ 𝟏[|x| ≤ 1]"),
    ("trace(A)", "A: real[N, N]", "A", "I"),
    ("sum(A**3)", "A: real[N, M]", "A", "3 A^∘2"),
    ("sum(x**3)", "x: real[N]", "x", "3 x²"),
    ("mean((x - mean(x))**2)", "x: real[D]", "x", "2 (x − mean(x)) / D"),
    ("sum(exp((f[i] + g[j] - C[i, j])/e) for i in N for j in M)",
     "f: real[N]; g: real[M]; C: real[N, M]; e: positive", "f",
     "exp((f 𝟏ᵀ + 𝟏 gᵀ − C) / e) 𝟏 / e"),
])
def test_further_forms(formula: str, given: str, wrt: str, form: str) -> None:
    result = derived("gradient", formula, given, wrt)
    assert result.matrix() == form
    assert_same(result)


@pytest.mark.parametrize(("formula", "given", "wrt", "form"), [
    ("logdet(S)/2 + r @ inv(S) @ r/2", "S: spd[N, N]; r: real[N]", "S",
     "(S⁻¹ − S⁻¹ r rᵀ S⁻¹) / 2"),
    ("logdet(S)/2 + (y - mu) @ inv(S) @ (y - mu)/2", "S: spd[N, N]; y, mu: real[N]", "mu",
     "S⁻¹ (μ − y)"),
    ("logdet(A)", "A: real[N, N]", "A", "A⁻ᵀ"), ("det(A)", "A: real[N, N]", "A", "det(A) A⁻ᵀ"),
    ("c @ inv(A) @ b", "A: real[N, N]; b, c: real[N]", "A", "−A⁻ᵀ c bᵀ A⁻ᵀ"),
    ("logdet(X.T @ X + lam*eye(D))", "X: real[N, D]; lam: positive", "X",
     "2 X (Xᵀ X + λ I)⁻¹"),
    ("y @ inv(S + s*eye(N)) @ y/2 + logdet(S + s*eye(N))/2",
     "S: spd[N, N]; s: positive; y: real[N]", "s",
     "(tr((S + s I)⁻¹) − ‖(S + s I)⁻¹ y‖²) / 2"),
    ("x @ A @ x", "A: symmetric[N, N]; x: real[N]", "x", "2 A x"),
    ("(w @ A @ w)/(w @ w)", "A: symmetric[N, N]; w: real[N]", "w",
     "2 ((wᵀ w) A w − (wᵀ A w) w) / (wᵀ w)²"),
    ("sum((y - S @ a)**2) + lam*(a @ S @ a)", "S: symmetric[N, N]; a, y: real[N]; lam: positive",
     "a", "2 S (S a + λ a − y)"),
])
def test_functions_of_matrices(formula: str, given: str, wrt: str, form: str) -> None:
    result = derived("gradient", formula, given, wrt)
    assert result.matrix() == form
    assert result.verify().verification.worst < 1e-12


@pytest.mark.parametrize(("direction", "formula", "given", "wrt", "form"), ROWS)
def test_forms_are_mathml(direction: str, formula: str, given: str, wrt: str, form: str) -> None:
    del form
    check(f"<math>{derived(direction, formula, given, wrt).matrix('mathml')}</math>")


@pytest.mark.parametrize(("formula", "given", "form"), [
    ("p = softmax(W @ x)\nL = -log(p[y])", "W: real[K, D]; x: real[D]; y: label(K)",
     "(p − onehot(y)) xᵀ"),
    ("h = tanh(W @ x)\nL = sum((V @ h - t)**2)",
     "W: real[H, D]; x: real[D]; V: real[K, H]; t: real[K]", "2 ((1 − h²) ∘ Vᵀ (V h − t)) xᵀ"),
])
def test_names_that_are_kept(formula: str, given: str, form: str) -> None:
    checked = derived("gradient", formula, given, "W").verify()
    assert checked.matrix() == form
    assert not checked.verification.unjudged


def test_the_unit_matrix_is_no_declared_one() -> None:
    result = derived("hessian", "sum((I @ x)**2) + sum(x**2)", "I: real[D, D]; x: real[D]", "x")
    assert result.matrix() == "2 (Id + Iᵀ I)"
    assert result.matrix("ascii") == "2 * (eye(D) + I.T @ I)"


def test_a_number_with_a_product_of_arrays() -> None:
    assert derived("gradient", "sum((X @ w - y)**2) + lam*sum(w**2)",
                   [*RIDGE, "lam: real"], "lam").matrix() == "wᵀ w"


@pytest.mark.parametrize(("formula", "given", "wrt"), [
    ("(z - y)**2", "z, y: real", "z"),                                 # numbers alone
    ("prod(x[k] for k in K)", "x: real[K]", "x"),                      # a product over an index
    ("sum(T[i, j, k]*x[i]*x[j]*x[k] for i in N for j in N for k in N)",
     "T: real[N, N, N]; x: real[N]", "x"),                             # three axes
    ("sum(x[k]*sum(x[j] for j in N if j <= k) for k in N)", "x: real[N]", "x"),
    ("sum(T[i, j, k]**2 for i in N for j in N for k in N)", "T: real[N, N, N]", "T"),
])
def test_where_there_is_none_nothing_is_shown(formula: str, given: str, wrt: str) -> None:
    result = derived("gradient", formula, given, wrt)
    assert result.matrix() is None
    assert "matrices" not in str(result)
    assert result.to_json()["result"]["matrix"] is None


# Right

@pytest.mark.parametrize("name", quick_share([e.name for e in losses()], 2))
def test_losses_of_the_catalogue(name: str) -> None:
    """By NumPy alone, as far as it has their functions."""
    for result in (gradient_of(name), hessian_of(name)):
        text = result.matrix("ascii")
        if text is None or re.search(r"\b(digamma|trigamma|phi|Phi|argmax)\b", text):
            continue
        assert_same(result)
        assert_same(result, size=1)


class Formulas:
    """Random formulas over vectors x, z: real[D], u: real[N], and matrices A, B of both."""

    GIVEN = ("x, z: real[D]", "u: real[N]", "A, C: real[N, D]", "B: real[D, D]",
             "y: label(D)", "c: positive")
    ELEMENTWISE = ("tanh", "sigmoid", "exp", "sin", "softplus")

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)

    def vector(self, depth: int) -> str:
        """A vector over D."""
        if depth == 0:
            return self.draw.choice(("x", "x", "z"))
        inner = self.vector(depth - 1)
        return self.draw.choice((
            f"{self.draw.choice(self.ELEMENTWISE)}({inner})", f"softmax({inner})",
            f"(B @ {inner})", f"({inner} @ B)", f"({inner} - {self.vector(0)})",
            f"({inner}*{self.vector(0)})", f"(c*{inner})", f"({self.tall(depth - 1)} @ A)",
            f"({inner})**2", f"(C.T @ {self.tall(depth - 1)})"))

    def tall(self, depth: int) -> str:
        """A vector over N."""
        inner = f"(A @ {self.vector(max(depth - 1, 0))})"
        return self.draw.choice((inner, f"({inner} - u)", f"tanh({inner})", f"(u*{inner})"))

    def number(self) -> str:
        """A number."""
        vector = self.vector(2)
        return self.draw.choice((
            f"{vector} @ z", f"sum({vector})", f"sum({self.tall(2)}**2)", f"u @ {self.tall(2)}",
            f"-log(softmax({vector})[y])", f"logsumexp({vector})", f"sum({vector}*{vector})",
            f"log(1 + sum({vector}**2))", f"sum((A @ {vector} - u)**2) + c*sum(x**2)"))


@pytest.mark.parametrize("seed", range(40))
def test_random_gradients(seed: int) -> None:
    formulas = Formulas(seed)
    formula = formulas.number()
    for wrt in ("x", "A", "B"):
        if re.search(rf"\b{wrt}\b", formula):
            result = derive.grad(formula, given=Formulas.GIVEN, wrt=wrt)
            if result.matrix() is not None:
                assert_same(result, seed)
                assert_same(result, seed, size=1)


@pytest.mark.parametrize("seed", range(20))
def test_random_jacobians_and_hessians(seed: int) -> None:
    formulas = Formulas(100 + seed)
    jacobian = derive.jacobian(formulas.vector(2), given=Formulas.GIVEN, wrt="x")
    hessian = derive.hessian(f"{formulas.vector(1)} @ z + sum(x**2)", given=Formulas.GIVEN,
                             wrt="x")
    for result in (jacobian, hessian):
        if result.result != 0:
            assert_same(result, seed)


# Judged

@pytest.mark.parametrize(("right", "wrong"), [
    ("X.T", "X.T @ X @ X.T"), ("@ w - y", "@ w + y"), ("2 *", "3 *")])
def test_a_wrong_form_is_refused(right: str, wrong: str) -> None:
    result = derived("gradient", "sum((X @ w - y)**2)", RIDGE, "w")
    text = result.matrix("ascii")
    assert text == "2 * X.T @ (X @ w - y)"
    planted = text.replace(right, wrong)
    with mock.patch.object(Derivation, "matrix", return_value=planted), \
            pytest.raises(VerificationError, match="in matrices disagrees"):
        result.verify()
    result.verify()


@pytest.mark.parametrize(("text", "message"), [
    ("X @ (X @ w - y)", "is not read by the judge"),   # shapes that do not fit
    ("X @ w - y", "has the axes"), ("2 * w.", "is not read")])
def test_a_form_of_another_shape_is_refused(text: str, message: str) -> None:
    result = derived("gradient", "sum((X @ w - y)**2)", RIDGE, "w")
    with mock.patch.object(Derivation, "matrix", return_value=text), \
            pytest.raises(VerificationError, match=message):
        result.verify()


@pytest.mark.parametrize(("direction", "formula", "given", "wrt", "form"), ROWS[::4])
def test_forms_are_judged_with_the_result(direction: str, formula: str, given: str, wrt: str,
                                          form: str) -> None:
    del form
    checked = derived(direction, formula, given, wrt).verify()
    assert checked.verification.ends


@pytest.mark.parametrize(("direction", "formula", "given", "wrt", "form"), ROWS[::3])
def test_forms_are_formulas_of_the_notation(direction: str, formula: str, given: str, wrt: str,
                                            form: str) -> None:
    """Read by the parser, the element at i, j is a number at every place."""
    del form
    result = derived(direction, formula, given, wrt)
    scope = declared(*result.given)
    scope.free_indices = True
    letters = ", ".join(i.name for i in result.indices)
    text = result.matrix("ascii")
    element = parse(f"({text})[{letters}]" if letters else str(text), scope)
    assert element.args


# In every form of print

def test_it_is_shown_everywhere() -> None:
    result = derived("gradient", "sum((X @ w - y)**2)", RIDGE, "w")
    assert "matrices  ∂L/∂w = 2 Xᵀ (X w − y)" in str(result)
    assert "matrices  d(L, w) = 2 * X.T @ (X @ w - y)" in result.show(ascii=True)
    for form in ("latex", "markdown", "notebook", "html"):
        shown = result.show(form)
        assert "In matrices" in shown
        assert r"2 \, X^{\top} \, (X \, w - y)" in shown.replace("\\\\", "\\")
    assert json.loads(result.show("json"))["result"]["matrix"] == {
        "notation": "2 * X.T @ (X @ w - y)", "unicode": "2 Xᵀ (X w − y)",
        "latex": r"2 \, X^{\top} \, (X \, w - y)"}


def test_each_of_several_results_has_its_form() -> None:
    result = derive.grad("sum((W @ x - t)**2)", given=["W: real[H, D]", "x: real[D]", "t: real[H]"],
                         wrt=["W", "x"])
    shown = " ".join(str(result).split())
    assert "matrices ∂L/∂W = 2 (W x − t) xᵀ ∂L/∂x = 2 Wᵀ (W x − t)" in shown
    assert [r["matrix"]["unicode"] for r in result.to_json()["results"]] == [
        "2 (W x − t) xᵀ", "2 Wᵀ (W x − t)"]


def test_a_hessian_names_the_variable_twice() -> None:
    result = derived("hessian", "sum((X @ w - y)**2)", RIDGE, "w")
    assert "∂²L/∂w ∂wᵀ = 2 Xᵀ X" in str(result)


def test_a_stored_derivation_of_an_earlier_version_is_read() -> None:
    stored = derived("gradient", "sum((X @ w - y)**2)", RIDGE, "w").to_json()
    del stored["result"]["matrix"]
    assert Derivation.from_json(stored).matrix() == "2 Xᵀ (X w − y)"
    stored["result"]["matrix"] = {"notation": "X", "unicode": "X", "latex": "X"}
    with pytest.raises(derive.DeriveError, match="matrix"):
        Derivation.from_json(stored)


# The words that forms rest on

@pytest.mark.parametrize(("text", "element"), [
    ("onehot(y)[i]", "delta(i, y)"), ("onehot(l)[n, i]", "delta(i, l[n])"),
    ("(W.T @ onehot(y))[j]", "W[y, j]"), ("array(2*x[k] for k in D)[j]", "2*x[j]")])
def test_words_of_forms(text: str, element: str) -> None:
    given = ["y: label(K)", "l: label(K)[N]", "W: real[K, D]", "x: real[D]"]
    letters = {"i": "K", "j": "D", "n": "N"}
    from derive.judge.reading.lazy_arrays import Point, Run, new_context

    ctx = new_context(20)
    values = {"y": 1, "l": {(0,): 2, (1,): 0}, "x": {(k,): ctx.mpf(k + 1) for k in range(2)},
              "W": {(i, j): ctx.mpf(3*i + j) for i in range(3) for j in range(2)}}
    point = Point({"K": 3, "D": 2, "N": 2}, values)
    for i in range(3):
        for j in range(2):
            results = []
            for line in (text, element):
                reading = read(line, given, letters)
                run = Run(ctx, point)
                run.env.update({reading.letters[n].slot: v for n, v in
                                {"i": i, "j": j, "n": j}.items()})
                results.append(reading.run(run))
            assert results[0] == results[1]


def test_onehot_of_no_label_is_refused() -> None:
    with pytest.raises(KindError, match="takes a label; z is of type real"):
        parse("onehot(z)[i]", declared("z: real", "i: index(K)"))
