"""What the sources say of themselves: imports, circles, complexity, names, `Any`.

`python -m tests.house` prints what the tables of tests/house_exceptions.py still allow, with what
is there today.
"""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests import house_exceptions as exceptions

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "derive").rglob("*.py"))
MOST_BRANCHES = 15

Function = ast.FunctionDef | ast.AsyncFunctionDef
# Words that say of a value only that there is one; a name says what it is.
BANNED = frozenset({"found", "told", "said", "say", "one", "whole", "held", "hangs", "hanging",
                    "telling", "every", "wanted", "gone", "thing", "things"})
TERMS = {  # of mathematics, of the field, of the command line
    "held_out": "data that training does not see", "one_sided": "a limit from one side",
    "whole_number": "an integer", "save_every": "the option --save-every",
    "eval_every": "the option --eval-every",
}


@cache
def tree(path: Path) -> ast.Module:
    """A source file, parsed once."""
    return ast.parse(path.read_text(encoding="utf-8"))


def shown(path: Path) -> str:
    """The path as messages and tables write it."""
    return path.relative_to(ROOT / "derive").as_posix()


def room(path: Path) -> str:
    """The folder of `derive/` that a file lies in, or the name of a file beside them."""
    return path.relative_to(ROOT / "derive").with_suffix("").parts[0]


def module_name(path: Path) -> str:
    """The dotted name of a source file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_name(path): path for path in SOURCES}


def imported(path: Path) -> Iterator[str]:
    """The modules of `derive` that a file imports, in functions and for types alone too."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "derive":
            for alias in node.names:
                member = f"{node.module}.{alias.name}"
                yield member if member in MODULES else node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)


@cache
def graph() -> dict[str, frozenset[str]]:
    """Each module with those it imports."""
    return {name: frozenset(imported(path)) & MODULES.keys() - {name}
            for name, path in MODULES.items()}


def circles(edges: dict[str, frozenset[str]]) -> list[list[str]]:
    """The sets of modules that import each other, each as a sorted list (Tarjan)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    components: list[list[str]] = []

    def visit(node: str) -> None:
        order[node] = low[node] = len(order)
        stack.append(node)
        for successor in sorted(edges[node]):
            if successor not in order:
                visit(successor)
                low[node] = min(low[node], low[successor])
            elif successor in stack:
                low[node] = min(low[node], order[successor])
        if low[node] == order[node]:
            start = stack.index(node)
            components.append(sorted(stack[start:]))
            del stack[start:]

    for node in edges:
        if node not in order:
            visit(node)
    return sorted(c for c in components if len(c) > 1)


def named_twice() -> dict[str, list[str]]:
    """The base names of modules that stand more than once, with their files."""
    files: dict[str, list[str]] = defaultdict(list)
    for path in SOURCES:
        if path.stem != "__init__":
            files[path.stem].append(shown(path))
    return {name: places for name, places in files.items() if len(places) > 1}


def complexity(function: Function) -> int:
    """The cyclomatic complexity of a function, as radon counts it: functions in it apart."""
    return 1 + sum(map(_branches, function.body))


def _branches(node: ast.AST) -> int:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return 0
    inner = sum(map(_branches, ast.iter_child_nodes(node)))
    match node:
        case ast.Try():
            return inner + len(node.handlers) + bool(node.orelse)
        case ast.BoolOp():
            return inner + len(node.values) - 1
        case ast.If() | ast.IfExp():
            return inner + 1
        case ast.Assert():
            return 1
        case ast.Match():
            return inner + sum(getattr(c.pattern, "pattern", c) is not None for c in node.cases)
        case ast.For() | ast.While() | ast.AsyncFor():
            return inner + 1 + bool(node.orelse)
        case ast.comprehension():
            return inner + 1 + len(node.ifs)
    return inner


def functions(path: Path) -> Iterator[tuple[str, Function]]:
    """The functions of a file with their names, those of methods after that of their class."""
    def inside(node: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield prefix + child.name, child
                yield from inside(child, f"{prefix}{child.name}.")
            else:
                own = isinstance(child, ast.ClassDef)
                yield from inside(child, f"{prefix}{child.name}." if own else prefix)

    yield from inside(tree(path), "")


def complex_functions() -> dict[str, int]:
    """The functions over the limit: `file:function` with the complexity."""
    return {f"{shown(path)}:{name}": count for path in SOURCES for name, node in functions(path)
            if (count := complexity(node)) > MOST_BRANCHES}


def bound_names(path: Path) -> Iterator[tuple[str, int]]:
    """The names that a file gives: to variables, arguments, attributes, functions, classes."""
    for node in ast.walk(tree(path)):
        match node:
            case ast.Name(ctx=ast.Store()):
                yield node.id, node.lineno
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr, node.lineno
            case ast.arg():
                yield node.arg, node.lineno
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name, node.lineno
            case ast.alias(asname=str()):
                yield node.asname, node.lineno
            case ast.MatchAs(name=str()):
                yield node.name, node.lineno
    yield from ((word, 1) for word in (path.stem, *path.relative_to(ROOT).parent.parts))


def words(name: str) -> set[str]:
    """The words of an identifier, in snake or camel case."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def says_nothing(name: str) -> bool:
    """Whether an identifier has a banned word, terms of the field apart."""
    for term in TERMS:
        name = name.lower().replace(term, "") if term in name.lower() else name
    return bool(words(name) & BANNED)


def banned_names() -> dict[str, dict[str, list[str]]]:
    """By room, the names with a word that says nothing, with their places."""
    names: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in SOURCES:
        for name, line in bound_names(path):
            if says_nothing(name):
                names[room(path)][name].append(f"{shown(path)}:{line}")
    return names


def any_shares() -> dict[str, tuple[int, int]]:
    """By room, how many parameter annotations name `Any`, and how many there are."""
    counts: dict[str, Counter[bool]] = defaultdict(Counter)
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.arg) and node.annotation is not None:
                counts[room(path)]["Any" in {n.id for n in ast.walk(node.annotation)
                                             if isinstance(n, ast.Name)}] += 1
    return {name: (count[True], count.total()) for name, count in counts.items()}


def main() -> None:
    """Prints the state of the house beside its exceptions."""
    print("circles:", *(" ".join(c) for c in circles(graph())), sep="\n  ")
    print("module names that stand twice:", named_twice())
    over = complex_functions()
    print(f"functions over {MOST_BRANCHES}: {len(over)}",
          *(f"{count} {name}" for name, count in over.items()), sep="\n  ")
    print("listed, but no longer over:", *sorted(exceptions.COMPLEX.keys() - over), sep="\n  ")
    names = banned_names()
    print("banned names:", sum(len(p) for by in names.values() for p in by.values()))
    for place, by in sorted(names.items()):
        print(f"  {place}:", {name: len(places) for name, places in by.items()})
        idle = exceptions.NAMES.get(place, set()) - by.keys()
        print("    listed, but no longer there:", *sorted(idle)) if idle else None
    print("Any in parameter annotations, in percent (ceiling):")
    for place, (count, total) in sorted(any_shares().items()):
        print(f"  {place}: {count}/{total} = {100*count/total:.1f}"
              f" ({exceptions.ANY_PERCENT.get(place, 0)})")


if __name__ == "__main__":
    main()
