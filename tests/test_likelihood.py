"""Estimates, data and noise: closed forms, maxima, refusals."""

from __future__ import annotations

import random
import warnings
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from mpmath import mp, mpf

import derive
from derive.calculus.likelihood.densities.statistical_model import read_model, sample_of
from derive.core.atoms import Variable
from derive.core.heads import apply
from derive.core.indexing import exact, free_names
from derive.derivation import Derivation
from derive.errors import DeriveError, EvaluationError
from derive.judge.trees.evaluate import Point, evaluate
from derive.notation.reading.random_masks import read_mask
from derive.notation.reading.specification import specify
from tests.conftest import derivation, quick_share
from tests.test_cost import reads_back

ROOT = Path(__file__).resolve().parent.parent
mle = partial(derivation, "mle")
CLOSED = {
    "bernoulli": ["mean(y)"],
    "categorical": ["mean(delta(i, y[n]) for n in N)"],
    "poisson": ["mean(y)"],
    "geometric": ["N / (N + sum(y))"],
    "exponential": ["N / sum(y)"],
    "normal-variance": ["mean(y)", "mean((y - mean(y))**2)"],
    "laplace": ["median(y)", "mean(abs(y - median(y)))"],
    "pareto": ["N / (sum(log(y)) - N * log(min(y)))", "min(y)"],
    "uniform": ["min(y)", "max(y)"],
    "exponential-censored": ["sum(d) / sum(y)"],
}


def estimates(found: Derivation) -> dict[str, str]:
    told = [words.split(" = ", 1) for label, words in found.remarks if label == "estimate"]
    return dict(told)


def remark(found: Derivation, label: str) -> str:
    return next((words for one, words in found.remarks if one == label), "")


@pytest.mark.parametrize("name", CLOSED)
def test_the_estimate_is_the_known_one(name: str) -> None:
    found = mle(name)
    assert [one.notation for one in (found, *found.others)] == CLOSED[name]


@pytest.mark.parametrize("name", [entry.name for entry in derive.distributions() if not entry.base])
def test_the_table_of_estimates_is_what_is_derived(name: str) -> None:
    page = (ROOT / "docs" / "likelihood.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| {name} |"))
    column = row.strip("| ").split(" | ")[1]
    for estimate in (mle(name), *mle(name).others):
        assert estimate.goal != "mle" or f"= {estimate.notation}`" in column


def test_five_throws_of_which_one_is_a_head_give_one_fifth() -> None:
    found = derive.mle("bernoulli", data="0,0,0,1,0")
    assert estimates(found) == {"θ": "1/5"}
    assert found.verify().verification.worst < 1e-40


def test_minus_one_zero_one_give_mean_0_and_variance_two_thirds() -> None:
    assert estimates(derive.mle("normal", data=[-1, 0, 1]))["σ²"] == "2/3"
    assert estimates(derive.mle("normal-variance", data="-1 0 1")) == {"μ": "0", "v": "2/3"}


DRAWN = {"real": lambda u: 4 * u - 2, "positive": lambda u: 3 * u + mpf(1) / 8,
         "nonnegative": lambda u: 3 * u + mpf(1) / 8, "probability": lambda u: (8 * u + 1) / 10,
         "count": lambda u: mpf(int(5 * u)), "integer": lambda u: mpf(int(9 * u) - 4),
         "binary": lambda u: mpf(int(2 * u))}
SCALAR = [d.name for d in derive.distributions() if not d.likelihood and d.name != "uniform"
          and not any("[" in line or "simplex" in line or "label" in line
                      for line in (*d.given, *d.observed))
          and not {"pareto", "generalised-extreme-value"} & {d.name, d.base}]


