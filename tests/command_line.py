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


def run(*arguments: str, stdin: str = "", env: Mapping[str, str] | None = None,
        ) -> CompletedProcess[str]:
    """Runs `derive` with these arguments, in the folder of the project."""
    read, output, errors = (io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8", newline="")
                            for text in (stdin, "", ""))
    code = 0
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.chdir(ROOT))
        stack.enter_context(mock.patch.dict(os.environ, env or {}))
        stack.enter_context(mock.patch.multiple(
            sys, argv=["derive", *arguments], stdin=read, stdout=output, stderr=errors))
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        finally:
            gc.enable()
            gc.unfreeze()
            output.flush()
            errors.flush()
    texts = (stream.buffer.getvalue().decode() for stream in (output, errors))  # type: ignore[attr-defined]
    return CompletedProcess(list(arguments), code, *texts)
