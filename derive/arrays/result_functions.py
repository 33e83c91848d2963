"""The result of any derivation as a function of arrays: `Derivation.lambdify`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from numpy.typing import ArrayLike, NDArray
from sympy import Expr, IndexedBase, Symbol

from derive.argument_kinds import names_in
from derive.arrays.certificate.certificate import certify
from derive.arrays.lowering.index_lowering import Leaf, Lowering
from derive.arrays.stable.kernel_formulas import Formula
from derive.arrays.targets.numpy.argument_conditions import condition_function
from derive.arrays.targets.numpy.kernel_module import Design, code
from derive.arrays.targets.numpy.numpy_target import compiled
from derive.arrays.verifier import verify
from derive.calculus.gradient.short_forms import unshortened
from derive.core.atoms import Dim, Index, Tensor, Variable
from derive.core.exact import exact, exact_property
from derive.core.indexing import free_names
from derive.derivation import Derivation
from derive.errors import ArgumentError, DeriveError, KernelError
from derive.functions.decisions import settled
from derive.lazy import cached_property
from derive.public_arguments import described
from derive.rulebook.function_rules import rules_of, unfolding_rules
from derive.rulebook.loading import Rulebook, standard_rulebook

PLAN, RESULT = "grad", "gradient"  # what takes the place of a gradient in a kernel


class Result(Formula):
    """The result of a derivation, its names written out, in the place of a gradient."""

    def __init__(self, solved: Derivation, names: tuple[str, ...]) -> None:
        self.solved, self.names = solved.written_out or solved, names

    @property
    def derivation(self) -> Derivation:
        """The derivation whose result it is."""
        return self.solved

    @property
    def title(self) -> str:
        """The result in the notation."""
        return self.solved.notation

    @property
    def advice(self) -> dict[str, str]:
        """There is no entry of the catalogue for a result."""
        return {}

    @exact_property
    def loss(self) -> Expr:
        """The formula whose sizes and names count: the result."""
        return settled(unshortened(self.solved))

    @cached_property
    def rulebook(self) -> Rulebook:
        """The rules, with those of the user's functions."""
        asked = self.solved.asked
        own = list(asked.functions) if asked is not None else []
        made = {r.name: r for r in (*rules_of(own), *unfolding_rules(own))}
        return standard_rulebook() + Rulebook(made) if made else standard_rulebook()

    @exact_property
    def leaves(self) -> list[Leaf]:
        """The arguments in order: as they are named, else those that the result needs.

        Raises ArgumentError for a name that is none, and where one is missing.
        """
        declared = self._declared()
        if not self.names:
            return self._needed(declared) or declared
        known = {leaf.name: leaf for leaf in declared}
        for name in self.names:
            if name not in known:
                raise ArgumentError(f"lambdify takes names of {', '.join(known)}, not {name!r}")
        leaves = [known[name] for name in dict.fromkeys(self.names)]
        self._check_complete(leaves, declared)
        return leaves

    def _check_complete(self, leaves: list[Leaf], declared: list[Leaf]) -> None:
        """Raises ArgumentError where names leave out one, or a size, of which the result is."""
        short = [leaf for leaf in self._needed(declared)
                 if leaf not in leaves and leaf in free_names(self.loss)]
        short = short or [leaf for leaf in declared if self._unsized(leaves) & {*leaf.kind.shape}]
        if short:
            names = ", ".join(leaf.name for leaf in short)
            raise ArgumentError(f"lambdify needs {names} among its names: the result depends on it")

    def _declared(self) -> list[Leaf]:
        """The names of the question, in the order in which they are declared."""
        solved = self.solved
        parts = (self.loss, solved.start, solved.quantity, solved.original, solved.result)
        known = {leaf.name: leaf for part in parts if part is not None
                 for leaf in free_names(part) if isinstance(leaf, (Variable, Tensor))}
        defined = {d.name for d in solved.definitions}
        inside = sorted(name for name, leaf in known.items() if leaf in free_names(self.loss))
        names = [n for n in solved.reserved if n in known and n not in defined]
        return [known[n] for n in dict.fromkeys([*names, *inside])]

    def _unsized(self, leaves: Iterable[Leaf]) -> set[Dim]:
        """The sizes that the result needs, and that none of the arrays has."""
        sizes = {d for d in (*free_names(self.loss), *(i.dim for i in self.solved.indices))
                 if isinstance(d, Dim) and not d.fixed}
        return sizes.difference(*(leaf.kind.shape for leaf in leaves))

    def _needed(self, leaves: list[Leaf]) -> list[Leaf]:
        """The names in the result, and arrays that have the sizes which it needs besides."""
        used = free_names(self.loss)
        needed = [leaf for leaf in leaves if leaf in used]
        unsized = self._unsized(needed)
        return [leaf for leaf in leaves if leaf in needed or unsized & {*leaf.kind.shape}]

    def formula(self, result: str) -> tuple[Expr, tuple[Index, ...]]:
        """The result with its free indices."""
        return self.loss, self.solved.indices

    def holds(self, arrays: dict[Any, Any]) -> Any:
        """Which examples of a block meet the conditions that were given."""
        known = {*arrays, *self.dims}
        conditions = [c for c in self.solved.assumptions
                      if all(n in known for n in free_names(c) if not isinstance(n, Index))]
        return condition_function(conditions, arrays, self.arguments, self.dims,
                                  self.rulebook, self.size)

    @exact
    def design(self, plans: tuple[str, ...] = (PLAN,), accuracy: str = "fast") -> Design:
        """The design of the function."""
        arrays = {leaf: (leaf.name, leaf.kind) for leaf in self.leaves}
        form, indices = self.form(RESULT, arrays)
        lowering = Lowering(arrays, self.dims)
        results = {RESULT: (lowering.result(form, indices), tuple(i.dim for i in indices))}
        verify(lowering.program)
        first = Design(self.arguments, lowering.program, results, {PLAN: (RESULT,)}, {},
                       accuracy == "faithful", self.title, {PLAN: self.title}, size=self.size)
        guards = certify(first, RESULT, self.points(first, RESULT)).guards
        return replace(first, guards={PLAN: frozenset(guards)})


