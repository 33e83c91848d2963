"""Variables that are called as functions of the code around them are, renamed where it is printed.

A variable may be called `range` or `exp`, and code with it may call the function of that name.
What is called there is the function, everything else the variable.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

_CUT = "\n# another cell\n"


def with_own_names(codes: Sequence[str], variables: Iterable[str]) -> list[str]:
    """Pieces of code that run one after another, in which no variable hides a function of theirs.

    A variable that would is renamed in all of them.
    """
    code = _CUT.join(codes)
    for name in sorted(set(variables)):
        tree = ast.parse(code)
        functions = _functions(tree)
        if name not in {n.id for n in functions if isinstance(n, ast.Name)}:
            continue
        taken = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        own = next(o for o in (f"{name}{'_' * n}" for n in range(1, 99)) if o not in taken)
        apart = set(map(id, functions))
        code = _renamed(code, name, own, [
            n for n in ast.walk(tree) if id(n) not in apart and (
                (isinstance(n, ast.Name) and n.id == name) or (isinstance(n, ast.arg)
                and n.arg == name))])
    return code.split(_CUT)


def _renamed(code: str, name: str, own: str, nodes: Iterable[ast.Name | ast.arg | ast.AST]) -> str:
    lines = [line.encode() for line in code.split("\n")]  # columns of the tree count bytes
    places = {(n.lineno - 1, n.col_offset) for n in nodes if isinstance(n, (ast.Name, ast.arg))}
    for line, start in sorted(places, reverse=True):
        text = lines[line]
        lines[line] = text[:start] + own.encode() + text[start + len(name.encode()):]
    return b"\n".join(lines).decode()


def _functions(tree: ast.AST) -> list[ast.AST]:
    """The nodes that stand for functions and types, and what f-strings hold."""
    nodes: list[ast.AST] = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="map"), args=[first, *_]):
                nodes += [node.func, first]
            case ast.Call(func=ast.Name(id="isinstance"), args=[_, kinds]):
                nodes += [node.func, *ast.walk(kinds)]
            case ast.Call(func=func):
                nodes.append(func)
            case ast.keyword(arg="dtype", value=value):
                nodes.append(value)
            case ast.ClassDef(bases=bases):
                nodes += bases
            case ast.Assign(targets=targets, value=ast.Attribute() | ast.Lambda()):
                nodes += targets
            case ast.JoinedStr():  # its places are not those of the text
                nodes += ast.walk(node)
    return nodes
