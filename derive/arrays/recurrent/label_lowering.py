"""Lowering of labels: what is a place along an axis stays an integer, chosen by conditions too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sympy import Basic, Expr

from derive.arrays.lowering.index_lowering import Lowering
from derive.arrays.lowering.node_building import Scope
from derive.arrays.lowering.sum_order import in_order
from derive.arrays.operations import Op
from derive.arrays.program import Value


class LabelLowering(Lowering):
    """Lowers formulas of which some are labels."""

    integral = False  # whether what is lowered is a label

    def place(self, label: Expr, scope: Scope) -> Value:
        with self.of_labels():
            return super().place(label, scope)

    @contextmanager
    def of_labels(self, here: bool = True) -> Iterator[None]:
        """What is lowered inside are labels."""
        before, self.integral = self.integral, here
        yield
        self.integral = before

    def result(self, node: Basic, indices: Scope = ()) -> int:
        if not self.integral:
            return super().result(node, indices)
        value = self.value(in_order(node), indices)
        if not value.number and value.indices == indices and \
                self.build.of(value).op is not Op.INPUT:
            return int(value.source)
        return int(self.build.assign(Op.SPREAD, [value.along(indices)], indices, "i").source)

    def choose(self, test: Value, then: Value, other: Value, scope: Scope) -> Value:
        labels = self.integral and all(
            v.source.is_Integer if v.number else self.build.of(v).kind == "i"
            for v in (then, other))
        if not labels:
            return super().choose(test, then, other, scope)
        return self.build.elementwise(Op.WHERE, test, then, other, scope=scope, kind="i")
