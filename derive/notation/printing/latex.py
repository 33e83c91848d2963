"""LaTeX, for `align*` and for mathematics in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sympy import Rational, true

from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import root
from derive.functions.function_records import Function
from derive.notation.printing.precedence import ATOM, CONDITIONAL, MUL, OR, POWER, Text
from derive.notation.printing.pretty import GREEK, greek
from derive.notation.printing.printer import Printer

_SIGNS: dict[type, str] = {heads.Sum: r"\sum", heads.Product: r"\prod", heads.Maximum: r"\max",
                           heads.Minimum: r"\min",
                           heads.ArgMax: r"\operatorname*{arg\,max}"}
_BETWEEN = {"·": r"\cdot"}
_VARIANTS = {"epsilon": r"\varepsilon", "eps": r"\varepsilon", "lam": r"\lambda"}


_UPRIGHT = {sign: f"\\{word}" for word, sign in GREEK.items() if word not in _VARIANTS}


class Latex(Printer):
    """Prints LaTeX mathematics."""

    infix: ClassVar[dict[str, str]] = {
        "-": "-", "minus": " - ", "plus": " + ", "@": " ", "pi": r"\pi",
        "euler_gamma": r"\gamma_{\mathrm{e}}",
        "Less": " < ",
        "LessEqual": r" \le ", "Equal": " = ", "NotEqual": r" \ne ",
        "Both": r" \text{ and } ", "Either": r" \text{ or } ", "Not": r"\text{not } "}

    prime: ClassVar[str] = "'"

    def brackets(self, text: str) -> str:
        return paired("(", text, ")")

    def leaf(self, node: Any) -> Text:
        return latex_name(node.name), ATOM

    def subscripted(self, base: str, indices: Sequence[Any]) -> Text:
        parts = [self.show(i)[0] for i in indices]
        base = f"{{{base}}}" if "_" in base else base
        return f"{base}_{{{(',' if any(len(p) > 1 for p in parts) else '').join(parts)}}}", ATOM

    def stepped(self, base: str, step: Any, indices: Sequence[Any]) -> Text:
        text = self.subscripted(base, indices)[0] if indices else base
        return f"{text}^{{({self.show(step)[0]})}}", ATOM

    def fraction(self, above: Text, below: Text) -> Text:
        return rf"\frac{{{above[0]}}}{{{below[0]}}}", POWER

    def joint(self, left: str, right: str) -> str:
        return r" \, \cdot " if right[:1].isdigit() else r" \, "

    def power(self, base: Any, exponent: Any) -> Text:
        if exponent == Rational(1, 2):
            return rf"\sqrt{{{self.show(base)[0]}}}", ATOM
        text, precedence = self.show(base)
        if precedence < ATOM or isinstance(base, (heads.Element, heads.Apply)):
            text = self.brackets(text)
        return f"{text}^{{{self.show(exponent)[0]}}}", POWER

    def sign(self, function: Function) -> str:
        return function.latex

    def fenced(self, bar: str, inner: str) -> str:
        return paired(bar, inner, bar)

    def between(self, sign: str, arguments: list[str]) -> Text:
        return f" {_BETWEEN.get(sign, sign)} ".join(arguments), MUL

    def called(self, sign: str, low: list[str], arguments: list[str]) -> str:
        below = f"_{{{','.join(low)}}}" if low else ""
        return sign + below + self.brackets(", ".join(arguments))

    def comprehension(self, body: Any, index: Index, where: Any) -> str:
        below = f"_{{{index.name}}}"
        return paired("[", self.show(body)[0], "]") + below

    def reduction(self, head: type, body: Any, index: Index, where: Any) -> Text:
        below = index.name if where is true else self.show(where)[0]
        if where is not true and index.name not in below:
            below = rf"{index.name}:\, {below}"
        inner = self.inside(body, MUL)
        if inner.startswith(self.infix["-"]):
            inner = self.brackets(inner)
        return f"{_SIGNS[head]}_{{{below}}} {inner}", MUL

    def unique_maximum(self, node: Any) -> Text:
        index, body, where = self.named(node.args[0])
        largest = self.reduction(heads.Maximum, body, index, where)[0]
        return rf"{largest} \text{{ is attained once}}", ATOM

    def everywhere(self, condition: Any, index: Index, where: Any) -> Text:
        text = rf"{self.inside(condition, OR)} \text{{ for every }} {index.name}"
        return (text if where is true else rf"{text} \text{{ with }} {self.show(where)[0]}"), \
            CONDITIONAL

    def partial(self, node: Any) -> Text:
        body, variable = (self.show(a) for a in node.args)
        if not node.args[0].args or isinstance(node.args[0], heads.Element):
            return rf"\frac{{\partial {body[0]}}}{{\partial {variable[0]}}}", POWER
        inner = paired("[", body[0], "]")
        return rf"\frac{{\partial}}{{\partial {variable[0]}}} {inner}", MUL

    def antiderivative(self, node: Any) -> Text:
        body, variable = (self.show(a) for a in node.args)
        inner = body[0] if body[1] >= MUL else self.brackets(body[0])
        return rf"\int {inner} \, d{variable[0]}", MUL

    def total(self, node: Any) -> Text:
        if root(node.args[1]).kind.differentiable:
            return self.antiderivative(node)
        body, variable = (self.show(a) for a in node.args)
        inner = body[0] if body[1] >= MUL else self.brackets(body[0])
        return rf"\sum_{{{variable[0]}}} {inner}", MUL

    def expect(self, node: Any) -> Text:
        return rf"\operatorname{{E}}{paired('[', self.show(node.args[0])[0], ']')}", ATOM

    def root(self, node: Any) -> Text:
        body, variable = (self.show(a) for a in node.args)
        return rf"\operatorname{{root}}_{{{variable[0]}}}{paired('(', body[0], ')')}", ATOM

    def delta(self, node: Any) -> Text:
        return self.subscripted(r"\delta", node.args)

    def conditional(self, node: Any) -> Text:
        rows, rest = [], node
        while isinstance(rest, heads.Cond):
            test, yes, rest = rest.args
            rows.append(rf"{self.show(yes)[0]} & \text{{if }} {self.show(test)[0]}")
        rows.append(rf"{self.inside(rest, CONDITIONAL)} & \text{{otherwise}}")
        body = r" \\ ".join(rows)
        return rf"\begin{{cases}} {body} \end{{cases}}", ATOM


def paired(left: str, text: str, right: str) -> str:
    """Text between brackets that grow with it where it is tall."""
    tall = any(word in text for word in (r"\frac", r"\sum", r"\prod", r"\begin", r"\left", "^"))
    return rf"\left{left}{text}\right{right}" if tall else f"{left}{text}{right}"


def latex_name(name: str) -> str:
    """A name in LaTeX: Greek, a letter, or upright text; digits and what follows _ stand below."""
    head, *below = name.split("_")
    letters = head.rstrip("0123456789")
    if letters != head:
        below.insert(0, head[len(letters):])
    below = [_below(b) for b in below if b]
    tail = f"_{{{','.join(below)}}}" if below else ""
    if letters in _VARIANTS:
        return _VARIANTS[letters] + tail
    if greek(letters) != letters:
        return f"\\{letters}{tail}"
    if letters in _UPRIGHT:
        return _UPRIGHT[letters] + tail
    return letters + tail if len(letters) == 1 else rf"\mathrm{{{letters}}}{tail}"


def _below(part: str) -> str:
    """A part of a name as a subscript."""
    if greek(part) != part:
        return _VARIANTS.get(part, f"\\{part}")
    return part if len(part) == 1 or part.isdigit() else rf"\mathrm{{{part}}}"


def latex(node: Any, reserved: Sequence[str] = (), time: Any = None) -> str:
    """The expression in LaTeX; `time` is the dimension of a model's steps."""
    return Latex(reserved, time)(node)
