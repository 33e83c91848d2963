"""`derive kernel`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

import derive
from derive.commands import options
from derive.commands.output import emit

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.functions.function_records import FunctionTable

OUTPUTS = ("value", "grad", "value_and_grad", "hessian", "hvp")


def _outputs(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(n.strip() for n in value.split(",") if n.strip()))
    wrong = [n for n in names if n not in OUTPUTS]
    if wrong or not names:
        raise click.BadParameter(f"{', '.join(wrong) or 'nothing'} is none of {', '.join(OUTPUTS)}")
    return names


@click.command("kernel", cls=options.FormulaCommand)
@click.argument("target")
@options.given_option()
@options.wrt_option("The variable of the gradient.")
@click.option("--outputs", default="value,grad,value_and_grad", show_default=True,
              callback=_outputs, metavar="NAMES",
              help="The functions of the module: value, grad, value_and_grad, hessian, hvp.")
@click.option("--accuracy", type=click.Choice(["fast", "faithful"]), default="fast",
              show_default=True, help="faithful: 4 ULP in float64, slower.")
@click.option("--dtype", type=click.Choice(["both", "float32", "float64"]), default="both",
              show_default=True, help="What the module computes in; both: float32 stays float32.")
@click.option("--with-test", is_flag=True, help="Write the module's own test file beside it.")
@options.functions_option
@options.output_option("--output", "-o")
@options.patience_option
def command(target: str, given: tuple[str, ...], wrt: str | None, outputs: tuple[str, ...],
            accuracy: str, dtype: str, with_test: bool, functions: FunctionTable | None,
            output: Path | None) -> None:
    """The NumPy code of a loss and its derivatives, as a module that stands alone.

    TARGET is a name from `derive losses`, a formula, or a specification.
    """
    from derive.arrays.targets.numpy.selftest import self_test

    if with_test and (output is None or not output.stem.isidentifier()):
        raise click.UsageError("--with-test needs -o FILE.py, with a name that Python can import")
    typed = options.read_target(target)
    options.echo_latex(typed, given, functions)
    made = derive.kernel(typed, given=given, wrt=wrt, accuracy=accuracy, functions=functions)
    if made.derivation.assumed:
        click.echo(f"assumed {'; '.join(made.derivation.assumed)}", err=True)
    only = "" if dtype == "both" else dtype
    text = made.source_of(outputs, only).rstrip("\n")
    tests = self_test(made, output.stem, outputs, only) if with_test and output else ""
    emit(text, output)
    if tests and output:
        emit(tests.rstrip("\n"), output.with_name(f"test_{output.name}"))
