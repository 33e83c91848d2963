"""Calls in the judge's reading: reductions over an index, functions, deltas, derivatives."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

from derive.errors import EvaluationError, KindError, NotationError
from derive.judge.claims.observation_totals import Observation
from derive.judge.reading.array_operations import (
    ARRAY,
    CONDITION,
    NUMBER,
    Call,
    Code,
    Letter,
    Names,
    elementwise,
    kept,
)
from derive.judge.reading.central_differences import partial
from derive.judge.reading.function_numerics import KNOWN, Numerics
from derive.judge.reading.index_reductions import REDUCTIONS, Reductions
from derive.judge.reading.lazy_arrays import Array, Dim, Place, Run, Type, finite
from derive.resources import read_table, rules_folder

_KINKED = ("fabs", "sign", "largest", "smallest")


@cache
def function_table() -> dict[str, dict[str, Any]]:
    """The entries of `rules/functions.toml` as data."""
    return read_table(rules_folder() / "functions.toml")


class Reader(Reductions):
    """Compiles all of the notation."""

    def on_call(self, node: ast.Call) -> Code:
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise NotationError("only a named function can be applied")
        name = node.func.id
        if name in ("d", "integral", "total", "expect", "root"):
            return self.operator(node, name)
        if name == "delta":
            return self.delta(node)
        if name in REDUCTIONS and len(node.args) == 1:
            return self.reduction(name, node.args[0])
        if name == "exp" and len(node.args) == 1:
            self.note_exponential(node.args[0])
        return self.application(name, [self.argument(a) for a in node.args])

    def note_exponential(self, node: ast.expr) -> None:
        """Notes the magnitude of a constant such as exp(-100)."""
        try:
            self.names.spans.append(abs(float(Fraction(ast.unparse(node)))) * 0.4343)
        except ValueError:
            return

    # Functions

    def application(self, name: str, arguments: list[Code]) -> Code:
        """A function applied to numbers, to arrays entry by entry, or to whole vectors."""
        unknown = self.names.functions.get(name)
        if unknown is not None:
            of, order = unknown
            return elementwise(
                lambda run, u: finite(run.ctx, run.point.functions[of](run.ctx, u, order)),
                *arguments)
        entry = self.names.own.get(name) or function_table().get(name)
        if entry is None:
            raise NotationError(f"unknown function {name!r}")
        if len(entry["arguments"]) != len(arguments):
            raise KindError(f"{name} takes {len(entry['arguments'])} arguments")
        if any(a.kind == CONDITION for a in arguments):
            raise KindError("a number was expected, not a condition")
        if entry["arguments"][0].endswith("]"):
            return self.of_vectors(name, entry, arguments)
        slots = tuple(Letter().slot for _ in arguments)
        known = name if name in KNOWN and name not in self.names.own else entry.get("evaluate", "")
        if known.isidentifier():
            return elementwise(_scalar(known, _domain(entry, slots), slots), *arguments)
        body = _of_mpmath(known, entry, slots).call if known else \
            self.definition(entry, slots).call

        def call(run: Run, *values: Any) -> Any:
            run.env.update(zip(slots, values, strict=True))
            return body(run)

        return elementwise(call, *arguments)

    def definition(self, entry: dict[str, Any], slots: tuple[int, ...]) -> Code:
        """The definition of a function of numbers."""
        return _read(entry["definition"], replace(_names_of(entry, slots), own=self.names.own))

    def of_vectors(self, name: str, entry: dict[str, Any], arguments: list[Code]) -> Code:
        """A function of whole vectors, along the last axis."""
        first = arguments[0]
        if any(a.kind != ARRAY or a.shape != first.shape for a in arguments):
            raise KindError("this takes whole vectors of one dimension")
        free = frozenset[int]().union(*(a.free for a in arguments))
        calls, lead, dim = [a.call for a in arguments], first.shape[:-1], first.shape[-1]
        along = _along(name) if name in KNOWN and name not in self.names.own else \
            _along_definition(entry, dim, self.names.own)
        vector = entry.get("returns") == "vector"

        def rows(run: Run) -> Callable[[Place], Any]:
            values = [c(run) for c in calls]
            found: dict[Place, Any] = {}

            def row(at: Place) -> Any:
                if at not in found:
                    found[at] = along(run, [
                        [v.at((*at, n)) for n in range(v.shape[-1])] for v in values])
                return found[at]

            return row

        if vector:
            def whole(run: Run) -> Array:
                row = rows(run)
                return Array(run.point.shape(first.shape), lambda at: row(at[:-1])[at[-1]])

            return Code(ARRAY, kept(whole, free), free, first.shape)
        if not lead:
            return Code(NUMBER, kept(lambda run: rows(run)(()), free), free)
        return Code(ARRAY, kept(lambda run: Array(run.point.shape(lead), rows(run)), free), free,
                    lead)

    # Derivatives and other operators

    def operator(self, node: ast.Call, name: str) -> Code:
        """An operator on a formula and a variable."""
        if len(node.args) != 2:
            raise NotationError(f"{name} takes an expression and a variable")
        adjoint = self.adjoint(node)
        if name == "d" and adjoint is not None:
            return self.code(adjoint)
        if name in ("total", "expect"):
            return self.over_values(node, name)
        if name != "d":
            raise NotationError(f"{name} is not read by the judge")
        body, at = self.number(node.args[0]), node.args[1]
        base = at.value if isinstance(at, ast.Subscript) else at
        slots: list[ast.expr] = []
        if isinstance(at, ast.Subscript):
            slots = at.slice.elts if isinstance(at.slice, ast.Tuple) else [at.slice]
        if not isinstance(base, ast.Name) or base.id not in self.names.types:
            raise NotationError(f"no derivative by {ast.unparse(at)}")
        variable = base.id
        shape = self.names.types[variable].shape
        indices = [self.index(s, d) for s, d in zip(slots, shape, strict=True)]
        free = body.free.union(*(i.free for i in indices))

        def call(run: Run) -> Any:
            place = tuple(int(i.call(run)) for i in indices)
            return partial(run, body.call, variable, place)

        return Code(NUMBER, kept(call, free), free)

    def adjoint(self, node: ast.Call) -> ast.expr | None:
        """A formal derivative d(L, h[t, i]) that has a definition: an entry of that array."""
        at = node.args[1]
        base = at.value if isinstance(at, ast.Subscript) else at
        name = ast.Name(f"d({ast.unparse(node.args[0])}, {ast.unparse(base)})")
        if name.id not in self.names.codes:
            return None
        return ast.Subscript(name, at.slice) if isinstance(at, ast.Subscript) else name

    def over_values(self, node: ast.Call, name: str) -> Code:
        """A total over all values of a name, or an expected value; the name is bound by it."""
        at = ast.unparse(node.args[1])
        law = self.names.laws.get(at)
        if name == "expect" and law is None:
            raise NotationError(f"no distribution of {at} is known")
        kind = law.kind if law is not None else self.names.types.get(at, Type("real"))
        inner = self.names.inner({})
        inner.types = {**inner.types, at: kind}
        reader = type(self)(inner)
        reader.source = self.source
        body = reader.number(node.args[0])
        over = Observation(at, kind, () if law is None else law.conditions)

        def weighted(run: Run) -> Any:
            return body.call(run) if name == "total" or law is None else \
                law.density(run) * body.call(run)

        return Code(NUMBER, kept(lambda run: over.total(run, weighted), body.free), body.free)


def numerics(run: Run) -> Numerics:
    """The functions of a run's context, made once."""
    made = run.memo.get("numerics")
    if made is None:
        made = run.memo["numerics"] = Numerics(run.ctx)
    return made


