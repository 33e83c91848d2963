"""Likelihood equations that are linear in all entries of an array: the normal equations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from sympy import Add, Expr, Integer, Mul, Pow

from derive.calculus.formulas import defined
from derive.calculus.problem import unfolded
from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Index, Tensor
from derive.core.factors import factors_apart, turned
from derive.core.heads import apply
from derive.core.indexing import depends, occurs
from derive.core.walk import fresh_index, substitute
from derive.functions.decisions import decide
from derive.notation.printing.matrices import array_text
from derive.rulebook.algebra import factored, multiplied_out
from derive.rulebook.equations import split_sums
from derive.rulebook.loading import Rulebook
from derive.rulebook.tactics import Setting


def is_system(node: Expr) -> bool:
    """Whether the equation of one entry of an array holds other entries of it too."""
    if not (isinstance(node, heads.Root) and isinstance(node.args[1], heads.Element)):
        return False
    body, x = node.args
    if not isinstance(x.tensor, Tensor) or not all(isinstance(i, Index) for i in x.indices):
        return False
    return any(e.tensor == x.tensor and e != x for e in body.atoms(heads.Element))


def solve_system(work: Work) -> bool:
    """Solves an equation that is linear in a vector; whether it is one."""
    system = _system(work.line, work.rulebook) if len(work.line.args[1].indices) == 1 else None
    if system is None:
        return False
    parameters = system._asdict()
    work.use(NORMAL_EQUATIONS, parameters, "clear")
    return work.use(INVERSE_OF_SYSTEM, parameters, "solve")


def facts_of_system(start: Expr) -> tuple[tuple[Expr, Expr], ...]:
    """What a score that is 0 says of its sum, where it has one: (sum, value)."""
    brackets = [f for f in Mul.make_args(start.args[0]) if isinstance(f, Add)]
    terms = Add.make_args(brackets[0] if len(brackets) == 1 else start.args[0])
    parts = [(t, factors_apart(t, lambda f: isinstance(f, heads.Sum))) for t in terms]
    with_sums = [(t, sums, others) for t, (sums, others) in parts if sums]
    if len(with_sums) != 1 or len(with_sums[0][1]) != 1:
        return ()
    ((term, (total,), factors),) = with_sums
    others = Add(*(t for t in terms if t is not term))
    return ((total, multiplied_out(Mul(-1, others, Pow(Mul(*factors), -1)))),)


def normal_equations(solved: Iterable[Any]) -> tuple[tuple[str, str], ...]:
    """The normal equations in whole arrays, of estimates that come from a linear system."""
    remarks = []
    for estimate in solved:
        for step in estimate.derivation.steps:
            if step.rule.name == NORMAL_EQUATIONS.name:
                body, x = step.after.args
                products, vector = ([t for t in Add.make_args(body) if depends(t, x.tensor) is yes]
                                    for yes in (True, False))
                sides = [array_text(Add(*side), x.indices, "unicode", ())
                         for side in (map(turned, products), vector)]
                if None not in sides:
                    remarks.append(("normal", " = ".join(map(str, sides))))
    return tuple(remarks)


class _System(NamedTuple):
    """A_ij and b_i of the equations sum_j A_ij x_j = b_i, at a row i and a column j."""

    matrix: Expr
    vector: Expr
    row: Index
    column: Index


def _system(line: Expr, rulebook: Rulebook) -> _System | None:
    """An equation f_i(x) = 0 as one of a linear system, without what all its terms share.

    The matrix is that of -∂f_i/∂x_j, the vector f_i at x = 0: that is all where the former is free
    of x.
    """
    body, x = line.args
    (row,) = x.indices
    column = fresh_index(row.dim, body, row)
    slope = Work(heads.Partial(body, substitute(x, {row: column})), rulebook).run("gradient").line
    if depends(slope, x.tensor) or not _is_linear(body, x.tensor):
        return None
    slope = factored(Work(split_sums(slope), rulebook).run("finish").line)
    shared = [Pow(f, -1) for f in Mul.make_args(slope) if _is_shared(f, (row, column))]
    constant = unfolded(body, [defined(x.tensor, x.indices, Integer(0))])
    matrix, vector = (Work(multiplied_out(Mul(split_sums(f), *shared)), rulebook).run("finish").line
                      for f in (slope, constant))
    negative = all(t.could_extract_minus_sign() for t in Add.make_args(matrix))
    return _System(turned(matrix), vector, row, column) if negative else \
        _System(matrix, turned(vector), row, column)


def _is_linear(node: Expr, tensor: Expr) -> bool:
    """Whether the tensor stands in sums and products alone: what jumps has a slope that is 0."""
    kinds = (heads.Apply, heads.Cond, heads.Maximum, heads.Minimum, heads.Product, heads.ArgMax)
    return not any(depends(part, tensor) for kind in kinds for part in node.atoms(kind))


def _is_shared(factor: Expr, indices: tuple[Index, ...]) -> bool:
    """Whether an equation may be divided by a factor: a number, or a name that is not 0."""
    if isinstance(factor, (Add, heads.Sum)) or any(occurs(i, factor) for i in indices):
        return False
    return bool(factor.is_positive) or (not factor.is_Number and decide(
        heads.NotEqual(factor, Integer(0))) is True)


def _normal(line: Expr, system: Setting) -> Expr:
    x = line.args[1]
    product = heads.Sum.over(Mul(system["matrix"], substitute(x, {
        system["row"]: system["column"]})), system["column"])
    return heads.Root(Add(system["vector"], turned(product)), x)


def _inverse(_line: Expr, system: Setting) -> Expr:
    row, column = system["row"], system["column"]
    family = heads.Lam(row, heads.Lam(column, system["matrix"]))
    return heads.Sum.over(Mul(apply("inv", family, row, column), substitute(
        system["vector"], {row: column})), column)


def _owed(_before: Expr, after: Expr, _setting: Setting) -> tuple[Expr, ...]:
    """That the matrix has an inverse."""
    return tuple(heads.NotEqual(apply("det", part.args[1]), Integer(0))
            for part in after.atoms(heads.Apply) if part.name == "inv")


NORMAL_EQUATIONS = stated("normal-equations", _normal, Words(
    "The equations are linear in all entries of the unknown; multiplied by what is not 0 they are "
    "the normal equations.", "collect the unknown: the normal equations", "Arithmetic"))
INVERSE_OF_SYSTEM = replace(stated("inverse-of-system", _inverse, Words(
    "A x = b has the solution inv(A) b where A has an inverse.", "multiply by the inverse",
    "Golub & Van Loan (2013), section 3.1")), owes=_owed)
