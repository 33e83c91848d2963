"""The operators of the notation: how each is typed, read from LaTeX, printed, and how it binds."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from sympy import Add, Expr, Integer, Mul, Pow

from derive.core import heads, typed_nodes

# How tightly the operators bind, loosest first.
CONDITIONAL, OR, AND, NOT, COMPARE, ADD, MUL, POWER, ATOM = range(9)

Build = Callable[[Expr, Expr], Expr]


@dataclass(frozen=True)
class Operator:
    """An operator between two sides.

    `sign` is how it is typed, `syntax` Python's node for it, `build` makes the tree of both sides
    and `typed` the one in which nothing cancels. `latex` are the commands that are read, of which
    the first is printed. `head` is the node of ours that it stands for, where there is one.
    """

    sign: str
    syntax: type[ast.AST]
    level: int
    build: Build
    unicode: str
    latex: tuple[str, ...]
    head: type | None = None
    typed: Build | None = None
    opposite: str = ""  # of a relation: the one that holds where it does not
    turned: str = ""  # of a relation: the one with its sides exchanged


ARITHMETIC = (
    Operator("+", ast.Add, ADD, Add, "+", ("+",), typed=typed_nodes.add),
    Operator("-", ast.Sub, ADD, lambda a, b: Add(a, Mul(Integer(-1), b)), "−", ("-",),
             typed=typed_nodes.subtract),
    Operator("*", ast.Mult, MUL, Mul, "·", ("\\cdot", "\\times", "*", "\\odot", "\\ast"),
             typed=typed_nodes.multiply),
    Operator("/", ast.Div, MUL, lambda a, b: Mul(a, Pow(b, -1)), "/", ("/",),
             typed=typed_nodes.divide),
    Operator("**", ast.Pow, POWER, Pow, "^", ("^",), typed=typed_nodes.power),
)
RELATIONS = (
    Operator("<", ast.Lt, COMPARE, heads.Less, "<", ("<", "\\lt"), heads.Less,
             opposite=">=", turned=">"),
    Operator("<=", ast.LtE, COMPARE, heads.LessEqual, "≤", ("\\le", "\\leq", "\\leqslant"),
             heads.LessEqual, opposite=">", turned=">="),
    Operator("==", ast.Eq, COMPARE, heads.Equal, "=", ("=",), heads.Equal,
             opposite="!=", turned="=="),
    Operator("!=", ast.NotEq, COMPARE, heads.NotEqual, "≠", ("\\ne", "\\neq"), heads.NotEqual,
             opposite="==", turned="!="),
    Operator(">", ast.Gt, COMPARE, lambda a, b: heads.Less(b, a), ">", (">", "\\gt"),
             opposite="<=", turned="<"),
    Operator(">=", ast.GtE, COMPARE, lambda a, b: heads.LessEqual(b, a), "≥",
             ("\\ge", "\\geq", "\\geqslant"), opposite="<", turned="<="),
)
JUNCTIONS = (
    Operator("and", ast.And, AND, heads.Both, "∧", ("\\land", "\\wedge"), heads.Both),
    Operator("or", ast.Or, OR, heads.Either, "∨", ("\\lor", "\\vee"), heads.Either),
)
COMPARISONS = tuple(o for o in RELATIONS if o.head is not None)  # what trees are made of
OPERATORS = (*ARITHMETIC, *RELATIONS, *JUNCTIONS)
BY_SIGN = {o.sign: o for o in OPERATORS}
BY_SYNTAX = {o.syntax: o for o in OPERATORS}
BY_HEAD = {o.head: o for o in OPERATORS if o.head is not None}


@dataclass(frozen=True)
class BigOperator:
    """A sum, product, maximum, … over an index: its word and its sign in each kind of print."""

    word: str
    head: type[heads.Reduction]
    unicode: str
    large: str  # the sign at full size, where it is more than a word
    latex: str
    name: str = ""  # the word in print


BIG_OPERATORS = (
    BigOperator("sum", heads.Sum, "Σ", "∑", r"\sum"),
    BigOperator("prod", heads.Product, "Π", "∏", r"\prod"),
    BigOperator("max", heads.Maximum, "max", "", r"\max", "max"),
    BigOperator("min", heads.Minimum, "min", "", r"\min", "min"),
    BigOperator("argmax", heads.ArgMax, "argmax", "", r"\operatorname*{arg\,max}",
                "arg max"),
)
