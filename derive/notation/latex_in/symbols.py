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


def read_symbol(c: Cursor) -> Symbol:
    """A letter, a Greek letter or an upright word."""
    token = c.take()
    if token.kind == "letter":
        check_run(c, token)
        return Symbol(token.start, token.end, (token.text,), token.text)
    if token.kind == "word":
        return Symbol(token.start, token.end, (token.text,), token.text, word=True)
    return Symbol(token.start, token.end, words.LETTERS[token.text], token.text)


def check_run(c: Cursor, token: Token) -> None:
    """Refuses letters side by side that spell a function or a declared name."""
    if token.joined:
        return
    last = c.place
    while c.tokens[last].kind == "letter" and c.tokens[last].joined:
        last += 1
    run = c.text[token.start : c.tokens[last - 1].end]
    if len(run) < 2:
        return
    if run in words.WORDS or f"\\{run}" in words.PREFIX or f"\\{run}" in words.BIG or \
            (c.applies(Symbol(0, 0, (run,), run, word=True)) and len(run) > 2):
        known = f"\\{run}" if f"\\{run}" in words.KNOWN else f"\\operatorname{{{run}}}"
        raise c.error(replace(token, end=token.start + len(run)),
                      f"{run!r} is a product of letters in LaTeX; write {known}")
    if c.declared(run):
        raise c.error(replace(token, end=token.start + len(run)), f"{run!r} is a product "
                      f"of letters in LaTeX; write \\mathrm{{{run}}} for the name")


def starts_symbol(c: Cursor) -> bool:
    """Whether a letter or word stands here."""
    token = c.token
    return token.kind in ("letter", "word") or (token.kind == "command"
                                                and token.text in words.LETTERS)


def read_accented(c: Cursor) -> Node:
    """A letter below an accent, or in another font, which changes nothing."""
    token = c.take()
    with c.nested():
        group = c.at("{")
        if token.text in words.BOLD_ONES and one_ahead(c, group):
            return read_indicator(c, token, group)
        body = read_group(c) if group else read_single(c, token)
    if token.text in ("\\mathbb", "\\mathbbm"):
        raise c.error(replace(token, end=c.behind), "of blackboard letters only the "
                      "indicator \\mathbb{1} is read in a formula")
    accent = words.ACCENTS.get(token.text)
    body = body.items[0] if isinstance(body, Bracket) and body.kind == "{" else body
    base = body.base if isinstance(body, Scripted) else body
    if isinstance(base, Factors) and accent is None:
        named = word_of(c, base)
        base, body = (named, named) if named else (base, body)
    if not isinstance(base, Symbol):
        if accent is None and isinstance(body, (Scripted, Number)):
            return body
        raise c.error(body, f"{token.text} is read over a letter")
    changed = replace(base, start=token.start, end=c.behind, names=_accented(base, accent),
                      sign=base.sign if accent is None else f"{token.text}{{{base.sign}}}")
    return replace(body, base=changed, start=token.start) if isinstance(body, Scripted) \
        else changed


def word_of(c: Cursor, node: Factors) -> Symbol | None:
    """Letters side by side in an upright font, as one word."""
    parts = [part for _, part in node.factors]
    if not all(isinstance(p, (Symbol, Number)) and len(c.text[p.start : p.end]) == 1
               for p in parts):
        return None
    text = "".join(c.text[p.start : p.end] for p in parts)
    return Symbol(node.start, node.end, (text,), text, word=True)


def one_ahead(c: Cursor, group: bool) -> bool:
    """Whether the sign of an indicator stands here: 1, or the letter I."""
    place = c.place + group
    token = c.tokens[place]
    font = c.tokens[c.place - 1].text
    one = (token.kind == "number" and token.text == "1") or (
        font in ("\\mathbb", "\\mathbbm") and token.text == "I")
    return one and (not group or c.tokens[place + 1].text == "}")


