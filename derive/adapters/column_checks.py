"""Code that reads a column of the data: its type, and what is said of values that do not fit."""

from __future__ import annotations

from derive.adapters.margin_losses import Leaf, MarginLoss, safe_name
from derive.core.atoms import Dim

# domain → (the condition of a finite value that fits, what values are, what else helps)
_SCALARS = {
    "binary": ("({0} == 0.0) | ({0} == 1.0)", "0 or 1",
               "; labels -1 and +1 become (y + 1)/2"),
    "positive": ("(0.0 < {0}) & ({0} < np.inf)", "positive", ""),
    "nonnegative": ("(0.0 <= {0}) & ({0} < np.inf)", "0 or positive", ""),
    "negative": ("(-np.inf < {0}) & ({0} < 0.0)", "negative", ""),
    "probability": ("(0.0 < {0}) & ({0} < 1.0)", "between 0 and 1", ""),
    "count": ("(0.0 <= {0}) & ({0} < np.inf) & ({0} == np.floor({0}))", "counts: 0, 1, 2, …", ""),
    "integer": ("np.isfinite({0}) & ({0} == np.floor({0}))", "whole numbers", ""),
    "real": ("np.isfinite({0})", "finite numbers", "")}


def reading(loss: MarginLoss, leaf: Leaf, shape: str) -> list[str]:
    """Statements that read a column as the loss takes it; `shape` is that of the margin."""
    name, kind = safe_name(leaf.name), leaf.kind
    what = "labels" if leaf == loss.label else leaf.name
    lines = [f"{name} = np.asarray({name}, float)", f"if {name}.ndim != 1:",
             f"    raise ValueError(f\"{what} must be one number for each row; their shape is "
             f"{{{name}.shape}}\")"]
    if kind.shape:
        lines = [f"{name} = np.asarray({name}, float).reshape({shape})"]
    if kind.domain == "label":
        top = _classes(loss, leaf)
        few = [] if top.isdigit() else [
            f"if {top} < 2:",
            f"    raise ValueError(\"{what} must be of two classes or more\")"]
        return [*lines, f"if not np.all(({name} == np.floor({name})) & (0 <= {name}) & ({name} < "
                        f"{top})):",
                f"    raise ValueError(f\"{what} must be the numbers of classes, 0 to "
                f"{{{top} - 1}}; first wrong: \"",
                f"                     f\"{{{name}[({name} != np.floor({name})) | ({name} < 0) | "
                f"({name} >= {top})][0]}}\")", *few,
                f"{name} = {name}.astype(np.intp)"]
    if kind.domain in ("simplex", "onehot"):
        return [*lines, f"if not np.all(({name} >= 0.0) & (abs({name}.sum(axis=1, keepdims=True) "
                        "- 1.0) < 1e-6)):",
                f"    raise ValueError(\"each row of {what} must be probabilities that sum to 1\")"]
    test, says, hint = _SCALARS[kind.domain]
    return [*lines, f"wrong = ~({test.format(name)})", "if wrong.any():",
            f"    raise ValueError(\"{what} must be {says}{hint}; first wrong: \"",
            f"                     f\"{{{name}[wrong][0]}}\")"]


def _classes(loss: MarginLoss, leaf: Leaf) -> str:
    over = leaf.kind.over
    if isinstance(over, Dim) and over.fixed:
        return str(over.fixed)
    return str(over)


_DRAWS = {
    "real": "{s} + 0.3 * RNG.normal(size={shape})", "positive": "np.exp(0.5 * {s})",
    "nonnegative": "np.exp(0.5 * {s})", "negative": "-np.exp(0.5 * {s})",
    "probability": "1.0 / (1.0 + np.exp(-{s} - 0.3 * RNG.normal(size={shape})))",
    "binary": "(RNG.uniform(size={shape}) < 1.0 / (1.0 + np.exp(-2.0 * {s}))).astype(float)",
    "count": "RNG.poisson(np.exp(0.5 * {s} + 0.5)).astype(float)",
    "integer": "np.round({s})"}


def drawn(leaf: Leaf, name: str, size: int) -> list[str]:
    """Statements that draw a column of 300 rows that depends on S, for a test."""
    kind = leaf.kind
    if kind.domain == "label":
        return [f"{name} = np.minimum(np.digitize(S + 0.3 * RNG.normal(size=300), [-0.5, 0.5]), "
                f"{size} - 1).astype(float)"]
    shape = f"(300, {size})" if kind.shape else "300"
    signal = f"(S[:, None] * np.linspace(-1.0, 1.0, {size}))" if kind.shape else "S"
    if kind.domain in ("simplex", "onehot"):
        return [f"{name} = np.exp({signal} + RNG.normal(size={shape}))",
                f"{name} /= {name}.sum(axis=1, keepdims=True)"]
    return [f"{name} = {_DRAWS[kind.domain].format(s=signal, shape=shape)}"]
