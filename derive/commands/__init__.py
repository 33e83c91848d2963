"""The command line. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from derive.commands.command_groups import COMMANDS, GROUPS
from derive.errors import DeriveError
from derive.outgoing_text import plain_signs
from derive.version import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class _ReaderLeft(Exception):
    """The pipe that is written to has been closed; click would take it for a failure."""


@contextmanager
def _into_a_pipe() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise _ReaderLeft from None


class _Lazy(click.Group):
    """Loads a command's module when it is asked for."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _into_a_pipe():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with _into_a_pipe():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"derive.commands.{cmd_name}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str],
                        ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            from derive.commands.usage_lines import no_command

            ctx.fail(no_command(args[0]))
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        return [*(CompletionItem(name, help=says) for name, says in COMMANDS.items()
                  if name.startswith(incomplete)),
                *click.Command.shell_complete(self, ctx, incomplete)]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from derive.commands.help_pages import write_list, write_options

        left = max(map(len, COMMANDS)) + 2
        for title, commands in GROUPS.items():
            with formatter.section(title):
                write_list([(name.ljust(left - 2), says) for name, says in commands.items()],
                           formatter, left)
        write_options("Help", self.get_params(ctx), ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from derive.commands.help_pages import write_examples

        write_examples("derive", formatter)
        formatter.write("\nThe options and examples of a command: derive COMMAND --help\n")


@click.group(cls=_Lazy, invoke_without_command=True, subcommand_metavar="COMMAND …",
             options_metavar="", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="derive", help="Show the version.")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Derive gradients of loss functions step by step, check every line, and make NumPy kernels.
    """
    if ctx.invoked_subcommand is None:
        from derive.commands.help_pages import beginning

        click.echo(beginning(ctx.make_formatter()))


def _help_width() -> int:
    """Columns of a help text: those of the terminal, as long as a line is read with ease."""
    return max(20, min(shutil.get_terminal_size().columns, 80) - 2)


def _prepare_streams() -> None:
    """Output that has been closed goes nowhere; signs that the encoding lacks become words."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 (lives as long as the process)
        elif not (encoding := (stream.encoding or "ascii").lower()).startswith("utf"):
            from derive.commands import ascii_words

            if "ascii" in encoding or encoding == "ansi_x3.4-1968":
                setattr(sys, name, ascii_words.ascii_stream(stream))
            else:
                stream.reconfigure(errors=ascii_words.NAME)


def main() -> None:
    """Runs the command line; exits 1 for a DeriveError, 2 for wrong usage, 130 for Ctrl-C."""
    gc.disable()  # a short run: collecting cycles would only cost time
    _prepare_streams()
    warnings.showwarning = _warned
    try:
        cli.main(standalone_mode=False, prog_name="derive", terminal_width=_help_width())
        sys.stdout.flush()
    except DeriveError as error:
        _end(1, str(error))
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _end(130)
    except click.ClickException as error:
        from derive.commands.usage_lines import usage_line

        _end(error.exit_code, usage_line(error))
    except (_ReaderLeft, BrokenPipeError):  # the reader has gone: say nothing
        _let_go(sys.stdout)
        sys.exit(0)
    except OSError as error:
        _let_go(sys.stdout)
        _end(1, f"cannot write the output: {error.strerror}")
    finally:
        gc.freeze()  # nor are they searched for when the process ends


def _warned(message: Warning | str, *_place: object, **_line: object) -> None:
    """A warning in one line, without the place in the source, which tells the user nothing."""
    with contextlib.suppress(OSError):
        click.echo(f"derive: {plain_signs(str(message))}", err=True)


def _end(code: int, message: str = "") -> None:
    """Ends with an exit code and one message; that it cannot be written changes neither."""
    try:
        if message:
            click.echo(f"derive: {plain_signs(message)}", err=True)
    except OSError:
        _let_go(sys.stderr)
    try:
        sys.stdout.flush()
    except OSError:
        _let_go(sys.stdout)
    sys.exit(code)


def _let_go(stream: object) -> None:
    """Nothing is flushed into a stream at the end that takes nothing any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # type: ignore[attr-defined]
