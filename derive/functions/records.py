"""The function table: what is known of exp, log, softmax, …, read from `rules/functions.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from derive.core.kinds import REAL, Interval
from derive.errors import DataFileError
from derive.resources import check_entry, read_table, rules_folder

_KEYS: dict[str, Any] = {
    "arguments": list, "definition": str, "derivative": list, "range": str, "domain": str,
    "smooth": str, "returns": str, "evaluate": str, "unicode": str, "latex": str, "numpy": str,
    "rises": str, "source": str, "antiderivative": str, "wide": str,
}


@dataclass(frozen=True)
class Function:
    """One function: the texts of its entry, and the interval of its values.

    `derivative` has one expression for each argument; `domain` and `smooth` are conditions on
    the arguments under which the function has a value and that derivative; `rises` is the value
    at 0 of an increasing function. An argument whose derivative is empty is held constant.
    """

    name: str
    arguments: tuple[str, ...]
    definition: str = ""
    derivative: tuple[str, ...] = ()
    antiderivative: str = ""
    domain: str = ""
    smooth: str = ""
    vector_valued: bool = False
    evaluate: str = ""
    unicode: str = ""
    latex: str = ""
    numpy: str = ""
    wide: str = ""
    source: str = ""
    interval: Interval = REAL
    rises: Fraction | None = None
    derived: tuple[str, int] | None = None  # of an unknown function: its name, which derivative

    @property
    def takes_vector(self) -> bool:
        """Whether the arguments are whole vectors."""
        return self.arguments[0].endswith("]")

    @property
    def varying(self) -> dict[str, str]:
        """The derivative by each argument that is not held constant."""
        if not self.derivative:
            return dict.fromkeys(self.parameters, "")
        pairs = zip(self.parameters, self.derivative, strict=True)
        return {parameter: slope for parameter, slope in pairs if slope}

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the arguments, without their dimension."""
        return tuple(a.partition("[")[0] for a in self.arguments)


ORDERS = 4  # an unknown function has derivatives of so many orders, itself counted


def unknown_functions(name: str) -> dict[str, Function]:
    """A function of which nothing is known, and its derivatives: g, dg, d2g, d3g."""
    names = [name, f"d{name}", *(f"d{n}{name}" for n in range(2, ORDERS))]
    return {n: Function(name=n, arguments=("u",), evaluate="unknown", unicode=n, latex=n,
                        source="An unknown function", derived=(name, order))
            for order, n in enumerate(names)}


_UNKNOWN = Function(name="", arguments=("u",), evaluate="unknown")


def function_named(name: str) -> Function:
    """The entry of the table, or that of an unknown function."""
    return standard_functions().get(name, _UNKNOWN)


FunctionTable = Mapping[str, Function]


@cache
def standard_functions() -> FunctionTable:
    """The table of `rules/functions.toml`; read once, never changed."""
    return load_functions(rules_folder() / "functions.toml")


def load_functions(path: Path) -> FunctionTable:
    """Reads a function file. Raises DataFileError, naming file, entry and key."""
    return {name: _function(path, name, entry) for name, entry in read_table(path).items()}


def _function(path: Path, name: str, entry: dict[str, Any]) -> Function:
    check_entry(path, name, entry, _KEYS, ("arguments", "source"))
    if not (entry.get("definition") or entry.get("evaluate")):
        raise DataFileError(f"{path}: entry [{name}]: needs 'definition' or 'evaluate'")
    texts = {k: entry[k] for k in ("definition", "domain", "smooth", "evaluate", "numpy", "source",
                               "antiderivative", "wide")
             if k in entry}
    return Function(
        name=name,
        arguments=tuple(entry["arguments"]),
        derivative=tuple(entry.get("derivative", ())),
        vector_valued=entry.get("returns") == "vector",
        unicode=entry.get("unicode", name),
        latex=entry.get("latex", "\\" + name),
        interval=_interval(path, name, entry.get("range", "(-inf, inf)")),
        rises=Fraction(entry["rises"]) if "rises" in entry else None,
        **texts,
    )


def _interval(path: Path, name: str, text: str) -> Interval:
    try:
        low, high = (float(p) if "inf" in p else Fraction(p.strip())
                     for p in text[1:-1].split(","))
    except ValueError:
        raise DataFileError(f"{path}: entry [{name}]: key 'range' should read like "
                            f"'(0, 1]', not {text!r}") from None
    return Interval(low, high, text[0] == "(", text[-1] == ")")
