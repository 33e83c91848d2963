"""Random instances of a rule: what its metavariables may stand for.

A bare metavariable becomes a variable with a random value, an applied one a random smooth
function of its arguments, a tensor one a tensor of random elements.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sympy import Add, Integer, Mul, Pow, Rational, true

from derive.core import heads
from derive.core.atoms import Dim, Index, Tensor, Variable
from derive.core.heads import apply
from derive.core.kinds import Kind
from derive.rulebook.filling import Bindings, Family, fill
from derive.rulebook.patterns import Meta, MetaApply
from derive.rulebook.rule import Rule

_DIM = Dim("K")


@dataclass
class Sorts:
    """What each metavariable of a rule is, found from where it stands."""

    families: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    conditions: set[str] = field(default_factory=set)
    indices: set[str] = field(default_factory=set)
    tensors: dict[str, int] = field(default_factory=dict)
    variables: set[str] = field(default_factory=set)
    scalars: set[str] = field(default_factory=set)
    dims: set[str] = field(default_factory=set)

    def visit(self, node: Any, condition: bool = False) -> None:
        """Notes the metavariables in a pattern; `condition` says that a condition stands here."""
        note = _NOTES.get(type(node))
        if note is not None:
            note(self, node, condition)
            return
        logical = isinstance(node, (heads.Both, heads.Either, heads.Not))
        for place, argument in enumerate(node.args):
            self.visit(argument, logical or (isinstance(node, heads.Cond) and place == 0))

    def bare(self, node: Meta, condition: bool) -> None:
        (self.conditions if condition else self.scalars).add(node.name)

    def applied(self, node: MetaApply, condition: bool) -> None:
        self.families.setdefault(node.name, node.args[1:])
        if condition:
            self.conditions.add(node.name)
        self.scalars |= {n.name for n in node.args[1:] if isinstance(n, Meta)}

    def element(self, node: heads.Element, condition: bool) -> None:
        self.tensors[node.args[0].name] = len(node.indices)
        self._indices(node.indices)

    def delta(self, node: heads.Delta, condition: bool) -> None:
        self._indices(node.args)
        for argument in node.args:
            if not isinstance(argument, Meta):
                self.visit(argument)

    def binder(self, node: heads.Lam, condition: bool) -> None:
        self.visit(node.dim)
        self.visit(node.args[1])
        self.visit(node.args[2], condition=True)

    def operator(self, node: Any, condition: bool) -> None:
        body, at = node.args
        self.visit(body)
        if isinstance(at, Meta):
            self.variables.add(at.name)
        else:
            self.visit(at)

    def function(self, node: heads.Apply, condition: bool) -> None:
        vector = isinstance(node.args[1], heads.Lam)
        for argument in node.args[1:2] if vector else node.args[1:]:
            self.visit(argument)
        if vector:
            self._indices(node.args[2:])

    def dimension(self, node: Dim, condition: bool) -> None:
        self.dims.add(node.name)

    def _indices(self, nodes: tuple[Any, ...]) -> None:
        self.indices |= {n.name for n in nodes if isinstance(n, Meta)}

    def settle(self) -> Sorts:
        """A name that is an index or a variable of differentiation is no plain scalar."""
        self.indices -= self.variables
        applied = {a.name for args in self.families.values() for a in args if isinstance(a, Meta)}
        self.indices |= applied - self.variables
        self.scalars -= self.indices | self.variables | self.conditions
        return self


_NOTES: dict[type, Callable[[Sorts, Any, bool], None]] = {
    Meta: Sorts.bare, MetaApply: Sorts.applied, heads.Element: Sorts.element,
    heads.Delta: Sorts.delta, heads.Lam: Sorts.binder,
    **dict.fromkeys(heads.OPERATORS.values(), Sorts.operator),
    heads.Apply: Sorts.function, Dim: Sorts.dimension,
}


def sorts_of(rule: Rule) -> Sorts:
    """The sorts of a rule's metavariables."""
    found = Sorts()
    for pattern in (rule.left, rule.right, *(c for c, _ in rule.conditions)):
        found.visit(pattern)
    return found.settle()


