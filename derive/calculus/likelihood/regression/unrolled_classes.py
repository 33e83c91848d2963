"""A matrix of coefficients as a vector for each class, once the data tell how many there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sympy import Add, Expr, Integer, Mul

from derive.calculus.likelihood.densities.statistical_model import Sample
from derive.core import heads
from derive.core.atoms import Dim, Tensor
from derive.core.heads import apply
from derive.core.indexing import depends
from derive.core.kinds import Kind
from derive.core.walk import instantiate, transform
from derive.errors import DeriveError

Unrolled = tuple[Expr, Sample, tuple[tuple[str, str], ...]]
_MOST = 60  # classes


def unrolled(log_likelihood: Expr, sample: Sample, sizes: Mapping[Dim, int]) -> Unrolled:
    """The likelihood and the sample with vectors in place of matrices of parameters, and remarks.

    A shift of the scores of all classes changes no share of a softmax, so that the scores of the
    first class are 0. Raises DeriveError where the number of classes is not known.
    """
    remarks = []
    for matrix in sample.model.parameters:
        if len(matrix.kind.shape) == 2:
            log_likelihood, sample, remark = _of_matrix(log_likelihood, sample, matrix, sizes)
            remarks.append(remark)
    return log_likelihood, sample, tuple(remarks)


def _of_matrix(log_likelihood: Expr, sample: Sample, matrix: Tensor, sizes: Mapping[Dim, int],
               ) -> tuple[Expr, Sample, tuple[str, str]]:
    inner, classes = matrix.kind.shape
    count = classes.fixed or sizes.get(classes, 0)
    if not 2 <= count <= _MOST:
        raise DeriveError(f"the data do not tell how many columns {matrix.name} has" if not count
                          else f"{matrix.name} has {count} columns; at most {_MOST} are fitted")
    vectors = {k: Tensor(f"{matrix.name}_{k}", Kind(matrix.kind.domain, (inner,)))
               for k in range(1, count)}

    def logarithm(part: Expr) -> Expr | None:
        """log(softmax(scores)[y]) written out."""
        if not (isinstance(part, heads.Apply) and part.name == "log" and isinstance(
                part.args[1], heads.Apply) and part.args[1].name == "softmax"):
            return None
        family, place = part.args[1].args[1:]
        if family.dim != classes or not depends(family, matrix):
            return None
        scores = [_with_vectors(instantiate(family, Integer(k))[0], matrix, vectors)
                  for k in range(count)]
        chosen = Add(*(Mul(heads.Cond(heads.Equal(place, Integer(k)), Integer(1), Integer(0)), s)
                       for k, s in enumerate(scores) if s != 0))
        return Add(chosen, Mul(-1, apply("log", Add(*(apply("exp", s) for s in scores)))))

    made = transform(log_likelihood, logarithm)
    if depends(made, matrix):
        raise DeriveError(f"{matrix.name} is a matrix of parameters; those are fitted as the "
                          "coefficients of the scores of a softmax")
    model = sample.model
    parameters = [*vectors.values()]
    names = {**sample.scope.names, **{v.name: v for v in parameters}}
    scope = sample.scope.copy()
    scope.names.update(names)
    others = tuple(p for p in model.parameters if p != matrix)
    return made, replace(sample, scope=scope, model=replace(
        model, parameters=(*parameters, *others))), (
        "reference", f"class 0, whose scores are 0; {matrix.name}_k are the coefficients of "
                     "class k, column k less column 0")


def _with_vectors(score: Expr, matrix: Tensor, vectors: Mapping[int, Tensor]) -> Expr:
    """A score at one class: the column of the matrix as a vector, that of the first as 0."""
    def visit(part: Expr) -> Expr | None:
        if isinstance(part, heads.Element) and part.tensor == matrix:
            vector = vectors.get(int(part.indices[1]))
            return Integer(0) if vector is None else heads.Element(vector, part.indices[0])
        return None

    made = transform(score, visit)
    return transform(made, lambda p: Integer(0) if isinstance(p, heads.Sum) and
                     p.family.args[1] == 0 else None)