class ResultFunction:
    """A function of arrays: the result of a derivation.

    `arguments` are the names in order, `shapes` the shape of each and of what comes out; leading
    batch axes are free and broadcast. `source` is the Python that is run.
    """

    def __init__(self, solved: Derivation, names: tuple[str, ...]) -> None:
        self.solved = solved
        formula = Result(solved, names)
        design = formula.design()
        self.arguments = tuple(a.name for a in formula.arguments)
        self.shapes = (*(_shape(a.name, a.kind.shape) for a in formula.arguments),
                       _shape("result", tuple(i.dim for i in formula.derivation.indices)))
        self.source = code(design)
        self._function = compiled(self.source).__dict__[PLAN]

    def __call__(self, *values: ArrayLike) -> NDArray[Any]:
        """The result at these values. Raises TypeError and ValueError that name the argument."""
        if len(values) != len(self.arguments):
            raise TypeError(f"this function takes {', '.join(self.arguments)}, "
                            f"not {len(values)} arguments")
        computed: NDArray[Any] = self._function(*values)
        return computed

    def __reduce__(self) -> tuple[Any, ...]:
        return ResultFunction, (self.solved, self.arguments)

    def __repr__(self) -> str:
        *given, result = self.shapes
        return f"<function of {', '.join(given)}: {result}>"


def _texts(names: Iterable[object], solved: Derivation) -> Iterator[str]:
    """Names as text: of texts, lists of them, symbols of SymPy."""
    symbols = () if solved.asked is None else solved.asked.symbols
    here = {typed: name for name, typed, *_ in symbols}
    for name in names:
        if isinstance(name, str):
            yield from names_in(name)
        elif isinstance(name, (list, tuple)):
            yield from _texts(name, solved)
        elif isinstance(name, (Symbol, IndexedBase)):
            yield here.get(str(name), str(name))
        else:
            raise ArgumentError(f"lambdify takes the names of its arguments, not {described(name)}")


def _shape(name: str, dims: tuple[Any, ...]) -> str:
    return f"{name} ({', '.join(['...', *map(str, dims)])})"


def lambdify(solved: Derivation, names: tuple[object, ...]) -> ResultFunction:
    """The function of a result. Raises KernelError in one line for what no array code computes."""
    if solved.time is not None:
        raise KernelError("the result of a recurrent model is a recurrence, not a function of "
                          "arrays; derive.train runs it")
    try:
        return ResultFunction(solved, tuple(_texts(names, solved)))
    except ArgumentError:
        raise
    except DeriveError as error:
        text = str(error).partition("\n")[0]
        raise KernelError(f"there is no array code for this result: {text}") from error
