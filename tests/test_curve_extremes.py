"""The greatest and the least point of a curve are looked for between its samples."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from derive.rendering.pictures import in_words
from derive.teaching.demonstrations.curve_extremes import with_extremes
from derive.teaching.demonstrations.picturing import picture_named, spread


@pytest.mark.parametrize(("height", "low", "high", "place"), [
    (lambda x: x * (1 - x) ** 4, 0.0, 1.0, 0.2), (lambda x: x**2 * (1 - x) ** 3, 0.0, 1.0, 0.4),
    (lambda x: -(x**2), -1.0, 1.7, 0.0), (lambda x: x * math.exp(-x), 0.0, 9.0, 1.0),
    (lambda x: -abs(x - 1 / 3), -2.0, 2.0, 1 / 3), (math.sin, 0.0, 4.0, math.pi / 2)])
def test_a_peak_is_found_between_samples(height: Callable[[float], float], low: float, high: float,
                                         place: float) -> None:
    for count in (17, 50, 121):
        points = [(x, height(x)) for x in spread(low, high, count)]
        for sign, choose in ((1, max), (-1, min)):
            signed = [(x, sign * y) for x, y in points]
            made = with_extremes(signed, lambda x, sign=sign: sign * height(x))
            assert choose(made, key=lambda p: p[1])[0] == pytest.approx(place, abs=1e-6)
            assert set(signed) <= set(made)
            assert made == sorted(made)


def test_ends_and_gaps_are_left_as_they_are() -> None:
    rising = [(float(n), float(n)) for n in range(5)]
    assert with_extremes(rising, float) == rising
    broken = [(0.0, 1.0), (1.0, math.nan), (2.0, 3.0), (2.0, math.nan), (3.0, 0.0)]
    assert repr(with_extremes(broken, lambda x: 9.0)) == repr(broken)
    level = [(float(n), 2.0) for n in range(5)]
    assert with_extremes(level, lambda x: 2.0) == level


def test_the_words_of_a_picture_agree_with_its_marks() -> None:
    words = in_words(picture_named("bernoulli-likelihood"))
    assert "greatest 0.08192 at 0.2\n" in words
    assert "peak at θ = 1/5: (0.2, 0.08192)" in words
    assert "log score: 0.9163 everywhere" in in_words(picture_named("spread-scores"))
