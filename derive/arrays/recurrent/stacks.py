"""Which parameters, and which values, lie side by side, so that one call serves several of them.

Four gates that read the same state have four matrices. Laid side by side they are one batch of
matrix products, their values one block of memory, and equal operations on them one call.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise, permutations

from derive.arrays.operations import Op
from derive.arrays.program import Node
from derive.arrays.recurrent.loop_schedule import Schedule

_MOST = 6  # values whose every order is tried
Axes = tuple[tuple[int, ...], ...]


@dataclass
class Stacks:
    """Parameters in stacks, and values (adjoints, products) in stacks; each in order."""

    parameters: list[tuple[str, ...]] = field(default_factory=list)
    values: list[tuple[int, ...]] = field(default_factory=list)


def stacked(schedule: Schedule) -> Stacks:
    """Finds what is to lie side by side."""
    uses, placed = _uses(schedule), layouts(schedule)
    groups: dict[Hashable, list[str]] = {}
    for name, (partner, _) in uses.items():
        kind = schedule.graph.inputs[name][1]
        derived = name in schedule.graph.derived  # of other memory than what is learned
        shape = tuple(map(str, kind.shape)), placed[name]
        groups.setdefault((partner, shape, derived), []).append(name)
    alike = [[uses[n][1] for n in names] for names in groups.values()]
    orders = _orders(schedule, [g for g in alike if len(set(g)) == len(g)])
    place = {adjoint: n for order in orders for n, adjoint in enumerate(order)}
    stacks = Stacks(values=[tuple(order) for order in orders if len(order) > 1])
    for names, adjoints in zip(groups.values(), alike, strict=True):
        if len(set(adjoints)) == len(adjoints) and set(adjoints) <= place.keys():
            stacks.parameters.append(tuple(sorted(names, key=lambda n: place[uses[n][1]])))
        else:
            stacks.parameters += zip(names)
    stacks.parameters += zip(n for n in schedule.graph.gradients if n not in uses)
    stacks.values += _products(schedule, stacks)
    return stacks


def layouts(schedule: Schedule) -> dict[str, Axes]:
    """The axes of which each axis of a parameter in memory is made.

    The axes of its sum, or of labels, come first. With three axes or more it is a matrix: those
    of its sum are one, the others the second.
    """
    placed: dict[str, Axes] = {}
    for number in schedule.order:
        node = schedule.nodes[number]
        pairs: list[tuple[int, tuple[int, ...]]] = []
        if node.op is Op.DOTS:
            pairs = list(zip(node.sources[::2], node.detail, strict=True))
        elif node.op is Op.PICK and not node.operands[1].number and \
                len(schedule.nodes[node.sources[0]].dims) == 2:
            pairs = [(node.sources[0], node.detail[:1])]
        for source, axes in pairs:
            matrix = schedule.nodes[source]
            if matrix.op is Op.INPUT and not matrix.batched:
                others = tuple(n for n in range(len(matrix.dims)) if n not in axes)
                placed.setdefault(matrix.detail[0], (axes, others) if others else (axes,))
    for name in schedule.graph.gradients:
        rank = len(schedule.graph.inputs[name][1].shape)
        placed.setdefault(name, tuple((n,) for n in range(rank)))
    return placed


def sides(node: Node, axes: Axes) -> tuple[int, ...]:
    """The operands of a sum of outer products: that of a parameter's rows, that of its columns."""
    return node.sources if node.detail[0] == axes[0] else node.sources[::-1]


def _uses(schedule: Schedule) -> dict[str, tuple[Hashable, int]]:
    """For each parameter with one simple gradient: what it is multiplied with, and the adjoint."""
    uses: dict[str, tuple[Hashable, int]] = {}
    placed = layouts(schedule)
    for name, nodes in schedule.graph.gradients.items():
        if len(nodes) != 1:
            continue
        node = schedule.nodes[nodes[0]]
        if node.op is Op.OUTER:
            rows, columns = sides(node, placed[name])
            uses[name] = ((node.op, rows), columns)
        elif node.op is Op.SCATTER and not node.operands[0].number:
            uses[name] = ((node.op, node.sources[0]), node.sources[1])
        elif node.op is Op.BATCH_SUM and len(node.dims) == 1 and node.sources:
            uses[name] = ((node.op, schedule.kinds[node.sources[0]]), node.sources[0])
    return uses


