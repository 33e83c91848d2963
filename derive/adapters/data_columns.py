"""Columns of the data: reading them, refusing values that do not fit, drawing such that do."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Expr

from derive.adapters.margin_losses import Leaf, MarginLoss, safe_name
from derive.arrays.targets.functional.functional_text import LINE
from derive.arrays.targets.functional.plain_module import INSIDE
from derive.core import heads
from derive.core.atoms import Dim
from derive.notation.printing.plain import plain

_CONDITIONS = {  # of finite numbers
    **INSIDE, "positive": "({0} > 0) & ({0} < np.inf)",
    "nonnegative": "({0} >= 0) & ({0} < np.inf)", "negative": "({0} < 0) & ({0} > -np.inf)",
    "integer": "({0} == np.floor({0})) & np.isfinite({0})",
    "count": INSIDE["count"] + " & ({0} < np.inf)", "real": "np.isfinite({0})",
    "label": INSIDE["count"],
    "simplex": "({0} >= 0) & (abs({0}.sum(axis=-1, keepdims=True) - 1) < 1e-6)"}
_WORDS = {
    "binary": "0 or 1", "positive": "positive", "nonnegative": "0 or positive",
    "negative": "negative", "probability": "between 0 and 1", "count": "counts: 0, 1, 2, …",
    "label": "classes 0, 1, 2, …", "integer": "whole numbers", "real": "finite numbers",
    "simplex": "rows of probabilities that sum to 1", "onehot": "0 or 1"}
_HINTS = {"binary": "; labels -1 and +1 become (y + 1)/2"}
# What is drawn, as a function of scores {0} near 0, in columns of K.
_DRAWS = {
    "real": "{0}", "positive": "np.exp({0} / 2)", "nonnegative": "np.exp({0} / 2)",
    "negative": "-np.exp({0} / 2)", "probability": "1 / (1 + np.exp(-{0}))",
    "binary": "({0} > 0).astype(float)", "count": "np.floor(np.exp({0} / 2 + 1))",
    "integer": "np.round({0})", "label": "np.clip(np.round({0}) + 1, 0, {1} - 1).astype(int)",
    "simplex": "np.exp({0})", "onehot": "{0}"}


def condition(leaf: Leaf, name: str = "") -> str:
    """A condition on an array of values, by what they are declared to be."""
    return _CONDITIONS[leaf.kind.domain].format(name or leaf.name)


def check(leaf: Leaf, name: str = "", counted: bool = True) -> list[str]:
    """Statements that refuse values outside of their domain.

    A library that takes counts as any numbers from 0 on has them not `counted`.
    """
    domain, name = leaf.kind.domain, name or leaf.name
    if domain in ("real", "onehot"):
        return []
    domain = "nonnegative" if domain == "count" and not counted else domain
    return [f"if not np.all({_CONDITIONS[domain].format(name)}):",
            f"    raise ValueError(\"{name} must be {_WORDS[domain]}\")"]


def condition_checks(conditions: Iterable[Expr]) -> list[str]:
    """Statements that refuse rows which break a condition on what they hold."""
    return [line for condition in conditions for line in (
        f"if not np.all({plain(condition)}):",
        f"    raise ValueError(\"each row needs {plain(condition)}\")")]


def reading(loss: MarginLoss, leaf: Leaf, shape: str) -> list[str]:
    """Statements that read a column as the loss takes it; `shape` is that of the margin."""
    name, kind = safe_name(leaf.name), leaf.kind
    what = "labels" if leaf == loss.label else leaf.name
    lines = [f"{name} = np.asarray({name}, float).reshape({shape})"] if kind.shape else [
        f"{name} = np.asarray({name}, float)", f"if {name}.ndim != 1:",
        *_raised(f"{what} must be one number for each row; ", f"their shape is {{{name}.shape}}")]
    if kind.domain in ("simplex", "onehot"):
        test = _CONDITIONS["simplex"].format(name)
        return [*lines, f"if not np.all({test}):",
                f"    raise ValueError(\"each row of {what} must be probabilities that sum to 1\")"]
    test, says = condition(leaf, name), _WORDS[kind.domain] + _HINTS.get(kind.domain, "")
    if kind.domain == "label":
        top = _classes(leaf)
        test, says = f"{test} & ({name} < {top})", f"the numbers of classes, 0 to {{{top} - 1}}"
    wrong = f"~{test}" if test.startswith("np.") else f"~({test})"
    lines += [f"wrong = {wrong}", "if wrong.any():",
              *_raised(f"{what} must be {says}; ", f"first wrong: {{{name}[wrong][0]}}")]
    if kind.domain != "label":
        return lines
    few = [] if top.isdecimal() else [
        f"if {top} < 2:", f"    raise ValueError(\"{what} must be of two classes or more\")"]
    return [*lines, *few, f"{name} = {name}.astype(np.intp)"]


def _raised(says: str, first: str) -> list[str]:
    """A statement inside a condition that refuses what does not fit, in two lines if it is long."""
    line = f"    raise ValueError(f\"{says}{first}\")"
    if len(line) <= LINE - 4:
        return [line]
    mark = "f" if "{" in says else ""
    return [f"    raise ValueError({mark}\"{says}\"", f"                     f\"{first}\")"]


def _classes(leaf: Leaf) -> str:
    over = leaf.kind.over
    return str(over.fixed) if isinstance(over, Dim) and over.fixed else str(over)


def drawn(leaf: Leaf, name: str, score: str, size: object = "K") -> list[str]:
    """Statements that draw a column by scores, for a test; of several columns, for each its own."""
    domain = leaf.kind.domain
    lines = [f"{name} = {_DRAWS[domain].format(score, size)}"]
    if domain == "simplex":
        lines.append(f"{name} /= {name}.sum(axis=1, keepdims=True)")
    elif domain == "binary" and leaf.kind.shape:  # some loss is infinite where all are 0
        lines = [f"{name} = {score}", f"{name} = (({name} > 0) | ({name} == {name}.max(axis=1, "
                                      "keepdims=True))).astype(float)"]
    elif domain == "onehot":
        lines.append(f"{name} = ({name} == {name}.max(axis=1, keepdims=True)).astype(float)")
    return lines


def normal(leaf: Leaf) -> str:
    """Scores that have nothing to do with the rows of X."""
    return "rng.normal(size=(len(X), K))" if leaf.kind.shape else "rng.normal(size=len(X))"


def ordered(conditions: Iterable[Expr]) -> list[str]:
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
