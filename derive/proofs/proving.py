"""Derivations, and refusals of a cost, with the record of their proof."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from derive.core.atoms import Dim
from derive.core.indexing import free_names
from derive.derivation import Derivation
from derive.proof import Proved, Refusal
from derive.proofs.checked_lines import checked_lines
from derive.proofs.coq_checker import SECONDS, ProofError, check_proof, checker_name
from derive.proofs.coq_names import UnprovenError
from derive.proofs.hard_constructs import hard_constructs
from derive.proofs.line_theorems import LineWays
from derive.proofs.no_cost_theorems import no_cost_theorems
from derive.proofs.theorems import Theorems, theorems

A = TypeVar("A", bound=Derivation | Refusal)


def stated(answer: Derivation | Refusal, lines: bool = False) -> Theorems:
    """The theorems of a derivation, or of the witness of a refusal; nobody has checked them.

    Raises UnprovenError, which names the construct that has no lemma.
    """
    if isinstance(answer, Derivation):
        return theorems(answer, LineWays() if lines else None)
    if lines:
        raise UnprovenError("no theorem is stated of the lines of a refusal yet")
    return no_cost_theorems(answer)


def proved(answer: A, seconds: float = SECONDS, lines: bool = False) -> tuple[Theorems, A]:
    """The theorems that Coq has accepted, line by line if asked, and the answer with their record.

    Raises UnprovenError, which names the construct that has no lemma or the line that has no proof,
    and ProofError where the proof assistant is missing, refuses, or needs more processor time.
    """
    if lines and isinstance(answer, Derivation):
        file, checked = checked_lines(answer, seconds)
    else:
        file = stated(answer, lines)
        try:
            checked = check_proof(file.text, file.names, seconds)
        except ProofError as error:
            raise _with_constructs(error, answer) from None
    record = Proved(file.names, checked.lemmas, checked.axioms, checker_name(), _reach(answer),
                    tuple(map(str, file.lines)))
    return file, replace(answer, proof=record)


def prove(answer: A, seconds: float = SECONDS, lines: bool = False) -> A:
    """The same with the record of its proof; see `proved`."""
    return proved(answer, seconds, lines)[1]


def _with_constructs(error: ProofError, answer: Derivation | Refusal) -> ProofError:
    """The error that a theorem has no proof, and what in the formula may be why."""
    hard = hard_constructs(answer.start) if isinstance(answer, Derivation) else ""
    return ProofError(f"{error}; what no lemma may reach in it: {hard}") \
        if hard and error.theorem else error


def _reach(answer: Derivation | Refusal) -> str:
    """Where the last theorem holds."""
    if isinstance(answer, Refusal):
        return "the last of them at one point"
    symbolic = any(isinstance(name, Dim) and not name.fixed for name in free_names(answer.start))
    return "for every size" if symbolic else "for all values"
