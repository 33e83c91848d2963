"""The cost of several fields, each the gradient by a variable of its own.

The first field is integrated with the other variables held fixed; what its cost leaves of the next
field does not depend on the first variable, and is integrated in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from sympy import Add, Expr, Integer

from derive.calculus.cost.equality import same
from derive.calculus.cost.field import Field
from derive.calculus.cost.mixed_symmetry import mixed_block, refuse_mixed
from derive.calculus.cost.no_cost_proof import refuse
from derive.calculus.cost.output_form import constant_typed
from derive.calculus.cost.potential_search import potential, way_back
from derive.calculus.cost.symmetry import Symmetry, symmetry
from derive.calculus.cost.torn import refuse_if_torn
from derive.calculus.formulas import free_name
from derive.calculus.gradient.partial_derivative import derivative
from derive.calculus.integral.integral_search import Integrator
from derive.calculus.problem import unfolded
from derive.calculus.strategy import Work
from derive.core.atoms import Variable
from derive.core.factors import difference
from derive.core.indexing import depends
from derive.core.kinds import Kind
from derive.derivation import Derivation
from derive.errors import DeriveError, NoIntegralError
from derive.functions.decisions import assuming
from derive.notation.printing.pretty import pretty
from derive.notation.reading.specification import Definition
from derive.rulebook.loading import Rulebook, beyond_standard

Integrated = tuple[Expr, list[Derivation]]


def joint_cost(fields: Sequence[Field], rulebook: Rulebook, constant: str,
               seconds: float | None) -> Derivation:
    """The cost of several fields that have been read; see `cost`."""
    first = fields[0]
    if constant == "least":
        raise DeriveError("the least value is not looked for with several variables; use "
                          "--constant with a formula, or none")
    shown, parts = _symmetries(fields, rulebook)
    search = Integrator(rulebook, seconds)
    formula, integrals = _integrated(list(zip(fields, shown, strict=True)), search, _letter(fields))
    backs = [way_back(f, formula, search, _letter(fields)) for f in fields]
    if any(back is None for back in backs):
        raise NoIntegralError("the fields can be integrated one by one, but no rule joins them to "
                              "one cost")
    notes = [replace(back, note=f"Back: the derivative of the cost by {f.tensor.name} is its field."
                     ) for f, back in zip(fields, backs, strict=True) if back is not None]
    remark = "left out; any number may be added"
    if constant not in ("", "none"):
        extra = constant_typed(constant, first)
        for field in fields:
            if depends(extra, field.at):
                raise DeriveError("an additive constant may not depend on "
                                  f"{field.tensor.name}")
        formula, remark = Add(formula, extra), f"{pretty(extra)} was added, as asked"
    specification = first.posed.specification
    with assuming(specification.conditions):
        work = Work(formula, rulebook).run("gradient").run("dress")
    names = ", ".join(f.tensor.name for f in fields)
    typed = "; ".join(pretty(f.typed) for f in fields)
    return replace(work.derivation(
        f"Cost with the gradient {typed} by {names}", "cost", _letter(fields),
        specification.declared, indices=first.indices, parts=(*parts, *integrals, *notes),
        assumptions=specification.conditions, field=first.body, note=_NOTE,
        remarks=(("constant", remark),)), typed=first.text, rules=beyond_standard(rulebook))


_NOTE = "This is the cost, but for an additive constant."


def _letter(fields: Sequence[Field]) -> Variable:
    """The letter for the cost: C, unless one of the fields uses it."""
    return Variable(free_name(_taken(fields), "C", "L", "E"), Kind("real"))


def _taken(fields: Sequence[Field]) -> set[str]:
    taken: set[str] = set()
    for field in fields:
        scope = field.posed.scope
        taken |= {*scope.names, *scope.dims, *scope.functions, *(i.name for i in field.indices)}
    return taken


def _symmetries(fields: Sequence[Field], rulebook: Rulebook,
                ) -> tuple[list[Symmetry | None], list[Derivation]]:
    """Of each field that of its own Jacobian, and the mixed derivatives of each two.

    Raises NotAGradient with a witness where one of them is not symmetric.
    """
    shown: list[Symmetry | None] = []
    parts: list[Derivation] = []
    for field in fields:
        own = symmetry(field, rulebook) if field.indices else None
        if own is not None:
            if own.symmetric is False:
                refuse(field, own)
            elif own.jacobian.obligations:
                refuse_if_torn(field, own)
            parts += [own.jacobian, *([own.difference] if own.symmetric else [])]
        shown.append(own)
    names = _names(fields)
    for earlier, later in combinations(range(len(fields)), 2):
        block = mixed_block(fields[earlier], fields[later], (names[earlier], names[later]),
                            rulebook)
        if block.symmetric is False:
            refuse_mixed(block)
        parts += [*block.slopes, *([block.difference] if block.symmetric else [])]
    return shown, parts


def _names(fields: Sequence[Field]) -> list[str]:
    """A name for each field: g, h, f, and others that are free."""
    names: list[str] = []
    taken = _taken(fields)
    for _ in fields:
        names.append(free_name({*taken, *names}, "g", "h", "f", "q"))
    return names


def _integrated(fields: list[tuple[Field, Symmetry | None]], search: Integrator, letter: Expr,
                ) -> Integrated:
    """A cost, and the integrals that led to it: each variable is tried as the first one.

    Raises NoIntegralError where none of them leads to an end.
    """
    failure: NoIntegralError | None = None
    for turn in range(len(fields)):
        try:
            return _in_turn(fields[turn:] + fields[:turn], search, letter)
        except NoIntegralError as error:
            failure = failure or error
    raise failure or NoIntegralError("there is no field")


def _in_turn(fields: list[tuple[Field, Symmetry | None]], search: Integrator, letter: Expr,
             ) -> Integrated:
    total: Expr = Integer(0)
    parts: list[Derivation] = []
    done: list[Field] = []
    for field, shown in fields:
        body = _left(field, total, done, search, letter)
        if body != 0:
            rest = replace(field, body=body)
            component, formula, _ = potential(rest, search.afresh(False), shown)
            if done:
                component = replace(component, quantity=component.start, definitions=(), note=(
                    f"What the terms so far leave of the field of {field.tensor.name}, "
                    "integrated:"))
            parts.append(component)
            total = Add(total, formula)
        done.append(field)
    return total, parts


def _left(field: Field, total: Expr, done: list[Field], search: Integrator, letter: Expr) -> Expr:
    """What the terms that are known leave of a field: free of the variables that are done with."""
    if total == 0:
        return field.body
    known = derivative(field.posed, total, letter, field.at, field.indices, search.rulebook,
                       "").result
    if same(field.body, known, search.rulebook):
        return Integer(0)
    left = search.tools.simplified(difference(field.body, known))
    for other in done:
        if depends(left, other.at):
            left = unfolded(left, [_nowhere(other)])
    return search.tools.simplified(left)


def _nowhere(field: Field) -> Definition:
    """The variable at 0: what does not depend on it has the same value there."""
    return Definition(field.tensor, field.indices, Integer(0))
