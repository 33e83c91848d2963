"""Which data are a table. Nothing here needs NumPy, which reads tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Columns: TypeAlias = str | Sequence[str] | Mapping[str, Any] | None


def is_table(data: object) -> bool:
    """Whether data are a table: a file, text of several lines, columns by their names."""
    if isinstance(data, str):
        return "\n" in data.strip() or data.strip().endswith((".csv", ".tsv"))
    return isinstance(data, Mapping) or hasattr(data, "columns")
