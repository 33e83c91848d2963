"""`derive rules`."""

from __future__ import annotations

from pathlib import Path

import click

from derive.commands.options import EXISTING_FILE, patience_option
from derive.commands.output import print_entry, print_table


@click.command("rules")
@click.argument("name", required=False)
@click.option("--rules", "rule_files", multiple=True, metavar="FILE",
              type=EXISTING_FILE,
              help="Further rules; each is checked.")
@click.option("--check", is_flag=True, help="Test each rule at random instances, in mpmath.")
@patience_option
def command(name: str | None, rule_files: tuple[Path, ...], check: bool) -> None:
    """The rules, or one of them; with --check, the numeric test of each.
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
        for rule in chosen:
            done = check_rule(rule)
            click.echo(f"{rule.name}: {done.samples} samples, "
                       f"worst relative error {done.worst:.0e}")
