r"""Variables and intermediates in LaTeX: `\hat y^{(t)}_i` is `y_hat[t, i]`."""

from __future__ import annotations

import re

from derive.errors import NotationError
from derive.notation.latex_in import tree
from derive.notation.latex_in.latex_reader import defined_line
from derive.notation.latex_in.latex_sides import read_side
from derive.notation.latex_in.names import Names
from derive.notation.latex_in.statements import read_display
from derive.notation.latex_in.token_records import fail
from derive.notation.latex_in.translate import translator
from derive.notation.reading.scope import Scope

_IN_NOTATION = re.compile(r"\s*[^\W\d]\w*\s*(\[[^{}\\]*\]\s*)?\Z")
_LETTERS = "ijklmnpqrs"


def read_latex_variable(text: str, scope: Scope, first: int | None = None) -> str:
    """A variable in LaTeX in the notation; one in the notation stays as it is.

    A row of an array is every element of it: h_t is h[t, j].
    Raises NotationError for what is no variable.
    """
    if is_in_notation(text, scope):
        return text
    names, node = _name(text, scope)
    names.scope.free_indices = True
    reader = translator(names, first)
    if isinstance(node, tree.Scripted) and node.power is not None:
        plain = text[node.start : node.base.end]
        raise fail(text, node.start, node.end, f"a power is no variable; take {plain}, or give the "
                   "power a name of its own, with a declaration, and write the formula with it")
    written = reader.value(node)
    if not written.text.endswith("]"):
        return written.text
    letters = (x for x in _LETTERS if x not in names.scope.names and x not in names.free)
    more = [next(letters) for _ in written.shape]
    return f"{written.text[:-1]}{''.join(f', {x}' for x in more)}]"


def read_latex_intermediate(text: str, scope: Scope, first: int | None = None) -> str:
    """An intermediate in LaTeX, `p` or `p_k = …`, in the notation; one in it stays as it is."""
    if "=" not in text:
        if is_in_notation(text, scope):
            return text
        names, node = _name(text, scope)
        below = node.below if isinstance(node, tree.Scripted) else ()
        base = node.base if isinstance(node, tree.Scripted) else node
        assert isinstance(base, tree.Symbol)
        return names.resolve(base, below)[0]
    left = text.partition("=")[0]
    if is_in_notation(left, scope) and "\\" not in text and "_" not in left:
        return text
    return defined_line(text, scope, first)


def is_in_notation(text: str, scope: Scope) -> bool:
    """Whether a variable is written in the notation: a declared name, or `o[i]`."""
    match = _IN_NOTATION.match(text)
    return match is not None and (match.group(1) is not None or text.strip() in scope.names
                                  or "_" not in text)


def _name(text: str, scope: Scope) -> tuple[Names, tree.Node]:
    """The tree of a letter with its scripts."""
    names = Names(text, scope.copy())
    statements = read_display(text).statements
    sides = statements[0].sides
    if len(statements) > 1 or len(sides) > 1:
        raise NotationError("one variable was expected, such as o_i", text, 1)
    node = read_side(text, sides[0], names.questions())
    base = node.base if isinstance(node, tree.Scripted) else node
    if not isinstance(base, tree.Symbol):
        raise fail(text, node.start, node.end, "a variable was expected: a letter, perhaps with "
                   "subscripts, such as o_i")
    return names, node
