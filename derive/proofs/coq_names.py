"""Names of formulas as identifiers of Coq, and how functions are written there."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from derive.errors import DeriveError
from derive.resources import read_table, rules_folder

# Names that the proof assistant or the library uses, which a formula's name may not cover.
_WORDS = """
as at cofix else end exists exists2 fix for forall fun if IF in let match mod Prop return Set then
Type using where with by R S O I nat sum delta upd upd2 upd3 exp ln sin cos tan atan sqrt sigmoid
softplus softmax logsumexp sgn rpow Rmax Rmin Rabs PI INR loss gradient hessian cost field jacobian
tanh sinh cosh s t
"""
_TAKEN = frozenset(_WORDS.split())
_BOUND = re.compile(r"[ik]\d+\Z")  # how bound indices are called
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")


class UnprovenError(DeriveError):
    """A formula holds a construct for which the library of proofs has no lemma."""


@cache
def coq_functions() -> dict[str, dict[str, Any]]:
    """How each function of the notation is written, by its name."""
    return read_table(rules_folder() / "proofs" / "coq_functions.toml")


def coq_name(name: str) -> str:
    """A name of a formula as an identifier of Coq."""
    if not _PLAIN.match(name):
        name = "v" + "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}" for c in name)
    taken = name in _TAKEN or name in coq_functions() or _BOUND.match(name)
    return f"{name}_" if taken else name
