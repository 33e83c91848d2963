"""From a field to its cost, or to the proof that there is none; and back from every loss."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import pytest
from mpmath import mp, mpf

import derive
from derive.calculus.cost.family import family
from derive.core.indexing import exact
from derive.derivation import Derivation
from derive.errors import DeriveError, KindError, NoIntegralError, NotAGradient, ReplayError
from derive.judge.trees.evaluate import evaluate
from derive.judge.trees.line_points import valid_points
from derive.notation.reading.parser import parse_value
from derive.notation.reading.scope import Array, Scope
from derive.notation.reading.specification import specify
from derive.proof import number
from derive.rendering.forms import render
from derive.rendering.refusal_json import data
from derive.tables.loss_table import entry_for, losses
from tests.conftest import gradient_of, quick_share

NAMES = [e.name for e in losses() if e.catalogue < 64]
VECTORS = ["z: real[K]", "t: simplex(K)", "w: positive[K]"]
BY_NUMBERS = {"weston-watkins"}  # the two forms of its gradient are compared at points


@cache
def way_back(name: str) -> Derivation:
    """The cost of a loss's gradient."""
    gradient, entry = gradient_of(name), entry_for(name)
    at = f"[{', '.join(i.name for i in gradient.indices)}]" if gradient.indices else ""
    return derive.cost(gradient.notation, given=entry.given, wrt=entry.wrt + at)


SOME = quick_share(NAMES, 4, BY_NUMBERS, ("focal", "softmax-focal"))  # searches of seconds


@pytest.mark.parametrize("name", SOME)
def test_every_loss_comes_back_from_its_gradient(name: str) -> None:
    found = way_back(name)
    assert found.replay() == found.result
    assert found.verify().verification.worst < 1e-40
    assert found.parts[-1].result == found.field
    numbers = [s for s in found.parts[-1].steps if s.rule.name == "as-asked-by-numbers"]
    assert bool(numbers) == (name in BY_NUMBERS)


@pytest.mark.parametrize("name", SOME)
@exact
def test_it_is_the_loss_but_for_a_constant(name: str) -> None:
    entry, found = entry_for(name), way_back(name)
    given = specify(entry.loss, entry.given)
    loss, variable = given.loss, given.scope.names[entry.wrt]
    conditions = (*given.conditions, *found.obligations, *gradient_of(name).obligations)
    compared = 0
    for _, point in valid_points((loss, found.result), conditions, (), 11, 40, mpf(10) ** 9):
        gaps = [evaluate(loss, at, 40) - evaluate(found.result, at, 40)
                for at in (point, _elsewhere(point, variable))]
        assert abs(gaps[0] - gaps[1]) < mpf(10) ** -25 * max(1, abs(gaps[0]))
        compared += 1
    assert compared > 3


def _elsewhere(point, variable):
    """The point with every component of the variable moved, within its domain."""
    if variable in point.tensors:
        return replace(point, tensors={**point.tensors, variable: {
            at: v * mpf(3) / 4 for at, v in point.tensors[variable].items()}})
    return replace(point, scalars={**point.scalars,
                                   variable: point.scalars[variable] * mpf(3) / 4})


# Ways of asking

