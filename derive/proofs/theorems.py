"""The theorems of a derivation: the derivative of the typed formula is the printed result."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sympy import Expr

from derive.calculus.problem import typed_requirements, unfolded
from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import exact
from derive.derivation import Derivation
from derive.notation.reading.specification import Specification, specify
from derive.proofs.coq_names import UnprovenError
from derive.proofs.line_theorems import LineProof, LineTheorems, LineWays
from derive.proofs.theorem_file import Function, TheoremFile, comment, variable_name


@dataclass(frozen=True)
class Theorems:
    """The text of a file for Coq, the names of its theorems, and how its lines are proved."""

    text: str
    names: tuple[str, ...]
    lines: tuple[LineProof, ...] = ()

    def unchecked(self, why: str) -> Theorems:
        """The same with a comment at its head: nobody has checked it, and why."""
        head = comment(f"Nobody has checked this file: {why}.")
        return replace(self, text=f"{head}\n\n{self.text}")


@exact
def theorems(derivation: Derivation, lines: LineWays | None = None) -> Theorems:
    """The theorems of a gradient, Jacobian, Hessian or cost; with `lines` one for each line too.

    Raises UnprovenError, which names the construct that has no lemma.
    """
    state = _GOALS.get(derivation.goal)
    if state is None or derivation.typed is None or derivation.recurrence is not None:
        raise UnprovenError(f"no theorem is stated of a {derivation.goal or 'derivation'} yet; "
                            "it is of gradients, Jacobians, Hessians and costs")
    specification = _specification(derivation)
    owed = (*specification.conditions, *_owed(derivation, specification))
    file = TheoremFile(_leaves(specification), tuple(dict.fromkeys(owed)))
    state(file, derivation, specification)
    proofs = tuple[LineProof, ...]()
    if lines is not None:
        file.library = "LineSteps"
        proofs = LineTheorems(file, derivation.definitions, lines).state(_parts(derivation))
    heading = (derivation.title, *derivation.given, *derivation.typed.target.splitlines(),
             f"{derivation.goal}: {derivation.notation}")
    return Theorems(file.text("\n".join(heading)), tuple(file.names), proofs)


def _gradient(file: TheoremFile, derivation: Derivation, specification: Specification) -> None:
    """The gradient by each variable, or the Jacobian of a vector."""
    rows = tuple(i for i in derivation.indices if i not in derivation.start.args[1].args)
    body = derivation.start.args[0] if rows else _typed(specification)
    loss = file.define(Function("loss", body, rows, "The formula as it was typed."))
    several = bool(derivation.others)
    for part in (derivation, *derivation.others):
        variable = part.start.args[1]
        name = f"gradient_{variable_name(variable)}" if several else \
            "jacobian" if rows else "gradient"
        result = file.define(Function(name, _result(part), part.indices,
                                      f"The {name.partition('_')[0]} as it was printed."))
        file.slope(loss, variable, result)


def _hessian(file: TheoremFile, derivation: Derivation, specification: Specification) -> None:
    """The gradients, their derivatives, and both together."""
    loss = file.define(Function("loss", _typed(specification), (),
                                "The formula as it was typed."))
    several, gradients = bool(derivation.others), dict[Expr, Function]()
    for part in (derivation, *derivation.others):
        inner, outer = part.quantity.args[0].args[1], part.start.args[1]
        by = f"_{variable_name(inner)}" if several else ""
        if inner not in gradients:
            gradients[inner] = file.define(Function(
                f"gradient{by}", unfolded(part.start.args[0], part.definitions),
                tuple(i for i in part.indices if i in inner.args), "The gradient."))
            file.slope(loss, inner, gradients[inner])
        by += f"_{variable_name(outer)}" if several else ""
        hessian = file.define(Function(f"hessian{by}", _result(part), part.indices,
                                       "The Hessian as it was printed."))
        file.slope(gradients[inner], outer, hessian)
        file.second(loss, gradients[inner], hessian, (inner, outer))


def _cost(file: TheoremFile, derivation: Derivation, _specification: Specification) -> None:
    """The field is the gradient of the cost, and its Jacobian is symmetric."""
    if derivation.others or derivation.field is None:
        raise UnprovenError("no theorem is stated of the cost of several fields yet")
    back = next(part for part in reversed(derivation.parts)
                if isinstance(part.start, heads.Partial))
    variable = back.start.args[1]
    cost = file.define(Function("cost", derivation.result, (), "The cost as it was printed."))
    field = file.define(Function("field", derivation.field, derivation.indices,
                                 "The field as it was typed."))
    file.slope(cost, variable, field)
    if derivation.indices:
        mixed = derivation.parts[0]
        jacobian = file.define(Function("jacobian", mixed.result, mixed.indices,
                                        "The Jacobian of the field."))
        file.slope(field, mixed.start.args[1], jacobian)
        file.symmetric(jacobian, variable_name(variable))


def _parts(derivation: Derivation) -> dict[str, Derivation]:
    """The derivations whose lines have theorems, by what the names of those begin with.

    An integral has none: the way back from a cost has.
    """
    slopes = [part for part in derivation.parts if isinstance(part.start, heads.Partial)]
    if derivation.goal == "cost":
        keys = ["line_of_way_back", "line_of_jacobian"]
        return {"line": derivation, **dict(zip(keys, reversed(slopes), strict=False))}
    parts = dict[str, Derivation]()
    for part in (derivation, *derivation.others):
        by = "_".join(map(variable_name, _variables(part))) if derivation.others else ""
        inner = [p for p in part.parts if isinstance(p.start, heads.Partial)]
        parts |= {f"line_of_gradient{f'_{variable_name(p.start.args[1])}' if by else ''}": p
                  for p in inner}
        parts[f"line_{by}" if by else "line"] = part
    return parts


def _variables(part: Derivation) -> list[Expr]:
    """The variables by which a part differentiates, the first one first."""
    quantity, variables = part.quantity, list[Expr]()
    while isinstance(quantity, heads.Partial):
        variables.insert(0, quantity.args[1])
        quantity = quantity.args[0]
    return variables


def _result(derivation: Derivation) -> Expr:
    """The printed result, the names that it keeps put in."""
    return unfolded(derivation.result, derivation.definitions)


_GOALS = {"gradient": _gradient, "hessian": _hessian, "cost": _cost}


def _specification(derivation: Derivation) -> Specification:
    """The names of the typed formula; those of a field are read as an array's."""
    assert derivation.typed is not None
    arrays = derivation.goal == "cost" or (
        derivation.goal == "gradient" and len(derivation.indices) > 1)
    return specify(derivation.typed.target, derivation.typed.given, arrays=arrays,
                   wrt=derivation.typed.wrt)


def _owed(derivation: Derivation, specification: Specification) -> tuple[Expr, ...]:
    """The conditions of the result, and those under which the typed formula has a value."""
    typed = () if specification.rows else typed_requirements(specification)
    return (*typed, *derivation.obligations)


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


