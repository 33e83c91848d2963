"""The C function that computes examples by tiles, side by side, so that loops run over them."""

from __future__ import annotations

from derive.arrays.operations import Op
from derive.arrays.targets.c.block_functions import LANES, BlockFunction, loop_of
from derive.arrays.targets.c.loop_nests import Nest
from derive.arrays.targets.numpy.kernel_module import Argument


class TileFunction(BlockFunction):
    """Writes the layouts `flat` and `lanes`."""

    def examples(self) -> list[str]:
        """The loop over tiles."""
        values, program, flat = self.values, self.design.program, self.layout == "flat"
        lanes = LANES[self.layout]
        body = ["const int m = n - start < LANES ? (int)(n - start) : LANES;"]
        if flat:
            body.append("const int lanes = (m + 15) & ~15;")
        body += [line for argument in self.used() for line in self._gathered(argument)]
        body += self._weights()
        results = set(self.results.values())
        for number in values.batched.of:
            node = program.nodes[number]
            if number in values.batched.stored:
                name = f"own{number}" if flat and number in results else f"b{number}"
                self.array(name, node.dims, values.type_of(number), lanes)
            self.own_memory(number, lanes)
        if flat:
            body += self._targets()
        if self.guards:
            self.arrays.append((values.integer, "flags", str(lanes)))
            body += loop_of("r", values.bound, ["flags[r] = flag_all;"], "int")
        for group in values.batched.groups:
            body += Nest(values, group, self.guards).lines()
        for result, number in self.results.items():
            body += self._delivered(result, number)
        if self.guards:
            body.append("if (flagged) for (int r = 0; r < m; r++) "
                        "flagged[start + r] |= flags[r] != 0;")
        return [*self.total_start(), *self._first_weights(), *self.first,
                *loop_of("start", "n", body, step="LANES"),
                *self.total_end()]

    def _gathered(self, argument: Argument) -> list[str]:
        """The examples of a tile of one argument, side by side."""
        values, name = self.values, self.signed.arguments[argument.name]
        own, dims = values.inputs[argument.name], argument.kind.shape
        kind = values.integer if argument.integral else self.real
        what = "labels" if argument.integral else "columns"
        into = own if dims else f"{own}_lanes"
        self.array(into, dims, kind, LANES[self.layout])
        size = values.size(dims)

        def moved(at: str, m: str) -> str:
            return f"{self.prefix}_tile_{what}({name}{at}, {name}_step, {size}, {m}, LANES, " \
                   f"{into});"

        here = moved(f" + start * {name}_step", "m")
        self.first.append(f"if (!{name}_step) {moved('', 'LANES')}")
        if dims:
            return [f"if ({name}_step) {here}"]
        if argument.integral:
            return [f"if ({name}_step) {here}", f"const {kind} *const {own} = {into};"]
        return [f"const {kind} *{own} = {into};",
                f"if ({name}_step == 1 && m == LANES) {own} = {name} + start;",
                f"else if ({name}_step) {here}"]

    def _weighted(self) -> bool:
        nodes = self.design.program.nodes
        return any(nodes[n].op is Op.SCALE for n in self.order)

    def _weights(self) -> list[str]:
        """The weights of a tile; what is one for all was laid out before the first."""
        if not self._weighted():
            return []
        return [f"const {self.real} *weight = weight_lanes;",
                "if (scale && scale_step == 1 && m == LANES) weight = scale + start;",
                f"else if (scale && scale_step) {self.prefix}_tile_columns(scale + start * "
                "scale_step, scale_step, 1, m, LANES, weight_lanes);"]

    def _first_weights(self) -> list[str]:
        if not self._weighted():
            return []
        self.arrays.append((self.real, "weight_lanes", str(LANES[self.layout])))
        return ["for (int r = 0; r < LANES; r++) weight_lanes[r] = scale ? scale[0] : 1;"]

    def _targets(self) -> list[str]:
        """Where results of a tile without axes are computed: where they belong, if they fill it."""
        lines, seen = [], set()
        for result, number in self.results.items():
            if number in self.values.batched.of and number not in seen:
                target = self.signed.results[result]
                lines.append(f"{self.real} *const b{number} = {target} && m == LANES ? "
                             f"{target} + start : own{number};")
                seen.add(number)
        return lines

    def _delivered(self, result: str, number: int) -> list[str]:
        """The statements that write a tile of a result where it belongs."""
        values, node = self.values, self.design.program.nodes[number]
        target, dims = self.signed.results[result], node.dims
        lines: list[str] = []
        if number not in values.batched.of or node.kind != "f":
            lines = loop_of("r", "m", self.copied(result, number, "(start + r)"), "int")
        elif dims:
            size = values.size(dims)
            lines = [f"{self.prefix}_tile_rows(b{number}, {size}, m, LANES, {target} + "
                     f"start * ({size}));"]
        else:
            lines = [f"if ({target} && b{number} != {target} + start) "
                     f"memcpy({target} + start, b{number}, (size_t)m * sizeof({self.real}));"]
        if result == "value":
            text = values.cast(number, (), node)
            stored = number in values.batched.of and not dims
            if stored:
                lines.append(f"if (total) added(sum, {self.prefix}_tile_sum(b{number}, m));")
            else:
                lines.append(f"if (total) for (int r = 0; r < m; r++) added(sum, (double){text});")
        return lines
