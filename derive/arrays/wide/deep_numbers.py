"""Numbers of 80 decimal digits, for the few examples in which even wide numbers cancel.

They are arrays of `decimal.Decimal`, with the functions of wide numbers under names with `deep`
for `wide`. Callers hold a context without traps (`DEEP_CONTEXT`).
"""

from __future__ import annotations

import decimal
from typing import Any

import numpy as np

DEEP_CONTEXT = decimal.Context(prec=80, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN, traps=[])
DEEP_SMALL = decimal.Decimal("1e-30")  # below, three terms of a series are enough


def _deep(function: Any) -> Any:
    """A function of one number as one of arrays of them."""
    return np.frompyfunc(function, 1, 1)


def deep_of(x: Any) -> Any:
    """The numbers of a float or integer array, exactly."""
    array = np.asarray(x)
    exact = [decimal.Decimal(v) for v in array.reshape(-1).tolist()]
    made = np.empty(len(exact), object)
    made[:] = exact
    return made.reshape(array.shape)


def deep_float(w: Any) -> Any:
    """The nearest float64."""
    return _deep(float)(w).astype(np.float64) if isinstance(w, np.ndarray) else float(w)


def deep_add(a: Any, b: Any) -> Any:
    """a + b."""
    return a + b


def deep_divide(a: Any, b: Any) -> Any:
    """a / b."""
    return a / b


def deep_sqrt(w: Any) -> Any:
    """The square root."""
    return _deep(decimal.Decimal.sqrt)(w)


def deep_abs(w: Any) -> Any:
    """|w|."""
    return abs(w)


def deep_sign(w: Any) -> Any:
    """-1, 0 or 1."""
    return deep_of(np.sign(deep_float(w)))


def deep_where(condition: Any, a: Any, b: Any) -> Any:
    """a where the condition holds, b elsewhere."""
    return np.where(condition, a, b)


def deep_map(w: Any, function: Any) -> Any:
    """A change of shape."""
    return function(np.asarray(w))


def deep_index(w: Any, key: Any) -> Any:
    """w[key], with NumPy's indexing."""
    return np.asarray(w)[key]


def deep_put(base: Any, key: Any, value: Any) -> Any:
    """A copy with other elements at some subscripts."""
    made = base.copy()
    made[key] = value
    return made


def deep_less(a: Any, b: Any) -> Any:
    """a < b."""
    return np.asarray(a < b).astype(bool)


def deep_less_equal(a: Any, b: Any) -> Any:
    """a <= b."""
    return np.asarray(a <= b).astype(bool)


def deep_equal(a: Any, b: Any) -> Any:
    """a == b."""
    return np.asarray(a == b).astype(bool)


def deep_not_equal(a: Any, b: Any) -> Any:
    """a != b."""
    return ~deep_equal(a, b)


def deep_maximum(a: Any, b: Any) -> Any:
    """The larger of the two."""
    return np.where(deep_less(a, b), b, a)


def deep_minimum(a: Any, b: Any) -> Any:
    """The smaller of the two."""
    return np.where(deep_less(b, a), b, a)


def deep_sum(w: Any, axis: int) -> Any:
    """The sum along an axis."""
    return np.add.reduce(w, axis=axis, initial=decimal.Decimal(0))


def deep_product(w: Any, axis: int) -> Any:
    """The product along an axis."""
    return np.multiply.reduce(w, axis=axis, initial=decimal.Decimal(1))


def deep_max(w: Any, axis: int) -> Any:
    """The largest along an axis; -inf where it is empty."""
    return np.maximum.reduce(w, axis=axis, initial=decimal.Decimal("-Infinity"))


def deep_min(w: Any, axis: int) -> Any:
    """The smallest along an axis; inf where it is empty."""
    return np.minimum.reduce(w, axis=axis, initial=decimal.Decimal("Infinity"))


def deep_argmax(w: Any, axis: int) -> Any:
    """Where along an axis the largest stands, the first of equals."""
    return np.argmax(deep_equal(w, np.expand_dims(deep_max(w, axis), axis)), axis=axis)


def deep_integer_power(w: Any, n: int) -> Any:
    """w**n."""
    return w ** decimal.Decimal(n)


def deep_exp(w: Any) -> Any:
    """exp(w)."""
    return _deep(decimal.Decimal.exp)(w)


def _deep_expm1(x: decimal.Decimal) -> decimal.Decimal:
    return x + x * x / 2 + x * x * x / 6 if abs(x) < DEEP_SMALL else x.exp() - 1


def deep_expm1(w: Any) -> Any:
    """exp(w) - 1."""
    return _deep(_deep_expm1)(w)


def deep_log(w: Any) -> Any:
    """The natural logarithm."""
    return _deep(decimal.Decimal.ln)(w)


def _deep_log1p(x: decimal.Decimal) -> decimal.Decimal:
    return x - x * x / 2 + x * x * x / 3 if abs(x) < DEEP_SMALL else (1 + x).ln()


def deep_log1p(w: Any) -> Any:
    """log(1 + w)."""
    return _deep(_deep_log1p)(w)


def deep_xlogx(w: Any) -> Any:
    """w log(w), and 0 at 0."""
    return _deep(lambda x: x * x.ln() if x else x)(w)


def deep_tanh(w: Any) -> Any:
    """The hyperbolic tangent."""
    grown = deep_expm1(2 * w)
    return grown / (grown + 2)


def deep_power(a: Any, b: Any) -> Any:
    """a**b of a positive number."""
    return deep_exp(b * deep_log(a))
