"""`derive cost`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import derive
from derive.commands import options
from derive.commands.answers import Answer, answer, prepared
from derive.commands.derivation_frame import FormulaCommand
from derive.commands.entry_completion import EntryName
from derive.commands.progress_line import working
from derive.errors import DeriveError, NotAGradient

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.derivation import Derivation
    from derive.functions.function_records import FunctionTable

_DEFINITION = re.compile(r"\s*\w+\s*=(?!=)")


@click.command("cost", cls=FormulaCommand)
@click.argument("field", required=False)
@options.declaration_options
@click.option("--define", "definition", metavar="'y = …'",
              help="Define a name that FIELD has and the cost is to have: 'y = sigmoid(z)'.")
@click.option("--activation", metavar="NAME", type=EntryName("activations", files=False),
              help="Derive the matching loss of an activation, whose gradient is output - target; "
                   "without FIELD (`derive activations`).")
@click.option("--family", is_flag=True,
              help="Derive which g make y = g(z) / sum g(z) the gradient of a cost with output - "
                   "target; without FIELD.")
@click.option("--constant", default="", metavar="least|none|FORMULA",
              help="The additive constant: such that the least value is 0, none, or a formula of "
                   "the target.")
@options.print_options
def command(field: str | None, activation: str | None, family: bool, given: tuple[str, ...],
            wrt: str | None, definition: str | None, constant: str,
            rule_files: tuple[Path, ...], functions: FunctionTable | None,
            **printed: Any) -> None:
    """Find the cost of a given gradient, or prove that none exists.

    FIELD is the gradient: a whole array, one component with --wrt 'z[m]', a formula of a number,
    a .txt file, or - for standard input. Without --wrt the variable is z; without --given all
    names are real. Several variables have a field each: 'x*y**2; x**2*y' --wrt x,y. Where no cost
    exists, the proof is printed, and the exit code is 1.
    """
    _check_options(field, activation, family, given=given, wrt=wrt, define=definition,
                   constant=constant)
    if printed["output"] is not None and _is_definition(str(printed["output"])):
        raise click.UsageError("--output is the file to write to; a name is defined by --define "
                               f"{str(printed['output'])!r}")
    reply = answer(activation or field, **printed)
    text = options.read_target(field or "")
    options.echo_latex(text, given, functions)
    try:
        with working("deriving"):
            shown = prepared(_derived(text, activation, family, options.rulebook(
                rule_files, functions), functions, given=given, wrt=wrt, define=definition,
                constant=constant), reply)
    except NotAGradient as refusal:
        _print_proof(refusal, reply)
        raise
    reply.destination.write(shown)


def _derived(text: str, activation: str | None, family: bool, rules: Any, functions: Any,
             **asked: Any) -> Derivation:
    """The derivation that was asked for."""
    if family:
        from derive.calculus.cost.family import family as output_family

        return output_family(rules=rules)
    if activation is not None:
        return derive.matching_loss(activation, given=asked["given"], constant=asked["constant"],
                                    rules=rules)
    return derive.cost(text, rules=rules, functions=functions, **asked)


def _check_options(field: str | None, activation: str | None, family: bool, **given: Any) -> None:
    """Raises UsageError unless there is one question, and for an option that says nothing of it."""
    if sum((field is not None, activation is not None, family)) != 1:
        raise click.UsageError("cost needs FIELD, --activation NAME, or --family: one of "
                               "them, such as: derive cost \"sigmoid(z) - t\"")
    idle = ("wrt", "define") if activation is not None else tuple(given) if family else ()
    for name in idle:
        if given[name]:
            mode = "--activation" if activation is not None else "--family"
            raise click.UsageError(f"{mode} takes no --{name}")


def _is_definition(text: str) -> bool:
    """Whether a value of --output is what --define takes: a name, a sign =, and a formula."""
    return bool(_DEFINITION.match(text)) and not re.search(r"\.[a-z]{2,5}\Z", text)


def _print_proof(refusal: NotAGradient, reply: Answer) -> None:
    """The proof on standard output, checked first."""
    from derive.rendering.forms import render

    if refusal.proof is None:
        return
    with working("checking"):
        proof = refusal.proof.verify() if reply.checked else refusal.proof
        shown = render(proof, reply.destination.form, reply.detail,
                               **reply.layout)
    reply.destination.write(shown)
    sys.stdout.flush()
    raise DeriveError("this field is the gradient of no cost") from refusal
