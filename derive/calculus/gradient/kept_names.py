"""Names that the user gave, put back into a result where it is shorter with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import field, replace

from sympy import Expr

from derive.calculus.gradient.chain_rule import through_names
from derive.calculus.gradient.name_equations import PUT_NAME, Equation, equations, put_name
from derive.calculus.gradient.named_loss import loss_by
from derive.calculus.gradient.partial_derivative import derivative, headline, loss_name
from derive.calculus.gradient.short_forms import shorten, shortened
from derive.calculus.problem import Problem, unfolded
from derive.calculus.strategy import Work
from derive.core.atoms import Index
from derive.core.indexing import leaves, occurs, root
from derive.deferred_dataclass import dataclass
from derive.derivation import KEPT, Derivation
from derive.errors import DeriveError, UnknownNameError
from derive.functions.domains import lost
from derive.lazy import cached_property
from derive.notation.reading.specification import Definition
from derive.rulebook.loading import Rulebook
from derive.rulebook.measure import measure
from derive.rulebook.rewriting import LengthError

_READABLE = 30  # a result of this length is not derived a second time, through its names
_LONG, _MANY = 0.6, 8  # nor one of that part of the formula's length, all of it if of many names
_TURNS = 3
_LONGEST = 300  # a definition written out that is longer is looked for in names alone


@dataclass
class Names:
    """Definitions whose names may stand in a result, and those that do `always`."""

    definitions: Sequence[Definition]
    rulebook: Rulebook
    always: Container[str] = ()
    _equations: dict[Definition, tuple[list[Equation], Iterator[Equation]]] = field(
        default_factory=dict)

    def put(self, work: Work) -> Work:
        """The line in names, each where it is shorter with that: formulas as they stand."""
        for _ in range(_TURNS):
            before = work.line
            for node in self._forms(work):
                for number, equation in enumerate(self._of(node)):
                    if root(equation[1]) != node.symbol:
                        break
                    self._try(work, node, number, equation, tidied=False)
            if work.line == before:
                break
        return work

    def solve(self, work: Work) -> Work:
        """The line in names that stand for parts of it once their equations are solved for them."""
        for node in self._forms(work):
            for number, equation in enumerate(self._of(node)):
                self._try(work, node, number, equation, tidied=True)
        if any(s.stage == KEPT for s in work.steps):
            _tidy(work)
        return work

    def _forms(self, work: Work) -> Iterator[Definition]:
        """The definitions in the names of earlier ones, first ones first, then written out.

        One whose name stands in the line already is not written out, nor a long one.
        """
        yield from self.definitions
        for place in range(len(self.definitions) - 1, 0, -1):
            node, earlier = self.definitions[place], self.definitions[:place]
            if not occurs(node.symbol, work.line) and self._lengths[node.symbol] <= _LONGEST \
                    and any(occurs(d.symbol, node.body) for d in earlier):
                yield replace(node, body=unfolded(node.body, earlier), typed=None)

    @cached_property
    def _lengths(self) -> dict[Expr, float]:
        """How long each definition is once it is written out."""
        lengths: dict[Expr, float] = {}
        for node in self.definitions:
            names = Counter(leaf for leaf in leaves(node.body) if leaf in lengths)
            lengths[node.symbol] = measure(node.body) + sum(
                lengths[name] * count for name, count in names.items())
        return lengths

    def length(self, loss: Expr) -> float:
        """How long a gradient may be that is as short as the loss with its definitions."""
        total = measure(loss) + sum(measure(d.body) for d in self.definitions)
        return total if len(self.definitions) > _MANY else _LONG * total

    def _of(self, node: Definition) -> Iterator[Equation]:
        """The equations of a definition, made once."""
        made, more = self._equations.setdefault(node, ([], equations(node, self.rulebook)))
        place = 0
        while True:
            if place == len(made):
                equation = next(more, None)
                if equation is None:
                    return
                made.append(equation)
            yield made[place]
            place += 1

    def _try(self, work: Work, node: Definition, number: int, equation: Equation,
             tidied: bool) -> None:
        """Uses an equation, and keeps that where the line is shorter with it."""
        line = put_name(work.line, *equation)
        if line == work.line:
            return
        trial = work.copy()
        trial.use(PUT_NAME, {"definition": node, "equation": number}, KEPT)
        always = root(equation[1]) == node.symbol and node.name in self.always
        if tidied and not always and measure(trial.line) >= measure(work.line):
            _tidy(trial)
        if always or measure(trial.line) < measure(work.line):
            work.line, work.steps, work.round = trial.line, trial.steps, trial.round


def _tidy(work: Work) -> None:
    """Tidies the line, where it comes out no longer."""
    trial = work.copy()
    try:
        trial.run("finish")
    except DeriveError:
        return
    if measure(trial.line) <= measure(work.line):
        work.line, work.steps, work.round = trial.line, trial.steps, trial.round


Keep = bool | str | Sequence[str]


@dataclass(frozen=True)
class Kept:
    """The definitions of a problem whose names a result may have, others written out in them.

    Those that were asked for by name stand there `always`, others where it is shorter.
    """

    definitions: tuple[Definition, ...] = ()
    always: frozenset[str] = frozenset()

    def names(self, rulebook: Rulebook) -> Names:
        """To put them into lines."""
        return Names(self.definitions, rulebook, self.always)


def kept(posed: Problem, keep: Keep, at: Expr) -> Kept:
    """What to keep: of True what the user defined, of names these, of False nothing.

    Raises UnknownNameError for a name that is not defined.
    """
    definitions = posed.specification.definitions
    if isinstance(keep, str):
        keep = keep.split(",")
    asked = frozenset(() if isinstance(keep, bool) else (n.strip() for n in keep))
    known = [d.name for d in definitions]
    for name in sorted(asked.difference(known)):
        raise UnknownNameError(f"{name!r} is not defined in this formula; there are: "
                               f"{', '.join(known) or 'none'}")
    names = {*(posed.own if keep is True else asked)} - {root(at).name}
    others = [d for d in definitions if d.name not in names]
    return Kept(tuple(replace(d, body=unfolded(d.body, others), typed=None) for d in definitions
                      if d.name in names), asked)


def in_names(derivation: Derivation, kept_names: Kept, rulebook: Rulebook) -> Derivation:
    """The derivation on to a result in the names, where it is shorter."""
    if not kept_names.definitions:
        return derivation
    names = kept_names.names(rulebook)
    work = names.solve(names.put(Work.onward(derivation, rulebook)))
    return _led_on(derivation, work, kept_names)


def _led_on(derivation: Derivation, work: Work, kept_names: Kept) -> Derivation:
    """The derivation with the steps that put names, and the definitions of these."""
    if all(step.stage != KEPT for step in work.steps):
        return derivation
    shorten(work)
    known = {d.name for d in derivation.definitions}
    more = tuple(d for d in kept_names.definitions if d.name not in known)
    return replace(derivation, steps=tuple(work.steps),
                   definitions=(*derivation.definitions, *more))


def gradient_in_names(posed: Problem, at: Expr, indices: tuple[Index, ...], kept_names: Kept,
                      rulebook: Rulebook) -> Derivation:
    """The gradient: derived with all names written out, and where that is longer through them.

    Raises NotDifferentiableError; LengthError where it is too long with names and without.
    """
    title = headline(posed, "gradient")
    try:
        direct = shortened(derivative(posed, loss_by(posed, at, rulebook), loss_name(posed), at,
                                      indices, rulebook, title), rulebook)
    except LengthError:
        chain = _through_names(posed, kept_names, rulebook)
        if chain is None:
            raise
        return replace(chain, title=title)
    if not kept_names.definitions:
        return direct
    names = kept_names.names(rulebook)
    work, derivation = names.put(Work.onward(direct, rulebook)), direct
    if measure(work.line) > max(_READABLE, names.length(posed.specification.loss)):
        chain = _through_names(posed, kept_names, rulebook)
        if chain is not None and measure(chain.result) < measure(work.line):
            derivation = replace(chain, title=title, longhand=direct)
            work = Work.onward(derivation, rulebook)
    derivation = _led_on(derivation, names.solve(work), kept_names)
    if derivation.longhand is None:
        return derivation
    full = unfolded(derivation.result, derivation.definitions)
    return replace(derivation, domain=lost(derivation.domain, full))


def _through_names(posed: Problem, kept_names: Kept, rulebook: Rulebook) -> Derivation | None:
    """The gradient by the chain rule, in the names; None where that does not lead there."""
    through = _used(kept_names.definitions, posed.specification.loss)
    if not through:
        return None
    try:
        _, chain = through_names(posed, through, rulebook)
    except DeriveError:
        return None
    work = kept_names.names(rulebook).put(Work.onward(chain, rulebook))
    return _led_on(chain, work, kept_names)


def _used(definitions: Sequence[Definition], loss: Expr) -> list[str]:
    """The names that a loss uses, or a name that it uses, but those of separate values."""
    formulas, used = [loss], list[str]()
    for node in reversed(definitions):
        if any(occurs(node.symbol, f) for f in formulas):
            formulas.append(node.body)
            if node.symbol.kind.differentiable:
                used.append(node.name)
    return used
