"""Calls in the judge's reading: reductions over an index, functions, deltas, derivatives."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache, partial
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
from derive.judge.reading.comprehensions import REDUCTIONS
from derive.judge.reading.function_numerics import KNOWN, check_known
from derive.judge.reading.index_reductions import Reductions
from derive.judge.reading.lazy_arrays import Array, Dim, Place, Run, Type, finite, no_entry
from derive.resources import read_table, rules_folder


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
        family = self.names.families.get(name)
        if family is not None:
            return replace(elementwise(partial(_of_point, name, family), *arguments), kind=family)
        entry = self.entry(name)
        if len(entry["arguments"]) != len(arguments):
            raise KindError(f"{name} takes {len(entry['arguments'])} arguments")
        if any(a.kind == CONDITION for a in arguments):
            raise KindError("a number was expected, not a condition")
        if entry["arguments"][0].endswith("]"):
            return self.of_vectors(name, arguments)
        return elementwise(self.of_numbers(name), *arguments)

    def entry(self, name: str) -> dict[str, Any]:
        """What the table says of a function. Raises NotationError for an unknown one."""
        entry = self.names.own.get(name) or function_table().get(name)
        if entry is None:
            raise NotationError(f"there is no function {name!r}")
        return entry

    def evaluation(self, name: str) -> str:
        """What computes a function: one of KNOWN, an expression of mpmath, or its definition."""
        if name in KNOWN and name not in self.names.own:
            return name
        evaluate: str = self.entry(name).get("evaluate", "")
        return evaluate

    def of_numbers(self, name: str) -> Callable[..., Any]:
        """A function of a run and numbers: by mpmath where that knows it, else by definition."""
        entry, known = self.entry(name), self.evaluation(name)
        slots = tuple(Letter().slot for _ in entry["arguments"])
        letters = dict(zip(entry["arguments"], (Letter(None, slot) for slot in slots),
                           strict=True))
        inner = self.within(Names(letters=letters, own=self.names.own))
        if not known.isidentifier():
            body = inner.parsed(entry["definition"]) if not known else \
                _InMpmath(inner.names, self.numbers).parsed(known)

            def defined(run: Run, *values: Any) -> Any:
                run.env.update(zip(slots, values, strict=True))
                return body.call(run)

            return defined
        function = self.numbers.function
        check_known(known)
        if not self.numbers.strict or "domain" not in entry:
            return lambda run, *values: function(run, known, *values)
        domain = inner.parsed(entry["domain"]).call

        def within(run: Run, *values: Any) -> Any:
            run.env.update(zip(slots, values, strict=True))
            if not domain(run):
                raise EvaluationError(f"{known} outside its domain")
            return function(run, known, *values)

        return within

    def parsed(self, text: str) -> Code:
        """The code of a text that belongs to the entry of a function."""
        self.source = text
        return self.code(ast.parse(text, mode="eval").body)

    def of_vectors(self, name: str, arguments: list[Code]) -> Code:
        """A function of whole vectors, along the last axis."""
        first = arguments[0]
        if any(a.kind != ARRAY or a.shape != first.shape for a in arguments):
            raise KindError("this takes whole vectors of one dimension")
        free = frozenset[int]().union(*(a.free for a in arguments))
        calls, lead, dim = [a.call for a in arguments], first.shape[:-1], first.shape[-1]
        along, entry = self.along(name, dim), self.entry(name)

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

    def along(self, name: str, dim: Dim) -> Callable[[Run, list[list[Any]]], Any]:
        """A function of a run and vectors over a dimension."""
        entry, known, along = self.entry(name), self.evaluation(name), self.numbers.along
        return (lambda run, rows: along(run, known, rows)) if known else \
            self.along_definition(entry, dim)

    def along_definition(self, entry: dict[str, Any], dim: Dim,
                         ) -> Callable[[Run, list[list[Any]]], Any]:
        """A function of vectors by its definition; of one that gives a vector, at every place i."""
        slots, place = [Letter().slot for _ in entry["arguments"]], Letter(dim)
        names, letters = zip(*(a.rstrip("]").split("[") for a in entry["arguments"]), strict=True)
        codes = {name: Code(ARRAY, partial(_bound, slot), frozenset((slot,)), (dim,))
                 for name, slot in zip(names, slots, strict=True)}
        body = self.within(Names(codes=codes, dims={letters[0]: dim}, own=self.names.own,
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
        if name == "root" and self.numbers.root is not None:
            return self.root(node, self.numbers.root)
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

        derivative = self.numbers.slope

        def call(run: Run) -> Any:
            place = tuple(int(i.call(run)) for i in indices)
            return derivative(run, body.call, variable, place)

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
        body, real = self.binding(node.args[0], at, kind), self.numbers.real
        over = Observation(at, kind, () if law is None else law.conditions)

        def weighted(run: Run) -> Any:
            return real(body.call(run) if name == "total" or law is None else
                        law.density(run) * body.call(run))

        return Code(NUMBER, kept(lambda run: over.total(run, weighted), body.free), body.free)

    def binding(self, node: ast.expr, name: str, kind: Type) -> Code:
        """A formula in which a name stands for any value of a type."""
        inner = self.names.inner({})
        inner.types = {**inner.types, name: kind}
        return self.within(inner).number(node)

    def root(self, node: ast.Call, solve: Callable[[Run, Call, str, str], Any]) -> Code:
        """The value of a name at which a formula is 0; the name is bound by it."""
        at = ast.unparse(node.args[1])
        kind = self.names.types.get(at, Type("real"))
        body = self.binding(node.args[0], at, kind)
        return Code(NUMBER, kept(lambda run: solve(run, body.call, at, kind.domain), body.free),
                    body.free)


def _of_point(name: str, kind: str, run: Run, *values: Any) -> Any:
    """A function that only the point knows; a condition may turn where it is."""
    value = run.point.functions[name](*values)
    if kind == CONDITION:
        run.branch(1 if value else -1)
    return value


def _bound(slot: int, run: Run) -> Any:
    """What stands in a run for a bound name."""
    return run.env[slot]


class _InMpmath(Reader):
    """Compiles an expression in which functions have mpmath's names."""

    def application(self, name: str, arguments: list[Code]) -> Code:
        check_known(name)
        function = self.numbers.function
        return elementwise(lambda run, *values: function(run, name, *values), *arguments)
