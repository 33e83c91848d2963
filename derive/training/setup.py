"""From options to a trainer that is ready to run: data, network, batches, files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from derive.errors import CheckpointError, DeriveError, TrainingError
from derive.short_reprs import Brief
from derive.tables.cell_table import targets_of
from derive.training import target_domains as of_targets
from derive.training.checkpoint import Checkpoint, read_good
from derive.training.curves import check_plot
from derive.training.evaluation import evaluator, feed, measured, of_loss
from derive.training.future_reads import check_future
from derive.training.log import Log, check_name
from derive.training.loop import Trainer
from derive.training.network import Network
from derive.training.own_files import check_apart
from derive.training.prediction_values import kept_prediction
from derive.training.progress import Progress
from derive.training.run_options import (
    TABLE,
    Options,
    changed,
    flag,
    names_in,
    options_for,
    options_from_json,
    usual,
)
from derive.training.saving import Saver, check_kind, known_log, other_bits
from derive.training.tasks.readings import Options as Reading
from derive.training.tasks.registry import find_task
from derive.training.tasks.task_data import (
    OF_CLASSES,
    OF_FLAGS,
    Data,
    Layout,
    Split,
)
from derive.training.tasks.user_files import read_file
from derive.version import __version__

Factory = Callable[[Data, Options], Network]


@dataclass(frozen=True)
class Files:
    """Where a run writes, and in how many `threads` it computes.

    A `save_every` of None is twenty times a run.
    """

    save: Path | None = None
    save_every: int | None = None
    log: Path | None = None
    plot: Path | None = None
    overwrite: bool = False
    threads: int = 1


@dataclass
class Run(Brief):
    """A trainer with the data it learns from; `notices` are for the user."""

    trainer: Trainer
    data: Data
    options: Options
    notices: list[str] = field(default_factory=list)

    @property
    def head(self) -> str:
        """The head that was put on a cell; empty of a whole model."""
        model = self.options.model
        if model is not None and import_module("derive.training.target_checks").has_loss(model):
            return ""
        return self.options.head or self.data.head


def compiled_network(data: Data, options: Options) -> Network:
    """The network of a run, from its equations; a TrainingError where there is no memory for it."""
    try:
        made: Network = import_module("derive.training.composed_network").network(data, options)
    except MemoryError:
        raise TrainingError(f"there is not enough memory for a network with --hidden "
                            f"{options.hidden}; give a smaller one") from None
    return made


def stored_network(checkpoint: Checkpoint, options: Options) -> Network | None:
    """The network of a checkpoint, from the equations in it; None where it tells no sizes."""
    header = checkpoint.header
    if not header.get("dims") or "equations" not in header:
        return None
    prediction = kept_prediction(header) or import_module(
        "derive.training.stated_predictions").of_model(header["equations"])[1]
    build: Callable[..., Network] = import_module(
        "derive.training.network_building").RecurrentNetwork
    try:
        return build(header["equations"], header["dims"], np.dtype(options.dtype),
                     options.reduction, None, options.target, prediction)
    except MemoryError:
        raise CheckpointError(f"{checkpoint.path} tells of too large dimensions") from None


def computed_in(options: Options) -> str:
    """What computes the network of a run."""
    return str(import_module("derive.arrays.recurrent.model_targets").model_target(options.target))


def load_data(options: Options) -> Data:
    """The data of a task or of a file. Raises DataError, UnknownNameError, TrainingError."""
    domain, form = of_targets.target_domain(options), of_targets.target_form(options)
    head = of_targets.head_of_targets(options, domain, form)
    if options.data is not None:
        return read_file(options.data, Reading(
            inputs=options.columns, targets=names_in(options.predict), head=head,
            seed=options.seed, decimal=options.decimal, thousands=options.thousands, form=form,
            domain=domain, event=options.event or "", alone=of_targets.explains(options)))
    if options.task is None:
        raise TrainingError("name a task (see --list), or give a file with --data")
    if options.predict or options.columns:
        raise TrainingError("--predict and --columns are for a file that is given with --data")
    data = find_task(options.task).load(options.seed)
    either = {targets_of(head), targets_of(data.head)} <= {OF_CLASSES, OF_FLAGS}
    if either and len(data.classes or ()) == 2:
        data = replace(data, head=head)  # two classes can be told apart by either
    return data


def prepared_run(given: Mapping[str, Any], files: Files, progress: Progress,
                 resume: Path | None = None) -> Run:
    """A run with the options that were given: from the start, or on from a checkpoint.

    Raises as `new_run` and `resumed_run`.
    """
    if resume is not None:
        return resumed_run(resume, given, files, progress)
    return new_run(options_for(given.get("task"), given), files, progress)


def new_run(options: Options, files: Files, progress: Progress,
            factory: Factory = compiled_network) -> Run:
    """A run from the start; nothing is written before all of it has been checked."""
    check_files(files, options.data)
    data = load_data(options)
    options = replace(options, target=computed_in(options))  # what a resumed run goes on in
    run = _run(options, data, files, progress, factory)
    run.notices = [*data.notices, *start_notices(run.trainer)]
    run.trainer.start(files.overwrite)
    starting = import_module("derive.training.constant_start")
    run.notices += filter(None, [starting.start_at_constant(run.trainer.network, data.train)])
    return run


def resumed_run(path: Path, given: Mapping[str, Any], files: Files, progress: Progress,
                factory: Factory = compiled_network) -> Run:
    """A run that goes on from the checkpoint at `path`, with the options that were `given`.

    Raises CheckpointError for a file that is none, or belongs to another run, TrainingError for
    options that would make it another run.
    """
    check_files(files)
    checkpoint, notice = read_good(path)
    old = saved_options(checkpoint)
    # The file of data may lie elsewhere now: its digest tells whether it is the same.
    moved = {"data": given["data"]} if old.data and given.get("data") else {}
    options = replace(changed(old, {**given, **({"data": old.data} if moved else {})}), **moved)
    data = load_data(options)
    check_data(checkpoint, data)
    to = files.save or path.with_name(path.name.removesuffix(".previous"))
    files = replace(files, save=to, log=files.log or known_log(checkpoint))
    check_files(files, options.data)
    run = _run(options, data, files, progress, factory)
    run.trainer.saver.ours = files.overwrite or to.name == path.name.removesuffix(".previous")
    run.trainer.resume(checkpoint)
    noted = [name for name in sorted(TABLE)
             if TABLE[name].noted and getattr(options, name) != getattr(old, name)]
    run.notices = [text for text in (notice, _another(noted), other_bits(checkpoint, files.threads),
                                     _length(run.trainer, checkpoint))
                   if text] + start_notices(run.trainer)
    return run


def start_notices(trainer: Trainer) -> list[str]:
    """What a look at the gradient says before the first step. Raises TrainingError if it is wrong.
    """
    if not hasattr(trainer.network, "model"):
        return []  # not compiled from equations
    checking = import_module("derive.training.start_check")
    return list(checking.checked_start(trainer.network, trainer.feed))


def saved_options(checkpoint: Checkpoint) -> Options:
    """The options in a checkpoint. Raises CheckpointError where it has none."""
    check_kind(checkpoint)
    try:
        return options_from_json(checkpoint.header["options"])
    except (KeyError, TypeError, DeriveError) as error:
        by = checkpoint.header.get("derive", "")
        raise CheckpointError(f"{checkpoint.path}, written by derive {by}, has no options of a run "
                              f"that derive {__version__} knows: {error}") from None


def about(data: Data) -> dict[str, Any]:
    """What a checkpoint keeps of its data: all but the steps."""
    kept = {entry.name: getattr(data, entry.name) for entry in fields(Data)
            if entry.name not in ("train", "held_out")}
    layout = None if data.layout is None else asdict(data.layout)
    return {**kept, "layout": layout, "target_shape": data.train.targets.shape[1:],
            "sequences": data.train.starts is not None}


def stand_in(checkpoint: Checkpoint) -> Data:
    """The data of a checkpoint without its steps: enough to make its network again.

    Raises CheckpointError.
    """
    try:
        kept = dict(checkpoint.header["about"])
        inputs, classes = kept["inputs"], kept["classes"]
        real = isinstance(inputs, int)
        x = np.zeros((0, inputs)) if real else np.zeros(0, np.int64)
        y = np.zeros((0, *kept.pop("target_shape")), np.float64 if classes is None else np.int64)
        empty = Split(x, y, np.zeros(1, np.int64) if kept.pop("sequences") else None)
        kept |= {"inputs": inputs if real else tuple(inputs), "scale": tuple(kept["scale"]),
                 "classes": None if classes is None else tuple(classes),
                 "scales": tuple(tuple(pair) for pair in kept["scales"]),
                 "layout": _layout(kept.get("layout"))}
        return Data(train=empty, held_out=empty, **kept)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{checkpoint.path} does not tell its task: {error}") from None


def _layout(kept: Mapping[str, Any] | None) -> Layout | None:
    """How the data of a checkpoint was read; None for one that does not tell."""
    if kept is None:
        return None
    return Layout(str(kept["kind"]), tuple(kept["columns"]), tuple(kept["targets"]),
                  int(kept["ahead"]), tuple((float(a), float(b)) for a, b in kept["scales"]),
                  tuple(kept.get("signs", (".", ""))), int(kept.get("longest", 0)))


def check_files(files: Files, data: str | None = None, resume: Path | None = None) -> None:
    """Raises TrainingError for a log or a plot that cannot be, or a file that is read."""
    check_apart({"--save": files.save, "--log": files.log, "--plot": files.plot},
                {"--data": None if data is None else Path(data),
                 "--resume": resume if files.save is None else None})
    for path, check in ((files.log, check_name), (files.plot, check_plot)):
        if path is not None:
            check(path)


def _run(options: Options, data: Data, files: Files, progress: Progress,
         factory: Factory) -> Run:
    network = factory(data, options)
    check_future(network, data)
    data = measured(data, network)
    trainer = Trainer(
        network, feed(network, data, options), options, evaluator(network, data, options),
        Saver(files.save, name=data.name), Log(files.log) if files.log else None, progress,
        about(data), of_loss(data, network) if options.reduction == usual("reduction") else None,
        files.threads)
    interval = files.save_every
    trainer.saver.interval = max(1, trainer.total // 20) if interval is None else interval
    return Run(trainer, data, options)


def check_data(checkpoint: Checkpoint, data: Data) -> None:
    """Raises CheckpointError unless the data is the very data of a checkpoint."""
    kept = checkpoint.header.get("about", {})
    if kept.get("digest") != data.digest:
        raise CheckpointError(
            f"{checkpoint.path} was trained on other data: {kept.get('name')} with the digest "
            f"{str(kept.get('digest'))[:12]}…, and {data.name} here has {data.digest[:12]}…; the "
            "file, or the Python that the task is made from, has changed since")


def _length(trainer: Trainer, checkpoint: Checkpoint) -> str:
    """What there is to say about how far the run goes from here."""
    if trainer.step >= trainer.total:
        return f"The run is at its end, step {trainer.step}; --steps N goes on to a later one."
    was = checkpoint.header.get("total")
    if was not in (None, trainer.total) and trainer.options.schedule != "constant":
        return (f"The run goes to step {trainer.total}, not {was}: from here on the rate is that "
                f"of --schedule {trainer.options.schedule} over {trainer.total} steps")
    return ""


def _another(names: list[str]) -> str:
    noted = ", ".join(map(flag, names))
    return noted and f"{noted}: from here on this is not the run that was saved"
