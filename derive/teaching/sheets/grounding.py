"""A line in the variables that were declared: named intermediates written out, chain rule kept.

`d(L, p[k])`, with p an intermediate, is the derivative of L in terms of p: there p stays a name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sympy.core.basic import Basic

from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import occurs, root
from derive.core.walk import TOP, Binders, rebuild, substitute
from derive.notation.reading.specification import Definition

Name = Variable | Tensor


@dataclass
class Grounding:
    """The names of a sheet: its definitions, and the name of the formula it is about.

    `through` gives the formula in terms of one intermediate; it is asked once for each. `kept`
    are intermediates by which the task itself differentiates.
    """

    definitions: tuple[Definition, ...]
    name: Basic | None
    formula: Basic | None
    through: Callable[[Name], Basic] = field(compare=False)
    kept: frozenset[Name] = frozenset()
    formulas: dict[Name, Basic] = field(default_factory=dict, compare=False)

    def __call__(self, node: Basic) -> Basic:
        """The line with names written out. Raises DeriveError where a name cannot be brought in."""
        return self._ground(node, TOP, self.kept)

    def without_names(self, node: Basic) -> Basic:
        """The line with all intermediates written out; no derivative by one may be left."""
        return self._ground(node, TOP, frozenset())

    @property
    def symbols(self) -> dict[Name, Definition]:
        """The definitions by their symbols."""
        return {d.symbol: d for d in self.definitions}

    def kept_definitions(self, nodes: tuple[Basic, ...]) -> tuple[Definition, ...]:
        """The definitions that evaluation needs: of names that are still there, written out."""
        need = [d for d in self.definitions if any(occurs(d.symbol, n) for n in nodes)]
        return tuple(Definition(d.symbol, d.indices, self.without_names(d.body)) for d in need)

    def _ground(self, node: Basic, binders: Binders, keep: frozenset[Name]) -> Basic:
        if isinstance(node, heads.Partial):
            body, at = node.args
            more = keep | {root(at)} if root(at) in self.symbols else keep
            return heads.Partial(self._ground(body, binders, more), at)
        if node == self.name:
            return self._ground(self._formula(keep), binders, keep)
        known = self.symbols.get(root(node) if isinstance(node, heads.Element) else node)
        if known is not None and known.symbol not in keep:
            indices = node.indices if isinstance(node, heads.Element) else ()
            there = dict(zip(known.indices, indices, strict=True))
            return self._ground(substitute(known.body, there), binders, keep)
        return rebuild(node, lambda part, inner: self._ground(part, inner, keep), binders,
                       leaves=True)

    def _formula(self, keep: frozenset[Name]) -> Basic:
        """The formula, in terms of the intermediates by which it is differentiated."""
        for symbol in keep:
            if symbol not in self.formulas:
                self.formulas[symbol] = self.through(symbol)
            return self.formulas[symbol]
        assert self.formula is not None
        return self.formula
