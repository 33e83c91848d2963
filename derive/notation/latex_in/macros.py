r"""Functions that a text defines, `h_\theta(x) = …`, put in where they are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from derive.errors import NotationError
from derive.notation.latex_in import tree
from derive.notation.latex_in.latex_counts import bound_symbols
from derive.notation.latex_in.token_records import fail

_DEEPEST = 20  # definitions within definitions
_LETTERS = "ijklmnpqrsabcduvw"


@dataclass(frozen=True)
class Macro:
    """A function by its parameters and its value."""

    parameters: tree.Nodes
    body: tree.Node


def expanded(text: str, node: tree.Node, macros: Mapping[object, Macro], depth: int = 0,
             ) -> tree.Node:
    """The part with every call of a defined function replaced by its value.

    Raises NotationError where the arguments do not fit, or a function calls itself.
    """
    def change(part: tree.Node) -> tree.Node | None:
        if not isinstance(part, tree.Call) or tree.form(part.base) not in macros:
            return None
        if depth >= _DEEPEST:
            raise fail(text, part.start, part.end, "this is defined by itself")
        macro = macros[tree.form(part.base)]
        arguments = tuple(expanded(text, a, macros, depth + 1) for a in part.arguments)
        body = _applied(text, part, macro, arguments)
        return tree.Bracket(part.start, part.end, "(", (
            expanded(text, body, macros, depth + 1),))

    return tree.rebuilt(node, change)


def _applied(text: str, call: tree.Call, macro: Macro, arguments: tree.Nodes) -> tree.Node:
    """The value of a function with its arguments in place of its parameters."""
    if len(arguments) != len(macro.parameters):
        raise fail(text, call.start, call.end, f"this takes {len(macro.parameters)} arguments "
                   f"where it is defined, and {len(arguments)} here")
    there: dict[object, tree.Node] = {}
    for parameter, argument in zip(macro.parameters, arguments, strict=True):
        if tree.form(parameter) != tree.form(argument):
            _fit(text, parameter, argument, there)
    taken = {part.names for a in there.values() for part in a.walk()
             if isinstance(part, tree.Symbol)}
    return _with(_renamed(macro.body, taken, text), there)


def _fit(text: str, parameter: tree.Node, argument: tree.Node,
         there: dict[object, tree.Node]) -> None:
    """Notes what stands for a parameter; of `x^{(i)}` it is the index that may differ."""
    if isinstance(parameter, tree.Symbol):
        there[tree.form(parameter)] = argument
        return
    if isinstance(parameter, tree.Scripted) and isinstance(argument, tree.Scripted) and \
            tree.form(parameter.base) == tree.form(argument.base):
        pairs = list(zip(parameter.children(), argument.children(), strict=False))[1:]
        if len(list(parameter.children())) == len(list(argument.children())) and all(
                isinstance(a, tree.Symbol) for a, _ in pairs):
            there.update({tree.form(a): b for a, b in pairs})
            return
    raise fail(text, argument.start, argument.end, "this is not the argument that the definition "
               f"has, {text[parameter.start : parameter.end]}, nor fits it")


def _with(body: tree.Node, there: Mapping[object, tree.Node]) -> tree.Node:
    """The body with parts in place of symbols, in brackets where they are more than a symbol."""
    def change(part: tree.Node) -> tree.Node | None:
        argument = there.get(tree.form(part)) if isinstance(part, tree.Symbol) else None
        if argument is None or isinstance(argument, (tree.Symbol, tree.Scripted, tree.Bracket)):
            return argument
        return tree.Bracket(argument.start, argument.end, "(", (argument,))

    return tree.rebuilt(body, change)


def _renamed(body: tree.Node, taken: set[tuple[str, ...]], text: str) -> tree.Node:
    """The body with other letters for indices that it binds and that arguments name too."""
    def change(part: tree.Node) -> tree.Node | None:
        clashes = [s for s in bound_symbols(part) if s.names in taken] \
            if isinstance(part, tree.Big) else []
        if not clashes:
            return None
        names = {n for p in body.walk() if isinstance(p, tree.Symbol) for n in p.names}
        letters = [x for x in _LETTERS if x not in names and (x,) not in taken]
        if len(letters) < len(clashes):
            raise NotationError("too many letters are in use here", text, part.start + 1)
        there: dict[object, tree.Node] = {
            tree.form(symbol): replace(symbol, names=(letter,), sign=letter)
            for symbol, letter in zip(clashes, letters, strict=False)}
        return _renamed(_with(part, there), taken, text)

    return tree.rebuilt(body, change)
