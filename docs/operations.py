"""Writes docs/operations.md: the operations of array programs and what each target has for them.

    python docs/operations.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from derive.arrays.operations import Family, Op
from derive.arrays.targets.c import c_operations
from derive.arrays.targets.functional import jax_dialect, torch_dialect
from derive.arrays.targets.numpy import numpy_operations, wide_emission

PAGE = Path(__file__).resolve().parent / "operations.md"
_TABLES = {"NumPy": numpy_operations.CALLS, "C": {**c_operations.CALLS, **c_operations.STEPS},
           "wide numbers": wide_emission.CALLS, "PyTorch": torch_dialect.CALLS,
           "JAX": jax_dialect.CALLS}
_KINDS = {"f": "float", "i": "integer", "b": "condition", "s": "one number"}
_HEAD = """# The operations of array programs

An array program (`derive/arrays/program.py`) is made of these; the verifier
(`derive/arrays/verifier.py`) checks each node against what `derive/arrays/operations.py` says of
its operation. A target is a table from them to text, or to a writer where one call is not enough
(shown as …). In C a reduction goes on from what it has, {0}, by one more term, {1}. Functions are
those of `rules/functions.toml`, whose entries have the text for each target. Written by
`docs/operations.py`.
"""


def page() -> str:
    """The page's text."""
    return "\n".join([_HEAD, *(line for family in Family for line in section(family))])


def section(family: Family) -> Iterator[str]:
    """The operations of one family."""
    yield from (f"## {family.name.capitalize()}: {family.value}", "",
                f"| operation | operands | result | {' | '.join(_TABLES)} |",
                "|---|---|---" + "|---" * len(_TABLES) + "|")
    for op in Op:
        if op.family is family:
            count = str(op.least) if op.most == op.least else \
                f"{op.least} to {op.most}" if op.most else f"{op.least} or more"
            texts = (f"`{table[op]}`".replace("|", "\\|") if op in table else "…"
                     for table in _TABLES.values())
            kinds = " or ".join(_KINDS[kind] for kind in op.kinds)
            yield f"| {op.label} | {count} | {kinds} | {' | '.join(texts)} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
