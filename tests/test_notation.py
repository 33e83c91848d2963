"""The notation: what is read, what is refused and where, and that print and read are inverse."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Add, Integer, Mul, Pow, Rational, pi

from derive.core import heads
from derive.core.heads import apply
from derive.core.indexing import exact
from derive.errors import DeriveError, KindError, NotationError
from derive.notation.latex_in import read_latex
from derive.notation.operator_table import BY_HEAD, BY_SIGN, RELATIONS, Operator
from derive.notation.printing.latex import latex
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.notation.reading.parser import parse, parse_condition
from derive.notation.reading.specification import specify
from tests.conftest import declared

SAME = [  # two spellings of one expression
    ("softmax(o)[y]", "softmax(o[k] for k in K)[y]"),
    ("sum(exp(o))", "sum(exp(o[m]) for m in K)"),
    ("mean(o)", "sum(o[k] for k in K) / K"),
    ("dot(o, s)", "sum(o[k] * s[k] for k in K)"),
    ("norm(W @ x)", "sqrt(sum(sum(W[i2, l] * x[l] for l in D)**2 for i2 in H))"),
    ("(W @ x)[0]", "sum(W[0, l] * x[l] for l in D)"),
    ("relu(z)", "max(0, z)"),
    ("z**2 * z", "z**3"),
    ("0.25 * z", "z / 4"),
    ("delta(i, y)", "delta(y, i)"),
    ("-(z - u)", "-1 * (z - u)"),
    ("sum(o[k] for k in K if k != y)", "sum(o[m] for m in K if y != m)"),
]


@pytest.mark.parametrize("relation", RELATIONS, ids=lambda o: o.sign)
def test_every_way_to_write_a_relation_is_read(relation: Operator) -> None:
    scope = declared("z, u: real")
    condition = parse_condition(f"z {relation.sign} u", scope)
    assert condition == relation.build(scope.names["z"], scope.names["u"])
    for command in relation.latex:
        cases = rf"\begin{{cases}} 1 & z {command} u \\ 0 & \text{{otherwise}} \end{{cases}}"
        assert parse(read_latex(cases, scope), scope).args[0] == condition
    turned, opposite = BY_SIGN[relation.turned], BY_SIGN[relation.opposite]
    assert parse_condition(f"u {turned.sign} z", scope) == condition
    assert BY_SIGN[opposite.opposite] is relation
    printed = BY_HEAD[type(condition)]
    assert f" {printed.unicode} " in pretty(condition)
    assert f" {printed.latex[0]} " in latex(condition)
    if not relation.unicode.isascii():
        assert parse_condition(f"z {relation.unicode} u", scope) == condition


@pytest.mark.parametrize(("left", "right"), SAME)
def test_two_spellings_are_one_expression(left: str, right: str) -> None:
    assert parse(left, declared()) == parse(right, declared())


ROUND_TRIPS = [
    "-log(softmax(o)[y])", "2 * (z + 1)", "-(z + u)", "z**(-a)", "sqrt(z**2 + 1) / (2 * a)",
    "(z if z < 1 else 2 * z if z < 2 else 3) * 4", "d(log(a), a)", "integral(exp(z), z)",
    "max(o[k] + 1 - delta(k, y) for k in K) - o[y]", "softmax(o / a)[i] * (delta(i, j) - o[j])",
    "prod(q**o[k] for k in K)", "sum(sum(W[h, l] * x[l] for l in D)**2 for h in H)",
    "argmax(o[k] for k in K) * 2", "1 / (z * a)", "z / (2 * sigma) - 1",
    "logsumexp(sum(W[h, l] for l in D) for h in H)", "-2 * z", "(1 / 2 - z)**2", "2**(z / 3)",
    "1 if z > 0 and u < 1 or not z == u else 0",
]


@pytest.mark.parametrize("text", ROUND_TRIPS)
def test_printed_text_reads_back(text: str) -> None:
    scope = declared()
    node = parse(text, scope)
    assert parse(plain(node), scope) == node


def _leaves() -> st.SearchStrategy:
    scope = declared()
    texts = ["z", "u", "a", "q", "b", "n", "o[i]", "s[j]", "o[y]", "delta(i, y)", "K", "pi",
             "softmax(o)[i]", "sum(o[k] * s[k] for k in K)", "W[0, 1]", "x[0]"]
    numbers = st.fractions(-9, 9, max_denominator=7).map(
        lambda f: Rational(f.numerator, f.denominator))
    return st.one_of(st.sampled_from([parse(t, scope) for t in texts]), numbers)


def _grown(inner: st.SearchStrategy) -> st.SearchStrategy:
    return st.one_of(
        st.tuples(inner, inner).map(lambda p: Add(*p)),
        st.tuples(inner, inner).map(lambda p: Mul(*p)),
        st.tuples(inner, inner, inner).map(lambda p: Add(*p)),
        st.tuples(inner, st.sampled_from([2, 3, -1, -2, Rational(1, 2), Rational(-3, 2)])).map(
            lambda p: Pow(p[0] if _leaf_or_head(p[0]) else Integer(3), p[1])),
        st.tuples(st.sampled_from(["exp", "log", "sigmoid", "tanh", "abs"]), inner).map(
            lambda p: apply(*p)),
        st.tuples(inner, inner).map(lambda p: apply("max", *p)),
        st.tuples(inner, inner, inner).map(
            lambda p: heads.Cond(heads.Less(p[0], p[1]), p[1], p[2])),
        inner.map(lambda e: _summed(e)),
    )


def _leaf_or_head(node) -> bool:
    return not node.is_Rational and not node.has(pi)


def _settled(node):
    """The expression as SymPy's own arithmetic leaves it when it is built anew, from the leaves."""
    for _ in range(4):
        new = _rebuilt(node)
        if new == node:
            break
        node = new
    return node


