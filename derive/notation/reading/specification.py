"""A specification: lines of declarations, conditions and definitions, the last one the loss."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, count

from sympy import Expr

from derive.core.atoms import Index
from derive.core.indexing import exact
from derive.core.kinds import Kind
from derive.core.stored import Stored
from derive.core.walk import substitute
from derive.deferred_dataclass import dataclass
from derive.errors import KindError, NotationError
from derive.functions.function_records import FunctionTable, standard_functions
from derive.notation.reading.assumed_types import assumed_lines
from derive.notation.reading.element_definitions import ElementLine, read_elements
from derive.notation.reading.matrix_values import domain_of_entries
from derive.notation.reading.parser import parse_condition, parse_value
from derive.notation.reading.scope import Array, Scope, leaf_of
from derive.notation.reading.surface_forms import surface
from derive.notation.reading.syntax import MAX_LENGTH
from derive.notation.reading.typed_places import as_typed, in_typed_places
from derive.notation.reading.values import CONDITIONS
from derive.short_reprs import Brief

_DEFINITION = re.compile(r"\s*([^\W\d]\w*)\s*(?:\[([\w\s,]*)\]\s*)?=(?!=)")
_DECLARATION = re.compile(r"\s*[^\W\d]\w*(\s*,\s*[^\W\d]\w*)*\s*:(?!=)")
_COMPARISON = re.compile(r"[<>]|==|!=")


@dataclass(frozen=True)
class Definition(Stored):
    """A named intermediate: `symbol[indices] = body`; no indices for a scalar.

    `typed` is the body as it was written (`core/typed_nodes.py`), where it was read from a text.
    """

    symbol: Expr
    indices: tuple[Expr, ...]
    body: Expr
    typed: Expr | None = None

    @property
    def name(self) -> str:
        """The name."""
        return str(self.symbol.name)


@dataclass(frozen=True)
class Specification(Brief):
    """A formula with its declarations.

    `rows` are the free indices of `loss` where the formula is a whole array.
    `declared` are the lines as typed, `conditions` what may be assumed of the names, `loss` the
    scalar in question (with the names of `definitions` still in it), `name` what it is called,
    `typed` the loss as it was written, before anything in it cancels. `assumed` are those of the
    declared lines that nobody typed.
    """

    scope: Scope
    declared: tuple[str, ...]
    conditions: tuple[Expr, ...]
    definitions: tuple[Definition, ...]
    loss: Expr
    name: str = "L"
    rows: tuple[Expr, ...] = ()
    typed: Expr | None = None
    assumed: tuple[str, ...] = ()

    def definition(self, name: str) -> Definition | None:
        """The definition of a named intermediate, if there is one."""
        return next((d for d in self.definitions if d.name == name), None)


@exact
def specify(text: str, given: Iterable[str] = (), arrays: bool = False,
            taken: Iterable[str] = (), functions: FunctionTable | None = None,
            wrt: str = "") -> Specification:
    """Reads declarations (`given`) and a specification text.

    Names that nothing declares are declared as their use and that of the variable `wrt` tell.

    With `arrays` the last line may be an array; its element at fresh indices, none of them
    `taken`, is the loss. `functions` are the standard ones and those of a user.
    Raises NotationError at the line and column at fault.
    """
    forms = [surface(line) for line in text_lines(text)]
    if not forms:
        raise NotationError("the formula is empty; type one, such as (z - y)**2 / 2")
    stated = [surface(line) for block in given for line in text_lines(block)]
    with in_typed_places(*stated, *forms):
        scope = Scope(functions=functions or standard_functions(),
                      forms={form.text: form for form in (*stated, *forms)})
        return _specified([form.text for form in forms], [form.text for form in stated], scope,
                          wrt, arrays, taken)


def _specified(lines: list[str], stated: list[str], scope: Scope, wrt: str, arrays: bool,
               taken: Iterable[str]) -> Specification:
    """The specification of lines of the notation, with those stated beside them."""
    assumed = assumed_lines(lines, stated, scope.functions, wrt)
    stated += assumed
    own = [line for line in lines[:-1] if not is_definition(line)]
    declared = [line.strip() for line in (*stated, *own)]
    for line in stated:
        _declare(line, scope)
    definitions = list(_defined(lines[:-1], scope))
    # Read when everything is declared: a condition may stand before what it speaks of.
    conditions = [c for line in (*stated, *own) for c in declare_or_assume(line, scope)]
    name, loss, rows, typed = _loss(lines[-1], scope, arrays, taken)
    return Specification(scope, tuple(declared), tuple(conditions), tuple(definitions), loss, name,
                         rows, typed, assumed)


def _declare(line: str, scope: Scope) -> None:
    """Declares the names of a line; nothing for a condition, which is read later."""
    if _DECLARATION.match(line) or not _COMPARISON.search(line):
        declare_or_assume(line, scope)


def _defined(lines: list[str], scope: Scope) -> Iterator[Definition]:
    """The definitions among lines, read in order with the declarations between them."""
    for place, line in enumerate(lines):
        if not is_definition(line):
            _declare(line, scope)
            continue
        scope.later = {**_names_defined(lines[place + 1:], "in a line further down, '{}'; move "
                                        "that line up"),
                       **_names_defined([line], "this line defines it, and may not use it"
                                        + _IN_ORDER * ("[" in line.partition("=")[0]))}
        yield define(line, scope)
        scope.later = {}


_IN_ORDER = ("; a running sum is sum(x[k] for k in N if k <= j), and what is computed step by step "
             "from what came before is a model: derive bptt")


def _names_defined(lines: Iterable[str], message: str) -> dict[str, str]:
    """What to say of the names that lines define, where they are used too early."""
    matches = ((line, _DEFINITION.match(line)) for line in lines)
    return {m.group(1): message.format(line.strip()) for line, m in matches if m is not None}


def fresh_indices(dims: Iterable[Expr], taken: Iterable[str], letters: str = "ijmnpqrsuvwl",
                  ) -> tuple[Index, ...]:
    """Free indices over the given dimensions, named by the first letters that are not taken."""
    used, indices = set(taken), []
    for dim in dims:
        letter = next(c for c in chain(letters, (f"{letters[0]}{n}" for n in count(1)))
                      if c not in used)
        used.add(letter)
        indices.append(Index(letter, dim))
    return tuple(indices)


def split_declarations(text: str) -> tuple[list[str], str]:
    """The lines of a specification that declare or assume something, and the others."""
    lines = list(text_lines(text))
    declared = [line for line in lines[:-1] if not is_definition(line)]
    return declared, "\n".join(line for line in lines if line not in declared)


def is_definition(line: str) -> bool:
    """Whether a line reads like a definition, `p = softmax(o)`."""
    return _DEFINITION.match(line) is not None


@as_typed
def define(line: str, scope: Scope) -> Definition:
    """Reads a definition line `p = softmax(o)` and declares its name.

    Raises NotationError.
    """
    match = _DEFINITION.match(line)
    if match is None:
        raise NotationError("a definition reads 'name = formula', such as p = softmax(o)", line, 1)
    name, place = match.group(1), match.start(1) + 1
    scope.check_name(name, line, place)
    if name in scope.names:
        raise NotationError(f"{name!r} is declared or defined already, above; a name stands for "
                            "one formula: choose another", line, place, len(name))
    indices, shape, body = _body(line, match, scope)
    typed = _body(line, match, scope.typed())[2]
    domain = domain_of_entries(body, indices)
    symbol = leaf_of(name, Kind(domain, shape))
    scope.names[name] = symbol
    return Definition(symbol, indices, body, typed)


def _body(line: str, match: re.Match[str], scope: Scope,
          ) -> tuple[tuple[Index, ...], tuple[Expr, ...], Expr]:
    """Indices, shape and body of a definition, `p = softmax(o)` or `p[i] = exp(o[i])`."""
    name, written = match.group(1), match.group(2)
    if written is None:
        value = parse_value(line[match.end():], scope, line[: match.end()])
        if not isinstance(value, Array):
            return (), (), value
        free = tuple(Index(f"\u00b7{name}{n}", dim) for n, dim in enumerate(value.shape))
        return free, value.shape, value.at(free)
    indices, body = read_elements(
        ElementLine(line, name, written, match.start(2), match.end()), scope)
    return indices, tuple(i.dim for i in indices), body


def read_loss_definitions(lines: Iterable[str], specification: Specification) -> Specification:
    """The specification with further definitions, which its loss may be written through."""
    scope = specification.scope.copy()
    more = tuple(define(line, scope) for line in lines)
    return replace(specification, scope=scope, definitions=specification.definitions + more)


def _loss(line: str, scope: Scope, arrays: bool, taken: Iterable[str],
          ) -> tuple[str, Expr, tuple[Expr, ...], Expr]:
    """The name of the loss, the loss, its rows where it is an array, and the loss as written."""
    match = _DEFINITION.match(line)
    if match:
        name, start = match.group(1), match.end()
        scope.check_name(name, line, match.start(1) + 1)
        if name in scope.names:
            raise NotationError(f"{name!r} is declared already; give the loss another name", line,
                                match.start(1) + 1, len(name))
    else:
        name, start = ("L" if "L" not in scope.names else "C"), 0
    if match and match.group(2) is not None:
        return (name, *_loss_by_elements(line, match, scope, arrays, taken))
    if not match and _DECLARATION.match(line):
        raise NotationError("the last line should be the loss, not a declaration", line, 1)
    value = parse_value(line[start:], scope, line[:start])
    typed = parse_value(line[start:], scope.typed(), line[:start])
    if isinstance(value, Array) and arrays:
        rows = fresh_indices(value.shape, (*scope.names, *scope.dims, *taken))
        return name, value.at(rows), rows, typed.at(rows)
    if isinstance(value, Array):
        axes = ", ".join(str(d) for d in value.shape)
        raise KindError(f"the loss is a whole array of shape ({axes}); sum it, or take one element",
                        line, start + 1, len(line) - start)
    if isinstance(value, CONDITIONS):
        raise KindError("the loss is a condition, not a number", line, start + 1, len(line) - start)
    return name, value, (), typed


def _loss_by_elements(line: str, match: re.Match[str], scope: Scope, arrays: bool,
                      taken: Iterable[str]) -> tuple[Expr, tuple[Expr, ...], Expr]:
    """The loss `L[i] = …` at its own letters, its rows, and the loss as written."""
    written = [part.strip() for part in match.group(2).split(",")]
    indices, shape, body = _body(line, match, scope)
    typed = _body(line, match, scope.typed())[2]
    if not arrays:
        axes = ", ".join(str(d) for d in shape)
        raise KindError(f"the loss is a whole array of shape ({axes}); sum it, as in sum("
                        f"{match.group(1)}) on a line of its own, or take one element",
                        line, match.start(1) + 1, match.end() - match.start(1))
    rows = tuple(Index(letter, dim) for letter, dim in zip(written, shape, strict=True))
    if not {*written}.isdisjoint(taken):
        rows = fresh_indices(shape, (*scope.names, *scope.dims, *taken))
    there = dict(zip(indices, rows, strict=True))
    return substitute(body, there), rows, substitute(typed, there)


@as_typed
def declare_or_assume(line: str, scope: Scope) -> list[Expr]:
    """Declares names, or reads a condition on names; returns the conditions."""
    if _DECLARATION.match(line):
        scope.declare(line)
        return []
    if _COMPARISON.search(line):
        return [parse_condition(line, scope)]
    raise NotationError("a declaration reads 'name: type', such as o: real[K]; a condition "
                        "such as y <= n", line, 1, len(line.rstrip()))


def text_lines(text: str) -> Iterator[str]:
    """Lines without comments and blank ones; open brackets continue on the next line."""
    if len(text) > MAX_LENGTH:
        raise NotationError(f"the text has {len(text):,} signs; at most {MAX_LENGTH:,} are read")
    pending = ""
    for raw in text.replace("\r\n", "\n").split("\n"):
        line = pending + (" " if pending else "") + raw.partition("#")[0].rstrip()
        opened = sum(line.count(c) for c in "([{") - sum(line.count(c) for c in ")]}")
        pending = line if opened > 0 else ""
        if not pending and line.strip():
            yield line
    if pending.strip():
        yield pending
