"""The table of JAX: the text of each operation, and how arrays are made."""

from __future__ import annotations

from derive.arrays.operations import Op
from derive.arrays.targets.functional.array_dialect import Dialect
from derive.arrays.targets.functional.functional_writers import WRITERS, function_of_key

CALLS: dict[Op, str] = {
    Op.POWER: "{0} ** {1}", Op.LIMIT_CONTRACT: "limit_sum({0}, {1}, {2})",
    Op.LIMIT_MULTIPLY: "limit_product({0}, {1})", Op.DIFFERENCE: "difference({0}, {1})",
    Op.WHERE: "jnp.where({0}, {1}, {2})",
    Op.SUM: "{0}.sum({1})", Op.PRODUCT: "{0}.prod({1})", Op.MAX: "{0}.max({1})",
    Op.MIN: "{0}.min({1})", Op.ARGMAX: "{0}.argmax({1})",
    Op.MEDIAN: "jnp.median({0}, {1})",
    Op.IOTA: "jnp.arange({0})",
    Op.SPREAD: "jnp.full_like({1}, {0})",
    Op.PICK: "jnp.take_along_axis({0}, {1}[..., None], -1)[..., 0]",
    Op.PUT: "jnp.put_along_axis({0}, {1}[..., None], {2}, -1, inplace=False)",
    Op.CONTRACT: "jnp.einsum({0}, {1}, {2}, precision=\"highest\")",
}
DIALECT = Dialect(
    "JAX", "Array", CALLS, WRITERS, function_of_key("jax", "JAX"), False,
    "jnp.inf", "jnp.moveaxis", "[..., None]", "{0}.astype({1}.dtype)",
    "jnp.full({0}, {1}, {2}.dtype)", "jnp.broadcast_to")