def _products(schedule: Schedule, stacks: Stacks) -> list[tuple[int, ...]]:
    """The products of one vector with stacked parameters, and rows of stacked tables."""
    products: dict[Hashable, dict[str, int]] = {}
    for number in schedule.order:
        node = schedule.nodes[number]
        if node.op not in (Op.DOTS, Op.PICK) or len(node.operands) != 2 or node.operands[1].number:
            continue
        matrix = schedule.nodes[node.sources[0]]
        if matrix.op is not Op.INPUT or matrix.batched:
            continue
        key = (node.op, node.sources[1], node.detail if node.op is Op.DOTS else node.detail[0],
               schedule.region[number])
        products.setdefault(key, {})[matrix.detail[0]] = number
    rows = []
    for names in products.values():
        for stack in stacks.parameters:
            mine = tuple(names[n] for n in stack if n in names)
            if len(mine) > 1:
                rows.append(mine)
    return rows


def _orders(schedule: Schedule, groups: list[list[int]]) -> list[list[int]]:
    """Orders of the values in overlapping groups, in which each group is a run where it can be."""
    merged: list[set[int]] = []
    for group in groups:
        near = [m for m in merged if m & set(group)]
        merged = [m for m in merged if m not in near] + [set(group).union(*near)]
    orders = []
    for values in merged:
        dims = {schedule.nodes[n].dims for n in values}
        if len(dims) > 1 or len({schedule.kinds[n] for n in values}) > 1:
            orders += [[n] for n in sorted(values)]
            continue
        hard = [set(g) for g in groups if set(g) <= values]
        orders.append(_order(schedule, sorted(values), hard))
    return orders


def _order(schedule: Schedule, values: list[int], groups: list[set[int]]) -> list[int]:
    """The best of all orders: groups first, then values that are computed alike side by side."""
    if len(values) > _MOST:
        return sorted(values, key=lambda n: (_alike(schedule, n), n))
    backwards = {n: _alike(schedule, n) for n in values}
    forwards = {n: _activation(schedule, n) for n in values}

    def merit(order: Iterable[int]) -> tuple[int, int, int]:
        line = list(order)
        runs = sum(_is_run([line.index(n) for n in g]) for g in groups)
        pairs = list(pairwise(line))
        return (runs, sum(forwards[a] == forwards[b] for a, b in pairs)
                + sum(backwards[a] == backwards[b] for a, b in pairs), 0)

    return list(max(permutations(values), key=merit))


def _is_run(places: list[int]) -> bool:
    return max(places) - min(places) == len(places) - 1


def _kind(node: Node) -> str:
    """The operation, or the function."""
    return str(node.detail[0]) if node.op is Op.FUNCTION else node.op.label


def _alike(schedule: Schedule, number: int) -> str:
    """How a value is computed inside its loop: the operation, and what it shares with others."""
    node = schedule.nodes[number]
    region = schedule.region[number]
    inside = sorted(s for s in node.sources if schedule.region.get(s) == region)
    return f"{_kind(node)} {inside}"


def _activation(schedule: Schedule, adjoint: int) -> str:
    """What is done first with the value whose adjoint this is."""
    names = [k for k, n in schedule.graph.named.items() if n == adjoint and k.endswith("'")]
    for name in names:
        value = schedule.graph.named.get(name[:-1])
        readers = schedule.readers.get(value, []) if value is not None else []
        if readers:
            node = schedule.nodes[readers[0]]
            return f"{_kind(node)} {[str(o.source) for o in node.operands if o.number]}"
    return ""
