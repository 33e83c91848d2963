"""Where a formula has no value, a condition says so; where its derivative is right, none does."""

from __future__ import annotations

import pickle
import random
import re
from collections.abc import Iterator

import pytest
from mpmath import mp, mpc, mpf

import derive
from benchmarks.nesting.python_reading import Vector, elementwise, of_terms_or_two
from derive.errors import NotationError
from derive.notation.printing.latex import latex
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.notation.reading.specification import specify
from derive.rulebook.kinks import holds_across

X, Y, V = ["x: real"], ["x, y: real"], ["x: real[K]"]

CANCELLED = [  # formula, given, variable, conditions: parts that are gone before the first step
    ("log(x) - log(x)", X, "x", ["0 < x"]),
    ("log(x)/log(x)", X, "x", ["0 < x", "log(x) != 0"]),
    ("0*log(x)", X, "x", ["0 < x"]),
    ("x + log(x)*0", X, "x", ["0 < x"]),
    ("sqrt(x)**2", X, "x", ["0 < x"]),
    ("x**(1/2)*x**(1/2)", X, "x", ["0 < x"]),
    ("sqrt(x)**4", X, "x", ["0 < x"]),
    ("x/x", X, "x", ["x != 0"]),
    ("x**-1*x", X, "x", ["x != 0"]),
    ("x**2/x", X, "x", ["x != 0"]),
    ("1/(1/x)", X, "x", ["x != 0"]),
    ("(x - 1)/(x - 1)", X, "x", ["x != 1"]),
    ("(x**2 - 1)/(x - 1)", X, "x", ["x != 1"]),
    ("log(x)**0 + x", X, "x", ["0 < x"]),
    ("tan(x) - tan(x)", X, "x", ["cos(x) != 0"]),
    ("0*atanh(x)", X, "x", ["-1 < x", "x < 1"]),
    ("log(log(x)) - log(log(x))", X, "x", ["0 < x", "0 < log(x)"]),
    ("x*log(x) - log(x)*x", X, "x", ["0 < x"]),
    ("y*x/y", Y, "x", ["y != 0"]),
    ("x/(y*x)", Y, "x", ["x != 0", "y != 0"]),
    ("log(y) + x", Y, "x", ["0 < y"]),
    ("sqrt(y) + x", Y, "x", ["0 <= y"]),
    ("x**y/x**y", Y, "x", ["0 < x"]),
    ("q = log(x)\nL = q - q", X, "x", ["0 < x"]),
    ("p = x\nL = x/p", X, "x", ["x != 0"]),
    ("relu(log(x))*0", X, "x", ["0 < x"]),
    ("sum(log(x[k]) - log(x[k]) for k in K)", V, "x", ["all(0 < x[k] for k in K)"]),
    ("sum(x[k]/x[k] for k in K)", V, "x", ["all(x[k] != 0 for k in K)"]),
    ("sum(x/x)", V, "x", ["all(x[k] != 0 for k in K)"]),
    ("(1/x) @ x", V, "x", ["all(x[k] != 0 for k in K)"]),
    ("sum((x[k]/x[k] if k != y else 0) for k in K)", [*V, "y: label(K)"], "x",
     ["all(x[k] != 0 for k in K if k != y)"]),
    ("sum(x[k]/x[k] for k in K if k != y)", [*V, "y: label(K)"], "x",
     ["all(x[k] != 0 for k in K if k != y)"]),
    ("0*x[0]*max(x[k] for k in K if k != y)", [*V, "y: label(K)"], "x",
     ["0 < sum(1 for k in K if k != y)"]),
    ("0*sum(x[t + 1] for t in K)", V, "x", ["all(k + 1 < K for k in K)"]),
]
CERTAIN = [  # nothing to say: the kinds, the cases around or the result say it
    ("x/x", ["x: positive"], "x"),
    ("log(x)*0", ["x: probability"], "x"),
    ("x/x", [*X, "0 < x"], "x"),
    ("(log(x) if x > 0 else 0)*0 + x", X, "x"),
    ("x/x if x != 0 else 1", X, "x"),
    ("sqrt(1 + x**2)**2", X, "x"),
    ("sum(log(x[k]) - log(x[k]) for k in K)", [*V, "all(x[k] > 0 for k in K)"], "x"),
    ("sum(log(x[k])*0 for k in K if x[k] > 0)", V, "y"),
    ("0*sum(x[t + 1] for t in K if t + 1 < K)", V, "x"),
    ("x/y", Y, "x"),
    ("x*log(y)", Y, "x"),
]
DIFFERENTIABLE = [  # kinks of parts at which the formula has none
    ("relu(x)**2", X, "x"), ("x*abs(x)", X, "x"), ("abs(x)**3", X, "x"), ("max(x, 0)**2", X, "x"),
    ("max(x, 0)**3", X, "x"), ("abs(x)**(3/2)", X, "x"), ("x*relu(x)", X, "x"),
    ("x**2*sign(x)", X, "x"), ("(x if x > 0 else 0)**2", X, "x"), ("x**2 if x > 0 else 0", X, "x"),
    ("relu(x)**(3/2)", X, "x"), ("min(x, 1)**2 - 2*min(x, 1)", X, "x"),
    ("abs(x)*x*abs(y)", Y, "x"), ("relu(x - y)**2", Y, "x"),
    ("x**2/2 if abs(x) <= y else y*(abs(x) - y/2)", ["x: real", "y: positive"], "x"),
    ("abs(x) - log(1 + abs(x))", X, "x"),
    ("sum(relu(x[k])**2 for k in K)", V, "x"),
    ("sum((x[k]**2/2 if abs(x[k]) <= 1 else abs(x[k]) - 1/2) for k in K)", V, "x"),
    ("max(0, 1 - dot(x, x))**2", V, "x"),
]
KINKED = [  # formula, given, variable, conditions that have to stay
    ("abs(x)", X, "x", ["x != 0"]), ("relu(x)", X, "x", ["x != 0"]),
    ("sign(x)*x", X, "x", ["x != 0"]), ("sign(x)", X, "x", ["x != 0"]),
    ("sqrt(abs(x))", X, "x", ["x != 0"]), ("sqrt(relu(x))", X, "x", ["x != 0"]),
    ("sqrt(x if x > 0 else 0)", X, "x", ["x != 0"]),
    ("x**2 if x > 0 else 1", X, "x", ["x != 0"]), ("1 if x > 0 else 0", X, "x", ["x != 0"]),
    ("max(x, -x)", X, "x", ["x != 0"]), ("x*abs(x - 1)", X, "x", ["x != 1"]),
    ("abs(x)*abs(y)", Y, "x", ["x != 0"]), ("max(x, y)", Y, "x", ["x != y"]),
    ("log(abs(x))", X, "x", ["x != 0"]), ("log(x**2)", X, "x", ["x != 0"]),
    ("sqrt(x**2)", X, "x", ["x != 0"]), ("0**x", X, "x", ["0 < x"]),
    ("1 if x == 0 else x", X, "x", ["x != 0"]), ("x if x != y else 3", Y, "x", ["x != y"]),
    ("sqrt(max(0, y**2 - x**2))", Y, "x", ["x**2 != y**2"]),
    ("sum(abs(x[k]) for k in K)", V, "x", ["all(x[k] != 0 for k in K)"]),
    ("sum(1 for k in K if x[k] > 0)", V, "x", ["all(x[k] != 0 for k in K)"]),
    ("sum(log(abs(x[k])) for k in K)", V, "x", ["all(x[k] != 0 for k in K)"]),
    ("sum(x[k]*abs(x[k]) + log(abs(x[k])) for k in K)", V, "x", ["all(x[k] != 0 for k in K)"]),
]
KINKED += [
    ("sum(sum(abs(x[i] - x[j]) for i in K) for j in K)", V, "x",
     ["all(all(x[j] != x[k] for j in K if j != k) for k in K)"]),
    ("sum(sum(abs(x[i] + x[j]) for i in K) for j in K)", V, "x",
     ["all(all(x[j] + x[k] != 0 for j in K) for k in K)"]),
]
TRIVIAL = [  # conditions that always hold, or never
    ("y if y > y else x", Y, "x", "1"), ("x if x > x else y", Y, "x", "0"),
    ("x if x >= x else y", Y, "x", "1"), ("x if x == x else y", Y, "x", "1"),
    ("x if x**2 < 0 else y", Y, "x", "0"), ("max(x, x)", X, "x", "1"),
]


