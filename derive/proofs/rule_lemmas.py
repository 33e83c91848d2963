"""Rules as lemmas: the statement made from a rule's entry, the proof by tactics or by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from derive.core import heads
from derive.core.indexing import exact
from derive.proofs.coq_names import coq_name
from derive.proofs.equality_script import EqualityScript
from derive.proofs.pattern_writer import PatternWriter
from derive.proofs.rule_statement import (
    existing_derivatives,
    roles_of,
    rule_conditions,
    rule_parameters,
)
from derive.proofs.theorem_file import any_functions, comment
from derive.proofs.theorem_statement import Parameter, binders_of
from derive.resources import rules_folder
from derive.rulebook.rule import Rule

# What stands before a lemma that holds a word.
_PRELUDES = {"tactics.v": "", "powers_of_integers.v": "powerRZ",
             "largest_terms.v": "maximum|argmax"}


@exact
def rule_lemma(rule: Rule) -> str:
    """A file with the lemma of a rule, and its proof.

    Raises UnprovenError for a rule whose statement holds a construct that the library lacks.
    """
    roles = roles_of(rule)
    parameters = rule_parameters(rule, roles)
    writer = PatternWriter(roles.types)
    left, right = writer.text(rule.left), writer.text(rule.right)
    hypotheses = [*(h for p in parameters for h in p.hypotheses), *rule_conditions(rule, writer),
                  *existing_derivatives(rule, roles, writer)]
    arrows = "".join(f"  {f'({h})' if '->' in h or 'forall' in h else h} ->\n"
                     for h in dict.fromkeys(hypotheses))
    name = coq_name(rule.name.replace("-", "_"))
    binders = f"forall {binders_of(parameters)},\n" if parameters else ""
    script = _by_hand(rule) or _by_tactics(rule, writer, parameters)
    lemma = f"Lemma {name} : {binders}{arrows}  {left} =\n  {right}.\nProof.\n{script}Qed."
    functions = any_functions(writer.functions)
    if functions:
        lemma = f"Section Functions.\n{functions}\n\n{lemma}\nEnd Functions."
    return "\n\n".join((
        comment(f"{rule.name}: {rule.says}\n{rule.from_}\n{rule.to}"),
        "From Derive Require Import Derive.", *_preludes(lemma), lemma,
        f"Print Assumptions {name}.")) + "\n"


def _by_tactics(rule: Rule, writer: PatternWriter, parameters: list[Parameter]) -> str:
    """The proof: a derivative by its parts, else both sides alike."""
    script = EqualityScript(writer, parameters)
    equality = script.equality(script.binary, {})
    if isinstance(rule.left, heads.Partial):
        return "  intros. first [same_function | der_existing | solve [further_slopes] |\n" \
            f"  (slopes; by_cases ltac:(first [reflexivity |\n  ({equality})]))].\n"
    return f"  intros. first [solve [sides] |\n  ({equality})].\n"


def _by_hand(rule: Rule) -> str:
    path = rules_folder() / "proofs" / "of_rules" / f"{rule.name}.v"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _preludes(lemma: str) -> Iterator[str]:
    """The tactics, and the lemmas on what the lemma speaks of."""
    folder = rules_folder() / "proofs" / "of_rules"
    for name, words in _PRELUDES.items():
        if re.search(words, lemma):
            yield (folder / name).read_text(encoding="utf-8").strip()
