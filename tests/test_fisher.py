"""Fisher information: certified by quadrature, equal to the published formulas, or refused."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from mpmath import mp, mpf

import derive
from derive.calculus.likelihood.densities import statistical_model as models
from derive.calculus.likelihood.densities.statistical_model import read_model
from derive.calculus.likelihood.information import expected_values
from derive.core import heads
from derive.core.indexing import depends, free_names, root
from derive.derivation import Derivation
from derive.errors import DeriveError, VerificationError
from derive.judge.trees import line_certificate
from derive.judge.trees.evaluate import Point, evaluate
from derive.tables.distribution_table import Distribution, distribution_for, standard_laws
from tests.conftest import quick_share
from tests.reference import value

ROOT = Path(__file__).resolve().parent.parent
TOLD = json.loads((Path(__file__).parent / "data" / "fisher_reference.json")
                  .read_text(encoding="utf-8"))
PAIRS = [(name, pair) for name, told in TOLD.items() for pair in told["information"]]
TABLE = [entry for entry in derive.distributions() if not entry.base]
BOUNDING = ("uniform",)  # every parameter bounds the support
REFUSED = [e.name for e in TABLE if e.censored or e.up_to or e.name in BOUNDING]
NAMES = [entry.name for entry in TABLE if entry.name not in REFUSED]
SLOW = ("student-t", "generalised-normal", "asymmetric-laplace", "log-logistic", "logistic", "beta",
        "gompertz", "gumbel", "gumbel-min", "laplace", "multivariate-normal", "weibull",
        "multivariate-normal-spherical", "kumaraswamy", "generalised-pareto", "inverse-gaussian",
        "negative-binomial", "negative-binomial-linear", "nakagami")  # verified at one point
# Nested quadrature of several seconds each: on demand.
LONG = ("student-t", "generalised-normal", "asymmetric-laplace", "kumaraswamy", "beta", "von-mises",
        "log-logistic", "laplace", "dirichlet", "logit-normal", "nakagami", "cauchy",
        "multivariate-normal-full", "skellam", "ordered-logit", "generalised-extreme-value")
SAMPLES = {"alpha": ("0.7", "1.9", "3.25"), "z": ("-0.4", "1.25", "0.3")}


@cache
def information(target: str, link: str | None = None, wrt: str | None = None,
                given: tuple[str, ...] = ()) -> Derivation:
    return derive.fisher(target, given=given, wrt=wrt, link=link)


def entries(found: Derivation) -> dict[str, Derivation]:
    """The entries of the matrix by the names of the parameters, `mu` or `mu_sigma`."""
    return {root(one.quantity).name.partition("_")[2]: one for one in (found, *found.others)}


def entry(found: Derivation, one: str, other: str) -> Derivation:
    """The entry for a pair of parameters, in either order."""
    known = entries(found)
    names = [one] if one == other else [f"{one}_{other}", f"{other}_{one}"]
    return next(known[name] for name in names if name in known)


def number(one: Derivation, numbers: dict[str, Any], digits: int = 40) -> Any:
    """The value of an entry; an expected value that is left is taken by quadrature."""
    laws = {law.variable: law for law in one.laws}
    leaves = [leaf for leaf in free_names(one.result) if leaf not in laws]
    scalars = {leaf: mpf(numbers[leaf.name]) for leaf in leaves}
    return evaluate(one.result, Point(scalars=scalars, laws=laws),
                    30 if one.result.has(heads.Expect) else digits)


@pytest.mark.parametrize("name", quick_share(NAMES, 3, never=LONG))  # seconds of quadrature
def test_the_information_is_the_expected_product_of_the_scores(
        name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name in SLOW:
        monkeypatch.setattr(line_certificate, "LAW_POINTS", 1)
    found = information(name)
    assert found.replay() == found.result
    assert found.verify(digits=18).verification.worst < 1e-15


@pytest.mark.parametrize("name", quick_share(NAMES, 2))
def test_the_table_of_information_is_what_is_derived(name: str) -> None:
    page = (ROOT / "docs" / "likelihood.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| {name} |"))
    column = row.strip("| ").split(" | ")[2]
    assert column != "none"
    for element in (information(name), *information(name).others):
        assert "expect(" in element.notation or f"= {element.notation}`" in column


def test_the_table_of_information_has_none_where_there_is_none() -> None:
    page = (ROOT / "docs" / "likelihood.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.count(" | ") == 2]
    assert {row[0] for row in rows if row[2] == "none"} == set(REFUSED)


@pytest.mark.parametrize("name", REFUSED)
def test_without_an_expected_score_there_is_no_information(name: str) -> None:
    with pytest.raises(DeriveError) as caught:
        derive.fisher(name)
    assert "\n" not in str(caught.value)


def test_few_distributions_are_refused() -> None:
    assert {"uniform", "tweedie", "cox"} < set(REFUSED)
    assert all(name in (*BOUNDING, "tweedie", "cox") or name.endswith("-censored")
               for name in REFUSED)


def test_a_parameter_that_bounds_the_support_is_left_out_with_a_reason() -> None:
    found = information("pareto")
    assert list(entries(found)) == ["alpha"]
    assert "xm" in dict(found.remarks)["left out"]


@pytest.mark.parametrize(("name", "pair"), PAIRS)
def test_the_information_is_the_published_one(name: str, pair: str) -> None:
    told = TOLD[name]
    found = information(told["target"], told.get("link"), told.get("wrt"),
                        tuple(told.get("given", ())))
    one, _, other = pair.partition(",")
    ours = entry(found, one, other or one)
    with mp.workdps(40):
        for point in told["points"]:
            point = {**point, "EulerGamma": mp.euler}
            numbers = {name: value(formula, point) for name, formula in told["bind"].items()}
            truth = value(told["information"][pair], point)
            assert abs(number(ours, numbers) - truth) <= mpf(10) ** -25 * max(1, abs(truth))


@pytest.mark.parametrize("name", TOLD)
def test_a_published_closed_form_is_derived_in_closed_form(name: str) -> None:
    told = TOLD[name]
    found = information(told["target"], told.get("link"), told.get("wrt"),
                        tuple(told.get("given", ())))
    for pair in told["information"]:
        one, _, other = pair.partition(",")
        assert "expect(" not in entry(found, one, other or one).notation, pair


@pytest.mark.parametrize("name", ["logistic", "gumbel", "gumbel-min", "von-mises", "student-t",
                                  "normal", "cauchy", "weibull", "gamma", "beta", "kumaraswamy",
                                  "generalised-pareto", "log-logistic", "logit-normal"])
def test_every_entry_of_the_matrix_has_a_closed_form(name: str) -> None:
    for pair, one in entries(information(name)).items():
        assert "expect(" not in one.notation, pair


def at_indices(one: Derivation, name: str, i: int, j: int) -> Any:
    """The entry at two indices, at the sample values of the only vector."""
    (tensor,) = (n for n in free_names(one.result) if n.name == name)
    values = {(n,): mpf(v) for n, v in enumerate(SAMPLES[name])}
    return evaluate(one.result, Point(
        sizes={d: len(values) for d in tensor.kind.shape}, tensors={tensor: values},
        scalars=dict(zip(one.indices, (i, j), strict=True))), 40)


@pytest.mark.parametrize(("i", "j"), [(0, 0), (0, 2), (2, 1), (1, 1)])
def test_the_information_of_a_dirichlet_is_a_diagonal_less_a_constant(i: int, j: int) -> None:
    with mp.workdps(40):
        a = [mpf(v) for v in SAMPLES["alpha"]]
        truth = (mp.psi(1, a[i]) if i == j else 0) - mp.psi(1, sum(a))
        assert abs(at_indices(information("dirichlet"), "alpha", i, j) - truth) < mpf(10) ** -30


@pytest.mark.parametrize(("i", "j"), [(0, 0), (0, 2), (2, 1), (1, 1)])
def test_the_information_of_scores_is_the_covariance_of_the_label(i: int, j: int) -> None:
    found = information("categorical", "softmax")
    with mp.workdps(40):
        powers = [mp.exp(mpf(v)) for v in SAMPLES["z"]]
        p = [power / sum(powers) for power in powers]
        truth = p[i] * ((i == j) - p[j])
        assert abs(at_indices(found, "z", i, j) - truth) < mpf(10) ** -30


@pytest.mark.parametrize(("name", "link"), [
    ("bernoulli", "logit"), ("binomial", "logit"), ("poisson", "log"), ("categorical", "softmax"),
    ("zero-truncated-poisson", "log"),
])
def test_with_a_canonical_link_observed_and_expected_information_are_one(name: str, link: str,
                                                                         ) -> None:
    found = information(name, link)
    curved = found.parts[-1]
    (y,) = read_model(name).observed
    assert curved.title == "Second derivative"
    assert not depends(curved.result, y)
    assert "observed information is the expected one" in dict(found.remarks)["observed"]
    turned = replace(found, start=-curved.result, steps=(), original=found.result, parts=())
    assert turned.verify(digits=20).verification.worst < 1e-15


@pytest.mark.parametrize(("name", "link"), [("bernoulli", "probit"), ("bernoulli", "cloglog"),
                                            ("poisson", "softplus")])
def test_with_another_link_the_observed_information_varies(name: str, link: str) -> None:
    found = information(name, link)
    (y,) = read_model(name).observed
    assert depends(found.parts[-1].result, y)
    assert "varies with y" in dict(found.remarks)["observed"]


@pytest.mark.parametrize(("name", "wrt", "at", "result"), [
    ("student-t-log-scale", "mu, log_s", "log_s", "2 * nu / (3 + nu)"),
    ("logit-normal-log-scale", None, "log_sigma", "2"),
])
def test_the_information_that_another_library_has_wrong_is_right(
        name: str, wrt: str | None, at: str, result: str) -> None:
    assert entry(information(name, None, wrt), at, at).notation == result


@pytest.mark.parametrize(("name", "wrong"), [
    ("bernoulli", ("y = 2*theta",)),
    ("poisson", ("y = lam + 1",)),
    ("normal", ("(y - mu)**2 = 2*sigma**2", "y = mu")),
    ("inverse-gaussian", ("y = 2*mu", "(y - mu)**2/y = mu**2/lam")),
])
def test_a_wrong_moment_is_caught(name: str, wrong: tuple[str, ...],
                                  monkeypatch: pytest.MonkeyPatch) -> None:
    def planted(target: str, declared: bool = False) -> Distribution:
        return replace(distribution_for(target), moments=wrong)

    monkeypatch.setattr(models, "entry_of", planted)
    found = derive.fisher(name)
    with pytest.raises(VerificationError, match="disagrees"):
        found.verify(digits=18)


def test_a_wrong_moment_of_a_standard_law_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    laws = standard_laws()
    law = laws["standard-cauchy"]
    moments = tuple(m.replace("= 3/8", "= 5/8").replace("= 1/8", "= 1/4") for m in law.moments)
    planted = {**laws, law.name: replace(law, moments=moments)}
    monkeypatch.setattr(expected_values, "standard_laws", lambda: planted)
    found = derive.fisher("cauchy")
    with pytest.raises(VerificationError, match="disagrees"):
        found.verify(digits=18)
