"""The chain rule through named intermediates: ∂L/∂p, ∂p/∂o, and their sum of products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sympy import Add, Expr, Mul

from derive.calculus.formulas import summed
from derive.calculus.gradient.named_loss import Chain, chain_through, nameable, naming
from derive.calculus.gradient.partial_derivative import (
    check_differentiated,
    derivative,
    headline,
    loss_name,
)
from derive.calculus.problem import Problem, typed_requirements, unfolded, variable
from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import occurs, root
from derive.core.walk import substitute, transform
from derive.derivation import Derivation
from derive.errors import NotDifferentiableError
from derive.notation.reading.specification import Definition, fresh_indices
from derive.rulebook.loading import Rulebook
from derive.rulebook.measure import measure
from derive.rulebook.tactics import Parameters, Setting

_READABLE = 60  # a result of this length may be written without the names


def grad_through(posed: Problem, through: Sequence[str], rulebook: Rulebook) -> Derivation:
    """The gradient by the chain rule through the named intermediates.

    Raises UnknownNameError for a name that is no intermediate of the formula.
    """
    return _in_terms_of_input(*through_names(posed, through, rulebook))


def through_names(posed: Problem, through: Sequence[str], rulebook: Rulebook,
                  ) -> tuple[Chain, Derivation]:
    """The loss in the names, and its gradient by the chain rule, in those names as well."""
    chain = chain_through(posed, through, rulebook)
    at, indices = variable(posed.wrt, posed.scope)
    totals: dict[Expr, Derivation] = {}
    for node in reversed(chain.nodes):
        place, inner = _placed(chain, node, indices)
        totals[node.symbol] = _total(chain, place, inner, totals)
    result = _total(chain, at, indices, totals)
    names = ", ".join(n.name for n in chain.nodes)
    title = headline(posed, f"gradient through {names}")
    result = replace(result, domain=typed_requirements(posed.specification, at))
    if chain.rewritten is not None:
        result = replace(result, parts=(chain.rewritten, *result.parts))
    return chain, replace(result, title=title)


def _placed(chain: Chain, node: Definition, indices: tuple[Index, ...],
            ) -> tuple[Expr, tuple[Index, ...]]:
    """An intermediate at fresh indices, other ones than those given, and its indices."""
    scope = chain.posed.scope
    taken = (*scope.names, *scope.dims, *(i.name for i in indices))
    inner = fresh_indices([i.dim for i in node.indices], taken)
    return heads.at(node.symbol, inner), inner


def _total(chain: Chain, at: Expr, indices: tuple[Index, ...], totals: dict[Expr, Derivation],
           ) -> Derivation:
    """∂L/∂at: directly, and through every later name that depends on it."""
    users = [n for n in chain.nodes if n.symbol in totals and occurs(root(at), n.body)]
    name = loss_name(chain.posed)
    if not users:
        return _with_names(chain, derivative(chain.posed, chain.loss, name, at, indices,
                                             chain.rulebook, f"∂{name}/∂{root(at)}", inner=True))
    terms: list[Expr] = []
    parts: list[Derivation] = []
    if occurs(root(at), chain.loss):
        parts.append(_direct(chain, at, indices))
        terms.append(parts[0].quantity)
    for node in users:
        place, inner = _placed(chain, node, indices)
        parts += [totals[node.symbol], _local(chain, node, place, at, inner, indices)]
        terms.append(summed(Mul(heads.Partial(name, place), heads.Partial(place, at)), inner))
    work = put_in(Add(*terms), parts, chain.rulebook)
    specification = chain.posed.specification
    return _with_names(chain, work.derivation(
        f"∂{name}/∂{root(at)}", "gradient", heads.Partial(name, at), specification.declared,
        indices=indices, parts=tuple(parts), assumptions=specification.conditions,
        original=heads.Partial(chain.loss_in(root(at)), at), source=chain.posed.source))


def _direct(chain: Chain, at: Expr, indices: tuple[Index, ...]) -> Derivation:
    """The derivative of the loss where it contains the variable itself, the names held fixed."""
    fixed = ", ".join(n.name for n in chain.nodes)
    direct = derivative(chain.posed, chain.loss, chain.direct, at, indices, chain.rulebook,
                        f"{chain.direct} is {loss_name(chain.posed)} with {fixed} held fixed",
                        inner=True)
    return replace(direct, definitions=chain.nodes, note=direct.title)


def put_in(start: Expr, parts: Sequence[Derivation], rulebook: Rulebook) -> Work:
    """A sum of the chain rule with derived quantities in place of their names, simplified.

    Raises NotDifferentiableError where a derivative is left.
    """
    work = Work(start, rulebook)
    for part in parts:
        work.use(INSERT, inserted(part), "chain", (part,))
    # A derivative of a name that is left here would be taken for that of an independent one, 0.
    check_differentiated(work.line, rulebook)
    work.run("gradient")
    check_differentiated(work.line, rulebook)
    return work


def _local(chain: Chain, node: Definition, place: Expr, at: Expr, inner: tuple[Index, ...],
           indices: tuple[Index, ...]) -> Derivation:
    """∂p_j/∂o_i, other names held fixed, and p in place of its formula where it comes out again.
    """
    body = substitute(node.body, dict(zip(node.indices, inner, strict=True)))
    local = _as_it_stands(chain, body, place, at, (*inner, *indices))
    work = Work.onward(local, chain.rulebook, len(local.steps))
    if nameable(node):
        work.name(naming(node))
    return replace(local, steps=tuple(work.steps), definitions=chain.nodes)


def _as_it_stands(chain: Chain, body: Expr, place: Expr, at: Expr, indices: tuple[Index, ...],
                  ) -> Derivation:
    """∂body/∂at of a formula as it stands, or prepared first where no rule differentiates that."""
    title = f"∂{root(place)}/∂{root(at)}"
    try:
        return derivative(chain.posed, body, place, at, indices, chain.rulebook, title, "named",
                          inner=True)
    except NotDifferentiableError:
        return derivative(chain.posed, body, place, at, indices, chain.rulebook, title, inner=True)


def _in_terms_of_input(chain: Chain, gradient: Derivation) -> Derivation:
    """The last line with the names written out again, unless that makes it much longer."""
    work = Work.onward(gradient, chain.rulebook, len(gradient.steps))
    for node in reversed(chain.nodes):
        work.use(WRITE_OUT, {"definition": node}, "unfold")
        if measure(work.line) > max(_READABLE, 2 * measure(gradient.result)):
            return gradient
    if work.line != gradient.result:
        work.run("finish")
    return replace(gradient, steps=tuple(work.steps))


def _with_names(chain: Chain, derivation: Derivation) -> Derivation:
    return replace(derivation, definitions=chain.nodes, formal=chain.formal)


def inserted(part: Derivation) -> Parameters:
    """The parameters of a step that puts a derived quantity in place of its name."""
    return {"quantity": part.quantity, "result": part.result, "indices": part.indices}


def _insert(line: Expr, setting: Setting) -> Expr:
    quantity, result, indices = (setting[n] for n in ("quantity", "result", "indices"))

    def visit(node: Expr) -> Expr | None:
        there = _correspondence(quantity, node, indices) if isinstance(node, heads.Partial) \
            else None
        return None if there is None else substitute(result, there)

    return transform(line, visit, (result,))


def _correspondence(quantity: Expr, node: Expr, indices: tuple[Index, ...],
                    ) -> dict[Expr, Expr] | None:
    """The subscripts at which `node` is the derived quantity, or None if it is another one.

    Subscripts may be shifted: ∂h[t]/∂h[t - 1] is ∂h[t + 1]/∂h[t] for t + 1 in place of t.
    """
    subscripts: dict[Expr, Expr] = {}
    pairs: list[tuple[Expr, Expr]] = []
    for known, here in zip(quantity.args, node.args, strict=True):
        if root(known) != root(here) or type(known) is not type(here):
            return None
        if isinstance(known, heads.Element):
            pairs += zip(known.indices, here.indices, strict=True)
    for index, value in pairs:
        if index in indices:
            subscripts.setdefault(index, value)
    if any(substitute(index, subscripts) != value for index, value in pairs):
        return None
    return subscripts


def _insertion(setting: Setting) -> Words:
    body, at = setting["quantity"].args
    return Words(f"∂{root(body)}/∂{root(at)} was derived above.",
                 f"∂{root(body)}/∂{root(at)} from above", "Chain rule, DLMF 1.4.10")


def _definition_in_words(setting: Setting) -> Words:
    name = setting["definition"].name
    return Words(f"{name} is written out.", f"definition of {name}", "Definition",
                 f"definition-of-{name}")


def _as_stated(setting: Setting) -> Words:
    return Words(*(setting[n] for n in ("says", "margin", "source", "name")))


# A definition written out, and a derived quantity put in place of its name.
WRITE_OUT = stated("write-out", lambda line, setting: unfolded(line, [setting["definition"]]),
                   _definition_in_words)
INSERT = stated("insert", _insert, _insertion)
WRITE_OUT_ALL = stated(
    "write-out-all", lambda line, setting: unfolded(line, setting["definitions"]),
    Words("The named intermediates are written out.", "names written out", "Definition",
          "definition"))
# What a page tells in one step of a derivation that is shown in full elsewhere.
RESTATED = stated("restated", lambda line, setting: setting["after"], _as_stated)
