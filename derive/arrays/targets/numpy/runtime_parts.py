"""The parts of the runtime that a module needs, as text, in an order that runs."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

# What others build on.
_FIRST = ("wide_numbers", "pairs", "pair_numbers", "array_functions", "value_domains",
          "arguments")


@dataclass(frozen=True)
class Part:
    """A top-level statement of the runtime: the names it defines and those it reads.

    `kind` is import, definition, or constant.
    """

    text: str
    defines: frozenset[str]
    reads: frozenset[str]
    kind: str


@cache
def parts() -> tuple[Part, ...]:
    """Every definition of the runtime, and the imports of its files from outside."""
    collected: list[Part] = []
    for folder in ("wide", "runtime"):
        package = import_module(f"derive.arrays.{folder}")
        files = Path(str(package.__file__)).parent.glob("*.py")
        for path in sorted(files, key=lambda p: (p.stem not in _FIRST, p.stem)):
            collected += parts_of(path.read_text(encoding="utf-8"))
    return tuple(collected)


@cache
def defined_names() -> frozenset[str]:
    """All names of the runtime."""
    return frozenset().union(*(part.defines for part in parts()))


def parts_of(text: str) -> Iterable[Part]:
    """The top-level statements of a file that is printed."""
    lines = text.split("\n")
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                ("derive.", "__future__")):
            continue
        if isinstance(node, ast.Expr):
            continue
        first = node.lineno
        while first > 1 and lines[first - 2].startswith("#"):
            first -= 1
        kind = "import" if isinstance(node, (ast.Import, ast.ImportFrom)) else \
            "definition" if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else "constant"
        yield Part("\n".join(lines[first - 1:node.end_lineno]), _defined(node), _read(node), kind)


def _defined(node: ast.stmt) -> frozenset[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return frozenset({node.name})
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return frozenset((a.asname or a.name).partition(".")[0] for a in node.names)
    targets = node.targets if isinstance(node, ast.Assign) else \
        [node.target] if isinstance(node, ast.AnnAssign) else []
    return frozenset(n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name))


def _read(node: ast.AST) -> frozenset[str]:
    """The names that code reads of the module around it; a function's own ones are none."""
    if isinstance(node, ast.Module):
        return frozenset().union(*map(_read, node.body))
    parts = list(ast.walk(node))
    own = {n.arg for n in parts if isinstance(n, ast.arg)} | {
        n.id for n in parts if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)} \
        if isinstance(node, ast.FunctionDef) else set()
    return frozenset(n.id for n in parts if isinstance(n, ast.Name)) - own


def needed(text: str, available: Sequence[Part] = ()) -> tuple[list[str], list[str]]:
    """The imports and the definitions that the code in `text` rests on, in order.

    They are taken from the runtime, unless others are given.
    """
    names = set(_read(ast.parse(text)))
    available = available or parts()
    chosen: set[int] = set()
    grew = True
    while grew:
        grew = False
        for place, part in enumerate(available):
            if place not in chosen and part.defines & names:
                chosen.add(place)
                names |= part.reads
                grew = True
    imports = sorted({available[n].text for n in chosen if available[n].kind == "import"})
    functions = {n for part in available if part.kind == "definition" for n in part.defines}

    def turn(place: int) -> tuple[bool, int]:  # constants that are computed come last
        part = available[place]
        return part.kind == "constant" and bool(part.reads & functions), place

    ordered = sorted(chosen, key=turn)
    return imports, [available[n].text for n in ordered if available[n].kind != "import"]
