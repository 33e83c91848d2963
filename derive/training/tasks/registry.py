"""The tasks by name. Listing them imports neither NumPy nor any data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from derive.errors import UnknownNameError

if TYPE_CHECKING:
    from derive.training.tasks.task_data import Data


@dataclass(frozen=True)
class Limits:
    """Bounds on how much of a task is read: steps of a stream, number of sequences."""

    steps: int | None = None
    sequences: int | None = None


EVERYTHING = Limits()


@dataclass(frozen=True)
class Task:
    """A task on real input that needs no download.

    `home` is `module:function` of the function of (seed, limits) that reads it; `needs` names the
    optional package whose files it reads.
    """

    name: str
    title: str
    says: str
    home: str
    needs: str = ""

    def load(self, seed: int = 0, limits: Limits = EVERYTHING) -> Data:
        """The data; `seed` draws the split where there is one. Raises DataError."""
        module, _, function = self.home.partition(":")
        read: Callable[[int, Limits], Data] = getattr(
            import_module(f"derive.training.tasks.{module}"), function)
        return read(seed, limits)


_ALL = (
    Task("characters", "Next character of Python's help topics",
         "A character language model; bits per character.", "text_tasks:characters"),
    Task("brackets", "Innermost open bracket in Python source",
         "Labels every character: ( [ { string, comment or none; accuracy.",
         "source_task:brackets"),
    Task("names", "Category of a Unicode character from its name",
         "Classifies names of varying length into 18 categories; accuracy.", "text_tasks:names"),
    Task("spaces", "Spaces put back into running text",
         "Says after every character whether a space follows; F1.", "text_tasks:spaces"),
    Task("mackey-glass", "Mackey-Glass series, delay 17",
         "Predicts the next value of a generated chaotic series; RMSE / deviation.",
         "series:mackey_glass"),
    Task("digits", "Handwritten digits read row by row",
         "Classifies 8 × 8 images as 8 steps of 8 pixels; accuracy.", "bundled:digits",
         "scikit-learn"),
    Task("co2", "Weekly change of CO2 at Mauna Loa",
         "Predicts the next weekly difference, 1958-2001; RMSE / deviation.", "bundled:co2",
         "statsmodels"),
    Task("sunspots", "Yearly sunspots 1700-2008",
         "Predicts the next year's number; RMSE / deviation.", "bundled:sunspots", "statsmodels"),
)
TASKS: dict[str, Task] = {task.name: task for task in _ALL}


def find_task(name: str) -> Task:
    """The task of a name. Raises UnknownNameError with near names."""
    if name in TASKS:
        return TASKS[name]
    near = get_close_matches(name, TASKS, n=2)
    if Path(name).is_file():
        raise UnknownNameError(f"no task {name!r}; to train on the file, give --data {name}")
    hint = f"did you mean {' or '.join(near)}? A" if near else f"known are {', '.join(TASKS)}; a"
    raise UnknownNameError(f"no task {name!r}; {hint} file of your own is given with --data")
