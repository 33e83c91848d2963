"""Parts of a derivation's page: formulas within sentences, the plot, plain code, what is packed."""

from __future__ import annotations

import math
import re
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import derive
from derive.rendering.derivation_rows import rows_of, sections
from derive.rendering.page.loss_plot import loss_plot
from derive.rendering.page.packed_steps import packed, unpacked
from derive.rendering.page.page_formulas import math as formula
from derive.rendering.page.phrases import phrase
from derive.rendering.value_and_gradient_code import plain_code
from derive.rulebook.loading import standard_rulebook


def runs(words: str, stepped: bool = False) -> list[str]:
    """The formulas in a sentence, as the texts of their elements."""
    made = re.findall("<math>.*?</math>", phrase(words, stepped))
    for run in made:
        ElementTree.fromstring(run)
    return [re.sub("<[^>]*>|[\u2061\u2062]", "", run) for run in made]


@pytest.mark.parametrize(("words", "formulas"), [
    ("sum rule; ∂vⱼ/∂vᵢ = δᵢⱼ", ["∂vj/∂vi=δij"]),
    ("δ picks one term", ["δ"]),
    ("Gradient of log p", ["logp"]),
    ("estimate of μ put in", ["μ"]),
    ("A⁻¹ A = I", ["A−1A=I"]),
    ("∂L/∂W_g from above", ["∂L/∂Wg"]),
    ("∂o/∂h, ∂h/∂h from above", ["∂o/∂h", "∂h/∂h"]),
    ("log of softmax, Σ t = 1", ["Σt=1"]),
    ("Σ sparsemax = 1", ["Σsparsemax=1"]),
    ("∫ x dx = x²/2", ["∫xdx=x2/2"]),
    ("max(0, u) is 0 elsewhere", ["max(0,u)"]),
    ("as a function of a and b:", ["a", "b"]),
    ("a, one of K classes", ["a", "K"]),
    ("A, a matrix of N × D real numbers", ["A", "N×D"]),
    ("Estimate of a", ["a"]),
    ("a is less than b", ["a", "b"]),
    ("Its derivative by a, the score:", ["a"]),
    ("then the density is exp(−loss) over its total Z", ["exp(−loss)", "Z"]),
    ("E[(y − μ)²] = σ²", ["E[(y−μ)2]=σ2"]),
    ("the least value is −Σₖ tₖ log(tₖ), where yₘ = tₘ", ["−Σktklog(tk)", "ym=tm"]),
    ("Cost with the gradient softmax(o)ₘ − δ_my", ["softmax(o)m−δmy"]),
    ("(f/g)' = (f' g - f g') / g**2.", ["(f/g)′=(f′g−fg′)/g2"]),
    ("1 / (1 + c^u) is the logistic sigmoid", ["1/(1+cu)"]),
    ("the derivative is c * u**(c - 1), times", ["c⋅uc−1"]),
    ("log(u**c) = c * log(u).", ["log(uc)=c⋅log(u)"]),
])
def test_formulas_in_a_sentence_are_formulas(words: str, formulas: list[str]) -> None:
    assert runs(words) == formulas


@pytest.mark.parametrize("words", [
    "log of softmax", "a network's output", "The one-hot vector of a label", "3 observations",
    "Goodfellow et al. (2016), eq. 10.41", "the multiplier times (1 − the sum),", "I do not know",
    "worst relative error 2e-59", "A product of many small numbers is awkward.", "do not", "",
    "before/after", "well-known - as it is", "the other classes' share", "a label's softmax",
])
def test_words_stay_words(words: str) -> None:
    assert runs(words) == []


def test_a_negative_number_in_words_has_a_minus_sign() -> None:
    assert phrase("(2, 1) → (3, 2): work -0.02, a low-cost way") == \
        "(2, 1) → (3, 2): work −0.02, a low-cost way"


def test_a_step_of_time_stands_above() -> None:
    assert "<msup><mi>h</mi>" in phrase("h[t] is read by h[t + 1].", stepped=True)
    assert "<msup>" not in phrase("E[y] = μ", stepped=False)


def test_hostile_words_are_escaped() -> None:
    assert "<script" not in phrase("<script>alert(1)</script> x = <b>")


def test_the_name_of_every_rule_is_well_formed() -> None:
    for rule in standard_rulebook():
        runs(rule.label)
        runs(rule.says)


def test_what_is_packed_is_unpacked() -> None:
    data = [[["a", "<b>é∂</b>"]], {"latex": "x"}]
    assert unpacked(packed(data)) == data
    assert re.fullmatch(r"[A-Za-z0-9+/=]+", packed(data))


def values(name: str, seed: int = 0) -> dict[str, Any]:
    """Values of the names of a few losses."""
    rng = np.random.default_rng(seed)
    return {"softmax-nll": {"o": rng.normal(size=4), "y": 2},
            "huber": {"z": 0.3, "y": 2.5, "delta": 1.2},
            "poisson-nll": {"z": 0.4, "y": 3},
            "gaussian-mse": {"mu": 0.4, "y": 1.3}}[name]


