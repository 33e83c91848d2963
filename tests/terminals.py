"""A command on a terminal of its own: what it writes there, in the order in which it does."""

from __future__ import annotations

import os
import signal
import struct
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.command_line import ROOT

COMMAND = (sys.executable, str(ROOT / "cli.py"))
# The same, with a line of progress from the first moment on, whatever the machine's speed.
EAGER = (sys.executable, "-c", "from derive.commands import main, progress_line; "
                               "progress_line._AFTER = 0.0; main()")


def on_a_terminal(*arguments: str, columns: int = 80, folder: Path = ROOT,
                  env: Mapping[str, str] | None = None, interrupt_at: bytes = b"",
                  typed: bytes = b"", command: tuple[str, ...] = COMMAND) -> tuple[str, int]:
    """What `derive` writes on a terminal, and its exit code. POSIX only.

    Ctrl-C is pressed when `interrupt_at` is written, if that is not empty; `typed` is typed at
    the first sign that it writes.
    """
    import fcntl
    import pty
    import termios

    settings = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT), **(env or {})}
    settings.pop("COLUMNS", None)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # also where this process ignores it
        os.execve(command[0], [*command, *arguments], settings)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    written = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the command has ended
            break
        if not part:
            break
        written += part
        if typed:
            os.write(terminal, typed)
            typed = b""
        if interrupt_at and interrupt_at in written:
            os.write(terminal, b"\x03")
            interrupt_at = b""
    os.close(terminal)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return written.decode().replace("\r\n", "\n"), code
