"""Data of the user: text, CSV, JSON lines and NPZ, with errors by line and column."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from derive.errors import DataError
from derive.tables.cell_table import measured_heads, usual_head
from derive.training.tasks.task_data import OF_CLASSES, Data, check, sha256
from derive.training.tasks.text_tasks import character_model

KINDS = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".npz": "npz"}
_CALLED = {"text": "a text", "jsonl": "a JSON lines file", "npz": "an NPZ file"}
FEWEST_STEPS = 20  # of one stream: a tenth of fewer is nothing to measure on


@dataclass(frozen=True)
class Options:
    """How a file is read.

    `kind`: text, csv, jsonl or npz; by default what the name ends in, else text.
    `inputs`, `targets`: names of CSV columns (1, 2, … without a header). `ahead`: how many rows
    after its inputs a target stands; by default 1 where a target is an input too, else 0.
    `head`: a head of `rules/heads.toml` where the targets may be read in more than one way.
    `held_out`: the part that is measured on: the end of a stream, or sequences drawn by `seed`.
    `symbols`, `classes`: those of a model that exists already; others are refused.
    `limit`: read only that many characters, rows, lines or sequences.
    """

    kind: str = ""
    inputs: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    ahead: int | None = None
    head: str = ""
    held_out: float = 0.1
    seed: int = 0
    symbols: tuple[str, ...] | None = None
    classes: tuple[str, ...] | None = None
    limit: int | None = None


AS_IT_IS = Options()


def read_file(path: str | Path, options: Options = AS_IT_IS) -> Data:
    """The data of a file. DataError names the file and the line, row or column at fault."""
    from derive.training.tasks.csv_files import read_csv
    from derive.training.tasks.json_lines import read_json_lines
    from derive.training.tasks.npz_files import read_npz

    path = Path(path)
    _check_options(options)
    content = read_bytes(path)
    kind = options.kind or KINDS.get(path.suffix.lower(), "text")
    if kind != "csv" and (options.inputs or options.targets):
        raise DataError(f"{_CALLED[kind]} has no columns; columns are named for CSV files",
                        str(path))
    if kind == "npz":
        data = read_npz(path, content, options)
    else:
        text = decode(content, str(path))
        if kind == "csv":
            data = read_csv(path, text, options)
        elif kind == "jsonl":
            data = read_json_lines(path, text, options)
        else:
            data = read_text(path, text, options)
    checked = check(replace(data, digest=sha256(content), name=str(path)))
    return replace(checked, name=data.name)


def _check_options(options: Options) -> None:
    kinds = {"text", *KINDS.values()}
    if options.kind and options.kind not in kinds:
        raise DataError(f"no kind of file {options.kind!r}; known are {', '.join(sorted(kinds))}")
    if options.head and options.head not in measured_heads():
        raise DataError(f"no head {options.head!r}; known are {', '.join(measured_heads())}")
    if not 0 < options.held_out < 1:
        raise DataError(f"the held-out part is between 0 and 1, not {options.held_out:g}")
    if options.ahead is not None and options.ahead < 0:
        raise DataError(f"a target stands 0 or more rows ahead, not {options.ahead}")
    if options.limit is not None and options.limit < 1:
        raise DataError(f"the limit is 1 or more, not {options.limit}")


def read_bytes(path: Path) -> bytes:
    """The content of a file that is not empty. DataError says why it cannot be read."""
    where = str(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError("no such file", where) from None
    except IsADirectoryError:
        raise DataError("this is a folder; name a file in it", where) from None
    except PermissionError:
        raise DataError("no permission to read it", where) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"cannot be read: {reason}", where) from None
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


def at_least(count: int, fewest: int, what: str, where: str) -> None:
    """DataError where there is too little to learn from and measure on."""
    if count < fewest:
        raise DataError(f"{count} {what} are too few; {fewest} are the least", where)


def read_text(path: Path, text: str, options: Options = AS_IT_IS) -> Data:
    """A character language model on a text."""
    text = text[: options.limit]
    at_least(len(text), FEWEST_STEPS, "characters", str(path))
    if len(set(text)) == 1:
        raise DataError(f"all characters are {text[0]!r}: nothing to learn", str(path))
    usual = usual_head(OF_CLASSES)
    if options.head not in ("", usual):
        raise DataError(f"the head {options.head} does not fit a text, {usual} does", str(path))
    data = character_model(text, str(path), f"Next character of {path.name}", str(path),
                           options.symbols or options.classes, options.held_out)
    return replace(data, name=path.stem)
