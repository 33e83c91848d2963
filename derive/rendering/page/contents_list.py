"""What is on a long page, as a list of links: at its side where there is room, else folded."""

from __future__ import annotations

from collections.abc import Sequence

Link = tuple[str, str]  # the name of an element, and HTML of its title


def contents_list(links: Sequence[Link], parts: Sequence[Link], before: str) -> str:
    """A `nav` with the sections of a page, the `parts` below the section named `before`."""
    inner = f"<ul>{''.join(map(_item, parts))}</ul>" if parts else ""
    items = "".join(_item(link, inner if link[0] == before else "") for link in links)
    return (f'<nav class="contents" aria-label="On this page"><details><summary>On this page'
            f"</summary><ul>{items}</ul></details></nav>")


def _item(link: Link, inner: str = "") -> str:
    return f'<li><a href="#{link[0]}">{link[1]}</a>{inner}</li>'
