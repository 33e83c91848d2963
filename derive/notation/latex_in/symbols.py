"""Reading letters, words, accents, brackets, and the scripts that stand at them."""

from __future__ import annotations

from dataclasses import replace

from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in.cursor import Cursor
from derive.notation.latex_in.tokens import Token
from derive.notation.latex_in.tree import (
    Bars,
    Bracket,
    Comparison,
    Factors,
    Indicator,
    Junction,
    Node,
    Number,
    Scripted,
    Symbol,
)


class Symbols(Cursor):
    """Reads symbols, groups and brackets."""

    def symbol(self) -> Symbol:
        """A letter, a Greek letter or an upright word."""
        token = self.take()
        if token.kind == "letter":
            self.check_run(token)
            return Symbol(token.start, token.end, (token.text,), token.text)
        if token.kind == "word":
            return Symbol(token.start, token.end, (token.text,), token.text, word=True)
        return Symbol(token.start, token.end, words.LETTERS[token.text], token.text)

    def check_run(self, token: Token) -> None:
        """Refuses letters side by side that spell a function or a declared name."""
        if token.joined:
            return
        last = self.place
        while self.tokens[last].kind == "letter" and self.tokens[last].joined:
            last += 1
        run = self.text[token.start : self.tokens[last - 1].end]
        if len(run) < 2:
            return
        if run in words.WORDS or f"\\{run}" in words.PREFIX or f"\\{run}" in words.BIG or \
                (self.applies(Symbol(0, 0, (run,), run, word=True)) and len(run) > 2):
            known = f"\\{run}" if f"\\{run}" in words.KNOWN else f"\\operatorname{{{run}}}"
            raise self.error(replace(token, end=token.start + len(run)),
                             f"{run!r} is a product of letters in LaTeX; write {known}")
        if self.declared(run):
            raise self.error(replace(token, end=token.start + len(run)), f"{run!r} is a product "
                             f"of letters in LaTeX; write \\mathrm{{{run}}} for the name")

    def starts_symbol(self) -> bool:
        """Whether a letter or word stands here."""
        token = self.token
        return token.kind in ("letter", "word") or (token.kind == "command"
                                                    and token.text in words.LETTERS)

    def accented(self) -> Node:
        """A letter below an accent, or in another font, which changes nothing."""
        token = self.take()
        with self.nested():
            group = self.at("{")
            if token.text in words.BOLD_ONES and self.one_ahead(group):
                return self.indicator(token, group)
            body = self.group() if group else self.single(token)
        if token.text in ("\\mathbb", "\\mathbbm"):
            raise self.error(replace(token, end=self.behind), "of blackboard letters only the "
                             "indicator \\mathbb{1} is read in a formula")
        accent = words.ACCENTS.get(token.text)
        body = body.items[0] if isinstance(body, Bracket) and body.kind == "{" else body
        base = body.base if isinstance(body, Scripted) else body
        if isinstance(base, Factors) and accent is None:
            named = self.word_of(base)
            base, body = (named, named) if named else (base, body)
        if not isinstance(base, Symbol):
            if accent is None and isinstance(body, (Scripted, Number)):
                return body
            raise self.error(body, f"{token.text} is read over a letter")
        changed = replace(base, start=token.start, end=self.behind, names=_accented(base, accent),
                          sign=base.sign if accent is None else f"{token.text}{{{base.sign}}}")
        return replace(body, base=changed, start=token.start) if isinstance(body, Scripted) \
            else changed

    def word_of(self, node: Factors) -> Symbol | None:
        """Letters side by side in an upright font, as one word."""
        parts = [part for _, part in node.factors]
        if not all(isinstance(p, (Symbol, Number)) and len(self.text[p.start : p.end]) == 1
                   for p in parts):
            return None
        text = "".join(self.text[p.start : p.end] for p in parts)
        return Symbol(node.start, node.end, (text,), text, word=True)

    def one_ahead(self, group: bool) -> bool:
        """Whether the sign of an indicator stands here: 1, or the letter I."""
        place = self.place + group
        token = self.tokens[place]
        font = self.tokens[self.place - 1].text
        one = (token.kind == "number" and token.text == "1") or (
            font in ("\\mathbb", "\\mathbbm") and token.text == "I")
        return one and (not group or self.tokens[place + 1].text == "}")

    def indicator(self, start: Token, group: bool) -> Node:
        """`\\mathbf 1_{i = y}`, `\\mathbb{1}[i = y]`, `\\mathbf{1}_{i, y}`."""
        for _ in range(3 if group else 1):
            self.take()
        return self.indicated(start)

    def indicated(self, start: Token) -> Node:
        """The condition of an indicator, below it or in brackets after it."""
        if self.took("_"):
            body = self.group() if self.at("{") else self.single(start)
            while isinstance(body, Bracket) and len(body.items) == 1:
                body = body.items[0]
        elif self.at("[", "(", "\\{", "\\lbrace"):
            body = self.bracket()
        else:
            raise self.expected("the condition of the indicator, as in \\mathbf{1}_{i = y},")
        items = body.items if isinstance(body, Bracket) else (body,)
        if len(items) == 1 and not isinstance(items[0], (Comparison, Junction)):
            inner = split_letters(items[0])
            items = inner if len(inner) == 2 else items
        if len(items) == 1 and not isinstance(items[0], (Comparison, Junction)):
            raise self.error(items[0], "a condition was expected here, such as i = y")
        return Indicator(start.start, self.behind, items)

    def group(self) -> Node:
        """What stands between braces; several parts between commas make a bracket."""
        start = self.expect("{", "")
        if self.at("}"):
            raise self.expected("a formula")
        with self.nested(), self.inside("}"):
            items = self.listed()
        self.expect("}", "to close the group")
        if len(items) == 1 and not isinstance(items[0], Bracket):
            return items[0]
        return Bracket(start.start, self.behind, "{", items)

    def listed(self) -> tuple[Node, ...]:
        """Conditions or formulas between commas."""
        items = [self.condition()]
        while self.took(",", ";"):
            items.append(self.condition())
        return tuple(items)

    def single(self, after: Token) -> Node:
        """One token as the argument of a command or script, as TeX takes it."""
        token = self.token
        if token.kind == "number" and len(token.text) > 1:
            rest = replace(token, text=token.text[1:], start=token.start + 1)
            self.tokens[self.place] = rest
            return Number(token.start, token.start + 1, token.text[:1])
        if token.kind == "number":
            self.take()
            return Number(token.start, token.end, token.text)
        if self.starts_symbol():
            return self.symbol()
        if token.text in words.ACCENTS or token.text in words.FONTS:
            return self.accented()
        if token.kind == "command" and token.text in (*words.FRACTIONS, "\\sqrt", "\\pi"):
            return self.factor()
        raise self.expected(f"a letter, a number or a group in braces after {after.text}")

    def bracket(self) -> Bracket:
        """Items between round, square or curly brackets."""
        start = self.take()
        closing = words.OPENING[start.text]
        if self.at(closing):
            raise self.expected("a formula")
        with self.nested(), self.inside(closing):
            items = self.listed()
        self.expect(closing, f"to close the {start.text!r} at column {start.start + 1}")
        kind = {"\\{": "{", "\\lbrace": "{", "\\lbrack": "["}.get(start.text, start.text)
        return Bracket(start.start, self.behind, kind, items)

    def barred(self) -> Node:
        """An absolute value or a norm."""
        start = self.take()
        if start.text in words.RIGHT_BARS or start.side == "right":
            raise self.error(start, "this bar closes nothing")
        kind = words.BARS[start.text]
        with self.nested(), self.inside(kind):
            if self.at("|"):
                raise self.error(start, "for a norm, write \\lVert … \\rVert")
            body = self.formula()
            if not self.closes_bar() or words.BARS[self.token.text] != kind:
                raise self.expected(f"a bar to close the one at column {start.start + 1} (a "
                                    "condition, as in p(y | x), is not read)")
        self.take()
        return Bars(start.start, self.behind, kind, body)


def _accented(base: Symbol, accent: str | None) -> tuple[str, ...]:
    """The names of a letter with an accent: y_hat, yhat."""
    if accent is None:
        return base.names
    return tuple(f"{name}{joint}{accent}" for joint in ("_", "") for name in base.names)


def split_letters(node: Node) -> tuple[Node, ...]:
    """Symbols and numbers side by side, as the parts of a subscript: `ij`, `i1`."""
    if not isinstance(node, Factors) or any(op for op, _ in node.factors):
        return (node,)
    parts = tuple(part for _, part in node.factors)
    simple = all(isinstance(p, (Symbol, Number, Scripted)) for p in parts)
    return parts if simple else (node,)
