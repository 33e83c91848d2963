"""`derive rules`."""

from __future__ import annotations

from pathlib import Path

import click

from derive.commands.entry_completion import EntryName
from derive.commands.help_pages import HelpfulCommand
from derive.commands.options import patience_option, rules_option
from derive.commands.output import print_entry, print_table
from derive.commands.progress_line import working
from derive.reporting import report


@click.command("rules", cls=HelpfulCommand)
@click.argument("name", required=False, type=EntryName("rules", files=False))
@click.option("--check", is_flag=True, help="Test each rule at random instances, in mpmath.")
@rules_option
@patience_option
def command(name: str | None, rule_files: tuple[Path, ...], check: bool) -> None:
    """List the rules, show one of them, or test them.
    """
    from derive.judge.rules.rule_trials import check_rule, checked_rules
    from derive.rulebook.loading import standard_rulebook

    book = checked_rules(rule_files) if rule_files else standard_rulebook()
    chosen = list(book) if name is None else [book[name]]
    if name is None and not check:
        print_table(("rule", "stage", "says"), [(r.name, r.stage, r.says) for r in chosen])
    for rule in chosen if name is not None else ():
        print_entry([
            ("rule", rule.name), ("says", rule.says), ("stage", rule.stage), ("from", rule.from_),
            ("to", rule.to), ("given", "\n".join((*(f"{n}: {k}" for n, k in rule.kinds),
                                                  *rule.given))),
            ("requires", "\n".join(rule.requires)), ("source", rule.source)])
    if check:
        with working("testing") as line:
            for number, rule in enumerate(chosen, 1):
                report("testing rule", number, len(chosen))
                done = check_rule(rule)
                line.write(f"{rule.name}: {done.samples} samples, "
                         f"worst relative error {done.worst:.0e}")
