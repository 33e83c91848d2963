"""A kernel as the text of a module of its own, which is also what Python runs."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from derive.arrays.operations import Op
from derive.arrays.program import Program
from derive.arrays.targets.numpy.axis_layout import Layout
from derive.arrays.targets.numpy.block_emission import Block, Guard, Signature
from derive.arrays.targets.numpy.module_lines import WIDTH, import_lines, short_lines
from derive.arrays.targets.numpy.runtime_parts import defined_names, needed
from derive.arrays.targets.numpy.wide_emission import WideBlock
from derive.arrays.wide import pair_numbers
from derive.core.atoms import Dim
from derive.core.kinds import MATRICES, Dimension, Kind
from derive.errors import KernelError
from derive.outgoing_text import comment_lines, in_docstring
from derive.short_reprs import Brief


@dataclass(frozen=True)
class Argument:
    """One argument of a kernel: its name in the formula and in the code, and its kind.

    `advice` tells which entry of the catalogue takes values that it does not.
    """

    name: str
    safe: str
    kind: Kind
    advice: str = ""

    @property
    def integral(self) -> bool:
        """Whether it holds labels, which must be integers."""
        return self.kind.domain == "label"


@dataclass(frozen=True)
class Design(Brief, by=("title", "runtime")):
    """What a module is made from: arguments, one program, its results, and how it is guarded.

    `results` maps value, gradient, … to (node, dimensions); `plans` the name of a public
    function to the results that it returns. A plan has `guards` where plain floats were seen to
    fail, and `again` tells which of its results need that.
    """

    arguments: tuple[Argument, ...]
    program: Program
    results: Mapping[str, tuple[int, tuple[Dimension, ...]]]
    plans: Mapping[str, tuple[str, ...]]
    guards: Mapping[str, frozenset[Guard]]
    faithful: bool
    title: str
    docstrings: Mapping[str, str]
    vector: Argument | None = None
    dtype: str = ""
    runtime: str = "full"  # how the text of a module has what its functions rest on
    command: tuple[str, ...] = ()  # what made it, and the command that makes it again, in lines
    size: int = 3  # of every symbolic dimension where the kernel is tried
    again: Mapping[str, tuple[str, ...]] | None = None
    unpaired: frozenset[str] = frozenset()  # plans for which pairs of floats are not wide enough

    def taken(self, plan: str) -> tuple[Argument, ...]:
        """The arguments of a plan; hvp takes a vector as well."""
        if plan == "hvp" and self.vector is not None:
            return (*self.arguments, self.vector)
        return self.arguments

    def results_again(self, plan: str) -> tuple[str, ...]:
        """The results of a plan that are computed again where plain floats may be wrong."""
        return self.plans[plan] if self.again is None else self.again[plan]

    def sizes(self, plan: str) -> dict[Dimension, str]:
        """The symbolic dimensions, in order of first use, and their names in the code."""
        sizes: dict[Dimension, str] = {}
        for argument in self.taken(plan):
            for dim in argument.kind.shape:
                if isinstance(dim, Dim) and not dim.fixed:
                    sizes.setdefault(dim, f"{dim.name}")
        return sizes

    def dim(self, dim: Dimension) -> int | str:
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
    lines = [*head(design, "module"), *import_lines(imports), ""]
    return "\n".join(lines) + "\n\n" + "\n\n\n".join(runtime) + "\n\n\n" + body + "\n"


def head(design: Design, docstring: str) -> list[str]:
    """What stands before a module's imports: what it is, what made it and makes it again."""
    made = [f"# {line}" for text in design.command for line in comment_lines(text)]
    return ['"""' + in_docstring(design.docstrings[docstring]) + '\n"""', *made, "",
             "from __future__ import annotations", ""]


def signature(design: Design, plan: str, suffix: str = "") -> Signature:
    """The arguments and results of a plan; the names of the results' arrays end in a suffix."""
    return Signature({f"{o}{suffix}": design.results[o][0] for o in design.plans[plan]},
                     {a.name: a.safe for a in design.taken(plan)}, design.sizes(plan))


def block(design: Design, plan: str, layout: Layout, kept: bool = False) -> Block:
    """The writer of a plan's block function."""
    guards = frozenset() if kept else design.guards.get(plan, frozenset())
    return Block(design.program, layout, signature(design, plan, "_"), kept, guards)


