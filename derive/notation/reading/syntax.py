"""Text as Python's own syntax tree, within bounds; nothing is ever evaluated.

What people type is put into the notation first (`surface_forms.py`).
"""

from __future__ import annotations

import ast
import re
import warnings
from functools import lru_cache

from sympy import EulerGamma, Expr, pi

from derive.errors import NotationError
from derive.notation.reading.surface_forms import surface

CONSTANTS: dict[str, Expr] = {"pi": pi, "euler_gamma": EulerGamma}
EULER = "e"  # in powers such as e**x, where it is not declared

# What Python has and the notation has not, in words for errors.
FOREIGN: dict[type, str] = {
    ast.Lambda: "lambda", ast.Dict: "{ }", ast.Set: "{ }",
    ast.List: "a list", ast.Tuple: "a comma here", ast.ListComp: "a list", ast.NamedExpr: ":=",
    ast.JoinedStr: "text", ast.Await: "await", ast.Starred: "a star before a name",
    ast.GeneratorExp: "'for' outside sum, prod, mean, max, min or a vector function",
}
METHODS = frozenset({"sum", "prod", "mean", "max", "min"})  # x.sum() is sum(x)
MAX_LENGTH = 20_000
MAX_NESTING = 60
MAX_DEPTH = 150
MAX_TERMS = 1000
MAX_DIGITS = 400
_OPEN, _CLOSE = "([{", ")]}"
_WARNED = re.compile(r"\d[a-zA-Z]|[\\\"']")  # 1if, strings: Python reads them with a warning


@lru_cache(maxsize=100)
def read(line: str, start: int = 0) -> ast.expr:
    """The syntax tree of the expression in a line, from `start` on.

    Raises NotationError, pointing at the column, for text that is too long, too deep, or not
    one expression.
    """
    check_bounds(line)
    text = surface(line, start).text
    try:
        tree = _parsed(text.strip().replace("\r", " "))  # Python takes it for the end of a line
    except SyntaxError as error:
        raise _syntax_error(line, start, error) from None
    except (RecursionError, MemoryError):
        raise NotationError("this nests too deeply to be read; name its parts in definitions of "
                            "their own") from None
    except ValueError as error:
        raise NotationError(f"this cannot be read as a formula: {error}") from None
    if len(text) > MAX_NESTING:  # each operation has a sign of its own
        _check_depth(tree)
    return _Methods().visit(tree) if "." in text else tree


