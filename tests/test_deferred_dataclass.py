"""A dataclass whose methods are made late is the same as any other."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, field, fields, is_dataclass, replace

import pytest

from derive.deferred_dataclass import dataclass


@dataclass(frozen=True)
class Interval:
    """A record with defaults."""

    low: int
    high: int = 9
    marks: list[int] = field(default_factory=list, compare=False)


@dataclass(frozen=True)
class Labelled(Interval):
    """A record that adds a field to those of another."""

    label: str = ""


@dataclass(frozen=True, eq=False)
class Alone:
    """A record that equals itself only."""

    value: int


@dataclass
class Counter:
    """A record that changes."""

    count: int = 0

    def __post_init__(self) -> None:
        self.start = self.count


def test_a_subclass_has_the_fields_of_both() -> None:
    assert [f.name for f in fields(Labelled)] == ["low", "high", "marks", "label"]
    assert repr(Labelled(1, label="a")) == "Labelled(low=1, high=9, marks=[], label='a')"


def test_equal_fields_are_equal_records_with_equal_hashes() -> None:
    assert Interval(1, 2, [3]) == Interval(1, 2) != Interval(2, 2)
    assert hash(Interval(1, 2, [3])) == hash(Interval(1, 2))
    assert Alone(1) != Alone(1)
    with pytest.raises(TypeError, match="unhashable"):
        hash(Counter())


def test_a_frozen_record_stays_as_it_is() -> None:
    interval = Interval(1)
    with pytest.raises(FrozenInstanceError, match="'low'"):
        interval.low = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError, match="'low'"):
        del interval.low  # type: ignore[misc]


def test_a_record_that_changes_runs_what_follows_its_init() -> None:
    counter = Counter(3)
    counter.count += 1
    assert (counter.count, counter.start) == (4, 3)


def test_an_argument_that_is_missing_is_named() -> None:
    with pytest.raises(TypeError, match="'low'"):
        Interval()  # type: ignore[call-arg]


def test_copies_pickles_and_replacements_are_equal() -> None:
    record = Labelled(1, 2, [3], "a")
    assert pickle.loads(pickle.dumps(record)) == copy.deepcopy(record) == record
    assert replace(record, label="b") == Labelled(1, 2, label="b")


def test_a_class_nobody_has_used_is_a_dataclass() -> None:
    @dataclass(frozen=True)
    class Unused:
        value: int = 0

    assert is_dataclass(Unused)
    assert Unused.__match_args__ == ("value",)


def test_eight_threads_that_begin_at_once_get_the_same_class() -> None:
    for _ in range(50):
        @dataclass(frozen=True)
        class Fresh:
            value: int

        with ThreadPoolExecutor(8) as pool:
            records = list(pool.map(Fresh, [1] * 64))
        assert set(records) == {Fresh(1)}
