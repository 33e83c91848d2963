"""What a stored derivation may hold: its records by name, and the vocabulary of its trees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING
from typing import Any

from derive.core import data
from derive.core.heads import Lam
from derive.core.kinds import Interval
from derive.core.quantified import All
from derive.core.typed import TypedPower, TypedProduct, TypedSum
from derive.derivation import Asked, Derivation, Formal, Recurrence, Step, Typed
from derive.functions.records import Function
from derive.judge.record import EndToEnd, Verification
from derive.judge.totals import Law
from derive.notation.specification import Definition
from derive.proof import Path, Refusal, Witness
from derive.rulebook.filling import Family
from derive.rulebook.patterns import Meta, MetaApply
from derive.rulebook.rule import Rule

VERSION = 1
MOST_TEXT = 64 * 2**20  # characters
SHARED = (Derivation, Rule)  # written once, wherever they stand
RECORDS: Mapping[str, type] = {c.__name__: c for c in (
    Derivation, Step, Rule, Definition, Formal, Recurrence, Asked, Typed, Verification,
    EndToEnd, Law, Family, Refusal, Witness, Path, Function, Interval)}
# Fields whose types stand in rooms above that of their record.
HINTS: Mapping[str, Mapping[str, Any]] = {
    "Derivation": {"verification": Verification | None, "laws": tuple[Law, ...]}}
VOCABULARY = data.Vocabulary({"Meta": Meta}, {
    "MetaApply": (MetaApply, lambda args: len(args) > 1 and isinstance(args[0], Meta)),
    "All": (All, lambda args: len(args) == 1 and isinstance(args[0], Lam)),
    **{c.__name__: (c, lambda args: len(args) == 2) for c in (
        TypedSum, TypedProduct, TypedPower)}})


def default_of(field: Any) -> Any:
    """The value of a field where nothing is said; what equals nothing where there is none."""
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING
