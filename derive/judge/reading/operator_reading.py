"""Operators in the judge's reading: derivatives, totals and expected values, roots."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from derive.errors import NotationError
from derive.judge.claims.observation_totals import Observation
from derive.judge.reading.array_operations import NUMBER, Call, Code, Names, kept
from derive.judge.reading.formula_compiler import Compiler
from derive.judge.reading.lazy_arrays import Run, Type


def operator_code(compiler: Compiler, node: ast.Call, name: str) -> Code:
    """An operator on a formula and a variable."""
    if len(node.args) != 2:
        raise NotationError(f"{name} takes an expression and a variable")
    adjoint = _adjoint(compiler.names, node)
    if name == "d" and adjoint is not None:
        return compiler.code(adjoint)
    if name in ("total", "expect"):
        return _over_values(compiler, node, name)
    if name == "root" and compiler.numbers.root is not None:
        return _root(compiler, node, compiler.numbers.root)
    if name != "d":
        raise NotationError(f"{name} is not read by the judge")
    body, at = compiler.number(node.args[0]), node.args[1]
    base = at.value if isinstance(at, ast.Subscript) else at
    slots: list[ast.expr] = []
    if isinstance(at, ast.Subscript):
        slots = at.slice.elts if isinstance(at.slice, ast.Tuple) else [at.slice]
    if not isinstance(base, ast.Name) or base.id not in compiler.names.types:
        raise NotationError(f"no derivative by {ast.unparse(at)}")
    variable = base.id
    shape = compiler.names.types[variable].shape
    indices = [compiler.index(s, d) for s, d in zip(slots, shape, strict=True)]
    free = body.free.union(*(i.free for i in indices))

    derivative = compiler.numbers.slope

    def call(run: Run) -> Any:
        place = tuple(int(i.call(run)) for i in indices)
        return derivative(run, body.call, variable, place)

    return Code(NUMBER, kept(call, free), free)


def _adjoint(names: Names, node: ast.Call) -> ast.expr | None:
    """A formal derivative d(L, h[t, i]) that has a definition: an entry of that array."""
    at = node.args[1]
    base = at.value if isinstance(at, ast.Subscript) else at
    name = ast.Name(f"d({ast.unparse(node.args[0])}, {ast.unparse(base)})")
    if name.id not in names.codes:
        return None
    return ast.Subscript(name, at.slice) if isinstance(at, ast.Subscript) else name


def _over_values(compiler: Compiler, node: ast.Call, name: str) -> Code:
    """A total over all values of a name, or an expected value; the name is bound by it."""
    at = ast.unparse(node.args[1])
    law = compiler.names.laws.get(at)
    if name == "expect" and law is None:
        raise NotationError(f"no distribution of {at} is known")
    kind = law.kind if law is not None else compiler.names.types.get(at, Type("real"))
    body, real = _binding(compiler, node.args[0], at, kind), compiler.numbers.real
    over = Observation(at, kind, () if law is None else law.conditions)

    def weighted(run: Run) -> Any:
        return real(body.call(run) if name == "total" or law is None else
                    law.density(run) * body.call(run))

    return Code(NUMBER, kept(lambda run: over.total(run, weighted), body.free), body.free)


def _binding(compiler: Compiler, node: ast.expr, name: str, kind: Type) -> Code:
    """A formula in which a name stands for any value of a type."""
    inner = compiler.names.inner({})
    inner.types = {**inner.types, name: kind}
    return compiler.within(inner).number(node)


def _root(compiler: Compiler, node: ast.Call, solve: Callable[[Run, Call, str, str], Any]) -> Code:
    """The value of a name at which a formula is 0; the name is bound by it."""
    at = ast.unparse(node.args[1])
    kind = compiler.names.types.get(at, Type("real"))
    body = _binding(compiler, node.args[0], at, kind)
    return Code(NUMBER, kept(lambda run: solve(run, body.call, at, kind.domain), body.free),
                body.free)
