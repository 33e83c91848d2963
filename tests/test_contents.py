"""The account of what a derivation holds: every form of print shows all of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

import derive
from derive.calculus.likelihood.regression.fitted_model import Fit
from derive.derivation import Derivation
from derive.judge.record import Verification
from derive.notation.printing.latex import latex
from derive.notation.printing.mathml import mathml
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.proof import Proved
from derive.rendering import derivation_contents, tex
from derive.rendering.derivation_contents import (
    KINDS,
    NOT_SHOWN,
    Arrays,
    Chain,
    Code,
    Condition,
    Entry,
    Formulas,
    Notation,
    Sentence,
    Tabular,
    Title,
    contents,
)
from derive.rendering.derivation_rows import definition_line, definition_sides, sections
from derive.rendering.page.phrases import phrase
from derive.rendering.text_page import in_ascii
from tests.derivation_kinds import FORMS, MADE, MARKUP, Subject, made, packed, shown_as

# The command was just typed where a text is read; JSON holds the question itself.
ASKED_OTHERWISE = ("text", "json")


def texts_of(entry: Entry, form: str) -> list[str]:
    """What of an entry is text: words, and lines of the notation."""
    match entry:
        case Title():
            return [entry.plain if form in ("latex", "json") else entry.words]
        case Sentence():
            return [entry.label, entry.words]
        case Notation():
            return [entry.label, *entry.lines]
        case Code():
            return [entry.text]
        case Tabular():
            return [entry.label, *entry.heads[1:], *(cell for row in entry.rows for cell in row)] \
                if form != "json" else [row[0] for row in entry.rows]
        case Chain():
            return [entry.note, *margins_of(entry, form)]
    return []


def margins_of(chain: Chain, form: str) -> list[str]:
    """The names of the rules beside the lines; on a page their formulas are drawn."""
    if form == "page":
        return []
    if form == "json":
        return [step.rule.label for row in chain.rows for step in row.steps]
    plain_words = form in ("text", "in Jupyter")  # drawn there
    return [row.rules if plain_words else tex.margin(row.rules) for row in chain.rows]


def formulas_of(entry: Entry) -> list[tuple[Any, Derivation]]:
    """The formulas of an entry, with the derivation in whose terms they are printed."""
    match entry:
        case Formulas():
            return [(r.result, r) for r in entry.results]
        case Chain():
            return [(side, entry.part) for row in entry.rows for side in (row.left, row.line)
                    if side is not None]
        case Condition():
            return [(entry.formula, entry.part)]
    return []


def looked_for(form: str, text: str) -> set[str]:
    """How a text may stand in a form."""
    ways = {text, text.capitalize(), text[:1].upper() + text[1:]}
    if "LaTeX" in form or form == "latex":
        ways |= {f(way) for way in ways for f in (tex.escaped, tex.plain_text)} | {in_ascii(text)}
    if form in MARKUP:  # there formulas in words are drawn
        ways = {text, *(packed(form, phrase(way, stepped))
                        for way in ways for stepped in (False, True))}
    return {packed("text", way) for way in ways}


def drawn(subject: Subject, form: str) -> set[str]:
    """Definitions that a page draws, as their lines."""
    if form != "page" or not isinstance(subject, Derivation):
        return set()
    shown = packed(form, FORMS[form](subject))
    stored = (*subject.definitions, *(subject.sequel.definitions if subject.sequel else ()))
    return {definition_line(d, subject.reserved, subject.indices) for d in stored
            if all(any(way in shown for way in printed(form, side, subject))
                   for side in definition_sides(d, subject.reserved, subject.indices))}


def printed(form: str, node: Any, part: Derivation) -> set[str]:
    """A formula in a form; results may stand in the notation."""
    notation = packed("text", plain(node, part.reserved))
    if form == "json":
        return {notation}
    made = pretty(node, part.reserved, part.time) if form == "text" else \
        mathml(node, part.reserved, part.time, notes=False) if form in MARKUP else \
        latex(node, part.reserved, part.time)
    return {notation, packed(form, made)}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", MADE)
def test_no_form_of_any_kind_leaves_a_text_out(kind: str, form: str) -> None:
    subject, shown = made(kind), shown_as(kind, form)
    missing = [(entry.name, text) for entry in contents(subject) for text in texts_of(entry, form)
               if not (form in ASKED_OTHERWISE and isinstance(entry, Code))
               and not (form == "json" and text == entry.label)  # keys of its own
               and not any(way in shown for way in looked_for(form, text))]
    assert not {text for _, text in missing} - drawn(subject, form)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", MADE)
def test_no_form_of_any_kind_leaves_a_formula_out(kind: str, form: str) -> None:
    subject, shown = made(kind), shown_as(kind, form)
    assert not [node for entry in contents(subject) for node, part in formulas_of(entry)
                if not any(formula in shown for formula in printed(form, node, part))]


@pytest.mark.parametrize("form", [f for f in FORMS if f not in ("json", "page")])
@pytest.mark.parametrize("kind", MADE)
def test_no_form_leaves_out_results_with_whole_arrays(kind: str, form: str) -> None:
    subject, shown = made(kind), shown_as(kind, form)
    style = "unicode" if form == "text" else "mathml" if form in MARKUP else "latex"
    assert not [row for entry in contents(subject) if isinstance(entry, Arrays)
                for row in entry.rows(style) for side in row
                if packed(form, side).replace("$", "") not in shown]


# Every field of a derivation


def _base(**fields: Any) -> Derivation:
    return replace(derive.grad("z**2", given="z: real", wrt="z"), **fields)


def _other() -> Derivation:
    return derive.grad("qother**2", given="qother: real", wrt="qother")


def _through(loss: str, given: list[str], at: str) -> Derivation:
    return derive.grad(loss, given=given, wrt=at, through=["qname"])


CELL = """x: real[T, D]
qstate: real[T, H]
v: real[H]
U: real[H, D]
qstate[t] = tanh(U @ x[t])
L = sum(v @ qstate[t] for t in T)"""

# For a field a derivation that has a value of its own there, and what of it a reader is to see.
PLANTED: dict[str, tuple[Callable[[], Derivation], str]] = {
    "title": (lambda: _base(title="qtitle"), "qtitle"),
    "meaning": (lambda: _base(meaning="qmeaning."), "qmeaning"),
    "source": (lambda: _base(source="qsource"), "qsource"),
    "note": (lambda: _base(note="qnote"), "qnote"),
    "given": (lambda: _base(given=("z: real", "qgiven: real")), "qgiven: real"),
    "quantity": (lambda: _base(quantity=_other().quantity), "qother"),
    "start": (lambda: _base(start=_other().start), "qother"),
    "steps": (lambda: _base(steps=_other().steps), "2 * qother"),
    "parts": (lambda: _base(parts=(_other(),)), "qother"),
    "others": (lambda: _base(others=(_other(),)), "2 * qother"),
    "checks": (lambda: _base(checks=(_other(),)), "qother"),
    "remarks": (lambda: _base(remarks=(("qlabel", "first"), ("qlabel", "qremark"))), "qremark"),
    "verification": (lambda: _base(verification=Verification(
        1, 1, (), 50, 0.0, 1, unjudged="qverification")), "qverification"),
    "proof": (lambda: _base(proof=Proved(("qtheorem",), (), (), "Coq")), "qtheorem"),
    "sequel": (lambda: _base(sequel=_through("qname = z + 1\nqname**2", ["z: real"], "z")),
               "qname"),
    "definitions": (lambda: _through("qname = softmax(o)\n-log(qname[y])",
                                     ["o: real[K]", "y: label(K)"], "o"),
                    "qname[i] = softmax(o)[i]"),
    "rules": (lambda: _base(rules=(_base().steps[0].rule,)), "d(u(x)**n, x)"),
    "longhand": (lambda: _base(longhand=_other()), "qother"),
    "recurrence": (lambda: derive.bptt(CELL), "qstate"),
    "fit": (lambda: _base(fit=Fit(("qparameter",), ("real",), (1.5,), ((0.25,),), 9, -3.0,
                                  "observed", "steps")), "qparameter"),
}
ELSEWHERE = {"asked"}  # the command and the call, in a test of their own


def test_every_field_is_shown_or_not_for_a_reason() -> None:
    assert {f.name for f in fields(Derivation)} == {*PLANTED, *NOT_SHOWN, *ELSEWHERE}
    assert not set(PLANTED) & set(NOT_SHOWN)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("field", PLANTED)
def test_no_form_leaves_a_field_out(field: str, form: str) -> None:
    made_with, seen = PLANTED[field]
    derivation = made_with()
    shown = packed(form, FORMS[form](derivation))
    ways = looked_for(form, seen)
    if "LaTeX" in form:  # there the results are typeset
        ways |= {packed(form, latex(r.result)) for r in (derivation, *derivation.others)}
    assert seen in drawn(derivation, form) or any(way in shown for way in ways)


def test_a_function_of_the_users_file_is_told_where_it_occurs(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("".join(
        f'[{name}]\narguments = ["u"]\ndefinition = "2*atan(tanh(u/2))"\n'
        'derivative = ["1/cosh(u)"]\nrange = "(-2, 2)"\nrises = "0"\nsource = "DLMF 4.23.41"\n'
        for name in ("gudermannian", "unused")))
    derivation = derive.grad("gudermannian(z)**2", given="z: real", wrt="z", functions=file)
    for form, show in FORMS.items():
        line = "2*atan(tanh(u/2))" if form == "json" else "gudermannian(u) = 2*atan(tanh(u/2))"
        assert packed("text", line) in packed(form, show(derivation)), form
    assert "unused" not in derivation.show()


@pytest.mark.parametrize("form", [form for form in FORMS if form not in ASKED_OTHERWISE])
@pytest.mark.parametrize("kind", ["through", "no cost", "no noise"])
def test_the_question_is_told_as_a_command_and_as_a_call(kind: str, form: str) -> None:
    (command, call) = (e.text for e in contents(made(kind)) if isinstance(e, Code))
    assert command.startswith("derive ")
    assert "derive." in call
    shown = shown_as(kind, form)
    for text in (command, call):
        assert any(way in shown for way in looked_for(form, text))


# A form that would leave something out


def test_every_kind_of_entry_has_a_writer_in_every_form() -> None:
    from derive.rendering import jupyter_fragment, markdown, terminal_text

    for table in (terminal_text._WRITERS, tex._DOCUMENT, tex._TYPESET, markdown.writers(1),
                  jupyter_fragment._WRITERS):
        assert set(table) == set(KINDS)


def test_a_kind_without_a_writer_is_noticed() -> None:
    class Added(Entry):
        pass

    with pytest.raises(KeyError):
        derivation_contents.in_form([Added("added", "")], tex._DOCUMENT)


@pytest.mark.parametrize("form", [f for f in FORMS if f not in ("json", "page")])
def test_what_a_writer_drops_is_missed(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def dropping(entry: Sentence) -> str:
        return "" if entry.name == "remarks" else entry.full

    from derive.rendering import jupyter_fragment, markdown, terminal_text

    for module, table in ((tex, "_DOCUMENT"), (tex, "_TYPESET"), (markdown, "_WRITERS"),
                          (jupyter_fragment, "_WRITERS")):
        monkeypatch.setattr(module, table, {**getattr(module, table), Sentence: dropping})
    monkeypatch.setattr(terminal_text, "_WRITERS", {
        **terminal_text._WRITERS, Sentence: lambda page, entry: [dropping(entry)]})
    made_with, seen = PLANTED["remarks"]
    assert seen not in FORMS[form](made_with())


def test_a_form_or_an_option_that_does_not_exist_is_refused_by_name() -> None:
    derivation = derive.grad("z**2", given="z: real")
    with pytest.raises(derive.DeriveError, match="form is one of text, latex"):
        derivation.show("pdf")
    with pytest.raises(derive.ArgumentError, match="unknown option 'open'"):
        derivation.show("html", open=True)
    assert derivation.show("html", width=60) == derivation.show("html")


def test_parts_of_two_fields_that_have_the_same_name_are_both_shown() -> None:
    # d(f[m], z[j]) - d(f[j], z[m]) of the question, and of the one field that is left
    shown = [part for part in sections(derive.family()) if "Symmetry" in part.title]
    assert [part.result == 0 for part in shown] == [False, True]


def test_the_first_of_several_results_is_called_as_the_others() -> None:
    page = derive.mle("normal").show("html")
    names = [re.sub("<[^>]*>", "", n) for n in re.findall('<span class="name">(.*?)</span>', page)]
    assert [n for n in names if n.startswith("Estimate")] == ["Estimate of μ", "Estimate of σ"]


def test_what_latex_was_read_as_stands_in_the_notation() -> None:
    page = derive.grad(r"\frac{1}{2}\sum_{i=1}^n (y_i - z_i)^2", wrt="z").show("html")
    assert "<code>1 / 2 * sum((y[i] - z[i])**2 for i in n)</code>" in page
