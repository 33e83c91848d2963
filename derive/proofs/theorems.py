"""The theorems of a derivation: the derivative of the typed loss is the printed result."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from sympy import Expr

from derive.calculus.problem import typed_requirements, unfolded
from derive.core import heads
from derive.core.atoms import Index, Tensor, Variable
from derive.core.indexing import exact
from derive.core.typed_nodes import evaluated
from derive.derivation import Derivation
from derive.notation.reading.specification import Specification, specify
from derive.proofs.coq_terms import TermWriter, UnprovenError, coq_functions, coq_name
from derive.proofs.exponent_basis import split_exponents
from derive.proofs.slopes import slope
from derive.proofs.sum_splits import Split, SumSplitter
from derive.proofs.theorem_statement import (
    Parameter,
    binders_of,
    call,
    parameters_of,
    proposition,
)


_COMPARISON = re.compile(r"Rmax|Rmin|Rabs|sgn|if ")


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
    owed = (*typed_requirements(specification), *derivation.obligations)
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
    any_functions = _any_functions(typed, derivation.start, derivation.result)
    if any_functions:
        sections = [sections[0], f"Section Functions.\n{any_functions}", *sections[1:],
                    "End Functions."]
    sections += [f"Print Assumptions {name}." for name in names]
    return Theorems("\n\n".join(sections) + "\n", names)


def _any_functions(*formulas: Expr) -> str:
    """Variables for the functions that the Reals do not have, and what is known of them."""
    writer = TermWriter()
    for formula in formulas:
        writer.text(formula.args[0] if isinstance(formula, heads.Partial) else formula)
    used = [name for name in writer.functions if coq_functions()[name].get("any")]
    lines = [f"Variable {name} : R -> R." for name in used]
    for name in used:
        entry = coq_functions()[name]
        if entry.get("slope") in writer.functions:
            where = f"{entry['where']} -> " if "where" in entry else ""
            lines.append(f"Hypothesis {name}_slope : forall x, {where}"
                         f"is_derive {name} x ({entry['slope']} x).")
        lines += [f"Hypothesis {name}_known_{n} : {said}."
                  for n, said in enumerate(entry.get("known", ()))]
    return "\n".join(lines)


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
    said = "\n   ".join(line.replace("(*", "( *").replace("*)", "* )").replace('"', "'") for line in lines)
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
    writer.text(result)
    parameters = subject.parameters(indices)
    hypotheses = [h for p in parameters for h in p.hypotheses]
    hypotheses += [proposition(c, TermWriter()) for c in (*subject.conditions, *owed)]
    moved, at = _moved(variable)
    applied = call(of_name, subject.parameters(inner), {_name(variable): moved})
    arrows = "".join(f"  {h if '->' not in h and 'forall' not in h else f'({h})'} ->\n"
                     for h in dict.fromkeys(hypotheses))
    statement = (f"forall {binders_of(parameters)},\n{arrows}"
                 f"  is_derive (fun t => {applied}) {at}\n    ({call(name, parameters)})")
    splits = SumSplitter().split_all((slope(evaluated(body), variable), result))
    script = _script(name, of_name, writer, parameters, splits)
    return (f"{_definition(name, result, subject, indices, f'the {name} as it was printed')}\n\n"
            f"Theorem {name}_of_{of_name} : {statement}.\nProof.\n{script}Qed.")


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


def _script(name: str, of_name: str, writer: TermWriter, parameters: list[Parameter],
            splits: Sequence[Split]) -> str:
    """The proof: the derivative by its parts, its equality with the result by a few tactics."""
    binary = [p.name for p in parameters
              if p.hypotheses == (f"{p.name} = 0 \\/ {p.name} = 1",)]
    lines = [f"intros. unfold {of_name}, {name}."]
    if not writer.compares or not binary:
        lines.append(f"by_cases ltac:({_equality(writer, binary, {}, splits)}).")
    else:
        lines += [f"all: destruct_binary {p}." for p in binary]
        lines += [f"- by_cases ltac:({_equality(writer, (), dict(zip(binary, v, strict=True)), splits)})."
                  for v in product("01", repeat=len(binary))]
    return "".join(f"  {line}\n" for line in lines)


def _equality(writer: TermWriter, binary: Sequence[str], values: Mapping[str, str],
              sums: Sequence[Split]) -> str:
    """The tactics that show that two terms are equal, where some names have values."""
    def put(text: str) -> str:
        return re.sub(r"\b\w+\b", lambda name: values.get(name[0], name[0]), text)

    first = [f"ln {base}" for base in writer.bases]
    exponents = {**{f"ln {b}": heads.apply("log", node) for b, node in writer.bases.items()},
                 **writer.exponents}
    splits = [(put(text), " * ".join(
        f"{'/ ' if times < 0 else ''}exp ({put(base)})"
        for base, times in parts for _ in range(abs(times))) or "1")
        for text, parts in split_exponents(exponents, first)]
    exact = "".join(f"exponent ({text}) ({terms}); " for text, terms in splits)
    like = "".join(f"exponent_like ({text}) ({terms}); " for text, terms in splits)
    unfold = f"cbv beta delta [{' '.join(writer.unfolded)}] in *; " if writer.unfolded else ""
    roots = "".join(f"try rewrite (exp_ln {put(base)}) by pos; " for base in writer.bases)
    squares = [f"(binary_square {p} ltac:(assumption))" for p in binary]
    field = f"field [{' '.join(squares)}]; nonzeros" if squares else "field; nonzeros"
    steps = ["idtac; at_point; resolve; literals; powers"]
    if sums:
        steps.append("sums_of_hypotheses")
        steps += [f"split_sum {s.size} {s.body} ({s.value})" for s in sums]
        steps.append("simplex")
    steps += [step.rstrip("; ") for step in (exact, unfold, unfold and exact, roots) if step]
    ends = [field, f"alike; {like}{roots}alike; {field}"]
    if writer.roots:
        ends.append(f"alike; roots; {field}")
    if sums or any("delta" in s for s in steps) or writer.deltas:
        ends += [f"same_sums; {field}", f"deltas; same_sums; {field}", f"deltas; same_sums; alike; {like}{roots}alike; {field}"]
    if writer.compares:
        ends += [f"choices; alike; {like}{roots}{field}", "choices; facts; nra"]
    steps.append(f"first [{' | '.join(ends)}]")
    return ";\n    ".join(steps)

