"""Misconceptions: wrong rules from `rules/misconceptions.toml`, and the search for the one used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from sympy.core.basic import Basic

from derive.core import heads
from derive.core.atoms import Dim
from derive.core.indexing import depends, exact, free_names, parts, unreal
from derive.core.stored import Stored
from derive.core.walk import places
from derive.errors import DataFileError, TooSmallError
from derive.judge.closeness import relative_gap
from derive.judge.precision import Float, mpf
from derive.lazy import cached_property
from derive.notation.reading.syntax import names_in
from derive.resources import check_entry, read_table, rules_folder
from derive.rulebook import rewriting
from derive.rulebook.filling import Family
from derive.rulebook.loading import RuleSet
from derive.rulebook.rule import Match, Rule
from derive.short_reprs import Brief
from derive.teaching.marking.engine import Engine
from derive.teaching.marking.equivalence import GUARD, Judge, Probe
from derive.teaching.marking.slips import SLIPS, slipped, well_placed

_KEYS: dict[str, Any] = {
    "says": str, "hint": str, "from": str, "to": str, "also": list, "given": list,
    "varying": list, "slip": str, "general": bool, "stage": str, "meant": str, "source": str,
}
_WAYS = 6      # in which one wrong rule may match at one place
_PROBES = 10   # at which a variant must agree with the line
_FELT = 1e-15  # a gap that is clear without more digits


@dataclass(frozen=True)
class Misconception(Brief, by=("name", "says")):
    """A wrong rule: what it says, a hint against it, the right rule that was meant.

    `given` are conditions of the patterns; what the `varying` metavariables stand for must depend
    on the variable of differentiation: a constant factor is no case for the product rule. What is
    `general` comes after what is particular.
    """

    name: str
    says: str
    hint: str
    stage: str
    source: str
    meant: str = ""
    slip: str = ""
    patterns: tuple[tuple[str, str], ...] = ()
    given: tuple[str, ...] = ()
    varying: tuple[str, ...] = ()
    general: bool = False
    where: str = ""

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The wrong rewrites as rules of the engine. Raises NotationError for a bad pattern."""
        return tuple(Rule(self.name, self.says, left, right, self._conditions(left),
                          stage=self.stage, source=self.source, where=self.where)
                     for left, right in self.patterns)

    def _conditions(self, left: str) -> tuple[str, ...]:
        """The conditions on names that stand in a pattern."""
        there = set(names_in(left))
        return tuple(c for c in self.given if set(names_in(c)) <= there)

    def _varies(self, match: Match) -> bool:
        """Whether the metavariables that must vary do."""
        bound = (match.bindings.get(name) for name in self.varying)
        return all(depends(f.body, f.parameters[-1]) for f in bound if isinstance(f, Family))

    @exact
    def applied(self, line: Basic) -> Iterator[Variant]:
        """Every line that this wrong rule makes of a line: at one place, or wherever it fits."""
        seen = {line}
        slips = slipped(line, self.slip) if self.slip else ()
        for variant in (*self._by_patterns(line), *(Variant(self, line, n, n) for n in slips)):
            new = variant.line
            if new not in seen and not unreal(new) and well_placed(new):
                seen.add(new)
                yield variant

    def _by_patterns(self, line: Basic) -> Iterator[Variant]:
        parts = list(places(line))
        for rule in self.rules:
            alone = RuleSet((rule,))
            matches = [match for node, binders in parts
                       if rule in rewriting.candidates(alone, node)
                       for match in islice(rule.all_matches(node, binders), _WAYS)
                       if self._varies(match)]
            for match in matches:
                new = rewriting.replace(line, match.before, match.after)
                yield Variant(self, match.before, match.after, new)
            waves = rewriting.wave(line, alone) if len(matches) > 1 and not self.varying else ()
            if len(waves) > 1:
                yield Variant(self, line, waves[-1][1], waves[-1][1])


@dataclass(frozen=True)
class Variant(Stored):
    """A line made wrong: the part that was rewritten, what it became, and the line."""

    misconception: Misconception
    before: Basic
    after: Basic
    line: Basic


