"""What a check found, as text for the terminal and as data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from derive.derivation import Line
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.rendering.layout import folded, wrapped
from derive.rendering.terminal_text import Page
from derive.teaching.check_wording import aim, decided, given, how_wrong, sides, spoken, standing
from derive.teaching.hints import Hint
from derive.teaching.sheet_check import Check, CheckedLine

FORMS = ("text", "html", "json")
_MARKS = {True: ("✓", "ok"), False: ("✗", "NO"), None: ("?", "?")}
_NO_BREAK = "\u00a0"
_ABOVE = " from above"  # here nothing stands above


def render(check: Check, form: str = "text", **options: Any) -> str:
    """A check as text, html or json.

    `options` of text: `width`, `ascii`, `color`; of html: `embed_font`. Raises ValueError.
    """
    if form == "html":
        from derive.teaching.check_page import page

        return page(check, **options)
    if form == "json":
        return json.dumps(data(check), ensure_ascii=False, indent=2)
    if form == "text":
        return "\n".join(_Report(check, **options).lines())
    raise ValueError(f"form is one of {', '.join(FORMS)}, not {form!r}")


# Data


def data(check: Check) -> dict[str, Any]:
    """A check as plain dictionaries, lists, strings, numbers; formulas in the notation.

    `correct` is None where time ended before every line was decided (`undecided` says so).
    """
    task, shown = check.exercise.task, check.counterexample
    return {
        "task": task.text, "kind": task.kind, "given": list(given(check)),
        "aim": plain(task.truth, task.reserved),
        "correct": check.correct, "first_wrong_line": check.first_wrong_line,
        "misconception": check.misconception,
        "misconceptions": [_misconception(check, v) for v in check.variants],
        "counterexample": None if shown is None else shown.to_json(),
        "meant": None if check.meant is None else {
            "rule": check.meant.name, "label": check.meant.label, "says": check.meant.says},
        "no_cost": None if check.no_cost is None else str(check.no_cost),
        "complete": check.complete, "missing": check.missing, "undecided": check.undecided,
        "hint": None if check.hint is None else _hint(check, check.hint),
        "lines": [_line(check, line) for line in check.lines],
    }


def _misconception(check: Check, variant: Any) -> dict[str, Any]:
    found = variant.misconception
    reserved = check.exercise.task.reserved
    return {"name": found.name, "says": found.says, "hint": found.hint, "source": found.source,
            "part": plain(variant.before, reserved), "taken_for": plain(variant.after, reserved)}


def _hint(check: Check, hint: Hint) -> dict[str, Any]:
    reserved = check.exercise.task.reserved
    return {"level": hint.level, "idea": hint.idea, "rule": hint.rule or None,
            "place": None if hint.place is None else plain(hint.place, reserved),
            "line": None if hint.line is None else plain(hint.line, reserved)}


def _line(check: Check, line: CheckedLine) -> dict[str, Any]:
    reserved = check.exercise.task.reserved
    written = line.written
    found: dict[str, Any] = {
        "line": line.number, "text": written.text, "right": line.right, "how": line.how,
        "notation": None if written.denies else plain(written.node, reserved)}
    if line.between is not None:
        found["rules"] = list(line.between.labels) if line.between.passes else []
        found["reached"] = line.between.passes
        found["steps"] = [{"line": plain(s.expression, reserved), "rules": list(s.labels)}
                          for s in line.between.lines]
    return found


# Text


class _Report:
    """The text of one check."""

    def __init__(self, check: Check, width: int = 80, ascii: bool = False, color: bool = False,
                 ) -> None:
        self.check, self.ascii, self.color = check, ascii, color
        self.task = check.exercise.task
        self.page = Page(self.task.derivation(), "normal", width, ascii, color)
        self.width = self.page.width

    def lines(self) -> list[str]:
        """All lines of the report."""
        page = [self.page.styled(line, "bold") for line in
                folded(self.task.text, self.width, "")]
        page += [*self.given(), *self.aim(), "", *self.derivation(), ""]
        page += [*self.fault(), *self.ending(), *self.hint()]
        return page

    def given(self) -> Iterator[str]:
        """What is given."""
        told = given(self.check)
        if told:
            yield from (line.replace(_NO_BREAK, " ") for line in self.page.labelled(
                "given", ", ".join(t.replace(" ", _NO_BREAK) for t in told)))

    def aim(self) -> list[str]:
        """What every line has to equal: the task line as it was read."""
        left, right = aim(self.check)
        told = self.show(right) if left is None else f"{self.show(left)} = {self.show(right)}"
        return self.page.labelled("task", told, formula=True)

    def show(self, node: Any) -> str:
        """A formula in the signs that were asked for."""
        return plain(node, self.task.reserved) if self.ascii else pretty(node, self.task.reserved)

    def derivation(self) -> Iterator[str]:
        """The learner's lines, each with its number and whether it is right."""
        first = self.check.first_wrong
        digits = max((len(str(line.number)) for line in self.check.lines), default=1)
        for line in self.check.lines:
            if line.between is not None:
                yield from self.between(line, digits)
            mark = _MARKS[line.right][self.ascii]
            start = f"  {str(line.number).rjust(digits)} {mark.ljust(2)} "
            pieces = wrapped(self.written(line), self.width - len(start))
            style = "bold" if line is first else ""
            for place, piece in enumerate(pieces):
                lead = start if place == 0 else " " * len(start)
                yield lead + (self.page.styled(piece, style) if style else piece)

    def written(self, line: CheckedLine) -> str:
        """A line as it was written, with the reading of what was LaTeX."""
        written = line.written
        text = self.page.sentence(written.text) if self.ascii else written.text
        return f"{text}   read as {written.reading}" if written.reading else text

    def between(self, line: CheckedLine, digits: int) -> Iterator[str]:
        """The engine's steps from the line before to this one."""
        steps = line.between
        if steps is None or not steps.lines:
            return
        lead = " " * (digits + 6)
        if not steps.passes:
            yield self.dim(f"{lead}the engine does not pass the next line; it goes on so:")
        last = steps.lines[-1]
        for step in steps.lines:
            if steps.passes and step is last:
                yield self.dim(f"{lead}by {self.labels(step)}")
            else:
                yield from (self.dim(lead + "  " + piece) for piece in wrapped(
                    f"{self.show(step.expression)}   [{self.labels(step)}]",
                    self.width - len(lead) - 2))

    def labels(self, line: Line) -> str:
        """The names of the rules of a line."""
        return self.page.sentence("; ".join(x.removesuffix(_ABOVE) for x in line.labels))

    def dim(self, text: str) -> str:
        """Words in the background."""
        return self.page.styled(text, "dim")

    def fault(self) -> Iterator[str]:
        """What is said of the first wrong line."""
        check, wrong = self.check, self.check.first_wrong
        if wrong is None:
            return
        yield from self.say("wrong", how_wrong(wrong))
        if check.no_cost is not None:
            yield from self.say("no cost", f"{check.no_cost}. The right answer is: no cost")
        if check.counterexample is not None:
            yield from self.say("for", self.page.sentence(check.counterexample.where))
            pairs = sides(check, check.counterexample, self.show(self.task.at[0])
                          if self.task.at else "")
            yield from self.say("", ", ".join(
                f"{what} is {value}" if value else f"{what} has no value"
                for what, value in pairs))
        if check.variants:
            first, *others = check.misconceptions
            yield from self.say("mistake", f"{spoken(first.name)}. {first.says}")
            yield from self.say("", first.hint)
            if others:
                yield from self.say("", "It could also be: " + ", ".join(
                    spoken(m.name) for m in others) + ".")
        if check.meant is not None:
            label = self.page.sentence(check.meant.label)
            yield from self.say("meant", f"{label}: {self.page.sentence(check.meant.says)}")

    def ending(self) -> Iterator[str]:
        """Whether the derivation is right and complete."""
        check = self.check
        if check.undecided:
            yield from self.say("time", check.undecided)
        if check.correct:
            told = standing(check)
            if told:
                yield from self.say("right" if check.complete else "so far", told)
            yield from self.say("decided", decided(check))

    def hint(self) -> Iterator[str]:
        """The next step, as far as it was asked for."""
        hint = self.check.hint
        if hint is None:
            return
        yield from self.say("hint", self.page.sentence(hint.idea))
        if hint.place is not None:
            rule = self.page.sentence(hint.rule)
            yield from self.say("rule", f"{rule}, applied to {self.show(hint.place)}")
        if hint.line is not None:
            yield from self.page.labelled("next", self.show(hint.line), formula=True)

    def say(self, label: str, words: str) -> Iterator[str]:
        """A labelled sentence, broken to the width."""
        yield from self.page.labelled(label, self.page.sentence(words))


