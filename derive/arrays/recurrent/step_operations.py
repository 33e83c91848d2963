"""The operations of recurrent programs in code: products with parameters, sums over steps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from derive.arrays.operations import Op
from derive.arrays.program import Node, Program
from derive.arrays.targets.functional.array_dialect import Writer
from derive.arrays.targets.functional.functional_emission import FunctionBody
from derive.arrays.targets.functional.functional_text import ATOM, PRODUCT, SUM, Text, infix
from derive.arrays.targets.functional.functional_writers import function
from derive.arrays.targets.functional.place_writers import is_constant, pick
from derive.arrays.targets.functional.program_terms import Terms
from derive.core.atoms import Dim
from derive.core.kinds import Dimension

_OF_NUMBERS = {"sigmoid": "1 / (1 + math.exp(-{0}))"}
_LETTERS, _LEAD_LETTERS = "ijklmnopqrs", "tb"
LEAD = {"step": ("T", "B"), "sequence": ("B",), "parameter": ()}


class StepTerms(Terms):
    """The names of values: those of the model. The code itself says what they are."""

    def __init__(self, program: Program, names: Mapping[str, str], stems: Mapping[int, str],
                 ) -> None:
        super().__init__(program, names)
        self.stems = stems

    def name(self, number: int) -> str:
        """The stem of a name for a value."""
        return self.stems.get(number) or re.sub(r"\W+", "_", super().name(number)).strip("_")

    def named(self, number: int, name: str) -> str:
        """There is no remark behind a statement."""
        return ""


@dataclass
class StepBody(FunctionBody):
    """Writes statements for all steps at once, or for one step of a loop.

    `kinds` says along what each value varies: step, sequence, or parameter (nothing). `remarks`
    are the equations that stand above the statements of what they define.
    """

    kinds: dict[int, str] = field(default_factory=dict)
    stems: dict[int, str] = field(default_factory=dict)  # names for values
    remarks: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.terms = StepTerms(self.program, self.names, self.stems)

    def emit(self, number: int) -> None:
        """One value; each result is a name."""
        super().emit(number)
        if number in self.outputs.values() and not self.texts[number].code.isidentifier():
            self.define(number, self.texts[number])

    def define(self, number: int, text: Text) -> None:
        """A statement that names a value, the equation above it."""
        if number in self.remarks:
            self.lines += [f"# {line}" for line in self.remarks[number].split("\n")]
        super().define(number, text)

    def turned(self, text: Text, order: list[int]) -> Text:
        """A value with its own axes in another order."""
        if order == [1, 0] and self.dialect.infinity == "np.inf":
            return Text(f"np.swapaxes({text.code}, -1, -2)")
        return super().turned(text, order)

    def size(self, dim: Dimension) -> str:
        """The length of a dimension: what is named before."""
        if not isinstance(dim, Dim) or dim.fixed:
            return str(dim.fixed if isinstance(dim, Dim) else int(dim))
        return "T" if dim.name == "T" else f"size_{dim.name}"

    def along(self, number: int, kind: str) -> str:
        """A value with the leading axes of a kind: what varies less stands at each."""
        node, text = self.program.nodes[number], self.read(number).within(0)
        if self.kinds[number] == kind:
            return text
        names = [*LEAD[kind], *(self.size(d) for d in node.dims)]
        return f"{self.dialect.broadcast}({text}, ({', '.join(names)}{',' * (len(names) == 1)}))"


def spread(run: FunctionBody, number: int, node: Node) -> Text:
    """A value with all its axes, and those of steps and sequences along which it varies."""
    run = cast(StepBody, run)
    lead = LEAD[run.kinds[number]] if run.first[0] != "row" else ("B",)[:len(
        LEAD[run.kinds[number]])]
    names = [*lead, *map(run.size, node.dims)]
    shape, operand = f"({', '.join(names)}{',' * (len(names) == 1)})", node.operands[0]
    if is_constant(run, operand):
        return Text(run.dialect.full.format(shape, run.operand(operand).code, run.first[0]))
    value = run.real(operand)
    return Text(f"{run.dialect.broadcast}({value.code}, {shape})") if names else value


def dots(run: FunctionBody, number: int, node: Node) -> Text:
    """Sums of products of parameters and vectors."""
    total: Text | None = None
    for turn, axes in enumerate(node.detail):
        matrix, vector = node.sources[2 * turn], node.sources[2 * turn + 1]
        left, right = run.read(vector), run.read(matrix)
        rank = len(run.program.nodes[matrix].dims)
        if rank > 2:
            own, summed, rest = _letters(rank, axes)
            product = _sum_of_products(run, f"...{summed},{own}->...{rest}", left, right)
        else:
            turned = ".T" * (axes == (1,))
            product = Text(f"{left.within(ATOM)} @ {right.within(ATOM)}{turned}", PRODUCT)
        total = product if total is None else infix("+", SUM, total, product)
    assert total is not None
    return total


def _letters(rank: int, axes: tuple[int, ...]) -> tuple[str, str, str]:
    """A letter for each axis of an array; those of some axes, and of the others."""
    own = _LETTERS[:rank]
    return (own, "".join(own[n] for n in axes),
            "".join(letter for n, letter in enumerate(own) if n not in axes))


def _sum_of_products(run: FunctionBody, words: str, *factors: Text) -> Text:
    """A sum of products by the letters of its axes."""
    return Text(run.dialect.calls[Op.CONTRACT].format(f'"{words}"', *(f.code for f in factors)))


def _longest(run: StepBody, node: Node) -> str:
    kinds = {run.kinds[n] for n in node.sources}
    return next(kind for kind in LEAD if kind in kinds)


def _once(kind: str, code: str) -> Text:
    """What stands once for all sequences counts for each."""
    return Text(f"{code} * B", PRODUCT) if kind == "parameter" else Text(code)


def picked(run: FunctionBody, number: int, node: Node) -> Text:
    """Rows of a table by label are read as such."""
    inner, label = run.node(node.operands[0]), node.operands[1]
    axis, shifted, order = node.detail
    rest = [a for a in order if a is not None]
    if inner.op is not Op.INPUT or inner.batched or label.number or shifted or \
            rest != sorted(rest) or not set(label.axes) <= {None} or len(inner.dims) > 2:
        return pick(run, number, node)
    table, place = run.read(node.operands[0].source), run.read(label.source)
    return Text(f"{table.within(ATOM)}{'.T' * axis}[{place.code}]")


def applied(run: FunctionBody, number: int, node: Node) -> Text:
    """A function; an activation of one number for the whole call is Python's."""
    if node.kind == "s" and node.op is Op.FUNCTION and node.detail[0] in _OF_NUMBERS:
        operand = run.operand(node.operands[0]).within(ATOM)
        return Text(_OF_NUMBERS[node.detail[0]].format(operand), PRODUCT)
    return function(run, number, node)


