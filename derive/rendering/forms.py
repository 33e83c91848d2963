"""The forms in which derivations and proofs are printed, by name."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from derive.errors import ArgumentError, ChoiceError
from derive.provided import loaded

if TYPE_CHECKING:  # commands name the forms without loading SymPy
    from derive.derivation import Derivation
    from derive.proof import Refusal

# A form is loaded when it is asked for: the terminal starts without pages and notebooks.
_DERIVATION = {
    "text": "derive.rendering.terminal_text:text",
    "latex": "derive.rendering.tex:latex_document",
    "markdown": "derive.rendering.markdown:markdown",
    "json": "derive.rendering.derivation_json:json_text",
    "html": "derive.rendering.html:page",
    "notebook": "derive.rendering.notebook:notebook",
}
_REFUSAL = {**_DERIVATION, "json": "derive.rendering.refusal_json:refusal_json",
            "html": "derive.rendering.html:refusal_page"}
FORMATS = tuple(_DERIVATION)
_TAKEN = {"text": ("width", "ascii", "color"), "html": ("embed_font",)}
_OPTIONS = tuple(chain.from_iterable(_TAKEN.values()))


def printed(homes: Mapping[str, str], form: str, *arguments: Any, **options: Any) -> str:
    """A record in a form, whose printer lives at `homes[form]`.

    An option of another form is left out. Raises ChoiceError for an unknown form, ArgumentError
    for an option that no form takes.
    """
    if form not in homes:
        raise ChoiceError(f"form is one of {', '.join(homes)}, not {form!r}")
    for name in options:
        if name not in _OPTIONS:
            raise ArgumentError(f"show got an unknown option {name!r}; it takes "
                                f"{', '.join(_OPTIONS)}")
    taken = {name: value for name, value in options.items() if name in _TAKEN.get(form, ())}
    text: str = loaded(homes[form])(*arguments, **taken)
    return text


def render(subject: Derivation | Refusal, form: str = "text", detail: str = "normal",
           **options: Any) -> str:
    """A derivation as text, latex, markdown, json, html (a whole page) or notebook (nbformat).

    So is the proof that no cost exists. `options` of text: `width` (columns), `ascii` and `color`
    (bool); of html: `embed_font`, a font file that is put into the page. Raises ChoiceError for an
    unknown form or detail.
    """
    from derive.proof import Refusal

    homes = _REFUSAL if isinstance(subject, Refusal) else _DERIVATION
    return printed(homes, form, subject, detail, **options)
