"""What parameters alone give, as two functions: the values, and the way back for their slopes.

A model whose parts have names reads derived parameters like `W1 @ W2`. They are computed before
the steps, once for all steps and sequences; their slopes, summed over all of them, go back to the
parameters through one adjoint after the steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sympy import Add, Basic, Expr, Mul

from derive.arrays.lowering.index_lowering import Leaf, Lowering
from derive.arrays.lowering.sum_order import in_order
from derive.arrays.operations import Op
from derive.arrays.program import Node, Program
from derive.arrays.recurrent.fixed_places import known_lengths
from derive.arrays.stable.stable_forms import stable
from derive.arrays.targets.functional.array_dialect import Dialect
from derive.arrays.targets.functional.functional_emission import FunctionBody
from derive.arrays.targets.functional.functional_text import Text
from derive.arrays.targets.functional.functional_writers import contract
from derive.arrays.targets.functional.plain_dialect import DIALECT
from derive.arrays.targets.functional.plain_module import printed_parts
from derive.arrays.targets.numpy.module_lines import import_lines
from derive.arrays.targets.numpy.runtime_parts import needed
from derive.arrays.verifier import verify
from derive.calculus.recurrence.adjoint_recurrence import Adjoints
from derive.core import heads
from derive.core.atoms import Quantity, Tensor, Variable
from derive.core.indexing import free_names
from derive.core.walk import transform
from derive.errors import KernelError
from derive.notation.reading.model_equations import Model
from derive.notation.reading.scope import leaf_of
from derive.notation.reading.specification import Definition, fresh_indices
from derive.rulebook.loading import Rulebook

SLOPE = "'"  # behind a name: the slope of the loss in it


@dataclass(frozen=True)
class ArrayFunction:
    """A program of arrays without rows: what it reads, what it gives."""

    program: Program
    inputs: tuple[str, ...]
    results: dict[str, int]


class _Lowered(Lowering):
    """Lowers formulas of parameters, whose values have no rows."""

    limits = False

    def __init__(self, leaves: Iterable[Leaf], model: Model) -> None:
        super().__init__({leaf: (leaf.name, leaf.kind) for leaf in leaves}, known_lengths(model))
        self.bound: dict[str, int] = {}

    def source(self, leaf: Leaf) -> int:
        name, kind = self.arrays[leaf]
        return self.bound[name] if name in self.bound else self.input(name, kind, False)


def _names_of(bodies: Iterable[Expr]) -> set[Expr]:
    """The names that formulas read."""
    return {leaf for body in bodies for leaf in free_names(body)}


class ParameterProgram:
    """The values of derived parameters, and the adjoint of what gives them."""

    def __init__(self, model: Model, derived: Sequence[Definition], rulebook: Rulebook) -> None:
        self.model, self.derived, self.rulebook = model, tuple(derived), rulebook
        self.names = [d.name for d in derived]
        read = _names_of(d.body for d in derived) - {d.symbol for d in derived}
        used = _names_of((*(e.body for e in (*model.equations, *model.initial.values())),
                          model.loss))
        self.sources: list[Leaf] = [leaf for leaf in model.scope.names.values() if leaf in read
                                    and isinstance(leaf, (Tensor, Variable))]
        self.seeds = [d.symbol for d in derived if d.symbol in used]
        self.forward = self._forward()
        self.backward = self._backward()
        for function in (self.forward, self.backward):
            verify(function.program)
            if function.program.linear:
                raise KernelError("functions of matrices in recurrent models are not compiled; "
                                  "give the model their values as parameters")

    def _forward(self) -> ArrayFunction:
        run = _Lowered([*self.sources, *(d.symbol for d in self.derived)], self.model)
        for definition in self.derived:
            run.bound[definition.name] = run.result(
                stable(definition.body, self.rulebook), definition.indices)
        return self._function(run, run.bound)

    def _backward(self) -> ArrayFunction:
        """The slopes of the parameters, from those of the derived ones."""
        slopes = {d.symbol: leaf_of(d.name + SLOPE, d.symbol.kind) for d in self.derived}
        seeds = {s: leaf_of(s.name + SLOPE + SLOPE, s.kind) for s in self.seeds}
        terms = []
        for symbol, seed in seeds.items():
            indices = fresh_indices(symbol.kind.shape, self.model.scope.names)
            term = Mul(*(heads.at(x, indices) for x in (seed, symbol)))
            for index in indices[::-1]:
                term = heads.Sum.over(term, index)
            terms.append(term)
        scope = self.model.scope.copy()
        scope.names.update({seed.name: seed for seed in seeds.values()})
        adjoints = Adjoints(replace(self.model, equations=self.derived, loss=Add(*terms),
                                    scope=scope, initial={}, ends={}), self.rulebook)
        run = _Lowered([*self.sources, *slopes, *slopes.values(), *seeds.values()], self.model)
        results = {}
        for symbol in (*(d.symbol for d in reversed(self.derived)), *self.sources):
            total = adjoints.total(symbol)
            if symbol in self.sources and total.result == 0:
                continue  # such as through a sign
            node = run.result(self._sliced(stable(total.result, self.rulebook), slopes),
                              tuple(total.indices))
            run.bound[symbol.name + SLOPE] = results[symbol.name] = node
        return self._function(run, {s.name: results[s.name] for s in self.sources
                                    if s.name in results})

    @staticmethod
    def _sliced(formula: Expr, slopes: dict[Leaf, Leaf]) -> Expr:
        """A formula in the names of slopes."""

        def visit(node: Basic) -> Expr | None:
            if isinstance(node, heads.Partial) and isinstance(node.args[0], Quantity):
                at = node.args[1]
                if isinstance(at, heads.Element):
                    return heads.Element(slopes[at.tensor], *at.indices)
                return slopes[at]
            return None

        return in_order(transform(formula, visit))

    @staticmethod
    def _function(run: _Lowered, results: dict[str, int]) -> ArrayFunction:
        needed = run.program.needed(list(results.values()))
        inputs = tuple(run.program.nodes[n].detail[0] for n in needed
                       if run.program.nodes[n].op is Op.INPUT)
        return ArrayFunction(run.program, inputs, dict(results))


def statements(function: ArrayFunction, names: Mapping[str, str], dialect: Dialect,
               taken: set[str]) -> tuple[list[str], dict[str, str]]:
    """The statements of a function of arrays, and the code of its results, by their names.

    `names` are those of its inputs in the code.
    """
    program = function.program
    if not function.results:
        return [], {}
    first = next(n for n in program.nodes if n.op is Op.INPUT and n.detail[0] in names)
    body = FunctionBody(program, {f"r{k}": n for k, n in enumerate(function.results.values())},
                        dialect, names, (names[first.detail[0]], len(first.dims)), taken=taken)
    lines = body.statements()
    return lines, dict(zip(function.results, body.results, strict=True))


def written(function: ArrayFunction, name: str) -> list[str]:
    """The lines of a function in NumPy, its arguments in the order of the inputs."""
    names = {n: f"n{place}" for place, n in enumerate(function.inputs)}
    helpers = {name for part in printed_parts() for name in part.defines}
    lines, results = statements(function, names, NUMPY, {*names.values(), *helpers})
    return [f"def {name}({', '.join(names.values())}):", *(f"    {line}" for line in lines),
            f"    return {''.join(f'{code}, ' for code in results.values())}".rstrip()
            if results else "    return ()"]


def _contracted(run: FunctionBody, number: int, node: Node) -> Text:
    """A sum of products of two arrays, as a product of matrices where it is one."""
    first, second, out = node.detail
    summed = set(first) & set(second) - set(out)
    if len(first) == len(second) == 2 and len(summed) == 1 and len(set(out)) == 2:
        letter, = summed
        left, right = (run.read(o.source).within(0) for o in node.operands)
        if first.index(letter) == 0:
            left += ".T"
        if second.index(letter) == 1:
            right += ".T"
        if out[0] in first:
            return Text(f"{left} @ {right}", 3)
        turned = [text.removesuffix(".T") if text.endswith(".T") else f"{text}.T"
                  for text in (right, left)]
        return Text(f"{turned[0]} @ {turned[1]}", 3)
    return contract(run, number, node)


NUMPY = replace(DIALECT, writers={**DIALECT.writers, Op.CONTRACT: _contracted})


def program_text(program: ParameterProgram) -> str:
    """The text of both functions in NumPy, with what they call."""
    text = "\n".join([*written(program.forward, "forward"), "",
                      *written(program.backward, "backward"), ""])
    imports, helpers = needed(text, printed_parts())
    return "\n\n".join(["from __future__ import annotations", *import_lines(imports), *helpers,
                        text])
