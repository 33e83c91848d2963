"""Sentences with formulas in them, in LaTeX."""

from __future__ import annotations

import re

import pytest

import derive
from derive.rendering.latex_phrases import pieces
from derive.rendering.tex import escaped, margin


@pytest.mark.parametrize(("words", "typeset"), [
    ("sum rule; ∂vⱼ/∂vᵢ = δᵢⱼ", r"sum rule; $\partial v_{j}/\partial v_{i} = \delta_{ij}$"),
    ("∂h/∂h, ∂o/∂h from above",
     r"$\partial h/\partial h$, $\partial o/\partial h$ from above"),
    ("E[(y − μ)²] = σ²", r"$E[(y - \mu)^{2}] = \sigma^{2}$"),
    ("estimate of μ put in", r"estimate of $\mu$ put in"),
    ("yₘ = softmax(z)ₘ", r"$y_{m} = \mathrm{softmax}(z)_{m}$"),
    ("logarithmic derivative ∫ u′/u = log u, u = Σₖ exp(zₖ)",
     r"logarithmic derivative $\int u'/u = \log u$, $u = \sum_{k} \exp(z_{k})$"),
    ("∫ x dx = x²/2", r"$\int x \, dx = x^{2}/2$"),
    ("(2y − 1)² = 1", "$(2y - 1)^{2} = 1$"),
    ("log of softmax, Σ t = 1", r"log of softmax, $\sum t = 1$"),
    ("A A⁻¹ = I", r"$A \, A^{-1} = I$"),
    ("∂ log det A = tr(A⁻¹ ∂A)", r"$\partial \log \det A = \mathrm{tr}(A^{-1} \, \partial A)$"),
    ("Φ(Φ⁻¹(u)) = u", r"$\Phi(\Phi^{-1}(u)) = u$"),
    ("At K = 2, z = (1, 0): ∂g₀/∂z₁ = 1, but 0.",
     r"At $K = 2$, $z = (1, 0)$: $\partial g_{0}/\partial z_{1} = 1$, but 0."),
    ("(1, 0) → (2, 1): work 14/3", r"$(1, 0) \to (2, 1)$: work 14/3"),
    ("h[t] is read by h[t + 1] and o[t].", "$h[t]$ is read by $h[t + 1]$ and $o[t]$."),
    ("μ = 7/3", r"$\mu = 7/3$"),
    ("I_μ_σ", r"$I_{\mu,\sigma}$"),
    ("∂l⁽ᵗ⁾/∂oᵢ⁽ᵗ⁾", r"$\partial l^{(t)}/\partial o_{i}^{(t)}$"),
    ("the loss (where 0 < t)", "the loss (where $0 < t$)"),
])
def test_formulas_in_a_sentence_are_typeset_as_formulas(words: str, typeset: str) -> None:
    assert escaped(words) == typeset


@pytest.mark.parametrize("words", [
    "derivative of log", "definition of softmax", "log of product, power, exp", "collect",
    "a constant factor", "I think", "3 observations", "sign into the bracket",
    "Goodfellow, Bengio (2016), eq. 10.14 and 10.18", "mean, sum and max", "and/or",
    "Bernoulli cross-entropy (bernoulli-ce, also log-loss)",
])
def test_plain_words_stay_text(words: str) -> None:
    assert escaped(words) == words


@pytest.mark.parametrize("words", ["5% & more_of it $x", r"\write18{rm}", r"∂\write18{a} = 1",
                                   "δ_{x} ^ # ~ = 1", "{ = }"])
def test_signs_that_mean_something_to_tex_are_escaped(words: str) -> None:
    known = (r"\\(textbackslash|textasciitilde|textasciicircum)\{\}|\\hat\{\}|\\(backslash|partial"
             r"|delta|sim|mathrm|text)(?![a-z])|\\[%&_#${}]|\\hat")
    for made in (escaped(words), margin(words)):
        assert "\\" not in re.sub(known, "", made)
        assert made.count("{") == made.count("}")


def test_no_sign_of_mathematics_is_left_in_the_text_of_a_margin() -> None:
    labels = {rule.label for rule in derive.rules()}
    left = {piece.text for label in labels for piece in pieces(label)
            if not piece.formula and not piece.text.isascii()}
    assert not left


def test_a_margin_is_text_beside_formulas_and_no_formula_within_text() -> None:
    assert margin("sum rule; ∂vⱼ/∂vᵢ = δᵢⱼ") == \
        r"\text{sum rule; }\partial v_{j}/\partial v_{i} = \delta_{ij}"
    shown = derive.grad("softmax-nll").show("latex") + derive.grad("softmax-nll").show("markdown")
    assert not re.search(r"\\text\{[^}]*\$", shown)
