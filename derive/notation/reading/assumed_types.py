"""Declarations for names that a text leaves undeclared, as their use decides them.

`x: real`, `o: real[K]`, `y: label(K)`: lines as a user would have typed them. What the use does
not decide is asked for by name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from derive.errors import NotationError
from derive.functions.function_records import FunctionTable
from derive.notation.reading.doubtful_names import (
    check_counts,
    check_element,
    check_name,
    check_sources,
    check_transposes,
)
from derive.notation.reading.scope import RESERVED, Scope
from derive.notation.reading.syntax import CONSTANTS, EULER, column, read
from derive.notation.reading.undeclared_axes import Use, name_axes
from derive.notation.reading.undeclared_uses import Uses
from derive.notation.reading.written_formulas import Formula, missing_ranges, ranges_of, runs

_DECLARATION = re.compile(r"\s*[^\W\d]\w*(\s*,\s*[^\W\d]\w*)*\s*:(?!=)")
_DEFINITION = re.compile(r"\s*([^\W\d]\w*)\s*(?:\[([\w\s,]*)\]\s*)?=(?!=)")
_SUBSCRIPTED = re.compile(r"\s*(\w+)\s*\[(.*)\]\s*\Z", re.S)
_RANGE = re.compile(r"\bfor\s+(\w+)\s+in\s+(\w+)")
_RANGES = re.compile(r"(?:\s+for\s+\w+\s+in\s+\w+)+\s*\Z")
_PASSES = 6  # the longest chain of names that settle one another
_NEAR = 0.7


def assumed_lines(lines: Iterable[str], stated: Iterable[str], functions: FunctionTable,
                  wrt: str = "") -> tuple[str, ...]:
    """Declarations of the names that lines of a text use, and nothing declares.

    `stated` are the lines given with it, declarations and conditions; `wrt` is the variable as
    typed, whose subscripts tell its axes. Text that cannot be read is left to the parser, but
    where lines before it have names whose use it may decide: these are not at fault. Raises
    NotationError for such text, and where the use does not decide a type.
    """
    scope = Scope(functions=functions)
    formulas: list[Formula] = []
    try:
        for formula in _formulas((*stated, *lines), scope):
            formulas.append(formula)
    except NotationError:
        if formulas and _undeclared(formulas, scope):
            raise
        return ()
    return _assumed(formulas, scope, wrt)


def _assumed(formulas: list[Formula], scope: Scope, wrt: str) -> tuple[str, ...]:
    names = _undeclared(formulas, scope)
    if not names and not missing_ranges(formulas, scope):
        return ()
    letters = {c for f in formulas for c in (*f.letters, *dict(runs(f.tree)))}
    for use in names.values():
        check_name(use, names, scope, wrt)
        check_element(use, letters, {*names, *scope.names})
    check_transposes(formulas, names)
    check_sources(formulas, scope)
    uses = Uses(scope, names)
    before: list[object] = []
    for turn in range(_PASSES):
        _note(uses, formulas, wrt)
        if turn == 1:
            uses.settle_elements()
        uses.first = False
        now: list[object] = [(n, u.axes, u.over) for n, u in names.items()]
        if now == before and turn > 1:
            break
        before = now
    uses.settled = True
    _note(uses, formulas, wrt)
    _ask([use for use in names.values() if use.undecided])
    check_counts(names)
    return (*_lines(uses, formulas), *_range_lines(uses, formulas))


def _formulas(lines: Iterable[str], scope: Scope) -> Iterator[Formula]:
    """The formulas of lines; declarations among them are declared in the scope."""
    for line in lines:
        match = _DEFINITION.match(line)
        if match is not None:
            letters = tuple(c.strip() for c in (match.group(2) or "").split(",") if c.strip())
            bare = _RANGES.sub("", line) if letters else line
            yield Formula(bare, match.end(), read(bare, match.end()), match.group(1), letters,
                           tuple(_RANGE.findall(line[len(bare):])))
        elif _DECLARATION.match(line):
            scope.declare(line)
        else:
            yield Formula(line, 0, read(line))


def _undeclared(formulas: Sequence[Formula], scope: Scope) -> dict[str, Use]:
    """The names in formulas that nothing declares, binds or defines, in order."""
    known = {*scope.names, *scope.dims, *CONSTANTS, *scope.functions, *RESERVED,
             *(f.name for f in formulas[:-1]), *ranges_of(formulas)}
    uses: dict[str, Use] = {}
    for formula in formulas:
        for node in _free(formula.tree, frozenset(formula.letters)):
            if node.id not in known and node.id not in uses and not _near(node.id, scope):
                place, _ = column(formula.line, node, formula.start)
                uses[node.id] = Use(node.id, formula.line, place)
    return uses


def _free(node: ast.AST, bound: frozenset[str]) -> Iterator[ast.Name]:
    """The names in a tree that are neither bound there nor those of functions."""
    if isinstance(node, ast.Name):
        if node.id not in bound:
            yield node
        return
    if isinstance(node, ast.GeneratorExp):
        bound = bound | {g.target.id for g in node.generators if isinstance(g.target, ast.Name)}
        parts: Iterable[ast.AST] = (node.elt, *(t for g in node.generators for t in g.ifs))
    elif isinstance(node, ast.Call):
        parts = node.args
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and \
            isinstance(node.left, ast.Name) and node.left.id == EULER:
        parts = (node.right,)  # e**x
    else:
        parts = ast.iter_child_nodes(node)
    for part in parts:
        yield from _free(part, bound)


def _note(uses: Uses, formulas: Sequence[Formula], wrt: str) -> None:
    """One pass over the formulas, and over the variable with its subscripts."""
    for formula in formulas:
        if formula.name:
            uses.defined_by(formula.name, list(formula.letters), formula.tree,
                            dict(formula.ranges))
        else:
            uses.shape(formula.tree)
    match = _SUBSCRIPTED.match(wrt)
    if match is not None:
        _note_variable(uses, match.group(1), [part.strip() for part in match.group(2).split(",")])


def _note_variable(uses: Uses, name: str, slots: list[str]) -> None:
    """Notes the axes of a variable such as `W[i, j]`, whose letters are indices."""
    use = uses.uses.get(name)
    if use is not None:
        use.slots = max(use.slots, len(slots))
        if not uses.first:
            use.array(0, True)
    shape = uses.shape(ast.Name(name))
    for slot, axis in zip(slots, shape if isinstance(shape, tuple) else (), strict=False):
        if slot in uses.uses:
            uses.uses[slot].index = True
            uses.uses[slot].label(axis)


def _near(name: str, scope: Scope) -> bool:
    """Whether a name looks like a slip for a declared one; names of a series do not."""
    plain = re.sub(r"\d+", "", name)
    return any(SequenceMatcher(None, name, known).ratio() >= _NEAR
               and (re.sub(r"\d+", "", known) != plain or plain == "")
               for known in (*scope.names, *scope.dims) if known != name)


def _ask(uses: Sequence[Use]) -> None:
    """Raises NotationError for names whose use does not decide what they are."""
    if not uses:
        return
    first = uses[0]
    names = [u.name for u in uses]
    if len(names) == 1:
        name = names[0]
        form = f"{name}: real[N, D]" if name[0].isupper() else \
            f"{name}: real for a number, {name}: real[N] for a vector"
        what = f"say the type of {name}, as in {form}"
    else:
        what = f"say the types of {', '.join(names[:-1])} and {names[-1]}, as in " \
            f"{first.name}: real for a number, {first.name}: real[N] for a vector"
    raise NotationError(f"{what}; its use does not decide it" if len(names) == 1 else
                        f"{what}; their use does not decide it", first.line, first.place,
                        len(first.name))


def _lines(uses: Uses, formulas: Sequence[Formula]) -> Iterator[str]:
    """The declarations of names, every dimension named."""
    scope = uses.scope
    taken = {*scope.names, *scope.dims, *scope.functions, *uses.uses, *uses.ranges, *RESERVED,
             *(f.name for f in formulas), *(n for f in formulas for n in f.letters)}
    name_axes([axis for use in uses.uses.values() for axis in use.all_axes], taken)
    for use in uses.uses.values():
        kind = "real" if use.over is None else f"index({use.over.name})" if use.index else \
            f"label({use.over.name})"
        places = ", ".join(axis.name for axis in use.axes or ())
        yield f"{use.name}: {kind}[{places}]" if places else f"{use.name}: {kind}"


def _range_lines(uses: Uses, formulas: Sequence[Formula]) -> Iterator[str]:
    """Declarations of dimensions that no array has, by the letters that run over them."""
    shown = {axis.name for use in uses.uses.values() for axis in use.all_axes}
    missing = missing_ranges(formulas, uses.scope)
    for name, letter in ranges_of(formulas).items():
        if name in missing and name not in shown and not uses.ranges[name].root.clash:
            yield f"{letter}: index({name})"
