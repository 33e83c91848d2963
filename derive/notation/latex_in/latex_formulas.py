"""Reading conditions, sums, products and their factors."""

from __future__ import annotations

from dataclasses import replace

from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in.operators import Operators
from derive.notation.latex_in.tree import (
    Applied,
    Bracket,
    Comparison,
    Derivative,
    Factors,
    Indicator,
    Junction,
    Negation,
    Node,
    Number,
    Scripted,
    Symbol,
    Terms,
)

_ENDS = {"and": words.AND, "or": words.OR}


class Formulas(Operators):
    """Reads whole formulas; the tokens end at one of kind `stop`."""

    def condition(self) -> Node:
        """Conditions joined by `or`, each of conditions joined by `and`."""
        return self.joined("or")

    def joined(self, word: str) -> Node:
        items = [self.joined("and") if word == "or" else self.comparison()]
        while self.at(*_ENDS[word]) or self.said(word):
            self.take()
            items.append(self.joined("and") if word == "or" else self.comparison())
        if len(items) == 1:
            return items[0]
        return Junction(items[0].start, self.behind, word, tuple(items))

    def said(self, *said: str) -> bool:
        """Whether one of these words stands here as text."""
        return self.token.kind == "text" and self.token.text.strip(" ,~") in said

    def comparison(self) -> Node:
        """A formula, or formulas with relations between them."""
        with self.nested():
            if self.at("\\neg", "\\lnot") or self.said("not"):
                start = self.take()
                return Negation(start.start, self.behind, self.comparison())
            items, relations = [self.formula()], []
            while self.at(*words.RELATIONS) and not self.ends_row():
                relations.append(words.RELATIONS[self.take().text])
                items.append(self.formula())
        if not relations:
            return items[0]
        return Comparison(items[0].start, self.behind, tuple(items), tuple(relations))

    def ends_row(self) -> bool:
        """Whether an equals sign here joins the sides of an equation."""
        return self.rows > 0 and self.depth == 1 and self.at("=")

    def formula(self) -> Node:
        """Terms with signs between them."""
        with self.nested():
            start = self.token
            sign = self.take().text if self.at("+", "-") else "+"
            terms = [(sign, self.term())]
            while self.at("+", "-"):
                sign = self.take().text
                terms.append((sign, self.term()))
        if len(terms) == 1 and sign == "+" and terms[0][0] == "+":
            return terms[0][1]
        return Terms(start.start, self.behind, tuple(terms))

    def term(self) -> Node:
        """Factors side by side, or with a sign between them."""
        factors = [("", self.factor())]
        while True:
            if self.at(*words.TIMES, "/"):
                self.check_bare(factors[-1][1])
                sign = self.take()
                if self.at("+", "-"):
                    raise self.expected("a factor in brackets")
                factors.append((sign.text, self.factor()))
            elif self.starts_factor():
                self.check_beside(factors[-1])
                factors.append(("", self.factor()))
            else:
                break
        if len(factors) == 1:
            return factors[0][1]
        return Factors(factors[0][1].start, self.behind, tuple(factors))

    def check_bare(self, factor: Node) -> None:
        """Refuses a factor after `\\log x`, which may belong to its argument."""
        if not isinstance(factor, (Applied, Derivative)) or not factor.bare:
            return
        name = self.text[factor.start : factor.end].strip()
        name = name if len(name) < 30 else f"{name[:27]}…"
        raise self.error(self.token, f"this may belong into {name} or stand beside it; "
                         "put the argument of the function into brackets")

    def check_beside(self, last: tuple[str, Node]) -> None:
        """Refuses a factor beside others whose place is not certain."""
        if last[0] == "/":
            raise self.error(self.token, "this may stand above or below the line of the "
                             "fraction; write \\frac{…}{…} or brackets")
        if not self.prefix_ahead():
            self.check_bare(last[1])
        if self.token.kind == "number":
            raise self.error(self.token, "a number after a factor; write \\cdot for a product, "
                             "braces for more than one sign in a script, x^{10}")
        if self.at("[") and not self.token.side and isinstance(last[1], (Symbol, Scripted)):
            raise self.error(self.token, "an operator was expected here; a subscript is written "
                             "o_i, a product with \\left[ or round brackets")

    def starts_factor(self) -> bool:
        """Whether a factor begins here."""
        token = self.token
        if self.closes_bar():
            return False
        if token.kind in ("letter", "word", "number"):
            return True
        if token.kind == "begin":
            return token.text == "cases"
        if token.kind == "sign":
            return token.text in ("(", "[", "{", "|")
        return token.kind == "command" and (
            token.text in words.LETTERS or token.text in words.ACCENTS or token.text in words.FONTS
            or token.text in words.OPENING or token.text in words.BARS
            or token.text in words.FRACTIONS or token.text in self.OPERATORS or self.prefix_ahead())

    def factor(self) -> Node:
        """A function, an operator, or an atom with its scripts."""
        with self.nested():
            operator = self.operator()
            if operator is not None:
                return operator
            token = self.token
            if self.starts_symbol():
                return self.applied_or_scripted(self.symbol())
            if token.text in words.ACCENTS or token.text in words.FONTS:
                body = self.accented()
                return self.applied_or_scripted(body) if isinstance(body, Symbol) \
                    else self.scripts(body)
            if token.kind == "number":
                self.take()
                number = Number(token.start, token.end, token.text)
                return self.indicator_of_digit(number) or self.scripts(number)
            if self.at("{"):
                return self.scripts(self.braced())
            if self.at(*words.OPENING):
                return self.scripts(self.iverson(self.bracket()))
            if self.at(*words.BARS):
                return self.scripts(self.barred())
        raise self.expected("a formula")

    def braced(self) -> Node:
        """A group in braces, which are brackets that are not seen."""
        start = self.token
        body = self.group()
        if isinstance(body, Bracket) and body.kind == "{" and len(body.items) > 1:
            raise self.error(body, "one formula was expected here")
        if isinstance(body, (Symbol, Number, Scripted)):
            return replace(body, start=start.start, end=self.behind) if not isinstance(
                body, Scripted) else Bracket(start.start, self.behind, "{", (body,))
        return Bracket(start.start, self.behind, "(", (body,))

    def indicator_of_digit(self, number: Number) -> Node | None:
        """`1_{m = T}`: an indicator with a plain 1."""
        if number.text != "1" or not self.at("_"):
            return None
        return self.indicated(self.tokens[self.place - 1])

    def iverson(self, bracket: Bracket) -> Node:
        """`[i = y]`: 1 where the condition holds."""
        if bracket.kind == "[" and len(bracket.items) == 1 and \
                isinstance(bracket.items[0], (Comparison, Junction, Negation)):
            return Indicator(bracket.start, bracket.end, bracket.items)
        return bracket

