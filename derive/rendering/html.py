"""A derivation as one self-contained HTML file."""

from __future__ import annotations

from pathlib import Path

from derive.derivation import Derivation
from derive.proof import Refusal
from derive.rendering.no_cost_facts import claim
from derive.rendering.page.article import article
from derive.rendering.page.document import document
from derive.rendering.page.plots import plot_assets
from derive.rendering.page.refutation_article import refusal_article


def page(derivation: Derivation, detail: str = "normal", embed_font: Path | None = None) -> str:
    """The derivation as a page that needs no network and no other file.

    `embed_font` is a mathematics font whose part for this page is put into it. Raises DeriveError
    for a file that is none.
    """
    body = article(derivation, detail, plotted=True)
    styles, scripts = plot_assets(body)
    return document(derivation.title, body, styles=styles, scripts=scripts, embed_font=embed_font)


def refusal_page(proof: Refusal, detail: str = "normal", embed_font: Path | None = None) -> str:
    """The proof that no cost exists as a page; see `page`."""
    return document(claim(proof), refusal_article(proof, detail), embed_font=embed_font)
