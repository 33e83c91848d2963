"""Reading functions, fractions, derivatives and roots."""

from __future__ import annotations

from derive.errors import NotationError
from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in.latex_reductions import Reductions
from derive.notation.latex_in.tokens import Token
from derive.notation.latex_in.tree import (
    Applied,
    Big,
    Bracket,
    Derivative,
    Fraction,
    Node,
    Number,
    Root,
    Scripted,
    Symbol,
)


class Operators(Reductions):
    """Reads what is applied to something."""

    OPERATORS = frozenset((*words.BIG, *words.PREFIX, "\\sqrt", "\\partial", "\\binom", "\\tbinom",
                           "\\dbinom", "\\pi", "\\arg"))

    def prefix_ahead(self) -> bool:
        """Whether a function that needs no brackets stands here."""
        return self.at(*words.PREFIX)

    def operator(self) -> Node | None:
        """What begins with a command of its own, or None."""
        token = self.token
        if token.kind == "begin":
            return self.cases()
        if token.kind == "text":
            raise self.expected("a formula")
        if token.kind == "word" and token.text in ("argmax", "max", "min"):
            return self.big()
        if token.kind != "command":
            return None
        if token.text in words.PREFIX:
            return self.prefixed()
        if token.text in words.BIG or token.text == "\\arg":
            return self.big()
        if token.text in words.FRACTIONS:
            return self.scripts(self.fraction())
        if token.text in ("\\binom", "\\tbinom", "\\dbinom"):
            self.take()
            parts = (self.argument(token), self.argument(token))
            return Applied(token.start, self.behind, "binom", parts)
        if token.text == "\\sqrt":
            return self.scripts(self.radical())
        if token.text == "\\partial":
            return self.inline_derivative()
        if token.text == "\\pi":
            self.take()
            return self.scripts(Symbol(token.start, token.end, ("pi",), "\\pi"))
        self.refuse(token)
        return None

    def refuse(self, token: Token) -> None:
        """Raises for what no formula of the notation can say."""
        reasons = {"\\nabla": "a gradient is asked for with --wrt; write \\frac{\\partial …}"
                   "{\\partial …} for one derivative",
                   "\\int": "integrals are not read from LaTeX", "\\infty": "∞ is no number here",
                   "\\middle": "write the bar without \\middle",
                   **dict.fromkeys(("\\dots", "\\ldots", "\\cdots", "\\vdots"),
                                   "dots leave terms out; write the sum with \\sum"),
                   "\\mid": "a condition after a bar is not read; say what it stands for"}
        if token.text in reasons:
            raise self.error(token, reasons[token.text])

    # Functions

    def prefixed(self) -> Node:
        """`\\log x`, `\\log(x)`, `\\sin^2 x`, `\\log_2 x`."""
        token = self.take()
        below, power = self.function_scripts(token)
        if self.at("(", "[", "\\{", "\\lbrace"):
            inner = self.bracket()
            if len(inner.items) > 1:
                raise self.error(inner, f"{token.text} takes one argument")
            if self.at("^"):
                raise self.error(self.token, f"this power may belong to the argument or to "
                                 f"{token.text}; write {token.text}^{{…}}(…) or a bracket "
                                 "around the whole")
            return self.scripts(Applied(token.start, self.behind, words.PREFIX[token.text],
                                        inner.items, below, power))
        if self.at("+", "-"):
            raise self.expected(f"the argument of {token.text}, in brackets where it has a sign,")
        if not self.starts_factor():
            raise self.expected(f"the argument of {token.text}")
        argument = self.factor()
        bare = not isinstance(argument, Big)
        return Applied(token.start, self.behind, words.PREFIX[token.text], (argument,), below,
                       power, bare)

    def function_scripts(self, token: Token) -> tuple[tuple[Node, ...], Node | None]:
        """The scripts between a function and its argument."""
        holder = Symbol(token.start, token.end, (token.text,), token.text)
        scripted = self.scripts(holder)
        if isinstance(scripted, Scripted) and scripted.base == holder and scripted.step is None:
            return scripted.below, scripted.power
        if scripted != holder:
            raise self.error(scripted, f"a base or a power was expected at {token.text}")
        return (), None

    def applied_or_scripted(self, symbol: Symbol) -> Node:
        """A symbol with its scripts, or the function it stands for with its arguments."""
        scripted = self.scripts(symbol)
        if not self.at("(", "[", "\\{", "\\lbrace") or self.token.spaced:
            return scripted
        base = scripted.base if isinstance(scripted, Scripted) else scripted
        if not isinstance(base, Symbol):
            return scripted
        below = scripted.below if isinstance(scripted, Scripted) else ()
        power = scripted.power if isinstance(scripted, Scripted) else None
        if isinstance(scripted, Scripted) and scripted.step is not None:
            return scripted
        function, below = self.function_of(base, below)
        if not function or (self.at("[") and not base.word):
            return scripted
        inner = self.bracket()
        if function == "?":
            raise NotationError(
                f"{base.sign} is declared, and it is a function too; write {base.sign} \\cdot (…) "
                f"for the product, \\operatorname{{{self.function_name(base)}}}(…) for the "
                "function", self.text, base.start + 1, base.end - base.start)
        return self.scripts(Applied(symbol.start, self.behind, function, inner.items, below, power))

    def function_of(self, base: Symbol, below: tuple[Node, ...]) -> tuple[str, tuple[Node, ...]]:
        """The function that a symbol with subscripts stands for, and the subscripts left."""
        if len(below) == 1 and isinstance(below[0], Number):
            sign = f"{base.sign}_{below[0].text}"
            if sign in words.SIGNS and not self.applies(base).startswith("?"):
                return words.SIGNS[sign], ()
        found = self.applies(base)
        if below and not base.word and found not in ("", "?"):
            return "", below
        return found, below

    def function_name(self, base: Symbol) -> str:
        """How a function is written where its sign is taken."""
        return words.SIGNS.get(base.sign, base.name)

    # Fractions, roots, derivatives

    def argument(self, token: Token) -> Node:
        """An argument of a command: a group, or one token."""
        with self.nested():
            if self.at("{"):
                body = self.group()
                if isinstance(body, Bracket) and body.kind == "{" and len(body.items) == 1:
                    return body.items[0]
                if isinstance(body, Bracket) and body.kind == "{":
                    raise self.error(body, "one formula was expected here")
                return body
            return self.single(token)

    def fraction(self) -> Node:
        """`\\frac{a}{b}`, or a derivative."""
        token = self.take()
        sign = self.differential()
        if sign:
            return self.derivative(token, sign)
        above = self.argument(token)
        below = self.argument(token)
        return Fraction(token.start, self.behind, above, below)

    def differential(self) -> str:
        """The sign of a derivative where the fraction here is one: `\\partial`, `d`, or none."""
        if not self.at("{"):
            return ""
        if self.ahead.text == "\\partial":
            return "\\partial"
        place = self.closing(self.place) + 1
        upright = [self.tokens[min(p, len(self.tokens) - 1)] for p in (self.place + 1, place + 1)]
        both = all(t.kind in ("letter", "word") and t.text == "d" for t in upright)
        if not both or self.declared("d") or self.tokens[place].text != "{":
            return ""
        return "d"

    def closing(self, place: int) -> int:
        """The place of the brace that closes the one at a place."""
        depth = 0
        for end in range(place, len(self.tokens)):
            depth += {"{": 1, "}": -1}.get(self.tokens[end].text, 0)
            if depth == 0:
                return end
        return len(self.tokens) - 1

    def derivative(self, token: Token, sign: str) -> Node:
        """`\\frac{\\partial L}{\\partial o_i}` or `\\frac{\\partial}{\\partial z} f(z)`."""
        self.take()
        self.take()
        order = self.order()
        body = None if self.at("}") else self.formula()
        self.expect("}", "")
        self.expect("{", "of the variable")
        by: list[Node] = []
        while self.at(sign) or (sign == "d" and self.token.text == "d"):
            self.take()
            variable = self.variable()
            times = 1
            if isinstance(variable, Scripted) and isinstance(variable.power, Number):
                times = self.small(variable.power)
                variable = variable.base if not variable.below else Scripted(
                    variable.start, variable.end, variable.base, variable.below)
            by += [variable] * times
        if not by:
            raise self.expected(f"{sign} and a variable")
        self.expect("}", "after the variable")
        if len(by) != order:
            raise self.error(by[0], f"the derivative is of order {order}, these are {len(by)} "
                             "variables")
        if body is not None:
            return Derivative(token.start, self.behind, body, tuple(by))
        if not self.starts_factor():
            raise self.expected("what is differentiated")
        body = self.factor()
        bare = not isinstance(body, (Bracket, Big))
        return Derivative(token.start, self.behind, body, tuple(by), bare)

    def variable(self) -> Node:
        """The variable of a derivative."""
        if not self.starts_symbol() and self.token.text not in (*words.ACCENTS, *words.FONTS):
            raise self.expected("a variable")
        if self.starts_symbol():
            return self.scripts(self.symbol())
        body = self.accented()
        return self.scripts(body)

    def order(self) -> int:
        """The order of a derivative, `\\partial^2`."""
        if not self.took("^"):
            return 1
        with self.nested():
            body = self.argument(self.token)
        return self.small(body)

    def small(self, node: Node) -> int:
        """A whole number from 1 to 4."""
        if not isinstance(node, Number) or node.text not in ("1", "2", "3", "4"):
            raise self.error(node, "the order of a derivative is a number from 1 to 4")
        return int(node.text)

    def inline_derivative(self) -> Node:
        """`\\partial L / \\partial o_i`."""
        start = self.take()
        body = self.variable()
        self.expect("/", "and \\partial")
        self.expect("\\partial", "and the variable")
        return Derivative(start.start, self.behind, body, (self.variable(),))

    def radical(self) -> Node:
        """`\\sqrt{x}`, `\\sqrt[3]{x}`."""
        token = self.take()
        degree: Node | None = None
        if self.at("["):
            inner = self.bracket()
            degree = inner.items[0]
        return Root(token.start, self.behind, self.argument(token), degree)
