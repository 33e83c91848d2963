"""The file for a library that boosts trees: what they have in common, in the order of reading."""

from __future__ import annotations

from collections.abc import Sequence

from derive.adapters.boosting.training_tests import training_test
from derive.adapters.objective_core import Core, Function
from derive.adapters.objective_tests import objective_test
from derive.adapters.printed_functions import printed
from derive.adapters.request import Request, Written


def weighted(core: Core) -> Function:
    """Slopes and second derivatives times the weights of the rows."""
    head, read = _reading(core)
    scale = "np.asarray(weight, float)" + ("[:, None]" if core.vector else "")
    return Function(f"weighted({head}, weight: Any = None) -> tuple[Floats, Floats]",
                    "The derivatives times the weights, which the library leaves to the objective.",
                    (*read, f"g, h = derivatives({core.margin}, {', '.join(core.observed)})",
                     f"w = 1.0 if weight is None or len(weight) == 0 else {scale}",
                     "return w * g, w * h"))


def mean_loss(core: Core) -> Function:
    """The metric."""
    head, read = _reading(core)
    return Function(f"mean_loss({head}, weight: Any = None) -> float", "The mean loss of the rows.",
                    (*read, "w = None if weight is None or len(weight) == 0 else weight",
                     f"return float(np.average(loss({core.margin}, {', '.join(core.observed)}), "
                     "weights=w))"))


def _reading(core: Core) -> tuple[str, list[str]]:
    """The arguments of a function of the library's arrays, and how they are read."""
    head = ", ".join(f"{n}: ArrayLike" for n in (core.margin, *core.observed))
    names, margin = ", ".join(core.observed), core.margin
    if not core.vector:
        lines = [f"{names} = checked({names})",
                 f"{margin} = np.asarray({margin}, float).reshape({core.observed[0]}.shape)"]
    else:
        lines = [f"{margin} = np.asarray({margin}, float).reshape(len({core.observed[0]}), -1)",
                 f"{names} = checked({names}, {margin}.shape[1])"]
    if core.columns:
        first = core.columns[0]
        lines += [f"if len({first}) != len({margin}):",
                  f"    raise ValueError(f\"{{len({first})}} rows of {first} for "
                  f"{{len({margin})}} of the data\")"]
    return head, lines


def metric_name(core: Core) -> str:
    """The name of the metric."""
    entry = core.loss.entry
    return entry.name if entry is not None else "loss"


def bound_to_columns(core: Core, functions: Sequence[Function]) -> str:
    """Functions that the library calls; made for columns where it has no place for all of a row."""
    if not core.columns:
        return "\n\n\n".join(f.text for f in functions)
    inner = "\n\n".join("\n".join(f"    {line}" if line else "" for line in f.text.split("\n"))
                        for f in functions)
    head = ", ".join(f"{c}: ArrayLike" for c in core.columns)
    columns = ", ".join(core.columns)
    return (f"def objective_with({head}) -> Any:\n"
            f'    """{_names(functions)},\n    for data whose rows hold {columns}."""\n'
            f"{inner}\n\n    return {_names(functions)}")


def _names(functions: Sequence[Function]) -> str:
    return ", ".join(f.head.partition("(")[0] for f in functions)


def use_of(core: Core, functions: Sequence[Function], use: str) -> str:
    """How the file is used; before all, with which columns."""
    if not core.columns:
        return use
    use = use.replace("base_score(y)", f"base_score({', '.join(core.observed)})")
    return f"{_names(functions)} = \\\n    objective_with({', '.join(core.columns)})\n{use}"


def file_text(core: Core, use: str, library: str, own_imports: str = "") -> str:
    """The text of the file; `library` is the code that speaks to the library."""
    functions = [core.labels(), core.loss_function(), core.derivatives(), core.base_score(),
                 core.predict(), weighted(core), mean_loss(core)]
    body = "\n\n\n".join([*(f.text for f in functions), library])
    constants = ["Floats = NDArray[np.float64]", *core.constants()]
    body = "\n\n\n".join([*printed(body), body])
    special = ["from scipy import special"] if "special." in body else []
    imports = ["from __future__ import annotations", "", "from typing import Any", "",
               "import numpy as np", *([own_imports] if own_imports else []),
               "from numpy.typing import ArrayLike, NDArray", *special]
    return "\n".join([core.head(use), "", *imports, "", *constants, "", "", body, ""])


def written(request: Request, core: Core, use: str, library: str, imports: str = "",
            ) -> Written:
    """The file, its test, and what its reader must know."""
    notes = [core.note]
    if core.columns:
        notes.append(f"objective_with({', '.join(core.columns)}) makes the objective: "
                     f"{request.library.title} hands it a label and a weight alone")
    text = file_text(core, use, library, imports)
    return Written(text, objective_test(core, training_test(core)), tuple(notes))
