"""The test of tactics, on random trees."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sympy import Add, Expr, Integer, Mul, Pow
from sympy.core.basic import Basic

from derive.core import heads
from derive.core.atoms import Dim, Index, Tensor, Variable
from derive.core.heads import apply
from derive.core.indexing import exact, free_names, parts
from derive.core.kinds import Kind
from derive.core.walk import mapped
from derive.errors import EvaluationError, TooLargeError, VerificationError
from derive.judge.precision import mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.index_places import arrangements, described
from derive.judge.trees.line_points import random_point
from derive.notation.printing.plain import plain
from derive.rulebook.filling import fill
from derive.rulebook.pattern_keys import pattern_key
from derive.rulebook.patterns import Meta, metavariables, parse_pattern
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import TACTICS

SAMPLES = 48
CHANGED = 16  # of each example
MOST_TRIES = 2400
DIGITS = 40
TOLERANCE = 1e-25
_FLOOR = 1e-4


@dataclass(frozen=True)
class Check:
    """A rule that was checked: valid samples, tries, and the worst relative error."""

    rule: Rule
    samples: int
    tries: int
    worst: float


@exact
def check_tactic(rule: Rule, seed: int = 1) -> Check:
    """Compares random formulas with what the tactic makes of them.

    They are sums and products of a few atoms, then the rule's examples, or its left side where it
    says a head, with random terms in the place of their names and with more terms in their sums.

    Raises VerificationError with a counterexample, or when too few of them have a value, or when
    the tactic leaves examples as they are.
    """
    draw = random.Random(seed)
    done = Check(rule, 0, 0, 0.0)
    if not _has_head(rule):
        done = _sampled(done, partial(_random_algebra, draw, 3), SAMPLES, draw)
    for text in rule.like or (rule.from_,) * _has_head(rule):
        changed = Check(rule, 0, 0, 0.0)
        changed = _sampled(changed, partial(_random_instance, text, rule, draw), CHANGED, draw,
                           changed=True)
        done = Check(rule, done.samples + changed.samples, done.tries + changed.tries,
                     max(done.worst, changed.worst))
    return done


def _has_head(rule: Rule) -> bool:
    """Whether a tactic is tried at one head alone, that of its left side."""
    return pattern_key(rule.from_) != "leaf"


def _sampled(done: Check, make: Callable[[], Expr], count: int, draw: random.Random,
             changed: bool = False) -> Check:
    """So many random formulas beside what the tactic makes of them; if asked, of another form."""
    rule, valid, worst = done.rule, 0, mpf(0)
    for tries in range(1, MOST_TRIES + 1):
        before = make()
        after = TACTICS[rule.tactic](before)
        if changed and after == before:
            continue
        with mp.workdps(DIGITS):
            error = _compared(rule, before, after, tries, draw)
        if error is not None:
            valid, worst = valid + 1, max(worst, error)
            if valid == count:
                return Check(rule, valid, tries, float(worst))
    what = "samples that the tactic changes" if changed else "valid samples"
    raise VerificationError(f"rule {rule.name}: only {valid} {what} in {MOST_TRIES} tries")


def _compared(rule: Rule, before: Expr, after: Expr, turn: int, draw: random.Random,
              ) -> Any | None:
    """The relative error at one point, or None where the sample has no value.

    Raises VerificationError where the right side differs or has no value although the left has.
    """
    names = free_names(before) | free_names(after)
    point = random_point(names, turn, draw.choice(arrangements(names)), draw)
    try:
        left = mpf(evaluate(before, point, DIGITS))
    except EvaluationError:
        return None
    try:
        right = mpf(evaluate(after, point, DIGITS))
    except TooLargeError:
        return None
    except EvaluationError as missing:
        raise _wrong(rule, before, after, point, f"the right side: {missing}") from None
    error = abs(left - right) / max(abs(left), abs(right), _FLOOR)
    if error > TOLERANCE:
        raise _wrong(rule, before, after, point,
                     f"{mp.nstr(left, 12)} against {mp.nstr(right, 12)}")
    return error


def _wrong(rule: Rule, before: Expr, after: Expr, point: Point, values: str) -> VerificationError:
    return VerificationError(f"rule {rule.name} is wrong: {plain(before)} is not {plain(after)}\n"
                             f"  at {described(point)}: {values}")


def _random_instance(text: str, rule: Rule, draw: random.Random) -> Expr:
    """An example with random terms for its numbers, and with more and other terms in its sums."""
    pattern = parse_pattern(text, rule.functions)
    kinds, dim = dict(rule.kinds), Dim("K")
    bindings: dict[str, Any] = {}
    for node in parts(pattern):
        bindings |= _named_at(node, kinds, dim)
    for name in sorted(metavariables(pattern) - set(bindings)):
        kind = kinds.get(name, "real")
        plain = kind != "real" or draw.random() < 0.5
        bindings[name] = Variable(name, Kind(kind)) if plain else _random_algebra(draw, 1)
    made = fill(pattern, bindings)
    return made if isinstance(made, heads.Partial) else _varied(made, draw)


def _named_at(node: Basic, kinds: dict[str, str], dim: Dim) -> dict[str, Any]:
    """What stands for the names to which a node gives their place: arrays, indices, dimensions."""
    match node:
        case heads.Element():
            array, *places = node.args
            shape = (dim,) * len(places)
            made = Tensor(array.name, Kind(kinds.get(array.name, "real"), shape))
            return {array.name: made, **_places(places, kinds, dim)}
        case heads.Delta():
            return _places(node.args, kinds, dim)
        case heads.Lam():
            return {str(node.dim): dim}
        case heads.Root() | heads.Partial():
            name = str(node.args[1])
            return {name: Variable(name, Kind(kinds.get(name, "real")))}
        case _:
            return {}


def _places(nodes: Iterable[Basic], kinds: dict[str, str], dim: Dim) -> dict[str, Any]:
    return {p.name: _place(p.name, kinds, dim) for p in nodes if isinstance(p, Meta)}


def _place(name: str, kinds: dict[str, str], dim: Dim) -> Expr:
    """An index, or where a label is asked for one of many."""
    if kinds.get(name) != "label":
        return Index(name, dim)
    several = Dim("N")
    return heads.Element(Tensor(name, Kind("label", (several,), dim)), Index("n", several))


def _varied(node: Expr, draw: random.Random) -> Expr:
    """A formula with other terms in its sums: more of them, multiples, and terms on a condition."""
    if not node.args or isinstance(node, (heads.Lam, heads.Delta, heads.Element)):
        return node
    node = mapped(node, lambda a: _varied(a, draw))
    if not isinstance(node, Add) or draw.random() < 0.4:
        return node
    terms = [_varied_term(t, draw) for t in node.args]
    return Add(*terms, _varied_term(draw.choice(terms), draw)) if draw.random() < 0.5 else \
        Add(*terms)


def _varied_term(term: Expr, draw: random.Random) -> Expr:
    chance, (a, b) = draw.random(), (Variable(n, Kind("real")) for n in "ab")
    if chance < 0.15:
        return Mul(Integer(draw.randrange(2, 5)), term)
    return heads.Cond(heads.Less(a, b), term, Integer(0)) if chance < 0.3 else term


def _random_algebra(draw: random.Random, depth: int) -> Expr:
    """A random sum, product or power of a few atoms, for the check of tactics."""
    atoms = [Variable(n, Kind("real")) for n in "abc"]
    atoms.append(apply("exp", atoms[0]))
    dim = Dim("K")
    places = [Index(n, dim) for n in "ijl"]
    vector = Tensor("v", Kind("real", (dim,)))
    atoms += [heads.Element(vector, i) for i in places] + [
        heads.Delta(*places[:2]), heads.Delta(*places[1:])]
    if depth == 0:
        return draw.choice([*atoms, Integer(draw.randrange(-3, 4))])
    parts = [_random_algebra(draw, depth - 1) for _ in range(draw.randrange(2, 4))]
    kind = draw.random()
    if kind < 0.45:
        return Add(*parts)
    if kind < 0.8:
        return Mul(*parts)
    if kind < 0.9:
        return Pow(parts[0], draw.choice([-2, -1, 2, 3]))
    return heads.Cond(heads.Less(parts[0], parts[1]), parts[0], Integer(0))
