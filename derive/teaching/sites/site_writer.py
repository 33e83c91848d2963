"""`derive site`: all of the catalogue as pages in a folder, with an index and search."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from derive.errors import DeriveError
from derive.short_reprs import Brief
from derive.teaching.sites.own_folder import OwnFolder
from derive.teaching.sites.site_index import index_page, rules_page, stage_pages
from derive.teaching.sites.site_pages import Entry, Made, entries, linked, make
from derive.worker_processes import in_processes

MANIFEST = "derive-site.json"


@dataclass(frozen=True)
class Site(Brief):
    """What was written: pages, bytes, seconds, and the entries without a page."""

    folder: Path
    pages: int
    size: int
    seconds: float
    failed: tuple[Made, ...]


def write_site(folder: Path, only: str = "", jobs: int = 0, verified: bool = True,
               report: Callable[[int, int, Made], None] = lambda done, of, made: None) -> Site:
    """Derives and writes all pages whose name, or `kind/name`, fits the pattern `only`.

    `jobs` processes work (0: one for each core). `report` hears of every page. Raises DeriveError
    for a pattern that fits nothing, and for a folder that cannot be written or has other files.
    """
    start = time.perf_counter()
    chosen = [e for e in entries() if _fits(e, only)]
    if not chosen:
        raise DeriveError(f"no page fits --only {only!r}; patterns are NAME, *softmax*, "
                          "distributions/*")
    target = OwnFolder(folder, MANIFEST, "derive site")
    rules = dict(stage_pages())
    target.claim([e.file for e in chosen] + ["index.html", "rules.html", *rules])
    made: dict[Entry, Made] = {}
    for page in _made(chosen, jobs or os.cpu_count() or 1, verified):
        made[page.entry] = page
        if page.page:
            target.write(page.entry.file, page.page)
        report(len(made), len(chosen), page)
    good = [made[e] for e in chosen if made[e].page]
    _write_ways(target, good)
    for file, text in (*rules.items(), ("rules.html", rules_page()),
                       ("index.html", index_page(good, verified))):
        target.write(file, text)
    return Site(folder, len(good) + 2 + len(rules), sum(target.sizes.values()),
                time.perf_counter() - start, tuple(m for m in made.values() if not m.page))


def _write_ways(target: OwnFolder, good: Sequence[Made]) -> None:
    """The pages once more, with ways to the others that were made."""
    for place, page in enumerate(good):
        near = [m for m in good if (m.entry.kind, m.entry.section)
                == (page.entry.kind, page.entry.section)]
        before, after = good[place - 1] if place else None, (*good[place + 1:], None)[0]
        target.write(page.entry.file, linked(page, before, after, near))


def _fits(entry: Entry, pattern: str) -> bool:
    return not pattern or any(fnmatchcase(text, pattern)
                              for text in (entry.name, f"{entry.kind}/{entry.name}"))


def _made(chosen: list[Entry], jobs: int, verified: bool) -> Iterator[Made]:
    """The pages as they get ready."""
    if jobs == 1 or len(chosen) == 1:
        yield from (make(entry, verified) for entry in chosen)
        return
    done = set()
    for page in in_processes(partial(make, verified=verified), chosen, jobs):
        done.add(page.entry)
        yield page
    for entry in chosen:
        if entry not in done:
            yield Made(entry, "", "", 0.0, "the process that made it was ended; its memory may not "
                       "have sufficed")
