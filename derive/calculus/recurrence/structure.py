"""Whether the equations of a model fit together, and in which order they are computed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, TypeVar

from derive.errors import ModelError
from derive.expressions import heads
from derive.expressions.atoms import Tensor, Variable
from derive.expressions.indexing import free_names
from derive.notation.model import Model, reads, shift_of
from derive.notation.plain import plain
from derive.notation.specification import Definition

N = TypeVar("N", bound=Hashable)


def checked(model: Model) -> Model:
    """The model with its equations in the order in which one step computes them.

    Raises ModelError for equations that are circular within one step, run in both directions,
    shift by more than one step, read other steps at once, and for names that nothing reads.
    """
    for equation in model.equations:
        _check_shifts(equation, model)
    names = [e.symbol for e in model.equations]
    within = {e.symbol: [s for s, shift in reads(e.body, model) if shift in (0, None)
                         and s in names] for e in model.equations}
    order = _ordered(names, within)
    _check_directions(model)
    _check_used(model)
    found = {e.symbol: e for e in model.equations}
    return _replaced(model, tuple(found[n] for n in order))


def _replaced(model: Model, equations: tuple[Definition, ...]) -> Model:
    from dataclasses import replace

    return replace(model, equations=equations)


def _check_shifts(equation: Definition, model: Model) -> None:
    timed = model.timed(equation.symbol)

    def visit(node: Any) -> None:
        if isinstance(node, heads.Element) and model.timed(node.tensor):
            shift = shift_of(node.indices[0], model.time)
            if timed and shift is None:
                t = model.time.name
                raise ModelError(f"the equation of {equation.name} reads {plain(node)}: an "
                                 f"equation of step {t} reads the steps {t}, {t} - 1 and {t} + 1 "
                                 "alone")
            if shift is not None and abs(shift) > 1:
                raise ModelError(f"the equation of {equation.name} reads {plain(node)}, a shift of "
                                 f"{shift:+d}; carry it in a state of its own, such as "
                                 f"{node.tensor.name}_1[t] = {node.tensor.name}[t-1], and read "
                                 f"{node.tensor.name}_1[t-1]")
        for argument in node.args:
            visit(argument)

    visit(equation.body)


def _ordered(names: list[Any], needs: Mapping[Any, list[Any]]) -> list[Any]:
    """Names so that each follows what it needs. Raises ModelError for a circle."""
    for group in components(names, lambda n: needs[n]):
        if len(group) > 1 or group[0] in needs[group[0]]:
            circle = " → ".join(n.name for n in (*group, group[0]))
            raise ModelError(f"the equations are circular within one step: {circle}; shift one of "
                             "the reads to the step before, [t-1]")
    done: dict[Any, None] = {}

    def visit(name: Any) -> None:
        if name not in done:
            for other in needs[name]:
                visit(other)
            done[name] = None

    for name in names:
        visit(name)
    return list(done)


def _check_directions(model: Model) -> None:
    """Raises ModelError where a circle of equations runs both forwards and backwards in time."""
    names = [e.symbol for e in model.equations]
    edges = {e.symbol: {(s, shift) for s, shift in reads(e.body, model)
                        if s in names and shift is not None} for e in model.equations}
    for group in components(names, lambda n: [s for s, _ in edges[n]]):
        shifts = {shift for n in group for s, shift in edges[n] if s in group}
        if {-1, 1} <= shifts:
            what = " and ".join(n.name for n in group)
            raise ModelError(f"{what} would need each other's earlier and later steps at once; "
                             "read t - 1 or t + 1 in a circle of equations, not both")


def _check_used(model: Model) -> None:
    used = free_names(model.loss)
    for definition in (*model.equations, *model.initial.values()):
        used |= free_names(definition.body)
    for leaf in (*model.given, *(e.symbol for e in model.equations)):
        if leaf not in used:
            raise ModelError(f"nothing reads {leaf.name}; remove it, or use it in an equation")
    for leaf in model.scope.names.values():
        if isinstance(leaf, (Tensor, Variable)) and leaf in model.initial and \
                model.equation(leaf) is None:
            raise ModelError(f"{leaf.name} has an initial value and no equation")


def components(nodes: Iterable[N], successors: Callable[[N], Iterable[N]]) -> list[list[N]]:
    """Strongly connected components, each after those that it points to (Tarjan 1972)."""
    number: dict[N, int] = {}
    low: dict[N, int] = {}
    stack: list[N] = []
    found: list[list[N]] = []

    def visit(start: N) -> None:
        work = [(start, iter(list(successors(start))))]
        number[start] = low[start] = len(number)
        stack.append(start)
        while work:
            node, rest = work[-1]
            for other in rest:
                if other not in number:
                    number[other] = low[other] = len(number)
                    stack.append(other)
                    work.append((other, iter(list(successors(other)))))
                    break
                if other in stack:
                    low[node] = min(low[node], number[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == number[node]:
                    group = [stack.pop()]
                    while group[-1] != node:
                        group.append(stack.pop())
                    found.append(group[::-1])

    for node in nodes:
        if node not in number:
            visit(node)
    return found
