"""Derivatives, integrals, choices and conditions, as all kinds of print write them."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr, true

from derive.core import heads
from derive.core.indexing import root
from derive.core.quantified import All
from derive.notation.operator_table import (
    ADD,
    AND,
    ATOM,
    COMPARE,
    CONDITIONAL,
    MUL,
    NOT,
    OR,
    POWER,
)
from derive.notation.printing.print_target import Text
from derive.notation.printing.printer import Printer


def _partial(p: Printer, node: Expr) -> Text:
    body, variable = p.texts(node.args)
    if not node.args[0].args or isinstance(node.args[0], heads.Element):
        return p.target.partial(body, variable), POWER if p.target.layout else MUL
    inner = p.target.fenced("[", body, "]")
    level = POWER if p.target.layout else MUL  # its brackets end it
    return p.target.partial("", variable) + p.target.space + inner, level


def _antiderivative(p: Printer, node: Expr) -> Text:
    body, variable = node.args
    return p.target.integral(p.inside(body, MUL), p.show(variable)[0]), MUL


def _total(p: Printer, node: Expr) -> Text:
    body, variable = node.args
    if root(variable).kind.differentiable:
        return _antiderivative(p, node)
    sign = p.target.under(p.signs[heads.Sum], p.show(variable)[0])
    return sign + p.target.space + p.inside(body, MUL), MUL


def _expect(p: Printer, node: Expr) -> Text:
    inner = p.target.fenced("[", p.show(node.args[0])[0], "]")
    return p.signs[heads.Expect] + p.target.application + inner, ATOM


def _root(p: Printer, node: Expr) -> Text:
    body, variable = p.texts(node.args)
    return p.target.low(p.signs[heads.Root], [variable]) + p.brackets(body), ATOM


def _conditional(p: Printer, node: Expr) -> Text:
    if p.target.cases is None:
        test, yes, no = node.args
        return (f"{p.inside(yes, OR)} if {p.inside(test, OR)} else {p.inside(no, CONDITIONAL)}",
                CONDITIONAL)
    rows, rest = [], node
    while isinstance(rest, heads.Cond):
        test, yes, rest = rest.args
        rows.append((p.show(yes)[0], p.show(test)[0]))
    return p.target.cases(rows, p.show(rest)[0]), ATOM


# Conditions


def _comparison(p: Printer, node: Expr) -> Text:
    left, right = node.args
    if isinstance(node, heads.Symmetric) and left.is_Rational:
        left, right = right, left
    return p.inside(left, ADD) + p.signs[type(node)] + p.inside(right, ADD), COMPARE


def _junction(p: Printer, node: Expr) -> Text:
    level = AND if isinstance(node, heads.Both) else OR
    return p.signs[type(node)].join(p.inside(a, level + 1) for a in node.args), level


def _either(p: Printer, node: Expr) -> Text:
    """`a or not b` reads better as: a where b."""
    plain = [a for a in node.args if not isinstance(a, heads.Not)]
    if "where" not in p.signs or len(plain) != 1:
        return _junction(p, node)
    (other,) = (a for a in node.args if a is not plain[0])
    return p.inside(plain[0], OR) + p.signs["where"] + p.inside(other.args[0], OR), OR


def _negation(p: Printer, node: Expr) -> Text:
    return p.signs[heads.Not] + p.inside(node.args[0], NOT), NOT


def _everywhere(p: Printer, node: Expr) -> Text:
    with p.opened(node.args[0]) as (index, body, where):
        text = p.inside(body, OR) + p.target.words(" for every ") + p.target.name(index.name)
        if where is not true:
            text += p.target.words(" with ") + p.show(where)[0]
    return text, CONDITIONAL


def _unique_maximum(p: Printer, node: Expr) -> Text:
    largest = p.reduction(heads.Maximum(node.args[0]))[0]
    return largest + p.target.words(" is attained once"), ATOM


FORMS: dict[type, Callable[[Printer, Expr], Text]] = {
    heads.Cond: _conditional, heads.Partial: _partial, heads.Antiderivative: _antiderivative,
    heads.Total: _total, heads.Expect: _expect, heads.Root: _root,
    heads.UniqueMaximum: _unique_maximum, All: _everywhere,
    heads.Less: _comparison, heads.LessEqual: _comparison, heads.Equal: _comparison,
    heads.NotEqual: _comparison, heads.Both: _junction, heads.Either: _either,
    heads.Not: _negation,
}
