"""The frame of the commands that print a derivation."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from derive.commands.answers import answer, prepared
from derive.commands.entry_completion import EntryName
from derive.commands.help_pages import HelpfulCommand
from derive.commands.options import (
    PRINTED,
    Decorator,
    declaration_options,
    echo_latex,
    print_options,
    read_target,
    rulebook,
    with_options,
)
from derive.commands.progress_line import working
from derive.errors import NoNoise

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.derivation import Derivation
    from derive.functions.function_records import FunctionTable

_LONG_OPTION = re.compile(r"--[a-z][a-z-]*(=.*)?\Z", re.DOTALL)


class FormulaCommand(HelpfulCommand):
    """A command whose argument may be a formula that starts with a minus sign."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options, formulas, rest = self._sorted(ctx, args)
        if formulas:
            rest = [*(rest or ["--"]), *formulas]
        return super().parse_args(ctx, [*options, *rest])

    def _sorted(self, ctx: click.Context, args: list[str],
                ) -> tuple[list[str], list[str], list[str]]:
        """Options and plain arguments, formulas with a minus sign, and what stands from -- on."""
        takes_value = {name for p in self.params if isinstance(p, click.Option) and not p.is_flag
                       for name in p.opts}
        short = {name for p in self.params for name in p.opts if not name.startswith("--")}
        short |= set(ctx.help_option_names)
        options: list[str] = []
        formulas: list[str] = []
        for place, (before, arg) in enumerate(zip(("", *args), args, strict=False)):
            if arg == "--":
                return options, formulas, args[place:]
            formula = (arg.startswith("-") and len(arg) > 1 and before not in takes_value
                       and arg not in short and not _LONG_OPTION.match(arg))
            (formulas if formula else options).append(arg)
        return options, formulas, []


def derivation_command(name: str, table: str, *options: Decorator,
                       ) -> Callable[[Callable[..., Derivation]], click.Command]:
    """Makes a command of a function that gives a derivation, which is verified and printed.

    A shell completes the names of `table`. The function gets `target` (its text), `given`, `wrt`,
    `rules`, `functions`, and the further `options`. Where it raises NoNoise, the
    derivation that shows why is printed before.
    """
    def make(function: Callable[..., Derivation]) -> click.Command:
        @wraps(function)
        def command(target: str, rule_files: tuple[Path, ...], functions: FunctionTable | None,
                    **given: Any) -> None:
            reply = answer(target, **{option: given.pop(option) for option in PRINTED})
            text = read_target(target)
            if not given.get("latex") and given.get("first_index") is None:
                echo_latex(text, given["given"], functions)
            try:
                with working("deriving"):
                    derivation = function(text, rules=rulebook(rule_files, functions),
                                          functions=functions, **given)
                    shown = prepared(derivation, reply)
            except NoNoise as refusal:
                if refusal.derivation is not None:
                    unchecked = replace(reply, checked=False)
                    reply.destination.write(prepared(refusal.derivation, unchecked))
                raise
            reply.destination.write(shown)

        argument = click.argument("target", type=EntryName(table))
        decorated = with_options(argument, declaration_options, *options, print_options)(command)
        return click.command(name, cls=FormulaCommand)(decorated)

    return make
