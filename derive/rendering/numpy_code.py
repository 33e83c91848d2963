"""Formulas as plain Python with NumPy, for the check cells of notebooks.

The notation is an expression of Python already; what is printed here are the few definitions
under which it runs: dimensions that can be run through, sums over an index, and functions.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence

from derive.functions.records import standard_functions

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
    "softmax": "def softmax(values):\n    e = np.exp(listed(values) - np.max(listed(values)))\n"
               "    return e / np.sum(e)",
    "logsumexp": "def logsumexp(values):\n    v = listed(values)\n"
                 "    return np.max(v) + np.log(np.sum(np.exp(v - np.max(v))))",
    "sigmoid": "def sigmoid(u):\n    return 1 / (1 + np.exp(-u))",
    "softplus": "def softplus(u):\n    return np.logaddexp(0, u)",
    "norm": "def norm(values):\n    return np.sqrt(np.sum(listed(values)**2))",
    "dot": "def dot(a, b):\n    return np.sum(listed(a) * listed(b))",
    "phi": "def phi(u):\n    return np.exp(-u**2 / 2) / np.sqrt(2 * np.pi)",
    "coth": "def coth(u):\n    return 1 / np.tanh(u)",
    "besseli0": "besseli0 = np.i0",
    "pi": "pi = np.pi",
    "euler_gamma": "euler_gamma = np.euler_gamma",
    "sqrt": "sqrt = np.sqrt",
    "median": "def median(values):\n    return np.median(listed(values))",
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


def runnable(formula: str) -> None:
    """Raises NotRunnable for a formula with an integral, an expected value, or the like."""
    functions = {node.func.id for node in ast.walk(ast.parse(formula, mode="eval"))
                 if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    wrong = functions - {*HELPERS, *_PLAIN, *standard_functions()} | functions & {*UNEVALUATED}
    if wrong:
        raise NotRunnable(min(wrong))


def can_run(formula: str) -> bool:
    """Whether NumPy has all that a formula calls."""
    try:
        runnable(formula)
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


def prelude(formulas: Sequence[str], own: Iterable[str], sizes: Iterable[str]) -> list[str]:
    """The definitions under which formulas run; `own` are their own names.

    Raises NotRunnable for a function that is neither NumPy's nor mpmath's.
    """
    used = set().union(*map(called, formulas)) - {*own} - {*_PLAIN}
    sizes = list(sizes)
    used -= {*sizes}
    bound = set().union(*map(_bound, formulas))
    strange = {n for n in used - bound if not _is_function(n)}
    if strange:
        raise NotRunnable(min(strange))
    lines = ["import numpy as np"]
    bodies = {name: _definition(name) for name in sorted(used) if _is_function(name)}
    if any("mpmath" in body for body in bodies.values()):
        lines.append("import mpmath")
    if any("listed(" in body for body in bodies.values()):
        lines += ["", _LISTED]
    if sizes:
        lines += ["", _SIZE]
    short = [body for body in bodies.values() if "\n" not in body]
    lines += ["", *short] if short else []
    for body in bodies.values():
        if "\n" in body:
            lines += ["", body]
    return lines


def _is_function(name: str) -> bool:
    return name in HELPERS or name in standard_functions()


def _definition(name: str) -> str:
    if name in HELPERS:
        return HELPERS[name]
    function = standard_functions()[name]
    if function.numpy.startswith("np.") and "{0}" not in function.numpy:
        return f"{name} = {function.numpy}"
    names = ", ".join(a.partition("[")[0] for a in function.arguments)
    if function.definition and "[" not in "".join(function.arguments):
        body = f"def {name}({names}):\n    return {function.definition}"
        inner = called(function.definition) - {*names.split(", "), *_PLAIN}
        return "\n".join([*(_definition(n) for n in sorted(inner)), body])
    import mpmath

    if not hasattr(mpmath, function.evaluate or "?"):
        raise NotRunnable(name)
    values = ", ".join(f"float({n})" for n in names.split(", "))
    return f"def {name}({names}):\n    return float(mpmath.{function.evaluate}({values}))"


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
