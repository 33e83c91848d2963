"""Where an answer goes, and in which form: standard output, a file, a page in the browser."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import click

from derive import file_writing
from derive.commands.output import encodes_unicode, overwriting
from derive.errors import DeriveError
from derive.given_files import content_of

STANDARD_OUTPUT = Path("-")
# Forms by the suffix of a file, where --format does not name one.
_SUFFIXES = {".html": "html", ".htm": "html", ".ipynb": "notebook", ".tex": "latex",
             ".md": "markdown", ".json": "json"}
# Forms that no one reads on a terminal, the suffix of their files, and what marks them as ours.
_UNREAD = {"html": (".html", b'name="generator" content="derive '),
           "notebook": (".ipynb", b'"derive": {')}
# What marks files of other forms as ours: pages and notebooks, and modules of code.
_MARKS = (*(mark for _, mark in _UNREAD.values()), b"derived and generated.")
_NOT_WRITTEN = (".pdf", ".docx", ".odt", ".png", ".jpg", ".svg")


@dataclass(frozen=True)
class Destination:
    """A form, and the file it is written to (None: standard output).

    `announced` where the user did not name the file, `opened` where a browser shows it.
    """

    form: str
    path: Path | None = None
    announced: bool = False
    opened: bool = False

    def write(self, text: str) -> None:
        """Writes a text there. Raises DeriveError where that cannot be."""
        if self.path is None:
            click.echo(text if encodes_unicode() else _escaped(text, self.form), color=True)
        else:
            write_file(self.path, text)
        if self.opened and self.path is not None:
            open_page(self.path)
        if self.announced:
            done = "opened" if self.opened else "written to"
            hint = "; --open shows it in the browser" if self.form == "html" else ""
            click.echo(f"{done} {self.path}{'' if self.opened else hint}", err=True)


def destination(form: str | None, output: Path | None, opened: bool, name: str,
                forms: Sequence[str] = ()) -> Destination:
    """Where an answer of that `name` goes, as --format, --output and --open have it.

    A page on a terminal goes to a file of that name, or is opened. Raises UsageError for options
    that exclude each other, DeriveError for a place at which nothing can be written.
    """
    free = output is None or output.suffix.lower() not in (*_SUFFIXES, *_NOT_WRITTEN)
    chosen = form or ("html" if opened and free else _by_suffix(output, forms))
    if opened and chosen != "html":
        raise click.UsageError(f"--open shows a page: it goes with --format html, not {chosen}")
    if output == STANDARD_OUTPUT:
        if opened:
            raise click.UsageError("--open and --output - exclude each other")
        return Destination(chosen)
    if output is not None:
        check_place(output)
        return Destination(chosen, output, opened=opened)
    if opened:
        return Destination(chosen, temporary(f"{name}.html"), announced=True, opened=True)
    if chosen in _UNREAD and sys.stdout.isatty():
        suffix, mark = _UNREAD[chosen]
        return Destination(chosen, _own_name(Path(f"{name}{suffix}"), mark), announced=True)
    return Destination(chosen)


def _own_name(path: Path, mark: bytes) -> Path:
    """A name that the user did not choose. Raises DeriveError where no page of ours may be."""
    if path.is_file() and not overwriting() and not _marked(path, (mark,)):
        raise DeriveError(f"{path} is there already, and derive did not write it; name a file "
                          "with --output FILE")
    check_place(path)
    return path


def _escaped(text: str, form: str) -> str:
    """A text whose form has escapes of its own for signs, in ASCII; another as it is."""
    if form == "html":
        return text.encode("ascii", "xmlcharrefreplace").decode()
    if form in ("json", "notebook"):
        return re.sub(r"[^\x00-\x7f]", lambda sign: json.dumps(sign.group())[1:-1], text)
    return text


def form_of_list(form: str | None, output: Path | None) -> str:
    """The form of a list: text or json. Raises UsageError as `destination`."""
    return form or _by_suffix(output, ("text", "json"))


def _by_suffix(output: Path | None, forms: Sequence[str]) -> str:
    """The form that the suffix of a file asks for; text for another suffix.

    Raises UsageError for the suffix of a form that is not written.
    """
    suffix = output.suffix.lower() if output else ""
    form = _SUFFIXES.get(suffix, "text")
    if form in forms and suffix not in _NOT_WRITTEN:
        return form
    written = ", ".join(s for s, f in _SUFFIXES.items() if f in forms)
    raise click.UsageError(f"no answer is written as {suffix}; the suffix names the form, one of "
                           f"{written}, or --format does")


def to_file_or_output(output: Path | None) -> Destination:
    """Text that goes to a file, or to standard output. Raises DeriveError as `destination`."""
    check_place(output)
    return Destination("text", None if output == STANDARD_OUTPUT else output)


@contextmanager
def printed_to(output: Path | None) -> Iterator[None]:
    """Sends what the block prints to a file, when it has ended well.

    Raises DeriveError as `destination`, before the block is entered.
    """
    going = to_file_or_output(output)
    if going.path is None:
        yield
        return
    written = io.BytesIO()
    with io.TextIOWrapper(written, "utf-8", newline="") as stream:
        with redirect_stdout(stream):
            yield
        stream.flush()
        write_file(going.path, written.getvalue().decode().removesuffix("\n"))


def name_for(command: str, target: str | None = None) -> str:
    """The name of a file without its suffix: of the command, and of the entry or file it takes."""
    target = target or ""
    stem = Path(target).stem if re.fullmatch(r"\S{1,100}\.(txt|toml|loss|json)", target) else target
    plain = stem if re.fullmatch(r"[A-Za-z0-9][\w-]{0,80}", stem) else ""
    return f"{command}-{plain}" if plain else command


def check_place(path: Path | None) -> None:
    """Raises DeriveError if nothing can be written at a path; tried before any work is done."""
    if path is None or path == STANDARD_OUTPUT:
        return
    folder = path.parent
    if path.is_dir():
        raise DeriveError(f"cannot write {path}: it is a folder")
    if not folder.is_dir():
        raise DeriveError(f"cannot write {path}: there is no folder {folder}")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise DeriveError(f"cannot write {path}: no permission")
    check_ours(path)


def check_ours(path: Path) -> None:
    """Raises DeriveError for a file that holds something derive did not write.

    What derive has written is known by a mark in it, or by a record of its content on this
    machine, until somebody changes it. With --overwrite, whatever is there may be replaced.
    """
    if overwriting() or not path.is_file() or file_writing.is_empty(path):
        return
    if not (file_writing.is_recorded(path) or _marked(path, _MARKS)):
        raise DeriveError(f"{path} is there already, and is not as derive has written it; name "
                          "another file, or give --overwrite")


def _marked(path: Path, marks: Sequence[bytes]) -> bool:
    try:
        content = content_of(path)
    except OSError:
        return False
    return any(mark in content for mark in marks)


def write_file(path: Path, text: str) -> None:
    """Writes a text and a line's end. Raises DeriveError for a file that cannot be written."""
    file_writing.write_file(path, text + "\n")


def open_page(path: Path) -> None:
    """Shows a page in the browser. Raises DeriveError where there is none."""
    import webbrowser

    if not webbrowser.open(path.resolve().as_uri()):
        raise DeriveError(f"no browser could be opened; the page is {path}")


def temporary(name: str) -> Path:
    """A file in a new folder of its own, which the system clears."""
    import tempfile

    return Path(tempfile.mkdtemp(prefix="derive-")) / name
