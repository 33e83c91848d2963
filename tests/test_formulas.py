"""Small questions about formulas that the directions share."""

from __future__ import annotations

import pytest
from sympy import Add, Expr, Integer, Mul

from derive.calculus.formulas import bracket_terms, defined, free_name, summed
from derive.calculus.problem import unfolded
from derive.core import heads
from derive.core.atoms import Dim, Index, Tensor, Variable
from derive.core.indexing import exact
from derive.core.kinds import Kind

K, H = Dim("K"), Dim("H")
ROW, COLUMN, OTHER = Index("i", K), Index("j", H), Index("m", K)
A, B, C = (Variable(name, Kind("real")) for name in "abc")
W = Tensor("W", Kind("real", (K, H)))


@pytest.mark.parametrize(("taken", "name"), [
    ((), "p"), ({"p"}, "f"), ({"p", "f"}, "p1"), ({"p", "f", "p1"}, "p2")])
def test_a_free_name_is_the_first_that_is_not_taken(taken: set[str], name: str) -> None:
    assert free_name(taken, "p", "f") == name


@pytest.mark.parametrize(("product", "terms"), [
    (A, ()), (Add(A, B), (A, B)), (Mul(C, Add(A, B), evaluate=False), (Mul(C, A), Mul(C, B))),
    (Mul(Add(A, B), Add(A, C), evaluate=False), ())])
def test_the_terms_of_a_bracket_have_its_factors(product: Expr, terms: tuple[Expr, ...]) -> None:
    assert set(bracket_terms(product)) == set(terms)


@exact
def test_the_last_index_is_summed_over_innermost() -> None:
    element = heads.Element(W, ROW, COLUMN)
    inner = heads.Sum.over(element, COLUMN)
    assert summed(element, (ROW, COLUMN)) == heads.Sum.over(inner, ROW)
    assert summed(element, ()) == element


@exact
def test_a_definition_has_indices_of_its_own() -> None:
    name = Tensor("h", Kind("real", (K,)))
    meaning = defined(name, (ROW,), Mul(Integer(2), heads.Element(W, ROW, COLUMN)))
    assert not set(meaning.indices) & {ROW, COLUMN}
    assert unfolded(heads.Element(name, OTHER), [meaning]) == \
        Mul(2, heads.Element(W, OTHER, COLUMN))
