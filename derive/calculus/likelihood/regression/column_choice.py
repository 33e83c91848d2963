"""Which columns of a table the names of a model take: by name, as assigned, or all that are left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from derive.calculus.likelihood.regression.data_table import Array, Table
from derive.calculus.likelihood.regression.table_forms import Columns
from derive.core.atoms import Dim, Tensor
from derive.errors import DeriveError

ONES = "1"  # the column of ones, in an assignment
_PART = re.compile(r"""\s*("[^"]*"|'[^']*'|`[^`]*`|[^,;=]+?)\s*(?=[,;=]|\Z)""")


@dataclass
class ModelData:
    """The arrays of a model's data by their names, each with a row for every observation.

    `labels` are what the columns of matrices give to the names of coefficients, `column_names`
    what they are called themselves, `notes` what a reader is to know of the choice.
    """

    rows: int
    arrays: dict[Tensor, Array] = field(default_factory=dict)
    labels: dict[Tensor, tuple[str, ...]] = field(default_factory=dict)
    column_names: dict[Tensor, tuple[str, ...]] = field(default_factory=dict)
    sizes: dict[Dim, int] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    from_columns: dict[Tensor, tuple[str, ...]] = field(default_factory=dict)

    def cell(self, leaf: Tensor, row: int, column: int = 0) -> str:
        """Where a value stands in the data, for a message."""
        names = self.from_columns[leaf]
        name = names[min(column, len(names) - 1)]
        own = leaf.name if name == leaf.name else f"{leaf.name} = {name}"
        return f"row {row + 1} of column {name!r}" if own == leaf.name else \
            f"row {row + 1} of column {name!r} ({leaf.name})"


def assignments(columns: Columns) -> dict[str, list[str]]:
    """What is assigned to which name: of `y = price; X = 1, area`, or a mapping.

    A name in quotes is a column's, even "1". Raises DeriveError for what is no assignment.
    """
    if columns is None:
        return {}
    if isinstance(columns, Mapping):
        return {str(n): [c] if isinstance(c, str) else [str(x) for x in c]
                for n, c in columns.items()}
    made: dict[str, list[str]] = {}
    for text in [columns] if isinstance(columns, str) else columns:
        for part in filter(str.strip, _split(text)):
            name, equals, names = part.partition("=")
            parts = _PART.findall(names)
            if not equals or not name.strip() or not parts or name.strip() in made:
                raise DeriveError(f"{part.strip()!r} assigns no columns; write, say, "
                                  "y = price; X = 1, area, rooms, each name once"
                                  .replace(", say,", ""))
            made[name.strip()] = parts
    return made


def _split(text: str) -> list[str]:
    """The assignments of a text, at semicolons outside of quotes."""
    return re.findall(r"""(?:"[^"]*"|'[^']*'|`[^`]*`|[^;])+""", text)


def model_data(table: Table, columns: Columns, leaves: Sequence[Tensor], dim: Dim) -> ModelData:
    """The columns for each name of a model. Raises DeriveError where one has none."""
    chosen = assignments(columns)
    known = {leaf.name: leaf for leaf in leaves}
    for name in chosen:
        if name not in known:
            raise DeriveError(f"{name!r} is no name with a value for each observation; those of "
                              f"this model are {', '.join(known)}")
    chosen = _completed(table, chosen, leaves, data := ModelData(table.rows))
    for leaf in leaves:
        names = chosen[leaf.name]
        data.from_columns[leaf] = tuple(unquoted(n) for n in names)
        if len(leaf.kind.shape) == 1:
            _take_vector(table, leaf, names, data)
        elif len(leaf.kind.shape) == 2 and leaf.kind.shape[0] == dim:
            _take_matrix(table, leaf, names, data)
        else:
            raise DeriveError(f"{leaf.name} has the shape {leaf.kind}; columns of a table make "
                              f"vectors and matrices with {dim} rows")
    if table.ignored:
        data.notes.append(("data", table.ignored))
    return data


