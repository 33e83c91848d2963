"""`derive kernel`."""

from __future__ import annotations

from pathlib import Path

import click

from derive.commands.options import FormulaCommand, emit, read_target


@click.command("kernel", cls=FormulaCommand)
@click.argument("target")
@click.option("--given", "-g", multiple=True, metavar="DECLARATION",
              help="A declaration such as 'o: real[K]', or a condition; repeat it.")
@click.option("--wrt", metavar="VARIABLE", help="The variable of the gradient.")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path),
              help="Write to a file instead of standard output.")
def command(target: str, given: tuple[str, ...], wrt: str | None, output: Path | None) -> None:
    """The NumPy code of a loss and its derived gradient.

    TARGET is a name from `derive losses`, a formula, or a specification.

    \b
    derive kernel softmax-nll
    """
    from derive.kernels import kernel

    emit(kernel(read_target(target), given=given, wrt=wrt).source.rstrip("\n"), output)
