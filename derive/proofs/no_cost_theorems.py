"""The theorems of a refusal: two mixed derivatives of a field differ at a point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from sympy import Expr, Integer

from derive.core.atoms import Index, Tensor, Variable
from derive.core.indexing import exact, free_names
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.judge.precision import Float
from derive.notation.printing.plain import plain
from derive.proof import Refusal, Witness, number
from derive.proofs.coq_names import UnprovenError, coq_functions, coq_name
from derive.proofs.coq_terms import TermWriter
from derive.proofs.theorem_file import Function, TheoremFile, variable_name
from derive.proofs.theorem_statement import Parameter, call
from derive.proofs.theorems import Theorems

_Value: TypeAlias = "Float | int | tuple[_Value, ...]"
_POINT = "_point"
_EVALUATED = "sum delta Nat.eqb Nat.leb Nat.ltb andb orb negb"
_PROVED = ("Proved here: the partial derivatives of the field are those stated, and two of them,\n"
           "which would be mixed second derivatives of a cost, differ at a point. That continuous\n"
           "mixed derivatives are equal is not stated here; with it, no function with continuous\n"
           "second derivatives has this gradient.")


@dataclass(frozen=True)
class _Mixed:
    """A mixed derivative: of which function, by which variable, at which indices."""

    field: Function
    slope: Function
    variable: Expr
    at: Mapping[Index, int]


@exact
def no_cost_theorems(refusal: Refusal) -> Theorems:
    """The theorems that two mixed derivatives of a field differ at the point of its refusal.

    Raises UnprovenError, which names what has no lemma: a construct, or a number of the point.
    """
    witness = refusal.witness
    if witness is None:
        raise UnprovenError("no lemma for a field that jumps: its refusal has no derivatives")
    several = bool(refusal.second_variable)
    parts = refusal.difference.parts[:2] if several else (refusal.jacobian,)
    conditions = tuple(dict.fromkeys(
        c for part in (refusal.difference, *parts) for c in (*part.assumptions, *part.obligations)))
    file = TheoremFile(_leaves(witness, parts, conditions), conditions, library="Derive Numbers")
    bodies = [refusal.field, *(p.start.args[0] for p in parts[1:])]
    owns = [f"_{coq_name(own)}" if several else ""
            for own in (refusal.variable, refusal.second_variable)]
    functions = [_functions(file, *made) for made in zip(parts, bodies, owns, strict=False)]
    pairs = [(*witness.first, *witness.second)]
    pairs.append(pairs[0] if several else (*witness.second, *witness.first))
    mixed = [_Mixed(*functions[n % len(functions)], dict(zip(
        parts[0].indices, pair, strict=True))) for n, pair in enumerate(pairs)]
    _differ(file, witness, mixed)
    typed = "; ".join(plain(f, refusal.jacobian.reserved)
                      for f in (refusal.field, refusal.second_field) if f is not None)
    heading = "\n".join((f"No cost has the gradient {typed}", *refusal.given, _PROVED))
    return Theorems(file.text(heading), tuple(file.names))


def _functions(file: TheoremFile, part: Derivation, body: Expr, own: str,
               ) -> tuple[Function, Function, Expr]:
    """A field and its derivative by a variable, with the theorem that it is one.

    `own` is behind their names, where there are several.
    """
    variable = part.start.args[1]
    writer = TermWriter()
    writer.text(part.result)
    for name in writer.functions:
        entry = coq_functions()[name]
        if entry.get("any") or entry.get("unbounded"):
            raise UnprovenError(f"no lemma for the values of {name}")
    field = file.define(Function(f"field{own}", body, tuple(
        i for i in part.indices if i not in variable.args), "The field as it was typed."))
    slope = file.define(Function(f"jacobian{own}", part.result, part.indices,
                                 "The mixed derivative as it was printed."))
    file.slope(field, variable, slope)
    return field, slope, variable


def _differ(file: TheoremFile, witness: Witness, mixed: list[_Mixed]) -> None:
    """Adds the point and the theorem that the two derivatives differ there."""
    points = []
    for leaf in file.leaves:
        points.append(f"{coq_name(leaf.name)}{_POINT}")
        file.sections.append(_point(leaf, witness.values[leaf.name]))
    left, right = (_at(file, m.slope, m.at, witness) for m in mixed)
    claims = [f"is_derive (fun t => {_moved(file, m, witness)[0]}) {_moved(file, m, witness)[1]}\n"
              f"    ({value})" for m, value in zip(mixed, (left, right), strict=True)]
    here = f"cbv beta delta [{' '.join((*points, _EVALUATED))}] iota"
    slopes = ", ".join(dict.fromkeys(m.slope.name for m in mixed))
    functions = " ".join(file.written.unfolded)
    order = "Rlt_not_eq" if witness.numbers[0] < witness.numbers[1] else "Rgt_not_eq"
    script = ["split; [|split].",
              *(f"- apply {m.slope.name}_of_{m.field.name}; each_index; {here}; holds_here."
                for m in mixed),
              f"- apply {order}. unfold {slopes}.",
              *([f"  cbv beta delta [{functions}]."] if functions else []),
              f"  {here}; less_here."]
    file.names.append("mixed_derivatives_differ")
    conclusion = " /\\\n  ".join((*claims, f"{left} <> {right}"))
    file.sections.append(f"Theorem mixed_derivatives_differ :\n  {conclusion}.\nProof.\n" + "".join(
        f"  {line}\n" for line in script) + "Qed.")


def _moved(file: TheoremFile, mixed: _Mixed, witness: Witness) -> tuple[str, str]:
    """The field as a function of one entry of the point, and that entry."""
    variable = substitute(mixed.variable, {i: Integer(n) for i, n in mixed.at.items()})
    moved, at = file.moved(variable, point=_POINT)
    return _at(file, mixed.field, mixed.at, witness, {variable_name(variable): moved}), at


def _at(file: TheoremFile, function: Function, at: Mapping[Index, int], witness: Witness,
        values: Mapping[str, str] | None = None) -> str:
    """A function applied to the point."""
    sizes = {coq_name(name): str(value) for name, value in witness.values.items()
             if isinstance(value, int)}
    indices = {coq_name(i.name): str(n) for i, n in at.items()}
    parameters: list[Parameter] = file.parameters(function.indices)
    known = {p.name: f"{p.name}{_POINT}" for p in parameters}
    return call(function.name, parameters, {
        **known, **{n: v for n, v in sizes.items() if n in known and not _is_leaf(file, n)},
        **indices, **(values or {})})


def _is_leaf(file: TheoremFile, name: str) -> bool:
    return any(coq_name(leaf.name) == name for leaf in file.leaves)


def _leaves(witness: Witness, parts: tuple[Derivation, ...], conditions: tuple[Expr, ...],
            ) -> tuple[Expr, ...]:
    """The names in the formulas, in the order of the point."""
    formulas = (*(p.start for p in parts), *(p.result for p in parts), *conditions)
    names = {leaf.name: leaf for formula in formulas for leaf in free_names(formula)
             if isinstance(leaf, (Variable, Tensor))}
    return tuple(names[name] for name in witness.values if name in names)


def _point(leaf: Expr, value: _Value) -> str:
    """The definition of the value of a name."""
    axes = len(leaf.kind.shape)
    counts = leaf.kind.domain in ("label", "index")
    bound = "".join(f" (k{n} : nat)" for n in range(axes))
    return (f"Definition {coq_name(leaf.name)}{_POINT}{bound} : {'nat' if counts else 'R'} :=\n  "
            f"{_entries(leaf.name, value, 0, counts)}.")


def _entries(name: str, value: _Value, axis: int, counts: bool) -> str:
    """A number, or the entries along an axis by their indices."""
    if isinstance(value, tuple):
        cases = " | ".join(f"{n}%nat => {_entries(name, v, axis + 1, counts)}"
                           for n, v in enumerate(value))
        return f"match k{axis} with {cases} | _ => {'0%nat' if counts else '0'} end"
    shown = number(value)
    try:
        fraction = Fraction(shown)
    except ValueError:
        raise UnprovenError(f"no lemma for a value such as {name} = {shown}") from None
    if "." in shown or "e" in shown:
        raise UnprovenError(f"no lemma for the value {name} = {shown}, which is no short fraction")
    if counts:
        return f"{fraction}%nat"
    top = f"({fraction.numerator})" if fraction < 0 else str(fraction.numerator)
    return top if fraction.denominator == 1 else f"{top} / {fraction.denominator}"
