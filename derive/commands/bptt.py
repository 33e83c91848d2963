"""`derive bptt`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import derive
from derive.commands import options
from derive.commands.output import show
from derive.tables.cell_table import usual_head

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.functions.function_records import FunctionTable


@click.command("bptt")
@click.argument("model")
@click.option("--head", default=usual_head("classes"), show_default=True, metavar="LOSS",
              help="What a cell ends in: one of `derive cells --heads`, or a loss of the "
                   "catalogue, with its constants as in 'LOSS(delta=1)'.")
@click.option("--reduction", default="sum", show_default=True, metavar="NAME",
              help="How the losses of the steps become one number: one of "
                   "`derive cells --reductions`.")
@click.option("--layers", type=click.IntRange(1), default=1, show_default=True,
              help="Layers on top of each other.")
@click.option("--bidirectional", is_flag=True, help="A second cell that runs backwards in time.")
@click.option("--labels", is_flag=True, help="The inputs are labels, not numbers.")
@click.option("--embed", is_flag=True, help="Labels go through a table of vectors.")
@click.option("--last", is_flag=True, help="One target a sequence, read after its last step.")
@click.option("--mask", "masked", is_flag=True, help="Steps with m[t] = 0 leave the state alone.")
@options.patience_option
@options.print_options
@options.output_option("--output")
def command(model: str, rule_files: tuple[Path, ...], functions: FunctionTable | None,
            head: str, reduction: str, layers: int,
            bidirectional: bool, labels: bool, embed: bool, last: bool, masked: bool,
            **printed: Any) -> None:
    """Back-propagation through time of a recurrent model, step by step.

    MODEL is the name of a cell (see `derive cells`), a model as text, a .txt or .toml file with
    one, or - for standard input. A model with its loss is taken as it is; a cell gets a head.
    """
    text = options.read_target(model) if model == "-" else model
    derivation = derive.bptt(
        text, head=head, reduction=reduction, layers=layers, bidirectional=bidirectional,
        labels=labels or embed, embed=embed, last=last, masked=masked,
        rules=options.rulebook(rule_files, functions), functions=functions)
    show(derivation, **printed)
