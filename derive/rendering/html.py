"""A derivation as one self-contained HTML file, and as a fragment for notebooks."""

from __future__ import annotations

from html import escape
from pathlib import Path

from derive.derivation import Derivation
from derive.notation.printing.latex import latex
from derive.proof import Refusal
from derive.rendering.derivation_rows import closing_lines, rows_of, sections
from derive.rendering.no_cost_facts import claim
from derive.rendering.page.article import article
from derive.rendering.page.document import document
from derive.rendering.page.page_formulas import math
from derive.rendering.page.plots import PLOTTED, SCRIPTS, STYLES
from derive.rendering.page.refutation_article import refusal_article

_CELL = "padding:.2em .4em;vertical-align:middle;border:0;background:none;"


def page(derivation: Derivation, detail: str = "normal", embed_font: Path | None = None) -> str:
    """The derivation as a page that needs no network and no other file.

    `embed_font` is a mathematics font whose part for this page is put into it. Raises DeriveError
    for a file that is none.
    """
    body = article(derivation, detail, plotted=True)
    plotted = PLOTTED in body
    return document(derivation.title, body, styles=STYLES if plotted else (),
                    scripts=SCRIPTS if plotted else (), embed_font=embed_font)


def refusal_page(proof: Refusal, detail: str = "normal", embed_font: Path | None = None) -> str:
    """The proof that no cost exists as a page; see `page`."""
    return document(claim(proof), refusal_article(proof, detail), embed_font=embed_font)


def fragment(derivation: Derivation, detail: str = "normal") -> str:
    """The derivation for a notebook's output: no script, no style sheet, so that none is lost.

    A browser shows its MathML; a rule says what it says when it is pointed at.
    """
    rows = [row for part in sections(derivation, detail) for row in _rows(part, detail)]
    given = ", ".join(f"<code>{escape(line)}</code>" for line in derivation.stated)
    assumed = ", ".join(f"<code>{escape(line)}</code>" for line in derivation.assumed)
    opening = "; ".join(f"{word} {lines}" for word, lines in (
        ("Given", given if given or assumed else "nothing"), ("Assumed", assumed)) if lines)
    check = derivation.verification
    verified = f"<p><small>Verified: {escape(check.summary)}.</small></p>" if check else ""
    written = "".join(f"<p>{label}: <code>{escape(text)}</code></p>"
                      for label, text in closing_lines(derivation))
    return (f"<div><p><strong>{escape(derivation.title)}</strong></p>"
            f"<p><small>{opening}</small></p>"
            f'<div style="overflow-x:auto"><table style="border:0;margin:0">'
            f"{''.join(rows)}</table></div>"
            f"<p>Result: <code>{escape(derivation.notation)}</code></p>{written}{verified}</div>")


def _rows(part: Derivation, detail: str) -> list[str]:
    """The lines of one chain as rows of a table."""
    rows = [f'<tr style="background:none"><td colspan="4" style="{_CELL}text-align:left">'
            f"{escape(part.note)}</td></tr>"] if part.note else []
    for row in rows_of(part, detail):
        left = "" if row.left is None else math(row.left, part)
        rows.append(
            f'<tr style="background:none"><td style="{_CELL}text-align:right">{left}</td>'
            f'<td style="{_CELL}">=</td>'
            f'<td style="{_CELL}text-align:left">{_styled(math(row.line, part))}</td>'
            f'<td style="{_CELL}text-align:left"><small>{escape(row.rules)}</small></td></tr>')
    return rows


def _styled(formula: str) -> str:
    """A formula whose tables line up at the left without a style sheet."""
    return formula.replace("<mtd>", '<mtd style="text-align:left">')


def display_latex(derivation: Derivation) -> str:
    r"""The result for a notebook: `$\displaystyle …$`, or several under each other."""
    sides = [(latex(result.quantity, result.reserved, result.time),
              latex(result.result, result.reserved, result.time))
             for result in (derivation, *derivation.others)]
    if len(sides) == 1:
        left, right = sides[0]
        return rf"$\displaystyle {left} = {right}$"
    body = " \\\\\n".join(f"{left} &= {right}" for left, right in sides)
    return f"$$\\begin{{aligned}}\n{body}\n\\end{{aligned}}$$"
