"""Corners of the notation: binders, filters, ties, names, and what obligations say of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import derive
from derive.core import heads
from derive.core.indexing import exact
from derive.errors import (
    KernelError,
    KindError,
    NotationError,
    ReplayError,
    VerificationError,
)
from derive.judge.rules.rule_trials import check_rule
from derive.notation.reading.parser import parse
from derive.notation.reading.specification import specify
from derive.rulebook.loading import standard_rulebook
from derive.rulebook.rule import Rule
from tests.conftest import declared

GRADIENTS = [  # formula, given, variable, result
    ("n**2*z", ["n: count", "z: real"], "z", "n**2"),                     # no binary n
    ("sum(k**2*o[k] for k in K)", ["o: real[K]"], "o", "i**2"),
    ("sum(norm(A[k])*x[k] for k in K)", ["A: real[K, K]", "x: real[K]"], "x",  # a captured index
     "norm(A[i])"),
    ("f[k] = sum(sum(A[j, l]*v[k] for l in K) for j in K)\nf[argmax(v)]*z",  # a binder put in
     ["A: real[K, K]", "v: real[K]", "z: real"], "z",
     "v[argmax(v)] * sum(sum(A[k]) for k in K)"),
    ("L = 0.5*z", ["z: real"], "z", "1 / 2"),                             # a decimal after a name
    ("o: real[K]\nq[i] = o[i]**2\nL = sum(q)", [], "o", "2 * o[i]"),      # the letter i twice
    ("logsumexp(o)", ["o: real[K]"], "o[0]", "softmax(o)[0]"),
    ("-log(softmax(o)[0])", ["o: real[K]"], "o", "softmax(o)[i] - delta(i, 0)"),
    ("50*sum(o**2)", ["o: real[100]"], "o", "100 * o[i]"),                # 100 is not the size
    ("o[9]**2", ["o: real[50]"], "o[9]", "2 * o[9]"),
    ("-sum(sum(t[m, k]*log(softmax(o[m])[k]) for k in K) for m in N)",
     ["t: simplex(K)[N]", "o: real[N, K]"], "o", "softmax(o[i])[j] - t[i, j]"),
    ("sum(relu(o))", ["o: real[K]"], "o", "1 if 0 < o[i] else 0"),
    ("max(z, z)", ["z: real"], "z", "1"),
    ("sum(a[t]*h[t - 1] for t in T if t > 0)", ["h: real[T]", "a: real[T]"], "h",  # a shift
     "a[i + 1] if i + 1 < T else 0"),
    ("z*sum(1 for k in 1000000)", ["z: real"], "z", "1000000"),
    ("exp(o[y])", ["o: real[K]", "y: label(K)"], "o[y]", "exp(o[y])"),
]


GRADIENTS += [
    ("sum(a[k]*z for k in K) - sum(b[d]*z for d in D)",  # a dimension called K as in the rules
     ["z: real", "a: real[K]", "b: real[D]"], "z", "sum(a) - sum(b)"),
    ("-sum(log(p[k]) if k == y else log(1 - p[k]) for k in K)",
     ["p: probability[K]", "y: label(K)"], "p",
     "-(1 / p[i] if i == y else -1 / (1 - p[i]))"),
    ("-log(softmax(exp(u))[y])", ["u: real[K]", "y: label(K)"], "u",
     "exp(u[i]) * softmax(exp(u))[i] - delta(i, y) * exp(u[y])"),
    ("exp(exp(exp(a))) + x**2", ["a, x: real"], "x", "2 * x"),
]


@pytest.mark.parametrize(("formula", "given", "wrt", "result"), GRADIENTS,
                         ids=[f for f, *_ in GRADIENTS])
def test_gradient(formula, given, wrt, result) -> None:
    found = derive.grad(formula, given=given, wrt=wrt)
    assert (found.written_out or found).notation == result
    assert found.replay() == found.result
    assert found.verify().verification.worst < 1e-40


def test_a_hessian_does_not_use_a_constraint_that_its_variable_leaves() -> None:
    found = derive.hessian("log(sum(t))", given="t: simplex(K)").verify()
    assert "sum(t)" in found.notation


def test_an_obligation_settled_in_one_place_is_owed_in_another() -> None:
    found = derive.grad("tanh(abs(x) if x > 1 else 0) + sin(sin(abs(x)))", given="x: real")
    told = {str(o) for o in found.obligations}
    assert len(told) == 2


def test_a_case_by_the_largest_component() -> None:
    found = derive.grad("o[y]**2 if argmax(o) == y else 0", given=["o: real[K]", "y: label(K)"],
                        wrt="o")
    assert found.notation.startswith("2 * o[y] * delta(i, y) if ")
    found.verify()


@pytest.mark.parametrize(("formula", "given", "wrt"), [
    ("w*(n*z - log(sum(exp(k*z) for k in K)))", ["w, z: real", "n: count", "o: real[K]"], "w"),
    ("exp(x)/sum(exp(k) for k in K)*z", ["x, z: real", "o: real[K]"], "z"),
])
def test_softmax_needs_an_index_of_its_dimension(formula, given, wrt) -> None:
    found = derive.grad(formula, given=given, wrt=wrt).verify()
    assert "softmax" not in found.notation


def test_a_known_product_is_not_taken_for_a_sum() -> None:
    @exact
    def matched():
        rule = Rule(name="r", says="S.", from_="exp(a) * a", to="a", source="-")
        return rule.matches(parse("exp(z + u) * z * u", declared()))

    assert matched() is None


def test_a_symbolic_power_may_be_zero() -> None:
    found = derive.grad("z**n", given=["z: real", "n: count"], wrt="z")
    assert found.obligations
    assert derive.grad("z**3", given="z: real").obligations == ()


def test_a_negative_whole_power_needs_no_sign() -> None:
    found = derive.grad("1/(z - u)**2", given=["z, u: real"], wrt="z")
    assert [str(o.func.__name__) for o in found.obligations] == ["NotEqual"]


@pytest.mark.parametrize("formula", [
    "max(o[k] + z*delta(k, y) for k in K)*w[y]",
    "*".join(f"sin(z + {n})" for n in range(9)),
    "+".join(f"1/(z + {n})" for n in range(1, 11)),
    "exp(" * 12 + "z/100" + ")" * 12,
    "*".join(f"(z + {n})" for n in range(1, 30)),
])
def test_an_end_comes_soon(formula: str) -> None:
    given = ["z: real", "o, w: real[K]", "y: label(K)"]
    found = derive.grad(formula, given=given, wrt="z")
    assert found.replay() == found.result


def test_rules_are_not_blamed_for_a_long_formula() -> None:
    nested = "1/(1 + " * 25 + "exp(z)" + ")" * 25
    found = derive.grad(nested, given="z: real", wrt="z")
    assert found.replay() == found.result


@pytest.mark.parametrize(("formula", "given", "wrt"), [
    ("sum(abs(A[k] - A[y]) for k in K if k != y)", ["A: real[K]", "y: label(K)"], "A"),
    ("sum(abs(h[t] - h[t - 1]) for t in T if t > 0)", ["h: real[T]"], "h"),
    ("sum(sum(abs(x[i] - x[j]) for i in N) for j in N)", ["x: real[N]"], "x"),
    ("sum(c[k] for k in K if A[k] <= A[y])", ["c, A: real[K]", "y: label(K)"], "c"),
    ("-log(softmax(W @ x / tau)[y])",
     ["W: real[K, D]", "x: real[D]", "tau: positive", "y: label(K)"], "tau"),
])
def test_an_obligation_speaks_of_what_a_filter_lets_through(formula, given, wrt) -> None:
    found = derive.grad(formula, given=given, wrt=wrt).verify()
    assert found.verification.points >= 4


@pytest.mark.parametrize(("formula", "given", "args", "gradient"), [
    ("p[l]*z + sum(p)", ["p: positive[K]", "z: real", "l: label(K)"],
     (np.ones(3), 0.5, 1), [1.0, 1.5, 1.0]),
    ("sum((h[t] - h[t - 1])**2 for t in T if t > 0)", ["h: real[T]"],
     (np.array([1.0, 3.0, 4.0]),), [-4.0, 2.0, 2.0]),
    ("sum(softmax(p - p))", ["p: positive[K]"], (np.ones(3),), [0.0, 0.0, 0.0]),
    ("sum(min(p[k], 0) for k in K if k > 0)", ["p: positive[K]"], (np.ones(3),), [0.0] * 3),
])
def test_kernel_gradients(formula, given, args, gradient) -> None:
    kernel = derive.kernel(formula, given=given, wrt=given[0].partition(":")[0])
    assert np.allclose(kernel.grad(*args), gradient)
    space: dict = {}
    exec(compile(kernel.source, "module", "exec"), space)
    assert np.allclose(space["value_and_grad"](*args)[1], gradient)


def test_labels_whose_dimension_no_array_tells() -> None:
    kernel = derive.kernel("z if y == l else 0", given=["z: real", "y, l: label(K)"], wrt="z")
    assert np.array_equal(kernel.grad(np.ones(2), [0, 4], [0, 5]), [1.0, 0.0])
    with pytest.raises(KernelError, match="size of K"):
        derive.kernel("sum(z for k in K if y < k)", given=["z: real", "y: label(K)"], wrt="z")


CHAIN = "o: real[K]\ny: label(K)\np = softmax(o)\nL = p[y] + o[y]"


def test_a_skip_connection() -> None:
    found = derive.grad(CHAIN, wrt="o", through=["p"]).verify()
    assert found.notation == derive.grad(CHAIN, wrt="o").notation
    assert any("held fixed" in part.title for part in found.parts)


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_swallowed_difference_is_no_disagreement(seed: int) -> None:
    found = derive.grad("sinh(logsumexp(exp(o)))", given="o: real[K]")
    assert found.verify(seed=seed).verification.worst < 1e-40


def test_six_layers() -> None:
    layers = "".join(f"h{n} = tanh(A @ {f'h{n - 1}' if n else 'x'})\n" for n in range(6))
    spec = f"x, t: real[D]\nA: real[D, D]\n{layers}L = sum((h5 - t)**2)"
    found = derive.grad(spec, wrt="x", through=[f"h{n}" for n in range(6)])
    assert found.replay() == found.result
    assert found.verify().verification.worst < 1e-40
    assert len(found.show("text")) < 20_000


def test_a_gradient_by_an_intermediate_name() -> None:
    assert derive.grad("softmax-nll", wrt="p").verify().notation == "-delta(i, y) / p[y]"
    spec = "z: real\nx = 2*z\nu = x + 1\nL = u**2 + x"
    assert derive.grad(spec, wrt="u").verify().notation == "2 * u"
    assert derive.grad(spec, wrt="z").verify().notation == "6 + 8 * z"


def test_the_rows_of_a_jacobian_are_not_its_columns() -> None:
    found = derive.jacobian("softmax(o)", given="o: real[K]", wrt="o[i]").verify()
    assert len(set(found.indices)) == 2
    assert "delta" in found.notation


def test_two_indices_may_differ_while_one_is_the_label() -> None:
    scope_lines = ["A: real[K, K]", "y: label(K)"]
    found = derive.grad("A[y, y]", given=scope_lines, wrt="A")
    assert found.notation == "delta(i, y) * delta(j, y)"
    last = found.steps[-1]
    planted = last.line.args[1] if last.line.args[0].has(found.indices[0]) else last.line.args[0]
    with pytest.raises(VerificationError):
        replace(found, steps=(*found.steps[:-1], replace(last, line=planted))).verify()


@pytest.mark.parametrize(("formula", "wrong"), [
    ("z**2 if z < 5 else z**3", "2*z if z < 5 else 7"),
    ("abs(z)/10 if abs(z) <= 0.01 else z**3", "7 if abs(z) <= 0.01 else 3*z**2"),
])
def test_every_case_is_visited(formula: str, wrong: str) -> None:
    found = derive.grad(formula, given="z: real").verify()
    scope = specify("z", ["z: real"]).scope
    bad = replace(found.steps[-1], line=parse(wrong, scope))
    with pytest.raises(VerificationError):
        replace(found, steps=(*found.steps[:-1], bad)).verify()


def test_replay_checks_conditions() -> None:
    found = derive.grad("sqrt(z**2)", given="z: real")
    step = found.steps[0]
    scope = declared()

    @exact
    def forged():
        rule = standard_rulebook()["power-of-power"]
        before = parse("sqrt(z**2)", scope)
        bindings = {"u": scope.names["z"], "a": 2, "b": parse("1/2", scope)}
        after = rule.instance(bindings)[1]
        return replace(step, rule=rule, before=before, after=after, bindings=bindings, line=after)

    with pytest.raises(ReplayError):
        replace(found, start=parse("sqrt(z**2)", scope), steps=(forged(),)).replay()


def test_a_left_out_obligation_is_noticed() -> None:
    found = derive.grad("log(z)", given="z: real")
    silent = tuple(replace(s, obligations=()) for s in found.steps)
    with pytest.raises(ReplayError, match="obligation"):
        replace(found, steps=silent).replay()


def test_the_rule_check_sees_far_digits() -> None:
    with pytest.raises(VerificationError):
        check_rule(Rule(name="r", says="S.", from_="tanh(a)", to="tanh(a) + a * 10**(-18)",
                        source="-"))


@pytest.mark.parametrize(("text", "kind", "word"), [
    ("d(z**2, y)", KindError, "separate values"), ("True", KindError, "condition"),
    ("z = z**2", NotationError, "declared already"),
    ("class = z", NotationError, "not a name|word"),
    ("sum(o, 1)", KindError, "whole array"),
    ("1 if z > 0 else z > 1", NotationError, "number was expected"),
    ("z if " + "z > 0 and " * 300 + "z > 1 else 0", NotationError, "conditions"),
    ("9" * 390 + "*" + "9" * 390 + "*z", NotationError, "digits"),
    ("((z*10**300)**900)", NotationError, "digits"),
])
def test_refused(text: str, kind: type, word: str) -> None:
    with pytest.raises(kind, match=word):
        derive.grad(text, given=["z: real", "o: real[K]", "y: label(K)"], wrt="z")


def test_an_unfinished_formula_is_pointed_at_where_it_ends() -> None:
    for text in ("z +", "z *", "z -"):
        with pytest.raises(NotationError) as caught:
            parse(text, declared())
        assert caught.value.column == 3


def test_a_column_is_that_of_the_whole_line() -> None:
    with pytest.raises(NotationError) as caught:
        specify("loss = z + foo(z)", ["z: real"])
    assert caught.value.column == 12


def test_other_spellings_of_a_name() -> None:
    for name in ("Softmax-NLL", "softmax_nll", " softmax-nll "):
        assert derive.grad(name).notation == "softmax(o)[i] - delta(i, y)"
    assert derive.grad("softmax-nll", through=["p = softmax(o)"]).parts


@pytest.mark.parametrize(("formula", "given", "args", "gradient"), [
    ("t0*exp(z) + t1", ["t0, t1, z: real"], (3.0, 5.0, 1.0), 3 * np.e),
    ("np*z", ["np, z: real"], (3.0, 5.0), 3.0),
    ("DTYPE*z", ["DTYPE, z: real"], (3.0, 5.0), 3.0),
    ("n**2*z", ["n: count", "z: real"], (3, 2.0), 9.0),
])
def test_kernel_names_do_not_clash(formula, given, args, gradient) -> None:
    kernel = derive.kernel(formula, given=given, wrt="z")
    if "t0" in formula:
        args, gradient = (3.0, 5.0, 1.0), 3 * np.e
    order = [a.name for a in kernel.arguments]
    names = [n.strip() for n in given[0].partition(":")[0].split(",")]
    told = dict(zip(names, args, strict=False))
    told |= {"n": 3, "z": args[-1]} if "n: count" in given else {}
    assert np.isclose(kernel.grad(*(told[n] for n in order)), gradient)


@pytest.mark.parametrize(("formula", "gradient"), [
    ("o[0]**2", [2.0, 0.0, 0.0]), ("sum(relu(o))", [1.0, 0.0, 1.0]),
    ("sum(o[k] for k in K if o[k] > 0)", [1.0, 0.0, 1.0]), ("o[2]", [0.0, 0.0, 1.0]),
])
def test_kernels_with_constant_subscripts_and_filters(formula, gradient) -> None:
    kernel = derive.kernel(formula, given="o: real[K]", wrt="o")
    assert np.array_equal(kernel.grad(np.array([1.0, -2.0, 3.0])), gradient)


def test_a_label_under_a_sum() -> None:
    kernel = derive.kernel("mean(-log(softmax(o[n])[y[n]]) for n in N)",
                           given=["o: real[N, K]", "y: label(K)[N]"], wrt="o")
    o, y = np.arange(6.0).reshape(2, 3), np.array([0, 2])
    p = np.exp(o) / np.exp(o).sum(-1, keepdims=True)
    assert np.allclose(kernel.grad(o, y), (p - np.eye(3)[y]) / 2)


def test_nested_conditions_read_back() -> None:
    from derive.notation.printing.plain import plain
    from derive.notation.reading.parser import parse_condition

    for text in ("z > 0 and u < 1 and a > 2", "z > 0 and (u < 1 or a > 2)",
                 "(z > 0 or u < 1) and not a > 2"):
        node = parse_condition(text, declared())
        assert parse_condition(plain(node), declared()) == node


def test_latex_subscripts_are_not_doubled() -> None:
    from derive.notation.printing.latex import latex

    scope = declared("x1, W_hh: real[K]", "mu_1: real", "i: index(K)")
    assert latex(parse("x1[i]", scope)) == "{x_{1}}_{i}"
    assert latex(parse("mu_1", scope)) == r"\mu_{1}"
    assert "_" not in latex(parse("sum(W_hh)", scope)).replace("_{", "")


def test_true_and_a_condition_is_the_condition() -> None:
    node = heads.Less(declared().names["z"], declared().names["u"])
    assert heads.Both(parse_true(), node) == node


def parse_true():
    from sympy import true

    return true
