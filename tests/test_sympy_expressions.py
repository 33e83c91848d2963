"""Expressions of SymPy as formulas: read where they can be, refused by the node where not."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

import derive

x, y, z = sp.symbols("x y z")
p = sp.Symbol("p", positive=True)
n, K, N, D = sp.symbols("n K N D", integer=True, positive=True)
i, j, k = sp.symbols("i j k", integer=True)
o = sp.IndexedBase("o")
X, w, t = (sp.IndexedBase("X", shape=(N, D)), sp.IndexedBase("w", shape=(D,)),
           sp.IndexedBase("t", shape=(N,)))
W = sp.MatrixSymbol("W", N, D)
UNREAD = sp.Function("f")(x, y)


@pytest.mark.parametrize("formula", [
    x**2, sp.exp(x) * y, sp.log(1 + sp.exp(-x)), sp.sqrt(x**2 + 1), sp.tanh(x) ** 3 / y,
    sp.Abs(x) + sp.sign(y) * x, sp.Max(0, 1 - x * y), sp.Min(x, y), sp.erf(x), sp.erfc(x),
    sp.Max(x, y, 1), sp.Min(x, x * y, 3),
    sp.sin(x) / x, sp.sec(x), sp.cot(x), sp.pi * x + sp.E * y, sp.Rational(1, 3) * x**y, 0.1 * x,
    sp.Piecewise((x**2 / 2, sp.Abs(x) < 1), (sp.Abs(x) - sp.Rational(1, 2), True)),
    sp.Piecewise((x**2, x > y), (0, x <= y)), sp.loggamma(x**2), sp.digamma(x**2), sp.log(x, 2),
    sp.atan(x) - sp.asinh(y), x ** sp.Rational(2, 3), 1 / (1 + sp.exp(-x)), -x, (x - y) ** 2 / 2])
def test_the_gradient_is_that_of_sympy(formula: Any) -> None:
    gradient = derive.grad(formula, wrt=x).to_sympy()
    real = {v: sp.Symbol(v.name, real=True) for v in (x, y)}
    slope = sp.diff(formula.subs(real), real[x]).subs({r: v for v, r in real.items()})
    for at in ({x: 0.37, y: 1.9}, {x: 2.3, y: 0.7}):
        assert sp.N(gradient.subs(at)) == pytest.approx(sp.N(slope.subs(at)))


@pytest.mark.parametrize(("formula", "text", "given"), [
    (-sp.log(sp.exp(o[y]) / sp.Sum(sp.exp(o[k]), (k, 0, K - 1))),
     "-log(exp(o[y])/sum(exp(o[k]) for k in K))", ("o: real[K]", "y: label(K)")),
    (sp.Sum(o[k] ** 2, (k, 1, n)), "sum(o[k]**2 for k in n)", ("o: real[n]",)),
    (sp.Sum(sp.KroneckerDelta(k, y) * o[k] ** 2, (k, 0, K - 1)),
     "sum(delta(k, y)*o[k]**2 for k in K)", ("o: real[K]", "y: label(K)")),
    (sp.Sum((sp.Sum(X[i, j] * w[j], (j, 0, D - 1)) - t[i]) ** 2, (i, 0, N - 1)),
     "sum((-t[i] + sum(X[i, j]*w[j] for j in D))**2 for i in N)",
     ("X: real[N, D]", "w: real[D]", "t: real[N]")),
    (sp.Sum(k**2, (k, 1, n)) * x, "x*sum((k + 1)**2 for k in n)", ("k: index(n)", "x: real")),
    (sp.Sum((o[k + 1] - o[k]) ** 2, (k, 0, n - 2)),
     "sum((o[k + 1] - o[k])**2 for k in n if k < n - 1)", ("o: real[n]",)),
    (sp.Sum(sp.Sum(w[j], (j, 0, i)) ** 2, (i, 0, D - 1)),
     "sum(sum(w[j] for j in D if j <= i)**2 for i in D)", ("w: real[D]",)),
    (sp.Sum(W[i, j] ** 2, (i, 0, N - 1), (j, 0, D - 1)),
     "sum(sum(W[i, j]**2 for i in N) for j in D)", ("W: real[N, D]",)),
    (sp.Product(o[k], (k, 0, 4)), "prod(o[k] for k in 5)", ("o: real[5]",)),
    (sp.Sum(k * x, (k, 0, n - 1)) + k * x, "k*x + sum(k_*x for k_ in n)", None),
])
def test_sums_and_elements_become_the_notation(formula: Any, text: str, given: Any) -> None:
    wrt = next(v for v in (o, w, W, x) if formula.has(getattr(v, "label", v)) or formula.has(v))
    gradient = derive.grad(formula, wrt=wrt)
    assert gradient.asked is not None
    assert gradient.asked.target == text
    assert given is None or sorted(gradient.given) == sorted(given)
    assert gradient.verify().verification.lines


@pytest.mark.parametrize(("symbol", "lines"), [
    (sp.Symbol("a"), ["a: real"]), (sp.Symbol("a", real=True), ["a: real"]),
    (sp.Symbol("a", positive=True), ["a: positive"]),
    (sp.Symbol("a", negative=True), ["a: negative"]),
    (sp.Symbol("a", nonnegative=True), ["a: nonnegative"]),
    (sp.Symbol("a", nonpositive=True), ["a: real", "a <= 0"]),
    (sp.Symbol("a", nonzero=True), ["a: real", "a != 0"]),
    (sp.Symbol("a", integer=True), ["a: integer"]),
    (sp.Symbol("a", integer=True, nonnegative=True), ["a: count"]),
    (sp.Symbol("a", integer=True, positive=True), ["a: count", "a > 0"])])
def test_what_a_symbol_assumes_is_declared(symbol: Any, lines: list[str]) -> None:
    asked = derive.grad(symbol * x**2, wrt=x).asked
    assert asked is not None
    assert [line for line in asked.given if not line.startswith("x")] == lines


def test_what_is_given_goes_before_what_a_symbol_assumes() -> None:
    assert derive.grad(sp.log(x), wrt=x, given={x: "positive"}).given == ("x: positive",)
    assert derive.grad("x**2", wrt=x, given=[x > 0]).given == ("x: real", "x > 0")


@pytest.mark.parametrize(("formula", "wrt", "result"), [
    (sp.exp(x) * y, x, sp.exp(x) * y), (sp.log(p) * x, p, x / p),
    (sp.Symbol(r"\theta") ** 2, sp.Symbol(r"\theta"), 2 * sp.Symbol(r"\theta")),
    (sp.Symbol("lambda") * x**2, x, 2 * sp.Symbol("lambda") * x),
    (sp.Sum(o[k] ** 2, (k, 0, n - 1)), o[i], 2 * o[i])])
def test_the_answer_is_in_the_symbols_of_the_question(formula: Any, wrt: Any, result: Any) -> None:
    gradient = derive.grad(formula, wrt=wrt)
    assert gradient.to_sympy() == result
    assert derive.Derivation.from_json(gradient.to_json()).to_sympy() == result


@pytest.mark.parametrize(("formula", "node"), [
    (sp.I * x, "ImaginaryUnit"), (sp.besselj(0, x), "besselj"), (UNREAD, "f"),
    (sp.Integral(sp.exp(-(x**2)), (x, 0, 1)), "Integral"), (x + sp.zoo, "ComplexInfinity"),
    (sp.Eq(x, y), "Equality"), (sp.ImmutableMatrix([x]), "ImmutableDenseMatrix"),
    (sp.Piecewise((x, x > 0), (y, x < -1)), "Piecewise"), (sp.conjugate(x), "conjugate"),
    (sp.GoldenRatio * x, "GoldenRatio"), (sp.Trace(sp.MatrixSymbol("A", N, N) ** n), "MatPow")])
def test_what_cannot_be_read_is_named(formula: Any, node: str) -> None:
    with pytest.raises(derive.DeriveError, match=f"cannot read {node} in an expression of SymPy"):
        derive.grad(formula, wrt=x)


@pytest.mark.parametrize(("formula", "says"), [
    (sp.Sum(o[k], (k, 1, n - 1)), "two readings"), (sp.Sum(k * o[k], (k, 1, n)), "two readings"),
    (sp.Sum(o[k], (k, 1, n)) + o[0], "two readings"),
    (sp.Sum(o[k], (k, 1, n)) * sp.Sum(o[k], (k, 0, n - 1)), "two readings"),
    (sp.Sum(o[k], (k, 2, n)), "two readings"),
    (sp.Sum(o[k], (k, 0, n - 1)) * o[k], "the index of a sum, and a name of its own"),
    (sp.Sum(x * k, (k, 0, sp.oo)), "an index runs to n - 1"),
    (sp.Sum(x * k, (k, y, n)), "starts at a whole number"),
    (sp.Symbol("x", real=True) * x, "two different symbols are called 'x'"),
    (sp.Symbol("a b") * x, "has no name in the notation"),
    (sp.Symbol("u", imaginary=True) * x, "is imaginary"),
    (sp.Symbol("u", commutative=False) * x, "is not real")])
def test_what_has_two_readings_or_none_is_refused(formula: Any, says: str) -> None:
    with pytest.raises(derive.DeriveError, match=says):
        derive.grad(formula, wrt=x if formula.has(x) else o)


@pytest.mark.parametrize("name", ["e", "E", "gamma", "delta", "log", "inf", "i", "K", "d", "S"])
def test_a_symbol_is_a_name_whatever_it_is_called(name: str) -> None:
    symbol = sp.Symbol(name)
    assert derive.grad(symbol * x**2, wrt=x).to_sympy() == 2 * symbol * x


def test_other_directions_take_expressions_too() -> None:
    m, s = sp.Symbol("mu"), sp.Symbol("sigma", positive=True)
    density = sp.exp(-((y - m) ** 2) / (2 * s**2)) / (s * sp.sqrt(2 * sp.pi))
    assert derive.nll(density, wrt=[m, s]).notation == "log(sigma) + (y - mu)**2 / (2 * sigma**2)"
    assert derive.cost(1 / (1 + sp.exp(-z)) - y, wrt=z).notation == "softplus(z) - y * z"
    assert derive.kernel((x - y) ** 2 / 2, wrt=x).grad(3.0, 1.0) == 2
    assert derive.hessian(x**2 * y, wrt=x).to_sympy() == 2 * y


def test_a_sum_of_sums_of_cases_is_not_handed_to_sympy() -> None:
    """SymPy takes the inner cases out of their sum, and loses their index."""
    gradient = derive.grad("sum(sum(w[j] for j in D if j <= i)**2 for i in D)", wrt="w")
    with pytest.raises(derive.DeriveError, match="no form for a sum of sums of cases"):
        gradient.to_sympy()


A, b, c = sp.MatrixSymbol("A", D, D), sp.MatrixSymbol("b", D, 1), sp.MatrixSymbol("c", N, 1)


@pytest.mark.parametrize(("formula", "wrt", "text", "matrix"), [
    ((W * b - c).T * (W * b - c), b, "dot(-c + b @ W.T, -c + W @ b)", "2 Wᵀ (W b − c)"),
    (b.T * A * b, b, "dot(b @ A, b)", "(A + Aᵀ) b"), (p / 2 * b.T * b, b, "(p/2)*dot(b, b)", "p b"),
    (sp.Trace(W.T * W), W, "trace(W.T @ W)", "2 W"),
    (sp.log(sp.Determinant(A)), A, "log(det(A))", "A⁻ᵀ"),
    (b.T * A.inv() * b, b, "dot(b @ inv(A), b)", "(A⁻¹ + A⁻ᵀ) b"),
    (sp.Trace(b * b.T), b, "trace(outer(b, b))", "2 b"), (-b.T * b, b, "-dot(b, b)", "−2 b"),
    (b.T * b * b.T * b, b, "dot(b, b)*dot(b, b)", "4 (bᵀ b) b"),
    (sp.Trace(A**2), A, "trace(A @ A)", "2 Aᵀ"), (sp.DotProduct(b, b), b, "dot(b, b)", "2 b"),
    (sp.Determinant(A + p * sp.Identity(D)), A, "det(p*eye(D) + A)", None)])
def test_matrices_are_whole_arrays(formula: Any, wrt: Any, text: str, matrix: str | None) -> None:
    gradient = derive.grad(formula, wrt=wrt)
    assert gradient.asked is not None
    assert gradient.asked.target == text
    assert matrix is None or gradient.matrix() == matrix
    assert gradient.verify().verification.lines


def test_a_matrix_is_no_loss_and_has_a_jacobian() -> None:
    with pytest.raises(derive.KindError, match="the loss is a whole array"):
        derive.grad(W * b, wrt=b)
    assert derive.jacobian(W * b, wrt=b).notation == "W[i, j]"


def test_indices_of_one_name_do_not_capture_each_other() -> None:
    """Two dummies are different, whatever they are called."""
    one, other = sp.Dummy("k"), sp.Dummy("k")
    nested = sp.Sum(o[one] * sp.Sum(w[other] * o[one], (other, 0, D - 1)), (one, 0, n - 1))
    gradient = derive.grad(nested, wrt=o)
    assert gradient.asked is not None
    assert gradient.asked.target == "sum(o[k]*sum(o[k]*w[k_] for k_ in D) for k in n)"
    assert gradient.notation == "2 * o[i] * sum(w)"


@pytest.mark.parametrize("number", [
    sp.Float("1e350"), sp.Float("1e-350"), sp.Float(0.1), sp.Float("0.1", 40), sp.Float(1e300),
    sp.Integer(10) ** 30, sp.Float(0.0)])
def test_a_number_keeps_its_value(number: Any) -> None:
    asked = derive.grad(x + number, wrt=x).asked
    assert asked is not None
    typed = asked.target.replace("x + ", "").replace(" + x", "")
    assert typed == "x" or abs(sp.sympify(typed) - number) <= abs(number) * sp.Float("1e-14")