def _completed(table: Table, chosen: dict[str, list[str]], leaves: Sequence[Tensor],
               data: ModelData) -> dict[str, list[str]]:
    """The assignment with columns of the same names, and with all that are left for a matrix."""
    chosen = dict(chosen)
    left = []
    for leaf in leaves:
        if leaf.name not in chosen and leaf.name in table.columns:
            chosen[leaf.name] = [f"'{leaf.name}'"]
        elif leaf.name not in chosen:
            left.append(leaf)
    used = {unquoted(name) for names in chosen.values() for name in names}
    rest = [name for name in table.columns if name not in used]
    for leaf in left:
        if len(leaf.kind.shape) != 2 or len(left) > 1:
            raise DeriveError(f"no column is named {leaf.name!r}; assign one with --assign "
                              f"'{leaf.name} = …'; {table.source} has "
                              f"{', '.join(list(table.columns)[:8])}")
        if not rest:
            raise DeriveError(f"no columns are left for {leaf.name}; assign them with --assign "
                              f"'{leaf.name} = 1, …'")
        chosen[leaf.name] = [f"'{name}'" for name in rest]
        data.notes.append(("columns", f"{leaf.name} = {', '.join(rest)}; for an intercept, assign "
                                      f"a column of ones too: {leaf.name} = 1, {rest[0]}"
                                      f"{', …' * (len(rest) > 1)}"))
    return chosen


def unquoted(name: str) -> str:
    """A name without its quotes."""
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'`" else name


def _take_vector(table: Table, leaf: Tensor, names: list[str], data: ModelData) -> None:
    """A name with a number for each observation."""
    if len(names) != 1:
        raise DeriveError(f"{leaf.name} is one column, not {', '.join(map(unquoted, names))}")
    by = f"{leaf.name} = {unquoted(names[0])}"
    if names[0] == ONES:
        data.arrays[leaf] = np.ones(table.rows)
        return
    name = unquoted(names[0])
    table.column(name, by)
    if leaf.kind.domain in ("label", "binary") and table.is_text(name):
        values, classes = table.classes(name, by)
        if leaf.kind.domain == "binary" and len(classes) != 2:
            raise DeriveError(f"column {name!r} has {len(classes)} different texts; {leaf.name} "
                              "has two values")
        data.arrays[leaf] = values
        data.notes.append(("classes", f"{leaf.name}: " + ", ".join(
            f"{n} is {c}" for n, c in enumerate(classes[:12])) + ", …" * (len(classes) > 12)))
    else:
        data.arrays[leaf] = table.numbers(name, by)
        if data.arrays[leaf].ndim != 1:
            raise DeriveError(f"{leaf.name} is one column, not a matrix")
    if leaf.kind.over is not None and isinstance(leaf.kind.over, Dim):
        size = 1 + int(data.arrays[leaf].max(initial=0)) if data.arrays[leaf].max() < 1e6 else 2
        data.sizes[leaf.kind.over] = max(2, size, data.sizes.get(leaf.kind.over, 0))


def _take_matrix(table: Table, leaf: Tensor, names: list[str], data: ModelData) -> None:
    """A matrix, whose columns are those of a table, ones, or those of a matrix that was given."""
    blocks, labels = [], list[str]()
    for name in names:
        plain = unquoted(name)
        if name == ONES:
            block = np.ones((table.rows, 1))
        else:
            block = table.numbers(plain, f"{leaf.name} = {', '.join(map(unquoted, names))}")
            block = block.reshape(table.rows, -1)
        blocks.append(block)
        labels += [plain] if block.shape[1] == 1 else [
            f"{plain}[{k}]" if len(names) > 1 else str(k) for k in range(block.shape[1])]
    data.arrays[leaf] = np.hstack(blocks)
    data.labels[leaf] = tuple(labels)
    single = table.columns.get(unquoted(names[0]))
    unnamed = len(names) == 1 and getattr(single, "ndim", 1) == 2
    data.column_names[leaf] = tuple(f"{leaf.name}[{n}]" if unnamed else n for n in labels)
    data.from_columns[leaf] = data.column_names[leaf]
    inner = leaf.kind.shape[1]
    if data.sizes.setdefault(inner, len(labels)) != len(labels):
        raise DeriveError(f"{leaf.name} has {len(labels)} columns, where {inner} is "
                          f"{data.sizes[inner]} elsewhere")


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Names, each once, in order."""
    return tuple(dict.fromkeys(names))
