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
HELPERS |= {name: f"{name} = np.{name}" for name in (
    "trace", "diag", "outer", "inner", "vdot", "eye", "transpose")}
HELPERS |= {
    "solve": "def solve(a, b):\n    a, b = listed(a), listed(b)\n"
             "    return np.linalg.solve(a.reshape(2 * (len(b),)), b)",
    "dot": "def dot(a, b):\n    a, b = listed(a), listed(b)\n"
           "    return np.sum(a * b) if a.shape == b.shape else a @ b",
    "ones": "def ones(*shape):\n    return np.ones([int(n) for n in shape])",
    "zeros": "def zeros(*shape):\n    return np.zeros([int(n) for n in shape])"}
HELPERS |= {name: f"def {name}(*values):\n    return np.{name}(listed(values[0])) "
                  f"if len(values) == 1 else np.{name}imum(*values)" for name in ("max", "min")}
_PLAIN = ("abs",)  # Python's own
_BY_ELEMENT = "@np.vectorize"  # of the functions that are no NumPy's
UNEVALUATED = ("d", "integral", "total", "expect", "root")
_DRAWS = {
    "real": "rng.normal(size={shape})", "positive": "rng.uniform(0.5, 2, size={shape})",
    "nonnegative": "rng.uniform(0.5, 2, size={shape})",
    "negative": "-rng.uniform(0.5, 2, size={shape})",
    "probability": "rng.uniform(0.1, 0.9, size={shape})",
    "integer": "rng.integers(-3, 4, size={shape})", "count": "rng.integers(0, 5, size={shape})",
    "binary": "rng.integers(0, 2, size={shape})", "label": "rng.integers({over}, size={shape})",
    "simplex": "rng.dirichlet(np.ones({over}), size={shape})",
    "symmetric": "(lambda a: a + np.swapaxes(a, -1, -2))(rng.normal(size={shape}))",
    "spd": "(lambda a: a @ np.swapaxes(a, -1, -2) + np.eye(a.shape[-1]))(rng.normal(size={shape}))",
    "lower": "np.tril(rng.normal(size={shape}))",
    "diagonal": "rng.normal(size={shape}) * np.eye(({shape})[-1])",
    "onehot": "np.eye({over})[rng.integers({over}, size={shape})]",
}
_DECLARED = re.compile(r"(\w+)\s*(?:\(([^)]*)\))?\s*(?:\[(.*)\])?\Z")
_SIZES = (3, 4, 2, 5, 6)


class NotRunnable(Exception):  # not of the DeriveError family: it never leaves the room
    """A formula holds what plain NumPy has no function for; the message names it."""


def runnable(formula: str, known: FunctionTable | None = None) -> None:
    """Raises NotRunnable for a formula with an integral, an expected value, or the like."""
    functions = called_functions(formula)
    unknown = functions - {*HELPERS, *_PLAIN, *(known or standard_functions())}
    unknown |= functions & {*UNEVALUATED}
    if unknown:
        raise NotRunnable(min(unknown))


def can_run(formula: str, known: FunctionTable | None = None) -> bool:
    """Whether NumPy has all that a formula calls."""
    try:
        runnable(formula, known)
    except NotRunnable:
        return False
    return True


