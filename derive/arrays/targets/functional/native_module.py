"""What modules for PyTorch and for JAX have in common: names, functions of the formula."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from derive.arrays.operations import Op
from derive.arrays.program import Operand
from derive.arrays.stable.kernel_formulas import Formula
from derive.arrays.targets.functional.array_dialect import Dialect
from derive.arrays.targets.functional.functional_emission import WIDTH, FunctionBody
from derive.arrays.targets.functional.functional_text import code_lines, short_name, signature
from derive.arrays.targets.functional.lost_nan import lost_nan
from derive.arrays.targets.functional.native_forms import NativeProgram, variable_of
from derive.arrays.targets.functional.neutral_text import printed_parts
from derive.arrays.targets.numpy.kernel_module import Argument
from derive.arrays.targets.numpy.runtime_parts import needed
from derive.core.atoms import Dim
from derive.core.kinds import Dimension
from derive.outgoing_text import in_docstring

NEUTRAL = ("neutral_argument_functions.py", "neutral_array_functions.py",
           "neutral_matrix_functions.py", "neutral_special_functions.py")
RESERVED = frozenset({
    "value", "gradient", "factor", "row", "loss", "grad", "hvp", "value_and_grad", "weight", "mask",
    "ignore_index", "reduction", "torch", "nn", "Tensor", "jax", "jnp", "Array", "special",
    "linalg", "math", "Any", "Sequence", "ARGUMENTS", "Loss", "self", "kept", "scale", "dtype",
    "slope", "arguments", "given", "ctx", "SymbolicZero", "primals", "changes"})


@dataclass(frozen=True)
class Part:
    """One function of the formula: its name, results, documentation, whether it writes over."""

    name: str
    outputs: tuple[str, ...]
    says: str
    over: bool = False
    vector: bool = False


class NativeModule:
    """What a module of a loss is made from, for one library."""

    dialect: Dialect
    key: str  # of the library
    functions: tuple[str, ...]  # the files of what is printed for it alone
    import_lines: Mapping[str, str]  # the imports that a module may need, by name

    def __init__(self, formula: Formula, made: NativeProgram) -> None:
        self.formula, self.made = formula, made
        self.parts = printed_parts((*self.functions, *NEUTRAL), self.key)
        taken = set(RESERVED | set(dir(builtins)) | set(keyword.kwlist)
                    | {n for p in self.parts for n in p.defines} | {d.name for d in formula.dims})
        self.names = {a.name: short_name(a.name, taken) for a in formula.arguments}
        self.variable = variable_of(formula)
        self.vector = short_name(formula.vector.name, taken)
        self.lost = lost_nan(formula)
        self.results = dict(made.results)
        self.program = made.program
        self._split()

    def _split(self) -> None:
        """A gradient that is a factor of each example times a row is kept as both."""
        number, dims = self.results["gradient"]
        node = self.program.nodes[number]
        self.factored = False
        if node.op is not Op.MULTIPLY or not dims:
            return
        for factor, row in (node.operands, node.operands[::-1]):
            if self._is_factor(factor) and row.axes == tuple(range(len(dims))) \
                    and self.program.node(row).batched:
                self.results["factor"] = factor.source, ()
                self.results["row"] = row.source, dims
                self.factored = True
                return

    def _is_factor(self, operand: Operand) -> bool:
        if operand.number:
            return False
        node = self.program.node(operand)
        return node.batched and not node.dims and node.kind == "f"

    # The arguments

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """The arguments, in order."""
        return self.formula.arguments

    @property
    def listed(self) -> str:
        """The names of the arguments behind commas."""
        return ", ".join(self.names[a.name] for a in self.arguments)

    @property
    def rank(self) -> int:
        """The axes of the variable."""
        return len(self.variable.kind.shape)

    @property
    def place(self) -> int:
        """Which argument the variable is."""
        return [a.name for a in self.arguments].index(self.variable.name)

    @property
    def mixed(self) -> tuple[str, ...]:
        """The other arguments by which there is a derivative."""
        return self.made.others

    def axes(self, name: str) -> int:
        """The axes of an argument of its own."""
        return next(len(a.kind.shape) for a in self.arguments if a.name == name)

    def taken_by(self, part: Part) -> list[str]:
        """The arguments of a function, as names in the code."""
        return [*self.names.values(), *([self.vector] if part.vector else [])]

    def declared(self) -> str:
        """The arguments as the module's functions check them."""
        rows = []
        for a in self.arguments:
            dims = self.axes_of(a.kind.shape)
            reason = "" if a.integral else self.made.refused.get(a.name, "")
            kind = "label" if a.integral else "binary" if a.kind.domain == "binary" else "real"
            rows.append(f"({self.names[a.name]!r}, {dims!r}, {kind!r}, {reason!r})")
        return "ARGUMENTS = (\n" + "".join(f"    {row},\n" for row in rows) + ")"

    def axes_of(self, dims: Iterable[Dimension]) -> tuple[int | str, ...]:
        """Dimensions as the module's functions check them: a name, or a number."""
        return tuple((d.fixed or d.name) if isinstance(d, Dim) else int(d) for d in dims)

    def mixed_places(self) -> list[tuple[int, str]]:
        """The other arguments by which there is a derivative, with their places."""
        return [(n, a.name) for n, a in enumerate(self.arguments) if a.name in self.mixed]

    @property
    def unpacked(self) -> str:
        """The names of the arguments as a tuple."""
        return self.listed + ("," if len(self.arguments) == 1 else "")

    def code(self) -> str:
        """Everything but the module's head: the formula first, what it calls last."""
        own = "\n\n\n".join([*self.sections(), self.declared()])
        return "\n".join(code_lines(own)) + "\n\n\n" + printed(own, self.parts) + "\n"

    def text(self, head: str) -> str:
        """The module, with a docstring."""
        code = self.code()
        lines = "\n".join(imports(code, self.import_lines))
        return (f'"""{in_docstring(head)}\n"""\n\nfrom __future__ import annotations\n\n{lines}'
                f"\n\n\n{code}")

    def sections(self) -> list[str]:
        """The parts of the module."""
        raise NotImplementedError

    def usual_words(self) -> dict[str, str]:
        """What templates are filled with, whatever the library."""
        named = [f"{n}: Any" for n in self.names.values()]
        options = ["*", "weight: Any = None", "mask: Any = None",
                   "ignore_index: int | None = None"]
        rank, array = self.rank, self.dialect.array
        ones = ", ".join(["1"] * rank)

        def opening(name: str, extra: list[str], reduction: str, result: str = array) -> str:
            return "\n".join(signature(f"def {name}(", [
                *named, *extra, *options, f'reduction: str = "{reduction}"'], f") -> {result}:"))

        return {
            "arguments": self.listed, "unpacked": self.unpacked, "vector": self.vector,
            "place": str(self.place), "rank": str(rank), "variable": self.variable.name,
            "loss": opening("loss", [], "mean"), "def_value": opening("value", [], "none"),
            "def_grad": opening("grad", [], "none"),
            "def_value_and_grad": opening("value_and_grad", [], "none",
                                          f"tuple[{array}, {array}]"),
            "def_hvp": opening("hvp", [f"{self.vector}: Any"], "none"),
            "scale": f"along(scale, {rank})" if rank else "scale",
            "counts": f"kept.reshape(*kept.shape, {ones})" if rank else "kept",
            "declared_vector": f"({self.vector!r}, {self.axes_of(self.variable.kind.shape)!r}, "
                               "'real', '')",
        }

    # Functions

    def body(self, part: Part) -> FunctionBody:
        """The writer of a function's statements."""
        names = {**self.names, self.formula.vector.name: self.vector}
        return FunctionBody(
            self.program, {o: self.results[o][0] for o in part.outputs}, self.dialect, names,
            (self.names[self.variable.name], self.rank), part.over and self.dialect.in_place,
            ({*RESERVED, *names.values(), *(d.name for d in self.formula.dims)}
             | {n for p in self.parts for n in p.defines}) - {*part.outputs},
            vector=self.formula.vector.name)

    def marked(self, part: Part, last: str) -> str:
        """The last statement of a function: NaN where an argument is, if nothing else says so."""
        if not part.over and part.name not in ("formula_value", "loss_value", "loss_gradient"):
            return last
        due = {"value": ("value" in self.lost, 0), "factor": ("gradient" in self.lost, 0),
               "gradient": ("gradient" in self.lost, self.rank)}
        texts = [last.removeprefix("return ")] if len(part.outputs) == 1 else \
            last.removeprefix("return ").split(", ")
        floats = [(self.names[a.name], len(a.kind.shape)) for a in self.arguments if not a.integral]
        given = ", ".join(f"({name}, {rank})" for name, rank in floats)
        for place, output in enumerate(part.outputs):
            needed_here, rank = due.get(output, (False, 0))
            if needed_here:
                texts[place] = f"marked({texts[place]}, {rank}, {given})"
        return f"return {', '.join(texts)}"

    def function(self, part: Part) -> list[str]:
        """A function of the formula."""
        body = self.body(part)
        statements = body.body()
        statements[-1] = self.marked(part, statements[-1])
        array = self.dialect.array
        result = array if len(part.outputs) == 1 else \
            f"tuple[{', '.join([array] * len(part.outputs))}]"
        head = signature(f"def {part.name}(", [f"{n}: {array}" for n in self.taken_by(part)],
                         f") -> {result}:")
        says = textwrap.wrap(part.says, WIDTH - 8) or [""]
        text = [*head, *docstring(says), *(f"    {line}" for line in statements)]
        if "autocast" in body.needs and self.dialect.in_place:
            device = f"{self.names[self.variable.name]}.device.type"
            start = len(head) + len(docstring(says))
            text = [*text[:start], f"    with torch.autocast({device}, enabled=False):",
                    *(f"    {line}" for line in text[start:])]
        return text


