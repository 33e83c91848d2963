"""The definitions of names, and the functions of a user, that the lines of a derivation show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sympy.core.basic import Basic

from derive.core.indexing import occurs
from derive.derivation import Derivation
from derive.functions.function_records import functions_in
from derive.rendering.derivation_rows import definition_line, names_in, rows_of


def used_definitions(derivation: Derivation, parts: Sequence[Derivation], detail: str,
                     ) -> tuple[str, ...]:
    """The definitions of names that a line shows, but for those that stand below the results."""
    sequel = derivation.sequel
    rows = [row for part in parts for row in rows_of(part, detail)]
    shown = [*(side for row in rows for side in (row.left, row.line) if side is not None),
             *([sequel.result] if sequel else [])]
    lines: list[str] = []
    for definition in reversed((*derivation.definitions, *(sequel.definitions if sequel else ()))):
        if any(occurs(definition.symbol, formula) for formula in shown):
            shown.append(definition.body)
            lines.append(definition_line(definition, derivation.reserved, derivation.indices))
    below = {line for result in (derivation, *derivation.others) for line in names_in(result)}
    own = _own_functions(derivation, shown)
    return (*own, *(line for line in dict.fromkeys(reversed(lines)) if line not in below))


def _own_functions(derivation: Derivation, shown: Iterable[Basic]) -> list[str]:
    """What the functions of the user stand for that occur in formulas."""
    own = derivation.asked.functions if derivation.asked is not None else ()
    used = {name for formula in shown for name in functions_in(formula)} if own else ()
    return [f"{f.name}({', '.join(f.arguments)}) = "
            f"{f.definition or f'{f.evaluate}, a function of mpmath'}"
            for f in own if f.name in used]
