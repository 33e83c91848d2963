"""Derivatives as they are published, beside ours: equal, how long, and how fast.

    python benchmarks/published_forms.py              every topic of tests/data/topics.toml
    python benchmarks/published_forms.py NAME …       those whose name contains a word
    python benchmarks/published_forms.py --write      also docs/published_forms.md

Each formula is derived and verified. The judge compares the published form with the formula as
typed, too. The length is counted in signs of the notation without spaces; of named intermediates
the definitions that a form uses count with it.
"""

from __future__ import annotations

import re
import statistics
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import derive
from derive.derivation import Derivation
from derive.judge.claims.direction_claims import Result, derivative_claim
from derive.judge.claims.text_claims import judge
from derive.notation.printing.plain import plain

ROOT = Path(__file__).resolve().parent.parent
TOPICS = ROOT / "tests" / "data" / "topics.toml"
PAGE = ROOT / "docs" / "published_forms.md"
_DEFINED = re.compile(r"\s*(\w+)\s*(?:\[[^=\]]*\])?\s*=(?!=)")


@dataclass(frozen=True)
class Topic:
    """One formula of the literature and its derivative as it is published."""

    name: str
    title: str
    given: Sequence[str]
    formula: Sequence[str]
    wrt: str
    published: str
    source: str
    second: bool = False
    names: Sequence[str] = field(default=())

    def derivation(self) -> Derivation:
        """Our derivation of it."""
        how = derive.hessian if self.second else derive.grad
        return how("\n".join(self.formula), given=self.given, wrt=self.wrt)

    def check_published(self, derivation: Derivation, seed: int = 1) -> None:
        """The judge on the published form; raises VerificationError where it is not equal."""
        letters = tuple((i.name, int(str(i.dim)) if str(i.dim).isdigit() else str(i.dim))
                        for i in derivation.indices)
        conditions = tuple(plain(c, derivation.reserved) for c in
                           (*derivation.assumptions, *derivation.obligations))
        definitions = "\n".join((*self.formula[:-1], *self.names))
        judge(derivative_claim("\n".join(self.formula), tuple(self.given), self.wrt, Result(
            self.published, tuple(self.given), letters, conditions, definitions),
            second=self.second), seed)

    def signs(self, text: str) -> int:
        """The signs of a result, with the definitions of the names that it uses."""
        return sum(len(t.replace(" ", "")) for t in
                   (text, *used([*self.formula[:-1], *self.names], text)))


def used(lines: Iterable[str], text: str) -> Iterator[str]:
    """The definitions that a text uses, and those that they use."""
    for line in reversed(list(lines)):
        name = _DEFINED.match(line)
        if name and re.search(rf"\b{re.escape(name.group(1))}\b", text):
            yield line
            text += " " + line.partition("=")[2]


def topics(*words: str) -> list[Topic]:
    """The topics, or those whose name contains one of some words."""
    table = tomllib.loads(TOPICS.read_text(encoding="utf-8"))
    return [Topic(name, **entry) for name, entry in table.items()
            if not words or any(word in name for word in words)]


@dataclass(frozen=True)
class Row:
    """What was measured of a topic."""

    topic: Topic
    result: str
    ours: int
    theirs: int
    warm: float
    verified: float

    @property
    def ratio(self) -> float:
        """Our length over the published one."""
        return self.ours / self.theirs


def measured(topic: Topic) -> Row:
    """Derived, verified, compared, and timed once more when warm."""
    start = time.perf_counter()
    derivation = topic.derivation()
    derivation.verify()
    verified = time.perf_counter() - start
    topic.check_published(derivation)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        topic.derivation()
        times.append(time.perf_counter() - start)
    text = derivation.notation
    return Row(topic, text, topic.signs(text), topic.signs(topic.published), min(times), verified)


def table(rows: Sequence[Row]) -> str:
    """The rows as a page."""
    ratios = [row.ratio for row in rows]
    lines = [
        "# Derivatives as they are published",
        "",
        "Formulas of the literature, with their derivative as it is published, beside what is "
        "derived here. Every result is verified, and the published form is compared with the "
        "formula as typed by the judge's own reading. Lengths are signs of the notation without "
        "spaces; the definitions of named intermediates count where a form uses them. The table "
        "is written by `python benchmarks/published_forms.py --write`.",
        "",
        f"{len(rows)} results: median ratio {statistics.median(ratios):.2f}, largest "
        f"{max(ratios):.2f}.",
        "",
        "| topic | by | result | ours / published |",
        "|---|---|---|---|"]
    lines += [f"| {r.topic.title} ({r.topic.source}) | `{r.topic.wrt}`{' twice' * r.topic.second} "
              f"| `{r.result}` | {r.ours} / {r.theirs} |" for r in rows]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> None:
    """Prints the table, and writes the page where asked to."""
    rows = []
    for topic in topics(*(a for a in arguments if not a.startswith("-"))):
        try:
            row = measured(topic)
        except derive.DeriveError as error:
            print(f"{topic.name:32} {type(error).__name__}: {str(error).splitlines()[0]}")
            continue
        rows.append(row)
        print(f"{topic.name:32} {row.ours:4} / {row.theirs:4} = {row.ratio:5.2f}  "
              f"{1e3 * row.warm:6.0f} ms warm, {row.verified:5.2f} s verified", flush=True)
        if "--show" in arguments:
            print(f"    {row.result}\n    {topic.published}")
    ratios = [row.ratio for row in rows]
    print(f"{len(rows)} results: median ratio {statistics.median(ratios):.2f}, over 1.5: "
          f"{sum(r > 1.5 for r in ratios)}; warm median "
          f"{1e3 * statistics.median(r.warm for r in rows):.0f} ms, verified at most "
          f"{max(r.verified for r in rows):.2f} s")
    if "--write" in arguments:
        PAGE.write_text(table(rows), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
