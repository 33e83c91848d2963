"""`derive notation`."""

from __future__ import annotations

from derive.commands.options import listing_command
from derive.commands.output import Rows
from derive.tables.notation_table import Word, notation_words, word_named


def _card(word: Word) -> Rows:
    formula, *given = word.example or ("",)
    options = "".join(f' --given "{line}"' for line in given)
    return [
        ("word", word.name), ("form" if word.kind == "word" else word.kind, word.form),
        ("means", word.says),
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


@listing_command("notation", {"word": "name", "kind": "kind", "means": "says", "form": "form"},
                 _card)
def command(name: str | None, form: str) -> tuple[Word, ...]:
    """List the words of the notation, or show one by example.
    """
    return notation_words() if name is None else (word_named(name),)