def called_functions(formula: str) -> set[str]:
    """The names that a formula calls."""
    return {node.func.id for node in ast.walk(ast.parse(formula, mode="eval"))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def called(formula: str) -> set[str]:
    """The names that a formula uses: of functions and of constants."""
    return {node.id for node in ast.walk(ast.parse(formula, mode="eval"))
            if isinstance(node, ast.Name)}


def _bound(formula: str) -> set[str]:
    """The letters of the indices that run inside a formula."""
    return {target.id for node in ast.walk(ast.parse(formula, mode="eval"))
            if isinstance(node, ast.comprehension) for target in ast.walk(node.target)
            if isinstance(target, ast.Name)}


def prelude(formulas: Sequence[str], own: Iterable[str], sizes: Sequence[str],
            known: FunctionTable | None = None) -> list[str]:
    """The definitions under which formulas run; `own` are their own names.

    Raises NotRunnable for a function that is neither NumPy's nor mpmath's.
    """
    functions = known or standard_functions()
    names = set().union(*map(called, formulas)) - {*own, *sizes, *_PLAIN}
    needed = {name for name in names if name in HELPERS or name in functions}
    unknown = names - needed - set().union(*map(_bound, formulas))
    if unknown:
        raise NotRunnable(min(unknown))
    return _code([_definition(name, functions) for name in _rests_on(needed, functions)], sizes)


def _code(bodies: Sequence[str], sizes: Sequence[str]) -> list[str]:
    """Imports, the helpers that definitions and sizes need, and the definitions."""
    calls = "\n".join(bodies)
    lines = ["import numpy as np", *(["import mpmath"] if "mpmath" in calls else [])]
    if "listed(" in calls:
        lines += ["", _LISTED]
    if sizes or " Size(" in calls:
        lines += ["", _SIZE]
    short = [body for body in bodies if "\n" not in body]
    lines += ["", *short] if short else []
    return lines + [line for body in bodies if "\n" in body for line in ("", body)]


def _is_numpy(function: Function) -> bool:
    """Whether a function is just another name of one of NumPy's."""
    return function.numpy.startswith("np.") and "{0}" not in function.numpy


def _rests_on(names: set[str], functions: FunctionTable) -> list[str]:
    """The functions that are called, and those that their definitions call."""
    known: set[str] = set()
    new = names
    while new:
        known |= new
        texts = [functions[n].definition for n in new if n in functions
                 and not _is_numpy(functions[n]) and not functions[n].evaluate]
        new = {n for text in texts for n in called(text)
               if n in HELPERS or n in functions} - known - {*_PLAIN}
    return sorted(known)


def _definition(name: str, functions: FunctionTable) -> str:
    """The code of a function: NumPy's, that of its definition, or mpmath's."""
    if name in HELPERS:
        return HELPERS[name]
    function = functions[name]
    if function.takes_matrix:
        code = function.numpy if "{0}" in function.numpy else f"{function.numpy}({{0}})"
        return (f"def {name}(values):\n    a = listed(values)\n"
                f"    a = a.reshape(2 * (int(a.size**0.5 + 0.5),))\n    return {code.format('a')}")
    names = ", ".join(function.parameters)
    if _is_numpy(function):
        return f"def {name}({names}):\n    return {function.numpy}(listed({names}))" \
            if function.takes_vector else f"{name} = {function.numpy}"
    if not function.evaluate:
        body = function.definition
        if function.vector_valued:
            body = f"np.array([{body} for i in {function.dimension}])"
        lines = [f"def {name}({names}):"]
        if not function.takes_vector:
            lines.insert(0, _BY_ELEMENT)
        else:
            lines += [f"    {p} = listed({p})" for p in function.parameters]
            lines.append(f"    {function.dimension} = Size(len({function.parameters[0]}))")
        return "\n".join([*lines, f"    return {body}"])
    text = function.evaluate
    if text.isidentifier():
        text = f"{text}({names})"
    for parameter in function.parameters:
        text = re.sub(rf"\b{parameter}\b", f"float({parameter})", text)
    text = re.sub(r"\b(?!float\()(\w+)\(", r"mpmath.\1(", text)
    return f"{_BY_ELEMENT}\ndef {name}({names}):\n    return float({text})"


def declarations_in(given: Iterable[str]) -> list[str]:
    """The lines that declare names, without conditions."""
    return [line for line in given if ":" in line]


def declared_names(given: Iterable[str]) -> list[str]:
    """The names that are declared."""
    return [name.strip() for line in declarations_in(given)
            for name in line.partition(":")[0].split(",")]


def declared_shapes(given: Iterable[str]) -> dict[str, list[str]]:
    """The declared names, each with what its subscripts run over."""
    shapes: dict[str, list[str]] = {}
    for line in declarations_in(given):
        names, _, kind = line.partition(":")
        match = _DECLARED.match(kind.strip())
        axes = (match and match.group(3)) or ""
        for name in names.split(","):
            shapes[name.strip()] = [axis.strip() for axis in axes.split(",") if axis.strip()]
    return shapes


def sizes_of(given: Iterable[str]) -> list[str]:
    """The letters of the dimensions in declarations."""
    kinds = (_DECLARED.match(line.partition(":")[2].strip()) for line in declarations_in(given))
    parts = (part for kind in kinds if kind for group in kind.group(2, 3)
             for part in (group or "").split(","))
    return list(dict.fromkeys(part.strip() for part in parts if part.strip().isidentifier()))


def size_lines(letters: Iterable[str], least: int = 0) -> list[str]:
    """Lines that give every dimension a small size of its own, or the `least`."""
    return [f"{letter} = Size({max(_SIZES[n % len(_SIZES)], least)})"
            for n, letter in enumerate(letters)]


def draw(line: str) -> list[str]:
    """Lines that draw random values of the declared names.

    Raises NotRunnable for an unknown function, or a quantity.
    """
    names, _, kind = (part.strip() for part in line.partition(":"))
    match = _DECLARED.match(kind)
    if match is None or match.group(1) not in _DRAWS:
        raise NotRunnable(kind)
    domain, over, shape = match.groups()
    axes = [a.strip() for a in (shape or "").split(",") if a.strip()]
    size = axes[0] if len(axes) == 1 else f"({', '.join(axes)})"
    code = _DRAWS[domain].format(shape=size, over=over)
    if not axes:
        code = re.sub(r"(, )?size=\(\)", "", code)
    return [f"{name.strip()} = {code}" for name in names.split(",")]
