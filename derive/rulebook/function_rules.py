"""Rules that are made from the function table: derivatives, integrals, values at 0."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import pairwise

from sympy import Mul

from derive.core import heads
from derive.core.atoms import FunctionName
from derive.functions.function_records import Function
from derive.rulebook.patterns import Meta, MetaApply
from derive.rulebook.rule import Rule


def rules_of(functions: Iterable[Function]) -> Iterator[Rule]:
    """The rules that the entries state: derivatives, integrals, values at 0."""
    functions = list(functions)
    yield from derivative_rules(functions)
    yield from integral_rules(functions)
    yield from values_at_zero(functions)


def unfolding_rules(functions: Iterable[Function]) -> Iterator[Rule]:
    """The definition of each function that keeps its name and has no NumPy code, for kernels."""
    for f in functions:
        if not f.kept or f.numpy or not f.definition:
            continue
        inner = f"{f.parameters[0]}(k) for k in {f.dimension}" if len(f.parameters) == 1 else \
            ", ".join(f"({p}(k) for k in {f.dimension})" for p in f.parameters)
        call = f"{f.name}({inner if f.takes_vector else ', '.join(f.parameters)})"
        tree = _Elements(set(f.parameters)).visit(ast.parse(f.definition, mode="eval"))
        yield _rule(f, f"{f.name}-unfolded", "unfold", f"The definition of {f.name}.",
                    call + "[i]" * f.vector_valued, ast.unparse(tree))


def derivative_rules(functions: Iterable[Function]) -> Iterator[Rule]:
    """The chain rule for each function of numbers that has a derivative in the table.

    An argument that is held constant is an order, a whole number if the entry says no more.
    """
    for function in functions:
        if not function.derivative or function.takes_vector:
            continue
        varying = function.varying
        call = f"{function.name}({', '.join(_argument(p, function) for p in function.parameters)})"
        terms = [f"({_applied(slope, function)}) * d({parameter}(x), x)"
                 for parameter, slope in varying.items() if slope != "0"]
        slope = next(iter(varying.values()))
        yield _rule(
            function, f"derivative-of-{function.name}", "differentiate",
            f"The derivative of {function.name}({', '.join(function.parameters)}) is {slope}, "
            f"times the derivative of {next(iter(varying))}.",
            f"d({call}, x)", " + ".join(terms) or "0", given=_given(function),
            margin=f"derivative of {function.name}",
            kinds=() if function.real_orders else tuple(
                (p, "integer") for p in function.parameters if p not in varying))


def unknown_rules(functions: Iterable[Function]) -> Iterator[Rule]:
    """The chain rule for functions of which nothing is known: g, g', g'', …"""
    known = [f for f in functions if f.derived is not None]
    for function, slope in pairwise(known):
        if function.derived is None or slope.derived is None or \
                slope.derived[0] != function.derived[0]:
            continue
        x = Meta("x")
        inner = MetaApply(Meta("u"), x)
        of, by = (heads.Apply(FunctionName(f.name, f.derived), inner) for f in (function, slope))
        yield Rule(
            name=f"derivative-of-{function.name}", says="The chain rule.", from_="", to="",
            sides=(heads.Partial(of, x), Mul(by, heads.Partial(inner, x))), stage="differentiate",
            source="DLMF 1.4.10", margin="chain rule")
        yield Rule(
            name=f"integral-of-{slope.name}", says="The derivative of a function integrates to it.",
            from_="", to="", sides=(heads.Antiderivative(Mul(by, heads.Partial(inner, x)), x), of),
            stage="integrate", source="DLMF 1.4.20", margin="fundamental theorem")


def integral_rules(functions: Iterable[Function]) -> Iterator[Rule]:
    """The integral of each function that has an antiderivative in the table."""
    for function in functions:
        if not function.antiderivative:
            continue
        (parameter,) = function.parameters
        yield _rule(
            function, f"integral-of-{function.name}", "integrate",
            f"The integral of {function.name}({parameter}) is {function.antiderivative}.",
            f"integral({function.name}({parameter}(x)) * d({parameter}(x), x), x)",
            _applied(function.antiderivative, function), given=_given(function),
            margin=f"integral of {function.name}")


def values_at_zero(functions: Iterable[Function]) -> Iterator[Rule]:
    """The value at 0 of each function for which the table has it."""
    for function in functions:
        if function.rises is not None:
            yield _rule(function, f"{function.name}-of-zero", "fold",
                        f"The value of {function.name} at 0.", f"{function.name}(0)",
                        str(function.rises))


def _argument(parameter: str, function: Function) -> str:
    return f"{parameter}(x)" if parameter in function.varying else parameter


def _applied(text: str, function: Function) -> str:
    """A text of the function's entry with u(x) in place of the argument u."""
    tree = ast.parse(text, mode="eval")
    return ast.unparse(_Applied(set(function.varying)).visit(tree))


def _given(function: Function) -> tuple[str, ...]:
    """The conditions under which a function has a value and its derivative."""
    return tuple(_applied(c, function) for c in (function.domain, function.smooth) if c)


def _rule(function: Function, name: str, stage: str, says: str, left: str, right: str, *,
          given: tuple[str, ...] = (), kinds: tuple[tuple[str, str], ...] = (), margin: str = "",
          ) -> Rule:
    """A rule that a function's entry states."""
    file = "the user's functions" if function.own else "functions.toml"
    return Rule(name=name, says=says, from_=left, to=right, given=given, kinds=kinds, stage=stage,
                margin=margin, source=function.source, where=f"{file}: entry [{function.name}]",
                functions=function.table if function.own else None)


class _Elements(ast.NodeTransformer):
    """u[k] as u(k), for the arguments of a function that takes vectors."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id in self.names:
            return ast.Call(node.value, [node.slice], [])
        return node


class _Applied(ast.NodeTransformer):
    def __init__(self, names: set[str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id not in self.names:
            return node
        return ast.Call(node, [ast.Name("x", ast.Load())], [])
