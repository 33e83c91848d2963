"""`derive kernel`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import derive
from derive.commands import options
from derive.commands.adapter_options import adapter_options, written_for
from derive.commands.derivation_frame import FormulaCommand
from derive.commands.destination import STANDARD_OUTPUT, Destination, check_place, write_file
from derive.commands.entry_completion import EntryName
from derive.commands.progress_line import working

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.functions.function_records import FunctionTable

TARGETS = ("numpy",)
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
              metavar="NAME", show_default=True, help="What the module runs on: numpy.")
@click.option("--with-test", is_flag=True, help="Write the module's own test file beside it.")
@options.output_option("Write the module to a file; - is standard output.")
@adapter_options
@options.functions_option
@options.patience_option
def command(target: str, given: tuple[str, ...], wrt: str | None, outputs: tuple[str, ...],
            accuracy: str, dtype: str, made_for: str, with_test: bool,
            functions: FunctionTable | None, output: Path | None, **adapter: Any) -> None:
    """Write the code of a loss and its derivatives.

    It is a module that stands alone. TARGET is a name from `derive losses`, a formula, or a
    specification. With --for it is a file for a library that people train with.
    """
    file = output if output != STANDARD_OUTPUT else None
    if with_test and (file is None or not file.stem.isidentifier()):
        raise click.UsageError("--with-test needs -o FILE.py, with a name that Python can import")
    check_place(file)
    typed = options.read_target(target)
    if written_for(typed, given, wrt, functions, file, with_test, adapter):
        return
    options.echo_latex(typed, given, functions)
    with working("deriving"):
        made = derive.kernel(typed, given=given, wrt=wrt, accuracy=accuracy,
                             outputs=outputs, dtype=dtype, target=made_for, functions=functions)
        text = made.source.rstrip("\n")
        tests = made.test_source(file.stem) if with_test and file else ""
    if made.derivation.assumed:
        click.echo(f"assumed {'; '.join(made.derivation.assumed)}", err=True)
    Destination("text", file).write(text)
    if tests and file:
        write_file(file.with_name(f"test_{file.name}"), tests.rstrip("\n"))