def conditions(derivation: derive.Derivation) -> list[str]:
    return [plain(c, derivation.reserved) for c in derivation.obligations]


@pytest.mark.parametrize(("formula", "given", "wrt", "stated"), CANCELLED + KINKED)
def test_the_conditions_are_exactly_those(formula, given, wrt, stated) -> None:
    found = derive.grad(formula, given=given, wrt=wrt)
    assert conditions(found) == stated
    found.replay()
    if "x[t + 1]" not in formula:  # which has a value for no size
        found.verify()


@pytest.mark.parametrize(("formula", "given", "wrt"), [
    *[c for c in CERTAIN if c[2] != "y"], *DIFFERENTIABLE])
def test_no_condition_is_stated_without_need(formula, given, wrt) -> None:
    found = derive.grad(formula, given=given, wrt=wrt).verify()
    assert conditions(found) == []


@pytest.mark.parametrize(("formula", "given", "wrt", "result"), TRIVIAL)
def test_a_condition_that_is_certain_leaves_one_case(formula, given, wrt, result) -> None:
    found = derive.grad(formula, given=given, wrt=wrt).verify()
    assert (found.notation, conditions(found)) == (result, [])


# Against plain Python: the text itself, evaluated by mpmath.

class NoValueError(ArithmeticError):
    """A part of a formula has no real value."""


