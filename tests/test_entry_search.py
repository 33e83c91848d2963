"""Search in the tables: words, names, near names; and how tables show themselves in Python."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from html import escape
from typing import Any

import pytest

import derive
from derive.errors import ArgumentError, UnknownNameError
from derive.tables.cell_table import cells, heads, reductions
from derive.tables.entry_lists import Entries, grouped, heading_of, sentence_of
from derive.tables.notation_table import notation_words
from derive.teaching.demonstrations.demonstration_files import demos

TABLES: dict[str, Callable[..., Entries[Any]]] = {
    "losses": derive.losses, "distributions": derive.distributions,
    "activations": derive.activations, "cells": cells, "heads": heads,
    "reductions": reductions, "notation": notation_words, "demos": demos}


def names(entries: Entries[Any]) -> set[str]:
    return {entry.name for entry in entries}


@pytest.mark.parametrize(("search", "among"), [
    (("poisson",), {"poisson-nll", "zero-inflated-poisson-nll", "tweedie-deviance-mean"}),
    (("outliers",), {"huber", "student-t-nll", "tukey-biweight"}),
    (("heavy tail",), {"cauchy-nll", "student-t-nll"}),
    (("Heavy", "TAIL"), {"cauchy-nll", "student-t-nll"}),
    (("quantile",), {"pinball", "smooth-pinball", "asymmetric-laplace-nll"}),
    (("segmentation",), {"dice", "tversky"}),
    (("softplus(z)",), {"poisson-nll-softplus", "weighted-bce"}),
    (("generalized",), {"gev-nll", "generalised-kl", "softmax-gce"}),
    (("survival censoring",), {"weibull-survival-nll"}),
    (("ranking",), {"ranknet", "margin-ranking"}),
])
def test_words_are_looked_for_in_names_titles_meanings_and_formulas(
        search: tuple[str, ...], among: set[str]) -> None:
    assert among <= names(derive.losses(*search)) < names(derive.losses())


def test_every_word_must_be_there() -> None:
    both = names(derive.losses("poisson zeros"))
    assert both == names(derive.losses("poisson")) & names(derive.losses("zeros"))


@pytest.mark.parametrize(("typed", "name"), [
    ("huber", "huber"), ("mse", "gaussian-mse"), ("BCEWithLogitsLoss", "bernoulli-ce"),
    ("softmax_nll", "softmax-nll"), (" pinball ", "pinball")])
def test_the_entry_of_a_name_or_an_alias_comes_first(typed: str, name: str) -> None:
    assert derive.losses(typed)[0].name == name
    assert len(names(derive.losses(typed))) == len(derive.losses(typed))


def test_a_word_is_looked_for_at_beginnings_before_it_is_within_words() -> None:
    assert not names(derive.losses("tail")) & {"crps-normal"}
    assert "huber" in names(derive.losses("uber"))  # no word begins so


def test_what_only_sources_hold_is_found_too() -> None:
    assert "kumaraswamy" in names(derive.distributions("double-bounded"))
    assert "lstm" in names(cells("schmidhuber"))


def test_a_distribution_is_found_once_but_named_in_each_form() -> None:
    assert not [d for d in derive.distributions("normal law") if d.base]
    assert derive.distributions("normal-log-scale")[0].name == "normal-log-scale"


@pytest.mark.parametrize(("search", "message"), [
    (("hubr",), "there is no loss 'hubr'; did you mean huber"),
    (("heavy", "tailz"), "no loss matches 'tailz'; did you mean tail"),
    (("poisson", "zzzz"), "no loss matches 'zzzz'; see `derive losses`"),
    (("",), "there is no loss"), (("   ",), "there is no loss"),
    (("bernoulli circle",), "no loss matches 'circle'"),
    (("hinge laplace",), "no loss matches all of 'hinge laplace'"),
    (("lstm",), "'lstm' is a recurrent cell"),
    (("}{",), "there is no loss"),
    (("a" * 10_000,), "10,000 signs are no words to look for; at most 200 are read"),
    (("tail " * 1_000,), "4,999 signs are no words"),
])
def test_nothing_is_one_line_with_near_names(search: tuple[str, ...], message: str) -> None:
    with pytest.raises(UnknownNameError) as raised:
        derive.losses(*search)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("wrong", [None, 3, ["huber"], b"huber"])
@pytest.mark.parametrize("table", TABLES)
def test_what_is_no_text_is_refused(table: str, wrong: Any) -> None:
    with pytest.raises(ArgumentError, match=f"^{table} takes words to look for as text"):
        TABLES[table](wrong)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_shows_itself_in_a_line(table: str) -> None:
    entries = TABLES[table]()
    several = {"notation": "words of the notation"}.get(table, table)
    assert repr(entries).startswith(f"{len(entries)} {several}: {entries[0].name}, ")
    assert len(repr(entries)) <= 100
    assert repr(entries[:1]).startswith("1 ")
    assert repr(entries[:0]) == f"0 {several}"


@pytest.mark.parametrize("table", TABLES)
def test_a_table_shows_all_its_entries_in_a_notebook(table: str) -> None:
    entries = TABLES[table]()
    shown = entries._repr_html_()
    headings = {heading_of(table, entry) for entry in entries} - {""}
    assert shown.count("<tr>") == 1 + len(entries) + len(headings)
    assert all(f">{escape(entry.name)}<" in shown for entry in entries)
    assert "<script" not in shown


def test_a_table_is_a_tuple_that_keeps_its_name() -> None:
    entries = derive.losses("poisson")
    assert isinstance(entries, tuple)
    assert isinstance(entries[1:], Entries)
    for twin in (pickle.loads(pickle.dumps(entries)), copy.deepcopy(entries), entries[:]):
        assert twin == entries
        assert (twin.table, twin.what) == ("losses", "loss")


@pytest.mark.parametrize("table", TABLES)
def test_every_entry_stands_under_a_heading_that_the_table_of_groups_has(table: str) -> None:
    for entry in TABLES[table]():
        assert " " in heading_of(table, entry) or heading_of(table, entry) == "Vectors" \
            or table in ("heads", "reductions", "notation")
        assert sentence_of(entry) == next(filter(None, (
            getattr(entry, key, "") for key in ("meaning", "says", "question"))))


def test_groups_keep_the_order_in_which_they_begin() -> None:
    titles = [title for title, _ in grouped(derive.losses(), lambda loss: loss.name[0])]
    assert titles == list(dict.fromkeys(loss.name[0] for loss in derive.losses()))
