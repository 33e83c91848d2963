"""What documents, docstrings and comments mention in backquotes is there."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from tests.house import ROOT
from tests.house_exceptions import STALE_PAGES

CODE = sorted(path for name in ("derive", "tests", "benchmarks")
              for path in (ROOT / name).rglob("*.py"))
PAGES = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
RULES = sorted((ROOT / "rules").rglob("*.toml"))
FOLDERS = {p.name for place in (ROOT, ROOT / "derive") for p in place.iterdir() if p.is_dir()}
PATH = re.compile(r"[a-z*][\w*-]*(/[\w*.-]+)*(\.(py|toml|js|css|md)|/)|[a-z]+(/[\w*-]+)+")
DOTTED = re.compile(r"([A-Za-z_]\w*(?:\.\w+)+)(?:\(.*\))?")
NAME = re.compile(r"(_*[a-z]\w*_\w+|_?[A-Z][a-z]+(?:[A-Z][a-z]+)+)(?:\(.*\))?")
# What begins the names of others, and endings of files that users have.
FOREIGN = {"np", "plt", "mp", "mpmath", "pydoc_data", "jax", "keras", "torch"}
# What users call in other libraries, or the files that they have written.
OF_LIBRARIES = {"custom_jvp", "setup_context", "shard_map", "predict_proba", "decision_function",
                "d_score"}
FILES = re.compile(r"loss\.(py|so)|.*\.(csv|json|jsonl|txt|html|npz|previous)")
# Names of quantities in formulas.
QUANTITIES = {"x_bar", "x_tilde", "y_prime", "y_star", "k_prime", "mu_sigma"}


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file that are written for people: of a page, docstrings, comments."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        text = re.sub(r"```.*?```", lambda block: "\n"*block[0].count("\n"), text, flags=re.DOTALL)
        yield from enumerate(text.splitlines(), 1)
    elif path.suffix == ".toml":
        yield from ((n, line) for n, line in enumerate(text.splitlines(), 1) if line[:1] == "#")
    else:
        yield from ((token.start[0], token.string) for token in tokens(path)
                    if token.type == tokenize.COMMENT)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and (
                    docstring := ast.get_docstring(node, clean=False)):
                yield from enumerate(docstring.splitlines(), node.body[0].lineno)


@cache
def tokens(path: Path) -> tuple[tokenize.TokenInfo, ...]:
    return tuple(tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline))


def mentions(path: Path) -> Iterator[tuple[str, str]]:
    """What stands in backquotes, and where."""
    for number, line in prose(path):
        for mention in re.findall(r"`([^`\n]+)`", line):
            yield mention, f"{path.relative_to(ROOT)}:{number}"


@cache
def files() -> frozenset[str]:
    return frozenset(p.name for p in (*CODE, *PAGES, *RULES, *ROOT.iterdir(),
                                      *(ROOT / "derive").rglob("*.*")))


@cache
def names_in_code() -> frozenset[str]:
    return frozenset(token.string for path in CODE for token in tokens(path)
                     if token.type == tokenize.NAME)


@cache
def identifiers() -> frozenset[str]:
    """The names in code, texts in it that are one name, and the words of the rules."""
    texts = {token.string.strip("\"'") for path in CODE for token in tokens(path)
             if token.type == tokenize.STRING}
    words = {word for path in RULES for word in re.findall(r"\w+", path.read_text("utf-8"))}
    return names_in_code() | texts | words


def is_path(mention: str) -> bool:
    """Whether a text is a path of the project: by its ending or its first folder."""
    return bool(PATH.fullmatch(mention)) and (
        "/" not in mention or mention.partition("/")[0] in FOLDERS
        or mention.endswith((".py", ".toml", ".js", ".css", ".md")))


def is_there(path: str, near: Path) -> bool:
    """Whether a path leads somewhere from the root, the package or a file's own folder."""
    if "/" not in path:
        return path in files()
    return any(list(place.glob(path)) for place in (ROOT, ROOT / "derive", near))


def has_meaning(name: str) -> bool:
    """Whether a dotted name leads to a module, or to what is named in one."""
    parts = name.split(".")
    if parts[0] in FOREIGN:
        return True
    if parts[0] not in ("derive", "tests", "benchmarks"):
        return set(parts) <= names_in_code()
    value = import_module(parts[0])
    for number, part in enumerate(parts[1:], 2):
        try:
            value = getattr(value, part)
        except AttributeError:
            try:
                value = import_module(".".join(parts[:number]))
            except ImportError:
                return False
    return True


def unknown(mention: str, near: Path) -> bool:
    """Whether what is mentioned has the form of a path or a name and is not there."""
    if is_path(mention):
        return not is_there(mention, near)
    if dotted := DOTTED.fullmatch(mention):
        return not FILES.fullmatch(mention) and not has_meaning(dotted[1])
    name = NAME.fullmatch(mention)
    return bool(name) and name[1] not in identifiers() | QUANTITIES | OF_LIBRARIES


@pytest.mark.parametrize("paths", [PAGES, RULES, CODE], ids=["pages", "rules", "code"])
def test_what_is_mentioned_is_there(paths: list[Path]) -> None:
    missing = [f"{place} mentions {mention}" for path in paths
               if path.relative_to(ROOT).as_posix() not in STALE_PAGES
               for mention, place in mentions(path) if unknown(mention, path.parent)]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize(("mention", "missing"), [
    ("core/walk.py", False), ("core/walks.py", True), ("walk.py", False), ("walks.py", True),
    ("rules/losses/*.toml", False), ("rules/lost/*.toml", True), ("derive/nowhere/", True),
    ("derive.grad", False), ("derive.grads", True), ("derive.core.walk.enter", False),
    ("derive.core.walk.leave", True), ("Derivation.replay", False), ("Derivations.replay", True),
    ("no_such_name()", True), ("z/z", False), ("fresh_index", False), ("x.csv", False)])
def test_what_is_missing_is_seen(mention: str, missing: bool) -> None:
    assert unknown(mention, ROOT) == missing
