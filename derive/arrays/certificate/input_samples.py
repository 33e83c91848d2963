"""Inputs on which kernels are certified: typical, near transitions, over the whole range."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from derive.arrays.certificate.matrix_samples import MATRIX_SAMPLES, Numbers, well_formed
from derive.arrays.targets.numpy.kernel_module import Argument
from derive.core.kinds import Dimension

REGIMES = ("typical", "transition", "full", "ordinal", "root", "mixed")
COUNT = 400   # points of each regime
ROUND = 0.2   # the share of round numbers among mixed ones
SIZE = 3      # the length of every symbolic dimension
MARGINS = (0.0, 1.0, 2.0, 12.0, 17.0, 34.0, 37.5, 44.0, 52.0, 88.0, 104.0, 350.0, 355.0, 372.0,
           700.0, 709.5, 740.0)
ENDS = {"real": (np.inf, -np.inf), "positive": (0.0, np.inf), "nonnegative": (0.0, np.inf),
        "probability": (0.0, 1.0)}
EDGES = 12  # ends that are tried, each at every so many-th example
Array = NDArray[Any]
Points = dict[tuple[str, np.dtype[Any]], list[Array]]  # arguments by regime and dtype


class Drawing:
    """Draws blocks of arguments of one regime, over the range of a dtype."""

    def __init__(self, seed: int, regime: str, count: int, dtype: DTypeLike = np.float64) -> None:
        self.random = np.random.default_rng([seed, REGIMES.index(regime)])
        self.regime, self.count, self.dtype = regime, count, np.dtype(dtype)
        limits = np.finfo(dtype)
        self.range = float(np.log10(limits.tiny)), float(np.log10(limits.max))

    def edges(self, arguments: Sequence[Argument], size: Callable[[Dimension], int]) -> list[Array]:
        """Typical arguments, in each example one number of one of them at an end of its domain."""
        blocks = self.block(arguments, size)
        turn = 0
        for block, argument in zip(blocks, arguments, strict=True):
            for end in ENDS.get(argument.kind.domain, ()):
                block.reshape(self.count, -1)[turn::EDGES, 0] = end
                turn += 1
        return blocks

    def block(self, arguments: Sequence[Argument], size: Callable[[Dimension], int]) -> list[Array]:
        """One array for each argument, the batch axis first."""
        blocks: list[Array] = []
        for argument in arguments:
            shape = (self.count, *(size(d) for d in argument.kind.shape))
            over = size(argument.kind.over) if argument.kind.over is not None else 0
            drawn = self.draw(argument.kind.domain, shape, over)
            if self.regime in ("transition", "mixed") and drawn.dtype.kind == "f":
                drawn = self.near(drawn, [a for a in blocks if a.shape == shape
                                          and a.dtype.kind == "f"], argument.kind.domain)
                drawn = self.tied(drawn, argument.kind.domain)
            blocks.append(drawn)
        return blocks

    def near(self, drawn: Array, others: list[Array], domain: str) -> Array:
        """Some of the values almost equal to another argument's."""
        if others and domain == "simplex":
            return self.near_shares(drawn, others[self.random.integers(len(others))])
        if others and domain in ("real", "positive", "nonnegative", "probability"):
            other = others[self.random.integers(len(others))]
            gap = 1 + self.sign(drawn.shape) * 2.0 ** -self.random.integers(1, 60, drawn.shape)
            take = (self.random.random(drawn.shape) < 0.4) & ((other > 0) | (domain == "real"))
            if domain == "probability":
                take &= other * gap < 1
            return np.where(take, other * gap, drawn)
        return drawn

    def draw(self, domain: str, shape: tuple[int, ...], over: int) -> Array:
        """Values of a domain; where regimes are mixed, each element is one of three."""
        if self.regime == "mixed" and domain not in MATRIX_SAMPLES:
            return self.mixed(domain, shape, over)
        if domain == "label":
            return self.random.integers(0, over, shape)
        if domain in ("binary", "onehot"):
            drawn = self.random.integers(0, 2, shape).astype(float)
            if domain == "onehot":
                drawn = np.eye(shape[-1])[self.random.integers(0, shape[-1], shape[:-1])]
            return drawn
        if domain in ("count", "integer"):
            return self.counts(shape)
        if domain == "probability":
            return self.probabilities(shape)
        if domain == "simplex":
            return self.shares(shape)
        if domain in MATRIX_SAMPLES:
            return MATRIX_SAMPLES[domain](Numbers(self.reals, self.random, self.regime), shape)
        values = self.reals(shape)
        if domain in ("positive", "negative"):
            values = np.where(values == 0, 1.0, values)
        return values if domain == "real" else -np.abs(values) if domain == "negative" \
            else np.abs(values)

    def mixed(self, domain: str, shape: tuple[int, ...], over: int) -> Array:
        """Typical values among those near transitions and of any size: most results are finite."""
        vectors = domain in ("simplex", "onehot")
        kind = self.random.choice(3, shape[:-1] if vectors else shape, p=(0.6, 0.25, 0.15))
        drawn = []
        for self.regime in ("typical", "transition", "full"):
            drawn.append(self.draw(domain, shape, over))
        self.regime = "mixed"
        made = np.asarray(np.choose(kind[..., None] if vectors else kind, drawn))
        if domain in ("real", "positive", "nonnegative"):
            half = np.maximum(np.abs(np.round(2 * drawn[0])), 1) / 2  # as people type them
            made = np.where(self.random.random(shape) < ROUND, np.copysign(half, drawn[0]), made)
        return made

    def near_shares(self, drawn: Array, logits: Array) -> Array:
        """Some of the points of a simplex almost equal to the softmax of another argument."""
        powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
        gap = 1 + self.sign(drawn.shape) * 2.0 ** -self.random.integers(3, 50, drawn.shape)
        shares = powers * np.where(self.random.random(drawn.shape) < 0.7, gap, 1.0)
        take = self.random.random(drawn.shape[:-1])[..., None] < 0.15
        return np.where(take, shares / shares.sum(axis=-1, keepdims=True), drawn)

    def tied(self, drawn: Array, domain: str) -> Array:
        """Some of the vectors with equal elements."""
        if drawn.ndim < 2 or domain not in ("real", "positive", "nonnegative"):
            return drawn
        take = (self.random.random(drawn.shape) < 0.4) & \
            (self.random.random((len(drawn), *(1 for _ in drawn.shape[1:]))) < 0.15)
        return np.where(take, np.roll(drawn, 1, axis=-1), drawn)

    def shares(self, shape: tuple[int, ...]) -> Array:
        """Points of a simplex; beside typical ones its corners, its faces and what is near them."""
        draw, size = self.random, shape[-1]
        inside = draw.dirichlet([0.5] * size, shape[:-1])
        if self.regime in ("typical", "root"):
            return inside
        corner = np.eye(size)[draw.integers(0, size, shape[:-1])]
        face = inside * (draw.random(shape) < 0.6) + corner * 2.0**-60
        tiny = 10.0 ** draw.uniform(-17, -1, shape[:-1])[..., None]
        kind = draw.choice(4, shape[:-1], p=(0.4, 0.25, 0.15, 0.2))[..., None]
        return np.asarray(np.choose(kind, [
            inside, corner, face / face.sum(axis=-1, keepdims=True),
            (1 - tiny) * corner + tiny * inside]))

    def sign(self, shape: tuple[int, ...]) -> Array:
        return self.random.choice([-1.0, 1.0], shape)

    def reals(self, shape: tuple[int, ...]) -> Array:
        draw = self.random
        if self.regime in ("typical", "root"):
            return 3 * draw.standard_normal(shape)
        if self.regime == "transition":
            scale = 10.0 ** draw.uniform(-18, 3, shape)
            margin = draw.choice(MARGINS, shape) * (1 + 0.02 * draw.standard_normal(shape))
            return self.sign(shape) * np.where(draw.random(shape) < 0.5, scale, margin)
        if self.regime == "full":
            wide = self.sign(shape) * 10.0 ** draw.uniform(*self.range, shape)
            margin = self.sign(shape) * draw.choice(MARGINS, shape) * draw.uniform(0.8, 1.2, shape)
            kind = draw.choice(3, shape, p=(0.6, 0.2, 0.2))
            return np.asarray(np.choose(kind, [wide, 3 * draw.standard_normal(shape), margin]))
        if self.dtype == np.float32:
            single: Array = draw.integers(0, 2**31 - 2**23, shape).astype(np.int32)
            return np.asarray(self.sign(shape) * single.view(np.float32).astype(float))
        bits: Array = draw.integers(0, 2**63 - 2**52, shape).astype(np.int64)
        return np.asarray(self.sign(shape) * bits.view(np.float64))

    def counts(self, shape: tuple[int, ...]) -> Array:
        if self.regime in ("typical", "transition", "root"):
            few: Array = self.random.integers(0, 8, shape).astype(float)
            none = self.random.random(shape) < (0.3 if self.regime == "transition" else 0)
            return np.where(none, 0.0, few)
        sizes: Array = np.floor(10.0 ** self.random.uniform(-0.5, 9, shape))
        return sizes

    def probabilities(self, shape: tuple[int, ...]) -> Array:
        draw = self.random
        if self.regime in ("typical", "root"):
            return 1 / (1 + np.exp(-3 * draw.standard_normal(shape)))
        near = 2.0 ** -draw.integers(1, 53, shape)
        tiny = 10.0 ** -draw.uniform(0.3, -self.range[0], shape)
        kind = draw.integers(0, 3, shape)
        return np.choose(kind, [1 - near, 0.5 + (near - 0.25) * 2.0**-20, tiny])


def sampled(arguments: Sequence[Argument], size: Callable[[Dimension], int],
            conditions: Callable[[list[Array]], Array]) -> Points:
    """Arguments by regime and dtype that meet the conditions; `edge` are ends of the domains."""
    points: Points = {}
    with np.errstate(all="ignore"):
        for regime in (*REGIMES, "edge"):
            for dtype in (np.dtype(np.float64), np.dtype(np.float32)):
                drawing = Drawing(7, "typical" if regime == "edge" else regime, COUNT, dtype)
                drawn = (drawing.edges if regime == "edge" else drawing.block)(arguments, size)
                arrays = [a.astype(dtype) if a.dtype.kind == "f" else a for a in drawn]
                if regime != "edge":
                    keep = conditions(arrays)
                    for array in arrays:
                        if array.dtype.kind == "f":
                            keep &= np.isfinite(array).reshape(COUNT, -1).all(axis=1)
                    arrays = [a[keep] for a in arrays]
                    if any(a.kind.domain in MATRIX_SAMPLES for a in arguments):
                        arrays = well_formed(arguments, arrays)
                points[regime, dtype] = arrays
    return points