def real(value: object) -> mpf:
    if isinstance(value, mpc):
        raise NoValueError
    return mpf(value)


def on(domain, function):
    def inside(x):
        if not domain(real(x)):
            raise NoValueError
        return function(x)

    return inside


NAMES = {
    **{name: elementwise(function) for name, function in {
        "log": on(lambda x: x > 0, mp.log), "sqrt": on(lambda x: x >= 0, mp.sqrt),
        "atanh": on(lambda x: abs(x) < 1, mp.atanh), "exp": mp.exp, "tan": mp.tan, "cos": mp.cos,
        "abs": abs, "sign": mp.sign, "relu": lambda x: max(x, mpf(0))}.items()},
    "max": of_terms_or_two(max), "min": of_terms_or_two(min),
    "sum": lambda terms: mp.fsum(terms), "all": all, "delta": lambda i, j: int(i == j),
    "dot": lambda u, v: u @ v, "norm": lambda u: mp.sqrt(u @ u),
}
_NUMBER = re.compile(r"(?<![\w.\[])(\d+)(?![\w.\]])")


def value(text: str, names: dict[str, object]) -> mpf | bool | None:
    """The value of a text, or None where it has none."""
    code = _NUMBER.sub(r"mpf(\1)", re.sub(r" in (\w+)", r" in range(\1)", text))
    code = re.sub(r"\b(x|y)\[(.*?)\]", r"\1[int(\2)]", code)
    names = {name: Vector(v) if isinstance(v, list) else v for name, v in names.items()}
    try:
        found = eval(code, {"__builtins__": {}, "mpf": mpf, "range": range, "int": int,
                            **NAMES, **names})
        return found if isinstance(found, bool) else real(found)
    except (ArithmeticError, ValueError, TypeError):
        return None


def points(given: list[str], seed: int) -> Iterator[dict[str, object]]:
    """Points at, beside and away from the numbers that formulas of this file hold."""
    draw = random.Random(seed)
    marks = [mpf(n) / 2 for n in range(-4, 5)]
    vector, names = any("[K]" in g for g in given), {"x", *("y" for g in given if "y: " in g)}
    for _ in range(60):
        scalars = {n: draw.choice([*marks, mpf(draw.randrange(-400, 400)) / 128]) for n in names}
        if vector:
            size = draw.choice((1, 2, 3))
            scalars |= {"K": size, "i": draw.randrange(size), "x": [
                draw.choice([*marks, mpf(draw.randrange(-400, 400)) / 128]) for _ in range(size)]}
            if "y" in scalars:
                scalars["y"] = draw.randrange(size)
        if not any("y: positive" in g for g in given) or scalars["y"] > 0:
            yield scalars


def moved(point: dict[str, object], step: mpf) -> dict[str, object]:
    if not isinstance(point["x"], list):
        return {**point, "x": point["x"] + step}
    return {**point, "x": [v + step * (n == point["i"]) for n, v in enumerate(point["x"])]}


STEP = mpf(10) ** -30
TEXTS = [c for c in (*CANCELLED, *DIFFERENTIABLE, *KINKED) if "=" not in c[0].replace(
    "==", "").replace("!=", "").replace("<=", "") and "@" not in c[0] and c[0] != "sum(x/x)"
    and "x[t + 1]" not in c[0] and "x[0]" not in c[0]]


@pytest.mark.parametrize(("formula", "given"), [c[:2] for c in TEXTS])
def test_conditions_and_result_fail_together_with_the_formula(formula, given) -> None:
    """At every point: the derivative from both sides is the result, or a condition fails."""
    found = derive.grad(formula, given=given, wrt="x")
    stated, text, slopes = conditions(found), found.notation, 0
    with mp.workdps(80):
        for point in points(given, 5):
            result = value(text, point)
            allowed = result is not None and all(value(c, point) for c in stated)
            here, *beside = (value(formula, moved(point, h)) for h in (mpf(0), STEP, -STEP))
            if allowed:
                assert None not in (here, *beside), (point, stated)
                for other, h in zip(beside, (STEP, -STEP), strict=True):
                    slope = (other - here) / h
                    tolerance = mpf(10) ** -12 * max(1, abs(result))
                    assert abs(slope - result) < tolerance, (point, slope, result)
                slopes += 1
    assert slopes >= 5


