"""A check as one self-contained page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import count
from pathlib import Path

from derive.derivation import Line
from derive.errors import NotAGradient
from derive.proof import Refusal, number, place
from derive.rendering.derivation_rows import Row
from derive.rendering.page.article import chapter
from derive.rendering.page.article import given as given_list
from derive.rendering.page.document import document
from derive.rendering.page.entry_writers import facts, label
from derive.rendering.page.equation_chain import Chains
from derive.rendering.page.page_formulas import button, code, equations, math, scroll
from derive.rendering.page.phrases import phrase
from derive.rendering.page.point_formulas import point, slope_at, value
from derive.rendering.page.rule_cards import card
from derive.teaching.marking import check_wording as wording
from derive.teaching.marking.misconceptions import Variant
from derive.teaching.marking.sheet_check import Check, CheckedLine

MARKS = {True: ("✓", "right"), False: ("✗", "wrong"), None: ("?", "not decided")}
_CLASSES = {True: "good", False: "bad", None: "open"}
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
        return f'<section>{label("Every line has to equal")}{scroll(truth)}</section>'

    def verdict(self) -> str:
        """The outcome in a sentence."""
        check, wrong = self.check, self.check.first_wrong
        stamps = []
        if wrong is not None:
            stamps.append(_stamp(False, f'<a href="#line-{wrong.number}">'
                                        f"{escape(wording.how_wrong(wrong))}</a>"))
        if wording.standing(check):
            stamps.append(_stamp(True, escape(wording.standing(check)),
                                 "" if check.complete else "started"))
        if check.undecided:
            stamps.append(_stamp(None, escape(sentence(check.undecided))))
        return f'<section class="verdict">{"".join(stamps)}</section>'

    # Lines

    def line(self, line: CheckedLine) -> str:
        """One line: its number, whether it is right, the formula, and what was typed."""
        first = line is self.check.first_wrong
        written = line.written
        shown = "no cost" if written.denies else math(written.node, self.part, terms=True)
        known = wording.KNOWN.get(line.how)
        how = f'<span class="how">known by {known}</span>' if known else ""
        fault = self.fault() if first else ""
        mark = "first wrong" if first else _CLASSES[line.right]
        return (f'<li class="line {_CLASSES[line.right]}" id="line-{line.number}">'
                f"{self.between(line)}"
                f'<div class="row"><span class="number"><span class="quiet">line </span>'
                f"{line.number}</span>{_mark(line.right, mark if first else '')}"
                f'{scroll(shown)}<div class="typed">{code(written.text)}{_reading(line)}{how}'
                f"</div></div>{fault}</li>")

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

    def fault(self) -> str:
        """What there is to the first wrong line, below it."""
        check = self.check
        rows: list[tuple[str, str]] = []
        if check.no_cost is not None:
            rows.append(("no cost", f"<p>{_no_cost(check.no_cost)} The right answer is "
                                    f"{code('no cost')}.</p>"))
        if check.counterexample is not None:
            rows.append(("counterexample", self.counterexample()))
        if check.variants:
            rows.append(("mistake", self.mistake(check.variants[0])))
        if len(check.variants) > 1:
            others = "; ".join(
                f"<strong>{escape(wording.spoken(m.name))}</strong>: {phrase(m.says)}"
                for m in check.misconceptions[1:])
            rows.append(("or else", f"<p>{others}</p>"))
        if check.meant is not None:
            rows.append(("rule meant", f'<p><strong>{phrase(check.meant.label)}</strong></p>'
                                       f'<div class="meant">{card(check.meant)}</div>'))
        return f'<div class="fault">{facts(rows)}</div>' if rows else ""

    def counterexample(self) -> str:
        """The point, and both values there."""
        shown = self.check.counterexample
        assert shown is not None
        at = math(self.task.at[0], self.part, notes=False) if self.task.at else ""
        values = "".join(
            f'<span class="value"><span class="what">{what}</span> '
            f"<strong>{value(text) if text else 'no value'}</strong></span>{sign}"
            for (what, text), sign in zip(
                wording.sides(self.check, shown, at),
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


def _mark(right: bool | None, label: str = "") -> str:
    sign, words = MARKS[right]
    return f'<span class="mark" role="img" aria-label="{label or words}">{sign}</span>'


def _stamp(right: bool | None, words: str, extra: str = "") -> str:
    return f'<p class="stamp {extra or _CLASSES[right]}">{_mark(right)}<span>{words}</span></p>'


def _reading(line: CheckedLine) -> str:
    """The notation that a line in LaTeX was read as."""
    reading = line.written.reading
    return f'<span class="reading">read as {code(reading)}</span>' if reading else ""
