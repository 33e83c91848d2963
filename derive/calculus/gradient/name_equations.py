"""What a definition says, as equations: its formula is the name, and parts of it are too.

`n = sqrt(u)` also says u = n**2, `c = a/b` that a = c*b, `p = 1/(1 + w)` that w = 1/p - 1, and
`p = f(u)` with f(-u) = 1 - f(u) that f(-u) = 1 - p.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from sympy import Add, Expr, Integer, Mul, Pow, Rational, S

from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Dim
from derive.core.exact import exact
from derive.core.indexing import index_dimension, occurs, parts
from derive.core.walk import substitute, transform, with_arguments
from derive.errors import DeriveError
from derive.notation.reading.specification import Definition
from derive.rulebook import rewriting
from derive.rulebook.loading import Rulebook, RuleSet
from derive.rulebook.measure import measure
from derive.rulebook.patterns import Meta, metavariables
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting

_MOST = 12  # equations of one definition
_LEAST = 2  # the length of a part for which it is solved
_SIMPLE = 3  # the length of what may be taken to the other side of an equation
Equation = tuple[Expr, Expr]  # a formula, and what it is in terms of the name


def equations(node: Definition, rulebook: Rulebook) -> Iterator[Equation]:
    """What a definition says of formulas, as pairs of patterns; its formula itself first."""
    metas = {i: Meta(f"m{n}") for n, i in enumerate(node.indices)}
    name = heads.Element(node.symbol, *metas.values()) if metas else node.symbol
    seen: set[Expr] = set()
    for left, right in islice(_with_parts(node.body, metas, name, rulebook), _MOST):
        if left.args and left not in seen:
            yield left, right
        seen.add(left)


def _with_parts(body: Expr, metas: Mapping[Expr, Expr], name: Expr, rulebook: Rulebook,
                ) -> Iterator[Equation]:
    formulas: list[Expr] = []
    for form in _forms(body, rulebook):
        formulas.append(substitute(form, metas))
        yield formulas[-1], name
    for formula in formulas:
        yield from _reflected(formula, name, rulebook)
    for formula in formulas:
        yield from _solved(formula, name)


def _minus(total: Expr) -> Expr:
    return Add(*(Mul(Integer(-1), t) for t in total.args))


def _reflected(formula: Expr, value: Expr, rulebook: Rulebook) -> Iterator[Equation]:
    """A function of minus its argument, where a rule says what that is in terms of the function."""
    if not isinstance(formula, heads.Apply) or len(formula.args) != 2:
        return
    function, argument = formula.args
    turned = Mul(Integer(-1), argument)
    there = with_arguments(formula, (function, turned))
    for rule in rulebook.stage("tidy").attempts:
        match = rule.matches(there) if rule.key == formula.name else None
        if match is not None and not match.obligations and occurs(formula, match.after):
            known = transform(match.after, lambda n: value if n == formula else None)
            yield there, known
            if isinstance(argument, Add):
                yield with_arguments(formula, (function, _minus(argument))), known


def _solved(formula: Expr, value: Expr) -> Iterator[Equation]:
    """The equation solved for parts of the formula: what is done to them, undone."""
    for part, known in _undone(formula, value):
        if measure(part) >= _LEAST and metavariables(known) <= metavariables(part) \
                and not any(rewriting.find(known, RuleSet((_rule(part, known),)))):
            yield part, known
            yield from _solved(part, known)


def _undone(formula: Expr, value: Expr) -> Iterator[Equation]:
    if isinstance(formula, Pow) and isinstance(formula.exp, Rational):
        if formula.exp == -1:
            yield formula.base, Pow(value, Integer(-1))
        elif abs(formula.exp) == S.Half:
            yield formula.base, Pow(value, 1 / formula.exp)
    elif isinstance(formula, Mul):
        for place, part in enumerate(formula.args):
            others = formula.args[:place] + formula.args[place + 1:]
            if all(_divides(f) for f in others):
                yield part, Mul(value, *(Pow(f, Integer(-1)) for f in others))
    elif isinstance(formula, Add):
        for place, part in enumerate(formula.args):
            others = formula.args[:place] + formula.args[place + 1:]
            if len(others) == 1 and measure(others[0]) <= _SIMPLE:
                yield part, Add(value, *(Mul(Integer(-1), t) for t in others))


def _divides(factor: Expr) -> bool:
    """Whether a factor can be taken to the other side without a new division by a formula."""
    if isinstance(factor, Pow):
        return bool(factor.exp.is_Rational and factor.exp < 0)
    return isinstance(factor, (Rational, Dim))


def _forms(body: Expr, rulebook: Rulebook) -> Iterator[Expr]:
    """A formula as it stands, and as it stands in results: prepared, recognised, collected."""
    yield body
    work = Work(body, rulebook)
    try:
        yield work.copy().run("finish").line
        work.stage("prepare")
        if work.steps:
            yield work.run("finish").line
    except DeriveError:
        return


@exact
def _put(line: Expr, setting: Setting) -> Expr:
    made = equations(setting["definition"], setting.rulebook)
    return put_name(line, *next(islice(made, setting["equation"], None)))


def put_name(line: Expr, left: Expr, right: Expr) -> Expr:
    """The line with one side of an equation in place of the other.

    Powers of it are put in too, and a sum with the signs of its terms turned.
    """
    rules = [_rule(left, right)]
    if isinstance(left, Add):
        rules.append(_rule(_minus(left), Mul(Integer(-1), right)))
    if isinstance(right, Pow) and right.exp.is_Rational and right.exp != -1:
        power = Meta("q")
        rules.insert(0, _rule(Pow(left, power), Pow(right.base, Mul(right.exp, power))))
    named = line
    for rule in rules:
        for _ in range(rewriting.MOST_WAVES):
            rewrites = rewriting.wave(named, RuleSet((rule,)))
            if not rewrites:
                break
            named = rewrites[-1][1]
    return named if named == line or _subscripts_fit(named) else line


def _subscripts_fit(line: Expr) -> bool:
    """Whether the subscripts of all elements range over the axes of their tensors.

    A pattern without the tensors of a formula, such as a delta, may match at other indices.
    """
    return all(index_dimension(at) in (None, dim) for part in parts(line)
               if isinstance(part, heads.Element)
               for at, dim in zip(part.indices, part.tensor.kind.shape, strict=False))


def _rule(left: Expr, right: Expr) -> Rule:
    return Rule(name="name", says="", from_="", to="", sides=(left, right))


def _words(setting: Setting) -> Words:
    name = setting["definition"].name
    return Words(f"{name} stands for this formula.", f"name {name}", "Definition", f"name-{name}")


# A name in place of its formula, by one of the equations of its definition.
PUT_NAME = stated("put-name", _put, _words)

