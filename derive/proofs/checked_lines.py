"""The lines of a derivation, checked: each step by the lemma of its rule, or by arithmetic."""

from __future__ import annotations

from dataclasses import replace

from derive.derivation import Derivation
from derive.proofs.coq_checker import Checked, ProofError, check_proof
from derive.proofs.coq_names import UnprovenError
from derive.proofs.line_theorems import LineWays
from derive.proofs.theorems import Theorems, theorems

_LEMMA, _LINE = "rule_", "line_"


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
            checked = check_proof(file.text, file.names, seconds)
        except ProofError as error:
            ways = _other_ways(error, ways)
            continue
        if not ways.tries:
            return file, checked
        steps = frozenset(remark.split()[0] for remark in checked.remarks)
        ways = replace(ways, arithmetic=steps, tries=False)


def _other_ways(error: ProofError, ways: LineWays) -> LineWays:
    """What to try where a theorem was refused. Raises what there is no other way for."""
    if error.theorem.startswith(_LEMMA):  # the rule has no proof
        return replace(ways, without=ways.without | {error.theorem})
    if not error.theorem.startswith(_LINE):
        raise error
    if not ways.tries and not ways.arithmetic:
        return replace(ways, tries=True)
    rule = error.remarks[-1].split()[1] if error.remarks else ""
    raise UnprovenError(f"no proof of {error.theorem.replace('_', ' ')}: its step by the rule "
                        f"{rule} goes neither by its lemma nor by arithmetic") from error
