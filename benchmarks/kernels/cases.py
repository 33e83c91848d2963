"""The 22 formulas and their 46 outputs, with each output written out again for mpmath.

The truths are textbook forms on purpose: precision, not their form, makes them right. They share
no code with the engine. `m` is a context with exp, log, pi and the other names they use.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import inputs

Truth = Callable[..., Any]


@dataclass(frozen=True)
class Output:
    """The value of a loss, or a derivative of it by one argument."""

    label: str
    order: int
    wrt: str
    truth: Truth


@dataclass(frozen=True)
class Case:
    """A formula as it is typed, the inputs to draw for it, and its outputs."""

    name: str
    formula: str
    given: tuple[str, ...]
    draw: inputs.Draw
    outputs: tuple[Output, ...]
    size: int = 0  # of its vectors
    sympy: str = ""  # where SymPy reads the formula in another way

    @property
    def arguments(self) -> tuple[str, ...]:
        return tuple(line.partition(":")[0] for line in self.given)


def _case(name: str, formula: str, given: tuple[str, ...], draw: inputs.Draw, wrt: str,
          *truths: Truth, size: int = 0, sympy: str = "") -> Case:
    labels = ("value", "gradient", "Hessian")
    outputs = tuple(Output(labels[n], n, wrt, t) for n, t in enumerate(truths))
    return Case(name, formula, given, draw, outputs, size, sympy)


def _softmax(m: Any, o: Any, y: int) -> Any:
    return m.log(_total(m.exp(v) for v in o)) - o[y]


def _softmax_gradient(m: Any, o: Any, y: int) -> list[Any]:
    powers = [m.exp(v) for v in o]
    total = _total(powers)
    return [e / total - (1 if k == y else 0) for k, e in enumerate(powers)]


def _total(terms: Any) -> Any:
    return sum(terms, 0)


def _s(m: Any, z: Any) -> Any:
    return 1 / (1 + m.exp(-z))


def _bce(m: Any, z: Any, y: Any) -> Any:
    return y * m.log(1 + m.exp(-z)) + (1 - y) * m.log(1 + m.exp(z))


def _focal_slope(m: Any, u: Any) -> Any:
    s = _s(m, u)
    return 2 * (1 - s) * s * (1 - s) * m.log(s) - (1 - s) ** 2 * (1 - s)


def _cosh(m: Any, x: Any) -> Any:
    return (m.exp(x) + m.exp(-x)) / 2


def _low(m: Any, z: Any) -> Any:
    """z, but no more than 60: beyond, the loss is far below the smallest number."""
    return z if z < 60 else m.mpf(60)


def _cloglog(m: Any, z: Any) -> Any:
    """Below -200 by two terms of the series in e**z: the next one is less than 10**-170."""
    w = m.exp(_low(m, z))
    return w / 2 - z if z < -200 else -m.log(1 - m.exp(-w))


def _cloglog_slope(m: Any, z: Any) -> Any:
    w = m.exp(_low(m, z))
    return w / 2 - 1 if z < -200 else -w * m.exp(-w) / (1 - m.exp(-w))


SOFTMAX = "log(sum(exp(o[k]) for k in K)) - o[y]"
BCE = "-y*log(1/(1+exp(-z))) - (1-y)*log(1-1/(1+exp(-z)))"
BCE_P = "-y*log(p) - (1-y)*log(1-p)"
_bce_outputs: tuple[Truth, ...] = (_bce, lambda m, z, y: _s(m, z) - y,
                                   lambda m, z, y: _s(m, z) * (1 - _s(m, z)))
_bce_p: tuple[Truth, ...] = (lambda m, p, y: -y * m.log(p) - (1 - y) * m.log(1 - p),
                             lambda m, p, y: -y / p + (1 - y) / (1 - p))

_GAUSSIAN = Case(
    "gaussian", "log(2*pi)/2 + s + (x-mu)**2/(2*exp(s)**2)", ("x: real", "mu: real", "s: real"),
    inputs.gaussian, (
        Output("value", 0, "mu",
               lambda m, x, mu, s: m.log(2 * m.pi) / 2 + s + (x - mu) ** 2 / (2 * m.exp(2 * s))),
        Output("d/dmu", 1, "mu", lambda m, x, mu, s: -(x - mu) / m.exp(2 * s)),
        Output("d/ds", 1, "s", lambda m, x, mu, s: 1 - (x - mu) ** 2 / m.exp(2 * s))))

CASES: tuple[Case, ...] = (
    *(_case(f"softmax-nll-{size}", SOFTMAX, ("o: real[K]", "y: label(K)"), inputs.logits(size),
            "o", _softmax, _softmax_gradient, size=size) for size in (2, 10, 1000)),
    _case("bce-logits-hard", BCE, ("z: real", "y: binary"), inputs.hard_logits, "z",
          *_bce_outputs),
    _case("bce-logits-soft", BCE, ("z: real", "y: probability"), inputs.soft_logits, "z",
          *_bce_outputs),
    _case("bce-probs-hard", BCE_P, ("p: probability", "y: binary"), inputs.hard_probabilities,
          "p", *_bce_p),
    _case("bce-probs-soft", BCE_P, ("p: probability", "y: probability"),
          inputs.soft_probabilities, "p", *_bce_p),
    _GAUSSIAN,
    _case("poisson", "exp(z) - y*z", ("z: real", "y: count"), inputs.poisson, "z",
          lambda m, z, y: m.exp(z) - y * z, lambda m, z, y: m.exp(z) - y),
    _case("log1mexp", "log(1-exp(-x))", ("x: positive",), inputs.positives, "x",
          lambda m, x: m.log(1 - m.exp(-x)), lambda m, x: m.exp(-x) / (1 - m.exp(-x))),
    _case("softplus", "log(1+exp(z))", ("z: real",), inputs.reals, "z",
          lambda m, z: m.log(1 + m.exp(z)), _s, lambda m, z: _s(m, z) * (1 - _s(m, z))),
    _case("log-sigmoid", "log(1/(1+exp(-z)))", ("z: real",), inputs.reals, "z",
          lambda m, z: m.log(_s(m, z)), lambda m, z: 1 - _s(m, z)),
    _case("logit", "log(p/(1-p))", ("p: probability",), inputs.probabilities, "p",
          lambda m, p: m.log(p / (1 - p)), lambda m, p: 1 / (p * (1 - p))),
    _case("plogpq", "p*log(p/q)", ("p: positive", "q: positive"), inputs.pairs(), "p",
          lambda m, p, q: p * m.log(p / q)),
    _case("plogpq-p+q", "p*log(p/q)-p+q", ("p: positive", "q: positive"), inputs.pairs(), "p",
          lambda m, p, q: p * m.log(p / q) - p + q),
    _case("kl-10", "sum(p[k]*log(p[k]/q[k]) for k in K)", ("p: positive[K]", "q: positive[K]"),
          inputs.pairs((10,)), "p",
          lambda m, p, q: _total(a * m.log(a / b) for a, b in zip(p, q, strict=True)), size=10),
    _case("log-cosh", "log(cosh(x))", ("x: real",), inputs.reals, "x",
          lambda m, x: m.log(_cosh(m, x)),
          lambda m, x: (m.exp(x) - m.exp(-x)) / (m.exp(x) + m.exp(-x)),
          lambda m, x: 1 / _cosh(m, x) ** 2),
    _case("huber", "r**2/2 if abs(r) <= 1 else abs(r) - 1/2", ("r: real",), inputs.residuals,
          "r", lambda m, r: r ** 2 / 2 if -1 <= r <= 1 else abs(r) - m.mpf(1) / 2,
          lambda m, r: r if -1 <= r <= 1 else (m.mpf(1) if r > 0 else m.mpf(-1)),
          sympy="Piecewise((r**2/2, Abs(r) <= 1), (Abs(r) - 1/2, True))"),
    _case("student-t", "5/2*log(1 + r**2/4)", ("r: real",), inputs.residuals, "r",
          lambda m, r: 5 * m.log(1 + r ** 2 / 4) / 2, lambda m, r: 5 * r / (4 + r ** 2)),
    _case("focal", "-(1 - 1/(1+exp(-u)))**2*log(1/(1+exp(-u)))", ("u: real",), inputs.reals,
          "u", lambda m, u: -((1 - _s(m, u)) ** 2) * m.log(_s(m, u)), _focal_slope),
    _case("cloglog", "-log(1-exp(-exp(z)))", ("z: real",), inputs.reals, "z",
          _cloglog, _cloglog_slope),
    _case("gumbel", "z + exp(-z)", ("z: real",), inputs.reals, "z",
          lambda m, z: z + m.exp(-z), lambda m, z: 1 - m.exp(-z)),
)


def case_named(name: str) -> Case:
    return next(c for c in CASES if c.name == name)


def selected(words: list[str]) -> list[Case]:
    """The cases whose name contains one of the words; all without words."""
    return [c for c in CASES if not words or any(w in c.name for w in words)]