@pytest.mark.parametrize("name", ["softmax-nll", "huber", "poisson-nll", "gaussian-mse"])
def test_plain_code_gives_the_value_and_its_gradient(name: str) -> None:
    found, at = derive.grad(name), values(name)
    space: dict[str, Any] = {}
    exec(plain_code(found), space)
    variable = str(getattr(found.original.args[1], "tensor", found.original.args[1]).name)
    here, gradient = np.atleast_1d(at[variable]), np.atleast_1d(space["gradient"](**at))
    for place in range(len(here)):
        step = np.zeros(len(here))
        step[place] = 1e-6
        ahead, behind = (space["value"](**{**at, variable: here + sign * step if len(here) > 1
                                           else float(here[0] + sign * step[0])})
                         for sign in (1, -1))
        assert gradient[place] == pytest.approx((ahead - behind) / 2e-6, abs=1e-6)


def test_plain_code_of_matrices_has_their_shapes() -> None:
    found = derive.grad("sum((X @ W - Y)**2)", given=["X: real[N,D]", "W: real[D,K]",
                                                      "Y: real[N,K]"], wrt="W")
    space: dict[str, Any] = {}
    exec(plain_code(found), space)
    x, w, y = (np.random.default_rng(1).normal(size=size) for size in ((5, 3), (3, 2), (5, 2)))
    np.testing.assert_allclose(space["gradient"](x, w, y), 2 * x.T @ (x @ w - y))
    assert math.isclose(space["value"](x, w, y), ((x @ w - y)**2).sum())


def test_plain_code_of_estimates_takes_the_data() -> None:
    space: dict[str, Any] = {}
    exec(plain_code(derive.mle("normal")), space)
    assert space["estimate_mu"]([1, 2, 6]) == 3
    assert space["estimate_sigma"]([1, 3]) == 1


def test_what_plain_code_lacks_it_does_not_write() -> None:
    assert plain_code(derive.fisher("beta")) == "" or "def " in plain_code(derive.fisher("beta"))


def test_a_loss_of_numbers_is_plotted_with_its_derivative_and_sliders() -> None:
    plot = loss_plot(derive.grad("huber"))
    assert re.findall(r'label: "(\w+)", f', plot) == ["loss", "derivative"]
    assert re.findall(r'"name": "(\w+)"', plot) == ["delta", "y"]


@pytest.mark.parametrize("find", [
    lambda: derive.grad("softmax-nll"), lambda: derive.mle("normal"), lambda: derive.bptt("rnn"),
    lambda: derive.jacobian("softmax(o)", given=["o: real[K]"], wrt="o")])
def test_what_is_no_function_of_one_number_has_no_plot(find: Any) -> None:
    assert loss_plot(find()) == ""


def test_a_slider_keeps_to_what_is_assumed() -> None:
    plot = loss_plot(derive.grad("t*z", given=["t, z: real", "-1 <= t", "t <= 2"], wrt="z"))
    assert '"min": -1.0, "max": 2.0' in plot


@pytest.fixture(scope="module")
def long() -> tuple[derive.Derivation, str]:
    found = derive.bptt("lstm")
    return found, found.show("html")


def test_the_page_of_a_long_derivation_is_small(long: tuple[derive.Derivation, str]) -> None:
    assert len(long[1].encode()) < 300_000


def test_without_a_script_results_and_lines_are_there(long: tuple[derive.Derivation, str]) -> None:
    found, page = long
    page = re.sub("<script.*?</script>", "", page, flags=re.DOTALL)
    for result in (found, *found.others):
        assert formula(result.result, result, notes=False) in page
    for part in sections(found):
        for row in rows_of(part, "normal"):
            assert formula(row.line, part, terms=True, notes=False) in page
            assert phrase(row.rules) in page


def test_the_summary_of_checks_stands_once(long: tuple[derive.Derivation, str]) -> None:
    found = derive.grad("huber").verify()
    assert found.show("html").count(found.verification.summary) == 1


def test_the_loss_stands_first_and_what_does_not_occur_is_not_defined() -> None:
    found = derive.grad("softmax-nll")
    page = found.show("html")
    loss = formula(found.original.args[0], found)
    assert page.index(loss) < page.index(">Result<") < page.index(">Derivation<")
    assert found.meaning in re.sub("<[^>]*>", "", page)
    assert ">Defined<" not in page
    assert "a vector of" in page


@pytest.mark.parametrize(("given", "starts"), [
    (["l, u: real", "l < u"], {"l": 0, "u": 1}),
    (["l: real", "u: positive", "u != 1"], {"l": 1, "u": 2}),
    (["l: probability", "u: real", "u != l"], {"l": 0.3, "u": 1}),
    (["l, u: real", "l <= u"], {"l": 1, "u": 1}),
])
def test_sliders_start_where_the_conditions_hold(given: list[str], starts: dict[str, Any]) -> None:
    plot = loss_plot(derive.grad("(u - l)*z**2", given=["z: real", *given], wrt="z"))
    found = re.findall(r'"name": "(\w)".*?"value": ([\d.-]+)', plot)
    assert {name: float(value) for name, value in found} == starts
