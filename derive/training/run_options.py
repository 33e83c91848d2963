"""What a run is told: options with their defaults by task. Reading them needs no NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

from derive.errors import DataFileError, TrainingError
from derive.resources import read_table, rules_folder


@dataclass(frozen=True)
class Options:
    """The options of a run that a checkpoint keeps, named as on the command line.

    `task` is a task's name or `data` a file's path, with its `target` and `columns`; `model` is
    the text of the user's equations, instead of `cell`. A `head` of None is that of the data.
    `eval_every` of None is once an epoch, or ten times a run; 0 is at the end only. Of `steps`
    and `epochs` one is a number. A `clip` of 0 clips nothing.
    """

    task: str | None = None
    data: str | None = None
    target: str | None = None
    columns: tuple[str, ...] = ()
    cell: str = field(default_factory=lambda: usual_cell())
    model: str | None = None
    head: str | None = None
    reduction: str = "mean"
    hidden: int = 128
    layers: int = 1
    embed: int = 32
    bidirectional: bool = False
    bptt: int = 64
    batch: int = 32
    clip: float = 1.0
    clip_mode: str = "norm"
    optimizer: str = "adam"
    lr: float = 3e-3
    schedule: str = "linear"
    seed: int = 0
    steps: int | None = 2000
    epochs: int | None = None
    eval_every: int | None = None
    patience: int | None = None
    dtype: str = "float32"

    def to_json(self) -> dict[str, Any]:
        """The options as JSON data."""
        return {**asdict(self), "columns": list(self.columns)}


# What a resumed run may do otherwise: how long it runs and looks; with a notice, how it steps.
FREE = frozenset({"steps", "epochs", "eval_every", "patience"})
NOTED = frozenset({"lr", "schedule", "clip", "clip_mode"})
_LEAST = {"hidden": 1, "layers": 1, "embed": 0, "bptt": 1, "batch": 1, "seed": 0, "steps": 1,
          "epochs": 1, "eval_every": 0, "patience": 1}


def usual_cell() -> str:
    """The cell where none is named. Raises DataFileError."""
    return str(read_table(rules_folder() / "tasks.toml").get("defaults", {}).get("cell", ""))


@cache
def task_defaults() -> dict[str, dict[str, Any]]:
    """Defaults by task; the key "" holds those of all. Raises DataFileError."""
    return read_defaults(rules_folder() / "tasks.toml")


def read_defaults(path: Path) -> dict[str, dict[str, Any]]:
    """The defaults in a file. Raises DataFileError, naming file, entry and key."""
    content = read_table(path)
    for name in content:
        if name not in ("defaults", "tasks"):
            raise DataFileError(f"{path}: entry [{name}] is neither [defaults] nor [tasks.…]")
    found = {"": content.get("defaults", {}), **content.get("tasks", {})}
    known = {f.name for f in fields(Options)} - {"task", "data", "model"}
    for name, entry in found.items():
        for key, value in entry.items():
            where = f"{path}: entry [{'tasks.' + name if name else 'defaults'}]"
            if key not in known:
                raise DataFileError(f"{where}: unknown key {key!r}; known are "
                                    f"{', '.join(sorted(known))}")
            like = getattr(_SAMPLE, key)
            if like is not None and type(value) is not type(like):
                raise DataFileError(f"{where}: key {key!r} should be a {type(like).__name__}")
    return found


def options_for(task: str | None, given: Mapping[str, Any]) -> Options:
    """The defaults of a task (None: of a file), with what was given instead.

    Raises TrainingError for values that cannot be.
    """
    table = task_defaults()
    options = _joined(Options(task=task), table[""])
    if task:
        options = _joined(options, table.get(task, {}))
    return check_options(_joined(options, given))


def changed(options: Options, given: Mapping[str, Any]) -> Options:
    """The options of a run that is resumed, with what was given instead.

    Raises TrainingError, naming the option, where that would be another run.
    """
    for name, value in given.items():
        was = getattr(options, name)
        same = tuple(was) == tuple(value) if name == "columns" else was == value
        if not same and name not in FREE | NOTED:
            flag = "the task" if name == "task" else "--" + name.replace("_", "-")
            made = f"with {flag} {_shown(was)}" if was not in (None, ()) else f"without {flag}"
            raise TrainingError(f"the checkpoint was made {made}, not {_shown(value)}; leave it "
                                "out, or start a new run")
    return check_options(_joined(options, given))


def options_from_json(content: Mapping[str, Any]) -> Options:
    """The options that a checkpoint holds. Raises TrainingError for unknown names."""
    known = {field.name for field in fields(Options)}
    if not set(content) <= known:
        raise TrainingError(f"unknown options {', '.join(sorted(set(content) - known))}")
    return Options(**{**content, "columns": tuple(content.get("columns", ()))})


def check_options(options: Options) -> Options:
    """The options again. Raises TrainingError for a value out of its range."""
    for name, least in _LEAST.items():
        value = getattr(options, name)
        if value is not None and value < least:
            raise TrainingError(f"--{name.replace('_', '-')} is a whole number of at least "
                                f"{least}, not {value}")
    if not (isfinite(options.lr) and options.lr > 0):
        raise TrainingError(f"--lr is a number above 0, not {options.lr}")
    if options.dtype not in ("float32", "float64"):
        raise TrainingError(f"--dtype is float32 or float64, not {options.dtype!r}")
    if (options.steps is None) == (options.epochs is None):
        raise TrainingError("a run has --steps or --epochs, one of them")
    return options


def _joined(options: Options, given: Mapping[str, Any]) -> Options:
    if given.get("steps") is not None and given.get("epochs") is not None:
        raise TrainingError("give --steps or --epochs, not both")
    return replace(options, **_one_length(given))


def _one_length(given: Mapping[str, Any]) -> dict[str, Any]:
    """Where one of `steps` and `epochs` is a number, the other is None."""
    made = dict(given)
    if made.get("epochs") is not None:
        made["steps"] = None
    elif made.get("steps") is not None:
        made["epochs"] = None
    return made


def _shown(value: Any) -> str:
    text = str(value) if not isinstance(value, tuple) else ",".join(value)
    return repr(text if len(text) < 40 else text[:37] + "…")


_SAMPLE = Options(steps=1, epochs=1, eval_every=1, patience=1, head="", target="")
