"""The text of a compiled model: one function that makes all views, and three that compute."""

from __future__ import annotations

import re
from typing import Any

from derive.arrays.program import Node
from derive.arrays.recurrent.loop_schedule import PHASES, TOTALS, Region, Schedule
from derive.arrays.recurrent.operand_reading import Reading
from derive.arrays.recurrent.packs import Packer, shared
from derive.arrays.recurrent.step_totals import Totals
from derive.arrays.recurrent.value_storage import Storage
from derive.arrays.recurrent.views import COUNTS, Views
from derive.arrays.targets.numpy.axis_layout import Layout
from derive.arrays.targets.numpy.buffers import Buffers

_FUNCTION = re.compile(r"\bnp\.([a-z_0-9]+)\(")


class Emitter(Reading):
    """Writes the functions of a compiled model."""

    def __init__(self, schedule: Schedule, storage: Storage, views: Views) -> None:
        self.schedule, self.storage, self.views = schedule, storage, views
        self.program, self.layout = schedule.graph.program, Layout()
        self.outputs, self.names, self.sizes = {}, {}, views.sizes
        self.kept, self.guards = False, frozenset()
        self.lines, self.extra = [], []
        self.flats: dict[Any, Any] = {}
        self.order = schedule.order
        places = {home: n for n, home in enumerate(dict.fromkeys(storage.home.values()))}
        self.buffers = Buffers({n: places[h] for n, h in storage.home.items()}, [], storage.last)
        self.targets = {}
        self.rows, self.whole = "N", False
        self.defined: set[tuple[int, int | None]] = set()
        self.totals = Totals(self)

    # Regions and functions

    def function(self, phase: int) -> list[str]:
        """The statements of one of the three functions."""
        self.lines = []
        self.defined = set()
        done: list[str] = []
        for place, region in enumerate(self.schedule.regions):
            if region.phase == phase:
                done += self.region_text(place, region)
        self.lines, self.views.region, self.rows = done, None, "N"
        if phase == PHASES.index("gradient"):
            self.totals.gradients()
        return self.lines

    def region_text(self, place: int, region: Region) -> list[str]:
        self.lines, self.views.region, self.rows = [], None, "B"
        self.edges(region)
        before = self.lines
        if not region.step:
            self.statements(list(region.nodes))
            return self.lines
        self.lines, self.views.region, self.rows = [], place, "B"
        self.statements(list(region.nodes))
        body = self.lines
        names = list(self.views.stepped.get(place, {}).values())
        listed = ", ".join(names) + ("," if len(names) == 1 else "")
        turned = self.totals.turned_here()
        return [*before, *turned, f"for {listed} in loop{place}:",
                *(f"    {line}" for line in body)]

    def edges(self, region: Region) -> None:
        """What stands beyond the ends of time for the values that a region carries."""
        for number in region.nodes:
            node = self.program.nodes[number]
            delay = self.schedule.graph.delays.get(node.detail[0]) if node.op == "input" else None
            if delay is None or delay.state or delay.source not in self.schedule.graph.named:
                continue
            source = self.schedule.graph.named[delay.source]
            beyond = self.views.beyond(source, "first" if delay.shift < 0 else "last")
            if delay.edge is not None:
                self.say(f"np.copyto({beyond}, {self.name(delay.edge)})")
            else:
                self.say(f"{beyond}.fill(0)")

    def statements(self, numbers: list[int]) -> None:
        """The operations of a region, those of the same form together."""
        numbers = [n for n in numbers if self.program.nodes[n].op not in ("input", *TOTALS)
                   and self.program.nodes[n].kind != "s"]
        looping = self.views.region is not None
        for pack in Packer(self.views).packs(numbers):
            node = self.program.nodes[pack[0]]
            self.rows = "B" if looping else self.count(pack[0])
            if node.op == "dots":
                self.dots(pack)
            elif len(pack) > 1:
                self.packed(pack, node)
            else:
                self.write(pack[0], node)
        self.rows = "B" if looping else "N"

    def count(self, number: int) -> str:
        """How many rows a value has."""
        return COUNTS[self.schedule.kinds[number]]

    # Operations

    def elementwise(self, number: int, node: Node) -> None:
        if number not in self.storage.home or "{" in node.op or node.kind == "i" or \
                not node.op.startswith("np."):
            super().elementwise(number, node)
            return
        self.call(node.op, [self.text(o) for o in node.operands], self.buffer(number))

    def call(self, op: str, operands: list[str], out: str) -> None:
        """A call that writes into a buffer; by position is quicker, where NumPy takes it."""
        named = "out=" if op in ("np.maximum", "np.minimum") else ""
        self.say(f"{op}({', '.join([*operands, named + out])})")

    def packed(self, pack: tuple[int, ...], node: Node) -> None:
        """One call for several operations whose operands lie side by side."""
        nodes = [self.program.nodes[n] for n in pack]
        texts = []
        for k in range(len(node.operands)):
            operands = [n.operands[k] for n in nodes]
            if shared(operands):
                texts.append(self.text(operands[0]))
                continue
            first = self.program.nodes[operands[0].source]
            if first.op == "input" and not first.batched:
                names = [self.program.nodes[o.source].detail[0] for o in operands]
                stored = self.views.stored(names)
                texts.append(self.views.once(f"{stored}[:, None]"))
            else:
                texts.append(self.views.view(operands[0].source, planes=len(pack)))
        out = self.views.view(pack[0], planes=len(pack))
        self.call(node.op, texts, out)

    def dots(self, pack: tuple[int, ...]) -> None:
        """Products of parameters and vectors: several of one vector, or a sum of several."""
        nodes = [self.program.nodes[n] for n in pack]
        if len(pack) > 1:
            names = [self.matrix(n, 0) for n in nodes]
            vector = self.read(nodes[0].sources[1], whole=True)
            matrices = self.totals.matrices(names, nodes[0].detail[0])
            out = self.views.view(pack[0], planes=len(pack))
            self.say(f"np.matmul({vector}, {matrices}, {out})")
            return
        node, out = nodes[0], self.buffer(pack[0])
        pairs = list(zip(node.sources[::2], node.sources[1::2], node.detail, strict=True))
        names = [self.matrix(node, k) for k in range(len(pairs))]
        values = [value for _, value, _ in pairs]
        if len(pairs) > 1 and node.dims and len(set(node.detail)) == 1 and \
                self.summed(names, values, node, out):
            return
        for k, (_, value, axis) in enumerate(pairs):
            matrix = self.totals.matrices([names[k]], axis)
            vector = self.read(value, whole=True)
            target = out if k == 0 else self.scratch(self.dims(node), "f")
            # In a loop every step is one run of memory; a plane of all steps may be none.
            self.say(f"{vector}.dot({matrix}, {target})" if self.views.region is not None else
                     f"np.matmul({vector}, {matrix}, {target})")
            if k:
                self.say(f"np.add({out}, {target}, {out})")

    def matrix(self, node: Node, pair: int) -> str:
        return str(self.program.nodes[node.sources[2 * pair]].detail[0])

    def summed(self, names: list[str], values: list[int], node: Node, out: str) -> bool:
        """A sum of products as one batch of products, if what it takes lies side by side."""
        order = sorted(range(len(values)), key=lambda k: self.views.place(values[k])[1])
        names, values = [names[k] for k in order], [values[k] for k in order]
        if not self.views.in_a_row(names) or not self.views.side_by_side(values):
            return False
        matrices = self.totals.matrices(names, node.detail[0])
        vectors = self.views.view(values[0], planes=len(values))
        shape = ", ".join((str(len(values)), self.rows, *self.dims(node)))
        each = self.views.once(f"np.empty(({shape}), real)  # {len(self.views.fixed)}")
        self.say(f"np.matmul({vectors}, {matrices}, {each})")
        self.say(f"np.add.reduce({each}, 0, None, {out})")
        return True

    def where(self, number: int, node: Node) -> None:
        """A case distinction in the place of its second case, or of none."""
        if node.kind != "f" or number not in self.storage.home:
            super().where(number, node)
            return
        test, yes, no = node.operands
        out, home = self.buffer(number), self.storage.home
        if home.get(yes.source if not yes.number else -1) == home[number]:
            turned = self.scratch(self.dims(node)[:0], "b") if not any(
                a is not None for a in test.axes) else None
            if turned is None:
                self.say(f"np.copyto({out}, np.where({', '.join(map(self.text, node.operands))}))")
                return
            self.say(f"np.logical_not({self.name(test.source)}, {turned})")
            mask = turned + self.layout.aligned("@", test.axes, len(test.axes), True)[1:]
            self.say(f"np.copyto({out}, {self.text(no)}, where={mask})")
            return
        if home.get(no.source if not no.number else -1) != home[number]:
            self.say(f"np.copyto({out}, {self.text(no)})")
        self.say(f"np.copyto({out}, {self.text(yes)}, where={self.text(test)})")


