"""What is on a long page, as a list of links: at its side where there is room, else folded."""

from __future__ import annotations

from collections.abc import Sequence

_MARK = ' data-parts="{}"'
Link = tuple[str, str]  # the name of an element, and HTML of its title


def contents_list(links: Sequence[Link], derivation: str) -> str:
    """A `nav` with the sections of a page.

    The script of the page puts the folded parts of the section named `derivation` below it.
    """
    items = "".join(f'<li{_MARK.format(name) if name == derivation else ""}>'
                    f'<a href="#{name}">{title}</a></li>' for name, title in links)
    return (f'<nav class="contents" aria-label="On this page"><details><summary>On this page'
            f"</summary><ul>{items}</ul></details></nav>")

