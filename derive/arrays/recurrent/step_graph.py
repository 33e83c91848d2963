"""One step of a model and of its adjoint as an array program, with what it reads of other steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sympy import Add, Basic, Expr, Integer

from derive.arrays.lowering.index_lowering import Leaf
from derive.arrays.lowering.node_building import ZERO, Scope
from derive.arrays.program import Value
from derive.arrays.recurrent.computed_starts import Start
from derive.arrays.recurrent.graph_records import Delay as Delay
from derive.arrays.recurrent.graph_records import Graph as Graph
from derive.arrays.recurrent.step_forms import StepForms
from derive.arrays.recurrent.step_lowering import StepLowering
from derive.arrays.recurrent.summands import of_a_step, summands, sums_over
from derive.arrays.recurrent.varying_values import Times, changes
from derive.calculus.recurrence.adjoint_recurrence import Adjoints, Read
from derive.core import heads
from derive.core.atoms import Quantity, Tensor
from derive.core.indexing import occurs, root
from derive.core.kinds import Kind
from derive.core.walk import substitute, transform
from derive.errors import KernelError
from derive.lazy import cached_property
from derive.notation.printing.plain import plain
from derive.notation.reading.model_equations import Model, reads
from derive.notation.reading.scope import leaf_of
from derive.notation.reading.time_axes import shift_of
from derive.rulebook.delta_sifting import deltas_apart
from derive.rulebook.loading import Rulebook


class Stepper:
    """Builds the graph of a prepared model."""

    def __init__(self, model: Model, rulebook: Rulebook, native: bool = False,
                 starts: Mapping[str, Start] | None = None) -> None:
        self.model, self.rulebook, self.starts = model, rulebook, starts or {}
        self.adjoints, self.forms = Adjoints(model, rulebook), StepForms(rulebook, native)
        self.time = model.time
        self.lowering = StepLowering(model)
        self.lowering.kept = self.forms.kept
        self.graph = Graph(self.lowering.program)
        self.graph.inputs.update(
            {leaf.name: ("parameter" if leaf in model.weights else "sequence", leaf.kind)
             for leaf in model.given if not model.timed(leaf)})

    def built(self) -> Graph:
        """The graph: forward equations, loss, adjoints, gradients."""
        shifted = {s for e in self.model.equations for s, n in reads(e.body, self.model) if n}
        for equation in self.model.equations:
            body, indices = self.adjoints.right_side(equation)
            self.bind(str(equation.symbol), self.readied(body, equation.symbol), indices,
                      equation.symbol in shifted)
        self.losses()
        active = [*reversed(self.adjoints.active)]
        for made in (self.adjoint, self.contributions):
            for symbol in active:
                made(symbol)
        for name, delay in self.graph.delays.items():
            start = self.starts.get(delay.source)
            if delay.state and start is not None and start.equation in self.graph.named:
                self.graph.delays[name] = replace(delay, edge=self.graph.named[start.equation])
        learned = self.model.parameters
        for parameter in self.model.weights:
            self.graph.gradients[str(parameter)] = []
            if parameter in learned and self.adjoints.users(parameter):
                self.gradient(parameter)
        return self.graph

    def timed(self, symbol: Leaf) -> bool:
        return self.model.timed(symbol)

    @cached_property
    def scored(self) -> set[Leaf]:
        """The names that the loss itself reads: losses of the steps."""
        return {e.symbol for e in self.model.equations if occurs(e.symbol, self.model.loss)}

    def readied(self, formula: Expr, symbol: Leaf | None = None) -> Expr:
        """A formula in stable form; the activations of a cell in quick form."""
        return self.forms.loss(formula) if symbol in self.scored else self.forms.step(formula)

    def bind(self, name: str, formula: Expr, indices: Scope, delayed: bool = True) -> None:
        """Lowers a formula and names its value, with a place at each step where it is `delayed`."""
        node = self.lowering.result(self.sliced(formula), indices)
        node = self.lowering.in_each_row(node, indices) if delayed else node
        self.graph.named[name] = node
        self.lowering.bound[name] = node

    # Formulas of one step

    def sliced(self, formula: Expr) -> Expr:
        """A formula of step t in names that have no axis of time: `h@-1` for h[t - 1]."""

        def visit(node: Basic) -> Expr | None:
            if isinstance(node, heads.Partial) and isinstance(node.args[0], Quantity):
                return self.place(inside(node.args[1]), "adjoint")
            if isinstance(node, heads.Element) and self.timed(node.tensor):
                return self.place(inside(node), "")
            if isinstance(node, heads.Delta) and None not in (
                    steps := [shift_of(a, self.time) for a in node.args]):
                return Integer(int(steps[0] == steps[1]))  # of steps, such as t + 1 and t - 1
            return None

        def inside(at: Expr) -> Expr:
            """A place whose subscripts are of step t too: h[t - 1, argmax(h[t - 1])]."""
            first = int(self.timed(root(at)))
            return at if not isinstance(at, heads.Element) else heads.Element(
                at.tensor, *at.indices[:first], *(transform(i, visit) for i in at.indices[first:]))

        return self.counted(transform(formula, visit))

    def counted(self, formula: Expr) -> Expr:
        """A formula in which the time, and the number of steps, are data: numbers of each step."""
        clock, length = (leaf_of(f"\u00b7{n}", Kind("real")) for n in (self.time, self.model.steps))
        if occurs(self.time, formula):
            self.declare(clock, "step")
            self.graph.clock = clock.name
        if occurs(self.model.steps, formula):
            self.declare(length, "sequence")
            self.graph.length = length.name

        def visit(node: Basic) -> Expr | None:
            return {self.time: clock, self.model.steps: length}.get(node)

        return transform(formula, visit)

    def place(self, at: Expr, kind: str) -> Expr:
        """The name of one step's slice, with its remaining subscripts."""
        element = isinstance(at, heads.Element)
        symbol = at.tensor if element else at
        indices: Scope = at.indices if element else ()
        own = Kind("real" if kind else symbol.kind.domain,
                   symbol.kind.shape if isinstance(symbol, Tensor) else (),
                   None if kind else symbol.kind.over)
        name, timed = f"{symbol}{chr(39) if kind else ''}", self.timed(symbol)
        if timed:
            step, indices = indices[0], indices[1:]
            own = replace(own, shape=own.shape[1:])
            shift = shift_of(step, self.time)
            timed = shift is not None
            if shift is None:
                name = self.edge(name, step, at)
            elif shift:
                name = self.shifted(name, shift, own, self.model.equation(symbol) is not None)
        leaf = leaf_of(name, own)
        self.declare(leaf, "step" if timed else "sequence")
        return heads.Element(leaf, *indices) if indices else leaf

    def edge(self, name: str, step: Expr, at: Expr) -> str:
        """The name of a value at the first or the last step."""
        if name.endswith("'") and step in (-1, self.model.steps):
            # What the first (or last) step gives to the value before (or after) it.
            name, step = (f"{name}-1", 0) if step == -1 else (f"{name}+1", self.model.steps - 1)
        end = self.end(step, at)
        self.graph.edges[f"{name}@{end}"] = (name, end)
        return f"{name}@{end}"

    def shifted(self, name: str, shift: int, own: Kind, known: bool) -> str:
        """The name of a value at a neighbouring step; data, where no equation makes it known."""
        if not known:
            self.graph.inputs.setdefault(name, ("step", own))
        delayed = f"{name}@{shift:+d}"
        self.graph.delays.setdefault(delayed, Delay(delayed, name, shift, state=known))
        return delayed

    def end(self, step: Expr, at: Expr) -> str:
        """Whether a fixed step is the first or the last one."""
        if step == 0:
            return "first"
        if step == self.model.steps - 1:
            return "last"
        raise KernelError(f"{plain(at)} reads a step that is neither the first nor the last; this "
                          "is not compiled")

    def declare(self, leaf: Leaf, kind: str) -> None:
        """Makes a name known to the lowering, and an input where nothing binds it."""
        self.lowering.arrays[leaf] = (leaf.name, leaf.kind)
        if leaf.name not in self.lowering.bound:
            self.graph.inputs.setdefault(leaf.name, (kind, leaf.kind))

    # The loss, adjoints, gradients

    def losses(self) -> None:
        """The terms of the loss: summed over steps and sequences."""
        for term in summands(self.model.loss, self.model.steps):
            body = of_a_step(term, self.time)
            for symbol, shift in sorted(reads(body, self.model), key=str):
                if shift:
                    raise KernelError(f"the loss reads {symbol.name} of the step before or after; "
                                      "give what it sums an equation, q[t] = …, and sum that")
            value = self.lowering.value(self.each_step(term, self.sliced(self.readied(body))))
            self.graph.loss.append(self.lowering.over_batch(value))

    def each_step(self, term: Expr, body: Expr) -> Expr:
        """A summand of a step; times T, where it sums over time what is alike at all steps."""
        graph, bound, steps = self.graph, self.lowering.bound, self.model.steps
        alike = sums_over(term, steps) and not changes(body, Times(
            graph.program, bound, {n for n, (rows, _) in graph.inputs.items() if rows == "step"},
            {d.source for d in graph.delays.values()}))
        return steps * body if alike else body

    def adjoint(self, symbol: Leaf) -> None:
        """∂L/∂v[t]: what comes from the same step, and what other steps carry here."""
        users = self.adjoints.users(symbol)
        indices = self.adjoints.indices(symbol)
        self.check_users(symbol, users)
        if all(u.equation is None for u in users):
            self.adjoints.total(symbol)
        here = [u for u in users if self.same_step(u, symbol)]
        parts: list[Value] = []
        ends: dict[str, int] = {}
        for user in [u for u in users if u not in here]:
            self.carried(symbol, user, ends)
        if here:
            formula = self.adjoints.gathered(symbol, indices, here, False).result
            parts.append(self.lowering.value(self.sliced(self.form(formula, here)), indices))
        shifts = sorted({u.shift for u in users if u.shift})
        for shift in shifts:
            parts.append(self.carry(symbol, indices, shift, ends))
        for end, node in ends.items():
            parts.append(self.pushed(symbol, indices, -1 if end == "last" else 1, node))
        total = self.lowering.summed(parts, indices)
        self.graph.named[f"{symbol}'"] = self.lowering.bound[f"{symbol}'"] = total

    def check_users(self, symbol: Leaf, users: list[Read]) -> None:
        """Raises KernelError where every step reads a value that stands once a sequence."""
        for user in users:
            if user.equation is not None and not user.start and not self.timed(symbol) and \
                    self.timed(user.equation.symbol):
                raise KernelError(f"equations of each step read {symbol}, which is computed once a "
                                  "sequence; this is not compiled: compute it at each step, as "
                                  f"{symbol}[{self.time.name}] = …")

    def same_step(self, user: Read, symbol: Leaf) -> bool:
        timed = user.equation is None or self.timed(user.equation.symbol)
        return not user.shift and (timed or not self.timed(symbol))

    def form(self, formula: Expr, users: list[Read]) -> Expr:
        scores = [u.equation.symbol for u in users
                  if u.equation is not None and u.equation.symbol in self.scored]
        return self.readied(formula, scores[0] if scores else None)

    def carried(self, symbol: Leaf, user: Read, ends: dict[str, int]) -> None:
        """What an equation without time gives the first or last step of a name."""
        if user.shift is not None:
            return
        indices = self.adjoints.indices(symbol)
        formula = self.adjoints.gathered(symbol, indices, [user], False).result
        steps, rest = deltas_apart(formula, self.time)
        if rest != 0:
            raise KernelError(f"{plain(rest)} reaches every step at once; this is not compiled")
        for step, part in steps.items():
            there = self.readied(substitute(part, {self.time: step}))
            end = self.end(step, there)
            value = self.lowering.value(self.sliced(there), indices)
            known = [Value(ends[end], indices)] if end in ends else []
            ends[end] = self.lowering.summed([*known, value], indices)

    def carry(self, symbol: Leaf, indices: Scope, shift: int, ends: dict[str, int],
              ) -> Value:
        """What the neighbouring step carries to a name: read as a delayed value."""
        end = "last" if shift < 0 else "first"
        return self.delayed(symbol, indices, f"{symbol}{chr(39)}{shift:+d}", -shift,
                            ends.pop(end, None))

    def pushed(self, symbol: Leaf, indices: Scope, shift: int, node: int) -> Value:
        """What comes from beyond the last (or first) step alone."""
        source = f"{symbol}{chr(39)}{shift:+d}"
        zero = self.lowering.build.spread(ZERO, indices)
        self.graph.named[source] = self.lowering.bound[source] = zero.source
        return self.delayed(symbol, indices, source, -shift, node)

    def delayed(self, symbol: Leaf, indices: Scope, source: str, shift: int,
                edge: int | None) -> Value:
        name = f"{source}@{shift:+d}"
        kind = Kind("real", tuple(i.dim for i in indices))
        self.graph.delays[name] = Delay(name, source, shift, edge)
        self.graph.inputs[name] = ("step", kind)
        return Value(self.lowering.input(name, kind), indices)

    def contributions(self, symbol: Leaf) -> None:
        """What step t gives to a name at the step before or after."""
        users = self.adjoints.users(symbol)
        indices = self.adjoints.indices(symbol)
        for shift in sorted({u.shift for u in users if u.shift}):
            mine = [u for u in users if u.shift == shift]
            formula = self.adjoints.gathered(symbol, indices, mine, False).result
            self.bind(f"{symbol}{chr(39)}{shift:+d}", self.form(formula, mine), indices)

    def gradient(self, parameter: Leaf) -> None:
        """∂L/∂θ: sums over steps and sequences of products."""
        total = self.adjoints.total(parameter)
        terms = self.graph.gradients[str(parameter)]
        for term in summands(total.result, self.model.steps):
            body = self.readied(of_a_step(term, self.time))
            for part in Add.make_args(body):
                part = self.each_step(term, self.sliced(part))
                terms += self.lowering.over_steps(part, total.indices)
