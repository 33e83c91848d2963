"""The command line in the process of the tests: what it prints, and its exit code."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess
from unittest import mock

from derive.commands import main

ROOT = Path(__file__).resolve().parent.parent


class _Kept(io.BytesIO):
    """Bytes that are still there when a stream in front of them has been closed."""

    def close(self) -> None:
        pass


def run(*arguments: str, stdin: str = "", env: Mapping[str, str] | None = None,
        encoding: str = "utf-8") -> CompletedProcess[str]:
    """Runs `derive` with these arguments, in the folder of the project."""
    read, output, errors = (io.TextIOWrapper(_Kept(text.encode()), encoding, newline="")
                            for text in (stdin, "", ""))
    code = 0
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.chdir(ROOT))
        stack.enter_context(mock.patch.dict(os.environ, env or {}))
        stack.enter_context(mock.patch.object(gc, "freeze"))  # this process does not end
        stack.enter_context(mock.patch.multiple(
            sys, argv=["derive", *arguments], stdin=read, stdout=output, stderr=errors))
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        finally:
            gc.enable()
            output.flush()
            errors.flush()
    texts = (stream.buffer.getvalue().decode(encoding) for stream in (output, errors))  # type: ignore[attr-defined]
    return CompletedProcess(list(arguments), code, *texts)
