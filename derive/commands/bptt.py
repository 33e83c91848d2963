"""`derive bptt`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import derive
from derive.commands import options
from derive.commands.answers import answer, prepared
from derive.commands.entry_completion import EntryName
from derive.commands.help_pages import HelpfulCommand
from derive.commands.model_options import model_options
from derive.commands.progress_line import working

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.functions.function_records import FunctionTable


@click.command("bptt", cls=HelpfulCommand)
@click.argument("model", type=EntryName("cells", "models"))
@model_options
@click.option("--target", type=options.Nearest(("torch", "jax", "numpy")), metavar="NAME",
              help="What computes: torch, jax or numpy, in a module for training that is written "
                   "in place of the derivation, with the derived backward pass.")
@options.print_options
def command(model: str, target: str | None, rule_files: tuple[Path, ...],
            functions: FunctionTable | None, head: str, reduction: str, layers: int,
            bidirectional: bool, labels: bool, embed: bool, last: bool, masked: bool,
            **printed: Any) -> None:
    """Derive back-propagation through time for a recurrent model.

    MODEL is the name of a cell (see `derive cells`), a model as text, a .txt or .toml file with
    one, or - for standard input. A model with its loss is taken as it is; a cell gets a head.
    """
    if target and (printed["form"] or printed["opened"]):
        raise click.UsageError("--target writes a module of Python; leave --format and --open out")
    if target:
        printed["form"] = "text"
    reply = answer(model, **printed)
    text = options.read_target(model) if model == "-" else model
    from derive.arrays.recurrent.model_export import exported_derivation

    with working("deriving"):
        derivation = derive.bptt(
            text, head=head, reduction=reduction, layers=layers, bidirectional=bidirectional,
            labels=labels or embed, embed=embed, last=last, masked=masked,
            rules=options.rulebook(rule_files, functions), functions=functions)
        shown = exported_derivation(derivation, target, _again()) if target else \
            prepared(derivation, reply)
    reply.destination.write(shown.rstrip("\n"))


def _again() -> str:
    """The command as it was typed."""
    return shlex.join(["derive", *sys.argv[1:]])
