"""The help of a command: whole sentences, options in the same order everywhere, examples last."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import click

from derive.commands.help_texts import bounds_in_words, example_lines, examples
from derive.commands.usage_lines import unexpected

# The options that several commands have, by section and in this order. What is the command's own
# stands in the first section, behind those named there.
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Question": ("--given", "--wrt"),
    "Answer": ("--detail", "--format", "--width", "--ascii", "--output", "--open", "--plot",
               "--embed-font", "--no-pager"),
    "Rules and limits": ("--rules", "--functions", "--patience", "--no-verify"),
}
_IN_BRACKETS = re.compile(r"\[[^\]]*\]\Z")
_LEFT = 26  # columns of names of options, beside which their help starts


class HelpfulCommand(click.Command):
    """A command whose options are listed in sections, with examples at the end.

    `sections` are further sections of the command's own options, which stand first. `renamed`
    options are read by their older names too; `retired` ones say what is to be written now.
    """

    def __init__(self, *args: Any, sections: Mapping[str, Sequence[str]] | None = None,
                 renamed: Mapping[str, str] | None = None,
                 retired: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sections: Mapping[str, Sequence[str]] = sections or {}
        self.retired: Mapping[str, str] = retired or {}
        self.renamed: Mapping[str, str] = renamed or {}

    allow_extra_args = True  # an argument too many is answered here

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for name in (argument.partition("=")[0] for argument in args):
            if name in self.retired:
                ctx.fail(f"{ctx.info_name} has no option {name}: {self.retired[name]}")
        try:
            rest = super().parse_args(ctx, [self._by_new_name(argument) for argument in args])
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise
        if ctx.args and not ctx.resilient_parsing:
            ctx.fail(unexpected(ctx.args, ctx))
        return rest

    def _by_new_name(self, argument: str) -> str:
        name, sign, value = argument.partition("=")
        return self.renamed.get(name, name) + sign + value

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, options in self.sorted_options(ctx).items():
            write_options(title, options, ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_examples(ctx.info_name or "", formatter)

    def sorted_options(self, ctx: click.Context) -> dict[str, list[click.Parameter]]:
        """The options that the help shows, by the titles of their sections."""
        sections = {**self.sections, **SECTIONS}
        titles = {name: title for title, names in sections.items() for name in names}
        order = {name: place for place, name in enumerate(titles)}
        here: dict[str, list[click.Parameter]] = {title: [] for title in sections}
        for option in self.get_params(ctx):
            if isinstance(option, click.Option) and not option.hidden:
                own = "Help" if "--help" in option.opts else "Question"
                title = next((titles[n] for n in option.opts if n in titles), own)
                here.setdefault(title, []).append(option)
        for options in here.values():
            options.sort(key=lambda p: min(order.get(n, len(order)) for n in p.opts))
        return {title: options for title, options in here.items() if options}


def write_options(title: str, options: Sequence[click.Parameter], ctx: click.Context,
                  formatter: click.HelpFormatter) -> None:
    """A section of options; the bounds of numbers are in words."""
    records = [record for option in options if (record := option.get_help_record(ctx))]
    with formatter.section(title):
        write_list([(name, _in_words(text)) for name, text in records], formatter, _LEFT)


def _in_words(text: str) -> str:
    return _IN_BRACKETS.sub(lambda bounds: bounds_in_words(bounds.group()), text)


def write_list(rows: Sequence[tuple[str, str]], formatter: click.HelpFormatter,
               left: int) -> None:
    """Names beside sentences; beneath each other where the terminal is narrow."""
    if formatter.width >= 2 * left:
        formatter.write_dl(rows, col_max=left)
        return
    for name, text in rows:
        formatter.write_text(name)
        formatter.indent()
        formatter.write_text(text)
        formatter.dedent()


def beginning(formatter: click.HelpFormatter) -> str:
    """What `derive` alone shows: what to type first, and where help is."""
    entry = examples("derive")
    begin: dict[str, str] = entry["begin"]
    formatter.write_text("Derive gradients of loss functions, each line checked. Begin with:")
    formatter.write_paragraph()
    with formatter.indentation():
        write_list(list(begin.items()), formatter, max(map(len, begin)) + 2)
    formatter.write_paragraph()
    formatter.write_text("All commands: derive --help. The options of one: derive grad --help.")
    return formatter.getvalue().rstrip()


def write_examples(name: str, formatter: click.HelpFormatter) -> None:
    """The section of examples, each line as it is typed."""
    for title, key in (("Examples", "lines"), ("Such a file", "file")):
        if lines := example_lines(name, key):
            with formatter.section(title):
                for line in lines:
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")
