"""The tasks of `rules/tasks.toml` by name. Listing them imports neither NumPy nor any data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from derive.entry_names import unknown
from derive.errors import UnknownNameError
from derive.resources import fields_by_key, read_entry, read_table, rules_folder
from derive.short_reprs import Brief
from derive.tables.entry_lists import Entries, selected

if TYPE_CHECKING:  # NumPy is for reading, not for listing
    from derive.training.tasks.readings import Reading
    from derive.training.tasks.task_data import Data


@dataclass(frozen=True)
class Limits:
    """Bounds on how much of a task is read: steps of a stream, number of sequences."""

    steps: int | None = None
    sequences: int | None = None


EVERYTHING = Limits()


@dataclass(frozen=True)
class Task(Brief, by=("name", "title")):
    """A task on real input that needs no download.

    `meaning` says in one sentence what it is about. `reads` is `module:function` of the function
    of (seed, limits) that reads it, `metric` what it is measured by, `held_out` the part that it
    is measured on; `needs` names the optional package whose files it reads.
    """

    name: str
    title: str
    meaning: str
    reads: str
    metric: str
    held_out: float
    needs: str = ""
    section: str = ""

    def load(self, seed: int = 0, limits: Limits = EVERYTHING) -> Data:
        """The data; `seed` draws the split where there is one. Raises DataError."""
        module, _, function = self.reads.partition(":")
        home = import_module(f"derive.training.tasks.{module}")
        read: Callable[[int, Limits], Reading] = getattr(home, function)
        reading = replace(read(seed, limits), name=self.name, title=self.title, metric=self.metric)
        finish: Callable[[Reading, float, int], Data] = import_module(
            "derive.training.tasks.readings").finish
        return finish(reading, self.held_out, seed)


# What an entry tells of its data; its other keys are options of a run.
KEYS = frozenset(fields_by_key(Task))


def _tasks() -> dict[str, Task]:
    path = rules_folder() / "tasks.toml"
    return {name: read_entry(Task, path, name, {key: entry[key] for key in entry if key in KEYS})
            for name, entry in read_table(path)["tasks"].items()}


TASKS = _tasks()


def tasks(*words: str) -> Entries[Task]:
    """The tasks of `derive.train`: all, or those that words are about.

    Raises UnknownNameError where nothing matches.

    >>> derive.tasks("names")[0].metric
    'accuracy'
    """
    return selected("tasks", "task", tuple(TASKS.values()), words, command="train --list")


def find_task(name: str) -> Task:
    """The task of a name. Raises UnknownNameError with near names."""
    if name in TASKS:
        return TASKS[name]
    if Path(name).is_file():
        raise UnknownNameError(f"no task {name!r}; to train on the file, give --data {name}")
    raise unknown("task", name, TASKS, f"there are {', '.join(TASKS)}; a file of your own is "
                  "given with --data")
