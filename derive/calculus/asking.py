"""What was asked for, on record with the answer: so that it can be asked again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from derive.calculus.latex_targets import LatexTarget, in_latex, read_latex_target
from derive.core.exact import exact
from derive.derivation import Derivation
from derive.errors import NoNoise, NotAGradient
from derive.functions.function_records import FunctionTable
from derive.judge.rules.user_functions import function_table
from derive.notation.reading.declaration_lines import lines_of
from derive.premises import Asked
from derive.rulebook.loading import beyond_standard
from derive.tables.entry_meaning import meaning_of

P = ParamSpec("P")
A = TypeVar("A")
_MOST = 1000  # numbers of an array on record



def on_record(function: Callable[P, Derivation]) -> Callable[P, Derivation]:
    """A function of the library, run as one call, whose derivations hold what it was asked."""
    known = signature(function)
    answer = exact(function)

    @wraps(function)
    def ask(*args: P.args, **kwargs: P.kwargs) -> Derivation:
        table = function_table(kwargs.get("functions"))  # type: ignore[arg-type]
        if table is not None:
            kwargs["functions"] = table
        bound = known.bind(*args, **kwargs)
        options = {name: value for name, value in bound.arguments.items()
                   if name not in ("rules", "functions", "seconds")
                   and value != known.parameters[name].default and value != {}}
        target = options.pop(next(iter(known.parameters)))
        given = options.pop("given", ())
        asked = Asked(function.__name__, str(target), tuple(lines_of(given)),
                      tuple((n, _as_data(v)) for n, v in options.items()),
                      tuple(f for f in (table or {}).values() if f.own))
        read = _from_latex(bound.arguments, table)
        try:
            if read is None:
                derivation = answer(*args, **kwargs)
            else:
                made: Any = {**bound.arguments, **read.arguments(next(iter(known.parameters)))}
                derivation = read.annotated(answer(**made))  # type: ignore[call-arg]
        except (NotAGradient, NoNoise) as refusal:
            _put_on_record(refusal, asked)
            raise
        rules: Any = bound.arguments.get("rules")
        own = derivation.rules or (beyond_standard(rules) if rules is not None else ())
        return replace(derivation, asked=asked, rules=own,
                       meaning=derivation.meaning or meaning_of(asked.function, asked.target))

    return ask


def _put_on_record(refusal: NotAGradient | NoNoise, asked: Asked) -> None:
    """Lets what shows why there is no answer hold the question, too."""
    if isinstance(refusal, NoNoise):
        shown = refusal.derivation
        if shown is not None:
            refusal.derivation = replace(
                shown, asked=asked, meaning=meaning_of(asked.function, asked.target),
                remarks=(*shown.remarks, ("no noise", str(refusal))))
    elif refusal.proof is not None:
        refusal.proof = replace(refusal.proof, asked=asked)


def _from_latex(arguments: Mapping[str, Any], table: FunctionTable | None) -> LatexTarget | None:
    """The reading of a target in LaTeX; None for another."""
    target, *_ = arguments.values()
    given = arguments.get("given", ())
    if not isinstance(target, str) or not in_latex(target, given):
        return None
    return read_latex_target(target, given, table, arguments)


def _as_data(value: Any) -> Any:
    """An option as data that may be stored: texts and numbers, tuples and mappings of them."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(k): _as_data(v) for k, v in value.items()}
    if isinstance(value, Sequence):
        return tuple(map(_as_data, value))
    if hasattr(value, "tolist"):
        return _as_data(value.tolist()) if value.size <= _MOST else f"{len(value)} rows"
    return str(value)


def with_symbols(answer: A, symbols: tuple[Any, ...]) -> A:
    """A derivation with the symbols of SymPy with which it was asked; another answer as it is."""
    if isinstance(answer, Derivation) and answer.asked is not None:
        return replace(answer, asked=replace(answer.asked, symbols=symbols))
    return answer
