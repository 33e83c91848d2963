"""Lists of entries by words, as their commands give them. Needs neither SymPy nor NumPy."""

from __future__ import annotations

from derive.tables import cell_table, notation_table
from derive.tables.cell_table import Head, Reduction
from derive.tables.entry_lists import Entries, selected
from derive.tables.notation_table import Word
from derive.teaching import demonstration_files
from derive.teaching.demonstration_files import Demo
from derive.training.tasks.registry import TASKS, Task


def heads(*words: str) -> Entries[Head]:
    """The heads of recurrent models that have a name of their own: all, or those of some words."""
    return selected("heads", "head", cell_table.heads(), words, command="cells --heads")


def reductions(*words: str) -> Entries[Reduction]:
    """How the losses of the steps become one number: all reductions, or those of some words."""
    return selected("reductions", "reduction", cell_table.reductions(), words,
                    command="cells --reductions")


def notation(*words: str) -> Entries[Word]:
    """The words of the notation, types, operators and functions: all, or those of some words."""
    return selected("notation", "word of the notation", notation_table.notation_words(), words)


def demos(*words: str) -> Entries[Demo]:
    """The demonstrations, which `derive.demo` runs by their names: all, or those of some words."""
    return selected("demos", "demonstration", demonstration_files.demos(), words, command="demo")


def tasks(*words: str) -> Entries[Task]:
    """The tasks of `derive.train`: all, or those that words are about."""
    return selected("tasks", "task", tuple(TASKS.values()), words, command="train --list")
