"""A derivation as functions in plain NumPy: the value that was derived, and its derivatives.

Nothing is computed here: the code is printed from the formulas of the derivation. It is written to
be read; `derive kernel` makes code that is fast and stable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from sympy.core.basic import Basic

from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import root
from derive.derivation import Derivation
from derive.functions.function_records import functions_in
from derive.notation.printing.plain import plain
from derive.rendering.check_code import check_code, definition_code, indices_of, used_in
from derive.rendering.numpy_code import (
    NotRunnable,
    called,
    called_functions,
    declared_names,
    declared_shapes,
    prelude,
    runnable,
    sizes_of,
)
from derive.rendering.python_names import with_own_names


class Part(NamedTuple):
    """A function to be written: its name, its formula, the indices over which it is an array."""

    name: str
    formula: Basic
    indices: Sequence[Index]
    of: Derivation


def plain_code(derivation: Derivation) -> str:
    """Functions for what was derived; "" where NumPy lacks a function that they need."""
    if derivation.time is not None:
        return with_own_names([check_code(derivation)],  # runs the model forwards and back
                              declared_names(derivation.given))[0]
    try:
        parts = _PARTS.get(derivation.goal, _results)(derivation)
        code = _module(derivation, parts) if parts else ""
        return with_own_names([code], declared_names(derivation.given))[0]
    except NotRunnable:
        return ""


def _module(derivation: Derivation, parts: Sequence[Part]) -> str:
    """The definitions, and a function for each part; all take the same arguments."""
    shapes, letters = declared_shapes(derivation.given), sizes_of(derivation.given)
    texts = [plain(p.formula, p.of.reserved) for p in parts]
    defined = [definition_code(p.of, [text]) for p, text in zip(parts, texts, strict=True)]
    formulas = [*texts, *(_body(line) for lines in defined for line in lines)]
    arguments = {name: axes for name, axes in shapes.items() if any(
        used_in([name], text) for text in formulas)}
    codes = [line for part, text, lines in zip(parts, texts, defined, strict=True)
             for line in ("", "", *_function(part, text, lines, arguments, letters))]
    return "\n".join([*_head(derivation, parts, formulas, [*shapes, *letters]), *codes])


def _head(derivation: Derivation, parts: Sequence[Part], formulas: Sequence[str],
          declared: Sequence[str]) -> list[str]:
    """The definitions under which formulas run. Raises NotRunnable."""
    known = functions_in(*(p.formula for p in parts), *(d.body for d in derivation.definitions))
    for formula in formulas:
        runnable(formula, known)
        if called_functions(formula) & {*declared}:
            raise NotRunnable("a name that is a function, too")
    indices = [i.name for p in parts for i in p.indices]
    own = ["np", *declared, *(d.name for d in derivation.definitions), *indices]
    return prelude(formulas, own, sizes_of(derivation.given), known)


def _body(line: str) -> str:
    """The right side of a definition."""
    return line.partition(" = ")[2]


def _function(part: Part, formula: str, defined: Sequence[str], arguments: Mapping[str, list[str]],
              letters: Sequence[str]) -> list[str]:
    """One function of these arguments, each with what its subscripts run over."""
    used = called(formula).union(*(called(_body(line)) for line in defined),
                                 (str(i.dim) for i in part.indices))
    sizes = {letter: _size(letter, arguments) for letter in letters if letter in used}
    unknown = [letter for letter, size in sizes.items() if size == letter]
    for index in reversed(part.indices):
        over = str(index.dim) if not str(index.dim).isdecimal() else f"range({index.dim})"
        formula = f"[{formula} for {index.name} in {over}]"
    return [f"def {part.name}({', '.join([*arguments, *unknown])}):",
            *(f"    {name} = np.asarray({name})" for name, axes in arguments.items() if axes),
            *(f"    {letter} = Size({size})" for letter, size in sizes.items()),
            *(f"    {line}" for line in defined),
            f"    return np.array({formula})" if part.indices else f"    return {formula}"]


def _size(letter: str, arguments: Mapping[str, list[str]]) -> str:
    """A dimension as the length of an array; where none has it, it is an argument of its own."""
    return next((f"{name}.shape[{axes.index(letter)}]" for name, axes in arguments.items()
                 if letter in axes), letter)


def _derivatives(derivation: Derivation) -> list[Part]:
    """The value, and each derivative of it."""
    results = (derivation, *derivation.others)
    before = derivation.original
    if not isinstance(before, heads.Partial) or before.args[0].has(heads.Partial):
        raise NotRunnable("d")
    value = "log_likelihood" if derivation.goal == "score" else "value"
    body, at = before.args
    rows = [i for i in derivation.indices if i.name not in indices_of(at)]
    several = len(results) > 1
    return [Part(value, body, rows, derivation),
            *(Part(f"gradient_{root(r.quantity.args[1]).name}" if several else "gradient",
                   r.result, r.indices, r) for r in results)]


def _second(derivation: Derivation) -> list[Part]:
    """The value, its gradient, and the second derivatives."""
    if derivation.others or not derivation.parts:
        return _results(derivation)
    gradient = derivation.parts[0]
    return [*_derivatives(gradient),
            Part("hessian", derivation.result, derivation.indices, derivation)]


def _cost(derivation: Derivation) -> list[Part]:
    """The cost, and the field that is its gradient."""
    assert derivation.field is not None
    return [Part("cost", derivation.result, (), derivation),
            Part("gradient", derivation.field, derivation.indices, derivation)]


def _results(derivation: Derivation) -> list[Part]:
    """Every result, under the name of what it is."""
    results = (derivation, *derivation.others)
    return [Part(_name(r, len(results) > 1), r.result, r.indices, r) for r in results]


def _density(derivation: Derivation) -> list[Part]:
    return [Part("density", r.result, r.indices, r) for r in derivation.others]


def _name(result: Derivation, several: bool) -> str:
    """What a function is called: of an estimate, what is estimated."""
    word = _WORDS.get(result.goal, result.goal)
    if not several and result.goal != "mle":
        return word
    return "_".join([word, *_variables(result.quantity)])


def _variables(quantity: Basic) -> list[str]:
    """The names in a quantity: w and b of the second derivative by these."""
    if isinstance(quantity, heads.Partial):
        body, at = quantity.args
        inner = _variables(body) if isinstance(body, heads.Partial) else []
        return [*inner, str(root(at).name)]
    return [str(root(quantity).name).removeprefix("I_")]


_WORDS = {"nll": "loss", "mle": "estimate", "fisher": "information"}
_PARTS: Mapping[str, Callable[[Derivation], list[Part]]] = {
    "gradient": _derivatives, "score": _derivatives, "hessian": _second, "cost": _cost,
    "noise": _density}

