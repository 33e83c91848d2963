"""Names of the model in the text of a compiled one, in place of numbers: v12 becomes h, s3 r_t.

A view has the name of the value whose memory it is; one of several values side by side has the
names of all.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection

from derive.arrays.recurrent.loop_schedule import Schedule
from derive.arrays.recurrent.views import Views
from derive.arrays.targets.functional.functional_text import short_name

_QUOTED = re.compile(r"'.*?'|  # .*")
_WORD = re.compile(r"\b[^\W\d]\w*\b")
_PARTS = re.compile(r"('[^']*'|\W+)")
_MEMORY = re.compile(r"memory\[(\d+)\]\[(\d+)(?::(\d+))?(?:, (?:t \+ )?(\d+))?")
_STACK = re.compile(r"(weights|slopes)\[(\d+)\]\[(\d+)(?::(\d+))?")
_DATA = re.compile(r"data\['(.*?)'\]")
_NUMBER = re.compile(r"np\.array\(([\d.]+), real\)\Z")
_OTHER = re.compile(r"(v\d+)\b")
_LOOP = re.compile(r"( *)for (.*?),? in loop(\d+):")
_MADE = (("np.ones", "ones"), ("np.empty", "scratch"), ("Rows(", "rows_by_label"))
_MOST = 3  # names in one


class ReadableNames:
    """New names for the views of a model's text."""

    def __init__(self, schedule: Schedule, views: Views, text: str,
                 equations: Collection[str]) -> None:
        self.views, self.graph = views, schedule.graph
        self.taken = set(_WORD.findall(_QUOTED.sub("", text))) | set(keyword.kwlist) | \
            set(dir(builtins))
        self.values: dict[tuple[int, int], str] = {}
        homes = views.storage.home
        own = sorted(self.graph.named.items(),
                     key=lambda item: (item[0] not in equations, "'" in item[0]))
        for name, number in own:
            if number in homes:
                self.values.setdefault(homes[number], _code(name))
        self.stacks: dict[tuple[int, int], str] = {
            (p.stack, p.plane): _code(n) for n, p in views.parameters.items()}
        self.fixed: dict[str, str] = {}
        for name, made in views.fixed.items():
            stem = self.stem(made)
            if stem:
                self.fixed[name] = short_name(stem, self.taken)

    def text(self, text: str) -> str:
        """The text with the new names."""
        lines: list[str] = []
        inner: dict[str, str] = {}
        depth = -1
        for line in text.split("\n"):
            loop = _LOOP.match(line)
            if loop:
                depth, inner = len(loop[1]), self.stepped(int(loop[3]))
            elif depth >= 0 and line.strip() and len(line) - len(line.lstrip()) <= depth:
                depth, inner = -1, {}
            names = {**self.fixed, **inner}
            code, mark, remark = line.partition("  # ")
            lines.append("".join(names.get(part, part) for part in _PARTS.split(code))
                         + mark + remark)
        return "\n".join(lines)

    def stepped(self, place: int) -> dict[str, str]:
        """The names of what a loop reads at a step."""
        taken, names = set(self.taken), {}
        for made, name in self.views.stepped.get(place, {}).items():
            stem = self.stem(made)
            if stem:
                names[name] = short_name(f"{stem}_t", taken)
        return names

    def of_memory(self, memory: re.Match[str]) -> str:
        """The names of values side by side, of their step or one beside it."""
        home, plane = int(memory[1]), int(memory[2])
        planes = range(plane, int(memory[3] or plane + 1))
        shift = 0 if memory[4] is None else \
            int(memory[4]) - self.views.storage.slabs[home].lead
        when = {-1: "_before", 1: "_after"}.get(shift, "")
        return _joined([self.values.get((home, p), "part") for p in planes]) + when

    def of_stack(self, stack: re.Match[str]) -> str:
        """The names of parameters side by side, or of their gradients."""
        first = int(stack[3])
        planes = range(first, int(stack[4] or first + 1))
        end = "_slope" if stack[1] == "slopes" else ""
        return _joined([self.stacks[int(stack[2]), p] for p in planes]) + end

    def stem(self, made: str) -> str:
        """A name for what is made by some code; empty where there is none."""
        turned = "_turned" if ".T" in made or ".transpose(" in made else ""
        memory, stack, data = (p.match(made) for p in (_MEMORY, _STACK, _DATA))
        if memory:
            return self.of_memory(memory) + turned
        if stack:
            return self.of_stack(stack) + turned
        if data:
            return _code(data[1]) + turned
        number, other = _NUMBER.match(made), _OTHER.match(made)
        if number:
            return "real_" + number[1].removesuffix(".0").replace(".", "_")
        if other and other[1] in self.fixed:
            return self.fixed[other[1]] + (turned or "_wide")
        return next((name for start, name in _MADE if made.startswith(start)), "")


def _code(name: str) -> str:
    """A name of the model, or of an adjoint, as one of code."""
    stem, mark, shift = name.partition("'")
    end = "" if not mark else "_carry" if shift else "_slope"
    return "".join(c if c.isalnum() or c == "_" else "_" for c in stem) + end


def _joined(names: list[str]) -> str:
    """The names of what lies side by side."""
    several = list(dict.fromkeys(names))
    if len(several) <= _MOST:
        return "_".join(several)
    return f"{several[0]}_to_{several[-1]}"


def readable(text: str, schedule: Schedule, views: Views, equations: Collection[str]) -> str:
    """The text of a model with the names of the model in it, those of `equations` first."""
    return ReadableNames(schedule, views, text, equations).text(text)
