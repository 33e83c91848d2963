"""A field, as typed: whole, by component, for a number, or in terms of an output."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sympy import Expr

from derive.calculus.asked_variables import Wrt, only_variable
from derive.calculus.formulas import free_name
from derive.calculus.gradient.partial_derivative import unconstrained
from derive.calculus.problem import Problem, problem, real_names, unfolded, variable
from derive.core import heads
from derive.core.atoms import Index, Tensor, Variable
from derive.core.indexing import exact, occurs, root
from derive.core.kinds import Kind
from derive.core.walk import substitute
from derive.errors import DeriveError, KindError, NotationError
from derive.functions.function_records import FunctionTable, standard_functions
from derive.judge.rules.user_functions import Functions, function_table
from derive.notation.reading.array_values import axes
from derive.notation.reading.assumed_types import assumed_lines
from derive.notation.reading.declaration_lines import Given, lines_of
from derive.notation.reading.scope import Scope
from derive.notation.reading.specification import (
    Definition,
    fresh_indices,
    is_definition,
    specify,
    split_declarations,
    text_lines,
)
from derive.notation.reading.surface_forms import in_notation
from derive.notation.reading.syntax import names_in
from derive.premises import Typed

_SUBSCRIPTED = re.compile(r"\s*(\w+)\s*\[([\w\s,]+)\]\s*\Z")
_DEFAULT = "z"  # the variable where none is said: the weighted input of Nielsen's chapter 3


@dataclass(frozen=True)
class Field:
    """A field g(z): its component at free indices, and the variable with the same indices.

    `body` is written in the variable alone; `posed` is what was typed, with the output's
    definition in it where the field was given in terms of one. `output` is that definition.
    """

    posed: Problem
    at: Expr
    indices: tuple[Index, ...]
    body: Expr
    typed: Expr
    output: Definition | None = None
    text: Typed | None = None

    @property
    def tensor(self) -> Expr:
        """The name of the variable."""
        return root(self.at)

    def fresh(self, *letters: str) -> str:
        """The first of some names that the field does not use."""
        scope = self.posed.scope
        return free_name({*scope.names, *scope.dims, *scope.functions,
                          *(i.name for i in self.indices)}, *letters)

    def elsewhere(self) -> tuple[Expr, tuple[Expr, ...], Expr]:
        """The variable, its indices and the field's component at another place."""
        taken = (*(i.name for i in self.indices), *self.posed.scope.names)
        others = fresh_indices([i.dim for i in self.indices], taken, "jinlpqrs")
        there = dict(zip(self.indices, others, strict=True))
        return substitute(self.at, there), others, substitute(self.body, there)


@exact
def read_field(target: str, given: Given = (), wrt: Wrt = None,
               output: str | None = None, functions: Functions | None = None) -> Field:
    """Reads a field and the variable of which it is a function.

    `output` is a definition such as `y = sigmoid(z)` in whose terms the field may be written.
    Names that nothing declares are what their use tells. Raises NotationError, KindError for a
    field of another shape than the variable, UnknownNameError.
    """
    lines, wrt = lines_of(given), only_variable(wrt, "a cost")
    table = function_table(functions)
    if not target.strip():
        raise NotationError("the field is empty; type one, such as sigmoid(z) - t")
    declared, text = split_declarations(target)
    lines += declared
    wrt, output = wrt and in_notation(wrt), output and in_notation(output)
    if output is not None:
        if not is_definition(output):
            raise NotationError("an output reads 'name = formula', such as y = sigmoid(z)", output,
                                1, len(output))
        text = f"{output}\n{text}"
    assumed = assumed_by_use(text, lines, wrt or "", table or standard_functions())
    lines += assumed
    letters, at_text = _letters(wrt, lines, output)
    posed = problem(text, [*lines, *letters], at_text, arrays=True, functions=table)
    at, indices = _variable(at_text, posed, letters)
    typed = _component(posed, at, indices)
    body = unfolded(typed, posed.specification.definitions)
    defined = None if output is None else _output(posed, at, typed)
    at, body = unconstrained(at, body)
    free = ", ".join(i.name for i in indices) if letters else ""
    named = Typed(text, tuple(lines), at_text, (("letters", free),), assumed)
    return Field(_without(posed, letters), at, indices, body, typed, defined, named)


def _output(posed: Problem, at: Expr, typed: Expr) -> Definition:
    """The output that the user named. Raises DeriveError where it says nothing."""
    definitions = posed.specification.definitions
    definition = definitions[0]
    if definition.name in posed.scope.functions:
        raise DeriveError(f"{definition.name!r} is a function; give the output another name")
    if not occurs(root(at), unfolded(definition.body, definitions)):
        raise DeriveError(f"the output {definition.name} does not depend on {root(at)}; say of "
                          "which variable the field is a function, with --wrt")
    if not occurs(definition.symbol, typed):
        raise DeriveError(f"the output {definition.name} does not occur in the field")
    return definition