@pytest.mark.parametrize(("call", "result"), [
    ({"target": "softmax(z) - t", "given": VECTORS[:2], "wrt": "z"},
     "-sum(t * log(softmax(z)))"),
    ({"target": "softmax(z)[m] - t[m]", "given": VECTORS[:2], "wrt": "z[m]"},
     "-sum(t * log(softmax(z)))"),
    ({"target": "sigmoid(z) - t"}, "softplus(z) - t * z"),
    ({"target": "1/(1 + exp(-z)) - t"}, "softplus(z) - t * z"),
    ({"target": "y - t", "output": "y = sigmoid(z)"},
     "-t * log(y) - (1 - t) * log(1 - y)"),
    ({"target": "a - t", "output": "a = softmax(z)", "given": VECTORS[:2]},
     "-sum(t * log(a))"),
    ({"target": "t - y", "output": "y = tanh(z)", "given": ["z, t: real"]}, None),
    ({"target": "(sum(w[k]*t[k] for k in K))*softmax(z)[m] - w[m]*t[m]", "given": VECTORS,
      "wrt": "z[m]"}, "-sum(t * w * log(softmax(z)))"),
    ({"target": "sigmoid(z - b) - t", "given": ["z, t: real[N]", "b: real"], "wrt": "z"}, None),
    ({"target": "2*x[j]*((W @ x)[i] - t[i])", "given": ["W: real[H, D]", "x: real[D]",
                                                       "t: real[H]"], "wrt": "W[i, j]"},
     "sum((W @ x - t)**2)"),
    ({"target": "A @ z + z @ A", "given": ["A: real[K, K]", "z: real[K]"]}, None),
    ({"target": "W[j, i]", "given": "W: real[H, H]", "wrt": "W[i, j]"},
     "sum((W @ W)[k, k] for k in H) / 2"),
    ({"target": "-t/p", "given": ["p, t: simplex(K)"], "wrt": "p"}, None),
    ({"target": "z/norm(z)", "given": "z: real[3]"}, None),
    ({"target": "0*z", "given": "z: real[K]"}, "0"),
    ({"target": "p = softmax(z)\np - t", "given": VECTORS[:2], "wrt": "z"},
     "-sum(t * log(softmax(z)))"),
])
def test_a_field_may_be_asked_for_in_many_ways(call, result) -> None:
    found = derive.cost(**call)
    assert found.replay() == found.result
    assert found.verify().verification.worst < 1e-40
    assert result is None or found.notation == result


def test_the_size_of_the_cost_does_not_depend_on_the_number_of_classes() -> None:
    costs = [derive.cost("softmax(z) - t", given=[f"z: real[{n}]", f"t: simplex({n})"], wrt="z")
             for n in ("K", "10", "1000000")]
    assert len({len(c.steps) for c in costs}) == 1
    assert len({c.notation.replace(n, "K") for c, n in zip(
        costs, (" in K", " in 10", " in 1000000"), strict=True)}) == 1


def test_symmetry_is_shown_before_anything_is_integrated() -> None:
    found = derive.cost("softmax(z) - t", given=VECTORS[:2], wrt="z")
    jacobian, difference, component, back = found.parts
    assert jacobian.notation == "softmax(z)[m] * (delta(j, m) - softmax(z)[j])"
    assert difference.result == 0
    assert component.notation == "log(sum(exp(z))) - t[m] * z[m]"
    assert back.notation == "softmax(z)[m] - t[m]"


# The additive constant, and what bounds the cost

@pytest.mark.parametrize(("constant", "result", "word"), [
    ("", "softplus(z) - t * z", "least value is −t log(t) − (1 − t) log(1 − t), where y = t"),
    ("none", "softplus(z) - t * z", "left out"),
    ("least", None, "least value is 0"),
    ("t**2", "softplus(z) + t * (t - z)", "t² was added"),
])
def test_the_choice_of_the_constant_is_stated(constant: str, result: str, word: str) -> None:
    found = derive.cost("sigmoid(z) - t", given=["z: real", "t: probability"], constant=constant)
    assert result is None or found.notation == result
    assert word in dict(found.remarks)["constant"]
    assert found.verify()


def test_the_least_value_is_zero_where_the_output_is_the_target() -> None:
    found = derive.cost("sigmoid(z) - t", given=["z: real", "t: probability"], constant="least")
    at = {n: leaf for leaf in found.result.atoms() if (n := getattr(leaf, "name", "")) in "zt"}
    from derive.judge.trees.evaluate import Point

    t = mpf("0.3")
    here = Point(scalars={at["z"]: mp.ln(t / (1 - t)), at["t"]: t})
    assert abs(evaluate(found.result, here, 15)) < 1e-14


def test_conditions_on_the_least_value_come_in_one_order() -> None:
    """Whatever the order in which a set of formulas is gone through."""
    assert derive.cost("sigmoid(z) - t", constant="least").to_json()["assumptions"] == [
        "0 < 1 - t", "0 < t"]


@pytest.mark.parametrize(("field", "given", "word"), [
    ("relu(z) - t", ["z, t: real", "t < 0"], "no: the target t lies outside"),
    ("sigmoid(z) - 2", ["z: real"], "no: the target 2 lies outside"),
    ("tanh(z) - t", ["z, t: real"], "not for targets t outside [-1, 1]"),
    ("softmax(z) - t", ["z, t: real[K]"], "sum to 1"),
])
def test_a_target_outside_the_range_is_refused(field: str, given: list[str], word: str) -> None:
    assert word in dict(derive.cost(field, given=given).remarks)["bounded"]


