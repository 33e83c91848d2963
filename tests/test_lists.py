"""What the commands list: in pipes, on terminals, as JSON, by words; and the cards of entries."""

from __future__ import annotations

import doctest
import json
import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from derive.rulebook.loading import standard_rulebook
from derive.tables.activation_table import activations
from derive.tables.cell_table import cells
from derive.tables.distribution_table import distributions
from derive.tables.loss_table import losses
from derive.tables.notation_table import notation_words
from derive.tables.picture_table import listed_pictures
from derive.tables.rule_table import listed_rules
from derive.teaching.demonstrations.demonstration_files import demos
from derive.training.tasks.registry import TASKS
from tests import command_line

ROOT = Path(__file__).parent.parent
COMMAND = [sys.executable, str(ROOT / "cli.py")]
LISTS: dict[str, list[str]] = {
    "losses": [e.name for e in losses()],
    "distributions": [e.name for e in distributions() if not e.base],
    "activations": [e.name for e in activations()],
    "cells": [e.name for e in cells()],
    "rules": [e.name for e in listed_rules()],
    "demo": [e.name for e in demos()],
    "plot": [e.name for e in listed_pictures()],
    "train --list": list(TASKS),
    "notation": [e.name for e in notation_words()],
}
SEARCHED = {"losses": "poisson", "distributions": "heavy tail", "activations": "smooth",
            "cells": "gate", "rules": "kronecker", "demo": "likelihood", "train --list": "text",
            "notation": "symmetric matrix"}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return command_line.run(*arguments, env=environment)


def on_terminal(columns: int, rows: int, *arguments: str, **environment: str) -> list[str]:
    """The lines that a command writes on a terminal of that size."""
    pty = pytest.importorskip("pty", reason="terminals of POSIX")
    import fcntl
    import struct
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    size = {"COLUMNS": "", "LINES": ""}
    with subprocess.Popen([*COMMAND, *arguments], stdin=slave, stdout=slave, stderr=slave,
                          cwd=ROOT, env={**os.environ, "PAGER": "cat", "TERM": "xterm",
                                         "PYTHONIOENCODING": "utf-8", **size, **environment}):
        os.close(slave)
        written = b""
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:
                break
            if not part:
                break
            written += part
    os.close(master)
    return written.decode().replace("\r\n", "\n").rstrip("\n").split("\n")


@pytest.mark.parametrize("command", LISTS)
def test_a_pipe_gets_a_row_for_each_entry_with_the_name_first(command: str) -> None:
    rows = [line.split("\t") for line in run(*command.split()).stdout.splitlines()]
    assert [row[0] for row in rows] == LISTS[command]
    assert len({len(row) for row in rows}) == 1


@pytest.mark.parametrize("command", LISTS)
def test_json_has_every_entry_with_all_that_is_known(command: str) -> None:
    entries = json.loads(run(*command.split(), "--format", "json").stdout)
    names = [entry["name"] for entry in entries]
    assert names == LISTS[command] or set(names) > set(LISTS[command])  # distributions in all forms
    assert all({"meaning", "says", "question"} & set(entry) for entry in entries)


def test_json_of_a_rule_has_the_keys_of_its_file() -> None:
    (entry,) = json.loads(run("rules", "sifting", "--format", "json").stdout)
    rule = standard_rulebook()["sifting"]
    assert (entry["from"], entry["to"], entry["source"]) == (rule.from_, rule.to, rule.source)


def test_the_list_of_rules_is_that_of_the_rulebook() -> None:
    book = [(r.name, r.stage, r.says, r.source) for r in standard_rulebook()]
    assert [(r.name, r.stage, r.says, r.source) for r in listed_rules()] == book


@pytest.mark.parametrize("columns", [40, 80])
@pytest.mark.parametrize("command", LISTS)
def test_a_list_fits_the_terminal_and_has_every_name(command: str, columns: int) -> None:
    lines = on_terminal(columns, 24, *command.split(), NO_COLOR="1")
    assert max(map(len, lines)) <= columns
    text = "\n".join(lines)
    assert all(re.search(rf"(^|\s){re.escape(name[:columns - 3])}", text)
               for name in LISTS[command])
    assert f"{len(LISTS[command])} " in text


@pytest.mark.parametrize("columns", [40, 80])
@pytest.mark.parametrize("arguments", [
    ("losses", "huber"), ("losses", "student-t-nll"), ("distributions", "kumaraswamy"),
    ("activations", "bessel-ratio"), ("cells", "lstm"), ("rules", "sifting"),
    ("notation", "clip")])
def test_a_card_fits_the_terminal(arguments: tuple[str, ...], columns: int) -> None:
    lines = on_terminal(columns, 24, *arguments, NO_COLOR="1")
    assert max(map(len, lines)) <= columns
    assert arguments[1] in "\n".join(lines)


@pytest.mark.parametrize("command", SEARCHED)
def test_words_list_what_is_about_them(command: str) -> None:
    first, *rest = command.split()
    rows = run(first, SEARCHED[command], *rest).stdout.splitlines()
    assert 1 < len(rows) < len(LISTS[command])
    assert {row.split("\t")[0] for row in rows} < set(LISTS[command])


