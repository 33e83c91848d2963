"""Formulas of one step, or of all steps at once, in names that have no axis for the rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sympy import Basic, Expr, Integer

from derive.arrays.lowering.index_lowering import Leaf
from derive.arrays.lowering.node_building import Scope
from derive.arrays.recurrent.graph_records import Delay, Graph, Steps
from derive.arrays.recurrent.step_lowering import StepLowering
from derive.arrays.recurrent.time_classes import TimeClasses
from derive.core import heads
from derive.core.atoms import Index, Quantity, Tensor
from derive.core.indexing import occurs
from derive.core.kinds import Kind
from derive.core.walk import substitute, transform
from derive.errors import KernelError
from derive.notation.printing.plain import plain
from derive.notation.reading.model_equations import Model
from derive.notation.reading.scope import leaf_of
from derive.notation.reading.time_axes import shift_of

Visit = Callable[[Basic], Expr | None]


class Slices:
    """Writes formulas in the names of a graph, and declares those names."""

    def __init__(self, model: Model, classes: TimeClasses, lowering: StepLowering, graph: Graph,
                 ) -> None:
        self.model, self.classes, self.lowering, self.graph = model, classes, lowering, graph
        self.computed = {str(e.symbol): e.symbol for e in model.equations}
        for leaf in (*model.given, *(e.symbol for e in model.equations)):
            time = model.time_of(leaf)
            if time is not None and time != model.time:
                graph.times |= {str(leaf): time.dim, str(time.dim): time.dim}

    # Formulas of one step

    def of_step(self, formula: Expr, time: Index | None, inside: frozenset[Leaf] = frozenset(),
                adjoint: bool = False) -> Expr:
        """A formula of step t in names that have no axis of time: `h@-1` for h[t - 1].

        `inside` are the names whose loop the formula is computed in: their values, or with
        `adjoint` their adjoints, are there for the steps that were computed so far.
        """

        def visit(node: Basic) -> Expr | None:
            if isinstance(node, heads.Partial) and isinstance(node.args[0], Quantity):
                return self.place(node.args[1], "'", time, inside if adjoint else frozenset(),
                                  visit)
            if isinstance(node, heads.Element) and self.model.timed(node.tensor):
                return self.place(node, "", time, frozenset() if adjoint else inside, visit)
            if isinstance(node, heads.Delta) and time is not None and None not in (
                    steps := [shift_of(a, time) for a in node.args]):
                return Integer(int(steps[0] == steps[1]))  # of steps, such as t + 1 and t - 1
            return None

        slices = transform(formula, visit)
        return self.clocked(slices, time) if time is not None else slices

    def clocked(self, formula: Expr, time: Index) -> Expr:
        """A formula with the number of the step in place of the index of time.

        It is data like any other where it stands for a number alone.
        """
        if not occurs(time, formula):
            return formula
        if time == self.model.time and not _as_place(formula, time):
            clock = leaf_of(f"\u00b7{time}", Kind("real"))
            self.input(clock, "step", time)
            self.graph.clock = clock.name
            data: Expr = substitute(formula, {time: clock})
            return data
        name = f"{time.dim}@step"
        leaf = leaf_of(name, Kind("label", (), time.dim))
        self.graph.clocks[name] = time.dim
        self.input(leaf, "step", time)
        made: Expr = substitute(formula, {time: leaf})
        return made

    def place(self, at: Expr, kind: str, time: Index | None, inside: frozenset[Leaf],
              visit: Visit) -> Expr:
        """The name of a slice, with its remaining subscripts."""
        symbol = at.tensor if isinstance(at, heads.Element) else at
        indices: Scope = at.indices if isinstance(at, heads.Element) else ()
        own = Kind("real" if kind else symbol.kind.domain,
                   symbol.kind.shape if isinstance(symbol, Tensor) else (),
                   None if kind else symbol.kind.over)
        name, own_time = f"{symbol}{kind}", self.model.time_of(symbol)
        if own_time is None:
            return self.element(leaf_of(name, own), indices, "sequence", None)
        rest = tuple(transform(i, visit) for i in indices[1:])
        shift = shift_of(indices[0], time) if own_time == time else None
        if shift is None:
            return self.elsewhere(symbol, name, own, (transform(indices[0], visit), *rest), inside)
        step = replace(own, shape=own.shape[1:])
        if symbol in self.classes.axes:
            if shift:
                raise KernelError(f"{plain(at)} is a step beside; this is not compiled")
            self.graph.across[f"{name}@t"] = name
            return self.element(leaf_of(f"{name}@t", step), rest, "step", own_time)
        if shift:
            name = self.shifted(name, shift, step, self.model.equation(symbol) is not None)
        return self.element(leaf_of(name, step), rest, "step", own_time)

    def elsewhere(self, symbol: Leaf, name: str, own: Kind, indices: Scope,
                  inside: frozenset[Leaf]) -> Expr:
        """A value at a step that is fixed, bound, or of another axis of time."""
        step, rest = indices[0], indices[1:]
        if symbol not in self.classes.axes and symbol not in inside and \
                self.is_end(step, symbol) and symbol.name in self.computed:
            leaf = leaf_of(self.edge(name, step, symbol), replace(own, shape=own.shape[1:]))
            return self.element(leaf, rest, "sequence", None)
        if symbol in self.classes.axes:
            return self.element(leaf_of(name, own), indices, "sequence", None)
        made, shift = f"{name}@all", 0
        if symbol in inside:
            made, shift = f"{name}@past", self.direction(symbol) * (1 if "'" in name else -1)
        self.graph.spans[made] = Steps(name, shift)
        if symbol.name not in self.computed:
            self.input(leaf_of(name, replace(own, shape=own.shape[1:])), "step",
                       self.model.time_of(symbol))
        return self.element(leaf_of(made, own), indices, "step" if shift else "sequence",
                            self.model.time_of(symbol) if shift else None)

    def direction(self, symbol: Leaf) -> int:
        """Which way the circle of a name runs in time: 1 forwards."""
        circle = self.classes.circle[symbol]
        for equation in self.model.equations:
            if equation.symbol in circle:
                shifts = {s for n, s in self.model.reads(equation) if n in circle and s}
                shifts |= {s for n, span in self.model.spanned(equation) if n in circle
                           for s in span.shifts if s}
                if shifts:
                    return -min(shifts)
        return 1

    def is_end(self, step: Expr, symbol: Leaf) -> bool:
        """Whether a place is the first or last step, or one beside those."""
        steps = symbol.kind.shape[0]
        return step in (0, steps - 1, -1, steps)

    def edge(self, name: str, step: Expr, symbol: Leaf) -> str:
        """The name of a value at the first or the last step."""
        steps = symbol.kind.shape[0]
        if step in (-1, steps):
            if not name.endswith("'"):
                raise KernelError(f"{name}[{step}] stands beyond the steps; this is not compiled")
            # What the first (or last) step gives to the value before (or after) it.
            name, step = (f"{name}-1", 0) if step == -1 else (f"{name}+1", steps - 1)
        end = "first" if step == 0 else "last"
        self.graph.edges[f"{name}@{end}"] = (name, end)
        return f"{name}@{end}"

    def shifted(self, name: str, shift: int, own: Kind, known: bool) -> str:
        """The name of a value at a neighbouring step; data, where no equation makes it known."""
        if not known:
            self.graph.inputs.setdefault(name, ("step", own))
        delayed = f"{name}@{shift:+d}"
        self.graph.delays.setdefault(delayed, Delay(delayed, name, shift, state=known))
        return delayed

    # Formulas of all steps at once

    def of_axes(self, formula: Expr) -> Expr:
        """A formula in which time is an axis of every name: `h@all` for h."""

        def visit(node: Basic) -> Expr | None:
            if isinstance(node, heads.Partial) and isinstance(node.args[0], Quantity):
                return self.with_axis(node.args[1], "'", visit)
            if isinstance(node, heads.Element) and self.model.timed(node.tensor):
                return self.with_axis(node, "", visit)
            return None

        made: Expr = transform(formula, visit)
        return made

    def with_axis(self, at: Expr, kind: str, visit: Visit) -> Expr:
        """A name with an axis for its steps."""
        symbol = at.tensor if isinstance(at, heads.Element) else at
        if not self.model.timed(symbol):
            return self.place(at, kind, None, frozenset(), visit)
        place = at.indices[0]
        if not isinstance(place, Index) and any(isinstance(a, Index) for a in place.args):
            raise KernelError(f"{plain(at)} is a step beside one that is bound; this is not "
                              "compiled")
        own = Kind("real" if kind else symbol.kind.domain, symbol.kind.shape,
                   None if kind else symbol.kind.over)
        places = tuple(transform(i, visit) for i in at.indices)  # a step may be that of a maximum
        return self.elsewhere(symbol, f"{symbol}{kind}", own, places, frozenset())

    # Names

    def element(self, leaf: Leaf, indices: Scope, kind: str, time: Index | None) -> Expr:
        """A name with subscripts, declared."""
        self.input(leaf, kind, time)
        return heads.at(leaf, indices)

    def input(self, leaf: Leaf, kind: str, time: Index | None) -> None:
        """Makes a name known to the lowering, and an input where nothing binds it."""
        self.lowering.arrays[leaf] = (leaf.name, leaf.kind)
        if leaf.name not in self.lowering.bound:
            self.graph.inputs.setdefault(leaf.name, (kind, leaf.kind))


def _as_place(formula: Basic, time: Index) -> bool:
    """Whether the time is a place in a formula: a subscript, or compared with those of a sum."""
    if isinstance(formula, heads.Lam) and formula.dim == time.dim:
        return True
    if isinstance(formula, heads.Element) and any(occurs(time, i) for i in formula.indices):
        return True
    if isinstance(formula, heads.Delta) and occurs(time, formula):
        return True
    return any(_as_place(a, time) for a in formula.args)