@pytest.mark.parametrize(("formula", "given", "stated"), [(c[0], c[1], c[3]) for c in KINKED])
def test_a_kink_is_one(formula, given, stated) -> None:
    """A condition u != 0 stays only where something fails at u = 0."""
    found = derive.grad(formula, given=given, wrt="x")
    text, failing = found.notation, 0
    with mp.workdps(80):
        for point in points(given, 6):
            if all(value(c, point) for c in stated):
                continue
            result = value(text, point)
            here, *beside = (value(formula, moved(point, h)) for h in (mpf(0), STEP, -STEP))
            failing += result is None or None in (here, *beside) or any(
                abs((other - here) / h - result) > mpf(10) ** -12
                for other, h in zip(beside, (STEP, -STEP), strict=True))
    assert failing


def test_a_planted_kink_is_seen() -> None:
    """The judge of kinks refuses a result that is not the derivative at the kink."""
    found = derive.grad("x*abs(x)", given=X, wrt="x")
    (kink,) = {o for step in found.steps for o in step.obligations}
    assert holds_across(kink, found.start, found.result)
    wrong = derive.grad("x*abs(x) + x**2*sign(x - 1)", given=X, wrt="x")
    assert conditions(wrong) == ["x != 1"]
    shifted = found.result + derive.grad("sign(x)*x", given=X, wrt="x").result
    assert not holds_across(kink, found.start, shifted)


@pytest.mark.parametrize("formula", [
    "abs(exp(z) - 1)", "abs(tanh(z))", "relu(sinh(z))", "max(exp(z), 1)", "abs(sigmoid(z) - 1/2)",
    "abs(expm1(z))"])
def test_a_kink_in_other_words_is_stated(formula: str) -> None:
    gradient = derive.grad(formula)
    assert [plain(c) for c in gradient.obligations] == ["z != 0"]
    assert gradient.verify()


@pytest.mark.parametrize("formula", ["abs(z**3)", "relu(tanh(z))**2", "abs(2*z)*z"])
def test_a_kink_that_is_flattened_is_none(formula: str) -> None:
    assert derive.grad(formula).obligations == ()


@pytest.mark.parametrize("name", ["squared-hinge", "huber", "smooth-l1", "tukey-biweight",
                                  "expectile", "modified-huber", "squared-epsilon-insensitive"])
def test_smooth_losses_of_the_catalogue_state_no_kink(name) -> None:
    assert derive.grad(name).obligations == ()


@pytest.mark.parametrize(("how", "target", "given", "wrt", "stated"), [
    ("hessian", "log(x)*0 + x**3", X, "x", ["0 < x"]),
    ("hessian", "x**4/x", X, "x", ["x != 0"]),
    ("hessian", "abs(x)**3", X, "x", []),
    ("hessian", "relu(x)**2", X, "x", ["x != 0"]),
    ("jacobian", "x/x", V, "x", ["x[i] != 0"]),
])
def test_other_directions_state_them_too(how, target, given, wrt, stated) -> None:
    assert conditions(getattr(derive, how)(target, given=given, wrt=wrt)) == stated


def test_every_form_shows_the_condition() -> None:
    found = derive.grad("sum(x[k]/x[k] for k in K)", given=V, wrt="x")
    (condition,) = found.obligations
    assert found.to_json()["obligations"] == ["all(x[k] != 0 for k in K)"]
    assert "where     xₖ ≠ 0 for every k" in found.show("text")
    assert pretty(condition) == "xₖ ≠ 0 for every k"
    assert latex(condition) in found.show("latex")
    assert r"\text{ for every } k" in latex(condition)
    assert "for every" in found.show("html")
    assert pickle.loads(pickle.dumps(found)).obligations == found.obligations


def test_a_condition_for_every_index_is_read_and_printed() -> None:
    text = "all(0 < x[k] for k in K if k != y)"
    (condition,) = specify("sum(x)", [*V, "y: label(K)", text]).conditions
    assert plain(condition) == "all(0 < x[k] for k in K if k != y)"
    assert derive.grad("sum(log(x[k]) for k in K if k != y)", wrt="x",
                       given=[*V, "y: label(K)", text]).obligations == ()
    with pytest.raises(NotationError, match="all takes 'condition"):
        specify("sum(x)", [*V, "all(x) > 0"])


def test_a_kink_in_a_sum_beside_another_sum_captures_no_index() -> None:
    found = derive.grad("sum(abs(x[k] - sum(x[j]*abs(x[j]) for j in K)) for k in K)", given=V,
                        wrt="x")
    assert conditions(found)
    found.replay()


@pytest.mark.parametrize(("formula", "condition"), [
    ("u*log(-1 - z**2)", "0 < -1 - z**2"), ("u*sqrt(-a)", "0 <= -a")])
def test_a_condition_that_never_holds_is_stated(formula: str, condition: str) -> None:
    found = derive.grad(formula, given=["u, z: real", "a: positive"], wrt="u")
    assert [plain(c) for c in found.domain] == [condition]
