"""The table of PyTorch: the text of each operation, and how arrays are made."""

from __future__ import annotations

from derive.arrays.operations import Op
from derive.arrays.targets.functional.array_dialect import Dialect
from derive.arrays.targets.functional.functional_writers import WRITERS, function_of_key

CALLS: dict[Op, str] = {
    Op.POWER: "{0} ** {1}", Op.LIMIT_CONTRACT: "limit_sum({0}, {1}, {2})",
    Op.LIMIT_MULTIPLY: "limit_product({0}, {1})", Op.DIFFERENCE: "difference({0}, {1})",
    Op.WHERE: "torch.where({0}, {1}, {2})",
    Op.SUM: "{0}.sum({1})", Op.PRODUCT: "{0}.prod({1})", Op.MAX: "{0}.amax({1})",
    Op.MIN: "{0}.amin({1})", Op.ARGMAX: "{0}.argmax({1})", Op.MEDIAN: "median({0}, {1})",
    Op.IOTA: "torch.arange({0}, device={1}.device)",
    Op.SPREAD: "torch.full_like({1}, {0})",
    Op.PICK: "{0}.gather(-1, {1}.unsqueeze(-1)).squeeze(-1)",
    Op.PUT: "{0}.scatter{3}(-1, {1}.unsqueeze(-1), {2})",
    Op.CONTRACT: "torch.einsum({0}, {1}, {2})",
}
DIALECT = Dialect(
    "PyTorch", "Tensor", CALLS, WRITERS, function_of_key("torch", "PyTorch"), True,
    "torch.inf", "torch.movedim", ".unsqueeze(-1)", "{0}.to({1}.dtype)",
    "{2}.new_full({0}, {1})", "torch.broadcast_to")
