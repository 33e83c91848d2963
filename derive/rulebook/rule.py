"""A rule: two patterns, the conditions under which they are equal, a sentence and a source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sympy import Expr
from sympy.core.basic import Basic

from derive.core import heads
from derive.core.atoms import BoundIndex, Index, Tensor
from derive.core.exact import exact_property
from derive.core.factors import base_and_exponent
from derive.core.indexing import index_dimension, parts, root
from derive.core.kinds import DISCRETE, DOMAINS
from derive.core.stored import Stored
from derive.core.vocabulary import WORDS
from derive.core.walk import Binders, around, places, transform
from derive.errors import NotationError
from derive.functions.decisions import decide
from derive.functions.function_records import FunctionTable
from derive.functions.intervals import integral, interval
from derive.functions.reduced_conditions import reduced
from derive.lazy import cached_property
from derive.resources import key
from derive.rulebook.filling import Bindings, body_of, fill, is_alike
from derive.rulebook.matching import match, match_terms
from derive.rulebook.pattern_words import needed_words
from derive.rulebook.patterns import (
    TOTAL,
    Meta,
    MetaApply,
    check_applied,
    check_arities,
    metavariables,
    parse_pattern,
)
from derive.rulebook.tactics import TACTICS, Parameters
from derive.rulebook.total import conditions_of, is_total


def subject_key(node: Expr) -> str:
    """The word under which the rules for an expression are found; see `pattern_key`.

    That of a derivative is "d" and the word of its body, "any" where that is a metavariable.
    """
    head = type(node)
    if head is heads.Apply:
        return f"{node.name} 2" if node.name in ("max", "min") else node.name
    if head is not heads.Partial:
        return WORDS.get(head, "leaf")
    body = node.args[0]
    if isinstance(body, (Meta, MetaApply)):
        return "d any"
    return "d element" if isinstance(body, heads.Element) else f"d {subject_key(body)}"


@dataclass(frozen=True)
class Match:
    """How a rule applies to an expression: the part that it rewrites, and what that becomes.

    `before` is a part of the expression's terms where the rule takes only some of them.
    """

    rule: Rule
    before: Expr
    after: Expr
    bindings: Bindings
    obligations: tuple[Expr, ...] = ()
    parameters: Parameters = field(default_factory=dict)


@dataclass(frozen=True)
class Rule(Stored, by=("name", "says")):
    """One entry of a rule file. The texts are patterns, read when they are first needed.

    `given` conditions that the kinds cannot decide become obligations; `requires` conditions
    must be decided, or the rule does not apply. `kinds` are declarations of metavariables.
    `functions` are those that the patterns may name, where they are not the standard ones.
    `method` names the search that uses the rule (`calculus/integral/integration_methods.py`),
    `tactic` the function that carries it out where no pattern can (see `rulebook/tactics.py`).
    A `repeat` rule is applied to its own result as one step; a `quiet` one goes along with the
    line before it; an `attempt` is kept only if it shortens the line. `extends` says where the
    right side has a value although the left has none, and why that is wanted. The rule applies
    only where the metavariables of `total` have a value at every point (see `total.py`); for
    those of `defined`, the conditions under which they have one become obligations. Those of
    `unlike` hold no function of the left side, but of its argument there up to the sign.
    `like` are examples of what a tactic changes, where the left side is none.
    """

    name: str
    says: str
    from_: str = key("from")
    to: str = key("to")
    given: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()
    stage: str = ""
    source: str = ""
    margin: str = ""
    repeat: bool = False
    attempt: bool = False
    quiet: bool = False
    tactic: str = ""
    method: str = ""
    where: str = ""
    extends: str = ""
    total: tuple[str, ...] = ()
    defined: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    sides: tuple[Basic, Basic] | None = None
    functions: FunctionTable | None = field(default=None, compare=False)  # where a user has some

    @exact_property
    def left(self) -> Expr:
        """The pattern that is rewritten."""
        if self.sides:
            return self.sides[0]
        marked = {Meta(name): Meta(name, TOTAL) for name in self.total}
        bare = self._side("from", self.from_, check_applied)
        return transform(bare, lambda n: n if isinstance(n, MetaApply) else marked.get(n))

    @cached_property
    def right(self) -> Expr:
        """The pattern that it becomes."""
        if self.sides:
            return self.sides[1]
        right = self._side("to", self.to)
        self._check_bound(right, "key 'to'")
        return right

    def _check_bound(self, pattern: Expr, what: str) -> None:
        unbound = metavariables(pattern) - metavariables(self.left)
        if unbound:
            raise NotationError(f"{self.where}: {what} uses {', '.join(sorted(unbound))}, which "
                                "key 'from' does not bind")

    @cached_property
    def conditions(self) -> tuple[tuple[Expr, bool], ...]:
        """The conditions as (pattern, whether it may become an obligation)."""
        both = (*((self._side("given", text), True) for text in self.given),
                *((self._side("requires", text), False) for text in self.requires))
        for pattern, _ in both:
            self._check_bound(pattern, "a condition")
        return both

    def _side(self, key: str, text: str, check: Callable[[Expr], None] = check_arities) -> Expr:
        try:
            pattern = parse_pattern(text, self.functions)
            check_arities(pattern)
            check(pattern)
        except NotationError as error:
            raise type(error)(f"{self.where}: key {key!r}: {error}") from None
        return pattern

    @cached_property
    def key(self) -> str:
        """The word for the head of the left side: that of `subject_key`."""
        return subject_key(self.left)

    @cached_property
    def words(self) -> frozenset[str]:
        """The functions that stand in whatever the rule applies to."""
        return frozenset() if self.sides or self.tactic else needed_words(self.from_)

    @cached_property
    def feeds_itself(self) -> bool:
        """Whether the rule could apply to a part of what it makes."""
        if self.tactic or isinstance(self.left, heads.Partial):
            return False
        return any(subject_key(part) == self.key for part, _ in places(self.right))

    @cached_property
    def removes(self) -> frozenset[str]:
        """The functions that the left side names and the right side does not."""
        named, left = ({n.name for n in parts(side) if isinstance(n, heads.Apply)}
                       for side in (self.left, self.right))
        return frozenset(named - left)

    @property
    def is_read(self) -> bool:
        """Whether the left side has been read from its text already."""
        return self.sides is not None or "left" in self.__dict__

    def instance(self, bindings: Bindings) -> tuple[Expr, Expr]:
        """Both sides, filled in."""
        return fill(self.left, bindings), fill(self.right, bindings)

    @property
    def label(self) -> str:
        """The name for the margin of a derivation."""
        return self.margin or self.name.replace("-", " ")

    def matches(self, subject: Expr, binders: Binders | None = None) -> Match | None:
        """The first way in which the rule applies to the subject at its root, or None."""
        if self.tactic:
            after = TACTICS[self.tactic](subject)
            return None if after == subject else Match(self, subject, after, {"e": subject})
        return next(self.all_matches(subject, binders), None)

    def all_matches(self, subject: Expr, binders: Binders | None = None) -> Iterator[Match]:
        """Every way in which a rule without a tactic applies at the subject's root."""
        for bindings, partial in self._candidates(subject, binders):
            obligations = self.open_conditions(bindings)
            if obligations is not None:
                before = fill(self.left, bindings) if partial else subject
                yield Match(self, before, fill(self.right, bindings), bindings, obligations)

    def failing_condition(self, subject: Expr) -> Expr | None:
        """A condition that is known to fail where the rule would apply but for it, or None."""
        matches = () if self.tactic else self._candidates(subject)
        conditions = (fill(pattern, bindings) for bindings, _ in matches
                      for pattern, _ in self.conditions)
        return next((c for c in conditions if decide(c) is False), None)

    def _candidates(self, subject: Expr, binders: Binders | None = None,
                    ) -> Iterator[tuple[dict[str, Any], bool]]:
        left = self.left
        binders = around(subject) if binders is None else binders
        if left.is_Add or left.is_Mul:
            if not isinstance(subject, type(left)) or not self._needed <= _heads(subject):
                return
            for bindings, rest in match_terms(left, subject, {}, binders):
                yield bindings, bool(rest)
        else:
            for bindings in match(left, subject, {}, binders):
                yield bindings, False

    def _right_values(self, name: str, value: Any, domain: str) -> bool:
        """Whether a total is taken over just the values of a domain, no more and no fewer."""
        total = isinstance(self.left, heads.Total) and self.left.args[1] == Meta(name)
        return not total or root(value).kind.domain == domain

    @cached_property
    def _needed(self) -> frozenset[Any]:
        """The heads that a sum or product must have among its terms for the rule to apply."""
        return _heads(self.left)

    def open_conditions(self, bindings: Bindings) -> tuple[Expr, ...] | None:
        """The undecided conditions, or None where one fails or a kind does not fit."""
        if not self._kinds_fit(bindings) or not all(
                is_total(body_of(bindings[name])) for name in self.total) or (
                self.unlike and is_alike(self.left, self.unlike, bindings)):
            return None
        open_: list[Expr] = []
        for name in self.defined:
            asked = conditions_of(body_of(bindings[name]))
            if asked is None:
                return None
            open_ += asked
        for pattern, may_stay_open in self.conditions:
            stated = fill(pattern, bindings)
            condition = reduced(stated)
            answer = decide(condition)
            if answer is None and stated != condition:
                answer = decide(stated)  # it may be assumed as it stands
            if answer is False or (answer is None and not may_stay_open):
                return None
            if answer is None:
                open_.append(condition)
        return tuple(open_)

    def _kinds_fit(self, bindings: Bindings) -> bool:
        """Whether the values of metavariables are of their declared kinds."""
        return all(fits(bindings[name], domain) and self._right_values(
            name, bindings[name], domain) for name, domain in self.kinds if name in bindings)


