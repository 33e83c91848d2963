"""`derive prove`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import derive
from derive.commands.derivation_frame import FormulaCommand
from derive.commands.destination import to_file_or_output
from derive.commands.entry_completion import EntryName
from derive.commands.options import (
    Nearest,
    declaration_options,
    echo_latex,
    functions_option,
    output_option,
    patience_option,
    read_target,
    rulebook,
    rules_option,
)
from derive.commands.progress_line import remark, working
from derive.errors import DeriveError, NotAGradient

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.derivation import Derivation
    from derive.functions.function_records import FunctionTable
    from derive.proof import Proved, Refusal

KINDS = ("grad", "hessian", "jacobian", "cost")
_FORMS = {".json": "json", ".html": "html", ".md": "markdown", ".tex": "latex", ".txt": "text"}


@click.command("prove", cls=FormulaCommand)
@click.argument("kind", type=Nearest(KINDS), metavar="grad|hessian|jacobian|cost")
@click.argument("target", type=EntryName("losses"))
@declaration_options
@click.option("--check/--no-check", default=None,
              help="Whether coqc checks the file before it is written; without either, where it is "
                   "there.")
@click.option("--lines", is_flag=True,
              help="Also each line as a theorem: equal to the line before it, by the lemmas of its "
                   "rules.")
@click.option("--seconds", type=click.FloatRange(0, min_open=True), default=60.0,
              show_default=True, help="Processor time that coqc may take.")
@output_option("Write to a file: .v for Coq; where it is checked also .html, .json, .md, .tex or "
               ".txt, the derivation with the record of its proof.")
@rules_option
@functions_option
@patience_option
def command(kind: str, target: str, given: tuple[str, ...], wrt: str | None, check: bool | None,
            lines: bool, seconds: float, output: Path | None, rule_files: tuple[Path, ...],
            functions: FunctionTable | None) -> None:
    """Write a derivation as theorems that Coq checks, for every size.

    The file defines the formula as it was typed and the result as it was printed, and proves that
    the one is the derivative of the other under the printed conditions. TARGET is what the command
    of that name takes. Where coqc is there, it checks the file first, and nothing is written that
    it refuses; else the file says that nobody has checked it. A formula with a construct that has
    no lemma is refused, and the construct named. Where no cost exists, the theorem is that two
    mixed derivatives of the field differ at a point, and the exit code is 1.
    """
    form = _FORMS.get(output.suffix) if output is not None else None
    if form is not None and check is False:
        raise click.UsageError(f"{output}: a derivation has the record of its proof with --check")
    going = to_file_or_output(output)
    text = read_target(target)
    echo_latex(text, given, functions)
    with working("deriving"):
        answer, refusal = _derived(kind, text, given=given, wrt=wrt, functions=functions,
                                   rules=rulebook(rule_files, functions))
    from derive.proofs.coq_checker import ProofError, checker_missing
    from derive.proofs.proving import proved, stated

    missing = checker_missing()
    if missing and (check or form):
        raise ProofError(missing)
    unchecked = "--no-check was given" if check is False else missing
    if unchecked:
        file = stated(answer, lines).unchecked(unchecked)
        remark(f"nobody has checked this file: {unchecked}")
    else:
        with working("proving"):
            file, answer = proved(answer, seconds, lines)
    going.write(file.text if form is None else answer.show(form))
    if answer.proof is not None:
        _report(answer.proof)
    if refusal is not None:
        raise DeriveError("this field is the gradient of no cost") from refusal


def _report(proof: Proved) -> None:
    """What was proved, line by line, and what that rests on."""
    remark(f"proved: {proof.summary}")
    for line in proof.lines:
        remark(line)
    remark(f"axioms: {', '.join(proof.axioms)}")


def _derived(kind: str, target: str, **asked: Any,
             ) -> tuple[Derivation | Refusal, NotAGradient | None]:
    """The derivation of that kind; why there is no cost, with its error."""
    try:
        derivation: Derivation = getattr(derive, kind)(target, **asked)
    except NotAGradient as refusal:
        if refusal.proof is None:
            raise
        return refusal.proof, refusal
    return derivation, None
