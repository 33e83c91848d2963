"""The rules as they are listed, from the texts of `rules/` alone. Reading them needs no SymPy.

The rulebook reads the same entries as patterns; a test holds the two lists equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from derive.resources import read_table, rules_folder
from derive.tables.entry_lists import Entries, selected

# By file the stage of its entries, and those of which single ones are, by their own word.
STAGES: dict[str, tuple[str, ...]] = {
    "prepare": ("prepare",), "differentiate": ("differentiate",), "sift": ("sift",),
    "fold": ("fold",), "tidy": ("tidy", "dress", "powers", "short"), "integrals": ("integrate",),
    "inverses": ("inverses", "logarithms"), "symmetry": ("symmetry",),
    "likelihood": ("loglinear", "factors", "listed", "multiplied"), "expectations": ("expect",),
    "roots": ("solve", "clear", "turn"), "totals": ("total", "unlog"),
    "stability": ("stabilise", "exponents"), "unfold": ("unfold",), "refold": ("refold",),
    "activate": ("activate",)}
_KEPT = ("opaque", "evaluate", "derivative", "antiderivative", "range")
Record = Mapping[str, Any]
Table = Mapping[str, Record]


@dataclass(frozen=True)
class ListedRule:
    """What a list tells of a rule; of one that a function's entry states, no patterns."""

    name: str
    stage: str
    says: str
    source: str
    from_: str = ""
    to: str = ""

    @property
    def formula(self) -> str:
        """What becomes of what."""
        return f"{self.from_} → {self.to}" if self.from_ else ""


def listed_rules(*words: str) -> Entries[ListedRule]:
    """The rules by their stages: all, or those that words are about.

    Raises UnknownNameError where nothing matches.
    """
    return selected("rules", "rule", _rules(), words)


def own_stage(entry: Record, stage: str) -> str:
    """A rule about an integral belongs to the integrals, whatever file it stands in."""
    return "integrate" if str(entry.get("from", "")).startswith("integral(") else stage


@cache
def _rules() -> tuple[ListedRule, ...]:
    files = {name: read_table(rules_folder() / f"{name}.toml") for name in STAGES}
    rules = {name: _rule(name, entry, STAGES[file][0]) for file, table in files.items()
             for name, entry in table.items()}
    functions = read_table(rules_folder() / "functions.toml")
    made = [*_derivatives(functions), *_integrals(functions), *_values(functions),
            *_definitions(functions, files["unfold"])]
    return (*({**rules, **{rule.name: rule for rule in made}}.values()),)


def _rule(name: str, entry: Record, stage: str) -> ListedRule:
    return ListedRule(name, entry.get("stage", own_stage(entry, stage)), entry["says"],
                      entry["source"], entry.get("from", ""), entry.get("to", ""))


def _parameters(entry: Record) -> list[str]:
    """The names of a function's arguments, without their dimension."""
    return [argument.partition("[")[0] for argument in entry["arguments"]]


def _of_numbers(entry: Record) -> bool:
    return not entry["arguments"][0].endswith("]")


def _derivatives(functions: Table) -> Iterator[ListedRule]:
    for name, entry in functions.items():
        slopes = dict(zip(_parameters(entry), entry.get("derivative", ()), strict=False))
        if any(slopes.values()) and _of_numbers(entry):
            by, slope = next((by, slope) for by, slope in slopes.items() if slope)
            yield ListedRule(
                f"derivative-of-{name}", "differentiate",
                f"The derivative of {name}({', '.join(_parameters(entry))}) is {slope}, times "
                f"the derivative of {by}.", entry["source"])


def _integrals(functions: Table) -> Iterator[ListedRule]:
    for name, entry in functions.items():
        if entry.get("antiderivative"):
            yield ListedRule(
                f"integral-of-{name}", "integrate", f"The integral of {name}"
                f"({_parameters(entry)[0]}) is {entry['antiderivative']}.", entry["source"])


def _values(functions: Table) -> Iterator[ListedRule]:
    for name, entry in functions.items():
        if "rises" in entry:
            yield ListedRule(f"{name}-of-zero", "fold", f"The value of {name} at 0.",
                             entry["source"])


def _definitions(functions: Table, written: Table) -> Iterator[ListedRule]:
    """The definitions of functions that keep their name and have no code of their own."""
    known = {str(entry.get("from", "")).partition("(")[0] for entry in written.values()}
    for name, entry in functions.items():
        kept = any(entry.get(key) for key in _KEPT)
        if kept and entry.get("definition") and not entry.get("numpy") and name not in known:
            yield ListedRule(f"{name}-unfolded", "unfold", f"The definition of {name}.",
                             entry["source"])
