"""`derive kernel`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from derive.commands import options
from derive.commands.adapter_options import adapter_options, written_for
from derive.commands.derivation_frame import FormulaCommand
from derive.commands.destination import STANDARD_OUTPUT, Destination, check_place
from derive.commands.entry_completion import EntryName
from derive.commands.progress_line import working

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.functions.function_records import FunctionTable

TARGETS = ("numpy", "c", "torch", "jax")
RUNTIMES = ("auto", "minimal", "full", "import")
OUTPUTS = ("value", "grad", "value_and_grad", "hessian", "hvp")


def _outputs(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(n.strip() for n in value.split(",") if n.strip()))
    wrong = [n for n in names if n not in OUTPUTS]
    if wrong or not names:
        raise click.BadParameter(f"{', '.join(wrong) or 'nothing'} is none of {', '.join(OUTPUTS)}")
    return names


@click.command("kernel", cls=FormulaCommand)
@click.argument("target", type=EntryName("losses"))
@options.given_option()
@options.wrt_option("The variable of the gradient.")
@click.option("--outputs", default="value,grad,value_and_grad", show_default=True,
              callback=_outputs, metavar="NAMES",
              help="The functions of the module: value, grad, value_and_grad, hessian, hvp.")
@click.option("--accuracy", type=options.Nearest(["fast", "faithful"]), default="fast",
              metavar="TIER", show_default=True,
              help="fast, or faithful: within 4 ULP in float64, and slower.")
@click.option("--dtype", type=options.Nearest(["both", "float32", "float64"]), default="both",
              metavar="TYPE", show_default=True,
              help="What the module computes in: float32, float64 or both, where float32 stays "
                   "float32.")
@click.option("--target", "made_for", type=options.Nearest(TARGETS), default="numpy",
              metavar="NAME", show_default=True,
              help="What computes: numpy, c, torch or jax.")
@click.option("--runtime", type=options.Nearest(RUNTIMES), default="auto", metavar="NAME",
              show_default=True,
              help="What the functions rest on: minimal (plain NumPy), full (row blocks, threads "
                   "and wide numbers), import (the same, from derive), or auto: minimal where "
                   "that can be.")
@click.option("--with-test", is_flag=True, help="Write the module's own test file beside it.")
@click.option("--with-loader", is_flag=True,
              help="For --target c: write the Python module that loads the library beside it.")
@options.output_option("Write the module to a file; - is standard output.")
@adapter_options
@options.functions_option
@options.patience_option
def command(target: str, given: tuple[str, ...], wrt: str | None, outputs: tuple[str, ...],
            accuracy: str, dtype: str, made_for: str, runtime: str, with_test: bool,
            with_loader: bool,
            functions: FunctionTable | None, output: Path | None, **adapter: Any) -> None:
    """Write the code of a loss and its derivatives.

    It is a module that stands alone. TARGET is a name from `derive losses`, a formula, or a
    specification. With --for it is a file for a library that people train with.
    """
    from derive.arrays.kernels import kernel_to_write

    file = output if output != STANDARD_OUTPUT else None
    _check_files(file, made_for, with_test, with_loader)
    typed = options.read_target(target)
    if written_for(typed, given, wrt, functions, file, with_test, adapter):
        return
    options.echo_latex(typed, given, functions)
    with working("deriving"):
        made = kernel_to_write(typed, given, wrt, accuracy, outputs, dtype, made_for, runtime,
                               functions)
        files = made.files(file, with_test, with_loader) if file else {Path(): made.source}
    if made.derivation.assumed:
        click.echo(f"assumed {'; '.join(made.derivation.assumed)}", err=True)
    for path in files:
        check_place(path if file else None)
    for path, text in files.items():
        Destination("text", path if file else None).write(text.rstrip("\n"))


def _check_files(file: Path | None, made_for: str, with_test: bool, with_loader: bool) -> None:
    """Raises UsageError for files beside a module that has no name, DeriveError for its place."""
    ending = ".c" if made_for == "c" else ".py"
    for flag, asked in (("--with-test", with_test), ("--with-loader", with_loader)):
        if asked and (file is None or not file.stem.isidentifier()):
            raise click.UsageError(f"{flag} needs -o FILE{ending}, with a name that Python can "
                                   "import")
    if with_loader and made_for != "c":
        raise click.UsageError("--with-loader goes with --target c; other modules are imported "
                               "as they are")
    check_place(file)
