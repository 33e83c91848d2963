"""The variables that were asked for, as text: one, or several behind commas or in a list."""

from __future__ import annotations

from derive.argument_kinds import Names
from derive.errors import DeriveError
from derive.notation.reading.declaration_lines import between_commas

Wrt = Names  # a variable, or several, as a list or behind commas
MOST = 12


def separated(wrt: Wrt) -> list[str]:
    """The variables in `w, b`, `W[i, j], b` or a list of them; none where none is given.

    Raises DeriveError for one that stands twice, and for too many.
    """
    texts = [] if wrt is None else [wrt] if isinstance(wrt, str) else list(wrt)
    names = [part.strip() for text in texts for part in between_commas(text)]
    if len(names) > 1 and not all(names):
        raise DeriveError(f"a variable is missing beside a comma in {', '.join(texts)!r}")
    for name in names:
        if names.count(name) > 1:
            raise DeriveError(f"--wrt names {name!r} twice")
    if len(names) > MOST:
        raise DeriveError(f"at most {MOST} variables are taken at once, not {len(names)}")
    return names


def only_variable(wrt: Wrt, what: str) -> str | None:
    """The variable, where there may be one alone. Raises DeriveError for several."""
    names = separated(wrt)
    if len(names) > 1:
        raise DeriveError(f"{what} has one variable, not {', '.join(names)}: ask for each by "
                          f"itself, --wrt {names[0]} and then --wrt {names[1]}")
    if names == ["all"]:
        raise DeriveError(f"{what} has one variable; name it in place of all")
    return names[0] if names else None
