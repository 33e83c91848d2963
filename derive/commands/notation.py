"""`derive notation`."""

from __future__ import annotations

from derive.commands.entry_listing import Listing, listing_command
from derive.commands.output import Rows
from derive.entry_names import Named
from derive.errors import UnknownNameError
from derive.notation.printing.declaration_words import in_words
from derive.tables.entry_lists import Entries
from derive.tables.notation_table import Word, notation_words, word_named


def _card(word: Word) -> Rows:
    formula, *given = word.example or ("",)
    options = "".join(f' --given "{line}"' for line in given)
    return [
        ("word", word.name), ("form" if word.kind == "word" else word.kind, word.form),
        ("means", word.says),
        ("in words", in_words(word.form) if word.kind == "type" else ""),
        ("also", ", ".join(word.aliases)), ("source", word.source if word.source != word.says
                                            else ""),
        ("example", f'derive grad "{formula}"{options}' if formula else ""),
        ("result", _result(formula, given) if formula else "")]


def _result(formula: str, given: list[str]) -> str:
    """The gradient of an example by the first declared name, with its conditions."""
    import derive  # loaded here: the list of all words needs no SymPy
    from derive.notation.printing.plain import plain

    wrt = given[0].partition(":")[0].partition(",")[0].strip()
    try:
        gradient = derive.grad(formula, given=given, wrt=wrt)
    except derive.DeriveError as refusal:
        return str(refusal).partition("\n")[0]
    return "\n".join([gradient.notation, *(f"where {plain(c)}" for c in gradient.obligations)])


def _is_word(entries: Entries[Named], text: str) -> bool:
    try:
        return word_named(text) == entries[0]
    except UnknownNameError:
        return False


@listing_command("notation", Listing(("name", "kind", "says", "form"), _card, is_named=_is_word,
                                     write=str))
def command(*words: str, form: str) -> Entries[Word]:
    """List the words of the notation, or show one by example.

    NAME shows a word with an example that is derived, also where others call it so. WORDS list
    what has all of them in its name, form or meaning.
    """
    return notation_words(*words)