@pytest.mark.parametrize(("field", "given"), [
    ("sigmoid(z) - t", ["z: real", "t: probability"]), ("relu(z) - t", ["z: real", "t: positive"]),
    ("softmax(z) - t", VECTORS[:2]), ("tanh(z) - t", ["z, t: real", "-1 < t", "t < 1"]),
])
def test_a_target_within_the_range_needs_no_word(field: str, given: list[str]) -> None:
    assert "bounded" not in dict(derive.cost(field, given=given).remarks)


# No cost

FIELDS = [
    ("softmax(z)*(softmax(z) - t)", 2), ("(softmax(z) - t)*softmax(z)*(1 - softmax(z))", 3),
    ("z/sum(z) - t", 2), ("w*(softmax(z) - t)", 2), ("log(softmax(z)) - t", 2),
    ("softmax(w*z) - t", 2), ("z**2/sum(z**2) - t", 2), ("softplus(z)/sum(softplus(z)) - t", 2),
    ("(softmax(z) - t)*z", 2), ("(softmax(z) - t)**3", 3), ("z*sum(z)", 2),
]


@pytest.mark.parametrize(("field", "size"), FIELDS)
def test_a_field_that_is_no_gradient_is_refused_with_a_witness(field: str, size: int) -> None:
    with pytest.raises(NotAGradient, match="is the gradient of no cost") as caught:
        derive.cost(field, given=VECTORS, wrt="z")
    proof = caught.value.proof
    proof.verify()
    assert proof.values["K"] == size, "the fewest classes at which it shows"
    numbers = (*proof.witness.numbers, *(path.work for path in proof.paths))
    assert all(isinstance(number, mpf) for number in numbers), "numbers of the caller's mpmath"
    component = _component(field, proof.values)
    one, two = proof.witness.first[0], proof.witness.second[0]
    with mp.workdps(30):
        slopes = [mp.diff(lambda h, a=a, b=b: component(a, b, h), 0)
                  for a, b in ((one, two), (two, one))]
        for slope, told in zip(slopes, proof.witness.numbers, strict=True):
            assert abs(slope - told) < mpf(10) ** -10
        works = [_work(component, path, (one, two)[::step])
                 for path, step in zip(proof.paths, (1, -1), strict=True)]
    assert proof.paths[0].corners[0] == proof.paths[1].corners[0]
    assert proof.paths[0].corners[-1] == proof.paths[1].corners[-1]
    for work, path in zip(works, proof.paths, strict=True):
        assert abs(work - path.work) < 1e-9
    assert abs(works[0] - works[1]) > 1e-4


def _component(field: str, values):
    """g_a as a function of a step along z_b, and of z itself; in mpmath alone."""
    names = {"softmax": _softmax, "log": _each(mp.ln), "softplus": _each(
        lambda v: mp.ln(1 + mp.exp(v))), "sum": lambda v: mp.fsum(v.values)}

    def component(a: int, b: int, step, z=None):
        moved = list(values["z"] if z is None else z)
        moved[b] += step
        here = {"z": _Vector(moved), "t": _Vector(values.get("t", moved)),
                "w": _Vector(values.get("w", moved))}
        return eval(field, {"__builtins__": {}}, {**names, **here}).values[a]

    return component


def _work(component, path, order):
    work = mpf(0)
    for start, end, at in zip(path.corners, path.corners[1:], order, strict=False):
        step = end[at] - start[at]
        work += mp.quad(lambda h, a=at, z=start: component(a, a, h, z), [0, step])
    return work


class _Vector:
    """Elementwise arithmetic on lists, for formulas of whole arrays."""

    def __init__(self, values) -> None:
        self.values = list(values)

    def _with(self, other, how):
        others = other.values if isinstance(other, _Vector) else [other] * len(self.values)
        return _Vector(how(a, b) for a, b in zip(self.values, others, strict=True))

    def __add__(self, other): return self._with(other, lambda a, b: a + b)
    def __sub__(self, other): return self._with(other, lambda a, b: a - b)
    def __rsub__(self, other): return self._with(other, lambda a, b: b - a)
    def __mul__(self, other): return self._with(other, lambda a, b: a * b)
    def __truediv__(self, other): return self._with(other, lambda a, b: a / b)
    def __pow__(self, other): return self._with(other, lambda a, b: a**b)