def _rebuilt(node):
    if isinstance(node, heads.Lam) or not node.args:
        index, body, where = node.args if node.args else (None, None, None)
        return heads.Lam(index, _rebuilt(body), where) if node.args else node
    return node.func(*(_rebuilt(a) for a in node.args))


def _summed(node):
    scope = declared()
    return heads.Sum.over(node, scope.names["i"])


@settings(max_examples=150, deadline=None)
@given(st.recursive(_leaves(), _grown, max_leaves=9))
def test_print_and_read_are_inverse(node) -> None:
    @exact
    def check() -> None:
        again = _settled(node)
        assert parse(plain(again), declared()) == again
        assert pretty(again)
        text = latex(again)
        assert text.count("{") == text.count("}")
        assert text.count(r"\left") == text.count(r"\right")

    check()


REFUSED = [  # text, column, a word of the message
    ("-log(softmax(w)[y])", 14, "unknown name"),
    ("softma(o)[y]", 1, "softmax"),
    ("o[z]", 3, "index over K"),
    ("o[0, 1]", 1, "1 subscript "),
    ("W @ o", 1, "do not match"),
    ("o + x", 1, "do not match"),
    ("x[y]", 3, "ranges over K"),
    ("sum(o[k] for k in J)", 19, "no dimension"),
    ("log(z, u)", 1, "takes 1 argument"),
    ("z.real", 1, "dot"),
    ("(z + 1", 1, "never closed"),
    ("z + 1)", 6, "closes nothing"),
    ("o", 1, "whole array"),
    ("z < 1", 1, "condition"),
    ("z if 1 else u", 6, "condition"),
    ("delta(z, y)", 7, "indices"),
    ("9**9**9", 4, "exponent"),
    ("z / 0", 5, "zero"),
    ("log", 1, "argument"),
    ("[z, z]", 1, "comma"),
    ("(lambda: z)()", 8, "formula"),
    ("z := 3", 3, ""),
    ("f'{z}'", 2, "quotation"),
    ("__import__('os')", 12, "quotation marks"),
    ("o[-1]", 3, "outside"),
    ("d(z, 3)", 6, "variable"),
    ("sum(z)", 1, "whole array"),
    ("sqrt(-2)", 1, "no real value"),
    ("1 / (z - z)", 6, "divides by zero"),
]


@pytest.mark.parametrize(("text", "column", "word"), REFUSED)
def test_refused_text_is_pointed_at(text: str, column: int, word: str) -> None:
    with pytest.raises(NotationError) as caught:
        parse(text, declared())
    assert caught.value.column == column
    assert word in str(caught.value)


