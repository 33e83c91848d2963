"""Formulas as plain Python with NumPy, for the check cells of notebooks.

The notation is an expression of Python already; what is printed here are the few definitions
under which it runs: dimensions that can be run through, sums over an index, and functions.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence

from derive.functions.function_records import Function, FunctionTable, standard_functions

_SIZE = '''class Size(int):
    """A dimension: a number, and the index values 0, 1, … below it."""
    def __iter__(self):
        return iter(range(int(self)))'''
_LISTED = '''def listed(values):
    return np.array(list(values) if hasattr(values, "__next__") else values, dtype=float)'''
HELPERS = {
    "sum": "def sum(values):\n    return np.sum(listed(values))",
    "prod": "def prod(values):\n    return np.prod(listed(values))",
    "mean": "def mean(values):\n    return np.mean(listed(values))",
    "argmax": "def argmax(values):\n    return int(np.argmax(listed(values)))",
    "delta": "def delta(i, j):\n    return float(i == j)",
    "pi": "pi = np.pi",
    "euler_gamma": "euler_gamma = np.euler_gamma",
}
_PLAIN = ("abs", "max", "min")  # Python's own
UNEVALUATED = ("d", "integral", "total", "expect", "root")
_DRAWS = {
    "real": "rng.normal(size={shape})", "positive": "rng.uniform(0.5, 2, size={shape})",
    "nonnegative": "rng.uniform(0.5, 2, size={shape})",
    "negative": "-rng.uniform(0.5, 2, size={shape})",
    "probability": "rng.uniform(0.1, 0.9, size={shape})",
    "integer": "rng.integers(-3, 4, size={shape})", "count": "rng.integers(0, 5, size={shape})",
    "binary": "rng.integers(0, 2, size={shape})", "label": "rng.integers({over}, size={shape})",
    "simplex": "rng.dirichlet(np.ones({over}), size={shape})",
    "onehot": "np.eye({over})[rng.integers({over}, size={shape})]",
}
_DECLARED = re.compile(r"(\w+)\s*(?:\(([^)]*)\))?\s*(?:\[(.*)\])?\Z")
_SIZES = (3, 4, 2, 5, 6)


class NotRunnable(Exception):  # not of the DeriveError family: it never leaves the room
    """A formula holds what plain NumPy has no function for; the message names it."""


def runnable(formula: str, known: FunctionTable | None = None) -> None:
    """Raises NotRunnable for a formula with an integral, an expected value, or the like."""
    functions = {node.func.id for node in ast.walk(ast.parse(formula, mode="eval"))
                 if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    every = {*HELPERS, *_PLAIN, *(known or standard_functions())}
    wrong = functions - every | functions & {*UNEVALUATED}
    if wrong:
        raise NotRunnable(min(wrong))


def can_run(formula: str, known: FunctionTable | None = None) -> bool:
    """Whether NumPy has all that a formula calls."""
    try:
        runnable(formula, known)
    except NotRunnable:
        return False
    return True


def called(formula: str) -> set[str]:
    """The names that a formula uses: of functions and of constants."""
    return {node.id for node in ast.walk(ast.parse(formula, mode="eval"))
            if isinstance(node, ast.Name)}


def _bound(formula: str) -> set[str]:
    """The letters of the indices that run inside a formula."""
    return {target.id for node in ast.walk(ast.parse(formula, mode="eval"))
            if isinstance(node, ast.comprehension) for target in ast.walk(node.target)
            if isinstance(target, ast.Name)}


def prelude(formulas: Sequence[str], own: Iterable[str], sizes: Iterable[str],
            known: FunctionTable | None = None) -> list[str]:
    """The definitions under which formulas run; `own` are their own names.

    Raises NotRunnable for a function that is neither NumPy's nor mpmath's.
    """
    functions = known or standard_functions()
    used = set().union(*map(called, formulas)) - {*own} - {*_PLAIN}
    sizes = list(sizes)
    used -= {*sizes}
    bound = set().union(*map(_bound, formulas))
    strange = {n for n in used - bound if n not in HELPERS and n not in functions}
    if strange:
        raise NotRunnable(min(strange))
    lines = ["import numpy as np"]
    needed = {n for n in used if n in HELPERS or n in functions}
    bodies = {name: _definition(name, functions) for name in _rests_on(needed, functions)}
    if any("mpmath" in body for body in bodies.values()):
        lines.append("import mpmath")
    if any("listed(" in body for body in bodies.values()):
        lines += ["", _LISTED]
    if sizes or any(" Size(" in body for body in bodies.values()):
        lines += ["", _SIZE]
    short = [body for body in bodies.values() if "\n" not in body]
    lines += ["", *short] if short else []
    for body in bodies.values():
        if "\n" in body:
            lines += ["", body]
    return lines


def _is_numpy(function: Function) -> bool:
    """Whether a function is just another name of one of NumPy's."""
    return function.numpy.startswith("np.") and "{0}" not in function.numpy


