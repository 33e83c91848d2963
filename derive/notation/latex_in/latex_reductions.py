"""Reading sums, products, maxima over an index, and cases."""

from __future__ import annotations

from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in.scripts import Scripts
from derive.notation.latex_in.symbols import split_letters
from derive.notation.latex_in.tokens import Token
from derive.notation.latex_in.tree import (
    Applied,
    Big,
    Bracket,
    Cases,
    Comparison,
    Node,
    Symbol,
    Terms,
)

_OTHERWISE = ("otherwise", "else")
_IF = ("if", "for", "when", "where")


class Reductions(Scripts):
    """Reads big operators and their limits."""

    def big(self) -> Node:
        """`\\sum_{k=1}^{K} f_k`: its body goes on to the next + or -."""
        token = self.take()
        name = self.operator_name(token)
        if name in ("max", "min", "argmax") and self.at("(", "\\{", "[", "\\lbrace"):
            inner = self.bracket()
            return self.scripts(Applied(token.start, self.behind, name, inner.items))
        if not self.at("_"):
            raise self.expected(f"an index below {token.text}, as in {token.text}_k,")
        return self.reduction(token, name)

    def operator_name(self, token: Token) -> str:
        """The notation's word for a big operator; `\\arg\\max` is one."""
        if token.kind == "word":
            return token.text
        if token.text != "\\arg":
            return words.BIG[token.text]
        if not self.took("\\max"):
            raise self.expected("\\max")
        return "argmax"

    def reduction(self, token: Token, name: str) -> Node:
        """Limits and body of a big operator."""
        binders: tuple[Node, ...] = ()
        where: tuple[Node, ...] = ()
        upper: Node | None = None
        while self.at("_", "^"):
            if self.take().text == "_":
                if binders:
                    raise self.error(self.tokens[self.place - 1], "a second lower limit")
                binders, where = self.limits(token)
            else:
                if upper is not None:
                    raise self.error(self.tokens[self.place - 1], "a second upper limit")
                upper = self.superscript(token)
        if not binders and not where:
            raise self.expected(f"an index below {token.text}")
        body = self.body(token)
        return Big(token.start, self.behind, name, binders, where, upper, body)

    def body(self, token: Token) -> Node:
        """The body: a product, which may begin with a sign."""
        start = self.token
        if self.at("+", "-"):
            sign = self.take().text
            return Terms(start.start, self.behind, ((sign, self.term()),))
        if not self.starts_factor():
            raise self.expected(f"the body of {token.text}")
        return self.term()

    def limits(self, token: Token) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
        """What stands below: symbols and bounds, and conditions after a colon or bar."""
        if not self.at("{"):
            return (self.single(token),), ()
        self.take()
        where: tuple[Node, ...] = ()
        with self.nested(), self.inside("}"):
            parts = self.listed()
            if self.took(":", "\\colon", "|", "\\mid"):
                where = self.listed()
        self.expect("}", "to close the limits")
        flat: list[Node] = []
        for part in parts:
            flat += split_letters(part)
        for part in flat:
            if not isinstance(part, (Symbol, Comparison)) and len(flat) > 0 and \
                    not self.is_condition(part):
                raise self.error(part, "an index was expected below the sign, as in k, k = 1 "
                                 "or k \\ne y")
        return tuple(flat), where

    def is_condition(self, node: Node) -> bool:
        """Whether a part below the sign is a condition."""
        return type(node).__name__ in ("Junction", "Negation")

    def cases(self) -> Node:
        """`\\begin{cases} a & \\text{if } c \\\\ b & \\text{otherwise} \\end{cases}`."""
        start = self.take()
        if start.text != "cases":
            raise self.error(start, f"the environment {start.text} is not read inside a formula")
        rows: list[tuple[Node, Node | None]] = []
        with self.nested(), self.inside("end"):
            while self.token.kind != "end":
                rows.append(self.case())
                if self.token.kind == "row":
                    self.take()
                elif self.token.kind != "end":
                    raise self.expected("\\\\ or \\end{cases}")
        if self.token.text != "cases":
            raise self.expected("\\end{cases}")
        self.take()
        if len(rows) < 2:
            raise self.error(start, "cases have at least two rows")
        for value, condition in rows[:-1]:
            if condition is None:
                raise self.error(value, "only the last row is the one for otherwise")
        return Cases(start.start, self.behind, tuple(rows))

    def case(self) -> tuple[Node, Node | None]:
        """One row: a value and its condition."""
        value = self.formula()
        self.took(",")
        self.expect("&", "before the condition of the row")
        if self.token.kind == "text":
            said = self.token.text.strip(" ,.~:$")
            if said in _OTHERWISE:
                self.take()
                self.took(".", ",")
                return value, None
            if said not in (*_IF, "not"):
                raise self.expected("\\text{if}, a condition or \\text{otherwise}")
            if said != "not":
                self.take()
        condition = self.condition()
        while self.took(",", ".", ";"):
            pass
        if isinstance(condition, (Symbol, Bracket)):
            raise self.error(condition, "a condition was expected, such as k = y")
        return value, condition
