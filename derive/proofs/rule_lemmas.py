"""Rules as lemmas: the statement made from a rule's entry, the proof by tactics or by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from derive.core import heads
from derive.core.indexing import exact
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


@dataclass(frozen=True)
class RuleLemma:
    """The lemma of a rule with its proof.

    `parameters` are what it is about, beside the names that the rule has for them; `functions`
    are those in it that the Reals may not have.
    """

    name: str
    text: str
    parameters: Mapping[str, Parameter]
    functions: tuple[str, ...]


@exact
def lemma_of(rule: Rule) -> RuleLemma:
    """The lemma of a rule.

    Raises UnprovenError for a rule whose statement holds a construct that the library lacks.
    """
    roles = roles_of(rule)
    named = rule_parameters(rule, roles)
    parameters = list(named.values())
    writer = PatternWriter(roles.types)
    left, right = writer.side(rule.left), writer.side(rule.right)
    hypotheses = [*(h for p in parameters for h in p.hypotheses), *rule_conditions(rule, writer),
                  *existing_derivatives(rule, roles, writer)]
    arrows = "".join(f"  {f'({h})' if '->' in h or 'forall' in h else h} ->\n"
                     for h in dict.fromkeys(hypotheses))
    name = f"rule_{rule.name.replace('-', '_')}"
    binders = f"forall {binders_of(parameters)},\n" if parameters else ""
    script = _by_hand(rule) or _by_tactics(rule, writer, parameters)
    text = f"Lemma {name} : {binders}{arrows}  {left} =\n  {right}.\nProof.\n{script}Qed."
    return RuleLemma(name, text, named, tuple(writer.functions))


def rule_lemma(rule: Rule) -> str:
    """A file with the lemma of a rule, and its proof.

    Raises UnprovenError for a rule whose statement holds a construct that the library lacks.
    """
    lemma = lemma_of(rule)
    text, functions = lemma.text, any_functions(lemma.functions)
    if functions:
        text = f"Section Functions.\n{functions}\n\n{text}\nEnd Functions."
    return "\n\n".join((
        comment(f"{rule.name}: {rule.says}\n{rule.from_}\n{rule.to}"),
        "From Derive Require Import Nearby.", text,
        f"Print Assumptions {lemma.name}.")) + "\n"


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
