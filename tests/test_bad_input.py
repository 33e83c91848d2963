"""Bad input: one line that says what is wrong, soon, and never a traceback."""

from __future__ import annotations

import time

import pytest

import derive
from derive.rulebook.loading import load_user_rules


def seconds_of(call) -> float:
    start = time.thread_time()
    with pytest.raises(derive.DeriveError) as caught:
        call()
    assert "\n" not in str(caught.value).partition("\n  ")[0]
    return time.thread_time() - start


# Numbers too large to hold

@pytest.mark.parametrize("formula", ["o[10**9]", "o[10**30]", "o[1000000000]**2", "o[20000]",
                                     "softmax(o)[5000]", "sum(o) + o[10**400]"])
def test_a_subscript_beyond_what_can_be_drawn_is_refused_at_once(formula: str) -> None:
    assert seconds_of(lambda: derive.grad(formula, given="o: real[K]", wrt="o").verify()) < 1


def test_an_array_with_too_many_elements_is_refused_at_once() -> None:
    assert seconds_of(lambda: derive.grad("o[300, 300]**2", given="o: real[K, K]",
                                          wrt="o").verify()) < 1


def test_what_is_refused_can_be_derived_without_verification() -> None:
    assert derive.grad("o[10**9]", given="o: real[K]", wrt="o").notation == "delta(i, 1000000000)"


@pytest.mark.parametrize(("formula", "given", "result"), [
    ("sum(z**2 for k in 1000000000)", "z: real", "2 * 1000000000 * z"),
    ("softmax(o)[y]", ["o: real[10000000000]", "y: label(10000000000)"],
     "softmax(o)[y] * (delta(i, y) - softmax(o)[i])"),
    ("o[500]**2", "o: real[K]", "2 * o[500] * delta(i, 500)"),
    ("delta(y, 10**9)*z", ["y: label(K)", "z: real"], "delta(1000000000, y)"),
])
def test_a_dimension_given_as_a_number_is_judged_at_other_sizes(formula: str, given: list[str],
                                                                result: str) -> None:
    start = time.thread_time()
    wrt = "o" if "o[" in formula or "(o)" in formula else "z"
    found = derive.grad(formula, given=given, wrt=wrt).verify()
    assert found.notation == result
    assert time.thread_time() - start < 2


@pytest.mark.parametrize("call", [
    lambda: derive.grad("sum(z for k in 10**9)", given="z: real", wrt="z"),
    lambda: derive.grad("sum(z**2)", given="z: real[10**12]", wrt="z"),
    lambda: derive.kernel("o[70]**2", given="o: real[K]"),
    lambda: derive.kernel("o[10**9]**2", given="o: real[K]"),
])
def test_numbers_where_none_fit_are_refused(call) -> None:
    assert seconds_of(call) < 2


@pytest.mark.parametrize("place", [3, 5, 20])
def test_a_kernel_may_have_constant_subscripts(place: int) -> None:
    made = derive.kernel(f"o[{place}]**2", given="o: real[K]")
    assert made.value([float(n) for n in range(30)]) == place**2


# Numbers beyond floats

@pytest.mark.parametrize(("formula", "given", "wrt"), [
    ("log(u + 10**309)", "u: positive", "u"), ("min(z, 1e400)", "z: real", "z"),
    ("max(z, 1e-400)", "z: real", "z"), ("z*1e309", "z: real", "z"), ("1e400*z", "z: real", "z"),
    ("u**1e-330", "u: positive", "u"), ("z + " + "7" * 400, "z: real", "z"),
    ("u/(u + 1e400)", "u: positive", "u"),
])
def test_numbers_beyond_floats_are_numbers(formula: str, given: str, wrt: str) -> None:
    assert derive.grad(formula, given=given, wrt=wrt).show()


@pytest.mark.parametrize("number", ["7" * 400, "1e400", "1e-400"])
def test_a_power_of_zero_beside_them_has_its_condition(number: str) -> None:
    found = derive.grad(f"0**o[i] + {number}", given=["o: real[K]", "i: label(K)"], wrt="o")
    assert found.notation == "0"
    assert found.obligations
    assert found.verify()


# Ends of lines

@pytest.mark.parametrize("text", ["(1\r- cos(z))", "1 -\r cos(z)", "\r1 - cos(z)\r"])
def test_a_carriage_return_is_a_space_in_a_formula(text: str) -> None:
    assert derive.grad(text, given="z: real", wrt="z").notation == "sin(z)"


@pytest.mark.parametrize("text", ["(1\r- cs(z))", "(1\r- o[z])", "z +\r cs(q)", "(\r\rz[0])",
                                  "sum(z\r for k in\r z)"])
