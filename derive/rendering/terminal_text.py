"""A derivation for the terminal: aligned `=`, rule names in the margin, wrapped to the width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sympy import Integer

from derive.core import heads
from derive.core.indexing import leaves
from derive.core.walk import is_opened
from derive.derivation import Derivation
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty as unicode_line
from derive.rendering.layout import folded, wrapped

_ASCII = str.maketrans({"∂": "d", "ⱼ": "_j", "ᵢ": "_i", "δ": "delta", "Σ": "sum", "−": "-",
                        "σ": "sigma", "²": "^2", "·": "*", "ₖ": "_k", "≤": "<=", "≠": "!=",
                        "∫": "int ", "′": "'", "″": "''", "→": "->", "√": "sqrt", "π": "pi",
                        "ₘ": "_m", "₀": "0", "₁": "1", "₂": "2", "³": "^3", "⁴": "^4",
                        "⁻": "^-", "¹": "1", "½": "1/2", "Φ": "Phi", "φ": "phi", "τ": "tau",
                        "α": "alpha", "β": "beta", "γ": "gamma", "θ": "theta", "ψ": "psi",
                        "Γ": "Gamma", "ε": "eps", "λ": "lam", "μ": "mu"})
_GAP = 3
_LABEL = 9  # columns of the labels under a derivation
_NO_BREAK = "\u00a0"


def text(derivation: Derivation, detail: str = "normal", width: int = 80, ascii: bool = False,
         color: bool = False) -> str:
    """The derivation as lines of text; `ascii` prints the notation instead of Unicode."""
    page = Page(derivation, detail, width, ascii, color)
    return "\n".join(page.lines())


class Page:
    """One page of text; `lines` are all of it."""

    def __init__(self, derivation: Derivation, detail: str, width: int, ascii: bool, color: bool,
                 ) -> None:
        self.derivation, self.detail, self.width = derivation, detail, max(width, 40)
        self.ascii, self.color = ascii, color
        self.show = self.printer(derivation)

    def printer(self, part: Derivation) -> Callable[[Any], str]:
        """What prints the formulas of one part."""
        printer: Callable[..., str] = plain if self.ascii else unicode_line
        reserved, time = part.reserved, part.time
        return lambda node: self.sentence(printer(node, reserved, time))

    def lines(self) -> list[str]:
        """All lines of the page."""
        page = [self.styled(line, "bold") for line in
                folded(self.sentence(self.derivation.title), self.width, "")]
        if self.derivation.source:
            page += [self.styled(self.sentence(line), "dim") for line in
                     folded(self.derivation.source, self.width, "")]
        given = ", ".join(g.replace(" ", _NO_BREAK) for g in self.derivation.given) or "nothing"
        page += ["", *(line.replace(_NO_BREAK, " ") for line in self.labelled("given", given))]
        if self.derivation.time is not None:
            from derive.rendering.model_results import equations  # other pages start without it

            page += self.aligned("model", equations(self.derivation, self.style))
        for part in sections(self.derivation, self.detail):
            page += ["", *self.section(part)]
        return [*page, "", *self.closing()]

    def section(self, part: Derivation) -> list[str]:
        """One chain of equations, with its own heading where there are several."""
        note = ["  " + self.styled(line, "dim") for line in
                folded(self.sentence(part.note), self.width - 2, "") if part.note]
        show = self.printer(part)
        rows = [("" if left is None else show(left), show(expression), labels)
                for left, expression, labels in chain_of(part, self.detail)]
        return note + self.equations(rows)

    def equations(self, rows: Sequence[tuple[str, str, Sequence[str]]]) -> list[str]:
        """The equations under each other, with the names of the rules at the right."""
        left = max((row[0] for row in rows), key=len)
        if len(left) > self.width // 3:
            left, head = "", ["  " + line for line in wrapped(left, self.width - 2)]
        else:
            head = []
        indent = 2 + len(left)
        room = self.width - indent - 3
        names = [self.sentence("; ".join(gathered(labels))) for *_, labels in rows]
        longest = max((len(f) for _, f, _ in rows), default=0)
        margin = max(map(len, names), default=0)
        beside = longest + _GAP + min(margin, 28) <= room
        column = longest if beside else room
        page = list(head)
        for (own, formula, _), name in zip(rows, names, strict=True):
            start = f"  {own.rjust(len(left)) if left else ''} = "
            page += self.equation(start, formula, name, max(column, 20), beside)
        return page

    def equation(self, start: str, formula: str, name: str, column: int, beside: bool) -> list[str]:
        """One equation: the formula, broken if it must be, and the name of its rule."""
        pieces = wrapped(formula, column)
        page = [start + pieces[0], *(" " * len(start) + p for p in pieces[1:])]
        if not name:
            return page
        if beside and len(start) + column + _GAP + len(name) <= self.width:
            gap = len(start) + column + _GAP - len(page[-1])
            return [*page[:-1], page[-1] + " " * gap + self.styled(name, "dim")]
        if len(page[-1]) + _GAP + len(name) <= self.width:
            room = self.width - len(page[-1])
            return [*page[:-1], page[-1] + " " * (room - len(name)) + self.styled(name, "dim")]
        for line in folded(name, max(self.width - len(start) - 2, 20), ""):
            page.append(self.styled(line.rjust(self.width), "dim"))
        return page

    def closing(self) -> list[str]:
        """The result in the notation, what it rests on, and what was verified."""
        derivation = self.derivation
        page = self.results()
        if derivation.sequel is not None:
            name = derivation.sequel.definitions[-1].name
            page += self.labelled(f"in {name}", derivation.sequel.notation, formula=True)
        for label, words in derivation.remarks:
            if derivation.time is not None and words.count(" = ") > 1:  # equations stay whole
                words = "; ".join(w.replace(" ", _NO_BREAK) for w in words.split("; "))
            page += [line.replace(_NO_BREAK, " ") for line in self.labelled(label, words)]
        for obligation in derivation.obligations:
            page += self.labelled("where", self.obligation(obligation))
        if derivation.verification is not None:
            page += self.labelled("verified", derivation.verification.summary)
        return page

    def results(self) -> list[str]:
        """The result; where there are several, each under what it is."""
        if self.derivation.time is not None:
            return self.model_results()
        if not self.derivation.others:
            return self.labelled("result", self.derivation.notation, formula=True)
        page = []
        for one in (self.derivation, *self.derivation.others):
            name = self.show(one.quantity)
            long = len(name) > _LABEL
            page += self.labelled("result" if long else name, one.notation, formula=True)
        return page

    def model_results(self) -> list[str]:
        """The results of a model in the notation, and those that can be said in matrices."""
        from derive.rendering.model_results import matrix_results

        page = []
        for place, one in enumerate((self.derivation, *self.derivation.others)):
            told = f"{plain(one.quantity, one.reserved)} = {one.notation}"
            page += self.labelled("" if place else "results", told, formula=True)
        said = matrix_results(self.derivation, self.style)
        if said and not self.ascii:
            page += ["", *self.aligned("matrices", said)]
        elif said:
            page += ["", *self.labelled("matrices", "* is elementwise, @ the matrix product"),
                     *self.aligned("", said)]
        return page

    @property
    def style(self) -> str:
        """The style of formulas with whole arrays."""
        return "ascii" if self.ascii else "unicode"

    def aligned(self, label: str, rows: Sequence[tuple[str, str]]) -> list[str]:
        """Equations under each other with a label before them, broken to the width."""
        left = min(max((len(name) for name, _ in rows), default=0), self.width // 3)
        page = []
        for place, (name, formula) in enumerate(rows):
            start = f"  {(label if place == 0 else '').ljust(_LABEL)} {name.rjust(left)} = "
            pieces = wrapped(self.sentence(formula), max(self.width - len(start), 20))
            page += [start + pieces[0], *(" " * len(start) + p for p in pieces[1:])]
        return page

    def obligation(self, condition: Any) -> str:
        """A condition in words: for every value of the indices that are bound in it."""
        bound = any(is_opened(leaf) for leaf in leaves(condition))
        return self.show(condition) + (" for every index" if bound else "")

    def labelled(self, label: str, body: str, formula: bool = False) -> list[str]:
        """A line with a label before it, broken to the width."""
        room = self.width - 12
        body = self.sentence(body)
        broken = wrapped(body, room) if formula else folded(body, room, "")
        first = f"  {self.styled(label.ljust(_LABEL), 'dim')} {broken[0]}"
        return [first, *(" " * 12 + line for line in broken[1:])]

    def sentence(self, words: str) -> str:
        """Words with ASCII signs where ASCII was asked for."""
        return in_ascii(words) if self.ascii and not words.isascii() else words

    def styled(self, words: str, style: str) -> str:
        """Words in bold or dim, where colour is wanted."""
        if not self.color:
            return words
        return {"bold": f"\x1b[1m{words}\x1b[0m", "dim": f"\x1b[2m{words}\x1b[0m"}[style]


def in_ascii(words: str) -> str:
    """Words with ASCII signs; what has none is escaped."""
    parts = words.replace("σ(", "sigmoid(").translate(_ASCII).split(_NO_BREAK)
    return _NO_BREAK.join(p.encode("ascii", "backslashreplace").decode() for p in parts)


def sections(derivation: Derivation, detail: str = "normal") -> list[Derivation]:
    """What is printed, in order: inner parts first, each quantity of a formula once.

    Of a recurrent model, local derivatives are left out where the `detail` is brief.
    """
    found: list[Derivation] = []
    tops = (derivation, *derivation.others, *derivation.checks)
    if derivation.time is not None and detail == "brief":
        return list(tops)
    own = {(p.quantity, p.original) for p in tops} if derivation.time is not None else set()
    for one in tops:
        alone = replace(one, others=(), checks=(), sequel=None)
        inner = [p for p in alone.all_parts() if (p.quantity, p.original) not in own]
        found += [p for p in (*inner, one) if p not in found]
    return list({(p.quantity, p.original): p for p in reversed(found)}.values())[::-1]


_ABOVE = " from above"


def gathered(labels: Sequence[str]) -> list[str]:
    """Labels of which those that name parts above are joined: ∂o/∂h, ∂h/∂h from above."""
    above = [label.removesuffix(_ABOVE) for label in labels if label.endswith(_ABOVE)]
    rest = [label for label in labels if not label.endswith(_ABOVE)]
    return [*([", ".join(above) + _ABOVE] if above else []), *rest]


Row = tuple[Any, Any, tuple[str, ...]]


def chain_of(part: Derivation, detail: str) -> list[Row]:
    """The rows to print: what stands left of the sign, or None, the line, and its rules.

    What stands left of the sign is not said twice; a sequel goes on below. The root of a formula
    is printed as the equation that it solves.
    """
    lines: list[tuple[Any, tuple[str, ...]]] = [] if part.start == part.quantity else [
        (part.start, ())]
    for one in (part, *([part.sequel] if part.sequel else [])):
        shown = one.lines(detail)
        if one.time is not None and detail == "brief":
            shown = shown[-1:]
        lines += [(line.expression, line.labels) for line in shown]
    rows: list[Row] = []
    before: Any = None
    for expression, labels in lines or [(part.start, ())]:
        equation = isinstance(expression, heads.Root)
        left = Integer(0) if equation else part.quantity
        rows.append((None if left == before and not equation else left,
                     expression.args[0] if equation else expression, labels))
        before = left
    return rows
