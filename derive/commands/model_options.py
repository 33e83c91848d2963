"""The options by which a cell becomes a model, wherever a cell may be named."""

from __future__ import annotations

import click

from derive.commands.entry_completion import EntryName
from derive.commands.options import with_options
from derive.tables.cell_table import usual_head

model_options = with_options(
    click.option("--head", default=usual_head("classes"), show_default=True, metavar="LOSS",
                 type=EntryName("heads", "losses", files=False),
                 help="What a cell ends in: one of `derive cells --heads`, or a loss of the "
                      "catalogue, with its constants as in 'LOSS(delta=1)'."),
    click.option("--reduction", default="sum", show_default=True, metavar="NAME",
                 type=EntryName("reductions", files=False),
                 help="How the losses of the steps become one number: one of "
                      "`derive cells --reductions`."),
    click.option("--layers", type=click.IntRange(1), default=1, show_default=True, metavar="N",
                 help="Layers on top of each other."),
    click.option("--bidirectional", is_flag=True, help="Add a second cell that runs backwards in "
                                                       "time."),
    click.option("--labels", is_flag=True, help="Take labels as inputs, not numbers."),
    click.option("--embed", is_flag=True, help="Send labels through a table of vectors."),
    click.option("--last", is_flag=True,
                 help="Have one target a sequence, read after its last step."),
    click.option("--mask", "masked", is_flag=True,
                 help="Let steps with m[t] = 0 leave the state alone."))
