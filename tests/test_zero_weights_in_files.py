"""Files for other libraries: what a weight of 0 leaves out is 0, whatever its factor is.

A product of 0 with an infinite logarithm is 0 in kernels; so it is in each dialect of short code,
and it is NaN where the factor is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import derive
from derive.arrays.stable.kernel_formulas import Formula
from derive.arrays.targets.functional import plain_functions
from derive.arrays.targets.functional.array_dialect import Dialect
from derive.arrays.targets.functional.short_code import HELPERS, ShortCode, assigned
from derive.arrays.targets.functional.short_dialects import KERAS, SCIPY
from derive.tables.keras_functions import printed_functions

INF = np.inf
# A formula, its declarations, arguments of which a weight is 0 and a factor infinite, the value.
PRODUCTS = [
    ("w*exp(z)", "z: real; w: nonnegative", {"z": INF, "w": 0.0}, 0.0),
    ("w*log(z)", "z: positive; w: nonnegative", {"z": INF, "w": 0.0}, 0.0),
    ("w*log(1 + z)", "z: positive; w: count", {"z": INF, "w": 0.0}, 0.0),
    ("exp(z) - y*z", "z: real; y: count", {"z": -INF, "y": 0.0}, 0.0),
    ("(1 - y)*z**2", "z: real; y: probability", {"z": INF, "y": 1.0}, 0.0),
    ("-sum(t[k]*log(z[k]) for k in K)", "z: positive[K]; t: simplex(K)",
     {"z": [INF, 1.0], "t": [0.0, 1.0]}, 0.0),
    ("-sum(t[k]*log(softmax(z)[k]) for k in K)", "z: real[K]; t: simplex(K)",
     {"z": [-INF, 0.0], "t": [0.0, 1.0]}, 0.0),
    ("sum(t[k]*exp(z[k]) for k in K)", "z: real[K]; t: nonnegative[K]",
     {"z": [INF, 0.0], "t": [0.0, 2.0]}, 2.0)]


class Operations:
    """Operations of Keras by NumPy."""

    cast = staticmethod(lambda x, dtype: np.asarray(x, dtype))
    shape = staticmethod(np.shape)
    softplus = staticmethod(lambda x: np.logaddexp(0.0, x))

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


def value_of(formula: str, given: str, arguments: dict[str, Any], dialect: Dialect) -> Any:
    """The value of an example by short code."""
    code = "\n".join(assigned(ShortCode(Formula(formula, given.split(";"), "z"), dialect).body(
        {"loss": "value"})))
    names: dict[str, Any] = {n: np.array([v]) for n, v in arguments.items()}
    names |= {"np": np, "ops": Operations(), "Any": Any, "math": __import__("math")}
    if dialect is KERAS:
        for printed in printed_functions([code]):
            exec(printed.code, names)
    else:
        names |= {h: getattr(plain_functions, h) for h in HELPERS}
    if "special." in code:
        names["special"] = pytest.importorskip("scipy").special
    with np.errstate(all="ignore"):
        exec(code, names)
    return names["loss"][0]


@pytest.mark.parametrize("dialect", [SCIPY, KERAS], ids=lambda d: d.name)
@pytest.mark.parametrize(("formula", "given", "arguments", "value"), PRODUCTS)
def test_what_a_weight_of_0_leaves_out_is_0(
        formula: str, given: str, arguments: dict[str, Any], value: float, dialect: Dialect,
        ) -> None:
    assert value_of(formula, given, arguments, dialect) == value


@pytest.mark.parametrize("dialect", [SCIPY, KERAS], ids=lambda d: d.name)
def test_a_weight_of_0_hides_no_nan(dialect: Dialect) -> None:
    assert np.isnan(value_of("exp(z) - y*z", "z: real; y: count", {"z": np.nan, "y": 0.0}, dialect))


@pytest.mark.parametrize("minimal", [True, False], ids=["plain", "full"])
@pytest.mark.parametrize(("formula", "given", "arguments", "value"), PRODUCTS)
def test_modules_agree(formula: str, given: str, arguments: dict[str, Any], value: float,
                       minimal: bool) -> None:
    kernel = derive.kernel(formula, given=given, wrt="z", target="numpy",
                           runtime="minimal" if minimal else "full")
    assert kernel.value(**arguments) == value


@pytest.mark.parametrize("library", ["xgboost", "lightgbm", "catboost"])
@pytest.mark.parametrize(("loss", "z", "y", "value"), [
    ("poisson-nll-softplus", -INF, 0.0, 0.0), ("weighted-bce-soft", INF, 1.0, 0.0),
    ("softmax-ce-soft", [-INF, 0.0], [0.0, 1.0], 0.0)])
def test_objectives_leave_it_out(library: str, loss: str, z: Any, y: Any, value: float) -> None:
    values = {"w": "2"} if "weighted" in loss else {}
    adapter = derive.adapters.adapter(library, loss, values=values)
    for needed in ("scipy", "catboost"):
        if f"from {needed} import" in adapter.source:
            pytest.importorskip(needed)
    with np.errstate(all="ignore"):
        assert adapter.loss(np.array([z]), np.array([y]))[0] == value


def test_a_target_of_two_signs_is_no_weight() -> None:
    """1 - 2*y is 1 or -1: nothing is left out, and the code stays short."""
    code = ShortCode(Formula("bernoulli-ce", [], None), SCIPY).body({"loss": "value"})
    assert "limit_times" not in "\n".join(code.lines + code.results)
