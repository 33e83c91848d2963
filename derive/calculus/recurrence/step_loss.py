"""The loss of one step of a model, as a formula of its target and of names that are free of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from sympy import Add, Expr, Integer, Mul, true

from derive.calculus.problem import unfolded
from derive.calculus.recurrence.model_structure import Leaf
from derive.core import heads
from derive.core.atoms import Index, Tensor, Variable
from derive.core.indexing import free_names, leaves, occurs
from derive.core.kinds import Kind
from derive.core.walk import around, enter, instantiate, substitute, transform, with_arguments
from derive.notation.reading.model_equations import Model, reads
from derive.notation.reading.scope import leaf_of
from derive.notation.reading.specification import Definition

_MARK = "\u00b7part"  # before the names of parts, which no typed name has


@dataclass(frozen=True)
class StepLoss:
    """The loss of a step: `body` reads the target, names of equations, and the `parts`.

    A part is what stands in the loss without a name of its own, such as `dot(v, h[t])`.
    """

    model: Model
    target: Leaf
    body: Expr
    parts: tuple[Definition, ...]

    @property
    def at_step(self) -> bool:
        """Whether there is a target at each step, not one for the sequence."""
        return self.model.timed(self.target)

    def written(self, body: Expr) -> Expr:
        """A formula with the parts written out."""
        return unfolded(body, self.parts)

    def candidates(self) -> list[Leaf]:
        """What may be the prediction: names that the loss reads first, then their equations."""
        known = {e.symbol: e for e in self.model.equations}
        names = [leaf for leaf in leaves(self.body) if leaf in known or is_part(leaf)]
        listed = list(dict.fromkeys(names))
        for name in listed:  # grows while it is read
            body = known[name].body if name in known else \
                next(p.body for p in self.parts if p.symbol == name)
            listed += [s for s in leaves(body) if s in known and s not in listed]
        return listed

    def shown(self) -> set[Leaf]:
        """The names that the losses of the steps read: those have a value outside."""
        read: set[Leaf] = set()
        for equation in self.model.equations:
            if occurs(equation.symbol, self.model.loss):
                read |= set(free_names(equation.body))
        return read & {e.symbol for e in self.model.equations}


def is_part(leaf: Expr) -> bool:
    """Whether a name stands for a part of a loss."""
    return isinstance(leaf, (Tensor, Variable)) and leaf.name.startswith(_MARK)


def step_loss(model: Model, joined: bool = False) -> StepLoss | None:
    """The loss of a step; None where the model has no target y, or no such form.

    With `joined`, sums of several names, such as a[t] + b[t], are parts too.

    It is what is summed over the steps, `sum(w*l)`, with the equations written out in it that
    depend on the target of the step.
    """
    target = model.scope.names.get(model.learning.role("target"))
    if not isinstance(target, (Tensor, Variable)):
        return None
    dependent = _dependent(model, target)
    names = {target, *(e.symbol for e in dependent)}
    bodies = [_of_step(term, model, target) for term in Add.make_args(model.loss)
              if names & free_names(term)]
    if not bodies or None in bodies:
        return None
    body = unfolded(Add(*bodies), dependent)
    if any(isinstance(leaf, Tensor) and leaf in names - {target} for leaf in free_names(body)):
        return None
    parting = _Parting(model, target, joined)
    made = parting.visit(body, ())
    return StepLoss(model, target, made, tuple(parting.parts)) if parting.fits(made) else None


def _dependent(model: Model, target: Leaf) -> list[Definition]:
    """The equations that depend on the target of the same step."""
    names, equations = {target}, list[Definition]()
    for equation in model.equations:
        read = reads(equation.body, model)
        same = {name for name, shift in read if not shift} | (
            {target} & free_names(equation.body) if not model.timed(target) else set())
        if names & same:
            names.add(equation.symbol)
            equations.append(equation)
    return equations


def _of_step(term: Expr, model: Model, target: Leaf) -> Expr | None:
    """A term of the loss at one step; None where it is no sum over the steps."""
    if not model.timed(target):
        return term
    factors = Mul.make_args(term)
    sums = [f for f in factors if isinstance(f, heads.Sum) and f.family.dim == model.steps]
    if len(sums) != 1:
        return None
    body, where = instantiate(sums[0].family, model.time)
    others = [f for f in factors if f is not sums[0] and f.is_Rational]
    return Mul(*others, body) if where is true else None


class _Parting:
    """Gives names to what stands in a loss free of its target."""

    def __init__(self, model: Model, target: Leaf, joined: bool) -> None:
        self.model, self.target, self.joined = model, target, joined
        self.parts: list[Definition] = []
        self.serial = count(1)
        self.learned = {*model.parameters, *(e.symbol for e in model.equations)}

    def is_target(self, node: Expr) -> bool:
        """Whether a node is the target at the step."""
        if not isinstance(self.target, Tensor):
            return bool(node == self.target)
        return isinstance(node, heads.Element) and node.tensor == self.target and (
            not self.model.timed(self.target) or node.indices[0] == self.model.time)

    def free(self, node: Expr) -> bool:
        """Whether a node does not depend on the target."""
        return not occurs(self.target, node)

    def fits(self, body: Expr) -> bool:
        """Whether a loss reads the target of no other step."""
        def visit(node: Expr) -> Expr | None:
            return Integer(0) if self.is_target(node) else None

        return self.free(transform(body, visit))

    def visit(self, node: Expr, opened: tuple[Index, ...]) -> Expr:
        if isinstance(node, heads.Lam):
            index, body, where, _ = enter(node, around(*opened))
            return heads.Lam(index, self.visit(body, (*opened, index)), where)
        if self.free(node):
            return self.part(node, opened) if self.affine(node) else self.inside(node, opened)
        if isinstance(node, Add) and self.target.kind.domain == "real":
            return self.sum(node, opened)
        return self.inside(node, opened)

    def inside(self, node: Expr, opened: tuple[Index, ...]) -> Expr:
        """A node with the parts in its arguments named; what is free of the target joined."""
        if not node.args or self.is_target(node) or isinstance(node, heads.Element):
            return node
        if isinstance(node, (Add, Mul)):
            rest = [a for a in node.args if self.free(a) and self.affine(a)
                    and not a.is_Rational]
            others = [self.visit(a, opened) for a in node.args if a not in rest]
            return with_arguments(node, (*others, self.part(with_arguments(node, rest), opened)))
        return with_arguments(node, (self.visit(a, opened) for a in node.args))

    def affine(self, node: Expr) -> bool:
        """Whether a formula is one of sums and products alone, such as dot(v, h[t]) + c."""
        if isinstance(node, (Add, Mul)):
            return all(map(self.affine, node.args))
        return not node.args or isinstance(node, (heads.Element, heads.Sum))

    def sum(self, node: Expr, opened: tuple[Index, ...]) -> Expr:
        """A sum; one that is linear in the target, b*y + rest, as b*(y - part)."""
        rest = [t for t in node.args if self.free(t)]
        slopes = self.slopes([t for t in node.args if t not in rest])
        if rest and len(slopes) == 1:
            (target, slope), = slopes.items()
            place = self.part(Add(*(Mul(Integer(-1), 1/slope, t) for t in rest))
                              if slope.is_Rational else -Add(*rest)/slope, opened)
            return Mul(self.part(slope, opened), Add(target, Mul(Integer(-1), place)))
        return self.inside(node, opened)

    def slopes(self, terms: list[Expr]) -> dict[Expr, Expr]:
        """By target, the factors of terms that are linear in it; empty where one is not."""
        slopes: dict[Expr, Expr] = {}
        for term in terms:
            targets = [f for f in Mul.make_args(term) if self.is_target(f)]
            slope = Mul(*(f for f in Mul.make_args(term) if f not in targets))
            if len(targets) != 1 or not self.free(slope):
                return {}
            slopes[targets[0]] = slopes.get(targets[0], Integer(0)) + slope
        return slopes

    def plain(self, node: Expr) -> bool:
        """Whether a node is made of names at the step, numbers and factors of them."""
        named = [t for t in Add.make_args(node) if self.learned & set(leaves(t))]
        inner = [t.as_coeff_Mul()[1] for t in named]
        return (len(inner) == 1 or not self.joined) and all(
            not t.args or (isinstance(t, heads.Element) and all(
                not i.args or i == self.model.steps - 1 for i in t.indices)) for t in inner)

    def part(self, node: Expr, opened: tuple[Index, ...]) -> Expr:
        """A part by its name; what has a name, or is not learned, stays as it is."""
        if not self.learned & set(leaves(node)) or self.plain(node):
            return node
        own = tuple(i for i in opened if occurs(i, node))
        axes = ((self.model.time,) if occurs(self.model.time, node) else ()) + own
        known = next((d for d in self.parts if len(d.indices) == len(axes) and substitute(
            d.body, dict(zip(d.indices, axes, strict=True))) == node), None)
        if known is None:
            name = f"{_MARK}{next(self.serial)}"
            symbol = leaf_of(name, Kind("real", tuple(i.dim for i in axes)))
            fresh = tuple(i if i == self.model.time else Index(f"\u00b7{name}{n}", i.dim)
                          for n, i in enumerate(axes))
            known = Definition(symbol, fresh, substitute(node, dict(zip(axes, fresh, strict=True))))
            self.parts.append(known)
        return heads.at(known.symbol, axes)
