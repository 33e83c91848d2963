"""Claims in each direction: gradient, Hessian, cost, likelihood, from texts alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from derive.deferred_dataclass import dataclass
from derive.errors import EvaluationError, NotationError
from derive.judge.claims.array_form_claims import array_form, remembered
from derive.judge.claims.claim_records import Claim, Pair
from derive.judge.reading.array_operations import Code, Law
from derive.judge.reading.central_differences import Slopes
from derive.judge.reading.formula_reader import Reading, compiled, computed, read, with_conditions
from derive.judge.reading.lazy_arrays import VECTORS, Array, Dim, Move, Place, Point, Run
from derive.judge.reading.typed_signs import plain_names

_SUBSCRIPTED = re.compile(r"\s*(\w+)\s*\[(.*)\]\s*\Z", re.S)


@dataclass(frozen=True)
class Result:
    """The printed result: its text, its declarations, its free indices, what must hold."""

    text: str
    given: tuple[str, ...] = ()
    letters: tuple[tuple[str, Dim], ...] = ()
    conditions: tuple[str, ...] = ()
    definitions: str = ""
    functions: Mapping[str, dict[str, Any]] = field(default_factory=dict)  # entries of a user
    laws: tuple[tuple[str, str, str], ...] = ()  # random variables, their types and densities
    matrix: str = ""  # the text of the same in arrays over the free indices
    also: tuple[str, ...] = ()  # other texts of the same, such as the text with names written out


@dataclass(frozen=True)
class Asked:
    """The variable as typed, `o`, `o[i]`, `W[i, 0]`: its name and the codes of its subscripts."""

    name: str
    indices: tuple[Code, ...]

    def place(self, run: Run) -> Place:
        """Which entry it is."""
        return tuple(int(i.call(run)) for i in self.indices)


def asked(text: str, reading: Reading, letters: Sequence[str]) -> Asked:
    """Reads the variable; the last letters stand for the axes that have no subscripts."""
    text = plain_names(text)
    match = _SUBSCRIPTED.match(text)
    name = (match.group(1) if match else text).strip()
    kind = reading.names.types.get(name)
    shape = kind.shape if kind is not None else reading.names.codes[name].shape \
        if name in reading.names.codes else None
    if shape is None:
        raise NotationError(f"{name!r} is not declared")
    if match is None:
        written = list(letters)[len(letters) - len(shape):] if shape else []
    else:
        node = ast.parse(match.group(2).strip(), mode="eval").body
        slots = node.elts if isinstance(node, ast.Tuple) else [node]
        written = [ast.unparse(n) for n in slots]
    return Asked(name, tuple(compiled(w, reading.names) for w in written))


def read_all(target: str, given: Sequence[str], result: Result, observed: str = "",
             ) -> tuple[Reading, Reading, Reading]:
    """The typed text, the printed result, and the conditions.

    The typed text is the density of what is `observed`.
    """
    typed = read(target, given, dict(result.letters), own=result.functions)
    laws = {} if not observed else {
        observed: Law(typed.types[observed], typed.run, typed.conditions)}
    for name, kind, density in result.laws:
        law = read(density, (*result.given, f"{name}: {kind}"), own=result.functions)
        laws.setdefault(name, Law(law.types[name], law.run))
    printed = read(f"{result.definitions}\n{result.text}", result.given or tuple(given),
                   dict(result.letters), shared=typed.letters, own=result.functions, laws=laws)
    return typed, printed, with_conditions(printed, result.conditions)


def _other_texts(result: Result, given: Sequence[str], typed: Reading) -> list[Reading]:
    """The further texts of a result, each read by itself."""
    return [read(f"{result.definitions}\n{text}", result.given or tuple(given),
                 dict(result.letters), shared=typed.letters, own=result.functions)
            for text in result.also]


def derivative_claim(target: str, given: Sequence[str], wrt: str, result: Result,
                     second: bool = False, log: bool = False, other: str = "") -> Claim:
    """The result is the derivative of the typed text by the variable, at every entry.

    With `second` the second derivative, by the variable at two places or by an `other` one; with
    `log` that of the logarithm of the text.
    """
    typed, printed, conditions = read_all(target, given, result)
    texts = [printed, *_other_texts(result, given, typed)]
    names = [n for n, _ in result.letters]
    rows = len(typed.shape)
    by = asked(wrt, typed, names)
    if second:
        by, beside = _mixed(wrt, other, typed, names) if other else _two(wrt, typed, names)
    types = {**typed.types, **printed.types}
    matrix = None if not result.matrix else array_form(
        result.definitions, result.matrix, result.given or tuple(given), printed, names,
        result.functions)

    def body(run: Run) -> Any:
        at = tuple(run.env[typed.letters[n].slot] for n in names[:rows])
        value = computed(typed.code, run, at) if typed.code is not None else 0
        return log_of(run, value) if log else value

    def pairs(run: Run) -> Iterator[Pair]:
        def truth(here: Run) -> Any:
            slopes = here.memo.setdefault("slopes", Slopes(here, body))
            if rows:
                slopes = Slopes(here, body)
            moves: tuple[Move, ...] = ((by.name, by.place(here), 1),)
            if second:
                return slopes.second(moves, ((beside.name, beside.place(here), 1),))
            return slopes.first(moves, smooth=True)

        known = truth if matrix is None and len(texts) == 1 else remembered(truth)
        for text in texts:
            yield Pair(known, text.run)
        if matrix is not None:
            yield matrix.pair(known)

    return Claim("the derivative of the typed formula" if not second else
                 "the second derivative of the typed formula", types, (typed, *texts), conditions,
                 pairs, tuple(names), _completing(typed, by.name), edges=not second)


def _two(wrt: str, typed: Reading, names: list[str]) -> tuple[Asked, Asked]:
    """The variable of a Hessian twice: the second half of the letters is for the second."""
    half = len(names) // 2
    first = asked(wrt, typed, names[:half])
    if _SUBSCRIPTED.match(wrt) is None:
        return first, asked(wrt, typed, names[half:])
    second = wrt
    for first_letter, second_letter in zip(names[:half], names[half:], strict=True):
        second = re.sub(rf"\b{first_letter}\b", second_letter, second)
    return first, asked(second, typed, names)


def _mixed(first: str, second: str, typed: Reading, names: list[str]) -> tuple[Asked, Asked]:
    """Two whole variables; the letters of the first stand before those of the second."""
    kind = typed.names.types.get(first)
    axes = len(kind.shape if kind is not None else typed.names.codes[first].shape)
    return asked(first, typed, names[:axes]), asked(second, typed, names[axes:])


def log_of(run: Run, value: Any) -> Any:
    """The logarithm of a density. Raises EvaluationError where it is not positive."""
    if value <= 0:
        raise EvaluationError("the density is not positive here")
    return run.ctx.ln(value)


def _completing(typed: Reading, name: str) -> Any:
    """Where the variable is defined by the text, the point holds its value as a number."""
    if name not in typed.defined:
        return None
    code = typed.names.codes[name]

    def complete(point: Point, ctx: Any) -> Point:
        value = code.call(Run(ctx, point))
        if isinstance(value, Array):
            return point.having(name, {at: value.at(at) for at in value.places()})
        return point.having(name, ctx.mpf(value))

    return complete


def cost_claim(field: str, given: Sequence[str], wrt: str, result: Result) -> Claim:
    """The gradient of the result, by every component, is the typed field.

    The letters of the result are the indices of the component.
    """
    typed, printed, conditions = read_all(field, given, result)
    names = [n for n, _ in result.letters]
    by = asked(wrt, typed, names)
    is_array = bool(typed.shape)

    def pairs(run: Run) -> Iterator[Pair]:
        def slope(here: Run) -> Any:
            slopes = here.memo.setdefault("slopes", Slopes(here, lambda r: printed.run(r)))
            return slopes.first(((by.name, by.place(here), 1),), smooth=True)

        def truth(here: Run) -> Any:
            return typed.run(here, by.place(here) if is_array else ())

        yield Pair(truth, slope)

    return Claim("the typed field", {**typed.types, **printed.types}, (typed, printed), conditions,
                 pairs, tuple(names))


def likelihood_claim(density: str, given: Sequence[str], parameters: Sequence[str],
                     result: Result) -> Claim:
    """The result and minus the logarithm of the density have one gradient in the parameters.

    By every entry of every parameter; entries that sum to 1 move against the last of them.
    """
    typed, printed, conditions = read_all(density, given, result)
    types = {**typed.types, **printed.types}

    def pairs(run: Run) -> Iterator[Pair]:
        for name in parameters:
            for moves in moves_of(run, name, types[name].domain in VECTORS):
                def slope(here: Run, body: Any, key: str, moves: Any = moves) -> Any:
                    slopes = here.memo.setdefault(key, Slopes(here, body))
                    return slopes.first(moves, smooth=True)

                def truth(here: Run, slope: Any = slope) -> Any:
                    return slope(here, lambda r: -log_of(r, typed.run(r)), "density")

                def value(here: Run, slope: Any = slope) -> Any:
                    return slope(here, lambda r: printed.run(r), "result")

                yield Pair(truth, value)

    return Claim("minus the logarithm of the typed density", types, (typed, printed), conditions,
                 pairs)


def moves_of(run: Run, name: str, simplex: bool) -> Iterator[tuple[Move, ...]]:
    """The ways in which the entries of a parameter can move."""
    value = run.named(name)
    if not isinstance(value, Array):
        yield ((name, (), 1),)
        return
    for place in value.places():
        if not simplex:
            yield ((name, place, 1),)
        elif place[-1] < value.shape[-1] - 1:
            yield ((name, place, 1), (name, (*place[:-1], value.shape[-1] - 1), -1))
