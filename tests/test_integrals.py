"""Antiderivatives: equal to quadrature also across kinks and jumps, or an honest refusal."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

import derive
from derive.core.atoms import Variable
from derive.core.indexing import exact, free_names
from derive.errors import DeriveError, NoIntegralError, VerificationError
from derive.judge.rules.rule_trials import check_rule
from derive.judge.trees.evaluate import Point, evaluate
from derive.notation.reading.specification import specify
from derive.rulebook.loading import standard_rulebook
from derive.rulebook.rule import Rule

GIVEN = ["z, t, a: real", "s: positive"]
VALUES = {"t": "0.7", "a": "-0.4", "s": "1.3"}


def value(node, z) -> mpf:
    scalars = {leaf: mpf(VALUES.get(leaf.name, z)) for leaf in free_names(node)
               if isinstance(leaf, Variable)}
    return evaluate(node, Point(scalars=scalars), 20)


@exact
def agrees_with_quadrature(field: str, low: str, high: str, edges: tuple[str, ...] = ()) -> None:
    """C(b) - C(a) is the area under the field: one jump of C would show."""
    found = derive.cost(field, given=GIVEN, wrt="z")
    assert found.replay() == found.result
    found.verify()
    loss = specify(field, GIVEN).loss
    with mp.workdps(15):  # with 20 the rule would take twice as many places
        stops = [mpf(low), *sorted(mpf(e) for e in edges), mpf(high)]
        area = mp.quad(lambda z: value(loss, z), stops)
        rise = value(found.result, stops[-1]) - value(found.result, stops[0])
        assert abs(area - rise) < mpf(10) ** -10 * max(1, abs(area)), found.notation


SMOOTH = [
    "z", "3*z**2 - 2*z + 1", "sigmoid(z) - t", "tanh(2*z)", "z*exp(z)", "z**3*exp(-z)", "exp(a*z)",
    "z/(1 + z**2)", "1/(1 + z**2)", "exp(2*z)/(1 + exp(2*z))", "cos(z)*sin(z)**2",
    "sigmoid(z)**2", "sigmoid(z)*(1 - sigmoid(z))*(sigmoid(z) - t)", "exp(z)*cos(z)",
    "z*Phi(z)", "z*sigmoid(z)", "(z - t)/(1 + (z - t)**2/s**2)", "z*softplus(z)", "log(1 + z**2)",
    "(z - t)*exp(-(z - t)**2/s**2)", "exp(-exp(z))", "z**2*phi(z)", "asinh(z)", "z*atan(z)",
    "log(1 + exp(z))", "1/(2 + 3*exp(-a*z))", "1/(s + exp(z)/s)", "1/(-9 - s*exp(z))",
]


@pytest.mark.parametrize("field", SMOOTH)
def test_a_smooth_formula_is_integrated(field: str) -> None:
    agrees_with_quadrature(field, "-1.7", "2.3")


BROKEN = [
    ("abs(z - t)", ("0.7",)), ("sign(z - t)", ("0.7",)), ("max(0, z)", ("0",)),
    ("z*sign(z - t)", ("0.7",)), ("exp(z)*sign(z - 1)", ("1",)), ("abs(z)*sign(z - t)",
                                                                  ("0", "0.7")),
    ("sign(z)*sign(z - t)", ("0", "0.7")), ("2*z + sign(z - t)", ("0.7",)),
    ("z + (1 if z < t else 0)", ("0.7",)), ("2*z/s - (-1 if z < 1 else 0)", ("1",)),
    ("max(0, z + sign(z - t))", ("-1", "0.7", "1")), ("min(max(z, -1), 1)", ("-1", "1")),
    ("sign(z - t)*z if z < a else max(z, 2)", ("-0.4", "0.7", "2")),
    ("z if z > 0 else exp(z) - 1", ("0",)), ("1 if a*z < t else 0", ("-1.75",)),
    ("z - t if abs(z - t) <= s else s*sign(z - t)", ("-0.6", "2")),
    ("z if abs(z) < 1 else 2*z", ("-1", "1")), ("1 if -1 < z and z < 1 else z**2", ("-1", "1")),
    ("z**2*sign(z - t) + 1", ("0.7",)), ("z/(1 + abs(z))", ("0",)), ("relu(z)**2", ("0",)),
    ("min(abs(z), s)", ("-1.3", "0", "1.3")), ("min(2*abs(z), 1)", ("-0.5", "0", "0.5")),
    ("max(0, abs(z) - s)", ("-1.3", "1.3")), ("max(0, s - abs(z))", ("-1.3", "0", "1.3")),
    ("(z if abs(z) > s else abs(z))", ("-1.3", "0", "1.3")),
    ("log(abs(z - 9))", ()), ("1/(1 + abs(z))", ("0",)), ("abs(z - t)**3", ("0.7",)),
    ("exp(-s*z**2)", ()), ("1/(s + z**2)", ()), ("abs(z)**s", ("0",)),
    ("2*z if t < a else 1", ()), ("(z + sign(z))**2", ("0",)),
]


@pytest.mark.parametrize(("field", "edges"), BROKEN, ids=[f for f, _ in BROKEN])
def test_cases_are_joined_without_a_jump(field: str, edges: tuple[str, ...]) -> None:
    agrees_with_quadrature(field, "-2.3", "3.1", edges)


@pytest.mark.parametrize(("field", "wrt", "dims"), [
    ("sum(sigmoid(w[i]*z + k+j+l+n+p+q+r+s)*w[i] for i in K)", "z", ""),
    ("softmax(z)[m]*(p*log(softmax(z)[m]) + k+j+l+n+q+r+s"
     " - sum(softmax(z)[i]*(p*log(softmax(z)[i]) + k+j+l+n+q+r+s) for i in K))", "z[m]", "[K]"),
])
def test_a_formula_may_use_every_letter_that_indices_like(field: str, wrt: str, dims: str) -> None:
    given_ = [f"z: real{dims}", "w: real[K]", "k, j, l, n, p, q, r, s: real"]
    found = derive.cost(field, given=given_, wrt=wrt)
    assert found.replay() == found.result
    found.verify()


@pytest.mark.parametrize("field", [
    "exp(z**2)", "exp(max(0, t)*z)", "cos((1 if t < a else 0)*z)", "1 if relu(t)*z < a else 0",
    "exp(z + (1 if z < t else 0))", "tanh(z)/z"])
def test_where_no_rule_leads_on_the_integral_is_refused(field: str) -> None:
    with pytest.raises(NoIntegralError, match="no rule integrates"):
        derive.cost(field, given=GIVEN, wrt="z")


@pytest.mark.parametrize(("field", "owed"), [
    ("exp(a*z)", "a != 0"), ("sigmoid(a*z) - t", "a != 0"), ("1 if a*z < t else 0", "a != 0"),
    ("1/z", "z != 0"), ("1/z**2", "z != 0"), ("z**a", "1 + a != 0"), ("1/(t - z)", "t != z")])
def test_what_a_step_divides_by_is_owed(field: str, owed: str) -> None:
    from derive.notation.printing.plain import plain

    obligations = [plain(o) for o in derive.cost(field, given=GIVEN, wrt="z").obligations]
    assert owed in obligations


LEAVES = ("z", "t", "1", "2", "z**2", "exp(z)", "tanh(z)", "sigmoid(z)", "abs(z)", "sign(z)",
          "max(0, z)", "(1 if z < 1 else z)", "softplus(z)")
FORMULAS = st.recursive(st.sampled_from(LEAVES), lambda inner: st.one_of(
    st.tuples(inner, st.sampled_from((" + ", " - ", " * ")), inner).map(
        lambda p: f"({p[0]}{p[1]}{p[2]})")), max_leaves=3)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(FORMULAS)
def test_a_difference_of_the_cost_is_the_area_under_the_field(field: str) -> None:
    with suppress(NoIntegralError):
        agrees_with_quadrature(field, "-1.9", "2.6", ("0", "1"))


WRONG = [
    ("integral(x, x)", "x**2"), ("integral(d(u(x), x) / u(x), x)", "1 / u(x)"),
    ("integral(f(x) * d(g(x), x), x)", "f(x) * g(x) + integral(d(f(x), x) * g(x), x)"),
    ("integral(sigmoid(u(x)) * d(u(x), x), x)", "sigmoid(u(x))"),
    ("integral(f(x) * g(x), x)", "integral(f(x), x) * g(x)"),
    ("integral(delta(m, argmax(v[k] for k in K)), v[m])", "min(v[k] for k in K)"),
]


@pytest.mark.parametrize(("left", "right"), WRONG)
def test_a_wrong_integral_is_rejected(left: str, right: str) -> None:
    with pytest.raises((VerificationError, DeriveError)):
        check_rule(Rule(name="planted", says="A planted rule.", from_=left, to=right, source="-"))


def test_the_rules_hold_a_substitution_and_parts_with_their_parts_shown() -> None:
    found = derive.cost("sigmoid(z)**2")
    names = [s.rule.name for s in found.parts[0].steps]
    assert "substitution" in names
    parts = [p for p in found.all_parts() if p.note.startswith("with v")]
    assert parts
    assert parts[0].note == "with v = σ(z), dv = σ(z) σ(−z) dz"
    assert standard_rulebook()["substitution"].method == "substitution"
