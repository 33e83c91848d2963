"""Names that nothing declares: what their use decides, what is asked for, and that it is said."""

from __future__ import annotations

import json

import pytest

import derive
from derive.calculus.cost.field import read_field
from derive.errors import DeriveError, NotAGradient, NotationError, UnknownNameError
from derive.judge.claims.derivation_claims import claims
from derive.notation.reading.specification import specify
from tests.command_line import run

DECIDED = [  # a text, and the lines that its use tells
    ("x**2", ["x: real"]),
    ("(y - w*x)^2", ["y: real", "w: real", "x: real"]),
    ("e^(-λ*x)", ["lam: real", "x: real"]),
    ("o[k]", ["o: real[K]", "k: label(K)"]),
    ("-log(softmax(o)[y])", ["o: real[K]", "y: label(K)"]),
    ("logsumexp(o) - o[y]", ["o: real[K]", "y: label(K)"]),
    ("sum(exp(o[k]) for k in C)", ["o: real[C]"]),
    ("sum(t[k]*log(p[k]) for k in K if k != y)", ["t: real[K]", "p: real[K]", "y: label(K)"]),
    ("-sum(log(softmax(o[t])[y[t]]) for t in T)", ["o: real[T, K]", "y: label(K)[T]"]),
    ("sum(sum(W[i, j]*x[j] for j in D)*v[i] for i in H)",
     ["W: real[H, D]", "x: real[D]", "v: real[H]"]),
    ("W @ x", ["W: real[N, M]", "x: real[M]"]),
    ("x @ A @ x", ["x: real[N]", "A: real[N, N]"]),
    ("norm(x - y)**2", ["x: real[N]", "y: real[N]"]), ("logdet(S)", ["S: real[N, N]"]),
    ("trace(A @ B)", ["A: real[N, M]", "B: real[M, N]"]), ("norm(W)**2", ["W: real[N, M]"]),
    ("x.T @ A @ x", ["x: real[N]", "A: real[N, N]"]), ("outer(a, b)", ["a: real[N]", "b: real[M]"]),
    ("dot(x, solve(A, b))", ["x: real[N]", "A: real[N, N]", "b: real[N]"]),
    ("sum((y - X @ w)**2)", ["y: real[N]", "X: real[N, M]", "w: real[M]"]),
    ("dot(w, x) + b", ["w: real[N]", "x: real[N]", "b: real"]),
    ("log(sigmoid(dot(w, x[n])))", ["w: real[N]", "x: real[K, N]", "n: label(K)"]),
    ("sum(x) + lam", ["x: real[N]", "lam: real"]), ("x.mean()", ["x: real[N]"]),
    ("sum((y[n] - dot(w, x[n]))**2 for n in N)/(2*N)",
     ["y: real[N]", "w: real[M]", "x: real[N, M]"]),
    ("sum(abs(x[i+1] - x[i]) for i in N if i < N - 1)", ["x: real[N]"]),
    ("a[argmax(a)]", ["a: real[N]"]),
    ("p = softmax(o)\n-log(p[y])", ["o: real[K]", "y: label(K)"]),
    ("h[j] = tanh(sum(W[j, k]*x[k] for k in D))\nsum(h[j]*v[j] for j in H)",
     ["W: real[H, D]", "x: real[D]", "v: real[H]"]),
    ("sum(x**k for k in K)", ["x: real", "k: index(K)"]),
    ("sum(xᵢ² for i ∈ n)", ["x: real[n]"]),
]


@pytest.mark.parametrize(("text", "lines"), DECIDED)
def test_use_decides_the_types(text: str, lines: list[str]) -> None:
    read = specify(text, arrays=True)
    assert list(read.assumed) == lines
    again = specify(text, lines, arrays=True)
    assert again.assumed == ()
    assert (again.loss, again.declared) == (read.loss, read.declared)


@pytest.mark.parametrize(("text", "given", "lines"), [
    ("W @ x", ["x: real[D]"], ["W: real[N, D]"]),
    ("-log(softmax(W @ x)[y])", ["W: real[K, D]"], ["x: real[D]", "y: label(K)"]),
    ("sum((y - X @ w)**2)", ["X: real[N, D]"], ["y: real[N]", "w: real[D]"]),
    ("norm(w)*c", ["w: real[D]"], ["c: real"]),
    ("w[i]*x[i]", ["w: real[D]", "i: index(D)"], ["x: real[D]"]),
    ("sum(a[k] for k in M)", ["a: real[N]"], []),
])
def test_what_is_declared_decides_for_what_it_meets(text: str, given: list[str],
                                                    lines: list[str]) -> None:
    if not lines:
        with pytest.raises(NotationError, match="no dimension"):
            specify(text, given, arrays=True)
        return
    assert list(specify(text, given, arrays=True).assumed) == lines


