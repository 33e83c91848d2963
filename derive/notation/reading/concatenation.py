"""Vectors side by side, `W @ concat(h[t-1], x[t])` with `W: real[H, H + D]`, as sums of blocks.

A matrix over `H + D` is its blocks, `W_a: real[H, H]` and `W_b: real[H, D]`; the product is
`W_a @ h[t-1] + W_b @ x[t]`. A name for such a vector, `z[t] = concat(…)`, stands for its parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from derive.errors import ModelError
from derive.notation.reading.declaration_lines import between_commas
from derive.notation.reading.specification import text_lines
from derive.notation.reading.syntax import closing_bracket

_WORD = re.compile(r"(?<![\w.])concat\s*\(")
_DECLARED = re.compile(r"\s*([^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*)\s*:\s*(\w+)\s*\[(.*)\]\s*\Z", re.S)
_NAMED = re.compile(r"\s*([^\W\d]\w*)\s*\[\s*([^\W\d]\w*)\s*\]\s*=(?!=)\s*(concat\s*\(.*)\Z", re.S)
_ABOUT = re.compile(r"(\s*(?:init|learned|frozen)\s)(.*)\Z", re.S)
_MATRIX = re.compile(r"([^\W\d]\w*)\s*@\s*\Z")
_VECTOR = re.compile(r"(?<![\w.])dot\s*\(\s*([^\W\d]\w*)\s*,\s*\Z")
_SUFFIXES = ("abcdefghijk", "ABCDEFGHIJK", "123456789")
_HOW = "write W @ concat(h[t-1], x[t]) with W: real[H, H + D], one dimension for each part"


def without_concatenation(text: str) -> str:
    """The text of a model with blocks in place of `concat`. Raises ModelError where none fits."""
    if not _WORD.search(text):
        return text
    lines = _named_apart(list(text_lines(text)))
    taken = {name for line in lines for name in re.findall(r"[^\W\d]\w*", line)}
    blocks = dict(_blocks(lines, taken))
    made = []
    for line in lines:
        made += _rewritten(line, blocks)
    return "\n".join(made) + "\n"


def _named_apart(lines: list[str]) -> list[str]:
    """The lines with the parts in place of names that stand for vectors side by side."""
    names = {m.group(1): (m.group(2), m.group(3).strip()) for m in map(_NAMED.match, lines) if m
             and closing_bracket(m.group(3), m.group(3).index("(")) == len(m.group(3).rstrip()) - 1}
    kept = []
    for line in lines:
        match, declared = _NAMED.match(line), _DECLARED.match(line)
        if match is not None and match.group(1) in names:
            continue
        if declared is not None and declared.group(1).strip() in names:
            continue
        for name, (index, parts) in names.items():
            at = re.compile(rf"(?<![\w.]){name}\s*\[\s*{index}\s*\]")
            line = at.sub(parts.replace("\\", ""), line)
            if re.search(rf"(?<![\w.]){name}\s*\[", line):
                raise ModelError(f"{name} stands for vectors side by side at this step; another "
                                 f"step, or an element, is read of the parts", line, 1)
        kept.append(line)
    return kept


def _blocks(lines: Iterable[str], taken: set[str]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The parameters over sums of dimensions: the names and declarations of their blocks."""
    for line in lines:
        match = _DECLARED.match(line)
        axes = between_commas(match.group(3)) if match is not None else []
        if match is None or "+" not in axes[-1]:
            continue
        parts = [part.strip() for part in axes[-1].split("+")]
        for name in (n.strip() for n in match.group(1).split(",")):
            made = next(
                (names for suffixes in _SUFFIXES
                 if taken.isdisjoint(names := [f"{name}_{k}" for k in suffixes[:len(parts)]])), [])
            if len(made) != len(parts):
                raise ModelError(f"{name} has too many blocks, or their names are taken; call it "
                                 "something else", line, 1)
            yield name, [(m, f"{m}: {match.group(2)}[{', '.join([*axes[:-1], part])}]")
                         for m, part in zip(made, parts, strict=True)]


def _rewritten(line: str, blocks: dict[str, list[tuple[str, str]]]) -> list[str]:
    """A line as lines without concatenation."""
    declared, about = _DECLARED.match(line), _ABOUT.match(line)
    if declared is not None and "+" in declared.group(3):
        return [text for name in declared.group(1).split(",") for _, text in blocks[name.strip()]]
    if about is not None:
        return [about.group(1) + re.sub(r"[^\W\d]\w*", lambda m: ", ".join(
            n for n, _ in blocks[m.group()]) if m.group() in blocks else m.group(),
            about.group(2))]
    original = line
    while (calls := list(_WORD.finditer(line))):
        line = _product(line, calls[-1], blocks, original)
    return [line]


def _product(line: str, call: re.Match[str], blocks: dict[str, list[tuple[str, str]]],
             original: str) -> str:
    """The line with one product as the sum of those of the blocks."""
    end = closing_bracket(line, call.end() - 1)
    parts = [part.strip() for part in between_commas(line[call.end():end])]
    before = line[:call.start()]
    match = _MATRIX.search(before) or _VECTOR.search(before)
    own = blocks.get(match.group(1), []) if match is not None else []
    if match is None or len(own) != len(parts):
        count = f"; {match.group(1)} has {len(own) or 'no'} blocks, and concat " \
                f"{len(parts)} parts" if match is not None else ""
        raise ModelError(f"concat stands in a product with a parameter{count}: {_HOW}", original,
                         original.find("concat") + 1, 6)
    dot = "dot" in match.group()
    terms = [f"dot({n}, {part})" if dot else f"{n} @ ({part})"
             for (n, _), part in zip(own, parts, strict=True)]
    rest = line[end + 1:]
    if dot:
        rest = rest.lstrip().removeprefix(")")
    return f"{before[:match.start()]}({' + '.join(terms)}){rest}"
