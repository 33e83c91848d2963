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
from derive.commands.progress_line import working
from derive.tables.cell_table import usual_head

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.functions.function_records import FunctionTable


@click.command("bptt", cls=HelpfulCommand)
@click.argument("model", type=EntryName("cells", "models"))
@click.option("--head", default=usual_head("classes"), show_default=True, metavar="LOSS",
              type=EntryName("heads", "losses", files=False),
              help="What a cell ends in: one of `derive cells --heads`, or a loss of the "
                   "catalogue, with its constants as in 'LOSS(delta=1)'.")
@click.option("--reduction", default="sum", show_default=True, metavar="NAME",
              type=EntryName("reductions", files=False),
              help="How the losses of the steps become one number: one of "
                   "`derive cells --reductions`.")
@click.option("--layers", type=click.IntRange(1), default=1, show_default=True, metavar="N",
              help="Layers on top of each other.")
@click.option("--bidirectional", is_flag=True, help="Add a second cell that runs backwards in "
                                                    "time.")
@click.option("--labels", is_flag=True, help="Take labels as inputs, not numbers.")
@click.option("--embed", is_flag=True, help="Send labels through a table of vectors.")
@click.option("--last", is_flag=True, help="Have one target a sequence, read after its last step.")
@click.option("--mask", "masked", is_flag=True,
              help="Let steps with m[t] = 0 leave the state alone.")
@click.option("--target", type=options.Nearest(("torch",)), metavar="NAME",
              help="What computes: torch, in a module for training that is written in place of the "
                   "derivation, a torch.nn.Module with the derived backward pass.")
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
    from derive.arrays.recurrent.torch_model import torch_module

    with working("deriving"):
        derivation = derive.bptt(
            text, head=head, reduction=reduction, layers=layers, bidirectional=bidirectional,
            labels=labels or embed, embed=embed, last=last, masked=masked,
            rules=options.rulebook(rule_files, functions), functions=functions)
        shown = torch_module(derivation, _again()) if target else prepared(derivation, reply)
    reply.destination.write(shown.rstrip("\n"))


def _again() -> str:
    """The command as it was typed."""
    return shlex.join(["derive", *sys.argv[1:]])
