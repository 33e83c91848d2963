"""The theorems of a derivation: the derivative of the typed loss is the printed result."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr

from derive.calculus.problem import unfolded
from derive.core import heads
from derive.core.atoms import Index, Tensor, Variable
from derive.core.indexing import exact
from derive.core.typed_nodes import evaluated
from derive.derivation import Derivation
from derive.notation.reading.specification import Specification, specify
from derive.proofs.coq_terms import TermWriter, UnprovenError, coq_name
from derive.proofs.exponent_basis import split_exponents
from derive.proofs.theorem_statement import (
    Parameter,
    binders_of,
    call,
    parameters_of,
    proposition,
)


@dataclass(frozen=True)
class Theorems:
    """The text of a file for Coq, and the names of its theorems."""

    text: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Subject:
    """What the theorems of a file are about: the names of the formula and its conditions."""

    leaves: tuple[Expr, ...]
    conditions: tuple[Expr, ...]

    def parameters(self, indices: tuple[Index, ...]) -> list[Parameter]:
        """The names of a function with these indices."""
        return parameters_of(self.leaves, indices)


@exact
def theorems(derivation: Derivation) -> Theorems:
    """The theorems of a gradient or a Hessian. Raises UnprovenError, which names the construct."""
    if derivation.goal not in ("gradient", "hessian"):
        raise UnprovenError(f"no lemma for the goal {derivation.goal}")
    specification = _specification(derivation)
    typed = _typed(specification)
    subject = Subject(_leaves(specification), specification.conditions)
    owed = tuple(derivation.obligations)
    sections = [_heading(derivation)]
    if derivation.goal == "gradient":
        sections += [_definition("loss", typed, subject, (), "the loss as it was typed"),
                     _theorem("gradient", ("loss", typed), derivation.start, derivation.result,
                              subject, derivation.indices, owed)]
        names: tuple[str, ...] = ("gradient_of_loss",)
    else:
        first = derivation.start.args[0]
        inner = derivation.quantity.args[0]
        outer = tuple(i for i in derivation.indices if i in inner.args[1].args)
        sections += [_definition("loss", typed, subject, (), "the loss as it was typed"),
                     _theorem("gradient", ("loss", typed), inner, first, subject, outer, owed),
                     _theorem("hessian", ("gradient", first), derivation.start,
                              derivation.result, subject, derivation.indices, owed, outer)]
        names = ("gradient_of_loss", "hessian_of_gradient")
    sections += [f"Print Assumptions {name}." for name in names]
    return Theorems("\n\n".join(sections) + "\n", names)


def _specification(derivation: Derivation) -> Specification:
    typed = derivation.typed
    if typed is None or derivation.recurrence is not None:
        raise UnprovenError("no lemma for a derivation without a typed formula")
    return specify(typed.target, typed.given)


def _typed(specification: Specification) -> Expr:
    """The loss as it was written, its definitions put in."""
    definitions = [d if d.typed is None else type(d)(d.symbol, d.indices, d.typed)
                   for d in specification.definitions]
    loss = specification.loss if specification.typed is None else specification.typed
    return unfolded(loss, definitions)


def _leaves(specification: Specification) -> tuple[Expr, ...]:
    """The declared names, in their order."""
    defined = {d.symbol for d in specification.definitions}
    return tuple(leaf for leaf in specification.scope.names.values()
                 if isinstance(leaf, (Variable, Tensor)) and leaf not in defined)


def _heading(derivation: Derivation) -> str:
    assert derivation.typed is not None
    lines = [derivation.title, *derivation.given, *derivation.typed.target.splitlines(),
             f"{derivation.goal}: {derivation.notation}"]
    said = "\n   ".join(line.replace("(*", "( *").replace("*)", "* )") for line in lines)
    return f"(* {said} *)\nFrom Derive Require Import Derive."


def _definition(name: str, body: Expr, subject: Subject, indices: tuple[Index, ...],
                says: str) -> str:
    parameters = subject.parameters(indices)
    return (f"(* {says[0].upper()}{says[1:]}. *)\n"
            f"Definition {name} {binders_of(parameters)} : R :=\n  {TermWriter().text(body)}.")


def _theorem(name: str, function: tuple[str, Expr], line: Expr, result: Expr, subject: Subject,
             indices: tuple[Index, ...], owed: tuple[Expr, ...],
             inner: tuple[Index, ...] = ()) -> str:
    """The definition of a result, and the theorem that it is a derivative."""
    variable = line.args[1]
    writer = TermWriter()
    of_name, body = function
    writer.text(body)
    text = writer.text(result)
    parameters = subject.parameters(indices)
    hypotheses = [h for p in parameters for h in p.hypotheses]
    hypotheses += [proposition(c, TermWriter()) for c in (*subject.conditions, *owed)]
    moved, at = _moved(variable)
    applied = call(of_name, subject.parameters(inner), {_name(variable): moved})
    arrows = "".join(f"  {h if '->' not in h and 'forall' not in h else f'({h})'} ->\n"
                     for h in dict.fromkeys(hypotheses))
    statement = (f"forall {binders_of(parameters)},\n{arrows}"
                 f"  is_derive (fun t => {applied}) {at}\n    ({call(name, parameters)})")
    return (f"{_definition(name, result, subject, indices, f'the {name} as it was printed')}\n\n"
            f"Theorem {name}_of_{of_name} : {statement}.\n"
            f"Proof.\n{_script(name, of_name, writer, parameters)}Qed.") + ("" if text else "")


def _name(variable: Expr) -> str:
    return coq_name(variable.tensor.name if isinstance(variable, heads.Element)
                    else variable.name)


def _moved(variable: Expr) -> tuple[str, str]:
    """The variable with t in its place, and the value at which the derivative is taken."""
    name = _name(variable)
    if not isinstance(variable, heads.Element):
        return "t", name
    writer = TermWriter()
    at = [writer.index(i).text for i in variable.indices]
    change = "upd" if len(at) == 1 else f"upd{len(at)}"
    if len(at) > 3:
        raise UnprovenError("no lemma for a tensor with more than 3 axes")
    return f"({change} {name} {' '.join(at)} t)", f"({name} {' '.join(at)})"


def _script(name: str, of_name: str, writer: TermWriter, parameters: list[Parameter]) -> str:
    first = [f"ln {base}" for base in writer.bases]
    exponents = {**{f"ln {b}": heads.apply("log", node) for b, node in writer.bases.items()},
                 **writer.exponents}
    lines = ["intros.", f"unfold {of_name}, {name}.",
             "eapply der_eq; [der; side | at_point; literals; powers]."]
    if writer.unfolded:
        lines.append(f"unfold {', '.join(writer.unfolded)} in *.")
    for text, parts in split_exponents(exponents, first):
        product = " * ".join(f"{'/ ' if times < 0 else ''}exp ({base})"
                             for base, times in parts for _ in range(abs(times))) or "1"
        lines.append(f"exponent ({text}) ({product}).")
    lines += [f"try rewrite (exp_ln {base}) by pos." for base in writer.bases]
    squares = [f"(binary_square {p.name} ltac:(assumption))" for p in parameters
               if p.hypotheses == (f"{p.name} = 0 \\/ {p.name} = 1",)]
    using = f" [{' '.join(squares)}]" if squares else ""
    lines.append(f"field{using}; nonzeros.")
    return "".join(f"  {line}\n" for line in lines)


_ = evaluated
