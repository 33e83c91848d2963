"""Kernels and ended runs for a notebook's output: tables without script and style sheet."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from derive.arrays.targets.numpy.kernel_docstrings import error_text
from derive.core.exact import exact
from derive.notation.printing.plain import plain
from derive.rendering.jupyter_fragment import fragment
from derive.rendering.page.page_formulas import code

if TYPE_CHECKING:
    from derive.arrays.kernels import Kernel
    from derive.training.api import Training

_TIERS = {"fast": "plain floats, and wide numbers for the examples that guards flag",
          "faithful": "wide numbers throughout"}
_ENDED = {"length": "as long as was asked for", "patience": "where nothing got better",
          "interrupt": "interrupted"}
_CELL = "padding:.2em .6em;border:0;background:none;text-align:left"


@exact
def kernel_fragment(kernel: Kernel) -> str:
    """What it computes, what it takes, how exact it is, and the derivation of its gradient."""
    derivation = kernel.derivation
    certificates = kernel.formula.certificates.items()
    rows = [("value", code(plain(kernel.formula.loss, derivation.reserved))),
            ("gradient", code(derivation.notation)),
            *((f"argument {a.name}", code(str(a.kind))) for a in kernel.arguments),
            ("functions", ", ".join(map(code, ("value", "grad", "value_and_grad", "hessian",
                                               "hvp")))),
            ("accuracy", f"{kernel.accuracy}: {_TIERS[kernel.accuracy]}"),
            *((f"errors of {name}", escape(error_text(c))) for name, c in certificates)]
    return (f"<div><p><strong>Kernel of {escape(kernel.title)}</strong></p>{_table(rows)}"
            "<details><summary>The derivation of the gradient</summary>"
            f"{fragment(derivation)}</details></div>")


def training_fragment(training: Training) -> str:
    """What was learned, how long, what was measured, and beside what."""
    run, outcome, (metric, value) = training.run, training.outcome, training.metric
    rows = [("ended", f"{_ENDED[outcome.why]}, at step {outcome.step}, epoch {outcome.epoch:.3g}, "
             f"after {outcome.seconds:.3g} s"),
            ("held-out loss", f"{training.loss:.6g}"), (escape(metric), f"{value:.6g}"),
            *((f"{escape(metric)} of {escape(name)}", f"{number:.6g}")
              for name, number in training.baselines()),
            ("options", code(", ".join(f"{name}={given!r}" for name, given in _set(training)))),
            *((("saved to", code(str(outcome.saved))),) if outcome.saved else ()),
            *(("note", escape(notice)) for notice in run.notices)]
    return f"<div><p><strong>{escape(run.data.title)}</strong></p>{_table(rows)}</div>"


def _set(training: Training) -> Iterable[tuple[str, object]]:
    """The options of a run that have a value."""
    options = vars(training.run.options)
    return ((name, given) for name, given in options.items() if given not in (None, (), False))


def _table(rows: Iterable[tuple[str, str]]) -> str:
    made = "".join(f'<tr style="background:none"><td style="{_CELL}">{name}</td>'
                   f'<td style="{_CELL}">{inner}</td></tr>' for name, inner in rows)
    return ('<div style="overflow-x:auto"><table style="border:0;margin:0">'
            f"{made}</table></div>")
