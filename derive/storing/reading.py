"""From data to a derivation: every class and tactic looked up in a table, every type checked.

Nothing in the data is ever called or evaluated; what is foreign to a derivation is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache, lru_cache
from typing import Any, get_type_hints

from sympy.core.basic import Basic

from derive.calculus.tactic_table import TABLE
from derive.core import tree_data
from derive.core.atoms import FunctionName
from derive.core.indexing import exact
from derive.derivation import Step
from derive.errors import DeriveError, PatienceError, StoredError
from derive.functions.function_records import Function, standard_functions
from derive.judge.rules.user_functions import check_function
from derive.rulebook.loading import joined_with_standard, standard_rulebook
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting
from derive.storing.annotations import fits
from derive.storing.stored_records import HINTS, MOST_TEXT, RECORDS, VERSION, VOCABULARY, default_of
from derive.storing.value_codecs import codec_named, table_of

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


def _check_functions(nodes: list[Basic]) -> None:
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
    values = dict(pairs)
    if len(values) < len(pairs):
        twice = next(k for n, (k, _) in enumerate(pairs) if k in dict(pairs[:n]))
        raise StoredError(f"the key {twice[:40]!r} stands twice")
    return values


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
        self._depth = 0
        rows, rules = stored["records"], stored["rules"]
        if not isinstance(rows, list) or len(rows) > _MOST_RECORDS or not isinstance(rules, list):
            raise StoredError("'records' or 'rules' is no list of the right length")
        for row in rows:
            if rules and len(self.records) == len(rules):  # they stand before all that uses them
                self._use(rules)
            self.records.append(self._record(row))
        self._use(rules)
        self.top = self.value(stored["value"])

    def _use(self, rules: list[Any]) -> None:
        """The user's own rules come first: steps are made with them."""
        own = [self.value(r) for r in rules]
        if not all(isinstance(r, Rule) for r in own):
            raise StoredError("'rules' holds something that is no rule")
        self.rulebook = joined_with_standard(own)

    def value(self, written: Any) -> Any:
        """A value of a record."""
        if written is None or isinstance(written, (bool, str, int)):
            return written
        if self._depth > _DEEPEST:
            raise StoredError("the data nest too deep")
        self._depth += 1
        if isinstance(written, list):
            value: Any = tuple(map(self.value, written))
        elif not isinstance(written, dict):
            raise StoredError(f"{str(written)[:40]!r} is no value of a derivation")
        elif "is" in written:
            value = self._record(written)
        elif len(written) != 1:
            raise StoredError("a value is written under one key")
        else:
            (key, data), = written.items()
            value = codec_named(key, bool(self.further)).read(self, data)
        self._depth -= 1
        return value

    def _record(self, row: Any) -> Any:
        name = row.get("is") if isinstance(row, dict) else None
        known = {**RECORDS, **self.further}
        record = known.get(name) if isinstance(name, str) else None
        if record is None:
            raise StoredError(f"{str(name)[:40]!r} is no record of a derivation")
        hints = _hints(record) if record.__name__ in RECORDS else {
            f.name: Any for f in fields(record)}
        values = self._values(record, {k: v for k, v in row.items() if k != "is"}, hints)
        for key, value in values.items():
            if not fits(value, hints[key]):
                raise StoredError(f"{record.__name__}: {key!r} is of the wrong type")
        return record(**values)

    def _values(self, record: Any, written: dict[str, Any], names: Mapping[str, Any],
                ) -> dict[str, Any]:
        """The values of a record's fields by name, not yet checked for their types."""
        for key in written:
            if key not in names:
                raise StoredError(f"{record.__name__} has no field {key[:40]!r}")
        missing = [f.name for f in fields(record)
                   if f.name not in written and default_of(f) is MISSING]
        if missing:
            raise StoredError(f"{record.__name__} lacks {', '.join(missing)}")
        apart = "rule" if record is Step else ""  # read last: it is made from the others
        values = {key: self.value(data) for key, data in written.items() if key != apart}
        if record is Step:
            values["rule"] = self._rule(written["rule"], values)
        if record is Rule and "functions" in values:
            values["functions"] = table_of(values["functions"])
        return values

    def _rule(self, written: Any, values: dict[str, Any]) -> Any:
        """The rule of a step: by its name, by the tactic that makes it, or in full."""
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


@cache
def _hints(record: Any) -> dict[str, Any]:
    """The annotated types of the fields of a record."""
    hints = {**get_type_hints(record), **HINTS.get(record.__name__, {})}
    return {f.name: hints[f.name] for f in fields(record)}
