"""The table of plain NumPy: the text of each operation, and how arrays are made."""

from __future__ import annotations

from derive.arrays.operations import Op
from derive.arrays.targets.functional.array_dialect import Dialect
from derive.arrays.targets.functional.functional_writers import WRITERS, called, function_of_key

CALLS: dict[Op, str] = {
    Op.POWER: "{0}**{1}", Op.LIMIT_CONTRACT: "limit_total({0}, {1}, {2})",
    Op.DIFFERENCE: "gap_of({0}, {1})", Op.BELOW_MAX: "below_top({0}, {1})",
    Op.LIMIT_MULTIPLY: "limit_times({0}, {1})", Op.WHERE: "np.where({0}, {1}, {2})",
    Op.SUM: "{0}.sum({1})", Op.PRODUCT: "{0}.prod({1})", Op.MAX: "{0}.max({1})",
    Op.MIN: "{0}.min({1})", Op.ARGMAX: "{0}.argmax({1})",
    Op.MEDIAN: "np.median({0}, {1})",
    Op.IOTA: "np.arange({0})",
    Op.SPREAD: "np.full_like({1}, {0})",
    Op.PICK: "np.take_along_axis({0}, {1}[..., None], -1)[..., 0]",
    Op.PUT: "replaced({0}, {1}, {2})",
    Op.CONTRACT: "np.einsum({0}, {1}, {2})",
}
DIALECT = Dialect(
    "NumPy", "Array", CALLS, {**WRITERS, Op.BELOW_MAX: called}, function_of_key("numpy", "NumPy"),
    False,
    "np.inf", "np.moveaxis", "[..., None]", "{0}.astype({1}.dtype)",
    "np.full({0}, {1}, {2}.dtype)", "np.broadcast_to", squares=True)
