"""The lines of a derivation, checked: each step by the lemma of its rule, or by arithmetic."""

from __future__ import annotations

from dataclasses import replace

from derive.derivation import Derivation
from derive.proofs.coq_checker import Checked, ProofError, check_proof
from derive.proofs.coq_names import UnprovenError
from derive.proofs.line_theorems import OPEN, LineWays
from derive.proofs.theorems import Theorems, theorems


def checked_lines(derivation: Derivation, seconds: float) -> tuple[Theorems, Checked]:
    """The theorems of a derivation and its lines, as they were accepted.

    First every step is to go by the lemma of its rule. Where one does not, Coq is asked which do.
    Raises UnprovenError, which names the line and the rule that have no proof either way, and
    ProofError.
    """
    ways = LineWays()
    while True:
        file = theorems(derivation, ways)
        try:
            return file, check_proof(file.text, file.names, seconds)
        except ProofError as error:
            before, ways = ways, _other_ways(derivation, ways, error.theorem, seconds)
            if ways == before:
                raise


def _other_ways(derivation: Derivation, ways: LineWays, refused: str, seconds: float) -> LineWays:
    """The ways that are left where a theorem was refused; the same, where there are none."""
    if refused.startswith("rule_"):  # its rule has no proof
        return replace(ways, without=ways.without | {refused})
    if refused.startswith("line_") and not (ways.arithmetic or ways.apart):
        return _tried(derivation, ways, seconds)
    return ways


def _tried(derivation: Derivation, ways: LineWays, seconds: float) -> LineWays:
    """The ways that lead to a proof: with the conditions of the rules where none does without."""
    while True:
        file = theorems(derivation, replace(ways, tries=True))
        remarks = [r.split() for r in check_proof(file.text, file.names, seconds).remarks]
        open_ones = [(step.rpartition(".")[0], rule) for step, rule, *more in remarks
                     if OPEN in more]
        if not open_ones:
            return replace(ways, arithmetic=frozenset(step for step, *_ in remarks))
        line, rule = open_ones[0]
        if line in ways.apart:
            raise UnprovenError(f"no proof of {line.replace('_', ' ')}: its step by the rule "
                                f"{rule} goes neither by its lemma nor by arithmetic")
        ways = replace(ways, apart=ways.apart | {line for line, _ in open_ones})
