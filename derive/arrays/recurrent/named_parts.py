"""A model with names for its parts: what parameters alone give, sums inside of formulas, parts
that occur again. The adjoint follows from the names by the chain rule.

What depends on parameters alone is computed once a call, whatever reads it; its equations are
the `derived` ones. A step's sums that stand inside of a formula, such as a mean that is
subtracted, get equations of their own, and equal parts one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import count

from sympy import Add, Expr, Mul, Pow

from derive.arrays.recurrent.contraction_order import Order, factors_of
from derive.arrays.recurrent.filtered_sums import filters, partial_names
from derive.arrays.recurrent.repeated_parts import NamedSums, Repeated, general, with_changed
from derive.calculus.recurrence.formulas_up_to_names import UpToNames
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import BoundIndex, Dim, Index, Tensor, Variable
from derive.core.indexing import leaves, occurs, parts
from derive.core.kinds import Kind
from derive.core.walk import around, enter, substitute
from derive.functions.domains import open_requirements
from derive.notation.reading.model_equations import Model
from derive.notation.reading.scope import Scope, leaf_of
from derive.notation.reading.specification import Definition
from derive.rulebook.loading import Rulebook

Opened = tuple[Index, ...]
# What is no number that a name could hold: conditions, places along an axis, binders.
_NO_NUMBERS = (heads.Equal, heads.NotEqual, heads.Less, heads.LessEqual, heads.Both, heads.Either,
               heads.Not, heads.UniqueMaximum, heads.ArgMax, heads.Delta, heads.Lam)


@dataclass(frozen=True)
class Parts:
    """A model whose parts have names, and the equations of what parameters alone give."""

    model: Model
    derived: tuple[Definition, ...] = ()
    recast: frozenset[Expr] = frozenset()  # names of equations that were written by exponentials

    @property
    def partial(self) -> frozenset[Expr]:
        """The names of equations that may have no value at some of their places."""
        return partial_names((*self.model.equations, *self.derived))


def multiplies(node: heads.Sum, parameters: Collection[Expr]) -> bool:
    """Whether a sum, or nested sums, is a product with a parameter that has all their indices."""
    bound = set()
    body: Expr = node
    while isinstance(body, heads.Sum):
        index, body, _ = body.family.args
        bound.add(index)
    return any(isinstance(f, heads.Element) and f.tensor in parameters and bound <= set(f.indices)
               for f in Mul.make_args(body))


class Names:
    """Names for parts: equal parts, up to the names of their indices, have one."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.scope: Scope = model.scope.copy()
        self.serial = count(1)
        self.known: dict[tuple[Expr, bool], Expr] = {}

    def named(self, body: Expr, timed: bool, stem: str) -> tuple[Expr, Definition | None]:
        """The name of a part at its indices; and its equation, where it is new."""
        time = self.model.time
        form, own = general(body, time)
        axes = ((time,) if timed else ()) + own
        symbol = self.known.get((form, timed))
        if symbol is not None:
            return heads.at(symbol, axes), None
        taken = {str(n) for n in (*self.scope.names, *self.scope.dims)}
        name = next(n for n in (f"{stem}_{k}" for k in self.serial) if n not in taken)
        symbol = leaf_of(name, Kind("real", tuple(i.dim for i in axes)))
        fresh = {i: Index(f"\u00b7{name}{n}", i.dim) for n, i in enumerate(own)}
        self.scope.names[name] = self.known[form, timed] = symbol
        made = Definition(symbol, ((time,) if timed else ()) + tuple(fresh.values()),
                          substitute(body, fresh))
        return heads.at(symbol, axes), made


