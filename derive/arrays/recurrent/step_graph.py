"""One step of a model and of its adjoint as an array program, with what it reads of other steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sympy import Add, Expr, Mul

from derive.arrays.lowering.index_lowering import Leaf
from derive.arrays.lowering.node_building import ZERO, Scope
from derive.arrays.program import Value
from derive.arrays.recurrent.blamed_equations import of_equation
from derive.arrays.recurrent.computed_starts import Start
from derive.arrays.recurrent.graph_records import Delay, Graph, Steps
from derive.arrays.recurrent.step_forms import StepForms
from derive.arrays.recurrent.step_lowering import StepLowering
from derive.arrays.recurrent.summands import adjoint_terms, gradient_terms, loss_terms
from derive.arrays.recurrent.time_classes import TimeClasses
from derive.arrays.recurrent.time_slices import Slices
from derive.arrays.recurrent.varying_values import Times, changes
from derive.calculus.recurrence.adjoint_recurrence import Adjoints, Read
from derive.calculus.recurrence.formulas_up_to_names import AdjointFormulas, UpToNames
from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import occurs
from derive.core.kinds import Kind
from derive.core.walk import substitute
from derive.lazy import cached_property
from derive.notation.reading.model_equations import Model
from derive.notation.reading.scope import leaf_of
from derive.notation.reading.specification import Definition
from derive.rulebook.delta_sifting import deltas_apart
from derive.rulebook.loading import Rulebook


class Stepper:
    """Builds the graph of a prepared model."""

    def __init__(self, model: Model, rulebook: Rulebook, native: bool = False,
                 begun: Mapping[str, Start] | None = None,
                 recast: frozenset[Expr] = frozenset(),
                 partial: frozenset[Expr] = frozenset()) -> None:
        """`begun` are states that may be carried though their start is computed; see Parts."""
        self.begun = begun or {}
        self.rulebook, self.forms = rulebook, StepForms(rulebook, native)
        self.forms.recast |= recast
        self.model = model = self.forms.recognised(model)
        self.adjoints = Adjoints(model, rulebook)
        self.formulas, self.known = AdjointFormulas(self.adjoints), UpToNames()
        self.classes = TimeClasses(model)
        self.lowering = StepLowering(model)
        self.lowering.kept, self.lowering.partial = self.forms.kept, partial
        self.graph = Graph(self.lowering.program, axes={
            name for s in self.classes.axes for name in (str(s), f"{s}'")})
        self.slices = Slices(model, self.classes, self.lowering, self.graph)
        rows = {True: "parameter", False: "sequence"}
        self.graph.inputs.update(
            {leaf.name: (rows[leaf.name in self.lowering.parameters], leaf.kind)
             for leaf in model.given if not model.timed(leaf)})

    def built(self) -> Graph:
        """The graph: forward equations, loss, adjoints, gradients."""
        for equation in self.model.equations:
            with of_equation(equation.symbol, self.model):
                self.forward(equation)
        self.starts()
        with of_equation(None, self.model):
            self.losses()
        active = [*reversed(self.adjoints.active)]
        for make in (self.adjoint, self.contributions):
            for symbol in active:
                with of_equation(symbol, self.model, True):
                    make(symbol)
        learned = set(self.model.parameters)
        for parameter in self.model.weights:
            self.graph.gradients[str(parameter)] = []
            if parameter in learned and self.adjoints.users(parameter):
                with of_equation(parameter, self.model, True):
                    self.gradient(parameter)
        return self.graph

    def timed(self, symbol: Leaf) -> bool:
        return self.model.timed(symbol)

    def forward(self, equation: Definition) -> None:
        """Lowers an equation: of one step, of all steps with time as an axis, of a sequence."""
        symbol = equation.symbol
        time: Index = self.model.time_of(symbol)
        at = dict(zip(equation.indices[self.timed(symbol):], self.adjoints.indices(symbol),
                      strict=True))
        body = self.readied(substitute(equation.body, at), symbol)
        axis, own = symbol in self.classes.axes, tuple(at.values())
        sliced = self.slices.of_axes(body) if axis or time is None else \
            self.slices.of_step(body, time, self.classes.circle[symbol])
        with self.lowering.of_labels(symbol.kind.domain in ("label", "index")):
            self.bind(str(symbol), sliced, (time, *own) if axis else own,
                      axis or (time is not None and symbol in self.placed))

    def starts(self) -> None:
        """What stands before the first step of a state, where equations give it."""
        for symbol, start in self.model.initial.items():
            if not any(occurs(e.symbol, start.body) for e in self.model.equations):
                continue
            indices = self.adjoints.indices(symbol)
            body = substitute(start.body, dict(zip(start.indices, indices, strict=True)))
            node = self.lowering.result(self.slices.of_axes(self.readied(body)), indices)
            for name, delay in self.graph.delays.items():
                if delay.source == str(symbol) and delay.shift == self.model.ends[symbol]:
                    self.graph.delays[name] = replace(delay, edge=node,
                                                       state=str(symbol) in self.begun)

    @cached_property
    def placed(self) -> set[Leaf]:
        """The names that are read at other steps."""
        return {s for e in self.model.equations for s, shift in self.model.reads(e)
                if shift or s in self.classes.spanned[e.symbol]}

    @cached_property
    def scored(self) -> set[Leaf]:
        """The names that the loss itself reads: losses of the steps."""
        return {e.symbol for e in self.model.equations if occurs(e.symbol, self.model.loss)}

    def readied(self, formula: Expr, symbol: Leaf | None = None) -> Expr:
        """A formula in stable form; the activations of a cell in quick form."""
        scored = symbol in self.scored or symbol in self.forms.recast
        make = self.forms.loss if scored else self.forms.step
        return self.known.result([formula], scored, lambda: make(formula))

    def bind(self, name: str, formula: Expr, indices: Scope, delayed: bool = True) -> None:
        """Lowers a formula and names its value, with a place at each step where it is `delayed`."""
        node = self.lowering.result(formula, indices)
        node = self.lowering.in_each_row(node, indices) if delayed else node
        self.graph.named[name] = node
        self.lowering.bound[name] = node

    # The loss, adjoints, gradients

    def losses(self) -> None:
        """The terms of the loss: summed over steps and sequences."""
        for term in loss_terms(self.model):
            body = self.readied(term.body)
            sliced = self.slices.of_axes(body) if term.time is None else \
                self.each_step(self.slices.of_step(body, term.time), term.time)
            self.graph.loss.append(self.lowering.over_batch(self.lowering.value(sliced)))

    def each_step(self, body: Expr, time: Index) -> Expr:
        """A summand of a step; times T, where what is summed over time is alike at all steps."""
        graph, bound = self.graph, self.lowering.bound
        alike = not changes(body, Times(
            graph.program, bound, {n for n, (rows, _) in graph.inputs.items() if rows == "step"},
            {d.source for d in graph.delays.values()}))
        return time.dim * body if alike else body

    def adjoint(self, symbol: Leaf) -> None:
        """∂L/∂v[t]: what comes from the same step, and what other steps carry here."""
        users = self.adjoints.users(symbol)
        if all(u.equation is None for u in users):
            self.adjoints.total(symbol)
        if symbol in self.classes.axes or not self.timed(symbol):
            self.once(symbol, users)
        else:
            self.at_steps(symbol, users)

    def once(self, symbol: Leaf, users: list[Read]) -> None:
        """The adjoint of what is computed once a sequence, with time as an axis if it has one."""
        indices = self.adjoints.indices(symbol)
        time: Index = self.model.time_of(symbol)
        scope = indices if time is None else (time, *indices)
        formula = self.formulas.gathered(symbol, indices, users, False)
        terms = gradient_terms(formula, self.model, self.classes) if time is None else \
            adjoint_terms(formula, self.model, time)
        rest = Add(*(t.body for t in terms if t.time is None))
        parts = [self.lowering.value(self.slices.of_axes(self.form(rest, users)), scope)]
        for number, term in enumerate(t for t in terms if t.time is not None):
            parts.append(self.over_steps(f"{symbol}'@{number}", self.form(term.body, users),
                                         term.time or time, indices, time is None))
        node = self.lowering.summed(parts, scope)
        self.graph.named[f"{symbol}'"] = self.lowering.bound[f"{symbol}'"] = node

    def over_steps(self, name: str, formula: Expr, time: Index, indices: Scope, summed: bool,
                   ) -> Value:
        """A formula of each step, with time as an axis, or summed over it."""
        self.bind(name, self.slices.of_step(formula, time), indices)
        leaf = leaf_of(f"{name}@all", Kind("real", tuple(i.dim for i in (time, *indices))))
        self.graph.spans[leaf.name] = Steps(name)
        self.slices.input(leaf, "sequence", None)
        each = heads.Element(leaf, time, *indices)
        return self.lowering.value(heads.Sum.over(each, time) if summed else each,
                                   indices if summed else (time, *indices))

    def at_steps(self, symbol: Leaf, users: list[Read]) -> None:
        """The adjoint of a name of every step."""
        indices = self.adjoints.indices(symbol)
        parts: list[Value] = []
        ends: dict[str, int] = {}
        far = [u for u in users if self.is_far(u, symbol)]
        here = [u for u in users if u not in far and not u.shift]
        if far:
            parts += self.from_axes(symbol, far, ends)
        if here:
            formula = self.formulas.gathered(symbol, indices, here, False)
            sliced = self.slices.of_step(self.form(formula, here), self.model.time_of(symbol),
                                         self.classes.circle[symbol], True)
            parts.append(self.lowering.value(sliced, indices))
        shifts = sorted({u.shift for u in users if u.shift})
        for shift in shifts:
            parts.append(self.carry(symbol, indices, shift, ends))
        for end, node in ends.items():
            parts.append(self.pushed(symbol, indices, -1 if end == "last" else 1, node))
        total = self.lowering.summed(parts, indices)
        self.graph.named[f"{symbol}'"] = self.lowering.bound[f"{symbol}'"] = total

    def is_far(self, user: Read, symbol: Leaf) -> bool:
        """Whether a reader is computed once a sequence, or reads other steps at once."""
        if user.equation is None:
            return False
        return user.start or not self.classes.stepwise(user.equation.symbol, symbol)

    def form(self, formula: Expr, users: list[Read]) -> Expr:
        scores = [u.equation.symbol for u in users
                  if u.equation is not None and u.equation.symbol in self.scored]
        return self.readied(formula, scores[0] if scores else None)

    def from_axes(self, symbol: Leaf, users: list[Read], ends: dict[str, int]) -> list[Value]:
        """What a name of every step gets from what is computed once a sequence.

        What reaches the first or last step alone is put into `ends`.
        """
        indices = self.adjoints.indices(symbol)
        time: Index = self.model.time_of(symbol)
        formula = self.formulas.gathered(symbol, indices, users, False)
        steps, rest = deltas_apart(formula, time)
        for step, part in steps.items():
            there = substitute(part, {time: step})
            if step in (0, time.dim - 1):
                self.at_end(symbol, step, there, ends)
            else:
                rest = Add(rest, Mul(heads.Delta(time, step), there))
        if rest == 0:
            return []
        name = f"{symbol}'@axes"
        scope = (time, *indices)
        self.bind(name, self.slices.of_axes(self.form(rest, users)), scope)
        self.graph.axes.add(name)
        self.graph.across[f"{name}@t"] = name
        kind = Kind("real", tuple(i.dim for i in indices))
        self.slices.input(leaf_of(f"{name}@t", kind), "step", time)
        return [Value(self.lowering.input(f"{name}@t", kind), indices)]

    def at_end(self, symbol: Leaf, step: Expr, rest: Expr, ends: dict[str, int]) -> None:
        """What the first or last step alone gets."""
        indices, end = self.adjoints.indices(symbol), "first" if step == 0 else "last"
        value = self.lowering.value(self.slices.of_axes(self.readied(rest)), indices)
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
        self.slices.input(leaf_of(name, kind), "step", self.model.time_of(symbol))
        return Value(self.lowering.input(name, kind), indices)

    def contributions(self, symbol: Leaf) -> None:
        """What step t gives to a name at the step before or after."""
        users = self.adjoints.users(symbol)
        indices = self.adjoints.indices(symbol)
        for shift in sorted({u.shift for u in users if u.shift}):
            mine = [u for u in users if u.shift == shift]
            formula = self.formulas.gathered(symbol, indices, mine, False)
            self.bind(f"{symbol}{chr(39)}{shift:+d}", self.slices.of_step(
                self.form(formula, mine), self.model.time_of(symbol),
                self.classes.circle[symbol], True), indices)

    def gradient(self, parameter: Leaf) -> None:
        """∂L/∂θ: sums over steps and sequences of products."""
        total, indices = self.formulas.total(parameter)
        terms = self.graph.gradients[str(parameter)]
        for term in gradient_terms(total, self.model, self.classes):
            body = self.readied(term.body)
            for part in Add.make_args(body):
                sliced = self.slices.of_axes(part) if term.time is None else \
                    self.each_step(self.slices.of_step(part, term.time), term.time)
                terms += self.lowering.over_steps(sliced, indices, str(parameter))
