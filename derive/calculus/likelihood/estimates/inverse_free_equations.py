"""Likelihood equations in which an inverse matrix stands, multiplied by the matrix.

A regular matrix times a vector is 0 only where the vector is: `inv(S) @ v = 0` is `v = 0`, and
`inv(S) @ A @ inv(S) = inv(S)` is `A = S`, multiplied by S from both sides.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sympy import Add, Expr, Mul, S, true

from derive.calculus.likelihood.densities.score_function import LOG_LIKELIHOOD
from derive.calculus.likelihood.densities.statistical_model import Sample
from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Index, Tensor
from derive.core.heads import apply
from derive.core.indexing import occurs
from derive.core.walk import around, enter, fresh_index, substitute
from derive.derivation import Derivation
from derive.functions.decisions import assuming
from derive.notation.printing.pretty import pretty
from derive.rulebook.loading import Rulebook
from derive.rulebook.tactics import Setting


def without_inverse(sample: Sample, score: Expr, x: Expr, rulebook: Rulebook,
                    ) -> Derivation | None:
    """The score of a sample by an array, times the matrix whose inverse stands in all its terms.

    None where there is no such matrix.
    """
    if not isinstance(x, heads.Element) or not all(isinstance(i, Index) for i in x.indices):
        return None
    for matrix in _inverted(score):
        indices = tuple(i for i in x.indices if i not in matrix.leading)
        if indices and _multiplied(score, matrix, indices) is not None:
            return _derivation(sample, score, matrix, x, indices, rulebook)
    return None


class _Regular(NamedTuple):
    """A symmetric regular matrix: a tensor, at the values of its first indices."""

    tensor: Tensor
    leading: tuple[Expr, ...] = ()

    def entry(self, row: Expr, column: Expr) -> Expr:
        """The entry of a row and a column."""
        return heads.Element(self.tensor, *self.leading, row, column)


def _inverted(score: Expr) -> list[_Regular]:
    """The symmetric regular matrices whose inverses stand in a formula."""
    entries = dict.fromkeys(e for call in score.atoms(heads.Apply) if call.name == "inv"
                            for e in call.args[1].atoms(heads.Element)
                            if isinstance(e.tensor, Tensor) and e.tensor.kind.domain == "spd")
    return list(dict.fromkeys(_Regular(e.tensor, tuple(e.indices[:-2])) for e in entries))


def _derivation(sample: Sample, score: Expr, matrix: _Regular, x: Expr,
                indices: tuple[Index, ...], rulebook: Rulebook) -> Derivation:
    def product(of: Expr) -> Expr:
        for index in indices:
            inner = fresh_index(index.dim, of, *x.indices)
            of = heads.Sum.over(Mul(matrix.entry(index, inner),
                                    substitute(of, {index: inner})), inner)
        return of

    work = Work(product(score), rulebook)
    with assuming(sample.conditions):
        work.use(TIMES_THE_MATRIX, {"score": score, "matrix": matrix.tensor, "leading":
                                    matrix.leading, "indices": indices}, "solve")
        work.run("finish")
    sides = "from both sides" if len(indices) == 2 else "from the left"
    return work.derivation(
        "Equation without the inverse", "likelihood",
        product(heads.Partial(LOG_LIKELIHOOD, x)), sample.given, indices=tuple(x.indices),
        assumptions=sample.conditions,
        note=f"The score of all {sample.dim} observations, multiplied by the regular matrix "
             f"{pretty(matrix.tensor)} {sides}, is 0 where the score is:")


def _without(_line: Expr, setting: Setting) -> Expr:
    matrix = _Regular(setting["matrix"], setting["leading"])
    result = _multiplied(setting["score"], matrix, setting["indices"])
    assert result is not None
    return result


def _words(setting: Setting) -> Words:
    name = pretty(setting["matrix"])
    return Words(f"{name} times its inverse is the unit matrix.", f"{name} {name}⁻¹ = 𝟏",
                 "Golub & Van Loan (2013), section 2.1.3")


TIMES_THE_MATRIX = stated("times-the-matrix", _without, _words)


def _multiplied(node: Expr, matrix: _Regular, indices: Iterable[Index]) -> Expr | None:
    """A formula times the matrix in each of its free indices; None where no inverse goes away."""
    result: Expr | None = node
    for index in indices:
        result = None if result is None else _times(result, matrix, index)
    return result


def _times(node: Expr, matrix: _Regular, index: Index) -> Expr | None:
    """The sum over k of S[i, k] times a formula at k, in which the inverse of S goes away."""
    if not occurs(index, node):
        return S.Zero if node == 0 else None
    if isinstance(node, Add):
        return _all(Add, [_times(term, matrix, index) for term in node.args])
    if isinstance(node, Mul):
        (inside, outside) = ([f for f in node.args if occurs(index, f) is yes]
                             for yes in (True, False))
        return None if len(inside) != 1 else _all(
            Mul, [_times(inside[0], matrix, index), *outside])
    if isinstance(node, heads.Sum):
        return _times_sum(node, matrix, index)
    if isinstance(node, heads.Delta):
        other = next(a for a in node.args if a != index)
        return matrix.entry(index, other)
    other_index = _other(node, matrix, index)
    return None if other_index is None else heads.Delta(index, other_index)


def _times_sum(node: Expr, matrix: _Regular, index: Index) -> Expr | None:
    bound, body, where, _ = enter(node.family, around(node, index))
    if where is not true:
        return None
    for factor in Mul.make_args(body):
        rest = Mul(*(f for f in Mul.make_args(body) if f is not factor))
        if _other(factor, matrix, index) == bound and not occurs(index, rest):
            return substitute(rest, {bound: index})
    inner = _times(body, matrix, index)
    return None if inner is None else heads.Sum.over(inner, bound)


def _other(node: Expr, matrix: _Regular, index: Index) -> Expr | None:
    """The other place of an entry of the inverse that has the index as one."""
    if not (isinstance(node, heads.Apply) and node.name == "inv" and index in node.args[2:]):
        return None
    row, column = node.args[2:]
    own = apply("inv", _family(matrix, node), row, column)
    return (column if row == index else row) if own == node and row != column else None


def _family(matrix: _Regular, beside: Expr) -> Expr:
    row = fresh_index(matrix.tensor.kind.shape[-2], beside)
    column = fresh_index(matrix.tensor.kind.shape[-1], beside, row)
    return heads.Lam(row, heads.Lam(column, matrix.entry(row, column)))


def _all(kind: type[Expr], parts: list[Expr | None]) -> Expr | None:
    return None if any(p is None for p in parts) else kind(*parts)
