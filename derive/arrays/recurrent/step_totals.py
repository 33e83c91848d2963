"""Writing of what is summed over all steps and sequences: gradients and the loss."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from derive.arrays.program import Node
from derive.arrays.recurrent.views import COUNTS, Parameter

if TYPE_CHECKING:
    from derive.arrays.recurrent.model_emission import Emitter


class Totals:
    """The statements for gradients, and the matrices as the products want them."""

    def __init__(self, emitter: Emitter) -> None:
        self.emitter, self.views = emitter, emitter.views
        self.nodes = emitter.program.nodes
        self.copies: dict[str, str] = {}

    # Matrices

    def matrices(self, names: list[str], axis: int) -> str:
        """Parameters of one stack, with the axis of the sum first.

        In a loop the transposed ones are copied beforehand: small products want their second
        operand in order.
        """
        stored = self.views.stored(names)
        one = self.views.parameters[names[0]]
        if stored is None or len(one.dims) < 2 or one.turned == (axis == 1):
            return stored or ""
        turn = f"{stored}.T" if len(names) == 1 else f"{stored}.transpose(0, 2, 1)"
        if self.views.region is None:
            return self.views.once(turn)
        copy = self.views.once(f"{turn} if B == 1 else np.ascontiguousarray({turn})")
        self.copies[copy] = turn
        return copy

    def turned_here(self) -> list[str]:
        """The statements that copy transposed matrices before a loop."""
        lines = []
        for copy, turn in self.copies.items():
            lines += ["if B > 1:", f"    np.copyto({copy}, {turn})"]
        self.copies = {}
        return lines

    # Sums

    def loss(self) -> str:
        """The loss: the sum of the terms of all steps."""
        terms = []
        for number in self.emitter.schedule.graph.loss:
            source = self.nodes[number].sources[0]
            rows = self.common([source])
            value = f"np.add.reduce({self.emitter.name(source)}, None).item()"
            terms.append(f"B * {value}" if rows == "1" else value)
        return " + ".join(terms)

    def gradients(self) -> None:
        """The gradient of each parameter, stacks together where one call can do it."""
        done: set[str] = set()
        graph = self.emitter.schedule.graph
        for name in graph.gradients:
            if name not in done:
                mates = self.mates(name)
                done.update(mates)
                if len(mates) > 1:
                    self.together(mates)
                else:
                    self.alone(name)

    def mates(self, name: str) -> list[str]:
        """The parameters of the same stack whose gradients are one batch of products."""
        graph, mine = self.emitter.schedule.graph, self.views.parameters[name]
        stack = sorted((n for n, p in self.views.parameters.items() if p.stack == mine.stack),
                       key=lambda n: self.views.parameters[n].plane)
        if len(stack) < 2 or any(len(graph.gradients.get(n, ())) != 1 for n in stack):
            return [name]
        nodes = [self.nodes[graph.gradients[n][0]] for n in stack]
        if len({(n.op, self.partner(n, mine.turned)) for n in nodes}) > 1 or \
                nodes[0].op == "scatter":
            return [name]
        kinds = self.emitter.schedule.kinds
        if len({kinds[s] for n in nodes for s in n.sources}) > 1:
            return [name]
        if not self.views.side_by_side([self.adjoint(n, mine.turned) for n in nodes]):
            return [name]
        return stack

    @staticmethod
    def adjoint(node: Node, turned: bool) -> int:
        return node.sources[0] if turned or node.op == "batch-sum" else node.sources[-1]

    @staticmethod
    def partner(node: Node, turned: bool) -> int | None:
        if node.op == "batch-sum":
            return None
        return node.sources[1] if turned else node.sources[0]

    def ones(self, number: int) -> str:
        rows = self.common([number])
        return self.views.once("np.full(1, B, real)" if rows == "1" else f"np.ones({rows}, real)")

    def together(self, names: list[str]) -> None:
        graph, mine = self.emitter.schedule.graph, self.views.parameters[names[0]]
        node = self.nodes[graph.gradients[names[0]][0]]
        adjoint = self.adjoint(node, mine.turned)
        self.common(node.sources)
        values = self.views.view(adjoint, planes=len(names))
        out = self.views.stored(names, "slopes")
        if node.op == "batch-sum":
            self.emitter.say(f"np.matmul({self.ones(adjoint)}, {values}, {out})")
            return
        partner = self.partner(node, mine.turned)
        assert partner is not None
        turned = self.emitter.read(partner, ".T", whole=True)
        self.emitter.say(f"np.matmul({turned}, {values}, {out})")

    def alone(self, name: str) -> None:
        """The gradient of one parameter: the first term is written, the others are added."""
        numbers = self.emitter.schedule.graph.gradients[name]
        out = self.views.stored([name], "slopes") or ""
        if not numbers:
            self.emitter.say(f"{out}.fill(0)")
        for place, number in enumerate(numbers):
            target = out if place == 0 else self.views.once(f"np.empty_like({out})")
            self.term(name, self.nodes[number], target)
            if place:
                self.emitter.say(f"np.add({out}, {target}, {out})")

    def common(self, sources: Iterable[int]) -> str:
        """The rows of a sum over what several values are read for: those of the longest."""
        kinds = {self.emitter.schedule.kinds[n] for n in sources}
        self.emitter.rows = next(rows for kind, rows in COUNTS.items() if kind in kinds)
        return self.emitter.rows

    def term(self, name: str, node: Node, out: str) -> None:
        mine = self.views.parameters[name]
        rows = self.common(node.sources)
        if node.op == "outer":
            first, second = node.sources[::-1] if mine.turned else node.sources
            left = self.emitter.read(first, ".T", whole=True)
            right = self.emitter.read(second, whole=True)
            self.emitter.say(f"{left}.dot({right}, {out})")
        elif node.op == "scatter":
            self.scatter(node, self.natural(mine, out))
        elif len(node.dims) == 1:
            value = node.sources[0]
            self.emitter.say(f"{self.ones(value)}.dot({self.emitter.name(value)}, {out})")
            return
        else:
            self.emitter.say(f"np.add.reduce({self.emitter.name(node.sources[0])}, 0, None, "
                             f"{self.natural(mine, out)})")
        if rows == "1":
            self.emitter.say(f"np.multiply({out}, {self.views.once('np.array(B, real)')}, {out})")

    def natural(self, mine: Parameter, out: str) -> str:
        """An array for a gradient with the axes that were declared."""
        return self.views.once(f"{out}.T") if mine.turned else out

    def scatter(self, node: Node, natural: str) -> None:
        """Sums of rows by label; a number is the label of all."""
        place, = node.detail
        target = self.views.once(f"np.moveaxis({natural}, {place}, 0)") if place else natural
        label, value = node.operands[0], self.emitter.read(node.sources[-1], whole=True)
        if label.number:
            self.emitter.say(f"{target}.fill(0)")
            one = self.views.once(f"{target}[{int(label.source)}, ...]")
            self.emitter.say(f"np.add.reduce({value}, 0, None, {one})")
            return
        labels = self.emitter.read(label.source, whole=True)
        classes = self.views.sizes.get(node.dims[place], node.dims[place])
        made = self.views.once(f"Rows({labels}, {classes}, real)")
        key = f"{made}.sort()"
        if key not in self.emitter.lines:
            self.emitter.say(key)
        self.emitter.say(f"{made}.add({value}, {target})")