class _Methods(ast.NodeTransformer):
    """x.sum() is sum(x): a reduction of an array, written after it."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS and not (
                node.args or node.keywords):
            name = ast.copy_location(ast.Name(node.func.attr, ast.Load()), node)
            return ast.copy_location(ast.Call(name, [node.func.value], []), node)
        return node


def _parsed(text: str) -> ast.expr:
    if not _WARNED.search(text):
        return ast.parse(text, mode="eval").body
    with warnings.catch_warnings():  # which is the whole process's: only where it must be
        warnings.simplefilter("ignore")
        return ast.parse(text, mode="eval").body


def check_bounds(text: str) -> None:
    """Raises NotationError for text that is too long, has control signs or unmatched brackets."""
    if len(text) > MAX_LENGTH:
        raise NotationError(f"the text has {len(text):,} signs; at most {MAX_LENGTH:,} are read")
    stack: list[tuple[str, int]] = []
    for position, sign in enumerate(text):
        if ord(sign) < 32 and sign not in "\t\n\r":
            raise NotationError(f"control character U+{ord(sign):04X} in the text",
                                text, position + 1)
        if sign in _OPEN:
            stack.append((sign, position))
            if len(stack) > MAX_NESTING:
                raise NotationError(f"more than {MAX_NESTING} nested brackets", text, position + 1)
        elif sign in _CLOSE:
            if not stack or _OPEN.index(stack[-1][0]) != _CLOSE.index(sign):
                raise NotationError(f"this {sign!r} closes nothing; remove it or open it before",
                                    text, position + 1)
            stack.pop()
    if stack:
        sign, position = stack[-1]
        closing = _CLOSE[_OPEN.index(sign)]
        raise NotationError(f"this {sign!r} is never closed; add {closing!r}", text, position + 1)


def check_brackets(text: str) -> None:
    """Raises NotationError at a bracket that is never closed: it would take in all lines below."""
    opened: list[tuple[str, int]] = []
    for raw in text.split("\n"):
        line = raw.partition("#")[0].rstrip()
        for place, letter in enumerate(line):
            if letter in "([{":
                opened.append((line, place))
            elif letter in ")]}" and opened:
                opened.pop()
    if opened:
        line, place = opened[0]
        raise NotationError(f"{line[place]!r} is not closed", line, place + 1)


def closing_bracket(line: str, opening: int) -> int:
    """The place of the bracket that closes one, in a line whose brackets were checked."""
    depth = 0
    for place in range(opening, len(line)):
        depth += (line[place] in "([{") - (line[place] in ")]}")
        if depth == 0:
            return place
    return len(line) - 1


def column(line: str, node: ast.AST, start: int = 0) -> tuple[int, int]:
    """The column (from 1, in characters) and the width of a syntax node.

    The formula was read from the part of the line that begins at `start`.
    """
    form = surface(line, start)
    first, last = extent(form.text, node)
    place = form.place(first)
    return start + place + 1, max(1, form.place(last - 1) - place + 1)


def written(line: str, node: ast.AST, start: int = 0) -> str:
    """The text of a syntax node in the notation."""
    text = surface(line, start).text
    first, last = extent(text, node)
    return text[first:last]


def extent(text: str, node: ast.AST) -> tuple[int, int]:
    """Where the text of a node begins and ends; of one over several lines, its first line."""
    lead = len(text) - len(text.lstrip())
    lines = text.strip().split("\n")
    row = getattr(node, "lineno", 1) - 1
    first = _characters(lines[row], getattr(node, "col_offset", 0))
    end_row = getattr(node, "end_lineno", 1) - 1
    end = _characters(lines[end_row], getattr(node, "end_col_offset", 1))
    before = lead + sum(len(line) + 1 for line in lines[:row])
    last = end if end_row == row else len(lines[row])
    return before + first, before + max(first + 1, last)


def _characters(line: str, offset: int) -> int:
    return len(line.encode()[:offset].decode(errors="replace"))


def _syntax_error(line: str, start: int, error: SyntaxError) -> NotationError:
    form = surface(line, start)
    text = form.text
    if not text.strip():
        return NotationError("the formula is empty; type one, such as (z - y)**2 / 2")
    end = len(line.rstrip())
    lead = len(text) - len(text.lstrip())
    place = start + form.place(max(0, lead + error.offset - 1)) + 1 if error.offset else end
    unfinished = text.rstrip().endswith(tuple("+-*/=<>,@"))
    place = end if unfinished else max(1, min(place, end))
    message = _in_words(error.msg or "", line[place - 1:place], line[start:])
    return NotationError(message, line, place)


_MEANT = (  # what Python says of a text, and how that is said of a formula
    ("forgot a comma", "a sign or a comma is missing here"),
    ("leading zeros", "a number does not begin with 0"),
    ("unterminated string", "quotation marks are no part of the notation"),
    ("expected 'else'", "the case is not finished: a if condition else b"),
    ("literal", "a number was expected here"),
    ("assign", "a definition stands on a line of its own; equality is =="),
)


_LABEL = re.compile(r"\s*[^\W\d]\w*\s*\([^()]*\)\s*=")


def _in_words(message: str, sign: str, line: str) -> str:
    """What is wrong where Python's syntax ends, said of formulas."""
    foreign = sign and (not (sign.isascii() or sign.isalnum()) or sign in "?$;~`&")
    if foreign:
        return f"the sign {sign!r} is no part of the notation"
    if sign == "!":
        return "a factorial is exp(loggamma(n + 1)); 'is not' is !="
    if sign == "=" and _LABEL.match(line):
        return "leave out what stands before '=', or name the loss, as in L = …"
    if sign == "=":
        return "a formula was expected here (a definition stands on a line of its own; equality " \
            "is ==)"
    return next((words for key, words in _MEANT if key in message),
                "a formula was expected here")


def spine(node: ast.BinOp) -> list[ast.BinOp]:
    """An operation, that on its left side, and so on: the last is the one that is done first."""
    chain = [node]
    while isinstance(chain[-1].left, ast.BinOp):
        chain.append(chain[-1].left)
    return chain


def _operands(node: ast.AST) -> list[ast.AST]:
    """What stands one level below a node: of a sum of many terms, all terms."""
    if not isinstance(node, ast.BinOp):
        return list(ast.iter_child_nodes(node))
    chain = spine(node)
    if len(chain) > MAX_TERMS:
        raise NotationError(f"more than {MAX_TERMS} operations stand side by side; name parts of "
                            "them in definitions of their own")
    return [chain[-1].left, *(each.right for each in chain)]


def _check_depth(tree: ast.expr) -> None:
    level: list[ast.AST] = [tree]
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise NotationError(f"the formula nests more than {MAX_DEPTH} operations; "
                                "name its parts in definitions of their own")
        for node in level:
            operands = len(getattr(node, "values", ())) + len(getattr(node, "comparators", ()))
            if operands > MAX_NESTING:
                raise NotationError(f"at most {MAX_NESTING} conditions are joined at one place")
        level = [child for node in level for child in _operands(node)]


def names_in(text: str) -> list[str]:
    """The names that stand in the formulas of a text, those of functions left out, in order."""
    names: dict[str, None] = {}
    for line in text.splitlines():
        tree = read(line.partition("=")[2] if "=" in line else line) if line.strip() else None
        called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)} if tree else set()
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Name) and id(node) not in called and node.id not in CONSTANTS:
                names[node.id] = None
    return list(names)
