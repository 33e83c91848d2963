"""`derive practice`: a prompt in a pseudo terminal, lines of a pipe, what is kept, bad input."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import derive
from tests.command_line import run

pty = pytest.importorskip("pty", reason="pseudo terminals are POSIX's")

COMMAND = [sys.executable, "-m", "derive", "practice"]
TASK = ["(z - y)**2", "--wrt", "z"]
PATIENCE = 20.0  # seconds of silence
RIGHT, WRONG = "= 2*(z - y)", "= 2*(z + y)"
STEP = "= d((z - y)**2, z)"


class Terminal:
    """A command in a pseudo terminal: what it writes, and what a person types."""

    def __init__(self, *arguments: str, columns: int = 80, **environment: str) -> None:
        import fcntl
        import struct
        import termios

        settings = {**os.environ, "TERM": "xterm", "PYTHONIOENCODING": "utf-8", **environment}
        settings.pop("COLUMNS", None)
        self.shown = ""
        self.child, self.master = pty.fork()
        if self.child == 0:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.execve(COMMAND[0], [*COMMAND, *arguments], settings)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def _read(self) -> str:
        """What it writes next; nothing where it has ended, or is silent for too long."""
        ready, _, _ = select.select([self.master], [], [], PATIENCE)
        assert ready, f"silent after {self.shown!r}"
        try:
            return os.read(self.master, 4096).decode()
        except OSError:
            return ""

    def until(self, words: str) -> str:
        """What was written up to some words, since the last time."""
        while words not in self.shown:
            piece = self._read()
            assert piece, self.shown
            self.shown += piece
        before, _, self.shown = self.shown.partition(words)
        return before + words

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def interrupt(self) -> None:
        """Presses Ctrl-C, again where it came before the prompt listened."""
        for _ in range(10):
            self.type("\x03")
            if select.select([self.master], [], [], 1.0)[0]:
                return

    def ended(self) -> tuple[str, int]:
        """What was written to the end, and the exit code."""
        while piece := self._read():
            self.shown += piece
        code = os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])
        self.child = 0
        return self.shown, code

    def close(self) -> None:
        if self.child:
            os.kill(self.child, signal.SIGKILL)
            os.waitpid(self.child, 0)
        os.close(self.master)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def opened(terminals: list[Terminal], *arguments: str, **options: object) -> Terminal:
    terminals.append(Terminal(*arguments, **options))
    terminals[-1].until("\n> ")
    return terminals[-1]


def piped(lines: Sequence[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return run("practice", *arguments, stdin="".join(f"{line}\n" for line in lines))


# A person at a terminal

def test_a_session_at_a_terminal(terminals: list[Terminal], tmp_path: Path) -> None:
    terminal, sheet = opened(terminals, *TASK), tmp_path / "sheet.txt"
    terminal.type(f"{WRONG}\n")
    assert "\x1b[31m✗ not equal" in terminal.until("> ")
    terminal.type("?\n")
    assert "Differentiate the outer operation" in terminal.until("> ")
    terminal.type(f"{STEP}\n")
    assert "\x1b[32m✓ right" in terminal.until("> ")
    terminal.type(f"save {sheet}\n")
    assert "written to" in terminal.until("> ")
    terminal.type("\x1b[A\x1b[A")  # arrow up: the line before
    terminal.type("\n")
    assert "✓ right" in terminal.until("> ")
    terminal.type("undo\n")
    terminal.until("> ")
    terminal.type(f"{RIGHT}\n")
    assert "finished" in terminal.until("> ")
    terminal.type("quit\n")
    assert terminal.ended()[1] == 0
    assert derive.check(sheet.read_text()).correct


@pytest.mark.parametrize("leaves", ["\x04", "quit\n"])
def test_whoever_leaves_with_nothing_saved_is_asked_once(terminals: list[Terminal], leaves: str,
                                                         ) -> None:
    terminal = opened(terminals, *TASK)
    terminal.type(f"{STEP}\n")
    terminal.until("> ")
    terminal.type(leaves)
    assert "save FILE" in terminal.until("> ")
    terminal.type(leaves)
    shown, code = terminal.ended()
    assert "Nothing was saved" in shown
    assert code == 1


def test_a_plain_terminal_gets_ascii_and_ctrl_c_leaves(terminals: list[Terminal]) -> None:
    terminal = opened(terminals, *TASK, TERM="dumb")
    terminal.type(f"{WRONG}\n")
    shown = terminal.until("\n> ")
    assert shown.isascii()
    assert "NO not equal" in shown
    terminal.interrupt()  # no line is taken: nothing would be lost
    assert terminal.ended()[1] == 1


def test_a_narrow_terminal_without_colour(terminals: list[Terminal]) -> None:
    terminal = opened(terminals, *TASK, columns=40, NO_COLOR="1")
    terminal.type("= 2*(z - q)\n")
    typed, caret, *words = (shown := terminal.until("\n> ")).split("\r\n")
    assert caret.index("^") == len("> ") + "= 2*(z - q)".index("q")
    assert typed.endswith("= 2*(z - q)")
    assert not re.search(r"\x1b\[\d+m", shown)
    assert max(map(len, words)) <= 40


# Lines of a pipe

def test_lines_of_a_pipe_are_judged_in_order() -> None:
    done = piped([WRONG, "?", STEP, RIGHT], *TASK)
    assert (done.returncode, done.stderr) == (0, "")
    marks = re.findall(r"^(✗|✓)", done.stdout, re.MULTILINE)
    assert marks == ["✗", "✓", "✓"]
    assert "1 hint, 1 wrong attempt" in done.stdout


@pytest.mark.parametrize("lines", [[], [STEP], [WRONG], ["= z +"], [RIGHT, "undo"]])
def test_what_is_not_finished_exits_with_1(lines: list[str]) -> None:
    assert piped(lines, *TASK).returncode == 1


def test_tasks_of_a_topic_are_gone_through(tmp_path: Path) -> None:
    first = piped(["no cost", "next", "show"], "--topic", "costs", "--seed", "2")
    again = piped(["no cost", "next", "show"], "--topic", "costs", "--seed", "2")
    assert first.stdout == again.stdout
    assert len(set(re.findall(r"task +(cost of .*)", first.stdout))) == 2


def test_a_file_is_kept_and_gone_on_with(tmp_path: Path) -> None:
    sheet = tmp_path / "kept.txt"
    assert piped(["?", STEP], *TASK, "--save", str(sheet)).returncode == 1
    assert "# hint 1 after 0" in sheet.read_text()
    done = piped([RIGHT], *TASK, "--save", str(sheet))
    assert done.returncode == 0
    assert f"1  {STEP}" in done.stdout
    assert derive.check(sheet.read_text()).complete
    assert piped([], str(sheet)).returncode == 0


def test_a_sheet_that_is_kept_in_its_own_file_is_gone_on_with_once(tmp_path: Path) -> None:
    sheet = tmp_path / "kept.txt"
    piped(["?", STEP], *TASK, "--save", str(sheet))
    before = sheet.read_text()
    piped(["show", f"save {sheet}"], str(sheet), "--save", str(sheet))
    assert sheet.read_text() == before
    assert before.count(STEP) == before.count("# hint 1") == 1


def test_a_sheet_that_is_kept_in_another_file_goes_on_with_that(tmp_path: Path) -> None:
    one, other = tmp_path / "one.txt", tmp_path / "other.txt"
    for sheet in (one, other):
        piped(["?", STEP], *TASK, "--save", str(sheet))
    before = other.read_text()
    piped([f"save {other}"], str(one), "--save", str(other))
    assert other.read_text() == before


@pytest.mark.parametrize("name", ["~nouser/x", "~nouser", "a\0b"])
def test_a_place_that_is_none_is_named_in_a_line(name: str) -> None:
    done = piped([f"save {name}", RIGHT], *TASK)
    assert "cannot write" in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


def test_a_name_with_spaces_may_be_quoted_and_is_shown_as_a_shell_reads_it(tmp_path: Path) -> None:
    name = tmp_path / "my sheet.txt"
    done = piped([f'save "{name}"', f"save {name}", f"save {tmp_path}"], *TASK)
    assert done.stdout.count(f"derive practice '{name}' goes on with it") == 2
    assert f"cannot write {tmp_path}: Is a directory" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["my sheet.txt"]


def test_a_folder_that_is_not_there_is_named_before_any_line(tmp_path: Path) -> None:
    done = piped([RIGHT], *TASK, "--save", str(tmp_path / "no" / "sheet.txt"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no folder" in done.stderr


@pytest.mark.parametrize("name", ["nowhere.toml", "no/where.txt", "my sheet.md", "\\hat{y}.tex"])
def test_a_file_that_is_not_there_is_no_formula(name: str) -> None:
    done = piped([], name)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"derive: cannot read {name}: there is no such file\n"


@pytest.mark.parametrize(("line", "reply"), [
    ("let z = 3", "z is a name of the task"), ("let y = 2*z", "y is a name of the task"),
    ("let q = 2*z", "a name of your own")])
def test_let_gives_no_name_of_the_task_another_meaning(line: str, reply: str) -> None:
    assert reply in piped([line], *TASK).stdout


def test_a_sheet_of_another_task_is_not_written_over(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.txt"
    save = f"save {sheet}"
    piped([save], *TASK)
    before = sheet.read_text()
    assert "written to" in piped([save], *TASK).stdout
    for arguments in (["z**3", "--wrt", "z"], ["--topic", "softmax"]):
        assert "is there already, with another task" in piped([save], *arguments).stdout
    assert sheet.read_text() == before


def test_a_file_that_no_practice_wrote_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("notes\n")
    done = piped([RIGHT], *TASK, "--save", str(other))
    assert done.returncode == 1
    assert "is there already" in done.stderr
    assert "no practice wrote it" in piped([f"save {other}"], *TASK).stdout
    assert other.read_text() == "notes\n"


def test_a_file_with_another_task_is_refused(tmp_path: Path) -> None:
    sheet = tmp_path / "kept.txt"
    piped([STEP], *TASK, "--save", str(sheet))
    done = piped([], "(z + y)**2", "--wrt", "z", "--save", str(sheet))
    assert done.returncode == 1
    assert "another task" in done.stderr


def test_the_tasks_are_listed() -> None:
    done = piped([], "--list", "--topic", "matrices")
    assert done.returncode == 0
    assert {line.split("\t")[1] for line in done.stdout.strip().split("\n")} == {"matrices"}


@pytest.mark.parametrize(("arguments", "code", "words"), [
    (["no-such-loss"], 1, "--list"), (["(z - y)**2"], 1, "which variable"),
    (["--topic", "integrals"], 1, "there is no topic"), (["--hints", "7"], 2, "--hints"),
    (["z**2", "--wrt", "q"], 1, "'q'"), (["z**2", "--ask", "integral"], 2, "--ask")])
def test_what_cannot_be_practised_is_said_in_one_line(arguments: list[str], code: int, words: str,
                                                      ) -> None:
    done = piped([], *arguments)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_odd_bytes_are_a_line_that_is_not_read() -> None:
    done = subprocess.run([*COMMAND, *TASK], input=b"= 2*(z \xff y)\n= 2*(z \x00 y)\n"
                         + RIGHT.encode() + b"\n", capture_output=True, timeout=120)
    assert done.stdout.count(b"not read") == 2
    assert b"finished" in done.stdout, "no line behind is lost"
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


def test_help_names_every_word() -> None:
    shown = piped(["help"], *TASK).stdout
    assert {"why", "undo", "show", "save", "next", "quit"} <= set(re.findall(r"\w+", shown))
