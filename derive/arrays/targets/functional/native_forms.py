"""A kernel's results as one program for a library of arrays that differentiates.

Functions that such a library has (the sigmoid, the softplus) are not unfolded, and there is no
weight in the derivatives: they are multiplied by what comes back from the caller's own loss.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sympy import Expr

from derive.arrays.lowering.index_lowering import Lowering
from derive.arrays.lowering.node_building import Scope
from derive.arrays.operations import Op
from derive.arrays.program import Program, Value
from derive.arrays.stable.kernel_formulas import Formula
from derive.arrays.stable.stable_forms import apart_and_joined, scaled, written_forms
from derive.arrays.targets.numpy.kernel_module import Argument
from derive.arrays.verifier import verify
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.indexing import exact, root
from derive.core.kinds import Dimension
from derive.errors import DeriveError, KernelError
from derive.functions.function_records import function_of, standard_functions
from derive.notation.printing.plain import plain
from derive.rulebook.loading import Rulebook
from derive.tables.loss_table import find_entry

MAIN = ("value", "gradient", "hvp")
Form = tuple[Expr, Scope]


@cache
def native_functions() -> frozenset[str]:
    """The functions that the libraries have and NumPy has not."""
    return frozenset(f.name for f in standard_functions().values()
                     if f.torch and f.jax and not f.numpy)


class NativeLowering(Lowering):
    """Lowers formulas in which functions of the libraries stand as they are."""

    def apply(self, node: heads.Apply, scope: Scope) -> Value:
        if node.name in native_functions() and function_of(node).name == node.name:
            values = [self.value(a, scope) for a in node.args[1:]]
            return self.build.elementwise(Op.FUNCTION, *values, scope=scope, detail=(node.name,))
        return super().apply(node, scope)


@dataclass(frozen=True)
class NativeProgram:
    """One program, and where the results stand in it.

    `results` maps value, gradient, hvp, and the names of the other arguments by which there is a
    gradient, to (node, dimensions); `terms` to the formula, as text; `refused` the arguments by
    which there is none to the reason.
    """

    program: Program
    results: Mapping[str, tuple[int, tuple[Dimension, ...]]]
    terms: Mapping[str, str]
    others: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


@exact
def native_program(formula: Formula) -> NativeProgram:
    """The value, the gradient, its product with a vector, and the gradients by other arguments."""
    arrays = {leaf: (leaf.name, leaf.kind) for leaf in (*formula.leaves, formula.vector)}
    book = native_book(formula.rulebook)
    forms: dict[str, Form] = {name: _main(formula, name, arrays, book) for name in MAIN}
    terms = {"value": plain(formula.loss), "gradient": plain(formula.derivation.result)}
    refused: dict[str, str] = {}
    for name, form in _others(formula, arrays, book, refused):
        forms[name], terms[name] = form[:2], form[2]
    lowering = NativeLowering(arrays, formula.dims)
    lowering.named = formula.named_matrices
    results = {name: (lowering.result(form, indices), tuple(i.dim for i in indices))
               for name, (form, indices) in forms.items()}
    verify(lowering.program)
    others = tuple(name for name in forms if name not in MAIN)
    return NativeProgram(lowering.program, results, terms, others, refused)


def native_book(rulebook: Rulebook) -> Rulebook:
    """The rules, without those that unfold functions of the libraries."""
    return rulebook.without("unfold", (f"{name}-unfolded" for name in native_functions()))


def _main(formula: Formula, name: str, arrays: dict[Any, Any], book: Rulebook) -> Form:
    """The form of a result that NumPy's kernel takes, with the libraries' functions in it."""
    return native(_written(formula, name, arrays), book), formula.form(name, arrays)[1]


def native(formula: Expr, book: Rulebook) -> Expr:
    """A formula after the rules for stability and those that unfold what the libraries lack."""
    return Work(formula, book).run("stabilise").run("unfold").line


def _others(formula: Formula, arrays: dict[Any, Any], book: Rulebook, refused: dict[str, str],
            ) -> Iterator[tuple[str, tuple[Expr, Scope, str]]]:
    """The gradients by the arguments that are not the variable, and why there are some not."""
    variable = variable_of(formula).name
    for argument in formula.arguments:
        if argument.name == variable or argument.integral:
            continue
        if not argument.kind.differentiable:
            refused[argument.name] = f"it is declared {argument.kind.domain}"
            continue
        try:
            target, given = _differentiated(formula, argument, arrays)
            other = Formula(target, given, argument.name, formula.functions)
            form, indices = _main(other, "gradient", arrays, book)
        except DeriveError as error:
            refused[argument.name] = str(error).partition("\n")[0]
            continue
        yield argument.name, (form, indices, plain(other.derivation.result))


def _differentiated(formula: Formula, argument: Argument, arrays: dict[Any, Any]) -> Any:
    """What is differentiated by another argument, with its declarations.

    By shares it is the form that is computed: it may hold only where they sum to 1, and beside
    that its slope is another one than that of the formula as typed.
    """
    typed = formula.target, formula.given
    written = _written(formula, "value", arrays)
    if argument.kind.domain != "simplex" or written == formula.loss:
        return typed
    entry = find_entry(formula.target, bool(formula.given))
    return plain(written), entry.given if entry is not None else formula.given


def _written(formula: Formula, name: str, arrays: dict[Any, Any]) -> Expr:
    """What the form of a result that NumPy's kernel takes was before it was made stable."""
    chosen, _ = formula.form(name, arrays)
    forms = written_forms(formula.formula(name)[0], formula.rulebook)
    for form in forms if len(forms) > 1 else ():
        made = apart_and_joined(form, formula.rulebook)
        if chosen in (made if name == "value" else map(scaled, made)):
            return form
    return forms[0]


def variable_of(formula: Formula) -> Any:
    """The argument that is the variable. Raises KernelError where it is a part of one, or none."""
    leaf = root(formula.derivation.quantity.args[1])
    if len(formula.derivation.indices) != len(leaf.kind.shape) or leaf not in formula.leaves:
        raise KernelError(f"for this target a loss is differentiated by an argument with all its "
                          f"elements, not by {plain(formula.derivation.quantity.args[1])}")
    return leaf
