"""The lines of a text: broken to the width, labelled, equations aligned, in colour or ASCII."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sympy.core.basic import Basic

from derive.core.kinds import Dimension
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.outgoing_text import plain_signs
from derive.rendering.layout import folded, wrapped

_ASCII = str.maketrans({"∂": "d", "ⱼ": "_j", "ᵢ": "_i", "δ": "delta", "Σ": "sum", "−": "-",
                        "σ": "sigma", "²": "^2", "·": "*", "ₖ": "_k", "≤": "<=", "≠": "!=",
                        "∫": "int ", "′": "'", "″": "''", "→": "->", "√": "sqrt", "π": "pi",
                        "ₘ": "_m", "₀": "0", "₁": "1", "₂": "2", "³": "^3", "⁴": "^4",
                        "⁻": "^-", "¹": "1", "½": "1/2", "Φ": "Phi", "φ": "phi", "τ": "tau",
                        "α": "alpha", "β": "beta", "γ": "gamma", "θ": "theta", "ψ": "psi",
                        "Γ": "Gamma", "ε": "eps", "λ": "lam", "μ": "mu"})
_COLOURS = {"bold": "\x1b[1m{}\x1b[0m", "dim": "\x1b[2m{}\x1b[0m",
            "green": "\x1b[32m{}\x1b[0m", "red": "\x1b[31m{}\x1b[0m",
            "yellow": "\x1b[33m{}\x1b[0m"}
_GAP = 3
_LABEL = 9  # columns of a label
_NO_BREAK = "\u00a0"


@dataclass
class TextPage:
    """How a text is laid out: its `width` in columns (at least 40), signs, and colour.

    With `ascii` formulas are printed in the notation, and other words with ASCII signs.
    """

    width: int = 80
    ascii: bool = False
    color: bool = False

    def __post_init__(self) -> None:
        self.width = max(self.width, 40)

    def formula(self, node: Basic, reserved: Sequence[str] = (), time: Dimension | None = None,
                ) -> str:
        """A formula in the signs of the page."""
        return self.sentence((plain if self.ascii else pretty)(node, reserved, time))

    def sentence(self, words: str) -> str:
        """Words with ASCII signs where ASCII was asked for."""
        words = plain_signs(words)
        return in_ascii(words) if self.ascii and not words.isascii() else words

    def styled(self, words: str, style: str) -> str:
        """Words in bold, dim or a colour, or in no `style`, where colour is wanted."""
        return _COLOURS[style].format(words) if self.color and style else words

    def heading(self, words: str, style: str = "bold") -> list[str]:
        """Words over the width."""
        return [self.styled(line, style) for line in folded(self.sentence(words), self.width, "")]

    def labelled(self, label: str, body: str, formula: bool = False) -> list[str]:
        """A line with a label before it, broken to the width."""
        room = self.width - _LABEL - 3
        body = self.sentence(body)
        broken = wrapped(body, room) if formula else folded(body, room, "")
        named = plain_signs(label).replace("\n", " ")
        first = f"  {self.styled(named.ljust(_LABEL), 'dim')} {broken[0]}"
        return [first, *(" " * (_LABEL + 3) + line for line in broken[1:])]

    def listed(self, label: str, entries: Sequence[str], separator: str = ", ") -> list[str]:
        """Labelled entries, none of them broken where it can be helped."""
        body = separator.join(entry.replace(" ", _NO_BREAK) for entry in entries)
        return [line.replace(_NO_BREAK, " ") for line in self.labelled(label, body)]

    def equations(self, rows: Sequence[tuple[str, str, str]]) -> list[str]:
        """Equations under each other, `=` aligned: left, right, and words at the right."""
        left = max((row[0] for row in rows), key=len)
        head: list[str] = []
        if len(left) > self.width // 3:
            left, head = "", ["  " + line for line in wrapped(left, self.width - 2)]
        room = self.width - len(left) - 5
        longest = max(len(right) for _, right, _ in rows)
        margin = max(len(words) for *_, words in rows)
        beside = longest + _GAP + min(margin, 28) <= room
        column = max(longest if beside else room, 20)
        return head + [line for own, right, words in rows for line in self._equation(
            f"  {own.rjust(len(left)) if left else ''} = ", right, words, column, beside)]

    def _equation(self, start: str, right: str, words: str, column: int, beside: bool,
                  ) -> list[str]:
        """One equation: the right side, broken if it must be, and the words."""
        pieces = wrapped(right, column)
        *page, last = [start + pieces[0], *(" " * len(start) + p for p in pieces[1:])]
        if not words:
            return [*page, last]
        place = len(start) + column + _GAP if beside else self.width
        if place + len(words) > self.width:
            place = self.width - len(words)
        if len(last) + _GAP <= place:
            return [*page, last.ljust(place) + self.styled(words, "dim")]
        lines = folded(words, max(self.width - len(start) - 2, 20), "")
        return [*page, last, *(self.styled(line.rjust(self.width), "dim") for line in lines)]

    def aligned(self, label: str, rows: Sequence[tuple[str, str]]) -> list[str]:
        """Equations under each other with a label before them, broken to the width."""
        left = min(max((len(name) for name, _ in rows), default=0), self.width // 3)
        page = []
        for place, (name, formula) in enumerate(rows):
            start = f"  {(label if place == 0 else '').ljust(_LABEL)} {name.rjust(left)} = "
            pieces = wrapped(self.sentence(formula), max(self.width - len(start), 20))
            page += [start + pieces[0], *(" " * len(start) + p for p in pieces[1:])]
        return page

    def tabulated(self, label: str, heads: Sequence[str], rows: Sequence[Sequence[str]],
                  ) -> list[str]:
        """Rows under the heads of their columns, numbers at the right."""
        cells = [[self.sentence(cell) for cell in row] for row in (heads, *rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        page = []
        for place, (name, *numbers) in enumerate(cells):
            line = name.ljust(widths[0]) + "".join(
                "   " + number.rjust(w) for number, w in zip(numbers, widths[1:], strict=True))
            start = f"  {self.styled((label if place == 0 else '').ljust(_LABEL), 'dim')} "
            page.append((start + (self.styled(line, "dim") if place == 0 else line)).rstrip())
        return page


def in_ascii(words: str) -> str:
    """Words with ASCII signs; what has none is escaped."""
    parts = words.replace("σ(", "sigmoid(").translate(_ASCII).split(_NO_BREAK)
    return _NO_BREAK.join(p.encode("ascii", "backslashreplace").decode() for p in parts)
