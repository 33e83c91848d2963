"""The writers of a compiled model's own operations, and of those that it has quicker forms for."""

from __future__ import annotations

from collections.abc import Mapping

from derive.arrays.operations import Op
from derive.arrays.program import Node, Operand
from derive.arrays.recurrent.matrix_products import MatrixProducts
from derive.arrays.recurrent.packs import shared
from derive.arrays.recurrent.view_values import ViewValues
from derive.arrays.targets.numpy import label_writers, operation_writers
from derive.arrays.targets.numpy.axis_layout import Layout
from derive.arrays.targets.numpy.emission import Emitter, Writer
from derive.arrays.targets.numpy.numpy_operations import function_text


class StepWriters:
    """Writers for values that are views."""

    def __init__(self, values: ViewValues) -> None:
        self.values, self.views = values, values.views
        self.table: Mapping[Op, Writer] = {
            **operation_writers.WRITERS, Op.SUM: self.sum, Op.PICK: self.pick,
            Op.WHERE: self.where, Op.DOTS: self.dots, Op.CONTRACT: MatrixProducts(values).contract}

    def sum(self, run: Emitter, number: int, node: Node) -> None:
        """A sum of rows is a product with ones, which is quicker."""
        source = node.sources[0]
        inner = self.values.nodes[source]
        if len(inner.dims) != 1 or inner.kind != "f":
            operation_writers.reduce(run, number, node)
            return
        ones = self.views.once(f"np.ones({self.values.dim(inner.dims[0])}, real)")

        def written(name: str) -> None:
            run.write(f"{name}.dot({ones}, {self.values.buffer(number)})")

        if len(node.operands) == 1:
            written(run.name(source))
        else:
            operation_writers.without(run, number, node, written)

    def pick(self, run: Emitter, number: int, node: Node) -> None:
        """Rows of a table by label are taken."""
        inner = self.values.nodes[node.sources[0]]
        label, (axis, shifted, order) = node.operands[1], node.detail
        rest = [a for a in order if a is not None]
        table = inner.op is Op.INPUT and not inner.batched and not label.number and not shifted
        if table and rest == sorted(rest) and set(label.axes) <= {None} and \
                not self.views.parameters[inner.detail[0]].merged and \
                self.views.parameters[inner.detail[0]].axes[0] == (axis,):
            labels = self.values.read(label.source, full=True)
            stored = self.views.stored([inner.detail[0]])
            run.write(f"{stored}.take({labels}, 0, {self.values.buffer(number)}, 'clip')")
            return
        self.values.full = True
        label_writers.pick(run, number, node)
        self.values.full = False

    def where(self, run: Emitter, number: int, node: Node) -> None:
        """A case distinction in the place of its second case, or of none."""
        home = self.values.home(number)
        if home is None:
            operation_writers.elementwise(run, number, node)
            return
        test, yes, no = node.operands
        out = self.values.buffer(number)

        def here(operand: Operand) -> bool:
            return not operand.number and self.values.home(operand.source) == home

        if not here(yes):
            if not here(no):
                run.copy(out, run.text(no))
            run.copy(out, run.text(yes), where=run.text(test))
        elif any(a is not None for a in test.axes):
            run.copy(out, run.call("np.where", *map(run.text, node.operands)))
        else:
            turned = self.values.scratch((), "b")
            run.write(run.call("np.logical_not", run.name(test.source), turned))
            run.copy(out, run.text(no), where=turned + Layout().suffix(test.axes, True))

    # Several operations at once

    def packed(self, run: Emitter, pack: tuple[int, ...]) -> None:
        """One call for several operations whose operands lie side by side."""
        nodes = [self.values.nodes[n] for n in pack]
        texts = []
        for operands in zip(*(n.operands for n in nodes), strict=True):
            first = operands[0]
            if shared(operands):
                texts.append(run.text(first))
            elif run.node(first).op is Op.INPUT and not run.node(first).batched:
                stored = self.views.stored([run.node(o).detail[0] for o in operands])
                texts.append(self.views.once(f"{stored}[:, None]"))
            else:
                texts.append(self.views.view(first.source, planes=len(pack)))
        out = self.views.view(pack[0], planes=len(pack))
        run.write(run.computed(function_text(nodes[0]), texts, out))

    def packed_dots(self, run: Emitter, pack: tuple[int, ...]) -> None:
        """Products of several parameters and one vector."""
        nodes = [self.values.nodes[n] for n in pack]
        vector = self.values.read(nodes[0].sources[1], full=True)
        matrices = self.views.matrices([self._matrix(n, 0) for n in nodes], nodes[0].detail[0])
        out = self.views.view(pack[0], planes=len(pack))
        run.write(run.call("np.matmul", vector, matrices, out))

    def dots(self, run: Emitter, number: int, node: Node) -> None:
        """A sum of products of parameters and vectors."""
        out, vectors = self.values.flat_buffer(number), node.sources[1::2]
        names = [self._matrix(node, k) for k in range(len(vectors))]
        plain = len(node.dims) == 1 and {len(a) for a in node.detail} == {1}
        if len(vectors) > 1 and plain and len(set(node.detail)) == 1 and \
                self._summed(run, names, list(vectors), node, out):
            return
        size = (" * ".join(run.dims(node)),)[:len(node.dims)]
        for k, (value, axes) in enumerate(zip(vectors, node.detail, strict=True)):
            matrix = self.views.matrices([names[k]], axes)
            vector = self.values.flat(value)
            target = out if k == 0 else self.values.scratch(size, "f")
            # In a loop every step is one run of memory; a plane of all steps may be none.
            run.write(f"{vector}.dot({matrix}, {target})" if self.views.region is not None else
                      run.call("np.matmul", vector, matrix, target))
            if k:
                run.write(run.call("np.add", out, target, out))

    def _matrix(self, node: Node, pair: int) -> str:
        return str(self.values.nodes[node.sources[2 * pair]].detail[0])

    def _summed(self, run: Emitter, names: list[str], vectors: list[int], node: Node,
                out: str) -> bool:
        """A sum of products as one batch of products, if what it takes lies side by side."""
        order = sorted(range(len(vectors)), key=lambda k: self.views.place(vectors[k]).plane)
        names, vectors = [names[k] for k in order], [vectors[k] for k in order]
        if not self.views.in_a_row(names) or not self.views.side_by_side(vectors):
            return False
        matrices = self.views.matrices(names, node.detail[0])
        side = self.views.view(vectors[0], planes=len(vectors))
        shape = ", ".join((str(len(vectors)), self.values.rows, *run.dims(node)))
        each = self.views.new(f"np.empty(({shape}), real)")
        run.write(run.call("np.matmul", side, matrices, each))
        run.write(run.call("np.add.reduce", each, "0", "None", out))
        return True