def drawn(name: str, seed: int) -> Point:
    model = read_model(name)
    sample = sample_of(model)
    draw = random.Random(seed)
    scalars = {leaf: mpf(6) if leaf.kind.domain == "count" else mpf(3) / 2
               for leaf in model.scope.names.values()
               if isinstance(leaf, Variable) and leaf not in (*model.parameters, *model.observed)}
    tensors = {many: {(n,): DRAWN[many.kind.domain](mpf(draw.randrange(1, 999)) / 1000)
                      for n in range(6)} for many in sample.observed}
    return Point(sizes={sample.dim: 6}, scalars=scalars, tensors=tensors)


@pytest.mark.parametrize("name", quick_share(SCALAR, 3))
def test_no_neighbour_of_an_estimate_is_more_likely(name: str) -> None:
    model = read_model(name)
    sample = sample_of(model)
    found = mle(name)
    every = [found, *found.others]
    point = drawn(name, 4)
    for one in every:  # what stays open is taken as known
        if one.goal == "equation":
            x = one.quantity.args[1]
            point = point.with_scalar(x, mpf(4) / 5 if x.kind.domain == "probability" else mpf(2))
    closed = [one for one in every if one.goal == "mle" and isinstance(one.quantity, Variable)]
    likelihood = exact(sample.total)(apply("log", model.density))
    try:
        for one in [*closed, *closed]:
            point = point.with_scalar(one.quantity, evaluate(one.result, point, 30))
        here = evaluate(likelihood, point, 30)
    except EvaluationError:
        pytest.fail("the estimate or the likelihood has no value at plain data")
    for one in closed:
        value = point.scalars[one.quantity]
        for step in (mpf("1e-4"), mpf("-1e-4")):
            there = point.with_scalar(one.quantity, value * (1 + step) + step / 10)
            assert evaluate(likelihood, there, 30) <= here, one.notation


def test_what_no_rule_solves_is_left_as_the_equation() -> None:
    found = derive.mle("gamma")
    assert found.goal == "equation"
    assert "no closed form" in remark(found, "open")
    assert found.others[0].notation == "N * k / sum(y)"


def test_an_open_equation_is_solved_by_numbers_at_a_maximum() -> None:
    found = derive.mle("weibull", data=[1, 2, 3.5, 0.7])
    assert estimates(found)["k"].startswith("1.75843, by numbers")
    cauchy = {"given": ["m: real", "y: real"], "data": [20, 40, 41]}
    highest = derive.mle("1/(pi*(1 + (y - m)**2))", **cauchy)
    assert estimates(highest)["m"].startswith("40.4492, by numbers, the highest of 2")
    least = derive.mle("1/(pi*(1 + (y - m)**2))", given=["m: probability", "y: real"],
                       data=[-10, 11])
    assert not estimates(least)


def test_an_estimate_on_the_edge_is_called_so() -> None:
    found = derive.mle("bernoulli", data=[0, 0])
    assert estimates(found) == {"θ": "0, on the edge of its range"}
    assert not remark(found, "maximum")
    assert "a < b does not hold" in remark(derive.mle("uniform", data=[3]), "boundary")


@pytest.mark.parametrize(("density", "given", "data", "estimate"), [
    ("exp(-(y-theta)/theta)/theta", "theta: positive; theta <= y", "1.5,2,3,7", "θ = 3/2"),
    ("sqrt(2/pi)*exp(-(y-a)**2/2)", "a: real; a <= y", "1,2,6", "a = 1"),
    ("exp(-(y-theta)/theta**2)/theta**2", "theta: positive; theta <= y", "1,2,6", "θ = 1"),
    ("1/(2*theta)", "theta: positive; -theta <= y; y <= theta", "-3,2,1.5", "θ = 3"),
    ("1/(2*theta)", "theta: positive; -theta <= y; y <= theta", "-3.5,2", "θ = 7/2"),
    ("2*exp(-2*(y - m)**2)/sqrt(pi/2)", "m: real; y <= m", "-1,0,4", "m = 4"),
    ("exp(-(y-3*b)/b)/b", "b: positive; 3*b <= y", "6,7,12", "b = 2"),
    ("exp(-(y-mu)**2/2)/sqrt(2*pi)", "mu: nonnegative", "-3,-1", "μ = 0")])
