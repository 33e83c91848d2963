"""Labels: what a file says to those that its loss cannot take, and draws of such that it can."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Expr

from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.notation.printing.plain import plain

# By domain: the condition that all labels meet, and the words for it.
_DOMAINS = {
    "binary": ("np.isin({y}, (0, 1))", "0 or 1"),
    "positive": ("{y} > 0", "positive"),
    "nonnegative": ("{y} >= 0", "at least 0"),
    "negative": ("{y} < 0", "negative"),
    "probability": ("({y} >= 0) & ({y} <= 1)", "between 0 and 1"),
    "count": ("({y} >= 0) & ({y} == np.floor({y}))", "counts 0, 1, 2, …"),
    "label": ("({y} >= 0) & ({y} == np.floor({y}))", "classes 0, 1, 2, …"),
    "integer": ("{y} == np.floor({y})", "integers"),
    "simplex": ("({y} >= 0) & (abs({y}.sum(axis=-1, keepdims=True) - 1) < 1e-6)",
                "rows of shares that sum to 1"),
}


def label_condition(leaf: Variable | Tensor, counts: bool = True) -> tuple[str, str]:
    """A condition on an array of labels and the words for it; ("", "") where all are right.

    A library that takes counts as any numbers from 0 on has no `counts`.
    """
    domain = leaf.kind.domain
    if domain == "count" and not counts:
        domain = "nonnegative"
    condition, words = _DOMAINS.get(domain, ("", ""))
    return condition.format(y=leaf.name), words


def label_check(leaf: Variable | Tensor, counts: bool = True) -> list[str]:
    """Statements that refuse labels outside of their domain."""
    condition, words = label_condition(leaf, counts)
    if not condition:
        return []
    return [f"if not np.all({condition}):",
            f"    raise ValueError(\"{leaf.name} must be {words}\")"]


_DRAWS = {
    "binary": "rng.integers(0, 2, {shape}).astype(float)",
    "positive": "np.exp(rng.normal(size={shape}))",
    "nonnegative": "np.exp(rng.normal(size={shape}))",
    "negative": "-np.exp(rng.normal(size={shape}))",
    "probability": "rng.uniform(0.05, 0.95, {shape})",
    "count": "rng.poisson(3, {shape}).astype(float)",
    "integer": "rng.integers(-3, 4, {shape}).astype(float)",
    "label": "rng.integers(0, K, {shape})",
    "simplex": "rng.dirichlet(np.ones(K), len(X))",
    "onehot": "np.eye(K)[rng.integers(0, K, len(X))]",
    "real": "rng.normal(size={shape})",
}


def draw(leaf: Variable | Tensor) -> str:
    """An expression that draws labels for the rows of X, of K columns where they have some."""
    shape = "(len(X), K)" if leaf.kind.shape else "len(X)"
    if leaf.kind.shape and leaf.kind.domain == "binary":  # some loss is infinite where all are 0
        return f"np.fmax({_DRAWS['onehot']}, {_DRAWS['binary'].format(shape=shape)})"
    return _DRAWS.get(leaf.kind.domain, _DRAWS["real"]).format(shape=shape)


def condition_checks(conditions: Iterable[Expr]) -> list[str]:
    """Statements that refuse rows which break a condition on what they hold."""
    return [line for condition in conditions for line in (
        f"if not np.all({plain(condition)}):",
        f"    raise ValueError(\"each row needs {plain(condition)}\")")]


def ordered_draws(conditions: Iterable[Expr]) -> list[str]:
    """Statements after which drawn columns meet conditions such as y <= n."""
    lines = []
    for condition in conditions:
        if isinstance(condition, (heads.Less, heads.LessEqual)):
            small, large = map(plain, condition.args)
            if small.isidentifier() and large.isidentifier():
                lines.append(f"{small}, {large} = np.minimum({small}, {large}), "
                             f"np.maximum({small}, {large}) + 1")
            elif large.isidentifier():
                lines.append(f"{large} = {large} + {small}")
    return lines
