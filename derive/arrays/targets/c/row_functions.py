"""The C function that computes one example after the other, each along its long axes."""

from __future__ import annotations

from derive.arrays.targets.c.block_functions import BlockFunction, element_type, loop_of
from derive.arrays.targets.c.loop_nests import Nest


class RowFunction(BlockFunction):
    """Writes the layout `rows`."""

    def examples(self) -> list[str]:
        """The loop over rows."""
        values, program = self.values, self.design.program
        delivered = self._in_place()
        for number in values.batched.of:
            node = program.nodes[number]
            if node.dims and number in values.batched.stored and number not in delivered.values():
                self.array(f"b{number}", node.dims, values.type_of(number), 1)
            self.own_memory(number, 1)
        body = [f"const {self.real} weight = scale ? scale[row * scale_step] : 1;",
                f"{values.integer} flag = flag_all;"]
        for argument in self.used():
            name = self.signed.arguments[argument.name]
            body.append(f"const {element_type(argument, self.real)} *const "
                        f"{values.inputs[argument.name]} = {name} + row * {name}_step;")
        for result, number in delivered.items():
            size = values.size(program.nodes[number].dims)
            body.append(f"{self.real} *const b{number} = {self.signed.results[result]} + "
                        f"row * ({size});")
        for group in values.batched.groups:
            body += Nest(values, group, self.guards).lines()
        for result, number in self.results.items():
            if result not in delivered:
                body += self.copied(result, number, "row")
        body += self._totals_of_rows()
        body += ["if (flagged) flagged[row] |= flag != 0;", "(void)weight;"]
        return [*self.total_start(), *loop_of("row", "n", body), *self.total_end()]

    def _in_place(self) -> dict[str, int]:
        """The results that are computed where they belong: arrays, each by one name."""
        made: dict[str, int] = {}
        for result, number in self.results.items():
            node = self.design.program.nodes[number]
            if node.dims and number in self.values.batched.of and number not in made.values():
                made[result] = number
        return made

    def _totals_of_rows(self) -> list[str]:
        number = self.results.get("value")
        if number is None:
            return []
        text = self.values.cast(number, (), self.design.program.nodes[number])
        return [f"if (total) added(sum, (double){text});"]
