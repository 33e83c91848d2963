"""Stable forms: each rule is needed where it says so, and the certificate sees planted errors."""

from __future__ import annotations

import math
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

import derive
from derive.arrays.certificate.certificate import certify
from derive.arrays.lowering.index_lowering import Lowering
from derive.arrays.runtime import array_functions
from derive.arrays.stable.kernel_formulas import PLANS, Formula
from derive.arrays.stable.stable_forms import stable
from derive.arrays.targets.numpy.executing import runtime_names
from derive.rulebook.loading import standard_rulebook

RULES = tomllib.loads((Path(__file__).parent.parent / "rules" / "stability.toml").read_text())


def vector(name: str, of: Any) -> Any:
    """A function of a whole vector, written as in the notation: f(u(k) for k in K)."""
    def taken(*given: Any) -> Any:
        return of(list(given[0]) if len(given) == 1 else list(given))

    taken.__name__ = name
    return taken


def softmax(values: Any, exp: Any) -> Any:
    return [exp(v) / sum(exp(w) for w in values) for v in values]


RUNTIME = ("logPhi_between", "mills_between", "mean_between", "loggamma_rise", "digamma_rise",
           "trigamma_rise", "digamma_half_rise", "logB", "langevin",
           "loggamma_bend")


def plain_functions() -> dict[str, Any]:
    """What a person would type in NumPy."""
    special = pytest.importorskip("scipy.special")
    return {
        **{n: getattr(np, n) for n in ("exp", "log", "sinh", "cosh", "tanh", "cos", "sin", "sqrt",
                                       "log1p", "expm1")}, "abs": abs, "atanh": np.arctanh,
        "atan": np.arctan, "acot": lambda u: np.arctan2(1, u), "besseli0": special.i0,
        "besseli0e": special.i0e, "erf": special.erf, "Phi": special.ndtr,
        "logPhi": special.log_ndtr,
        "phi": lambda u: np.exp(-u**2 / 2) / np.sqrt(2 * np.pi),
        "mills": lambda u: np.sqrt(2 / np.pi) / special.erfcx(-u / np.sqrt(2)),
        "sigmoid": lambda u: 1 / (1 + np.exp(-u)), "softplus": lambda u: np.log(1 + np.exp(u)),
        "loggamma": special.gammaln, "digamma": special.digamma, "sign": np.sign,
        "trigamma": lambda u: special.polygamma(1, u), **{n: runtime_names()[n] for n in RUNTIME},
        "log1pmx": array_functions.log1pmx, "expm1mx": array_functions.expm1mx, "sum": sum,
        "pi": np.pi,
        "xlogx": array_functions.xlogx, "expm1quotient": array_functions.expm1quotient,
        "delta": lambda i, j: float(i == j),
        "softmax": vector("softmax", lambda v: softmax(v, np.exp)),
        "logsumexp": vector("logsumexp", lambda v: np.log(sum(np.exp(x) for x in v))),
        "max": vector("max", max), "argmax": vector("argmax", np.argmax),
        "below_max": vector("below_max", lambda v: [x - max(v) for x in v]),
        "exp_below_max": vector("exp_below_max", lambda v: [np.exp(x - max(v)) for x in v]),
    }


def stable_functions() -> dict[str, Any]:
    """The same with those that rules/unfold.toml writes out."""
    top = vector("softmax", lambda v: softmax([x - max(v) for x in v], np.exp))
    return {**plain_functions(), "softmax": top,
            "sigmoid": lambda u: np.exp(min(u, 0)) / (1 + np.exp(-abs(u))),
            "softplus": lambda u: max(u, 0) + np.log1p(np.exp(-abs(u))),
            "logsumexp": vector("logsumexp", lambda v: max(v) + np.log(
                sum(np.exp(x - max(v)) for x in v)))}


def exact_functions() -> dict[str, Any]:
    """The same in mpmath."""
    return {
        **{n: getattr(mp, n) for n in ("exp", "sinh", "cosh", "tanh", "cos", "sin", "sqrt", "erf",
                                       "log1p", "expm1", "atanh", "atan")},
        "log": mp.ln, "abs": abs, "besseli0": lambda u: mp.besseli(0, u), "Phi": mp.ncdf,
        "phi": mp.npdf, "pi": mp.pi, "sum": sum,
        "sigmoid": lambda u: 1 / (1 + mp.exp(-u)), "softplus": lambda u: mp.ln(1 + mp.exp(u)),
        "delta": lambda i, j: mpf(i == j),
        "loggamma": mp.loggamma, "digamma": mp.digamma, "trigamma": lambda u: mp.psi(1, u),
        "softmax": vector("softmax", lambda v: softmax(v, mp.exp)),
        "digamma_rise": lambda u, v: mp.digamma(u + v) - mp.digamma(u),
        "logB": lambda u, v: mp.loggamma(u) + mp.loggamma(v) - mp.loggamma(u + v),
        "logsumexp": vector("logsumexp", lambda v: mp.ln(sum(mp.exp(x) for x in v))),
        "below_max": vector("below_max", lambda v: [x - max(v) for x in v]),
    }


class Elements(list[Any]):
    """A vector that is typed as u(k) or as r[k]."""

    def __call__(self, place: int) -> Any:
        return self[place]


def evaluated(text: str, table: dict[str, Any], given: dict[str, Any], number: Any) -> Any:
    space = dict(table)
    for name, value in given.items():
        if isinstance(value, list):
            space |= {name: Elements(map(number, value)), "K": range(len(value))}
        else:
            space[name] = value if name in "yijkm" and isinstance(value, int) else number(value)
    with np.errstate(all="ignore"):
        return eval(text, space)


