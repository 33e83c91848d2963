"""The quick reader of plain TOML reads and refuses what the standard library does."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from derive import plain_toml

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "rules").rglob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_file_of_rules_is_read_alike(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert plain_toml.loads(text) == tomllib.loads(text)


@pytest.mark.parametrize("text", [
    "", "# nothing\n", "[a]\n", "[a]\nk = 1\n[b]\nk = -2.5 # c\n", '[a]\nk = "x # y" # z\n',
    '[a]\nk = "a\\\\b\\"c"\n', '[a]\nk = "\\n\\u0041"\n', "[a]\nk = 'raw\\'\n",
    '[a]\nk = ["x", "y, z", ]\n', '[a]\nk = [\n["x"],\n["y"]]\n', "[a]\nk = []\n",
    '[a]\nk = """\n[b]\nx = 1\n"""\n', "[a.b]\nk = 1\n[a.c]\nk = 2\n", "[[a]]\nk = 1\n[[a]]\n",
    '[a]\nk = { u = 40, y = "x = 1", z = true }\n', "top = 1\n[a]\nk = 1\n", "[a]\r\nk = 1\r\n",
    '["a b"]\nk = 1\n', "[a]\nk = 1e3\nl = 0x10\nm = 1_000\nn = inf\n", "[a]\nk = [1, 2.5]\n",
    "[a]\nk = 1979-05-27\n", "[a] # c\n\tk\t=\t1\n", "[a]\nk.l = 1\n", "[a]\n[a.b]\nk = 1\n"])
def test_what_is_valid_is_read_alike(text: str) -> None:
    assert plain_toml.loads(text) == tomllib.loads(text)


@pytest.mark.parametrize("text", [
    "[a]\nk = 1\nk = 2\n", "[a]\n[a]\n", "[a]\nk =\n", '[a]\nk = "x\n', "[a\n", "[a]\nk = 01\n",
    '[a]\nk = "\x01"\n', "[a]\nk = 1 2\n", "[a]\nk = { u = 1, u = 2 }\n", '[a]\nk = "\\q"\n',
    "[a]\nk = 1 # \x01\n", "[a]\rk = 1\n", "[a]\nk = [1,,2]\n", "[a]\nk = { u = 1, }\n",
    "[a]\nk = TRUE\n", "[a]\nk = 1.\n", "[a]\nk = ١\n", "a = 1\n[a]\n", "# \x01\n",
    "[a]\n\x0bk = 1\n"])
def test_what_is_broken_is_refused_alike(text: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as wanted:
        tomllib.loads(text)
    with pytest.raises(tomllib.TOMLDecodeError) as refused:
        plain_toml.loads(text)
    assert str(refused.value) == str(wanted.value)
