"""Finding where rules apply, and rewriting a whole line.

A line is rewritten in waves: all outermost places where a rule of the stage applies, one after
the other. The walk enters the binders on the way down with the same indices every time, so that
a recorded rewrite is met again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as replace_fields
from typing import Any

from sympy import Add, Mul, true

from derive.core import heads
from derive.core.indexing import size
from derive.core.quantified import closed
from derive.core.walk import TOP, Binders, children, enter, rebuild, with_arguments
from derive.errors import DeriveError
from derive.functions.decisions import implies
from derive.limits import tick
from derive.rulebook.loading import RuleSet
from derive.rulebook.matching import copies
from derive.rulebook.rule import Match, subject_key

MOST_WAVES = 400
LONGEST_STREAK = 20  # waves in which one rule rewrites what it made
MOST_NODES = 6_000  # a line longer than that is given up
MOST_DEPTH = 200  # levels of a line that is given up


def candidates(rules: RuleSet, node: Any) -> Iterator[Any]:
    """The rules whose pattern has the same head as the expression, in file order."""
    table = rules.by_key
    if isinstance(node, heads.Partial):
        body = node.args[0]
        key = "element" if isinstance(body, heads.Element) else subject_key(body)
        anywhere = table.get("d any", ())
        yield from anywhere
        yield from table.get("d " + key, ())
    else:
        yield from table.get(subject_key(node), ())


def keys(node: Any) -> set[str]:
    """The words under which rules could apply somewhere in an expression."""
    return {subject_key(node)}.union(*(keys(a) for a in node.args if a.args))


def find(node: Any, rules: RuleSet, binders: Binders = TOP) -> Iterator[tuple[Match, Binders]]:
    """The outermost places where a rule applies, with the binders around each."""
    tick("rewriting by rules")
    for rule in candidates(rules, node):
        found = rule.matches(node, binders)
        if found is not None and found.after != found.before:
            yield found, binders
            return
    for child, inner in children(node, binders):
        yield from find(child, rules, inner)


def owed(line: Any, part: Any, obligations: tuple[Any, ...]) -> tuple[Any, ...]:
    """The obligations of rewriting a part of a line, less those that its cases imply.

    A case around the part (`u > 0`) settles an obligation only if one does at every place where
    the part occurs.
    """
    if not obligations:
        return ()
    paths = list(_paths(line, part, TOP, ())) or [()]
    found: dict[Any, None] = {}
    for obligation in obligations:
        for path in paths:
            if not any(implies(c, obligation) for c, _ in path):
                binders = [(index, where) for where, index in path if index is not None]
                found[closed(obligation, binders)] = None
    return tuple(found)


Path = tuple[tuple[Any, Any], ...]  # conditions around a place, each with the index that it filters


def _paths(node: Any, part: Any, binders: Binders, path: Path) -> Iterator[Path]:
    """The conditions of cases and filters around each place where a part occurs."""
    tick("rewriting by rules")
    whole = type(node) is type(part) and isinstance(node, (Add, Mul))
    if node == part or (whole and _without(node, part) is not None):
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


def replace(node: Any, before: Any, after: Any, binders: Binders = TOP) -> Any:
    """The line with every occurrence of `before`, also among other terms, replaced by `after`."""
    tick("rewriting by rules")
    if node == before:
        return after
    if type(before) is type(node) and isinstance(node, (Add, Mul)):
        rest = _without(node, before)
        if rest is not None:
            return with_arguments(node, (after, *rest))
    if not node.args:
        return node
    return rebuild(node, lambda child, inner: replace(child, before, after, inner), binders)


def _without(node: Any, part: Any) -> list[Any] | None:
    """The terms of `node` without those of `part`, or None if they are not all there."""
    if isinstance(node, Mul):
        terms = [c for t in node.args for c in copies(t)]
        wanted = [c for t in part.args for c in copies(t)]
    else:
        terms, wanted = list(node.args), list(part.args)
    for term in wanted:
        if term not in terms:
            return None
        terms.remove(term)
    return terms


def wave(line: Any, rules: RuleSet) -> list[tuple[Match, Any]]:
    """Rewrites all outermost places of a line; the matches, each with the line after it."""
    done: list[tuple[Match, Any]] = []
    seen: set[Any] = set()
    for found, binders in list(find(line, rules)):
        if found.before in seen:
            continue
        seen.add(found.before)
        found = closed_under_repeat(found, binders)
        found = replace_fields(found, obligations=owed(line, found.before, found.obligations))
        new = replace(line, found.before, found.after)
        if new != line:
            done.append((found, new))
            line = new
    return done


def closed_under_repeat(found: Match, binders: Binders) -> Match:
    """A rule marked `repeat` is applied again to what it made, as one rewrite."""
    rule = found.rule
    if not rule.repeat:
        return found
    only = RuleSet((rule,))
    after = found.after
    for _ in range(MOST_WAVES):
        again = next(find(after, only, binders), None)
        if again is None:
            break
        after = replace(after, again[0].before, again[0].after, binders)
    return Match(rule, found.before, after, found.bindings, found.obligations)


class LengthError(DeriveError):
    """A line has become longer than anyone would read."""


class Watch:
    """Sees to it that waves of rewriting come to an end, with lines of at most so many nodes."""

    def __init__(self, line: Any, most: int = MOST_NODES) -> None:
        self.seen, self.most = {line}, most
        self.streaks: dict[str, tuple[int, int]] = {}  # by rule: waves in a row, size of its parts

    def after(self, line: Any, rewrites: list[tuple[Match, Any]]) -> None:
        """Notes a wave. Raises DeriveError when there is no end to it, naming the rules."""
        stuck = self._stuck(rewrites, LONGEST_STREAK if size(line) <= MOST_NODES else 2)
        if stuck:
            raise DeriveError(f"the rule {stuck} applies again and again to what it made itself: "
                              "no end to the derivation")
        if line in self.seen or len(self.seen) > MOST_WAVES:
            names = ", ".join(dict.fromkeys(m.rule.name for m, _ in rewrites))
            raise DeriveError(f"the rules {names} undo each other: no end to the derivation")
        check_length(line, self.most)
        self.seen.add(line)

    def _stuck(self, rewrites: list[tuple[Match, Any]], most: int) -> str:
        """A rule that has rewritten parts of its own making, and ever as large ones."""
        parts: dict[str, int] = {}
        for match, _ in rewrites:
            if match.rule.feeds_itself:
                name = match.rule.name
                parts[name] = max(parts.get(name, 0), size(match.before))
        before, self.streaks = self.streaks, {}
        for name, now in parts.items():
            count, last = before.get(name, (0, now))
            self.streaks[name] = (count + 1 if now >= last else 0, now)
        return next((n for n, (count, _) in self.streaks.items() if count >= most), "")


def exhaust(line: Any, rules: RuleSet) -> Iterator[list[tuple[Match, Any]]]:
    """Waves until no rule applies. Raises DeriveError when there is no end to it."""
    watch = Watch(line)
    while rewrites := wave(line, rules):
        line = rewrites[-1][1]
        watch.after(line, rewrites)
        yield rewrites


def check_length(line: Any, most: int = MOST_NODES) -> None:
    """Raises LengthError for a line that nobody would read."""
    if size(line) > most or _depth(line) > MOST_DEPTH:
        raise LengthError(f"the derivation grows beyond {MOST_NODES:,} parts in one line, or nests "
                          f"more than {MOST_DEPTH} levels; go through named intermediates "
                          "(--through), or differentiate a part")


def _depth(node: Any) -> int:
    """How many levels a node has."""
    depth, level = 0, {node}
    while level:
        depth += 1
        level = {a for n in level for a in n.args}
    return depth


def apply_tactics(node: Any, rules: RuleSet, binders: Binders = TOP) -> list[Match]:
    """Tactics on the innermost sums and products first; the matches, for use one after another."""
    found: list[Match] = []
    for child, inner in children(node, binders):
        found += apply_tactics(child, rules, inner)
    if found:
        return found
    for rule in rules.tactics:
        match = rule.matches(node, binders)
        if match is not None:
            return [match]
    return []
