"""Demonstrations that were run, as text, as a page, and as a notebook."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from derive.core.indexing import exact
from derive.derivation import Derivation
from derive.proof import Refusal
from derive.rendering.forms import render
from derive.rendering.layout import folded
from derive.rendering.notebook import Cell, cells, refusal_cells, written
from derive.rendering.pictures import said
from derive.rendering.refutation import render_refusal
from derive.rendering.terminal_text import in_ascii
from derive.teaching.demonstration import Code, Derived, Numbers, Plot, Shown, Table, Words

FORMATS = ("text", "html", "notebook")
_CODE = re.compile(r"`([^`]*)`")


@exact
def show_demo(shown: Shown, form: str = "text", **options: Any) -> str:
    """A demonstration as text, html (one page) or notebook.

    `options` of text: `width`, `ascii`, `color`; of html: `embed_font`. Raises ValueError for
    another form.
    """
    if form not in FORMATS:
        raise ValueError(f"form is one of {', '.join(FORMATS)}, not {form!r}")
    if form == "text":
        return _text(shown, **options)
    return _page(shown, **options) if form == "html" else written(_notebook(shown))


def _text(shown: Shown, width: int = 80, ascii: bool = False, color: bool = False) -> str:
    demo = shown.demo

    def wrapped(text: str, indent: str = "") -> list[str]:
        plain = _CODE.sub(r"\1", " ".join(text.split()))
        plain = in_ascii(_typed(plain)) if ascii else plain
        return [f"{indent}{line}" for line in folded(plain, width - len(indent), "")]

    bold = "\x1b[1m{}\x1b[0m" if color else "{}"
    lines = [*(bold.format(line) for line in wrapped(demo.title)), "", *wrapped(demo.question), "",
             *wrapped(demo.answer, "  ")]
    options = {"width": max(width - 4, 40), "ascii": ascii, "color": color}
    for block in shown.blocks:
        lines.append("")
        if isinstance(block, (Words, Numbers)):
            lines += wrapped(block.text)
        elif isinstance(block, Derived):
            lines += [*(wrapped(block.says) if block.says else []),
                      *_found(block, options, wrapped)]
        elif isinstance(block, Table):
            lines += [*wrapped(block.caption), "", *_aligned(block, ascii)]
        elif isinstance(block, Plot):
            for line in said(block.picture).splitlines():
                lines += wrapped(line, "  ")
            lines += wrapped(f"(drawn by: derive plot {block.name} --output FILE.png)", "  ")
        elif isinstance(block, Code):
            lines += [*wrapped(block.says), "",
                      *(f"    {line}".rstrip() for line in block.source.splitlines())]
    return "\n".join(lines)


_TYPED = str.maketrans({"’": "'", "“": '"', "”": '"', "–": "-", "×": "x", "∞": "inf"})


def _typed(words: str) -> str:
    """Quotation marks and dashes as on a typewriter; accents taken off (ŷ is y_hat)."""
    return words.translate(_TYPED).replace("ŷ", "y_hat")


def _found(block: Derived, options: dict[str, Any], wrapped: Callable[..., list[str]]) -> list[str]:
    found = block.found
    if isinstance(found, str):
        return wrapped(found, "  ")
    if isinstance(found, Refusal):
        text = render_refusal(found, "text", block.detail, **options)
    else:
        text = render(found, "text", block.detail, **options)
    return [f"    {line}".rstrip() for line in text.splitlines()]


def _aligned(table: Table, ascii: bool) -> list[str]:
    """Columns under each other; numbers at the right."""
    rows = [table.columns, *table.rows]
    if ascii:
        rows = [tuple(in_ascii(_typed(cell)) for cell in row) for row in rows]
    widths = [max(len(row[n]) for row in rows) for n in range(len(table.columns))]
    return ["  " + "   ".join(cell.ljust(w) if n == 0 else cell.rjust(w)
                              for n, (cell, w) in enumerate(zip(row, widths, strict=True))).rstrip()
            for row in rows]


def _coded(text: str) -> str:
    """HTML of a paragraph; what stands between backticks is code."""
    return _CODE.sub(r"<code>\1</code>", escape(" ".join(text.split())))


def _page(shown: Shown, **options: Any) -> str:
    from derive.rendering.page.document import document
    from derive.rendering.page.plots import SCRIPTS, STYLES
    from derive.teaching.moving_pictures import moving_block, moving_caption

    demo = shown.demo
    body = [f"<h1>{escape(demo.title)}</h1>", f"<p><em>{_coded(demo.question)}</em></p>",
            f"<p><strong>Answer.</strong> {_coded(demo.answer)}</p>"]
    plots = False
    for place, block in enumerate(shown.blocks):
        if isinstance(block, (Words, Numbers)):
            body.append(f"<p>{_coded(block.text)}</p>")
        elif isinstance(block, Derived):
            body += [f"<p>{_coded(block.says)}</p>"] if block.says else []
            body.append(_article(block, f"part{place}"))
        elif isinstance(block, Table):
            body.append(_html_table(block))
        elif isinstance(block, Plot):
            plots = True
            told = moving_caption(block.picture)
            caption = f"<p>{escape(told[:1].upper() + told[1:])}.</p>" if told else ""
            body.append(f"<section>{moving_block(block.picture)}{caption}</section>")
        elif isinstance(block, Code):
            body.append(f"<p>{_coded(block.says)}</p>"
                        f"<pre><code>{escape(block.source)}</code></pre>")
    return document(demo.title, "\n".join(body), styles=STYLES if plots else (),
                    scripts=SCRIPTS if plots else (), **options)


def _article(block: Derived, prefix: str) -> str:
    from derive.rendering.page.article import article
    from derive.rendering.page.refutation_article import refusal_article

    found = block.found
    if isinstance(found, str):
        return f"<p>{escape(found)}</p>"
    if isinstance(found, Refusal):
        return refusal_article(found, block.detail, 2, prefix)
    return article(found, block.detail, 2, prefix)


def _html_table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(c)}</th>' for c in table.columns)
    rows = "".join("<tr>" + "".join(
        f'<th scope="row">{escape(c)}</th>' if n == 0 else f"<td>{escape(c)}</td>"
        for n, c in enumerate(row)) + "</tr>" for row in table.rows)
    return (f'<div class="scroll"><table><caption>{escape(table.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>")


def _notebook(shown: Shown) -> list[Cell]:
    demo = shown.demo
    found: list[Cell] = [("markdown", f"# {demo.title}\n\n*{demo.question}*\n\n{demo.answer}")]
    for block in shown.blocks:
        if isinstance(block, (Words, Numbers)):
            found.append(("markdown", block.text))
        elif isinstance(block, Derived):
            found += [("markdown", block.says)] if block.says else []
            found += _derived_cells(block)
        elif isinstance(block, Table):
            found.append(("markdown", _markdown_table(block)))
        elif isinstance(block, Plot):
            found += [("markdown", block.picture.caption)] if block.picture.caption else []
            found.append(("code", _plot_cell(block)))
        elif isinstance(block, Code):
            found += [("markdown", block.says)] if block.says else []
            found.append(("code", block.source))
    return found


def _derived_cells(block: Derived) -> Sequence[Cell]:
    found = block.found
    if isinstance(found, str):
        return [("markdown", found)]
    if isinstance(found, Refusal):
        return refusal_cells(found, block.detail, 2)
    assert isinstance(found, Derivation)
    return cells(found, block.detail, 2)


def _markdown_table(table: Table) -> str:
    rows = [table.columns, tuple("---" if n == 0 else "---:" for n in range(len(table.columns))),
            *table.rows]
    return f"**{table.caption}**\n\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _plot_cell(block: Plot) -> str:
    return "\n".join([
        "try:", "    import matplotlib.pyplot as plt", "except ImportError:",
        '    print("the plot needs matplotlib: pip install matplotlib")', "else:",
        "    from derive.rendering.drawing import figure",
        "    from derive.teaching.picturing import picture_named",
        f"    shown = figure(picture_named({block.name!r}), plt.figure)",
        "    plt.show()"])
