"""What each metavariable of a rule is, and over which range: inferred from where it stands.

Places that hold the same index are joined: an argument of a family with the name that stands
there, an axis of an array with its subscript, two sides of a Kronecker delta. A class of joined
places that contains the index of a range is an index over that range.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from derive.errors import NotationError
from derive.functions.function_records import FunctionTable
from derive.judge.reading.comprehensions import REDUCTIONS

Place = tuple[Any, ...]
OPERATORS = frozenset({"d", "integral"})
BINDING = frozenset({"total", "expect", "root"})  # these bind the name of a number
_CONSTANTS = frozenset({"pi", "euler_gamma"})


@cache
def read_side(text: str) -> ast.expr:
    """The syntax tree of a side of a rule. Raises NotationError."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        raise NotationError(f"cannot read {text!r}") from None


def generator_of(node: ast.Call) -> ast.GeneratorExp:
    """The terms over which a function of a whole vector is taken. Raises NotationError."""
    if len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
        return node.args[0]
    raise NotationError(f"cannot read {ast.unparse(node)!r}")


def range_of(generator: ast.comprehension) -> tuple[str, str]:
    """The names of the index and of its range. Raises NotationError."""
    if isinstance(generator.target, ast.Name) and isinstance(generator.iter, ast.Name):
        return generator.target.id, generator.iter.id
    raise NotationError(f"cannot read {ast.unparse(generator)!r}")


def ranges_under(node: ast.expr) -> list[str]:
    """The ranges of the subscripts that a function of arrays takes. Raises NotationError."""
    while isinstance(node, ast.Call) and len(node.args) == 1 and isinstance(
            node.args[0], ast.Call):
        (node,) = node.args
    if not isinstance(node, ast.Call):
        raise NotationError(f"cannot read {ast.unparse(node)!r}")
    return [range_of(generator)[1] for generator in generator_of(node).generators]


def definite_in(conditions: Iterable[ast.expr]) -> set[str]:
    """The families that are positive definite matrices by a condition `eigmin(…) > 0`."""
    calls = (node for tree in conditions for node in ast.walk(tree)
             if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "eigmin")
    entries = (generator_of(call).elt for call in calls)
    return {entry.func.id for entry in entries
            if isinstance(entry, ast.Call) and isinstance(entry.func, ast.Name)}


@dataclass
class Roles:
    """The metavariables by what they stand for.

    `families` and `tensors` have, for each place, the range of the index there, or None for a
    number; `indices` the range; `truths` are conditions; `variables` those of derivatives.
    """

    families: dict[str, tuple[str | None, ...]] = field(default_factory=dict)
    tensors: dict[str, tuple[str, ...]] = field(default_factory=dict)
    entries: dict[str, str] = field(default_factory=dict)  # tensors of labels: the labels' range
    indices: dict[str, str] = field(default_factory=dict)
    truths: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)
    scalars: set[str] = field(default_factory=set)
    ranges: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)  # by a total, an expected value, a root


def roles_of(texts: Iterable[ast.expr], kinds: Mapping[str, str], table: FunctionTable) -> Roles:
    """The roles of the metavariables in the sides and conditions of a rule."""
    reading = _Reading(kinds, table)
    for tree in texts:
        reading.visit(tree, {})
    return reading.roles()


