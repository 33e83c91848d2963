"""Mutations of a tree of sources, chosen by a seed: every room has its share.

Left alone is what has no meaning to the program: docstrings and messages (texts, and what a
`raise` says), type hints, blocks for type checkers, and how large a limit of work or size is.
"""

from __future__ import annotations

import ast
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mutation:
    """A change of one place of one file: characters `start` to `end` become `new`."""

    file: str
    function: str  # its qualified name; the entry of a TOML file; "" between functions
    line: int
    kind: str
    start: int
    end: int
    old: str
    new: str

    def applied(self, text: str) -> str:
        """The text of the file, changed. Raises ValueError where it is another text."""
        if text[self.start:self.end] != self.old:
            raise ValueError(f"{self.file} has changed since the mutation was chosen")
        return text[:self.start] + self.new + text[self.end:]

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.function or '(module)'}: {self.kind}, " \
               f"`{' '.join(self.old.split())}` → `{' '.join(self.new.split())}`"


COMPARISONS = {ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="), ast.Lt: ("<", "<="),
               ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"),
               ast.In: ("in", "not in"), ast.NotIn: ("not in", "in"),
               ast.Is: ("is", "is not"), ast.IsNot: ("is not", "is")}
OPERATORS = {ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"),
             ast.FloorDiv: ("//", "*"), ast.Pow: ("**", "*"), ast.BitOr: ("|", "&"),
             ast.BitAnd: ("&", "|")}
LIMITS = re.compile(r"(^|_)(MOST|LIMIT|WORK|WIDTH|SECONDS)(_|$)")
SIGNS = {ast.Not: "not", ast.USub: "-"}
UNTOUCHED_FIELDS = ("annotation", "returns", "decorator_list")
UNTOUCHED_CALLS = {"NotationError", "Field", "field", "option", "argument", "TypeVar", "NamedTuple"}


