"""The chain rule through named intermediates: ∂L/∂p, ∂p/∂o, and their sum of products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sympy import Add, Mul

from derive.calculus.gradient.partial_derivative import (
    check_differentiated,
    derivative,
    headline,
    loss_name,
)
from derive.calculus.problem import Problem, unfolded, variable
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Variable
from derive.core.indexing import occurs, root
from derive.core.kinds import Kind
from derive.core.walk import substitute, transform
from derive.derivation import Derivation
from derive.errors import UnknownNameError
from derive.lazy import cached_property
from derive.notation.printing.pretty import pretty
from derive.notation.reading.specification import Definition, fresh_indices
from derive.premises import Formal
from derive.rulebook.loading import Rulebook
from derive.rulebook.measure import measure
from derive.rulebook.patterns import Meta
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Parameters, Setting, Tactic

_READABLE = 60  # a result of this length may be written without the names


@dataclass(frozen=True)
class Chain:
    """A problem whose loss is written in the names that the derivation goes through."""

    posed: Problem
    nodes: tuple[Definition, ...]
    loss: Any
    rulebook: Rulebook

    def loss_in(self, symbol: Any) -> Any:
        """The loss in terms of one name, those defined after it written out."""
        names = [n.symbol for n in self.nodes]
        later = self.nodes[names.index(symbol) + 1:] if symbol in names else self.nodes
        return unfolded(self.loss, later)

    @cached_property
    def formal(self) -> Formal:
        """What the derivatives of names stand for, for the numeric check."""
        losses = tuple((n.symbol, self.loss_in(n.symbol)) for n in self.nodes)
        return Formal(loss_name(self.posed), losses, self.direct, self.loss)

    @property
    def direct(self) -> Any:
        """The name for the loss with the intermediates held fixed."""
        return Variable(f"{loss_name(self.posed)}_direct", Kind("real"))


def grad_through(posed: Problem, through: Sequence[str], rulebook: Rulebook) -> Derivation:
    """The gradient by the chain rule through the named intermediates.

    Raises UnknownNameError for a name that is no intermediate of the formula.
    """
    chain = chain_through(posed, through, rulebook)
    at, indices = variable(posed.wrt, posed.scope)
    totals: dict[Any, Derivation] = {}
    for node in reversed(chain.nodes):
        taken = (*posed.scope.names, *posed.scope.dims, *(i.name for i in indices))
        inner = fresh_indices([i.dim for i in node.indices], taken)
        place = heads.Element(node.symbol, *inner) if inner else node.symbol
        totals[node.symbol] = _total(chain, place, inner, totals)
    result = _total(chain, at, indices, totals)
    names = ", ".join(n.name for n in chain.nodes)
    title = headline(posed, f"gradient through {names}")
    return _in_terms_of_input(chain, replace(result, title=title))


def chain_through(posed: Problem, through: Sequence[str], rulebook: Rulebook) -> Chain:
    """The loss written in the named intermediates. Raises UnknownNameError for other names."""
    specification = posed.specification
    wanted = {t.partition("=")[0].partition("[")[0].strip() for item in through
              for t in ([item] if "=" in item else item.split(","))}
    known = [d.name for d in specification.definitions]
    for name in wanted:
        if name not in known:
            names = ", ".join(known) or "none"
            raise UnknownNameError(f"{name!r} is no intermediate of this formula; there are: "
                                   f"{names}. Or define one: --through 'p = softmax(o)'")
    nodes = tuple(d for d in specification.definitions if d.name in wanted)
    others = [d for d in specification.definitions if d.name not in wanted]
    nodes = tuple(replace(n, body=unfolded(n.body, others)) for n in nodes)
    loss = unfolded(specification.loss, others)
    for node in nodes:
        users = [n.body for n in nodes if occurs(node.symbol, n.body)]
        loss = loss if users else _named(loss, node, rulebook)
    return Chain(posed, nodes, loss, rulebook)


def _total(chain: Chain, at: Any, indices: tuple[Any, ...], totals: dict[Any, Derivation],
           ) -> Derivation:
    """∂L/∂at: directly, and through every later name that depends on it."""
    users = [n for n in chain.nodes if n.symbol in totals and occurs(root(at), n.body)]
    name = loss_name(chain.posed)
    if not users:
        return _with_names(chain, derivative(chain.posed, chain.loss, name, at, indices,
                                             chain.rulebook, f"∂{name}/∂{root(at)}"))
    terms: list[Any] = []
    parts: list[Derivation] = []
    if occurs(root(at), chain.loss):
        parts.append(_direct(chain, at, indices))
        terms.append(parts[0].quantity)
    for node in users:
        taken = (*chain.posed.scope.names, *chain.posed.scope.dims, *(i.name for i in indices))
        inner = fresh_indices([i.dim for i in node.indices], taken)
        place = heads.Element(node.symbol, *inner) if inner else node.symbol
        body = substitute(node.body, dict(zip(node.indices, inner, strict=True)))
        local = _local(chain, node, body, place, at, (*inner, *indices))
        parts += [totals[node.symbol], local]
        term = Mul(heads.Partial(name, place), heads.Partial(place, at))
        for index in reversed(inner):
            term = heads.Sum.over(term, index)
        terms.append(term)
    return _assembled(chain, at, indices, Add(*terms), parts)


def _direct(chain: Chain, at: Any, indices: tuple[Any, ...]) -> Derivation:
    """The derivative of the loss where it contains the variable itself, the names held fixed."""
    held = ", ".join(n.name for n in chain.nodes)
    found = derivative(chain.posed, chain.loss, chain.direct, at, indices, chain.rulebook,
                       f"{chain.direct} is {loss_name(chain.posed)} with {held} held fixed")
    return replace(found, definitions=chain.nodes, note=found.title)


def _assembled(chain: Chain, at: Any, indices: tuple[Any, ...], start: Any,
               parts: list[Derivation]) -> Derivation:
    """The derivation that puts the parts into the chain rule's sum and simplifies it."""
    work = put_in(start, parts, chain.rulebook)
    posed, name = chain.posed, loss_name(chain.posed)
    return _with_names(chain, Derivation(
        title=f"∂{name}/∂{root(at)}", goal="gradient", given=posed.specification.declared,
        quantity=heads.Partial(name, at), start=start, steps=tuple(work.steps), indices=indices,
        parts=tuple(parts), assumptions=posed.specification.conditions,
        original=heads.Partial(chain.loss_in(root(at)), at), source=posed.source))