def test_an_estimate_is_inside_of_what_types_and_data_allow(
        density: str, given: str, data: str, estimate: str) -> None:
    found = derive.mle(density, given=f"y: real; {given}", data=data)
    assert remark(found, "estimate").startswith(f"{estimate}, on the bound of what the data allow")
    assert "the score is 0 at" not in remark(found, "boundary")


def test_where_the_likelihood_grows_towards_an_open_end_there_is_no_estimate() -> None:
    found = derive.mle("exp(-(y-mu)**2/2)/sqrt(2*pi)", given="mu: positive; y: real", data="-3,-1")
    assert not found.estimates
    assert any(words.startswith("the likelihood grows as μ goes to 0, which it cannot be: there "
                                "is no maximum") for _, words in found.remarks)
    assert "0 < μ at the data" in remark(derive.mle(
        "exp(-(y-mu)**2/2)/sqrt(2*pi)", given="mu: positive; y: real"), "boundary")


@pytest.mark.parametrize(("name", "data", "words"), [
    ("bernoulli", "0,0,2", "observation 3, 2, is outside the support: y is 0 or 1"),
    ("poisson", "1,2.5", "observation 2, 2.5, is outside"),
    ("exponential", "1,-1", "observation 2, -1, is outside"),
    ("beta", "0.5,1", "observation 2, 1, is outside"),
    ("dirichlet", "0.2 0.3; 0.1 0.5", "its entries sum to 0.5, not to 1"),
    ("normal", "1 2; 3 4", "one number here, not 2 in a row"),
    ("bernoulli", "a,b", "is no number"),
    ("bernoulli", "", "there are no observations"),
    ("exponential-censored", "1;2", "d: 2 values, not 1"),
])
def test_data_that_cannot_be_are_refused(name: str, data: str, words: str) -> None:
    with pytest.raises(DeriveError, match=words) as caught:
        derive.mle(name, data=data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("huge", ["1e99999999", "1.E-99999999", "1e" + "9" * 3000, "-.5e+401"])
def test_a_number_of_millions_of_digits_is_refused(huge: str) -> None:
    for name, options in (("normal", {"data": f"{huge}, 2"}), ("normal", {"data": f"{huge}\n2\n"}),
                          ("normal", {"data": [huge, 2]}),
                          ("binomial", {"data": "1, 2", "values": {"n": huge}})):
        with pytest.raises(DeriveError, match="exponent is at most 400"):
            derive.mle(name, **options)
    with pytest.raises(DeriveError, match="part of dropout"):
        read_mask("dropout", huge)
    with pytest.raises(DeriveError, match=r"1\.0e\+399, is outside"):
        derive.mle("bernoulli", data="1e399, 1")
    with pytest.raises(DeriveError, match="below 100,000"):
        derive.mle("categorical", data="1, 1e12")


@pytest.mark.parametrize(("name", "data"), [
    ("geometric", "1e308"), ("negative-binomial", "1e300, 2, 1e300"), ("normal", "-1e308, 1e308")])
def test_a_search_beyond_floats_is_quiet(name: str, data: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        with suppress(DeriveError):
            derive.mle(name, data=data)


def test_a_value_that_the_data_do_not_tell_is_given_beside_them() -> None:
    assert "--value n=" in [w for label, w in derive.mle("binomial", data=[1, 2]).remarks
                            if label == "open"][-1]
    assert estimates(derive.mle("binomial", data=[1, 2, 2, 3], values={"n": 5})) == {"θ": "2/5"}


Z = [("gaussian-mse", {}, "sqrt(2*pi)"), ("absolute-error", {}, "2"), ("log-cosh", {}, "pi"),
     ("huber", {"delta": "1.5"}, "sqrt(2*pi)*erf(1.5/sqrt(2)) + 2*exp(-1.125)/1.5"),
     ("pinball", {"tau": "0.3"}, "1/(0.3*0.7)"),
     ("epsilon-insensitive", {"eps": "0.25"}, "2*(1 + 0.25)"),
     ("linex", {"a": "1"}, "exp(1)"), ("bernoulli-ce", {}, "1"), ("softmax-nll", {}, "1"),
     ("poisson-nll", {}, "1")]


@pytest.mark.parametrize(("name", "values", "told"), Z, ids=[z[0] for z in Z])
def test_the_total_of_exp_minus_loss_is_the_known_one(name: str, values, told: str) -> None:
    found = derive.noise(name)
    assert found.replay() == found.result
    assert found.verify().verification.worst < 1e-20
    truth = evaluate(specify(told).loss, Point(), 30)
    with mp.workdps(30):
        scalars = {n: mpf(values[n.name]) for n in free_names(found.result) if n.name in values}
        assert abs(evaluate(found.result, Point(scalars=scalars), 30) - truth) < 1e-25


def test_the_total_over_independent_labels_is_a_product() -> None:
    assert derive.noise("multilabel-bce").notation == "1"


@pytest.mark.parametrize(("loss", "noise"), [
    ("gaussian-mse", "Normal distribution with σ = 1"),
    ("absolute-error", "Laplace distribution with μ = z, b = 1"),
    ("bernoulli-ce", "Bernoulli distribution with θ = σ(z) (the logit link)"),
    ("poisson-nll", "Poisson distribution with λ = exp(z) (the log link)"),
    ("log-cosh", "Hyperbolic secant distribution with μ = z, s = 1"),
])
def test_choosing_a_loss_is_choosing_the_noise(loss: str, noise: str) -> None:
    assert remark(derive.noise(loss), "noise") == noise


def test_the_hinge_loss_is_no_negative_log_likelihood() -> None:
    with pytest.raises(derive.NoNoise, match=r"0\.7358 at z = 0, to 1\.135 at z = 1") as caught:
        derive.noise("hinge")
    assert caught.value.derivation.notation == "exp(-max(0, 1 + z)) + exp(-max(0, 1 - z))"


@pytest.mark.parametrize("name", ["welsch", "geman-mcclure", "tukey-biweight"])
def test_a_bounded_loss_assumes_no_noise(name: str) -> None:
    with pytest.raises(derive.NoNoise, match="infinity"):
        derive.noise(name)


def test_half_the_log_of_one_plus_a_square_is_not_normalisable() -> None:
    with pytest.raises(derive.NoNoise, match="infinity"):
        derive.noise("log(1 + (y - m)**2)/2", given=["m: real", "y: real"])


@pytest.mark.parametrize(("loss", "given", "base"), [
    ("m - y*log(m)", ["m: positive", "y: count"], "Poisson"),
    ("y/m - log(y/m) - 1", ["m: positive", "y: positive"], "1/y"),
])
def test_a_missing_base_measure_is_named(loss: str, given: list[str], base: str) -> None:
    with pytest.raises(derive.NoNoise, match="base measure") as caught:
        derive.noise(loss, given=given)
    assert base in str(caught.value)


@pytest.mark.parametrize("make", [
    lambda: derive.nll("bernoulli", link="logit"), lambda: derive.mle("normal", data=[1, 2]),
    lambda: derive.mle("categorical"), lambda: derive.mle("gamma"), lambda: derive.mle("cox"),
    lambda: derive.fisher("logistic"), lambda: derive.fisher("multinomial"),
    lambda: derive.noise("huber"),
])
@exact
def test_every_formula_of_the_data_reads_back(make) -> None:
    reads_back(make().to_json())


# One test for every fault that was found

def test_equal_branches_of_a_case_do_not_vary() -> None:
    found = derive.fisher("q if y == 1 else 1 - q", given=["q: probability", "y: binary"],
                          link="logit")
    assert found.notation == "sigmoid(z) * sigmoid(-z)"
    assert "no second derivative depends on y" in remark(found, "observed")


def test_ascii_says_sigma_and_not_sigmoid() -> None:
    page = derive.mle("normal").show("text", ascii=True)
    assert "The log-likelihood of mu and sigma" in page
    assert "sigmoid" not in page


def test_a_link_that_does_not_reach_all_values_is_improper() -> None:
    with pytest.raises(DeriveError, match="improper for lam"):
        derive.nll("poisson", link="logit")


def test_a_density_of_a_vector_is_checked_where_the_quadrature_can() -> None:
    found = derive.mle("prod(m[i]*exp(-m[i]*y[i]) for i in D)",
                       given=["m: positive[D]", "y: nonnegative[D]"], data=[[1, 2], [3, 5]])
    assert estimates(found) == {"m[0]": "1/2", "m[1]": "2/7"}


def test_a_density_may_leave_the_observation_to_its_range() -> None:
    found = derive.mle("1/c", given=["c: positive", "y: nonnegative", "y <= c"])
    assert found.notation == "max(y)"


def test_the_observation_is_no_parameter() -> None:
    with pytest.raises(DeriveError, match="is the observation"):
        derive.score("lam*exp(-lam*y)", given=["lam: positive", "y: positive"], wrt="y")


def test_an_estimate_holds_no_other_parameter() -> None:
    found = derive.mle("multivariate-normal-spherical")
    assert "mu" not in found.others[0].notation


def test_the_name_of_a_density_is_not_that_of_a_probability() -> None:
    found = derive.noise("-y*log(p) - (1 - y)*log(1 - p)", given=["p: probability", "y: binary"])
    assert found.others[0].quantity.name == "f"


def test_a_positive_root_of_a_quadratic_equation() -> None:
    found = derive.mle("exp(-(y - m)**2/(2*m))/sqrt(2*pi*m)", given=["m: positive", "y: real"],
                       data=[1, 2, 4])
    assert estimates(found)["m"] == "2.19258"


def test_a_probability_of_a_case_is_not_taken_apart_again() -> None:
    found = derive.fisher("1 - exp(-s) if y == 1 else exp(-s)", given=["y: binary", "s: positive"],
                          wrt="s")
    scalars = {n: mpf(1) / 2 for n in free_names(found.result)}
    truth = mp.exp(-mpf(1) / 2) / (1 - mp.exp(-mpf(1) / 2))
    assert abs(evaluate(found.result, Point(scalars=scalars), 15) - truth) < 1e-12


@pytest.mark.parametrize(("density", "given"), [
    ("q**2*y**(q**2 - 1)", ["y: probability", "q: positive"]),
    ("exp(w)**2*y**(-exp(w)**2 - 1)", ["y: positive", "y >= 1", "w: real"]),
    ("sqrt(s/(2*pi))*exp(-s*(y - m**3)**2/2)", ["y: real", "m: real", "s: positive"]),
])
def test_a_steep_or_distant_density_is_still_one(density: str, given: list[str]) -> None:
    assert derive.nll(density, given=given).result


def test_the_median_is_known_from_either_side() -> None:
    found = derive.mle("exp(-abs(m - y)/s)/(2*s)", given=["m: real", "s: positive", "y: real"])
    assert found.notation == "median(y)"


def test_all_parameters_may_be_asked_for_by_that_word() -> None:
    every_one, by_word = derive.score("normal"), derive.score("normal", wrt="all")
    assert [every_one.notation, *(d.notation for d in every_one.others)] == [
        by_word.notation, *(d.notation for d in by_word.others)]


def test_another_observation_than_that_of_the_entry_is_refused() -> None:
    assert derive.score("poisson", observed="y").notation == derive.score("poisson").notation
    with pytest.raises(DeriveError, match="'x' is not what poisson observes; that is y"):
        derive.score("poisson", observed="x")
