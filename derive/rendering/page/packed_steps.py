"""What unfolds below the lines of a page, packed: a page makes it when a line is opened.

The text is JSON, deflated, in base64. Steps of a long derivation repeat each other a lot, so that
they take a hundredth of their room this way.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass, field
from typing import Any

from derive.outgoing_text import escape


@dataclass
class Packed:
    """What the lines with a `prefix` unfold, and texts that buttons copy.

    `panels` hold for each line its rules: the name of each, and HTML of what it rewrote.
    """

    prefix: str
    panels: list[list[tuple[str, str]]] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)

    def add(self, panel: list[tuple[str, str]]) -> str:
        """Takes what one line unfolds; gives its name, by which the line asks for it."""
        self.panels.append(panel)
        return f"{self.prefix}-{len(self.panels)}"

    def html(self) -> str:
        """The element that carries all of it; the script of the page reads it."""
        if not self.panels and not self.texts:
            return ""
        return (f'<script type="application/octet-stream" data-packed="{escape(self.prefix)}">'
                f"{packed([self.panels, self.texts])}</script>")


def packed(data: Any) -> str:
    """Data as text that a browser can unpack by itself."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode("ascii")


def unpacked(text: str) -> Any:
    """The data of such a text."""
    return json.loads(zlib.decompress(base64.b64decode(text)))
