"""Every entry of the catalogue says in one plain sentence what it is for."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from derive.tables.activation_table import activations
from derive.tables.cell_table import cells, heads, reductions
from derive.tables.distribution_table import distributions, links
from derive.tables.loss_table import losses
from derive.tables.picture_table import listed_pictures
from derive.training.tasks.registry import TASKS

ENTRIES: dict[str, list[Any]] = {
    "losses": list(losses()), "activations": list(activations()), "cells": list(cells()),
    "distributions": [d for d in distributions() if not d.base], "heads": list(heads()),
    "reductions": list(reductions()), "links": list(links()), "pictures": list(listed_pictures()),
    "tasks": list(TASKS.values())}
EACH = [pytest.param(e, id=f"{kind}:{e.name}") for kind, entries in ENTRIES.items()
        for e in entries]


@pytest.mark.parametrize("entry", EACH)
def test_a_meaning_is_one_short_sentence(entry: Any) -> None:
    meaning = entry.meaning
    assert 30 <= len(meaning) <= 110
    assert meaning[0].isupper()
    assert meaning.endswith(".")
    assert not re.search(r"[.!?] [A-Z]", meaning), "more than one sentence"


@pytest.mark.parametrize("entry", EACH)
def test_a_meaning_holds_no_formula(entry: Any) -> None:
    assert not re.search(r"[0-9=*^_(){}\[\]\\|<>/]", entry.meaning)


def test_no_two_meanings_are_alike() -> None:
    counted = Counter(re.sub(r"\W+", " ", e.meaning).lower() for entries in ENTRIES.values()
                      for e in entries)
    assert [text for text, times in counted.items() if times > 1] == []


@pytest.mark.parametrize("entry", EACH)
def test_a_meaning_is_more_than_the_title(entry: Any) -> None:
    def words(text: str) -> set[str]:
        return set(re.findall(r"[a-z]{4,}", text.lower()))

    assert len(words(entry.meaning) - words(entry.title)) >= 4


def test_a_form_of_a_distribution_means_what_the_distribution_means() -> None:
    meanings = {d.name: d.meaning for d in distributions()}
    assert all(meanings[d.base] == d.meaning for d in distributions() if d.base)
