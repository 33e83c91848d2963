"""Derivatives as they are published: ours is equal to the published form, and as short.

Every topic of tests/data/topics.toml is derived, verified and compared where `-m slow` is asked
for; some of each kind always.
"""

from __future__ import annotations

import statistics

import pytest

import derive
from benchmarks.published_forms import Topic, measured, topics, used
from derive.errors import VerificationError

MOST = 1.5  # times the length of the published form
UNNAMED = {"sne"}  # the published form rests on a name that the formula does not have
TOPICS = {topic.name: topic for topic in topics()}
OFTEN = ["temperature-softmax", "infonce-query", "negative-sampling-outside", "ridge",
         "bradley-terry-worths", "elo", "triplet", "contrastive", "cosface", "center-loss-centers",
         "dice", "ppo", "jensen-shannon", "vae-kl-variance", "layernorm-plain"]


@pytest.mark.parametrize("name", OFTEN)
def test_ours_is_the_published_form_and_hardly_longer(name: str) -> None:
    row = measured(TOPICS[name])
    assert row.ratio <= MOST, row.result


@pytest.mark.slow
def test_every_topic_is_as_short_as_a_person_writes_it() -> None:
    rows = [measured(topic) for topic in TOPICS.values()]
    assert {r.topic.name for r in rows if r.ratio > MOST} <= UNNAMED
    assert statistics.median(r.ratio for r in rows) <= 1


def test_a_published_form_with_a_wrong_sign_is_refused() -> None:
    topic = TOPICS["ridge"]
    wrong = Topic(**{**vars(topic), "published": topic.published.replace("- y[n]", "+ y[n]")})
    with pytest.raises(VerificationError):
        wrong.check_published(topic.derivation())


def test_the_definitions_that_a_form_uses_count_with_it() -> None:
    lines = ["m = mean(x)", "s = sqrt(mean((x - m)**2))", "t[k] = x[k]"]
    assert list(used(lines, "x[i]/s")) == ["s = sqrt(mean((x - m)**2))", "m = mean(x)"]


# Each kind of form, by cases of its own


def result(formula: str, given: str, wrt: str) -> str:
    return derive.grad(formula, given=given.split("; "), wrt=wrt).verify().notation


KINDS = [
    # sums over an index are printed by arrays where the notation has them
    ("norm(a - b)**3/3", "a, b: real[K]", "a", "norm(a - b) * (a[i] - b[i])"),
    ("sum((X @ w - y)**2)/N", "X: real[N, D]; w: real[D]; y: real[N]", "w",
     "2 * mean(X[n, i] * (X[n] @ w - y[n]) for n in N)"),
    ("exp(-sum((a - b)**2))", "a, b: real[K]", "a", "2 * exp(-sum((a - b)**2)) * (b[i] - a[i])"),
    ("dot(u, tanh(W @ x + b))", "u, b: real[H]; W: real[H, D]; x: real[D]", "u",
     "tanh(b[i] + W[i] @ x)"),
    # deltas of a bound index in factored sums, deviations from a mean
    ("sum(u*(x - mean(x)))", "u, x: real[K]", "x", "u[i] - mean(u)"),
    ("sum((x - mean(x))**2)/2", "x: real[K]", "x", "x[i] - mean(x)"),
    ("sum(c[n]*(x[n] - sum(w*x))**2 for n in N)/2", "c, w, x: real[N]", "x",
     "c[i] * (x[i] - w @ x) - w[i] * (c @ (x - w @ x))"),
    # ranges that always hold after a shift
    ("sum(a[t]*y[t+1] for t in T if t < T - 1)", "a, y: real[T]", "y",
     "a[i - 1] if 1 <= i else 0"),
    ("sum(a[t]*y[t-2] for t in T if t >= 2)", "a, y: real[T]", "y",
     "a[i + 2] if i + 2 < T else 0"),
    # absolute values and signs
    ("x*abs(x)", "x: real", "x", "2 * abs(x)"),
    ("-(v - exp(v))/2", "v: real", "v", "(exp(v) - 1) / 2"),
    # stable forms that were typed
    ("max(z) + log(sum(exp(z - max(z)))) - z[y]", "z: real[K]; y: label(K)", "z",
     "softmax(z)[i] - delta(i, y)"),
    # sigmoids in other words
    ("log(exp(a) + exp(b))", "a, b: real", "a", "sigmoid(a - b)"),
    ("1/(1 + 10**(-z))", "z: real", "z",
     "log(10) * sigmoid(z * log(10)) * sigmoid(-z * log(10))"),
    ("log(1 + u)*u", "u: positive", "u", "log(1 + u) + u / (1 + u)"),
    # cases of one value
    ("min(r*A, min(max(r, 1 - e), 1 + e)*A)", "r: positive; A: real; e: probability", "r",
     "A if 0 < A and r < 1 + e or 1 - e < r and A <= 0 else 0"),
    # margins of one class
    ("log(exp(c[y] - m) + sum(exp(c[k]) for k in K if k != y))",
     "c: real[K]; y: label(K); m: positive", "c", "softmax(c[k] - m * delta(k, y) for k in K)[i]"),
]


@pytest.mark.parametrize(("formula", "given", "wrt", "short"), KINDS, ids=[k[0] for k in KINDS])
def test_a_kind_of_form(formula: str, given: str, wrt: str, short: str) -> None:
    assert result(formula, given, wrt) == short
