"""Calls in the judge's reading, with them all of the notation; functions by their entries."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache, partial
from typing import Any

from derive.errors import EvaluationError, KindError, NotationError
from derive.judge.reading.array_operations import (
    ARRAY,
    CONDITION,
    NUMBER,
    Code,
    Letter,
    Names,
    Numbers,
    elementwise,
    kept,
)
from derive.judge.reading.array_word_reading import (
    OF_DIMENSIONS,
    array_word,
    made_of_dimensions,
    on_attribute,
)
from derive.judge.reading.comprehensions import REDUCTIONS
from derive.judge.reading.condition_reading import CONDITION_TABLE, choice
from derive.judge.reading.formula_compiler import OPERATIONS, Compiler, Table
from derive.judge.reading.function_numerics import KNOWN, check_known
from derive.judge.reading.index_reductions import argument, delta_code, reduction_code
from derive.judge.reading.lazy_arrays import Array, Dim, Place, Run, finite, no_entry
from derive.judge.reading.matrix_reading import matrix_code
from derive.judge.reading.operator_reading import operator_code
from derive.judge.reading.typed_signs import plain_name
from derive.resources import read_table, rules_folder

Application = Callable[[Compiler, str, list[Code]], Code]


@cache
def function_table() -> dict[str, dict[str, Any]]:
    """The entries of `rules/functions.toml` as data."""
    return read_table(rules_folder() / "functions.toml")


@cache
def _by_sign() -> dict[str, str]:
    """Functions of one number whose sign is a Greek letter, by the name of the letter: σ(z)."""
    return {plain_name(entry["unicode"]): name for name, entry in function_table().items()
            if len(entry.get("unicode", "")) == 1 and len(entry["arguments"]) == 1
            and not entry["arguments"][0].endswith("]")}


@cache
def _further_names() -> dict[str, str]:
    """Other names under which functions are typed, with the name of the entry."""
    return {alias: name for name, entry in function_table().items()
            for alias in entry.get("aliases", ())}


def _call(apply: Application, compiler: Compiler, node: ast.Call) -> Code:
    """An operator, a reduction, a delta, or a function that `apply` applies by its name."""
    if not isinstance(node.func, ast.Name) or node.keywords:
        raise NotationError("only a named function can be applied")
    name = node.func.id
    own = {**compiler.names.own, **compiler.names.functions}
    special = _SPECIAL.get(name)
    if special is not None and name not in own:
        return special(compiler, name, node)
    if name in REDUCTIONS and len(node.args) == 1:
        return reduction_code(compiler, name, node.args[0])
    if name == "exp" and len(node.args) == 1:
        _note_exponential(compiler.names, node.args[0])
    if name not in own:
        name = _further_names().get(name, name)
    return apply(compiler, name, [argument(compiler, a) for a in node.args])


# What takes more than values: variables, indices, dimensions, a condition.
_SPECIAL: dict[str, Callable[[Compiler, str, ast.Call], Code]] = {
    **dict.fromkeys(("d", "integral", "total", "expect", "root"),
                    lambda compiler, name, node: operator_code(compiler, node, name)),
    **dict.fromkeys(OF_DIMENSIONS,
                    lambda compiler, name, node: made_of_dimensions(compiler, name, node.args)),
    "delta": lambda compiler, name, node: delta_code(compiler, node),
    "where": lambda compiler, name, node: choice(compiler, *node.args),
}


def _note_exponential(names: Names, node: ast.expr) -> None:
    """Notes the magnitude of a constant such as exp(-100)."""
    try:
        names.spans.append(abs(float(Fraction(ast.unparse(node)))) * 0.4343)
    except ValueError:
        return


def _application(compiler: Compiler, name: str, arguments: list[Code]) -> Code:
    """A function applied to numbers, to arrays entry by entry, or to whole vectors."""
    unknown = compiler.names.functions.get(name)
    if unknown is not None:
        of, order = unknown
        return elementwise(
            lambda run, u: finite(run.ctx, run.point.functions[of](run.ctx, u, order)),
            *arguments)
    family = compiler.names.families.get(name)
    if family is not None:
        return replace(elementwise(partial(_of_point, name, family), *arguments), kind=family)
    name = _by_sign().get(name, name)
    word = array_word(compiler, name, arguments)
    if word is not None:
        return word
    entry = _entry(compiler.names.own, name)
    if len(entry["arguments"]) != len(arguments):
        raise KindError(f"{name} takes {len(entry['arguments'])} arguments")
    if any(a.kind == CONDITION for a in arguments):
        raise KindError("a number was expected, not a condition")
    if "," in entry["arguments"][0]:
        known = _evaluation(compiler.names.own, name)
        return matrix_code(compiler.numbers, known, entry.get("returns", ""), arguments[0])
    if entry["arguments"][0].endswith("]"):
        return _of_vectors(compiler, name, arguments)
    return elementwise(of_numbers(compiler, name), *arguments)


def _entry(own: Mapping[str, dict[str, Any]], name: str) -> dict[str, Any]:
    """What the table says of a function. Raises NotationError for an unknown one."""
    entry = own.get(name) or function_table().get(name)
    if entry is None:
        raise NotationError(f"there is no function {name!r}")
    return entry


def _evaluation(own: Mapping[str, dict[str, Any]], name: str) -> str:
    """What computes a function: one of KNOWN, an expression of mpmath, or its definition."""
    if name in KNOWN and name not in own:
        return name
    evaluate: str = _entry(own, name).get("evaluate", "")
    return evaluate


def of_numbers(compiler: Compiler, name: str) -> Callable[..., Any]:
    """A function of a run and numbers: by mpmath where that knows it, else by definition."""
    own = compiler.names.own
    entry, known = _entry(own, name), _evaluation(own, name)
    slots = tuple(Letter().slot for _ in entry["arguments"])
    letters = dict(zip(entry["arguments"], (Letter(None, slot) for slot in slots),
                       strict=True))
    inner = compiler.within(Names(letters=letters, own=own))
    if not known.isidentifier():
        body = inner.parsed(entry["definition"]) if not known else \
            Compiler(inner.names, compiler.numbers, _IN_MPMATH).parsed(known)

        def defined(run: Run, *values: Any) -> Any:
            run.env.update(zip(slots, values, strict=True))
            return body.call(run)

        return defined
    function = compiler.numbers.function
    check_known(known)
    if not compiler.numbers.strict or "domain" not in entry:
        return lambda run, *values: function(run, known, *values)
    domain = inner.parsed(entry["domain"]).call

    def within(run: Run, *values: Any) -> Any:
        run.env.update(zip(slots, values, strict=True))
        if not domain(run):
            raise EvaluationError(f"{known} outside its domain")
        return function(run, known, *values)

    return within


def _of_vectors(compiler: Compiler, name: str, arguments: list[Code]) -> Code:
    """A function of whole vectors, along the last axis."""
    first = arguments[0]
    if any(a.kind != ARRAY or a.shape != first.shape for a in arguments):
        raise KindError("this takes whole vectors of one dimension")
    free = frozenset[int]().union(*(a.free for a in arguments))
    calls, lead, dim = [a.call for a in arguments], first.shape[:-1], first.shape[-1]
    along, entry = along_axis(compiler, name, dim), _entry(compiler.names.own, name)

    def rows(run: Run) -> Callable[[Place], Any]:
        values = [c(run) for c in calls]
        computed: dict[Place, Any] = {}

        def row(at: Place) -> Any:
            if at not in computed:
                computed[at] = along(run, [
                    [v.at((*at, n)) for n in range(v.shape[-1])] for v in values])
            return computed[at]

        return row

    if entry.get("returns") == "vector":
        def entries(run: Run) -> Array:
            row = rows(run)
            return Array(run.point.shape(first.shape), lambda at: row(at[:-1])[at[-1]])

        return Code(ARRAY, kept(entries, free), free, first.shape)
    if not lead:
        return Code(NUMBER, kept(lambda run: rows(run)(()), free), free)
    return Code(ARRAY, kept(lambda run: Array(run.point.shape(lead), rows(run)), free), free,
                lead)


def along_axis(compiler: Compiler, name: str, dim: Dim) -> Callable[[Run, list[list[Any]]], Any]:
    """A function of a run and vectors over a dimension."""
    own, along = compiler.names.own, compiler.numbers.along
    entry, known = _entry(own, name), _evaluation(own, name)
    return (lambda run, rows: along(run, known, rows)) if known else \
        _along_definition(compiler, entry, dim)


def _along_definition(compiler: Compiler, entry: dict[str, Any], dim: Dim,
                      ) -> Callable[[Run, list[list[Any]]], Any]:
    """A function of vectors by its definition; of one that gives a vector, at every place i."""
    slots, place = [Letter().slot for _ in entry["arguments"]], Letter(dim)
    names, letters = zip(*(a.rstrip("]").split("[") for a in entry["arguments"]), strict=True)
    codes = {name: Code(ARRAY, partial(_bound, slot), frozenset((slot,)), (dim,))
             for name, slot in zip(names, slots, strict=True)}
    body = compiler.within(Names(codes=codes, dims={letters[0]: dim}, own=compiler.names.own,
                                 letters={"i": place})).parsed(entry["definition"]).call

    def call(run: Run, rows: list[list[Any]]) -> Any:
        arrays = [Array((len(row),), no_entry, {(n,): v for n, v in enumerate(row)})
                  for row in rows]
        if len(rows[0]) != run.point.size(dim):  # some were filtered out
            run = run.at(replace(run.point, sizes={**run.point.sizes, dim: len(rows[0])}))
        run.env.update(zip(slots, arrays, strict=True))
        if entry.get("returns") != "vector":
            return body(run)
        values = []
        for n in range(len(rows[0])):
            run.env[place.slot] = n
            values.append(body(run))
        return values

    return call


def _of_point(name: str, kind: str, run: Run, *values: Any) -> Any:
    """A function that only the point knows; a condition may turn where it is."""
    value = run.point.functions[name](*values)
    if kind == CONDITION:
        run.branch(1 if value else -1)
    return value


def _bound(slot: int, run: Run) -> Any:
    """What stands in a run for a bound name."""
    return run.env[slot]


def _mpmath_application(compiler: Compiler, name: str, arguments: list[Code]) -> Code:
    """A function by its name in mpmath."""
    check_known(name)
    function = compiler.numbers.function
    return elementwise(lambda run, *values: function(run, name, *values), *arguments)


_NOTATION: Table = {**OPERATIONS, **CONDITION_TABLE, ast.Attribute: on_attribute,
                    ast.Call: partial(_call, _application)}
_IN_MPMATH: Table = {**OPERATIONS, **CONDITION_TABLE, ast.Call: partial(_call, _mpmath_application)}


def compiler_of(names: Names, numbers: Numbers, source: str = "") -> Compiler:
    """A compiler of all of the notation; `source` is the text whose nodes it compiles."""
    return Compiler(names, numbers, _NOTATION, source)
