"""What the reader of LaTeX asks of the names around a formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from derive.notation.latex_in.tree import Nodes, Symbol


@dataclass(frozen=True)
class Questions:
    """Answers about names.

    `applies` is the function of the notation that a symbol stands for where it is applied, "" if it
    is none; `declared` whether a name is known; `is_array` whether a symbol is an array,
    `is_name` whether it is one with its subscripts, as alpha_t may be, `rank` how many axes it has,
    `is_value` whether it is declared and no index;
    `heads` are the functions that the text defines, by `form` of their names.
    """

    applies: Callable[[Symbol], str]
    declared: Callable[[str], bool]
    is_array: Callable[[Symbol], bool] = lambda _: False
    is_name: Callable[[Symbol, Nodes], bool] = lambda _, __: False
    rank: Callable[[Symbol], int] = lambda _: 0
    is_value: Callable[[Symbol], bool] = lambda _: False
    heads: frozenset[object] = frozenset()
