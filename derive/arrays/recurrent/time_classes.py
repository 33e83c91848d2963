"""Which equations are computed step by step, and which once a sequence, with time as an axis."""

from __future__ import annotations

from dataclasses import replace

from sympy import Expr

from derive.calculus.recurrence.model_structure import Leaf, components, in_step_order
from derive.core import heads
from derive.core.atoms import Index, Tensor
from derive.core.kinds import Kind
from derive.core.walk import transform
from derive.notation.reading.model_equations import Model
from derive.notation.reading.scope import leaf_of
from derive.notation.reading.specification import Definition
from derive.notation.reading.time_axes import shift_of


class TimeClasses:
    """The circles of a model's equations, and the names of which time is an ordinary axis.

    Such a name reads others at bound or fixed steps, or has two axes of time, and does not depend
    on itself: all its steps are computed at once, for each sequence.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.spanned = {e.symbol: {s for s, _ in model.spanned(e)} for e in model.equations}
        self.read = {e.symbol: {s for s, _ in model.reads(e)} | self.spanned[e.symbol]
                     for e in model.equations}
        self.circle: dict[Leaf, frozenset[Leaf]] = {}
        for group in components(self.read, lambda n: [s for s in self.read[n] if s in self.read]):
            looped = len(group) > 1 or group[0] in self.read[group[0]]
            self.circle |= dict.fromkeys(group, frozenset(group) if looped else frozenset())
        self.axes = {e.symbol for e in model.equations if self._is_axis(e)}

    def _is_axis(self, equation: Definition) -> bool:
        symbol = equation.symbol
        if not self.model.timed(symbol) or self.circle[symbol]:
            return False
        steps = {t.dim for t in self.model.times}
        return bool(self.spanned[symbol] or steps & set(symbol.kind.shape[1:]))

    def stepwise(self, reader: Leaf, symbol: Leaf) -> bool:
        """Whether a step of a name gets its adjoint from steps of a reader, in the same rows."""
        if not (self.model.timed(reader) and self.model.timed(symbol)) or \
                {reader, symbol} & self.axes:
            return False
        if symbol not in self.spanned[reader]:
            return True
        return symbol in self.circle[reader]

    @property
    def plain(self) -> bool:
        """Whether no name is read at bound or fixed steps by those of every step."""
        return not self.axes and not any(
            self.spanned[e.symbol] for e in self.model.equations if self.model.timed(e.symbol))


def shifts_apart(model: Model) -> Model:
    """The model in which what reads other steps at once, or is read so, has no shifts beside.

    h[t-1] in such an equation is a name of its own, computed at each step.
    """
    classes = TimeClasses(model)
    if classes.plain:
        return model
    return _Separation(model, classes).separated()


def steps_apart(model: Model) -> Model:
    """The model with shifts apart, and every name behind what its step reads."""
    return model if TimeClasses(model).plain else in_step_order(shifts_apart(model))


class _Separation:
    """Gives names to shifted reads."""

    def __init__(self, model: Model, classes: TimeClasses) -> None:
        self.model, self.classes = model, classes
        self.scope = model.scope.copy()
        self.added: dict[tuple[Leaf, int], Definition] = {}
        self.initial, self.ends = dict(model.initial), dict(model.ends)

    def separated(self) -> Model:
        equations: list[Definition] = []
        for equation in self.model.equations:
            before = len(self.added)
            body = self.written(equation)
            new = list(self.added.values())[before:]
            equations += [*new, replace(equation, body=body)]
        return replace(self.model, equations=tuple(equations), scope=self.scope,
                       initial=self.initial, ends=self.ends)

    def written(self, equation: Definition) -> Expr:
        time = self.model.time_of(equation.symbol)
        if time is None:
            return equation.body
        spanned = self.classes.spanned[equation.symbol]

        def visit(node: Expr) -> Expr | None:
            if not isinstance(node, heads.Element) or not self.model.timed(node.tensor) or \
                    node.tensor.kind.shape[0] != time.dim:
                return None
            shift = shift_of(node.indices[0], time)
            if shift is None or not (shift or node.tensor in spanned):
                return None
            symbol, axes = node.tensor, self.classes.axes
            if spanned and (shift or equation.symbol not in axes):
                return self.named(self.stepped(symbol, time, shift), shift, time, node)
            if shift and symbol in axes:
                return heads.Element(self.stepped(symbol, time, shift), time + shift,
                                     *node.indices[1:])
            return None

        body: Expr = transform(equation.body, visit)
        return body

    def stepped(self, symbol: Leaf, time: Index, shift: int) -> Leaf:
        """A name of every step for one of which time is an axis; any other as it is."""
        if symbol not in self.classes.axes or not shift:
            return symbol
        made = self.alias(symbol, 0, time)
        if symbol in self.initial:
            start = self.initial.pop(symbol)
            self.initial[made] = replace(start, symbol=made)
            self.ends[made] = self.ends.pop(symbol)
        return made

    def named(self, symbol: Leaf, shift: int, time: Index, node: heads.Element) -> Expr:
        return heads.Element(self.alias(symbol, shift, time), time, *node.indices[1:])

    def alias(self, symbol: Leaf, shift: int, time: Index) -> Leaf:
        """The name of a[t] = v[t + shift]."""
        if (symbol, shift) not in self.added:
            name = f"{symbol.name}\u00b7{'p' if shift < 0 else 'n' if shift else 's'}"
            made = leaf_of(name, Kind(symbol.kind.domain, symbol.kind.shape, symbol.kind.over))
            others = tuple(Index(f"\u00b7{name}{n}", d)
                           for n, d in enumerate(symbol.kind.shape[1:]))
            self.scope.names[name] = made
            self.added[symbol, shift] = Definition(
                made, (time, *others), heads.Element(symbol, time + shift, *others))
        made_symbol: Tensor = self.added[symbol, shift].symbol
        return made_symbol
