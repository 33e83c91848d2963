"""Formulas as people type them: what is read, what is refused with its readings, and by whom."""

from __future__ import annotations

import ast
import math
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import derive
from derive.errors import DeriveError, NotationError, VerificationError
from derive.judge.reading import precedence_reader
from derive.judge.reading.precedence_reader import in_syntax
from derive.judge.reading.typed_signs import plain_name, plain_names
from derive.notation.reading import surface_signs, syntax
from derive.notation.reading.parser import parse
from derive.notation.reading.surface_forms import in_notation, surface
from derive.notation.reading.surface_signs import GREEK, KEYWORDS, name_of
from tests.conftest import declared

READ = [  # as typed, in the notation
    ("x^2", "x**2"), ("x^{2}", "x**(2)"), ("x²", "x**2"), ("x³ + 1", "x**3 + 1"),
    ("x⁻¹", "x**(-1)"), ("xⁿ", "x**(n)"), ("x^2^3", "x**2**3"), ("2^-x", "2**-x"),
    ("2x", "2*x"), ("2 x", "2*x"), ("2(x+1)", "2*(x+1)"), ("(x+1)(x-1)", "(x+1)*(x-1)"),
    ("(a)(b)", "(a)*(b)"), ("3sin(x)", "3*sin(x)"), ("2x²", "2*x**2"), ("-2x^2", "-2*x**2"),
    ("sin(x)cos(x)", "sin(x)*cos(x)"), ("w[i]x[i]", "w[i]*x[i]"), ("2x/3", "2*x/3"),
    ("1/(2x)", "1/(2*x)"), ("(1/2)x", "(1/2)*x"), ("x²y", "x**2*y"), ("e^(2x)y", "e**(2*x)*y"),
    ("a·b × c ⋅ d ∗ f", "a*b * c * d * f"), ("a − b – c", "a - b - c"), ("a ÷ b", "a / b"),
    ("x ≤ 1", "x <= 1"), ("x ≥ 1", "x >= 1"), ("x ≠ 1", "x != 1"), ("½x", "(1/2)*x"),
    ("√(x+1)", "sqrt(x+1)"), ("√x + 1", "sqrt(x) + 1"), ("2√x", "2*sqrt(x)"),
    ("|x|", "abs(x)"), ("|x - 1|²", "abs(x - 1)**2"), ("2|x|", "2*abs(x)"),
    ("|x| - |y|", "abs(x) - abs(y)"), ("|x - |y||", "abs(x - abs(y))"), ("||x||", "norm(x)"),
    ("‖x − y‖²", "norm(x - y)**2"), ("||x||_2^2", "norm(x)**2"), ("‖x‖₂", "norm(x)"),
    ("2πσ²", "2*pi*sigma**2"), ("√(2πσ²)", "sqrt(2*pi*sigma**2)"), ("π(x+1)", "pi*(x+1)"),
    ("λ e^(-λ·y)", "lam*e**(-lam*y)"), ("π_k", "pi_k"),
    ("|a - |b| - c|", "abs(a - abs(b) - c)"), ("λ‖w‖²", "lam*norm(w)**2"),
    ("a|b| + c|d|", "a*abs(b) + c*abs(d)"), ("y log(p)", "y*log(p)"), ("x² exp(x)", "x**2*exp(x)"),
    ("-[y log(p) + (1-y) log(1-p)]", "-(y*log(p) + (1-y)*log(1-p))"), ("[x+1]^2", "(x+1)**2"),
    ("exp(-|x|)", "exp(-abs(x))"),
    ("np.log(x)", "log(x)"), ("numpy.exp(x)", "exp(x)"), ("math.pi*x", "pi*x"),
    ("torch.nn.functional.softplus(x)", "softplus(x)"), ("np.linalg.norm(x)", "norm(x)"),
    ("np.e**x", "exp(1)**x"), ("F.T", "F.T"), ("A.T @ x", "A.T @ x"),
    ("λ*x", "lam*x"), ("lambda*x", "lam*x"), ("2π", "2*pi"),
    ("σ_x²", "sigma_x**2"), ("θ₁", "theta1"), ("µ", "mu"), ("μ", "mu"), ("𝑥 + ﬁ", "x + fi"),
    ("x₁ + x₂", "x1 + x2"), ("wᵢxᵢ", "w[i]*x[i]"), ("Wᵢⱼ", "W[i, j]"), ("Xᵀ", "X.T"),
    ("1e-3 x", "1e-3*x"), ("1e-3x", "1e-3*x"), (".5x", ".5*x"), ("2e^x", "2*e**x"),
    ("1 if x≤0 else 2x", "1 if x<=0 else 2*x"), ("e^{-x}", "e**(-x)"), ("e^-x", "e**-x"),
]

