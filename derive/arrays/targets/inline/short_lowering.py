"""Lowering for short code: with functions that the library has in one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from derive.arrays.lowering.index_lowering import Leaf, Lowering
from derive.arrays.lowering.node_building import Scope
from derive.arrays.operations import Op
from derive.arrays.program import Value
from derive.arrays.targets.inline.dialects import Dialect
from derive.core.kinds import Dimension, Kind
from derive.functions.function_records import function_of


class ShortLowering(Lowering):
    """Lowers formulas for one library; `fixed` are the arguments that do not vary by example."""

    def __init__(self, dialect: Dialect, arrays: Mapping[Leaf, tuple[str, Kind]],
                 sizes: Iterable[Dimension], fixed: Iterable[str] = ()) -> None:
        super().__init__(arrays, sizes)
        self.dialect, self.fixed = dialect, frozenset(fixed)

    def source(self, leaf: Leaf) -> int:
        """The node that holds a declared name."""
        name, kind = self.arrays[leaf]
        return self.input(name, kind, name not in self.fixed)

    def apply(self, node: Any, scope: Scope) -> Value:
        """A function: in one call where the library has it."""
        if node.args[0].unknown is None:
            function = function_of(node)
            own = getattr(function, self.dialect.key)
            if own and not function.takes_vector:
                values = [self.value(a, scope) for a in node.args[1:]]
                return self.build.elementwise(Op.FUNCTION, *values, scope=scope,
                                              detail=(function.name,))
        return super().apply(node, scope)
