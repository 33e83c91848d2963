"""Whether the equations of a model fit together, and in which order they are computed."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from sympy import Expr

from derive.calculus.recurrence.declared_kinds import check_declared
from derive.calculus.recurrence.places_in_range import out_of_range
from derive.calculus.recurrence.prediction_structure import predictions, with_prediction
from derive.core import heads
from derive.core.atoms import BoundIndex, Dim, Index, Tensor, Variable
from derive.core.indexing import free_names
from derive.errors import ModelError
from derive.notation.printing.plain import plain
from derive.notation.reading.model_equations import Model, reads
from derive.notation.reading.specification import Definition, text_lines
from derive.notation.reading.time_axes import shift_of, spans

Node = TypeVar("Node", bound=Hashable)
Leaf = Variable | Tensor  # a name of a model


def checked(model: Model) -> Model:
    """The model with its equations in the order in which one step computes them.

    Raises ModelError for equations that are circular within one step, run in both directions,
    shift by more than one step, read other steps at once, and for names that nothing reads.
    """
    _check_time(model)
    model = with_prediction(model)
    for equation in (*model.equations, *predictions(model)):
        _check_shifts(equation, model)
        _check_places(equation.body, model, equation.symbol)
    _check_places(model.loss, model)
    _check_directions(model)
    model = in_step_order(model)
    _check_used(model)
    _check_starts(model)
    check_declared(model)
    return model


def in_step_order(model: Model) -> Model:
    """The model with its equations in the order in which one step computes them.

    Raises ModelError for a circle within one step.
    """
    names = [e.symbol for e in model.equations]
    within = {e.symbol: [s for s, shift in _reads_of(e, model) if shift == 0 and s in names]
              for e in model.equations}
    equations = {e.symbol: e for e in model.equations}
    return replace(model, equations=tuple(equations[n] for n in _ordered(names, within, model)))


def _reads_of(equation: Definition, model: Model) -> set[tuple[Leaf, int]]:
    """What an equation reads, its initial value included, and in which direction of time.

    What stands once a sequence, or runs over other steps, is read as if at the same step.
    """
    start = model.initial.get(equation.symbol)
    more = reads(start.body, model) if start is not None else set()
    near: set[tuple[Leaf, int]] = {
        (s, shift if model.timed(s) and shift is not None else 0)
        for s, shift in model.reads(equation) if shift is not None or not model.timed(s)}
    return near | {(s, shift or 0) for s, shift in more} | {
        (s, shift) for s, span in model.spanned(equation) for shift in span.shifts}


def _refuse(message: str, model: Model, symbol: Leaf) -> ModelError:
    """The error, with the line of a name's equation."""
    line = model.line_of(symbol)
    start = len(line) - len(line.lstrip())
    return ModelError(message, line, start + 1 if line else 0, len(line.strip()))


def _check_time(model: Model) -> None:
    """Raises ModelError where the number of steps is given."""
    for time in model.times:
        if not isinstance(time.dim, Dim) or time.dim.fixed is not None:
            raise _refuse(f"time runs over {time.dim} here; name the number of steps, T, so that "
                          "what is derived holds for every length", model,
                          model.equations[0].symbol)


def _check_starts(model: Model) -> None:
    """Raises ModelError for initial values that nothing reads, and steps that have no value."""
    shifts = {(s, shift) for e in model.equations if model.timed(e.symbol)
              for s, shift in model.reads(e)}
    for symbol in model.initial:
        end = model.ends[symbol]
        if (symbol, end) not in shifts:
            where, read = ("-1", "t-1") if end < 0 else (str(model.steps), "t+1")
            raise ModelError(f"{symbol.name}[{where}] is given, and nothing reads {symbol.name}"
                             f"[{read}]; remove the line, or use it")
    for symbol, shift in sorted(shifts, key=str):
        if shift and symbol.kind.domain in ("label", "index") and \
                model.ends.get(symbol) != shift:
            where, edge = ("before the first", "-1") if shift < 0 else \
                ("after the last", str(model.steps))
            raise ModelError(f"the label {symbol.name} has no value {where} step; say which one "
                             f"stands there, as in {symbol.name}[{edge}] = 0")


def _check_shifts(equation: Definition, model: Model) -> None:
    """Raises ModelError for reads more than one step away, and beside a bound step."""
    time = model.time_of(equation.symbol)

    def visit(node: Expr) -> None:
        if isinstance(node, heads.Element) and model.timed(node.tensor):
            shift = shift_of(node.indices[0], time) if time is not None else None
            _check_place(node, shift, equation, model)
        for argument in node.args:
            visit(argument)

    visit(equation.body)


def _check_place(node: Expr, shift: int | None, equation: Definition, model: Model) -> None:
    place, name = node.indices[0], node.tensor.name
    written = f"{name}[{plain(place)}]"
    if shift is not None and abs(shift) > 1:
        sign, near = ("-", "t-1") if shift < 0 else ("+", "t+1")
        raise _refuse(f"the equation of {equation.name} reads {written}, a shift of "
                      f"{shift:+d}; carry it in a state of its own, such as "
                      f"{name}_1[t] = {name}[{near}], and read {name}_1[t{sign}{abs(shift) - 1}]",
                      model, equation.symbol)
    if shift is None and any(isinstance(a, (Index, BoundIndex)) for a in place.args):
        raise _refuse(f"the equation of {equation.name} reads {name} beside a step that is bound; "
                      f"give it a name, such as {name}_1[t] = {name}[t-1], and read that",
                      model, equation.symbol)
