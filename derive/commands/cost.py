"""`derive cost`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import derive
from derive.commands import options
from derive.commands.output import emit, form_options, show
from derive.errors import DeriveError, NotAGradient

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.functions.function_records import FunctionTable


@click.command("cost", cls=options.FormulaCommand)
@click.argument("field", required=False)
@options.patience_option
@options.declaration_options
@options.print_options
@click.option("--activation", metavar="NAME",
              help="The matching loss of an activation: output - target (`derive activations`).")
@click.option("--family", is_flag=True,
              help="Which g make y = g(z) / sum g(z) the gradient of a cost with output - target?")
@click.option("--output", "outputs", multiple=True, metavar="'y = …'|FILE",
              help="An output in whose terms the field and the cost are written, such as "
                   "'y = sigmoid(z)'; or a file to write to.")
@click.option("--constant", default="", metavar="least|none|FORMULA",
              help="The additive constant: least value 0, none, or a formula of the target.")
def command(field: str | None, activation: str | None, family: bool, given: tuple[str, ...],
            wrt: str | None, outputs: tuple[str, ...], constant: str,
            rule_files: tuple[Path, ...], functions: FunctionTable | None,
            **printed: Any) -> None:
    """The cost whose gradient is FIELD, or the proof that there is none (exit code 1).

    FIELD is a whole array, one component with --wrt 'z[m]', a formula of a number, a .txt file,
    or - for standard input. Without --wrt the variable is z; without --given all names are real.
    """
    definition, file = _outputs(outputs)
    if sum((field is not None, activation is not None, family)) != 1:
        raise click.UsageError("give a FIELD, or --activation NAME, or --family")
    _check_options(activation is not None, family, given=given, wrt=wrt, output=definition,
                   constant=constant)
    rules = options.rulebook(rule_files, functions)
    try:
        if family:
            from derive.calculus.cost.family import family as output_family

            derivation = output_family(rules=rules)
        elif activation is not None:
            derivation = derive.matching_loss(activation, given=given, constant=constant,
                                              rules=rules)
        else:
            text = options.read_target(field or "")
            options.echo_latex(text, given, functions)
            derivation = derive.cost(text, given=given, wrt=wrt,
                                     output=definition, constant=constant, rules=rules,
                                     functions=functions)
    except NotAGradient as refusal:
        _print_proof(refusal, file, **printed)
        raise
    show(derivation, output=file, **printed)


def _check_options(by_name: bool, family: bool, **given: Any) -> None:
    """Raises UsageError for an option that says nothing with --activation or --family."""
    idle = ("wrt", "output") if by_name else tuple(given) if family else ()
    for name in idle:
        if given[name]:
            mode = "--activation" if by_name else "--family"
            raise click.UsageError(f"{mode} takes no --{name}")


def _outputs(texts: tuple[str, ...]) -> tuple[str | None, Path | None]:
    """The definition of an output and the file among the values of --output."""
    if "" in texts:
        raise click.UsageError("--output is empty")
    definitions = [t for t in texts if "=" in t]
    files = [t for t in texts if "=" not in t]
    if len(definitions) > 1 or len(files) > 1:
        raise click.UsageError("--output takes one definition, and one file")
    return definitions[0] if definitions else None, Path(files[0]) if files else None


def _print_proof(refusal: NotAGradient, output: Path | None, form: str, detail: str,
                 no_verify: bool, ascii: bool, width: int | None,
                 embed_font: Path | None = None) -> None:
    """The proof on standard output, checked first."""
    from derive.rendering.forms import render

    if refusal.proof is None:
        return
    if not no_verify:
        refusal.proof.verify()
    layout = form_options(form, output, ascii, width, embed_font)
    emit(render(refusal.proof, form, detail, **layout), output)
    sys.stdout.flush()
    raise DeriveError("this field is the gradient of no cost") from refusal
