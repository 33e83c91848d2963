"""What can be asked in the studio, read from `rules/studio/questions.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from derive.errors import ChoiceError
from derive.resources import read_entry, read_table, rules_folder
from derive.short_reprs import Brief
from derive.teaching.practice.practice_target import ASKED

LANGUAGES = {"numpy": "NumPy", "c": "C", "torch": "PyTorch", "jax": "JAX"}
# What an input may be, by its label on the page; another one is free text.
CHOICES: Mapping[str, Mapping[str, str]] = {
    "asked": {name: name for name in ASKED},
    "route": {"": "the usual one", "lse": "lse", "jacobian": "jacobian", "matching": "matching"},
    "language": LANGUAGES,
    "accuracy": {"fast": "fast", "faithful": "faithful"},
}


@dataclass(frozen=True)
class Question(Brief, by=("name", "function")):
    """A kind of question: its words on the page, the function that answers, and its inputs.

    `target` is what stands before the box of the formula, `entries` the table whose names may
    stand in it, `inputs` are the further ones. `kind` is what stands in it: a formula, a model, a
    sheet or a task; `button` says what is done with it.
    """

    name: str
    label: str
    says: str
    function: str
    target: str
    placeholder: str
    inputs: tuple[str, ...]
    entries: str = ""
    kind: str = "formula"
    button: str = "Derive"


@cache
def questions() -> dict[str, Question]:
    """The questions by name, in the order of the page. Raises DataFileError."""
    path = rules_folder() / "studio" / "questions.toml"
    return {name: read_entry(Question, path, name, entry)
            for name, entry in read_table(path).items()}


def question(name: str) -> Question:
    """The question of a name. Raises ChoiceError, which lists all."""
    try:
        return questions()[name]
    except KeyError:
        raise ChoiceError(f"a question is one of {', '.join(questions())}, not {name[:40]!r}"
                          ) from None
