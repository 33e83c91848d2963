"""Misconceptions planted into derivations of the catalogue are found at their line, and named."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from benchmarks.planted_sheets import ENTRIES, Planted, Source, failure, renamed, reordered
from derive.errors import DataFileError
from derive.rulebook.loading import standard_rulebook
from derive.teaching.marking import misconceptions as room
from derive.teaching.marking.check_records import Check
from derive.teaching.marking.misconceptions import misconceptions
from derive.teaching.marking.sheet_check import check

ROOT = Path(__file__).resolve().parent.parent
QUICK = ("softmax-nll", "bernoulli-ce", "bernoulli-ce-probability", "gaussian-mse", "hinge",
         "squared-hinge", "absolute-error", "log-cosh", "poisson-nll", "normal-nll", "pinball",
         "huber", "triplet-margin", "gan-generator", "ranknet", "kl-softmax", "listnet", "focal",
         "brier", "savage", "weighted-bce", "exponential-loss")
PLANTED = QUICK[::2]  # planting is slower than accepting
MOST = 9  # planted lines of one loss; all lines of all losses are in the slow sweep


@cache
def source(name: str) -> Source:
    """The derivation of a loss's gradient, made once."""
    return Source(name)


def failed(made: Source, cases: Iterable[Planted]) -> list[str]:
    """What went wrong with planted lines."""
    return [wrong for case in cases if (wrong := failure(case, made.check(case.text)))]


@pytest.mark.parametrize("name", PLANTED)
def test_planted_misconceptions_are_named_at_their_line(name: str) -> None:
    places: dict[str, list[Planted]] = {}
    for case in source(name).plants():
        places.setdefault(case.name, []).append(case)
    cases = [p for planted in places.values() for p in dict.fromkeys((planted[0], planted[-1]))]
    cases = cases[::-(-len(cases)//MOST)]
    assert len([c for c in cases if not c.harmless]) >= 3
    assert failed(source(name), cases) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ENTRIES)
def test_planted_misconceptions_of_the_whole_catalogue(name: str) -> None:
    made = Source(name)
    assert failed(made, made.plants(all_ways=True)) == []


# Right derivations are not rejected


def accepted(text: str) -> Check:
    found = check(text, seconds=60)
    assert found.correct, f"{found}\n{text}"
    return found


@pytest.mark.parametrize("name", QUICK)
def test_right_derivations_are_accepted_however_they_are_written(name: str) -> None:
    made = source(name)
    assert accepted(made.text(*made.lines)).complete
    changed = [renamed(reordered(line)) for line in made.lines]
    accepted(made.text(*changed))
    accepted(made.text(made.lines[-1]))  # all steps skipped


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["gradient", "hessian"])
@pytest.mark.parametrize("name", ENTRIES)
def test_right_derivations_of_the_whole_catalogue(name: str, kind: str) -> None:
    made = Source(name, kind)
    assert accepted(made.text(*made.lines)).complete
    accepted(made.text(*(renamed(reordered(line)) for line in made.lines)))


# One plain example of each

