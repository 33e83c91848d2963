"""Texts of the notation at random numbers, by Python and NumPy alone: a second reader for tests."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np


class Size(int):
    """The size of a dimension, over which an index also runs."""

    def __iter__(self) -> Any:
        return iter(range(int(self)))


def _grid(given: Any, *axes: Any) -> Any:
    return _array(given).reshape([len(list(axis)) for axis in axes])


def softmax(array: Any) -> Any:
    values = _array(array)
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _array(given: Any) -> Any:
    return given if isinstance(given, np.ndarray) else np.array(list(given), dtype=float)


WORDS: dict[str, Any] = {
    "_array": _array, "_grid": _grid, "array": _array,
    "softmax": softmax, "sum": lambda a: np.sum(_array(a)), "mean": lambda a: np.mean(_array(a)),
    "logsumexp": lambda a: np.log(np.sum(np.exp(_array(a)), axis=-1)),
    "dot": lambda a, b: _array(a) @ _array(b), "norm": lambda a: np.linalg.norm(_array(a)),
    "exp": np.exp, "log": np.log, "tanh": np.tanh, "sqrt": np.sqrt, "abs": np.abs,
    "sign": np.sign, "sigmoid": lambda u: 1 / (1 + np.exp(-u)),
    "softplus": lambda u: np.log1p(np.exp(u)), "sin": np.sin, "cos": np.cos,
    "max": np.maximum, "delta": lambda i, j: float(i == j), "outer": np.outer,
    "diag": np.diag, "eye": np.eye, "ones": np.ones, "trace": np.trace, "inv": np.linalg.inv,
}


def onehot(label: Any, size: int) -> Any:
    return np.eye(size)[label]


def numbers(given: list[str], sizes: dict[str, int], seed: int) -> dict[str, Any]:
    """Random values for declared names."""
    draw, values = np.random.default_rng(seed), dict[str, Any]()
    for line in given:
        names, colon, kind = line.partition(":")
        if not colon:
            continue
        domain, _, axes = kind.strip().rstrip("]").partition("[")
        shape = tuple(sizes.get(a.strip()) or int(a) for a in axes.split(",") if a.strip())
        for name in (n.strip() for n in names.split(",")):
            if domain.startswith("label"):
                size = sizes[domain[6:-1]]
                values[name] = draw.integers(size, size=shape) if shape else \
                    int(draw.integers(size))
                values["onehot"] = lambda label, size=size: onehot(label, size)
            elif domain.startswith("simplex"):
                values[name] = draw.dirichlet(np.ones(sizes[domain[8:-1]]))
            elif domain in ("positive", "probability"):
                values[name] = draw.uniform(0.1, 0.9, size=shape)
            else:
                values[name] = draw.uniform(-1, 1, size=shape)
    return {**WORDS, **values, **{d: Size(n) for d, n in sizes.items()}}


class _Families(ast.NodeTransformer):
    """Comprehensions as arrays of NumPy."""

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        """An array of its terms."""
        self.generic_visit(node)
        name = "_array" if len(node.generators) == 1 or any(g.ifs for g in node.generators) \
            else "_grid"
        axes = [g.iter for g in node.generators] if name == "_grid" else []
        return ast.Call(ast.Name(name, ast.Load()), [node, *axes], [])


def compiled(text: str) -> Any:
    tree = ast.fix_missing_locations(_Families().visit(ast.parse(text, mode="eval")))
    return compile(tree, "formula", "eval")


def element_values(text: str, letters: dict[str, str], sizes: dict[str, int],
                   names: dict[str, Any]) -> Any:
    """The array whose elements a text gives at every place of its free indices."""
    shape = tuple(sizes.get(d) or int(d) for d in letters.values())
    made = np.empty(shape)
    code = compiled(text)
    for place in np.ndindex(*shape):
        made[place] = eval(code, {**names, **dict(zip(letters, map(int, place), strict=True))})
    return made


def array_value(text: str, names: dict[str, Any]) -> Any:
    """The value of a text of whole arrays; a number where one of two cases is a number."""
    return np.asarray(eval(compiled(text), dict(names)), dtype=float)