def _softmax(vector):
    total = mp.fsum(mp.exp(v) for v in vector.values)
    return _Vector(mp.exp(v) / total for v in vector.values)


def _each(how):
    return lambda vector: _Vector(map(how, vector.values))


def test_two_classes_hide_what_three_show() -> None:
    field = "(softmax(z) - t)*softmax(z)*(1 - softmax(z))"
    with pytest.raises(NotAGradient) as caught:
        derive.cost(field, given=VECTORS[:2], wrt="z")
    assert sorted(map(number, caught.value.proof.witness.numbers)) == ["-1/27", "0"]


@pytest.mark.parametrize(("field", "wrt"), [
    ("(softmax(z) - t)/abs(softmax(z) - t)", "z"),
    ("sum(1 if 50 < z[k] else 0 for k in K)", "z[m]"),
    ("z[m]*sum(1 if abs(z[k]) < 40 else 0 for k in K)", "z[m]")])
def test_a_field_that_jumps_is_refused_by_its_work(field: str, wrt: str) -> None:
    with pytest.raises(NotAGradient, match="jumps") as caught:
        derive.cost(field, given=VECTORS[:2], wrt=wrt)
    assert caught.value.proof.witness is None
    assert abs(caught.value.proof.paths[0].work - caught.value.proof.paths[1].work) > 0.1


@pytest.mark.parametrize("field", ["sign(z - t)", "relu(z) - t", "max(0, z - 1) - min(0, z)",
                                   "abs(z)*z", "softmax(z) - 1"])
def test_a_gradient_is_never_refused(field: str) -> None:
    assert derive.cost(field, given=["z, t: real[K]"], wrt="z").verify()


@pytest.mark.parametrize("form", ["text", "latex", "markdown", "json"])
def test_the_proof_is_shown_in_every_form(form: str) -> None:
    with pytest.raises(NotAGradient) as caught:
        derive.cost("softmax(z)*(softmax(z) - t)", given=VECTORS[:2], wrt="z")
    shown = render(caught.value.proof, form)
    assert "no such cost" in shown or form == "json"
    if form == "json":
        told = json.loads(shown)
        assert told["exists"] is False
        assert told["witness"]["derivatives"] == [0.0, -0.25]
        assert len(told["paths"]) == 2
    assert render(caught.value.proof, "text", ascii=True).isascii()
    assert data(caught.value.proof)["point"]["K"] == 2


MATRIX = ["W: real[H, H]"]
LABELLED = ["z, b: real[K]", "y: label(K)", "a: real", "B: real[D, K]", "u: real[D]"]


@pytest.mark.parametrize(("field", "given", "wrt"), [
    ("W[i, j]*W[j, i]", MATRIX, "W[i, j]"), ("exp(W[j, i])", MATRIX, "W[i, j]"),
    ("W[i, j] + W[j, i]**2", MATRIX, "W[i, j]"), ("abs(z[m] - z[y])", LABELLED, "z[m]"),
    ("sum(z)*max(0, z[m])**2", LABELLED, "z[m]"), ("logsumexp(z)*z[m]", LABELLED, "z[m]"),
    ("(z[m] if z[m] > 0 else a*z[m])*softmax(z)[m]", LABELLED, "z[m]"),
    ("delta(m, y)*z[0]*(1 if a < abs(a) else 2) + delta(m, 0)*z[y]*(1 if a <= abs(a) else 2)",
     LABELLED, "z[m]"), ("A @ z", [
        "A: real[K, K]", "z: real[K]"], "z"),
])
def test_more_fields_that_have_no_cost(field: str, given: list[str], wrt: str) -> None:
    with pytest.raises(NotAGradient) as caught:
        derive.cost(field, given=given, wrt=wrt)
    caught.value.proof.verify()


