"""What was wrong with the way a command was called, as one line that says what to write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click

from derive.commands.command_groups import COMMANDS
from derive.commands.help_texts import bounds_in_words, example_lines

_PLAIN = (("is not in the range", "is out of range, which is"),
          ("is not a valid float range", "is not a number"),
          ("is not a valid float", "is not a number"),
          ("is not a valid integer range", "is not a whole number"),
          ("is not a valid integer", "is not a whole number"))


def usage_line(error: click.ClickException) -> str:
    """The error as one line."""
    ctx = getattr(error, "ctx", None)
    if isinstance(error, click.NoSuchOption):
        return no_option(error.option_name, ctx)
    if isinstance(error, click.MissingParameter) and error.param is not None:
        return _missing(error.param, ctx)
    if isinstance(error, click.BadOptionUsage):
        return _without_value(error.option_name, ctx)
    if isinstance(error, click.BadParameter) and error.param is not None:
        return f"{_named(error.param)}: {_lower(error.message)}"
    return " ".join(error.format_message().split())


def no_option(name: str, ctx: click.Context | None) -> str:
    """That there is no such option, and which ones are alike."""
    known = [n for p in ctx.command.get_params(ctx) if isinstance(p, click.Option) and not p.hidden
             for n in (*p.opts, *p.secondary_opts)] if ctx else []
    path = ctx.command_path if ctx else "derive"
    near = did_you_mean(name, known) or f"see {path} --help"
    return f"{short_name(ctx)} has no option {name}; {near}"


def short_name(ctx: click.Context | None) -> str:
    """The command as the one word that its user typed."""
    return (ctx and ctx.info_name) or "derive"


def no_command(name: str) -> str:
    """That there is no such command, and which ones are alike, or what else has the name."""
    if not name.replace("-", "").replace("_", "").isalnum():
        return (f"a command stands first, then a formula in quotes: derive grad {name!r}; "
                "derive --help lists the commands")
    from derive.entry_names import unknown

    return str(unknown("command", name, COMMANDS, "derive --help lists those that there are"))


def unexpected(arguments: Sequence[str], ctx: click.Context) -> str:
    """That there is an argument too many, which may be an option with a hyphen too few."""
    for argument in arguments:
        word = argument.partition("=")[0]
        if word.startswith("-") and word.lstrip("-").isalpha():
            return no_option(word, ctx)
    takes = " ".join(p.human_readable_name for p in ctx.command.params
                     if isinstance(p, click.Argument)) or "no argument"
    return (f"{short_name(ctx)} takes {takes}, and no {arguments[0]!r} beside it; what has "
            "spaces, such as a formula, stands in quotes")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question that names what is alike; empty where nothing is."""
    from difflib import get_close_matches

    plain = {k.lstrip("-"): k for k in known}
    word = name.lstrip("-").lower()
    initials = "".join(part[:1] for part in word.split("-"))
    near = [p for p in plain if p == initials] or get_close_matches(word, plain, 3, 0.6) or \
        [p for p in plain if len(word) > 2 and p.startswith(word)][:3]
    return f"did you mean {' or '.join(plain[n] for n in near)}?" if near else ""


def _missing(parameter: click.Parameter, ctx: click.Context | None) -> str:
    name = short_name(ctx)
    examples = [line for line in example_lines(name) if line.startswith(f"derive {name}")]
    such = f", such as: {examples[0]}" if examples else f"; see derive {name} --help"
    return f"{name} needs {_named(parameter)}{such}"


def _without_value(name: str, ctx: click.Context | None) -> str:
    """That an option lacks its value, or has one that it does not take."""
    for parameter in ctx.command.params if ctx else ():
        if isinstance(parameter, click.Option) and name in parameter.opts:
            if parameter.is_flag:
                return f"{name} takes no value"
            return f"{name} needs {parameter.metavar or 'a value'} behind it"
    return f"{name} is not used rightly; see derive {short_name(ctx)} --help"


def _named(parameter: click.Parameter) -> str:
    """The parameter as the help names it."""
    if isinstance(parameter, click.Argument):
        return parameter.human_readable_name
    return max(parameter.opts, key=len)


def _lower(message: str) -> str:
    """A message of click as the end of a sentence."""
    text = bounds_in_words(" ".join(message.split()).removesuffix("."))
    for written, plain in _PLAIN:
        text = text.replace(written, plain)
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
