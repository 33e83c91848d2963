"""The command line. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from inspect import cleandoc

import click

from derive.errors import DeriveError
from derive.version import __version__

_COMMANDS = ("grad", "jacobian", "hessian", "cost", "nll", "score", "mle", "fisher", "noise",
             "verify", "kernel", "bptt", "train", "sample", "check", "demo", "plot", "site",
             "notation", "losses", "activations", "distributions", "cells", "rules")


class _Lazy(click.Group):
    """Loads a command's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"derive.commands.{cmd_name}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str],
                        ) -> tuple[str | None, click.Command | None, list[str]]:
        from difflib import get_close_matches

        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            near = get_close_matches(args[0], _COMMANDS, 1)
            hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(_COMMANDS)}."
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        name, command, rest = super().resolve_command(ctx, args)
        if name and command and not set(ctx.help_option_names).isdisjoint(rest):
            command.help = _with_examples(command.help, name)
        return name, command, rest

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.help = _with_examples(self.help, "derive")
        super().format_help_text(ctx, formatter)


def _with_examples(text: str | None, name: str) -> str:
    """The help of a command with its examples, which are data as all names in them are."""
    from derive.resources import read_table, rules_folder

    lines = read_table(rules_folder() / "examples.toml").get(name, {}).get("lines", ())
    return "\n".join([cleandoc(text or "").partition("\n\n\b\n")[0], "", "\b", *lines])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="derive")
def cli() -> None:
    """Derive gradients of loss functions step by step, check every line, and make NumPy kernels.
    """


def _prepare_streams() -> None:
    """Output that has been closed goes nowhere; signs that the encoding lacks are escaped."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 (lives as long as the process)
        elif not (stream.encoding or "").lower().startswith("utf"):
            stream.reconfigure(errors="backslashreplace")


def main() -> None:
    """Runs the command line; exits 1 for a DeriveError, 2 for wrong usage, 130 for Ctrl-C."""
    gc.disable()  # a short run: collecting cycles would only cost time
    _prepare_streams()
    try:
        cli.main(standalone_mode=False, prog_name="derive")
        sys.stdout.flush()
    except DeriveError as error:
        click.echo(f"derive: {error}", err=True)
        sys.exit(1)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader has gone: say nothing, and let nothing be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        click.echo(f"derive: cannot write the output: {error.strerror}", err=True)
        sys.exit(1)
    finally:
        gc.freeze()  # nor are they searched for when the process ends
