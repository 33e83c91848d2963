"""Ways of integrating that a pattern cannot state: which part, which u, which f and g.

A method takes a rule of `rules/integrals.toml` and an integral, and yields rewrites. Each is
made by a tactic, from the integral and parameters alone, so that it can be replayed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from sympy import Add, Expr, Mul, Pow, preorder_traversal

from derive.calculus.integral.by_parts import by_parts, by_product_rule
from derive.calculus.integral.chain_rule_backwards import through_softmax
from derive.calculus.integral.index_sums import factors_into_sum, term_by_term
from derive.calculus.integral.integrand_parts import beside, by_cases
from derive.calculus.integral.integration_tools import Tools, fresh, jumps, undefined
from derive.calculus.integral.partial_fractions import partial_fractions
from derive.calculus.integral.search_steps import (
    Rewrite,
    Search,
    base_rule,
    method,
    owed_by_parts,
    part_of,
    rewrite,
    tools_of,
)
from derive.calculus.integral.sympy_table import from_table
from derive.core import heads
from derive.core.indexing import depends, occurs
from derive.core.kinds import Kind, narrowest
from derive.core.walk import around, enter, substitute, with_arguments
from derive.functions.intervals import interval
from derive.notation.printing.pretty import pretty
from derive.rulebook import rewriting
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.measure import measure
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting


def substitution(search: Search, rule: Rule, node: Expr) -> Iterator[Rewrite]:
    """∫ f(u) u′ dx = ∫ f(u) du, for the parts u of the integrand."""
    body, x = node.args
    for inner in _parts(body, x):
        if jumps(inner, x):
            continue
        new = fresh("v", body, Kind(narrowest(interval(inner))))
        outer = _in_terms_of(search.tools, body, inner, new, x)
        if outer is None or not _simpler(outer, body):
            continue
        part = search.part(
            heads.Antiderivative(outer, new), f"with {new} = {pretty(inner)}, "
            f"d{new} = {pretty(search.tools.slope(inner, x))} d{pretty(x)}")
        if part is not None:
            yield rewrite(SUBSTITUTION, search.tools, rule, node, (part,), inner=inner, new=new)


def _substituted(node: Expr, setting: Setting) -> Expr:
    inner, new = setting["inner"], setting["new"]
    outer = None if jumps(inner, node.args[1]) or occurs(new, node) else \
        _in_terms_of(tools_of(setting), node.args[0], inner, new, node.args[1])
    integral = None if outer is None else part_of(setting, heads.Antiderivative(outer, new))
    return node if integral is None else substitute(integral, {new: inner})


def _owed_by_substitution(node: Expr, setting: Setting) -> tuple[Expr, ...]:
    return tuple(substitute(o, {setting["new"]: setting["inner"]})
                 for o in owed_by_parts(setting))


SUBSTITUTION = method(
    "substitution", _substituted, _owed_by_substitution,
    lambda setting: f"substitution {setting['new']} = {pretty(setting['inner'])}")


def _simpler(outer: Expr, body: Expr) -> bool:
    """Shorter, or with fewer functions."""
    functions = [sum(isinstance(n, heads.Apply) for n in preorder_traversal(e))
                 for e in (outer, body)]
    return functions[0] < functions[1] or (
        functions[0] == functions[1] and measure(outer) < measure(body))


def rewritten(search: Search, rule: Rule, node: Expr) -> Iterator[Rewrite]:
    """The integrand with a rule applied to its parts."""
    body, x = node.args
    done = rewriting.wave(body, search.tools.alone(rule))
    if done and depends(done[0][0].before, x):
        yield rewrite(REWRITTEN, search.tools, rule, node)


def _rewritten(node: Expr, setting: Setting) -> Expr:
    done = rewriting.wave(node.args[0], tools_of(setting).alone(base_rule(setting)))
    return heads.Antiderivative(done[-1][1], node.args[1]) if done else node


def _owed_by_rewriting(node: Expr, setting: Setting) -> tuple[Expr, ...]:
    done = rewriting.wave(node.args[0], tools_of(setting).alone(base_rule(setting)))
    return tuple(o for match, _ in done for o in match.obligations)


REWRITTEN = method("rewrite-integrand", _rewritten, _owed_by_rewriting, divides=False)


def _in_terms_of(tools: Tools, body: Expr, inner: Expr, new: Expr, x: Expr) -> Expr | None:
    """f(u) for an integrand f(u) u′, or None where something of x is left."""
    slope = tools.slope(inner, x)
    if slope is None or slope == 0:
        return None
    ratio = tools.quotient(body, slope)
    for form in (ratio, multiplied_out(ratio), *_other_forms(tools, ratio)):
        outer = rewriting.replace(form, inner, new)
        if not depends(outer, x) and not undefined(outer):
            return outer
    return None


def _other_forms(tools: Tools, node: Expr) -> Iterator[Expr]:
    """A formula with one of the rules for writing an integrand otherwise applied to it."""
    for rule in tools.rulebook.stage("integrate").rules:
        if rule.method == "rewrite":
            done = rewriting.wave(node, tools.alone(rule))
            if done and not done[0][0].obligations:
                yield done[-1][1]


def _parts(body: Expr, x: Expr) -> list[Expr]:
    """The parts of an integrand that may be taken as a new variable, large ones first."""
    candidates: dict[Expr, None] = {}

    def visit(node: Expr) -> None:
        if node == x or not depends(node, x):
            return
        if isinstance(node, (Add, heads.Apply, heads.Sum, heads.Product, Pow)) and node.args \
                and node != body:
            candidates[node] = None
        for argument in node.args:
            if not isinstance(argument, heads.Lam):
                visit(argument)

    visit(body)
    return sorted(candidates, key=measure, reverse=True)


def split(search: Search, rule: Rule, node: Expr) -> Iterator[Rewrite]:
    """The term with the free index is split off each sum; then x is a number like any other."""
    body, at = node.args
    if not isinstance(at, heads.Element):
        return
    x = fresh("x", body, Kind(at.tensor.kind.domain))
    scalar, constants = _split_off(node, x)
    if scalar is None or not constants:
        return
    rests = ", ".join(f"{pretty(c)} = {pretty(part.rest)}" for c, part in constants.items())
    part = search.part(heads.Antiderivative(scalar, x),
                       f"with x = {pretty(at)} and, without it, {rests}")
    if part is not None:
        yield rewrite(SPLIT, search.tools, rule, node, (part,), x=x)


class SplitSum(NamedTuple):
    """A sum without the term at the free index, that term as one of an index, and the sum."""

    rest: Expr
    index: Expr
    term: Expr
    total: Expr


Constants = dict[Expr, SplitSum]  # what the constants of a split integrand stand for


def _split_off(node: Expr, x: Expr) -> tuple[Expr | None, Constants]:
    """The integrand as one of a number, and what its constants stand for."""
    constants: Constants = {}
    usable = isinstance(node.args[1], heads.Element) and not occurs(x, node)
    scalar = _scalar(node.args[0], node.args[1], x, constants) if usable else None
    return scalar, constants


def _split(node: Expr, setting: Setting) -> Expr:
    at, x = node.args[1], setting["x"]
    scalar, constants = _split_off(node, x)
    joined = None if scalar is None else part_of(setting, heads.Antiderivative(scalar, x))
    if joined is None:
        return node
    joined = substitute(joined, _in_array(node, x, constants))
    for rest, index, term, total in constants.values():
        joined = rewriting.replace(joined, Add(substitute(term, {index: at.indices[0]}), rest),
                                   total)
    return joined


def _in_array(node: Expr, x: Expr, constants: Constants) -> dict[Expr, Expr]:
    """What the names of a split integrand stand for."""
    return {x: node.args[1], **{c: part.rest for c, part in constants.items()}}


def _owed_by_split(node: Expr, setting: Setting) -> tuple[Expr, ...]:
    there = _in_array(node, setting["x"], _split_off(node, setting["x"])[1])
    return tuple(substitute(o, there) for o in owed_by_parts(setting))


SPLIT = method("split", _split, _owed_by_split)


def _scalar(node: Expr, at: heads.Element, x: Expr, constants: Constants) -> Expr | None:
    """A formula in which z[m] is x and the rest of each sum a constant; None if that cannot be."""
    if node == at:
        return x
    if not depends(node, at):
        return node
    if isinstance(node, heads.Sum) and len(at.indices) == 1 and \
            node.family.dim == at.tensor.kind.shape[0]:
        return _split_sum(node, at, x, constants)
    if isinstance(node, (Add, Mul, Pow, heads.Apply)) and not any(
            isinstance(a, heads.Lam) for a in node.args):
        parts = [_scalar(a, at, x, constants) if a.args else a for a in node.args]
        return None if None in parts else with_arguments(node, parts)
    return None


def _split_sum(node: heads.Sum, at: heads.Element, x: Expr, constants: Constants) -> Expr | None:
    """f(x) + c for a sum over k of f(z[k]), where c is the sum without the free index."""
    free = at.indices[0]
    index, term, where, _ = enter(node.family, around(node, at))
    own = substitute(substitute(term, {index: free}), {at: x})
    others = [e for e in term.atoms(heads.Element) if e.tensor == at.tensor
              and e.indices != (index,)]
    if where.args or others or depends(own, at):
        return None
    rest = heads.Sum.over(term, index, heads.NotEqual(index, free))
    constant = next((c for c, part in constants.items() if part.rest == rest), None)
    if constant is None:
        kind = Kind("nonnegative" if interval(term).nonnegative else "real")
        constant = fresh("c", Add(node, *constants), kind)
        constants[constant] = SplitSum(rest, index, term, node)
    return Add(own, constant)


def expand(search: Search, rule: Rule, node: Expr) -> Iterator[Rewrite]:
    """Products of sums multiplied out."""
    body = node.args[0]
    if multiplied_out(body) != body:
        yield rewrite(EXPAND, search.tools, rule, node)


EXPAND = method("expand-integrand", lambda node, setting: heads.Antiderivative(
    multiplied_out(node.args[0]), node.args[1]))


Method = Callable[[Search, Rule, Expr], Iterator[Rewrite]]
METHODS: dict[str, Method] = {
    "substitution": substitution, "rewrite": rewritten, "cases": by_cases, "parts": by_parts,
    "expand": expand, "split": split, "table": from_table, "product": by_product_rule,
    "softmax": through_softmax, "beside": beside, "terms": term_by_term,
    "fractions": partial_fractions, "within": factors_into_sum,
}
FIRST = frozenset({"product", "softmax", "beside"})  # tried before an integrand is taken apart
