"""The lemma of a rule at the place where a step applied it: its arguments as terms of Coq."""

from __future__ import annotations

from sympy import Expr, Integer

from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import index_dimension
from derive.core.walk import Binders, around, is_opened
from derive.proofs.coq_names import UnprovenError, coq_name
from derive.proofs.coq_terms import bound_name
from derive.proofs.line_writer import LineWriter, moved
from derive.proofs.pattern_writer import CONDITION, INDEX, INTEGER
from derive.proofs.rule_lemmas import RuleLemma
from derive.proofs.term_parts import ATOM, Term
from derive.rulebook.filling import Bindings, Family


def instance(lemma: RuleLemma, bindings: Bindings, writer: LineWriter) -> str:
    """The lemma applied to what the metavariables of its rule are bound to.

    Raises UnprovenError for a value that has no term of the lemma's type.
    """
    return " ".join((lemma.name, *(
        _argument(bindings[name], parameter.type.split(" -> "), writer)
        for name, parameter in lemma.parameters.items())))


def _argument(value: Expr | Family, types: list[str], writer: LineWriter) -> str:
    if isinstance(value, Tensor):
        return coq_name(value.name)
    if not isinstance(value, Family):
        return _value(value, types[-1], writer, around(value)).within(ATOM)
    text = _value(value.body, types[-1], writer, around(value.body, *value.parameters)).text
    for parameter in reversed(value.parameters):
        text = _function_of(parameter, text)
    return f"({text})"


def _value(node: Expr, its_type: str, writer: LineWriter, binders: Binders) -> Term:
    if its_type == INDEX:
        return writer.index(node, binders)
    if its_type == CONDITION:
        return writer.condition(node, binders)
    if its_type == INTEGER:
        if not isinstance(node, Integer):
            raise UnprovenError("no lemma for an exponent that is no number")
        return Term(f"{node}%Z" if node >= 0 else f"({node})%Z")
    return writer.term(node, binders)


def _function_of(parameter: Expr, text: str) -> str:
    """The function of an index, a variable or an entry of a tensor that a text describes."""
    if isinstance(parameter, heads.Element):
        return f"fun t : R => {moved(parameter, text)}"
    if is_opened(parameter):
        return f"fun {bound_name(parameter)} => {text}"
    if isinstance(parameter, Variable) and index_dimension(parameter) is None:
        return f"fun {coq_name(parameter.name)} : R => {text}"
    raise UnprovenError("no lemma for a function of what stands there")