@pytest.mark.parametrize(("text", "given", "message"), [
    ("sum(A)", [], "say the type of A, as in A: real[N, D]"),
    ("sum((x - mu)**2)", [], "say the types of x and mu"),
    ("sum((y - w*x)**2)", [], "say the types of y, w and x"),
    ("softmax(z/T)[k]", [], "say the types of z and T"),
    ("sum((x - mu)**2)", ["x: real[N]"], "say the type of mu"),
    ("softmax(W @ x + b)[0]", [], "say the type of b"),
    ("e*x", [], "Euler's number is exp(1)"),
    ("λr + 1", [], "write a sign between factors"),
    ("x*y + xy", [], "write x*y for a product"),
    ("A^T @ x", [], "write A.T"), ("sum(x)/N", [], "say what N is"),
    ("norm(Ax - b)", [], "write A @ x for a matrix and a vector"), ("diag(A)[0]", [], "type of A"),
    ("delta(i, j)*x", [], "say the types of i and j"),
    ("exp*x", [], "needs its argument"),
])
def test_what_use_does_not_decide_is_asked_for_by_name(text: str, given: list[str],
                                                       message: str) -> None:
    with pytest.raises(NotationError) as caught:
        specify(text, given, arrays=True)
    assert message in caught.value.message


@pytest.mark.parametrize(("text", "given", "near"), [
    ("sigma*x + sgima", ["sigma, x: real"], "sigma"), ("thta**2", ["theta: real"], "theta"),
    ("sum(weight*x)", ["weights, x: real[N]"], "weights"),
])
def test_a_slip_beside_declared_names_is_no_new_name(text: str, given: list[str],
                                                     near: str) -> None:
    with pytest.raises(NotationError, match=f"did you mean '{near}'"):
        specify(text, given)


def test_names_of_a_series_are_no_slips() -> None:
    assert specify("beta1 + beta2*x", ["beta1: real"]).assumed == ("beta2: real", "x: real")


@pytest.mark.parametrize("name", ["foo", "sofmax-nll", "my-loss", "half_square"])
def test_a_word_alone_is_a_name_that_is_not_there(name: str) -> None:
    with pytest.raises(UnknownNameError):
        derive.grad(name)


@pytest.mark.parametrize(("text", "result"), [("x", "1"), ("x-y", "1")])
def test_letters_alone_are_a_formula(text: str, result: str) -> None:
    assert derive.grad(text, wrt="x").notation == result


def test_the_variable_tells_its_axes() -> None:
    answer = derive.grad("log(sum(exp(o)))", wrt="o[i]")
    assert answer.assumed == ("o: real[N]",)
    assert answer.notation == "softmax(o)[i]"
    assert derive.grad("sum(W**2)/2", wrt="W[i, j]").notation == "W[i, j]"


def test_a_variable_that_stands_in_a_word_is_named() -> None:
    with pytest.raises(NotationError, match=r"write w\*x for a product"):
        derive.grad("(y - wx)^2", wrt="w")


@pytest.mark.parametrize("text", ["sum(A^2)", "sum(A²)", "B = A²\nsum(B)"])
def test_the_square_of_a_square_matrix_has_two_readings(text: str) -> None:
    with pytest.raises(NotationError, match=r"A \@ A for a product"):
        specify(text, ["A: real[N, N]"])
    assert specify(text, ["A: real[N, D]"]).loss == specify("sum(A**2)", ["A: real[N, D]"]).loss \
        or "B" in text


def test_bars_around_a_square_matrix_have_two_readings() -> None:
    for text in ("log(|A|)", "sum(|2A|)", "B = |A|\nsum(B)"):
        with pytest.raises(NotationError, match="for the determinant"):
            specify(text, ["A: real[N, N]"])
    assert specify("sum(|X|) + sum(abs(A))", ["X: real[N, D]", "A: real[N, N]"])


@pytest.mark.parametrize("text", ["sum(x·y)", "sum(2x·y)", "sum(Xᵀ X)", "z = w·x\nsum(z)",
                                  "sum((A)(B))", "(x - y)ᵀ(x - y)"])
def test_a_product_of_arrays_needs_its_sign(text: str) -> None:
    given = ["x, y, w: real[N]", "X, A, B: real[N, N]"]
    with pytest.raises(NotationError, match="two readings: write"):
        specify(text, given, arrays=True)
    assert specify("sum(2x*y) + sum(x⊙y) + w[0]x[1] + 3w[0]·x[0]", given)


def test_several_names_to_differentiate_by_are_listed() -> None:
    with pytest.raises(DeriveError, match="--wrt: y, w, x"):
        derive.grad("(y - w*x)**2")


ANSWERS = [
    ("grad", ("x**2",), {}), ("hessian", ("x**3",), {}),
    ("jacobian", ("softmax(o)",), {"wrt": "o"}),
    ("cost", ("z - t",), {}), ("cost", ("softmax(o)[i] - t[i]",), {"wrt": "o[i]"}),
    ("nll", ("exp(-(y - mu)**2/2)/sqrt(2*pi)",), {}), ("noise", ("(y - z)**2",), {}),
    ("score", ("exp(-(y - mu)**2/2)/sqrt(2*pi)",), {}),
    ("mle", ("exp(-(y - mu)**2/2)/sqrt(2*pi)",), {}),
    ("fisher", ("exp(-(y - mu)**2/2)/sqrt(2*pi)",), {}),
]


