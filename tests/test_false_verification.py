"""Attempts to have something false called verified: each is refused, or said to be not proved."""

from __future__ import annotations

from pathlib import Path

import pytest

import derive
from derive.core.exact import exact
from derive.judge.rules.rule_trials import checked_rules

RULE = '[own]\nsays = "A rule."\nfrom = "{}"\nto = "{}"\nstage = "prepare"\nsource = "me"\n'
FUNCTION = ('[foo]\narguments = ["u"]\ndefinition = "tanh(u)*u"\n'
            'derivative = ["tanh(u) + u*(1 - tanh(u)**2) + {}"]\nsource = "me"\n')


def summary(derivation: derive.Derivation) -> str:
    """How a verification is shown: its label and its words."""
    judged = derivation.verify().verification
    return f"{judged.label}: {judged.summary}"


def with_rule(left: str, right: str, formula: str, folder: Path) -> str:
    path = folder / "own.toml"
    path.write_text(RULE.format(left, right))
    return summary(derive.grad(formula, given=["z: real", "u: real", "o: real[K]"], wrt="z",
                               rules=exact(checked_rules)([path])))


def with_function(addition: str, folder: Path) -> str:
    path = folder / "own.toml"
    path.write_text(FUNCTION.format(addition))
    return summary(derive.grad("foo(z)", given="z: real", wrt="z", functions=path))


# Costs of fields that are no gradients

@pytest.mark.parametrize("field", [
    "z[m] + m*z[0]*(K-1)*(K-2)*(K-3)*(K-7)",  # wrong at no size that is always tried
    "z[m] + (m*z[0] if K == 23 else 0)",  # at one size, in one component
    "z[m] + 1e-60*m*z[0]",  # by less than any usual precision
    "z[m] + m*z[0]*exp(-1e6*(z[0] - 0.3)**2)",  # in a narrow bump
])
def test_a_field_that_is_a_gradient_nearly_everywhere_has_no_cost(field: str) -> None:
    with pytest.raises(derive.DeriveError):
        derive.cost(field, given="z: real[K]", wrt="z[m]").verify()


def test_a_cost_that_fails_beyond_all_sizes_is_not_called_verified() -> None:
    said = summary(derive.cost("z[m] + (m*z[0] if K > 40 else 0)", given="z: real[K]", wrt="z[m]"))
    assert said.startswith("by numbers: not proved: it rests on ")
    assert "sizes near 40, which were not looked at" in said
    assert "looked at: values up to" in said
    assert "K = 1 to 9, 12" in said


# Rules and functions of a user that are wrong now and then

@pytest.mark.parametrize(("left", "right", "formula"), [
    ("exp(u)", "exp(u) + exp(-1e6*(u - 0.3)**2)", "exp(z)"),  # a bump
    ("exp(u)", "exp(u) + 1e-60", "exp(z)"),  # a tiny term
    ("abs(u)", "abs(u) if u < 1e9 else u + 1", "abs(z)"),  # far out
    ("sum(c for k in K)", "K*c*(1 if K < 50 else 2)", "sum(z for k in K)"),  # at large sizes
    ("max(u, v)", "max(u, v) + (1 if u == v else 0)", "max(z, u)"),  # at ties
])
def test_a_rule_that_is_wrong_rarely_is_refused(left, right, formula, tmp_path) -> None:
    with pytest.raises(derive.VerificationError, match="rule own is wrong"):
        with_rule(left, right, formula, tmp_path)


def test_a_rule_that_is_wrong_where_nobody_looked_is_not_called_verified(tmp_path) -> None:
    said = with_rule("sum(c for k in K)", "K*c*(1 if K*K < 2000 else 2)", "sum(z for k in K)",
                     tmp_path)
    assert said.startswith("by numbers: not proved: it rests on the rule own and sizes near 2,000")


def test_a_wrong_derivative_of_a_function_is_refused_or_not_called_verified(tmp_path) -> None:
    for addition in ("exp(-1e6*(u - 0.3)**2)", "1e-40", "(1 if u > 1e5 else 0)"):
        with pytest.raises(derive.VerificationError, match="is wrong"):
            with_function(addition, tmp_path)
    said = with_function("exp(-1e8*(u**2 - 2)**2)", tmp_path)  # a bump at the root of 2
    assert said.startswith("by numbers: not proved: it rests on what is stated of the function foo")
    assert "looked at: values up to" in said


# A learner's lines

def check(declared: str, task: str, line: str) -> derive.Check:
    return derive.check(f"{declared}\ngradient of {task}\n= {line}", seconds=20)


@pytest.mark.parametrize(("declared", "task", "line"), [
    ("z: real", "z**2 with respect to z", "2*z + exp(-1e6*(z - 0.3)**2)"),
    ("z: real", "z**2 with respect to z", "2*z + 1e-80*z"),
    ("o: real[K]", "sum(o[k]**2 for k in K) with respect to o[i]", "2*o[i]*(1 if K < 40 else 2)"),
    ("o: real[K]", "sum(o[k]**2 for k in K) with respect to o[i]", "2*o[i] + delta(i, 30)*o[i]"),
    ("z: real", "z**2 with respect to z", "2*z if abs(z) < 1e30 else 0"),
])
def test_a_line_that_is_wrong_rarely_is_marked_wrong(declared, task, line) -> None:
    assert check(declared, task, line).correct is False


@pytest.mark.parametrize(("declared", "task", "line"), [
    ("z: real", "z**2 with respect to z", "2*z + exp(-1e9*(z**2 - 2)**2)"),
    ("o: real[K]", "sum(o[k]**2 for k in K) with respect to o[i]", "2*o[i] + max(0, K - 200)"),
])
def test_a_line_that_numbers_alone_take_for_right_is_said_to_be_not_proved(declared, task, line,
                                                                           ) -> None:
    shown = check(declared, task, line).show()
    assert "by numbers alone, not proved: 50 digits" in shown
    assert ("sizes 1, 2, 3, 7 and those in the lines" in " ".join(shown.split())) == ("K" in line)


def test_what_the_rules_of_the_house_prove_is_called_verified() -> None:
    found = derive.grad("-log(softmax(o)[y])", given=["o: real[K]", "y: label(K)"], wrt="o[i]")
    assert summary(found).startswith("verified: ")