def docstring(lines: Iterable[str]) -> list[str]:
    """Lines as a docstring of a function."""
    lines = list(map(in_docstring, lines))
    if len(lines) == 1:
        return [f'    """{lines[0]}"""']
    return [f'    """{lines[0]}', *(f"    {line}" if line else "" for line in lines[1:]),
            '    """']


def printed(code: str, parts: Sequence[object]) -> str:
    """The functions that some code calls, as text; imports are left to the module's head."""
    _, definitions = needed(code, parts)  # type: ignore[arg-type]
    return "\n\n\n".join(definitions)


def imports(code: str, lines: Mapping[str, str]) -> list[str]:
    """The imports of the names that some code has, `lines` by name; the library's come last."""
    used = {n.id for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Name)}
    used |= set(re.findall(r"\w+", " ".join(re.findall(r": ([^=\n]+)", code))))
    chosen: dict[str, list[str]] = {}
    for name, line in lines.items():
        if name in used:
            module, _, imported = line.partition(" import ")
            chosen.setdefault(module, []).extend([imported] if imported else [])
    texts = [f"{module} import {', '.join(names)}" if names else module
             for module, names in chosen.items()]
    library = [t for t in texts if re.search(r" (torch|jax)\b", t)]
    standard = [t for t in texts if t not in library]
    return [*standard, *([""] if standard and library else []), *library]