@pytest.mark.parametrize(("field", "result"), [
    ("delta(m, y)*z[m]", "z[y]**2 / 2"), ("delta(m, y)*exp(z[y])", "exp(z[y])"),
    ("(1 - delta(m, y))*z[m]", "(sum(z**2) - z[y]**2) / 2"),
    ("delta(m, y)*sigmoid(z[m]) - b[m]", "softplus(z[y]) - b @ z"),
    ("sum(z[k] for k in K if k != m)", "sum(z[k] * sum(z[j] for j in K if j != k) for k in K) / 2"),
    ("(-1 if m == y else 0)*max(0, 1 - z[y])", "sum(max(0, 1 - z[k])**2 for k in K if k == y) / 2"),
    ("sum(u[d]*B[d, m]*tanh((B @ z)[d]) for d in D)",
     "sum(u * log(cosh(B @ z)))"),
    ("20*sign(z[m] - 1)*sum(abs(z[k] - 1) for k in K)", "10 * sum(abs(z - 1))**2"),
    ("sum(u[d] for d in D if u[d] < z[m])",
     "sum(sum(u[j] * (z[k] - u[j]) for j in D if u[j] < z[k]) for k in K)"),
    ("2*a*z[m] + (1 if 0 < z[m] else a)",
     "a * sum(z**2) + sum((z[k] if 0 < z[k] else a * z[k]) for k in K)"),
])
def test_more_costs_of_vectors(field: str, result: str) -> None:
    found = derive.cost(field, given=LABELLED, wrt="z[m]")
    assert found.notation == result
    assert found.replay() == found.result
    assert found.verify()


@pytest.mark.parametrize(("output", "where"), [
    ("y = relu(2*z + 1)", "0 < 1 + 2 z"), ("y = relu(-z)", "0 < −z"), ("y = sigmoid(1 - z)", ""),
    ("y = Phi(s*z)", ""), ("y = tanh(z/2)", ""), ("y = z if z > 0 else s*z", "")])
def test_the_output_may_be_an_activation_of_a_linear_argument(output: str, where: str) -> None:
    found = derive.cost("y - t", given=["z, t: real", "s: positive"], define=output)
    assert found.verify()
    assert found.replay() == found.result
    assert where in dict(found.remarks).get("where", "")


def test_the_output_has_an_older_name() -> None:
    """Derivations that were stored with it are asked again by it."""
    from derive.audit import audit
    from derive.rendering.asked_command import asked_command

    for asked in ({"define": "y = sigmoid(z)"}, {"output": "y = sigmoid(z)"}):
        answer = derive.cost("y - t", **asked)
        assert answer.notation == derive.cost("y - t", define="y = sigmoid(z)").notation
        assert audit(answer.to_json()).asked_again
        assert "--define 'y = sigmoid(z)'" in asked_command(answer.asked)
    with pytest.raises(DeriveError, match="two names of one argument"):
        derive.cost("y - t", define="y = sigmoid(z)", output="y = tanh(z)")


def test_a_parameter_outside_its_domain_is_no_activation_of_the_table() -> None:
    assert derive.cost("z if z > 0 else a*z", given=["z, a: real"], wrt="z").sequel is None


# What cannot be had

REFUSED = [
    ({"target": "softmax(z) - t", "given": ["z: real[K]", "t: simplex(D)"]}, KindError, "match"),
    ({"target": "z", "given": ["x: real[K]", "z: real[D]"], "wrt": "x"}, KindError, "shape"),
    ({"target": "softmax(z)[0]", "given": "z: real[K]"}, KindError, "single number"),
    ({"target": "softmax(z)[m] - t", "given": VECTORS, "wrt": "z[m]"}, KindError, "component"),
    ({"target": "y - t", "output": "y = z*sigmoid(z)"}, DeriveError, "not monotone"),
    ({"target": "y - t", "output": "y = softmax(z)", "given": ["z, t: real[K]"]}, DeriveError,
     "sum\\(t\\) = 1"),
    ({"target": "y - t", "output": "y = z + exp(z)"}, DeriveError, "no inverse"),
    ({"target": "y - t", "output": "sigmoid(z)"}, DeriveError, "name = formula"),
    ({"target": "y - t", "output": "e = sigmoid(z)"}, DeriveError, "does not occur"),
    ({"target": "z + exp(z**2)"}, NoIntegralError, r"no rule integrates exp\(z\*\*2\)"),
    ({"target": "foo(z) - t"}, DeriveError, "foo"),
    ({"target": "sigmoid"}, DeriveError, "is a function"),
    ({"target": "q - t", "given": ["q, t: real"]}, DeriveError, "--wrt: q, t"),
    ({"target": "n*z", "given": ["z: real", "n: count"], "wrt": "n"}, KindError, "count"),
    ({"target": "sigmoid(z) - t", "constant": "z"}, DeriveError, "may not depend"),
    ({"target": "y - t", "output": "y = sigmoid(z)", "constant": "y"}, DeriveError,
     "may not depend"),
    ({"target": "z*exp(z)", "constant": "least"}, DeriveError, "least value is not known"),
    ({"target": "  "}, DeriveError, "empty"),
    ({"target": "z[0] + z", "given": "z: real[K]", "wrt": "z[0]"}, KindError, "free index"),
]