@pytest.mark.parametrize(("direction", "arguments", "options"), ANSWERS)
def test_every_direction_says_what_was_assumed(direction: str, arguments: tuple[str, ...],
                                               options: dict[str, str]) -> None:
    answer = getattr(derive, direction)(*arguments, **options)
    assert answer.assumed
    assert set(answer.assumed) <= set(answer.typed.given)
    assert answer.verify().verification.ends or answer.verify().verification.unjudged
    lines = answer.show("text").split("\n")
    assert any(line.split()[:1] == ["assumed"] for line in lines)


@pytest.mark.parametrize("form", ["text", "latex", "markdown", "html", "notebook", "json"])
def test_every_form_of_print_shows_it(form: str) -> None:
    answer = derive.grad("(y - w*x)**2", given="x: real", wrt="w")
    shown = answer.show(form)
    if form == "json":
        assert json.loads(shown)["assumed"] == ["y: real", "w: real"]
    assert "ssumed" in shown
    assert "ssumed" not in derive.grad("x**2", given="x: real").show("text")
    assert "ssumed" in answer._repr_html_()


def test_the_proof_that_there_is_no_cost_says_it_too() -> None:
    with pytest.raises(NotAGradient) as caught:
        derive.cost("z[m]*z[0]", wrt="z[m]")
    assert caught.value.proof.assumed == ("z: real[K]",)
    assert caught.value.proof.given == ("z: real[K]",)


def test_a_stored_answer_keeps_what_was_assumed() -> None:
    answer = derive.grad("x²")
    again = derive.Derivation.from_json(json.dumps(answer.to_json()))
    assert again.assumed == ("x: real",)
    assert again.verify().verification.ends


def test_a_field_takes_the_letters_of_its_component_as_indices() -> None:
    field = read_field("softmax(o)[i] - t[i]", (), "o[i]")
    assert field.text.assumed == ("o: real[K]", "t: real[K]")


def test_the_judge_reads_what_was_assumed_as_given() -> None:
    claim, = claims(derive.grad("-log(softmax(o)[y])"))
    assert claim.types["y"].domain == "label"


def test_a_specification_in_a_file_may_leave_types_out(tmp_path) -> None:
    file = tmp_path / "loss.txt"
    file.write_text("p = σ(w·x + b)\n-(y·log(p) + (1 − y)·log(1 − p))\n", encoding="utf-8")
    done = run("grad", str(file), "--wrt", "w")
    assert "assumed   w: real, x: real, b: real, y: real" in done.stdout
    assert "the result against the formula as typed" in " ".join(done.stdout.split())


def test_a_sheet_may_leave_types_out() -> None:
    sheet = "gradient of ½(y − w·x)² with respect to w\n= −x(y − w·x)\n"
    checked = derive.check(sheet)
    assert checked.correct
    assert "read as -x * (y - w * x)" in " ".join(checked.show("text").split())
    assert "assumed y: real, w: real, x: real" in " ".join(checked.show("text").split())


@pytest.mark.parametrize(("text", "given", "hint"), [
    ("sum(y_i*log(p_i) for i in N)", ["y, p: real[N]"], "write y[i] for an element"),
    ("logsumexp(o) - o_y", ["o: real[K]", "y: label(K)"], "write o[y] for an element"),
    ("sum((y_i - w*x_i)^2 for i in N)", [], "write y[i]"), ("-log(p_y)", ["p: simplex(K)",
     "y: label(K)"], "write p[y]"),
    ("sum(x**2 for x in X)", [], "an index runs over a dimension"),
    ("-sum(p*log(p) for p in P)", [], "an index runs over a dimension"),
    ("x + 2½*x", [], "a mixed number"), ("Σᵢ xᵢ", [], "write sum"), ("Πᵢ xᵢ", [], "write prod"),
    ("xe^x", [], "write x*e^"), ("sinx", [], "write sin(x)"), ("logp", [], "write log(p)"),
])
def test_what_may_be_meant_otherwise_is_asked_about(text: str, given: list[str], hint: str) -> None:
    with pytest.raises(NotationError) as raised:
        specify(text, given)
    assert hint in str(raised.value)


@pytest.mark.parametrize(("text", "given"), [
    ("theta_1*x_1", []), ("sigma_y*x", []), ("x_max*y", []), ("sum(1/(k + 1) for k in K)", []),
    ("(y - m) @ solve(Σ, y - m)", ["Σ: spd[N, N]", "y, m: real[N]"]), ("expo*x", ["expo: real"]),
])
def test_names_that_have_one_meaning_are_read(text: str, given: list[str]) -> None:
    assert specify(text, given).loss is not None


@pytest.mark.parametrize("text", ["d(x, x*y)", "expect(x, 2*y)", "root(x, x + 1)",
                                  "d(y=(i for i in e))"])
def test_an_operator_asks_for_a_variable(text: str) -> None:
    with pytest.raises(NotationError):
        specify(text, ["x: real"])


def test_yes_and_no_are_observations() -> None:
    typed, flags = (derive.mle("bernoulli", data=data) for data in ("1,0,1", [True, False, True]))
    assert typed.estimates == flags.estimates
