"""Data of the user: text, CSV, JSON lines and NPZ, with errors by line and column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from derive.errors import DataError
from derive.given_files import content_of
from derive.tables.cell_table import measured_heads
from derive.training.tasks.csv_files import read_csv
from derive.training.tasks.json_arrays import unpacked
from derive.training.tasks.json_lines import read_json_lines
from derive.training.tasks.npz_files import read_npz
from derive.training.tasks.readings import FEWEST_STEPS, Options, Reading, at_least, finish
from derive.training.tasks.task_data import Data, sha256
from derive.training.tasks.text_tasks import character_model

JSON = ".json"  # which is one of the others in another form
ENDINGS = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".npz": "npz"}
AS_IT_IS = Options()


def read_file(path: str | Path, options: Options = AS_IT_IS) -> Data:
    """The data of a file. DataError names the file and the line, row or column at fault."""
    path = Path(path)
    _check_options(options)
    content = original = read_bytes(path)
    kind = options.kind or ENDINGS.get(path.suffix.lower(), "text")
    if not options.kind and path.suffix.lower() == JSON:
        kind, content = unpacked(str(path), decode(content, str(path)))
    title, read = _READERS[kind]
    if kind != "csv" and (options.inputs or options.targets):
        raise DataError(f"{title} has no columns; columns are named for CSV files", str(path))
    reading = read(path, content, options)
    if options.head and options.head != reading.head:
        raise DataError(f"the head {options.head} does not fit these targets, {reading.head} does",
                        str(path))
    reading = replace(reading, name=path.stem, digest=sha256(original), kind=kind)
    return finish(reading, options.held_out, options.seed, str(path))


def _of_text(read: Callable[[Path, str, Options], Reading],
             ) -> Callable[[Path, bytes, Options], Reading]:
    """A reader of text as one of bytes."""
    return lambda path, content, options: read(path, decode(content, str(path)), options)


def read_text(path: Path, text: str, options: Options = AS_IT_IS) -> Reading:
    """A character language model on a text."""
    text = text[: options.limit]
    at_least(len(text), FEWEST_STEPS, "characters", str(path))
    if len(set(text)) == 1:
        raise DataError(f"all characters are {text[0]!r}: nothing to learn", str(path))
    return replace(character_model(text, str(path), options.symbols or options.classes),
                   title=f"Next character of {path.name}")


_READERS: dict[str, tuple[str, Callable[[Path, bytes, Options], Reading]]] = {
    "csv": ("a CSV file", _of_text(read_csv)),
    "jsonl": ("a JSON lines file", _of_text(read_json_lines)),
    "npz": ("an NPZ file", read_npz),
    "text": ("a text", _of_text(read_text)),
}


def _check_options(options: Options) -> None:
    if options.kind and options.kind not in _READERS:
        raise DataError(f"no kind of file {options.kind!r}; known are {', '.join(_READERS)}")
    if options.head and options.head not in measured_heads():
        raise DataError(f"no head {options.head!r}; known are {', '.join(measured_heads())}")
    if not 0 < options.held_out < 1:
        raise DataError(f"the held-out part is between 0 and 1, not {options.held_out:g}")
    if options.ahead is not None and options.ahead < 0:
        raise DataError(f"a target stands 0 or more rows ahead, not {options.ahead}")
    if options.limit is not None and options.limit < 1:
        raise DataError(f"the limit is 1 or more, not {options.limit}")


_REASONS: dict[type[Exception], str] = {
    FileNotFoundError: "no such file", PermissionError: "no permission to read it",
    IsADirectoryError: "this is a folder; name a file in it"}


def read_bytes(path: Path) -> bytes:
    """The content of a plain file that is not empty. DataError says why it cannot be read."""
    where = str(path)
    try:
        content = content_of(path, None)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(_REASONS.get(type(error), f"cannot be read: {reason}"), where) from None
    if not content:
        raise DataError("the file is empty", where)
    return content


def decode(content: bytes, where: str) -> str:
    """UTF-8 with or without its mark, lines ending in a newline. DataError by line and byte."""
    # A zero byte stands in no text but in nearly every binary file, UTF-16 included.
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError("the text is UTF-16; save it as UTF-8", where)
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise DataError("a zero byte: this is a binary file, not text", where, line)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        raise DataError(f"the byte 0x{content[error.start]:02x} is not UTF-8; save the file as "
                        "UTF-8", where, before.count(b"\n") + 1,
                        error.start - before.rfind(b"\n")) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise DataError("nothing but white space", where)
    return text
