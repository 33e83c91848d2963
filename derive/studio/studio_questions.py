"""What can be asked in the studio, read from `rules/studio/questions.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from derive.errors import ChoiceError
from derive.resources import read_entry, read_table, rules_folder
from derive.short_reprs import Brief


@dataclass(frozen=True)
class Question(Brief, by=("name", "function")):
    """A kind of question: its words on the page, the function that answers, and its inputs.

    `target` is what stands before the box of the formula, `entries` the table whose names may
    stand in it, `inputs` are the further ones.
    """

    name: str
    label: str
    says: str
    function: str
    target: str
    placeholder: str
    inputs: tuple[str, ...]
    entries: str = ""


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
