"""Without an optional library: one line that names it and the extra that installs it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

import derive
from derive.errors import DeriveError, TrainingError
from derive.extras import LIBRARIES, install, required
from tests.command_line import ROOT, run

EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "optional-dependencies"]


def hide(patch: pytest.MonkeyPatch, library: str) -> None:
    """From here on the library cannot be imported."""
    for name in [n for n in sys.modules if n.partition(".")[0] == library]:
        patch.delitem(sys.modules, name)
    patch.setitem(sys.modules, library, None)


COMMANDS = {
    "plot": ("matplotlib", ["plot", "huber", "--output", "huber.png"]),
    "plot beside": ("matplotlib", ["grad", "mse", "--plot", "mse.svg"]),
    "curves": ("matplotlib", ["train", "brackets", "--steps", "1", "--plot", "run.png"]),
    "font": ("fontTools", ["grad", "mse", "--format", "html", "--embed-font", "LICENSE"]),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_in_one_line_what_to_install(name: str, monkeypatch: pytest.MonkeyPatch,
                                                    ) -> None:
    library, arguments = COMMANDS[name]
    hide(monkeypatch, library)
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"derive: .* needs? " + re.escape(f"{library}: ")
                        + re.escape(install(LIBRARIES[library][1])), done.stderr.rstrip("\n"))


# what the libraries are needed for in Python
FUNCTIONS: dict[str, Callable[[], object]] = {
    "matplotlib": lambda: required("matplotlib", "plots need"),
    "fontTools": lambda: required("fontTools", "--embed-font needs"),
    "threadpoolctl": lambda: derive.train("brackets", steps=1, threads=2),
    "torch": lambda: derive.kernel("huber", target="torch"),
    "jax": lambda: derive.kernel("huber", target="jax"),
    "starlette": lambda: required("starlette", "the studio needs"),
    "uvicorn": lambda: required("uvicorn", "the studio needs"),
}
LARGE = {"torch", "jax"}  # extras that the extra of all of them leaves out
PRINTED = "derive/arrays/targets/functional/*_functions.py"  # into modules, and never imported
SERVING = "derive/studio/s*erv*.py"  # imported by the command once the libraries are known


@pytest.mark.parametrize("module", LIBRARIES)
def test_a_function_says_in_one_line_what_to_install(module: str, monkeypatch: pytest.MonkeyPatch,
                                                     ) -> None:
    name, extra = LIBRARIES[module]
    hide(monkeypatch, module.partition(".")[0])
    with pytest.raises(DeriveError, match=re.escape(f"{name}: {install(extra)}")) as refused:
        FUNCTIONS[module]()
    assert "\n" not in str(refused.value)


def test_one_thread_needs_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, "threadpoolctl")
    assert derive.train("brackets", steps=1, hidden=2).rows


def test_a_library_that_does_not_load_is_not_called_missing(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    for text in ("import of_no_such_name", "from os import of_no_such_name"):
        hide(monkeypatch, "matplotlib")
        monkeypatch.delitem(sys.modules, "matplotlib")
        (tmp_path / "matplotlib.py").write_text(text, encoding="utf-8")
        with pytest.raises(TrainingError, match=r"installed but does not load: .*of_no_such_name"):
            required("matplotlib", "--plot needs", TrainingError)


def test_each_library_is_in_its_extra() -> None:
    for module, (library, extra) in LIBRARIES.items():
        names = {re.split(r"[<>=!~\[ ]", requirement)[0] for requirement in EXTRAS[extra]}
        assert (module if extra in LARGE else library).lower() in names, module
    small = [extra for extra in EXTRAS if extra not in ("all", *LARGE)]
    assert EXTRAS["all"] == [f"derive-engine[{','.join(small)}]"]
    assert {extra for _, extra in LIBRARIES.values()} == EXTRAS.keys() - {"all"}


def test_the_package_imports_only_what_it_declares() -> None:
    tops = {module.partition(".")[0] for module in LIBRARIES}
    known = sys.stdlib_module_names | tops | {"derive", "sympy", "numpy", "mpmath", "click", "rich"}
    for path in (ROOT / "derive").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else \
                [node.module or "derive"] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= known, path


def test_no_module_imports_an_optional_library_when_it_is_loaded() -> None:
    tops = {module.partition(".")[0] for module in LIBRARIES}
    for path in {*(ROOT / "derive").rglob("*.py")} - {
            *ROOT.glob(PRINTED), *ROOT.glob(SERVING)}:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else \
                [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not tops & {name.partition(".")[0] for name in names}, path
