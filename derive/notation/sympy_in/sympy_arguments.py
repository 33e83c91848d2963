"""Objects of SymPy among the arguments of a function: text in their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sympy
from sympy.core.basic import Basic
from sympy.matrices.expressions.matexpr import MatrixElement

from derive.core.exact import exact
from derive.notation.reading.declaration_lines import declared_names, lines_of
from derive.notation.sympy_in.sympy_names import Names, Symbols, symbols_in
from derive.notation.sympy_in.sympy_ranges import array_of, check_counting, elements_in
from derive.notation.sympy_in.sympy_text import Text, unreadable


@exact
def without_sympy(arguments: Mapping[str, object]) -> tuple[dict[str, Any], list[Symbols]]:
    """The arguments as text, with declarations of what their symbols assume; and the symbols.

    What `given` declares of a name goes before what its symbol assumes. Raises DeriveError for an
    expression that cannot be read, naming the node.
    """
    formulas = [v for n, v in arguments.items() if n not in ("given", "wrt")]
    read = [v for v in formulas if isinstance(v, Basic)]
    for e in read:
        check_counting(e)
        if not isinstance(e, sympy.Expr):
            raise unreadable(e, "a formula is a number")
    made = Names(read)
    texts = {n: _text(v, made) if isinstance(v, Basic) else v for n, v in arguments.items()
             if n not in ("given", "wrt")}
    given = list(_declarations(arguments.get("given", ()), made))
    if "wrt" in arguments:
        texts["wrt"] = _variables(arguments["wrt"], made)
    own = declared_names(given)
    lines = [line for name, own_lines in made.lines.items() if name not in own
             for line in own_lines]
    return {**texts, "given": [*lines, *given]}, list(made.symbols.values())


def _text(expression: Basic, made: Names) -> str:
    return Text(made.of, made.free, made.bound).formula(expression)


def _declarations(given: object, made: Names) -> Iterator[Any]:
    """Lines, those of symbols among them."""
    if isinstance(given, Basic):
        _add(given, made)
        if isinstance(given, sympy.core.relational.Relational):
            yield _text(given, made)
        elif isinstance(given, sympy.Symbol):
            yield from made.lines.get(made.of[given], ())
        else:
            raise unreadable(given, "a declaration is a symbol, a condition or text")
    elif isinstance(given, Mapping):
        for name, kind in given.items():
            known = isinstance(name, Basic)
            if known:
                _add(name, made)
            yield f"{made.of[name] if known else name}: {kind}"
    elif isinstance(given, str):
        yield from lines_of(given)
    elif isinstance(given, (list, tuple, set)):
        for part in given:
            yield from _declarations(part, made)
    else:
        yield given  # refused by who asked


def _variables(wrt: object, made: Names) -> Any:
    """The variables as text."""
    if isinstance(wrt, (list, tuple, set)):
        return [_variables(part, made) for part in wrt]
    if not isinstance(wrt, Basic):
        return wrt
    if isinstance(wrt, (sympy.IndexedBase, sympy.MatrixSymbol)):
        return made.name(wrt)
    if not isinstance(wrt, (sympy.Symbol, sympy.Indexed, MatrixElement)):
        raise unreadable(wrt, "a variable is a symbol, an array or an element of one")
    for symbol in (*symbols_in(wrt), *map(array_of, elements_in(wrt))):
        made.name(symbol)
    return _text(wrt, made)


def _add(part: Basic, made: Names) -> None:
    """Names and declarations of what only a declaration holds."""
    more = Names([part])
    for symbol in more.of:
        if symbol not in made.of:
            made.lines.setdefault(made.name(symbol), more.lines.get(more.of[symbol], []))
