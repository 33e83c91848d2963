"""Reading letters, words, accents, brackets, and the scripts that stand at them."""

from __future__ import annotations

from dataclasses import replace

from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in import tree
from derive.notation.latex_in.cursor import Cursor
from derive.notation.latex_in.token_records import Token

_MOST_SPELLINGS = 8

def read_symbol(c: Cursor) -> tree.Symbol:
    """A letter, a Greek letter or an upright word."""
    token = c.take()
    if token.kind == "letter":
        check_run(c, token)
        return tree.Symbol(token.start, token.end, (token.text,), token.text)
    if token.kind == "word":
        return tree.Symbol(token.start, token.end, (token.text,), token.text, word=True)
    return tree.Symbol(token.start, token.end, words.LETTERS[token.text], token.text)


def check_run(c: Cursor, token: Token) -> None:
    """Refuses letters side by side that spell a function or a declared name."""
    check_number_e(c, token)
    if token.joined:
        return
    last = c.place
    while c.tokens[last].kind == "letter" and c.tokens[last].joined:
        last += 1
    run = c.text[token.start : c.tokens[last - 1].end]
    if len(run) < 2:
        return
    command = f"\\{run}"
    function = run in words.WORDS or command in words.PREFIX or command in words.BIG or (
        len(run) > 2 and (command in words.KNOWN or bool(
            c.applies(tree.Symbol(0, 0, (run,), run, word=True)))))
    if function or c.declared(run):
        instead = f"\\mathrm{{{run}}} for the name" if not function else \
            command if command in words.KNOWN else f"\\operatorname{{{run}}}"
        raise c.error(replace(token, end=token.start + len(run)),
                      f"{run!r} is a product of letters in LaTeX; write {instead}")


def check_number_e(c: Cursor, token: Token) -> None:
    """Refuses the number e among letters, as in `ex(z)`, but with a power: `xe^{-x}`."""
    behind = c.text[token.end:token.end + 1]
    beside = token.joined or (behind.isascii() and behind.isalpha() and
                              c.text[:token.start].rstrip()[-1:] != "_")
    if token.text == "e" and beside and not c.at("^") and not c.declared("e"):
        raise c.error(token, "e among letters may be the number e or part of a word; write "
                      "\\mathrm{e} for the number")


def starts_symbol(c: Cursor) -> bool:
    """Whether a letter or word stands here."""
    token = c.token
    return token.kind in ("letter", "word") or (token.kind == "command"
                                                and token.text in words.LETTERS)


def read_accented(c: Cursor) -> tree.Node:
    """A letter below an accent, or in another font, which changes nothing."""
    token = c.take()
    with c.nested():
        group = c.at("{")
        if token.text in words.BOLD_ONES and _is_indicator_sign(c, token.text, group):
            c.place += 3 if group else 1
            return read_condition_of_indicator(c, token)
        body = read_group(c) if group else read_single(c, token)
    if token.text in ("\\mathbb", "\\mathbbm"):
        if c.text[token.start:c.behind].rstrip("} ").endswith("E"):
            raise c.error(replace(token, end=c.behind), "expectations are not read from LaTeX; "
                          "write the sum, or the formula for one sample")
        raise c.error(replace(token, end=c.behind), "of blackboard letters only the "
                      "indicator \\mathbb{1} is read in a formula")
    body = body.items[0] if isinstance(body, tree.Bracket) and body.kind == "{" else body
    accent = words.ACCENTS.get(token.text)
    if accent is None:
        body = _spelled_word(c, token, body)
        if isinstance(body, tree.Number):
            return body
        if group and not isinstance(body, (tree.Symbol, tree.Scripted)):
            return tree.Bracket(token.start, c.behind, "(", (body,))
    return _with_accent(c, token, accent, body)


def _spelled_word(c: Cursor, token: Token, body: tree.Node) -> tree.Node:
    """Letters in a font as a word; bold ones are a product where no such word is declared."""
    word = _word_of(c, body)
    if word is None or (token.text in words.LETTER_FONTS and not c.declared(word.sign)):
        return body
    return word


