"""One small derivation of each goal, derived once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import derive
from derive.derivation import Derivation

MODEL = """x, h: real[T]
w: real
y: real
h[t] = tanh(w*h[t-1] + x[t])
L = sum(h) - y
"""
VECTOR = ["z: real[K]", "t: simplex(K)"]

GOALS: dict[str, Callable[[], Derivation]] = {
    "gradient": lambda: derive.grad("softmax-nll"),
    "conditions": lambda: derive.grad("log(z)*u", given=["z: real", "u: real"], wrt="z"),
    "through": lambda: derive.grad("softmax-nll", through=["p"]),
    "route-lse": lambda: derive.grad("softmax-nll", route="lse"),
    "route-matching": lambda: derive.grad("softmax-nll", route="matching"),
    "unknown-function": lambda: derive.grad(
        "g(z)**2", given=["g: function", "z: real"], wrt="z"),
    "jacobian": lambda: derive.jacobian("softmax(o)", given="o: real[K]"),
    "hessian": lambda: derive.hessian("(z - y)**4", given=["z: real", "y: real"], wrt="z"),
    "cost": lambda: derive.cost("softmax(z) - t", given=VECTOR),
    "cost-by-cases": lambda: derive.cost("z if abs(z) < 1 else sign(z)"),
    "cost-by-parts": lambda: derive.cost("z*exp(z)"),
    "cost-in-the-output": lambda: derive.cost(
        "sigmoid(z) - t", given=["z: real", "t: probability"]),
    "matching-loss": lambda: derive.matching_loss("probit"),
    "nll": lambda: derive.nll("normal"),
    "nll-link": lambda: derive.nll("bernoulli", link="logit"),
    "score": lambda: derive.score("bernoulli"),
    "mle": lambda: derive.mle("bernoulli"),
    "mle-simplex": lambda: derive.mle("categorical"),
    "mle-data": lambda: derive.mle("poisson", data="1, 2, 4"),
    "fisher": lambda: derive.fisher("bernoulli"),
    "fisher-pivot": lambda: derive.fisher("logistic", wrt="mu"),
    "noise": lambda: derive.noise("(m - y)**2 / 2", given=["m: real", "y: real"]),
    "noise-label": lambda: derive.noise("softmax-nll"),
    "bptt": lambda: derive.bptt(MODEL),
}


@cache
def derived(goal: str) -> Derivation:
    """The derivation of a goal."""
    return GOALS[goal]()
