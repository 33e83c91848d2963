"""The lines of a derivation as theorems: each is equal to the line before it."""

from __future__ import annotations

from sympy import Expr

from derive.calculus.problem import unfolded
from derive.core import heads
from derive.core.typed_nodes import evaluated
from derive.core.walk import TOP, Binders, transform
from derive.derivation import Derivation
from derive.proofs.coq_names import UnprovenError
from derive.proofs.coq_terms import TermWriter
from derive.proofs.equality_script import EqualityScript
from derive.proofs.slopes import slope
from derive.proofs.sum_splits import SumSplitter
from derive.proofs.term_parts import APPLICATION, Term
from derive.proofs.theorem_file import TheoremFile, subscripts, variable_name
from derive.resources import rules_folder


class LineWriter(TermWriter):
    """Writes lines that still hold derivatives, as those of Coquelicot."""

    def term(self, node: Expr, binders: Binders = TOP) -> Term:
        if not isinstance(node, heads.Partial):
            return super().term(node, binders)
        body, variable = node.args
        name, text = variable_name(variable), self.text(body, binders)
        if not isinstance(variable, heads.Element):
            return Term(f"Derive (fun {name} : R => {text}) {name}", APPLICATION)
        at = subscripts(variable)
        if len(at) > 3:
            raise UnprovenError("no lemma for a tensor with more than 3 axes")
        change = "upd" if len(at) == 1 else f"upd{len(at)}"
        moved = f"{change} {name} {' '.join(at)} t"
        return Term(f"Derive (fun t : R => (fun {name} => {text}) ({moved})) "
                    f"({name} {' '.join(at)})", APPLICATION)


def state_lines(file: TheoremFile, derivation: Derivation) -> None:
    """Adds the theorem of each line, with the names of the rules that lead to it."""
    tactics = rules_folder() / "proofs" / "of_rules" / "derivatives_of_lines.v"
    file.sections.append(tactics.read_text(encoding="utf-8").strip())
    before = unfolded(derivation.start, derivation.definitions)
    parameters = file.parameters(derivation.indices)
    for number, line in enumerate(derivation.lines(), 1):
        after = unfolded(line.expression, derivation.definitions)
        if after == before:
            continue
        writer = LineWriter()
        left, right = writer.text(before), writer.text(after)
        sums = SumSplitter().split_all((_differentiated(before), _differentiated(after)))
        script = EqualityScript(writer, parameters, sums)
        rules = ", ".join(dict.fromkeys(step.rule.name for step in line.steps))
        file.sections.append(f"(* Line {number}: {rules}. *)")
        file.state(f"line_{number}", parameters, f"{left} =\n  {right}", [
            "intros. derivatives.",
            f"first [reflexivity |\n  ({script.equality(script.binary, {})})]."])
        before = after


def _differentiated(line: Expr) -> Expr:
    """A line with what its derivatives are, before anything is simplified."""
    return transform(line, lambda node: slope(evaluated(node.args[0]), node.args[1])
                     if isinstance(node, heads.Partial) else None)
