"""Writing of what is summed over all steps and sequences: gradients and the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.kernels.program import Node

if TYPE_CHECKING:
    from derive.kernels.recurrent.emission import Emitter


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
            terms.append(f"np.add.reduce({self.emitter.name(source)}, None).item()")
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
        rows = "B" if self.emitter.schedule.kinds[number] == "sequence" else "N"
        return self.views.once(f"np.ones({rows}, real)")

    def together(self, names: list[str]) -> None:
        graph, mine = self.emitter.schedule.graph, self.views.parameters[names[0]]
        node = self.nodes[graph.gradients[names[0]][0]]
        adjoint = self.adjoint(node, mine.turned)
        values = self.views.view(adjoint, planes=len(names))
        out = self.views.stored(names, "slopes")
        if node.op == "batch-sum":
            self.emitter.say(f"np.matmul({self.ones(adjoint)}, {values}, {out})")
            return
        partner = self.partner(node, mine.turned)
        assert partner is not None
        turned = self.views.view(partner, ".T")
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

    def term(self, name: str, node: Node, out: str) -> None:
        mine = self.views.parameters[name]
        if node.op == "outer":
            first, second = node.sources[::-1] if mine.turned else node.sources
            left = self.views.view(first, ".T")
            self.emitter.say(f"{left}.dot({self.views.view(second)}, {out})")
        elif node.op == "scatter":
            labels, value = node.sources
            classes = self.views.sizes.get(node.dims[node.detail[0]], node.dims[node.detail[0]])
            rows = self.views.once(f"Rows({self.views.view(labels)}, {classes}, real)")
            key = f"{rows}.sort()"
            if key not in self.emitter.lines:
                self.emitter.say(key)
            target = out if mine.turned == (node.detail[0] == 1) else \
                self.views.once(f"{out}.T")
            self.emitter.say(f"{rows}.add({self.views.view(value)}, {target})")
        elif len(node.dims) == 1 and node.sources:
            value = node.sources[0]
            self.emitter.say(f"{self.ones(value)}.dot({self.emitter.name(value)}, {out})")
        else:
            natural = self.views.once(f"{out}.T") if mine.turned else out
            self.emitter.say(f"np.add.reduce({self.emitter.name(node.sources[0])}, 0, None, "
                             f"{natural})")