O = ("o: real[K]", "y: label(K)")  # noqa: E741
NLL = (*O, "gradient of -log(softmax(o)[y]) with respect to o[i]")
Z = ("z, a: real", "s: positive")
EXAMPLES = {
    "softmax-without-exp": (*NLL, "1/sum(o) - delta(i, y)/o[y]"),
    "gradient-by-the-output": (*NLL, "-delta(i, y)/softmax(o)[y]"),
    "gradient-by-the-output-of-a-sigmoid": (
        "z: real", "y: binary",
        "gradient of -y*log(sigmoid(z)) - (1 - y)*log(1 - sigmoid(z)) with respect to z",
        "-y/sigmoid(z) + (1 - y)/(1 - sigmoid(z))"),
    "diagonal-only-jacobian": ("o: real[K]", "jacobian of softmax(o)[j] with respect to o[i]",
                               "softmax(o)[j]*(1 - softmax(o)[j])*delta(i, j)"),
    "softmax-as-sigmoid": ("o: real[K]", "jacobian of softmax(o)[j] with respect to o[i]",
                           "softmax(o)[j]*(1 - softmax(o)[j])"),
    "output-of-the-label": (*NLL, "softmax(o)[i] - delta(i, y)", "softmax(o)[y] - delta(i, y)"),
    "sum-taken-for-a-constant": (
        "z: real[K]", "t: simplex(K)", "cost of softmax(z) - t with respect to z[m]",
        "integral(softmax(z)[m] - t[m], z[m])", "softmax(z)[m] - t[m]*z[m]"),
    "integral-of-a-constant-kept": (
        "z: real", "t: real", "cost of z - t with respect to z", "z**2/2 - t"),
    "integrated-as-differentiated": (
        "z: real", "t: real", "cost of z**2 - t with respect to z", "2*z"),
    "log-differentiated-as-log": (*Z, "gradient of log(s + z**2) with respect to z",
                                  "log(s + z**2)*2*z"),
    "reciprocal-of-log-dropped": (*Z, "gradient of log(s + exp(a*z)) with respect to z",
                                  "a*exp(a*z)"),
    "sigmoid-as-its-own-derivative": (*Z, "gradient of s*sigmoid(a*z) with respect to z",
                                      "s*a*sigmoid(a*z)"),
    "sigmoid-slope-of-the-input": (*Z, "gradient of s*sigmoid(a*z) with respect to z",
                                   "s*a*(a*z)*(1 - a*z)"),
    "inner-derivative-of-tanh-dropped": (*Z, "gradient of s*tanh(a*z) with respect to z",
                                         "s*(1 - tanh(a*z)**2)"),
    "tanh-slope-of-the-input": (*Z, "gradient of s*tanh(a*z) with respect to z",
                                "s*a*(1 - (a*z)**2)"),
    "maximum-dropped": (*Z, "gradient of max(a, 1 - s*z) with respect to z", "-s"),
    "integral-of-a-reciprocal-as-log": (
        "z: real", "t: real", "cost of 1/(1 + exp(-z)) - t with respect to z",
        "log(1 + exp(-z)) - t*z"),
    "constant-not-counted": (
        "lam: positive", "x: count[N]",
        "gradient of sum(x[i]*log(lam) - lam for i in N) with respect to lam",
        "sum(x[i] for i in N)/lam - 1"),
    "by-the-square": (
        "x, mu: real", "s: positive",
        "gradient of -log(s) - (x - mu)**2/(2*s**2) with respect to s",
        "-1/(2*s**2) + (x - mu)**2/(2*s**4)"),
    "lost-brackets": (*Z, "gradient of a*(z + s)*sin(z) with respect to z",
                      "a*sin(z) + a*(z + s)*cos(z)", "a*sin(z) + a*z + s*cos(z)"),
    "another-index": ("o: real[K]", "jacobian of softmax(o)[j] with respect to o[i]",
                      "softmax(o)[j]*(delta(i, j) - softmax(o)[i])",
                      "softmax(o)[j]*delta(i, j) - softmax(o)[j]**2"),
    "another-name": ("w, x: real[D]", "y: binary",
                     "gradient of log(1 + exp(dot(w, x))) - y*dot(w, x) with respect to w[j]",
                     "(sigmoid(dot(w, x)) - y)*w[j]"),
    "inner-derivative-of-log-dropped": (*Z, "gradient of log(s + z**2) with respect to z",
                                        "1/(s + z**2)"),
    "inner-derivative-of-exp-dropped": (*Z, "gradient of exp(a*z) with respect to z", "exp(a*z)"),
    "exp-as-a-power": (*Z, "gradient of exp(a*z) with respect to z", "a*z*exp(a*z - 1)*a"),
    "inner-derivative-of-sigmoid-dropped": (
        *Z, "gradient of sigmoid(a*z) with respect to z", "sigmoid(a*z)*(1 - sigmoid(a*z))"),
    "sigmoid-with-plus": (*Z, "gradient of sigmoid(a*z) with respect to z",
                          "a*sigmoid(a*z)*(1 + sigmoid(a*z))"),
    "tanh-without-square": (*Z, "gradient of tanh(a*z) with respect to z", "a*(1 - tanh(a*z))"),
    "power-without-lowering": (*Z, "gradient of (z - a)**3 with respect to z", "3*(z - a)**3"),
    "exponent-lost": (*Z, "gradient of (z - a)**3 with respect to z", "(z - a)**2"),
    "inner-derivative-of-power-dropped": (
        *Z, "gradient of (a - s*z)**3 with respect to z", "3*(a - s*z)**2"),
    "sum-rule-on-a-product": (*Z, "gradient of z*exp(z*a) with respect to z", "a*exp(z*a)"),
    "product-rule-with-minus": (*Z, "gradient of z*exp(z*a) with respect to z",
                                "exp(z*a) - z*a*exp(z*a)"),
    "half-a-product-rule": (*Z, "gradient of sin(z)*exp(z*a) with respect to z",
                            "cos(z)*exp(z*a)"),
    "quotient-rule-swapped": (*Z, "gradient of sin(z)/(s + z**2) with respect to z",
                              "(sin(z)*2*z - cos(z)*(s + z**2))/(s + z**2)**2"),
    "quotient-of-derivatives": (*Z, "gradient of sin(z)/(s + z**2) with respect to z",
                                "cos(z)/(2*z)"),
    "quotient-rule-without-square": (*Z, "gradient of sin(z)/(s + z**2) with respect to z",
                                     "(cos(z)*(s + z**2) - sin(z)*2*z)/(s + z**2)"),
    "denominator-held-fixed": (*Z, "gradient of sin(z)/(s + z**2) with respect to z",
                               "cos(z)/(s + z**2)"),
    "reciprocal-without-sign": (*Z, "gradient of 1/(s + z**2) with respect to z",
                                "2*z/(s + z**2)**2"),
    "maximum-differentiated-inside": (*Z, "gradient of max(a, s*z) with respect to z",
                                      "max(a, s)"),
    "absolute-value-dropped": (*Z, "gradient of abs(z - a)*s with respect to z", "s"),
    "constant-kept": (*Z, "gradient of a + z**2 with respect to z", "a + 2*z"),
    "constant-factor-lost": (*Z, "gradient of a*exp(z) with respect to z", "exp(z)"),
    "log-of-sum": (*Z, "simplify log(s + exp(z))", "log(s) + z"),
    "log-of-product-as-product": (*Z, "simplify log(s*(1 + s))", "log(s)*log(1 + s)"),
    "log-of-power-as-power": (*Z, "simplify log(s**a)", "log(s)**a"),
    "exp-of-sum": (*Z, "simplify exp(z + a)", "exp(z) + exp(a)"),
    "square-of-sum": (*Z, "simplify (z + a)**2 - z**2", "a**2"),
    "delta-lost-in-the-sum": (
        *NLL, "sum(delta(i, k)*exp(o[k]) for k in K)/sum(exp(o)) - delta(i, y)",
        "1 - delta(i, y)"),
    "one-term-counted-for-all": (
        *NLL, "sum(delta(i, k)*exp(o[k]) for k in K)/sum(exp(o)) - delta(i, y)",
        "K*exp(o[i])/sum(exp(o)) - delta(i, y)"),
    "forgotten-label": (*NLL, "softmax(o)[i]"),
    "one-for-every-class": (*NLL, "softmax(o)[i] - 1"),
    "transposed-matrix": (
        "W: real[H, H]", "h, t: real[H]", "gradient of sum((W @ h - t)**2)/2 with respect to h[i]",
        "sum(W[i, j]*(sum(W[j, k]*h[k] for k in H) - t[j]) for j in H)"),
    "lost-factor": (*Z, "gradient of a*s*sin(z) with respect to z", "a*s*cos(z)", "s*cos(z)"),
    "lost-term": (*Z, "gradient of sin(z)*exp(z) with respect to z",
                  "cos(z)*exp(z) + sin(z)*exp(z)", "cos(z)*exp(z)"),
    "sign": (*NLL, "delta(i, y) - softmax(o)[i]"),
    "factor-two": (*Z, "gradient of log(1 + exp(z)) - a*z with respect to z", "2*sigmoid(z) - a"),
}


