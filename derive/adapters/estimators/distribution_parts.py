"""A distribution on unconstrained scales: its loss, the derivatives and the information as code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sympy import Integer, Mul, Rational

from derive.adapters.estimators.boosted_parameters import (
    binding,
    declared,
    names_declared,
    parameters_of,
    refuse,
    slope_of,
)
from derive.arrays.stable.kernel_formulas import Formula
from derive.arrays.stable.stable_forms import stable
from derive.arrays.targets.functional.array_dialect import Dialect
from derive.arrays.targets.functional.functional_emission import FunctionBody
from derive.arrays.targets.functional.short_code import ShortLowering, refolded, short_body
from derive.arrays.targets.functional.short_dialects import SCIPY, loose
from derive.calculus.likelihood.densities.density_checks import checked_model
from derive.calculus.likelihood.information.fisher_information import fisher
from derive.calculus.problem import unfolded
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Variable
from derive.core.indexing import exact, free_names, unreal
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.errors import DeriveError
from derive.functions.decisions import assuming, settled
from derive.lazy import cached_property
from derive.notation.printing.plain import plain
from derive.notation.reading.specification import define
from derive.tables.distribution_table import Distribution

_TAKEN = ("params", "rng", "size", "m", "FI", "self", "stats", "info", "entry")


class DistributionParts:
    """The code of a distribution of `derive distributions`.

    Raises KernelError for one that no model of the conditional law can fit.
    """

    def __init__(self, law: Distribution) -> None:
        self.law = law
        bound = binding(law)
        refuse(law, bound)
        self.fixed = (*names_declared(law.known), *(n for n in names_declared(law.given)
                                                    if n in bound))
        self.parameters = parameters_of(law, bound)
        self.label = declared(law.observed[0])
        self.dims = tuple(dict.fromkeys(p.dim for p in self.parameters if p.dim))

    @cached_property
    def given(self) -> list[str]:
        """Declarations on the unconstrained scales."""
        own = [f"{p.inner}: real" + (f"[{p.dim}]" if p.dim else "") for p in self.parameters]
        bound = [line for line in self.law.given if ":" in line
                 and set(declared(line)[0]) <= set(self.fixed)]
        return [*own, *bound, *self.law.known, *self.law.observed]

    @cached_property
    def definitions(self) -> list[str]:
        """The parameters in terms of what the model puts out."""
        return [*(f"{p.name} = {p.inverse}" for p in self.parameters if p.link),
                *self.law.define]

    @cached_property
    def loss_text(self) -> str:
        """The negative logarithm of the density, taken apart, with all of its constants."""
        model, rulebook = checked_model(self.law.name, (), None, None, None, None)
        work = Work(Mul(-1, heads.apply("log", model.density)), rulebook)
        with assuming(model.positive):
            work.run("likelihood")
        return plain(work.line)

    @cached_property
    def defined(self) -> Formula:
        """The loss in terms of the parameters, these in terms of what the model puts out."""
        text = "\n".join([*self.definitions, self.loss_text])
        return Formula(text, self.given, self.parameters[0].inner)

    @cached_property
    def formulas(self) -> list[Formula]:
        """The loss of one observation, by each parameter; logarithms undo exponentials."""
        text = self._standardised()
        return [Formula(text, self.given, p.inner) for p in self.parameters]

    @exact
    def _standardised(self) -> str:
        return plain(Work(self.defined.loss, self.defined.rulebook).run("standardised").line)

    @cached_property
    def lowering(self) -> ShortLowering:
        """One program for everything."""
        first = self.formulas[0]
        names = {leaf.name: leaf for formula in self.formulas for leaf in formula.leaves} | {
            name: leaf for name, leaf in first.posed.scope.names.items()
            if name in {p.inner for p in self.parameters}}
        arrays = {leaf: (name, leaf.kind) for name, leaf in names.items()}
        return ShortLowering(SCIPY, arrays, first.dims, self.fixed)

    def names(self, prefix: str, label: str = "Y") -> dict[str, str]:
        """What the arguments are called in a method."""
        inner = {p.inner: f"{prefix}{p.inner}" for p in self.parameters}
        return {name: name for name, _ in self.lowering.arrays.values()} | inner | \
            {self.label[0][0]: label}

    @property
    def start_names(self) -> list[str]:
        """For each parameter the values from which a fit starts."""
        return [p.starts for p in self.parameters]

    def _body(self, nodes: Mapping[str, int], prefix: str, label: str = "",
              dialect: Dialect = SCIPY) -> FunctionBody:
        """Statements for some results, in a function that has a label, or none."""
        names = self.names(prefix, label)
        if not label:
            del names[self.label[0][0]]
        return short_body(self.lowering, nodes, names, _TAKEN, width=87, dialect=dialect)

    @exact
    def score(self, prefix: str = "self.", label: str = "Y") -> FunctionBody:
        """Statements for the negative log-likelihood, `loss`."""
        formula = self.formulas[0]
        form, _ = formula.form("value", _arrays(formula))
        return self._body({"loss": self._node(form, ())}, prefix, label)

    @exact
    def gradient(self, prefix: str = "self.", label: str = "Y") -> FunctionBody:
        """Statements for the derivatives."""
        nodes = {}
        for formula, parameter in zip(self.formulas, self.parameters, strict=True):
            form, indices = formula.form("gradient", _arrays(formula))
            nodes[f"by_{parameter.inner}"] = self._node(form, indices)
        return self._body(nodes, prefix, label)

    def _node(self, form: Any, indices: Any) -> int:
        return refolded(self.lowering, form, indices, self.formulas[0])

    @cached_property
    def information(self) -> Derivation | None:
        """The Fisher information; None where it is no formula."""
        try:
            known = fisher(self.law.name)
        except DeriveError:
            return None
        entries = (known, *known.others)
        count = len(self.parameters)
        if len(entries) != count * (count + 1) // 2 or any(
                e.result.has(heads.Expect) for e in entries):
            return None
        return known

    @cached_property
    def singular(self) -> bool:
        """Whether an entry of the information has no value at parameters such as 1 and 2."""
        if self.dims:
            return False
        return any(_undefined(entry.result) for entry in (self.information, *(
            self.information.others if self.information else ()))) if self.information else True

    @exact
    def information_entries(self, prefix: str = "self.",
                            ) -> list[tuple[int, int, list[str], str]]:
        """For each pair of parameters the statements for the entry, and the entry."""
        assert self.information is not None
        pairs = [(a, b) for a in range(len(self.parameters))
                 for b in range(a, len(self.parameters))]
        made: list[tuple[int, int, list[str], str]] = []
        for (a, b), entry in zip(pairs, (self.information, *self.information.others), strict=True):
            form, indices = self._entry(a, b, entry)
            if form == 0:
                continue
            node = self.lowering.result(form, indices)
            body = self._body({"entry": node}, prefix, dialect=loose(SCIPY))
            made.append((a, b, body.lines, body.results[0]))
        return made

    def _entry(self, a: int, b: int, entry: Derivation) -> tuple[Any, Any]:
        """An entry of the information, on the unconstrained scales."""
        text, first, second = plain(entry.result), self.parameters[a], self.parameters[b]
        if first.tied:
            text = re.sub(r"\bz\b", first.inner, text)
            slopes = []
        else:
            letters = [i.name for i in entry.indices]
            slopes = [slope_of(p, letters) for p in (first, second)]
            if len(letters) == 2:
                slopes[1] = slope_of(second, letters[1:])
        product = " * ".join([f"({text})", *(f"({s})" for s in slopes if s)])
        scope = self.defined.posed.scope.copy()
        at = f"[{', '.join(i.name for i in entry.indices)}]" if entry.indices else ""
        if text == "0":
            return Integer(0), ()
        over = "".join(f" for {i.name} in {i.dim}" for i in entry.indices)
        read = define(f"information_entry{at} = {product}{over}", scope)
        specification = self.defined.posed.specification
        body = settled(unfolded(read.body, specification.definitions))
        work = Work(body, self.formulas[0].rulebook).run("finish").line
        return stable(work, self.formulas[0].rulebook), read.indices

    @exact
    def formula_body(self, text: str, name: str, prefix: str = "self.") -> FunctionBody:
        """Statements for ` = formula` or `[k] = formula` of the parameters, such as a mean."""
        scope = self.defined.posed.scope.copy()
        read = define(f"{name}_formula{text}", scope)
        specification = self.defined.posed.specification
        body = settled(unfolded(read.body, specification.definitions))
        indices = read.indices
        form = stable(body, self.formulas[0].rulebook)
        return self._body({name: self._node(form, indices)}, prefix)


def _undefined(result: Any) -> bool:
    """Whether a formula has no value at some simple values of its names, such as 1 and 2."""
    names = [n for n in free_names(result) if isinstance(n, Variable)]
    for numbers in ((1, Rational(1, 4)), (2, Rational(3, 4)), (Rational(1, 2), Rational(1, 2))):
        point = {n: Rational(numbers[n.kind.domain == "probability"]) for n in names}
        if unreal(substitute(result, point)):
            return True
    return False


def _arrays(formula: Formula) -> dict[Any, Any]:
    return {leaf: (leaf.name, leaf.kind) for leaf in (*formula.leaves, formula.vector)}
