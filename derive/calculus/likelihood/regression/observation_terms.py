"""The log-likelihood of a sample taken apart: a term for each observation, in numbers alone.

The parameters enter such a term through linear predictors, such as `X[n] @ w + a`, and by
themselves. What is left beside the sum over the observations are priors, terms of the parameters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sympy import Add, Expr, Integer, Mul, true

from derive.calculus.formulas import free_name
from derive.calculus.likelihood.densities.statistical_model import Parameter, Sample
from derive.core import heads
from derive.core.atoms import Index, Tensor, Variable
from derive.core.factors import factors_apart
from derive.core.indexing import depends, free_names
from derive.core.kinds import Kind
from derive.core.walk import enter, substitute, transform

_NAMES = ("eta", "zeta", *(f"eta{n}" for n in range(2, 30)))  # of linear predictors


@dataclass(frozen=True)
class Linear:
    """One term of a linear predictor: a parameter, and what stands before it.

    For an array it is the factor of `w[k]`, with the `inner` index k; `index` counts the
    observations in it.
    """

    parameter: Parameter
    factor: Expr
    index: Index
    inner: Expr | None = None


@dataclass(frozen=True)
class Predictor:
    """A name for a sum that is linear in parameters."""

    leaf: Variable
    terms: tuple[Linear, ...]


@dataclass(frozen=True)
class ObservationTerms:
    """The terms of a log-likelihood.

    `body` is that of one observation: predictors, parameters that enter by themselves (`direct`),
    and one number for each array of data, by the leaves of `numbers`. `priors` are what is left.
    """

    body: Expr
    predictors: tuple[Predictor, ...]
    direct: tuple[Variable, ...]
    numbers: dict[Tensor, Variable]
    priors: tuple[Expr, ...]

    @property
    def variables(self) -> tuple[Variable, ...]:
        """What one term is differentiated by."""
        return (*(p.leaf for p in self.predictors), *self.direct)


def observation_terms(log_likelihood: Expr, sample: Sample) -> ObservationTerms | None:
    """The log-likelihood taken apart; None where it is no sum of such terms."""
    bodies, priors = list[Expr](), list[Expr]()
    index = Index(free_name({*sample.scope.names, *sample.scope.dims}, "n", "nn"), sample.dim)
    for term in _summands(log_likelihood):
        body = _of_observations(term, index)
        if body is not None:
            bodies.append(body)
        elif any(depends(term, y) for y in sample.observed):
            return None
        else:
            priors.append(term)
    return _Reading(sample, index).terms(Add(*bodies), tuple(priors)) if bodies else None


def _summands(log_likelihood: Expr) -> list[Expr]:
    """The terms of a log-likelihood; the logarithm of a product is the sum of logarithms.

    Densities are positive, so that their logarithms stand for themselves.
    """
    terms = list[Expr]()
    for term in Add.make_args(log_likelihood):
        factors = Mul.make_args(term.args[1]) if isinstance(term, heads.Apply) and \
            term.name == "log" else ()
        if not any(isinstance(f, heads.Product) for f in factors):
            terms.append(term)
            continue
        for factor in factors:
            if isinstance(factor, heads.Product):
                opened = enter(factor.family)
                body = heads.apply("log", opened.body)
                terms.append(heads.Sum(heads.Lam(opened.index, body, opened.where)))
            else:
                terms.append(heads.apply("log", factor))
    return terms


def _of_observations(term: Expr, index: Index) -> Expr | None:
    """The body of a sum over the observations, what stands before it within; None for another."""
    factors = Mul.make_args(term)
    sums = [f for f in factors if isinstance(f, heads.Sum) and f.family.dim == index.dim]
    if len(sums) != 1:
        return None
    opened = enter(sums[0].family)
    body = substitute(opened.body, {opened.index: index})
    where = substitute(opened.where, {opened.index: index})
    if where != true:
        body = heads.Cond(where, body, Integer(0))
    return Mul(*(f for f in factors if f is not sums[0]), body)


class _Reading:
    """The search for the predictors of a term."""

    def __init__(self, sample: Sample, index: Index) -> None:
        self.sample, self.index = sample, index
        self.parameters = sample.model.parameters
        self.taken = {*sample.scope.names, *sample.scope.dims}
        self.numbers: dict[Tensor, Variable] = {}
        self.made: dict[tuple[Linear, ...], Predictor] = {}

    def terms(self, body: Expr, priors: tuple[Expr, ...]) -> ObservationTerms | None:
        """The terms; None where a parameter is left within an array."""
        scalars = [p for p in self.parameters if isinstance(p, Variable)]
        self.merged = {p for p in scalars if self._only_in_sums(p, body)}
        body = self.in_numbers(transform(body, self._predictor, (self.index,)))
        direct = tuple(p for p in scalars if p in free_names(body))
        if not self._is_apart(body, direct):
            return None
        return ObservationTerms(body, tuple(self.made.values()), direct, self.numbers, priors)

    def _is_apart(self, body: Expr, direct: tuple[Variable, ...]) -> bool:
        """Whether a term has numbers alone, and each array of parameters is in a predictor."""
        if any(isinstance(n, (Tensor, Index)) for n in free_names(body)):
            return False
        within = {t.parameter for p in self.made.values() for t in p.terms}
        return not self.merged & {*direct} and all(
            p in within for p in self.parameters if isinstance(p, Tensor))

    def _only_in_sums(self, parameter: Variable, body: Expr) -> bool:
        """Whether a parameter enters only as a term of the same linear predictor."""
        if parameter.kind.domain != "real":
            return False
        sums = {part for part in _parts_with(body, parameter) if self._linear_terms(part)[0]}
        without = transform(body, lambda part: Integer(0) if part in sums else None, (self.index,))
        return bool(sums) and not depends(without, parameter)

    def _predictor(self, part: Expr) -> Expr | None:
        """The name of a predictor in place of a sum, or of a term by itself."""
        linear, rest = self._linear_terms(part)
        linear = [t for t in linear if t.inner is not None or t.parameter in self.merged
                  or isinstance(t.parameter, Tensor)]
        if not linear:
            return None
        kept = [r for r in Add.make_args(part)
                if r in rest or not self._taken_by(r, linear)]
        others = (transform(r, self._predictor, (self.index,)) for r in kept)
        return Add(self._named(linear), *others)

    def _named(self, linear: list[Linear]) -> Expr:
        """The name of a sum of linear terms, with a minus sign where the first has one."""
        turned = linear[0].factor.could_extract_minus_sign()
        terms = tuple(replace(t, factor=Mul(-1, t.factor)) for t in linear) if turned else \
            tuple(linear)
        if terms not in self.made:
            name = free_name(self.taken, *_NAMES)
            self.taken.add(name)
            self.made[terms] = Predictor(Variable(name, Kind("real")), terms)
        leaf = self.made[terms].leaf
        return Mul(-1, leaf) if turned else leaf

    def _taken_by(self, term: Expr, linear: Iterable[Linear]) -> bool:
        own = self._linear(term)
        return own is not None and own in linear

    def _linear_terms(self, part: Expr) -> tuple[list[Linear], list[Expr]]:
        """The terms of a sum that are linear in a parameter, and the others."""
        linear, rest = list[Linear](), list[Expr]()
        for term in Add.make_args(part):
            own = self._linear(term)
            if own is None:
                rest.append(term)
            else:
                linear.append(own)
        return linear, rest

    def _linear(self, term: Expr) -> Linear | None:
        """A term that is a parameter times what has none."""
        varying, others = factors_apart(term, self._depends)
        before = Mul(*others)
        if len(varying) != 1 or any(depends(before, y) for y in self.sample.observed):
            return None
        (own,) = varying
        if own in self.parameters:
            return Linear(own, before, self.index)
        if isinstance(own, heads.Sum) and before.is_number:
            return self._summed(own, before)
        return self._entry(own, before) if isinstance(own, heads.Element) else None

    def _entry(self, own: Expr, before: Expr) -> Linear | None:
        """An entry of an array of parameters, as of the group to which an observation belongs."""
        if own.tensor not in self.parameters or len(own.indices) != 1 \
                or own.indices[0] == self.index:
            return None
        return Linear(own.tensor, before, self.index, own.indices[0])

    def _summed(self, total: Expr, before: Expr) -> Linear | None:
        """A sum over the entries of an array of parameters."""
        opened = enter(total.family)
        if opened.where != true or opened.index.dim == self.sample.dim:
            return None
        inner = self._linear(opened.body)
        if inner is None or inner.inner != opened.index:
            return None
        return Linear(inner.parameter, Mul(before, inner.factor), self.index, opened.index)

    def _depends(self, node: Expr) -> bool:
        return any(depends(node, p) for p in self.parameters)

    def in_numbers(self, body: Expr) -> Expr:
        """The body with a number in place of each element of the data."""
        def visit(part: Expr) -> Expr | None:
            if not isinstance(part, heads.Element) or part.indices != (self.index,):
                return None
            leaf = part.tensor
            if leaf in self.parameters:
                return None
            kind = Kind(leaf.kind.domain, (), leaf.kind.over)
            return self.numbers.setdefault(leaf, Variable(leaf.name, kind))

        return transform(body, visit, (self.index,))


def _parts_with(node: Expr, leaf: Expr) -> Iterable[Expr]:
    """The sums of a tree in which a leaf is a term, or a factor of one."""
    if not depends(node, leaf) or isinstance(node, heads.Lam):
        return
    if node.is_Add or node.is_Mul or node == leaf:
        yield node
    for argument in node.args:
        yield from _parts_with(argument, leaf)
