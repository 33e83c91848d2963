"""Patterns of rules as terms of Coq."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sympy import Add, Expr, Integer, Pow

from derive.core import heads
from derive.core.indexing import index_dimension
from derive.core.typed_nodes import TypedPower, TypedSum
from derive.core.walk import TOP, Binders
from derive.notation.reading.values import CONDITIONS
from derive.proofs.coq_names import UnprovenError, coq_name
from derive.proofs.coq_terms import TermWriter
from derive.proofs.term_parts import APPLICATION, ATOM, Term, updated
from derive.rulebook.patterns import Meta, MetaApply

REAL, INDEX, CONDITION, INTEGER = "R", "nat", "bool", "Z"  # the types of metavariables


def is_place(node: Expr) -> bool:
    """Whether a part of a pattern is an index."""
    return not isinstance(node, (Meta, MetaApply, heads.Element)) and \
        index_dimension(node) is not None


class PatternWriter(TermWriter):
    """Writes patterns: metavariables are names, derivatives those of Coquelicot.

    `types` are those of the metavariables; see `Roles`.
    """

    def __init__(self, types: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.types = types or {}

    def term(self, node: Expr, binders: Binders = TOP) -> Term:
        if isinstance(node, Meta):
            if self.types.get(node.name) == INTEGER:
                return Term(f"IZR {coq_name(node.name)}", APPLICATION)
            return Term(coq_name(node.name))
        if isinstance(node, (Pow, TypedPower)) and self._is_integer(node.args[1]):
            base = self.text(node.args[0], binders, ATOM)
            return Term(f"powerRZ {base} {self._integer(node.args[1]).within(ATOM)}", APPLICATION)
        if isinstance(node, MetaApply):
            return self._applied(node, binders)
        if isinstance(node, heads.Partial):
            return self._derivative(node, binders)
        if isinstance(node, heads.Element) and isinstance(node.tensor, Meta):
            return self.element(node, binders)
        return super().term(node, binders)

    def side(self, node: Expr) -> str:
        """A side of a rule: a number, or a condition."""
        return self.condition(node).text if isinstance(node, CONDITIONS) else self.text(node)

    def index(self, node: Expr, binders: Binders = TOP) -> Term:
        if isinstance(node, Meta):
            return Term(coq_name(node.name))
        return super().index(node, binders)

    def condition(self, node: Expr, binders: Binders = TOP) -> Term:
        if isinstance(node, Meta):
            return Term(coq_name(node.name))
        if isinstance(node, MetaApply):
            return self._applied(node, binders)
        return super().condition(node, binders)

    def counts(self, nodes: Sequence[Expr]) -> bool:
        return any(is_place(n) or (isinstance(n, Meta) and self.types.get(n.name) == INDEX)
                   for n in nodes)

    def _is_integer(self, node: Expr) -> bool:
        """Whether a part is an integer by its metavariables, of which it has some."""
        return bool(node.free_symbols) and all(
            self.types.get(getattr(leaf, "name", "")) == INTEGER for leaf in node.free_symbols)

    def _integer(self, node: Expr) -> Term:
        """The term of an integer."""
        if isinstance(node, Meta):
            return Term(coq_name(node.name))
        if isinstance(node, Integer):
            return Term(f"{node}" if node >= 0 else f"({node})")
        if isinstance(node, (Add, TypedSum)):
            return Term(f"({' + '.join(self._integer(a).text for a in node.args)})%Z")
        raise UnprovenError(f"no lemma for an exponent that is {type(node).__name__}")

    def _applied(self, node: Expr, binders: Binders) -> Term:
        at = [self.index(a, binders).within(ATOM) if is_place(a)
              else self.text(a, binders, ATOM) for a in node.args[1:]]
        return Term(" ".join((coq_name(node.name), *at)), APPLICATION)

    def _derivative(self, node: Expr, binders: Binders) -> Term:
        body, variable = node.args
        text = self.text(body, binders)
        if isinstance(variable, Meta):
            name = coq_name(variable.name)
            if isinstance(body, MetaApply) and body.args[-1] == variable:
                before = " ".join((coq_name(body.name), *(
                    self.index(a, binders).within(ATOM) for a in body.args[1:-1])))
                function = f"({before})" if " " in before else before
                return Term(f"Derive {function} {name}", APPLICATION)
            return Term(f"Derive (fun {name} : R => {text}) {name}", APPLICATION)
        if isinstance(variable, heads.Element):
            name = coq_name(variable.tensor.name)
            at = [self.index(i, binders).within(ATOM) for i in variable.indices]
            return Term(f"Derive (fun t : R => (fun {name} => {text}) ({updated(name, at, 't')})) "
                        f"({name} {' '.join(at)})", APPLICATION)
        raise UnprovenError("no lemma for a derivative by what stands there")
