"""The tasks to practise on, by topic and level: `rules/practice.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from random import Random

from derive.entry_names import unknown
from derive.resources import read_entry, read_table, rules_folder
from derive.short_reprs import Brief


@dataclass(frozen=True)
class PracticeTask(Brief, by=("name", "title")):
    """A task of the list: its topic, its level (1 easy, 3 hard), and the lines that pose it."""

    name: str
    topic: str
    level: int
    title: str
    task: str
    given: tuple[str, ...] = ()
    define: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The declarations, the definitions and the task line."""
        return "\n".join((*self.given, *self.define, self.task)) + "\n"


@cache
def practice_tasks() -> Mapping[str, PracticeTask]:
    """All tasks by their names, in the order of the file. Raises DataFileError."""
    path = rules_folder() / "practice.toml"
    return {name: read_entry(PracticeTask, path, name, entry)
            for name, entry in read_table(path).items()}


def topics() -> tuple[str, ...]:
    """The topics, in the order in which they are offered."""
    return tuple(dict.fromkeys(task.topic for task in practice_tasks().values()))


def course(topic: str | None = None, seed: int | None = None) -> tuple[PracticeTask, ...]:
    """Tasks from the easy to the hard, in an order of their own for every seed within a level.

    Raises UnknownNameError for a topic that there is not.
    """
    chosen = None if topic is None else _topic(topic)
    tasks = [task for task in practice_tasks().values() if chosen in (None, task.topic)]
    Random(seed).shuffle(tasks)
    return tuple(sorted(tasks, key=lambda task: task.level))


def _topic(name: str) -> str:
    """The topic of a name, or of its only beginning. Raises UnknownNameError."""
    plain = name.strip().lower().replace("-", " ").replace("_", " ")
    fitting = [topic for topic in topics() if topic.startswith(plain) and plain]
    if plain in fitting or len(fitting) == 1:
        return plain if plain in fitting else fitting[0]
    raise unknown("topic", name, topics(), f"there are {', '.join(topics())}")


def listed(topic: str | None = None) -> tuple[PracticeTask, ...]:
    """Tasks by topic and level. Raises UnknownNameError for a topic that there is not."""
    order = topics()
    return tuple(sorted(course(topic), key=lambda t: (order.index(t.topic), t.level, t.title)))
