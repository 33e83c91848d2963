"""Definitions by elements are read in any order, `h[j] = (j + 1)*e[j]`, by engine and judge."""

from pathlib import Path

import pytest

import derive
from derive.errors import DeriveError, KindError, NotationError
from derive.judge.reading.formula_reader import read
from derive.notation.reading.scope import Scope
from derive.notation.reading.specification import define, specify
from tests.formula_trees import is_formula

# A definition by elements, and the shape of what it defines.
RANGES = [
    ("h[j] = (j + 1)*e[j]", ("N",)),
    ("h[j] = (e[j] if j > 0 else 0)", ("N",)),
    ("h[j] = j*e[j] + f[j+1]", ("N",)),
    ("h[j] = f[j+1] - f[j]", ("N",)),
    ("h[j] = (1 + j)*f[j+1]", ("N",)),
    ("c[i] = sum(e[j] for j in N if j <= i)", ("N",)),
    ("h[j] = sum(e[k] for k in N if k != j)", ("N",)),
    ("h[j] = sum(e[k] for k in N if k + 1 < j)", ("N",)),
    ("h[j] = sum(x[k] for k in M if k <= j)*e[j]", ("N",)),  # a subscript says more
    ("h[j] = (0 if j == N - 1 else 1)", ("N",)),
    ("m[i,j] = delta(i, j)*e[i]", ("N", "N")),
    ("m[i, j] = delta(i, j) * e[j]", ("N", "N")),
    ("z[i] = sum(A[i,j]*x[j] for j in M if j <= i)", ("N",)),
    ("h[j] = delta(j, y)*2", ("M",)),
    ("h[j] = (1 if y == j else 0)", ("M",)),
    ("h[j] = (1 if j == argmax(e) else 0)", ("N",)),
    ("h[i,j] = i*j*softmax(A[i])[j]", ("N", "M")),
    ("h[i,j] = (i + 1)*(A @ B)[i, j]", ("N", "N")),
    ("h[j,i] = A[i,j]", ("M", "N")),
    ("h[j] = j for j in N", ("N",)),
    ("h[j] = (j + 1)**2 * 0.5e1 for j in 3", ("3",)),
    ("m[i,j] = (1 if i <= j else 0) for i in N for j in M", ("N", "M")),
    ("m[j,k] = j*k*delta(j, k) for j in N", ("N", "N")),
]
GIVEN = ("e, f: real[N]", "x: real[M]", "A: real[N, M]", "B: real[M, N]", "y: label(M)")


@pytest.mark.parametrize(("line", "shape"), RANGES)
def test_an_index_has_its_range_from_any_place_of_the_right_side(
        line: str, shape: tuple[str, ...]) -> None:
    name = line.partition("[")[0]
    defined = specify(f"{line}\nsum({name})", GIVEN).definitions[0]
    assert tuple(str(d) for d in defined.symbol.kind.shape) == shape


@pytest.mark.parametrize(("line", "shape"), RANGES)
def test_the_judge_reads_the_same_ranges_by_itself(line: str, shape: tuple[str, ...]) -> None:
    name = line.partition("[")[0]
    reading = read(f"{line}\n{name}", GIVEN)
    assert tuple(str(d) for d in reading.shape) == shape


# A specification of declarations, definitions and a loss; the variable; its gradient.
GRADIENTS = [
    ("e: real[N]", "h[j] = (j+1)*e[j]", "sum(h**2)", "e", "2 * e[i] * (i + 1)**2"),
    ("e: real[N]", "h[j] = (e[j] if j > 0 else 0)", "sum(h**2)", "e", "2 * e[i] if 0 < i else 0"),
    ("x: real[N]", "m[i,j] = delta(i,j)*x[i]", "sum(m**2)", "x", "2 * x[i]"),
    ("e: real[N]\nj: index(N)", "h[j] = j", "sum(h*e**2)", "e", "2 * i * e[i]"),
    ("e: real[N]", "h[j] = j for j in N", "sum(h*e**2)", "e", "2 * i * e[i]"),
    ("x: real[N]", "c[i] = sum(x[j] for j in N if j <= i)", "sum(c*c)/2", "x",
     "sum(sum(x[k] for k in N if k <= n) for n in N if i <= n)"),
    ("L: real[D, D]\nx: real[D]", "z[i] = sum(L[i,j]*x[j] for j in D if j <= i)", "sum(z**2)/2",
     "L", "sum(x[k] * L[i, k] for k in D if k <= i) * (x[j] if j <= i else 0)"),
    ("x: real[N]", "h[j] = (j + 1)*x[j]\ng[k] = (k + 1)*h[k]", "sum(g**2)", "x",
     "2 * x[i] * (i + 1)**4"),
    ("x: real[N]", "h[j] = (0 if j == N - 1 else x[j])", "sum(h**2)", "x",
     "0 if i == N - 1 else 2 * x[i]"),
]


@pytest.mark.parametrize(("given", "lines", "loss", "wrt", "expected"), GRADIENTS)
def test_gradients_through_definitions_by_elements(given: str, lines: str, loss: str, wrt: str,
                                                   expected: str) -> None:
    text = f"{given}\n{lines}\n{loss}"
    assert is_formula(derive.grad(text, wrt=wrt, keep=False), expected)
    for keep in (True, False):
        derivation = derive.grad(text, wrt=wrt, keep=keep).verify()
        assert not derivation.verification.unjudged  # the judge has read the text too