@cache
def misconceptions() -> Mapping[str, Misconception]:
    """The entries of `rules/misconceptions.toml`. Raises DataFileError."""
    path = rules_folder() / "misconceptions.toml"
    return {name: entry_of(path, name, entry) for name, entry in read_table(path).items()}


def entry_of(path: Path, name: str, entry: dict[str, Any]) -> Misconception:
    """One entry of the file. Raises DataFileError, naming file, entry and key."""
    check_entry(path, name, entry, _KEYS, ("says", "hint", "stage", "source"))
    where = f"{path}: entry [{name}]"
    patterns = [(entry["from"], entry["to"])] if "from" in entry and "to" in entry else []
    for text in entry.get("also", ()):
        left, arrow, right = text.partition("->")
        if not arrow:
            raise DataFileError(f"{where}: key 'also': {text!r} should read 'from -> to'")
        patterns.append((left.strip(), right.strip()))
    slip = entry.get("slip", "")
    if slip and slip not in SLIPS:
        raise DataFileError(f"{where}: key 'slip': {slip!r} is none of {', '.join(SLIPS)}")
    if not patterns and not slip:
        raise DataFileError(f"{where}: keys 'from' and 'to', or 'slip', are missing")
    return Misconception(name, entry["says"], entry["hint"], entry["stage"], entry["source"],
                         entry.get("meant", ""), slip, tuple(patterns),
                         tuple(entry.get("given", ())), tuple(entry.get("varying", ())),
                         entry.get("general", False), where)


