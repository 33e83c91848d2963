"""Writing of what picks or sets places along an axis: labels, diagonals."""

from __future__ import annotations

from derive.arrays.program import Node, Operand
from derive.arrays.targets.numpy import buffers
from derive.arrays.targets.numpy.axis_layout import arange, batch_places
from derive.arrays.targets.numpy.block_writer import Writer


class Places(Writer):
    """The statements for labels and diagonals."""

    def pick(self, number: int, node: Node) -> None:
        vector, label = node.operands
        inner = self.program.nodes[vector.source]
        name = self.name(vector.source)
        axis, shifted, _ = node.detail
        if shifted:
            self.shifted(number, node, inner)
        elif buffers.view(node):
            self.define(number, self.target(name, inner, axis, label))
        elif self.flat(inner, label) and inner.kind == "f":
            self.define(number, f"np.take({name}.reshape(-1), {self.flat_places(inner, label)}, "
                                f"out={self.buffer(number)}, mode=\"clip\")")
        else:
            self.define(number, f"into({self.buffer(number)}, "
                                f"{self.target(name, inner, axis, label, node)})")

    def shifted(self, number: int, node: Node, inner: Node) -> None:
        """The elements at a shifted place; NaN outside of the axis."""
        vector, label = node.operands
        text, size = self.place_text(label), self.dim(inner.dims[node.detail[0]])
        self.say(f"i{number} = np.minimum(np.maximum({text}, 0), {size} - 1)")
        target = self.target(self.name(vector.source), inner, node.detail[0], label, node,
                             f"i{number}")
        self.define(number, f"into({self.buffer(number)}, np.where(i{number} == {text}, "
                            f"{target}, np.nan))")

    def place_text(self, label: Operand) -> str:
        return str(int(label.source)) if label.number else self.text(label)

    def flat(self, inner: Node, label: Operand) -> bool:
        """Whether a label picks one element of each example's only axis."""
        return len(inner.dims) == 1 and inner.batched and not label.axes and not label.number \
            and self.program.nodes[label.source].batched

    def flat_places(self, inner: Node, label: Operand) -> str:
        """The numbers of the labels' elements in the flattened block."""
        key = (label.source, inner.dims[0])
        if key not in self.places:
            name = self.scratch((), "i")
            text = self.text(label)
            if self.layout.columns:
                self.say(f"np.multiply({text}, n, out={name})")
                self.say(f"np.add({name}, places, out={name})")
            else:
                self.say(f"np.multiply(places, {self.dim(inner.dims[0])}, out={name})")
                self.say(f"np.add({name}, {text}, out={name})")
            self.places[key] = name
        return self.places[key]

    def target(self, name: str, inner: Node, axis: int, label: Operand,
               node: Node | None = None, place: str = "") -> str:
        """The elements of an array at a label along one axis, as an expression to read or set.

        `place` is code for the place, if it is not the label itself.
        """
        rank = len(inner.dims)
        if label.number and not place:
            slots = [":"] * rank
            slots[axis] = str(int(label.source))
            return f"{name}[{', '.join([*slots, ':'] if self.layout.columns else [':', *slots])}]"
        if self.flat(inner, label) and not place:
            return f"{name}.reshape(-1)[{self.flat_places(inner, label)}]"
        out = node.detail[2] if node is not None else tuple(
            None if a == axis else a - (a > axis) for a in range(rank))
        out_rank = len(node.dims) if node is not None else rank - 1
        parts = [place or self.text(label) if along is None else
                 arange(self.dim(inner.dims[a]), along, out_rank, self.layout)
                 for a, along in enumerate(out)]
        if inner.batched:
            batch = batch_places(out_rank, self.layout)
            parts = [*parts, batch] if self.layout.columns else [batch, *parts]
        return f"{name}[{', '.join(parts)}]"

    def put(self, number: int, node: Node) -> None:
        base, label, amount = node.operands
        buffer = self.copied(number, node, base)
        axis = node.detail[0]
        self.say(f"{self.target(buffer, node, axis, label)} = {self.text(amount)}")
        self.define(number, buffer)

    def copied(self, number: int, node: Node, base: Operand) -> str:
        """The buffer of a node, holding its base."""
        buffer = self.buffer(number)
        if base.number or self.buffers.of.get(base.source) != self.buffers.of[number]:
            self.say(f"np.copyto({buffer}, {self.text(base)})")
        return buffer

    def diagonal_text(self, name: str, rank: int, axis: int, other: int,
                      batched: bool = True) -> str:
        letters = [chr(ord("a") + n) for n in range(rank)]
        letters[axis] = letters[other]
        rest = [letters[n] for n in range(rank) if n != axis]
        batched = batched or self.layout.columns
        own = self.layout.letters("".join(letters), batched)
        return f"np.einsum(\"{own}->{self.layout.letters(''.join(rest), batched)}\", {name})"

    def put_diagonal(self, number: int, node: Node) -> None:
        base, amount = node.operands
        buffer = self.copied(number, node, base)
        axis, other = node.detail
        view = self.diagonal_text(buffer, len(node.dims), axis, other)
        self.say(f"{view}[...] = {self.text(amount)}")
        self.define(number, buffer)

    def diagonal(self, number: int, node: Node) -> None:
        source = node.operands[0].source
        axis, other = node.detail
        inner = self.program.nodes[source]
        self.define(number, self.diagonal_text(self.name(source), len(inner.dims), axis, other,
                                               inner.batched))
