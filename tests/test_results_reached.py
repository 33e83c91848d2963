"""Whether a right derivation is finished is told by what its task asks, not by length."""

from __future__ import annotations

import pytest

from derive.teaching.marking.check_records import Check
from derive.teaching.marking.sheet_check import check

NLL = "o: real[K]\ny: label(K)\ngradient of -log(softmax(o)[y]) with respect to o[i]\n"
JACOBIAN = "z: real[K]\njacobian of softmax(z)[j] with respect to z[i]\n"
ABS = "x: real\ngradient of abs(x) with respect to x\n"


def of(head: str, *lines: str) -> Check:
    found = check(head + "\n".join(f"= {line}" for line in lines))
    assert found.correct, str(found)
    return found


@pytest.mark.parametrize(("head", "line"), [
    (JACOBIAN, "softmax(z)[i]*(1 - softmax(z)[i]) if i == j else -softmax(z)[i]*softmax(z)[j]"),
    (JACOBIAN, "softmax(z)[j]*(delta(i, j) - softmax(z)[i])"),
    (JACOBIAN, "exp(z[j])*(delta(i, j)*sum(exp(z)) - exp(z[i]))/sum(exp(z))**2"),
    (NLL, "softmax(o)[i] - 1 if i == y else softmax(o)[i]"),
    (NLL, "exp(o[i])/sum(exp(o[k]) for k in K) - (1 if i == y else 0)"),
    (ABS, "1 if x >= 0 else -1"), (ABS, "x/abs(x)"),
    ("z: real\ngradient of max(0, z) with respect to z\n", "1 if z > 0 else 0"),
    ("z: real\ngradient of (z + 1)**3 with respect to z\n", "3*z**2 + 6*z + 3"),
    ("z: real\nsimplify (z + 1)**2 - z**2\n", "2*z + 1"),
    ("x: real\nsimplify x/x\n", "1"),
    ("z: real\ncost of z with respect to z\n", "z**2/2"),
])
def test_a_closed_form_that_answers_the_task_is_a_result(head: str, line: str) -> None:
    assert of(head, line).complete


@pytest.mark.parametrize(("head", "line", "missing"), [
    ("z: real\nsimplify 1\n", "1", "written again"),
    ("z: real\nsimplify (z + 1)**2 - z**2\n", "(z + 1)**2 - z**2", "written again"),
    ("z: real\nsimplify (z + 1)**2 - z**2\n", "(1 + z)**2 - z**2", "written again"),
    ("x: real\nsimplify x\n", "tan(atan(x))", "not simpler"),
    ("z: real\ngradient of z**2 with respect to z\n", "d(z**2, z)", "derivative"),
    (NLL, "d(-log(softmax(o)[y]), o[i])", "derivative"),
    (NLL, "sum(softmax(o)[k]*delta(k, i) for k in K) - delta(i, y)", "Kronecker delta"),
    (NLL, "-sum(delta(k, y)*(delta(k, i) - softmax(o)[i]) for k in K)", "Kronecker delta"),
    ("z: real[K]\nT: label(K)\ncost of softmax(z)[m] - delta(m, T) with respect to z[m]\n",
     "log(sum(exp(z))) - delta(m, T)*z[m]", "one component"),
    ("z: real\ncost of z with respect to z\n", "integral(z, z)", "integral"),
])
def test_what_only_restates_or_is_not_worked_out_is_no_result(head: str, line: str,
                                                              missing: str) -> None:
    found = of(head, line)
    assert not found.complete
    assert missing in found.missing


def test_a_derivation_may_lead_from_the_result_to_the_derivative() -> None:
    turned = ("softmax(o)[i] - delta(i, y)", "d(log(sum(exp(o))) - o[y], o[i])",
              "d(-log(softmax(o)[y]), o[i])")
    found = of(NLL, *turned)
    assert found.complete
    assert "from the result to what was asked" in " ".join(str(found).split())
    assert not of(NLL, *turned[:2]).complete  # it does not reach the task
    assert not of(NLL, *turned[1:]).complete  # it does not start with a result


CASES = "o: real[K]\njacobian of softmax(o)[k] with respect to o[i]\n"


def test_cases_are_a_result_together() -> None:
    same = "if i = k:\n= softmax(o)[i]*(1 - softmax(o)[i])\n"
    others = "if i != k:\n= -softmax(o)[i]*softmax(o)[k]\n"
    assert check(CASES + same + others).complete
    assert check(CASES + others + same).complete
    assert "other cases are left" in check(CASES + same).missing
    assert check(CASES + same + others.replace("-soft", "soft")).first_wrong_line == 6
    begun = check(CASES + same + "if i != k:\n= d(softmax(o)[k], o[i])\n")
    assert "derivative" in begun.missing


def test_an_estimate_asks_for_its_value() -> None:
    head = ("lam: positive\nx: count[N]\n"
            "maximum likelihood estimate of lam for sum(x[i]*log(lam) - lam for i in N)\n"
            "= sum(x[i] for i in N)/lam - N\n")
    assert "solved for lam" in check(head).missing
    found = check(head + "= 0\nlam = sum(x[i] for i in N)/N\n")
    assert found.complete
    assert "a maximum" in str(found)
