"""Whether two formulas are equal: the judgement that ends a proof must never be too kind."""

from __future__ import annotations

import pytest

from derive.calculus.cost.equality import agree, same
from derive.core.indexing import exact
from derive.notation.reading.specification import specify
from derive.rulebook.loading import standard_rulebook

GIVEN = ["z, t, q, a, b: real", "n: integer", "e: binary", "v: real[K]", "m, j: index(K)",
         "y: label(K)", "s: positive"]


@exact
def judged(left: str, right: str) -> bool:
    pair = [specify(text, GIVEN).loss for text in (left, right)]
    return same(*pair, standard_rulebook())


@pytest.mark.parametrize(("left", "right"), [
    ("abs(z)*sign(z)", "z"), ("max(0, z)", "z if z > 0 else 0"), ("sign(z - t)", "-sign(t - z)"),
    ("1 if z < t else 2", "1 if z <= t else 2"), ("min(z, t) + max(z, t)", "z + t"),
    ("abs(z - t)", "max(z - t, t - z)"), ("max(0, 1 - z) + min(0, 1 - z)", "1 - z"),
    ("sigmoid(z)*(1 - sigmoid(z))", "exp(z)/(1 + exp(z))**2"),
    ("exp(z)*exp(t)", "exp(z + t)"), ("delta(m, j)*v[j]", "delta(m, j)*v[m]"),
    ("(1 if z < 0 else 2) if t < 0 else 2", "1 if z < 0 and t < 0 else 2"),
    ("sum(max(0, v[k]) for k in K if 0 < v[k])", "sum(max(0, v[k]) for k in K)"),
    ("a if 0 < s else b", "a"), ("max(z, t) - max(t, z)", "0"),
    ("max(min(z, 1), -1)", "z if abs(z) <= 1 else sign(z)"),
])
def test_equal_formulas_are_seen_as_equal(left: str, right: str) -> None:
    assert judged(left, right)


@pytest.mark.parametrize(("left", "right"), [
    ("sign(z)", "sign(max(0, sign(z)))"), ("a if q < abs(q) else b", "a if q <= abs(q) else b"),
    ("a if z < min(z, q) else b", "a if z <= min(z, q) else b"),
    ("a if 0 < delta(m, j)*z else b", "a if 0 <= delta(m, j)*z else b"),
    ("1 if sign(z) < 1 else 2", "1 if sign(z) <= 1 else 2"), ("sign(n)", "1 if 0 < n else -1"),
    ("z if 0 <= e else 2*z", "z if 0 < e else 2*z"),
    ("2*v[y] if delta(j, y)*0 >= 1 else 0", "2*v[y] if delta(j, y)*0 >= 0 else 0"),
    ("1 if v[m] < v[j] else 2", "1 if v[m] <= v[j] else 2"), ("abs(z)", "z"),
    ("1 if z*e < 0 else 2", "1 if z*e <= 0 else 2"), ("max(z, t)", "z"),
    ("delta(m, j)*delta(m, y)", "delta(m, j)"), ("1 if n < 1 else 2", "1 if n <= 1 else 2"),
    ("1 if z < 0 or t < 0 else 2", "1 if z < 0 and t < 0 else 2"),
    ("sum(v[k] for k in K if 0 < v[k])", "sum(v[k] for k in K)"),
])
def test_unequal_formulas_are_never_seen_as_equal(left: str, right: str) -> None:
    assert not judged(left, right)
    assert not judged(right, left)


@exact
def test_numbers_look_at_every_whole_number_that_matters() -> None:
    pair = [specify(text, GIVEN).loss for text in ("1 if 0 < n else 2", "1 if 0 <= n else 2")]
    assert not agree(*pair)
