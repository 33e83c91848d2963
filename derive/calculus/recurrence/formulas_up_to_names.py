"""Formulas that are derived once for all equations that are equal up to their names.

The layers of a deep model, and often the gates of one, differ in names alone: what was derived
for one is that for another, renamed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence

from sympy import Expr

from derive.calculus.recurrence.adjoint_recurrence import Adjoints, Read
from derive.calculus.recurrence.model_structure import Leaf
from derive.core.atoms import Index, Quantity, Tensor, Variable
from derive.core.walk import substitute


class UpToNames:
    """Results by what they are made of, whatever the names of variables and arrays."""

    def __init__(self) -> None:
        self.known: dict[Hashable, tuple[list[Leaf], Expr]] = {}

    def result(self, made_of: Iterable[Expr], what: Hashable, make: Callable[[], Expr]) -> Expr:
        """The result for some formulas: made, or that of equal ones with other names."""
        names: dict[Leaf, int] = {}
        form: list[Hashable] = []
        for node in made_of:
            _spell(node, names, form)
        key = (what, tuple(form))
        if key not in self.known:
            self.known[key] = list(names), make()
        old, result = self.known[key]
        there = {a: b for a, b in zip(old, names, strict=True) if a != b}
        return substitute(result, there) if there else result


def _spell(node: Expr, names: dict[Leaf, int], form: list[Hashable]) -> None:
    """Adds what a formula is to its form; a name counts by its place among the names alone.

    So do free indices.
    """
    if node.args:
        form.append((type(node), len(node.args)))
        for argument in node.args:
            _spell(argument, names, form)
    elif isinstance(node, (Tensor, Variable, Index)) and not isinstance(node, Quantity):
        if node not in names:
            names[node] = len(names)
            form.append((type(node), str(node.detail)))
        form.append(names[node])
    else:
        form.append(node)


class AdjointFormulas:
    """The adjoint of a model as formulas, without their derivations."""

    def __init__(self, adjoints: Adjoints) -> None:
        self.adjoints = adjoints
        self.known = UpToNames()

    def gathered(self, symbol: Leaf, indices: tuple[Index, ...], users: Sequence[Read],
                 shifted: bool) -> Expr:
        """The sum of the chain rule over some reads."""
        users = list(users)

        def make() -> Expr:
            return self.adjoints.gathered(symbol, indices, users, shifted).result

        model = self.adjoints.model
        if model.conditions or model.further or any(u.equation is None or u.spread for u in users):
            return make()
        what = (shifted, indices, tuple((u.shift, self._edge(u), u.spread) for u in users))
        return self.known.result(self._made_of(symbol, indices, users), what, make)

    def total(self, parameter: Leaf) -> tuple[Expr, tuple[Index, ...]]:
        """∂L/∂θ, and its indices."""
        users = self.adjoints.users(parameter)
        if any(u.equation is None for u in users):
            made = self.adjoints.total(parameter)
            return made.result, made.indices
        indices = self.adjoints.indices(parameter)
        return self.gathered(parameter, indices, users, True), indices

    def _edge(self, read: Read) -> tuple[Expr, Expr] | None:
        """Before which step an initial value stands, or after which."""
        return self.adjoints.edge(read.equation.symbol) if read.start and read.equation else None

    def _made_of(self, symbol: Leaf, indices: tuple[Index, ...], users: Sequence[Read],
                 ) -> list[Expr]:
        """What the result is made of: the equations that read, and what is known of them."""
        adjoints = self.adjoints
        parts = [adjoints.place(symbol, indices)]
        for user in users:
            equation = user.equation
            assert equation is not None
            parts += [adjoints.place(equation.symbol, equation.indices[
                adjoints.model.timed(equation.symbol) and not user.start:]), equation.body,
                *equation.indices]
            within = all(not r.shift for r in adjoints.users(symbol) if r.equation == equation)
            if within and adjoints.is_plain(equation.symbol):
                parts.append(adjoints.totals[equation.symbol].result)
        return parts