def batch_sum(run: FunctionBody, number: int, node: Node) -> Text:
    """The sum over all steps and sequences."""
    run = cast(StepBody, run)
    source, = node.sources
    kind, text = run.kinds[source], run.read(source)
    if kind == "parameter":
        return _once(kind, text.within(PRODUCT))
    axes = "" if not node.dims else "(0, 1)" if kind == "step" else "0"
    return Text(f"{text.within(ATOM)}.sum({axes})")


def outer(run: FunctionBody, number: int, node: Node) -> Text:
    """The sum of outer products."""
    run = cast(StepBody, run)
    kind = _longest(run, node)
    first, second = (run.along(n, kind) for n in node.sources)
    if len(node.dims) > 2:
        own, *sides = _letters(len(node.dims), node.detail[0])
        lead = _LEAD_LETTERS[:len(LEAD[kind])]
        return _once(kind, _sum_of_products(run, f"{lead}{sides[0]},{lead}{sides[1]}->{own}",
                                            Text(first), Text(second)).code)
    first, second = (first, second) if node.detail[0] == (0,) else (second, first)
    return _once(kind, f"outer_sum({first}, {second})")


def scatter(run: FunctionBody, number: int, node: Node) -> Text:
    """Sums of values by label."""
    run = cast(StepBody, run)
    place, = node.detail
    label, value = node.operands[0], node.sources[-1]
    kind = _longest(run, node)
    labels = str(int(label.source)) if label.number else run.along(label.source, kind)
    many = run.size(node.dims[place])
    code = f"by_label({run.along(value, kind)}, {labels}, {many}, {place}, {len(node.dims) - 1})"
    return _once(kind, code)


STEP_WRITERS: dict[Op, Writer] = {
    Op.FUNCTION: applied, Op.SPREAD: spread, Op.PICK: picked, Op.DOTS: dots,
    Op.BATCH_SUM: batch_sum,
    Op.OUTER: outer, Op.SCATTER: scatter}