def put_in(start: Any, parts: Sequence[Derivation], rulebook: Rulebook) -> Work:
    """A sum of the chain rule with derived quantities in place of their names, simplified.

    Raises NotDifferentiableError where a derivative is left.
    """
    work = Work(start, rulebook)
    for part in parts:
        work.use(INSERT, inserted(part), "chain", (part,))
    work.run("gradient")
    check_differentiated(work.line, rulebook)
    return work


def _local(chain: Chain, node: Definition, body: Any, place: Any, at: Any,
           indices: tuple[Any, ...]) -> Derivation:
    """∂p_j/∂o_i, with p in place of its formula where it comes out again."""
    found = derivative(chain.posed, body, place, at, indices, chain.rulebook,
                       f"∂{node.name}/∂{root(at)}", "again")
    work = Work(found.result, chain.rulebook, list(found.steps), len(found.steps))
    work.name(naming(node))
    return _with_names(chain, replace(found, steps=tuple(work.steps)))


def _in_terms_of_input(chain: Chain, found: Derivation) -> Derivation:
    """The last line with the names written out again, unless that makes it much longer."""
    work = Work(found.result, chain.rulebook, list(found.steps), len(found.steps))
    for node in reversed(chain.nodes):
        work.use(WRITE_OUT, {"definition": node}, "unfold")
        if measure(work.line) > max(_READABLE, 2 * measure(found.result)):
            return found
    if work.line != found.result:
        work.run("finish")
    return replace(found, steps=tuple(work.steps))