def instance(rule: Rule, sorts: Sorts, draw: random.Random) -> Bindings:
    """Random bindings for all metavariables of a rule."""
    kinds = dict(rule.kinds)
    bindings: dict[str, Any] = dict.fromkeys(sorts.dims, _DIM)
    for name in sorted(sorts.indices):
        bindings[name] = _index(name, draw)
    component = draw.random() < 0.4
    tensor_names = sorted(sorts.tensors)
    for name in tensor_names:
        domain = kinds.get(name, "real")
        over = _DIM if domain in ("simplex", "onehot", "label") else None
        bindings[name] = Tensor(name, Kind(domain, (_DIM,) * sorts.tensors[name], over))
    whole = _OVER_A_RANGE & {type(n) for n in rule.left.atoms(heads.Operator)}
    for name in sorted(sorts.variables):
        if whole:
            bindings[name] = Variable(name, Kind(kinds.get(name, _range_of(rule))))
            continue
        bindings[name] = heads.Element(Tensor("w", Kind("real", (_DIM,))), Index("r", _DIM)) \
            if component else Variable(name, Kind("real"))
    for name in sorted(sorts.scalars):
        bindings[name] = _scalar(name, kinds.get(name), draw)
    for name, arguments in sorted(sorts.families.items()):
        bindings[name] = _family(name, arguments, bindings, name in sorts.conditions, draw)
    for name in sorted(sorts.conditions - set(sorts.families)):
        bindings[name] = heads.Less(Variable(f"{name}1", Kind("real")), Integer(0))
    return bindings


_OVER_A_RANGE = {heads.Total, heads.Expect, heads.Root}


def _range_of(rule: Rule) -> str:
    """The kind of a variable whose kind a rule leaves open: one over which integrals exist."""
    return "real" if rule.left.has(heads.Root) else "probability"


def _index(name: str, draw: random.Random) -> Any:
    """A free index, or a label."""
    return Index(name, _DIM) if draw.random() < 0.6 else Variable(name, Kind("label", (), _DIM))


def _scalar(name: str, domain: str | None, draw: random.Random) -> Any:
    if domain in ("count", "integer"):
        return Integer(draw.randrange(0 if domain == "count" else -3, 5))
    if domain is not None:
        return Variable(name, Kind(domain))
    choice = draw.random()
    if choice < 0.3:
        return Rational(draw.randrange(-6, 7), draw.choice((1, 2)))
    base = Variable(name, Kind("real"))
    return base if choice < 0.7 else _smooth(base, name, draw)


def _family(name: str, arguments: tuple[Any, ...], bindings: Bindings, condition: bool,
            draw: random.Random) -> Family:
    """A random function of its arguments: smooth in variables, any values over indices."""
    parameters: list[Any] = []
    factors: list[Any] = []
    for place, argument in enumerate(arguments):
        value = fill(argument, bindings) if isinstance(argument, Meta) else None
        if value is None or getattr(value, "detail", None) is _DIM or _is_label(value):
            index = Index(f"\u00b7{name}{place}", _DIM)
            parameters.append(index)
            factors.append(heads.Element(Tensor(f"{name}{place}", Kind("real", (_DIM,))), index))
        else:
            parameters.append(value)
            factors.append(_smooth(value, f"{name}{place}", draw))
    body = factors[0]
    for factor in factors[1:]:
        body = Mul(body, factor) if draw.random() < 0.7 else Add(body, factor)
    if condition:
        body = true if draw.random() < 0.2 and len(arguments) == 1 else heads.Less(body, Integer(1))
    return Family(tuple(parameters), body)


def _is_label(node: Any) -> bool:
    return isinstance(node, Variable) and node.kind.domain == "label"


_SHAPES: tuple[Callable[[Any, Any], Any], ...] = (
    lambda x, a: Add(Mul(a, x), Rational(1, 3)),
    lambda x, a: Add(Mul(a, Pow(x, 2)), x),
    lambda x, a: Mul(a, apply("sin", Add(x, a))),
    lambda x, a: apply("exp", Mul(a, x)),
    lambda x, a: Add(apply("tanh", x), a),
)


def _smooth(x: Any, name: str, draw: random.Random) -> Any:
    """A random smooth function of a variable, with a random parameter."""
    return draw.choice(_SHAPES)(x, Variable(f"{name}p", Kind("real")))
