"""Initial values that follow from the place alone, as code of a library."""

from __future__ import annotations

from derive.arrays.lowering.index_lowering import Lowering
from derive.arrays.recurrent.edge_values import NumbersByIndex
from derive.arrays.recurrent.step_dialects import StepDialect
from derive.arrays.recurrent.step_operations import StepBody


def by_index(given: NumbersByIndex, dialect: StepDialect, taken: set[str],
             ) -> tuple[list[str], str]:
    """Statements, and the code of the numbers."""
    run = Lowering({}, {i.dim for i in given.indices})
    node = run.result(given.body, given.indices)
    kinds = dict.fromkeys(range(len(run.program.nodes)), "parameter")
    body = StepBody(run.program, {"start": node}, dialect.operations, {}, ("rows[0, 0]", 0),
                    taken=taken, kinds=kinds, stems={node: "start"})
    lines = body.statements()
    return lines, body.results[0]
