"""Where the operations of a compiled model read and write: views, for the rows at hand."""

from __future__ import annotations

from derive.arrays.operations import Op
from derive.arrays.program import Operand
from derive.arrays.recurrent.views import Views
from derive.arrays.targets.numpy.axis_layout import Layout
from derive.arrays.targets.numpy.numpy_operations import called, function_text, number_text
from derive.core.kinds import Dimension

_ROWS = Layout()
_DTYPES = {"f": "real", "i": "np.intp", "b": "bool"}
_PLACES = {"B": "sequences", "1": "sequences[:1]"}  # the numbers of the rows


class ViewValues:
    """The values of a compiled model.

    `rows` is how many rows the operation at hand has: N steps and sequences, B or 1. With `full`
    all of them are to be there in what is read. `repeated` holds what stands once a sequence,
    copied for all steps.
    """

    def __init__(self, views: Views) -> None:
        self.views = views
        self.nodes, self.homes = views.schedule.nodes, views.storage.home
        self.rows, self.full = "N", False
        self.integral = False  # whether the operation at hand gives integers
        self.repeated: dict[int, str] = {}

    @property
    def places(self) -> str:
        """The numbers of the rows."""
        return _PLACES.get(self.rows) or self.rows.replace("N", "places")

    @property
    def scope(self) -> tuple[int | None, str]:
        """The loop and the rows at hand."""
        return self.views.region, self.rows

    def name(self, number: int) -> str:
        """A value with its own axes."""
        node = self.nodes[number]
        if node.op is Op.INPUT:
            return self.read(number) if node.batched else self.views.natural(node.detail[0])
        if number in self.homes:
            return self.read(number)
        if node.op is Op.SIZE:
            return self.dim(node.detail[0])
        if node.kind == "s":
            operands = [number_text(o.source) if o.number else self.name(o.source)
                        for o in node.operands]
            return self.views.once(f"float({called(function_text(node), operands)})")
        return f"t{number}"

    def text(self, operand: Operand) -> str:
        """An operand, its axes along those of the result."""
        if operand.number and self.integral:
            return self.views.once(f"np.array({int(operand.source)})")
        if operand.number:
            return self.views.once(f"np.array({number_text(operand.source)}, real)")
        number, node = operand.source, self.nodes[operand.source]
        if node.kind == "s":
            return self.name(number)
        suffix = _ROWS.suffix(operand.axes, node.batched)
        if node.op is Op.INPUT and not node.batched:
            return self.views.natural(node.detail[0], suffix)
        if number in self.homes or node.op is Op.INPUT:
            return self.read(number, suffix)
        return self.name(number) + suffix

    def read(self, number: int, suffix: str = "", full: bool = False) -> str:
        """The name of a value that is read for the rows at hand.

        What stands once for all rows has one row, which NumPy repeats by itself, but for what
        needs them in `full`.
        """
        if number in self.repeated:
            copy = self.repeated[number]
            return self.views.once(copy + suffix) if suffix else copy
        if (full or self.full) and self.rows != "1" and \
                self.views.place(number).rows == "parameter":
            shape = self.shape(tuple(map(self.dim, self.nodes[number].dims)))
            return self.views.once(f"np.broadcast_to({self.views.view(number)}, {shape}){suffix}")
        return self.views.view(number, suffix)

    def flat(self, number: int, suffix: str = "") -> str:
        """A value in which all of its own axes are one, with all of its rows."""
        node = self.nodes[number]
        if len(node.dims) < 2:
            return self.read(number, suffix, full=True)
        if self.rows != "1" and self.views.place(number).rows == "parameter":
            size = " * ".join(map(self.dim, node.dims))
            return self.views.once(f"np.broadcast_to({self.views.view(number)}.reshape(1, -1), "
                                   f"({self.rows}, {size})){suffix}")
        return self.read(number, f".reshape({self.rows}, -1){suffix}")

    def once_a_sequence(self, number: int) -> bool:
        """Whether a value must be repeated to have the rows at hand."""
        return self.rows[0] == "N" and \
            self.views.place(number).rows in ("sequence", "first", "last", "axis", "across")

    def repeat(self, number: int) -> tuple[str, str]:
        """The arrays to copy a value of each sequence to and from, for all steps."""
        node = self.nodes[number]
        dims = tuple(map(self.dim, node.dims))
        copy = self.repeated[number] = self.scratch(dims, node.kind)
        steps = self.rows.replace("N", "T")
        return self.views.once(f"{copy}.reshape(({', '.join((steps, 'B', *dims))}))"), \
            self.views.view(number)

    def home(self, number: int) -> tuple[int, int] | None:
        """The slab and plane of a value."""
        return self.homes.get(number)

    def buffer(self, number: int) -> str:
        """The array into which a value is computed."""
        return self.views.view(number)

    def flat_buffer(self, number: int) -> str:
        """The array into which a value is computed, all of its own axes as one."""
        many = len(self.nodes[number].dims) > 1
        return self.views.view(number, f".reshape({self.rows}, -1)" * many)

    def shape(self, dims: tuple[str, ...]) -> str:
        """The shape of an array with the rows at hand."""
        return f"({', '.join((self.rows, *dims))},)"

    def scratch(self, dims: tuple[str, ...], kind: str) -> str:
        """One more array, for a temporary value of this place alone."""
        return self.views.new(f"np.empty({self.shape(dims)}, {_DTYPES[kind]})")

    def writable(self, source: int, number: int) -> bool:
        """Whether a node may write into an operand and restore it."""
        kinds = self.views.schedule.kinds
        return source in self.homes and kinds[source] == kinds[number]

    def dim(self, dim: Dimension) -> str:
        """A dimension."""
        return self.views.dim(dim)
