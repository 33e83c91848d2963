"""A derivation as JSON-able data, complete: what pickling and `to_json` rest on.

Trees stand in one list of nodes (see `core/tree_data.py`), derivations and rules in one list of
records, so that what is shared is written once. Rules are written by their name, or by the tactic
that makes them; those beyond the standard ones in full.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any

from derive.calculus.tactic_table import TABLE
from derive.core import tree_data
from derive.derivation import Step
from derive.rulebook.loading import joined_with_standard, standard_rulebook
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting
from derive.storing.stored_records import RECORDS, VERSION, VOCABULARY, default_of
from derive.storing.value_codecs import codec_of, foreign


def encoded(value: Any, further: dict[str, type] | None = None) -> dict[str, Any]:
    """A derivation, or another record, as JSON-able data. Raises StoredError for a foreign part.

    Where `further` is given, dataclasses of other rooms are written too, and noted in it.
    """
    writer = _Writer(tuple(getattr(value, "rules", ())), further)
    rules = [writer.value(r) for r in writer.rules]
    written = writer.value(value)
    return {"version": VERSION, "nodes": writer.trees.nodes, "records": writer.records,
            "rules": rules, "value": written}


def dumped(value: Any) -> tuple[str, dict[str, type]]:
    """A record as text, for pickling, with the classes of further rooms that stand in it."""
    further: dict[str, type] = {}
    return json.dumps(encoded(value, further), separators=(",", ":")), further


class _Writer:
    def __init__(self, rules: tuple[Rule, ...], further: dict[str, type] | None) -> None:
        self.further = further
        self.trees = tree_data.Writer(VOCABULARY)
        self.records: list[Any] = []
        self.rules = rules
        self.rulebook = joined_with_standard(rules)
        self._places: dict[Any, int] = {}

    def value(self, value: Any) -> Any:
        """Any value of a record."""
        if value is None or isinstance(value, (bool, str)) or type(value) is int:
            return value
        if isinstance(value, tuple):
            return [self.value(v) for v in value]
        codec = codec_of(value)
        if codec is not None:
            return {codec.key: codec.write(self, value)}
        if RECORDS.get(type(value).__name__) is not type(value):
            if self.further is None or not is_dataclass(value):
                raise foreign(value)
            self.further[type(value).__name__] = type(value)
        return self._record(value)

    def place(self, value: Any) -> int:
        """The place of a record that is written once."""
        key = value if isinstance(value, Rule) else id(value)
        if key not in self._places:
            row = self._record(value)
            self._places[key] = len(self.records)
            self.records.append(row)
        return self._places[key]

    def _record(self, value: Any) -> dict[str, Any]:
        own = {f.name: getattr(value, f.name) for f in fields(value)
               if f.compare and getattr(value, f.name) != default_of(f)}
        if isinstance(value, Rule) and value.functions:
            own["functions"] = tuple(f for f in value.functions.values() if f.own)
        if not isinstance(value, Step):
            return {"is": type(value).__name__, **{n: self.value(v) for n, v in own.items()}}
        del own["rule"]
        return {"is": "Step", "rule": self._rule(value),
                **{n: self.value(v) for n, v in own.items()}}

    def _rule(self, step: Step) -> Any:
        """The rule of a step: its name, the tactic that makes it, or all of it."""
        rule = step.rule
        if standard_rulebook().rules.get(rule.name) == rule:
            return rule.name
        tactic = TABLE.get(rule.tactic)
        if tactic is not None and tactic.rule(
                Setting(step.parameters, self.rulebook, step.substeps)) == rule:
            return {"tactic": rule.tactic}
        return self.value(rule)