def test_words_need_no_quotes() -> None:
    assert run("losses", "heavy", "tail").stdout == run("losses", "heavy tail").stdout != ""


@pytest.mark.parametrize("command", SEARCHED)
def test_nothing_is_one_line_and_exit_1(command: str) -> None:
    first, *rest = command.split()
    done = run(first, "qqxyzzy", *rest)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"derive: there is no .*'qqxyzzy'; see `derive .*`\n", done.stderr)


def test_a_long_list_goes_through_the_pager(tmp_path: Path) -> None:
    pager = tmp_path / "pager"
    pager.write_text("#!/bin/sh\necho paged\ncat\n")
    pager.chmod(0o755)
    shown = {"PAGER": str(pager)}
    assert on_terminal(80, 24, "losses", **shown)[0] == "paged"
    assert on_terminal(80, 24, "losses", "--no-pager", **shown)[0] != "paged"
    assert on_terminal(80, 24, "losses", NO_PAGER="1", **shown)[0] != "paged"
    assert on_terminal(80, 24, "losses", TERM="dumb", PAGER=str(pager))[0] != "paged"
    assert on_terminal(80, 200, "cells", **shown)[0] != "paged"


def test_colours_are_left_out_where_they_are_not_wanted() -> None:
    assert "\x1b[" in "\n".join(on_terminal(80, 24, "cells", "--no-pager"))
    assert "\x1b[" not in "\n".join(on_terminal(80, 24, "cells", "--no-pager", NO_COLOR="1"))


def test_a_terminal_without_mathematical_signs_gets_words() -> None:
    text = "\n".join(on_terminal(80, 24, "losses", "--no-pager", NO_COLOR="1",
                                 PYTHONIOENCODING="ascii"))
    assert text.isascii()
    assert "sigma" in text


def test_what_is_typed_and_names_stand_as_they_are() -> None:
    assert "  **  z**2" in on_terminal(80, 24, "notation", "--no-pager", NO_COLOR="1")
    heads = "\n".join(on_terminal(80, 24, "cells", "--heads", "--no-pager", NO_COLOR="1"))
    assert "−" not in heads
    assert heads.endswith("one of them: derive bptt MODEL --head softmax")


def test_headings_stand_above_their_entries() -> None:
    lines = on_terminal(80, 24, "losses", "--no-pager", NO_COLOR="1")
    assert lines.index("Binary classification") < next(
        n for n, line in enumerate(lines) if line.startswith("  hinge  "))
    assert "  hinge  max(0, 1 − (2y − 1)·z)" in lines


def test_a_card_says_formula_shapes_and_what_to_type_next() -> None:
    shown = run("losses", "softmax-nll").stdout
    for part in ("−log(softmax(o)[y])", "-log(softmax(o)[y])", "o, a vector of K real numbers",
                 "y, one of K classes", "K, the number of classes", "derive grad softmax-nll",
                 "derive nll categorical --link softmax"):
        assert part in shown


@pytest.mark.parametrize("arguments", [
    ("plot", "--output", "a.png"), ("demo", "--format", "html"),
    ("cells", "lstm", "--heads"), ("cells", "--heads", "--reductions"),
    ("demo", "why-exp", "--format", "json"), ("plot", "huber", "--format", "json"),
    ("train", "digits", "--format", "json"), ("rules", "--check", "--format", "json")])
def test_options_that_do_not_fit_a_list_are_one_line(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [
    *(command.split() for command in LISTS), ["losses", "poisson"], ["losses", "huber"],
    ["rules", "kronecker"], ["distributions", "gamma"], ["train", "text", "--list"],
    ["losses", "--format", "json"]], ids=" ".join)
def test_a_list_imports_nothing_heavy(arguments: list[str]) -> None:
    code = ("import sys\nfrom derive.commands import cli\n"
            f"cli.main({arguments!r}, standalone_mode=False)\n"
            "print('heavy', sorted({'sympy', 'numpy', 'mpmath'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT,
                          encoding="utf-8")
    assert done.stdout.rstrip().endswith("heavy []"), done.stderr


def test_the_page_of_the_catalogue_is_up_to_date() -> None:
    written = runpy.run_path(str(ROOT / "docs" / "catalogue.py"))["page"]()
    page = ROOT / "docs" / "catalogue.md"
    assert page.read_text(encoding="utf-8") == written, "python docs/catalogue.py writes it anew"


def test_the_examples_of_the_page_of_the_catalogue_are_real() -> None:
    page = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
    example = page.partition("```python\n")[2].partition("```")[0]
    test = doctest.DocTestParser().get_doctest(example, {}, "catalogue", None, None)
    assert doctest.DocTestRunner().run(test).failed == 0
    for line in re.findall(r"^    (derive .*)$", page, re.MULTILINE):
        assert run(*shlex.split(line)[1:]).returncode == 0, line
