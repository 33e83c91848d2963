"""Everything that a derivation or a proof holds, in order, as entries of a few kinds.

Each form of print is a table from the kinds to how it writes them: none picks by hand what it
shows, so that none leaves a field out. What is of no interest to a reader is listed in
`NOT_SHOWN`, with the reason; a test compares that list and the entries with the fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sympy.core.basic import Basic

from derive.derivation import Derivation
from derive.premises import Asked
from derive.proof import Refusal
from derive.rendering.array_results import matrix_results
from derive.rendering.asked_command import asked_call, asked_command
from derive.rendering.derivation_rows import (
    Row,
    binds_indices,
    names_in,
    result_equation,
    rows_of,
    sections,
)
from derive.rendering.fitted_rows import fitted_rows
from derive.rendering.no_cost_facts import claim, proof_facts
from derive.rendering.used_definitions import used_definitions
from derive.short_reprs import Brief

Made = TypeVar("Made")


@dataclass(frozen=True)
class Entry(Brief):
    """One part of the account: `name` says which, `label` is the word that stands before it."""

    name: str
    label: str

    @property
    def block(self) -> str:
        """Where it stands: head, premises, derivation, results or closing."""
        return _BLOCKS.get(self.name, "closing")


@dataclass(frozen=True)
class Title(Entry):
    """What was derived; `plain` says the same in ASCII signs."""

    words: str
    plain: str


@dataclass(frozen=True)
class Sentence(Entry):
    """Words; those that stand on their own have no label."""

    words: str

    @property
    def full(self) -> str:
        """With a full stop."""
        return self.words if self.words[-1:] in (*".:!?", "") else f"{self.words}."


@dataclass(frozen=True)
class Notation(Entry):
    """Texts of the notation, which belong side by side or, where `below`, under each other."""

    lines: tuple[str, ...]
    separator: str = ", "
    below: bool = False


@dataclass(frozen=True)
class Code(Entry):
    """What a reader can type into a shell or into Python."""

    text: str
    language: str


@dataclass(frozen=True)
class Formulas(Entry):
    """Results: quantity and last line of each; `named` where their quantities tell them apart."""

    results: tuple[Derivation, ...]
    named: bool

    @property
    def notations(self) -> list[str]:
        """Each in the notation, with what it is where they are several."""
        return [result_equation(r) if self.named else r.notation for r in self.results]


@dataclass(frozen=True)
class Arrays(Entry):
    """Equations with whole vectors and matrices, printed in the styles of `matrix_forms`."""

    printed: Callable[[Derivation, str], list[tuple[str, str]]]
    of: Derivation

    def rows(self, style: str) -> list[tuple[str, str]]:
        """Both sides of each: style is unicode, latex, mathml or ascii (the notation)."""
        return self.printed(self.of, style)


@dataclass(frozen=True)
class Chain(Entry):
    """A chain of equations, each line by rules from the last, under its note."""

    part: Derivation
    detail: str

    @property
    def note(self) -> str:
        """What stands above it."""
        return self.part.note

    @property
    def rows(self) -> list[Row]:
        """The lines to show."""
        return rows_of(self.part, self.detail)


@dataclass(frozen=True)
class Condition(Entry):
    """A condition under which the results hold, in the terms of a derivation."""

    formula: Basic
    part: Derivation

    @property
    def indexed(self) -> bool:
        """Whether it is one for every value of an index."""
        return binds_indices(self.formula)


@dataclass(frozen=True)
class Tabular(Entry):
    """Numbers in rows, each under the head of its column; the first of a row is its name."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


KINDS = (Title, Sentence, Notation, Code, Formulas, Arrays, Chain, Condition, Tabular)
_BLOCKS = {"title": "head", "meaning": "head", "source": "head", "given": "premises",
           "assumed": "premises", "model": "premises", "definitions": "premises",
           "derivation": "derivation", "results": "results", "matrices": "results",
           "fit": "results", "names": "results", "written out": "results", "sequel": "results"}

# Fields of a derivation that no entry of its own shows, and why.
NOT_SHOWN: Mapping[str, str] = {
    "goal": "the title says it",
    "original": "the first line before it was prepared; steps lead from it to the rest",
    "indices": "the results show their free indices",
    "assumptions": "the given lines that are conditions, read",
    "domain": "what of it the result does not show by itself is among the conditions",
    "formal": "what names of derivatives stand for; the lines put it in",
    "field": "the field of a cost; its definition and the last check show it",
    "laws": "the densities behind expected values; the first line shows them",
    "modulo": "what lines are equal but for; the notes say it",
    "estimates": "the remarks say them in words",
    "typed": "the lines begin with it; a text in LaTeX is a remark",
}


def contents(subject: Derivation | Refusal, detail: str = "normal") -> tuple[Entry, ...]:
    """All that a derivation holds, or a proof, in the order in which it is read."""
    if isinstance(subject, Refusal):
        return tuple(_refusal(subject, detail))
    parts = sections(subject, detail)
    return (*_head(subject), *_premises(subject, parts, detail),
            *(Chain("derivation", "", part, detail) for part in parts),
            *_results(subject), *_closing(subject, parts))


