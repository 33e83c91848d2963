"""Entries as they are listed: under which heading, with which formula and sentence.

Needs no SymPy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from itertools import groupby
from typing import SupportsIndex, TypeVar, overload

from derive.entry_names import Named
from derive.errors import ArgumentError, DataFileError
from derive.provided import provided
from derive.resources import read_table, rules_folder
from derive.tables.entry_search import Query, entries_for

E = TypeVar("E", bound=Named)
E_co = TypeVar("E_co", bound=Named, covariant=True)

_FORMULAS = ("loss", "density", "likelihood", "statement", "formula", "inverse", "form")
_SENTENCES = ("meaning", "says", "question", "title")
_SECTIONS = ("section", "stage", "topic", "kind")
_WIDEST = 88  # signs of a repr


class Entries(tuple[E_co, ...]):
    """Entries of a table: a tuple that shows itself in short, and in a notebook as a table."""

    table: str
    what: str

    def __new__(cls, entries: Iterable[E_co] = (), table: str = "entries", what: str = "entry",
                ) -> Entries[E_co]:
        """The entries, which table they are of, such as losses, and what each of them is."""
        made = super().__new__(cls, entries)
        made.table, made.what = table, what
        return made

    @overload
    def __getitem__(self, place: SupportsIndex) -> E_co: ...

    @overload
    def __getitem__(self, place: slice) -> Entries[E_co]: ...

    def __getitem__(self, place: SupportsIndex | slice) -> E_co | Entries[E_co]:
        if isinstance(place, slice):
            return Entries(super().__getitem__(place), self.table, self.what)
        return super().__getitem__(place)

    @property
    def counted(self) -> str:
        """How many of what they are: `148 losses`."""
        several = self.table if self.table.endswith("s") else f"words of the {self.table}"
        return f"{len(self)} {self.what if len(self) == 1 else several}"

    def __repr__(self) -> str:
        names, tail = [entry.name for entry in self], ""
        head = f"{self.counted}: "
        while len(names) > 1 and len(head + ", ".join(names) + tail) > _WIDEST:
            names.pop()
            tail = f", …, {self[-1].name}"
        return (head + ", ".join(names) + tail).removesuffix(": ")

    def _repr_html_(self) -> str:
        """The entries as a table under their headings, with formulas and meanings."""
        table: str = provided("entries_html")(self)
        return table


def selected(table: str, what: str, entries: Sequence[E], words: Sequence[object],
             searched: Iterable[E] | None = None, command: str = "") -> Entries[E]:
    """All entries without words; with words the one of that name first, then those that match.

    Only the `searched` ones are searched, where they are fewer; `command` lists the table, where
    it is not called as the table is. Raises ArgumentError for what is no text,
    UnknownNameError where nothing matches.
    """
    check_words(table, words)
    if not words:
        return Entries(entries, table, what)
    query = Query(" ".join(map(str, words)).strip(), what, partial(heading_of, table))
    return Entries(entries_for(query, entries, entries if searched is None else searched,
                               f"see `derive {command or table}`"), table, what)


def check_words(table: str, words: Iterable[object]) -> None:
    """Raises TypeError for what is no text."""
    for word in words:
        if not isinstance(word, str):
            raise ArgumentError(f"{table} takes words to look for as text, "
                                f"not {type(word).__name__}")


def grouped(entries: Iterable[E], heading: Callable[[E], str]) -> Iterator[tuple[str, list[E]]]:
    """The entries under their headings, these in the order of their first entry."""
    entries = list(entries)
    order = {title: place for place, title in enumerate(dict.fromkeys(map(heading, entries)))}
    by_heading = sorted(entries, key=lambda entry: order[heading(entry)])
    yield from ((title, list(group)) for title, group in groupby(by_heading, heading))


def heading_of(table: str, entry: object) -> str:
    """The heading under which an entry of a table is listed; empty where there is none."""
    section: str = next(filter(None, (getattr(entry, key, "") for key in _SECTIONS)), "")
    return _groups().get(table, {}).get(section, section[:1].upper() + section[1:])


def formula_of(entry: object) -> str:
    """The formula of an entry in the notation; empty where it has none."""
    if hasattr(entry, "listed_formula"):
        return str(entry.listed_formula)
    return next(filter(None, (getattr(entry, key, "") for key in _FORMULAS)), "")


def sentence_of(entry: object) -> str:
    """What an entry is for, in one sentence, and in another what it needs to be installed."""
    needs = getattr(entry, "needs", "")
    return next(filter(None, (getattr(entry, key, "") for key in _SENTENCES)), "") + \
        (f" Needs {needs}." if needs else "")


@cache
def _groups() -> dict[str, dict[str, str]]:
    """The headings of `rules/groups.toml`. Raises DataFileError."""
    path = rules_folder() / "groups.toml"
    table = read_table(path)
    for name, titles in table.items():
        if not all(isinstance(title, str) for title in titles.values()):
            raise DataFileError(f"{path}: entry [{name}]: each heading should be a text")
    return table
