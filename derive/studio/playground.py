"""The studio as a folder of files for any static host: the engine runs in the page itself."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path

from derive.errors import DeriveError
from derive.reporting import report
from derive.resources import rules_folder
from derive.studio.studio_page import own_asset, studio_page
from derive.teaching.sites.own_folder import OwnFolder

_PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip",
            "pyodide-lock.json")
_OWN = ("index.html", "playground_worker.js", "engine_start.mjs", "engine.zip", "offline.js")
MANIFEST = "derive-playground.json"
_NONCE = "derive"  # of a page that is a file: nothing is put into it that an engine has not made
_POLICY = (f"default-src 'none'; script-src 'self' 'nonce-{_NONCE}' 'wasm-unsafe-eval'; "
           "style-src 'unsafe-inline'; img-src data:; connect-src 'self'; worker-src 'self'; "
           "base-uri 'none'; form-action 'none'")


def write_playground(folder: Path, pyodide: Path) -> int:
    """Writes the playground into a folder; `pyodide` is that of the npm package.

    Returns its size in bytes. Raises DeriveError where Pyodide or Node is missing, and for a
    folder that cannot be written or has files of somebody else.
    """
    missing = [name for name in _PYODIDE if not (pyodide / name).is_file()]
    if missing:
        raise DeriveError(f"{pyodide} does not hold {missing[0]}; it is the folder of the npm "
                          "package pyodide")
    target = OwnFolder(folder, MANIFEST, "derive site --playground")
    target.claim([*_OWN, *(f"pyodide/{name}" for name in _PYODIDE)])
    report("compiling the engine")
    contents = {"index.html": studio_page("worker_engine.js", _POLICY, _NONCE).encode(),
                **{name: own_asset(name).encode()
                   for name in ("playground_worker.js", "engine_start.mjs")},
                "engine.zip": _engine(pyodide),
                **{f"pyodide/{name}": (pyodide / name).read_bytes() for name in _PYODIDE}}
    for file, content in {**contents, "offline.js": _offline(contents)}.items():
        target.place(file, content)
    return sum(target.sizes.values())


def _offline(contents: Mapping[str, bytes]) -> bytes:
    """The worker that keeps the files; its version changes with any of them."""
    digest = blake2b(digest_size=8)
    for content in contents.values():
        digest.update(content)
    return own_asset("offline.js").replace("VERSION", digest.hexdigest()).replace(
        "FILES_OF_THE_PAGE", json.dumps(["./", *contents])).encode()


def _engine(pyodide: Path) -> bytes:
    """The modules of the engine and its libraries, compiled, in one archive."""
    node = shutil.which("node")
    if node is None:
        raise DeriveError("the playground is compiled with Node.js, which is not there; install "
                          "'node'")
    with tempfile.TemporaryDirectory() as name:
        sources, script, target = (Path(name) / file for file in (
            "sources.zip", "compile_engine.mjs", "engine.zip"))
        with zipfile.ZipFile(sources, "w", zipfile.ZIP_STORED) as archive:
            for path, place in _sources():
                archive.write(path, place)
        script.write_text(own_asset("compile_engine.mjs"), encoding="utf-8")
        done = subprocess.run([node, str(script), str(pyodide), str(sources), str(target)],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise DeriveError(f"the engine could not be compiled: {done.stderr.strip()[-300:]}")
        return target.read_bytes()


def _sources() -> Iterator[tuple[Path, str]]:
    """The files of the engine, and where they stand in the archive."""
    done = subprocess.run([sys.executable, "-m", "derive.studio.engine_modules"],
                          capture_output=True, text=True, check=True)
    modules = [line.split("\t") for line in done.stdout.splitlines()]
    for name, file in modules:
        place = name.replace(".", "/")
        yield Path(file), f"{place}/__init__.py" if file.endswith("__init__.py") else f"{place}.py"
    root = Path(__file__).resolve().parents[1]
    for asset in sorted(root.rglob("assets/*")):
        yield asset, f"derive/{asset.relative_to(root).as_posix()}"
    rules = rules_folder()
    for table in sorted(rules.rglob("*.toml")):
        yield table, f"derive/rules/{table.relative_to(rules).as_posix()}"
