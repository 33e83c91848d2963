"""Sums over an index by whole arrays, in the notation: `X[n] @ w`, `norm(a - b)`, `mean(x)`.

What is read back is the same tree: these are abbreviations, and read away at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sympy import Add, Expr, Mul, Pow, Rational, true

from derive.core import heads
from derive.core.atoms import Dim, Index, Tensor
from derive.core.indexing import occurs, parts
from derive.core.walk import with_arguments
from derive.functions.function_records import function_of
from derive.notation.operator_table import ATOM, MUL, POWER
from derive.notation.printing.array_forms import Written, array_formula, matrix_product
from derive.notation.printing.print_order import split_fraction
from derive.notation.printing.print_target import Text
from derive.notation.printing.printer import Printer
from derive.notation.printing.solution_texts import matrix_times_vector, solution

_HALF = Rational(1, 2)


class _Contraction(NamedTuple):
    """Σ_b T[lead, b] f(b): the element, f, and f as a formula of whole arrays."""

    row: heads.Element
    entry: Expr
    vector: Expr


def formula(p: Printer, body: Expr, index: Index) -> Expr | None:
    """A family of formulas as one formula of whole arrays, or None where that cannot be said."""
    if _timed(p, body):
        return array_formula(body, index, p.placed, p.matrices)
    written = _rewritten(p, body, index)
    return None if occurs(index, written) or written == body else written


def _timed(p: Printer, node: Expr) -> bool:
    """Whether a formula holds what a recurrent model computes step by step."""
    return p.time is not None and any(
        isinstance(part, Tensor) and p.timed(part) for part in parts(node))


def _rewritten(p: Printer, node: Expr, index: Index) -> Expr:
    """The formula with whole arrays in place of what has the index as its last subscript."""
    if not occurs(index, node):
        return node
    text = _as_array(p, node, index)
    if text is not None:
        return Written(text[0], text)
    scalar = isinstance(node, heads.Apply) and not any(
        isinstance(a, heads.Lam) for a in node.args)
    if isinstance(node, (Add, Mul, Pow)) or scalar:
        return with_arguments(node, [_rewritten(p, a, index) for a in node.args])
    return node


def _as_array(p: Printer, node: Expr, index: Index) -> Text | None:
    """One array over an index: a row of a tensor, a product of matrices, a softmax."""
    if isinstance(node, heads.Element):
        return p.placed(node.tensor, node.indices[:-1]) if _last(node, index) else None
    if isinstance(node, heads.Sum):
        return _product_over(p, node, index)
    if isinstance(node, heads.Apply) and len(node.args) == 3 and node.args[2] == index and \
            isinstance(node.args[1], heads.Lam) and not occurs(index, node.args[1]):
        return p.function(function_of(node), [p.argument(node.args[1])])
    return None


def _last(node: Expr, index: Expr) -> bool:
    """Whether an index is the last subscript of an element, and in no other one."""
    return isinstance(node, heads.Element) and node.indices[-1] == index and not any(
        occurs(index, place) for place in node.indices[:-1])


def _product_over(p: Printer, node: heads.Sum, index: Index) -> Text | None:
    """Σ_b W[index, b] f(b) as W @ f or solve(A, f), for all values of an index at once."""
    solved = solution(p, node, index)
    if solved is not None:
        return solved
    plain = matrix_product(node)
    if plain is not None and plain[1] == (index,):
        return p.matrices(plain[0])
    with p.opened(node.args[0]) as (bound, body, where):
        for row, entry, vector in _contractions(p, bound, body, where):
            lead = row.indices[:-1]  # the text of a vector does not show which indices it has
            if lead and lead[-1] == index and not any(
                    occurs(index, part) for part in (*lead[:-1], entry)):
                return _times(p, p.placed(row.tensor, lead[:-1]), vector)
    return matrix_times_vector(p, node, index)


def _contractions(p: Printer, bound: Index, body: Expr, where: Expr) -> list[_Contraction]:
    """The ways to read a sum as a row of a tensor times a vector."""
    factors = Mul.make_args(body)
    if where is not true or len(factors) < 2:
        return []
    ways = []
    for place, row in enumerate(factors):
        if _last(row, bound):
            rest = Mul(*factors[:place], *factors[place + 1:])
            vector = formula(p, rest, bound)
            if vector is not None and (len(row.indices) > 1
                                       or not isinstance(vector, (Mul, Pow, heads.Apply))):
                ways.append(_Contraction(row, rest, vector))
    return sorted(ways, key=lambda way: -len(way.row.indices))


def _times(p: Printer, left: Text, vector: Expr) -> Text:
    return p.signs["@"].join((left[0], p.inside(vector, POWER))), MUL


def reduce(p: Printer, node: heads.Reduction) -> Text:
    """A sum, product, … over an index, of whole arrays where that is shorter."""
    if _timed(p, node):
        return p.reduce(node)
    solved = solution(p, node) if isinstance(node, heads.Sum) else None
    if solved is not None:
        return solved
    plain = matrix_product(node)
    if plain is not None and (len(plain[1]) != 1 or len(plain[0][0].kind.shape) != 2):
        return p.reduce(node) if plain[1] else (p.signs["@"].join(p.texts(plain[0])), MUL)
    with p.opened(node.args[0]) as (bound, body, where):
        if isinstance(node, heads.Sum):
            for row, _, vector in _contractions(p, bound, body, where):
                if not any(occurs(bound, place) for place in row.indices[:-1]):
                    return _times(p, p.placed(row.tensor, row.indices[:-1]), vector)
        array = formula(p, body, bound) if where is true else None
        if array is not None:
            return p.word(p.signs[type(node)], [p.show(array)[0]])
    return p.reduction(node)


def power(p: Printer, node: Expr) -> Text:
    """A power; the root of a sum of squares is a norm."""
    base, exponent = node.args
    norm = _norm(p, base) if exponent.is_Rational and exponent.q == 2 and exponent > 0 else None
    if norm is None:
        return p.pow(node)
    return (norm, ATOM) if exponent == _HALF else (
        p.target.power(norm, p.show(2*exponent)), POWER)


def _norm(p: Printer, node: Expr) -> str | None:
    if not isinstance(node, heads.Sum) or _timed(p, node):
        return None
    with p.opened(node.args[0]) as (bound, body, where):
        if where is not true or not (isinstance(body, Pow) and body.args[1] == 2):
            return None
        array = formula(p, body.args[0], bound)
        return None if array is None else p.word("norm", [p.show(array)[0]])[0]


def product(p: Printer, node: Expr) -> Text:
    """A product or fraction; a sum over as many terms as stand below it is a mean."""
    negative, above, below = split_fraction(node)
    mean = _mean(p, above, below)
    if mean is None:
        return p.mul(node)
    sign = p.signs["-"] if negative else ""
    above, below = mean
    if not below:
        return p.product(above, sign)
    top = p.product(above, "") if above else (p.target.digits("1"), ATOM)
    text = p.fraction(top, p.product(below, ""))
    return sign + p.after_sign(text), MUL


def _mean(p: Printer, above: Sequence[Expr], below: Sequence[Expr],
          ) -> tuple[list[Expr], list[Expr]] | None:
    """What stands above and below with a mean in place of a sum, or None."""
    for place, total in enumerate(above):
        if not isinstance(total, heads.Sum) or not isinstance(total.family.dim, Dim) or \
                _timed(p, total):
            continue
        for at, count in enumerate(below):
            base, exponent = count.args if isinstance(count, Pow) else (count, 1)
            # The count is looked for before the text: of nested sums each would be tried anew.
            text = _mean_of(p, total) if base == total.family.dim and exponent in (1, 2, 3) \
                else None
            if text:
                rest = [] if exponent == 1 else [Pow(base, exponent - 1)]
                return ([*above[:place], Written(text, (text, ATOM)), *above[place + 1:]],
                        [*below[:at], *rest, *below[at + 1:]])
    return None


def _mean_of(p: Printer, node: heads.Sum) -> str | None:
    with p.opened(node.args[0]) as (bound, body, where):
        if where is not true or _contractions(p, bound, body, where) or matrix_product(node):
            return None
        array = formula(p, body, bound)
        inner = p.family(bound, body, where) if array is None else p.show(array)[0]
        return p.word("mean", [inner])[0]
