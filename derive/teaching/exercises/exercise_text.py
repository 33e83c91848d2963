"""What a student sees of an exercise: on a terminal, in Markdown, in LaTeX, as a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from sympy.core.basic import Basic

from derive.core import heads
from derive.core.exact import exact
from derive.notation.printing.declaration_words import all_in_words
from derive.notation.printing.formula_signs import with_signs
from derive.notation.printing.latex import latex
from derive.outgoing_text import escape
from derive.rendering.latex_phrases import formula_latex
from derive.rendering.page.document import document
from derive.rendering.page.entry_writers import facts, given_list, label
from derive.rendering.page.page_formulas import button, math, scroll
from derive.rendering.tex import escaped
from derive.rendering.text_page import TextPage
from derive.teaching.exercises.class_table import number
from derive.teaching.exercises.exercise_record import Exercise, Variant
from derive.teaching.exercises.exercise_trial import Trial

_KINDS = {"gradient": "Find the gradient of", "hessian": "Find the Hessian of",
          "jacobian": "Find the Jacobian of", "simplify": "Simplify",
          "cost": "Find a cost, or show that there is none, of which this is the gradient:"}
_HOW = ("Hand in a file .txt, .md or .tex that begins with the head of your hand-in, and holds a "
        "line for each step.")


@exact
def text(variant: Variant, width: int = 80, ascii: bool = False, color: bool = False) -> str:
    """An exercise as lines of text."""
    page = TextPage(width, ascii, color)
    task, exercise = variant.task, variant.exercise
    lines = page.heading(variant.title)
    for paragraph in filter(None, variant.text.splitlines()):
        lines += ["", *page.heading(paragraph, "")]
    lines += ["", *page.listed("given", variant.given or ("nothing",))]
    if variant.define:
        lines += page.listed("where", variant.define)
    words, node = _asked(variant)
    lines += page.labelled("task", f"{words} {page.formula(node, task.reserved)}", formula=True)
    at = ", ".join(page.formula(v, task.reserved) for v in task.at)
    lines += page.labelled("", f"with respect to {at}") if at else []
    for name, row in _terms(exercise):
        lines += page.labelled(name, row)
    return "\n".join(lines)


@exact
def markdown(variant: Variant) -> str:
    """An exercise in Markdown, formulas in LaTeX between dollar signs."""
    def formula(words: str) -> str:
        return f"${formula_latex(words)}$"

    return "\n\n".join((
        f"# {variant.title}", *filter(None, [variant.text]),
        "\n".join(f"- {line}" for line in _premises(variant, formula)),
        _sentence(variant, lambda made: f"$${made}$$", "**"),
        *(f"*{name}:* {row}" for name, row in _terms(variant.exercise)),
        "```text\n" + "\n".join(variant.lines) + "\n```"))


@exact
def tex(variant: Variant) -> str:
    """An exercise as a piece of a LaTeX document."""
    def formula(words: str) -> str:
        return f"${formula_latex(words)}$"

    items = "\n".join(f"  \\item {line}" for line in _premises(variant, formula))
    given = f"\\begin{{itemize}}\n{items}\n\\end{{itemize}}" if items else ""
    terms = "; ".join(f"{name}: {row}" for name, row in _terms(variant.exercise))
    return "\n\n".join(filter(None, (
        f"\\section*{{{escaped(variant.title)}}}", escaped(variant.text), given,
        _sentence(variant, lambda made: f"\\[ {made} \\]"), escaped(terms) + ".")))


@exact
def page(variant: Variant, embed_font: Path | None = None) -> str:
    """An exercise as a page that needs no network. Raises DeriveError (the font)."""
    part = variant.task.derivation()
    words, node = _asked(variant)
    at = " and ".join(math(v, part, notes=False) for v in variant.task.at)
    by = f"<p>with respect to {at}</p>" if at else ""
    paragraphs = "".join(f'<p class="lead">{escape(line)}</p>'
                         for line in filter(None, variant.text.splitlines()))
    body = (
        f"<header><h1>{escape(variant.title)}</h1>{paragraphs}</header>"
        f'<section>{label("Given")}{given_list((*variant.given, *variant.define), True)}</section>'
        f'<section class="result">{label("Task")}<p>{escape(words)}</p>{scroll(math(node, part))}'
        f"{by}</section>"
        f'<section>{label("Marks")}{facts((n, escape(row)) for n, row in _terms(variant.exercise))}'
        f'</section><section>{label("Hand-in")}<p>{escape(_HOW)}</p>'
        f'<pre tabindex="0"><code>{escape(variant.hand_in())}</code></pre>'
        f'<div class="buttons">{button("Copy the head", variant.hand_in())}</div></section>')
    return document(variant.title, body, embed_font=embed_font)


def _asked(variant: Variant) -> tuple[str, Basic]:
    """What is asked, in words, and the formula that it is asked of."""
    task = variant.task
    node = task.truth
    for _ in () if task.is_cost or task.kind == "simplify" else task.at:
        if isinstance(node, heads.Partial):
            node = node.args[0]
    return _KINDS[task.kind], node


def _sentence(variant: Variant, displayed: Callable[[str], str], strong: str = "") -> str:
    """The task as a sentence with its formula."""
    words, node = _asked(variant)
    reserved = variant.task.reserved
    at = ", ".join(f"${latex(v, reserved)}$" for v in variant.task.at)
    by = f"\n\nwith respect to {at}." if at else ""
    return f"{strong}{words}{strong}\n\n{displayed(latex(node, reserved))}{by}"


def _premises(variant: Variant, formula: Callable[[str], str]) -> tuple[str, ...]:
    """What is given, in words."""
    return all_in_words((*variant.given, *variant.define), lambda line: formula(with_signs(line)))


def _terms(exercise: Exercise) -> Iterator[tuple[str, str]]:
    """What the points are for, in words."""
    scheme = exercise.points
    lines = number(scheme.total - scheme.result)
    each = f", {number(scheme.step)} for each right line up to {lines}" if scheme.step \
        else f", {lines} for right lines"
    yield "points", f"{number(scheme.total)}: {number(scheme.result)} for a right result{each}"
    if exercise.least_lines:
        yield "lines", f"at least {exercise.least_lines} for full points"
    if exercise.hints.cost:
        yield "hints", (f"up to level {exercise.hints.most}, "
                        f"{number(exercise.hints.cost)} off for each")


def trial_text(trial: Trial, width: int = 80, ascii: bool = False, color: bool = False) -> str:
    """What was seen of an exercise that was tried, as lines of text."""
    layout, exercise = TextPage(width, ascii, color), trial.exercise
    lines = layout.heading(f"{exercise.heading}: the task is posed")
    several = exercise.variants > 1
    for place, (variant, answer) in enumerate(trial.answers):
        drawn = ", ".join(f"{name} = {value}" for name, value in variant.draw.values)
        before = f"variant {variant.number} ({drawn}): " if several else ""
        lines += layout.labelled(("answers" if several else "answer") if place == 0 else "",
                                 f"{before}{answer or 'none of the engine'}", formula=True)
    steps = len(exercise.model)
    model = f"{steps} line{'s' * (steps != 1)}, all right, and a result at the end" \
        if steps else "none; it is not needed"
    lines += layout.labelled("model", model)
    for name, row in _terms(exercise):
        lines += layout.labelled(name, row)
    for place, remark in enumerate(trial.remarks):
        lines += layout.labelled("remarks" if place == 0 else "", remark)
    return "\n".join(lines)