@lru_cache(maxsize=16_384)
def _heads(node: Expr) -> frozenset[Any]:
    """The heads of ours among the terms or factors of a node, functions by name."""
    bases = (base_and_exponent(a)[0] for a in node.args)
    return frozenset(b.args[0] if isinstance(b, heads.Apply) else type(b) for b in bases
                     if isinstance(b, heads.Head) and not isinstance(b, MetaApply))


def fits(value: Any, domain: str) -> bool:
    """Whether a metavariable's value is known to be of a declared domain."""
    if isinstance(value, Tensor):
        return bool(value.kind.domain == domain) or domain == "real"
    body = body_of(value)
    if domain == "label":  # one place of an axis, not every one in turn
        return body.is_Integer or (not isinstance(body, (Index, BoundIndex))
                                   and index_dimension(body) is not None)
    if domain == "continuous":
        return not integral(body)
    if domain == "varying":  # a number needs no other form: it is computed before
        return not body.is_number
    have, want = interval(body), DOMAINS[domain]
    if domain in DISCRETE:
        return integral(body) and have.low >= want.low and have.high <= want.high
    return {"positive": have.positive, "nonnegative": have.nonnegative, "negative": have.negative,
            "real": True}.get(
        domain, have.low >= want.low and have.high <= want.high)
