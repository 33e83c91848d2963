"""No derivative is 0 because no rule was there: every function in an equation of a model."""

from __future__ import annotations

import numpy as np
import pytest

import derive
from derive.arrays.recurrent.compiled_model import CompiledModel
from derive.calculus.gradient.chain_rule import put_in
from derive.calculus.recurrence.adjoint_recurrence import Adjoints
from derive.core import heads
from derive.core.exact import exact
from derive.errors import DeriveError, KernelError, NotDifferentiableError
from derive.functions.function_records import Function, standard_functions
from derive.notation.reading.model_equations import read_model
from derive.rulebook.loading import standard_rulebook

WITHIN_UNIT, POSITIVE, AROUND = (.1, .8), (.5, 1.), (-.9, 1.7)  # the least u[t], and its range
RANGES = {"log": POSITIVE, "sqrt": POSITIVE, "log2": POSITIVE, "log10": POSITIVE,
          "logit": WITHIN_UNIT, "betainc": WITHIN_UNIT, "logbeta": POSITIVE, "": AROUND,
          "u > 0": POSITIVE,
          "-1 < u and u < 1": (-.9, 1.6), "-1 <= u and u <= 1": (-.9, 1.6),
          "0 < u and u < 1": WITHIN_UNIT, "u < 1": (-.9, 1.6), "u > -1": (-.5, 1.)}
BY_HAND = {"polygamma": "polygamma(2, u[t])", "polylog": "polylog(3, u[t])",
           "besseli": "besseli(3, u[t])", "clip": "clip(u[t], -2, 3)",
           "logPhi_between": "logPhi_between(u[t] + 2, v[t], u[t] + 2 - v[t])",
           "mills_between": "mills_between(u[t] + 2, v[t], u[t] + 2 - v[t])",
           "mean_between": "mean_between(u[t] + 2, v[t], u[t] + 2 - v[t])",
           "loggamma_bend": "loggamma_bend(u[t], v[t], 1)", "gammainc": "gammainc(2, u[t])",
           "gammaincc": "gammaincc(2, u[t])", "betainc": "betainc(2, 3, u[t])",
           "dot": "dot(h[t], U)"}
WITHOUT_CODE = {"trigamma", "polygamma", "trigamma_rise", "Ei", "Si", "Ci", "polylog", "besseli"}
REDUCTIONS = ("sum(h[t])", "mean(h[t])", "prod(h[t])", "var(h[t])", "std(h[t])", "max(h[t])",
              "min(h[t])", "h[t, argmax(h[t])]", "h[t, argmin(h[t])]", "U[argmax(h[t])]*h[t, 0]",
              "max(h[t, i]*U[i] for i in H)", "min(h[t, i]*U[i] for i in H if i != 1)",
              "sum(h[t, i] for i in H if h[t, i] > h[t, 0])", "max(h[t])*min(h[t])",
              "sum(softmax(h[t])[i]*U[i] for i in H)", "median(h[t, i]*U[i] for i in H)",
              "h[t, 0] if max(h[t]) > 1 else h[t, 1]", "where(h[t, 0] > h[t, 1], 1, h[t, 2])")


def call(function: Function) -> str:
    """The function of the state, as an equation would have it."""
    if function.name in BY_HAND:
        return BY_HAND[function.name]
    if function.takes_vector:
        return f"{function.name}(h[t]){'[1]' if function.vector_valued else ''}"
    return f"{function.name}({', '.join(f'{n}[t]' for n in 'uv'[:len(function.parameters)])})"


def of_numbers(formula: str, name: str, domain: str) -> str:
    """A model in which a number of each step goes through a formula."""
    low, width = RANGES.get(name) or RANGES.get(domain, POSITIVE)
    second = f"v[t] = {low} + {width/2}*sigmoid(c*x[t])" if "v[t]" in formula else ""
    return (f"x, y: real[T]\nb{', c' if second else ''}: real\n"
            f"u[t] = {low} + {width}*sigmoid(b*x[t])\n{second}\na[t] = {formula}\n"
            "l[t] = (a[t] - y[t])**2\nL = sum(l)")


