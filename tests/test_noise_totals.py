"""Noise: residuals, targets with a bound, vectors, and Z judged by its tails and by predictions."""

from __future__ import annotations

import pytest
from mpmath import mp, mpf

import derive
from derive.core.indexing import exact, free_names
from derive.derivation import Derivation
from derive.errors import DeriveError, DivergentError, EvaluationError
from derive.judge.trees.evaluate import Point, evaluate
from derive.notation.reading.specification import specify
from tests.conftest import quick_rows

REAL = ["y: real", "z: real"]
VECTORS = ["y: real[K]", "z: real[K]"]


def remark(found: Derivation, label: str) -> str:
    return next((words for one, words in found.remarks if one == label), "")


@exact
def total(loss: str, given: list[str] = REAL, digits: int = 20, **values: str):
    """Z of a loss at a point, by numbers."""
    with_total = specify(f"total(exp(-({loss})), y)", given)
    scalars = {with_total.scope.names[n]: mpf(v) for n, v in values.items()}
    return evaluate(with_total.loss, Point(scalars=scalars), digits)


@pytest.mark.parametrize(("loss", "z"), quick_rows([
    ("1.01*log(1 + abs(y - z))", "200"), ("1.5*log(1 + abs(y - 2*z))", "4"),
    ("log(1 + abs(y - z)) + 2*log(1 + log(1 + abs(y - z)))", "2"),
    ("log(1 + abs(y - z)) + sqrt(log(1 + abs(y - z)))", "4"),
    ("2*log(abs(y - z)) + 1/abs(y - z)", "2"), ("log(1 + (y - z)**2)", "3.1415926535897932385"),
    ("log(abs(y - 2*z))/2 + abs(y - 2*z)", "3.5449077018110320546"),  # 2 sqrt(pi)
    ("log(abs(y - z))/2 + abs(y - z)", "3.5449077018110320546"),
    ("exp(y - z) - y + z", "1"),
], 3))
def test_the_total_is_right_however_slowly_its_tail_falls(loss: str, z: str) -> None:
    assert abs(total(loss, z="0.75") / mpf(z) - 1) < 1e-17


@pytest.mark.parametrize("loss", [
    "log(1 + abs(y - z))", "0.99*log(1 + abs(y - z))", "log(1 + (y - z)**2)/2",
    "log(1 + abs(y - z)) + log(1 + log(1 + abs(y - z)))",
    "log(1 + abs(y - z)) + 0.9*log(1 + log(1 + abs(y - z)))",
    "log(1 + abs(y - z)) - sqrt(log(1 + abs(y - z)))", "1 - exp(-(y - z)**2)",
    "log(abs(y - z)) + abs(y - z)", "log(abs(y - 2*z)) + abs(y - 2*z)",
    "2*log(abs(y - 3*z)) + abs(y)", "-abs(y - z)", "y - z",
])
def test_an_infinite_total_is_told_by_its_tail_or_its_pole(loss: str) -> None:
    with pytest.raises(DivergentError, match="diverges"):
        total(loss, z="0.75")


def test_a_tail_that_oscillates_about_the_border_is_not_decided() -> None:
    with pytest.raises(EvaluationError) as caught:
        total("(1 + cos(y))*log(1 + abs(y))*2", z="0.75")
    assert not isinstance(caught.value, DivergentError)


