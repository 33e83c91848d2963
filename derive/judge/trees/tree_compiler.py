"""Trees as closures of the judge's back end: what computes each head at a point.

They share no code with the rules. Sums are summed, maxima compared, partial derivatives taken by
central differences at raised precision.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import Any

from sympy import Add, EulerGamma, Expr, Mul, Pow, pi
from sympy.core.numbers import Rational
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from derive.core import heads
from derive.core.atoms import BoundIndex, Dim, Index, Variable
from derive.core.indexing import depends, root
from derive.core.quantified import All
from derive.core.walk import dangling
from derive.errors import EvaluationError, NotationError
from derive.functions.function_records import Function, function_of
from derive.judge.claims.observation_totals import Observation
from derive.judge.precision import mp, mpf, own
from derive.judge.reading.array_operations import NUMBER, Call, Code, Letter, kept
from derive.judge.reading.call_reading import along_axis, of_numbers
from derive.judge.reading.comprehensions import Family, Terms, reduction
from derive.judge.reading.lazy_arrays import Run
from derive.judge.trees.equation_roots import (
    is_coupled,
    root_of_equation,
    root_of_system,
)
from derive.judge.trees.float_numbers import TREES, compiler_for, limited, power
from derive.judge.trees.logarithms_of_trees import observation_of
from derive.judge.trees.matrix_calls import entry_of, matrix_call

GUARD = 10  # extra digits for the rounding of a formula's own arithmetic


@lru_cache(maxsize=16_384)
def code_of(node: Expr) -> Code:
    """What computes an expression or condition."""
    make = next((_CODES[kind] for kind in type(node).__mro__ if kind in _CODES), _unknown)
    call, costly = make(node), isinstance(node, _COSTLY)
    free = frozenset(dangling(node))
    if costly or (node.args and not free) or isinstance(node, Rational):
        call = _once(node, call, free, costly)
    return Code(NUMBER, call, free)


def _once(node: Expr, call: Call, free: frozenset[Any], costly: bool) -> Call:
    """A value that is computed once for the values of the indices bound outside.

    Where one name is varied, what does not depend on it is computed once for all its values.
    """
    memo, varying = kept(call, free), dict[Any, bool]()

    def value(run: Run) -> Any:
        if run.outer is None:
            return memo(run)
        changed = run.changed
        if changed not in varying:
            # The law of an expected value depends on more than it shows.
            varying[changed] = depends(node, changed) or node.has(heads.Expect)
        if not varying[changed]:
            return value(run.outer)
        return memo(run) if costly else call(run)

    return value


def _calls(*nodes: Expr) -> list[Call]:
    return [code_of(n).call for n in nodes]


def _unknown(node: Expr) -> Call:
    return partial(_without_value, f"cannot evaluate {type(node).__name__}")


def _without_value(why: str, run: Run) -> Any:
    raise EvaluationError(why)


def _leaf(node: Expr) -> Call:
    def value(run: Run) -> Any:
        try:
            return own(run.point.scalars[node])
        except KeyError:
            raise EvaluationError(f"no value for {node.name}") from None

    return value


def _gathered(operation: Callable[[Any, Any], Any], node: Expr) -> Call:
    first, *others = _calls(*node.args)

    def value(run: Run) -> Any:
        gathered = first(run)
        for other in others:
            gathered = operation(gathered, other(run))
        return gathered

    return value


def _power(node: Expr) -> Call:
    base, exponent = _calls(*node.args)
    if node.args[1].is_Integer:
        count = int(node.args[1])
        return lambda run: mpf(base(run)) ** count
    return lambda run: power(base(run), exponent(run))


def _element(node: Expr) -> Call:
    tensor, subscripts = node.tensor, _calls(*node.indices)

    def value(run: Run) -> Any:
        place = tuple([int(s(run)) for s in subscripts])
        try:
            return own(run.point.tensors[tensor][place])
        except KeyError:
            raise EvaluationError(f"no element {place} of {tensor.name}") from None

    return value


@lru_cache(maxsize=4096)
def _terms(lam: Expr) -> Callable[[Run], Terms]:
    return _terms_of(lam, code_of(lam.args[1]))


def _terms_of(lam: Expr, body: Code) -> Callable[[Run], Terms]:
    """The terms of a family, computed once for the values of the indices bound outside it."""
    index, _, where = lam.args
    tests = () if isinstance(where, BooleanTrue) else (code_of(where).call,)
    free = frozenset(dangling(lam))
    family = Family(((Letter(lam.dim, index), lam.dim, tests),), body, free)
    return kept(family.terms, free)


def _reduced(name: str, node: Expr) -> Call:
    reduce, terms = reduction(name, TREES), _terms(node.args[0])
    return lambda run: reduce(run, terms(run))


def _comparison(test: Callable[[Any, Any], bool], node: Expr) -> Call:
    (left, right), compare = _calls(*node.args), TREES.compare
    return lambda run: compare(run, test, left(run), right(run))


def _delta(node: Expr) -> Call:
    left, right = _calls(*node.args)
    return lambda run: mpf(left(run) == right(run))


def _case(node: Expr) -> Call:
    test, yes, no = _calls(*node.args)
    return lambda run: yes(run) if test(run) else no(run)


def _joined(gather: Callable[[Iterable[Any]], bool], node: Expr) -> Call:
    parts = _calls(*node.args)
    return lambda run: gather(part(run) for part in parts)


def _not(node: Expr) -> Call:
    (inner,) = _calls(*node.args)
    return lambda run: not inner(run)


def _application(node: Expr) -> Call:
    name, unknown = node.name, node.args[0].unknown
    if unknown is not None:
        (argument,) = _calls(*node.args[1:])
        return partial(_of_point, unknown, argument)
    function = function_of(node)
    if function.takes_matrix:
        lam = node.args[1]
        rows = Code(NUMBER, _terms(lam.args[1]), frozenset(dangling(lam.args[1])))
        return matrix_call(node, function, _terms_of(lam, rows), _calls(*node.args[2:]))
    try:
        return _of_vectors(node, function) if function.takes_vector else \
            _of_numbers(name, function, _calls(*node.args[1:]))
    except NotationError as error:
        return partial(_without_value, str(error))


def _of_numbers(name: str, function: Function, arguments: list[Call]) -> Call:
    at_numbers = of_numbers(compiler_for(function), function.name)
    if len(arguments) == 1:
        (only,) = arguments
        return lambda run: limited(run, name, at_numbers(run, only(run)))
    return lambda run: limited(run, name, at_numbers(run, *[a(run) for a in arguments]))


def _of_vectors(node: Expr, function: Function) -> Call:
    families = [a for a in node.args[1:] if isinstance(a, heads.Lam)]
    along = along_axis(compiler_for(function), function.name, families[0].dim)
    terms = [_terms(lam) for lam in families]

    def row(run: Run) -> Any:
        return along(run, [[v for _, v in t(run)] for t in terms])

    free = frozenset[Any]().union(*(dangling(lam) for lam in families))
    if not function.vector_valued:
        return lambda run: limited(run, node.name, row(run))
    return entry_of(node, kept(row, free), _calls(node.args[-1]))


def _of_point(unknown: tuple[str, int], argument: Call, run: Run) -> Any:
    """A derivative of a function that only the point knows."""
    name, order = unknown
    if name not in run.point.functions:
        raise EvaluationError(f"no values for the function {name}")
    return run.point.functions[name](argument(run), order)


def _derivative(node: Expr) -> Call:
    body, at = code_of(node.args[0]).call, node.args[1]
    places = _calls(*at.indices) if isinstance(at, heads.Element) else []
    name, slope = root(at), TREES.slope
    return lambda run: slope(run, body, name, tuple([int(p(run)) for p in places]))


def _total(node: Expr) -> Call:
    body, variable = node.args
    over = observation_of(variable, (), body, code_of)
    return lambda run: _over_values(run, over, body)


def _expected(node: Expr) -> Call:
    """An expected value, by quadrature or summation with the law of the point."""
    body, variable = node.args

    def value(run: Run) -> Any:
        law = run.point.laws.get(variable)
        if law is None:
            raise EvaluationError(f"no law for {variable.name}")
        weighted = Mul(law.density, body)
        over = observation_of(variable, law.conditions, weighted, code_of)
        return _over_values(run, over, weighted)

    return value


def _over_values(run: Run, over: Observation, body: Expr) -> Any:
    try:
        return over.total(run, code_of(body).call, int(run.ctx.dps) - GUARD)
    except NotationError as error:
        raise EvaluationError(str(error)) from None


def _root(node: Expr) -> Call:
    body, variable = code_of(node.args[0]).call, node.args[1]
    places = _calls(*variable.indices) if isinstance(variable, heads.Element) else []
    if is_coupled(node):
        return root_of_system(body, variable, places)
    return root_of_equation(body, variable, places, GUARD)


_COSTLY = (heads.Sum, heads.Apply, heads.Partial, heads.Total, heads.Expect, heads.Root)
_CODES: dict[type, Callable[[Any], Call]] = {
    Rational: lambda node: lambda run: mpf(node.p) / node.q if node.q != 1 else mpf(node.p),
    type(pi): lambda node: lambda run: +mp.pi,
    type(EulerGamma): lambda node: lambda run: +mp.euler,
    BooleanTrue: lambda node: lambda run: True,
    BooleanFalse: lambda node: lambda run: False,
    Dim: lambda node: lambda run: run.point.size(node),
    Variable: _leaf, Index: _leaf,
    BoundIndex: lambda node: lambda run: run.env[node],
    Add: partial(_gathered, operator.add), Mul: partial(_gathered, operator.mul), Pow: _power,
    heads.Element: _element,
    heads.Sum: partial(_reduced, "sum"), heads.Product: partial(_reduced, "prod"),
    heads.Maximum: partial(_reduced, "max"), heads.Minimum: partial(_reduced, "min"),
    heads.ArgMax: partial(_reduced, "argmax"),
    heads.UniqueMaximum: partial(_reduced, "unique_maximum"), All: partial(_reduced, "all"),
    heads.Delta: _delta, heads.Cond: _case, heads.Apply: _application,
    heads.Partial: _derivative, heads.Total: _total, heads.Expect: _expected, heads.Root: _root,
    heads.Less: partial(_comparison, operator.lt),
    heads.LessEqual: partial(_comparison, operator.le),
    heads.Equal: partial(_comparison, operator.eq),
    heads.NotEqual: partial(_comparison, operator.ne),
    heads.Both: partial(_joined, all), heads.Either: partial(_joined, any), heads.Not: _not,
}
