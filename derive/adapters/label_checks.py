"""Code that reads a column of the data: its type, and what is said of values that do not fit."""

from __future__ import annotations

from derive.adapters.margin_losses import Leaf, MarginLoss, safe_name
from derive.core.atoms import Dim, Variable
from derive.core.indexing import free_names

# domain → (the condition of a value that fits, what values are, what else helps)
_SCALARS = {
    "binary": ("({0} == 0.0) | ({0} == 1.0)", "0 or 1",
               "; labels -1 and +1 become (y + 1)/2"),
    "positive": ("{0} > 0.0", "positive", ""),
    "nonnegative": ("{0} >= 0.0", "0 or positive", ""),
    "negative": ("{0} < 0.0", "negative", ""),
    "probability": ("(0.0 < {0}) & ({0} < 1.0)", "between 0 and 1", ""),
    "count": ("({0} >= 0.0) & ({0} == np.floor({0}))", "counts: 0, 1, 2, …", ""),
    "integer": ("{0} == np.floor({0})", "whole numbers", ""),
    "real": ("np.isfinite({0})", "finite numbers", "")}


def reading(loss: MarginLoss, leaf: Leaf, shape: str) -> list[str]:
    """Statements that read a column as the loss takes it; `shape` is that of the margin."""
    name, kind = safe_name(leaf.name), leaf.kind
    what = "labels" if leaf == loss.label else leaf.name
    lines = [f"{name} = np.asarray({name}, float)"]
    if kind.shape:
        lines[0] = f"{name} = np.asarray({name}, float).reshape({shape})"
    if kind.domain == "label":
        top = _classes(loss, leaf)
        return [*lines, f"if not np.all(({name} == np.floor({name})) & (0 <= {name}) & ({name} < "
                        f"{top})):",
                f"    raise ValueError(f\"{what} must be the numbers of classes, 0 to "
                f"{{{top} - 1}}; first wrong: \"",
                f"                     f\"{{{name}[({name} != np.floor({name})) | ({name} < 0) | "
                f"({name} >= {top})][0]}}\")",
                f"{name} = {name}.astype(np.intp)"]
    if kind.domain in ("simplex", "onehot"):
        return [*lines, f"if not np.all(({name} >= 0.0) & (abs({name}.sum(axis=1, keepdims=True) "
                        "- 1.0) < 1e-6)):",
                f"    raise ValueError(\"each row of {what} must be probabilities that sum to 1\")"]
    test, says, hint = _SCALARS[kind.domain]
    return [*lines, f"wrong = ~({test.format(name)})", "if wrong.any():",
            f"    raise ValueError(f\"{what} must be {says}{hint}; first wrong: "
            f"{{{name}[wrong][0]}}\")"]


def _classes(loss: MarginLoss, leaf: Leaf) -> str:
    over = leaf.kind.over
    if isinstance(over, Dim) and over.fixed:
        return str(over.fixed)
    return str(over)


def conditions_of(loss: MarginLoss) -> list[object]:
    """The conditions of the loss on what a row holds alone."""
    rows = set(loss.observed)
    return [c for c in loss.formula.posed.specification.conditions
            if (names := {n for n in free_names(c) if isinstance(n, Variable)})
            and names <= rows]