REFUSED = [  # as typed, where, what is said
    ("1/2x", 4, "1/(2*x) or (1/2)*x"), ("1/2 (y - x)", 5, "1/(2*(y - x)) or (1/2)*(y - x)"),
    ("a/b(c)(d)", 7, "a/(b(c)*(d)) or (a/b(c))*(d)"), ("a + b/2c", 8, "b/(2*c) or (b/2)*c"),
    ("e^2x", 4, "e^(2*x) or (e^2)*x"), ("x^2 y", 5, "x^(2*y) or (x^2)*y"),
    ("x^2(y+1)", 4, "x^(2*(y+1)) or (x^2)*(y+1)"), ("x²^3", 3, "two readings"),
    ("x y", 3, "x*y for a product"), ("W x", 3, "W @ x for one of matrices"),
    ("sin x", 5, "sin(x)"), ("log x / y", 5, "log(x)"),
    ("log|x|", 4, "log(…)"), ("a || b", 3, "'or' is a word"), ("x^T A x", 5, "x.T @ A @ x"),
    ("y log p", 3, "y*log(…)"), ("1/y log(p)", 5, "1/(y*log(p)) or (1/y)*log(p)"),
    ("x^{2}[k]", 6, "before the power"), ("f(x) = x", 6, "what stands before"),
    ("sin²(x)", 4, "sin(x)**2"), ("sin^2(x)", 4, "sin(x)**2"), ("√x²", 1, "brackets after a root"),
    ("√2x", 1, "brackets after a root"), ("-|a|b|c|", 5, "more than one way"),
    ("|x||y|", 3, "more than one way"), ("p(y|x)", 4, "not closed within"), ("|x", 1, "not closed"),
    ("(|x) + 1", 2, "not closed"), ("a && b", 3, "'and'"), ("‖x‖₁", 4, "Euclidean norm"),
    ("2e", 1, "2e3, or a product, 2*e"), ("2e x", 1, "without its exponent"),
    ("1.5e", 1, "without its exponent"), ("2e - x", 1, "without its exponent"),
    ("0x10", 1, "decimal"), ("0b1", 1, "decimal"), ("1 000", 3, "needs a sign"),
    ("x 2", 3, "a product is a*2"), ("(x)2", 4, "a product is a*2"), ("x.5", 2, "needs a sign"),
    ("class*2", 1, "word of Python"), ("{x+1}*2", 1, "brackets of an exponent"),
    ("torch.std(x)", 1, "N - 1"), (r"\frac{1}{2}", 1, "LaTeX"), ("x'", 2, "quotation marks"),
    ("(x+1) foo", 7, "*foo for a product"), ("x + ∂y", 5, "d(f, x)"), ("∑x", 1, "sum(f for k"),
    ("x ? y", 3, "'?' is no part"), ("007", 1, "does not begin with 0"), ("x!", 2, "factorial"),
]


@pytest.mark.parametrize(("typed", "text"), READ)
def test_what_has_one_meaning_is_read(typed: str, text: str) -> None:
    assert in_notation(typed) == text
    assert in_notation(text) == text


@pytest.mark.parametrize(("typed", "text"), READ)
def test_the_judge_reads_the_same_by_its_own_grammar(typed: str, text: str) -> None:
    assert in_syntax(typed) == in_syntax(text) or \
        ast.dump(ast.parse(in_syntax(typed))) == ast.dump(ast.parse(text))


@pytest.mark.parametrize(("typed", "column", "words"), REFUSED)
def test_what_has_two_readings_is_refused_at_its_place(typed: str, column: int, words: str) -> None:
    with pytest.raises(NotationError) as caught:
        syntax.read(typed)
    assert words in caught.value.message
    assert caught.value.column == column


@pytest.mark.parametrize("typed", [
    t for t, _, _ in REFUSED if not set(t) & set("'&\\?!∂∑=") and t not in (
        "007", "class*2", "(x+1) foo", "torch.std(x)", "‖x‖₁")])
