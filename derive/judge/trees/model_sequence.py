"""One random sequence through a recurrent model, unrolled step by step, in many digits."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sympy import Expr

from derive.core import heads
from derive.core.atoms import FunctionName, Tensor, Variable
from derive.core.indexing import leaves
from derive.judge.precision import mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.index_places import least_sizes
from derive.judge.trees.line_points import Drawing, dimensions, fill_tensor, unknown_function
from derive.lazy import cached_property
from derive.notation.reading.model_equations import Model, reads
from derive.notation.reading.specification import Definition

Node = tuple[Any, int | None]  # a name with an equation, and the step, if it has one


_MANY = 16  # equations, from which sequences are kept small
_NO_PATH = -10**6  # a logarithm so far below 0: its exponential is 0 to all digits


@dataclass
class Unrolled:
    """A model at a point: sizes, parameters, data; `run` computes the states and the loss.

    Arrays with an axis for time also hold places outside of it: there they are their initial
    value where a step reads it, and any number elsewhere.
    """

    model: Model
    steps: int
    point: Point
    digits: int
    loss: Any = None
    known: set[Any] = field(default_factory=set)

    @property
    def wide(self) -> int:
        """The digits of the unrolled model: a difference of 1 in 10**(2*digits) keeps as many.

        A slope may be small: what the last step gives back to the start fades on the way.
        """
        return 3 * self.digits + 25

    @property
    def symbols(self) -> list[Any]:
        """The names by which the loss may be differentiated."""
        return [*(e.symbol for e in self.model.equations if e.symbol.kind.differentiable),
                *self.model.parameters]

    def at(self, place: dict[Any, int]) -> Point:
        """The point with values of free indices."""
        return replace(self.point, scalars={**self.point.scalars, **place})

    # The order of computation

    @cached_property
    def nodes(self) -> list[Node]:
        """Every equation at every step, each after what it reads."""
        ordered: dict[Node, None] = {}

        def visit(start: Node) -> None:
            work = [(start, iter(self.needs[start]))]
            while work:
                node, rest = work[-1]
                other = next((n for n in rest if n not in ordered), None)
                if other is None:
                    ordered.setdefault(node)
                    work.pop()
                else:
                    work.append((other, iter(self.needs[other])))

        for node in self.needs:
            if node not in ordered:
                visit(node)
        return list(ordered)

    @cached_property
    def needs(self) -> dict[Node, list[Node]]:
        """What each equation at each step reads."""
        needs: dict[Node, list[Node]] = {}
        for equation in self.model.equations:
            read = {(s, shift) for s, shift in self.model.reads(equation)
                    if shift is not None or not self.model.timed(s)}
            for step in self.range(equation.symbol):
                needs[equation.symbol, step] = [
                    *(n for s, shift in read for n in self.read(s, shift, step)),
                    *self.spread(equation, step)]
        for symbol, start in self.model.initial.items():
            needs[symbol, self.edge(symbol)] = [
                n for s, _ in reads(start.body, self.model) for n in self.read(s, None, None)]
        return needs

    def edge(self, symbol: Expr) -> int:
        """The step of the initial value of a name: before the first one, or after the last."""
        return -1 if self.model.ends[symbol] < 0 else self.length(symbol)

    def spread(self, equation: Definition, step: int | None) -> list[Node]:
        """What an equation at a step reads at bound or fixed steps."""
        return [(s, n) for s, span in self.model.spanned(equation)
                if self.model.equation(s) is not None for n in self.range(s)
                if step is None or n is None or (n > step) - (n < step) in span.shifts]

    def length(self, symbol: Expr) -> int:
        """How many steps a name has."""
        return self.point.size(symbol.kind.shape[0])

    def range(self, symbol: Expr) -> list[int | None]:
        """The steps at which a name has a value."""
        return list(range(self.length(symbol))) if self.model.timed(symbol) else [None]

    def read(self, symbol: Expr, shift: int | None, step: int | None) -> list[Node]:
        defined = self.model.equation(symbol) is not None
        if shift is None or step is None:
            return [(symbol, s) for s in self.range(symbol) if defined]
        inside = defined and 0 <= step + shift < self.length(symbol)
        edge = symbol in self.model.initial and step + shift == self.edge(symbol)
        return [(symbol, step + shift)] if inside or edge else []

    @cached_property
    def later(self) -> dict[Node, list[Node]]:
        """What must be computed again after a node has changed, in order."""
        users: dict[Node, set[Node]] = {n: set() for n in self.nodes}
        for node, needed in self.needs.items():
            for other in needed:
                users[other].add(node)
        after: dict[Node, set[Node]] = {}
        for node in reversed(self.nodes):
            after[node] = set().union(users[node], *(after[u] for u in users[node]))
        return {n: [m for m in self.nodes if m in after[n]] for n in self.nodes}

    # Values

    def run(self) -> None:
        """Computes everything."""
        for node in self.nodes:
            self.compute(node, self.point)
        self.loss = evaluate(self.model.loss, self.point, self.wide)

    @property
    def largest(self) -> Any:
        """The largest value of an equation; of the loss, its logarithm of base 2 if it is large."""
        magnitudes = [mpf(0), abs(self.loss) if abs(self.loss) < 2 else mpf(mp.mag(self.loss))]
        for symbol, step in self.nodes:
            if not isinstance(symbol, Tensor):
                magnitudes.append(self.point.scalars[symbol])
                continue
            values = self.point.tensors[symbol]
            magnitudes += [values[at] for at in values if step is None or at[0] == step]
        return max(abs(m) for m in magnitudes if m > _NO_PATH)

    def begin(self, symbol: Expr, start: Definition, point: Point) -> None:
        """The initial value of a name."""
        edge = self.edge(symbol)
        for at in point.entries(symbol.kind.shape[1:]):
            place = dict(zip(start.indices, at, strict=True))
            here = replace(point, scalars={**point.scalars, **place})
            value = evaluate(start.body, here, self.wide)
            point.tensors[symbol][edge, *at] = value if symbol.kind.over is None else int(value)

    def compute(self, node: Node, point: Point) -> None:
        """One equation at one step, or an initial value."""
        symbol, step = node
        if symbol in self.model.initial and step == self.edge(symbol):
            self.begin(symbol, self.model.initial[symbol], point)
            return
        equation = self.model.equation(symbol)
        assert equation is not None
        if not isinstance(symbol, Tensor):
            point.scalars[symbol] = evaluate(equation.body, point, self.wide)
            return
        shape = symbol.kind.shape[1:] if step is not None else symbol.kind.shape
        for at in point.entries(shape):
            place = at if step is None else (step, *at)
            here = replace(point, scalars={
                **point.scalars, **dict(zip(equation.indices, place, strict=True))})
            point.tensors[symbol][place] = evaluate(equation.body, here, self.wide)

    # Derivatives

    def slope(self, symbol: Expr, subscripts: tuple[int, ...]) -> Any:
        """∂L/∂v where v is moved at one place and everything after it is computed again."""
        with mp.workdps(self.wide + 10):
            step = mpf(2) ** -int(2 * self.digits * 3.33)
            point = replace(self.point, scalars=dict(self.point.scalars), tensors={
                k: dict(v) for k, v in self.point.tensors.items()})
            if isinstance(symbol, Tensor):
                point.tensors[symbol][subscripts] += step
            else:
                point.scalars[symbol] += step
            for node in self.after(symbol, subscripts):
                self.compute(node, point)
            moved = evaluate(self.model.loss, point, self.wide)
            return (moved - self.loss) / step

    def after(self, symbol: Expr, subscripts: tuple[int, ...]) -> list[Node]:
        """What is computed again after a name has been moved."""
        if self.model.equation(symbol) is None:
            return self.nodes
        if not self.model.timed(symbol):
            return self.later[symbol, None]
        if 0 <= subscripts[0] < self.length(symbol):
            return self.later[symbol, subscripts[0]]
        first = 0 if subscripts[0] < 0 else self.length(symbol) - 1
        shift = subscripts[0] - first
        users = [(e.symbol, first) for e in self.model.equations
                 if (symbol, shift) in self.model.reads(e)]
        again = {*users, *(n for u in users for n in self.later[u])}
        return [n for n in self.nodes if n in again]

    def adjoints(self, symbol: Expr, name: Expr) -> None:
        """Puts in ∂L/∂v at every place, 0 outside of the range."""
        self.known.add(name)
        if not isinstance(symbol, Tensor):
            self.point.scalars[name] = self.slope(symbol, ())
            return
        values = {}
        edge = self.edge(symbol) if symbol in self.model.initial else None
        for at in self.point.tensors[symbol]:
            inside = not self.model.timed(symbol) or 0 <= at[0] < self.length(symbol) or \
                at[0] == edge
            values[at] = self.slope(symbol, at) if inside else mpf(0)
        self.point.tensors[name] = values


def drawn(model: Model, steps: int, draw: random.Random, digits: int) -> Unrolled:
    """A sequence with random sizes, parameters and data; the states are not computed yet."""
    names = (*model.given, *(e.symbol for e in model.equations))
    bodies = (*(e.body for e in model.equations), model.loss)
    point, drawing = Point(sizes=_sizes(model, steps, names, draw)), Drawing(draw)
    tests = {leaf for body in bodies for c in body.atoms(heads.Cond) for leaf in leaves(c.args[0])}
    for leaf in names:
        if isinstance(leaf, Variable):
            point.scalars[leaf] = drawing.number(leaf.kind, _largest(leaf, point))
        elif isinstance(leaf, Tensor):
            point.tensors[leaf] = _filled(leaf, model, point, drawing)
            if leaf in tests and _is_mask(leaf, model):
                point.tensors[leaf] |= {at: 1 for at in point.tensors[leaf] if at[0] == 0}
    for name in _unknown_names(bodies):
        point.functions[name] = unknown_function(draw)
    return Unrolled(model, steps, point, digits)


def _unknown_names(bodies: Iterable[Expr]) -> list[str]:
    """The names of the functions of which nothing is known, each once."""
    unknown = [leaf.unknown for body in bodies for leaf in leaves(body)
               if isinstance(leaf, FunctionName)]
    return list(dict.fromkeys(known[0] for known in unknown if known is not None))


def _is_mask(leaf: Tensor, model: Model) -> bool:
    """Whether a name may leave out steps; it keeps the first one, so that some are left."""
    return bool(leaf.kind.domain == "binary" and model.timed(leaf))


def _sizes(model: Model, steps: int, names: Iterable[Expr], draw: random.Random) -> dict[Any, int]:
    """Random sizes of the dimensions, and so many steps."""
    least = least_sizes((*(e.body for e in model.equations), model.loss))
    for symbol, start in model.initial.items():
        if symbol.kind.over is not None and start.body.is_Integer:  # a label that must be one
            least[symbol.kind.over] = max(least.get(symbol.kind.over, 1), int(start.body) + 1)
    # A long sequence is slow, one of two or three steps is where rows and columns show.
    most: tuple[int, ...] = {1: (1, 2, 3), 2: (2, 3)}.get(steps, (1, 2))
    if len(model.equations) > _MANY:
        most = {1: (1, 2, 3), 2: (2,)}.get(steps, (1,))
    sizes = {d: max(draw.choice(most), least.get(d, 1)) for d in dimensions({*names})}
    sizes |= {time.dim: draw.randint(1, min(3, steps + 1)) for time in model.further}
    return {**sizes, model.steps: steps}


def _largest(leaf: Expr, point: Point) -> int:
    """How many labels a name ranges over; 0 for a number."""
    return point.size(leaf.kind.over) if leaf.kind.over is not None else 0


def _filled(leaf: Tensor, model: Model, point: Point, drawing: Drawing,
            ) -> dict[tuple[int, ...], Any]:
    """Random elements, with places outside the range of time where there is such an axis."""
    values = fill_tensor(leaf, point, drawing)
    if not model.timed(leaf):
        return values
    steps = point.size(leaf.kind.shape[0])
    shifts = {shift for e in model.equations if model.timed(e.symbol)
              for s, shift in model.reads(e) if s == leaf}
    for edge in (-2, -1, steps, steps + 1):
        starts = (edge == -1 and -1 in shifts) or (edge == steps and 1 in shifts)
        for at in point.entries(leaf.kind.shape[1:]):
            values[edge, *at] = mpf(0) if starts else \
                drawing.number(leaf.kind, _largest(leaf, point))
    return values
