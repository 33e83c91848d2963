"""From data to a derivation: every class and tactic looked up in a table, every type checked.

Nothing in the data is ever called or evaluated; what is foreign to a derivation is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, get_type_hints

from sympy.core.basic import Basic

from derive.calculus.recurrence.model_structure import checked
from derive.calculus.tactic_table import TABLE
from derive.core import tree_data
from derive.core.atoms import FunctionName
from derive.core.indexing import exact
from derive.derivation import Step
from derive.errors import DeriveError, PatienceError, StoredError
from derive.functions.function_records import Function, FunctionTable, standard_functions
from derive.judge.precision import handed_over, mp
from derive.judge.rules.user_functions import check_function
from derive.notation.reading.model_equations import Model, read_model
from derive.rulebook.loading import joined_with_standard, standard_rulebook
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting
from derive.storing.annotations import fits
from derive.storing.stored_records import HINTS, MOST_TEXT, RECORDS, VERSION, VOCABULARY, default_of

_DEEPEST = 40  # values within values
_MOST_RECORDS = 20_000


@exact
def decoded(stored: Any) -> Any:
    """What data made by `encoded` stand for. Raises StoredError for anything else."""
    if not isinstance(stored, dict) or set(stored) != {
            "version", "nodes", "records", "rules", "value"}:
        raise StoredError("these are no data of a derivation")
    if stored["version"] != VERSION:
        raise StoredError(f"the data are of version {str(stored['version'])[:20]}; this program "
                          f"reads version {VERSION}")
    trees = tree_data.Reader(stored["nodes"], VOCABULARY)
    _check_functions(trees.nodes)
    return _Reader(stored, trees).top


def _check_functions(nodes: list[Any]) -> None:
    """Raises StoredError unless a name is that of one function, a user's checked as in a file."""
    known: dict[str, FunctionName] = {}
    for leaf in (n for n in nodes if isinstance(n, FunctionName)):
        if known.setdefault(leaf.name, leaf) != leaf:
            raise StoredError(f"there are two functions {leaf.name[:40]!r}")
        if leaf.unknown and leaf.name in standard_functions():
            raise StoredError(f"{leaf.name[:40]!r} is no unknown function")
        if isinstance(leaf.detail, Function):
            _check_own(leaf.detail)


@lru_cache(maxsize=256)
def _check_own(function: Function) -> None:
    try:
        check_function(function, f"the function {function.name!r}")
    except PatienceError:
        raise  # it says how to allow more
    except DeriveError as error:
        raise StoredError("; ".join(map(str.strip, str(error).splitlines()))) from None


def read(text: str) -> Any:
    """A JSON text as data. Raises StoredError for what is none, or says one thing twice."""
    if len(text) > MOST_TEXT:
        raise StoredError(f"the text is longer than {MOST_TEXT // 2**20} MiB")
    try:
        return json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise StoredError(f"this is no JSON, or it is cut off: line {error.lineno}, column "
                          f"{error.colno}: {error.msg}") from None
    except RecursionError:
        raise StoredError("the data nest too deep") from None
    except ValueError as error:  # a whole number of too many digits
        raise StoredError(f"this JSON is not read: {str(error)[:80]}") from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(k for n, (k, _) in enumerate(pairs) if k in dict(pairs[:n]))
        raise StoredError(f"the key {twice[:40]!r} stands twice")
    return found


def _no_constant(name: str) -> Any:
    raise StoredError(f"{name} is no number of JSON")


@exact
def restored(text: str, further: Mapping[str, type]) -> Any:
    """The record of a text made by `dumped`, for pickling."""
    stored = json.loads(text)
    return _Reader(stored, tree_data.Reader(stored["nodes"], VOCABULARY), further).top


