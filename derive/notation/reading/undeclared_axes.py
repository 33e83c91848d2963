"""The axes of names that are not declared, as far as their use tells: which axes are one."""

from __future__ import annotations

from derive.deferred_dataclass import dataclass


class Axis:
    """An axis of an array, or the range of an index; axes that are joined are one.

    `name` is that of the dimension, "" where no text names it; `classes` marks the range of
    labels.
    """

    def __init__(self, name: str = "") -> None:
        self.own_name, self.own_classes, self.clash = name, False, False
        self.joined: Axis | None = None

    @property
    def root(self) -> Axis:
        """The axis that stands for all that are joined with this."""
        axis = self
        while axis.joined is not None:
            axis = axis.joined
        return axis

    @property
    def name(self) -> str:
        """The name of the dimension."""
        return self.root.own_name

    def join(self, other: Axis) -> None:
        """Makes two axes one; two of different names stay apart, which the parser says."""
        a, b = self.root, other.root
        if a is b:
            return
        if a.own_name and b.own_name and a.own_name != b.own_name:
            a.clash = b.clash = True
            return
        if not a.own_name:
            a, b = b, a
        b.joined, a.own_classes = a, a.own_classes or b.own_classes


Shape = tuple[Axis, ...]


@dataclass(frozen=True)
class Unsettled:
    """A formula whose shape depends on names of which it is not known whether they are arrays.

    `mixed` says that they stand otherwise than as terms of one sum, `elements` are those with
    subscripts behind them.
    """

    names: frozenset[str]
    mixed: bool = False
    elements: frozenset[str] = frozenset()


Shaped = Shape | Unsettled


@dataclass
class Use:
    """What is known of an undeclared name: its axes once it is an array, its labels' range.

    `place` is where it was first typed; `beside` holds arrays that it stands beside, as a number
    or as an array of that shape.
    """

    name: str
    line: str = ""
    place: int = 0
    axes: Shape | None = None
    over: Axis | None = None
    index: bool = False
    beside: bool = False
    asked: bool = False
    slots: int = 0  # subscripts behind it

    @property
    def undecided(self) -> bool:
        """Whether its use does not decide what it is."""
        return self.asked or (self.beside and self.axes is None and self.over is None)

    @property
    def all_axes(self) -> Shape:
        """Its axes, and the range of its labels."""
        return (*(self.axes or ()), *((self.over,) if self.over is not None else ()))

    def array(self, rank: int, element: bool = False) -> Shape:
        """The axes of the name, or of its elements at subscripts, which is of that rank."""
        if self.axes is None:
            count = self.slots + rank if element else max(self.slots, rank)
            self.axes = tuple(Axis() for _ in range(count))
        return self.axes[self.slots:] if element else self.axes

    def label(self, axis: Axis) -> None:
        """Notes that the name, or its elements, are places on an axis."""
        if self.over is None:
            self.over = axis
        else:
            self.over.join(axis)
        self.over.root.own_classes = True


FRESH = ("N", "M", "D", "K", "H", "P", "Q", "R", "S", "G", "J")


def name_axes(axes: list[Axis], taken: set[str]) -> None:
    """Gives a dimension to every axis that has none: K to classes, else N, M, D, …"""
    for axis in axes:
        root = axis.root
        if root.own_name:
            continue
        letters = ("K", *FRESH) if root.own_classes else FRESH
        numbered = (f"{letters[0]}{n}" for n in range(1, 100))
        root.own_name = next(n for n in (*letters, *numbered) if n not in taken)
        taken.add(root.own_name)