class _File:
    """The places of one Python file that may be changed."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text, self.tree = name, text, ast.parse(text)
        self.offsets = [0]
        for line in text.splitlines(keepends=True):
            self.offsets.append(self.offsets[-1] + len(line))
        self.lines = [line.encode() for line in text.splitlines()]

    def at(self, line: int, column: int) -> int:
        """The place in the text of a line and a column, which `ast` counts in bytes."""
        return self.offsets[line - 1] + len(self.lines[line - 1][:column].decode())

    def span(self, node: ast.expr) -> tuple[int, int]:
        return (self.at(node.lineno, node.col_offset),
                self.at(node.end_lineno or 0, node.end_col_offset or 0))

    def mutations(self) -> Iterator[Mutation]:
        for node, function in _live(self.tree, ""):
            for kind, start, end, new in self.changes(node):
                old = self.text[start:end]
                yield Mutation(self.name, function, node.lineno, kind, start, end, old, new)

    def changes(self, node: ast.AST) -> Iterator[tuple[str, int, int, str]]:
        """The changes of one node: their kinds, places and new texts."""
        match node:
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                yield from self.between(left, right, *COMPARISONS[type(operator)], "comparison")
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in OPERATORS:
                if not any(isinstance(side, (ast.JoinedStr, ast.List, ast.Tuple)) or isinstance(
                        getattr(side, "value", None), str) for side in (left, right)):
                    yield from self.between(left, right, *OPERATORS[type(operator)], "operator")
            case ast.BoolOp(op=operator, values=[left, right, *_]):
                swap = ("and", "or") if isinstance(operator, ast.And) else ("or", "and")
                yield from self.between(left, right, *swap, "operator")
            case ast.UnaryOp(op=ast.Not() | ast.USub() as operator):
                start, _ = self.span(node)
                yield "sign", start, start + len(SIGNS[type(operator)]), ""
            case ast.Constant(value=bool(value)):
                yield "constant", *self.span(node), str(not value)
            case ast.Constant(value=int(value)):
                yield "constant", *self.span(node), str(value + 1)
            case ast.Constant(value=float(value)):
                new = value*1000 if abs(value) < 1e-2 else value*2
                yield "real number", *self.span(node), repr(new or 1.0)
            case ast.If(test=test) | ast.IfExp(test=test):
                yield "dropped branch", *self.span(test), "False"

    def between(self, left: ast.expr, right: ast.expr, old: str, new: str, kind: str,
                ) -> Iterator[tuple[str, int, int, str]]:
        """The operator that stands between two operands, and brackets around them."""
        start, end = self.span(left)[1], self.span(right)[0]
        pattern = r"\s+".join(map(re.escape, old.split()))
        places = list(re.finditer(pattern, self.text[start:end]))
        if len(places) == 1:
            yield kind, start + places[0].start(), start + places[0].end(), new


def _live(node: ast.AST, function: str) -> Iterator[tuple[ast.AST, str]]:
    """The nodes that matter to the program, each with the function it stands in."""
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or name in UNTOUCHED_FIELDS:
                continue
            if isinstance(child, (ast.Raise, ast.Assert, ast.JoinedStr)):
                continue
            if isinstance(child, ast.Assign) and LIMITS.search(ast.unparse(child.targets[0])):
                continue
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            if isinstance(child, ast.Call) and ast.unparse(child.func).rpartition(".")[2] in \
                    UNTOUCHED_CALLS:
                continue
            here = function
            if isinstance(child, (ast.FunctionDef, ast.ClassDef)) and "." not in function:
                here = f"{function}.{child.name}".lstrip(".")
            yield child, here
            yield from _live(child, here)


# Keys of the rules whose texts are mathematics.
FORMULAS = ("from", "to", "requires", "given", "loss", "density", "derivative", "definition",
            "antiderivative", "inverse", "activation", "increasing", "equations", "moments", "cost")


def _toml_mutations(name: str, text: str) -> Iterator[Mutation]:
    """A sign or a number of a formula of the rules."""
    entry, start = "", 0
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if header := re.match(r"\[+\"?([^\]\"]+)", line):
            entry = header[1]
        key = re.match(r"(\w+)\s*=", line)
        if key and key[1] in FORMULAS:
            for place in re.finditer(r" \+ | - |(?<![\w.])\d(?![\w.])", line):
                old = place[0]
                new = {" + ": " - ", " - ": " + "}.get(old) or str(int(old) + 1)
                at = start + place.start()
                yield Mutation(name, entry, number, "rule", at, at + len(old), old, new)
        start += len(line)


def candidates(root: Path) -> dict[str, list[Mutation]]:
    """All mutations by room: the folders of derive/, its own files, the rules."""
    rooms: dict[str, list[Mutation]] = defaultdict(list)
    for path in sorted((root / "derive").rglob("*.py")):
        name = path.relative_to(root).as_posix()
        room = name.split("/")[1] if name.count("/") > 1 else "derive"
        rooms[room] += _File(name, path.read_text(encoding="utf-8")).mutations()
    for path in sorted((root / "rules").rglob("*.toml")):
        if path.parent.name != "demonstrations":
            rooms["rules"] += _toml_mutations(path.relative_to(root).as_posix(),
                                              path.read_text(encoding="utf-8"))
    return {room: mutations for room, mutations in rooms.items() if mutations}


def chosen(root: Path, count: int, seed: int,
           allowed: Callable[[Mutation], bool] = lambda mutation: True) -> list[Mutation]:
    """`count` mutations: the rooms in turn, larger ones more often; in each, kinds in turn."""
    draw = random.Random(seed)
    rooms = {room: [m for m in mutations if allowed(m)]
             for room, mutations in candidates(root).items()}
    rooms = {room: mutations for room, mutations in rooms.items() if mutations}
    weight = {room: len(mutations)**0.5 for room, mutations in rooms.items()}
    taken: list[Mutation] = []
    drawn: dict[str, int] = dict.fromkeys(rooms, 0)
    while len(taken) < count:
        room = max(rooms, key=lambda r: weight[r]/(drawn[r] + 0.5))
        drawn[room] += 1
        kinds = sorted({m.kind for m in rooms[room]})
        kind = draw.choice(kinds)
        mutation = draw.choice([m for m in rooms[room] if m.kind == kind])
        if mutation not in taken:
            taken.append(mutation)
    return taken
