"""The options of a run, each said once: kind, default, bounds, help. Needs no NumPy.

The command line, the keyword arguments of `derive.train`, the checks of both, and what a
checkpoint keeps are made from the fields of Options; the defaults are those of `rules/tasks.toml`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from derive.entry_names import unknown
from derive.errors import DataFileError, TrainingError
from derive.notation.reading.declaration_lines import between_commas
from derive.resources import read_table, rules_folder
from derive.short_reprs import Brief
from derive.training.run_option import Option
from derive.training.tasks.registry import KEYS as TASK_KEYS


def _own(kind: type, help: str, metavar: str = "N", *, default: Any = None, **more: Any) -> Any:
    """A field of an option whose default is no matter of taste."""
    return field(default=default, metadata={"option": Option(kind, help, metavar, **more)})


def _usual(name: str, kind: type, help: str, metavar: str = "N", **more: Any) -> Any:
    """A field of an option whose default `rules/tasks.toml` tells."""
    return field(default_factory=lambda: usual(name),
                 metadata={"option": Option(kind, help, metavar, **more)})


@dataclass(frozen=True)
class Options(Brief):
    """The options of a run that a checkpoint keeps, named as on the command line.

    `task` is a task's name or `data` a file's path, with the columns to `predict` and those to
    predict from; `model` is the text of the user's equations, instead of `cell`. A `head` of None
    is that of the data. `eval_every` of None is once an epoch, or ten times a run; 0 is at the
    end only. Of `steps` and `epochs` one is a number. A `clip` of 0 clips nothing.
    """

    task: str | None = None
    data: str | None = _own(str, "Learn from a file, not a task: text, CSV, JSON, JSON lines or "
                            "NPZ.", "FILE")
    predict: str | None = _own(str, "CSV: the columns to predict.", "NAMES")
    columns: tuple[str, ...] = _own(tuple, "CSV: the columns to predict from.", "NAMES",
                                    default=())
    event: str | None = _own(str, "CSV: the column that is 1 where a time was seen, 0 where it was "
                             "cut off.", "NAME")
    decimal: str = _own(str, "CSV: the sign before decimals, a point or a comma.", "SIGN",
                        default=".")
    thousands: str | None = _own(str, "CSV: the sign between thousands, such as a comma.", "SIGN")
    cell: str = _usual("cell", str, "The recurrent cell: one of `derive cells`.", "NAME")
    model: str | None = _own(str, "Your own equations instead of a cell.", "FILE|TEXT")
    init: tuple[str, ...] = _own(tuple, "How parameters start: b_f=1, W=orthogonal.",
                                 "NAME=METHOD", default=())
    frozen: tuple[str, ...] = _own(tuple, "Parameters that are not learned.", "NAMES", default=())
    sizes: tuple[str, ...] = _own(tuple, "Sizes of dimensions that neither the data nor --hidden "
                                  "gives.", "NAME=N", default=(), flag="--size")
    head: str | None = _own(str, "The loss at the end, one of `derive cells --heads` or a loss of "
                            "the catalogue; else that of the data.", "NAME")
    hidden: int = _usual("hidden", int, "Units of a layer.", least=1)
    layers: int = _usual("layers", int, "Layers on one another.", least=1)
    embed: int = _usual("embed", int, "Size of the vectors of symbols; 0: symbols go straight "
                                      "into the cell.")
    bidirectional: bool = _own(bool, "Also read backwards in time.", default=False)
    bptt: int = _usual("bptt", int, "Steps that gradients go back in a stream.", least=1)
    batch: int = _usual("batch", int, "Sequences side by side.", least=1)
    clip: float = _usual("clip", float, "Bound on the gradient; 0: none.", noted=True)
    clip_mode: str = _usual("clip_mode", str, "Bound its norm, or each value: norm or value.",
                            "MODE", choices=("norm", "value"), noted=True)
    optimizer: str = _usual("optimizer", str,
                            "The optimizer: sgd, momentum, rmsprop, adagrad or adam.",
                            "NAME")
    lr: float = _usual("lr", float, "The learning rate.", "RATE", above=0, noted=True)
    schedule: str = _usual("schedule", str, "The rate over the run: constant, linear (to 0), "
                           "cosine, step:0.5:1000, exponential:0.5:1000; with a start such as "
                           "warmup:100,linear.", "TEXT", noted=True)
    reduction: str = _usual("reduction", str, "How the losses of the steps become one number: one "
                            "of `derive cells --reductions`.", "NAME")
    seed: int = _usual("seed", int, "Draws parameters, batches and the split.")
    steps: int | None = _usual("steps", int, "Train for so many steps.", least=1, free=True)
    epochs: int | None = _own(int, "Train for so many passes through the data.", least=1, free=True)
    eval_every: int | None = _own(int, "Steps from one measure on held-out data to the next; 0: "
                                       "at the end.", free=True)
    patience: int | None = _own(int, "Stop after N measures without a better one; the best is "
                                     "kept.", least=1, free=True, flag="--stop-after")
    dtype: str = _usual("dtype", str, "The precision: float32 or float64.", "TYPE",
                        choices=("float32", "float64"))
    target: str = _usual("target", str, "What computes: numpy, c (the system's compiler), or auto: "
                         "c where there is a compiler.", "NAME",
                         choices=("auto", "numpy", "c"), noted=True)

    def to_json(self) -> dict[str, Any]:
        """The options as JSON data."""
        return {name: list(value) if isinstance(value, tuple) else value
                for name, value in asdict(self).items()}


TABLE: dict[str, Option] = {entry.name: entry.metadata["option"] for entry in fields(Options)
                            if "option" in entry.metadata}


_SEVERAL = tuple(name for name, option in TABLE.items() if option.kind is tuple)
PAIRS = ("init", "sizes")  # NAME=VALUE, given again and again, or between commas, or as a dict


def flag(name: str) -> str:
    """An option as it is written on the command line."""
    option = TABLE.get(name)
    return option.flag if option and option.flag else "--" + name.replace("_", "-")


# Of each pair, one is given at most.
_EITHER = (("task", "data"), ("cell", "model"), ("steps", "epochs"))


def conflict(given: Mapping[str, Any]) -> str:
    """What is wrong where options are given of which one excludes the other; else empty."""
    for names in _EITHER:
        if all(given.get(name) is not None for name in names):
            first, second = ("a task" if name == "task" else flag(name) for name in names)
            return f"give {first} or {second}, not both"
    return ""


def names_in(text: str | Sequence[str] | None) -> tuple[str, ...]:
    """Names that stand in a text between commas, or in a sequence.

    >>> names_in('price, "low, high"'), names_in(["low, high"])
    (('price', 'low, high'), ('low, high',))
    """
    parts = next(csv.reader([text], skipinitialspace=True), []) if isinstance(text, str) else \
        text or ()
    return tuple(name.strip() for name in parts if name.strip())


def pairs_in(name: str, value: object) -> tuple[str, ...]:
    """What a text, texts, or a dict say of names, each as `NAME=VALUE`. Raises TrainingError."""
    if isinstance(value, Mapping):
        return tuple(f"{key}={item}" for key, item in value.items())
    parts = between_commas(value) if isinstance(value, str) else [
        part for text in value or () for part in between_commas(str(text))]  # type: ignore[attr-defined]
    for part in parts:
        left, sign, right = part.partition("=")
        if not (left.strip().isidentifier() and sign and right.strip()):
            example = "W=orthogonal" if name == "init" else "R=8"
            raise TrainingError(f"{flag(name)} takes NAME=VALUE, such as {example}, not "
                                f"{part.strip()!r}")
    return tuple("=".join(piece.strip() for piece in part.split("=", 1)) for part in parts)


def usual(name: str) -> Any:
    """The default of an option for all data. Raises DataFileError."""
    defaults = task_defaults()[""]
    if name not in defaults:
        raise DataFileError(f"tasks.toml: entry [defaults]: key {name!r} is missing")
    return defaults[name]


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
    known = TABLE.keys() - {"data", "model"}
    defaults = {"": content.get("defaults", {}), **{
        name: {key: value for key, value in entry.items() if key not in TASK_KEYS}
        for name, entry in content.get("tasks", {}).items()}}
    for name, entry in defaults.items():
        where = f"{path}: entry [{'tasks.' + name if name else 'defaults'}]"
        for key, value in entry.items():
            if key not in known:
                raise DataFileError(f"{where}: unknown key {key!r}; known are "
                                    f"{', '.join(sorted(known))}")
            if type(value) is not TABLE[key].kind:
                raise DataFileError(f"{where}: key {key!r} should be a "
                                    f"{TABLE[key].kind.__name__}")
    return defaults


def options_for(task: str | None, given: Mapping[str, Any]) -> Options:
    """The defaults of a task (None: of a file), with what was given instead.

    Raises UnknownNameError for a name that is none, TrainingError for values that cannot be.
    """
    own = task_defaults().get(task, {}) if task else {}
    return check_options(_joined(_joined(Options(task=task), own), given))


def changed(options: Options, given: Mapping[str, Any]) -> Options:
    """The options of a run that is resumed, with what was given instead.

    Raises TrainingError, naming the option, where that would be another run.
    """
    new = _joined(options, given)
    for name in given:
        was, value, option = getattr(options, name), getattr(new, name), TABLE.get(name)
        if was != value and not (option and (option.free or option.noted)):
            written = "the task" if name == "task" else flag(name)
            made = f"with {written} {_shown(was)}" if was not in (None, ()) else \
                f"without {written}"
            raise TrainingError(f"the checkpoint was made {made}, not {_shown(value)}; leave it "
                                "out, or start a new run")
    return check_options(new)


def options_from_json(content: Mapping[str, Any]) -> Options:
    """The options that a checkpoint holds.

    Raises TrainingError for unknown names, and for values that are none of an option.
    """
    known = {entry.name for entry in fields(Options)}
    if not set(content) <= known:
        raise TrainingError(f"unknown options {', '.join(sorted(set(content) - known))}")
    kept: dict[str, Any] = {name: tuple(value) if name in _SEVERAL else value
                            for name, value in content.items()}
    wrong = [name for name, value in kept.items() if name in TABLE and not (
        TABLE[name].takes(value) and (value is not None or _may_be_none(name)))]
    if wrong or not isinstance(kept.get("task"), (str, type(None))):
        raise TrainingError(f"{(*wrong, 'task')[0]} cannot be as it stands there")
    if "predict" not in kept:  # of a run before there were targets: all were NumPy's
        kept |= {"predict": kept.get("target"), "target": "numpy"}
    return check_options(Options(**kept))


def _may_be_none(name: str) -> bool:
    return next(f.default for f in fields(Options) if f.name == name) is None or name == "steps"


def check_options(options: Options) -> Options:
    """The options again. Raises TrainingError for a value out of its range."""
    for name, option in TABLE.items():
        value = getattr(options, name)
        if value is not None:
            option.check(flag(name), value)
    if (options.steps is None) == (options.epochs is None):
        raise TrainingError("a run has --steps or --epochs, one of them")
    return options


def _joined(options: Options, given: Mapping[str, Any]) -> Options:
    """The options with what was given; where one of steps and epochs is, the other is None."""
    for name in given:
        if name not in TABLE and name != "task":
            raise unknown("option", name, TABLE, f"there are {', '.join(TABLE)}")
    if conflict(given):
        raise TrainingError(conflict(given))
    values = dict(given)
    if values.get("data") is not None and values.get("predict") is None and \
            values.get("target") not in (None, *TABLE["target"].choices):
        values["predict"] = values.pop("target")  # as its columns were given before
    for name, other in (("steps", "epochs"), ("epochs", "steps")):
        if given.get(name) is not None:
            values[other] = None
    if values.get("model") is not None:
        values["model"] = _equations(str(values["model"]))
    for name in _SEVERAL:
        if name in given:
            values[name] = pairs_in(name, given[name]) if name in PAIRS else names_in(given[name])
    return replace(options, **values)


def _equations(model: str) -> str:
    """The text of equations that are written out, or in a file. Raises TrainingError."""
    if not model.strip():
        raise TrainingError("--model is empty; give a file of equations, or their text")
    text: str = import_module("derive.calculus.recurrence.model_sources").model_text(model)
    return text


def _shown(value: Any) -> str:
    text = str(value) if not isinstance(value, tuple) else ",".join(value)
    return repr(text if len(text) < 40 else text[:37] + "…")