def test_a_fault_after_a_carriage_return_is_pointed_at(text: str) -> None:
    with pytest.raises(derive.DeriveError, match="column"):
        derive.grad(text, given="z: real", wrt="z")


@pytest.mark.parametrize("call", [
    lambda: derive.nll("lam*exp(-lam\r*q)", given="lam, y: positive", wrt="lam"),
    lambda: derive.grad("z: real\rL = z**2\r+ cs(1)", wrt="z"),
    lambda: derive.grad("z: real\nL = (z**2\r+ cs(1))", wrt="z"),
    lambda: derive.bptt("x: real[T]\nh[t] = tanh(h[t-1] +\r q[t])\nL = sum(h)"),
])
def test_a_carriage_return_is_none_of_a_crash_elsewhere(call) -> None:
    with pytest.raises(derive.DeriveError):
        call()


# Kernels

@pytest.mark.parametrize(("formula", "given", "wrt"), [
    ("z", ["z: real", "o: real[K]"], "o"), ("z**2*u", ["z, u: real", "o: real[K]"], "o"),
    ("sum(q[k] for k in K)", ["q: real[K]", "o: real[K, D]"], "o"),
    ("3*z", ["z: real", "W: real[K, D]"], "W"),
])
def test_the_kernel_of_what_does_not_vary_has_a_gradient_of_zeros(formula, given, wrt) -> None:
    made = derive.kernel(formula, given=given, wrt=wrt)
    shapes = {"z": (), "u": (), "q": (3,), "o": (3, 2) if "[K, D]" in given[-1] else (3,),
              "W": (3, 2)}
    import numpy as np

    arrays = [np.ones(shapes[a.name]) for a in made.arguments]
    assert (made.grad(*arrays) == 0).all()
    assert made.grad(*arrays).shape == shapes[wrt]


@pytest.mark.parametrize("formula", ["p*delta(y, 0)/sqrt(b)", "z/b", "p/b**2", "log(b)*z",
                                     "z*b/(1 - b)"])
def test_a_kernel_without_a_value_for_a_label_is_made_all_the_same(formula: str) -> None:
    given = [d for d in ("p: real", "z: real", "y: label(K)", "o: real[K]", "b: binary")
             if d[0] in formula or (d[0] == "o" and "y" in formula)]
    assert derive.kernel(formula, given=given, wrt="p" if "p" in formula else "z").source


@pytest.mark.parametrize("formula", [
    "max((-3 if 1e-30 >= 1e30 else 0.1) for m in K)", "o[0]*0 + max(2 for m in K)",
    "min((1 if 2 > 3 else 0) for m in K)"])
def test_the_kernel_of_a_constant_is_made(formula: str) -> None:
    assert derive.kernel(formula, given="o: real[K]", wrt="o").source


# Rules without an end

@pytest.mark.parametrize(("left", "right"), [
    ("u/v", "u/v if v > 1e-5 or v < 0 else 0"), ("exp(u)", "exp(log(exp(u)))"),
    ("sin(u)", "sin(u) if u < 5 else sin(u)"), ("cos(u)", "cos(cos(u))"),
])
def test_a_rule_that_never_ends_is_stopped_by_name(left, right, tmp_path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f'[never-ends]\nsays = "No end."\nfrom = "{left}"\nto = "{right}"\n'
                    'stage = "fold"\nsource = "test"\n')
    rules = load_user_rules([path])
    with pytest.raises(derive.DeriveError, match="never-ends"):
        derive.grad("exp(z)/(u + z**2) + sin(z)*cos(z)", given=["z: real", "u: positive"],
                    wrt="z", rules=rules)


# Names that no file has

@pytest.mark.parametrize("name", ["a\0b.csv", "a\ud800b.csv"])
@pytest.mark.parametrize("call", [
    derive.verify, derive.exercise, derive.load, derive.practice,
    lambda name: derive.train(data=name),
    lambda name: derive.train("names", save=name), lambda name: derive.train("names", log=name),
    lambda name: derive.site(name), lambda name: derive.grad("z**2", rules=name),
    lambda name: derive.kernel("z**2", given="z: real").save(name)])
def test_a_name_that_no_file_can_have_is_refused(call, name: str) -> None:
    seconds_of(lambda: call(name))


@pytest.mark.parametrize("formula", ["W/0**z", "tanh(W/0**z)[i]", "2*o/0**z", "x[0]/0**z"])
def test_an_array_without_a_value_is_refused_where_it_is_read(formula: str) -> None:
    with pytest.raises(derive.NotationError, match="no real value"):
        derive.jacobian(formula, given=["z: real", "o: real[K]", "W: real[K, D]", "x: real[D]"],
                        wrt="z")
