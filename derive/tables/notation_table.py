"""The words of the notation: entries of `rules/notation.toml` and of the functions.

Reading them needs no SymPy. What people of other habits type is looked up by meaning here.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache

from derive.deferred_dataclass import dataclass
from derive.entry_names import entry_named
from derive.errors import UnknownNameError
from derive.resources import key, read_entry, read_table, rules_folder
from derive.short_reprs import Brief
from derive.tables.entry_lists import Entries, check_words, selected

_KINDS = {"types": "type", "operators": "operator", "words": "word"}
_WHAT = "word of the notation"
_LONGEST = 60  # signs of a name
_CLOSE = 0.75  # letters alone decide where they nearly agree


@dataclass(frozen=True)
class Word(Brief, by=("name", "says")):
    """A word of the notation: what it stands for, how it is written, and an example.

    `example` is a formula and its declarations, `aliases` are other names under which it is
    read, `also` those under which it is looked for. Of a type, `single` and `several` say in words
    what a name of it is, and what an array of them.
    """

    name: str
    form: str
    says: str
    kind: str = key("", "")
    also: tuple[str, ...] = ()
    example: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    source: str = ""
    single: str = ""
    several: str = ""


def notation_words(*words: str) -> Entries[Word]:
    """Types, operators, words and functions: all, or those that `words` are about.

    What is called so, here or elsewhere, comes alone; else all words must be in a name, a form or
    a meaning. Raises UnknownNameError where nothing matches.

    >>> derive.notation("softmax")[0].form
    'softmax(u)[i]'
    """
    check_words("notation", words)
    text = " ".join(words).strip()
    if not words:
        return Entries(_words(), "notation", _WHAT)
    if len(text) > _LONGEST:
        return selected("notation", _WHAT, _words(), words)
    try:
        return Entries((word_named(text),), "notation", _WHAT)
    except UnknownNameError as error:
        if text in advice():
            raise
        try:
            return selected("notation", _WHAT, _words(), words)
        except UnknownNameError as nothing:
            raise (error if len(words) == 1 else nothing) from None


@cache
def _words() -> tuple[Word, ...]:
    """Types, operators, words and functions, in the order of their files. Raises DataFileError."""
    path = rules_folder() / "notation.toml"
    table = read_table(path)
    written = tuple(read_entry(Word, path, name, entry, kind=kind)
                    for section, kind in _KINDS.items() for name, entry in table[section].items())
    known = {word.name for word in written}
    return written + tuple(w for w in _functions() if w.name not in known)


@cache
def advice() -> dict[str, str]:
    """What to write for words that the notation has not."""
    return dict(read_table(rules_folder() / "notation.toml")["elsewhere"])


@dataclass(frozen=True)
class _Entry:
    """What an entry of the functions tells of a word."""

    name: str
    arguments: tuple[str, ...]
    source: str
    says: str = ""
    definition: str = ""
    returns: str = ""
    also: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


def _functions() -> Iterator[Word]:
    """The words of the functions, each with an example of its own."""
    path = rules_folder() / "functions.toml"
    for name, entry in read_table(path).items():
        yield _word(read_entry(_Entry, path, name, entry, dict.fromkeys(entry, object)))


def _word(entry: _Entry) -> Word:
    at = {"vector": ("[i]", "[y]", ["y: label(K)"]), "matrix": ("[i, j]", "[0, 0]", [])}.get(
        entry.returns, ("", "", []))
    names = ", ".join(a.partition("[")[0] for a in entry.arguments)
    matrix = "," in entry.arguments[0]
    letters = names if matrix else ", ".join("uvw"[:len(entry.arguments)])
    axes = "[K]" if "[" in entry.arguments[0] else ""
    kind = "spd[N, N]" if matrix else f"real{axes}"
    return Word(entry.name, f"{entry.name}({names}){at[0]}",
                entry.says or entry.definition or entry.source, "function", entry.also,
                (f"{entry.name}({letters}){at[1]}", f"{letters}: {kind}", *at[2]),
                entry.aliases, entry.source)


def word_named(name: str) -> Word:
    """The word of that name, or that it is looked for under. Raises UnknownNameError."""
    for word in _words():
        if name in (word.name, *word.name.split(), *word.aliases):
            return word
    meant = words_meant(name)
    if not meant and name in advice():
        raise UnknownNameError(f"the notation has no word {name!r}; write {advice()[name]}")
    return meant[0] if meant else entry_named(_WHAT, name, _words(),
                                              "see `derive notation`")


def words_meant(name: str, kind: str = "") -> list[Word]:
    """The words that mean what a name means elsewhere."""
    plain = name.lower().strip("_")
    return [w for w in _words() if (not kind or w.kind == kind)
            and plain in (a.lower() for a in (*w.also, *w.aliases))]


def hint_for(name: str, known: list[str], kind: str = "") -> str:
    """What to write for a word that is not known, by its meaning, then by its letters."""
    meant = words_meant(name, kind)
    if meant:
        return "write " + ", or ".join(f"{w.form.partition(' or ')[0]} ({_lowered(w)})"
                                       for w in meant)
    if not kind and name.lower() in advice():
        return f"write {advice()[name.lower()]}"
    close = get_close_matches(name, known, 1, _CLOSE)
    return f"did you mean {close[0]!r}?" if close else ""


def _lowered(word: Word) -> str:
    """What a word stands for, within a sentence."""
    text = word.says.removesuffix(".")
    return text[0].lower() + text[1:] if text.partition(" ")[0].isalpha() else text