def assumed_by_use(text: str, lines: list[str], wrt: str, functions: FunctionTable,
                   ) -> tuple[str, ...]:
    """Declarations of the names that are not declared; of the variable, where there is no name."""
    match = _SUBSCRIPTED.match(wrt)
    letters = [f"{part.strip()}: index(" for part in match.group(2).split(",")] if match else []
    names = [] if lines else names_in(text)
    for name in names:
        if name in functions:
            raise DeriveError(f"{name!r} is a function: type {name}({_DEFAULT}), or "
                              f"--activation {name}")
    assumed = tuple(line for line in assumed_lines(text_lines(text), lines, functions, wrt)
                    if not line.startswith(tuple(letters)))
    return assumed if lines or names else (f"{_DEFAULT}: real",)


def _letters(wrt: str | None, lines: list[str], output: str | None) -> tuple[list[str], str]:
    """Declarations of the indices of a component such as z[m], and the variable's text."""
    scope = specify("0", lines).scope
    if wrt is None:
        wrt = _DEFAULT if _DEFAULT in scope.names else _only(scope, output)
    match = _SUBSCRIPTED.match(wrt)
    leaf = scope.names.get(match.group(1)) if match else None
    if match is None or not isinstance(leaf, Tensor):
        return [], wrt
    letters = [part.strip() for part in match.group(2).split(",")]
    if len(letters) != len(leaf.kind.shape) or len(set(letters)) != len(letters) or \
            any(c.isdecimal() or c in scope.names for c in letters):
        raise KindError(f"a component of {leaf.name} has {len(leaf.kind.shape)} free "
                        f"ind{'ex' if len(leaf.kind.shape) == 1 else 'ices'} of its own, such as "
                        f"{leaf.name}[{', '.join('mnpq'[:len(leaf.kind.shape)])}]", wrt, 1,
                        len(wrt))
    return [f"{c}: index({d})" for c, d in zip(letters, leaf.kind.shape, strict=True)], wrt


def _only(scope: Scope, output: str | None) -> str:
    """The variable, where there is one choice: of all names, or of those in the output."""
    choices = [n for n in real_names(scope) if output is None or n in names_in(output)]
    if len(choices) == 1:
        return choices[0]
    hint = f": {', '.join(choices)}" if choices else "; declare it, as in --given 'z: real'"
    raise DeriveError(f"say of which variable the field is a function, with --wrt{hint}")


def _variable(text: str, posed: Problem, letters: list[str]) -> tuple[Expr, tuple[Index, ...]]:
    """The variable at free indices: those typed, or m and n."""
    name = text.partition("[")[0].strip()
    at, fresh = variable(name, posed.scope)
    if not fresh:
        return at, ()
    taken = (*posed.scope.names, *posed.scope.dims)
    chosen = tuple(posed.scope.names[line.partition(":")[0]] for line in letters) or \
        fresh_indices([i.dim for i in fresh], taken, "mnpqrs")
    return heads.Element(root(at), *chosen), chosen


def _component(posed: Problem, at: Expr, indices: tuple[Index, ...]) -> Expr:
    """The field's component at the variable's indices. Raises KindError for another shape."""
    rows = posed.specification.rows
    loss = posed.specification.loss
    have = tuple(i.dim for i in rows)
    want = tuple(i.dim for i in indices)
    by_component = any(i.name in posed.scope.names for i in indices)
    if rows and by_component:
        raise KindError(f"the field is a whole array of shape ({axes(have)}), the variable one "
                        f"component, {heads_text(at)}; say --wrt {root(at).name}, or take the "
                        "field's component too")
    if not by_component and have != want:
        shape = f"shape ({axes(have)})" if have else "a single number"
        other = f"shape ({axes(want)})" if want else "a single number"
        raise KindError(f"the field has {shape}, {root(at).name} has {other}: a gradient has the "
                        "shape of its variable" + ("" if have or not want else
                                                   "; a component is typed with its index, as in "
                                                   f"--wrt '{heads_text(at)}'"))
    return substitute(loss, dict(zip(rows, indices, strict=True))) if rows else loss


def heads_text(at: Expr) -> str:
    """A variable at its indices, in the notation."""
    inner = ", ".join(i.name for i in at.indices)
    return f"{at.tensor.name}[{inner}]"


def _without(posed: Problem, letters: list[str]) -> Problem:
    """The problem as typed: the indices of the component are not among what was given."""
    spec = posed.specification
    scope = spec.scope.copy()
    for line in letters:
        scope.names.pop(line.partition(":")[0])
    declared = tuple(d for d in spec.declared if d not in letters)
    return replace(posed, specification=replace(spec, declared=declared, scope=scope))


def name_of_cost(field: Field) -> Variable:
    """The letter for the cost: C, unless it is taken."""
    return Variable(field.fresh("C", "L", "E"), Kind("real"))