def _with_names(chain: Chain, found: Derivation) -> Derivation:
    return replace(found, definitions=chain.nodes, formal=chain.formal)


def _named(loss: Any, node: Definition, rulebook: Rulebook) -> Any:
    """The loss with the name wherever its formula stands."""
    if occurs(node.symbol, loss):
        return loss
    work = Work(loss, rulebook)
    work.name(naming(node))
    if not occurs(node.symbol, work.line):
        raise UnknownNameError(f"the formula does not contain {node.name!r} or what it stands for")
    return work.line


def naming(node: Definition, place: Any = None) -> Rule:
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


def _write_out(line: Any, setting: Setting) -> Any:
    return unfolded(line, [setting["definition"]])


def _writing_out(setting: Setting) -> Rule:
    name = setting["definition"].name
    return Rule(name=f"definition-of-{name}", says=f"{name} is written out.", from_="e", to="e",
                margin=f"definition of {name}", source="Definition", tactic="write-out")


def inserted(part: Derivation) -> Parameters:
    """The parameters of a step that puts a derived quantity in place of its name."""
    return {"quantity": part.quantity, "result": part.result, "indices": part.indices}


def _insertion(setting: Setting) -> Rule:
    body, at = setting["quantity"].args
    return Rule(name="insert", says=f"∂{root(body)}/∂{root(at)} was derived above.", from_="e",
                to="e", margin=f"∂{root(body)}/∂{root(at)} from above",
                source="Chain rule, DLMF 1.4.10", tactic="insert")


def _insert(line: Any, setting: Setting) -> Any:
    quantity, result, indices = (setting[n] for n in ("quantity", "result", "indices"))

    def visit(node: Any) -> Any | None:
        there = _correspondence(quantity, node, indices) if isinstance(node, heads.Partial) \
            else None
        return None if there is None else substitute(result, there)

    return transform(line, visit, (result,))


def _correspondence(quantity: Any, node: Any, indices: tuple[Any, ...]) -> dict[Any, Any] | None:
    """The subscripts at which `node` is the derived quantity, or None if it is another one.

    Subscripts may be shifted: ∂h[t]/∂h[t - 1] is ∂h[t + 1]/∂h[t] for t + 1 in place of t.
    """
    found: dict[Any, Any] = {}
    pairs: list[tuple[Any, Any]] = []
    for known, here in zip(quantity.args, node.args, strict=True):
        if root(known) != root(here) or type(known) is not type(here):
            return None
        if isinstance(known, heads.Element):
            pairs += zip(known.indices, here.indices, strict=True)
    for index, value in pairs:
        if index in indices:
            found.setdefault(index, value)
    if any(substitute(index, found) != value for index, value in pairs):
        return None
    return found


def _says_written_out(setting: Setting) -> Rule:
    return Rule(name="definition", says="The named intermediates are written out.", from_="e",
                to="e", margin="names written out", source="Definition", tactic="write-out-all")


def _says_restated(setting: Setting) -> Rule:
    name, says, source = (setting[n] for n in ("name", "says", "source"))
    return Rule(name=name, says=says, from_="e", to="e", margin=setting["margin"], source=source,
                tactic="restated")


# A definition written out, and a derived quantity put in place of its name.
WRITE_OUT = Tactic("write-out", _write_out, _writing_out)
INSERT = Tactic("insert", _insert, _insertion)
WRITE_OUT_ALL = Tactic("write-out-all", lambda line, setting: unfolded(
    line, setting["definitions"]), _says_written_out)
# What a page tells in one step of a derivation that is shown in full elsewhere.
RESTATED = Tactic("restated", lambda line, setting: setting["after"], _says_restated)
