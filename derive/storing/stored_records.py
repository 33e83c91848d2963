"""What a stored derivation may hold: its records by name, and the vocabulary of its trees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING
from typing import Any

from derive.calculus.likelihood.regression.fitted_model import Fit
from derive.core.atoms import FunctionName
from derive.core.vocabulary import OwnFunctions, Signature, Vocabulary
from derive.derivation import Derivation, Step
from derive.errors import DataFileError, StoredError
from derive.functions.function_records import Function, entry_of, own_function, standard_functions
from derive.judge.record import EndToEnd, Verification
from derive.judge.trees.tree_point import Law
from derive.notation.reading.specification import Definition
from derive.premises import Asked, Formal, Recurrence, Typed
from derive.proof import Path, Proved, Refusal, Witness
from derive.rulebook.filling import Family
from derive.rulebook.patterns import Meta, MetaApply
from derive.rulebook.rule import Rule

VERSION = 1
MOST_TEXT = 64 * 2**20  # characters
SHARED = (Derivation, Rule)  # written once, wherever they stand
RECORDS: Mapping[str, type] = {c.__name__: c for c in (
    Derivation, Step, Rule, Definition, Formal, Recurrence, Asked, Typed, Verification, EndToEnd,
    Law, Family, Refusal, Witness, Path, Proved, Fit)}
# Fields whose types stand in rooms above that of their record.
HINTS: Mapping[str, Mapping[str, Any]] = {
    "Derivation": {"verification": Verification | None, "laws": tuple[Law, ...],
                   "fit": Fit | None, "proof": Proved | None}}


def _written(function: Function) -> tuple[dict[str, Any], list[FunctionName]]:
    return entry_of(function), [f.leaf for f in function.uses]


def _read(name: str, entry: dict[str, Any], uses: list[Any]) -> Function:
    """A user's function from its entry, unchecked; only what a user's file may hold is read."""
    used = [leaf.detail if isinstance(leaf, FunctionName) else None for leaf in uses]
    if not all(isinstance(f, Function) for f in used):
        raise StoredError(f"what the function {name[:40]!r} uses are no functions of a user")
    try:
        return own_function("the derivation", name, entry, {
            **standard_functions(), **{f.name: f for f in used if f is not None}})
    except DataFileError as error:
        raise StoredError(str(error)) from None


VOCABULARY = Vocabulary({"Meta": Meta}, {"MetaApply": Signature(MetaApply, (Meta,), more=True)},
                        OwnFunctions(_written, _read))


def default_of(field: Any) -> Any:
    """The value of a field where nothing is said; what equals nothing where there is none."""
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING
