"""The sizes of a model's dimensions: those that data and options tell, and those that are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.core.atoms import Dim
from derive.errors import TrainingError
from derive.notation.reading.model_equations import read_model


def with_sizes(text: str, known: Mapping[str, int], stated: Sequence[str]) -> dict[str, int]:
    """The known sizes, and those that are stated as `NAME=N` over them.

    Raises TrainingError for what is no whole number from 1, a dimension that the model does not
    have, and one that has no size.
    """
    model = read_model(text)
    dims = [d.name for d in model.scope.dims.values()
            if isinstance(d, Dim) and not d.fixed and d not in {t.dim for t in model.times}]
    sizes = dict(known)
    for pair in stated:
        name, _, size = pair.partition("=")
        if name not in dims:
            raise TrainingError(f"the model has no dimension {name} to give a size; it has "
                                f"{', '.join(dims)}")
        if not size.isdecimal() or int(size) < 1:
            raise TrainingError(f"the size of {name} is a whole number from 1, not {size!r}")
        sizes[name] = int(size)
    for name in dims:
        if name not in sizes:
            raise TrainingError(f"the dimension {name} has no size; give it one, as in --size "
                                f"{name}=8")
    return sizes
