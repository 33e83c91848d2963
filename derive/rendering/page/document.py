"""The frame of a page: head, styles, scripts, landmarks. What is shown comes as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from derive.outgoing_text import escape
from derive.rendering.page.fonts import embedded
from derive.version import __version__

_NOTE = re.compile(r"^[ \t]*/\*.*?\*/\n?", re.DOTALL | re.MULTILINE)
_INDENT = re.compile(r"\n\s+")
_ASSETS = Path(__file__).resolve().parent / "assets"


@cache
def asset(name: str) -> str:
    """The text of a style sheet or script of the package, without indents and notes on it."""
    text = (_ASSETS / name).read_text(encoding="utf-8").strip()
    return _INDENT.sub("\n", _NOTE.sub("", text)).strip()


def document(title: str, body: str, *, styles: Sequence[str] = (), scripts: Sequence[str] = (),
             links: Iterable[tuple[str, str]] = (), embed_font: Path | None = None) -> str:
    """A whole page.

    `title` is plain text, `body` HTML with its own `h1`. `styles` and `scripts` name further
    assets (`plot.js` where the body has plots); `links` are (address, words) for the top.
    `embed_font` is a font file whose part for the signs of this page is put into it. Raises
    DeriveError for a font that cannot be read.
    """
    head = "\n".join(asset(name) for name in ("page.css", *styles))
    if embed_font is not None:
        head = f"{embedded(embed_font, body)}\n{head}"
    top = "".join(f'<a href="{escape(address)}">{escape(words)}</a>' for address, words in links)
    bar = f'<nav class="top" aria-label="Pages">{top}</nav>\n' if top else ""
    # A plot's data stand in the body and wait for the script, so scripts come last.
    own = "\n".join(map(asset, ("breaking.js", "page.js")))
    tail = "".join(f"<script>\n{text}\n</script>\n" for text in (own, *map(asset, scripts)))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="generator" content="derive {__version__}">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{escape(title)}</title>\n<style>\n{head}\n</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#content">Skip to the content</a>\n{bar}'
        f'<main id="content" tabindex="-1">\n{body}\n</main>\n'
        f'<footer class="foot">Derived, checked and printed by derive {__version__}.</footer>\n'
        f'<div id="say" class="quiet" role="status" aria-live="polite"></div>\n{tail}'
        "</body>\n</html>")