@pytest.mark.parametrize(("call", "kind", "word"), REFUSED, ids=[w for _, _, w in REFUSED])
def test_a_field_without_a_cost_is_refused_in_words(call, kind, word) -> None:
    with pytest.raises(kind, match=word):
        derive.cost(**call)


def test_the_search_ends_when_its_time_is_up() -> None:
    with pytest.raises(NoIntegralError, match="within 0 s"):
        derive.cost("exp(z**2)*sin(z)*cos(z**3)", seconds=0.0)


def test_a_wrong_cost_is_not_called_verified_nor_replayed() -> None:
    found = derive.cost("sigmoid(z) - t")
    component = found.parts[0]
    wrong = component.steps[-1].line + component.steps[0].line.args[0]
    broken = replace(component, steps=(*component.steps[:-1],
                                       replace(component.steps[-1], line=wrong)))
    with pytest.raises(ReplayError):
        replace(found, parts=(broken, found.parts[1])).replay()
    with pytest.raises(DeriveError, match="disagrees"):
        replace(found, parts=(broken, found.parts[1])).verify()


# Why exp

def test_of_all_normalised_functions_only_exp_will_do() -> None:
    found = family()
    assert found.verify().verification.worst < 1e-40
    assert found.replay() == found.result
    lines = [p.notation for p in found.parts]
    assert "dg(z[m]) / g(z[m]) - dg(z[j]) / g(z[j])" in lines
    assert "log(abs(g(x)))" in lines
    assert "exp(a) * exp(beta * x)" in lines
    assert "softmax(beta * z)[m]" in lines
    assert found.notation == "-sum(t * log(softmax(beta * z))) / beta"


@pytest.mark.parametrize(("field", "result"), [
    ("dg(z)", "g(z)"), ("g(z)*dg(z)", "g(z)**2 / 2"), ("dg(z)/g(z)", "log(abs(g(z)))")])
def test_an_unknown_function_is_integrated_by_its_name(field: str, result: str) -> None:
    found = derive.cost(field, given=["z: real", "g: function"])
    assert found.notation == result
    assert found.verify()


# The contract for other tools

@pytest.mark.parametrize("make", [
    lambda: derive.cost("softmax(z) - t", given=VECTORS[:2], wrt="z"),
    lambda: derive.matching_loss("cube"), lambda: derive.matching_loss("sparsemax"),
    lambda: derive.cost("sigmoid(z)**2"), family,
    lambda: derive.cost("y - t", define="y = Phi(z)"),
])
@exact
def test_every_formula_of_the_data_reads_back(make) -> None:
    reads_back(make().verify().to_json())


def reads_back(told) -> None:
    scope = Scope(free_indices=True)
    for line in told["declarations"]:
        scope.declare(line)
    for result in told["results"]:
        assert not isinstance(parse_value(result["notation"], scope), Array)
    for text in (told["quantity"], told["start"], *told["obligations"]):
        parse_value(text, scope)
    for definition in told["definitions"]:
        parse_value(definition.partition("= ")[2], scope)
    for step in told["steps"]:
        for line in step["declarations"]:
            scope.declare(line)
        for key in ("before", "after", "line"):
            parse_value(step[key], scope)
    for part in (*told["parts"], *told["others"], *told["checks"]):
        reads_back(part)


@pytest.mark.parametrize("name", ["hinge", "softmax-nll", " MSE "])
def test_the_name_of_a_loss_is_no_field(name: str) -> None:
    with pytest.raises(derive.DeriveError, match="is a loss; a cost is asked for of a gradient"):
        derive.cost(name)