HOSTILE = ["(" * 100_000, "z + " * 50_000 + "z", "z\x00", "-" * 5_000 + "z", "z" * 10**6,
           "9**999999999", "[" * 50, "{" * 3, "'" * 3, "\\", "z\n\n\n+", "((z)" * 2_000,
           "__class__", "exec('1')", "z if z else " * 300 + "z", "1e999999999", "1" * 5_000]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_refused_at_once(text: str) -> None:
    start = time.process_time()
    with pytest.raises(DeriveError):
        parse(text, declared())
    assert time.process_time() - start < 5  # a bound on hanging, not a measurement


def test_a_bad_declaration_names_its_fault() -> None:
    for line, word in [("o real", "name: type"), ("o: reel", "real"), ("o: label", "label(K)"),
                       ("o: real(K)", "real"), ("sum: real", "word of the notation"),
                       ("2a: real", "not a name"), ("o: real[2k]", "a letter"),
                       ("o: real[0]", "from 1")]:
        with pytest.raises(NotationError, match=word.replace("(", r"\(").replace(")", r"\)")):
            declared(line)


def test_a_specification_keeps_its_definitions() -> None:
    spec = specify("""
        # logits, then the loss
        o: real[K]
        y: label(K)
        p = softmax(o)
        L = -log(
            p[y])
    """)
    assert [d.name for d in spec.definitions] == ["p"]
    assert plain(spec.loss) == "-log(p[y])"
    assert spec.name == "L"


def test_an_indexed_definition_is_a_whole_array() -> None:
    whole = specify("z = W @ x\nsum(z**2)", ["W: real[H, D]", "x: real[D]"])
    indexed = specify("z[i] = sum(W[i, k] * x[k] for k in D)\nsum(z[i]**2 for i in H)",
                      ["W: real[H, D]", "x: real[D]"])
    assert whole.loss == indexed.loss


def test_conditions_may_be_given() -> None:
    spec = specify("log(n - y)", ["n, y: count", "y < n"])
    assert spec.conditions == (parse_condition("y < n", spec.scope),)


def test_the_loss_must_be_a_number() -> None:
    with pytest.raises(KindError, match="whole array"):
        specify("o**2", ["o: real[K]"])


PRINTED = [
    ("softmax(o)[i] - delta(i, y)", "softmax(o)ᵢ − δ_iy",
     r"\mathrm{softmax}(o)_{i} - \delta_{iy}"),
    ("sum(exp(o[k]) for k in K)", "Σₖ exp(oₖ)", r"\sum_{k} \exp(o_{k})"),
    ("(z - u) / sigma**2", "(z − u) / σ²", r"\frac{z - u}{\sigma^{2}}"),
    ("d(log(a), a)", "∂/∂a [log(a)]",
     r"\frac{\partial}{\partial a} [\log(a)]"),
    ("sum(o[k] for k in K if k != y)", "Σ_(k≠y) oₖ", r"\sum_{k \ne y} o_{k}"),
    ("abs(z)", "|z|", "|z|"),
]


@pytest.mark.parametrize(("text", "unicode", "tex"), PRINTED)
def test_mathematics_looks_like_a_textbook(text: str, unicode: str, tex: str) -> None:
    node = parse(text, declared())
    assert pretty(node) == unicode
    assert latex(node) == tex


@pytest.mark.parametrize(("text", "unicode"), [
    ("2*dot(o, s)", "2 · (o · s)"), ("dot(o, s)**2*exp(z)", "exp(z) (o · s)²"),
    ("exp(dot(o, s)) - dot(o, s)*z", "exp(o · s) − z · (o · s)"),
    ("dot(o, s)/sum(o)", "o · s / (Σₖ oₖ)"), ("abs(dot(o, s))", "|o · s|"),
    ("(W @ x)[0]*exp(z)*(W @ x)[1]", "exp(z) (W x)₀ (W x)₁"),
    ("d(dot(o, s), z)", "∂/∂z [o · s]"),
])
def test_brackets_stand_only_once(text: str, unicode: str) -> None:
    node = parse(text, declared())
    assert pretty(node) == unicode
    assert "((" not in pretty(node)
    assert r"\left(\left(" not in latex(node)
