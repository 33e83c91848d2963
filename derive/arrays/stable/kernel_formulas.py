"""A loss with its derivatives in stable forms, and the designs of its kernels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sympy import Expr

from derive.arrays.certificate.certificate import Certificate, certify, undefined_ends
from derive.arrays.certificate.input_samples import SIZE, Points, sampled
from derive.arrays.lowering.hessian_product import hessian_product
from derive.arrays.lowering.index_lowering import Lowering
from derive.arrays.lowering.matrix_lowering import named_matrix
from derive.arrays.lowering.nan_passing import BOUNDED
from derive.arrays.stable.form_choice import least_faulty, safe_name
from derive.arrays.stable.stable_forms import candidates, scaled, stable
from derive.arrays.targets.numpy.argument_conditions import condition_function
from derive.arrays.targets.numpy.kernel_docstrings import docstrings
from derive.arrays.targets.numpy.kernel_module import Argument, Design
from derive.arrays.verifier import verify
from derive.calculus.gradient.gradient import grad, hessian
from derive.calculus.gradient.short_forms import unshortened
from derive.calculus.problem import problem, unfolded, with_unknown
from derive.core.atoms import Dim, Tensor, Variable
from derive.core.exact import exact, exact_property
from derive.core.indexing import free_names
from derive.core.kinds import Kind
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.errors import KernelError
from derive.functions.decisions import settled
from derive.functions.function_records import FunctionTable
from derive.judge.trees.index_places import least_sizes
from derive.lazy import cached_property
from derive.notation.printing.plain import plain
from derive.reporting import report
from derive.rulebook.loading import Rulebook, standard_rulebook
from derive.same_content import SameContent
from derive.tables.loss_table import find_entry

PLANS: dict[str, tuple[str, ...]] = {
    "value": ("value",), "grad": ("gradient",), "value_and_grad": ("value", "gradient"),
    "hessian": ("hessian",), "hvp": ("hvp",),
}
OPTIONS = frozenset({"weight", "mask", "ignore_label", "reduction", "out", "threads", "check"})
MOST_SIZE = 64  # of an axis of the arrays on which a kernel is tried
OFTEN = 0.004  # a share of typical examples computed again that costs as much as the rest
MANY = 0.1     # a share of those near transitions that are computed again


class Formula(SameContent):
    """A loss with its derivatives, in stable forms, lowered when they are asked for."""

    def __init__(self, target: str, given: list[str], wrt: str | None,
                 functions: FunctionTable | None = None) -> None:
        self.target, self.given, self.wrt, self.functions = target, given, wrt, functions

    def __getstate__(self) -> dict[str, Any]:
        return {"target": self.target, "given": self.given, "wrt": self.wrt,
                "functions": self.functions}

    @property
    def rulebook(self) -> Rulebook:
        """The rules, with those of the user's functions."""
        return with_unknown(standard_rulebook(), self.posed.scope)

    @cached_property
    def derivation(self) -> Derivation:
        """The derivation of the gradient."""
        return grad(self.target, given=self.given, wrt=self.wrt, keep=False,
                    functions=self.functions)

    @exact_property
    def posed(self) -> Any:
        """The problem."""
        return problem(self.target, self.given, self.wrt, functions=self.functions)

    @exact_property
    def second(self) -> Derivation:
        """The derivation of the Hessian."""
        return hessian(self.target, given=self.given, wrt=self.wrt, keep=False,
                       functions=self.functions)

    @exact_property
    def loss(self) -> Any:
        """The loss, its definitions written out."""
        specification = self.posed.specification
        return settled(unfolded(specification.loss, specification.definitions))

    @property
    def title(self) -> str:
        """The title of the entry, or the formula."""
        return str(self.posed.title or plain(self.loss))

    @exact_property
    def leaves(self) -> list[Any]:
        """The declared names that the loss or its gradient reads, or whose sizes they need."""
        used = free_names(self.loss) | free_names(self.derivation.result)
        untold = {d for d in (*used, *(i.dim for i in self.derivation.indices))
                  if isinstance(d, Dim)}
        leaves = [leaf for leaf in self.posed.scope.names.values()
                  if isinstance(leaf, (Variable, Tensor))
                  and (leaf in used or untold & set(leaf.kind.shape))
                  and self.posed.specification.definition(leaf.name) is None]
        if not leaves:
            raise KernelError("the formula has no argument; a constant needs no kernel")
        return leaves

    @cached_property
    def arguments(self) -> tuple[Argument, ...]:
        """The arguments of the kernel."""
        taken = {*OPTIONS, *PLANS, *(d.name for d in self.dims),
                 *(f"{r}_" for parts in PLANS.values() for r in parts)}
        return tuple(Argument(leaf.name, safe_name(leaf.name, taken), leaf.kind,
                              self.advice.get(leaf.name, "")) for leaf in self.leaves)

    @property
    def advice(self) -> dict[str, str]:
        """For arguments of an entry of the catalogue: which other takes other values."""
        entry = find_entry(self.target, bool(self.given))
        return entry.advice if entry is not None else {}

    @property
    def dims(self) -> list[Dim]:
        """The symbolic dimensions that arguments tell."""
        return [d for leaf in self.leaves for d in leaf.kind.shape
                if isinstance(d, Dim) and not d.fixed]

    @exact_property
    def named_matrices(self) -> dict[Any, str]:
        """The matrices that the user defined by name, for messages."""
        definitions = self.posed.specification.definitions
        return {named_matrix(d.indices, stable(settled(unfolded(d.body, definitions)),
                                               self.rulebook)): d.name
                for d in definitions if len(d.indices) == 2}

    @exact_property
    def size(self) -> int:
        """The size of symbolic dimensions where a kernel is tried: all constant subscripts fit."""
        least = least_sizes((self.loss, self.derivation.result)).values()
        if max(least, default=0) > MOST_SIZE:
            raise KernelError(f"kernels are tried on arrays of at most {MOST_SIZE} elements along "
                              f"an axis, but the formula has a subscript {max(least) - 1}")
        return max(SIZE, *least) if least else SIZE

    def formula(self, result: str) -> tuple[Any, tuple[Any, ...]]:
        """A result as derived, with its free indices."""
        if result == "value":
            return self.loss, ()
        if result == "gradient":
            return settled(unshortened(self.derivation)), self.derivation.indices
        formula, indices = self.declared(unshortened(self.second)), self.second.indices
        if result == "hessian":
            return formula, indices
        rank = len(self.derivation.indices)
        return hessian_product(formula, indices[rank:], self.vector), indices[:rank]

    def declared(self, formula: Expr) -> Expr:
        """A formula with the names as declared; derivatives free some of what they must fulfil."""
        known = {leaf.name: leaf for leaf in self.leaves}
        return substitute(formula, {n: known[n.name] for n in free_names(formula)
                                    if isinstance(n, Tensor) and n.name in known})

    @exact_property
    def vector(self) -> Any:
        """The vector of the Hessian product."""
        shape = tuple(i.dim for i in self.derivation.indices)
        taken = {leaf.name for leaf in self.leaves}
        name = next(n for n in ("v", "vector", "direction") if n not in taken)
        return Tensor(name, Kind("real", shape)) if shape else Variable(name, Kind("real"))

    @cached_property
    def drawn(self) -> dict[str, Points]:
        """The arguments on which results are tried, by what the function takes."""
        return {}

    @cached_property
    def forms(self) -> dict[str, tuple[Any, tuple[Any, ...]]]:
        """The stable form of each result so far."""
        return {}

    @cached_property
    def certificates(self) -> dict[str, Certificate]:
        """What was measured of each result so far."""
        return {}

    @cached_property
    def designs(self) -> dict[tuple[tuple[str, ...], str], Design]:
        """The designs that were made so far."""
        return {}

    def design(self, plans: tuple[str, ...], accuracy: str) -> Design:
        """The design of a module with some of the functions; it is made once."""
        if (plans, accuracy) not in self.designs:
            self.designs[plans, accuracy] = self.designed(plans, accuracy)
        return self.designs[plans, accuracy]

    @exact
    def designed(self, plans: tuple[str, ...], accuracy: str) -> Design:
        """A design that was not made yet."""
        arrays = {leaf: (leaf.name, leaf.kind) for leaf in (*self.leaves, self.vector)}
        names = list(dict.fromkeys(r for plan in plans for r in PLANS[plan]))
        report("finding stable forms")
        forms = {name: self.form(name, arrays) for name in names}
        lowering = self.lowering(arrays)
        lowering.named = self.named_matrices
        results = {name: self.lowered(lowering, name, *form) for name, form in forms.items()}
        verify(lowering.program)
        chosen = {plan: PLANS[plan] for plan in plans}
        first = self.plain(lowering, results, chosen, accuracy == "faithful")
        certificates = self._certified(first, names)
        guards = {plan: frozenset().union(*(certificates[r].guards for r in parts))
                  for plan, parts in chosen.items()}
        again = {plan: tuple(r for r in parts if certificates[r].guards)
                 for plan, parts in chosen.items()}
        unpaired = frozenset(plan for plan, parts in chosen.items()
                             if not all(certificates[r].pairs for r in parts))
        return replace(first, guards=guards, again=again, unpaired=unpaired,
                       docstrings=docstrings(self, chosen, accuracy, certificates,
                                             lowering.program.linear))

    def _certified(self, design: Design, names: list[str]) -> dict[str, Certificate]:
        """What is measured of each result of a design without guards."""
        certificates: dict[str, Certificate] = {}
        for number, name in enumerate(names, 1):
            report("measuring accuracy", number, len(names))
            certificates[name] = certify(design, name, self.points(design, name))
        self.certificates.update(certificates)
        return certificates

    def lowering(self, arrays: dict[Any, Any]) -> Lowering:
        """A lowering in which NaN passes through case distinctions."""
        return Lowering(arrays, self.dims, bounded=[
            a.name for a in self.arguments if a.kind.domain in BOUNDED])

    def lowered(self, lowering: Lowering, name: str, form: Expr, indices: tuple[Any, ...],
                ) -> tuple[int, tuple[Any, ...]]:
        """The node of a result, NaN where an argument of its formula is, and its dimensions."""
        node = lowering.result(form, indices)
        used = free_names(self.formula(name)[0])
        if lowering.nan is not None:
            node = lowering.nan.complete(node, indices, [
                lowering.source(leaf) for leaf in self.leaves if leaf in used])
        return node, tuple(i.dim for i in indices)

    def plain(self, lowering: Lowering, results: Any, plans: Any, faithful: bool) -> Design:
        """A design without guards."""
        vector = Argument(self.vector.name, self.vector.name, self.vector.kind)
        return Design(self.arguments, lowering.program, results, plans, {}, faithful, self.title,
                      {}, vector, size=self.size)

    def points(self, design: Design, name: str) -> Points:
        """The arguments on which a result is tried; drawn once."""
        plan = "hvp" if name == "hvp" else "value"
        if plan not in self.drawn:
            arrays = {leaf: (leaf.name, leaf.kind) for leaf in (*self.leaves, self.vector)}
            self.drawn[plan] = sampled(
                design.taken(plan), lambda d: self.size if isinstance(design.dim(d), str)
                else int(design.dim(d)), self.holds(arrays))
        return self.drawn[plan]

    def holds(self, arrays: dict[Any, Any]) -> Any:
        """Which examples of a block meet the conditions of the formula."""
        return condition_function(self.posed.specification.conditions, arrays, self.arguments,
                                  self.dims, self.rulebook, self.size)

    def form(self, name: str, arrays: dict[Any, Any]) -> tuple[Any, tuple[Any, ...]]:
        """The best stable form of a result, with its indices; the choice is kept."""
        if name not in self.forms:
            formula, indices = self.formula(name)
            forms, others = ([scaled(form) if name != "value" else form for form in made]
                             for made in candidates(formula, self.rulebook))
            self.forms[name] = least_faulty(
                forms, others, lambda form: self.lowered_alone(name, form, indices, arrays)[1],
                lambda form: self.merit(name, form, indices, arrays)), indices
        return self.forms[name]

    def merit(self, name: str, form: Any, indices: tuple[Any, ...], arrays: dict[Any, Any],
              ) -> tuple[bool, bool, bool, int, int]:
        """How bad a form is.

        Whether examples stay wrong, whether many are computed twice, typical ones and others, how
        often it has no value at the ends of the domains, its length.
        """
        design, length = self.lowered_alone(name, form, indices, arrays)
        points = self.points(design, name)
        certificate = certify(design, name, points)
        again = certificate.again
        return certificate.missed > 0, again.get("typical", 0) > OFTEN, \
            again.get("transition", 0) > MANY, undefined_ends(design, name, points), length

    def lowered_alone(self, name: str, form: Any, indices: tuple[Any, ...],
                      arrays: dict[Any, Any]) -> tuple[Design, int]:
        """The design of one form of a result, and its length."""
        lowering = self.lowering(arrays)
        results = {name: self.lowered(lowering, name, form, indices)}
        plans = {"hvp" if name == "hvp" else "value": (name,)}
        return self.plain(lowering, results, plans, False), len(lowering.program.nodes)