@pytest.mark.parametrize(("line", "message", "column"), [
    ("h[j] = 1", "does not say what 'j' ranges over", 3),
    ("m[i,j] = delta(i, j)", "Declare it, as in i: index(N), or write m[i,j] = … for i in N", 3),
    ("h[j] = sum(x[k] for k in M if k <= j) + sum(e[k] for k in N if k <= j)",
     "'j' ranges over: it is compared with indices over M and over N", 3),
    ("h[j] = e[j]*x[j]", "j ranges over N, this axis is M", 15),
    ("h[j, j] = A[j, j]", "'j' stands twice", 3),
    ("h[0] = e[0]", "h[j] = (… if j == 0 else …)", 3),
    ("h[e] = e[j]", "'e' is declared as real[N] here", 3),
    ("h[N] = e[N]", "'N' is a dimension here", 3),
    ("h[j] = h[j-1] + e[j]", "sum(x[k] for k in N if k <= j)", 8),
    ("h[j] = e[j] for j in Q", "'Q' is no dimension", 22),
    ("h[j] = e[j] for k in N", "'k' is no index of h[j]", 17),
    ("h[j] = e[j] for j in N if j > 0", "a condition reads (… if j > 0 else 0)", 24),
    ("h[j] = q[j]\nq[j] = e[j]", "'q' is not defined yet: in a line further down", 8),
    ("h[j] = e[j]\nh[j] = 2*e[j]", "'h' is declared or defined already", 1),
])
def test_what_a_definition_cannot_mean_is_said_where_it_stands(line: str, message: str,
                                                               column: int) -> None:
    with pytest.raises(NotationError) as refusal:
        specify(f"{line}\nsum(e)", GIVEN)
    assert message in refusal.value.message
    assert refusal.value.column == column


def test_a_loss_by_elements_is_an_array() -> None:
    text = "W: real[N, D]\nx: real[D]\nz[n] = sum(W[n, d]*x[d] for d in D if d <= n)"
    derivation = derive.jacobian(text, wrt="x").verify()
    assert derivation.notation == "W[n, i] if i <= n else 0"
    assert not derivation.verification.unjudged
    with pytest.raises(KindError, match="sum it"):
        derive.grad(text, wrt="x")


@pytest.mark.parametrize("given", [
    ["N >= 2"], ["1 <= N", "x[0] > 1"], ["z[0] > 1"], ["y > 0", "y: real"]])
def test_conditions_are_read_when_everything_is_declared(given: list[str]) -> None:
    text = "x: real[N]\nz[j] = (j + 1)*x[j]\nsum(z**2)"
    derivation = derive.grad(text, given=given, wrt="x", keep=False).verify()
    assert derivation.notation == "2 * x[i] * (i + 1)**2"
    assert not derivation.verification.unjudged


def test_an_index_on_the_right_alone_is_a_label_that_is_told_or_bound() -> None:
    assert "k: label(M)" in specify("h[j] = A[j, k]\nsum(h)", GIVEN).declared
    scope = Scope()
    scope.declare("A: real[N, M]")
    with pytest.raises(NotationError, match="bind it there with 'for k in M'"):
        define("h[j] = A[j, k]", scope)


@pytest.mark.parametrize("text", ["h[" + "j" * 3000 + "] = e[j]\nsum(e)", "h[j] = " + "(" * 3000,
                                  "h[j] = e[j]" + " for j in N" * 2000 + "\nsum(h)",
                                  "h[,] = e[j]\nsum(e)", "h[] = e[j]\nsum(e)",
                                  "h[j] = for j in N\nsum(h)"])
def test_hostile_definitions_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(DeriveError) as refusal:
        specify(text, GIVEN)
    assert "\n" not in refusal.value.message


MODEL = """x: real[T, D]
W: real[H, D]
U: real[H, H]
h: real[T, H]
y: real[T]
{}
h[t] = tanh(U @ h[t-1] + W @ x[t] + a[t])
l[t] = (sum(h[t]) - y[t])**2
L = sum(l)"""


@pytest.mark.parametrize("line", [
    "a[t,j] = (j + 1)*sum(W[j,k]*x[t,k] for k in D)",
    "a[t,j] = (0 if j == 0 else U[j,j])",
    "j: index(H)\na[t,j] = 2*j",
])
def test_equations_of_a_model_by_elements(line: str) -> None:
    derivation = derive.bptt(MODEL.format(line)).verify()
    assert not derivation.verification.unjudged


def test_an_index_of_an_equation_without_a_range_is_asked_for() -> None:
    with pytest.raises(NotationError, match="'j' should be an index"):
        derive.bptt(MODEL.format("a[t,j] = 2*j"))


PAGE = (Path(__file__).parent.parent / "docs" / "notation.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("| line | the range of the index |\n|---|---|\n")[2].partition("\n\n")[0]
LINES = [row.split("`")[1] for row in TABLE.splitlines()]


@pytest.mark.parametrize("line", LINES)
def test_the_lines_of_the_page_are_read(line: str) -> None:
    given = ("e, f, x: real[N]",)
    assert {str(d) for d in specify(f"{line}\n1", given).definitions[0].symbol.kind.shape} == {"N"}
    assert set(read(f"{line}\n{line[0]}", given).shape) == {"N"}


def test_a_definition_that_nothing_names_is_remarked_on() -> None:
    text = "o: real[K]\ny: label(K)\np = softmax(o)\nr[j] = j*o[j]\n-log(p[y])"
    assert dict(derive.grad(text, wrt="o").remarks)["not used"].startswith("r: defined")
    assert not derive.grad(text.replace("r[j] = j*o[j]\n", ""), wrt="o").remarks
