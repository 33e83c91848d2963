"""A kernel as the text of a module of its own, which is also what Python runs."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from derive.arrays.program import Program
from derive.arrays.targets.numpy.axis_layout import Layout
from derive.arrays.targets.numpy.block_emission import Block, Guard
from derive.arrays.targets.numpy.runtime_parts import needed
from derive.arrays.targets.numpy.wide_emission import WideBlock
from derive.core.atoms import Dim
from derive.core.kinds import Kind
from derive.errors import KernelError

WIDTH = 99


@dataclass(frozen=True)
class Argument:
    """One argument of a kernel: its name in the formula and in the code, and its kind."""

    name: str
    safe: str
    kind: Kind

    @property
    def integral(self) -> bool:
        """Whether it holds labels, which must be integers."""
        return self.kind.domain == "label"


@dataclass(frozen=True)
class Design:
    """What a module is made from: arguments, one program, its results, and how it is guarded.

    `results` maps value, gradient, … to (node, dimensions); `plans` the name of a public
    function to the results that it returns. A plan has `guards` where plain floats were seen to
    fail.
    """

    arguments: tuple[Argument, ...]
    program: Program
    results: Mapping[str, tuple[int, tuple[Any, ...]]]
    plans: Mapping[str, tuple[str, ...]]
    guards: Mapping[str, frozenset[Guard]]
    faithful: bool
    title: str
    docstrings: Mapping[str, str]
    vector: Argument | None = None
    dtype: str = ""
    size: int = 3  # of every symbolic dimension where the kernel is tried

    def taken(self, plan: str) -> tuple[Argument, ...]:
        """The arguments of a plan; hvp takes a vector as well."""
        if plan == "hvp" and self.vector is not None:
            return (*self.arguments, self.vector)
        return self.arguments

    def sizes(self, plan: str) -> dict[Any, str]:
        """The symbolic dimensions, in order of first use, and their names in the code."""
        found: dict[Any, str] = {}
        for argument in self.taken(plan):
            for dim in argument.kind.shape:
                if isinstance(dim, Dim) and not dim.fixed:
                    found.setdefault(dim, f"{dim.name}")
        return found

    def dim(self, dim: Any) -> Any:
        """A dimension as the runtime takes it: a name, or a number."""
        if isinstance(dim, Dim):
            return dim.fixed or dim.name
        return int(dim)


def code(design: Design) -> str:
    """The functions of a design; they run on the runtime."""
    body: list[str] = []
    for plan in design.plans:
        body += _plan(design, plan)
    for plan in design.plans:
        body += _public(design, plan)
    return "\n".join(body)


def text(design: Design) -> str:
    """The module's text, complete and ready to run."""
    body = code(design)
    imports, runtime = needed(body)
    special = ["from scipy import special"] if "special." in body else []
    head = ['"""' + design.docstrings["module"] + '\n"""', "",
            "from __future__ import annotations", "", *_imports(imports), *special, ""]
    return "\n".join(head) + "\n\n" + "\n\n\n".join(runtime) + "\n\n\n" + body + "\n"


def _imports(lines: Sequence[str]) -> list[str]:
    """Standard library first, NumPy last."""
    numpy = "import numpy as np"
    own = [line for line in lines if line != numpy]
    typed = {n.strip() for line in own if line.startswith("from typing import")
             for n in line.removeprefix("from typing import").split(",")} | {"Any"}
    own = [line for line in own if not line.startswith("from typing")]
    own.append(f"from typing import {', '.join(sorted(typed))}")
    return [*sorted(own, key=lambda t: (t.startswith("from"), t)), "", numpy]


def block(design: Design, plan: str, layout: Layout, kept: bool = False) -> Block:
    """The writer of a plan's block function."""
    names = {a.name: a.safe for a in design.taken(plan)}
    outputs = {f"{o}_": design.results[o][0] for o in design.plans[plan]}
    return Block(design.program, layout, outputs, names, design.sizes(plan),
                 kept, guards=frozenset() if kept else design.guards.get(plan, frozenset()))


def block_function(design: Design, plan: str, layout: Layout, name: str,
                   kept: bool = False) -> list[str]:
    """A block function and the function that tells its buffers."""
    made = block(design, plan, layout, kept)
    lines = made.body()
    sizes = "".join(f", {s}" for s in design.sizes(plan).values())
    arguments = [a.safe for a in design.taken(plan)]
    head = [_unpack(arguments, "arrays"), _unpack(list(made.outputs), "results"),
            _unpack([*made.work(), "places"], "work")]
    if any(", real)" in line for line in lines):
        head.append("real = results[0].dtype")
    if layout.columns:
        head += [f"{a.safe} = np.ascontiguousarray({a.safe}.transpose("
                 f"{', '.join(map(str, (*range(1, len(a.kind.shape) + 1), 0)))}))"
                 for a in design.taken(plan) if a.kind.shape]
    lines = [*lines, "return locals()"] if kept else _used(lines)
    shapes = [f"({layout.shape(dims)}, {kind!r})" for dims, kind in made.shapes()]
    wide_shapes = "[" + ", ".join(shapes) + "]"
    return [f"def {name}(arrays: Any, results: Any, work: Any, scale: Any, flagged: Any,",
            f"{' ' * len(f'def {name}(')}n: int{_typed(sizes)}) -> Any:",
            *(part for line in (*head, *lines) for part in short_lines(f"    {line}")), "", "",
            f"def {name}_work(n: int{_typed(sizes)}) -> Any:",
            *short_lines(f"    return {wide_shapes}"), "", ""]


