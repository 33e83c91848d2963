"""Names of formulas as identifiers of Coq, and how functions are written there."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from derive.errors import DeriveError
from derive.resources import read_table, rules_folder

# Names that the proof assistant uses or a file defines, which a formula's name may not cover.
_WORDS = """
as at cofix else end exists exists2 fix for forall fun if IF in let match mod Prop return Set then
Type using where with by R S O I Z nat bool true false andb orb negb exp ln sin cos tan atan sqrt
Rmax Rmin Rabs PI INR IZR powerRZ Derive ex_derive is_derive loss gradient hessian cost field
jacobian theorems mixed_derivatives_differ tanh sinh cosh s t
"""
_TAKEN = frozenset(_WORDS.split())
_DEFINED = re.compile(r"(?:lines?|rule|gradient|hessian|jacobian|field|second_derivative)_|.*_of_"
                      r"|.*_point\Z")  # how theorems and definitions of a file are called
_BOUND = re.compile(r"[ik]\d+\Z")  # how bound indices are called
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")


class UnprovenError(DeriveError):
    """A formula holds a construct for which the library of proofs has no lemma."""


@cache
def coq_functions() -> dict[str, dict[str, Any]]:
    """How each function of the notation is written, by its name."""
    return read_table(rules_folder() / "proofs" / "coq_functions.toml")


@cache
def _library_names() -> frozenset[str]:
    """What the library defines."""
    texts = (path.read_text(encoding="utf-8") for path in (rules_folder() / "proofs").glob("*.v"))
    return frozenset(name for text in texts for name in re.findall(
        r"^(?:Definition|Fixpoint|Lemma|Ltac|with) ([\w']+)", text, re.MULTILINE))


def coq_name(name: str) -> str:
    """A name of a formula as an identifier of Coq."""
    if not _PLAIN.match(name):
        name = "v" + "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}" for c in name)
    taken = name in _TAKEN or name in coq_functions() or name in _library_names() or \
        _BOUND.match(name) or _DEFINED.match(name)
    return f"{name}_" if taken else name
