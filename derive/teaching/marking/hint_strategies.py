"""The first hint to a step: what kind of step it is, by `rules/hints.toml`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from sympy.core.basic import Basic

from derive.core import heads
from derive.derivation import Step
from derive.resources import read_entry, read_table, rules_folder
from derive.rulebook.rule import subject_key


@dataclass(frozen=True)
class Strategy:
    """A sentence for steps of some `stages`, at some `parts`, by some `rules`; of none: of all."""

    name: str
    says: str
    stages: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    def fits(self, rule: str, stage: str, words: set[str]) -> bool:
        """Whether the sentence is one for a step by a rule of a stage at a part of these words."""
        return (not self.stages or stage in self.stages) \
            and (not self.parts or bool(words & {*self.parts})) \
            and (not self.rules or rule in self.rules)


@cache
def strategies() -> tuple[Strategy, ...]:
    """The entries of `rules/hints.toml`, in their order. Raises DataFileError."""
    path = rules_folder() / "hints.toml"
    return tuple(read_entry(Strategy, path, name, entry)
                 for name, entry in read_table(path).items())


def strategy_for(step: Step | None) -> str:
    """The sentence for a step; without one, that for a line that is only to be simplified."""
    if step is None:
        return strategies()[-1].says
    words = {*part_words(step.before)}
    stage = step.rule.stage or step.stage
    return next(s.says for s in strategies() if s.fits(step.rule.name, stage, words))


def part_words(part: Basic) -> Iterator[str]:
    """The words of a part: its own, and `function` where it is any function."""
    yield subject_key(part)
    inner = part.args[0] if isinstance(part, heads.Partial) else part
    if isinstance(inner, heads.Apply):
        yield "function" if inner is part else "d function"
