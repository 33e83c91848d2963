"""The adjoint recurrence of a model: ∂L/∂h[t] from ∂L/∂h[t + 1], and sums over t for parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sympy import Add, Expr, Integer, Mul

from derive.calculus.formulas import summed
from derive.calculus.gradient.chain_rule import put_in
from derive.calculus.gradient.partial_derivative import derivative
from derive.calculus.problem import Problem
from derive.calculus.recurrence.joined_steps import joined
from derive.calculus.recurrence.local_derivatives import local_work
from derive.calculus.recurrence.model_structure import Leaf
from derive.calculus.recurrence.step_indices import free_axes, step_index
from derive.core import heads
from derive.core.atoms import Index, Quantity
from derive.core.indexing import free_names, leaves, occurs
from derive.core.kinds import Kind
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.lazy import cached_property
from derive.notation.reading.model_equations import Model
from derive.notation.reading.specification import Definition
from derive.premises import Recurrence
from derive.rulebook.loading import Rulebook
from derive.rulebook.rule import Rule


@dataclass(frozen=True)
class Read:
    """One way in which an equation reads a name: at the same step, the one before or after.

    `equation` is None for the loss itself; `shift` is None for what has no axis of time. With
    `start` the equation is an initial value, such as `h[-1] = h0`. With `spread` other steps
    than the neighbouring ones are read, or steps of another axis of time.
    """

    equation: Definition | None
    shift: int | None
    start: bool = False
    spread: bool = False


class Adjoints:
    """The derivatives of a model's loss with respect to its names, derived when asked for."""

    def __init__(self, model: Model, rulebook: Rulebook, title: str = "", source: str = "") -> None:
        self.model, self.rulebook, self.title, self.source = model, rulebook, title, source
        self.totals: dict[Leaf, Derivation] = {}
        self.readers: dict[Leaf, list[Read]] = {}
        self.locals: dict[tuple[Expr, ...], Derivation] = {}

    @cached_property
    def loss(self) -> Quantity:
        """The name of the loss, which depends on everything."""
        return Quantity(self.model.name, Kind("real"))

    @cached_property
    def direct(self) -> Quantity:
        """The loss as its own line says, the names of equations held fixed."""
        return Quantity(f"{self.model.name}_direct", Kind("real"))

    @cached_property
    def posed(self) -> Problem:
        """The model as a problem of differentiation."""
        return Problem(self.title, self.model.specification(), "", self.source)

    @cached_property
    def same_step(self) -> list[Rule]:
        """What says that δₜₜ is 1, which goes without saying here."""
        return [r for r in self.rulebook.stage("sift").rules if r.label == "equal indices"]

    @property
    def active(self) -> list[Leaf]:
        """The names of equations that may be differentiated and on which the loss depends."""
        return [e.symbol for e in self.model.equations
                if e.symbol.kind.differentiable and self.users(e.symbol)]

    @cached_property
    def reaching(self) -> set[Leaf]:
        """The names of equations on which the loss depends, by however many equations."""
        equations = {e.symbol: e for e in self.model.equations}
        pending, reached = equations.keys() & set(leaves(self.model.loss)), set[Leaf]()
        while pending:
            symbol = pending.pop()
            reached.add(symbol)
            both = equations[symbol], self.model.initial.get(symbol, equations[symbol])
            pending |= equations.keys() & {leaf for d in both for leaf in leaves(d.body)} - reached
        return reached

    @cached_property
    def read_by(self) -> dict[Leaf, list[Definition]]:
        """The equations on the way to the loss, by the leaves that they read."""
        readers: dict[Leaf, list[Definition]] = {}
        for equation in self.model.equations:
            counts = equation.symbol in self.reaching and equation.symbol.kind.differentiable
            for leaf in set(leaves(equation.body)) if counts else ():
                readers.setdefault(leaf, []).append(equation)
        return readers

    def users(self, symbol: Leaf) -> list[Read]:
        """Who reads a name on the way to the loss, and how."""
        if symbol not in self.readers:
            self.readers[symbol] = self._users(symbol)
        return self.readers[symbol]

    def _users(self, symbol: Leaf) -> list[Read]:
        users = [Read(None, None)] if occurs(symbol, self.model.loss) else []
        for equation in self.read_by.get(symbol, ()):
            users += self._reads(equation, symbol)
        return users + [Read(d, None, True) for d in self.model.initial.values()
                        if d.symbol in self.reaching and d.symbol.kind.differentiable
                        and occurs(symbol, d.body)]

    def _reads(self, equation: Definition, symbol: Leaf) -> list[Read]:
        """How an equation reads a name."""
        if self.spreads(equation, symbol):
            return [Read(equation, None, spread=True)]
        if not (self.model.timed(symbol) and self.model.timed(equation.symbol)):
            return [Read(equation, None)]
        shifts = {s for name, s in self.model.reads(equation) if name == symbol and s is not None}
        return [Read(equation, shift) for shift in sorted(shifts, reverse=True)]

    def spreads(self, equation: Definition, symbol: Leaf) -> bool:
        """Whether an equation of every step reads a name at steps that are bound or fixed."""
        return self.model.timed(equation.symbol) and self.model.timed(symbol) and \
            any(name == symbol for name, _ in self.model.spanned(equation))

    def reader_step(self, equation: Definition, taken: Sequence[Index] = ()) -> Index:
        """The index of a reader's steps, where t is that of the name that is read."""
        return step_index(self.model, equation.symbol.kind.shape[0], taken)

    # Places: names with subscripts

    def indices(self, symbol: Leaf, taken: tuple[Index, ...] = ()) -> tuple[Index, ...]:
        """Free indices for the axes of a name other than time."""
        return free_axes(self.model, symbol, taken)

    def place(self, symbol: Leaf, indices: tuple[Index, ...], shift: int = 0) -> Expr:
        """A name at a step, `shift` steps from t, and at indices."""
        time = self.model.time_of(symbol)
        if time is not None:
            return heads.Element(symbol, time + shift, *indices)
        return heads.at(symbol, indices)

    # Derivations

    def local(self, read: Read, symbol: Leaf, indices: tuple[Index, ...],
              inner: tuple[Index, ...]) -> Derivation:
        """∂u[t, j]/∂v[t + s, i] from the equation of u alone."""
        equation = read.equation
        assert equation is not None
        key = (equation.symbol, symbol, read.shift, read.start)
        if key not in self.locals:
            self.locals[key] = self.local_start(equation, symbol, indices, inner) if read.start \
                else self._local(equation, read, symbol, indices, inner)
        return self.locals[key]

    def _local(self, equation: Definition, read: Read, symbol: Leaf, indices: tuple[Index, ...],
               inner: tuple[Index, ...]) -> Derivation:
        time, reading = self.model.time_of(symbol), self.model.time_of(equation.symbol)
        if read.spread:
            reading = self.reader_step(equation, (*indices, *inner))
        steps = tuple(dict.fromkeys(t for t in (time, reading) if t is not None))
        own = inner if reading is None else (reading, *inner)
        body = substitute(equation.body, dict(zip(equation.indices, own, strict=True)))
        at = self.place(symbol, indices, read.shift or 0)
        work = local_work(equation, body, at, self.same_step, self.rulebook)
        return self.named(work.derivation(
            f"∂{equation.name}/∂{symbol}", "gradient",
            heads.Partial(heads.at(equation.symbol, own), at),
            self.model.declared, steps=joined(work.steps), indices=(*steps, *inner, *indices),
            assumptions=self.model.conditions, source=self.source))

    def local_start(self, start: Definition, symbol: Leaf, indices: tuple[Index, ...],
                    inner: tuple[Index, ...]) -> Derivation:
        """∂h[-1, j]/∂v[i] from an initial value."""
        body = substitute(start.body, dict(zip(start.indices, inner, strict=True)))
        there = heads.Element(start.symbol, self.edge(start.symbol)[0], *inner)
        local = derivative(self.posed, body, there, self.place(symbol, indices),
                           (*inner, *self.free(symbol, indices)), self.rulebook,
                           f"∂{start.name}/∂{symbol}")
        return self.named(local)

    def edge(self, symbol: Leaf) -> tuple[Expr, Expr]:
        """The place of an initial value, and the step that reads it."""
        if self.model.ends[symbol] < 0:
            return Integer(-1), Integer(0)
        steps = symbol.kind.shape[0]
        return steps, steps - 1

    def before(self, symbol: Leaf) -> Derivation:
        """∂L/∂h[-1, i]: what the value before the first step (or after the last) gets from it."""
        indices = self.indices(symbol)
        edge, first = self.edge(symbol)
        at = heads.Element(symbol, edge, *indices)
        terms, parts = [], []
        for read in self.users(symbol):
            if read.equation is None or read.shift != self.model.ends[symbol]:
                continue
            inner = self.indices(read.equation.symbol, indices)
            there = heads.Element(read.equation.symbol, first, *inner)
            terms.append(self.through(there, at, inner))
            parts.append(self.local(read, symbol, indices, inner))
        return self.assembled(symbol, at, indices, Add(*terms), parts)

    def term(self, read: Read, symbol: Leaf, indices: tuple[Index, ...], shifted: bool = True,
             ) -> tuple[Expr, list[Derivation]]:
        """The part of the chain rule that goes through one read, and what it rests on.

        With `shifted` it is what v[t] gets from u[t - s]; else what v[t + s] gets from u[t].
        """
        equation = read.equation
        if equation is None:
            direct = derivative(self.posed, self.model.loss, self.direct,
                                self.place(symbol, indices), self.free(symbol, indices),
                                self.rulebook, f"∂{self.direct}/∂{symbol}")
            return direct.quantity, [self.named(direct)]
        inner = self.indices(equation.symbol, indices)
        local = self.local(read, symbol, indices, inner)
        if read.start:
            there = heads.Element(equation.symbol, self.edge(equation.symbol)[0], *inner)
            return self.through(there, self.place(symbol, indices), inner), [local]
        shift = read.shift or 0
        there = self.place(equation.symbol, inner, -shift if shifted else 0)
        reading = self.model.time_of(equation.symbol)
        if read.spread:
            reading = self.reader_step(equation, (*indices, *inner))
            there = heads.Element(equation.symbol, reading, *inner)
        at = self.place(symbol, indices, 0 if shifted else shift)
        term = self.through(there, at, inner)
        if read.spread or (reading is not None and not self.model.timed(symbol)):
            term = heads.Sum.over(term, reading)
        # ∂L/∂l[t] = 1 holds for the steps there are: of l[t + 1] it says nothing.
        within = all(not r.shift for r in self.users(symbol) if r.equation == equation)
        known = [self.totals[equation.symbol]] \
            if within and self.is_plain(equation.symbol) else []
        return term, [local, *known]

    def through(self, there: Expr, at: Expr, inner: tuple[Index, ...]) -> Expr:
        """The term of the chain rule through a name at its indices, which are summed over."""
        return summed(Mul(heads.Partial(self.loss, there), heads.Partial(there, at)), inner)

    def is_plain(self, symbol: Leaf) -> bool:
        """Whether a derivative is short: it mentions no equation, such as ∂L/∂l[t] = 1."""
        if symbol not in self.totals:
            return False
        defined = {e.symbol for e in self.model.equations}
        return not free_names(self.totals[symbol].result) & defined

    def free(self, symbol: Leaf, indices: tuple[Index, ...]) -> tuple[Expr, ...]:
        """All free indices of a place."""
        time = self.model.time_of(symbol)
        return indices if time is None else (time, *indices)

    def total(self, symbol: Leaf) -> Derivation:
        """∂L/∂v[t, i], over every way on which L depends on v[t, i]."""
        indices = self.indices(symbol)
        users = self.users(symbol)
        if all(u.equation is None for u in users):
            self.totals[symbol] = self.named(derivative(
                self.posed, self.model.loss, self.loss, self.place(symbol, indices),
                self.free(symbol, indices), self.rulebook, f"∂{self.loss}/∂{symbol}"))
        else:
            self.totals[symbol] = self.gathered(symbol, indices, users, True)
        return self.totals[symbol]

    def gathered(self, symbol: Leaf, indices: tuple[Index, ...], users: list[Read], shifted: bool,
                 ) -> Derivation:
        """The sum of the chain rule over some reads, derived."""
        terms: list[Expr] = []
        parts: list[Derivation] = []
        for read in users:
            term, rests = self.term(read, symbol, indices, shifted)
            terms.append(term)
            # h[-1] is put in before h[t], of which it would seem to be a case.
            parts = [p for p in rests if read.start] + parts + [
                p for p in rests if not read.start and p not in parts]
        shift = 0 if shifted else users[0].shift or 0
        return self.assembled(symbol, self.place(symbol, indices, shift),
                              self.free(symbol, indices), Add(*terms), parts)

    def assembled(self, symbol: Leaf, at: Expr, indices: tuple[Index, ...], start: Expr,
                  parts: list[Derivation]) -> Derivation:
        """The derivation that puts the parts into the chain rule's sum."""
        work = put_in(start, parts, self.rulebook)
        return self.named(work.derivation(
            f"∂{self.loss}/∂{symbol}", "gradient", heads.Partial(self.loss, at),
            self.model.declared, steps=joined(work.steps), indices=indices,
            parts=tuple(p for p in parts if p not in self.totals.values()),
            assumptions=self.model.conditions, source=self.source), gathered=True)

    def named(self, derivation: Derivation, gathered: bool = False) -> Derivation:
        """A derivation that knows the model, for the numeric check."""
        return replace(derivation, definitions=self.model.equations, recurrence=Recurrence(
            self.model, self.loss, self.direct, gathered))
