"""The studio as a folder of files for any static host: the engine runs in the page itself."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path

import derive
from derive.errors import DeriveError
from derive.resources import rules_folder
from derive.studio.studio_page import own_asset, studio_page

_PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip",
            "pyodide-lock.json")
_POLICY = ("default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; "
           "style-src 'unsafe-inline'; img-src data:; connect-src 'self'; worker-src 'self'; "
           "base-uri 'none'; form-action 'none'")
_NONCE = "derive"  # of a page that is a file: nothing is put into it that an engine has not made


def write_playground(folder: Path, pyodide: Path) -> int:
    """Writes the playground into a folder; `pyodide` is that of the npm package.

    Returns its size in bytes. Raises DeriveError where Pyodide, Node or a library is missing.
    """
    missing = [name for name in _PYODIDE if not (pyodide / name).is_file()]
    if missing:
        raise DeriveError(f"{pyodide} does not hold {missing[0]}; it is the folder of the npm "
                          "package pyodide")
    (folder / "pyodide").mkdir(parents=True, exist_ok=True)
    for name in _PYODIDE:
        shutil.copyfile(pyodide / name, folder / "pyodide" / name)
    _write_engine(folder / "engine.zip", pyodide)
    policy = _POLICY.format(nonce=_NONCE)
    files = {"index.html": studio_page("worker_engine.js", policy, _NONCE),
             "playground_worker.js": own_asset("playground_worker.js")}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "offline.js").write_text(_offline(folder, files), encoding="utf-8")
    return sum(path.stat().st_size for path in _shipped(folder, files))


def _shipped(folder: Path, files: Iterable[str]) -> list[Path]:
    names = [*files, "engine.zip", *(f"pyodide/{name}" for name in _PYODIDE)]
    return [folder / name for name in names]


def _offline(folder: Path, files: Iterable[str]) -> str:
    """The worker that keeps the files; its version changes with any of them."""
    digest = blake2b(digest_size=8)
    shipped = _shipped(folder, files)
    for path in shipped:
        digest.update(path.read_bytes())
    names = ["./", *(path.relative_to(folder).as_posix() for path in shipped)]
    return own_asset("offline.js").replace("VERSION", digest.hexdigest()).replace(
        "FILES_OF_THE_PAGE", json.dumps(names))


def _write_engine(target: Path, pyodide: Path) -> None:
    """The modules of the engine and its libraries, compiled, in one archive."""
    node = shutil.which("node")
    if node is None:
        raise DeriveError("the playground is compiled with Node.js, which is not there; install "
                          "'node'")
    with tempfile.TemporaryDirectory() as name:
        sources, script = Path(name) / "sources.zip", Path(name) / "compile_engine.mjs"
        with zipfile.ZipFile(sources, "w", zipfile.ZIP_STORED) as archive:
            for path, place in _sources():
                archive.write(path, place)
        script.write_text(own_asset("compile_engine.mjs"), encoding="utf-8")
        done = subprocess.run([node, str(script), str(pyodide), str(sources), str(target)],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise DeriveError(f"the engine could not be compiled: {done.stderr.strip()[-300:]}")


def _sources() -> Iterator[tuple[Path, str]]:
    """The files of the engine, and where they stand in the archive."""
    done = subprocess.run([sys.executable, "-m", "derive.studio.engine_modules"],
                          capture_output=True, text=True, check=True)
    modules = [line.split("\t") for line in done.stdout.splitlines()]
    for name, path in modules:
        place = name.replace(".", "/")
        yield Path(path), f"{place}/__init__.py" if path.endswith("__init__.py") else f"{place}.py"
    root = Path(derive.__file__).parent
    for asset in sorted(root.rglob("assets/*")):
        yield asset, f"derive/{asset.relative_to(root).as_posix()}"
    rules = rules_folder()
    for path in sorted(rules.rglob("*.toml")):
        yield path, f"derive/rules/{path.relative_to(rules).as_posix()}"
