"""A kernel as a short module of plain NumPy: the formula's own code first, little beside it.

`written_functions` gives the functions of the formula alone, for others who print them into files
of their own: statements over whole arrays, in the order of the formula, each with its term.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from derive.arrays.operations import Op
from derive.arrays.program import Node
from derive.arrays.targets.functional import neutral_text
from derive.arrays.targets.functional.functional_emission import FunctionBody
from derive.arrays.targets.functional.functional_text import LINE, folded, signature
from derive.arrays.targets.functional.plain_dialect import DIALECT
from derive.arrays.targets.functional.weightless import weightless
from derive.arrays.targets.numpy import runtime_parts
from derive.arrays.targets.numpy.kernel_module import Argument, Design, head
from derive.arrays.targets.numpy.module_lines import import_lines
from derive.arrays.targets.numpy.runtime_parts import Part, needed
from derive.outgoing_text import in_docstring

PLACES = frozenset({"pick_inside", "diagonal"})  # neutral functions; the runtime's take `out`
NAMES = {"value_and_grad": ("value", "gradient"), "value": ("value",), "grad": ("gradient",),
         "hessian": ("hessian",), "hvp": ("product",)}
INSIDE = {"positive": "{0} > 0", "nonnegative": "{0} >= 0", "negative": "{0} < 0",
          "probability": "({0} >= 0) & ({0} <= 1)", "integer": "{0} == np.floor({0})",
          "count": "({0} >= 0) & ({0} == np.floor({0}))", "binary": "({0} == 0) | ({0} == 1)",
          "onehot": "({0} == 0) | ({0} == 1)", "simplex": "{0} >= 0"}
WANT = {"positive": "> 0", "nonnegative": ">= 0", "negative": "< 0", "probability": "in [0, 1]",
        "integer": "integers", "count": "0, 1, 2, …", "binary": "0 or 1", "onehot": "0 or 1",
        "simplex": ">= 0"}


@cache
def printed_parts() -> tuple[Part, ...]:
    """What may be printed into a module: plain and neutral functions, then those of the runtime."""
    plain = neutral_text.printed_parts(("plain_functions.py",), "numpy") + tuple(
        p for p in neutral_text.printed_parts(("neutral_array_functions.py",), "numpy")
        if p.defines & PLACES)
    return plain + tuple(p for p in runtime_parts.parts() if not any(
        p.defines & other.defines for other in plain))


def written_functions(design: Design, plan: str, name: str, taken: Iterable[str] = (),
                      says: str = "") -> list[str]:
    """The lines of a function that computes a plan's results for arrays of one batch.

    Its arguments are those of the plan, all with the same leading axes, in one dtype; labels are
    integers. It returns an array, or a tuple of them. No weight is in it. `taken` are names that
    it must not use. It may call functions of `printed_parts`, which `needed` of
    `derive/arrays/targets/numpy/runtime_parts.py` collects: `needed(text, printed_parts())`.
    """
    arguments = design.taken(plan)
    at = variable_of(design)
    program, outputs = weightless(design.program, {
        o: design.results[r] for o, r in zip(NAMES[plan], design.plans[plan], strict=True)})
    for argument in arguments:  # they tell the sizes, used or not
        program.assign(Node(Op.INPUT, (), argument.kind.shape, "i" if argument.integral else "f",
                            (argument.name,)))
    helpers = {n for p in printed_parts() for n in p.defines}
    body = FunctionBody(
        program, outputs, DIALECT, {a.name: a.safe for a in arguments},
        (at.safe, len(at.kind.shape)), False,
        ({a.safe for a in arguments} | helpers | set(taken)) - set(outputs))
    lines = typed_result(body.body(), len(outputs))
    array = "Array" if len(outputs) == 1 else f"tuple[{', '.join(['Array'] * len(outputs))}]"
    text = [*signature(f"def {name}(", [f"{a.safe}: Array" for a in arguments],
                       f") -> {array}:"),
            *([f'    """{in_docstring(says)}"""'] if says else [])]
    return [*text, *(f"    {line}" for line in lines)]


def typed_result(lines: list[str], count: int) -> list[str]:
    """The statements, the result of a declared type."""
    place = next(n for n, line in enumerate(lines) if line.startswith("return "))
    result = " ".join(line.strip() for line in lines[place:]).removeprefix("return ")
    if count > 1:
        return lines
    if not result.isidentifier():
        return [*lines[:place], *folded(f"result: Array = {result}", LINE - 4), "return result"]
    start = max((n for n, line in enumerate(lines) if line.startswith(f"{result} = ")), default=-1)
    return [line.replace(f"{result} = ", f"{result}: Array = ", 1) if n == start else line
            for n, line in enumerate(lines)]


def variable_of(design: Design) -> Argument:
    """An argument that has the dtype and the batch: the first that holds numbers."""
    return next(a for a in design.arguments if not a.integral)


def text(design: Design) -> str:
    """The module's text, complete and ready to run."""
    plans = list(design.plans)
    own = [written_functions(design, plan, f"_{plan}", taken_names(design)) for plan in plans]
    own += [check_function(design)] if checked(design) else []
    own += [public_function(design, plan) for plan in plans]
    known = "\n".join(declared(design, plan, name) for plan, name in declarations(design))
    body = "\n\n\n".join([*("\n".join(lines) for lines in own), known])
    imports, helpers = needed(body + "\nArray", printed_parts())
    types = [h for h in helpers if "NDArray[Any]" in h]
    rest = [h for h in helpers if h not in types]
    lines = [*head(design, "plain"), *import_lines(imports), "", *types]
    return "\n".join(lines) + "\n\n\n" + body + "\n\n\n" + "\n\n\n".join(rest) + "\n"


