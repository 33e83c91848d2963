"""Writing of what is summed over all steps and sequences: gradients and the loss."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from derive.arrays.operations import Op
from derive.arrays.program import Node
from derive.arrays.recurrent.stacks import sides
from derive.arrays.recurrent.view_values import ViewValues
from derive.arrays.recurrent.views import Parameter
from derive.arrays.targets.numpy.emission import Emitter


class Totals:
    """The statements for gradients and the loss.

    `prepare` makes values ready to be read for the rows at hand.
    """

    def __init__(self, emitter: Emitter, values: ViewValues,
                 prepare: Callable[[Iterable[int]], None]) -> None:
        self.emitter, self.values, self.views = emitter, values, values.views
        self.schedule, self.nodes = values.views.schedule, values.nodes
        self.prepare = prepare
        self.sorted: set[str] = set()  # the labels that were sorted in this function

    def loss(self) -> str:
        """The loss: the sum of the terms of all steps."""
        terms = []
        for number in self.schedule.graph.loss:
            source, = self.nodes[number].sources
            rows = self.common([source])
            value = f"np.add.reduce({self.emitter.name(source)}, None).item()"
            terms.append(f"B * {value}" if rows == "1" else value)
        return " + ".join(terms)

    def gradients(self) -> None:
        """The gradient of each parameter, stacks together where one call can do it."""
        done: set[str] = set()
        self.sorted = set()
        for name in self.schedule.graph.gradients:
            if name not in done:
                mates = self.mates(name)
                done.update(mates)
                if len(mates) > 1:
                    self.together(mates)
                else:
                    self.alone(name)

    def mates(self, name: str) -> list[str]:
        """The parameters of the same stack whose gradients are one batch of products."""
        gradients, mine = self.schedule.graph.gradients, self.views.parameters[name]
        stack = sorted((n for n, p in self.views.parameters.items() if p.stack == mine.stack),
                       key=lambda n: self.views.parameters[n].plane)
        single = all(len(gradients.get(n, ())) == 1 for n in stack)
        if len(stack) < 2 or mine.merged or not single:
            return [name]
        return stack if self.alike([self.nodes[gradients[n][0]] for n in stack], mine) else [name]

    def alike(self, nodes: list[Node], mine: Parameter) -> bool:
        """Whether totals are products of one value with values that lie side by side."""
        kinds = {self.schedule.kinds[s] for n in nodes for s in n.sources}
        shared = len({(n.op, self.partner(n, mine)) for n in nodes}) == 1
        return shared and len(kinds) == 1 and nodes[0].op is not Op.SCATTER and \
            self.views.side_by_side([self.adjoint(n, mine) for n in nodes])

    @staticmethod
    def adjoint(node: Node, mine: Parameter) -> int:
        """The adjoint that a sum of products reads."""
        return sides(node, mine.axes)[1] if node.op is Op.OUTER else node.sources[-1]

    @staticmethod
    def partner(node: Node, mine: Parameter) -> int | None:
        """What the adjoint is multiplied with; None for a sum of the adjoint alone."""
        if node.op is Op.BATCH_SUM:
            return None
        return sides(node, mine.axes)[0] if node.op is Op.OUTER else node.sources[0]

    def ones(self, number: int) -> str:
        """Ones for a sum over all rows, as a product."""
        rows = self.common([number])
        return self.views.once("np.full(1, B, real)" if rows == "1" else f"np.ones({rows}, real)")

    def together(self, names: list[str]) -> None:
        """The gradients of a stack of parameters, as one batch of products."""
        mine = self.views.parameters[names[0]]
        node = self.nodes[self.schedule.graph.gradients[names[0]][0]]
        adjoint, partner = self.adjoint(node, mine), self.partner(node, mine)
        self.common(node.sources)
        values = self.views.view(adjoint, planes=len(names))
        left = self.ones(adjoint) if partner is None else \
            self.values.read(partner, ".T", full=True)
        out = self.views.stored(names, "slopes") or ""
        self.emitter.write(self.emitter.call("np.matmul", left, values, out))

    def alone(self, name: str) -> None:
        """The gradient of one parameter: the first term is written, the others are added."""
        numbers = self.schedule.graph.gradients[name]
        out = self.views.stored([name], "slopes") or ""
        if not numbers:
            self.emitter.write(f"{out}.fill(0)")
        for place, number in enumerate(numbers):
            target = out if place == 0 else self.views.once(f"np.empty_like({out})")
            self.term(self.views.parameters[name], self.nodes[number], target)
            if place:
                self.emitter.write(self.emitter.call("np.add", out, target, out))

    def common(self, sources: Iterable[int]) -> str:
        """The rows of a sum over what several values are read for: those of the longest."""
        self.values.rows = max((self.views.rows(n) for n in sources),
                               key=lambda rows: "1BN".index(rows[0]))
        self.prepare(sources)
        return self.values.rows

    def term(self, mine: Parameter, node: Node, out: str) -> None:
        """One term of a gradient."""
        rows, run = self.common(node.sources), self.emitter
        if node.op is Op.BATCH_SUM and len(node.dims) == 1:
            value, = node.sources
            run.write(f"{self.ones(value)}.dot({run.name(value)}, {out})")
            return
        if node.op is Op.OUTER:
            rows_side, columns = sides(node, mine.axes)
            left = self.values.flat(rows_side, ".T")
            run.write(f"{left}.dot({self.values.flat(columns)}, {out})")
        elif node.op is Op.SCATTER:
            self.scatter(node, self.natural(mine, out))
        else:
            run.write(run.call("np.add.reduce", run.name(node.sources[0]), "0", "None",
                               self.natural(mine, out)))
        if rows == "1":
            count = self.views.once("np.array(B, real)")
            run.write(run.call("np.multiply", out, count, out))

    def natural(self, mine: Parameter, out: str) -> str:
        """An array for a gradient with the axes that were declared."""
        turn = self.views.turn(mine)
        return self.views.once(f"{out}{turn}") if turn else out

    def scatter(self, node: Node, natural: str) -> None:
        """Sums of rows by label; a number is the label of all."""
        place, = node.detail
        target = self.views.once(f"np.moveaxis({natural}, {place}, 0)") if place else natural
        label, value = node.operands[0], self.values.read(node.sources[-1], full=True)
        if label.number:
            self.emitter.write(f"{target}.fill(0)")
            row = self.views.once(f"{target}[{int(label.source)}, ...]")
            self.emitter.write(self.emitter.call("np.add.reduce", value, "0", "None", row))
            return
        labels = self.values.read(label.source, full=True)
        made = self.views.once(f"Rows({labels}, {self.values.dim(node.dims[place])}, real)")
        if made not in self.sorted:
            self.sorted.add(made)
            self.emitter.write(f"{made}.sort()")
        self.emitter.write(f"{made}.add({value}, {target})")
