"""A check as one self-contained page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path

from derive.derivation import Line
from derive.errors import NotAGradient
from derive.outgoing_text import escape
from derive.proof import Refusal, number, place
from derive.rendering.derivation_rows import Row
from derive.rendering.page.article import chapter
from derive.rendering.page.article import given as given_list
from derive.rendering.page.document import document
from derive.rendering.page.entry_writers import facts, label
from derive.rendering.page.equation_chain import Chains
from derive.rendering.page.page_formulas import button, code, condition, equations, math, scroll
from derive.rendering.page.phrases import phrase
from derive.rendering.page.point_formulas import point, slope_at, value
from derive.rendering.page.rule_cards import card
from derive.teaching.marking import check_wording as wording
from derive.teaching.marking.check_records import Check, CheckedLine, Fault
from derive.teaching.marking.counterexample import Counterexample
from derive.teaching.marking.misconceptions import Variant
from derive.teaching.sheets.sheet import Written

MARKS = {"right": ("✓", "right"), "wrong": ("✗", "wrong"), "undecided": ("?", "not decided"),
         "follows": ("↳", "follows from a wrong line"), "unread": ("?", "not understood"),
         "passed": ("", "")}
_CLASSES = {"right": "good", "wrong": "bad", "follows": "follows", "passed": "passed"}
_KINDS = {"gradient": "Gradient", "hessian": "Hessian", "jacobian": "Jacobian", "cost": "Cost",
          "simplify": "Simplification"}
_COMPARED = ("Each line with the task, not only with the line before it, in 50 digits at random "
             "points: one, two, three and seven classes, labels equal and unequal to the indices. "
             "Indices count from 0.")


def page(check: Check, embed_font: Path | None = None) -> str:
    """A check as a page that needs no network and no other file. Raises DeriveError (the font)."""
    task = check.sheet.task
    return document(f"Checked: {task.text}", Sheet(check).article(), styles=("check.css",),
                    embed_font=embed_font)


class Sheet:
    """The corrected sheet: the task, the verdict, the lines with what there is to them."""

    def __init__(self, check: Check) -> None:
        self.check, self.task = check, check.sheet.task
        self.part = self.task.derivation()
        self.chains = Chains("normal", "step", 4)
        self.names = count(1)

    def article(self) -> str:
        """All of the sheet."""
        check = self.check
        explained = any(line.between and line.between.lines for line in check.lines)
        lines = "".join(map(self.line, check.lines)) or '<li class="none">no line yet</li>'
        return (f'<article>{self.header()}'
                f"{given_list(wording.given(check), 2, wording.assumed(check))}{self.posed()}"
                f"{self.verdict()}"
                f"{chapter('Lines', f'<ol class=checked>{lines}</ol>', unfolds=explained)}"
                f"{self.next_step()}{self.closing()}{self.chains.behind()}</article>")

    def header(self) -> str:
        """What was asked, in words and as it was typed."""
        at = " and ".join(math(v, self.part, notes=False) for v in self.task.at)
        by = f" with respect to {at}" if at else ""
        return (f"<header><h1>{_KINDS[self.task.kind]}{by}, checked</h1>"
                f'<p class="typed">{code(self.task.text)}</p></header>')

    def posed(self) -> str:
        """What every line must be equal to."""
        left, right = wording.aim(self.check)
        truth = math(right, self.part, terms=True)
        if left is not None:
            return (f'<section>{label("Every line has to be a cost with")}'
                    f"{equations([(math(left, self.part), truth)])}</section>")
        where = "".join(f'<div class="where">where {condition(c, self.part)}</div>'
                        for c in wording.conditions(self.check))
        return f'<section>{label("Every line has to equal")}{scroll(truth)}{where}</section>'

    def verdict(self) -> str:
        """The outcome in a sentence."""
        check = self.check
        stamps = [_stamp("wrong", f'<a href="#{self.anchor(line)}">'
                                  f"{escape(wording.how_wrong(check, line))}</a>")
                  for line in check.lines if line.mark == "wrong"]
        if wording.standing(check):
            stamps.append(_stamp("right", escape(wording.standing(check)),
                                 "" if check.complete else "started"))
        if check.undecided:
            stamps.append(_stamp("undecided", escape(sentence(check.undecided))))
        return f'<section class="verdict">{"".join(stamps)}</section>'

    # Lines

    def line(self, line: CheckedLine) -> str:
        """One line: its number, whether it is right, the formula, and what was typed."""
        written, words = line.judged, escape(line.written.text)
        if written is None:
            shown, typed = f'<span class="prose">{words}</span>', ""
        else:
            shown = scroll("no cost" if written.denies else
                           math(written.node, self.part, terms=True))
            known = wording.KNOWN.get(line.how) if line.right else None
            typed = (f"{code(written.text)}{_reading(written)}"
                     f"{_beside(f'known by {known}' if known else '')}")
        if line.where:
            where = " and ".join(condition(c, self.part) for c in line.conditions) or \
                escape(line.where)
            typed += f'<span class="how where">right only where {where}</span>'
        typed += "".join(_beside(escape(words)) for words in wording.remarks(line, ""))
        kind = _CLASSES.get(line.mark, "open")
        name = "first wrong" if line is self.check.first_wrong else kind
        fault = self.fault(line, line.fault or Fault()) if line.mark == "wrong" else ""
        return (f'<li class="line {kind}" id="{self.anchor(line)}">{self.between(line)}'
                f'<div class="row"><span class="number"><span class="quiet">line </span>'
                f"{line.number}</span>{_mark(line.mark, name if kind == 'bad' else '')}"
                f'{shown}<div class="typed">{typed}</div></div>{fault}</li>')

    def anchor(self, line: CheckedLine) -> str:
        """The name of a line on the page; several lines may stand in one of the file."""
        same = [other for other in self.check.lines if other.number == line.number]
        place = next(n for n, other in enumerate(same) if other is line)
        return f"line-{line.number}" + (f"-{place + 1}" if place else "")

    def between(self, line: CheckedLine) -> str:
        """The engine's steps from the line before, folded."""
        steps = line.between
        if steps is None or not steps.lines:
            return ""
        name = f"between-{next(self.names)}"
        rules = dict.fromkeys(rule for line in steps.lines for rule in wording.rules_of(line))
        words, note = f"by {'; '.join(rules)}", ""
        if not steps.passes:
            words = "the engine goes another way"
            note = '<p class="note">It does not pass this line; from the line before it ' \
                   "leads to the result so:</p>"
        return (f'<button type="button" class="why" aria-expanded="true" aria-controls="{name}">'
                f'{phrase(words)}</button><div class="panel" id="{name}">{note}'
                f"{self.steps(steps.lines)}</div>")

    def steps(self, lines: Sequence[Line]) -> str:
        """Steps of the engine as a chain; each opens its rules."""
        rows = "".join(self.chains.line(self.part, Row(None, line.expression,
                                                       tuple(wording.rules_of(line)), line.steps))
                       for line in lines)
        return f'<ol class="equations chain">{rows}</ol>'

    # The fault

    def fault(self, line: CheckedLine, fault: Fault) -> str:
        """What there is to a wrong line, below it."""
        check = self.check
        rows: list[tuple[str, str]] = []
        if check.no_cost is not None and line is check.first_wrong:
            rows.append(("no cost", f"<p>{_no_cost(check.no_cost)} The right answer is "
                                    f"{code('no cost')}.</p>"))
        if fault.counterexample is not None:
            rows.append(("counterexample", self.counterexample(line, fault.counterexample)))
        if fault.variants:
            rows.append(("mistake", self.mistake(fault.variants[0])))
        if len(fault.variants) > 1:
            others = "; ".join(
                f"<strong>{escape(wording.spoken(m.name))}</strong>: {phrase(m.says)}"
                for m in fault.misconceptions[1:])
            rows.append(("or else", f"<p>{others}</p>"))
        if fault.meant is not None:
            rows.append(("rule meant", f'<p><strong>{phrase(fault.meant.label)}</strong></p>'
                                       f'<div class="meant">{card(fault.meant)}</div>'))
        return f'<div class="fault">{facts(rows)}</div>' if rows else ""

    def counterexample(self, line: CheckedLine, shown: Counterexample) -> str:
        """The point, and both values there."""
        at = math(self.task.at[0], self.part, notes=False) if self.task.at else ""
        values = "".join(
            f'<span class="value"><span class="what">{what}</span> '
            f"<strong>{value(text) if text else 'no value'}</strong></span>{sign}"
            for (what, text), sign in zip(
                wording.sides(self.check, line, shown, at),
                ('<span class="unequal" role="img" aria-label="is not"> ≠ </span>', ""),
                strict=True))
        where = point(shown.texts) or shown.where
        return f'<p class="point">For {where}</p><p class="values">{values}</p>'

    def mistake(self, variant: Variant) -> str:
        """The misconception: its sentence, what was taken for what, and a hint."""
        entry = variant.misconception
        became = ""
        if variant.after != variant.line:
            became = (f'<div class="scroll">{math(variant.before, self.part)}'
                      '<span class="arrow" role="img" aria-label="was taken for">→</span>'
                      f"{math(variant.after, self.part)}</div>")
        return (f"<p><strong>{escape(sentence(wording.spoken(entry.name)))}</strong> "
                f'{phrase(entry.says)}</p>{became}<p class="tip">{phrase(entry.hint)}</p>')

    # Below the lines

    def next_step(self) -> str:
        """The hint, as far as it was asked for."""
        hint = self.check.hint
        if hint is None:
            return ""
        words = f"<p>{phrase(hint.strategy)}</p>"
        if hint.rule:
            words += f"<p>{phrase(hint.rule)}{phrase(f': {hint.says}' if hint.says else '')}</p>"
        if hint.place is not None:
            words += f'<div class="scroll">applied to {math(hint.place, self.part)}</div>'
        if hint.refutation is not None:
            words += _no_cost(hint.refutation)
        if hint.line is not None:
            words += equations([("", math(hint.line, self.part))])
        if hint.denies:
            words += "<p>The answer is: no cost.</p>"
        return f'<section class="result hint">{label("Hint to the next step")}{words}</section>'

    def closing(self) -> str:
        """How it was decided, and what can be copied."""
        rows = [("right lines", escape(wording.decided(self.check))), ("compared", _COMPARED)]
        text = "\n".join(line.written.text for line in self.check.lines)
        copy = f'<div class="buttons">{button("Copy the lines", text)}</div>' if text else ""
        return chapter("How it was decided", facts(rows) + copy)


