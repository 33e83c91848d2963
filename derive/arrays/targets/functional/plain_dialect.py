"""The table of plain NumPy: the text of each operation, and how arrays are made."""

from __future__ import annotations

from derive.arrays.operations import Op
from derive.arrays.program import Node
from derive.arrays.targets.functional.functional_emission import Dialect, FunctionBody
from derive.arrays.targets.functional.functional_text import Text
from derive.arrays.targets.functional.functional_writers import WRITERS, called, function_of_key

CALLS: dict[Op, str] = {
    Op.ADD: "{0} + {1}", Op.SUBTRACT: "{0} - {1}", Op.MULTIPLY: "{0} * {1}",
    Op.DIVIDE: "{0} / {1}", Op.NEGATIVE: "-{0}", Op.SQRT: "np.sqrt", Op.POWER: "{0} ** {1}",
    Op.DIFFERENCE: "gap({0}, {1})", Op.BELOW_MAX: "below_top({0}, {1})",
    Op.LIMIT_MULTIPLY: "limit_times({0}, {1})", Op.WHERE: "np.where({0}, {1}, {2})",
    Op.LESS: "{0} < {1}", Op.LESS_EQUAL: "{0} <= {1}", Op.EQUAL: "{0} == {1}",
    Op.NOT_EQUAL: "{0} != {1}", Op.AND: "{0} & {1}", Op.OR: "{0} | {1}", Op.NOT: "~{0}",
    Op.SUM: "{0}.sum({1})", Op.PRODUCT: "{0}.prod({1})", Op.MAX: "{0}.max({1})",
    Op.MIN: "{0}.min({1})", Op.ARGMAX: "{0}.argmax({1})",
    Op.MEDIAN: "np.median({0}, {1})",
    Op.IOTA: "np.arange({0})",
    Op.SPREAD: "np.full_like({1}, {0})",
    Op.PICK: "np.take_along_axis({0}, {1}[..., None], -1)[..., 0]",
    Op.PUT: "replaced({0}, {1}, {2})",
    Op.CONTRACT: "np.einsum({0}, {1}, {2})",
}


def limit_contract(run: FunctionBody, number: int, node: Node) -> Text:
    """A sum of products in which 0 times infinity is 0."""
    *words, out = node.detail
    weights, terms = (run.read(o.source) for o in node.operands)
    letters = ",".join(f"...{word}" for word in words) + f"->...{out}"
    return Text(f'limit_total("{letters}", {weights.code}, {terms.code})')


DIALECT = Dialect(
    "NumPy", "Array", CALLS,
    {**WRITERS, Op.BELOW_MAX: called, Op.LIMIT_MULTIPLY: called, Op.LIMIT_CONTRACT: limit_contract},
    function_of_key("numpy", "NumPy"), False,
    "np.inf", "np.moveaxis", "[..., None]", "{0}.astype({1}.dtype)",
    "np.full({0}, {1}, {2}.dtype)", "np.broadcast_to")
