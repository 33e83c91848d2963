"""Slips that a pattern cannot say: a sign, a factor 2, subscripts, brackets, names, outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import permutations
from itertools import product as product_of

from sympy import Add, Integer, Mul, Pow, Rational
from sympy.core.basic import Basic

from derive.core import heads
from derive.core.atoms import Dim, Index, Variable
from derive.core.indexing import free_names, index_dimension, occurs
from derive.core.walk import around, places, substitute, with_arguments
from derive.rulebook import rewriting

_MOST = 80  # variants of one line by one slip
_FEW_FACTORS = 3  # which may stand before or behind brackets, whichever it is


def by_sign(line: Basic) -> Iterator[Basic]:
    """The line with the other sign, or one term of a sum."""
    yield Mul(Integer(-1), line)
    for node, _ in places(line):
        if isinstance(node, Add):
            for place, term in enumerate(node.args):
                yield rewriting.replace(line, node, _with(node, place, Mul(Integer(-1), term)))
        elif isinstance(node, heads.Apply) and node.name in _NEGATED and len(node.args) == 2:
            turned = heads.Apply(node.args[0], Mul(Integer(-1), node.args[1]))
            yield rewriting.replace(line, node, turned)


_NEGATED = frozenset({"exp", "sigmoid"})


def by_two(line: Basic) -> Iterator[Basic]:
    """The line, one term of a sum, or a base of a power doubled or halved."""
    for factor in (Integer(2), Rational(1, 2)):
        yield Mul(factor, line)
        for node, _ in places(line):
            if isinstance(node, Add):
                for place, term in enumerate(node.args):
                    yield rewriting.replace(line, node, _with(node, place, Mul(factor, term)))
            elif isinstance(node, (heads.Sum, heads.Operator, Pow)):
                yield rewriting.replace(line, node, Mul(factor, node))


def by_subscripts(line: Basic) -> Iterator[Basic]:
    """A matrix with its two subscripts exchanged, at one place or wherever it stands."""
    for node in dict.fromkeys(node for node, _ in places(line)):
        if isinstance(node, heads.Element) and len(node.indices) == 2:
            first, second = node.indices
            turned = heads.Element(node.tensor, second, first)
            if well_placed(turned) and turned != node:
                yield rewriting.replace(line, node, turned)


def by_output(line: Basic) -> Iterator[Basic]:
    """A derivative by what a sigmoid gives out, where the variable stands in that alone.

    The inner derivative of the sigmoid may be kept or lost with its own.
    """
    for node, _ in places(line):
        if not isinstance(node, heads.Partial):
            continue
        body, at = node.args
        outputs = {part for part, inner in places(body)
                   if inner == around(body) and isinstance(part, heads.Apply)
                   and part.name == "sigmoid" and occurs(at, part)}
        if len(outputs) != 1 or body in outputs:
            continue
        output = outputs.pop()
        if not occurs(at, substitute(body, {output: Integer(1)})):
            by = Mul(node, Pow(heads.Partial(output, at), -1))
            yield rewriting.replace(line, node, by)
            yield rewriting.replace(line, node, Mul(by, heads.Partial(output.args[1], at)))


def by_brackets(line: Basic) -> Iterator[Basic]:
    """A sum in brackets read as if they were not there: `(a + b)*c` as `a + b*c`."""
    for node in dict.fromkeys(node for node, _ in places(line)):
        if isinstance(node, Mul):
            yield from (rewriting.replace(line, node, new) for new in _opened(node))
        elif isinstance(node, Pow) and isinstance(node.base, Add) and node.exp != -1:
            for place, term in enumerate(node.base.args):
                yield rewriting.replace(line, node, _with(node.base, place, _power(term, node.exp)))
        elif isinstance(node, Pow) and isinstance(node.base, Mul) and node.exp.is_Integer:
            for place, factor in enumerate(node.base.args):
                yield rewriting.replace(line, node,
                                        _with(node.base, place, _power(factor, node.exp)))


def _power(base: Basic, exponent: Basic) -> Basic:
    """A power; of 1 SymPy would ask for the size of the exponent, without an end."""
    return base if base == 1 else Pow(base, exponent)


def _opened(product: Mul) -> Iterator[Basic]:
    """A product in which one sum lost its brackets: what stood before and behind reaches a term.

    Below a fraction line the terms but one come up.
    """
    for place, factor in enumerate(product.args):
        rest = [a for n, a in enumerate(product.args) if n != place]
        below = isinstance(factor, Pow) and factor.exp == -1
        total = factor.base if below else factor
        if not isinstance(total, Add):
            continue
        for inner, outer in permutations(range(len(total.args)), 2):
            if below:
                yield _with(total, inner, Mul(*rest, Pow(total.args[inner], -1)))
                continue
            for left, right in _divided(rest):
                yield Add(*(Mul(*(left if n == inner else right if n == outer else ()), term)
                            for n, term in enumerate(total.args)))


def _divided(factors: list[Basic]) -> Iterator[tuple[list[Basic], list[Basic]]]:
    """Factors as those before the brackets and those behind them."""
    if len(factors) > _FEW_FACTORS:
        yield factors, []
        return
    for before in product_of((True, False), repeat=len(factors)):
        left = [f for f, is_before in zip(factors, before, strict=True) if is_before]
        yield left, [f for f in factors if f not in left]


def by_names(line: Basic) -> Iterator[Basic]:
    """A name in the place of another one of the same kind and shape: w[j] for x[j]."""
    there = list(dict.fromkeys(node for node, _ in places(line)))
    tensors = sorted({n.tensor for n in there if isinstance(n, heads.Element)}, key=str)
    varied = {n.args[1] for n in there if isinstance(n, heads.Partial)}
    for node in there:
        if isinstance(node, heads.Element):
            yield from (rewriting.replace(line, node, heads.Element(other, *node.indices))
                        for other in tensors if other != node.tensor
                        and other.kind.shape == node.tensor.kind.shape
                        and (other.kind.differentiable or node not in varied))
    yield from _other_scalars(line, there)


def _other_scalars(line: Basic, there: list[Basic]) -> Iterator[Basic]:
    """A number's name in the place of another one, at one place alone."""
    scalars = sorted((n for n in free_names(line) if isinstance(n, Variable)
                      and n.kind.domain != "label"), key=str)
    for node in there:
        if isinstance(node, (Add, Mul, Pow)):
            yield from (rewriting.replace(line, node, _with(node, place, other))
                        for place, part in enumerate(node.args) if part in scalars
                        for other in scalars if other != part)


