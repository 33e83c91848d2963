"""A check as text for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from sympy.core.basic import Basic

from derive.rendering.layout import folded, wrapped
from derive.rendering.text_page import TextPage
from derive.teaching.marking import check_wording as wording
from derive.teaching.marking.check_records import Check, CheckedLine, Fault
from derive.teaching.marking.hint_wording import hint_rows

_MARKS = {"right": ("✓", "ok"), "wrong": ("✗", "NO"), "follows": ("↳", "->"),
          "undecided": ("?", "?"), "unread": ("?", "?"), "passed": ("", "")}


def text(check: Check, width: int = 80, ascii: bool = False, color: bool = False) -> str:
    """A check as lines of text; `ascii` prints the notation instead of Unicode."""
    return "\n".join(_CheckText(check, TextPage(width, ascii, color)).lines())


class _CheckText:
    """The text of one check on a page."""

    def __init__(self, check: Check, page: TextPage) -> None:
        self.check, self.page, self.task = check, page, check.sheet.task

    def lines(self) -> Iterator[str]:
        """All lines: the task, the learner's lines, what is wrong, how far it is, the hint."""
        page = self.page
        yield from (page.styled(line, "bold") for line in folded(self.task.text, page.width, ""))
        if wording.given(self.check):
            yield from page.listed("given", wording.given(self.check))
        if wording.assumed(self.check):
            yield from page.listed("assumed", wording.assumed(self.check))
        left, right = wording.aim(self.check)
        truth = self.formula(right) if left is None else \
            f"{self.formula(left)} = {self.formula(right)}"
        yield from page.labelled("task", truth, formula=True)
        where = " and ".join(map(self.formula, wording.conditions(self.check)))
        if where:
            yield from page.labelled("where", where, formula=True)
        yield ""
        digits = max((len(str(line.number)) for line in self.check.lines), default=1)
        for line in self.check.lines:
            yield from self.between(line, digits)
            yield from self.line(line, digits)
        yield ""
        for line in self.check.lines:
            if line.mark == "wrong":
                for label, words in self.fault(line, line.fault or Fault()):
                    yield from page.labelled(label, words)
        for label, words in self.ending():
            yield from page.labelled(label, words)
        yield from self.hint()

    def formula(self, node: Basic) -> str:
        """A formula in the signs of the page."""
        return self.page.formula(node, self.task.reserved)

    def line(self, line: CheckedLine, digits: int) -> Iterator[str]:
        """A line as it was written, with its number and whether it is right."""
        written, page = line.judged, self.page
        words = page.sentence(line.written.text)
        if written and written.reading:
            words += f"   read as {written.reading}"
        start = f"  {str(line.number).rjust(digits)} {_MARKS[line.mark][page.ascii].ljust(2)} "
        style = "bold" if line is self.check.first_wrong else \
            "dim" if line.mark == "passed" else ""
        for place, piece in enumerate(wrapped(words, page.width - len(start))):
            yield (" " * len(start) if place else start) + page.styled(piece, style)
        where = " and ".join(map(self.formula, line.conditions)) or line.where
        for remark in map(page.sentence, wording.remarks(line, where)):
            for piece in folded(remark, page.width - len(start) - 2, ""):
                yield " " * (len(start) + 2) + page.styled(piece, "dim")

    def between(self, line: CheckedLine, digits: int) -> Iterator[str]:
        """The engine's steps from the line before to this one."""
        steps, page = line.between, self.page
        if steps is None or not steps.lines:
            return
        lead = " " * (digits + 6)
        if not steps.passes:
            yield page.styled(f"{lead}the engine does not pass the next line; it goes on so:",
                              "dim")
        for step in steps.lines:
            rules = page.sentence("; ".join(wording.rules_of(step)))
            if steps.passes and step is steps.lines[-1]:
                yield page.styled(f"{lead}by {rules}", "dim")
            else:
                words = f"{self.formula(step.expression)}   [{rules}]"
                yield from (page.styled(f"{lead}  {piece}", "dim")
                            for piece in wrapped(words, page.width - len(lead) - 2))

    def fault(self, line: CheckedLine, fault: Fault) -> Iterator[tuple[str, str]]:
        """What there is to a wrong line, as labels and words."""
        check, point = self.check, fault.counterexample
        yield "wrong", wording.how_wrong(check, line)
        if check.no_cost is not None and line is check.first_wrong:
            yield "no cost", f"{check.no_cost}. The right answer is: no cost"
        if point is not None:
            yield "for", point.where
            at = self.formula(self.task.at[0]) if self.task.at else ""
            yield "", ", ".join(f"{what} is {value}" if value else f"{what} has no value"
                                for what, value in wording.sides(check, line, point, at))
        if fault.variants:
            first, *others = fault.misconceptions
            yield "mistake", f"{wording.spoken(first.name)}. {first.says}"
            yield "", first.hint
            if others:
                yield "", f"It could also be: {', '.join(wording.spoken(m.name) for m in others)}."
        if fault.meant is not None:
            yield "meant", f"{fault.meant.label}: {fault.meant.says}"

    def ending(self) -> Iterator[tuple[str, str]]:
        """Whether the derivation is right and complete, as labels and words."""
        check = self.check
        if check.undecided:
            yield "open", check.undecided
        if wording.standing(check):
            yield "right" if check.complete else "so far", wording.standing(check)
        if check.correct:
            yield "decided", wording.decided(check)

    def hint(self) -> Iterator[str]:
        """The next step, as far as it was asked for."""
        if self.check.hint is not None:
            for label, words in hint_rows(self.check.hint, self.formula):
                yield from self.page.labelled(label, words, formula=label == "next")
