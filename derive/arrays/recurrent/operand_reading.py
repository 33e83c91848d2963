"""Where a compiled model's operations read: values, parameters, labels, for the rows at hand."""

from __future__ import annotations

import re
from typing import Any

from derive.arrays.program import Node, Operand
from derive.arrays.recurrent.loop_schedule import Schedule
from derive.arrays.recurrent.value_storage import Storage
from derive.arrays.recurrent.views import Views
from derive.arrays.targets.numpy.block_emission import Block
from derive.arrays.targets.numpy.block_writer import number_text

_DTYPES = {"f": "real", "i": "np.intp", "b": "bool"}
_ROWS = {rows: ((re.compile(r"\bplaces\b"), places), (re.compile(r"\bn\b"), rows))
         for rows, places in (("N", "places"), ("B", "sequences"), ("1", "sequences[:1]"))}
_WRITERS = {"below-max": "below_max", "put-diagonal": "put_diagonal", "np.median": "reduce",
            **{op: op for op in ("iota", "spread", "where", "pick", "put", "diagonal", "contract")},
            **dict.fromkeys(("sum", "prod", "max", "min", "argmax"), "reduce")}


class Reading(Block):
    """Names for what is read and written, and the operations that read by label.

    `rows` is how many rows the operation at hand has: N steps and sequences, B or 1. With `whole`
    all of them are to be there in what is read.
    """

    schedule: Schedule
    storage: Storage
    views: Views
    rows: str
    whole: bool
    flats: dict[Any, Any]
    defined: set[tuple[int, int | None]]

    def name(self, number: int) -> str:
        node = self.program.nodes[number]
        if node.op == "input" and not node.batched:
            return self.views.natural(node.detail[0])
        if number in self.storage.home or (node.op == "input" and node.batched):
            return self.read(number)
        if node.op == "size":
            return self.dim(node.detail[0])
        if node.kind == "s":
            operands = [number_text(o.source) if o.number else self.name(o.source)
                        for o in node.operands]
            return self.views.once(f"float({self.called(node.op, operands)})")
        if number not in self.defined_here():
            self.redefine(number)
        return f"t{number}"

    def defined_here(self) -> set[int]:
        return {n for n, region in self.defined if region == self.views.region}

    def redefine(self, number: int) -> None:
        """Writes the definition of a view again, in the function or loop at hand."""
        node = self.program.nodes[number]
        self.defined.add((number, self.views.region))
        self.write(number, node)

    def write(self, number: int, node: Node) -> None:
        """Writes one operation."""
        getattr(self, _WRITERS.get(node.op, "elementwise"))(number, node)

    def read(self, number: int, suffix: str = "", planes: int = 0, whole: bool = False) -> str:
        """The name of a value that is read for the rows at hand.

        What stands once a sequence is repeated for all steps. What stands once for all rows has
        one row, which NumPy repeats by itself, but for what needs the `whole`.
        """
        rows, dims = self.views.place(number)[4], self.dims(self.program.nodes[number])
        shape = ", ".join((self.rows, *dims)) + ","
        if rows == "parameter" and (whole or self.whole) and self.rows != "1":
            return self.views.once(f"np.broadcast_to({self.views.view(number)}, ({shape})){suffix}")
        if rows not in ("sequence", "first", "last") or self.rows != "N":
            return self.views.view(number, suffix, planes)
        value = self.views.view(number)
        copy = self.scratch(dims, self.program.nodes[number].kind)
        steps = self.views.once(f"{copy}.reshape(({', '.join(('T', 'B', *dims))}))")
        self.say(f"np.copyto({steps}, {value})")
        return self.views.once(f"{copy}{suffix}") if suffix else copy

    def buffer(self, number: int) -> str:
        return self.views.view(number)

    def scratch(self, dims: tuple[str, ...], kind: str) -> str:
        shape = ", ".join((self.rows, *dims)) + ","
        return self.views.once(f"np.empty(({shape}), {_DTYPES[kind]})  # {len(self.views.fixed)}")

    def text(self, operand: Operand) -> str:
        if operand.number:
            return self.views.once(f"np.array({number_text(operand.source)}, real)")
        number = operand.source
        node = self.program.nodes[number]
        if node.kind == "s":
            return self.name(number)
        aligned = self.layout.aligned("@", operand.axes, len(operand.axes), node.batched)
        suffix = aligned.removeprefix("@")
        if node.op == "input" and not node.batched:
            return self.views.natural(node.detail[0], suffix)
        if number in self.storage.home or node.op == "input":
            return self.read(number, suffix)
        return self.name(number) + suffix

    def define(self, number: int, text: str) -> None:
        if number in self.storage.home:
            if not text.isidentifier():
                self.say(text)
            return
        self.defined.add((number, self.views.region))
        self.say(f"t{number} = {text}")

    def say(self, line: str) -> None:
        for pattern, other in _ROWS[self.rows]:
            line = pattern.sub(other, line)
        self.lines.append(line)

    # Places and labels

    def reduce(self, number: int, node: Node) -> None:
        """A reduction over an axis; a sum of rows is a product with ones, which is quicker."""
        inner = self.program.nodes[node.sources[0]]
        if node.op != "sum" or len(inner.dims) != 1 or inner.kind != "f" or \
                number not in self.storage.home:
            Block.reduce(self, number, node)
            return
        ones = self.views.once(f"np.ones({self.dim(inner.dims[0])}, real)")
        call = f".dot({ones}, {self.buffer(number)})"
        if len(node.operands) == 1:
            self.say(self.name(node.sources[0]) + call)
        else:
            self.without(number, node, "{0}" + call, "")

    def pick(self, number: int, node: Node) -> None:
        inner = self.program.nodes[node.sources[0]]
        name = inner.detail[0] if inner.op == "input" and not inner.batched else ""
        label, (axis, shifted, order) = node.operands[1], node.detail
        rest = [a for a in order if a is not None]
        if name and not label.number and not shifted and rest == sorted(rest) and \
                set(label.axes) <= {None} and axis == int(self.views.parameters[name].turned):
            labels = self.read(label.source, whole=True)
            table, out = self.views.stored([name]), self.buffer(number)
            self.say(f"{table}.take({labels}, 0, {out}, 'clip')")
            return
        self.whole = True
        super().pick(number, node)
        self.whole = False

    def flat_places(self, inner: Node, label: Operand) -> str:
        """The numbers of the labels' elements, for the rows at hand."""
        self.places = self.flats.setdefault((self.views.region, self.rows), {})
        return super().flat_places(inner, label)

    def target(self, name: str, inner: Node, axis: int, label: Operand,
               node: Node | None = None, place: str = "") -> str:
        """The elements of an array at a label along one axis."""
        if not label.number or place or inner.batched:
            return super().target(name, inner, axis, label, node, place)
        slots = [str(int(label.source)) if a == axis else ":" for a in range(len(inner.dims))]
        return f"{name}[{', '.join([*slots, '...'])}]"

    def without(self, number: int, node: Node, call: str, out: str) -> None:
        """A reduction that leaves out one place, of a copy where that differs between rows."""
        kinds = self.schedule.kinds
        self.kept = kinds[node.sources[0]] != kinds[number]
        super().without(number, node, call, out)
        self.kept = False
