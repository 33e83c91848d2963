"""MathML: well-formed, within MathML Core, with the LaTeX beside it, equal parts equal elements."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

import derive
from derive.calculus.problem import problem as read_problem
from derive.core import heads
from derive.notation.printing.javascript import javascript
from derive.notation.printing.latex import latex
from derive.notation.printing.markup import Tag, as_element, bare, element
from derive.notation.printing.markup_names import markup_name
from derive.notation.printing.markup_widths import width
from derive.notation.printing.mathml import mathml
from derive.notation.printing.matrices import in_matrices
from derive.notation.printing.pretty import pretty
from derive.rendering.page.page_formulas import pattern
from derive.rulebook.loading import standard_rulebook
from derive.tables.loss_table import losses

# Elements and attributes of MathML Core that a formula may have.
CHILDREN = {"mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "msubsup": 3, "munderover": 3}
ELEMENTS = {"math", "semantics", "annotation", "mrow", "mi", "mn", "mo", "mtext", "mspace",
            "msqrt", "mtable", "mtr", "mtd", *CHILDREN}
ATTRIBUTES = {"display", "displaystyle", "alttext", "encoding", "form", "stretchy", "lspace",
              "rspace", "movablelimits", "mathvariant", "width", "class"}
GIVEN = ("z: real", "y: real", "a: positive", "o: real[K]", "y2: label(K)", "W: real[K, D]",
         "x: real[D]", "alpha: real", "log_sigma: real", "n: count")


def formula(text: str, *given: str) -> str:
    """The MathML of a formula over the names of GIVEN."""
    problem = read_problem(text, given or GIVEN, wrt="z")
    return mathml(problem.specification.loss, tuple(problem.scope.names))


def read(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


def check(text: str) -> None:
    """Asserts that a formula is well-formed and keeps to MathML Core."""
    for node in read(text).iter():
        assert node.tag in ELEMENTS, node.tag
        assert set(node.attrib) <= ATTRIBUTES, node.attrib
        if node.tag in CHILDREN:
            assert len(node) == CHILDREN[node.tag], ElementTree.tostring(node)
        if node.tag in ("mi", "mn", "mo", "mtext", "annotation"):
            assert len(node) == 0
            assert node.text
        if node.attrib.get("mathvariant"):
            assert node.tag == "mi"
            assert node.attrib["mathvariant"] == "normal"


def shape(text: str) -> str:
    """The tree of a formula by its elements and leaves, without rows."""
    def told(node: ElementTree.Element) -> str:
        inner = " ".join(filter(None, map(told, node)))
        if node.tag in ("mrow", "semantics", "math", "annotation"):
            return inner
        leaf = (node.text or "").strip("\u2061\u2062\u2063\u00a0 ")
        return leaf if not len(node) else f"{node.tag}({inner})"

    return told(read(text))


@pytest.mark.parametrize(("text", "wanted"), [
    ("z/2", "mfrac(z 2)"),
    ("-z/2", "− mfrac(z 2)"),
    ("z**2 - y", "msup(z 2) − y"),
    ("sqrt(a)", "msqrt(a)"),
    ("abs(z)", "| z |"),
    ("o[y2]", "msub(o msub(y 2))"),
    ("sum(o[k] for k in K)", "munder(∑ k) msub(o k)"),
    ("max(o[k] for k in K)", "munder(max k) msub(o k)"),
    ("exp(z)**2", "msup(( exp  ( z ) ) 2)"),
    ("exp(-log_sigma)", "exp  ( − msub(log sigma) )"),
    ("alpha*(z - y)", "α ⋅ ( z − y )"),
    ("2*(z - y)", "2  ( z − y )"),
    ("pi*a", "π  a"),
    ("z if z < y else 0", "{ mtable(mtr(mtd(z) mtd(if z < y)) mtr(mtd(0) mtd(otherwise)))"),
])
def test_formulas_have_the_elements_that_belong_to_them(text: str, wanted: str) -> None:
    made = shape(formula(text)).replace("σ", "sigma")
    assert re.sub(r" +", " ", made) == re.sub(r" +", " ", wanted)


def test_letters_stand_in_italics_and_words_upright_by_themselves() -> None:
    assert markup_name("z") == "<mi>z</mi>"
    assert markup_name("lam") == "<mi>λ</mi>"
    assert markup_name("loss") == "<mi>loss</mi>"  # MathML slants single letters alone
    assert markup_name("W_hh") == "<msub><mi>W</mi><mi>hh</mi></msub>"
    assert markup_name("z2") == "<msub><mi>z</mi><mn>2</mn></msub>"


def test_names_with_signs_of_markup_are_escaped() -> None:
    made = markup_name('<b>&"')
    assert "<b>" not in made
    assert read(made).text == '<b>&"'


def test_the_latex_stands_beside_the_formula() -> None:
    problem = read_problem("z/a if z < 1 else 0", GIVEN, wrt="z")
    math = read(mathml(problem.specification.loss))
    (semantics,) = math
    assert semantics.tag == "semantics"
    assert semantics[1].attrib["encoding"] == "application/x-tex"
    assert semantics[1].text == latex(problem.specification.loss)
    assert math.attrib["alttext"] == pretty(problem.specification.loss)
    assert len(read(mathml(problem.specification.loss, notes=False)).findall(".//annotation")) == 0


def test_equal_parts_of_two_lines_are_equal_elements() -> None:
    gradient = derive.grad("softmax-nll")
    lines = [read(mathml(s.line, gradient.reserved, terms=True, notes=False))
             for s in gradient.steps]
    parts = [{ElementTree.tostring(part) for part in line.iter() if len(part) > 1}
             for line in lines]
    assert all(one & two for one, two in pairwise(parts))
    (result,) = lines[-1]
    assert [part.tag for part in result] == ["msub", "mo", "msub"]  # softmax, its sign, δ


def test_a_joined_text_becomes_one_element_only_where_it_has_to() -> None:
    single = element("mi", "z")
    assert as_element(single) is single
    assert as_element(single + single) == "<mrow><mi>z</mi><mi>z</mi></mrow>"
    assert isinstance(as_element("<mi>a</mi><mi>b</mi>"), Tag)
    assert bare("<mrow><mi>a</mi><mo>+</mo></mrow>") == "a+"


@pytest.mark.parametrize("entry", losses(), ids=lambda e: e.name)
def test_every_loss_is_printed_in_mathml_core(entry: object) -> None:
    problem = read_problem(entry.name)  # type: ignore[attr-defined]
    check(mathml(problem.specification.loss, tuple(problem.scope.names), terms=True))


@pytest.mark.parametrize("name", ["softmax-nll", "huber", "focal", "smooth-l1", "poisson-nll"])
def test_every_line_of_a_derivation_is_in_mathml_core(name: str) -> None:
    found = derive.grad(name)
    for step in found.steps:
        for node in (step.before, step.after, step.line, *step.obligations):
            check(mathml(node, found.reserved, terms=True))


def test_every_rule_is_printed() -> None:
    count = 0
    for rule in standard_rulebook():
        if not rule.tactic and (rule.sides or (rule.from_ and rule.to)):
            check(pattern(rule.left))
            check(pattern(rule.right))
            count += 1
        for condition, _ in rule.conditions if not rule.tactic else ():
            check(pattern(condition))
    assert count > 300


def test_a_long_sum_goes_on_below_within_one_formula() -> None:
    long = formula(" + ".join(f"exp(z/{n})*log(a + {n})" for n in range(2, 9)))
    assert long.count("<math") == 1
    rows = next(t for t in read(long).iter("mtable") if t.attrib["class"] == "broken")
    assert len(rows) >= 2
    assert "mtable" not in formula("exp(z) + a")


def test_a_sum_that_flows_is_a_row_of_its_terms() -> None:
    text = " - ".join(f"exp(z/{n})*log(a + {n})" for n in range(2, 9))
    loss = read_problem(text, GIVEN, wrt="z").specification.loss
    flowing, plain = (read(mathml(loss, terms=True, flows=flows)) for flows in (True, False))
    check(mathml(loss, terms=True, flows=True))
    (row,) = [r for r in flowing.iter("mrow") if r.attrib.get("class") == "sum"]
    assert len(row) == 7
    assert [t[0].text for t in row if t[0].tag == "mo"] == ["−"] * 6
    assert not list(flowing.iter("mtable"))
    assert "".join(flowing.itertext()) == "".join(plain.itertext())


@pytest.mark.parametrize(("narrow", "wide"), [
    ("z/a", "z*a"), ("a**z", "a*z"), ("z", "z + a"), ("o[y2]", "exp(o[y2])"),
    ("(z + a)/(z - a)", "(z + a)*(z - a)"),
])
def test_widths_follow_what_stands_side_by_side(narrow: str, wide: str) -> None:
    assert 0 < width(formula(narrow)) < width(formula(wide))


def test_widths_leave_out_what_is_not_shown() -> None:
    loss = read_problem("exp(z)*log(a)", GIVEN, wrt="z").specification.loss
    assert width(mathml(loss)) == width(mathml(loss, notes=False))


def test_recurrent_models_are_written_in_matrices() -> None:
    found = derive.bptt("rnn")
    said = [in_matrices(one.result, one.indices, one.time, "mathml", one.reserved)
            for one in (found, *found.others)]
    assert all(said)
    for text in said:
        check(f"<math>{text}</math>")
    assert any("⊤" in text for text in said)
    state = mathml(found.others[1].result, found.reserved, found.time)
    check(state)
    assert "<msubsup>" in state  # h_i^(t)


@pytest.mark.parametrize("text", ["d(z**2, z)", "integral(z, z)", "total(exp(-y), y)",
                                  "root(z**2 - a, z)", "expect(y, y)"])
def test_operators_are_printed(text: str) -> None:
    check(formula(text))


@pytest.mark.parametrize(("text", "wanted"), [
    ("z**2/2", '(1 / 2) * Math.pow(x, 2)'),
    ("sigmoid(z) - a", '(F.sigmoid(x) + ((-1) * p["a"]))'),
    ("z if z < 1 else sqrt(a)", '((x < 1) ? x : Math.sqrt(p["a"]))'),
])
def test_formulas_of_numbers_become_javascript(text: str, wanted: str) -> None:
    problem = read_problem(text, GIVEN, wrt="z")
    made = javascript(problem.specification.loss, {"z": "x"})
    assert sorted(made.replace("(", "").replace(")", "").split()) == \
        sorted(wanted.replace("(", "").replace(")", "").split())


def test_what_no_number_can_be_computed_of_is_refused_in_javascript() -> None:
    problem = read_problem("sum(o[k] for k in K)", GIVEN, wrt="z")
    assert isinstance(problem.specification.loss, heads.Sum)
    with pytest.raises(derive.DeriveError, match="a plot cannot compute sum"):
        javascript(problem.specification.loss)
