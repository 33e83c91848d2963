"""The test of every rule: both sides at random instances, in mpmath.

A rule is judged from its texts by a reader of its own; what a tactic makes of trees is judged on
trees (`tactic_trials.py`).
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from derive.errors import EvaluationError, NotationError, VerificationError
from derive.functions.function_records import Function, FunctionTable, standard_functions
from derive.functions.function_texts import names_in
from derive.judge.precision import mp
from derive.judge.reading.array_operations import Call, Names
from derive.judge.reading.lazy_arrays import NO_ERROR, Point, Run
from derive.judge.rules.determined_families import determined, settle
from derive.judge.rules.exact_arithmetic import is_exact, magnitude
from derive.judge.rules.metavariable_roles import Roles, definite_in, read_side, roles_of
from derive.judge.rules.rule_instances import Drawing, Wish
from derive.judge.rules.rule_reading import constant_of, names_of, read_condition, read_sides
from derive.judge.rules.side_comparison import Comparison
from derive.judge.rules.special_values import MAGNITUDES, MODERATE
from derive.judge.rules.tactic_trials import Check, check_tactic
from derive.lazy import cached_property
from derive.rulebook.loading import Rulebook, load_rules, load_user_rules
from derive.rulebook.pattern_keys import pattern_key
from derive.rulebook.patterns import metavariables
from derive.rulebook.rule import Rule

SAMPLES = 100      # at random, besides the special values
ROOTS = 48          # … of rules that solve an equation
FEWER_SAMPLES = 20  # … of rules with functions that take mpmath long
_QUICK = frozenset({"exp", "expm1", "ln", "log1p", "fabs", "sign", "tanh", "sinh", "cosh", "asinh",
                    "atanh", "sin", "cos", "tan", "atan"})
LEAST_VALID = 20
MOST_TRIES = 4000
FEWER_BITS = 120
BITS = 200         # of the first evaluation; more where the rule's own numbers are tiny
_PERSISTENT = 3    # tries for each special value


@dataclass
class _Trial:
    """The trial of one rule."""

    rule: Rule
    seed: int
    partial: bool
    fewer: int = FEWER_SAMPLES
    most: int = SAMPLES
    valid: int = 0
    tries: int = 0
    worst: float = 0.0
    values: set[str] = field(default_factory=set)

    @property
    def texts(self) -> tuple[str, ...]:
        """Both sides, and the conditions."""
        rule = self.rule
        return rule.from_, rule.to, *rule.given, *rule.requires

    @cached_property
    def roles(self) -> Roles:
        return roles_of(map(read_side, self.texts), dict(self.rule.kinds), self.table)

    @cached_property
    def names(self) -> Names:
        bound_kind = "real" if "root" in self.words else "probability"
        return names_of(self.roles, dict(self.rule.kinds), bound_kind, self.table)

    @cached_property
    def words(self) -> set[str]:
        """The names in both sides, those of functions and operators too."""
        return set().union(*map(names_in, self.texts[:2]))

    @cached_property
    def sides(self) -> tuple[Call, Call]:
        return read_sides(self.rule.from_, self.rule.to, self.names)

    @cached_property
    def conditions(self) -> list[Call]:
        return [read_condition(text, self.names) for text in self.texts[2:]]

    @cached_property
    def determined(self) -> dict[str, tuple[str, str]]:
        return determined(map(read_side, self.texts[2:]))

    @cached_property
    def marks(self) -> tuple[Fraction, ...]:
        """The numbers in the rule, those that are computed from numbers alone included."""
        marks: set[Fraction] = set()
        for text in self.texts:
            for node in ast.walk(read_side(text)):
                if isinstance(node, ast.expr):
                    marks |= _number(node, text)
        return tuple(sorted({abs(m) for m in marks} - {Fraction(0)}))

    @cached_property
    def costly(self) -> bool:
        """Whether a function takes mpmath long, so that fewer and plainer points must do."""
        return bool(self.roles.bound) or any(
            _is_costly(self.table[n], self.table) for n in self.words & set(self.table))

    @property
    def table(self) -> FunctionTable:
        """The functions that the texts may name."""
        return self.rule.functions or standard_functions()

    @property
    def bits(self) -> int:
        """Enough bits to see the smallest of the rule's own numbers beside 1."""
        smallest = min((magnitude(m) for m in self.marks), default=0)
        return (FEWER_BITS if self.costly else BITS) - 2 * min(0, smallest)

    def run(self) -> Check:
        kinds = dict(self.rule.kinds)
        drawing = Drawing(self.roles, kinds, self.marks, random.Random(self.seed),
                          _nested(map(read_side, self.texts[:2])),
                          MODERATE if self.costly else MAGNITUDES,
                          (*self.rule.total, *self.rule.defined), self.partial,
                          frozenset(definite_in(map(read_side, self.texts[2:]))))
        self.drawing = drawing
        bound = bool(self.roles.bound)  # what takes quadrature has a value at plain points alone
        for place, wish in enumerate([] if bound else drawing.wishes()):
            for turn in range(_PERSISTENT):
                if self._tried(wish, place + turn):
                    break
        required = ROOTS if "root" in self.words else \
            self.valid + (self.fewer if self.costly else self.most)
        for turn in range(MOST_TRIES):
            if self.valid >= required:
                break
            self._tried(Wish(), turn)
        return Check(self.rule, self.valid, self.tries, self.worst)

    def _tried(self, wish: Wish, turn: int) -> bool:
        """Whether an instance with the wish was valid. Raises VerificationError at a difference."""
        sizes = self.drawing.sizes()
        if self.drawing.depth > 1 or self.roles.bound:
            sizes = sizes[:6]
        chosen = {d: sizes[(turn + 3 * n) % len(sizes)]
                  for n, d in enumerate(sorted(self.roles.ranges))}
        self.tries += 1
        instance = self.drawing.instance(wish, chosen)
        settle(instance.names, self.determined)
        if not self._conditions_hold(instance.point()):
            return False
        comparison = Comparison(self.rule, self.sides, instance, self.bits,
                                bool(self.roles.bound))
        if not comparison.agreed():
            return False
        self.valid += 1
        self.values.add(comparison.value)
        self.worst = max(self.worst, comparison.error)
        return True

    def _conditions_hold(self, point: Point) -> bool:
        run = Run(mp, point)
        try:
            with mp.workprec(self.bits):
                return all(c(run) for c in self.conditions) and run.error == NO_ERROR
        except EvaluationError:
            return False


