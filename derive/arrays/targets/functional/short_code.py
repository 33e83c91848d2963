"""Formulas as the short code of one library: plain floats, for a file that a person reads.

Where a kernel guards, this does not; 0 times infinity is 0 all the same where the 0 is a weight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sympy import Expr, Integer

from derive.arrays.lowering.index_lowering import Leaf, Lowering
from derive.arrays.lowering.node_building import Scope
from derive.arrays.lowering.product_lowering import SCALE
from derive.arrays.operations import Op
from derive.arrays.program import Value
from derive.arrays.stable.kernel_formulas import Formula
from derive.arrays.stable.stable_forms import stable
from derive.arrays.targets.functional.array_dialect import Dialect
from derive.arrays.targets.functional.functional_emission import WIDTH, FunctionBody
from derive.arrays.targets.functional.functional_text import folded
from derive.arrays.targets.functional.native_forms import variable_of
from derive.arrays.targets.functional.weightless import weightless
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import exact
from derive.core.kinds import Dimension, Kind
from derive.core.walk import substitute
from derive.functions.function_records import function_of
from derive.lazy import cached_property

HELPERS = ("limit_times", "limit_total")  # of plain_functions.py, printed where they are called
_MODULES = ("np", "ops", "special", "math")


class ShortLowering(Lowering):
    """Lowers formulas for one library, functions that it has in one call as they are.

    `fixed` are the arguments that do not vary by example.
    """

    def __init__(self, dialect: Dialect, arrays: Mapping[Leaf, tuple[str, Kind]],
                 sizes: Iterable[Dimension], fixed: Iterable[str] = ()) -> None:
        super().__init__(arrays, sizes)
        self.dialect, self.fixed = dialect, frozenset(fixed)

    def source(self, leaf: Leaf) -> int:
        """The node that holds a declared name."""
        name, kind = self.arrays[leaf]
        return self.input(name, kind, name not in self.fixed)

    def apply(self, node: heads.Apply, scope: Scope) -> Value:
        """A function: in one call where the library has it."""
        if node.args[0].unknown is None:
            function = function_of(node)
            if getattr(function, self.dialect.key) and not function.takes_vector:
                values = [self.value(a, scope) for a in node.args[1:]]
                return self.build.elementwise(Op.FUNCTION, *values, scope=scope,
                                              detail=(function.name,))
        return super().apply(node, scope)


def short_body(lowering: ShortLowering, results: Mapping[str, int], names: Mapping[str, str],
               taken: Iterable[str] = (), *, named: bool = True, vector: str = "",
               width: int = WIDTH, dialect: Dialect | None = None) -> FunctionBody:
    """The statements for some results, written; `names` are the arguments that are there.

    Names in `taken` are left alone. Unless `named`, several results are expressions too.
    """
    for leaf, (name, _) in lowering.arrays.items():  # they tell the sizes, used or not
        if name in names:
            lowering.source(leaf)
    inputs = [n for n in lowering.program.nodes if n.op is Op.INPUT and n.detail[0] in names]
    program, outputs = weightless(lowering.program, {
        name: (number, lowering.program.nodes[number].dims) for name, number in results.items()})
    for node in inputs:
        program.assign(node)
    places = [(names[n.detail[0]], len(n.dims)) for n in inputs if n.batched]
    body = FunctionBody(
        program, outputs, dialect or lowering.dialect, names,
        places[0] if places else ("", 0), False,
        {*names.values(), *taken, *_MODULES, *HELPERS} - {*results}, vector=vector, named=named,
        width=width)
    body.statements()
    return body


def returned(body: FunctionBody) -> list[str]:
    """Statements that end with the return of the results."""
    return [*body.lines, *folded(f"return {', '.join(body.results)}", body.width)]


def assigned(body: FunctionBody) -> list[str]:
    """Statements that give each result its name."""
    given = [f"{name} = {text}" for name, text in zip(body.outputs, body.results, strict=True)
             if name != text]
    return [*body.lines, *(part for line in given for part in folded(line, body.width))]


class ShortCode:
    """Writes a loss's value, gradient, Hessian and Hessian product for a library.

    `names` maps arguments to what they are called in the code (their own names otherwise), `fixed`
    are those that do not vary by example.
    """

    def __init__(self, formula: Formula, dialect: Dialect, names: Mapping[str, str] | None = None,
                 fixed: Iterable[str] = (), width: int = WIDTH) -> None:
        self.formula, self.dialect, self.fixed = formula, dialect, tuple(fixed)
        self.width = width
        self.names = {leaf.name: leaf.name for leaf in (*formula.leaves, formula.vector)} | \
            dict(names or {})

    @cached_property
    def lowering(self) -> ShortLowering:
        """One program for all results, so that equal parts are computed once."""
        return ShortLowering(self.dialect, self.arrays, self.formula.dims, self.fixed)

    @property
    def arrays(self) -> dict[Any, Any]:
        """The arguments, each with its name and kind."""
        return {leaf: (leaf.name, leaf.kind)
                for leaf in (*self.formula.leaves, self.formula.vector)}

    @exact
    def node(self, result: str) -> int:
        """The node of a result: value, gradient, hessian or hvp."""
        form, indices = self.formula.form(result, self.arrays)
        return refolded(self.lowering, form, indices, self.formula)

    def body(self, results: Mapping[str, str], taken: Iterable[str] = ()) -> FunctionBody:
        """Statements that give names to results, `{"loss": "value", "slope": "gradient"}`."""
        nodes = {name: self.node(result) for name, result in results.items()}
        vector = self.formula.vector.name
        names = {name: text for name, text in self.names.items()
                 if name != vector or "hvp" in results.values()}
        return short_body(self.lowering, nodes, names, taken, vector=vector, width=self.width)

    @exact
    def body_of(self, formula: Expr, indices: tuple[Index, ...], name: str,
                taken: Iterable[str] = ()) -> FunctionBody:
        """Statements for another formula of the prediction."""
        node = refolded(self.lowering, stable(formula, self.formula.rulebook), indices,
                        self.formula)
        names = {n: self.names[n] for n in (variable_of(self.formula).name, *self.fixed)}
        return short_body(self.lowering, {name: node}, names, taken, width=self.width)


def refolded(lowering: ShortLowering, form: Expr, indices: tuple[Index, ...],
             formula: Formula) -> int:
    """The node of a stable form, functions that libraries have put back together."""
    form = substitute(form, {SCALE: Integer(1)})
    return lowering.result(Work(form, formula.rulebook).run("refold").line, indices)
