"""Ways of integrating that a pattern cannot state: which part, which u, which f and g.

A method takes a rule of `rules/integrals.toml` and an integral, and yields rewrites. Each is
made by a tactic, from the integral and parameters alone, so that it can be replayed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sympy import Add, Mul, Pow, preorder_traversal

from derive.calculus.integral.by_parts import by_parts, by_product_rule
from derive.calculus.integral.chain_rule_backwards import through_softmax
from derive.calculus.integral.integral_search import Integrator
from derive.calculus.integral.integrals_by_cases import by_cases
from derive.calculus.integral.integrator_tools import tools
from derive.calculus.integral.search_steps import (
    Rewrite,
    base_rule,
    derivation,
    fresh,
    jumps,
    method,
    owed_by_parts,
    part_of,
    rewrite,
    undefined,
)
from derive.calculus.integral.sympy_table import from_table
from derive.calculus.integral.termwise import beside, term_by_term
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


def substitution(search: Integrator, rule: Rule, node: Any, depth: int) -> Iterator[Rewrite]:
    """∫ f(u) u′ dx = ∫ f(u) du, for the parts u of the integrand."""
    body, x = node.args
    for inner in _parts(body, x):
        if jumps(inner, x):
            continue
        new = fresh("v", body, Kind(narrowest(interval(inner))))
        outer = _in_terms_of(search, body, inner, new, x)
        if outer is None or not _simpler(outer, body):
            continue
        integral = heads.Antiderivative(outer, new)
        plan = search.solve(integral, depth + 1)
        if plan is None:
            continue
        part = derivation(integral, plan, search.rulebook, f"with {new} = {pretty(inner)}, "
                          f"d{new} = {pretty(search.slope(inner, x))} d{pretty(x)}")
        yield rewrite(SUBSTITUTION, search, rule, node, (part,), inner=inner, new=new)


def _substituted(node: Any, setting: Setting) -> Any:
    inner, new = setting["inner"], setting["new"]
    outer = None if jumps(inner, node.args[1]) or occurs(new, node) else \
        _in_terms_of(tools(setting), node.args[0], inner, new, node.args[1])
    found = None if outer is None else part_of(setting, heads.Antiderivative(outer, new))
    return node if found is None else substitute(found, {new: inner})


def _owed_by_substitution(node: Any, setting: Setting) -> tuple[Any, ...]:
    return tuple(substitute(o, {setting["new"]: setting["inner"]})
                 for o in owed_by_parts(setting))


SUBSTITUTION = method(
    "substitution", _substituted, _owed_by_substitution,
    lambda setting: f"substitution {setting['new']} = {pretty(setting['inner'])}")


def _simpler(outer: Any, body: Any) -> bool:
    """Shorter, or with fewer functions."""
    functions = [sum(isinstance(n, heads.Apply) for n in preorder_traversal(e))
                 for e in (outer, body)]
    return functions[0] < functions[1] or (
        functions[0] == functions[1] and measure(outer) < measure(body))


def rewritten(search: Integrator, rule: Rule, node: Any, depth: int) -> Iterator[Rewrite]:
    """The integrand with a rule applied to its parts."""
    body, x = node.args
    done = rewriting.wave(body, search.alone(rule))
    if done and depends(done[0][0].before, x):
        yield rewrite(REWRITTEN, search, rule, node)


def _rewritten(node: Any, setting: Setting) -> Any:
    done = rewriting.wave(node.args[0], tools(setting).alone(base_rule(setting)))
    return heads.Antiderivative(done[-1][1], node.args[1]) if done else node


def _owed_by_rewriting(node: Any, setting: Setting) -> tuple[Any, ...]:
    done = rewriting.wave(node.args[0], tools(setting).alone(base_rule(setting)))
    return tuple(o for match, _ in done for o in match.obligations)


REWRITTEN = method("rewrite-integrand", _rewritten, _owed_by_rewriting, divides=False)


def _in_terms_of(search: Integrator, body: Any, inner: Any, new: Any, x: Any) -> Any | None:
    """f(u) for an integrand f(u) u′, or None where something of x is left."""
    slope = search.slope(inner, x)
    if slope is None or slope == 0:
        return None
    ratio = search.quotient(body, slope)
    for form in (ratio, multiplied_out(ratio), *_other_forms(search, ratio)):
        outer = rewriting.replace(form, inner, new)
        if not depends(outer, x) and not undefined(outer):
            return outer
    return None


def _other_forms(search: Integrator, node: Any) -> Iterator[Any]:
    """A formula with one of the rules for writing an integrand otherwise applied to it."""
    for rule in search.rulebook.stage("integrate").rules:
        if rule.method == "rewrite":
            done = rewriting.wave(node, search.alone(rule))
            if done and not done[0][0].obligations:
                yield done[-1][1]


def _parts(body: Any, x: Any) -> list[Any]:
    """The parts of an integrand that may be taken as a new variable, large ones first."""
    found: dict[Any, None] = {}

    def visit(node: Any) -> None:
        if node == x or not depends(node, x):
            return
        if isinstance(node, (Add, heads.Apply, heads.Sum, Pow)) and node.args and node != body:
            found[node] = None
        for argument in node.args:
            if not isinstance(argument, heads.Lam):
                visit(argument)

    visit(body)
    return sorted(found, key=measure, reverse=True)


def split(search: Integrator, rule: Rule, node: Any, depth: int) -> Iterator[Rewrite]:
    """The term with the free index is split off each sum; then x is a number like any other."""
    body, at = node.args
    if not isinstance(at, heads.Element):
        return
    held: dict[Any, Any] = {}
    x = fresh("x", body, Kind(at.tensor.kind.domain))
    scalar = _scalar(body, at, x, held, 0)
    if scalar is None or not held:
        return
    integral = heads.Antiderivative(scalar, x)
    plan = search.solve(integral, depth + 1)
    if plan is None:
        return
    told = ", ".join(f"{pretty(c)} = {pretty(rest)}" for c, (rest, _) in held.items())
    part = derivation(integral, plan, search.rulebook,
                      f"with x = {pretty(at)} and, without it, {told}")
    yield rewrite(SPLIT, search, rule, node, (part,), x=x)


def _split_off(node: Any, x: Any) -> tuple[Any, dict[Any, Any]]:
    """The integrand as one of a number, and what its constants stand for."""
    apart: dict[Any, Any] = {}
    usable = isinstance(node.args[1], heads.Element) and not occurs(x, node)
    scalar = _scalar(node.args[0], node.args[1], x, apart, 0) if usable else None
    return scalar, apart


def _split(node: Any, setting: Setting) -> Any:
    at, x = node.args[1], setting["x"]
    scalar, apart = _split_off(node, x)
    found = None if scalar is None else part_of(setting, heads.Antiderivative(scalar, x))
    if found is None:
        return node
    joined = substitute(found, {x: at, **{c: rest for c, (rest, _) in apart.items()}})
    for rest, (index, term, whole) in apart.values():
        joined = rewriting.replace(joined, Add(substitute(term, {index: at.indices[0]}),
                                               rest), whole)
    return joined


def _owed_by_split(node: Any, setting: Setting) -> tuple[Any, ...]:
    _, apart = _split_off(node, setting["x"])
    there = {setting["x"]: node.args[1], **{c: rest for c, (rest, _) in apart.items()}}
    return tuple(substitute(o, there) for o in owed_by_parts(setting))


SPLIT = method("split", _split, _owed_by_split)


def _scalar(node: Any, at: Any, x: Any, held: dict[Any, Any], depth: int) -> Any | None:
    """A formula in which z[m] is x and the rest of each sum a constant; None if that cannot be."""
    if node == at:
        return x
    if not depends(node, at):
        return node
    if isinstance(node, heads.Sum) and len(at.indices) == 1 and \
            node.family.dim == at.tensor.kind.shape[0]:
        return _held_sum(node, at, x, held)
    if isinstance(node, (Add, Mul, Pow, heads.Apply)) and not any(
            isinstance(a, heads.Lam) for a in node.args):
        parts = [_scalar(a, at, x, held, depth) if a.args else a for a in node.args]
        return None if None in parts else with_arguments(node, parts)
    return None


def _held_sum(node: Any, at: Any, x: Any, held: dict[Any, Any]) -> Any | None:
    """f(x) + c for a sum over k of f(z[k]), where c is the sum without the free index."""
    free = at.indices[0]
    index, term, where, _ = enter(node.family, around(node, at))
    own = substitute(substitute(term, {index: free}), {at: x})
    others = [e for e in term.atoms(heads.Element) if e.tensor == at.tensor
              and e.indices != (index,)]
    if where.args or others or depends(own, at):
        return None
    rest = heads.Sum.over(term, index, heads.NotEqual(index, free))
    taken = [c for c, (known, _) in held.items() if known == rest]
    if taken:
        return Add(own, taken[0])
    kind = Kind("nonnegative" if interval(term).nonnegative else "real")
    constant = fresh("c", Add(node, *held), kind)
    held[constant] = (rest, (index, term, node))
    return Add(own, constant)


def expand(search: Integrator, rule: Rule, node: Any, depth: int) -> Iterator[Rewrite]:
    """Products of sums multiplied out."""
    body = node.args[0]
    if multiplied_out(body) != body:
        yield rewrite(EXPAND, search, rule, node)


EXPAND = method("expand-integrand", lambda node, setting: heads.Antiderivative(
    multiplied_out(node.args[0]), node.args[1]))


Method = Callable[[Integrator, Rule, Any, int], Iterator[Rewrite]]
METHODS: dict[str, Method] = {
    "substitution": substitution, "rewrite": rewritten, "cases": by_cases, "parts": by_parts,
    "expand": expand, "split": split, "table": from_table, "product": by_product_rule,
    "softmax": through_softmax, "beside": beside, "terms": term_by_term,
}
FIRST = frozenset({"product", "softmax", "beside"})  # tried before an integrand is taken apart
