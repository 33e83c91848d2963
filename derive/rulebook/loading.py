"""Rule files → Rulebook values. Nothing is registered; a Rulebook is passed on as an argument."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from sympy import Expr

from derive.core.kinds import DOMAINS
from derive.core.walk import Binders
from derive.entry_names import unknown
from derive.errors import DataFileError, NotationError
from derive.functions.function_records import FunctionTable, standard_functions
from derive.lazy import cached_property
from derive.resources import read_entry, read_table, rules_folder
from derive.rulebook.function_rules import rules_of, unfolding_rules
from derive.rulebook.pattern_keys import pattern_key
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import TACTICS
from derive.short_reprs import Brief
from derive.tables.rule_table import STAGES, own_stage

MOST_IDLE = 8_192
Place: TypeAlias = tuple[Expr, Binders, tuple[Expr, ...]]  # a part, and what is assumed there
_NAME = re.compile(r"[\w.-]{1,100}")
_KINDS = (frozenset(DOMAINS) | {"continuous", "varying"}) - {"index"}


@dataclass(frozen=True)
class Rulebook(Brief):
    """An ordered set of rules, by name; joined with `+`, where the right one wins."""

    rules: Mapping[str, Rule] = field(default_factory=dict)

    def facts(self) -> str:
        """How many rules it has; the standard ones are not read for that."""
        return " of the standard rules" if isinstance(self.rules, StandardRules) else \
            f" of {len(self.rules)} rules"

    def __add__(self, other: Rulebook) -> Rulebook:
        return Rulebook({**self.rules, **other.rules})

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules.values())

    def __getitem__(self, name: str) -> Rule:
        if name not in self.rules:
            raise unknown("rule", name, self.rules, "see `derive rules`")
        return self.rules[name]

    @cached_property
    def _stages(self) -> dict[str, RuleSet]:
        return {}

    def stage(self, name: str) -> RuleSet:
        """The rules of a stage, or of several with a plus between, in file order."""
        if name not in self._stages:
            rules = self.rules.of_stage(name) if isinstance(self.rules, StandardRules) else self
            self._stages[name] = RuleSet(tuple(r for r in rules if r.stage in stages_of(name)))
        return self._stages[name]

    def without(self, stage: str, names: Iterable[str]) -> Rulebook:
        """The same rules, but for some of one stage."""
        left = frozenset(names)
        made = Rulebook(self.rules)
        made._stages[stage] = RuleSet(tuple(r for r in self.stage(stage).rules
                                            if r.name not in left))
        return made


Rules: TypeAlias = Rulebook | str | Path | Iterable[str | Path] | None  # or the files of them


class Idle:
    """Parts of lines in which nothing applies, as seen: a line is walked once more after each wave,
    and most of it is as it was.
    """

    def __init__(self) -> None:
        self.patterns: set[Place] = set()
        self.tactics: set[Place] = set()

    @staticmethod
    def note(places: set[Place], place: Place) -> None:
        """Keeps a place; they are bounded in number."""
        if len(places) >= MOST_IDLE:
            places.clear()
        places.add(place)


@dataclass(frozen=True)
class RuleSet(Brief):
    """The rules of one stage, found by the head of the expression."""

    rules: tuple[Rule, ...]

    @cached_property
    def by_key(self) -> dict[str, tuple[Rule, ...]]:
        """Rules by the word that stands first in `from`: the head; see `pattern_key`."""
        keyed: dict[str, list[Rule]] = {}
        for rule in self.rules:
            if rule not in self.tactics and not rule.attempt and not rule.method:
                key = rule.key if rule.is_read or rule.functions else pattern_key(rule.from_)
                keyed.setdefault(key, []).append(rule)
        return {key: tuple(rules) for key, rules in keyed.items()}

    @cached_property
    def idle(self) -> Idle:
        """Where none of the rules applies, and none of the tactics."""
        return Idle()

    @cached_property
    def quiet(self) -> RuleSet:
        """The rules that go along with the line before them."""
        return RuleSet(tuple(rule for rule in self.rules if rule.quiet))

    @cached_property
    def tactics(self) -> tuple[Rule, ...]:
        """The rules that a Python tactic carries out wherever it can; `from` says no head."""
        return tuple(r for r in self.rules if r.tactic and pattern_key(r.from_) == "leaf")

    @cached_property
    def attempts(self) -> tuple[Rule, ...]:
        """The rules that are kept only if the line gets shorter."""
        return tuple(rule for rule in self.rules if rule.attempt)

    @cached_property
    def by_name(self) -> dict[str, Rule]:
        """The rules by their names."""
        return {rule.name: rule for rule in self.rules}

    def alone(self, rule: Rule) -> RuleSet:
        """One of the rules as a set of its own, to be applied wherever it matches."""
        if rule.name not in self._alone:
            self._alone[rule.name] = RuleSet((replace(rule, attempt=False, method=""),))
        return self._alone[rule.name]

    @cached_property
    def _alone(self) -> dict[str, RuleSet]:
        return {}


def stages_of(name: str) -> frozenset[str]:
    """The stages of a strategy's entry, which has a plus between several."""
    return frozenset(name.split("+"))


