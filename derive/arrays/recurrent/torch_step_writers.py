"""The operations of a recurrent program for PyTorch: products with parameters, sums over steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from derive.arrays.operations import Op
from derive.arrays.program import Node, Program
from derive.arrays.targets.functional.functional_emission import FunctionBody
from derive.arrays.targets.functional.functional_text import SUM, Text, infix
from derive.arrays.targets.functional.program_terms import Terms
from derive.arrays.targets.functional.torch_dialect import DIALECT
from derive.core.atoms import Dim
from derive.core.kinds import Dimension

_ROWS = {"step": "T * B", "sequence": "B", "parameter": "1"}


class StepTerms(Terms):
    """The terms of a step, whose values have the names of the model."""

    def __init__(self, program: Program, names: Mapping[str, str], stems: Mapping[int, str],
                 ) -> None:
        super().__init__(program, names)
        self.stems = stems

    def name(self, number: int) -> str:
        """The stem of a name for a value."""
        return self.stems.get(number) or super().name(number)


@dataclass
class StepBody(FunctionBody):
    """Writes statements for all steps at once, or for one step of a loop.

    `kinds` says along what each value varies: step, sequence, or parameter (nothing).
    """

    kinds: dict[int, str] = field(default_factory=dict)
    stems: dict[int, str] = field(default_factory=dict)  # names for values

    def __post_init__(self) -> None:
        super().__post_init__()
        self.terms = StepTerms(self.program, self.names, self.stems)

    def emit(self, number: int) -> None:
        """One value; each result is a name."""
        super().emit(number)
        if number in self.outputs.values() and not self.texts[number].code.isidentifier():
            self.define(number, self.texts[number])

    def size(self, dim: Dimension) -> str:
        """The length of a dimension: what is named before."""
        if not isinstance(dim, Dim) or dim.fixed:
            return str(dim.fixed if isinstance(dim, Dim) else int(dim))
        return f"size_{dim.name}"


def dots(run: FunctionBody, number: int, node: Node) -> Text:
    """Sums of products of parameters and vectors."""
    total: Text | None = None
    for turn, axis in enumerate(node.detail):
        matrix, vector = node.sources[2 * turn], node.sources[2 * turn + 1]
        left, right = run.read(vector), run.read(matrix)
        turned = ".mT" if axis == 1 and len(run.program.nodes[matrix].dims) == 2 else ""
        product = Text(f"{left.within(0)} @ {right.within(0)}{turned}", 3)
        total = product if total is None else infix("+", SUM, total, product)
    assert total is not None
    return total


def _flat(run: StepBody, number: int, kind: str) -> str:
    """A value with one axis for all that a sum runs over."""
    node = run.program.nodes[number]
    text, dims = run.read(number), [run.size(d) for d in node.dims]
    if run.kinds[number] != kind:  # what varies less stands at each step, or sequence
        lengths = {"step": "T, B", "sequence": "B", "parameter": "1"}[kind]
        text = Text(f"{text.within(0)}.expand({', '.join([lengths, *dims])})")
    return f"{text.within(0)}.reshape({', '.join([_ROWS[kind], *dims])})"


def _longest(run: StepBody, node: Node) -> str:
    kinds = {run.kinds[n] for n in node.sources}
    return next(kind for kind in _ROWS if kind in kinds)


def _once(kind: str) -> str:
    """The factor of what stands once for all sequences."""
    return " * B" if kind == "parameter" else ""


def batch_sum(run: FunctionBody, number: int, node: Node) -> Text:
    """The sum over all steps and sequences."""
    run = cast(StepBody, run)
    kind = _longest(run, node)
    return Text(f"{_flat(run, node.sources[0], kind)}.sum(0){_once(kind)}", 3 if _once(kind) else 0)


def outer(run: FunctionBody, number: int, node: Node) -> Text:
    """The sum of outer products."""
    run = cast(StepBody, run)
    kind = _longest(run, node)
    first, second = (_flat(run, n, kind) for n in node.sources)
    return Text(f"{first}.mT @ {second}{_once(kind)}", 3)


def scatter(run: FunctionBody, number: int, node: Node) -> Text:
    """Sums of values by label."""
    run = cast(StepBody, run)
    place, = node.detail
    label, value = node.operands[0], node.sources[-1]
    kind = _longest(run, node)
    dims = ", ".join(map(run.size, node.dims))
    rows = _flat(run, value, kind)
    like = run.first[0]
    labels = _flat(run, label.source, kind) if not label.number else \
        f"{like}.new_full(({rows}.shape[0],), {int(label.source)}).long()"
    moved = "" if place == 0 else f".movedim(0, {place})"
    return Text(f"{like}.new_zeros(({dims},)).index_add({place}, {labels}, "
                f"{rows}{moved}){_once(kind)}", 3 if _once(kind) else 0)


STEP_DIALECT = replace(DIALECT, writers={
    **DIALECT.writers, Op.DOTS: dots, Op.BATCH_SUM: batch_sum, Op.OUTER: outer,
    Op.SCATTER: scatter})
