"""The results of a loss as functions of short code: its forms, lowered and written."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sympy import Expr

from derive.adapters.array_statements import Statements
from derive.adapters.margin_losses import MarginLoss, safe_name
from derive.arrays.lowering.index_lowering import Leaf, Lowering
from derive.arrays.lowering.node_building import Scope
from derive.arrays.program import Value
from derive.arrays.stable.stable_forms import stable as unfolded_form
from derive.arrays.stable.stable_forms import written_forms
from derive.arrays.verifier import verify
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import exact, size
from derive.core.walk import substitute
from derive.functions.decisions import settled
from derive.functions.function_records import function_of
from derive.rulebook.loading import Rulebook, standard_rulebook
from derive.rulebook.pattern_keys import pattern_key

MOST_TRIED = 60  # nodes of a formula whose forms are tried; of a longer one the first is taken


class ShortLowering(Lowering):
    """Lowering for short files: what SciPy has stays; `constants` are alike in all rows."""

    constants: frozenset[str] = frozenset()

    def source(self, leaf: Leaf) -> int:
        """The node that holds a declared name."""
        name, kind = self.arrays[leaf]
        return self.input(name, kind, name not in self.constants)

    def apply(self, node: heads.Apply, scope: Scope) -> Value:
        from derive.arrays.operations import Op

        if node.args[0].unknown is None:
            function = function_of(node)
            if function.scipy and not function.numpy:
                values = [self.value(a, scope) for a in node.args[1:]]
                return self.build.elementwise(Op.FUNCTION, *values, scope=scope,
                                              detail=(function.name,))
        return super().apply(node, scope)


@cache
def _short_rules() -> Rulebook:
    """The standard rules, but those that unfold what SciPy has."""
    from derive.functions.function_records import standard_functions

    kept = {f.name for f in standard_functions().values() if f.scipy and not f.numpy}
    return Rulebook({r.name: r for r in standard_rulebook()
                     if not (r.stage == "unfold" and pattern_key(r.from_) in kept)})


class ShortFormulas:
    """The functions of a loss as lines of code."""

    def __init__(self, loss: MarginLoss) -> None:
        self.loss, self.formula = loss, loss.formula

    @exact
    def best(self, name: str, formula: Expr, indices: tuple[Index, ...]) -> Expr:
        """The stable form of a result that fails least where it is tried."""
        rulebook, arrays = self.formula.rulebook, self._arrays()
        forms: dict[Expr, Expr] = {}
        for spelling in written_forms(formula, rulebook):
            forms.setdefault(unfolded_form(spelling, rulebook), spelling)
        first = next(iter(forms))
        tried = len(forms) > 1 and size(first) <= MOST_TRIED
        best = min(forms, key=lambda f: self.formula.merit(name, f, indices, arrays)) \
            if tried else first
        return self.short(forms[best])

    def short(self, formula: Expr) -> Expr:
        """A formula in stable form, functions of SciPy kept."""
        return Work(formula, _short_rules()).run("stabilise").run("unfold").line

    def result(self, name: str) -> tuple[Expr, tuple[Index, ...]]:
        """Value, gradient, or the diagonal of the Hessian, as derived."""
        if name != "diagonal":
            return self.formula.formula(name)
        formula, indices = self.formula.formula("hessian")
        if not indices:
            return formula, ()
        row, column = indices
        return settled(substitute(formula, {column: row})), (row,)

    def _arrays(self) -> dict[Leaf, tuple[str, object]]:
        return {leaf: (leaf.name, leaf.kind) for leaf in
                (*self.formula.leaves, self.formula.vector)}

    @exact
    def code(self, results: Sequence[tuple[Expr, tuple[Index, ...]]], rows: str,
             further: Sequence[Leaf] = ()) -> tuple[list[str], list[str]]:
        """Statements and the expressions of some results; `further` are numbers beside the rows."""
        lowering = self._lowering(further)
        numbers = [lowering.result(form, indices) for form, indices in results]
        return self._written(lowering, numbers, rows, further)

    @exact
    def condition(self, condition: Expr) -> tuple[list[str], str]:
        """Statements and the expression of a condition on a row."""
        lowering = self._lowering(())
        value = lowering.value(self.short(condition))
        lines, (text,) = self._written(lowering, [int(value.source)], "1", ())
        return lines, text

    def _lowering(self, further: Sequence[Leaf]) -> ShortLowering:
        leaves = (*self.formula.leaves, self.loss.margin, *further)
        lowering = ShortLowering({leaf: (leaf.name, leaf.kind) for leaf in leaves},
                                 self.formula.dims)
        lowering.constants = frozenset((*self.loss.constants, *(leaf.name for leaf in further)))
        return lowering

    def _written(self, lowering: ShortLowering, numbers: list[int], rows: str,
                 further: Sequence[Leaf]) -> tuple[list[str], list[str]]:
        verify(lowering.program)
        leaves = (*self.formula.leaves, self.loss.margin, *further)
        names = {leaf.name: leaf.name if leaf in further else safe_name(leaf.name)
                 for leaf in leaves}
        sizes = {dim: dim.name for dim in self.formula.dims}
        statements = Statements(lowering.program, names, rows, sizes)
        expressions = statements.results(numbers)
        return statements.lines, expressions

