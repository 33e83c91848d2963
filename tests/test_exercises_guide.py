"""The guide for teachers: its files, commands and numbers are those of the program."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

import derive
from derive.teaching.exercises.exercise_file import KEYS
from derive.teaching.exercises.exercise_points import Scheme
from tests import command_line
from tests.command_line import ROOT
from tests.test_docs import content

PAGE = (ROOT / "docs" / "exercises.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"<!-- file: (\S+) -->\n+```\w*\n(.*?)```"
                   r"|```console\n\$ (derive\b.*?)\n(.*?)```", re.DOTALL)


def untimed(output: str) -> str:
    """An output without its layout and without the time that it took."""
    return re.sub(r" time +[\d.]+ s", "", content(output)).strip()


def test_the_guide_shows_what_the_program_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                               ) -> None:
    monkeypatch.setattr(command_line, "ROOT", tmp_path)
    commands = 0
    for file, text, command, shown in BLOCK.findall(PAGE):
        if file:
            (tmp_path / file).parent.mkdir(exist_ok=True)
            if (tmp_path / file).exists():  # what the student has added to it stands below
                assert text.startswith((tmp_path / file).read_text(encoding="utf-8").rstrip())
            (tmp_path / file).write_text(text, encoding="utf-8")
        else:
            done = command_line.run(*shlex.split(command)[1:], env={"COLUMNS": "88"})
            assert (done.returncode, untimed(done.stdout)) == (0, untimed(shown)), done.stderr
            commands += 1
    assert commands == 3
    assert (tmp_path / "marks.csv").read_text(encoding="utf-8").count("\n") == 4
    monkeypatch.chdir(tmp_path)
    exercise = derive.exercise("weighted.toml")
    marks = derive.mark(exercise, "hand-ins", jobs=1, pages=True)
    assert marks.sheets[0].points == 10
    assert marks.save_pages("marks") == 4


def test_the_guide_names_every_key_of_the_file() -> None:
    section = PAGE.partition("## The teacher's file")[2].partition("\n## ")[0]
    listed = {name for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
              for name in re.findall(r"`(\w+)`", row)}
    assert listed == set(KEYS)
    (row,) = re.findall(r"^\| `points` \|.*$", section, re.MULTILINE)
    assert all(f"`{name}`" in row for name in Scheme.__dataclass_fields__)
    example = tomllib.loads(BLOCK.findall(PAGE)[0][1])
    assert set(example) <= set(KEYS)
