"""`derive hessian`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from derive.commands.options import FormulaCommand, derivation_options, read_target, rulebook, show


@click.command("hessian", cls=FormulaCommand)
@derivation_options()
def command(target: str, given: tuple[str, ...], wrt: str | None,
            rule_files: tuple[Path, ...], functions: Any,
            **shown: Any) -> None:
    """The Hessian of a loss, step by step.

    TARGET is a name from `derive losses`, a formula, a specification of several lines, a .txt
    file with one, or - for standard input.
    """
    from derive.calculus.gradient.gradient import hessian

    show(hessian(read_target(target), given=given, wrt=wrt, rules=rulebook(rule_files, functions),
                functions=functions), **shown)
