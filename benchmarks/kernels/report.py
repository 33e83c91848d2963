"""Tables as aligned text on the terminal and as Markdown in a file."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

from .scoring import Score


def number(value: float) -> str:
    """An error in ulps in few characters."""
    if math.isnan(value):
        return "?"
    if value < 100:
        return f"{value:.2f}" if value < 10 else f"{value:.1f}"
    return f"{value:.0e}".replace("e+", "e")


def cell(score: Score, away: bool = False) -> str:
    """`worst ULP`, with N for points of false NaN or infinity, Z for those of false zero."""
    if score.note:
        return "–" if score.note == "none" else score.note
    text = number(score.away if away else score.ulps)
    if away:
        return text
    return text + (f" N{score.nonfinite}" if score.nonfinite else "") + (
        f" Z{score.zeros}" if score.zeros else "")


@dataclass
class Report:
    """Headings, paragraphs and tables, printed as they come and kept for a file."""

    parts: list[str] = field(default_factory=list)

    def heading(self, text: str) -> None:
        print(f"\n{text}\n", flush=True)
        self.parts.append(f"## {text}")

    def say(self, text: str) -> None:
        print(text, flush=True)
        self.parts.append(text)

    def lines(self, lines: list[str]) -> None:
        for line in lines:
            print(f"  {line}")
        self.parts.append("\n".join(f"- {line}" for line in lines))

    def table(self, header: list[str], rows: list[list[str]]) -> None:
        widths = [max(len(row[n]) for row in [header, *rows]) for n in range(len(header))]
        for row in [header, *rows]:
            first, *rest = (f"{c:<{w}}" if n == 0 else f"{c:>{w}}"
                            for n, (c, w) in enumerate(zip(row, widths, strict=True)))
            print("  ".join([first, *rest]), flush=True)
        marked = [header, ["-"] + ["-:"] * (len(header) - 1), *rows]
        self.parts.append("\n".join("| " + " | ".join(c.replace("|", "\\|") for c in row) + " |"
                                    for row in marked))

    def save(self, path: str) -> None:
        Path(path).write_text("\n\n".join(self.parts) + "\n", encoding="utf-8")
