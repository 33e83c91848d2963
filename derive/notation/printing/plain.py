"""Re-parsable text: `parse(plain(e)) == e`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sympy import Rational, true

from derive.core import heads
from derive.core.atoms import Index
from derive.functions.function_records import Function
from derive.notation.printing.precedence import ATOM, CONDITIONAL, MUL, OR, POWER, Text
from derive.notation.printing.printer import Printer

_WORDS: dict[type, str] = {heads.Sum: "sum", heads.Product: "prod", heads.Maximum: "max",
                           heads.Minimum: "min", heads.ArgMax: "argmax"}


class Plain(Printer):
    """Prints the notation itself."""

    infix: ClassVar[dict[str, str]] = {
        "-": "-", "minus": " - ", "plus": " + ", "@": " @ ", "pi": "pi",
        "euler_gamma": "euler_gamma",
        "Less": " < ",
        "LessEqual": " <= ", "Equal": " == ", "NotEqual": " != ", "Both": " and ",
        "Either": " or ", "Not": "not "}

    def leaf(self, node: Any) -> Text:
        return node.name, ATOM

    def subscripted(self, base: str, indices: Sequence[Any]) -> Text:
        return f"{base}[{', '.join(self.show(i)[0] for i in indices)}]", ATOM

    def fraction(self, above: Text, below: Text) -> Text:
        top = above[0] if above[1] >= MUL else self.brackets(above[0])
        bottom = below[0] if below[1] > MUL else self.brackets(below[0])
        return f"{top} / {bottom}", MUL

    def product(self, parts: list[Any], sign: str) -> Text:
        if len(parts) == 1:
            text, precedence = self.show(parts[0])
            if not sign:
                return text, precedence
            return sign + (text if precedence >= POWER else self.brackets(text)), MUL
        return sign + " * ".join(self.inside(p, POWER) for p in parts), MUL

    def power(self, base: Any, exponent: Any) -> Text:
        if exponent == Rational(1, 2):
            return self.word("sqrt", [self.show(base)[0]])
        above, precedence = self.show(exponent)
        if precedence < ATOM:
            above = self.brackets(above if "/" not in above else above.replace(" / ", "/"))
        return f"{self.inside(base, ATOM)}**{above}", POWER

    def function(self, function: Function, arguments: list[str]) -> Text:
        return self.word(function.name, arguments)

    def word(self, name: str, arguments: list[str]) -> Text:
        """A word of the notation, applied."""
        return f"{name}({', '.join(arguments)})", ATOM

    def unknown_function(self, name: str, base: str, order: int, arguments: list[str]) -> Text:
        return self.word(name, arguments)

    def comprehension(self, body: Any, index: Index, where: Any) -> str:
        text = f"{self.inside(body, OR)} for {index.name} in {index.dim}"
        return text if where is true else f"{text} if {self.show(where)[0]}"

    def reduction(self, head: type, body: Any, index: Index, where: Any) -> Text:
        return self.word(_WORDS[head], [self.comprehension(body, index, where)])

    def unique_maximum(self, node: Any) -> Text:
        return self.word("unique_maximum", [self.comprehension(*_opened(self, node))])

    def everywhere(self, condition: Any, index: Index, where: Any) -> Text:
        return f"all({self.comprehension(condition, index, where)})", ATOM

    def partial(self, node: Any) -> Text:
        return self.word("d", [self.show(a)[0] for a in node.args])

    def antiderivative(self, node: Any) -> Text:
        return self.word("integral", [self.show(a)[0] for a in node.args])

    def total(self, node: Any) -> Text:
        return self.word("total", [self.show(a)[0] for a in node.args])

    def expect(self, node: Any) -> Text:
        return self.word("expect", [self.show(a)[0] for a in node.args])

    def root(self, node: Any) -> Text:
        return self.word("root", [self.show(a)[0] for a in node.args])

    def delta(self, node: Any) -> Text:
        return self.word("delta", [self.show(a)[0] for a in node.args])

    def conditional(self, node: Any) -> Text:
        test, yes, no = node.args
        return (f"{self.inside(yes, OR)} if {self.inside(test, OR)} else "
                f"{self.inside(no, CONDITIONAL)}"), CONDITIONAL


def _opened(printer: Printer, node: Any) -> tuple[Any, Index, Any]:
    index, body, where = printer.named(node.args[0])
    return body, index, where


def plain(node: Any, reserved: Sequence[str] = (), time: Any = None) -> str:
    """The expression in the notation, on one line; `time` changes nothing here."""
    return Plain(reserved, time)(node)
