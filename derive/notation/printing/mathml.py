"""MathML Core, which browsers show without a script.

Every part of a formula may carry `data-term`, a name of its content: equal parts of two lines
have the same, so that a page can light up a term in the line before and after.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sympy import Add, Rational, true
from sympy.logic.boolalg import BooleanAtom

from derive.core import heads
from derive.core.atoms import Dim, Index, Tensor
from derive.core.indexing import names, root, size
from derive.notation.printing import markup
from derive.notation.printing.array_forms import Written
from derive.notation.printing.latex import latex
from derive.notation.printing.markup import (
    APPLICATION,
    bare,
    digits,
    element,
    fenced,
    identifier,
    listed,
    marked,
    one,
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
    starts_negative,
)
from derive.notation.printing.precedence import ADD, ATOM, CONDITIONAL, MUL, OR, POWER, Text
from derive.notation.printing.pretty import pretty
from derive.notation.printing.printer import Printer
from derive.notation.printing.terms import ordered_terms

_SIGNS: dict[type, str] = {heads.Sum: "∑", heads.Product: "∏"}
_NAMES: dict[type, str] = {heads.Maximum: "max", heads.Minimum: "min", heads.ArgMax: "arg max"}
_UNMARKED = (Rational, Index, Dim, Tensor, Written, BooleanAtom)
_LONG = 64  # signs of the line of text after which a sum goes on below


class Mathml(Printer):
    """Prints the content of a `math` element; with `terms`, parts carry `data-term`.

    A sum of more than `long` signs of text goes on below; 0 for none.
    """

    infix: ClassVar[dict[str, str]] = {
        "-": operator("−", ' form="prefix"'), "minus": operator("−"),
        "plus": operator("+"), "@": TIMES, "pi": identifier("π"),
        "euler_gamma": scripts(identifier("γ"), upright("e")),
        "Less": operator("<"), "LessEqual": operator("≤"), "Equal": operator("="),
        "NotEqual": operator("≠"), "Both": words(" and "), "Either": words(" or "),
        "Not": words("not ")}

    def __init__(self, reserved: Sequence[str] = (), time: Any = None, terms: bool = False,
                 long: int = 0) -> None:
        super().__init__(reserved, time)
        self.terms, self.long = terms, long

    def show(self, node: Any) -> Text:
        if isinstance(node, BooleanAtom):
            return words(str(node).lower()), ATOM
        text, precedence = self.add(node) if isinstance(node, Add) else super().show(node)
        if self.terms and not isinstance(node, _UNMARKED):
            return marked(text), precedence
        return text, precedence

    def brackets(self, text: str) -> str:
        return fenced("(", text, ")")

    def leaf(self, node: Any) -> Text:
        return markup_name(node.name), ATOM

    def number(self, node: Any) -> Text:
        sign = self.infix["-"] if node.p < 0 else ""
        size: str = digits(str(abs(node.p)))
        if node.q != 1:
            size = markup.fraction(size, digits(str(node.q)))
        return (sign + size, MUL) if sign else (size, ATOM if node.q == 1 else POWER)

    def subscripted(self, base: str, indices: Sequence[Any]) -> Text:
        return scripted(base, self.below(indices)), ATOM

    def below(self, indices: Sequence[Any]) -> str:
        """Subscripts side by side, with commas where one has several signs."""
        parts = [one(self.show(i)[0]) for i in indices]
        if len(parts) == 1:
            return parts[0]
        long = any(len(bare(p)) > 1 for p in parts)
        return listed(parts) if long else operator("\u2063").join(parts)

    def stepped(self, base: str, step: Any, indices: Sequence[Any]) -> Text:
        above = fenced("(", self.show(step)[0], ")")
        return scripted(base, self.below(indices) if indices else "", above), ATOM

    def fraction(self, above: Text, below: Text) -> Text:
        top, bottom = (digits(t) if t.isdigit() else t for t in (above[0], below[0]))
        return markup.fraction(top, bottom), POWER

    def joint(self, left: str, right: str) -> str:
        return joint(left, right)

    def power(self, base: Any, exponent: Any) -> Text:
        text, precedence = self.show(base)
        if exponent == Rational(1, 2):
            return element("msqrt", text), ATOM
        if precedence < ATOM or isinstance(base, heads.Apply) or (
                isinstance(base, heads.Element) and self.timed(base.tensor)):
            text = self.brackets(text)
        return scripts(text, above=self.show(exponent)[0]), POWER

    def fenced(self, bar: str, inner: str) -> str:
        return fenced(bar, inner, bar)

    def between(self, sign: str, arguments: list[str]) -> Text:
        return (DOT if sign == "·" else operator(sign)).join(arguments), MUL

    def called(self, sign: str, low: list[str], arguments: list[str]) -> str:
        head = function_name(sign)
        if low:
            head = scripts(head, one(listed(low)) if len(low) > 1 else low[0])
        return head + operator(APPLICATION) + self.brackets(listed(arguments))

    def unknown_function(self, name: str, base: str, order: int, arguments: list[str]) -> Text:
        head = scripts(markup_name(base), above=operator("′" * order) if order else "")
        return head + operator(APPLICATION) + self.brackets(listed(arguments)), ATOM

    def comprehension(self, body: Any, index: Index, where: Any) -> str:
        return scripts(fenced("[", self.show(body)[0], "]"), self.condition(index, where))

    def condition(self, index: Index, where: Any) -> str:
        """What stands under a sign: the index, or what holds of it."""
        letter = markup_name(index.name)
        if where is true:
            return letter
        told = self.show(where)[0]
        return told if index.name in names(where) else \
            letter + operator(":") + told

    def reduction(self, head: type, body: Any, index: Index, where: Any) -> Text:
        sign = operator(_SIGNS[head]) if head in _SIGNS else operator(
            _NAMES[head], ' movablelimits="true" rspace=".17em"')
        inner = self.inside(body, MUL)
        if starts_negative(inner):
            inner = self.brackets(inner)
        return markup.under(sign, self.condition(index, where)) + inner, MUL

    def unique_maximum(self, node: Any) -> Text:
        index, body, where = self.named(node.args[0])
        largest = self.reduction(heads.Maximum, body, index, where)[0]
        return largest + words(" is attained once"), ATOM

    def everywhere(self, condition: Any, index: Index, where: Any) -> Text:
        text = self.inside(condition, OR) + words(" for every ") + self.leaf(index)[0]
        return (text if where is true else text + words(" with ") + self.show(where)[0]), \
            CONDITIONAL

    def partial(self, node: Any) -> Text:
        body, variable = (self.show(a)[0] for a in node.args)
        sign = operator("∂", ' form="prefix" lspace="0" rspace="0"')
        if not node.args[0].args or isinstance(node.args[0], heads.Element):
            return markup.fraction(sign + body, sign + variable), POWER
        return markup.fraction(sign, sign + variable) + fenced("[", body, "]"), MUL

    def antiderivative(self, node: Any) -> Text:
        body, variable = (self.show(a) for a in node.args)
        inner = body[0] if body[1] >= MUL else self.brackets(body[0])
        end = element("mspace", attributes=' width=".17em"') + identifier("d")
        return operator("∫") + inner + end + variable[0], MUL

    def total(self, node: Any) -> Text:
        if root(node.args[1]).kind.differentiable:
            return self.antiderivative(node)
        body, variable = (self.show(a) for a in node.args)
        inner = body[0] if body[1] >= MUL else self.brackets(body[0])
        return markup.under(operator("∑"), variable[0]) + inner, MUL

    def expect(self, node: Any) -> Text:
        inner = fenced("[", self.show(node.args[0])[0], "]")
        return upright("E") + operator(APPLICATION) + inner, ATOM

    def root(self, node: Any) -> Text:
        body, variable = (self.show(a)[0] for a in node.args)
        return scripts(upright("root"), variable) + self.brackets(body), ATOM

    def delta(self, node: Any) -> Text:
        return self.subscripted(identifier("δ"), node.args)

    def junction(self, node: Any) -> Text:
        """`a or not b` reads better as: a where b."""
        said = [a for a in node.args if not isinstance(a, heads.Not)]
        if isinstance(node, heads.Either) and len(said) == 1:
            (other,) = (a for a in node.args if a is not said[0])
            held = self.inside(other.args[0], OR)
            return self.inside(said[0], OR) + words(" where ") + held, OR
        return super().junction(node)

    def conditional(self, node: Any) -> Text:
        rows, rest = [], node
        while isinstance(rest, heads.Cond):
            test, yes, rest = rest.args
            rows.append((self.show(yes)[0], words("if ") + self.show(test)[0]))
        rows.append((self.inside(rest, CONDITIONAL), words("otherwise")))
        brace = operator("{", ' form="prefix" stretchy="true"')
        return element("mrow", brace, markup.table(rows, "cases")), ATOM

    def add(self, node: Any) -> Text:
        """A sum; one that is too long for its line goes on below."""
        if not self.long or size(node) < self.long / 8 or self.width(node) <= self.long:
            return super().add(node)
        rows, used = [""], 0
        for place, (negative, term) in enumerate(ordered_terms(node)):
            width = self.width(term)
            if used and used + width > self.long:
                rows.append("")
                used = 0
            start = self.infix["-"] if negative else ""
            sign = operator("−" if negative else "+", ' form="infix"')  # also first in its row
            rows[-1] += (sign if place else start) + self.inside(term, MUL)
            used += width + 3
        return (markup.table([[row] for row in rows], "broken") if len(rows) > 1 else rows[0]), ADD

    def width(self, node: Any) -> int:
        """How long a line of text the formula makes."""
        return len(pretty(node, tuple(self.reserved), self.time))


def mathml(node: Any, reserved: Sequence[str] = (), time: Any = None, display: bool = False,
           terms: bool = False, long: int = _LONG, notes: bool = True) -> str:
    """The expression as a `math` element of MathML Core.

    `time` is the dimension of a model's steps; `display` makes it a block of its own, `terms`
    gives its parts names (`data-term`). A sum whose line of text is longer than `long` signs goes
    on below. Without `notes` it has neither its LaTeX nor its line of text with it.
    """
    body = Mathml(reserved, time, terms, long)(node)
    if not notes:
        return markup.formula(body, "", "", display)
    return markup.formula(body, latex(node, reserved, time), pretty(node, reserved, time), display)


def mathml_content(node: Any, reserved: Sequence[str] = (), time: Any = None) -> str:
    """The content of a `math` element alone, to be joined with others."""
    return one(Mathml(reserved, time)(node))