def _rests_on(names: set[str], functions: FunctionTable) -> list[str]:
    """The functions that are called, and those that their definitions call."""
    found: set[str] = set()
    new = names
    while new:
        found |= new
        texts = [functions[n].definition for n in new if n in functions
                 and not _is_numpy(functions[n]) and not functions[n].evaluate]
        new = {n for text in texts for n in called(text)
               if n in HELPERS or n in functions} - found - {*_PLAIN}
    return sorted(found)


def _definition(name: str, functions: FunctionTable) -> str:
    """The code of a function: NumPy's, that of its definition, or mpmath's."""
    if name in HELPERS:
        return HELPERS[name]
    function = functions[name]
    names = ", ".join(function.parameters)
    if _is_numpy(function):
        return f"def {name}({names}):\n    return {function.numpy}(listed({names}))" \
            if function.takes_vector else f"{name} = {function.numpy}"
    if not function.evaluate:
        body = function.definition
        if function.vector_valued:
            body = f"np.array([{body} for i in {function.dimension}])"
        lines = [f"def {name}({names}):"]
        if function.takes_vector:
            lines += [f"    {p} = listed({p})" for p in function.parameters]
            lines.append(f"    {function.dimension} = Size(len({function.parameters[0]}))")
        return "\n".join([*lines, f"    return {body}"])
    text = function.evaluate
    if text.isidentifier():
        text = f"{text}({names})"
    for parameter in function.parameters:
        text = re.sub(rf"\b{parameter}\b", f"float({parameter})", text)
    text = re.sub(r"\b(?!float\()(\w+)\(", r"mpmath.\1(", text)
    return f"def {name}({names}):\n    return float({text})"


def sizes_of(given: Iterable[str]) -> list[str]:
    """The letters of the dimensions in declarations."""
    found: dict[str, None] = {}
    for line in given:
        if ":" in line:
            kind = _DECLARED.match(line.partition(":")[2].strip())
            for part in (kind.group(2), kind.group(3)) if kind else ():
                found |= dict.fromkeys(p.strip() for p in (part or "").split(",")
                                       if p.strip().isidentifier())
    return list(found)


def size_lines(letters: Iterable[str], least: int = 0) -> list[str]:
    """Lines that give every dimension a small size of its own, or the `least`."""
    return [f"{letter} = Size({max(_SIZES[n % len(_SIZES)], least)})"
            for n, letter in enumerate(letters)]


def draw(line: str, shaped: tuple[str, ...] = ()) -> list[str]:
    """Lines that draw random values of the declared names.

    Raises NotRunnable for an unknown function, or a quantity.
    """
    names, _, kind = (part.strip() for part in line.partition(":"))
    found = _DECLARED.match(kind)
    if found is None or found.group(1) not in _DRAWS:
        raise NotRunnable(kind)
    domain, over, shape = found.groups()
    axes = [a.strip() for a in (shape or "").split(",") if a.strip()]
    size = "()" if not axes else axes[0] if len(axes) == 1 else f"({', '.join(axes)})"
    code = _DRAWS[domain].format(shape=size, over=over)
    if not axes:
        code = re.sub(r"(, )?size=\(\)", "", code)
    return [f"{name.strip()} = {code}" for name in names.split(",")]