class _Reader:
    def __init__(self, stored: dict[str, Any], trees: tree_data.Reader,
                 further: Mapping[str, type] | None = None) -> None:
        self.further: Mapping[str, Any] = further or {}
        self.trees = trees
        self.records: list[Any] = []
        self.rulebook = standard_rulebook()
        rows, rules = stored["records"], stored["rules"]
        if not isinstance(rows, list) or len(rows) > _MOST_RECORDS or not isinstance(rules, list):
            raise StoredError("'records' or 'rules' is no list of the right length")
        for row in rows:
            if rules and len(self.records) == len(rules):  # they stand before all that uses them
                self._use(rules)
            self.records.append(self._record(row, 0))
        self._use(rules)
        self.top = self.value(stored["value"])

    def _use(self, rules: list[Any]) -> None:
        """The user's own rules come first: steps are made with them."""
        own = [self.value(r) for r in rules]
        if not all(isinstance(r, Rule) for r in own):
            raise StoredError("'rules' holds something that is no rule")
        self.rulebook = joined_with_standard(own)

    def value(self, written: Any, depth: int = 0) -> Any:
        """A value of a record."""
        if written is None or isinstance(written, (bool, str, int)):
            return written
        if depth > _DEEPEST:
            raise StoredError("the data nest too deep")
        if isinstance(written, list):
            return tuple(self.value(w, depth + 1) for w in written)
        if not isinstance(written, dict):
            raise StoredError(f"{str(written)[:40]!r} is no value of a derivation")
        if "is" in written:
            return self._record(written, depth)
        if len(written) != 1:
            raise StoredError("a value is written under one key")
        (how, what), = written.items()
        if how == "map":
            return self._map(what, depth)
        ways = {**_HOW, **_FURTHER} if self.further else _HOW
        if how not in ways:
            raise StoredError(f"{how[:40]!r} is no way in which a value is written")
        return ways[how](self, what)

    def _map(self, pairs: Any, depth: int) -> dict[Any, Any]:
        if not isinstance(pairs, list) or not all(
                isinstance(p, list) and len(p) == 2 for p in pairs):
            raise StoredError("a map is a list of pairs")
        keys = [self.value(k, depth + 1) for k, _ in pairs]
        if not all(isinstance(k, (str, Basic)) for k in keys) or len(set(keys)) < len(keys):
            raise StoredError("the keys of a map are names or formulas, each once")
        return dict(zip(keys, (self.value(v, depth + 1) for _, v in pairs), strict=True))

    def _record(self, row: Any, depth: int) -> Any:
        name = row.get("is") if isinstance(row, dict) else None
        known = {**RECORDS, **self.further}
        record = known.get(name) if isinstance(name, str) else None
        if record is None:
            raise StoredError(f"{str(name)[:40]!r} is no record of a derivation")
        hints = _hints(record) if record.__name__ in RECORDS else {
            f.name: Any for f in fields(record)}
        values = {}
        for key, written in row.items():
            if key == "is":
                continue
            if key not in hints:
                raise StoredError(f"{record.__name__} has no field {key[:40]!r}")
            values[key] = written if record is Step and key == "rule" else \
                self.value(written, depth + 1)
        missing = [f.name for f in fields(record)
                   if f.name not in values and default_of(f) is MISSING]
        if missing:
            raise StoredError(f"{record.__name__} lacks {', '.join(missing)}")
        if record is Step:
            values["rule"] = self._rule(values)
        if record is Rule and "functions" in values:
            values["functions"] = _table(values["functions"])
        for key, value in values.items():
            if not fits(value, hints[key]):
                raise StoredError(f"{record.__name__}: {key!r} is of the wrong type")
        return record(**values)

    def _rule(self, values: dict[str, Any]) -> Any:
        written = values["rule"]
        if isinstance(written, str):
            if written not in standard_rulebook().rules:
                raise StoredError(f"there is no rule {written[:60]!r}")
            return standard_rulebook().rules[written]
        if not isinstance(written, dict) or set(written) != {"tactic"}:
            return self.value(written)
        tactic = TABLE.get(written["tactic"]) if isinstance(written["tactic"], str) else None
        parameters, parts = values.get("parameters", {}), values.get("substeps", ())
        if tactic is None or not isinstance(parameters, dict) or not isinstance(parts, tuple):
            raise StoredError(f"there is no tactic {str(written['tactic'])[:60]!r}")
        try:
            return tactic.rule(Setting(parameters, self.rulebook, parts))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError, DeriveError) as error:
            raise StoredError(f"the parameters of {tactic.name} are not what it takes: "
                              f"{type(error).__name__} {str(error)[:60]}") from None


def _a_record(reader: _Reader, place: Any) -> Any:
    if type(place) is not int or not 0 <= place < len(reader.records):
        raise StoredError(f"{str(place)[:20]!r} is no record before this one")
    return reader.records[place]


def _a_model(reader: _Reader, written: Any) -> Model:
    if not isinstance(written, list) or len(written) != 2 or not isinstance(written[0], str):
        raise StoredError("a model is written as its text and the user's functions in it")
    _table(own := reader.value(written[1]))
    return _model(written[0], own)


@cache
def _model(text: str, own: tuple[Function, ...]) -> Model:
    return checked(read_model(text, _table(own)))


def _table(own: Any) -> FunctionTable:
    """The standard functions and those of a user."""
    if not fits(own, tuple[Function, ...]):
        raise StoredError("these are no functions of a user")
    return {**standard_functions(), **{f.name: f for f in own}}


def _own_function(reader: _Reader, place: Any) -> Function:
    found = reader.trees.tree(place)
    if not isinstance(found, FunctionName) or not isinstance(found.detail, Function):
        raise StoredError("this is no function of a user")
    return found.detail


def _a_float(reader: _Reader, text: Any) -> float:
    try:
        return float.fromhex(text)
    except (TypeError, ValueError, OverflowError):
        raise StoredError(f"{str(text)[:40]!r} is no number") from None


def _an_mpf(reader: _Reader, parts: Any) -> Any:
    if not fits(tuple(parts) if isinstance(parts, list) else None, tuple[int, str, int]) or \
            not (parts[1].isascii() and parts[1].isdigit()
                 and len(parts[1]) < tree_data.MOST_DIGITS):
        raise StoredError("these are no parts of a number")
    above = int(parts[1])
    return handed_over(mp.make_mpf((parts[0] & 1, above, parts[2], above.bit_length())))


def _a_fraction(reader: _Reader, text: Any) -> Fraction:
    try:
        return Fraction(text)
    except (TypeError, ValueError, ZeroDivisionError):
        raise StoredError(f"{str(text)[:40]!r} is no fraction") from None


def _of_text(reader: _Reader, written: Any) -> Any:
    name, text = written
    return reader.further[name].of_text(text)


def _raised(reader: _Reader, written: Any) -> Any:
    name, arguments, state = written
    error = reader.further[name].__new__(reader.further[name], *reader.value(arguments))
    error.__dict__.update(reader.value(state))
    return error


_FURTHER: Mapping[str, Any] = {"text": _of_text, "raised": _raised}  # in what was pickled alone
_HOW: Mapping[str, Any] = {
    "tree": lambda reader, place: reader.trees.tree(place), "record": _a_record,
    "model": _a_model, "function": _own_function,
    "float": _a_float, "mpf": _an_mpf, "fraction": _a_fraction}


@cache
def _hints(record: Any) -> dict[str, Any]:
    """The annotated types of the fields of a record."""
    hints = {**get_type_hints(record), **HINTS.get(record.__name__, {})}
    return {f.name: hints[f.name] for f in fields(record)}
