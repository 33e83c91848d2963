"""Search in a table: the entries that hold all words of a query, wherever it stands in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple, TypeVar

from derive.entry_names import Named, entry_named
from derive.errors import UnknownNameError

E = TypeVar("E", bound=Named)

_SPELLING = re.compile(r"(?<=[a-z])iz(?=[aei])")  # generalized as generalised
_MAIN = ("name", "aliases", "also", "title", "meaning", "says", "question", "caption", "loss",
         "density", "likelihood", "formula", "equations", "form", "from_", "to", "definition")
_FURTHER = ("note", "source", "answer", "topic", "needs")
_SEVERAL = 3
_LONGEST = 200  # signs of a query


class Query(NamedTuple):
    """What is looked for: the text as typed, and what an entry of the table is called."""

    text: str
    what: str
    heading: Callable[[Named], str]

    @property
    def words(self) -> list[str]:
        """The words, each of which an entry must hold."""
        return list(dict.fromkeys(_plainly(self.text).split()))


def entries_for(query: Query, entries: Iterable[E], searched: Iterable[E], otherwise: str = "",
                ) -> tuple[E, ...]:
    """The entry of that name or alias first, then those of the `searched` ones that match.

    Raises UnknownNameError where nothing matches, with near names.
    """
    if len(query.text) > _LONGEST:
        raise UnknownNameError(f"{len(query.text):,} signs are no words to look for; "
                               f"at most {_LONGEST} are read")
    entries = tuple(entries)
    matches = matching(query, tuple(searched))
    try:
        named = entry_named(query.what, query.text, entries, otherwise)
    except UnknownNameError as error:
        if matches:
            return matches
        if len(query.words) < 2:
            raise
        raise _nothing(query, entries, otherwise) from error
    return (named, *(e for e in matches if e.name != named.name))


def matching(query: Query, entries: Sequence[E]) -> tuple[E, ...]:
    """The entries that hold every word: as the beginning of a word, else within one.

    Names, titles, meanings and formulas come first; what only a note or a source holds is taken
    where they hold nothing.
    """
    if not query.words:
        return ()
    for texts, within in ((_MAIN, False), (_MAIN, True), (_FURTHER, False)):
        patterns = [_pattern(word, within) for word in query.words]
        fields = (*_MAIN, *texts) if texts is _FURTHER else texts
        matches = tuple(e for e in entries if _holds(patterns, _text(e, fields, query.heading)))
        if matches:
            return matches
    return ()


def _holds(patterns: Iterable[re.Pattern[str]], text: str) -> bool:
    return all(pattern.search(text) for pattern in patterns)


def _pattern(word: str, within: bool) -> re.Pattern[str]:
    """The word at the beginning of a word of the text, or anywhere `within` one."""
    if len(word) > _SEVERAL and word.endswith("s") and not word.endswith("ss"):
        word = word.removesuffix("es" if word.endswith("sses") else "s")  # of one as of several
    start = "" if within or not word[0].isalnum() else r"(?<![^\W_])"
    return re.compile(start + re.escape(word))


def _text(entry: Named, fields: Iterable[str], heading: Callable[[Named], str]) -> str:
    """What is searched of an entry, in one text."""
    return _plainly("\n".join((heading(entry), *_parts(entry, fields))))


def _parts(entry: object, fields: Iterable[str]) -> Iterator[str]:
    for field in fields:
        value = getattr(entry, field, "")
        if isinstance(value, str):
            yield value
        else:
            yield from (part for part in value if isinstance(part, str))


def _plainly(text: str) -> str:
    return _SPELLING.sub("is", text.casefold())


def _nothing(query: Query, entries: Sequence[Named], otherwise: str) -> UnknownNameError:
    """The error for several words that no entry holds; of each alone, what it is near to."""
    alone = [word for word in query.words if not matching(query._replace(text=word), entries)]
    if not alone:
        return UnknownNameError(f"no {query.what} matches all of {query.text!r}; each word alone "
                                "matches some; search for fewer of them")
    known = sorted({part for entry in entries
                    for part in re.findall(r"[a-z]{4,}", _text(entry, _MAIN, query.heading))})
    near = get_close_matches(alone[0], known, _SEVERAL, 0.7)
    hint = f"did you mean {' or '.join(near)}?" if near else otherwise
    return UnknownNameError(f"no {query.what} matches {alone[0]!r}; {hint}")