class Search:
    """Looks for the misconceptions that make a wrong line of a right one."""

    def __init__(self, engine: Engine, judge: Judge) -> None:
        self.engine, self.judge = engine, judge

    def variants(self, line: Basic, general: bool) -> tuple[Variant, ...]:
        """Every line that general or particular misconceptions make of a line, in their order."""
        made = self.engine.made
        if (line, general) not in made:
            made[line, general] = tuple(
                v for m in misconceptions().values() if m.general == general
                for v in m.applied(line) if m.slip != "count" or self._sums(_sizes_lost(v)))
        return made[line, general]

    def _sums(self, sizes: Counter[Basic]) -> bool:
        """Whether the task, or a line on its way, is a sum over one of these sizes, if any."""
        start, path = self.engine.task.start, self.engine.path
        lines = (start, *(line.expression for line in path.lines)) if path else (start,)
        return not sizes or any(part.family.dim in sizes for part in parts(*lines)
                   if isinstance(part, heads.Sum))

    def sources(self, before: Basic) -> tuple[list[Basic], list[Basic]]:
        """The lines from which a wrong line may come: by way of the line before, or another."""
        near = dict.fromkeys(self._from(before))
        far = dict.fromkeys(self._from(self.engine.task.start))
        return list(near), [line for line in far if line not in near]

    def _from(self, start: Basic) -> Iterator[Basic]:
        yield start
        paths = [*self.engine.ways(start)]
        if start == self.engine.task.start and self.engine.path is not None:
            paths.append(self.engine.path)
        yield from (line.expression for path in paths for line in path.lines)

    def explanations(self, wrong: Basic, before: Basic, first: Probe | None,
                     ) -> tuple[Variant, ...]:
        """The misconceptions that explain a wrong line after a right one, each once.

        What makes the wrong line exactly as it is written, with nothing left to be done, is what
        was thought: best of the line before, then of a line on the way. Beside it, what only
        comes to the same values is not named; else that is, from the first line on the way that
        explains it. General ones are named where no particular one explains the line so well.
        Raises PatienceError.
        """
        probes = self._probes(wrong, first)
        near, far = self.sources(before)
        vanishes = bool(probes) and all(abs(value) < self._clear for _, value in probes)
        if vanishes:  # 0 can come of too much to name a thought for it
            near, far, probes = [before], [], []

        def literal(sources: list[Basic], general: bool) -> list[Variant]:
            return self._literal(wrong, sources, general)

        def fitting(sources: list[Basic], general: bool) -> list[Variant]:
            return [] if vanishes else self._fitting(wrong, sources, general, probes)

        def beside(first: list[Variant], general: bool) -> list[Variant]:
            return first and [*first, *literal(near, general)]

        groups: tuple[Callable[[], list[Variant]], ...] = (
            lambda: literal([before], False), lambda: beside(literal([before], True), False),
            lambda: literal(near, False), lambda: literal(far, False),
            lambda: beside(fitting(near, False), True),
            lambda: fitting(near, True), lambda: fitting(far, False), lambda: fitting(far, True))
        return _by_name(next(filter(None, (group() for group in groups)), []))

    def _literal(self, wrong: Basic, sources: list[Basic], general: bool) -> list[Variant]:
        """The variants of the first line that are the wrong line as it is written."""
        each = ([v for v in self.variants(source, general) if v.line == wrong]
                for source in sources)
        return next(filter(None, each), [])

    def _fitting(self, wrong: Basic, sources: list[Basic], general: bool,
                 probes: list[tuple[Probe, Float]]) -> list[Variant]:
        """The variants of the first line that have the values of the wrong line."""
        each = (_by_name(self.variants(source, general),
                         lambda v: self._fits(v, wrong, probes)) for source in sources)
        return [*next(filter(None, each), ())]

    def _probes(self, wrong: Basic, first: Probe | None) -> list[tuple[Probe, Float]]:
        """Probes of different sizes and arrangements, with the wrong line's values."""
        probes = self.judge.probes
        if probes[0].point.sizes:  # at three classes all arrangements of two indices differ
            probes = tuple(sorted(probes, key=lambda p: abs(max(p.point.sizes.values()) - 2.9)))
        else:
            probes = probes[::max(1, len(probes) // _PROBES)]
        chosen = (*([first] if first else ()), *probes[:_PROBES])
        valued = [(p, self.judge.value_at(wrong, p.point)) for p in chosen]
        return [(p, v) for p, v in valued if v is not None]

    @property
    def _clear(self) -> Float:
        """The part of a value from which on a difference is none of rounding."""
        return mpf(10) ** (GUARD - self.judge.digits)

    def _apart(self, line: Basic, wrong: Basic, probe: Probe, other: Float, value: Float) -> bool:
        """Whether two lines differ at a probe, and not by rounding, or are too small to be told."""
        if relative_gap(value, other) <= self._clear:
            return False
        try:
            return bool(abs(value - other) > _FELT) or \
                self.judge.apart(Probe(probe.point, value), other, line, wrong)
        except TooSmallError:
            return True

    def _fits(self, variant: Variant, wrong: Basic, probes: list[tuple[Probe, Float]]) -> bool:
        self.judge.deadline.check()
        if variant.line == wrong:
            return True
        if not probes:  # the line has no value anywhere: only the rules can tell
            form = self.engine.normal(wrong)
            return form is not None and self.engine.normal(variant.line) == form
        for probe, value in probes:
            other = self.judge.value_at(variant.line, probe.point)
            if other is None or self._apart(variant.line, wrong, probe, other, value):
                return False
        if not self.engine.task.is_cost:
            return True
        # Costs are equal but for a constant, which need not be the same thought.
        form = self.engine.normal(variant.line)
        return form is None or free_names(form) == free_names(wrong)


def _sizes_lost(variant: Variant) -> Counter[Basic]:
    """The sizes that stand more often in a line than in what it was made."""
    before, after = (Counter(a for node, _ in places(line) for a in node.args
                             if isinstance(a, Dim)) for line in (variant.before, variant.line))
    return before - after


def _by_name(variants: Iterable[Variant], fits: Callable[[Variant], bool] = lambda _: True,
             ) -> tuple[Variant, ...]:
    """The first variant of each misconception that fits."""
    chosen: dict[str, Variant] = {}
    for variant in variants:
        name = variant.misconception.name
        if name not in chosen and fits(variant):
            chosen[name] = variant
    return tuple(chosen.values())