class StandardRules(Mapping[str, Rule]):
    """The rules of `rules/*.toml`, and those made from the functions of the table.

    A file is read when one of its stages is first asked for, all of them when a name is.
    """

    def __init__(self) -> None:
        self._files: dict[str, Mapping[str, Rule]] = {}

    def _file(self, name: str) -> Mapping[str, Rule]:
        if name not in self._files:
            path = rules_folder() / f"{name}.toml"
            self._files[name] = load_rules(path, STAGES[name][0]).rules
        return self._files[name]

    @cached_property
    def _made(self) -> dict[str, Rule]:
        functions = standard_functions().values()
        written = {pattern_key(rule.from_) for rule in self._file("unfold").values()}
        unfolding = (r for r in unfolding_rules(functions) if pattern_key(r.from_) not in written)
        return {r.name: r for r in (*rules_of(functions), *unfolding)}

    @cached_property
    def _all(self) -> dict[str, Rule]:
        files = {n: r for name in STAGES for n, r in self._file(name).items()}
        return {**files, **self._made}

    def of_stage(self, stage: str) -> Iterator[Rule]:
        """The rules that may be of a stage, or of several, in file order."""
        for name, stages in STAGES.items():
            if not stages_of(stage).isdisjoint(stages):
                yield from self._file(name).values()
        yield from self._made.values()

    def __getitem__(self, name: str) -> Rule:
        return self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


@cache
def standard_rulebook() -> Rulebook:
    """The rules of `rules/*.toml`, and those made from the functions of the table."""
    return Rulebook(StandardRules())


def beyond_standard(rulebook: Rulebook) -> tuple[Rule, ...]:
    """The rules of a rulebook that are not the standard ones: a user's, and those of functions."""
    if rulebook is standard_rulebook():
        return ()
    standard = standard_rulebook().rules
    return tuple(r for r in rulebook
                 if (known := standard.get(r.name)) is not r and known != r)


def joined_with_standard(rules: Iterable[Rule]) -> Rulebook:
    """The standard rules joined with others: texts come before them, made rules after them."""
    own = {r.name: r for r in rules}
    if not own:
        return standard_rulebook()
    texts = {n: r for n, r in own.items() if r.sides is None}
    rest = {r.name: r for r in standard_rulebook() if r.name not in own}
    return Rulebook({**texts, **rest, **{n: r for n, r in own.items() if n not in texts}})


def load_rules(path: Path, stage: str = "", functions: FunctionTable | None = None) -> Rulebook:
    """Reads a rule file; `stage` is the stage of entries that name none.

    `functions` are those that it may name, where a user has some of their own.

    Raises DataFileError, naming file, entry and key.
    """
    table = read_table(path)
    return Rulebook({name: _rule(path, name, entry, own_stage(entry, stage), functions)
                     for name, entry in table.items()})


def load_user_rules(paths: Iterable[Path], functions: FunctionTable | None = None) -> Rulebook:
    """The standard rules joined with those of the user's files, which come first in their stage."""
    own = Rulebook()
    for path in paths:
        own = own + load_rules(path, "fold", functions)
    for rule in own:
        _ = rule.right, rule.conditions  # an error in a pattern shows at once
    return joined_with_standard(own)


def _rule(path: Path, name: str, entry: dict[str, Any], stage: str,
          functions: FunctionTable | None) -> Rule:
    where = f"{path}: entry [{name}]"
    if not _NAME.fullmatch(name):
        raise DataFileError(f"{path}: entry [{name!r}]: the name of a rule is letters, digits, "
                            "- and _")
    rule = read_entry(Rule, path, name, {"stage": stage, **entry}, {"note": str, "fails": dict},
                      ("source",), where=where, kinds=(), functions=functions)
    if path.parent != rules_folder():  # those of the house are read when they are needed
        try:
            pattern_key(rule.from_)
        except NotationError as error:
            raise DataFileError(f"{where}: key 'from': {error}") from None
    if rule.stage not in _known_stages():
        raise DataFileError(f"{where}: key 'stage': {rule.stage!r} is none of "
                            f"{', '.join(sorted(_known_stages()))}")
    if "tactic" in entry and rule.tactic not in TACTICS:
        raise DataFileError(f"{where}: key 'tactic': {rule.tactic!r} is none of "
                            f"{', '.join(TACTICS)}")
    return _with_kinds(rule) if any(":" in text for text in rule.given) else rule


def _with_kinds(rule: Rule) -> Rule:
    """The rule with what it is `given` of kinds, `u(x): positive`, apart from its conditions."""
    kinds, conditions = [], []
    for text in rule.given:
        name, colon, domain = (part.strip() for part in text.partition(":"))
        if not colon:
            conditions.append(text)
        elif domain in _KINDS:
            kinds.append((name.partition("(")[0], domain))
        else:
            raise DataFileError(f"{rule.where}: key 'given': the kind {domain!r} of {name!r} is "
                                f"none of {', '.join(sorted(_KINDS))}")
    return replace(rule, kinds=tuple(kinds), given=tuple(conditions))


@cache
def _known_stages() -> frozenset[str]:
    """The stages that some strategy goes through."""
    table = read_table(rules_folder() / "strategies.toml")
    return frozenset(stage for entry in table.values() for s in entry.get("stages", ())
                     for stage in stages_of(s))
