"""The house: import direction, what the wheel owns, what stays lazy, knowledge in its room."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "derive").rglob("*.py"))

# The rooms from the ground up; a module imports from its own level or below.
LEVELS = [
    {"errors", "provided", "version"}, {"lazy", "resources", "turns"}, {"limits"},
    {"tables"},
    {"core"}, {"functions"}, {"notation"},
    {"rulebook"}, {"premises"}, {"derivation"}, {"judge"}, {"proof"}, {"calculus"}, {"storing"},
    {"arrays"},
    {"training"},
    {"rendering"}, {"audit"}, {"teaching"}, {"commands"},
]

def level(room: str) -> int:
    return next(n for n, rooms in enumerate(LEVELS) if room in rooms)


def imports(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("derive"):
            yield (node.module or "").split(".")
        elif isinstance(node, ast.Import):
            for name in node.names:
                if name.name.startswith("derive"):
                    yield name.name.split(".")


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    parts = path.relative_to(ROOT / "derive").with_suffix("").parts
    room = parts[0]
    if room == "__init__":
        return
    for module in imports(path):
        if module == ["derive"]:  # the root names all rooms: only commands stand above it
            assert room == "commands"
            continue
        assert level(module[1]) <= level(room), f"{room} imports {module[1]}"


def test_rendering_computes_nothing() -> None:
    for path in (ROOT / "derive" / "rendering").rglob("*.py"):
        for module in imports(path):
            assert module[1] not in ("calculus", "judge", "arrays")


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 50, node.name


ENTRIES = ("losses/*.toml", "distributions/*.toml", "cells/*.toml", "activations.toml",
           "heads.toml", "reductions.toml", "links.toml", "demonstrations/*.toml", "pictures.toml")
NOTATION = {"sum", "mean"}  # operators of the notation, and reductions too
# Words that mean something else where they stand: what, and in which rooms.
HOMONYMS = {
    "normal": ("how much is shown", {"commands", "derivation", "rendering", "teaching"}),
    "gamma": ("Γ, or the letter", {"functions", "judge", "notation", "rendering"}),
    "beta": ("Β, or the letter", {"functions", "judge", "notation", "rendering"}),
    "binomial": ("the coefficient", {"judge"}),
    "linear": ("a schedule, a regression", {"training"}), "cosine": ("a schedule", {"training"}),
    "exponential": ("a schedule", {"training"}),
    "clip": ("a bound on numbers", {"training", "arrays"}),
    "identity": ("the map that changes nothing", {"calculus"}),
}


def entries() -> set[str]:
    """The names and other names of losses, distributions, cells and the like."""
    found: set[str] = set()
    for pattern in ENTRIES:
        for file in (ROOT / "rules").glob(pattern):
            if file.parent.name == "demonstrations":
                found.add(file.stem.partition("-")[2])
                continue
            for name, entry in tomllib.loads(file.read_text()).items():
                found |= {name, *entry.get("aliases", ())}
    functions = tomllib.loads((ROOT / "rules" / "functions.toml").read_text())
    return {name for name in found if len(name) > 1} - functions.keys() - NOTATION


def strings(path: Path) -> set[str]:
    """The string constants of a file of the program."""
    text = path.read_text()
    if path.suffix == ".py":
        return {node.value for node in ast.walk(ast.parse(text))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return set(re.findall(r"(?<=\")[^\"\n]*(?=\")|(?<=')[^'\n]*(?=')", text))


def test_no_file_of_the_machine_names_an_entry_of_the_rules() -> None:
    """Knowledge is data. A name that is also a function's stands for the function."""
    known = entries()
    assert {"softmax-nll", "huber", "bernoulli", "lstm", "poisson", "relu6"} & known
    for path in (ROOT / "derive").rglob("*"):
        if path.suffix not in (".py", ".js", ".toml") or "rules" in path.parts:
            continue
        room = path.relative_to(ROOT / "derive").with_suffix("").parts[0]
        for name in strings(path) & known:
            _, rooms = HOMONYMS.get(name, ("", ()))
            assert room in rooms, f"{path.relative_to(ROOT)} names {name}"


def test_knowledge_lies_in_one_folder() -> None:
    assert not list((ROOT / "derive").rglob("*.toml"))


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["losses"], ["losses", "huber"],
                                       ["grad", "--help"], ["--version"]])
def test_listing_does_not_import_sympy(arguments: list[str]) -> None:
    code = ("import sys\nfrom derive.commands import cli\n"
            f"cli.main({arguments!r}, standalone_mode=False)\n"
            "print('heavy', sorted({'sympy', 'numpy', 'mpmath'} & set(sys.modules)))")
    assert run(code).rstrip().endswith("heavy []")


def test_importing_derive_is_light() -> None:
    assert run("import sys, derive; print('sympy' in sys.modules)").strip() == "False"


def test_rules_are_data_only() -> None:
    assert not list((ROOT / "rules").rglob("*.py"))


def test_the_wheel_owns_one_name_and_carries_the_rules(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path),
         str(ROOT)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    wheel = next(tmp_path.glob("*.whl"))
    assert wheel.name.startswith("derive_engine-")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {n.split("/")[0] for n in names}
    assert {t for t in tops if not t.endswith(".dist-info")} == {"derive"}
    for file in (ROOT / "rules").rglob("*.toml"):
        assert f"derive/rules/{file.relative_to(ROOT / 'rules')}" in names
