"""What is printed in the notation reads back to the same formula: the typed, the lines, the result.

The formulas are those of the catalogue, of the reference of the notation, and of all commands that
the documents show.
"""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sympy import Expr

import derive
from derive.core.atoms import Index
from derive.core.indexing import free_names
from derive.derivation import Derivation
from derive.errors import DeriveError
from derive.notation.printing.plain import plain
from derive.notation.reading.parser import parse, parse_condition
from derive.notation.reading.scope import Scope
from derive.notation.reading.specification import declare_or_assume
from derive.tables.loss_table import losses
from derive.tables.notation_table import notation_words
from tests.conftest import gradient_of

ROOT = Path(__file__).resolve().parent.parent
DIRECTIONS = ("grad", "hessian", "jacobian")
_OPTIONS = {"-g": "given", "--given": "given", "--wrt": "wrt", "--through": "through"}
_COMMAND = re.compile(r"^(?:\$ )?derive (?:grad|hessian|jacobian) .*", re.M)
OPEN = ("integral(", "root(", "total(", "expect(", "d(")  # bind or keep a name of their own


def _asked(line: str) -> tuple[str, str, dict[str, Any]] | None:
    """Direction, target and options of a command; None of one with a file or an unread option."""
    try:
        _, direction, *words = shlex.split(line.removeprefix("$ "), comments=True)
    except ValueError:
        return None
    targets: list[str] = []
    options: dict[str, Any] = {"given": [], "wrt": [], "through": []}
    waiting = iter(words)
    for word in waiting:
        if word in _OPTIONS:
            options[_OPTIONS[word]].append(next(waiting))
        elif word.startswith("-") and len(word) > 2 and word[2:3].islower():
            return None
        else:
            targets.append(word)
    if len(targets) != 1 or targets[0].endswith((".txt", "-")) or "\\" in targets[0]:
        return None
    return direction, targets[0], {k: v for k, v in options.items() if v}


def _documents() -> list[str]:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return list(dict.fromkeys(line for page in pages
                              for line in _COMMAND.findall(page.read_text(encoding="utf-8"))))


COMMANDS = [line for line in _documents() if _asked(line)]


@cache
def _derived(line: str) -> Derivation | None:
    asked = _asked(line)
    assert asked is not None
    direction, target, options = asked
    if "wrt" in options:
        options["wrt"] = options["wrt"][0] if len(options["wrt"]) == 1 else options["wrt"]
    try:
        made: Derivation = getattr(derive, direction)(target, **options)
    except DeriveError:
        return None  # the document shows a refusal
    return made


def _scope(derivation: Derivation) -> Scope:
    """The names of a derivation, declared by the lines that it shows."""
    scope = Scope()
    conditions = []
    for line in derivation.given:
        if ":" in line:
            conditions += declare_or_assume(line, scope)
    for definition in derivation.definitions:
        scope.names.setdefault(definition.name, definition.symbol)
    for index in derivation.indices:
        scope.names[index.name] = index
    return scope


def check_reads_back(derivation: Derivation) -> None:
    scope = _scope(derivation)
    lines: list[Expr] = [derivation.result, *(s.line for s in derivation.steps)]
    for line in lines:
        text = plain(line)
        if any(word in text for word in OPEN):
            continue
        for name in free_names(line):
            if isinstance(name, Index):
                scope.names.setdefault(name.name, name)
        assert parse(text, scope) == line, text
    for condition in derivation.obligations:
        text = plain(condition)
        if "attained once" not in text and "for every" not in text:
            assert parse_condition(text, scope) == condition, text


@pytest.mark.parametrize("loss", [entry.name for entry in losses()])
def test_gradients_of_the_catalogue_read_back(loss: str) -> None:
    check_reads_back(gradient_of(loss))


@pytest.mark.parametrize("line", COMMANDS)
def test_formulas_of_the_documents_read_back(line: str) -> None:
    derivation = _derived(line)
    if derivation is not None:
        check_reads_back(derivation)


@pytest.mark.parametrize("word", [w for w in notation_words() if w.example],
                         ids=lambda w: f"{w.kind} {w.name}")
def test_examples_of_the_reference_read_back(word: Any) -> None:
    formula, *given = word.example
    wrt = given[0].partition(":")[0].partition(",")[0]
    try:
        gradient = derive.grad(formula, given=given, wrt=wrt)
    except DeriveError:
        return
    check_reads_back(gradient)