def test_the_judge_reads_no_second_meaning_into_it(typed: str) -> None:
    with pytest.raises((NotationError, SyntaxError)):
        ast.parse(in_syntax(typed), mode="eval")


@pytest.mark.parametrize("text", ["2x + foo", "x² − foo", "|x|·foo", "λ·foo", "np.exp(x)·foo"])
def test_errors_point_at_what_was_typed(text: str) -> None:
    with pytest.raises(NotationError) as caught:
        parse(text, declared("x, lam: real"))
    assert caught.value.text == text
    assert text[caught.value.column - 1:][:caught.value.length] == "foo"


@pytest.mark.parametrize("text", ["x = 2", "x +", "(x", "x)", "1..2", "f'x'", "x;y", "$x$", "@x"])
def test_no_word_of_python_is_shown(text: str) -> None:
    with pytest.raises(NotationError) as caught:
        syntax.read(text)
    assert not re.search(r"syntax|literal|invalid|f-string|expression|token|unterminated|EOF",
                         caught.value.message)


def test_every_keyword_of_python_is_explained_as_a_name() -> None:
    for word in sorted(KEYWORDS):
        with pytest.raises(NotationError, match="word of Python"):
            syntax.read(f"{word} * 2")


NUMBERS = [("1e-3 x", "x/1000"), ("1e-3x", "x/1000"), ("1e5", "100000"), ("2e3x", "2000*x"),
           ("1_000", "1000"), ("1.e3", "1000"), (".5x", "x/2"), ("1e-3 - 3x", "1/1000 - 3*x"),
           ("1E2x", "100*x"), ("0.1x", "x/10"), ("1.5e+2", "150"), ("2e0", "2")]


@pytest.mark.parametrize(("typed", "text"), NUMBERS)
def test_digits_and_exponents_are_one_number(typed: str, text: str) -> None:
    scope = declared("x, e: real")
    assert parse(typed, scope) == parse(text, scope)


@pytest.mark.parametrize("letter", sorted(GREEK))
def test_a_greek_letter_is_its_name_in_both_readings(letter: str) -> None:
    for written in (letter, f"{letter}_1", f"{letter}2", f"x_{letter}", f"{letter}_x"):
        assert name_of(written) == plain_name(written) == plain_names(written)
        assert name_of(written).isascii()


@pytest.mark.parametrize("written", ["λ", "lam", "lambda"])
@pytest.mark.parametrize("name", ["λ", "lam", "lambda"])
def test_lambda_is_a_name_however_it_is_spelt(name: str, written: str) -> None:
    result = derive.grad(f"exp(-{written}*x)", given=[f"{name}: positive", "x: real"],
                         wrt=name).verify()
    assert result.notation == "-x * exp(-lam * x)"
    assert result.given[0] == "lam: positive"


@pytest.mark.parametrize(("typed", "result"), [
    ("x^2", "2 * x"), ("ln(x)", "1 / x"), ("2x", "2"), ("e^x", "exp(x)"), ("x²", "2 * x"),
    ("σ(z)", "sigmoid(z) * sigmoid(-z)"), ("np.log(x)", "1 / x"), ("½(x − 3)²", "x - 3"),
    ("|x|³", "3 * x * abs(x)"), ("sigma(z)", "sigmoid(z) * sigmoid(-z)"),
])
def test_a_formula_as_typed_has_its_gradient_judged_as_typed(typed: str, result: str) -> None:
    answer = derive.grad(typed).verify()
    assert answer.notation == result
    assert answer.typed.target == typed
    assert answer.verification.ends
    assert not answer.verification.unjudged


def test_e_that_is_declared_is_a_variable() -> None:
    assert derive.grad("e**x", given=["e: positive", "x: real"], wrt="e").verify()


def test_sigma_that_is_declared_is_no_function() -> None:
    with pytest.raises(DeriveError, match=r"write sigma\*"):
        derive.grad("σ(z)", given=["σ: real", "z: real"], wrt="z")


def test_a_lower_case_dimension_is_one_everywhere() -> None:
    answer = derive.grad("sum(x²)/n + n", given=["x: real[n]"]).verify()
    assert answer.notation == "2 * x[i] / n"
    assert derive.hessian("sum(sum(x[i]*x[j] for j in n) for i in n)",
                          given=["x: real[n]"]).verify()


# Both readings on texts that nobody chose