def read_indicator(c: Cursor, start: Token, group: bool) -> Node:
    """`\\mathbf 1_{i = y}`, `\\mathbb{1}[i = y]`, `\\mathbf{1}_{i, y}`."""
    for _ in range(3 if group else 1):
        c.take()
    return read_condition_of_indicator(c, start)


def read_condition_of_indicator(c: Cursor, start: Token) -> Node:
    """The condition of an indicator, below it or in brackets after it."""
    if c.took("_"):
        body = read_group(c) if c.at("{") else read_single(c, start)
        while isinstance(body, Bracket) and len(body.items) == 1:
            body = body.items[0]
    elif c.at("[", "(", "\\{", "\\lbrace"):
        body = read_bracket(c)
    else:
        raise c.expected("the condition of the indicator, as in \\mathbf{1}_{i = y},")
    items = body.items if isinstance(body, Bracket) else (body,)
    if len(items) == 1 and not isinstance(items[0], (Comparison, Junction)):
        inner = split_letters(items[0])
        items = inner if len(inner) == 2 else items
    if len(items) == 1 and not isinstance(items[0], (Comparison, Junction)):
        raise c.error(items[0], "a condition was expected here, such as i = y")
    return Indicator(start.start, c.behind, items)


def read_group(c: Cursor) -> Node:
    """What stands between braces; several parts between commas make a bracket."""
    start = c.expect("{", "")
    if c.at("}"):
        raise c.expected("a formula")
    with c.nested(), c.inside("}"):
        items = read_list(c)
    c.expect("}", "to close the group")
    if len(items) == 1 and not isinstance(items[0], Bracket):
        return items[0]
    return Bracket(start.start, c.behind, "{", items)


def read_list(c: Cursor) -> tuple[Node, ...]:
    """Conditions or formulas between commas."""
    items = [c.condition()]
    while c.took(",", ";"):
        items.append(c.condition())
    return tuple(items)


def read_single(c: Cursor, after: Token) -> Node:
    """One token as the argument of a command or script, as TeX takes it."""
    token = c.token
    if token.kind == "number" and len(token.text) > 1:
        rest = replace(token, text=token.text[1:], start=token.start + 1)
        c.tokens[c.place] = rest
        return Number(token.start, token.start + 1, token.text[:1])
    if token.kind == "number":
        c.take()
        return Number(token.start, token.end, token.text)
    if starts_symbol(c):
        return read_symbol(c)
    if token.text in words.ACCENTS or token.text in words.FONTS:
        return read_accented(c)
    if token.kind == "command" and token.text in (*words.FRACTIONS, "\\sqrt", "\\pi"):
        return c.factor()
    raise c.expected(f"a letter, a number or a group in braces after {after.text}")


def read_bracket(c: Cursor) -> Bracket:
    """Items between round, square or curly brackets."""
    start = c.take()
    closing = words.OPENING[start.text]
    if c.at(closing):
        raise c.expected("a formula")
    with c.nested(), c.inside(closing):
        items = read_list(c)
    c.expect(closing, f"to close the {start.text!r} at column {start.start + 1}")
    kind = {"\\{": "{", "\\lbrace": "{", "\\lbrack": "["}.get(start.text, start.text)
    return Bracket(start.start, c.behind, kind, items)


def read_bars(c: Cursor) -> Node:
    """An absolute value or a norm."""
    start = c.take()
    if start.text in words.RIGHT_BARS or start.side == "right":
        raise c.error(start, "this bar closes nothing")
    kind = words.BARS[start.text]
    with c.nested(), c.inside(kind):
        if c.at("|"):
            raise c.error(start, "for a norm, write \\lVert … \\rVert")
        body = c.formula()
        if not c.closes_bar() or words.BARS[c.token.text] != kind:
            raise c.expected(f"a bar to close the one at column {start.start + 1} (a "
                             "condition, as in p(y | x), is not read)")
    c.take()
    return Bars(start.start, c.behind, kind, body)


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
