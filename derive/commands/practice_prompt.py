"""The prompt of `derive practice`: lines and words in, verdicts out."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from shlex import quote

import click

from derive.commands.progress_line import working
from derive.errors import DeriveError
from derive.given_files import content_of
from derive.rendering.text_page import TextPage
from derive.teaching.exercises.hand_in import practice_title
from derive.teaching.practice.practice_list import PracticeTask
from derive.teaching.practice.practice_response import Response
from derive.teaching.practice.practice_session import Practice
from derive.teaching.practice.practice_text import counts, response_lines, sheet_lines

PROMPT = "> "
WORDS = {
    "?": "a hint to the next step; each further one reveals more (also: hint)",
    "why": "which usual mistake may have made the last line, if that was wrong",
    "undo, redo": "take the last line back, and enter it again",
    "show": "the task and the lines so far",
    "save FILE": "write the sheet to a file; derive practice FILE goes on with it",
    "next": "the next task, where none was named at the start",
    "quit": "leave (also: Ctrl-D)",
}
_EXAMPLE = "Anything else is a line: = 2*x*sum(y), d(u, x), exp(o[k]), delta(i, y), or LaTeX; " \
           "let q = exp(z) gives a name of your own."


class Prompt:
    """A practice at the terminal, or with the lines of a pipe. `save` is a file to keep it in."""

    def __init__(self, practice: Practice, page: TextPage, save: Path | None = None,
                 further: Sequence[PracticeTask] = (),
                 begin: Callable[[str], Practice] | None = None) -> None:
        self.practice, self.page, self.path = practice, page, save
        self.further, self.begin = list(further), begin
        self.keeps = save is not None
        self.saved = practice.text()
        self.warned = ""  # the sheet of which it was told that it is not saved
        self.over = False
        self._words: dict[str, Callable[[str], None]] = {
            "?": self._hint, "hint": self._hint, "why": lambda _: self._ask(self.practice.why),
            "undo": lambda _: self._ask(self.practice.undo),
            "redo": lambda _: self._ask(self.practice.redo),
            "show": lambda _: self._show(), "task": lambda _: self._show(),
            "save": self._save, "next": lambda _: self._next(), "help": lambda _: self._help(),
            "quit": lambda _: self._leave(), "exit": lambda _: self._leave()}

    def run(self) -> bool:
        """Reads lines to the end; whether the last task is finished."""
        self._show()
        self._echo(self._styled("Type the next line, ? for a hint, help for more.", "dim"))
        while not self.over:
            try:
                line = _line()
            except (EOFError, KeyboardInterrupt):
                if _typed():
                    click.echo()
                self._leave()
            except UnicodeDecodeError:  # typed; in a pipe such a byte is a sign that is not read
                self._echo("This line is not UTF-8 text.")
            else:
                self._take(line.strip())
        if self._unsaved():
            self._echo("Nothing was saved; save FILE, or --save FILE at the start, keeps a sheet.")
        return self.practice.finished

    def _unsaved(self) -> bool:
        return bool(self.practice.lines) and self.practice.text() != self.saved \
            and not self.practice.finished

    def _may_go(self) -> bool:
        """Whether a sheet may be left; where a person types, one that is not saved is told of."""
        text = self.practice.text()
        if not (_typed() and self._unsaved()) or self.warned == text:
            return True
        self.warned = text
        self._echo("Not saved yet: save FILE keeps the sheet; once more leaves without.")
        return False

    def _take(self, line: str) -> None:
        """A line of the derivation, or a word."""
        word, _, rest = line.partition(" ")
        known = self._words.get(word.lower())
        try:
            if not line:
                return
            if known is not None and (not rest or word.lower() == "save"):
                known(rest.strip())
            else:
                self._enter(line)
            if self.keeps and self.path is not None and self.practice.text() != self.saved:
                self._write(self.path)
        except DeriveError as error:
            self._echo(f"{error}")
        except KeyboardInterrupt:
            self._echo("stopped; the line is not judged.")

    # The words

    def _enter(self, line: str) -> None:
        with working("judging the line"):
            response = self.practice.enter(line)
        column, length = response.place
        shown = line == self.page.sentence(line) and column
        if shown and len(PROMPT) + column <= self.page.width:
            self._echo(" " * (len(PROMPT) + column - 1) + "^" * length)
        self._answer(response)
        if response.mark == "finished":
            self._ended()

    def _hint(self, _: str) -> None:
        with working("looking at the next step"):
            response = self.practice.hint()
        self._answer(response)

    def _ask(self, question: Callable[[], Response]) -> None:
        with working("judging the line"):
            response = question()
        self._answer(response)

    def _show(self) -> None:
        for line in sheet_lines(self.practice, self.page):
            self._echo(line)

    def _save(self, name: str) -> None:
        path = _named(name) if name else self.path
        if path is None:
            self._echo("Name the file: save FILE")
            return
        check_ours(path, None if path == self.path else self.practice)
        self._write(path)
        self.path = path
        self._echo(f"written to {path}; derive practice {quote(str(path))} goes on with it")

    def _write(self, path: Path) -> None:
        self.practice.save(path)
        self.saved = self.practice.text()

    def _next(self) -> None:
        if not self.further or self.begin is None:
            self._echo("There is no next task.")
            return
        if not self._may_go():
            return
        self.practice = self.begin(self.further.pop(0).name)
        self.path, self.keeps, self.saved = None, False, self.practice.text()
        self._echo("")
        self._show()

    def _help(self) -> None:
        left = max(map(len, WORDS)) + 2
        for word, says in WORDS.items():
            for line in self.page.heading(f"  {word.ljust(left)}{says}", ""):
                self._echo(line)
        for line in self.page.heading(_EXAMPLE, ""):
            self._echo(line)

    def _leave(self) -> None:
        self.over = self._may_go()

    def _ended(self) -> None:
        """What can be done with a sheet that is finished."""
        ways = "save FILE keeps the sheet, quit ends" if not self.keeps else "quit ends"
        if self.further:
            ways = f"next goes on with: {self.further[0].title}; {ways}"
        for line in self.page.heading(f"  {counts(self.practice)}. {ways}.", "dim"):
            self._echo(line)

    # Output

    def _answer(self, response: Response) -> None:
        for line in response_lines(response, self.page):
            self._echo(line)

    def _styled(self, words: str, style: str) -> str:
        return self.page.styled(words, style)

    def _echo(self, line: str) -> None:
        click.echo(line, color=self.page.color or None)


def _named(name: str) -> Path:
    """The path of a name, in which ~ is a user's folder; it may be quoted.

    Raises DeriveError for no such user.
    """
    quoted = len(name) > 2 and name[0] == name[-1] and name[0] in "'\""
    try:
        return Path(name[1:-1] if quoted else name).expanduser()
    except (RuntimeError, ValueError) as error:
        raise DeriveError(f"cannot write {name}: {error}") from None


def check_ours(path: Path, practice: Practice | None = None) -> None:
    """Raises DeriveError for a file that is not written over: no practice wrote it.

    Nor is one of another task than that of a `practice`.
    """
    try:
        text = content_of(path).decode(errors="replace") if path.exists() else ""
        title = practice_title(text)
        if path.exists() and title is None:
            raise DeriveError(f"{path} is there already, and no practice wrote it; name another")
        if title is not None and practice is not None and title != practice.title:
            raise DeriveError(f"{path} is there already, with another task; name another file")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DeriveError(f"cannot write {path}: {reason}") from None


def _typed() -> bool:
    """Whether a person types the lines."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _line() -> str:
    """The next line. Raises EOFError at the end."""
    if _typed():
        return input(PROMPT)
    stream = getattr(sys.stdin, "buffer", None)  # a text's reader would lose the lines behind
    line: str = "" if sys.stdin is None else sys.stdin.readline() if stream is None else \
        stream.readline().decode("utf-8", "replace")
    if not line:
        raise EOFError
    click.echo(PROMPT + line.rstrip())
    return line


def edit_lines(names: Sequence[str]) -> None:
    """Arrow keys, a history and the completion of names, where readline is there."""
    def complete(text: str, state: int) -> str | None:
        fitting = [name for name in names if name.startswith(text)] if text else []
        return fitting[state] if state < len(fitting) else None

    if sys.platform != "win32":
        with contextlib.suppress(ImportError):
            import readline

            readline.set_completer(complete)
            readline.parse_and_bind("bind ^I rl_complete" if "libedit" in (readline.__doc__ or "")
                                    else "tab: complete")
