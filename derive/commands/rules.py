"""`derive rules`. A list of them needs no SymPy."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from derive.commands.destination import form_of_list, printed_to
from derive.commands.entry_listing import (
    FORMS,
    Listing,
    names_first,
    no_pager_option,
    words_argument,
)
from derive.commands.help_pages import HelpfulCommand
from derive.commands.options import format_option, output_option, patience_option, rules_option
from derive.commands.output import Rows
from derive.commands.progress_line import working
from derive.notation.printing.formula_signs import with_signs
from derive.reporting import report
from derive.tables.entry_lists import Entries, selected
from derive.tables.rule_table import listed_rules

if TYPE_CHECKING:  # a list starts without SymPy
    from derive.rulebook.rule import Rule

_TEXTS = ("name", "stage", "says", "from", "to", "given", "requires", "source", "margin", "repeat",
          "attempt", "quiet", "tactic", "method", "extends", "total", "defined", "unlike",
          "like")


def _card(rule: Rule, files: Sequence[Path] = ()) -> Rows:
    own = "".join(f" --rules {shlex.quote(str(file))}" for file in files)
    return [
        ("rule", rule.name), ("says", rule.says), ("stage", rule.stage),
        ("rewrites", with_signs(rule.from_)), ("into", with_signs(rule.to)), ("from", rule.from_),
        ("to", rule.to), ("given", "\n".join(_given(rule))),
        ("requires", "\n".join(rule.requires)), ("source", rule.source),
        ("see", f"derive rules {rule.name}{own} --check")]


def _given(rule: Rule) -> tuple[str, ...]:
    """Kinds of metavariables and conditions, as the rule's file has them."""
    return (*(f"{name}: {kind}" for name, kind in rule.kinds), *rule.given)


def _record(rule: Rule) -> dict[str, Any]:
    """All that the file of a rule says of it, by its keys."""
    record = {key: getattr(rule, {"from": "from_"}.get(key, key)) for key in _TEXTS}
    return {**record, "given": _given(rule)}


def _listing(files: Sequence[Path]) -> Listing:
    """How rules are listed; a card names the files that the rule is read with."""
    return Listing(("name", "stage", "says"), partial(_card, files=files), _record)


@click.command("rules", cls=HelpfulCommand)
@words_argument("rules")
@click.option("--check", is_flag=True, help="Test each rule at random instances, in mpmath.")
@click.option("--proof", is_flag=True,
              help="Write the rule of that name as a lemma for Coq, with its proof.")
@format_option(FORMS, None)
@output_option()
@no_pager_option
@rules_option
@patience_option
def command(words: tuple[str, ...], rule_files: tuple[Path, ...], check: bool, proof: bool,
            form: str | None, output: Path | None, no_pager: bool) -> None:
    """List the rules, show one of them, or test them.

    NAME shows the card of a rule. WORDS list the rules that have all of them in their name,
    sentence or patterns.
    """
    chosen = form_of_list(form, output)
    if check and chosen != "text":
        raise click.UsageError("--check writes text; leave out --format")
    with printed_to(output):
        if proof:
            _prove(words, rule_files, check)
            return
        _answer(words, rule_files, check, chosen, no_pager)


def _answer(words: Sequence[str], rule_files: tuple[Path, ...], check: bool, form: str,
            no_pager: bool) -> None:
    """Lists, shows or tests the rules that words ask for."""
    listed: Entries[Any] = Entries() if rule_files else listed_rules(*words)
    if not (rule_files or check or form == "json" or names_first(listed, " ".join(words))):
        _listing(()).show(listed, words, form, no_pager)
        return
    chosen = _chosen(words, rule_files)
    named = names_first(chosen, " ".join(words))
    if named or not check:
        _listing(rule_files).show(chosen, words, form, no_pager)
    if check:
        _check(chosen[:1] if named else chosen)


def _chosen(words: Sequence[str], rule_files: tuple[Path, ...]) -> Entries[Rule]:
    """The rules that words ask for, as the rulebook has them."""
    from derive.judge.rules.rule_trials import checked_rules
    from derive.rulebook.loading import standard_rulebook

    book = checked_rules(rule_files) if rule_files else standard_rulebook()
    return selected("rules", "rule", tuple(book), words)


def _prove(words: Sequence[str], rule_files: tuple[Path, ...], check: bool) -> None:
    """Writes the lemma of the rule that words name; with `check` coqc checks it first."""
    from derive.proofs.coq_checker import check_proof
    from derive.proofs.rule_lemmas import rule_lemma

    chosen = _chosen(words, rule_files)
    if not names_first(chosen, " ".join(words)):
        raise click.UsageError("--proof goes with the name of a rule: derive rules NAME --proof")
    text = rule_lemma(chosen[0])
    if check:
        check_proof(text)
    click.echo(text, nl=False)


def _check(rules: Sequence[Rule]) -> None:
    from derive.judge.rules.rule_trials import check_rule

    with working("testing") as line:
        for number, rule in enumerate(rules, 1):
            report("testing rules", number, len(rules))
            done = check_rule(rule)
            line.write(f"{rule.name}: {done.samples} samples, "
                       f"worst relative error {done.worst:.0e}")
