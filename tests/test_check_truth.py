"""What `derive check` calls right is right at every size and number, at the formula's own scale."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sympy import Integer

from derive.calculus.cost.equality import agree
from derive.core.atoms import Variable
from derive.core.kinds import Kind
from derive.errors import TooSmallError, VerificationError
from derive.judge.closeness import agree_at, relative_gap, shrinks, span
from derive.judge.precision import mp, mpf
from derive.judge.trees.evaluate import Point
from derive.judge.trees.recurrence_certificate import _worst
from derive.notation.reading.parser import parse
from derive.notation.reading.scope import Scope
from derive.notation.reading.specification import declare_or_assume
from derive.teaching.marking.check_records import Check
from derive.teaching.marking.sheet_check import check

NLL = "o: real[K]\ny: label(K)\ngradient of -log(softmax(o)[y]) with respect to o[i]\n"
CHAIN = ("o: real[K]\ny: label(K)\np = softmax(o)\nL = -log(p[y])\n"
         "gradient of L with respect to o[i]\n")
ENTRY = "o: real[K]\ny: label(K)\ngradient of o[y] with respect to o[i]\n"
PLANCK = "z: real\ngradient of 6.62607015e-34*z with respect to z\n"
COUNT = "z: real\nn: count\ngradient of n*z with respect to z\n"
CHANCE = "z: real\np: probability\ngradient of p*z with respect to z\n"
HINGE = "z: real\ngradient of max(0, z) with respect to z\n"
SQUARE = "z: real\nsimplify (z + 1)**2\n"
FIELD = "z: real[K]\nT: label(K)\ncost of softmax(z)[m] - delta(m, T) with respect to z[m]\n"
HESSIAN = "hessian of softmax-nll with respect to o[i], o[j]\n"
JACOBIAN = "o: real[K]\njacobian of softmax(o) with respect to o[i]\n"
ROUTE = "sum(d(L, p[k])*d(p[k], o[i]) for k in K)"


def of(head: str, line: str) -> Check:
    return check(f"{head}= {line}")


@pytest.mark.parametrize(("head", "line"), [
    (PLANCK, "0"), (PLANCK, "6.62607016e-34"), (PLANCK, "6.62607015e-34 + 1e-60"),
    ("z: real\ngradient of 1e-200*z**2 with respect to z\n", "1e-200*z"),
    (NLL, "(softmax(o)[i] - delta(i, y))*(1 + 1e-45)"),
    (NLL, "softmax(o)[i] - delta(i, y) + 1e-80"),
    ("z: real\ngradient of exp(z) with respect to z\n", "exp(z) - 1e-30"),
])
def test_what_is_wrong_by_little_is_wrong(head: str, line: str) -> None:
    assert of(head, line).correct is False


@pytest.mark.parametrize("line", ["max(0, K - 7)", "(1 if K == 12 else 0)", "max(0, 3 - K)",
                                  "(K-1)*(K-2)*(K-3)*(K-7)", "(0 if K < 20 else 1)"])
def test_what_is_wrong_at_some_sizes_is_wrong(line: str) -> None:
    found = of(NLL, f"softmax(o)[i] - delta(i, y) + {line}")
    assert found.correct is False
    assert found.counterexample.line != found.counterexample.truth


@pytest.mark.parametrize(("head", "line"), [
    (ENTRY, "delta(i, y) if i != 5 else 2*delta(i, y)"), (ENTRY, "delta(i, y) if y < 11 else 0"),
    (COUNT, "n if n < 10 else 0"), (COUNT, "n if n != 17 else 0"), (COUNT, "min(n, 1000)"),
    (CHANCE, "p if p > 0.01 else 0"), (CHANCE, "max(p, 1e-12)"), (CHANCE, "min(p, 999/1000)"),
    ("z: real\ngradient of exp(z) with respect to z\n", "exp(z) if z != 5 else 0"),
    ("z: real\ngradient of exp(z) with respect to z\n", "exp(min(z, 40))"),
    (SQUARE, "z**2 + 2*z + (1 if z != 77 else 0)"), (SQUARE, "z**2 + 2*z + 1 + max(0, z - 1000)"),
    (FIELD, "logsumexp(z) - z[T] + z[0]*max(0, K - 11)"),
    (FIELD, "logsumexp(z) - z[T] + (z[0] if z[0] > 50 else 0)"),
    (HESSIAN, "softmax(o)[i]*(delta(i, j) - softmax(o)[j]) + (0 if K < 9 else 1)"),
    (JACOBIAN, "softmax(o)[j]*(delta(i, j) - softmax(o)[i]) + (0 if o[j] < 33 else 1)"),
    (CHAIN, f"{ROUTE}*(1 if K < 8 else 2)"), (CHAIN, f"{ROUTE} + (0 if o[0] < 55 else 1)"),
])
def test_what_is_wrong_at_or_beyond_a_number_is_wrong(head: str, line: str) -> None:
    assert of(head, line).correct is False


@pytest.mark.parametrize(("head", "line"), [
    (PLANCK, "6.62607015e-34"), (NLL, "softmax(o)[i] - delta(i, y)"),
    (NLL, "exp(o[i] - logsumexp(o)) - delta(i, y)"),
    (ENTRY, "1 if i == y else 0"), (COUNT, "n"), (CHANCE, "p*z/z"), (SQUARE, "z*(z + 2) + 1"),
    (HINGE, "1 if z > 0 else 0"), (HINGE, "1 if z >= 0 else 0"), (HINGE, "max(0, z)/z"),
    ("z: real\ngradient of abs(z)*z with respect to z\n", "2*abs(z)"),
    (FIELD, "logsumexp(z) - z[T]"), (CHAIN, ROUTE),
    (HESSIAN, "softmax(o)[i]*(delta(i, j) - softmax(o)[j])"),
    (JACOBIAN, "softmax(o)[j]*(delta(i, j) - softmax(o)[i])"),
    ("o: real[K]\ngradient of sum(softmax(o)[k] for k in K) with respect to o[i]\n", "0"),
])
def test_what_is_right_stays_right(head: str, line: str) -> None:
    found = of(head, line)
    assert found.correct is True, str(found)


@pytest.mark.parametrize(("head", "line"), [(HINGE, "z"), (HINGE, "-1 if z < 0 else 1")])
def test_no_counterexample_stands_at_a_kink(head: str, line: str) -> None:
    found = of(head, line)
    assert found.counterexample.values["z"] != 0
    assert found.counterexample.truth in (0, 1)


# The comparison itself


def test_a_gap_is_a_part_of_the_larger_however_small_both_are() -> None:
    assert relative_gap(mpf("1e-300"), mpf("2e-300")) == mpf(1) / 2
    assert relative_gap(mpf(0), mpf("1e-300")) == 1
    assert relative_gap(0, 0) == 0


def test_what_shrinks_with_more_digits_is_rounding() -> None:
    assert shrinks(0, mpf("1e-48"), 0, mpf("1e-148"), 50)
    assert not shrinks(0, mpf("1e-48"), 0, mpf("1e-48"), 50)


def test_digits_follow_the_smallest_number() -> None:
    scope = Scope()
    declare_or_assume("z: real", scope)
    assert span([parse("z + 1e-60", scope)]) >= 60
    assert span([parse("z*(1 + 1e-45)", scope)]) >= 45
    assert span([parse("3*z + 1/2", scope)]) == 0


@pytest.mark.parametrize(("left", "right", "equal"), [
    ("1e-34*z", "2e-34*z", False), ("1e-34*z", "1e-34*z + 1e-70", False),
    ("(z + 1)**2 - z**2 - 2*z - 1", "0", True),
    ("exp(z)*exp(-z) - 1", "sin(z)**2 + cos(z)**2 - 1", True),
    ("sin(z)**2 + cos(z)**2", "1", True),
])
def test_formulas_are_compared_at_their_own_scale(left: str, right: str, equal: bool) -> None:
    scope = Scope()
    declare_or_assume("z: real", scope)
    first, second = parse(left, scope), parse(right, scope)
    assert agree(first, second) is equal
    point = Point(scalars={Variable("z", Kind("real")): mpf(3) / 8})
    assert agree_at(first, second, point, 40 + span((first, second)), mpf(10) ** -60) is equal


@pytest.mark.parametrize(("left", "right", "equal"), [
    ("1 - (1 - exp(-1000 - 1000*z**2))", "exp(-1000 - 1000*z**2)", True),
    ("1 - (1 - exp(-1000 - 1000*z**2))", "2*exp(-1000 - 1000*z**2)", False),
    ("exp(-100000 - z**2)", "2*exp(-100000 - z**2)", False), ("0", "exp(-100000 - z**2)", False),
])
def test_what_vanishes_beside_a_number_is_computed_with_more_digits(left: str, right: str,
                                                                   equal: bool) -> None:
    scope = Scope()
    declare_or_assume("z: real", scope)
    assert agree(parse(left, scope), parse(right, scope)) is equal


def test_what_no_digits_tell_apart_is_not_judged() -> None:
    scope = Scope()
    declare_or_assume("z: real", scope)
    point = Point(scalars={Variable("z", Kind("real")): mpf(3) / 8})
    with pytest.raises(TooSmallError):
        agree_at(parse("1 - (1 - exp(-100000 - z))", scope), parse("exp(-100000 - z)", scope),
                 point, 50, mpf(10) ** -40)


@pytest.mark.parametrize(("line", "right"), [
    ("0", None), ("-2000*z*exp(-1000*(1 + z**2))/(1 + exp(-1000*(1 + z**2)))", True),
    ("2000*z*exp(-1000*(1 + z**2))/(1 + exp(-1000*(1 + z**2)))", False)])
def test_a_derivative_that_a_difference_quotient_swallows(line: str, right: bool | None) -> None:
    task = "gradient of log(1 + exp(-1000*(1 + z**2))) with respect to z"
    assert check(f"{task}\n= {line}").correct is right


def test_a_recurrent_line_is_compared_at_its_own_scale() -> None:
    sequence = SimpleNamespace(point=Point())
    with mp.workdps(50):
        small, more, noise = mpf("1e-34"), mpf("2e-34"), mpf("1e-90")
        right = [({}, Integer(0), small, small), ({}, Integer(0), mpf(0), noise)]
        assert _worst(right, sequence, 50, more) < 1e-40
        with pytest.raises(VerificationError, match="disagrees"):
            _worst([*right, ({}, Integer(0), small, more)], sequence, 50, more)


@pytest.mark.parametrize(("head", "line"), [
    ("w: real[D]\nx: real[D]\ny: real\ngradient of log(1 + exp(-y*dot(w, x))) with respect to "
     "w[i]\n", "d(exp(-y*dot(w, x)), w[i])/(1 + exp(-y*dot(w, x)))"),
    ("z: real\nc: real\ngradient of log(1 + exp(-c*z**4)) with respect to z\n",
     "d(exp(-c*z**4), z)/(1 + exp(-c*z**4))"),
    ("z: real[K]\ngradient of log(1 + exp(-9*sum(z)**2)) with respect to z[i]\n",
     "d(exp(-9*sum(z)**2), z[i])*sigmoid(9*sum(z)**2)"),
    ("a: positive\nz: real\ngradient of sqrt(1 + exp(-exp(a + abs(z)))) with respect to a\n",
     "d(exp(-exp(a + abs(z))), a)/(2*sqrt(1 + exp(-exp(a + abs(z)))))"),
])
def test_what_is_right_is_right_where_a_derivative_almost_vanishes(head: str, line: str) -> None:
    """A difference that is lost beside the 1 is no difference of the lines."""
    assert of(head, line).correct
    assert of(head, f"2*({line})").correct is False


@pytest.mark.parametrize(("head", "line"), [
    ("gradient of welsch with respect to z\n", "-c**2*d(exp(-(z - y)**2/c**2), z)/2"),
    ("z: real\ngradient of 1 - exp(-z**2) with respect to z\n", "-d(exp(-z**2), z)"),
    ("z: real\nc: positive\ngradient of c*(1 - exp(-z**2/c**4)) with respect to z\n",
     "-c*d(exp(-z**2/c**4), z)"),
    ("z: real\ngradient of log(1 + exp(-1000*z**2)) with respect to z\n",
     "d(exp(-1000*z**2), z)/(1 + exp(-1000*z**2))"),
])
def test_what_vanishes_beside_a_whole_number_is_no_difference(head: str, line: str) -> None:
    assert of(head, line).correct
