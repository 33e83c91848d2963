"""`derive train`. Nothing that imports NumPy is imported before the threads are set."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Any

import click

import derive
from derive.commands.destination import form_of_list, printed_to
from derive.commands.entry_completion import EntryName
from derive.commands.entry_listing import FORMS, Listing, no_pager_option
from derive.commands.help_pages import HelpfulCommand
from derive.commands.help_texts import example_lines
from derive.commands.options import (
    FILE,
    Decorator,
    Nearest,
    format_option,
    output_option,
    with_options,
)
from derive.commands.output import print_entry, print_table
from derive.commands.overwrite_option import overwrite_option
from derive.commands.progress_line import working
from derive.errors import TrainingError
from derive.tables.entry_lists import sentence_of
from derive.training.run_option import Option
from derive.training.run_options import TABLE, conflict, flag

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


_TASKS = Listing(("name", sentence_of, "title"), ask="derive train", search="derive train --list")
_ENTRIES = {"cell": ("cells",), "head": ("heads", "losses"), "reduction": ("reductions",)}
_SECTIONS = {
    "Data": ("--data", "--predict", "--columns", "--event", "--decimal", "--thousands"),
    "Network": ("--cell", "--model", "--head", "--hidden", "--layers", "--embed",
                "--bidirectional", "--size", "--init", "--frozen", "--dtype", "--target"),
    "Training": ("--steps", "--epochs", "--batch", "--bptt", "--optimizer", "--lr", "--schedule",
                 "--clip", "--clip-mode", "--reduction", "--seed", "--eval-every",
                 "--stop-after"),
    "Run": ("--save", "--save-every", "--resume", "--log", "--overwrite", "--threads", "--check",
            "--list")}


def _training_option(name: str, option: Option) -> Decorator:
    """The option of the command line, as the table of a run's options has it."""
    if option.kind is bool:
        return click.option(flag(name), is_flag=True, default=None, help=option.help)
    if option.metavar.startswith("NAME="):
        return click.option(flag(name), name, multiple=True, default=None, metavar=option.metavar,
                            help=option.help)
    kind: Any = option.kind if option.kind in (int, float) else None
    if option.choices and name != "target":  # which once took names of columns, and still may
        kind = Nearest(option.choices)
    elif name in _ENTRIES:
        kind = EntryName(*_ENTRIES[name], files=False)
    return click.option(flag(name), name, type=kind, metavar=option.metavar, help=option.help)


@click.command("train", cls=HelpfulCommand, sections=_SECTIONS, retired={
    "--patience": "stopping early is --stop-after N"})
@click.argument("task", required=False, type=EntryName("tasks", files=False))
@with_options(*(_training_option(*item) for item in TABLE.items()))
@click.option("--save", type=FILE, metavar="FILE",
              help="Keep the run in a file; the one before is kept too.")
@click.option("--save-every", type=click.IntRange(0), metavar="N", help="Save after so many steps.")
@click.option("--resume", type=FILE, metavar="FILE",
              help="Go on from such a file, exactly as if never stopped.")
@click.option("--log", type=FILE, metavar="FILE",
              help="Write rows of the run, as .csv or .jsonl.")
@click.option("--plot", type=FILE, metavar="FILE",
              help="Draw loss and metric as .png or .svg (needs matplotlib).")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, metavar="N",
              help="Threads for matrix products. One is fastest at most sizes, and never slowed "
                   "down by other programs; try 2 for a thousand units.")
@click.option("--check", is_flag=True,
              help="Compare every gradient with the complex step instead, on a small network.")
@click.option("--list", "listed", is_flag=True,
              help="List the tasks, or those that TASK, words to look for, is about.")
@format_option(FORMS, None)
@no_pager_option
@output_option("Write the result to a file; - is standard output.", overwrite_option(
    "Let --save and --log replace another run's, --output any file.", exposed=True))
def command(task: str | None, save: Path | None, save_every: int | None, resume: Path | None,
            log: Path | None, plot: Path | None, overwrite: bool, threads: int, check: bool,
            listed: bool, form: str | None, no_pager: bool, output: Path | None,
            **options: Any) -> None:
    """Train a recurrent network on a task, or on a file of yours.

    TASK is a name from `derive train --list`. What is left out is chosen by the task. The result
    goes to standard output, beside what simple predictions reach; all else to standard error.
    """
    with printed_to(output):
        if listed:
            return _list(task, form_of_list(form, output), no_pager)
        if form == "json":
            raise click.UsageError("--format goes with --list")
        files = (save, save_every, log, plot, overwrite, threads)
        return _run(task, files, resume, threads, check, options)