def _no_cost(error: NotAGradient) -> str:
    """Why there is no cost, with the two derivatives that differ."""
    proof: Refusal | None = error.proof
    if proof is None or proof.witness is None:
        return escape(f"{error}.")
    first, second = map(place, (proof.witness.first, proof.witness.second))
    name, variable = proof.field_name, proof.variable
    left, right = map(number, proof.witness.numbers)
    return (f"{math(proof.field, proof.jacobian)} is the gradient of no cost: its Jacobian is not "
            f"symmetric, {slope_at(name, first, variable, second, left)}, but "
            f"{slope_at(name, second, variable, first, right)}.")


def sentence(words: str) -> str:
    """Words as a sentence."""
    return words[:1].upper() + words[1:] + "."


def _mark(mark: str, label: str = "") -> str:
    sign, words = MARKS[mark]
    named = f' role="img" aria-label="{label or words}"' if sign else ""
    return f'<span class="mark"{named}>{sign}</span>'


def _stamp(mark: str, words: str, extra: str = "") -> str:
    kind = extra or _CLASSES.get(mark, "open")
    return f'<p class="stamp {kind}">{_mark(mark)}<span>{words}</span></p>'


def _beside(words: str) -> str:
    """Words in small print beside a line."""
    return f'<span class="how">{words}</span>' if words else ""


def _reading(line: Written) -> str:
    """The notation that a line in LaTeX was read as."""
    return f'<span class="reading">read as {code(line.reading)}</span>' if line.reading else ""
