"""The options of `derive kernel --for LIBRARY`, and what is done with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from derive.commands.destination import Destination, check_place, write_file
from derive.commands.options import Nearest, once_each, with_options
from derive.commands.progress_line import working
from derive.tables.adapter_table import libraries

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.functions.function_records import FunctionTable

ASKED = ("library", "settings", "hessian", "observed")
# Parameters of what a file for a library does not have, and their options.
_OTHERS = {"outputs": "--outputs", "accuracy": "--accuracy", "dtype": "--dtype",
           "made_for": "--target", "runtime": "--runtime"}


def _settings(_context: click.Context, _parameter: click.Parameter, texts: Sequence[str],
              ) -> dict[str, str]:
    wrong = next((text for text in texts if not text.partition("=")[2].strip()), None)
    if wrong is not None:
        raise click.BadParameter(f"{wrong!r} is not NAME=VALUE, such as tau=0.9")
    return once_each("--set", texts)


adapter_options = with_options(
    click.option("--for", "library", metavar="LIBRARY",
                 type=Nearest([library.name for library in libraries()]),
                 help="Write a file for a library that people train with: "
                      f"{', '.join(library.name for library in libraries())}."),
    click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", callback=_settings,
                 help="With --for: the value of a parameter, such as tau=0.9; repeat it."),
    click.option("--hessian", metavar="POLICY",
                 help="With --for: exact-diagonal, fisher, bound or floored; without it, what "
                      "fits the loss."),
    click.option("--label", "observed", metavar="NAMES",
                 help="With --for: what a row of the data holds, the label first; without it, y."))


def written_for(target: str, given: tuple[str, ...], wrt: str | None,
                functions: FunctionTable | None, file: Path | None, with_test: bool,
                asked: Mapping[str, Any]) -> bool:
    """Writes the file for a library, where one was asked for. Raises UsageError."""
    context = click.get_current_context()
    if asked["library"] is None:
        lonely = next((n for n in ASKED if asked[n]), None)
        if lonely is not None:
            option = {"settings": "--set", "observed": "--label"}.get(lonely, f"--{lonely}")
            raise click.UsageError(f"{option} goes with --for LIBRARY")
        return False
    for name, option in _OTHERS.items():
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{option} does not go with --for; the library says what it "
                                   "needs")
    import derive

    with working("deriving"):
        made = derive.adapters.adapter(
            asked["library"], target, given=given, wrt=wrt, values=asked["settings"],
            label=asked["observed"] or (), hessian=asked["hessian"], functions=functions)
        tests = made.test_source(file.stem) if with_test and file else ""
    for note in made.notes:
        click.echo(note, err=True)
    beside = file.with_name(f"test_{file.name}") if tests and file else None
    check_place(beside)
    Destination("text", file).write(made.source.rstrip("\n"))
    if beside is not None:
        write_file(beside, tests.rstrip("\n"))
    return True
