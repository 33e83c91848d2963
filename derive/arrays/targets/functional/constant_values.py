"""The values of numbers that no argument holds, which code of one number at a time computes."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

_NUMBERS = SimpleNamespace(**vars(math), euler_gamma=np.euler_gamma)


def constant_value(code: str, infinity: str) -> float:
    """The value of a number for the whole call; at a pole or outside a domain, that of arrays.

    `infinity` is how the code names it: the library it is of, and `inf`.
    """
    library = infinity.partition(".")[0]
    try:
        return float(eval(code, {library: _NUMBERS, "math": math}))
    except (ArithmeticError, ValueError):
        with np.errstate(all="ignore"):
            tree = ast.fix_missing_locations(_Doubles().visit(ast.parse(code, mode="eval")))
            return float(eval(compile(tree, "<number>", "eval"), {
                "double": np.float64, "function": _like_arrays, library: _NUMBERS}))


class _Doubles(ast.NodeTransformer):
    """Numbers as doubles of NumPy, whose quotients by 0 have a value; functions of `math` too."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Call(ast.Name("double", ast.Load()), [node], [])

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id == "math":
            return ast.Call(ast.Name("function", ast.Load()), [ast.Constant(node.attr)], [])
        return node


def _like_arrays(name: str) -> Callable[..., Any]:
    """A function of `math` that has a value at poles and outside its domain."""
    def value(*numbers: Any) -> Any:
        if hasattr(np, name):
            return getattr(np, name)(*numbers)
        try:
            return np.float64(getattr(math, name)(*numbers))
        except (ArithmeticError, ValueError):
            return np.float64(math.inf if name == "lgamma" else math.nan)

    return value