def check_rule(rule: Rule, seed: int = 1, partial: bool = False,
               fewer: int = FEWER_SAMPLES, most: int = SAMPLES) -> Check:
    """Compares both sides of a rule at random instances that meet its conditions.

    `most` is how many there are besides those of special values, `fewer` how many of a rule whose
    functions or integrals take mpmath long.

    With `partial`, metavariables may stand for what has no value somewhere, but for those that
    the rule calls total: where the left side does not ask for it the right side may not either.
    Raises VerificationError with a counterexample, or when too few valid samples are found, or
    when they do not differ from each other.
    """
    if rule.tactic:
        checked = check_tactic(rule, seed)
        if pattern_key(rule.from_) == "leaf":
            return checked
    trial = _Trial(rule, seed, partial, fewer, most)
    try:
        done = trial.run()
    except NotationError as error:
        raise VerificationError(f"rule {rule.name}: the judge of rules does not read it: {error}"
                                ) from None
    if done.samples < min(fewer, LEAST_VALID) and trial.roles != Roles():
        raise VerificationError(f"rule {rule.name}: only {done.samples} valid samples in "
                                f"{done.tries} tries; its conditions are hardly ever met")
    if len(trial.values) < 2 and not _constant(trial):
        raise VerificationError(f"rule {rule.name}: all samples have the same value")
    return done


def _is_costly(function: Function, table: FunctionTable) -> bool:
    """Whether mpmath evaluates a function by series, or one by which it is defined."""
    if function.evaluate:
        return function.evaluate not in _QUICK
    return any(_is_costly(table[n], table) for n in names_in(function.definition) if n in table)


def _constant(trial: _Trial) -> bool:
    """Whether a side holds no metavariable, so that all samples agree."""
    kinds = dict(trial.rule.kinds)
    return any(roles_of([read_side(side)], kinds, trial.table) == Roles()
               for side in trial.texts[:2])


def _number(node: ast.expr, text: str) -> set[Fraction]:
    """The value of a formula of numbers alone."""
    if not isinstance(node, (ast.Constant, ast.BinOp, ast.UnaryOp)):
        return set()
    if any(isinstance(n, (ast.Name, ast.Call)) for n in ast.walk(node)):
        return set()
    try:
        value = constant_of(node, text)
    except EvaluationError:
        return set()
    return {Fraction(value)} if is_exact(value) and not isinstance(value, bool) else set()


def _nested(sides: Iterable[ast.AST]) -> int:
    """How many ranges stand one inside the other."""
    def depth(node: ast.AST) -> int:
        inner = max((depth(c) for c in ast.iter_child_nodes(node)), default=0)
        return inner + isinstance(node, ast.GeneratorExp)

    return max(map(depth, sides))


def checked_rules(files: Sequence[Path], functions: FunctionTable | None = None) -> Rulebook:
    """The standard rules joined with those of the user's files, each of which is checked first.

    A rule that is right but where a metavariable has no value applies only where it has one.
    Raises DataFileError for a broken file, VerificationError for a wrong rule.
    """
    book = load_user_rules(files, functions)
    own = {r.name: settled(r) for path in files
           for r in load_rules(path, "fold", functions)}
    return Rulebook({name: own.get(name, rule) for name, rule in book.rules.items()})


def settled(rule: Rule) -> Rule:
    """A rule with those metavariables marked `total` that must have a value for it to be right.

    Raises VerificationError where it is wrong even if all of them have.
    """
    check_rule(rule)
    if _is_right(rule):
        return rule
    names = sorted(n for n in metavariables(rule.left) if not n.isupper())
    rule = replace(rule, total=tuple(names))
    for name in names:
        fewer = replace(rule, total=tuple(n for n in rule.total if n != name))
        rule = fewer if _is_right(fewer) else rule
    return rule


def _is_right(rule: Rule) -> bool:
    """Whether a rule holds where metavariables have no value somewhere."""
    try:
        check_rule(rule, partial=True)
    except VerificationError:
        return False
    return True
