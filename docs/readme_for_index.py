"""The README as a package index shows it: links and pictures lead to the repository.

A metadata hook of hatchling. An index has none of the tree's files, so that `docs/tour.md` becomes
`https://…/blob/HEAD/docs/tour.md`, at the address that `[project.urls]` has under Repository.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_CODE = re.compile(r"^```.*?^```|^~~~.*?^~~~|`[^`\n]+`", re.DOTALL | re.MULTILINE)
# What stands before an address: `[text](`, `[name]: `, or an attribute of HTML.
_ADDRESS = re.compile(r"""(\]\(\s*|^\[[^\]]+\]:\s+|\b(?:src|srcset|href)\s*=\s*["'])"""
                      r"""([^\s)"'>]+)""", re.MULTILINE)
_ABSOLUTE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|#")
_PICTURES = (".png", ".svg", ".gif", ".jpg", ".jpeg", ".webp")


def absolute(text: str, repository: str) -> str:
    """The Markdown `text` with each relative address led to the repository; code stays as it is."""
    def led(match: re.Match[str]) -> str:
        before, address = match.groups()
        if _ABSOLUTE.match(address):
            return before + address
        kind = "raw" if address.partition("#")[0].lower().endswith(_PICTURES) else "blob"
        return f"{before}{repository}/{kind}/HEAD/{address.removeprefix('./')}"

    code = _CODE.findall(text)
    led_away = _ADDRESS.sub(led, _CODE.sub("\0", text))
    return "".join(part + own for part, own in zip(led_away.split("\0"), [*code, ""], strict=True))


class ReadmeForIndex(MetadataHookInterface):
    """Hands the README on as the description of the distribution."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Sets `readme`, which pyproject.toml therefore calls dynamic."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown",
                              "text": absolute(text, metadata["urls"]["Repository"])}
