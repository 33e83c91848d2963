"""The function table: what is known of exp, log, softmax, …, read from `rules/functions.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, lru_cache
from keyword import iskeyword
from pathlib import Path
from typing import Any

from sympy import Expr

from derive.core.atoms import FunctionName
from derive.core.indexing import parts
from derive.core.kinds import REAL, Interval
from derive.errors import DataFileError
from derive.functions.function_texts import names_in
from derive.functions.latex_signs import is_sign
from derive.resources import fields_by_key, key, read_entry, read_table, rules_folder
from derive.short_reprs import Brief

_FURTHER: dict[str, type] = {  # what the record holds in another form
    "returns": str, "opaque": bool, "range": str, "rises": str, "definite": str}
_KEPT = ("evaluate", "derivative", "antiderivative", "range")
# What a user's file may not bring along.
_CODE = ("javascript", "numpy", "c", "wide", "torch", "jax", "scipy", "keras", "commands")


@dataclass(frozen=True)
class Function(Brief, by=("name", "says")):
    """One function: the texts of its entry, and the interval of its values.

    `derivative` has one expression for each argument; `domain` and `smooth` are conditions on
    the arguments under which the function has a value and that derivative; `rises` is the value
    at 0 of an increasing function. An argument whose derivative is empty is held constant, a whole
    number unless it has `real_orders`.
    A function that is not `kept` is an abbreviation. `own` marks one of a user's file.
    """

    name: str
    arguments: tuple[str, ...]
    kept: bool = key("", True)
    vector_valued: bool = key("", False)
    matrix_valued: bool = key("", False)
    definition: str = ""
    evaluate: str = ""
    derivative: tuple[str, ...] = ()
    real_orders: bool = False
    antiderivative: str = ""
    domain: str = ""
    smooth: str = ""
    says: str = ""
    aliases: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    latex: str = ""
    unicode: str = ""
    commands: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    inverse_of: str = ""
    fence: str = ""
    infix: str = ""
    power: str = ""  # of a matrix: the exponent that stands for the function
    of: str = ""  # what the matrix must be known to be
    keeps: tuple[str, ...] = ()  # what a matrix has if the argument has it
    gives: str = ""  # what a matrix always is
    subscripts: int = 0
    sympy: str = ""
    javascript: str = ""
    numpy: str = ""
    c: str = ""
    wide: str = ""
    torch: str = ""
    jax: str = ""
    scipy: str = ""
    keras: str = ""
    source: str = ""
    interval: Interval = REAL
    definite: Interval = REAL  # of the values for positive definite arguments
    rises: Fraction | None = None
    derived: tuple[str, int] | None = None  # of an unknown function: its name, which derivative
    own: bool = key("", False)
    uses: tuple[Function, ...] = ()  # the user's functions that the texts of an own one may name

    @property
    def takes_vector(self) -> bool:
        """Whether the arguments are whole vectors, or matrices."""
        return self.arguments[0].endswith("]")

    @property
    def takes_matrix(self) -> bool:
        """Whether the argument is a square matrix."""
        return "," in self.arguments[0]

    @property
    def dimension(self) -> str:
        """The letter for the length of the vectors that it takes."""
        return self.arguments[0].partition("[")[2][:-1].partition(",")[0]

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

    @property
    def leaf(self) -> FunctionName:
        """The leaf that stands first in an application; of a user's function it is the record."""
        return FunctionName(self.name, self if self.own else self.derived)

    @property
    def table(self) -> FunctionTable:
        """The functions that its texts may name."""
        return {**standard_functions(), **{f.name: f for f in (*self.uses, self)}}


ORDERS = 4  # an unknown function has derivatives of so many orders, itself counted


def unknown_functions(name: str) -> dict[str, Function]:
    """A function of which nothing is known, and its derivatives: g, dg, d2g, d3g."""
    names = [name, f"d{name}", *(f"d{n}{name}" for n in range(2, ORDERS))]
    return {n: Function(name=n, arguments=("u",), evaluate="unknown", unicode=n, latex=n,
                        source="An unknown function", derived=(name, order))
            for order, n in enumerate(names)}


@lru_cache(maxsize=256)
def _unknown(name: str) -> Function:
    return Function(name=name, arguments=("u",), evaluate="unknown", unicode=name,
                    latex=rf"\operatorname{{{name}}}")


def function_named(name: str) -> Function:
    """The entry of the standard table, or that of an unknown function."""
    return standard_functions().get(name) or _unknown(name)


def function_of(node: Expr) -> Function:
    """The record of the function that an `Apply` applies: a user's own one is in its leaf."""
    own = node.args[0].detail
    return own if isinstance(own, Function) else function_named(node.name)


def functions_in(*nodes: Expr) -> FunctionTable:
    """The standard table, and the user's functions that stand in expressions."""
    own: dict[str, Function] = {}
    for leaf in parts(*reversed(nodes)):
        if isinstance(leaf, FunctionName) and isinstance(leaf.detail, Function):
            own |= {f.name: f for f in (*leaf.detail.uses, leaf.detail)}
    return {**standard_functions(), **own}


FunctionTable = Mapping[str, Function]


def function_typed(table: FunctionTable, name: str) -> Function | None:
    """The function of a table that is typed so: by its name, or by another name of it."""
    return table.get(name) or table.get(_aliases().get(name, ""))