def model_text(schedule: Schedule, storage: Storage, views: Views) -> str:
    """The text of the module of a compiled model."""
    emitter = Emitter(schedule, storage, views)
    bodies = [emitter.function(phase) for phase in range(len(PHASES))]
    head = ["def make(weights, slopes, data, memory, sizes, T, B, real):",
            '    """Makes every view for T steps of B sequences; returns the three functions."""',
            "    N = T * B",
            *(f"    {text} = sizes[{str(dim)!r}]" for dim, text in views.sizes.items()),
            "    places, sequences = np.arange(N), np.arange(B)"]
    lines = [f"    {name} = {text}" for text, name in views.fixed.items()]
    for place, names in views.stepped.items():
        steps = "range(T)" if schedule.regions[place].step > 0 else "range(T - 1, -1, -1)"
        lines.append(f"    loop{place} = [({', '.join(names)},) for t in {steps}]")
    for phase, body in zip(PHASES, bodies, strict=True):
        result = [f"        return {emitter.totals.loss()}"] if phase == "loss" else []
        lines += ["", f"    def {phase}():", *(f"        {line}" for line in body), *result]
        if not body and not result:
            lines.append("        pass")
    lines += ["", f"    return {', '.join(PHASES)}", ""]
    used = sorted(set(_FUNCTION.findall("\n".join(lines))))
    aliases = [f"    np_{name} = np.{name}" for name in used]
    text = "\n".join(_FUNCTION.sub(r"np_\1(", line) for line in lines)
    return "\n".join([*head, *aliases, text])
