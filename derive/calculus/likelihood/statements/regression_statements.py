"""Statements such as `y ~ NAME(X @ b, s)`: read, and bound to a distribution's names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from derive.errors import DeriveError, NotationError
from derive.notation.reading.declaration_lines import between_commas, declared_names
from derive.tables.distribution_operators import operators, parametrisations_of
from derive.tables.distribution_table import Distribution, distribution_for, link_for

_STATEMENT = re.compile(
    r"\s*((?:[^\W\d]\w*\s*,\s*)*[^\W\d]\w*)\s*(?:\[\s*\w+\s*\])?\s*[~∼]\s*([A-Za-z][\w-]*)\s*"
    r"\((.*)\)\s*\Z", re.S)
_CALL = re.compile(r"\s*([A-Za-z][\w-]*)\s*\((.*)\)\s*\Z", re.S)
_KEYWORD = re.compile(r"\s*(?:(\w+)\s*\(\s*)?([^\W\d]\w*)\s*(\))?\s*=(?!=)(.*)\Z", re.S)


@dataclass(frozen=True)
class Statement:
    """`y ~ name(arguments)` as typed: what is observed, the distribution, (keyword, text) pairs."""

    observed: tuple[str, ...]
    name: str
    arguments: tuple[tuple[str, str], ...]


def is_statement(text: str) -> bool:
    """Whether a text has the form `y ~ name(...)`."""
    return _STATEMENT.match(text) is not None


def read_statement(text: str) -> Statement:
    """The parts of a statement. Raises NotationError where it has another form."""
    match = _STATEMENT.match(text)
    if match is None:
        raise NotationError(f"{text.strip()!r} is no statement such as y ~ NAME(X @ b, s)")
    arguments = []
    name, parts = _without_operators(match[2], match[3])
    for part in parts:
        keyword = _KEYWORD.match(part)
        if keyword is None or bool(keyword[1]) != bool(keyword[3]):
            arguments.append(("", part.strip()))
        elif keyword[1]:
            inverse = link_for(keyword[1]).inverse
            arguments.append((keyword[2], re.sub(r"\bz\b", f"({keyword[4].strip()})", inverse)))
        else:
            arguments.append((keyword[2], keyword[4].strip()))
    return Statement(tuple(n.strip() for n in match[1].split(",")), name, tuple(arguments))


def _without_operators(name: str, inside: str) -> tuple[str, list[str]]:
    """A distribution's name and the arguments, those of operators on it as a part of the name.

    What an operator takes besides belongs to the name, what stands in the brackets of the innermost
    distribution are its arguments.
    """
    parts = [part for part in between_commas(inside) if part.strip()]
    operator = operators().get(name.replace("-", "_"))
    if operator is None or not parts:
        return name, parts
    call = _CALL.match(parts[0])
    inner, arguments = _without_operators(call[1], call[2]) if call else (parts[0].strip(), [])
    last = 1 + len(operator.arguments)
    ends = [part.strip() for part in parts[1:last]]
    return f"{operator.name}({', '.join((inner, *ends))})", [*arguments, *parts[last:]]


def binding_of(base: Distribution, statement: Statement) -> tuple[Distribution, dict[str, str]]:
    """The parametrisation that has the keywords, and the text of each parameter.

    Raises DeriveError for a keyword that none has, and for too many arguments.
    """
    for entry in parametrisations_of(base):
        bound = _bound(entry, statement)
        if bound is not None:
            return entry, bound
    parameters = "; ".join(", ".join(parameter_names(e)) for e in parametrisations_of(base))
    raise DeriveError(f"{base.name} does not take "
                      f"({', '.join(f'{k} = {t}' if k else t for k, t in statement.arguments)}); "
                      f"its parametrisations are: {parameters}")


def _bound(entry: Distribution, statement: Statement) -> dict[str, str] | None:
    """The text of each parameter of one parametrisation; None where it does not fit.

    Keywords come first, then names that stand for themselves, then the others in order.
    """
    names, bound = parameter_names(entry), dict[str, str]()
    for word, text in statement.arguments:
        name = _keyword(entry, word) if word else ""
        if name is None:
            return None
        if name:
            bound[name] = text
    rest = [text for word, text in statement.arguments if not word]
    bound |= {text: text for text in rest if text in names and text not in bound}
    rest = [text for text in rest if bound.get(text) != text]
    places = [n for n in names if n not in bound]
    return None if len(rest) > len(places) else bound | dict(zip(places, rest, strict=False))


def parameter_names(entry: Distribution) -> tuple[str, ...]:
    """The names that a statement gives values to."""
    return declared_names((*entry.given, *entry.known))


def _keyword(entry: Distribution, word: str) -> str | None:
    """The parameter that a keyword means: by name, as the mean, or as that of a parametrisation."""
    names = parameter_names(entry)
    if word in names:
        return word
    if word == "mean":
        means = [m.partition("=")[2].strip() for m in entry.moments
                 if m.partition("=")[0].strip() == entry.observed[0].partition(":")[0].strip()]
        if set(means) & set(names):
            return next(m for m in means if m in names)
    before = parameter_names(distribution_for(entry.base)) if entry.base else names
    new = [n for n in names if n not in before]
    return new[0] if new and entry.name == f"{entry.base}-{word}" else None