def block_function(design: Design, plan: str, layout: Layout, name: str,
                   kept: bool = False) -> list[str]:
    """A block function and the function that tells its buffers."""
    made = block(design, plan, layout, kept)
    lines, work = made.body(), made.work()
    arguments, results = made.signature.names.values(), made.signature.outputs
    head = [_unpack(arguments, "arrays"), _unpack(results, "results"),
            _unpack([*work, "places"], "work")]
    if any(", real)" in line for line in lines):
        head.append("real = results[0].dtype")
    if layout.columns:
        head += [f"{a.safe} = np.ascontiguousarray({a.safe}.transpose("
                 f"{', '.join(map(str, (*range(1, len(a.kind.shape) + 1), 0)))}))"
                 for a in design.taken(plan) if a.kind.shape]
    if kept:
        lines.append("return locals()")
    shapes = [f"({layout.shape(dims)}, {kind!r})" for dims, kind in work.values()]
    sizes = "".join(f", {s}: int" for s in design.sizes(plan).values())
    return [f"def {name}(arrays: Any, results: Any, work: Any, scale: Any, flagged: Any,",
            f"{' ' * len(f'def {name}(')}n: int{sizes}) -> Any:",
            *_indented([*head, *lines]), "", "",
            f"def {name}_work(n: int{sizes}) -> Any:",
            *_indented([f"return [{', '.join(shapes)}]"]), "", ""]


def wide_function(design: Design, plan: str, name: str, kept: bool = False,
                  watched: bool = False) -> list[str]:
    """The function in wide numbers, or nothing where an operation has no wide form.

    It returns None for results that are never computed again; with `kept` all values by name.
    Where `watched`, it also returns in which rows digits are lost.
    """
    own = signature(design, plan)
    sizes = "".join(f", {s}: int" for s in own.sizes.values())
    results = {o: f"t{n}" for o, n in own.outputs.items()}
    if not (design.faithful or design.program.linear):
        own = replace(own, outputs={o: own.outputs[o] for o in design.results_again(plan)})
    try:
        lines = WideBlock(design.program, own, watched).body()
    except KernelError:
        return []
    listed = ", ".join(text if o in own.outputs else "None" for o, text in results.items())
    result = "locals()" if kept else f"({listed},{' lost' * watched})"
    return [f"def {name}(arrays: Any, places: Any, n: int{sizes}) -> Any:",
            *_indented([_unpack(own.names.values(), "arrays"), *lines]),
            f"    return {result}", "", ""]


def in_other_numbers(wide: Sequence[str], prefix: str, suffix: str) -> list[str]:
    """A function in wide numbers as one in other numbers; nothing where these lack a function."""
    lines = [re.sub(r"_wide\(arrays", f"_{suffix}(arrays", line, count=1) for line in wide]
    made = [re.sub(r"\bwide_", f"{prefix}_", line) for line in lines]
    used = {name for line in made for name in re.findall(rf"\b{prefix}_\w+", line)}
    if not wide or not used <= defined_names():
        return []
    if prefix == "pair":
        exact = used - vars(pair_numbers).keys() <= {"pair_exp"}
        made.insert(1, f"    pair_may_lose({'PAIR_LOST_OF_EXP' if exact else 'PAIR_LOST'})")
    return made


def _indented(lines: Iterable[str]) -> list[str]:
    """The statements of a function, in lines that are not too long."""
    return [part for line in lines for part in short_lines(f"    {line}")]


def _unpack(names: Iterable[str], source: str) -> str:
    names = list(names)
    listed = ", ".join(names) + ("," if len(names) == 1 else "")
    return f"({listed}) = {source}" if len(listed) > WIDTH - 20 else f"{listed} = {source}"