def _check_places(body: Expr, model: Model, symbol: Leaf | None = None) -> None:
    """Raises ModelError for a read beyond the end of an axis other than time."""
    message = out_of_range(body, model)
    if message and symbol is not None:
        raise _refuse(f"the equation of {symbol.name}: {message}", model, symbol)
    if message:
        raise ModelError(f"the loss: {message}")


def _ordered(names: list[Leaf], needs: Mapping[Leaf, list[Leaf]], model: Model) -> list[Leaf]:
    """Names so that each follows what it needs. Raises ModelError for a circle."""
    for group in components(names, lambda n: needs[n]):
        if len(group) > 1 or group[0] in needs[group[0]]:
            circle = " → ".join(n.name for n in (*group, group[0]))
            raise _refuse(f"the equations are circular within one step: {circle}; shift one of "
                          "the reads to the step before, [t-1]", model, group[0])
    done: dict[Leaf, None] = {}

    def visit(name: Leaf) -> None:
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
    edges = {e.symbol: {(s, shift) for s, shift in _reads_of(e, model) if s in names}
             for e in model.equations}
    for group in components(names, lambda n: [s for s, _ in edges[n]]):
        _check_future(group, model)
        shifts = {shift for n in group for s, shift in edges[n] if s in group}
        if {-1, 1} <= shifts:
            what = " and ".join(n.name for n in group)
            raise _refuse(f"{what} would need each other's earlier and later steps at once; read "
                          "t - 1 or t + 1 in a circle of equations, not both" if len(group) > 1
                          else f"{what} would need its own earlier and later steps at once; read "
                          "t - 1 or t + 1, not both", model, group[0])


def _check_future(group: list[Leaf], model: Model) -> None:
    """Raises ModelError where a circle of equations reads all its own steps, before they are."""
    inside = set(group)
    for name in group:
        equation = model.equation(name)
        read = () if equation is None else spans(equation.body, model.time_of(name), model.timed)
        for node, span in read:
            other, place = node.tensor, node.indices[0]
            if other not in inside or not {-1, 1} <= set(span.shifts):
                continue
            circle = " → ".join(n.name for n in _path(other, name, inside, model))
            bound = any(isinstance(a, (Index, BoundIndex)) for a in (place, *place.args))
            what = f"{other.name} at every step" if bound else f"{other.name}[{plain(place)}]"
            raise _refuse(f"the equation of {name.name} reads {what}, and {other.name} depends on "
                          f"it: {name.name} → {circle}; read the past alone, as in … for s in "
                          f"{place.dim if bound else model.steps} if s < {model.time.name}",
                          model, name)


def _path(start: Leaf, end: Leaf, inside: set[Leaf], model: Model) -> list[Leaf]:
    """A shortest way from one name of a circle to another, along what is read."""
    ways, seen = [[start]], {start}
    for way in ways:
        if way[-1] == end:
            return way
        equation = model.equation(way[-1])
        for other, _ in sorted(_reads_of(equation, model), key=str) if equation else ():
            if other in inside and other not in seen:
                seen.add(other)
                ways.append([*way, other])
    return [start, end]


def _check_used(model: Model) -> None:
    used = free_names(model.loss)
    for definition in (*model.equations, *model.initial.values(), *predictions(model)):
        used |= free_names(definition.body)
    for leaf in (*model.given, *(e.symbol for e in model.equations)):
        if leaf not in used:
            raise ModelError(f"nothing reads {leaf.name}; remove it, or use it in an equation",
                             *_place_of(leaf, model))
    reached = _reached(model)
    for equation in model.equations:
        if equation.symbol not in reached:
            raise _refuse(f"the loss does not depend on {equation.name}; remove it, or use it in "
                          "what the loss reads", model, equation.symbol)


def _reached(model: Model) -> set[Expr]:
    """The names on which the loss depends."""
    bodies = {e.symbol: e.body for e in model.equations}
    reached: set[Expr] = set()
    waiting = [model.loss]
    while waiting:
        new = free_names(waiting.pop()) - reached
        reached |= new
        waiting += [bodies[n] for n in new if n in bodies]
        waiting += [model.initial[n].body for n in new if n in model.initial]
    return reached


def _place_of(leaf: Leaf, model: Model) -> tuple[str, int, int]:
    """The line that declares or defines a name, and where the name stands in it."""
    for line in text_lines(model.text):
        match = re.search(rf"(?<!\w){re.escape(leaf.name)}(?!\w)", line)
        if match is not None:
            return line, match.start() + 1, len(leaf.name)
    return "", 0, 1


def components(nodes: Iterable[Node], successors: Callable[[Node], Iterable[Node]],
               ) -> list[list[Node]]:
    """Strongly connected components, each after those that it points to (Tarjan 1972)."""
    number: dict[Node, int] = {}
    low: dict[Node, int] = {}
    stack: dict[Node, None] = {}
    groups: list[list[Node]] = []

    def visit(start: Node) -> None:
        work = [(start, iter(list(successors(start))))]
        number[start] = low[start] = len(number)
        stack[start] = None
        while work:
            node, rest = work[-1]
            for other in rest:
                if other not in number:
                    number[other] = low[other] = len(number)
                    stack[other] = None
                    work.append((other, iter(list(successors(other)))))
                    break
                if other in stack:
                    low[node] = min(low[node], number[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == number[node]:
                    group = [stack.popitem()[0]]
                    while group[-1] != node:
                        group.append(stack.popitem()[0])
                    groups.append(group[::-1])

    for node in nodes:
        if node not in number:
            visit(node)
    return groups
