"""A file of definitions and theorems: functions, and which is a derivative of which."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sympy import Expr

from derive.core import heads
from derive.core.atoms import Index
from derive.core.typed_nodes import evaluated
from derive.core.walk import substitute
from derive.proofs.coq_names import coq_functions, coq_name
from derive.proofs.coq_terms import TermWriter, counted
from derive.proofs.equality_script import EqualityScript
from derive.proofs.slopes import slope
from derive.proofs.sum_splits import SumSplitter
from derive.proofs.term_parts import updated
from derive.proofs.theorem_statement import Parameter, binders_of, call, parameters_of, proposition


@dataclass(frozen=True)
class Function:
    """A formula as a function of the names of a file and of some indices."""

    name: str
    body: Expr
    indices: tuple[Index, ...] = ()
    says: str = ""


@dataclass
class TheoremFile:
    """The names that formulas share, what is known of them, and what was stated so far."""

    leaves: tuple[Expr, ...]
    conditions: tuple[Expr, ...]
    names: list[str] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    written: TermWriter = field(default_factory=TermWriter)
    library: str = "Derive"

    def parameters(self, indices: tuple[Index, ...]) -> list[Parameter]:
        """The names of a function with these indices."""
        return parameters_of(self.leaves, indices)

    def define(self, function: Function) -> Function:
        """Adds the definition of a function."""
        text = self.written.text(function.body)
        self.sections.append(
            f"(* {function.says} *)\nDefinition {function.name} "
            f"{binders_of(self.parameters(function.indices))} : R :=\n  {text}.")
        return function

    def slope(self, of: Function, variable: Expr, result: Function) -> str:
        """Adds the theorem that `result` is the derivative of a function by a variable."""
        writer = TermWriter()
        for body in (of.body, result.body):
            writer.text(body)
        indices = _joined(of.indices, result.indices)
        parameters = self.parameters(indices)
        sums = SumSplitter().split_all((slope(evaluated(of.body), variable), result.body,
                                        *self.conditions))
        known = SumSplitter().split_all(self.conditions)
        script = EqualityScript(writer, parameters, sums, known).derivative()
        moved, at = self.moved(variable)
        applied = call(of.name, self.parameters(of.indices), {variable_name(variable): moved})
        conclusion = (f"is_derive (fun t => {applied}) {at}\n"
                      f"    ({call(result.name, self.parameters(result.indices))})")
        return self.state(f"{result.name}_of_{of.name}", parameters, conclusion,
                             [f"intros. unfold {of.name}, {result.name}.", *script])

    def symmetric(self, function: Function, variable: str) -> str:
        """Adds the theorem that a function of two indices is the same when they are exchanged."""
        writer = TermWriter()
        writer.text(function.body)
        parameters = self.parameters(function.indices)
        first, second = (coq_name(i.name) for i in function.indices)
        turned = call(function.name, parameters, {first: second, second: first})
        exchanged = substitute(function.body, dict(zip(
            function.indices, function.indices[::-1], strict=True)))
        writer.text(exchanged)
        sums = SumSplitter().split_all((function.body, exchanged))
        script = EqualityScript(writer, parameters, sums)
        return self.state(
            f"{function.name}_symmetric", parameters,
            f"{call(function.name, parameters)} = {turned}",
            [f"intros. unfold {function.name}.",
             f"({script.equality(script.binary, {})})."])

    def second(self, loss: Function, gradient: Function, hessian: Function,
               variables: tuple[Expr, Expr]) -> str | None:
        """Adds the theorem on the derivative of the derivative of the loss.

        None where a condition speaks of the variable: the gradient is not known around the point.
        """
        first, second = map(variable_name, variables)
        if any(re.search(rf"\b{second}\b", h) for h in self._hypotheses(self.parameters(()))):
            return None
        parameters = self.parameters(hessian.indices)
        (inner, _), (outer, at) = self.moved(variables[0], "s"), self.moved(variables[1])
        place = first if inner == "s" else f"({first} {' '.join(subscripts(variables[0]))})"
        if first == second:
            place = re.sub(rf"\b{first}\b", lambda _: outer, place, count=1)
            inner = inner if inner == "s" else inner.replace(f"{first} ", f"{outer} ", 1)
        derivative = call(loss.name, self.parameters(loss.indices), {second: outer, first: inner})
        gradient_there = call(gradient.name, self.parameters(gradient.indices), {second: outer})
        name = hessian.name.partition("_")[2]
        return self.state(
            f"second_derivative_of_{loss.name}{f'_by_{name}' if name else ''}", parameters,
            f"is_derive (fun t => Derive (fun s => {derivative}) {place}) {at}\n"
            f"    ({call(hessian.name, parameters)})",
            [f"intros. apply is_derive_ext with (f := fun t => {gradient_there}).",
             "- intros t. symmetry. apply is_derive_unique.",
             f"  apply {gradient.name}_of_{loss.name}; assumption.",
             f"- apply {hessian.name}_of_{gradient.name}; assumption."])

    def moved(self, variable: Expr, by: str = "t", point: str = "") -> tuple[str, str]:
        """The variable with t in its place, and the value at which the derivative is taken.

        `point` is what its name has behind it there.
        """
        name = f"{variable_name(variable)}{point}"
        if not isinstance(variable, heads.Element):
            return by, name
        at = subscripts(variable)
        return f"({updated(name, at, by)})", f"({name} {' '.join(map(counted, at))})"

    def _hypotheses(self, parameters: Sequence[Parameter], *further: Expr) -> list[str]:
        known = [h for p in parameters for h in p.hypotheses]
        known += [proposition(c, self.written) for c in (*self.conditions, *further)]
        return list(dict.fromkeys(known))

    def state(self, name: str, parameters: Sequence[Parameter], conclusion: str,
              script: Sequence[str], further: Sequence[Expr] = (), kept: bool = True) -> str:
        """Adds a theorem under the conditions of the file and further ones, with its proof.

        One that is not `kept` is only tried.
        """
        arrows = "".join(f"  {f'({h})' if '->' in h else h} ->\n"
                         for h in self._hypotheses(parameters, *further))
        lines = "".join(f"  {line}\n" for line in script)
        for size in self._fixed_sizes():
            lines = lines.replace("intros.", f"intros. assert (0 < {size})%nat by lia.", 1)
        self.names += [name] * kept
        self.sections.append(f"Theorem {name} : forall {binders_of(parameters)},\n{arrows}"
                             f"  {conclusion}.\nProof.\n{lines}{'Qed' if kept else 'Abort'}.")
        return name

    def _fixed_sizes(self) -> list[int]:
        """The sizes that were given as numbers."""
        dims = (d for leaf in self.leaves for d in (*leaf.kind.shape, leaf.kind.over))
        return sorted({int(str(d)) for d in dims if d is not None and str(d).isdigit()})

    def text(self, heading: str) -> str:
        """The file: its heading, definitions and theorems, and a look at their axioms."""
        sections, functions = list(self.sections), any_functions(self.written.functions)
        if functions:
            sections = [f"Section Functions.\n{functions}", *sections, "End Functions."]
        printed = f"Definition theorems := ({', '.join(self.names)}).\nPrint Assumptions theorems."
        imported = f"From Derive Require Import {self.library}."
        return "\n\n".join((comment(heading), imported, *sections, printed)) + "\n"


def any_functions(names: Collection[str]) -> str:
    """Variables for the functions that the Reals do not have, and what is known of them."""
    used = {name: coq_functions()[name] for name in names if coq_functions()[name].get("any")}
    lines = [f"Variable {name} : R -> R." for name in used]
    for name, entry in used.items():
        if entry.get("slope") in names:
            where = f"{entry['where']} -> " if "where" in entry else ""
            lines.append(f"Hypothesis {name}_slope : forall x, {where}"
                         f"is_derive {name} x ({entry['slope']} x).")
        lines += [f"Hypothesis {name}_known_{n} : {known}."
                  for n, known in enumerate(entry.get("known", ()))]
    return "\n".join(lines)


def comment(text: str) -> str:
    """A text as a comment."""
    safe = text.replace("(*", "( *").replace("*)", "* )").replace('"', "'")
    return "(* " + safe.replace("\n", "\n   ") + " *)"


def variable_name(variable: Expr) -> str:
    """The name that a variable of differentiation belongs to."""
    return coq_name(variable.tensor.name if isinstance(variable, heads.Element)
                    else variable.name)


def subscripts(variable: Expr) -> list[str]:
    """The subscripts of an element, as terms."""
    return [TermWriter().index(i).text for i in variable.indices]


def _joined(*indices: tuple[Index, ...]) -> tuple[Index, ...]:
    return tuple(dict.fromkeys(i for part in indices for i in part))
