"""`derive hessian`."""

from __future__ import annotations

from typing import Any

import derive
from derive.commands.derivation_frame import derivation_command
from derive.commands.options import keep_options


@derivation_command("hessian", "losses", keep_options)
def command(target: str, **options: Any) -> derive.Derivation:
    """Derive the Hessian of a loss, step by step.

    TARGET is a name from `derive losses`, a formula, a specification of several lines, a .txt
    file with one, or - for standard input.
    """
    return derive.hessian(target, **options)