def ulps(found: Any, truth: Any) -> float:
    if not math.isfinite(found) or (found == 0 and truth != 0):
        return math.inf
    return float(abs(mpf(float(found)) - truth) / np.spacing(abs(float(truth))))


@pytest.mark.parametrize("name", [n for n, rule in RULES.items() if "tactic" not in rule])
def test_the_naive_form_fails_where_the_rule_says_and_the_stable_one_does_not(name: str) -> None:
    rule = RULES[name]
    with mp.workdps(900):
        truth = mpf(0)  # the limit
        if name != "entropy-term":
            truth = evaluated(rule["from"], exact_functions(), rule["fails"], mpf)
        naive = evaluated(rule["from"], plain_functions(), rule["fails"], np.float64)
        better = evaluated(rule["to"], stable_functions(), rule["fails"], np.float64)
        assert ulps(naive, truth) > 1024
        assert ulps(better, truth) <= 1024


def naive(target: str, given: list[str], result: str = "value") -> Any:
    """The certificate of a formula as it stands, without the rules for stability."""
    formula = Formula(target, given, None)
    found, indices = formula.formula(result)
    arrays = {leaf: (leaf.name, leaf.kind) for leaf in formula.leaves}
    lowering = Lowering(arrays, formula.dims)
    results = {result: (lowering.result(found, indices), tuple(i.dim for i in indices))}
    design = formula.plain(lowering, results, {"value": (result,)}, False)
    return certify(design, result, formula.points(design, result))


@pytest.mark.parametrize(("target", "given", "guarded"), [
    ("log(1 + exp(z))", ["z: real"], True),
    ("exp(z) - 1", ["z: real"], True),
    ("1 - cos(z)", ["z: real"], True),
    ("z**2 / (1 + z**2)", ["z: real"], True),
    ("abs(z) + 1", ["z: real"], False),
    ("exp(-abs(z))", ["z: real"], False),
])
def test_the_certificate_sees_where_floats_fail(target: str, given: list[str],
                                                guarded: bool) -> None:
    found = naive(target, given)
    assert bool(found.guards) == guarded
    assert found.missed == 0
    assert all(worst <= 1024 for worst in found.worst.values())


def test_what_is_caught_is_computed_again() -> None:
    formula = Formula("log(1 + exp(z))", ["z: real"], None)
    formula.forms["value"] = formula.loss, ()  # the rules are not used
    kernel = derive.kernel("log(1 + exp(z))", given="z: real")
    kernel.formula = formula
    kernel._running.clear()
    kernel._functions.clear()
    z = np.array([-300.0, -50.0, -1e-3, 3.0, 800.0, 1e9, -np.inf, np.inf])
    expected = [5.148200222412013e-131, 1.9287498479639178e-22, 0.6926473055599401,
                3.048587351573742, 800, 1e9, 0, np.inf]
    assert np.allclose(kernel.value(z), expected, rtol=1e-15, atol=0)


@pytest.mark.parametrize("name", ["softmax-nll", "bernoulli-ce", "gaussian-mse", "huber",
                                  "log-cosh", "multilabel-bce"])
def test_the_principal_losses_need_no_second_computation(name: str) -> None:
    kernel = derive.kernel(name)
    kernel.module(("hessian",))
    assert not any(found.guards for found in kernel.formula.certificates.values())


@pytest.mark.parametrize("formula", [
    "-log(exp(o[y]) / sum(exp(o[k]) for k in K))", "log(sum(exp(o[k]) for k in K)) - o[y]",
    "logsumexp(o) - o[y]", "-log(softmax(o)[y])"])
def test_a_typed_formula_gets_the_same_treatment(formula: str) -> None:
    rulebook = standard_rulebook()
    given = ["o: real[K]", "y: label(K)"]
    forms = [derive.kernel(f, given=given, wrt="o").formula.forms["value"][0]
             for f in (formula, "-log(softmax(o)[y])")]
    assert forms[0] == forms[1]
    assert stable(forms[0], rulebook) == forms[0]


@pytest.mark.parametrize(("n", "size"), [(500, 3), (40, 3), (3, 500)])
@pytest.mark.parametrize("name", ["softmax-nll", "bernoulli-ce", "poisson-nll", "focal"])
def test_faithful_is_rounded_once(name: str, n: int, size: int) -> None:
    fast, faithful = derive.kernel(name), derive.kernel(name, accuracy="faithful")
    rng = np.random.default_rng(n)
    given = [rng.integers(0, size, n) if a.integral else
             rng.integers(0, 2, n).astype(float) if a.kind.domain in ("binary", "count") else
             rng.normal(size=(n, *(size for _ in a.kind.shape))) if a.kind.domain == "real" else
             np.full(n, 2.0) for a in fast.arguments]
    for near, best in zip(fast.value_and_grad(*given), faithful.value_and_grad(*given),
                          strict=True):
        assert (np.abs(near - best) <= 1024 * np.spacing(np.abs(best))).all()
    single = [a.astype(np.float32) if a.dtype == float else a for a in given]
    double = [a.astype(float) if a.dtype == np.float32 else a for a in single]
    for rounded, best in zip(faithful.value_and_grad(*single), faithful.value_and_grad(*double),
                             strict=True):
        assert rounded.dtype == np.float32
        assert (np.abs(rounded - best) <= 0.51 * np.spacing(np.abs(best).astype("f4"))).all()


def test_the_two_tiers_share_one_program() -> None:
    formula = Formula("softmax-nll", [], None)
    fast, faithful = (formula.design(("value",), a) for a in ("fast", "faithful"))
    assert replace(fast, faithful=True, docstrings={}) == replace(faithful, docstrings={})
    assert set(PLANS) >= set(fast.plans)
