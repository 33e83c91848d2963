"""Sheets for marking.py: derivations of the engine, right ones rewritten, others made wrong."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sympy.core.basic import Basic

from derive.calculus.cost.equality import agree
from derive.core.indexing import exact
from derive.notation.printing.plain import plain
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.measure import measure
from derive.tables.loss_table import losses
from derive.teaching.marking.deadline import Deadline
from derive.teaching.marking.engine import Engine
from derive.teaching.marking.misconceptions import misconceptions
from derive.teaching.marking.sheet_check import Check, check_sheet
from derive.teaching.sheets.sheet import read_sheet

ENTRIES = {entry.name: entry for entry in losses()}
_LETTERS = ("kk", "ll", "mm", "nn", "rr", "ss", "tt")
_LONGEST = 300  # of a line that is multiplied out


@dataclass(frozen=True)
class Planted:
    """A sheet with a wrong line: its text, the line of the file, who made it.

    What is `harmless` at the points of the oracle may be wrong at those of the check, which are
    more: then it has to be refuted at its line like any other.
    """

    text: str
    line: int
    name: str
    harmless: bool
    others: frozenset[str] = frozenset()  # that make the same line of the line before


class Source:
    """The engine's derivation of a loss of the catalogue, as lines of a learner's."""

    def __init__(self, name: str, kind: str = "gradient") -> None:
        self.head = f"{kind} of {name} with respect to {ENTRIES[name].wrt}"
        self.task = read_sheet(self.head).task
        self.engine = Engine(self.task)
        path = self.engine.path
        assert path is not None
        self.nodes = [self.task.start, *(line.expression for line in path.lines)]
        self.lines = [self.show(node) for node in self.nodes]

    def show(self, node: Basic) -> str:
        """A line as it is printed."""
        return plain(node, self.task.reserved)

    def text(self, *lines: str) -> str:
        """A sheet."""
        return "\n".join([self.head, *(f"= {line}" for line in lines)])

    def check(self, text: str, seconds: float = 60) -> Check:
        """A sheet of this task, checked by the engine that knows its ways."""
        return check_sheet(read_sheet(text), Deadline(seconds), engine=self.engine)

    # Wrong sheets

    @exact
    def plants(self, all_ways: bool = False) -> list[Planted]:
        """Every misconception on every line where it applies: in one way, or in all."""
        return list(self._planted(all_ways))

    def _planted(self, all_ways: bool) -> Iterator[Planted]:
        for place in range(len(self.nodes)):
            made = self._made(place)
            names: set[str] = set()
            for line, by in made.items():
                if all_ways or not by <= names:
                    planted = self._plant(place, line, min(by - names or by), frozenset(by))
                    names |= set() if planted.harmless else by
                    yield planted

    def _made(self, place: int) -> dict[Basic, set[str]]:
        """The lines that misconceptions make of a line, with their names."""
        made: dict[Basic, set[str]] = {}
        for name, entry in misconceptions().items():
            for variant in entry.applied(self.nodes[place]):
                made.setdefault(variant.line, set()).add(name)
        return made

    def _plant(self, place: int, line: Basic, name: str, names: frozenset[str]) -> Planted:
        right = self.lines[:place + 1]
        text = self.text(*right, self.show(line), *right[-1:])
        same = agree(line, self.task.truth, self.task.conditions)
        return Planted(text, place + 3, name, same, names)

    @exact
    def random_plants(self, draw: random.Random, most: int) -> list[Planted]:
        """Wrong lines at random places by random misconceptions; harmless ones are left out."""
        chosen: list[Planted] = []
        made = {place: self._made(place) for place in range(len(self.nodes))}
        pool = [(place, name) for place, lines in made.items()
                for name in sorted({n for by in lines.values() for n in by})]
        draw.shuffle(pool)
        for place, name in pool:
            line = draw.choice([x for x, by in made[place].items() if name in by])
            planted = self._plant(place, line, name, frozenset(made[place][line]))
            chosen += [] if planted.harmless else [planted]
            if len(chosen) == most:
                break
        return chosen

    # Right sheets

    @exact
    def right(self, draw: random.Random) -> str:
        """A right derivation: some of the engine's lines, each written in another way."""
        route = draw.choice([list(self.nodes[1:]), *(
            [line.expression for _, line in r.lines] for r in self.engine.routes[1:])])
        kept = [n for n in route[:-1] if draw.random() < 0.6] + route[-1:]
        return self.text(*(self.rewritten(node, draw) for node in kept))

    def rewritten(self, node: Basic, draw: random.Random) -> str:
        """A line multiplied out, reordered, with other letters for its bound indices; or as it is.
        """
        if draw.random() < 0.3 and measure(node) < _LONGEST:
            node = multiplied_out(node)
        text = self.show(node)
        text = reordered(text) if draw.random() < 0.5 else text
        return renamed(text, draw) if draw.random() < 0.7 else text


def renamed(text: str, draw: random.Random | None = None) -> str:
    """The same formula with other letters for its bound indices."""
    letters = sorted(set(re.findall(r"\bfor (\w+) in", text)))
    names = [*_LETTERS]
    if draw is not None:
        draw.shuffle(names)
    for letter, name in zip(letters, names, strict=False):
        text = re.sub(rf"\b{letter}\b(?!\s*\()", name, text)
    return text


def reordered(text: str) -> str:
    """The same sum with its terms the other way round."""
    depth, cuts = 0, [0]
    if " if " in text and " else " in text:
        return text
    for place, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if depth == 0 and place and text[place - 1:place + 2] in (" + ", " - "):
            cuts.append(place)
    terms = [text[a:b].strip() for a, b in zip(cuts, [*cuts[1:], None], strict=True)]
    first, *others = reversed(terms)
    return " ".join([first.removeprefix("+ "),
                     *(t if t[0] in "+-" else f"+ {t}" for t in others)])


def failure(planted: Planted, result: Check) -> str:
    """What went wrong with the check of a planted line; empty if nothing did."""
    if planted.harmless and result.correct:
        return ""
    if result.first_wrong_line != planted.line:
        return f"line {result.first_wrong_line}, not {planted.line}:\n{planted.text}"
    if planted.others.isdisjoint(m.name for m in result.misconceptions):
        return f"{result.misconception}, not {planted.name}:\n{planted.text}"
    return ""
