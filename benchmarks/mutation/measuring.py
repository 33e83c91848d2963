"""Which tests run which functions: a plugin of pytest (`-p benchmarks.mutation.measuring`).

Of a parametrized test the first, the middle and the last case are run; every function of
`derive/` that a test calls is recorded with the test, and the seconds that all its cases take.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = str(ROOT / "derive") + os.sep
CASES = 3

_called: dict[int, CodeType] = {}
_tests: dict[str, set[str]] = defaultdict(set)
_seconds: dict[str, list[float]] = defaultdict(list)
_cases: dict[str, int] = {}


def test_function(item: pytest.Item) -> str:
    """The id of a test without its case."""
    return item.nodeid.partition("[")[0]


def function_name(code: CodeType) -> str:
    """File and qualified name of a code object; what is defined inside a function counts as it."""
    outer = code.co_qualname.partition(".<locals>")[0]
    return f"{Path(code.co_filename).relative_to(ROOT).as_posix()}:{outer}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    cases: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        cases[test_function(item)].append(item)
    _cases.update((name, len(group)) for name, group in cases.items())
    items[:] = [case for group in cases.values()
                for case in dict.fromkeys((group[0], group[len(group)//2], group[-1]))]


def _record(frame: FrameType, event: str, argument: object) -> None:
    _called[id(frame.f_code)] = frame.f_code


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _called.clear()
    start = time.process_time()
    sys.settrace(_record)
    try:
        return (yield)
    finally:
        sys.settrace(None)
        name = test_function(item)
        _seconds[name].append(time.process_time() - start)
        for code in list(_called.values()):
            if code.co_filename.startswith(PACKAGE):
                _tests[function_name(code)].add(name)


def pytest_sessionfinish() -> None:
    table = {"tests": {name: sorted(tests) for name, tests in sorted(_tests.items())},
             "seconds": {name: round(sum(times)/len(times)*_cases[name], 3)
                         for name, times in sorted(_seconds.items())}}
    Path(os.environ["MUTATION_TABLE"]).write_text(json.dumps(table), encoding="utf-8")
