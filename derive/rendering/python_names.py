"""Variables that are called as functions of the code around them are, renamed where it is printed.

A variable may be called `range` or `exp`, and code with it may call the function of that name.
What is called there is the function, everything else the variable.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

_CUT = "\n# another cell\n"
_BRACES = re.compile(r"\{[^{}]*\}")
Span = tuple[int, int]  # of a text in bytes, as the columns of a tree are counted


def with_own_names(codes: Sequence[str], variables: Iterable[str]) -> list[str]:
    """Pieces of code that run one after another, in which no variable hides a function of theirs.

    A variable that would is renamed in all of them.
    """
    code = _CUT.join(codes)
    for name in sorted(set(variables)):
        tree = ast.parse(code)
        functions = _functions(tree)
        if any(isinstance(node, ast.Name) and node.id == name for node in functions):
            taken = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            own = next(o for o in (f"{name}{'_' * n}" for n in range(1, 99)) if o not in taken)
            code = _renamed(code, tree, name, own, functions)
    return code.split(_CUT)


def _renamed(code: str, tree: ast.AST, name: str, own: str, functions: Sequence[ast.AST]) -> str:
    """The code with another name for a variable, not for the nodes that stand for functions."""
    text, starts = code.encode(), [0]
    for line in text.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    formatted = [(_span(node, starts), node) for node in ast.walk(tree)
                 if isinstance(node, ast.JoinedStr)]
    within = {id(part) for _, node in formatted for part in ast.walk(node)}
    apart = within | set(map(id, functions))
    places = [_span(node, starts) for node in _variables(tree, name) if id(node) not in apart]
    changes = dict.fromkeys(places, own)
    word = re.compile(rf"\b{name}\b(?!\s*\()")
    for place, _ in formatted:  # the places of what such a text holds are not those of the code
        content = text[slice(*place)].decode()
        changes[place] = _BRACES.sub(lambda braces: word.sub(own, braces[0]), content)
    for place in sorted(changes, reverse=True):
        text = text[:place[0]] + changes[place].encode() + text[place[1]:]
    return text.decode()


def _span(node: ast.expr | ast.arg, starts: Sequence[int]) -> Span:
    end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
    start = starts[node.lineno - 1] + node.col_offset
    return start, start + len(node.arg.encode()) if isinstance(node, ast.arg) else end


def _variables(tree: ast.AST, name: str) -> Iterator[ast.Name | ast.arg]:
    for node in ast.walk(tree):
        if (isinstance(node, ast.Name) and node.id == name) or (
                isinstance(node, ast.arg) and node.arg == name):
            yield node


def _functions(tree: ast.AST) -> list[ast.AST]:
    """The nodes that stand for functions and types."""
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
            case ast.Assign(targets=targets, value=ast.Attribute(value=ast.Name(id="np"))):
                nodes += targets
    return nodes
