"""MathML Core, which browsers show without a script.

Every part of a formula may be an element of its own: equal parts of two lines are equal elements
then, so that a page can light up a term in the line before and after.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sympy import Add, Expr, Rational
from sympy.logic.boolalg import BooleanAtom

from derive.core import heads
from derive.core.atoms import Dim, Index, Tensor
from derive.core.indexing import size
from derive.notation.operator_table import ADD, ATOM, BIG_OPERATORS, COMPARISONS, JUNCTIONS, MUL
from derive.notation.printing import markup
from derive.notation.printing.array_forms import Written
from derive.notation.printing.latex import latex
from derive.notation.printing.markup import (
    APPLICATION,
    as_element,
    bare,
    digits,
    element,
    fenced,
    identifier,
    listed,
    operator,
    scripts,
    upright,
    words,
)
from derive.notation.printing.markup_names import (
    DOT,
    TIMES,
    function_name,
    joint,
    markup_name,
    scripted,
)
from derive.notation.printing.markup_widths import width
from derive.notation.printing.pretty import pretty
from derive.notation.printing.print_order import ordered_terms
from derive.notation.printing.print_target import ArraySigns, Target, Text
from derive.notation.printing.printer import Printer
from derive.notation.printing.shared_forms import FORMS

_UNMARKED = (Rational, Index, Dim, Tensor, Written, BooleanAtom)
_LONG = 38.0  # ems after which a sum goes on below
_FLOWING = 8.0  # ems below which no page is too narrow for a sum
_LEAST = 6  # nodes below which a sum is short


def _below(indices: Sequence[str]) -> str:
    """Subscripts side by side, with commas where one has several signs."""
    parts = [as_element(i) for i in indices]
    long = len(parts) == 1 or any(len(bare(p)) > 1 for p in parts)
    return listed(parts) if long else operator("\u2063").join(parts)


def _step(text: str) -> str:
    """A step of time above a name; its brackets only set it apart from a power."""
    return element("mrow", words("("), text, words(")"))


def _partial(body: str, variable: str) -> str:
    sign = identifier("∂")
    return markup.fraction(sign + body if body else sign, sign + variable)


def _integral(body: str, variable: str) -> str:
    end = element("mspace", attributes=' width=".17em"') + identifier("d")
    return operator("∫") + body + end + variable


def _cases(rows: Sequence[tuple[str, str]], rest: str) -> str:
    cells = [*((value, words("if ") + test) for value, test in rows), (rest, words("otherwise"))]
    brace = operator("{", ' form="prefix" stretchy="true"')
    return element("mrow", brace, markup.table(cells, "cases"))


def _primed(name: str, order: int) -> str:
    return scripts(markup_name(name), above=operator("′" * order) if order else "")


def _root(p: Printer, node: Expr) -> Text:
    body, variable = p.texts(node.args)
    return scripts(upright("root"), variable) + p.brackets(body), ATOM


def _large(sign: str, name: str) -> str:
    return operator(sign) if sign else operator(name, ' movablelimits="true" rspace=".17em"')


MATHML = Target(
    signs={
        "-": operator("−", ' form="prefix"'), "minus": operator("−"), "plus": operator("+"),
        "@": TIMES, "pi": identifier("π"), "euler_gamma": scripts(identifier("γ"), upright("e")),
        ":": operator(":"), "where": words(" where "), True: words("true"), False: words("false"),
        heads.Not: words("not "), heads.Delta: identifier("δ"), heads.Expect: upright("E"),
        **{o.head: operator(o.unicode) for o in COMPARISONS},
        **{o.head: words(f" {o.sign} ") for o in JUNCTIONS},
        **{o.head: _large(o.large, o.name) for o in BIG_OPERATORS}},
    arrays=ArraySigns(times=TIMES, elementwise=operator("∘"), space=TIMES, link=TIMES,
                      transposed=lambda text: scripts(text, above=upright("⊤")),
                      onehot=lambda text: element("mrow", upright("onehot"), operator(APPLICATION),
                                                  fenced("(", text, ")")),
                      over=markup.fraction),
    name=markup_name, words=words, fenced=fenced, layout=True, space="",
    application=operator(APPLICATION), digits=digits,
    subscripted=lambda base, parts: scripted(base, _below(parts)),
    stepped=lambda base, step, parts:
        scripted(base, _below(parts) if parts else "", _step(step)),
    fraction=markup.fraction, joint=joint, root=lambda text: element("msqrt", text[0]),
    power=lambda base, exponent: scripts(base, above=exponent[0]),
    bracketed=(heads.Apply,),
    partial=_partial, integral=_integral, under=markup.under,
    low=lambda sign, parts: scripts(sign, as_element(listed(parts))),
    function=lambda function: function_name(function.unicode),
    between=lambda sign: DOT if sign == "·" else operator(sign), primed=_primed, listed=listed,
    cases=_cases, bare=bare, forms={**FORMS, heads.Root: _root})


def _together(node: Expr, text: Text) -> Text:
    """The text of a node as one element."""
    return text if isinstance(node, _UNMARKED) else (as_element(text[0]), text[1])


def _target(terms: bool, long: float, flows: bool) -> Target:
    """MathML with parts as elements, and sums of which long ones go on below; see `mathml`."""
    def add(p: Printer, node: Expr) -> Text:
        if size(node) < _LEAST:
            return p.add(node)
        parts = [_term(p, *term, first=place == 0)
                 for place, term in enumerate(ordered_terms(node))]
        widths = [width(part) for part in parts]
        if flows:
            if sum(widths) < _FLOWING:
                return "".join(parts), ADD
            return element("mrow", *(element("mrow", part) for part in parts),
                           attributes=' class="sum"'), ADD
        rows = _packed(parts, widths, long)
        return markup.table([[row] for row in rows], "broken") if len(rows) > 1 else rows[0], ADD

    return replace(MATHML, finish=_together if terms else None,
                   forms={**MATHML.forms, Add: add} if long or flows else MATHML.forms)


def _term(p: Printer, negative: bool, term: Expr, first: bool) -> str:
    """A term with its sign, which stands at the start of a line as it does within one."""
    if first:
        text = p.show(term)
        return p.signs["-"] + p.after_sign(text) if negative else p.bracketed(text, MUL)
    return operator("−" if negative else "+", ' form="infix"') + p.inside(term, MUL)


def _packed(parts: Sequence[str], widths: Sequence[float], long: float) -> list[str]:
    """Terms in as few rows as their widths allow."""
    rows, used = [""], 0.0
    for part, wide in zip(parts, widths, strict=True):
        if used and used + wide > long:
            rows.append("")
            used = 0.0
        rows[-1] += part
        used += wide
    return rows


def mathml(node: Expr, reserved: Iterable[str] = (), time: Expr | None = None,
           display: bool = False, terms: bool = False, long: float = _LONG, notes: bool = True,
           flows: bool = False, sized: bool = True) -> str:
    """The expression as a `math` element of MathML Core.

    `time` is the dimension of a model's steps; `display` makes it a block of its own, `terms`
    makes each of its parts one element. A sum that is wider than `long` ems goes on below; where
    it `flows`, it is a row of the class `sum` instead, of which each term is a row, for a page
    that breaks it by itself. Without `notes` it has neither its LaTeX nor its line of text;
    `sized` says whether it has its full size by itself.
    """
    body = Printer(_target(terms, long, flows), reserved, time)(node)
    if not notes:
        return markup.formula(body, "", "", display, sized)
    return markup.formula(body, latex(node, reserved, time), pretty(node, reserved, time), display,
                          sized)


def mathml_content(node: Expr, reserved: Iterable[str] = (), time: Expr | None = None) -> str:
    """The content of a `math` element alone, to be joined with others."""
    return as_element(Printer(MATHML, reserved, time)(node))