def _with_accent(c: Cursor, token: Token, accent: str | None, body: tree.Node) -> tree.Node:
    """A letter, perhaps with scripts, with the accent over it."""
    if not isinstance(body, tree.Scripted):
        return _changed(c, token, accent, body, body)
    plain = accent is None and not isinstance(body.base, tree.Symbol)
    return body if plain else replace(body, base=_changed(c, token, accent, body.base, body),
                                      start=token.start)


def _changed(c: Cursor, token: Token, accent: str | None, base: tree.Node, body: tree.Node,
             ) -> tree.Symbol:
    """A letter with an accent, if there is one: y_hat or yhat."""
    if not isinstance(base, tree.Symbol):
        raise c.error(body, f"{token.text} is read over a letter")
    letter = replace(base, start=token.start, end=c.behind)
    if accent is None:
        return letter
    spellings = base.names[:_MOST_SPELLINGS]  # each accent doubles them
    names = tuple(f"{n}{joint}{accent}" for joint in ("_", "") for n in spellings)
    return replace(letter, names=names, sign=f"{token.text}{{{base.sign}}}")


def _word_of(c: Cursor, node: tree.Node) -> tree.Symbol | None:
    """Letters side by side in an upright font, as one word."""
    parts = [part for _, part in node.factors] if isinstance(node, tree.Factors) else []
    text = "".join(c.text[p.start : p.end] for p in parts)
    if not parts or len(text) > len(parts) or not all(
            isinstance(p, (tree.Symbol, tree.Number)) for p in parts):
        return None
    return tree.Symbol(node.start, node.end, (text,), text, word=True)


def _is_indicator_sign(c: Cursor, font: str, group: bool) -> bool:
    """Whether the sign of an indicator stands here: 1, or the letter I."""
    token = c.tokens[c.place + group]
    sign = (token.kind == "number" and token.text == "1") or (
        font in ("\\mathbb", "\\mathbbm") and token.text == "I")
    return sign and (not group or c.tokens[c.place + 2].text == "}")


def read_condition_of_indicator(c: Cursor, start: Token) -> tree.Node:
    r"""`\mathbf 1_{i = y}`, `\mathbb{1}[i = y]`, `\mathbf{1}_{i, y}`: what follows the sign."""
    if c.took("_"):
        body = read_group(c) if c.at("{") else read_single(c, start)
        while isinstance(body, tree.Bracket) and len(body.items) == 1:
            body = body.items[0]
    elif c.at("[", "(", "\\{", "\\lbrace"):
        body = read_bracket(c)
    else:
        raise c.expected("the condition of the indicator, as in \\mathbf{1}_{i = y},")
    if isinstance(body, tree.Indicator):  # 1_{[k = y]}
        return replace(body, start=start.start)
    items = body.items if isinstance(body, tree.Bracket) else (body,)
    if len(items) == 1 and not isinstance(items[0], (tree.Comparison, tree.Junction)):
        letters = split_letters(items[0])
        if len(letters) != 2:
            raise c.error(items[0], "a condition was expected here, such as i = y")
        items = letters
    return tree.Indicator(start.start, c.behind, items)


def read_inner(c: Cursor) -> tree.Node:
    r"""`\langle w, x \rangle`."""
    start = c.take()
    with c.nested(), c.inside("\\rangle"):
        left = c.formula()
        if not c.took(",", "|", "\\mid"):
            raise c.expected("a comma between the two parts of an inner product")
        right = c.formula()
    c.expect("\\rangle", f"to close the \\langle at column {start.start + 1}")
    return tree.Inner(start.start, c.behind, left, right)


def read_arguments(c: Cursor) -> tree.Nodes:
    """What stands in the brackets behind a function that the text defines: `(y | x; \\theta)`."""
    start = c.take()
    closing = words.OPENING[start.text]
    items: list[tree.Node] = []
    bars = "abs" if is_conditioned(c, 1) else closing  # a bar ends an argument
    with c.nested(), c.inside(bars):
        items.append(c.condition())
        while c.took(",", ";", "|", "\\mid", "\\vert"):
            items.append(c.condition())
    c.expect(closing, f"to close the {start.text!r} at column {start.start + 1}")
    return tuple(items)


