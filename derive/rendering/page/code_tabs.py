"""Tabs of code; without a script the texts stand under each other, each under its title."""

from __future__ import annotations

from collections.abc import Sequence

from derive.outgoing_text import escape

Tab = tuple[str, str]  # its title, and its text


def code_tabs(tabs: Sequence[Tab], prefix: str, level: int,
              copies: Sequence[tuple[str, str, str]] = ()) -> str:
    """A group of tabs; the script of the page makes them. `level` is that of their titles.

    `copies` are further buttons: the title of a tab, words, and the key of a packed text.
    """
    panels = "".join(
        f'<section class="tab"><h{level} class="label">{escape(title)}</h{level}>'
        f'<pre class="scroll"><code>{escape(text)}</code></pre>'
        f'<div class="buttons">{_COPY}{_further(title, copies, prefix)}</div></section>'
        for title, text in tabs if text)
    return f'<div class="tabs" data-tabs="Code">{panels}</div>' if panels else ""


_COPY = '<button type="button" class="small" hidden data-copy-code>Copy</button>'


def _further(title: str, copies: Sequence[tuple[str, str, str]], prefix: str) -> str:
    """Buttons that copy longer texts than the tab shows."""
    return "".join(
        f'<button type="button" class="small" hidden data-copy-packed="{escape(prefix)} '
        f'{escape(key)}">{escape(words)}</button>' for of, words, key in copies if of == title)
