"""`Derivation.lambdify`: results as functions of arrays."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import sympy as sp

import derive

o = np.array([0.3, -1.2, 2.5])
soft = np.exp(o) / np.exp(o).sum()


@pytest.mark.parametrize(("made", "values", "expected"), [
    (lambda: derive.grad("-log(softmax(o)[y])", wrt="o"), (o, 2), soft - [0, 0, 1]),
    (lambda: derive.hessian("-log(softmax(o)[y])", wrt="o"), (o,),
     np.diag(soft) - np.outer(soft, soft)),
    (lambda: derive.jacobian("softmax(o)", wrt="o"), (o,), np.diag(soft) - np.outer(soft, soft)),
    (lambda: derive.nll("gaussian"), (1.0, 2.0, 4.0), np.log(2) + 9 / 8),
    (lambda: derive.score("gaussian"), (1.0, 2.0, 4.0), 3 / 4),
    (lambda: derive.score("gaussian").others[0], (1.0, 2.0, 4.0), 9 / 8 - 1 / 2),
    (lambda: derive.fisher("gaussian"), (2.0,), 1 / 4),
    (lambda: derive.mle("gaussian"), ([1.0, 2.0, 6.0],), 3.0),
    (lambda: derive.cost("sigmoid(z) - t"), (0.0, 1.0), np.log(2)),
    (lambda: derive.grad("sum(x[i] for i in K)", wrt="x"), (np.zeros(3),), np.ones(3)),
    (lambda: derive.grad("3*x", wrt="x"), (np.zeros(3),), np.full(3, 3.0)),
    (lambda: derive.grad("x[0]**2", given="x: real[K]", wrt="x"), (o,), [0.6, 0, 0]),
    (lambda: derive.grad("h = x**2\nsin(h)", wrt="x"), (0.7,), 1.4 * np.cos(0.49)),
    (lambda: derive.grad("logdet(A)", given="A: spd[N, N]", wrt="A"), (2 * np.eye(2),),
     np.eye(2) / 2),
])
def test_a_result_is_computed_from_its_names(made: Any, values: Any, expected: Any) -> None:
    function = made().lambdify()
    np.testing.assert_allclose(function(*values), expected, rtol=1e-12, atol=1e-15)


def test_names_say_the_order() -> None:
    gradient = derive.grad("-log(softmax(o)[y])", wrt="o")
    for names in (("y", "o"), ("y, o",), (["y", "o"],)):
        function = gradient.lambdify(*names)
        assert function.arguments == ("y", "o")
        np.testing.assert_allclose(function(2, o), soft - [0, 0, 1])


def test_symbols_of_sympy_are_names_too() -> None:
    x, y = sp.symbols(r"\xi y")
    assert derive.grad(sp.exp(x) * y, wrt=x).lambdify(y, x)(3.0, 0.0) == 3


def test_leading_axes_are_batches_and_free_indices_are_the_last_axes() -> None:
    function = derive.hessian("softmax-nll").lambdify()
    assert function.shapes == ("o (..., K)", "result (..., K, K)")
    assert function(np.zeros((4, 5, 3))).shape == (4, 5, 3, 3)
    gradient = derive.grad("softmax-nll").lambdify("o", "y")
    assert gradient(np.zeros((4, 3), np.float32), [0, 1, 2, 0]).dtype == np.float32


def test_far_out_it_is_as_exact_as_a_kernel() -> None:
    function = derive.grad("log(1 + exp(-m))", wrt="m").lambdify("m")
    np.testing.assert_allclose(function(np.array([-800.0, 0.0, 800.0])),
                               [-1, -0.5, -np.exp(-800.0)], rtol=1e-14)
    assert function(300.0) == pytest.approx(-np.exp(-300.0), rel=1e-14)


@pytest.mark.parametrize(("names", "says"), [
    (("o",), "lambdify needs y among its names"), (("o", "y", "q"), "lambdify takes names of o, y"),
    ((3,), "lambdify takes the names of its arguments, not 3"),
    ((None,), "lambdify takes the names of its arguments, not None")])
def test_names_that_are_none_or_missing_are_refused(names: Any, says: str) -> None:
    with pytest.raises(derive.ArgumentError, match=says):
        derive.grad("-log(softmax(o)[y])", wrt="o").lambdify(*names)


def test_an_array_that_tells_a_size_is_needed() -> None:
    with pytest.raises(derive.ArgumentError, match="needs x among its names"):
        derive.grad("sum(a*x[i] for i in K)", wrt="x").lambdify("a")


@pytest.mark.parametrize("made", [
    lambda: derive.bptt("rnn"), lambda: derive.fisher("student-t-log")])
def test_what_no_array_code_computes_is_refused_in_one_line(made: Any) -> None:
    with pytest.raises(derive.KernelError) as refusal:
        made().lambdify()
    assert "\n" not in str(refusal.value)


def test_a_wrong_number_of_arguments_names_them() -> None:
    with pytest.raises(TypeError, match="this function takes o, y, not 1 arguments"):
        derive.grad("softmax-nll").lambdify()(o)


def test_a_function_pickles_and_shows_its_shapes() -> None:
    function = derive.grad("(w*x - y)**2", wrt="w").lambdify()
    assert repr(function) == "<function of w (...), x (...), y (...): result (...)>"
    assert pickle.loads(pickle.dumps(function))(1.0, 2.0, 3.0) == function(1.0, 2.0, 3.0) == -4