def by_index(line: Basic) -> Iterator[Basic]:
    """A free index or label in the place of another one, or two of them exchanged."""
    alike = _alike(line)
    for first, second in alike:
        if str(first) < str(second):
            yield substitute(line, {first: second, second: first})
    for node in dict.fromkeys(node for node, _ in places(line)):
        for first, second in alike:
            if first in node.args and not isinstance(node, heads.Delta):
                yield rewriting.replace(line, node, substitute(node, {first: second}))


def _alike(line: Basic) -> list[tuple[Basic, Basic]]:
    """The pairs of free indices and labels of a line that range over the same axis."""
    free = sorted((n for n in free_names(line) if isinstance(n, Index) or (
        isinstance(n, Variable) and n.kind.domain == "label")), key=str)
    return [(a, b) for a, b in permutations(free, 2)
            if index_dimension(a) == index_dimension(b)]


def by_count(line: Basic) -> Iterator[Basic]:
    """A product without the number of terms, N * c as c."""
    for node in dict.fromkeys(node for node, _ in places(line)):
        if isinstance(node, Mul):
            for place, factor in enumerate(node.args):
                if isinstance(factor, Dim):
                    rest = Mul(*(a for n, a in enumerate(node.args) if n != place))
                    yield rewriting.replace(line, node, rest)


def by_factor(line: Basic) -> Iterator[Basic]:
    """A product without one of its factors."""
    yield from _without_a_part(line, Mul)


def by_term(line: Basic) -> Iterator[Basic]:
    """A sum without one of its terms."""
    yield from _without_a_part(line, Add)


def _without_a_part(line: Basic, kind: type[Basic]) -> Iterator[Basic]:
    for node in dict.fromkeys(node for node, _ in places(line)):
        if isinstance(node, kind):
            for place in range(len(node.args)):
                rest = [a for n, a in enumerate(node.args) if n != place]
                yield rewriting.replace(line, node, with_arguments(node, rest))


def by_square(line: Basic) -> Iterator[Basic]:
    """A derivative by the square of a positive variable, or by its root."""
    for node, _ in places(line):
        if isinstance(node, heads.Partial) and isinstance(node.args[1], Variable) and \
                node.args[1].kind.domain == "positive":
            body, at = node.args
            powers = {p.exp for p, _ in places(body) if isinstance(p, Pow) and p.base == at}
            if any(e.is_Integer and e % 2 == 0 for e in powers):
                yield rewriting.replace(line, node, Mul(node, Pow(2 * at, -1)))
            elif powers:
                yield rewriting.replace(line, node, Mul(2, Pow(at, Rational(1, 2)), node))


SLIPS: Mapping[str, Callable[[Basic], Iterator[Basic]]] = {
    "sign": by_sign, "two": by_two, "subscripts": by_subscripts, "output": by_output,
    "brackets": by_brackets, "names": by_names, "index": by_index, "square": by_square,
    "count": by_count, "factor": by_factor, "term": by_term}


def slipped(line: Basic, slip: str) -> list[Basic]:
    """The lines that a slip makes of a line, each once."""
    made: dict[Basic, None] = {}
    with suppress(RecursionError):  # SymPy asks without an end for the size of c in 1**c
        for new in SLIPS[slip](line):
            if new != line:
                made[new] = None
            if len(made) >= _MOST:
                break
    return list(made)


def well_placed(node: Basic) -> bool:
    """Whether every subscript in an expression ranges over the axis that it stands at."""
    if isinstance(node, heads.Element):
        for dim, at in zip(node.tensor.kind.shape, node.indices, strict=True):
            over = index_dimension(at)
            if over is not None and over != dim:
                return False
    return all(well_placed(a) for a in node.args)


def _with(node: Basic, place: int, term: Basic) -> Basic:
    return with_arguments(node, (term if n == place else a for n, a in enumerate(node.args)))
