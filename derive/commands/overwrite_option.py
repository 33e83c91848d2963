"""The option that lets an output replace what derive did not write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from derive.commands.output import OVERWRITE

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def overwrite_option(text: str = "Let --output replace a file that derive did not write.",
                     exposed: bool = False) -> Decorator:
    """Adds --overwrite; a command takes it as an argument where it is `exposed`."""
    return click.option("--overwrite", is_flag=True, expose_value=exposed, is_eager=True,
                        callback=_kept, help=text)


def _kept(context: click.Context, _parameter: click.Parameter, value: bool) -> bool:
    context.meta[OVERWRITE] = context.meta.get(OVERWRITE, False) or value
    return value