def taken_names(design: Design) -> set[str]:
    """The names of the module that its functions use."""
    return {*design.plans, *(f"_{p}" for p in design.plans), "check_values", "np", "Any", "kept"}


def declarations(design: Design) -> Iterator[tuple[str, str]]:
    """The constants that declare the arguments of plans: their plan and name."""
    plans = [p for p in design.plans if p != "hvp"]
    if plans:
        yield plans[0], "ARGUMENTS"
    if "hvp" in design.plans:
        yield "hvp", "WITH_VECTOR"


def declared(design: Design, plan: str, name: str) -> str:
    """The arguments as they are checked."""
    def entry(argument: Argument) -> str:
        kind = argument.kind
        dims = tuple(design.dim(d) for d in kind.shape)
        over = None if not argument.integral else \
            "" if kind.over is None else design.dim(kind.over)
        return f"({argument.safe!r}, {dims!r}, {over!r})".replace("'", '"')

    listed = [entry(a) for a in design.taken(plan)]
    return "\n".join(called(f"{name} = (", [*listed[:-1], listed[-1] + ","]))


def checked(design: Design) -> list[Argument]:
    """The arguments whose values are looked at."""
    return [a for a in design.arguments if a.kind.domain in INSIDE]


def check_function(design: Design) -> list[str]:
    """The function that refuses values outside of their domains."""
    names = [f"{a.safe}: Array" for a in design.arguments]
    names += ["*_: Array"] if "hvp" in design.plans else []
    lines = [*signature("def check_values(", ["kept: Array | None", *names], ") -> None:"),
             '    """Raises ValueError for values outside of their domains."""']
    for argument in checked(design):
        domain, name = argument.kind.domain, argument.safe
        hint = [f'"; {argument.advice}"'] if argument.advice else []
        call = called("refuse(", [f'"{name}"', name, INSIDE[domain].format(name),
                                  f'"{WANT[domain]}"', "kept", *hint])
        lines += [f"    {line}" for line in call]
        if domain in ("simplex", "onehot"):
            lines.append(f'    refuse_sums("{name}", {name}, kept)')
    return lines


def public_function(design: Design, plan: str) -> list[str]:
    """A function that a user calls."""
    names = [a.safe for a in design.taken(plan)]
    first = design.docstrings[plan].partition("\n")[0]
    says = f'    """{in_docstring(first)}"""'
    parameters = [*(f"{n}: ArrayLike" for n in names), "*", *options_of(design)]
    return [*signature(f"def {plan}(", parameters, ") -> Any:"), says,
            *(f"    {line}" for line in called("return evaluate(", operands(design, plan)))]


def ignores(design: Design) -> bool:
    """Whether there is one label for each example, which may be one to ignore."""
    return len([a for a in design.arguments if a.integral and not a.kind.shape]) == 1


def options_of(design: Design) -> list[str]:
    """The parameters that are given by name."""
    return ["weight: ArrayLike | None = None", "mask: ArrayLike | None = None",
            *(["ignore_label: int | None = None"] if ignores(design) else []),
            'reduction: str = "none"', *(["check: bool = True"] if checked(design) else [])]


def operands(design: Design, plan: str) -> list[str]:
    """What a public function gives to the one that does the rest."""
    names = [a.safe for a in design.taken(plan)]
    results = ", ".join(f'"{r}"' for r in NAMES[plan])
    dtype = f"np.dtype(np.{design.dtype})" if design.dtype else "None"
    last = [dtype, "check_values if check else None"] if checked(design) else \
        [dtype] if design.dtype else []
    return [f"_{plan}", f"({results},)" if len(NAMES[plan]) == 1 else f"({results})",
            "ARGUMENTS" if plan != "hvp" else "WITH_VECTOR",
            f"({', '.join(names)}{',' if len(names) == 1 else ''})", "weight", "mask",
            "ignore_label" if ignores(design) else "None", "reduction", *last]


def called(opening: str, operands: list[str]) -> list[str]:
    """A call, broken behind operands."""
    lines, line = [], opening
    for place, operand in enumerate(operands):
        part = operand + (")" if place == len(operands) - 1 else ",")
        if len(line) + len(part) > LINE - 5:
            lines.append(line.rstrip())
            line = " " * len(opening)
        line += part + " "
    return [*lines, line.rstrip()]