_ATOMS = ["x", "y", "2", "3", "0.5", "1e-3", "λ", "e", "x²", "y³", "(x+1)", "|x|", "sin(y)", "√x",
          "√(y)", "x₁", "½", "-x", "np.exp(x)", "‖x‖"]
_JOINTS = ["+", "-", "*", "/", "^", "**", "", " ", " · ", "−", "÷", " + ", "|", "(", ")", "2", "e"]


def texts() -> st.SearchStrategy[str]:
    pieces = st.lists(st.tuples(st.sampled_from(_ATOMS), st.sampled_from(_JOINTS)), min_size=1,
                      max_size=5)
    return pieces.map(lambda pairs: "".join(a + j for a, j in pairs[:-1]) + pairs[-1][0])


def python(text: str) -> str | None:
    try:
        return ast.dump(ast.parse(text.strip(), mode="eval"))
    except SyntaxError:
        return None


def ours(typed: str) -> str | None:
    """What the parser reads; None for what it refuses, then or when it meets a dot or a call."""
    try:
        tree = syntax.read(typed)
    except NotationError:
        return None
    refused = any(isinstance(node, ast.Attribute) or (
        isinstance(node, ast.Call) and not isinstance(node.func, ast.Name))
        for node in ast.walk(tree))
    return None if refused else python(surface(typed).text)


def theirs(typed: str) -> str | None:
    try:
        return python(in_syntax(typed))
    except NotationError:
        return None


@settings(max_examples=600, derandomize=True, deadline=None)
@given(texts())
def test_what_is_read_is_read_alike_by_both(typed: str) -> None:
    here = ours(typed)
    if here is not None:
        assert here == theirs(typed), typed


@settings(max_examples=300, derandomize=True, deadline=None)
@given(texts())
def test_a_text_in_the_notation_stays_as_it_is(typed: str) -> None:
    if ours(typed) is not None:
        text = in_notation(typed)
        assert in_notation(text) == text


@settings(max_examples=300, derandomize=True, deadline=None)
@given(texts())
def test_the_value_is_that_of_the_judges_reading_in_python(typed: str) -> None:
    if ours(typed) is None:
        return
    names = {"x": 1.3, "y": .7, "lam": 2.1, "x1": .4, "e": math.e, "sin": math.sin,
             "exp": math.exp, "sqrt": math.sqrt, "abs": abs, "norm": abs}
    values = []
    for text in (surface(typed).text, in_syntax(typed)):
        try:
            values.append(eval(text.strip(), {}, names))
        except (ArithmeticError, NameError, TypeError, ValueError) as error:
            values.append(type(error))
    assert values[0] == values[1]


def test_a_wrong_reading_of_one_of_them_fails_the_verification(
        monkeypatch: pytest.MonkeyPatch) -> None:
    """·  read as + by the parser alone, then a power of raised signs by the judge alone."""
    surface.cache_clear()
    syntax.read.cache_clear()
    with monkeypatch.context() as planted:
        planted.setitem(surface_signs.OPERATOR_SIGNS, "·", "+")
        wrong = derive.grad("x²·3", given="x: real")
    surface.cache_clear()
    syntax.read.cache_clear()
    with pytest.raises(VerificationError, match="disagrees"):
        wrong.verify()
    right = derive.grad("x²·3", given="x: real")
    assert right.verify().verification.ends
    in_syntax.cache_clear()
    with monkeypatch.context() as planted:
        planted.setattr(precedence_reader._Reader, "raised",
                        lambda self, made, named: (f"({made} ** 3)", self.take() != ""))
        with pytest.raises(VerificationError, match="disagrees"):
            right.verify()
    in_syntax.cache_clear()


def rows_of_the_page() -> list[tuple[str, str]]:
    """What docs/notation.md says is typed, and how it is read."""
    page = (Path(__file__).parent.parent / "docs" / "notation.md").read_text(encoding="utf-8")
    table = page.partition("| typed | read as |\n|---|---|\n")[2].partition("\n\n")[0]
    pairs: list[tuple[str, str]] = []
    for row in table.split("\n"):
        _, typed, read, _ = re.split(r" ?(?<!\\)\| ?", row)
        pairs += zip(*(re.findall("`(.*?)`", side.replace(r"\|", "|")) for side in (typed, read)),
                     strict=True)
    return pairs


@pytest.mark.parametrize(("typed", "text"), rows_of_the_page())
def test_the_page_says_how_it_is_read(typed: str, text: str) -> None:
    assert in_notation(typed) == text
