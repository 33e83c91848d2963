"""From what a user names or types to a problem: a specification, a variable, a title."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace

from sympy import Expr

from derive.core import heads
from derive.core.atoms import Index, Tensor, Variable
from derive.core.indexing import depends, exact
from derive.core.walk import substitute, transform
from derive.errors import ChoiceError, DeriveError, KindError, NotationError
from derive.functions.decisions import assuming
from derive.functions.domains import inner, open_requirements
from derive.judge.rules.user_functions import Functions, function_table
from derive.limits import tick
from derive.notation.reading.declaration_lines import Given, lines_of
from derive.notation.reading.parser import parse
from derive.notation.reading.scope import Scope
from derive.notation.reading.specification import (
    Definition,
    Specification,
    define,
    fresh_indices,
    is_definition,
    read_loss_definitions,
    specify,
    text_lines,
)
from derive.notation.reading.surface_forms import in_notation
from derive.premises import Typed
from derive.rulebook.function_rules import rules_of, unfolding_rules, unknown_rules
from derive.rulebook.loading import Rulebook, Rules, standard_rulebook
from derive.short_reprs import Brief
from derive.tables.loss_table import find_entry

_MOST_DEFINED = 200  # lines beside a formula, which are compared in pairs
_SUBSCRIPTED = re.compile(r"\s*(\w+)\s*\[(.*)\]\s*\Z")


@dataclass(frozen=True)
class Problem(Brief):
    """A formula to work on, the variable as typed, and the title and source of its entry.

    `own` are the names that its text defines, where that is the user's.
    """

    title: str
    specification: Specification
    wrt: str
    source: str = ""
    typed: Typed | None = None
    own: tuple[str, ...] = ()

    @property
    def scope(self) -> Scope:
        """The names of the formula."""
        return self.specification.scope


@exact
def problem(target: str, given: Given = (), wrt: str | None = None, through: Sequence[str] = (),
            arrays: bool = False, functions: Functions | None = None) -> Problem:
    """Reads a catalogue name, a formula (of a whole array, with `arrays`), or a specification.

    `functions` are the standard ones and those of a user.

    Raises UnknownNameError with near names, NotationError with the column.
    """
    lines = lines_of(given)
    wrt, through = wrt and in_notation(wrt), [in_notation(line) for line in through]
    table = function_table(functions)
    entry = find_entry(target, bool(lines))
    own: tuple[str, ...] = ()
    defined = in_order_of_use([line for line in through if "=" in line])
    if entry is None:
        target, defined = _with_used(target, defined)
        specification = specify(target, lines, arrays, _subscripts(wrt), table, wrt or "")
        lines += specification.assumed
        title, source, text = "", "", target
        own = tuple(d.name for d in specification.definitions)
    else:
        lines = [*entry.given, *lines]
        specification = specify(entry.loss, lines, functions=table)
        specification = read_loss_definitions(entry.define, specification)
        title, source, wrt = entry.title, entry.source, wrt or entry.wrt
        text = "\n".join((*entry.define, entry.loss))
    if defined:
        specification = read_loss_definitions(_new(defined, specification), specification)
    wrt = wrt or _only_variable(specification)
    typed = Typed(text, tuple(lines), wrt, tuple(("define", line) for line in defined),
                  specification.assumed)
    return Problem(title, specification, wrt, source, typed, own)


def _subscripts(wrt: str | None) -> list[str]:
    """The subscripts of a variable such as `W[i, j]`, as typed."""
    match = _SUBSCRIPTED.match(wrt or "")
    return [part.strip() for part in match.group(2).split(",")] if match else []


def in_order_of_use(lines: Sequence[str]) -> list[str]:
    """Definition lines, each after those whose names it uses.

    A line that stands there again is left out. Raises NotationError where names are defined by
    each other, and for more than 200 lines.
    """
    left, ordered = list(dict.fromkeys(lines)), list[str]()
    if len(left) > _MOST_DEFINED:
        raise NotationError(f"{len(left):,} names are to be defined; at most {_MOST_DEFINED} are",
                            left[0], 1)
    defines = {line: _defined_name(line) for line in left}
    uses = {line: [other for other in left if _uses(line.partition("=")[2], defines[other])]
            for line in left}
    while left:
        free = [line for line in left if not any(other in left for other in uses[line])]
        if not free:
            names = ", ".join(_defined_name(line) for line in left)
            raise NotationError(f"{names}: defined by each other; define one of them by what is "
                                "given", left[0], 1)
        ordered += free
        left = [line for line in left if line not in free]
    return ordered


def _defined_name(line: str) -> str:
    return line.partition("=")[0].partition("[")[0].strip()


def _uses(text: str, name: str) -> bool:
    tick("ordering definitions")
    return bool(name) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _with_used(target: str, defined: list[str]) -> tuple[str, list[str]]:
    """The formula with those of the definitions before it that it uses; and the others."""
    lines = list(text_lines(target))
    own = {_defined_name(line) for line in lines[:-1] if is_definition(line)}
    fresh = [line for line in defined if _defined_name(line) not in own]
    used = _used_by(lines, fresh)
    if not used:
        return target, defined
    place = next(n for n, text in enumerate(lines) if _used_by([text], fresh))
    lines[place:place] = used
    return "\n".join(lines), [line for line in defined if line not in used]


def _used_by(texts: list[str], defined: list[str]) -> list[str]:
    """The definitions that texts use, or a definition that they use."""
    used: list[str] = []
    while True:
        more = [line for line in defined if line not in used
                and any(_uses(text, _defined_name(line)) for text in (*texts, *used))]
        if not more:
            return [line for line in defined if line in used]
        used += more


def _new(lines: list[str], specification: Specification) -> list[str]:
    """The definition lines that say something which the formula does not define already."""
    fresh = []
    for line in lines:
        known = specification.definition(line.partition("=")[0].partition("[")[0].strip())
        if known is None:
            fresh.append(line)
            continue
        scope = specification.scope.copy()
        scope.names.pop(known.name)
        again = define(line, scope)
        there = dict(zip(again.indices, known.indices, strict=True))
        if substitute(again.body, there) != known.body:
            raise NotationError(f"{known.name!r} is defined otherwise; choose another name",
                                line, 1, len(known.name))
    return fresh


def real_names(scope: Scope, but: Container[str] = ()) -> list[str]:
    """The declared names that can be differentiated by, but for some."""
    return [name for name, leaf in scope.names.items() if isinstance(leaf, (Variable, Tensor))
            and leaf.kind.differentiable and name not in but]


def _only_variable(specification: Specification) -> str:
    """The variable to differentiate by, where there is only one choice."""
    choices = real_names(specification.scope, {d.name for d in specification.definitions})
    if len(choices) == 1:
        return choices[0]
    if not choices:
        raise DeriveError("nothing here can be differentiated by; declare a variable, "
                          'as in --given "z: real"')
    asked = "say which variable to differentiate by"
    raise ChoiceError(f"{asked}, with --wrt: {', '.join(choices)}; or --wrt all", "wrt", choices,
                      asked)


def with_unknown(rules: Rules, scope: Scope) -> Rulebook:
    """The rules (the standard ones, unless others are given), and those of functions in scope.

    Those are the user's functions and functions that were declared as unknown.
    """
    assert rules is None or isinstance(rules, Rulebook)  # files were read at the door
    rulebook = rules or standard_rulebook()
    own = [f for f in scope.functions.values() if f.own]
    made = {r.name: r for r in (*unknown_rules(scope.functions.values()), *rules_of(own),
                                *unfolding_rules(own))}
    return rulebook + Rulebook(made) if made else rulebook


@exact
def variable(text: str, scope: Scope, taken: Iterable[str] = ()) -> tuple[Expr, tuple[Index, ...]]:
    """The variable of differentiation and its free indices: `z`, `o`, `o[i]`, `W[i, j]`.

    A whole array gets fresh indices. Raises NotationError for what is no variable, KindError
    for an integer or a label.
    """
    match = _SUBSCRIPTED.match(text)
    leaf = _differentiable((match.group(1) if match else text).strip(), text, scope)
    if match is None:
        if not isinstance(leaf, Tensor):
            return leaf, ()
        indices = fresh_indices(leaf.kind.shape, (*scope.names, *scope.dims, *taken))
        return heads.Element(leaf, *indices), indices
    open_scope = scope.copy()
    open_scope.free_indices = True
    node = parse(text, open_scope)
    if not isinstance(node, heads.Element):
        raise NotationError("a variable or an element such as o[i] was expected", text, 1)
    free = tuple(dict.fromkeys(
        i for i in node.indices if isinstance(i, Index) and i.name not in scope.names))
    return node, free


def _differentiable(name: str, text: str, scope: Scope) -> Variable | Tensor:
    """The name in a scope. Raises NotationError, KindError where it is no real variable."""
    leaf = scope.names.get(name)
    if leaf is None:
        what = "it is a dimension" if name in scope.dims else scope.near(name)
        raise NotationError(f"cannot differentiate by {name!r}: {what}", text, 1,
                            max(1, len(name)))
    if not isinstance(leaf, (Variable, Tensor)) or not leaf.kind.differentiable:
        raise KindError(f"cannot differentiate by {name!r}: it is of type {leaf.detail}, which "
                        "takes separate values; choose a real variable", text, 1, len(name))
    return leaf


def unfolded(node: Expr, definitions: Iterable[Definition]) -> Expr:
    """The expression with the names of definitions written out, the last definition first."""
    for definition in reversed(tuple(definitions)):
        node = _written_out(node, definition)
    return node


@exact
def typed_requirements(specification: Specification, at: Expr | None = None,
                       ) -> tuple[Expr, ...]:
    """The conditions under which a formula as it was typed has a value, but for certain ones.

    Those that a variable moves leave it room on both sides: 0 <= z becomes 0 < z.
    """
    if specification.typed is None:
        return ()
    definitions = [replace(d, body=d.typed) for d in specification.definitions
                   if d.typed is not None]
    with assuming(specification.conditions):
        asked = open_requirements(unfolded(specification.typed, definitions))
    return tuple(inner(c) if at is not None and depends(c, at) else c for c in asked)


def _written_out(line: Expr, definition: Definition) -> Expr:
    def visit(node: Expr) -> Expr | None:
        if node == definition.symbol:
            return definition.body
        if isinstance(node, heads.Element) and node.tensor == definition.symbol:
            there = dict(zip(definition.indices, node.indices, strict=True))
            return substitute(definition.body, there)
        return None

    return transform(line, visit, (definition.body,))
