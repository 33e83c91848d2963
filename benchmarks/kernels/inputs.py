"""Inputs of the 22 formulas in each regime, near the roots and transitions of each in regime C."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .formats import (
    Array,
    Format,
    mixed,
    near,
    positive,
    probability,
    real,
    signs,
    small,
)

Draw = Callable[[np.random.Generator, int, str, Format], tuple[Array, ...]]


def reals(rng: np.random.Generator, count: int, regime: str, form: Format) -> tuple[Array, ...]:
    return (real(rng, count, regime, form),)


def positives(rng: np.random.Generator, count: int, regime: str,
              form: Format) -> tuple[Array, ...]:
    return (positive(rng, count, regime, form),)


def probabilities(rng: np.random.Generator, count: int, regime: str,
                  form: Format) -> tuple[Array, ...]:
    return (probability(rng, count, regime, form),)


def logits(size: int) -> Draw:
    """Vectors of that many logits, and a label."""
    def draw(rng: np.random.Generator, count: int, regime: str, form: Format) -> tuple[Array, ...]:
        shape = (count, size)
        labels = rng.integers(0, size, count)
        if regime != "C":
            return real(rng, shape, regime, form), labels
        spread = mixed(rng, (count, 1), (small(rng, (count, 1)), rng.uniform(0, 3, (count, 1)),
                                         rng.uniform(0, 40, (count, 1))))
        base = spread * rng.normal(size=shape)
        margin = mixed(rng, count, (rng.uniform(0, form.margin, count), rng.uniform(0, 40, count),
                                    np.zeros(count)))
        hot = np.where(rng.random(count) < 0.5, labels, rng.integers(0, size, count))
        base[np.arange(count), hot] += margin
        shift = np.where(rng.random(count) < 0.3, rng.uniform(-1e3, 1e3, count), 0)
        return form.cast(base + shift[:, None]), labels
    return draw


def hard_logits(rng: np.random.Generator, count: int, regime: str,
                form: Format) -> tuple[Array, ...]:
    return real(rng, count, regime, form), form.cast(rng.integers(0, 2, count))


def soft_logits(rng: np.random.Generator, count: int, regime: str,
                form: Format) -> tuple[Array, ...]:
    z = real(rng, count, regime, form)
    if regime != "C":
        return z, probability(rng, count, regime, form)
    root = near(rng, 1 / (1 + np.exp(-z.astype(float))), form)
    y = np.where(rng.random(count) < 0.5, root, probability(rng, count, "C", form))
    return z, np.clip(y, *form.cast([np.finfo(form.dtype).tiny, 1 - form.epsilon / 2]))


def hard_probabilities(rng: np.random.Generator, count: int, regime: str,
                       form: Format) -> tuple[Array, ...]:
    return probability(rng, count, regime, form), form.cast(rng.integers(0, 2, count))


def soft_probabilities(rng: np.random.Generator, count: int, regime: str,
                       form: Format) -> tuple[Array, ...]:
    p, y = (probability(rng, count, regime, form) for _ in range(2))
    if regime == "C":
        y = np.where(rng.random(count) < 0.5, near(rng, p, form), y)
        y = np.clip(y, *form.cast([np.finfo(form.dtype).tiny, 1 - form.epsilon / 2]))
    return p, y


def gaussian(rng: np.random.Generator, count: int, regime: str,
             form: Format) -> tuple[Array, ...]:
    x, mu, s = (real(rng, count, regime, form) for _ in range(3))
    if regime == "C":
        s = form.cast(mixed(rng, count, (rng.normal(0, 3, count), rng.uniform(-5, 5, count), s)))
        mu = real(rng, count, "T", form)
        wide = np.exp(s.astype(float))
        level = -np.log(2 * np.pi) / 2 - rng.exponential(2, count)
        root = np.where(rng.random(count) < 0.5, s, form.cast(level)).astype(float)
        s = form.cast(root)
        depth = np.sqrt(np.maximum(0, -2 * (root + np.log(2 * np.pi) / 2)))
        distance = mixed(rng, count, (
            np.exp(root), np.exp(root) * depth, wide * small(rng, count),
            np.abs(mu) * small(rng, count)))
        x = near(rng, form.cast(mu + signs(rng, count) * distance), form)
        x = np.where(np.isfinite(x), x, mu)
    return x, mu, s


def poisson(rng: np.random.Generator, count: int, regime: str, form: Format) -> tuple[Array, ...]:
    z = real(rng, count, regime, form)
    if regime == "T":
        return z, form.cast(rng.poisson(np.exp(np.minimum(z.astype(float), 5))))
    if regime == "C":
        y = np.floor(10.0 ** rng.uniform(0, 15, count))
        root = near(rng, form.cast(np.log(y)), form)
        return np.where(rng.random(count) < 0.7, root, z), form.cast(y)
    return z, form.cast(np.floor(10.0 ** rng.uniform(0, form.decades, count)))


def pairs(shape: tuple[int, ...] = ()) -> Draw:
    """Two positive numbers, or two vectors of them, in regime C one near the other."""
    def draw(rng: np.random.Generator, count: int, regime: str, form: Format) -> tuple[Array, ...]:
        full = (count, *shape)
        if regime in ("T", "C"):
            p, q = (probability(rng, full, regime, form) for _ in range(2))
            if shape:
                p, q = (form.cast(a / a.astype(float).sum(-1, keepdims=True)) for a in (p, q))
                least = form.cast(np.finfo(form.dtype).tiny)
                p, q = np.maximum(p, least), np.maximum(q, least)
        else:
            p, q = (positive(rng, full, regime, form) for _ in range(2))
        if regime == "C":
            close = rng.random((count, *(1 for _ in shape))) < 0.7
            q = np.where(close, near(rng, p, form), q)
        return p, q
    return draw


def residuals(rng: np.random.Generator, count: int, regime: str,
              form: Format) -> tuple[Array, ...]:
    r = real(rng, count, regime, form)
    if regime == "C":
        root = near(rng, form.cast(signs(rng, count) * rng.choice([1.0, 2.0], count)), form)
        r = np.where(rng.random(count) < 0.5, root, r)
    return (r,)