@cache
def _aliases() -> dict[str, str]:
    """The further names of standard functions."""
    return {alias: f.name for f in standard_functions().values() for alias in f.aliases}


@cache
def standard_functions() -> FunctionTable:
    """The table of `rules/functions.toml`; read once, never changed."""
    path = rules_folder() / "functions.toml"
    return {name: _function(path, name, entry) for name, entry in read_table(path).items()}


def load_functions(path: Path, known: FunctionTable) -> FunctionTable:
    """The functions of a user's file, unchecked; their texts may name the `known` ones.

    Raises DataFileError, naming file, entry and key.
    """
    table: dict[str, Function] = dict(known)
    own: dict[str, Function] = {}
    for name, entry in read_table(path).items():
        table[name] = own[name] = own_function(path, name, entry, table)
    return own


def own_function(path: Path | str, name: str, entry: dict[str, Any], known: FunctionTable,
                 ) -> Function:
    """A user's function from its entry, unchecked; its texts may name the `known` ones.

    Raises DataFileError for an entry that no user's file may hold.
    """
    where = f"{path}: entry [{name}]"
    for word in _CODE:
        if word in entry:
            raise DataFileError(f"{where}: key {word!r} is for the functions that come with "
                                "derive; code is written from 'definition'")
    if name in known:
        raise DataFileError(f"{where}: there is a function of this name already; choose another "
                            "name")
    if any("," in str(a) for a in entry.get("arguments", ())):
        raise DataFileError(f"{where}: functions of whole matrices are those that come with derive")
    if not name.isidentifier() or iskeyword(name) or "__" in name:
        raise DataFileError(f"{where}: a name is letters, digits and _")
    _check_signs(where, entry)
    function = replace(_function(path, name, entry), own=True,
                       uses=tuple(f for f in known.values() if f.own))
    try:
        named = names_in(function.definition or "0")
    except DataFileError as error:
        raise DataFileError(f"{where}: key 'definition': {error}") from None
    if name in named:
        raise DataFileError(f"{where}: key 'definition' names {name} itself")
    return function


def _check_signs(where: str, entry: dict[str, Any]) -> None:
    for word, harmless in (("unicode", str.isprintable), ("latex", is_sign)):
        if not harmless(str(entry.get(word, ""))):
            raise DataFileError(f"{where}: key {word!r} is how the name is printed: letters, digits"
                                ", Greek letters, names in \\operatorname{…}, scripts and accents")


def entry_of(function: Function) -> dict[str, Any]:
    """The entry from which a function was read; those that it `uses` have entries of their own."""
    usual = Function(function.name, function.arguments, **_usual(function.name))
    entry: dict[str, Any] = {"arguments": list(function.arguments)}
    for word, field in fields_by_key(Function).items():
        value = getattr(function, field.name)
        if value != getattr(usual, field.name):
            entry[word] = list(value) if isinstance(value, tuple) else value
    if function.vector_valued:
        entry["returns"] = "vector"
    if function.interval != REAL:
        i = function.interval
        entry["range"] = f"{'[('[i.low_open]}{i.low}, {i.high}{'])'[i.high_open]}"
    if function.rises is not None:
        entry["rises"] = str(function.rises)
    if function.kept and not any(k in entry for k in _KEPT):
        entry["opaque"] = True
    return {**entry, "source": function.source}


def _usual(name: str) -> dict[str, Any]:
    """How a function is printed where its entry does not say."""
    return {"unicode": name, "latex": rf"\operatorname{{{name}}}".replace("_", r"\_")}


def _function(path: Path | str, name: str, entry: dict[str, Any]) -> Function:
    where = f"{path}: entry [{name}]"
    function = read_entry(Function, path, name, {**_usual(name), **entry}, _FURTHER, ("source",))
    if not function.arguments:
        raise DataFileError(f"{where}: key 'arguments' names no argument")
    if not (function.definition or function.evaluate):
        raise DataFileError(f"{where}: needs 'definition' or 'evaluate'")
    if "derivative" in entry and len(function.derivative) != len(function.arguments):
        raise DataFileError(f"{where}: key 'derivative' has one expression for each argument")
    if function.antiderivative and len(function.arguments) != 1:
        raise DataFileError(f"{where}: key 'antiderivative' is for functions of one argument")
    return replace(
        function, kept=entry.get("opaque", False) or any(k in entry for k in _KEPT),
        vector_valued=entry.get("returns") == "vector",
        matrix_valued=entry.get("returns") == "matrix",
        definite=_interval(path, name, entry.get("definite", "(-inf, inf)")),
        interval=_interval(path, name, entry.get("range", "(-inf, inf)")),
        rises=_fraction(where, entry["rises"]) if "rises" in entry else None)


def _fraction(where: str, text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise DataFileError(f"{where}: key 'rises' is the value at 0, a number, not {text!r}"
                            ) from None


def _interval(path: Path | str, name: str, text: str) -> Interval:
    try:
        if text[:1] not in ("(", "[") or text[-1:] not in (")", "]"):
            raise ValueError(text)
        low, high = (float(p) if "inf" in p else Fraction(p.strip())
                     for p in text[1:-1].split(","))
    except (ValueError, ZeroDivisionError):
        raise DataFileError(f"{path}: entry [{name}]: key 'range' should read like "
                            f"'(0, 1]', not {text!r}") from None
    return Interval(low, high, text[0] == "(", text[-1] == ")")
