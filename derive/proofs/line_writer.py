"""Lines as terms of Coq: with derivatives that are still to be carried out, and marked places."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Add, Expr, Mul

from derive.core import heads
from derive.core.atoms import Variable
from derive.core.kinds import Kind
from derive.core.walk import TOP, Binders, with_arguments
from derive.proofs.coq_terms import TermWriter
from derive.proofs.term_parts import APPLICATION, Term, updated
from derive.proofs.theorem_file import subscripts, variable_name
from derive.rulebook.rewriting import rest_of

_PLACE = Variable("\u25a1", Kind("real"))  # where the part stood among other terms


class LineWriter(TermWriter):
    """Writes lines that still hold derivatives, as those of Coquelicot."""

    def term(self, node: Expr, binders: Binders = TOP) -> Term:
        if not isinstance(node, heads.Partial):
            return super().term(node, binders)
        body, variable = node.args
        name, text = variable_name(variable), self.text(body, binders)
        if not isinstance(variable, heads.Element):
            return Term(f"Derive (fun {name} : R => {text}) {name}", APPLICATION)
        return Term(f"Derive (fun t : R => {moved(variable, text)}) "
                    f"({name} {' '.join(subscripts(variable))})", APPLICATION)


@dataclass
class PlaceWriter(LineWriter):
    """Writes a line with something in the place of a part of it, marked with a lemma."""

    part: Expr = _PLACE
    instead: Expr = _PLACE
    mark: str = ""

    def term(self, node: Expr, binders: Binders = TOP) -> Term:
        if node in (self.part, _PLACE):
            return self._place(LineWriter().text(self.instead, binders))
        if isinstance(node, (Add, Mul)) and self.part in node.args:
            kept = (_PLACE if a == self.part else a for a in node.args)
            return super().term(with_arguments(node, kept), binders)
        rest = rest_of(node, self.part)
        if rest is not None:
            numbers = [r for r in rest if r.is_Rational]
            others = [r for r in rest if not r.is_Rational]
            node = with_arguments(node, (*numbers, _PLACE, *others))
        return super().term(node, binders)

    def condition(self, node: Expr, binders: Binders = TOP) -> Term:
        if node != self.part:
            return super().condition(node, binders)
        return self._place(LineWriter().condition(self.instead, binders).text)

    def _place(self, text: str) -> Term:
        return Term(f"here ({self.mark}) ({text})", APPLICATION)


def moved(variable: Expr, text: str) -> str:
    """What a text describes, with t in the place of an entry of a tensor."""
    name = variable_name(variable)
    return f"(fun {name} => {text}) ({updated(name, subscripts(variable), 't')})"