@pytest.mark.parametrize("name", misconceptions())
def test_each_misconception_is_named_in_its_plain_example(name: str) -> None:
    lines = EXAMPLES[name]
    found = check("\n".join([*lines[:-1], f"= {lines[-1]}"]))
    assert found.first_wrong_line == len(lines)
    assert found.misconception == name, [m.name for m in found.misconceptions]
    assert found.counterexample is not None


# The file of misconceptions


def test_there_are_at_least_twenty_and_each_has_its_sentences() -> None:
    assert len(misconceptions()) >= 20
    for one in misconceptions().values():
        assert one.says.endswith(".")
        assert one.hint.endswith(".")
        assert one.source
        for rule in one.rules:
            assert rule.left != rule.right
        assert not one.meant or standard_rulebook()[one.meant]


@pytest.mark.parametrize(("entry", "message"), [
    ('says = "a."\nhint = "b."\nstage = "x"\nsource = "s"', "'from' and 'to', or 'slip'"),
    ('says = "a."\nhint = "b."\nstage = "x"\nsource = "s"\nslip = "knee"', "'knee' is none of"),
    ('says = "a."\nhint = "b."\nstage = "x"\nsource = "s"\nalso = ["u to v"]', "from -> to"),
    ('says = "a."\nstage = "x"\nsource = "s"', "key 'hint' is missing"),
])
def test_a_bad_entry_is_refused_by_name(entry: str, message: str) -> None:
    table = tomllib.loads(entry)
    with pytest.raises(DataFileError, match=re.escape(message)):
        room.entry_of(Path("own.toml"), "own", table)