@pytest.mark.parametrize(("loss", "given", "wrt", "z", "noise"), quick_rows([
    ("(y - 2*z)**2/2", REAL, "z", "sqrt(2 * pi)", "Normal distribution with μ = 2 z, σ = 1"),
    ("(y - z - 1)**2/2", REAL, "z", "sqrt(2 * pi)", "Normal distribution with μ = 1 + z, σ = 1"),
    ("abs(y - exp(z))", REAL, "z", "2", "Laplace distribution with μ = exp(z), b = 1"),
    ("log(cosh(z + 3 - y))", REAL, "z", "pi",
     "Hyperbolic secant distribution with μ = 3 + z, s = 1"),
    ("(2*y - 4*z)**2/8", REAL, "z", "sqrt(2 * pi)", "Normal distribution with μ = 2 z, σ = 1"),
    ("(y - dot(w, x))**2/2", ["y: real", "w: real[D]", "x: real[D]"], "w", "sqrt(2 * pi)",
     "Normal distribution with μ = w · x, σ = 1"),
    ("(y - X[n] @ w)**2/2", ["y: real", "w: real[D]", "X: real[N, D]", "n: index(N)"], "w",
     "sqrt(2 * pi)", "Normal distribution with μ = (X w)ₙ, σ = 1"),
    ("sum(abs(y - z))", VECTORS, "z", "2**K", ""),
    ("norm(y - z)**2/2", ["y: real[2]", "z: real[2]"], "z", "2 * pi", ""),
    ("sum((y - X @ w)**2)/2", ["y: real[N]", "X: real[N, D]", "w: real[D]"], "w",
     "2**(N/2) * pi**(N/2)", ""),
    ("sum(exp(z) - y*z + loggamma(1 + y))", ["y: count[K]", "z: real[K]"], "z", "1", ""),
    ("sum(softplus(z) - y*z)", ["y: binary[K]", "z: real[K]"], "z", "1", ""),
    ("y - z", [*REAL, "z <= y"], "z", "1", ""), ("z - y", [*REAL, "y <= z"], "z", "1", ""),
    ("(y - z)**2/2", [*REAL, "z <= y"], "z", "1 / sqrt(2 / pi)", ""),
], 3))
def test_z_is_known_where_the_loss_is_one_of_a_residual(
        loss: str, given: list[str], wrt: str, z: str, noise: str) -> None:
    found = derive.noise(loss, given=given, wrt=wrt)
    assert (found.notation, remark(found, "noise")) == (z, noise)
    assert found.replay() == found.result
    found.verify()


@pytest.mark.parametrize(("loss", "given", "noise"), [
    ("-log(softmax(o)[y])", ["o: real[K]", "y: label(K)"],
     "Categorical distribution with pᵢ = softmax(o)ᵢ (the softmax link)"),
    ("logsumexp(o) - o[y]", ["o: real[K]", "y: label(K)"],
     "Categorical distribution with pᵢ = softmax(o)ᵢ (the softmax link)"),
    ("softplus(z) - y*z", ["z: real", "y: binary"],
     "Bernoulli distribution with θ = σ(z) (the logit link)"),
    ("exp(z) - y*z + loggamma(1 + y)", ["z: real", "y: count"],
     "Poisson distribution with λ = exp(z) (the log link)"),
])
def test_label_noise_is_named_with_its_link(loss: str, given: list[str], noise: str) -> None:
    assert remark(derive.noise(loss, given=given), "noise") == noise


@pytest.mark.parametrize(("loss", "given", "words"), quick_rows([
    ("2*(z - y)**2", ["y: integer", "z: real"], r"1\.271 at z = 0"),
    ("(z - y)**2/2", ["y: integer", "z: real"], r"2\.50662828804291 at z = 0"),
    ("abs(y - z)*(2 + cos(2*pi*z))", REAL, r"0\.6667 at z = 0"),
    ("abs(y - z)*(2 + cos(2*pi*z)) - log(2 + cos(2*pi*z*3))", REAL, "depends on the prediction"),
    ("abs(y - z)", ["y: positive", "z: real"], r"1\.0 at z = 0, to 1\.632 at z = 1"),
    ("sum((y - z)**2)*exp(z[0])", VECTORS, "depends on the prediction"),
    ("1.01*log(1 + abs(y - z))", ["y: integer", "z: real"], r"200\.2 at z = 0"),
], 3))
def test_a_total_that_depends_on_the_prediction_is_seen_between_whole_numbers(
        loss: str, given: list[str], words: str) -> None:
    with pytest.raises(derive.NoNoise, match=words):
        derive.noise(loss, given=given, wrt="z")


def test_a_total_that_is_known_by_numbers_alone_is_called_so() -> None:
    found = derive.noise("1.01*log(1 + abs(y - z))", given=REAL)
    assert remark(found, "open") == ("no rule has a closed form for Z; by quadrature Z ≈ 200.0; it "
                                     "does not depend on z, by the substitution")


def test_the_rule_of_a_whole_line_is_not_taken_for_half_of_it() -> None:
    found = derive.noise("(y - z)**4", given=[*REAL, "z <= y"])
    with mp.workdps(15):
        assert mp.nstr(mp.gamma(mpf(5) / 4), 12) in remark(found, "open")


def test_a_missing_base_measure_of_counts_is_named() -> None:
    with pytest.raises(derive.NoNoise, match=r"exp\(−logΓ\(1 \+ y\)\); with it: Poisson"):
        derive.noise("exp(z) - y*z", given=["z: real", "y: count"])


def test_names_that_are_left_over_are_no_error() -> None:
    with pytest.raises(DeriveError, match="prediction"):
        derive.noise("abs(y - z)*a*b", given=["y: real", "z: real", "a: real", "b: real"])
    assert free_names(derive.noise("abs(y - z)", given=REAL).result) == set()
