"""A loss written in named intermediates: the names sorted by dependence, put where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sympy import Expr

from derive.calculus.gradient.name_equations import equations, put_name
from derive.calculus.gradient.partial_derivative import loss_name
from derive.calculus.problem import Problem, unfolded
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Variable
from derive.core.indexing import occurs, root
from derive.core.kinds import Kind
from derive.core.walk import substitute
from derive.deferred_dataclass import dataclass
from derive.derivation import Derivation
from derive.errors import KindError, UnknownNameError
from derive.lazy import cached_property
from derive.limits import tick
from derive.notation.printing.pretty import pretty
from derive.notation.reading.specification import Definition
from derive.premises import Formal
from derive.rulebook.loading import Rulebook
from derive.rulebook.patterns import Meta
from derive.rulebook.rule import Rule


@dataclass(frozen=True)
class Chain:
    """A problem whose loss is written in the names that the derivation goes through.

    `rewritten` derives that loss from the one as typed, where the names stand only in that.
    """

    posed: Problem
    nodes: tuple[Definition, ...]
    loss: Expr
    rulebook: Rulebook
    rewritten: Derivation | None = None

    def loss_in(self, symbol: Expr) -> Expr:
        """The loss in terms of one name, those defined after it written out."""
        return self._losses[1].get(symbol, self._losses[0])

    @cached_property
    def _losses(self) -> tuple[Expr, dict[Expr, Expr]]:
        """The loss with all names written out, and in terms of each."""
        line, losses = self.loss, dict[Expr, Expr]()
        for node in reversed(self.nodes):
            losses[node.symbol] = line
            line = unfolded(line, [node])
        return line, losses

    @cached_property
    def formal(self) -> Formal:
        """What the derivatives of names stand for, for the numeric check."""
        losses = tuple((n.symbol, self.loss_in(n.symbol)) for n in self.nodes)
        return Formal(loss_name(self.posed), losses, self.direct, self.loss)

    @property
    def direct(self) -> Expr:
        """The name for the loss with the intermediates held fixed."""
        return Variable(f"{loss_name(self.posed)}_direct", Kind("real"))


def chain_through(posed: Problem, through: Sequence[str], rulebook: Rulebook) -> Chain:
    """The loss written in the named intermediates, in whatever order they are asked for.

    Raises UnknownNameError for a name that is no intermediate of the loss, KindError for one
    that takes separate values.
    """
    definitions = posed.specification.definitions
    asked = {text.partition("=")[0].partition("[")[0].strip() for item in through
             for text in ([item] if "=" in item else item.split(","))}
    known = {d.name: d for d in definitions}
    for name in sorted(asked.difference(known)):
        raise UnknownNameError(f"{name!r} is no intermediate of this formula; there are: "
                               f"{', '.join(known) or 'none'}. Or define one: "
                               "--through 'p = softmax(o)'")
    for name in sorted(asked):
        kind = known[name].symbol.kind
        if not kind.differentiable:
            raise KindError(f"cannot go through {name!r}: it is of type {kind}, which takes "
                            "separate values")
    others = [d for d in definitions if d.name not in asked]
    nodes = [replace(d, body=unfolded(d.body, others)) for d in definitions if d.name in asked]
    loss = unfolded(posed.specification.loss, others)
    chain = _written_in(posed, nodes, loss, rulebook)
    if chain is None:
        chain = _rewritten(posed, nodes, loss, rulebook)
    return chain


def _written_in(posed: Problem, nodes: Sequence[Definition], loss: Expr, rulebook: Rulebook,
                ) -> Chain | None:
    """The loss in the names; None where one does not stand in it."""
    nodes = _in_each_other(nodes, rulebook)
    for node in nodes:
        loss = _named(loss, node, rulebook)
    if _missing(nodes, loss) is not None:
        return None
    return Chain(posed, nodes, loss, rulebook)


def _missing(nodes: Iterable[Definition], loss: Expr) -> Definition | None:
    """The last name that neither the loss uses nor a name that it uses."""
    formulas = [loss]
    for node in reversed(tuple(nodes)):
        if not any(occurs(node.symbol, f) for f in formulas):
            return node
        formulas.append(node.body)
    return None


def _in_each_other(nodes: Sequence[Definition], rulebook: Rulebook) -> tuple[Definition, ...]:
    """The definitions, each in the names of those whose formulas it contains, and after them."""
    named = list(nodes)
    for inner in range(len(named)):
        below = _used_by(named[inner], named)
        for place, node in enumerate(named):
            if place != inner and node.symbol not in below:
                named[place] = replace(node, body=_named(node.body, named[inner], rulebook))
    ordered: list[Definition] = []
    while named:
        node = next(n for n in named if not any(occurs(m.symbol, n.body) for m in named))
        named.remove(node)
        ordered.append(node)
    return tuple(ordered)


def _used_by(node: Definition, nodes: Sequence[Definition]) -> set[Expr]:
    """The names that a definition uses, and those that these use."""
    used, left = set[Expr](), [node.body]
    while left:
        tick("ordering definitions")
        body = left.pop()
        more = [n for n in nodes if n.symbol not in used and occurs(n.symbol, body)]
        used.update(n.symbol for n in more)
        left += [n.body for n in more]
    return used


def _named(formula: Expr, node: Definition, rulebook: Rulebook) -> Expr:
    """A formula with the name wherever what it stands for does; as it is, where it names it."""
    if occurs(node.symbol, formula):
        return formula
    for left, right in equations(node, rulebook):
        line = put_name(formula, left, right)
        if line != formula:
            return line
    return formula


def _rewritten(posed: Problem, nodes: Sequence[Definition], loss: Expr, rulebook: Rulebook,
               ) -> Chain:
    """The loss in names that stand in it only after its logarithms are taken apart.

    Raises UnknownNameError.
    """
    specification, name = posed.specification, loss_name(posed)
    work = Work(loss, rulebook)
    work.stage("prepare")
    apart = [replace(n, body=_apart(n.body, rulebook)) for n in nodes]
    chain = _written_in(posed, apart, work.line, rulebook) if work.steps else None
    if chain is None:
        missing = _first_missing(nodes, loss, rulebook)
        raise UnknownNameError(f"the formula does not contain {missing!r} or what it stands for")
    rewritten = work.derivation(
        f"{name}, rewritten", "loss", name, specification.declared, source=posed.source,
        assumptions=specification.conditions, definitions=specification.definitions)
    return replace(chain, rewritten=rewritten)


def _apart(body: Expr, rulebook: Rulebook) -> Expr:
    work = Work(body, rulebook)
    work.stage("prepare")
    return work.line


def _first_missing(nodes: Sequence[Definition], loss: Expr, rulebook: Rulebook) -> str:
    ordered = _in_each_other(nodes, rulebook)
    for node in ordered:
        loss = _named(loss, node, rulebook)
    missing = _missing(ordered, loss)
    return ordered[-1].name if missing is None else missing.name


def nameable(node: Definition) -> bool:
    """Whether a formula tells at which indices the name stands for it: all are in it."""
    return all(occurs(index, node.body) for index in node.indices)


def naming(node: Definition, place: Expr | None = None) -> Rule:
    """The rule that writes a name for its formula; its margin says so at a place, if one is given.
    """
    metas = {i: Meta(f"m{n}") for n, i in enumerate(node.indices)}
    right = heads.Element(node.symbol, *metas.values()) if metas else node.symbol
    margin = f"name {node.name}"
    if place is not None:
        subscripts = place.indices if isinstance(place, heads.Element) else ()
        body = substitute(node.body, dict(zip(node.indices, subscripts, strict=True)))
        margin = f"{pretty(place)} = {pretty(body)}"
    return Rule(name=f"name-{node.name}", says=f"{node.name} stands for this formula.", from_="",
                to="", sides=(substitute(node.body, metas), right), margin=margin,
                source="Definition")


def loss_by(posed: Problem, at: Expr, rulebook: Rulebook) -> Expr:
    """The loss as a formula of the variable: a named intermediate stays, what uses it is put in."""
    definitions = posed.specification.definitions
    names = [d.symbol for d in definitions]
    if root(at) not in names:
        return unfolded(posed.specification.loss, definitions)
    chain = chain_through(posed, [root(at).name], rulebook)
    return unfolded(chain.loss, definitions[names.index(root(at)) + 1:])
