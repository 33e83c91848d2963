"""Formulas of a step as they are computed: stable where they need it, activations in quick form."""

from __future__ import annotations

import re
from dataclasses import replace

from sympy import Basic, Expr

from derive.arrays.stable.stable_forms import stable
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Tensor
from derive.core.indexing import leaves, parts
from derive.core.walk import transform
from derive.notation.reading.model_equations import Model, at_step
from derive.notation.reading.specification import Definition
from derive.notation.reading.time_axes import shift_of
from derive.rulebook.loading import Rulebook

_CALLED = re.compile(r"([a-zA-Z]\w*)\(")


class StepForms:
    """The formulas of a model's steps in the forms in which they are computed.

    A formula with a function that some rule for stability is about (exp, log, softmax) is
    recognised and made stable. One of activations, sums and products keeps the quick form, with
    the error of rounding next to 1; in `native` forms activations that have one are `kept`.
    """

    def __init__(self, rulebook: Rulebook, native: bool = False) -> None:
        self.rulebook = self.cell_rules = rulebook
        self.recast: set[Expr] = set()  # names of equations that were written by exponentials
        self.kept: frozenset[str] = frozenset()
        if native:
            self.cell_rules, self.kept = with_activations(rulebook)
        self.activations = {f for r in rulebook.stage("activate").rules
                            for f in _CALLED.findall(f"{r.from_} {r.to}")}
        rules = rulebook.stage("stabilise+exponents").rules
        stability = [_CALLED.findall(r.from_) for r in rules]
        self.delicate = {f for called in stability for f in called} - self.activations
        self.nested = {(called[0], f) for called, r in zip(stability, rules, strict=True)
            if called and r.key == called[0] for f in called[1:]}

    def step(self, formula: Expr) -> Expr:
        """A formula of a step."""
        if self.is_delicate(formula):
            return self.loss(formula)
        return Work(formula, self.cell_rules).run("activate").run("unfold").line

    def loss(self, formula: Expr) -> Expr:
        """A formula in stable form."""
        return stable(self.folded(formula), self.rulebook)

    def folded(self, formula: Expr) -> Expr:
        """A formula whose functions are recognised: the quotient of exponentials as a sigmoid."""
        return Work(formula, self.rulebook).run("finish").line

    def is_delicate(self, formula: Expr) -> bool:
        """Whether a formula needs the rules for stability."""
        return any(isinstance(n, heads.Apply) and n.name in self.delicate for n in parts(formula))

    # Before the adjoint is derived

    def recognised(self, model: Model) -> Model:
        """A model whose equations are folded, and in which logarithms read what they are taken of.

        With p[t] = softmax(o[t]), -log(p[t, y]) becomes -log(softmax(o[t])[y]): as two equations
        neither could be made stable, since p is 0 where log(p) is -1000.
        """
        self.model = model
        equations = tuple(replace(e, body=self._read(e.body)) for e in model.equations)
        self.recast |= {e.symbol for e in model.equations if self.is_delicate(e.body)}
        return replace(model, equations=equations, loss=self._read(model.loss))

    def _read(self, body: Expr) -> Expr:
        read = transform(body, self._written)
        return self.folded(read) if self.is_delicate(read) else read

    def _written(self, node: Basic) -> Expr | None:
        """A function of names that are functions themselves, such as log(p[t, y[t]])."""
        if not isinstance(node, heads.Apply):
            return None
        inner = {g for f, g in self.nested if f == node.name}
        made = transform(node, lambda n: self._opened(n, inner)) if inner else node
        return made if made != node else None

    def _opened(self, node: Basic, inner: set[str]) -> Expr | None:
        """The right side of a name's equation, where it holds one of some functions."""
        symbol = node.tensor if isinstance(node, heads.Element) else node
        equation = self.model.equation(symbol)
        if isinstance(node, Tensor) or equation is None or not self._holds(equation, inner):
            return None
        at = node.indices if isinstance(node, heads.Element) else ()
        timed = self.model.time in equation.indices
        body = at_step(equation, self.model.time, at[0], at[1:]) if timed else \
            at_step(equation, self.model.time, self.model.time, at)
        if timed and at[0] != self.model.time and any(
                self.model.timed(s) and self.model.equation(s) is None for s in leaves(body)):
            return None  # data are read at each step alone
        return transform(body, lambda n: self._opened(n, inner))

    def _holds(self, equation: Definition, inner: set[str]) -> bool:
        """Whether some functions occur in an equation, or in those that it reads at its step."""
        nodes = list(parts(equation.body))
        if any(isinstance(n, heads.Apply) and n.name in inner for n in nodes):
            return self._of_its_step(equation)
        if any(isinstance(n, heads.Sum) for n in nodes) or not self._of_its_step(equation):
            return False
        symbols = {n.tensor if isinstance(n, heads.Element) else n for n in nodes}
        read = (self.model.equation(s) for s in symbols)
        return any(e is not None and self._holds(e, inner) for e in read)

    def _of_its_step(self, equation: Definition) -> bool:
        """Whether an equation reads its own step alone."""
        return all(shift_of(n.indices[0], self.model.time) == 0 for n in parts(equation.body)
                   if isinstance(n, heads.Element) and self.model.timed(n.tensor))


def with_activations(rulebook: Rulebook) -> tuple[Rulebook, frozenset[str]]:
    """The rules without those that write an activation in a quicker form, and these functions."""
    rules = rulebook.stage("activate").rules
    kept = frozenset(r.left.name for r in rules if isinstance(r.left, heads.Apply))
    quiet = rulebook.without("activate", (r.name for r in rules))
    unfolded = [r.name for r in rulebook.stage("unfold").rules
                if isinstance(r.left, heads.Apply) and r.left.name in kept]
    made = quiet.without("unfold", unfolded)
    made._stages["activate"] = quiet.stage("activate")
    return made, kept
