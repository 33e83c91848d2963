"""The playground, built once for tests, where Node and the npm package pyodide are."""

from __future__ import annotations

import functools
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from derive.studio.playground import write_playground

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(os.environ.get("DERIVE_PYODIDE", ROOT / "build" / "pyodide" / "package"))


def built_in(folder: Path) -> Path:
    """The playground in a subfolder `studio` of a folder; skips where it cannot be built."""
    if shutil.which("node") is None:
        pytest.skip("no node here, which compiles the playground (Debian: nodejs)")
    if not PACKAGE.is_dir():
        pytest.skip(f"no npm package pyodide in {PACKAGE}: 'make playground' fetches it, or set "
                    "DERIVE_PYODIDE to its folder")
    write_playground(folder / "studio", PACKAGE)
    return folder / "studio"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A static host of a folder, on an address of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet,
                                                                     directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