def is_conditioned(c: Cursor, depth: int = 0) -> bool:
    """Whether the round bracket here holds a bar or semicolon, as in `p(y | x; \\theta)`.

    `depth` is 1 where the bracket has been passed.
    """
    bars = 0
    for token in c.tokens[c.place:]:
        if token.kind not in ("sign", "command"):
            continue
        depth += (token.text in ("{", *words.OPENING)) - (token.text in ("}", *words.CLOSING))
        if depth == 0:
            break
        if depth == 1 and token.text in ("\\mid", ";"):
            return True
        bars += depth == 1 and token.text in ("|", "\\vert")
    return bars == 1


def read_group(c: Cursor) -> tree.Node:
    """What stands between braces; several parts between commas make a bracket."""
    start = c.expect("{", "")
    if c.at("}"):
        raise c.expected("a formula")
    with c.nested(), c.inside("}"):
        items = read_list(c)
        if len(items) == 1 and c.at(*words.INFIX):
            items = (_infix(c, start, items[0]),)
    c.expect("}", "to close the group")
    if len(items) == 1 and not isinstance(items[0], tree.Bracket):
        return items[0]
    return tree.Bracket(start.start, c.behind, "{", items)


def _infix(c: Cursor, start: Token, above: tree.Node) -> tree.Node:
    """`{a \\over b}`, `{n \\choose k}`."""
    sign = c.take()
    below = c.formula()
    if words.INFIX[sign.text] == "fraction":
        return tree.Fraction(start.start, c.behind, above, below)
    return tree.Applied(start.start, c.behind, "binom", (above, below))


def read_list(c: Cursor) -> tree.Nodes:
    """Conditions or formulas between commas."""
    items = [c.condition()]
    while c.took(",", ";"):
        items.append(c.condition())
    return tuple(items)


def read_single(c: Cursor, after: Token) -> tree.Node:
    """One token as the argument of a command or script, as TeX takes it."""
    token = c.token
    if token.kind == "number" and len(token.text) > 1:
        rest = replace(token, text=token.text[1:], start=token.start + 1)
        c.tokens[c.place] = rest
        return tree.Number(token.start, token.start + 1, token.text[:1])
    if token.kind == "number":
        c.take()
        return tree.Number(token.start, token.end, token.text)
    if starts_symbol(c):
        return read_symbol(c)
    if token.text in words.ACCENTS or token.text in words.FONTS:
        return read_accented(c)
    if token.kind == "command" and token.text in (*words.FRACTIONS, "\\sqrt", "\\pi"):
        return c.factor()
    raise c.expected(f"a letter, a number or a group in braces after {after.text}")


def read_bracket(c: Cursor) -> tree.Bracket:
    """Items between round, square or curly brackets."""
    start = c.take()
    closing = words.OPENING[start.text]
    if c.at(closing):
        raise c.expected("a formula")
    with c.nested(), c.inside(closing):
        items = read_list(c)
    c.expect(closing, f"to close the {start.text!r} at column {start.start + 1}")
    kind = {"\\{": "{", "\\lbrace": "{", "\\lbrack": "["}.get(start.text, start.text)
    return tree.Bracket(start.start, c.behind, kind, items)


def read_bars(c: Cursor) -> tree.Node:
    """An absolute value or a norm."""
    start = c.take()
    if start.text in words.RIGHT_BARS or start.side == "right":
        raise c.error(start, "this bar closes nothing")
    kind = words.BARS[start.text]
    with c.nested(), c.inside(kind):
        body = c.formula()
        if not c.closes_bar() or words.BARS[c.token.text] != kind:
            raise c.expected(f"a bar to close the one at column {start.start + 1} (a "
                             "condition, as in p(y | x), is not read)")
    c.take()
    return tree.Bars(start.start, c.behind, kind, body)


def split_letters(node: tree.Node) -> tree.Nodes:
    """Symbols and numbers side by side, as the parts of a subscript: `ij`, `i1`."""
    if not isinstance(node, tree.Factors) or any(op for op, _ in node.factors):
        return (node,)
    parts = tuple(part for _, part in node.factors)
    simple = all(isinstance(p, (tree.Symbol, tree.Number, tree.Scripted)) for p in parts)
    return parts if simple else (node,)