class _Reading:
    def __init__(self, kinds: Mapping[str, str], table: FunctionTable) -> None:
        self.kinds, self.functions = kinds, table
        self.parent: dict[Place, Place] = {}
        self.ranges: dict[Place, str] = {}  # of the root of a class
        self.sorts: dict[str, str] = {}
        self.arities: dict[str, int] = {}
        self.truths: set[str] = set()
        self.variables: set[str] = set()
        self.dims: set[str] = set()
        self.bound: set[str] = set()
        self.placed: set[Place] = set()  # places that hold an index for certain

    def find(self, place: Place) -> Place:
        while place in self.parent:
            place = self.parent[place]
        return place

    def join(self, place: Place | None, other: Place | None) -> None:
        if place is None or other is None or self.find(place) == self.find(other):
            return
        place, other = self.find(place), self.find(other)
        self.parent[place] = other
        if place in self.ranges:
            self.ranges.setdefault(other, self.ranges[place])

    def place(self, node: ast.expr, bound: dict[str, Place]) -> Place | None:
        """The place of an index-like formula: a name, an element, one of them shifted."""
        if isinstance(node, ast.Name):
            return bound.get(node.id, ("name", node.id))
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            return ("value", node.value.id)
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            return self.place(node.left, bound)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "argmax":
            return ("range", ranges_under(node)[0])
        return None

    def visit(self, node: ast.AST, bound: dict[str, Place], truth: bool = False) -> None:
        visitor = getattr(self, f"_{type(node).__name__}", None)
        if visitor is not None:
            visitor(node, bound, truth)
            return
        for child in ast.iter_child_nodes(node):
            self.visit(child, bound, truth)

    def _Name(self, node: ast.Name, bound: dict[str, Place], truth: bool) -> None:
        if node.id in bound or node.id in _CONSTANTS:
            return
        if len(node.id) == 1 and node.id.isupper():
            self.dims.add(node.id)
            return
        self.sorts.setdefault(node.id, "bare")
        if truth:
            self.truths.add(node.id)

    def _Call(self, node: ast.Call, bound: dict[str, Place], truth: bool) -> None:
        name = getattr(node.func, "id", "")
        if name in BINDING:
            variable = ast.unparse(node.args[1])
            self.bound.add(variable)
            self.visit(node.args[0], {**bound, variable: ("number", variable)})
            return
        if name in OPERATORS and isinstance(node.args[1], ast.Name):
            self.variables.add(node.args[1].id)
            self.sorts.setdefault(node.args[1].id, "bare")
        if name == "delta":
            for argument in node.args:
                place = self.place(argument, bound)
                self.join(place, self.place(node.args[0], bound))
                self.placed |= {place} if place else set()
        if name not in (*self.functions, *REDUCTIONS, *OPERATORS, "delta"):
            self.sorts[name] = "family"
            self.arities[name] = len(node.args)
            for at, argument in enumerate(node.args):
                self.join(self.place(argument, bound), ("family", name, at))
            if truth:
                self.truths.add(name)
        for argument in node.args:
            self.visit(argument, bound)

    def _GeneratorExp(self, node: ast.GeneratorExp, bound: dict[str, Place], truth: bool) -> None:
        inner = dict(bound)
        for generator in node.generators:
            index, dim = range_of(generator)
            self.dims.add(dim)
            inner[index] = ("bound", id(generator))
            self.join(inner[index], self._range(dim))
            for test in generator.ifs:
                self.visit(test, inner, True)
        self.visit(node.elt, inner, truth)

    def _range(self, dim: str) -> Place:
        self.ranges.setdefault(self.find(("range", dim)), dim)
        return ("range", dim)

    def _Subscript(self, node: ast.Subscript, bound: dict[str, Place], truth: bool) -> None:
        at = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if isinstance(node.value, ast.Name):
            self.sorts[node.value.id] = "tensor"
            self.arities[node.value.id] = len(at)
            for place, argument in enumerate(at):
                self.join(self.place(argument, bound), ("axis", node.value.id, place))
                self.placed.add(("axis", node.value.id, place))
        else:
            self.visit(node.value, bound)
            for argument, dim in zip(at, ranges_under(node.value), strict=False):
                self.join(self.place(argument, bound), self._range(dim))
        for argument in at:
            self.visit(argument, bound)

    def _Compare(self, node: ast.Compare, bound: dict[str, Place], truth: bool) -> None:
        sides = [node.left, *node.comparators]
        places = [self.place(s, bound) for s in sides]
        if any(p and (p[0] in ("bound", "range") or p in self.placed) for p in places):
            for place in places[1:]:
                self.join(place, places[0])
        for side in sides:
            self.visit(side, bound)

    def _IfExp(self, node: ast.IfExp, bound: dict[str, Place], truth: bool) -> None:
        self.visit(node.test, bound, True)
        self.visit(node.body, bound, truth)
        self.visit(node.orelse, bound, truth)

    def _BoolOp(self, node: ast.BoolOp, bound: dict[str, Place], truth: bool) -> None:
        for value in node.values:
            self.visit(value, bound, True)

    def _UnaryOp(self, node: ast.UnaryOp, bound: dict[str, Place], truth: bool) -> None:
        self.visit(node.operand, bound, truth or isinstance(node.op, ast.Not))

    def _over(self, place: Place) -> str | None:
        """The range of the index at a place, or None for a number."""
        root = self.find(place)
        if root in self.ranges:
            return self.ranges[root]
        return "K" if any(self.find(p) == root for p in self.placed) else None

    def roles(self) -> Roles:
        """What was read, by sort."""
        roles = Roles(truths=self.truths, variables=self.variables, ranges=set(self.dims),
                      bound=self.bound)
        for name, sort in self.sorts.items():
            places = range(self.arities.get(name, 0))
            if sort == "family":
                roles.families[name] = tuple(self._over(("family", name, p)) for p in places)
            elif sort == "tensor":
                roles.tensors[name] = tuple(self._over(("axis", name, p)) or "K" for p in places)
                labels = self._over(("value", name))
                if labels is not None or self.kinds.get(name) == "label":
                    roles.entries[name] = labels or "K"
            elif name not in self.variables and name not in self.truths:
                self._settle(name, roles)
        roles.ranges |= {*roles.indices.values(), *roles.entries.values()}
        axes = (*roles.families.values(), *roles.tensors.values())
        roles.ranges |= {r for over in axes for r in over if r is not None}
        return roles

    def _settle(self, name: str, roles: Roles) -> None:
        """A bare metavariable: an index, or a number."""
        kind, over = self.kinds.get(name), self._over(("name", name))
        over = "K" if over is None and kind == "label" else over
        if over is not None and kind not in ("integer", "count", "real", "positive"):
            roles.indices[name] = over
        else:
            roles.scalars.add(name)
