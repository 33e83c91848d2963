"""The writers of NumPy text for operations on matrices, in plain floats and in wide numbers."""

from __future__ import annotations

from derive.arrays.operations import Op
from derive.arrays.program import Node
from derive.arrays.targets.numpy.emission import Emitter, Writer

_NAMES = {Op.CHOLESKY: "cholesky", Op.DETERMINANT: "determinant",
          Op.LOG_DETERMINANT: "log_determinant"}
_BY_FORM = {Op.SOLVE: "solved", Op.INVERSE: "inverted"}


def call_text(node: Node, operands: list[str], wide: bool = False) -> str:
    """The call for a node; in plain floats, examples with bad matrices are flagged."""
    *form, stack, words = node.detail
    name = _NAMES.get(node.op) or "_".join(
        [*(f for f in form if f != "general"), _BY_FORM[node.op]])
    columns = [len(node.dims) - stack - 1] if node.op is Op.SOLVE else []
    arguments = [*operands, *map(repr, (stack, *columns, words)), *([] if wide else ["flagged"])]
    return f"{'wide_' if wide else ''}{name}({', '.join(arguments)})"


def linear(run: Emitter, number: int, node: Node) -> None:
    """A function of matrices, into the buffer of its result."""
    text = call_text(node, list(map(run.text, node.operands)))
    if run.values.home(number) is not None:
        text = f"into({run.values.buffer(number)}, {text})"
    run.define(number, text)


MATRIX_WRITERS: dict[Op, Writer] = dict.fromkeys((*_NAMES, *_BY_FORM), linear)
