"""Parts of a step that occur again, up to the names of their indices: each gets one equation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from itertools import permutations

from sympy import Add, Expr

from derive.core import heads
from derive.core.atoms import Index, Tensor, Variable
from derive.core.indexing import leaves
from derive.core.walk import around, enter, substitute, with_arguments
from derive.notation.reading.specification import Definition

_MOST_AXES = 2  # of a sum that is looked for with its axes in every order
Opened = tuple[Index, ...]
Change = Callable[[Expr, Opened], Expr]


def general(body: Expr, time: Index) -> tuple[Expr, Opened]:
    """A part with its indices renamed by their order, and those indices; time keeps its name."""
    own = tuple(dict.fromkeys(leaf for leaf in leaves(body)
                              if isinstance(leaf, Index) and leaf != time))
    return substitute(body, {i: Index(f"\u00b7{n}", i.dim) for n, i in enumerate(own)}), own


def with_changed(node: Expr, opened: Opened, change: Change) -> Expr:
    """A node with its arguments changed, binders entered."""
    if not node.args or isinstance(node, heads.Element):
        return node
    if isinstance(node, heads.Lam):
        index, body, where, _ = enter(node, around(*opened))
        return heads.Lam(index, change(body, (*opened, index)), where)
    return with_arguments(node, [
        with_changed(a, opened, change) if isinstance(a, heads.Lam)
        else change(a, opened) if a.args else a for a in node.args])


def _names(node: Expr) -> set[Expr]:
    return {leaf for leaf in leaves(node) if isinstance(leaf, (Tensor, Variable))}


@dataclass
class NamedSums:
    """Sums that have a name, to be met again inside of longer sums."""

    time: Index
    known: list[Definition] = field(default_factory=list)
    names: dict[Expr, frozenset[Expr]] = field(default_factory=dict)  # what each reads

    def add(self, made: Definition) -> None:
        if isinstance(made.body, Add):
            self.known.append(made)
            self.names[made.symbol] = frozenset(_names(made.body))

    def within(self, node: Add, at: Opened) -> Expr:
        """A sum with named sums in place of their terms, as they stand or negated."""
        names = frozenset(_names(node))
        for made in self.known:
            for there in self._places(made, at) if self.names[made.symbol] <= names else ():
                node = self._replaced(node, made, there)
                if not isinstance(node, Add):
                    return node
        return node

    def _places(self, made: Definition, at: Opened) -> Iterator[dict[Index, Index]]:
        """Which indices may stand for those of a named sum."""
        own = [i for i in made.indices if i != self.time]
        for order in permutations(at, len(own)) if len(own) <= _MOST_AXES else ():
            if all(i.dim == o.dim for i, o in zip(order, own, strict=True)):
                yield dict(zip(own, order, strict=True))

    @staticmethod
    def _replaced(node: Add, made: Definition, there: dict[Index, Index]) -> Expr:
        terms = [substitute(t, there) for t in made.body.args]
        axes = tuple(there.get(i, i) for i in made.indices)
        for sign in (1, -1):
            mine = {sign * t for t in terms}
            if mine <= set(node.args):
                name = heads.at(made.symbol, axes)
                return Add(sign * name, *(t for t in node.args if t not in mine))
        return node


class Repeated:
    """Finds sums and functions that occur again, and contain a name of `marks`."""

    def __init__(self, time: Index, marks: Collection[Expr],
                 named: Callable[[Expr], tuple[Expr, Definition | None]]) -> None:
        self.time, self.marks, self.named = time, set(marks), named
        self.counts: Counter[Expr] = Counter()
        self.added: list[Definition] = []

    def taken_out(self, equations: list[Definition], parted: Collection[Expr]) -> list[Definition]:
        """The equations, with new ones before their first reader; `parted` may be taken apart."""
        for equation in equations:
            if equation.symbol in parted:
                self.count(equation.body, equation.indices)
        result: list[Definition] = []
        for equation in equations:
            if equation.symbol in parted:
                self.added = []
                body = with_changed(equation.body, equation.indices, self.visit)
                result += [*self.added, replace(equation, body=body)]
            else:
                result.append(equation)
        return result

    def eligible(self, node: Expr) -> bool:
        return isinstance(node, (Add, heads.Apply)) and any(n in self.marks for n in leaves(node))

    def count(self, node: Expr, opened: Opened) -> Expr:
        if self.eligible(node):
            self.counts[general(node, self.time)[0]] += 1
        return with_changed(node, opened, self.count)

    def visit(self, node: Expr, opened: Opened) -> Expr:
        """A part with the names of repeated ones in it."""
        inner = with_changed(node, opened, self.visit)
        if not self.eligible(node) or self.counts[general(node, self.time)[0]] < 2:
            return inner
        place, made = self.named(inner)
        if made is not None:
            self.added.append(made)
        return place