def _plan(design: Design, plan: str) -> list[str]:
    """The functions of one plan, and the Plan that names them."""
    linear, functions = design.program.linear, _functions(design, plan)
    guarded, wide = linear or bool(design.guards.get(plan)), f"{plan}_wide" in functions
    exact, again = ("exact_noted", "rescue_noted") if linear else ("exact_rows", "rescue")
    watch = ", compute_watched" if linear else ""
    other = "".join(f", {kind}={plan}_{kind}" for kind in ("pairs", "deep")
                    if f"{plan}_{kind}" in functions)

    def named(function: str, suffix: str = "") -> str:
        return function + suffix if function in functions else "None"

    outputs = tuple((o, _dims(design, design.results[o][1])) for o in design.plans[plan])
    arguments = ", ".join(_argument(design, a) for a in design.taken(plan))
    return [*(line for lines in functions.values() for line in lines),
            f"{plan.upper()} = Plan(", *short_lines(f"    {plan!r}, {outputs!r},"),
            f"    {plan}_rows, {plan}_rows_work,",
            f"    {named(f'{plan}_columns')}, {named(f'{plan}_columns', '_work')},",
            f"    {named(f'{plan}_wide')}, {exact if wide and design.faithful else None}, "
            f"{again if wide and guarded else None}{watch}{other})", "", "",
            *short_lines(f"{plan.upper()}_ARGUMENTS = ({arguments},)"), "", ""]


def _functions(design: Design, plan: str) -> dict[str, list[str]]:
    """The functions of one plan by name: in rows, in columns, in wide numbers."""
    functions = {f"{plan}_rows": block_function(design, plan, Layout(), f"{plan}_rows")}
    dims = any(a.kind.shape for a in design.taken(plan))
    linear = design.program.linear
    if dims and not linear and not any(n.op is Op.MEDIAN for n in design.program.nodes):
        functions[f"{plan}_columns"] = block_function(design, plan, Layout(columns=True),
                                                      f"{plan}_columns")
    if design.faithful or linear or design.guards.get(plan):
        functions |= _wide_functions(design, plan)
    return {name: lines for name, lines in functions.items() if lines}


def _wide_functions(design: Design, plan: str) -> dict[str, list[str]]:
    """The functions in wide numbers, in pairs, in decimal numbers."""
    wide = wide_function(design, plan, f"{plan}_wide")
    if design.program.linear:
        return {f"{plan}_wide": wide}
    functions: dict[str, list[str]] = {}
    if design.guards.get(plan) and plan not in design.unpaired:
        functions[f"{plan}_pairs"] = in_other_numbers(wide, "pair", "pairs")
    deep = in_other_numbers(wide, "deep", "deep") if design.faithful else []
    if deep:
        functions[f"{plan}_deep"] = deep
        wide = wide_function(design, plan, f"{plan}_wide", watched=True)
    return {**functions, f"{plan}_wide": wide}


def _argument(design: Design, argument: Argument) -> str:
    """An argument as the runtime checks it."""
    kind = argument.kind
    over = None if kind.over is None else design.dim(kind.over)
    test = f"{kind.domain}_argument"
    more = f", {test}" if kind.domain in MATRICES else \
        f", advice={argument.advice!r}" if argument.advice else ""
    return (f"Argument({argument.name!r}, {kind.domain!r}, {_dims(design, kind.shape)!r}, "
            f"{over!r}{more})")


def _dims(design: Design, dims: Iterable[Dimension]) -> tuple[int | str, ...]:
    return tuple(map(design.dim, dims))


def _public(design: Design, plan: str) -> list[str]:
    names = [a.safe for a in design.taken(plan)]
    result = "Any" if len(design.plans[plan]) == 1 else \
        f"tuple[{', '.join(['Any'] * len(design.plans[plan]))}]"
    docstring = textwrap.indent('"""' + in_docstring(design.docstrings[plan]) + '"""', "    ")
    only = f", np.dtype(np.{design.dtype})" if design.dtype else ""
    options = ("weight, mask, ignore_label, reduction, out, threads, check")
    opening = f"def {plan}("
    start = " " * len(opening)
    return [*short_lines(f"{opening}{', '.join(f'{n}: Any' for n in names)}, *,"),
            f"{start}weight: Any = None, mask: Any = None, ignore_label: int | None = None,",
            f"{start}reduction: str = \"none\", out: Any = None, threads: int | None = None,",
            f"{start}check: bool = True) -> {result}:",
            docstring,
            f"    results: {result} = evaluate(",
            *short_lines(f"        {plan.upper()}, {plan.upper()}_ARGUMENTS, {design.faithful}, "
                         f"({', '.join(names)},),"),
            f"        Options({options}){only})", "    return results", "", ""]