def _scalar(name: str, domain: Call | None, slots: tuple[int, ...]) -> Callable[..., Any]:
    """A function of numbers, within its domain."""
    def call(run: Run, *values: Any) -> Any:
        run.count()
        if domain is not None:
            run.env.update(zip(slots, values, strict=True))
            if not domain(run):
                raise EvaluationError(f"{name} outside its domain")
        if name in _KINKED and run.branches is not None:
            run.branch(values[0] - values[1] if len(values) > 1 else values[0])
        return finite(run.ctx, numerics(run)[name](*values))

    return call


def _names_of(entry: dict[str, Any], slots: tuple[int, ...]) -> Names:
    letters = {argument: Letter(None, slot)
               for argument, slot in zip(entry["arguments"], slots, strict=True)}
    return Names(letters=letters)


def _read(text: str, names: Names) -> Code:
    reader = Reader(names)
    reader.source = text
    return reader.code(ast.parse(text, mode="eval").body)


def _domain(entry: dict[str, Any], slots: tuple[int, ...]) -> Call | None:
    return _read(entry["domain"], _names_of(entry, slots)).call if "domain" in entry else None


class _InMpmath(Reader):
    """Compiles an expression in which functions have mpmath's names."""

    def application(self, name: str, arguments: list[Code]) -> Code:
        if name.startswith("_"):
            raise NotationError(f"unknown function {name!r}")
        return elementwise(
            lambda run, *values: finite(run.ctx, getattr(run.ctx, name)(*values)), *arguments)


def _of_mpmath(text: str, entry: dict[str, Any], slots: tuple[int, ...]) -> Code:
    return _InMpmath(_names_of(entry, slots)).code(ast.parse(text, mode="eval").body)


def _along(name: str) -> Callable[[Run, list[list[Any]]], Any]:
    def call(run: Run, rows: list[list[Any]]) -> Any:
        run.count(len(rows[0]))
        return numerics(run)[name](*rows)

    return call


def _along_definition(entry: dict[str, Any], dim: Dim, own: Mapping[str, dict[str, Any]],
                      ) -> Callable[[Run, list[list[Any]]], Any]:
    """A function of vectors by its definition; of one that gives a vector, at every place i."""
    slots = tuple(Letter().slot for _ in entry["arguments"])
    codes = {}
    for argument, slot in zip(entry["arguments"], slots, strict=True):
        def row(run: Run, slot: int = slot) -> Any:
            return run.env[slot]

        codes[argument.partition("[")[0]] = Code(ARRAY, row, frozenset((slot,)), (dim,))
    letter = entry["arguments"][0].partition("[")[2].rstrip("]")
    place = Letter(dim)
    body = _read(entry["definition"], Names(codes=codes, dims={letter: dim}, own=own,
                                            letters={"i": place})).call
    vector = entry.get("returns") == "vector"

    def call(run: Run, rows: list[list[Any]]) -> Any:
        arrays = [Array((len(row),), lambda at: None, {(n,): v for n, v in enumerate(row)})
                  for row in rows]
        run.env.update(zip(slots, arrays, strict=True))
        if not vector:
            return body(run)
        values = []
        for n in range(len(rows[0])):
            run.env[place.slot] = n
            values.append(body(run))
        return values

    return call
