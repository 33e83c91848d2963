"""Operations of the judge's reader on numbers and on whole arrays."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from fractions import Fraction
from itertools import count
from typing import Any

from derive.deferred_dataclass import dataclass
from derive.errors import EvaluationError, KindError
from derive.judge.precision import Number
from derive.judge.reading.lazy_arrays import Array, Dim, Place, Run, Type, finite
from derive.limits import tick

Call = Callable[[Run], Any]
NUMBER, CONDITION, ARRAY, CONDITIONS = "number", "condition", "array", "conditions"
SERIAL = count()


@dataclass(frozen=True)
class Code:
    """A part of a formula: what computes it, and the bound indices that it depends on.

    `shape` is that of an array, of numbers or of conditions; `over` the dimension over which an
    index or a label ranges.
    """

    kind: str
    call: Call
    free: frozenset[int] = frozenset()
    shape: tuple[Dim, ...] = ()
    over: Dim | None = None


@dataclass(frozen=True)
class Law:
    """The distribution of a random variable: its type, its density, conditions on its values."""

    kind: Type
    density: Call
    conditions: tuple[Code, ...] = ()


@dataclass
class Letter:
    """A bound index: where its value stands in a run, and its dimension, once that is known.

    A dimension is `loose` as long as nothing but a comparison speaks for it.
    """

    over: Dim | None = None
    slot: int = field(default_factory=lambda: next(SERIAL))
    loose: bool = False


@dataclass
class Names:
    """What a formula may name.

    With `inferred`, an unknown name in a subscript is an index over that axis.
    """

    types: dict[str, Type] = field(default_factory=dict)
    dims: dict[str, Dim] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)  # definitions, parameters
    letters: dict[str, Letter] = field(default_factory=dict)
    functions: dict[str, tuple[str, int]] = field(default_factory=dict)  # unknown ones
    families: Mapping[str, str] = field(default_factory=dict)  # of a rule: kinds of their values
    least: dict[str, int] = field(default_factory=dict)  # sizes that constant subscripts ask for
    numbers: set[Fraction] = field(default_factory=set)
    spans: list[float] = field(default_factory=list)  # magnitudes of constant powers, in digits
    inferred: bool = False
    own: Mapping[str, dict[str, Any]] = field(default_factory=dict)  # a user's functions
    laws: Mapping[str, Law] = field(default_factory=dict)  # of the random variables

    def inner(self, letters: dict[str, Letter]) -> Names:
        """The names inside a binder."""
        return replace(self, letters={**self.letters, **letters})


@dataclass(frozen=True)
class Numbers:
    """A number system: what the closures of a formula compute with.

    `arithmetic` has the operators of Python's syntax tree; `compare` is told one of COMPARISONS;
    `function` computes a function of mpmath, or of `function_numerics`, by its name: of numbers,
    of vectors where `along`; `slope` is the derivative of a formula by a number of the point.
    Where `strict`, a function has no value outside the domain that its entry states. `root` solves
    an equation by a name of a domain, where equations are read.
    """

    rational: Callable[[Run, Fraction], Any]
    arithmetic: Mapping[type, Callable[[Run, Any, Any], Any]]
    compare: Callable[[Run, Callable[[Any, Any], bool], Any, Any], bool]
    function: Callable[..., Any]  # of a run, a name, and the arguments
    along: Callable[[Run, str, list[list[Any]]], Any]
    slope: Callable[[Run, Call, str, Place], Any]
    strict: bool = True
    real: Callable[[Any], Any] = lambda value: value  # a value as a number of mpmath
    root: Callable[[Run, Call, str, str], Any] | None = None  # of a formula, name and domain


def kept(call: Call, free: Iterable[int]) -> Call:
    """A closure whose value is computed once for the values of the indices it depends on."""
    serial, slots = next(SERIAL), tuple(free)

    def memoised(run: Run) -> Any:
        env = run.env
        key = (serial, *[env[s] for s in slots])
        memo = run.memo
        if key in memo:
            return memo[key]
        value = memo[key] = call(run)
        return value

    return memoised


class _Chain:
    """Operations on numbers one after another: a long sum is no deep one."""

    __slots__ = ("first", "rest")

    def __init__(self, first: Call, rest: tuple[tuple[Callable[..., Any], Call], ...]) -> None:
        self.first, self.rest = first, rest

    def __call__(self, run: Run) -> Any:
        value = self.first(run)
        for operation, other in self.rest:
            tick("evaluating the typed formula")
            value = operation(run, value, other(run))
        return value


def elementwise(operation: Callable[..., Any], *codes: Code) -> Code:
    """A scalar operation `operation(run, *values)` on numbers, or on arrays entry by entry."""
    free = frozenset[int]().union(*(c.free for c in codes))
    shapes = [c.shape for c in codes if c.shape]
    calls = [c.call for c in codes]
    if not shapes:
        if len(calls) == 2:
            first, second = calls
            if isinstance(first, _Chain):
                return Code(NUMBER, _Chain(first.first, (*first.rest, (operation, second))), free)
            return Code(NUMBER, _Chain(first, ((operation, second),)), free)
        return Code(NUMBER, lambda run: operation(run, *[c(run) for c in calls]), free)
    shape = max(shapes, key=len)
    if any(shape[len(shape) - len(s):] != s for s in shapes):
        raise KindError(f"shapes {shapes} do not match")

    def array(run: Run) -> Array:
        values = [c(run) for c in calls]

        def entry(place: Place) -> Any:
            return operation(run, *[
                v.at(place[len(place) - len(v.shape):]) if isinstance(v, Array) else v
                for v in values])

        reach = max((v.reach for v in values if isinstance(v, Array)
                     and len(v.shape) == len(shape)), default=0)
        return Array(run.point.shape(shape), entry, reach=reach)

    return Code(ARRAY, kept(array, free), free, shape)


def conditions(operation: Callable[..., bool], *codes: Code) -> Code:
    """Conditions made of numbers or conditions, for arrays entry by entry."""
    made = elementwise(operation, *codes)
    return replace(made, kind=CONDITIONS if made.shape else CONDITION)


def whole_number(value: Any) -> int:
    """A subscript as a whole number."""
    if isinstance(value, int):
        return value
    if value != int(value):
        raise EvaluationError("a subscript is not a whole number")
    return int(value)


def matmul(left: Code, right: Code) -> Code:
    """`left @ right` of vectors and matrices."""
    if left.kind != ARRAY or right.kind != ARRAY or len(right.shape) > 2:
        raise KindError("@ takes vectors and matrices")
    if left.shape[-1] != right.shape[0]:
        raise KindError(f"{left.shape[-1]} against {right.shape[0]} in @")
    rows, shape = len(left.shape) - 1, left.shape[:-1] + right.shape[1:]
    free, inner = left.free | right.free, left.shape[-1]

    def product(run: Run) -> Array:
        a, b, size = left.call(run), right.call(run), run.point.size(inner)

        def entry(place: Place) -> Any:
            run.count(size)
            lead, trail = place[:rows], place[rows:]
            return sum(a.at((*lead, n)) * b.at((n, *trail)) for n in range(size))

        return Array(run.point.shape(shape), entry, reach=a.reach if rows else 0)

    if not shape:
        return Code(NUMBER, kept(lambda run: product(run).at(()), free), free)
    return Code(ARRAY, kept(product, free), free, shape)


def divided(run: Run, a: Number, b: Number) -> Any:
    """A quotient; of whole numbers too it is exact."""
    if not b:
        raise EvaluationError("a division by zero")
    return run.ctx.mpf(a) / b if isinstance(b, int) and isinstance(a, int) else a / b


def power(run: Run, a: Number, b: Number) -> Any:
    """A power; 0**0 is 1, and a broken power of a negative number has no value."""
    integral = isinstance(b, int) or b == int(b)
    if not a:
        if b < 0:
            raise EvaluationError("a division by zero")
        return a if b else 1
    if integral and abs(b) < 10**6:
        return (run.ctx.mpf(a) if isinstance(a, int) and (b < 0 or b > 1000) else a) ** int(b)
    if a < 0 and not integral:
        raise EvaluationError("a broken power of a negative number")
    return finite(run.ctx, run.ctx.power(a, b))


def compared(run: Run, test: Callable[[Any, Any], bool], a: Number, b: Number) -> bool:
    """A comparison; where a run looks for kinks, it is noted how it came out."""
    if run.branches is not None:
        run.branch(a - b)
    return test(a, b)


ARITHMETIC: dict[type, Callable[[Run, Any, Any], Any]] = {
    ast.Add: lambda run, a, b: a + b, ast.Sub: lambda run, a, b: a - b,
    ast.Mult: lambda run, a, b: a * b, ast.Div: divided, ast.Pow: power,
}
COMPARISONS: dict[type, Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Eq: operator.eq, ast.NotEq: operator.ne,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
}
