"""Prints stored derivations; nothing is computed here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from derive.derivation import Derivation

FORMATS = ("text", "latex", "markdown", "json", "html", "notebook")


def render(derivation: Derivation, form: str = "text", detail: str = "normal",
           **options: Any) -> str:
    """A derivation as text, latex, markdown, json, html (a whole page) or notebook (nbformat).

    `options` of text: `width` (columns), `ascii` and `color` (bool); of html: `embed_font`, a
    font file that is put into the page. Raises ValueError for an unknown form or detail.
    """
    if form == "text":
        from derive.rendering.terminal_text import text

        return text(derivation, detail, **options)
    if form == "latex":
        from derive.rendering.tex import latex_document

        return latex_document(derivation, detail)
    if form == "markdown":
        from derive.rendering.tex import markdown

        return markdown(derivation, detail)
    if form == "json":
        from derive.rendering.derivation_json import to_json

        return json.dumps(to_json(derivation), ensure_ascii=False, indent=2)
    if form == "html":
        from derive.rendering.html import page

        return page(derivation, detail, **options)
    if form == "notebook":
        from derive.rendering.notebook import notebook

        return notebook(derivation, detail)
    raise ValueError(f"form is one of {', '.join(FORMATS)}, not {form!r}")
