"""Derivations with the record of their proof."""

from __future__ import annotations

from dataclasses import replace

from derive.derivation import Derivation
from derive.proof import Proved
from derive.proofs.coq_checker import SECONDS, check_proof, checker_name
from derive.proofs.theorems import theorems


def prove(derivation: Derivation, seconds: float = SECONDS, lines: bool = False) -> Derivation:
    """The derivation with the record of its proof, which Coq has checked; line by line if asked.

    Raises UnprovenError, which names the construct that has no lemma, and ProofError where the
    proof assistant is missing, refuses, or needs more processor time.
    """
    stated = theorems(derivation, lines)
    checked = check_proof(stated.text, stated.names, seconds)
    return replace(derivation, proof=Proved(stated.names, checked.lemmas, checked.axioms,
                                            checker_name()))
