"""A derivation in LaTeX: chains of equations in environments of amsmath."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from derive.derivation import Derivation
from derive.notation.printing.latex import latex
from derive.outgoing_text import plain_signs
from derive.proof import Refusal
from derive.rendering.derivation_contents import (
    Arrays,
    Chain,
    Code,
    Condition,
    Entry,
    Formulas,
    Notation,
    Sentence,
    Tabular,
    Title,
    contents,
    in_form,
)
from derive.rendering.latex_phrases import pieces

_ESCAPES = str.maketrans({"&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_", "$": r"\$", "{": r"\{",
                          "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
                          "\\": r"\textbackslash{}"})

_TOKEN = re.compile(r"[{}()\[\]]| [-+] ")
_LONG = 180  # signs of LaTeX after which a sum goes on below


def latex_document(subject: Derivation | Refusal, detail: str = "normal") -> str:
    r"""The equations as `align*` environments, for a document with amsmath.

    What stands above and below them on a page, such as the title, is a comment.
    """
    return "\n".join(filter(None, in_form(contents(subject, detail), _DOCUMENT)))


def display_latex(subject: Derivation | Refusal) -> str:
    """A derivation for a notebook that is turned into LaTeX: all of it typeset."""
    return "\n\n".join(filter(None, in_form(contents(subject), _TYPESET)))


def _title(entry: Title) -> str:
    return _comment(entry.plain)


def _sentence(entry: Sentence) -> str:
    if entry.block == "head" or entry.name == "verification":
        return _comment(f"{entry.label}: {entry.words}" if entry.label else entry.words)
    if entry.name == "facts":
        return f"\\par {escaped(entry.full)}"
    return f"\n{escaped(entry.label.capitalize())}: {escaped(entry.full)}"


def _notation(entry: Notation) -> str:
    """Texts of the notation: a comment above the equations, a sentence below them."""
    if entry.block == "premises":
        lines = entry.separator.join(entry.lines or ("nothing",))
        return _comment(f"{entry.label}: {lines}")
    return f"\n{_typeset_notation(entry)}"


def _formulas(entry: Formulas) -> str:
    """Results: a comment where the chains end with them, else equations."""
    if entry.name == "results":
        return "\n".join(_comment(f"{entry.label}: {text}") for text in entry.notations)
    return f"{entry.label.capitalize()}:\n{aligned(list(map(_sides, entry.results)), 'align*')}"


def _arrays(entry: Arrays) -> str:
    head = [] if entry.name == "model" else ["In matrices:"]
    return "\n".join([*head, aligned(entry.rows("latex"), "align*")])


def _chain(entry: Chain) -> str:
    """A chain of equations under its note."""
    note = entry.part.note
    return "\n".join([*([escaped(note)] if note else []), align(entry, "align*")])


def _condition(entry: Condition) -> str:
    return condition_sentence(entry)


def _tabular(entry: Tabular) -> str:
    """Rows of numbers under each other."""
    rows = [" & ".join(map(escaped, row)) + r" \\" for row in (entry.heads, *entry.rows)]
    columns = "l" + "r" * (len(entry.heads) - 1)
    return "\n".join([f"{escaped(entry.label.capitalize())}:", "",
                      rf"\begin{{tabular}}{{{columns}}}", rows[0], r"\hline", *rows[1:],
                      r"\end{tabular}", ""])


def _code(entry: Code) -> str:
    return _comment(f"{entry.label}: {entry.text}")


_DOCUMENT: Mapping[type[Entry], Callable[[Any], str]] = {
    Title: _title, Sentence: _sentence, Notation: _notation, Formulas: _formulas,
    Arrays: _arrays, Chain: _chain, Condition: _condition, Tabular: _tabular, Code: _code}


def _typeset_title(entry: Title) -> str:
    return rf"\textbf{{{escaped(entry.words)}}}"


def _typeset_sentence(entry: Sentence) -> str:
    words = escaped(entry.full)
    if entry.name == "source":
        return rf"\emph{{{words}}}"
    return f"{escaped(entry.label.capitalize())}: {words}" if entry.label else words


def _typeset_notation(entry: Notation) -> str:
    lines = [rf"\texttt{{{plain_text(line)}}}" for line in entry.lines] or ["nothing"]
    return f"{plain_text(entry.label.capitalize())}: {entry.separator.join(lines)}."


def _typeset_formulas(entry: Formulas) -> str:
    label = f"{entry.label[:1].upper()}{entry.label[1:]}"
    return f"{escaped(label)}:\n{aligned(list(map(_sides, entry.results)), 'align*')}"


def _typeset_code(entry: Code) -> str:
    return rf"{plain_text(entry.label.capitalize())}: \texttt{{{plain_text(entry.text)}}}"


_TYPESET: Mapping[type[Entry], Callable[[Any], str]] = {
    **_DOCUMENT, Title: _typeset_title, Sentence: _typeset_sentence, Notation: _typeset_notation,
    Formulas: _typeset_formulas, Code: _typeset_code}


def _comment(words: str) -> str:
    """Words as comments, line by line."""
    return "\n".join(f"% {line}" for line in plain_signs(words).splitlines())


def _sides(derivation: Derivation) -> tuple[str, str]:
    """What was derived and its result."""
    left, right = (latex(node, derivation.reserved, derivation.time)
                   for node in (derivation.quantity, derivation.result))
    return left, right


def aligned(rows: Sequence[tuple[str, str]], environment: str) -> str:
    """Equations under each other, in an environment of amsmath."""
    return _environment([_equation(f"{left} ", broken(right)) for left, right in rows],
                        environment)


def _equation(left: str, pieces: Sequence[str]) -> str:
    """An equation whose right side goes on below in further pieces."""
    return " \\\\\n  &\\quad".join([f"{left}&= {pieces[0]}", *pieces[1:]])


def _environment(rows: Sequence[str], environment: str) -> str:
    body = " \\\\\n  ".join(rows)
    return f"\\begin{{{environment}}}\n  {body}\n\\end{{{environment}}}"


def broken(formula: str) -> list[str]:
    """A long sum in pieces, broken before signs that no bracket holds."""
    depth, start, pieces = 0, 0, []
    for match in _TOKEN.finditer(formula):
        token = match.group()
        if token in ("{", "(", "["):
            depth += 1
        elif token in ("}", ")", "]"):
            depth -= 1
        elif depth == 0 and match.start() - start > _LONG:
            pieces.append(formula[start:match.start()])
            start = match.start()
    return [*pieces, formula[start:]]


def align(chain: Chain, environment: str) -> str:
    """A chain of equations in an environment of amsmath."""
    reserved, time = chain.part.reserved, chain.part.time
    rows: list[str] = []
    for row in chain.rows:
        label = f" && {margin(row.rules)}" if row.rules else ""
        left = "" if row.left is None else f"{latex(row.left, reserved, time)} "
        line = latex(row.line, reserved, time)
        rows.append(_equation(left, [line] if time is None else broken(line)) + label)
    return _environment(rows, environment)


def condition_sentence(entry: Condition) -> str:
    """A sentence on a condition under which the results hold, with LaTeX."""
    formula = latex(entry.formula, entry.part.reserved, entry.part.time)
    return f"Provided that ${formula}${' for every index' if entry.indexed else ''}."


def escaped(words: str) -> str:
    """Words for LaTeX's text mode, formulas in them as formulas."""
    return "".join(f"${piece.text}$" if piece.formula else plain_text(piece.text)
                   for piece in pieces(plain_signs(words)))


def margin(words: str) -> str:
    """Words for LaTeX's mathematics, formulas in them as formulas."""
    return "".join(piece.text if piece.formula else rf"\text{{{plain_text(piece.text)}}}"
                   for piece in pieces(plain_signs(words)))


def plain_text(words: str) -> str:
    """Words without formulas for LaTeX's text mode."""
    return plain_signs(words).translate(_ESCAPES)
