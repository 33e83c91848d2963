"""A run overwrites no file that it reads, and none that is not a run's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import derive
from derive.errors import DeriveError

ROWS = "price\n" + "".join(f"{n % 7}.5\n" for n in range(60))
SMALL: dict[str, Any] = {"steps": 2, "hidden": 4, "bptt": 8, "batch": 2}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    path.write_text(ROWS)
    return path


def refused(data: Path, match: str, **files: Any) -> None:
    with pytest.raises(DeriveError, match=match):
        derive.train(data=str(data), overwrite=True, **SMALL, **files)
    assert data.read_text() == ROWS


@pytest.mark.parametrize("option", ["log", "save", "plot"])
def test_no_file_is_written_that_is_read(data: Path, option: str) -> None:
    refused(data, f"--{option} .* is the file that --data .* reads", **{option: data})


def test_another_name_of_the_data_is_the_same_file(data: Path) -> None:
    for make in (os.symlink, os.link):
        other = data.with_name(f"{make.__name__}.csv")
        make(data, other)
        refused(data, "is the file that --data", log=other)
    (data.parent / "folder").mkdir()
    refused(data, "is the file that --data", log=data.parent / "folder" / ".." / data.name)


def test_what_is_written_beside_a_checkpoint_is_not_the_data(data: Path) -> None:
    other = data.with_name("run.previous")
    data.rename(other)
    with pytest.raises(DeriveError, match=r"writes run.previous too, which is the file"):
        derive.train(data=str(other), save=data.with_name("run"), overwrite=True, **SMALL)
    assert other.read_text() == ROWS


def test_two_results_do_not_share_a_file(data: Path) -> None:
    both = data.with_name("run.csv")
    refused(data, "--log .* is the file that --save .* writes", save=both, log=both)


@pytest.mark.parametrize(("name", "content"), [
    ("notes.csv", "a,b\n1,2\n"), ("notes.csv", "my only line"), ("notes.jsonl", '{"a": 1}'),
    ("notes.jsonl", "[1, 2]\n"), ("notes.csv", "step,epoch\n1,2\n")])
def test_a_foreign_log_is_left_as_it_is(data: Path, name: str, content: str) -> None:
    log = data.with_name(name)
    log.write_text(content)
    refused(data, "is no log of derive: it is left as it is", log=log)
    assert log.read_text() == content


@pytest.mark.parametrize("name", ["log.csv", "log.jsonl"])
def test_a_log_of_ours_is_replaced(data: Path, name: str) -> None:
    log = data.with_name(name)
    for _ in range(2):
        derive.train(data=str(data), overwrite=True, log=log, **SMALL)
    cut = log.read_text()[:9]
    log.write_text(cut)
    derive.train(data=str(data), overwrite=True, log=log, **SMALL)
    assert len(log.read_text()) > 100


def test_a_foreign_picture_is_left_as_it_is(data: Path) -> None:
    pytest.importorskip("matplotlib")
    picture = data.with_name("cat.png")
    picture.write_bytes(b"\x89PNG my cat")
    refused(data, "is no plot of derive", plot=picture)
    assert picture.read_bytes() == b"\x89PNG my cat"
    ours = data.with_name("ours.png")
    for _ in range(2):
        derive.train(data=str(data), plot=ours, **SMALL)
