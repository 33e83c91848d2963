"""Numbers as they are written: with a sign before decimals, and one between thousands."""

from __future__ import annotations

import re
from dataclasses import dataclass

from derive.errors import DataError
from derive.short_reprs import Brief

DECIMALS, THOUSANDS = (".", ","), (",", ".", " ", "'", "_")


@dataclass(frozen=True)
class Signs(Brief):
    """The sign before decimals, and the one between thousands; without one numbers have none."""

    decimal: str = "."
    thousands: str = ""

    def number(self, text: str) -> float:
        """The number that a text is. Raises ValueError for one that is none."""
        if self == PLAIN:
            return float(text)
        before, point, after = text.partition(self.decimal)
        if self.thousands and self.thousands in before:
            grouped = rf"[-+]?\d{{1,3}}(?:{re.escape(self.thousands)}\d{{3}})+(?:[eE][-+]?\d+)?"
            if not re.fullmatch(grouped, before):
                raise ValueError(text)
            before = before.replace(self.thousands, "")
        if "," in before + after or (self.decimal != "." and "." in before + after):
            raise ValueError(text)
        return float(before + point.replace(self.decimal, ".") + after)

    def reads(self, text: str) -> bool:
        """Whether a text is a number."""
        try:
            self.number(text)
        except ValueError:
            return False
        return True

    def __str__(self) -> str:
        parts = [f"--decimal {self.decimal}"] if self.decimal != "." else []
        shown = self.thousands if self.thousands not in (" ", "'") else f'"{self.thousands}"'
        return " ".join([*parts, *([f"--thousands {shown}"] if self.thousands else [])])


PLAIN = Signs()


def signs(decimal: str, thousands: str | None) -> Signs:
    """The signs of two options. Raises DataError for what can be none."""
    if decimal not in DECIMALS:
        raise DataError(f"--decimal is a point or a comma, not {decimal!r}")
    if thousands and thousands not in THOUSANDS:
        raise DataError("--thousands is one of " + ", ".join(map(repr, THOUSANDS))
                        + f", not {thousands!r}")
    if thousands == decimal:
        raise DataError(f"--decimal and --thousands are both {decimal!r}; numbers with both signs "
                        "need two of them")
    return Signs(decimal, thousands or "")


def readable_by(text: str) -> str:
    """The options by which a text is a number; empty where there are none.

    >>> readable_by("1.234,5"), readable_by("1,5"), readable_by("monday")
    ('--decimal , --thousands .', '--decimal ,', '')
    """
    known = (Signs(",", ""), *(Signs(d, t) for d in DECIMALS for t in THOUSANDS if d != t))
    fitting = [str(each) for each in known if each.reads(text)]
    if len(fitting) > 1 and re.search(r",\d{3}(?!\d)", text) and Signs(".", ",").reads(text) and \
            Signs(",", "").reads(text):
        return f"{Signs(',', '')} (as {Signs(',', '').number(text):g}) or {Signs('.', ',')} (as " \
               f"{Signs('.', ',').number(text):g})"
    return fitting[0] if fitting else ""
