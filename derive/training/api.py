"""Training from Python: `derive.train`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

from derive.argument_kinds import (
    FLAG,
    INTEGER,
    NAMES,
    NUMBER,
    PAIRS,
    PATH,
    TEXT,
    Argument,
    at_least,
    choice,
    or_none,
    text_of,
)
from derive.errors import TrainingError
from derive.extras import required
from derive.provided import provided
from derive.public_arguments import public
from derive.reporting import report
from derive.short_reprs import Brief
from derive.training.composed_network import network
from derive.training.curves import check_plot
from derive.training.curves import plot as curves
from derive.training.evaluation import feed
from derive.training.gradient_check import Row as GradientRow
from derive.training.gradient_check import check, small
from derive.training.log import Row, read_log
from derive.training.loop import Trainer
from derive.training.network import Network
from derive.training.progress import Progress, progress
from derive.training.run_facts import run_facts
from derive.training.run_option import Option
from derive.training.run_options import TABLE, options_for
from derive.training.run_records import Outcome
from derive.training.setup import Files, Run, load_data, prepared_run
from derive.training.tasks.baselines import baselines
from derive.training.text_sampling import sample


@dataclass
class Training(Brief):
    """A run that has ended: its network, what was measured, and what it is measured beside."""

    run: Run
    outcome: Outcome

    def facts(self) -> str:
        """The task, how long it was learned, and what was measured."""
        name, value = self.metric
        return (f": {self.run.data.title}: {self.outcome.step} steps, held-out loss "
                f"{self.loss:.4g}, {name} {value:.4g}")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a run is not pickled; save it (save=FILE), and derive.load(FILE) is a "
                        "model that is")

    def _repr_html_(self) -> str:
        return str(provided("facts_fragment")(self.run.data.title,
                                              run_facts(self.run, self.outcome)))

    @property
    def network(self) -> Network:
        """The trained network."""
        return self._trainer.network

    @property
    def _trainer(self) -> Trainer:
        return self.run.trainer

    @property
    def loss(self) -> float:
        """The mean loss on the held-out part; NaN where none was measured."""
        measured = self.outcome.measured
        return float("nan") if measured is None else float(measured.loss)

    @property
    def metric(self) -> tuple[str, float]:
        """The name of the task's metric, and its value on the held-out part."""
        measured = self.outcome.measured
        value = None if measured is None else measured.metric
        return self.run.data.metric, float("nan") if value is None else float(value)

    @property
    def rows(self) -> list[Row]:
        """The rows of the log: step, loss, rate, …; read from its file where they went to one."""
        log = self._trainer.log
        return [dict(row) for row in (self._trainer.rows if log is None else read_log(log.path))]

    def plot(self, path: str | os.PathLike[str]) -> None:
        """Writes the curves of loss and metric as .png (needs matplotlib)."""
        check_plot(Path(path))
        curves(self.rows, Path(path), self.run.data.title, self.run.data.metric)

    def baselines(self) -> list[tuple[str, float]]:
        """What simple predictions reach by the same metric."""
        return list(baselines(self.run.data, self.run.head))

    def sample(self, length: int = 500, *, temperature: float = 0.8, prime: str = "",
               seed: int = 1) -> str:
        """Text from a language model. Raises TrainingError for another kind of model."""
        symbols = self.run.data.language
        if symbols is None:
            raise TrainingError("only a language model writes text")
        return "".join(sample(self.network, symbols, length, temperature=temperature,
                              prime=prime, seed=seed))


def _option(option: Option) -> Argument:
    """What an option of a run takes."""
    if option.kind is bool:
        return or_none(FLAG)
    if option.kind in (int, float):
        return or_none(INTEGER if option.kind is int else NUMBER)
    if option.kind is tuple:
        return or_none(PAIRS if option.metavar.startswith("NAME=") else NAMES)
    return or_none(choice(option.choices) if option.choices else TEXT)


_TASK = or_none(text_of("the name of a task"))
_OPTIONS = {**{name: _option(option) for name, option in TABLE.items()},
            "data": or_none(PATH), "predict": or_none(NAMES), "target": or_none(NAMES)}


@public(task=_TASK, resume=or_none(PATH), save=or_none(PATH), save_every=or_none(at_least(0)),
        log=or_none(PATH), plot=or_none(PATH), overwrite=FLAG, verbose=FLAG, threads=at_least(1),
        **_OPTIONS)
def train(task: str | None = None, *, resume: str | Path | None = None,
          save: str | Path | None = None, save_every: int | None = None,
          log: str | Path | None = None, plot: str | Path | None = None,
          overwrite: bool = False, verbose: bool = False, threads: int = 1,
          **options: Any) -> Training:
    """Trains a recurrent network on a task (see `derive train --list`) or on a file (`data=`).

    The options are those of the command line: `cell`, `model` (text of equations), `head`,
    `hidden`, `steps`, `lr`, `seed`, …; what is left out is chosen by the task. `save` keeps the run
    in a file every `save_every` steps, `resume` goes on from one; `log` has its rows (.csv or
    .jsonl), `plot` their curves (.png); `overwrite` lets these replace another run's, `verbose`
    shows the progress. Matrix products take
    `threads` threads; without threadpoolctl one of them means as many as NumPy was told. Raises
    DeriveError: TrainingError for options that cannot be and for a loss that diverges, DataError
    for data.

    >>> derive.train("names", hidden=4, steps=2).loss > 0
    True
    """
    display = progress() if verbose else Progress()
    files = Files(_path(save), save_every, _path(log), _path(plot), overwrite, threads)
    with limited(threads):
        run = prepared_run(_given(task, options), files, display, _path(resume))
        done = Training(run, run.trainer.run())
    if plot is not None:
        done.plot(plot)
    return done


@public(task=_TASK, **_OPTIONS)
def check_gradients(task: str | None = None, **options: Any) -> tuple[GradientRow, ...]:
    """Compares every gradient of a network with the complex step: a row for each parameter.

    Task and options are those of `train`; where nothing else is given the network is a small one
    of the same equations, in float64. `error` of a row is the largest relative error, of which
    1e-10 and less is rounding. Raises DeriveError as `train` does.

    >>> max(row.error for row in derive.check_gradients("names", hidden=2)) < 1e-10
    True
    """
    given = _given(task, options)
    chosen = small(options_for(task, given), tuple(given))
    data = load_data(chosen)
    made = network(data, chosen)
    report("comparing gradients")
    return tuple(check(made, feed(made, data, chosen), chosen.seed))


def _given(task: str | None, options: Mapping[str, object]) -> dict[str, Any]:
    """The options of a run, paths as text."""
    given = {n: os.fspath(v) if isinstance(v, os.PathLike) else v for n, v in options.items()}
    return given if task is None else {**given, "task": task}


def limited(threads: int) -> AbstractContextManager[object]:
    """A context in which matrix products take so many threads, where that can be set."""
    if threads == 1 and find_spec("threadpoolctl") is None:
        return nullcontext()  # nobody asked for a number
    library = required("threadpoolctl", "several threads need", TrainingError)
    limits: AbstractContextManager[object] = library.threadpool_limits(threads)
    return limits


def _path(name: str | Path | None) -> Path | None:
    return None if name is None else Path(name)
