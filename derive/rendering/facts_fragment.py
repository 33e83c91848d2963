"""What is known of a kernel or a run for a notebook's output: a table without a style sheet."""

from __future__ import annotations

from collections.abc import Iterable

from derive.core.exact import exact
from derive.derivation import Derivation
from derive.outgoing_text import escape
from derive.rendering.jupyter_fragment import fragment
from derive.rendering.page.page_formulas import code

_CELL = "padding:.2em .6em;border:0;background:none;text-align:left"


@exact
def facts_fragment(title: str, facts: Iterable[tuple[str, str, bool]],
                   derivation: Derivation | None = None) -> str:
    """A title, facts as (label, text, whether it is code), and a derivation, folded."""
    rows = "".join(
        f'<tr style="background:none"><td style="{_CELL}">{escape(label)}</td>'
        f'<td style="{_CELL}">{code(text) if is_code else escape(text)}</td></tr>'
        for label, text, is_code in facts)
    more = "" if derivation is None else (
        f"<details><summary>{escape(derivation.title)}</summary>{fragment(derivation)}</details>")
    return (f'<div><p><strong>{escape(title)}</strong></p><div style="overflow-x:auto">'
            f'<table style="border:0;margin:0">{rows}</table></div>{more}</div>')
