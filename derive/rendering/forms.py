"""The forms in which a stored derivation is printed, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from derive.provided import loaded

if TYPE_CHECKING:
    from derive.derivation import Derivation

# A form is loaded when it is asked for: the terminal starts without pages and notebooks.
_HOMES = {
    "text": "derive.rendering.terminal_text:text",
    "latex": "derive.rendering.tex:latex_document",
    "markdown": "derive.rendering.tex:markdown",
    "json": "derive.rendering.derivation_json:json_text",
    "html": "derive.rendering.html:page",
    "notebook": "derive.rendering.notebook:notebook",
}
FORMATS = tuple(_HOMES)
_WITH_OPTIONS = ("text", "html")


def render(derivation: Derivation, form: str = "text", detail: str = "normal",
           **options: Any) -> str:
    """A derivation as text, latex, markdown, json, html (a whole page) or notebook (nbformat).

    `options` of text: `width` (columns), `ascii` and `color` (bool); of html: `embed_font`, a
    font file that is put into the page. Raises ValueError for an unknown form or detail.
    """
    if form not in _HOMES:
        raise ValueError(f"form is one of {', '.join(FORMATS)}, not {form!r}")
    text: str = loaded(_HOMES[form])(
        derivation, detail, **(options if form in _WITH_OPTIONS else {}))
    return text
