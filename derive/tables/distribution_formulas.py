"""Formulas of a distribution put into the templates of an operator, as texts."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction

from derive.errors import DeriveError
from derive.lazy import cached_property
from derive.tables.distribution_table import Distribution
from derive.tables.syntax_changes import (
    Indexing,
    Simpler,
    compared_digits,
    digits,
    infinity,
    put_in,
    tree_of,
)

_ENDS = {"positive": (0, math.inf), "nonnegative": (0, math.inf), "count": (0, math.inf),
         "probability": (0, 1)}
_MOST_TERMS = 40  # of a probability that is a sum over counts
_WORD = re.compile(r"[A-Za-z_]\w*")


def names_in(line: str) -> set[str]:
    """The names in a formula, a condition, or a declaration; those of functions left out."""
    left, colon, right = line.partition(":")
    if colon:
        return {*_WORD.findall(left), *_WORD.findall("".join(re.findall(r"[\[(].*", right)))}
    try:
        tree = ast.parse(line.replace(" = ", " == ").strip(), mode="eval")
    except SyntaxError:
        return set(_WORD.findall(line))
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)
            and id(node) not in called}


def renamed(line: str, names: Mapping[str, str]) -> str:
    """A line with other names."""
    return _WORD.sub(lambda word: names.get(word[0], word[0]), line)


@dataclass(frozen=True)
class Formulas:
    """The formulas of a distribution, for an operator that gives its parameters an axis or none."""

    base: Distribution
    operator: str
    axis: str = ""

    @property
    def kind(self) -> str:
        """The type of an observation."""
        return self.base.observed[0].partition(":")[2].strip()

    @property
    def counts(self) -> bool:
        """Whether an observation is a count."""
        return self.kind == "count"

    @cached_property
    def names(self) -> set[str]:
        """All names of the distribution."""
        base = self.base
        lines = (*base.given, *base.known, *base.observed, *base.define, base.density)
        return set().union(*map(names_in, lines))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters."""
        return tuple(n.strip() for line in self.base.given if ":" in line
                     for n in line.partition(":")[0].split(","))

    def given(self, axis: str) -> tuple[str, ...]:
        """The declarations of the parameters, each with an axis more where there is one."""
        if not axis:
            return self.base.given
        lines = (*self.base.given, *(c for c in self.base.observed if ":" not in c))
        tied = [c for c in lines if ":" not in c and names_in(c) & set(self.parameters)]
        if tied:
            raise DeriveError(f"{self.operator} does not go with {self.base.name}: its parameters "
                              f"are bound by {tied[0]}")
        return tuple(f"{line[:-1]}" .replace("[", f"[{axis}, ") + "]" if line.endswith("]")
                     else f"{line}[{axis}]" for line in self.base.given)

    def end(self, text: str, low: bool) -> str:
        """An end of the observations; an infinite one for a number beyond all of them.

        Raises DeriveError for what is no formula, and where nothing is left.
        """
        if text.lstrip("+-") in ("inf", "oo"):
            if text.startswith("-") != low:
                raise DeriveError(f"{self.operator}: {text} is no {'low' if low else 'high'}er "
                                  "end")
            return "-inf" if low else "inf"
        try:
            tree_of(text)
        except SyntaxError:
            raise DeriveError(f"{self.operator}: the end {text!r} is no formula") from None
        try:
            value = Fraction(text.replace(" ", ""))
        except (ValueError, ZeroDivisionError):
            return text
        return self._number_as_end(text, value, low)

    def _number_as_end(self, text: str, value: Fraction, low: bool) -> str:
        least, most = _ENDS.get(self.kind, (-math.inf, math.inf))
        below, above = value <= least, value >= most
        if (above if low else below) and not (self.counts and value == 0 and not low):
            raise DeriveError(f"{self.operator}: no observation of {self.base.name} is "
                              f"{'above' if low else 'below'} {text}; it is {self.kind}")
        if below if low else above:
            return "-inf" if low else "inf"
        return text

    def within(self, ends: Sequence[str]) -> tuple[str, ...]:
        """That ends are among the values of an observation, and in order; where digits show it, ().

        Raises DeriveError where they are not.
        """
        finite = [end for end in ends if not infinity(tree_of(end))]
        conditions = [ast.unparse(put_in(tree_of(c), {"y": tree_of(end)})) for end in finite
                      for c in self.base.observed if ":" not in c]
        if len(finite) == len(ends) == 2:
            conditions.append(f"{ends[0]} {'<=' if self.counts else '<'} {ends[1]}")
        open_ = []
        for condition in dict.fromkeys(conditions):
            holds = compared_digits(condition)
            if holds is False:
                raise DeriveError(f"{self.operator} of {self.base.name} from {ends[0]} to "
                                  f"{ends[-1]}: {condition} does not hold")
            if holds is None:
                open_.append(condition)
        return tuple(open_)

    def excludes(self, value: str) -> str:
        """The condition on observations that a value does not meet; empty where there is none."""
        conditions = (c for c in self.base.observed if ":" not in c)
        return next((c for c in conditions if compared_digits(ast.unparse(put_in(
            tree_of(c), {"y": tree_of(value)}))) is False), "")

    def filled(self, template: str, values: Mapping[str, str]) -> str:
        """A template with the formulas and the values of its names put in."""
        left, equals, right = template.partition(" = ")
        if equals:
            return f"{self.filled(left, values)} = {self.filled(right, values)}"
        tree = Simpler().visit(_Filling(self, values).visit(tree_of(template)))
        return ast.unparse(tree)

    def of(self, what: str, at: ast.expr, index: str) -> ast.expr:
        """The density, the distribution function or the survival function at a value."""
        text = getattr(self.base, what)
        if not text:
            total = self._total(what, at, index)
            if total is not None:
                return total
            raise DeriveError(f"{self.operator} needs the distribution function of "
                              f"{self.base.name}, of which no closed form is known here")
        return put_in(self._indexed(text, index), {"y": at})

    def _indexed(self, text: str, index: str) -> ast.expr:
        """A formula with its definitions put in and its parameters at an index, if there is one."""
        tree = tree_of(text)
        if not index:
            return tree
        for line in reversed(self.base.define):
            name, _, value = line.partition("=")
            tree = put_in(tree, {name.strip(): tree_of(value)})
        indexed: ast.expr = Indexing(self.parameters, index).visit(tree)
        return indexed

    def _total(self, what: str, at: ast.expr, index: str) -> ast.expr | None:
        """A probability of counts up to a number of digits, as a sum of their probabilities."""
        last = digits(at)
        if not self.counts or last is None or not 0 <= last <= _MOST_TERMS:
            return None
        total = self._sum(range(last + 1), index)
        return total if what == "cdf" else ast.BinOp(ast.Constant(1), ast.Sub(), total)

    def _sum(self, counts: Iterable[int], index: str) -> ast.expr:
        """The probability of some counts."""
        first, *others = (self.of("density", ast.Constant(n), index) for n in counts)
        for other in others:
            first = ast.BinOp(first, ast.Add(), other)
        return first

    def mass(self, low: ast.expr, high: ast.expr, index: str) -> ast.expr:
        """The probability of the values from one to another, both included."""
        below, above = infinity(low) < 0, infinity(high) > 0
        if below or above:
            if below and above:
                return ast.Constant(1)
            return self.of("cdf", high, index) if below else \
                self.of("survival", self._before(low), index)
        first, last = digits(low), digits(high)
        if self.counts and not self.base.cdf and first is not None and last is not None \
                and 0 <= last - first <= _MOST_TERMS:
            return self._sum(range(first, last + 1), index)
        before = self._before(low)
        ways = [ast.BinOp(self.of(what, last, index), ast.Sub(), self.of(what, first, index))
                for what, last, first in (("cdf", high, before), ("survival", before, high))]
        return min(ways, key=lambda way: len(ast.unparse(way)))

    def _before(self, low: ast.expr) -> ast.expr:
        """The value above which all others are that are not below another one."""
        number = digits(low)
        if not self.counts:
            return low
        return ast.Constant(number - 1) if number is not None else \
            ast.BinOp(low, ast.Sub(), ast.Constant(1))


class _Filling(ast.NodeTransformer):
    """The words of a template as formulas of a distribution."""

    def __init__(self, formulas: Formulas, values: Mapping[str, str]) -> None:
        self.formulas = formulas
        self.values = {name: tree_of(text) for name, text in values.items()}
        self.index = ""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return deepcopy(self.values.get(node.id, node))

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        target = node.generators[0].target
        self.index = target.id if isinstance(target, ast.Name) else ""
        return self.generic_visit(node)  # type: ignore[return-value]

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        test = self.visit(node.test)
        if isinstance(test, ast.Compare) and any(map(infinity, (test.left, *test.comparators))):
            return self.visit(node.orelse)  # type: ignore[no-any-return]
        return ast.IfExp(test, self.visit(node.body), self.visit(node.orelse))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        arguments: list[ast.expr] = [self.visit(a) for a in node.args]
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "mass":
            low, high = arguments
            return self.formulas.mass(low, high, self.index)
        if name in ("density", "cdf", "survival"):
            return self.formulas.of(name, arguments[0], self.index)
        return ast.Call(node.func, arguments, [])