class PartNamer:
    """Names the parts of a model."""

    def __init__(self, model: Model, rulebook: Rulebook, sizes: Mapping[str, int],
                 steps: bool = True) -> None:
        self.model, self.rulebook, self.sizes, self.steps = model, rulebook, sizes, steps
        self.parameters = set(model.weights)
        self.names = Names(model)
        self.derived: list[Definition] = []
        self.added: list[Definition] = []
        self.sums = NamedSums(model.time)
        self.renamed: dict[Expr, Expr] = {}  # what parameters give is any number, like them
        self.parted: set[Expr] = set()
        self.stable = UpToNames()
        self.timed = self.free = self.guarded = False

    def parts(self) -> Parts:
        """The model with names for its parts."""
        equations: list[Definition] = []
        for equation in self.model.equations:
            body = substitute(equation.body, self.renamed)
            if not equation.symbol.kind.differentiable:  # nothing is gained by parts of it
                equations.append(replace(equation, body=body))
                continue
            if not self.model.timed(equation.symbol) and self.once(body):
                self.given(replace(equation, body=body))
                continue
            self.added = []
            self.timed = self.model.timed(equation.symbol)
            # Parts have the first axis of time: those of a second one stay as they are.
            self.free = self.steps and not occurs(equation.symbol, self.model.loss) and \
                self.model.time_of(equation.symbol) in (None, self.model.time) and \
                self.plain(equation.body)
            body = self.visit(body, equation.indices, True)
            equations += [*self.added, replace(equation, body=body)]
            if self.free and self.timed:
                self.parted |= {e.symbol for e in (*self.added, equation)}
        marks = [symbol for (_, timed), symbol in self.names.known.items() if timed]
        equations = Repeated(self.model.time, marks, lambda body: self.names.named(
            body, True, "a")).taken_out(equations, self.parted) if marks else equations
        kept = replace(self.model, equations=tuple(equations), scope=self.names.scope,
                       loss=substitute(self.model.loss, self.renamed))
        return Parts(kept, tuple(self.derived))

    def given(self, equation: Definition) -> None:
        """An equation that parameters alone determine becomes a derived parameter."""
        self.timed = False
        body = self.inside(equation.body, equation.indices)
        symbol = leaf_of(equation.name, Kind("real", equation.symbol.kind.shape))
        self.renamed[equation.symbol] = self.names.scope.names[equation.name] = symbol
        self.derived.append(replace(equation, symbol=symbol, body=body))
        self.parameters.add(symbol)

    def plain(self, body: Expr) -> bool:
        """Whether a formula is stable as it stands, so that its parts may be taken apart."""
        if not any(isinstance(n, heads.Reduction) for n in parts(body)):
            return False
        return bool(self.stable.result([body], "", lambda: Work(
            body, self.rulebook).run("stabilise").line) == body)

    # What depends on parameters alone

    def once(self, node: Expr) -> bool:
        """Whether a formula depends on parameters, and on nothing else: on no other size, too."""
        names = {leaf for leaf in leaves(node) if isinstance(leaf, (Tensor, Variable))}
        if not names or not names <= self.parameters:
            return False
        sizes = {leaf if isinstance(leaf, Dim) else leaf.dim for leaf in leaves(node)
                 if isinstance(leaf, (Dim, Index, BoundIndex))}
        return all(str(d).isdecimal() or any(d in n.kind.shape for n in names) for d in sizes)

    def worth(self, node: Expr) -> bool:
        """Whether a formula of parameters is more than a parameter, or a sum of few numbers."""
        if isinstance(node, (heads.Element, Tensor, Variable)):
            return False
        axes = {leaf for leaf in leaves(node) if isinstance(leaf, Index)}
        if isinstance(node, (Add, Mul)):
            rest = [a for a in node.args if not a.is_Rational]
            return (len(rest) > 1 and len(axes) > 1) or any(self.worth(a) for a in rest
                                                          if self.once(a))
        return isinstance(node, (heads.Head, Pow)) and not isinstance(node, _NO_NUMBERS)

    def hoisted(self, node: Expr, opened: Opened) -> Expr:
        """The name of what is computed once."""
        return self.early(self.inside(node, opened))

    def early(self, body: Expr) -> Expr:
        """The name of a formula of parameters."""
        place, made = self.names.named(body, False, "p")
        if made is not None:
            self.derived.append(made)
            self.parameters.add(made.symbol)
        return place

    def inside(self, node: Expr, opened: Opened) -> Expr:
        """A formula of parameters; the sums in it have names of their own."""
        if isinstance(node, heads.Sum):
            return self.ordered(node, opened)
        return with_changed(node, opened, self.inner)

    def inner(self, node: Expr, opened: Opened) -> Expr:
        if not node.args or isinstance(node, heads.Element):
            return node
        if isinstance(node, heads.Reduction) and self.once(node):
            return self.hoisted(node, opened)
        return with_changed(node, opened, self.inner)

    # What depends on more

    def visit(self, node: Expr, opened: Opened, root: bool = False) -> Expr:
        """The formula with names for its parts."""
        if not node.args or isinstance(node, heads.Element):
            return node
        if self.apart(node):
            return self.hoisted(node, opened)
        before, self.guarded = self.guarded, self.guarded or filters(node)
        made = self.within(node, opened, root)
        self.guarded = before
        return made

    def apart(self, node: Expr) -> bool:
        """Whether a formula is computed once a call: not where a condition guards its value."""
        return self.once(node) and self.worth(node) and not (
            self.guarded and open_requirements(node))

    def within(self, node: Expr, opened: Opened, root: bool) -> Expr:
        """The same, where the formula itself has no name."""
        if isinstance(node, heads.Sum) and self.steps:
            return self.settled(self.ordered(node, opened), opened, root)
        inner = root and isinstance(node, (Mul, Add)) and not self.affine(node)
        made = with_changed(node, opened, lambda n, o: self.visit(n, o, inner))
        if isinstance(made, Add):
            made = self.sums.within(made, opened)
        reduced = isinstance(made, heads.Reduction)
        if self.free and not root and (reduced or (isinstance(made, Add) and self.affine(made))):
            return self.part(made)
        return made

    def settled(self, node: Expr, opened: Opened, root: bool) -> Expr:
        """A sum of products in its order, with names for the sums that no parameter is in."""
        if isinstance(node, Mul):
            return Mul(*(self.settled(f, opened, root) for f in node.args))
        if not isinstance(node, heads.Sum):
            return node
        index, body, where, _ = enter(node.family, around(*opened))
        body = self.settled(body, (*opened, index), False)
        node = heads.Sum(heads.Lam(index, self.multiplied(body), where))
        return node if root or not self.free or self.linear(node) else self.part(node)

    def multiplied(self, body: Expr) -> Expr:
        """A product with a parameter, its other factors one part where they have several axes.

        The slopes of both are products of matrices then, as the product is.
        """
        factors = Mul.make_args(body)
        mine = [f for f in factors if isinstance(f, heads.Element) and f.tensor in self.parameters
                and len(f.indices) > 2]
        rest = [f for f in factors if f not in mine]
        axes = {leaf for f in rest for leaf in leaves(f) if isinstance(leaf, Index)}
        if not self.free or len(mine) != 1 or len(rest) < 2 or len(axes - {self.model.time}) < 2:
            return body
        return Mul(*mine, self.part(Mul(*rest)))

    def part(self, node: Expr) -> Expr:
        """The name of a part of a step."""
        place, made = self.names.named(node, self.timed, "a")
        if made is not None:
            self.added.append(made)
            self.sums.add(made)
        return place

    def affine(self, node: Expr) -> bool:
        return any(isinstance(f, heads.Sum) and self.linear(f)
                   for term in Add.make_args(node) for f in Mul.make_args(term))

    def linear(self, node: heads.Sum) -> bool:
        """Whether a sum is a product with a parameter."""
        return multiplies(node, self.parameters)

    # Both

    def ordered(self, node: heads.Sum, opened: Opened) -> Expr:
        """A sum of products with its factors in the cheapest order."""
        product = factors_of(node, opened)
        if product is None or (len(product.bound) == 1 and len(product.factors) == 1):
            return with_changed(node, opened, self.inner if self.once(node) else self.visit)
        inside = (*opened, *product.bound)

        def change(factor: Expr) -> Expr:
            plain = self.once(factor) and not self.worth(factor)
            return factor if plain else self.visit(factor, inside)

        product = replace(product, factors=tuple(map(change, product.factors)))

        return Order(product, self.once, self.early, self.model.time, self.sizes).written()


def named_parts(model: Model, rulebook: Rulebook, sizes: Mapping[str, int],
                steps: bool = True) -> Parts:
    """The model with names for its parts; without `steps`, for what parameters give alone."""
    return PartNamer(model, rulebook, sizes, steps).parts()