def _run(task: str | None, named: tuple[Any, ...], resume: Path | None, threads: int, check: bool,
         options: dict[str, Any]) -> None:
    """A run, or the check of its gradients."""
    for name in _THREADS:
        os.environ[name] = str(threads)  # read when NumPy is imported
    given = _given(task, options)
    if resume is None and "task" not in given and "data" not in given:
        raise click.UsageError("train needs TASK, --data FILE or --resume FILE, such as: "
                               f"{example_lines('train')[0]} (the tasks: derive train --list)")
    if check:
        if resume:
            raise click.UsageError("--check takes a task, not --resume")
        return _check(given)
    gc.enable()  # a long run
    from derive.training.setup import Files

    return _train(given, Files(*named), resume)


def _train(given: dict[str, Any], files: Any, resume: Path | None) -> None:
    from derive.training.progress import progress
    from derive.training.setup import prepared_run

    display = progress()
    with working("preparing"):
        run = prepared_run(given, files, display, resume)
    trainer = run.trainer
    for text in (*run.notices, f"{run.data.title}: {_size(run)}",
                 trainer.network.equations.rstrip()):
        display.note(text)
    outcome = trainer.run()
    if files.plot is not None:
        _plot(run, files.plot)
    if outcome.why == "interrupt":
        display.note(f"Stopped after step {outcome.step} and saved. Go on by:\n"
                     f"  derive train --resume {outcome.saved}")
        sys.exit(130)
    _result(run, outcome)


def _given(task: str | None, options: dict[str, Any]) -> dict[str, Any]:
    """The options that the user wrote, as the trainer takes them."""
    given = {name: value for name, value in options.items() if value not in (None, ())}
    if task is not None:
        given["task"] = task
    if conflict(given):
        raise click.UsageError(conflict(given))
    return given


def _list(task: str | None, form: str, no_pager: bool) -> None:
    from derive.training.tasks.registry import tasks

    words = () if task is None else (task,)
    _TASKS.show(tasks(*words), words, form, no_pager)


def _check(given: dict[str, Any]) -> None:
    from derive.training import gradient_check as checking

    with working("preparing"):
        rows = derive.check_gradients(**given)
    print_table(checking.HEADINGS, checking.table(rows), "Gradients beside the complex step")
    click.echo(checking.floor_in_words(rows))
    if not checking.passed(rows):
        raise TrainingError(f"a gradient is off by more than {checking.LIMIT:g}")


def _size(run: Any) -> str:
    from derive.training.progress import many

    options, network = run.options, run.trainer.network
    return (f"{many(network.theta.size, 'parameter')}, {network.dtype}, "
            f"{many(run.trainer.total, 'step')} of {many(options.batch, 'sequence')}, "
            f"seed {options.seed}")


def _plot(run: Any, path: Path) -> None:
    from derive.training.curves import plot
    from derive.training.log import read_log

    log = run.trainer.log
    rows = read_log(log.path) if log is not None else run.trainer.rows
    plot(rows, path, run.data.title, run.data.metric)


def _seconds(seconds: float) -> str:
    from derive.training.progress import duration

    return duration(seconds) if seconds >= 10 else f"{seconds:.3g} s"


def _result(run: Any, outcome: Any) -> None:
    """The network beside the baselines, and what the numbers are of."""
    from derive.training.progress import many, number
    from derive.training.tasks.baselines import baselines
    from derive.training.tasks.metrics import MEASURES

    data, options, network = run.data, run.options, run.trainer.network
    kind = "own model" if options.model else options.cell
    name = f"{kind} {options.hidden}" + (f" × {options.layers}" if options.layers > 1 else "") \
        + (" both ways" if options.bidirectional else "")
    rows = [(name, number(outcome.measured.loss), number(outcome.measured.metric))]
    rows += [(label, "", number(value)) for label, value in baselines(data, run.head)]
    print_table(("held out", "loss", MEASURES[data.metric].title), rows)
    at = f", measured at the best, step {outcome.measured_step}" \
        if outcome.measured_step != outcome.step else ""
    print_entry([
        ("task", data.title), ("run", f"{many(outcome.step, 'step')}, "
                                          f"{many(outcome.epoch, 'epoch')}{at}"),
        ("time", f"{_seconds(outcome.seconds)} training, "
                 f"{_seconds(outcome.held_out_seconds)} measuring"),
        ("model", f"{network.theta.size} parameters, {network.dtype}, seed {options.seed}"),
        ("data", f"{data.name}, sha256 {data.digest}"), ("source", data.source),
        ("saved", str(outcome.saved or ""))])
    sys.stdout.flush()
