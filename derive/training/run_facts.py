"""What is said of a run that has ended: how, what was measured, and beside what."""

from __future__ import annotations

from collections.abc import Iterator

from derive.training.run_records import Outcome
from derive.training.setup import Run
from derive.training.tasks.baselines import baselines

_ENDED = {"length": "as long as was asked for", "patience": "where nothing got better",
          "interrupt": "interrupted"}


def run_facts(run: Run, outcome: Outcome) -> Iterator[tuple[str, str, bool]]:
    """Label, text, and whether it is code."""
    yield "ended", (f"{_ENDED[outcome.why]}, at step {outcome.step}, epoch {outcome.epoch:.3g}, "
                    f"after {outcome.seconds:.3g} s of training and "
                    f"{outcome.held_out_seconds:.3g} s of measuring"), False
    metric, measured = run.data.metric, outcome.measured
    if measured is not None:
        yield "held-out loss", f"{measured.loss:.6g}", False
        if measured.metric is not None:
            yield metric, f"{measured.metric:.6g}", False
    for name, value in baselines(run.data, run.head):
        yield f"{metric} of {name}", f"{value:.6g}", False
    given = {name: value for name, value in vars(run.options).items()
             if value not in (None, (), False)}
    yield "options", ", ".join(f"{name}={value!r}" for name, value in given.items()), True
    if outcome.saved is not None:
        yield "saved to", str(outcome.saved), True
    for notice in run.notices:
        yield "note", notice, False