def of_vectors(formula: str) -> str:
    """A model in which a vector of each step does."""
    return ("x, y: real[T]\nh: real[T, H]\nU, b: real[H]\nh[t] = 1 + tanh(U*x[t] + b)\n"
            f"a[t] = {formula}\nl[t] = (a[t] - y[t])**2\nL = sum(l)")


def error(text: str) -> float:
    """How far the compiled gradient is from central differences of the compiled loss."""
    model = CompiledModel(text, {"H": 3}, np.float64)
    rng = np.random.default_rng(3)
    model.theta[:] = rng.normal(size=model.theta.shape)
    ready = model.ready(2, 2)
    for name, array in ready.data.items():
        ready.put(name, rng.normal(size=array.shape))

    def loss(place: int = 0, by: float = 0) -> float:
        model.theta[place] += by
        ready.begin()
        ready.outputs()
        value = ready.loss()
        model.theta[place] -= by
        return value

    loss()
    ready.gradient()
    slopes = [(loss(n, 1e-5) - loss(n, -1e-5))/2e-5 for n in range(len(model.theta))]
    return float(np.abs(model.gradient - slopes).max()/max(1e-3, np.abs(slopes).max()))


FUNCTIONS = {f.name: of_vectors(call(f)) if f.takes_vector else
             of_numbers(call(f), f.name, f.domain) for f in standard_functions().values()
             if not f.takes_matrix}


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_an_equation_that_is_one_function(name: str) -> None:
    if name in WITHOUT_CODE:
        with pytest.raises(KernelError, match=r"the function \w+ has no NumPy code"):
            error(FUNCTIONS[name])
        assert all(o.notation != "0" for o in (derive.bptt(FUNCTIONS[name])).others)
    else:
        assert error(FUNCTIONS[name]) < 1e-6


@pytest.mark.parametrize("formula", REDUCTIONS)
def test_an_equation_that_is_one_reduction_or_choice(formula: str) -> None:
    assert error(of_vectors(formula)) < 1e-6
    assert error(of_vectors(f"3*({formula}) + h[t, 0]")) < 1e-6


@pytest.mark.parametrize("formula", ["logsumexp(h[t])", "min(h[t])", "median(h[t])"])
def test_a_verified_adjoint_of_what_is_written_out_first(formula: str) -> None:
    derived = derive.bptt(of_vectors(formula)).verify()
    assert derived.verification.worst < 1e-35
    assert all(o.notation != "0" for o in derived.others)


@pytest.mark.parametrize("formula", ["argmax(h[t])", "2*argmin(h[t])", "h[t, 0]*argmax(h[t])"])
def test_what_no_rule_differentiates_is_refused_by_name(formula: str) -> None:
    text = of_vectors(formula)
    says = r"the equation of a cannot be differentiated by h\[t, i\]: no rule .* argm"
    with pytest.raises(NotDifferentiableError, match=says):
        derive.bptt(text)
    with pytest.raises(NotDifferentiableError, match=says):
        CompiledModel(text, {"H": 3})


def test_a_derivative_that_was_not_put_in_is_no_zero() -> None:
    adjoints = Adjoints(read_model(of_vectors("sum(h[t])")), standard_rulebook())
    equation = adjoints.model.equations[1]
    (read,) = adjoints.users(adjoints.model.equations[0].symbol)
    term, _ = exact(adjoints.term)(read, adjoints.model.equations[0].symbol,
                                   adjoints.indices(adjoints.model.equations[0].symbol))
    assert read.equation == equation
    assert term.has(heads.Partial)
    with pytest.raises(DeriveError, match="no rule differentiates"):
        exact(put_in)(term, [], standard_rulebook())
