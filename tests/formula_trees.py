"""Whether a result is a formula, whichever of its spellings is printed: sum(x), sum(x[k] for …)."""

from derive.derivation import Derivation
from derive.notation.reading.specification import specify


def is_formula(derivation: Derivation, text: str) -> bool:
    """Whether the result reads back to the same tree as a text."""
    declared = [line for line in derivation.given if ": index(" not in line]
    lines = [*declared, *(f"{i.name}: index({i.dim})" for i in derivation.indices)]
    result, expected = (specify(t, lines).loss for t in (derivation.notation, text))
    return bool(result == expected)
