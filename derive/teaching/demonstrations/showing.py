"""Demonstrations that were run, as text, as a page, and as a notebook.

Each form is a table: what it makes of each kind of block.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from derive.outgoing_text import escape
from derive.proof import Refusal
from derive.rendering.forms import render
from derive.rendering.layout import folded
from derive.rendering.notebook import Cell, cells, written
from derive.rendering.page.article import article
from derive.rendering.page.document import document
from derive.rendering.page.page_tables import table
from derive.rendering.page.plots import SCRIPTS, STYLES
from derive.rendering.page.refutation_article import refusal_article
from derive.rendering.pictures import in_words
from derive.rendering.text_page import TextPage, in_ascii
from derive.rendering.text_tables import text_table
from derive.teaching.demonstrations.demonstration import (
    Block,
    Code,
    Derived,
    Plot,
    Shown,
    Table,
    Words,
)
from derive.teaching.demonstrations.moving_pictures import moving_block, moving_caption
from derive.teaching.demonstrations.prose import html_of, markdown_of, text_of

Wording = Callable[[str], str]  # how prose is shown
_TYPED = str.maketrans({"’": "'", "“": '"', "”": '"', "–": "-", "×": "x", "∞": "inf"})


# Text


def demonstration_text(shown: Shown, width: int = 80, ascii: bool = False, color: bool = False,
                       ) -> str:
    """A demonstration as lines of text."""
    page, demo = TextPage(width, ascii, color), shown.demo
    word = partial(text_of, names=demo.names, time=demo.time, ascii=ascii)
    lines = [*(page.styled(line, "bold") for line in _wrapped(page, demo.title)), "",
             *_wrapped(page, demo.question), "", *_wrapped(page, word(demo.answer), "  ")]
    for block in shown.blocks:
        lines += ["", *_TEXT[type(block)](page, _worded(block, word))]
    return "\n".join(lines)


def _worded(block: Block, word: Wording) -> Block:
    """A block whose prose is shown as `word` does; the empty one stays empty."""
    if isinstance(block, Words):
        return replace(block, text=word(block.text))
    if isinstance(block, (Derived, Code)):
        return replace(block, says=word(block.says))
    if isinstance(block, Table):
        return replace(block, caption=word(block.caption), columns=tuple(map(word, block.columns)),
                       rows=tuple(tuple(map(word, row)) for row in block.rows))
    return block


def _wrapped(page: TextPage, text: str, indent: str = "") -> list[str]:
    """Words broken to the width."""
    words = _typed(page, " ".join(text.split()))
    return [f"{indent}{line}" for line in folded(words, page.width - len(indent), "")]


def _typed(page: TextPage, words: str) -> str:
    """In ASCII, quotation marks and dashes as on a typewriter; accents taken off (ŷ is y_hat)."""
    return in_ascii(words.translate(_TYPED).replace("ŷ", "y_hat")) if page.ascii else words


def _text_of_derived(page: TextPage, block: Derived) -> list[str]:
    says = _wrapped(page, block.says) if block.says else []
    if isinstance(block.result, str):
        return [*says, *_wrapped(page, block.result, "  ")]
    options = {"width": page.width - 4, "ascii": page.ascii, "color": page.color}
    text = render(block.result, "text", block.detail, **options)
    return [*says, *(f"    {line}".rstrip() for line in text.splitlines())]


def _text_of_plot(page: TextPage, block: Plot) -> list[str]:
    how = f"(drawn by: derive plot {block.name} --output FILE.png)"
    return [line for words in (*in_words(block.picture).splitlines(), how)
            for line in _wrapped(page, words, "  ")]


def _text_of_code(page: TextPage, block: Code) -> list[str]:
    return [*_wrapped(page, block.says), "",
            *(f"    {line}".rstrip() for line in block.source.splitlines())]


_TEXT: dict[type, Callable[[TextPage, Any], list[str]]] = {
    Words: lambda page, block: _wrapped(page, block.text), Derived: _text_of_derived,
    Table: lambda page, block: [*_wrapped(page, block.caption), "", *text_table(
        [_typed(page, column) for column in block.columns],
        [[_typed(page, cell) for cell in row] for row in block.rows], page.width)],
    Plot: _text_of_plot, Code: _text_of_code}


# A page


def demonstration_page(shown: Shown, embed_font: Path | None = None) -> str:
    """A demonstration as a page that needs no network and no other file."""
    demo = shown.demo
    word = partial(html_of, names=demo.names, time=demo.time)
    body = [f'<header><h1>{escape(demo.title)}</h1><p class="source">{word(demo.question)}</p>'
            f'</header><p class="answer"><strong>Answer.</strong> {word(demo.answer)}</p>',
            *(_HTML[type(block)](_worded(block, word), f"part{place}")
              for place, block in enumerate(shown.blocks))]
    plots = any(isinstance(block, Plot) for block in shown.blocks)
    return document(demo.title, "\n".join(body), styles=STYLES if plots else (),
                    scripts=SCRIPTS if plots else (), embed_font=embed_font)


def _html_of_words(block: Words, prefix: str) -> str:
    return f"<p>{block.text}</p>"


def _html_of_derived(block: Derived, prefix: str) -> str:
    says = f"<p>{block.says}</p>\n" if block.says else ""
    if isinstance(block.result, str):
        return f"{says}<p>{escape(block.result)}</p>"
    if isinstance(block.result, Refusal):
        return says + refusal_article(block.result, block.detail, 2, prefix)
    return says + article(block.result, block.detail, 2, prefix)


def _html_of_table(block: Table, prefix: str) -> str:
    return table(block.caption, block.columns, block.rows)


def _html_of_plot(block: Plot, prefix: str) -> str:
    words = moving_caption(block.picture)
    caption = f"<p>{escape(words[:1].upper() + words[1:])}.</p>" if words else ""
    return f"<section>{moving_block(block.picture)}{caption}</section>"


def _html_of_code(block: Code, prefix: str) -> str:
    return f'<p>{block.says}</p><pre class="scroll"><code>{escape(block.source)}</code></pre>'


_HTML: dict[type, Callable[[Any, str], str]] = {
    Words: _html_of_words, Derived: _html_of_derived, Table: _html_of_table, Plot: _html_of_plot,
    Code: _html_of_code}


# A notebook


def demonstration_notebook(shown: Shown) -> str:
    """A demonstration as the text of an .ipynb file."""
    return written(_demonstration_cells(shown))


def demonstration_markdown(shown: Shown) -> str:
    """The words, formulas and tables of a demonstration, as a notebook displays them."""
    return "\n\n".join(text for kind, text in _demonstration_cells(shown) if kind == "markdown")


def _demonstration_cells(shown: Shown) -> list[Cell]:
    demo = shown.demo
    word = partial(markdown_of, names=demo.names, time=demo.time)
    head = f"# {demo.title}\n\n*{demo.question}*\n\n{word(demo.answer)}"
    return [("markdown", head), *(
        cell for block in shown.blocks for cell in _CELLS[type(block)](_worded(block, word)))]


def _cells(markdown: str, *more: Cell) -> list[Cell]:
    """A cell of words, where there are any, and others."""
    return [*([("markdown", markdown)] if markdown else []), *more]


def _cells_of_derived(block: Derived) -> list[Cell]:
    if isinstance(block.result, str):
        return _cells(block.says, ("markdown", block.result))
    return _cells(block.says, *cells(block.result, block.detail, 2))


def _cells_of_table(block: Table) -> list[Cell]:
    rows = [block.columns, ["---", *["---:"] * (len(block.columns) - 1)], *block.rows]
    return _cells(f"**{block.caption}**\n\n"
                  + "\n".join(f"| {' | '.join(row)} |" for row in rows))


def _cells_of_plot(block: Plot) -> list[Cell]:
    return _cells(block.picture.caption, ("code", "\n".join([
        "try:", "    import matplotlib.pyplot as plt", "except ImportError:",
        '    print("the plot needs matplotlib: pip install matplotlib")', "else:",
        "    from derive.rendering.drawing import figure",
        "    from derive.teaching.demonstrations.picturing import picture_named",
        f"    shown = figure(picture_named({block.name!r}), plt.figure)",
        "    plt.show()"])))


_CELLS: dict[type, Callable[[Any], list[Cell]]] = {
    Words: lambda block: _cells(block.text), Derived: _cells_of_derived, Table: _cells_of_table,
    Plot: _cells_of_plot, Code: lambda block: _cells(block.says, ("code", block.source))}
