"""The letters of bound indices in print, and what a printed text shows outside its brackets."""

from __future__ import annotations

from sympy import Expr

from derive.core.atoms import Index
from derive.core.indexing import leaves, names
from derive.core.walk import is_opened, substitute

LETTERS = "kjlmnpqrsuvwabcefghxyzi"
OWN_LETTER = {"K": "k", "T": "t", "N": "n", "M": "m", "J": "j", "L": "l"}


def unbracketed(text: str) -> str:
    """What stands outside all brackets of a text."""
    depth, outside = 0, []
    for sign in text:
        depth += (sign in "([") - (sign in ")]")
        if not depth:
            outside.append(sign)
    return "".join(outside)


def name_opened(node: Expr, reserved: frozenset[str] = frozenset()) -> Expr:
    """Gives letters to the free indices that stand for opened binders."""
    opened = {leaf for leaf in leaves(node) if is_opened(leaf)}
    if not opened:
        return node
    taken = set(reserved) | names(node)
    naming = {}
    for leaf in sorted(opened, key=lambda x: (len(x.name), x.name, str(x.dim))):
        own = OWN_LETTER.get(str(leaf.dim), "k")
        letter = next(c for c in (own, *LETTERS) if c not in taken)
        taken.add(letter)
        naming[leaf] = Index(letter, leaf.dim)
    return substitute(node, naming)
