"""Finding where rules apply, and rewriting a whole line.

A line is rewritten in waves: all outermost places where a rule of the stage applies, one after
the other. The walk enters the binders on the way down with the same indices every time, so that
a recorded rewrite is met again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as replace_fields

from sympy import Add, Expr, Mul, preorder_traversal, true

from derive.core import heads
from derive.core.atoms import Index
from derive.core.comparisons import COMPARED, gap, negated
from derive.core.factors import pieces, without
from derive.core.indexing import occurs, size
from derive.core.quantified import closed
from derive.core.walk import TOP, Binders, children, enter, rebuild, with_arguments
from derive.errors import DeriveError
from derive.functions.decisions import assumed, implies
from derive.functions.intervals import integral
from derive.limits import tick
from derive.rulebook.loading import RuleSet
from derive.rulebook.pattern_words import words_in
from derive.rulebook.rule import Match, Rule, subject_key

MOST_WAVES = 400
LONGEST_STREAK = 20  # waves in which one rule rewrites what it made
MOST_NODES = 6_000  # a line longer than that is given up
MOST_DEPTH = 200  # levels of a line that is given up


def candidates(rules: RuleSet, node: Expr) -> Iterator[Rule]:
    """The rules whose pattern has the same head as the expression, in file order.

    Those that name a function which does not stand in it are left out.
    """
    table = rules.by_key
    anything = table.get("d any", ()) if isinstance(node, heads.Partial) else ()
    for rule in (*anything, *table.get(subject_key(node), ())):
        if rule.words <= words_in(node):
            yield rule


def keys(node: Expr) -> set[str]:
    """The words under which rules could apply somewhere in an expression."""
    return {subject_key(node)}.union(*(keys(a) for a in node.args if a.args))


def find(node: Expr, rules: RuleSet, binders: Binders = TOP) -> Iterator[tuple[Match, Binders]]:
    """The outermost places where a rule applies, with the binders around each."""
    tick("rewriting by rules")
    place = node, binders, assumed()
    if place in rules.idle.patterns:
        return
    for rule in candidates(rules, node):
        match = rule.matches(node, binders)
        if match is not None and match.after != match.before:
            yield match, binders
            return
    idle = True
    for child, inner in children(node, binders):
        for deeper in find(child, rules, inner):
            idle = False
            yield deeper
    if idle:
        rules.idle.note(rules.idle.patterns, place)


def owed(line: Expr, part: Expr, obligations: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """The obligations of rewriting a part of a line, less those that its cases imply.

    A case around the part (`u > 0`) settles an obligation only if one does at every place where
    the part occurs.
    """
    if not obligations:
        return ()
    paths = list(_paths(line, part, TOP, ())) or [()]
    return tuple(dict.fromkeys(
        closed(obligation, _filters(path))
        for obligation in obligations for path in paths
        if not any(implies(c, obligation) for c, _ in path)))


# The conditions around a place, each with the index that it filters.
Path = tuple[tuple[Expr, Index | None], ...]


def _filters(path: Path) -> list[tuple[Index, Expr]]:
    """The indices of the binders around a place, each with its filter, and cases that speak of it.
    """
    filters: list[tuple[Index, Expr]] = []
    for condition, index in path:
        if index is not None:
            filters.append((index, condition))
            continue
        case = negated(condition.args[0]) if isinstance(condition, heads.Not) else condition
        if isinstance(case, COMPARED) and integral(gap(case)):
            own = next((n for n in reversed(range(len(filters))) if occurs(filters[n][0], case)),
                       None)
            if own is not None:
                filters[own] = (filters[own][0], heads.Both(filters[own][1], case))
    return filters


def _paths(node: Expr, part: Expr, binders: Binders, path: Path) -> Iterator[Path]:
    """The conditions of cases and filters around each place where a part occurs."""
    tick("rewriting by rules")
    if node == part or rest_of(node, part) is not None:
        yield path
        return
    if isinstance(node, heads.Cond):
        test, yes, no = node.args
        yield from _paths(test, part, binders, path)
        yield from _paths(yes, part, binders, (*path, (test, None)))
        yield from _paths(no, part, binders, (*path, (heads.Not(test), None)))
        return
    if isinstance(node, heads.Lam):
        index, body, where, inner = enter(node, binders)
        yield from _paths(body, part, inner, (*path, (where, index)))
        if where is not true:
            yield from _paths(where, part, inner, path)
        return
    for child, inner in children(node, binders):
        yield from _paths(child, part, inner, path)


def replace(node: Expr, before: Expr, after: Expr, binders: Binders = TOP) -> Expr:
    """The line with every occurrence of `before`, also among other terms, replaced by `after`."""
    tick("rewriting by rules")
    if node == before:
        return after
    rest = rest_of(node, before)
    if rest is not None:
        return with_arguments(node, (after, *rest))
    if not node.args:
        return node
    return rebuild(node, lambda child, inner: replace(child, before, after, inner), binders)


def rest_of(node: Expr, part: Expr) -> list[Expr] | None:
    """The terms of a sum or product without those of another, or None if they are not all there."""
    if type(node) is not type(part) or not isinstance(node, (Add, Mul)):
        return None
    return without(pieces(node.func, node.args), pieces(node.func, part.args))


def wave(line: Expr, rules: RuleSet) -> list[tuple[Match, Expr]]:
    """Rewrites all outermost places of a line; the matches, each with the line after it."""
    rewrites: list[tuple[Match, Expr]] = []
    seen: set[Expr] = set()
    for match, binders in list(find(line, rules)):
        if match.before in seen:
            continue
        seen.add(match.before)
        match = closed_under_repeat(match, binders)
        match = replace_fields(match, obligations=owed(line, match.before, match.obligations))
        new = replace(line, match.before, match.after)
        if new != line:
            rewrites.append((match, new))
            line = new
    return rewrites


def closed_under_repeat(match: Match, binders: Binders) -> Match:
    """A rule marked `repeat` is applied again to what it made, as one rewrite."""
    if not match.rule.repeat:
        return match
    after = match.after
    for again in _repeats(match, binders):
        after = replace(after, again.before, again.after, binders)
    return Match(match.rule, match.before, after, match.bindings, match.obligations)


def uses(match: Match, binders: Binders) -> Iterator[Match]:
    """A match, and those in what it made where its rule is marked `repeat`, in their order."""
    yield match
    if match.rule.repeat:
        yield from _repeats(match, binders)


def _repeats(match: Match, binders: Binders) -> Iterator[Match]:
    only, after = RuleSet((match.rule,)), match.after
    for _ in range(MOST_WAVES):
        again = next(find(after, only, binders), None)
        if again is None:
            return
        yield again[0]
        after = replace(after, again[0].before, again[0].after, binders)


class LengthError(DeriveError):
    """A line has become longer than anyone would read."""


class Watch:
    """Sees to it that waves of rewriting come to an end, with lines of at most so many nodes."""

    def __init__(self, line: Expr, most: int = MOST_NODES) -> None:
        self.seen, self.most = {line: 0}, most
        self.applied: list[list[str]] = []  # the names of the rules, wave by wave
        self.streaks: dict[str, tuple[int, int]] = {}  # by rule: waves in a row, size of its parts
        self.fewest: dict[str, int] = {}  # by rule: how many functions are left that it removes

    def after(self, line: Expr, rewrites: list[tuple[Match, Expr]]) -> None:
        """Notes a wave. Raises DeriveError when there is no end to it, naming the rules."""
        stuck = self._stuck(line, rewrites, LONGEST_STREAK if size(line) <= MOST_NODES else 2)
        if stuck:
            raise DeriveError(f"the rule {stuck} applies again and again to what it made itself: "
                              "no end to the derivation")
        self.applied.append([m.rule.name for m, _ in rewrites])
        if line in self.seen or len(self.seen) > MOST_WAVES:
            circle = self.applied[self.seen.get(line, len(self.applied) - 1):]
            names = ", ".join(dict.fromkeys(name for wave in circle for name in wave))
            raise DeriveError(f"the rules {names} undo each other: no end to the derivation")
        check_length(line, self.most)
        self.seen[line] = len(self.applied)

    def _stuck(self, line: Expr, rewrites: list[tuple[Match, Expr]], most: int) -> str:
        """A rule that has rewritten parts of its own making, and ever as large ones.

        One that leaves fewer of some functions than there ever were comes to an end by itself.
        """
        longest: dict[str, int] = {}
        for match, _ in rewrites:
            if match.rule.feeds_itself and not self._fewer(match.rule, line):
                name = match.rule.name
                longest[name] = max(longest.get(name, 0), size(match.before))
        before, self.streaks = self.streaks, {}
        for name, now in longest.items():
            count, last = before.get(name, (0, now))
            self.streaks[name] = (count + 1 if now >= last else 0, now)
        return next((n for n, (count, _) in self.streaks.items() if count >= most), "")

    def _fewer(self, rule: Rule, line: Expr) -> bool:
        """Whether a line has fewer of the functions that a rule removes than any line before."""
        if not rule.removes:
            return False
        left = sum(isinstance(n, heads.Apply) and n.name in rule.removes
                   for n in preorder_traversal(line))
        before = self.fewest.get(rule.name)
        self.fewest[rule.name] = left if before is None else min(before, left)
        return before is None or left < before


def exhaust(line: Expr, rules: RuleSet) -> Iterator[list[tuple[Match, Expr]]]:
    """Waves until no rule applies. Raises DeriveError when there is no end to it."""
    watch = Watch(line)
    while rewrites := wave(line, rules):
        line = rewrites[-1][1]
        watch.after(line, rewrites)
        yield rewrites


def check_length(line: Expr, most: int = MOST_NODES) -> None:
    """Raises LengthError for a line that nobody would read."""
    if size(line) > most or _depth(line) > MOST_DEPTH:
        raise LengthError(f"the derivation grows beyond {MOST_NODES:,} parts in one line, or nests "
                          f"more than {MOST_DEPTH} levels; go through named intermediates "
                          "(--through), or differentiate a part")


def _depth(node: Expr) -> int:
    """How many levels a node has."""
    depth, level = 0, {node}
    while level:
        depth += 1
        level = {a for n in level for a in n.args}
    return depth


def apply_tactics(node: Expr, rules: RuleSet, binders: Binders = TOP) -> list[Match]:
    """Tactics on the innermost sums and products first; the matches, for use one after another."""
    place = node, binders, assumed()
    if place in rules.idle.tactics:
        return []
    within = [match for child, inner in children(node, binders)
              for match in apply_tactics(child, rules, inner)]
    matches = within or list(filter(None, (r.matches(node, binders) for r in rules.tactics)))[:1]
    if not matches:
        rules.idle.note(rules.idle.tactics, place)
    return matches