def _used(lines: list[str]) -> list[str]:
    """Statements without names for what nothing reads."""
    found: list[str] = []
    read: set[str] = set()
    for line in reversed(lines):
        name, equals, rest = line.partition(" = ")
        if equals and _NAME.fullmatch(name) and name not in read:
            if "(" not in rest:
                continue
            line = rest
        read |= set(_NAME.findall(rest if equals else line)) | set(_NAME.findall(line))
        found.append(line)
    return found[::-1]


_NAME = re.compile(r"\bt\d+\b")


def short_lines(line: str) -> list[str]:
    """A statement in lines of at most 100 columns, broken after commas inside brackets."""
    found = []
    while len(line) > WIDTH and ", " in line[:WIDTH]:
        cut = line[:WIDTH].rindex(", ") + 1
        if not line[:cut].strip() or cut < 12:
            break
        found.append(line[:cut])
        line = "        " + line[cut + 1:]
    return [*found, line]


def _typed(sizes: str) -> str:
    return sizes.replace(",", ": int,").lstrip(": int") + ": int" if sizes else ""


def _unpack(names: list[str], source: str) -> str:
    listed = ", ".join(names) + ("," if len(names) == 1 else "")
    return f"({listed}) = {source}" if len(listed) > WIDTH - 20 else f"{listed} = {source}"


def wide_function(design: Design, plan: str, name: str) -> list[str]:
    """The function in wide numbers, or nothing where an operation has no wide form."""
    names = {a.name: a.safe for a in design.taken(plan)}
    outputs = {o: design.results[o][0] for o in design.plans[plan]}
    try:
        lines = WideBlock(design.program, outputs, names, design.sizes(plan)).body()
    except KernelError:
        return []
    sizes = "".join(f", {s}" for s in design.sizes(plan).values())
    arguments = [a.safe for a in design.taken(plan)]
    results = ", ".join(f"t{n}" for n in outputs.values())
    return [f"def {name}(arrays: Any, places: Any, n: int{_typed(sizes)}) -> Any:",
            *(part for line in (_unpack(arguments, "arrays"), *lines)
              for part in short_lines(f"    {line}")),
            f"    return ({results},)", "", ""]


def _plan(design: Design, plan: str) -> list[str]:
    """The functions of one plan, and the Plan that names them."""
    lines = block_function(design, plan, Layout(), f"{plan}_rows")
    columns = "None"
    dims = any(a.kind.shape for a in design.taken(plan))
    if dims and not any(n.op == "np.median" for n in design.program.nodes):
        columns = f"{plan}_columns"
        lines += block_function(design, plan, Layout(columns=True), columns)
    wide = []
    if design.faithful or design.guards.get(plan):
        wide = wide_function(design, plan, f"{plan}_wide")
    lines += wide
    outputs = tuple((o, tuple(design.dim(d) for d in design.results[o][1]))
                    for o in design.plans[plan])
    exact = "exact_rows" if wide and design.faithful else "None"
    again = "rescue" if wide and design.guards.get(plan) else "None"
    lines += [f"{plan.upper()} = Plan(", *short_lines(f"    {plan!r}, {outputs!r},"),
              f"    {plan}_rows, {plan}_rows_work,",
              f"    {columns}, {columns + '_work' if columns != 'None' else 'None'},",
              f"    {plan + '_wide' if wide else 'None'}, {exact}, {again})", "", ""]
    arguments = ", ".join(
        f"Argument({a.name!r}, {a.kind.domain!r}, {tuple(design.dim(d) for d in a.kind.shape)!r}, "
        f"{None if a.kind.over is None else design.dim(a.kind.over)!r})"
        for a in design.taken(plan))
    lines += [*short_lines(f"{plan.upper()}_ARGUMENTS = ({arguments},)"), "", ""]
    return lines


def _public(design: Design, plan: str) -> list[str]:
    names = [a.safe for a in design.taken(plan)]
    result = "Any" if len(design.plans[plan]) == 1 else \
        f"tuple[{', '.join(['Any'] * len(design.plans[plan]))}]"
    docstring = textwrap.indent('"""' + design.docstrings[plan] + '"""', "    ")
    only = f", np.dtype(np.{design.dtype})" if design.dtype else ""
    options = ("weight, mask, ignore_label, reduction, out, threads, check")
    opening = f"def {plan}("
    start = " " * len(opening)
    return [*short_lines(f"{opening}{', '.join(f'{n}: Any' for n in names)}, *,"),
            f"{start}weight: Any = None, mask: Any = None, ignore_label: int | None = None,",
            f"{start}reduction: str = \"none\", out: Any = None, threads: int | None = None,",
            f"{start}check: bool = False) -> {result}:",
            docstring,
            f"    return evaluate({plan.upper()}, {plan.upper()}_ARGUMENTS, {design.faithful}, "
            f"({', '.join(names)},),",
            f"                    Options({options}){only})", "", ""]