def _refusal(proof: Refusal, detail: str) -> Iterable[Entry]:
    yield Title("title", "", claim(proof), claim(proof, ascii=True))
    yield from _given(proof.stated, proof.assumed)
    second = proof.difference.parts[1:2] if proof.second_variable else ()
    for part in (proof.jacobian, *second, proof.difference):
        yield Chain("derivation", "", part, detail)
    for fact in proof_facts(proof):
        yield Sentence("facts", "", fact)
    yield from _grounds(proof.difference)
    yield from _proved(proof)
    yield from _asked(proof.asked)


def in_form(entries: Iterable[Entry], writers: Mapping[type[Entry], Callable[[Any], Made]],
            ) -> list[Made]:
    """Every entry as a form writes it. Raises KeyError for a form that lacks a kind."""
    return [writers[type(entry)](entry) for entry in entries]


def blocks(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """The entries by their blocks, each block in order."""
    made: dict[str, list[Entry]] = {}
    for entry in entries:
        made.setdefault(entry.block, []).append(entry)
    return made


def _head(derivation: Derivation) -> Iterable[Entry]:
    yield Title("title", "", derivation.title, derivation.title)
    if derivation.meaning:
        yield Sentence("meaning", "", derivation.meaning)
    if derivation.source:
        yield Sentence("source", "", derivation.source)


def _given(stated: tuple[str, ...], assumed: tuple[str, ...]) -> Iterable[Entry]:
    """What is given, and what the use of names told."""
    if stated or not assumed:
        yield Notation("given", "given", stated)
    if assumed:
        yield Notation("assumed", "assumed", assumed)


def _premises(derivation: Derivation, parts: Sequence[Derivation], detail: str) -> Iterable[Entry]:
    yield from _given(derivation.stated, derivation.assumed)
    if derivation.time is not None:
        from derive.rendering.model_results import equations  # other pages start without it

        yield Arrays("model", "model", equations, derivation)
    else:
        lines = used_definitions(derivation, parts, detail)
        if lines:
            yield Notation("definitions", "defined", lines, below=True)


def _results(derivation: Derivation) -> Iterable[Entry]:
    results = (derivation, *derivation.others)
    several = len(results) > 1 or derivation.time is not None
    yield Formulas("results", "results" if several else "result", results, several)
    if matrix_results(derivation, "latex"):
        yield Arrays("matrices", "matrices", matrix_results, derivation)
    names = tuple(dict.fromkeys(line for result in results for line in names_in(result)))
    if names:
        yield Notation("names", "with", names, below=True)
    if derivation.fit is not None:
        yield Tabular("fit", "estimates", *fitted_rows(derivation.fit))
    full = tuple(r.written_out for r in results if r.written_out is not None)
    if full:
        yield Formulas("written out", "in full", full, several)
    sequel = derivation.sequel
    if sequel is not None:
        yield Formulas("sequel", f"in {sequel.definitions[-1].name}", (sequel,), False)


def _closing(derivation: Derivation, parts: Sequence[Derivation]) -> Iterable[Entry]:
    """What was remarked, what the results rest on, what was verified, how it was asked for."""
    for label, words in derivation.remarks:
        pieces = tuple(words.split("; "))
        stepped = derivation.time is not None and all(" = " in piece for piece in pieces)
        yield (Notation("remarks", label, pieces, "; ") if stepped or label == "read as"
               else Sentence("remarks", label, words))
    applied = {step.rule for part in parts for step in part.steps}
    own = tuple(f"{rule.name}: {rule.from_} = {rule.to}" for rule in derivation.rules
                if rule in applied and rule.from_)
    if own:
        yield Notation("own rules", "own rules", own, below=True)
    yield from _grounds(derivation)
    yield from _asked(derivation.asked, bool(derivation.rules))


def _grounds(derivation: Derivation) -> Iterable[Entry]:
    """The conditions under which lines hold, and how they were checked."""
    for condition in derivation.obligations:
        yield Condition("conditions", "where", condition, derivation)
    if derivation.verification is not None:
        judged = derivation.verification
        yield Sentence("verification", judged.label, judged.summary)
    yield from _proved(derivation)


def _proved(subject: Derivation | Refusal) -> Iterable[Entry]:
    """What a proof assistant has accepted."""
    if subject.proof is not None:
        yield Sentence("verification", "proved", subject.proof.summary)
        yield from (Sentence("verification", "proved", line) for line in subject.proof.lines)


def _asked(asked: Asked | None, own_rules: bool = False) -> Iterable[Entry]:
    """The command that makes it, and the call."""
    if asked is not None:
        yield Code("asked", "command", asked_command(asked, own_rules), "shell")
        yield Code("asked", "Python", asked_call(asked, own_rules), "python")
