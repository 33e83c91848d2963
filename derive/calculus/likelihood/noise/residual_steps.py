"""Totals over a residual: a shift of the target, from a bound on, entry by entry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sympy import Add, Expr, Integer, Mul, Pow, true

from derive.calculus.formulas import defined, free_name
from derive.calculus.likelihood.densities.statistical_model import Parameter
from derive.calculus.problem import unfolded
from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Index, Tensor, Variable
from derive.core.factors import factors_apart
from derive.core.heads import apply
from derive.core.indexing import depends, free_names, occurs, parts
from derive.core.kinds import MATRICES, VECTORS, Kind
from derive.core.walk import around, dangling, enter, fresh_index, substitute
from derive.notation.printing.pretty import pretty
from derive.rulebook.tactics import Setting

_MOST_PLACES = 4  # that a target is shifted by, those that stand most often first


def residual_of(y: Parameter, weight: Expr, domain: str = "real") -> Parameter:
    """A name for the residual, like the target."""
    name = free_name({n.name for n in free_names(weight)}, "r", "u", "v", "e1")
    return Tensor(name, Kind(domain, y.kind.shape)) if isinstance(y, Tensor) else \
        Variable(name, Kind(domain))


def shift_places(weight: Expr, y: Parameter) -> list[tuple[Expr, tuple[Index, ...]]]:
    """What a formula subtracts from the target, at free indices of its axes.

    Of y - 2*z that is 2*z; every real variable is a place too.
    """
    if isinstance(y, Tensor):
        counts = Counter(_of_entries(weight, y))
    else:
        counts = Counter(place for part in parts(weight) if isinstance(part, Add)
                        for place in _subtracted(part, y))
        counts |= Counter({n: 0 for n in sorted(free_names(weight), key=lambda n: str(n.name))
                          if isinstance(n, Variable) and n != y and n.kind.domain == "real"})
    ordered = sorted(counts, key=lambda p: -counts[p])[:_MOST_PLACES]
    return [p if isinstance(p, tuple) else (p, ()) for p in ordered]


def _subtracted(total: Expr, entry: Expr) -> Iterator[Expr]:
    """The p of a sum c*(y - p)."""
    own = [t for t in total.args if depends(t, entry)]
    if len(own) != 1:
        return
    ys, others = factors_apart(own[0], lambda f: f == entry)
    if len(ys) != 1 or any(depends(f, entry) for f in others):
        return
    rest = [t for t in total.args if t is not own[0]]
    factor = Mul(*others)
    place = Add(*(Mul(-1, t) for t in rest)) if factor == 1 else Add(*rest) if factor == -1 else \
        Mul(-1, Add(*rest), Pow(factor, -1))
    if not dangling(place):
        yield place


def _of_entries(weight: Expr, y: Tensor) -> Iterator[tuple[Expr, tuple[Index, ...]]]:
    """What is subtracted from the entries of a vector, in sums over its axis."""
    if len(y.kind.shape) != 1:
        return
    for part in parts(weight):
        if isinstance(part, heads.Sum) and part.family.dim == y.kind.shape[0]:
            index, body, where, _ = enter(part.family, around(part))
            entry = heads.Element(y, index)
            if where is not true:
                continue
            for inner in parts(body):
                if isinstance(inner, Add):
                    for place in _subtracted(inner, entry):
                        yield place, (index,)


def _moved(body: Expr, y: Parameter, place: Expr, indices: tuple[Index, ...], r: Parameter,
           sign: int) -> Expr:
    """A formula with place + sign*r for the target."""
    if not isinstance(y, Tensor):
        return substitute(body, {y: Add(place, Mul(sign, r))})
    there = Add(place, Mul(sign, heads.Element(r, *indices)))
    return unfolded(body, [defined(y, indices, there)])


def _shift(line: Expr, setting: Setting) -> Expr:
    """The total over the residual, where what is under it depends on that alone."""
    y, place, indices, r, sign = (setting[n] for n in (
        "variable", "by", "at", "residual", "sign"))
    if not isinstance(line, heads.Total) or line.args[1] != y or occurs(r, line) or \
            sign not in (1, -1) or y.kind.domain != "real" or y.kind != r.kind or \
            depends(place, y):
        return line
    there = _moved(line.args[0], y, place, indices, r, sign)
    moved = Work(there, setting.rulebook).run("finish").line
    names = [n for n in free_names(place) if isinstance(n, (Variable, Tensor))]
    vanishes = any(not occurs(n, moved) for n in names)
    return heads.Total(moved, r) if vanishes else line


def _equation(setting: Setting, indices: tuple[Index, ...]) -> str:
    y, place, r, sign = (setting[n] for n in ("variable", "by", "residual", "sign"))
    left, right = (heads.at(n, indices) for n in (y, r))
    return f"{pretty(left)} = {pretty(Add(place, Mul(sign, right)))}"


def _shift_in_words(setting: Setting) -> Words:
    return Words("A shift changes no integral over the whole line.",
                 _equation(setting, setting["at"]), "Substitution")


def _from_bound(line: Expr, setting: Setting) -> Expr:
    """The total from a bound on, or up to one, over the distance from it."""
    y, place, r, sign, test = (setting[n] for n in (
        "variable", "by", "residual", "sign", "condition"))
    if not isinstance(line, heads.Total) or line.args[1] != y or occurs(r, line) or \
            y.kind != Kind("real") or r.kind != Kind("nonnegative") or depends(place, y) or \
            _bound(test, y) != (place, sign):
        return line
    body = line.args[0]
    if not isinstance(body, heads.Cond) or body.args[0] != test or body.args[2] != 0:
        return line
    there = substitute(body.args[1], {y: Add(place, Mul(sign, r))})
    return heads.Total(Work(there, setting.rulebook).run("finish").line, r)


def _from_bound_in_words(setting: Setting) -> Words:
    return Words("Where the target has a bound, the total is one over the distance from it.",
                 _equation(setting, ()), "Substitution")


def _bound(test: Expr, y: Expr) -> tuple[Expr, int] | None:
    """The bound that a condition sets to a target, and on which side of it that lies."""
    if not isinstance(test, (heads.Less, heads.LessEqual)):
        return None
    low, high = test.args
    if high == y and not depends(low, y):
        return low, 1
    return (high, -1) if low == y and not depends(high, y) else None


def bound_of(tests: tuple[Expr, ...], y: Expr) -> tuple[Expr, int] | None:
    """The bound of a single condition on a target; None for others."""
    return _bound(tests[0], y) if len(tests) == 1 else None


def _apart(line: Expr, setting: Setting) -> Expr:
    """The total over a vector whose entries do not interact, as a product of totals."""
    y, v = setting["variable"], setting["entry"]
    if not isinstance(line, heads.Total) or line.args[1] != y or occurs(v, line) or \
            not isinstance(y, Tensor) or len(y.kind.shape) != 1 or \
            y.kind.domain in (*VECTORS, *MATRICES) or \
            v.kind != Kind(y.kind.domain, (), y.kind.over):
        return line
    weight = line.args[0]
    if not (isinstance(weight, heads.Apply) and weight.name == "exp"):
        return line
    index = fresh_index(y.kind.shape[0], line)
    mine, others = Integer(0), Integer(0)
    for term in _terms(weight.args[1]):
        if not depends(term, y):
            others = Add(others, term)
            continue
        own = _entry_of_term(term, y, v, index)
        if own is None:
            return line
        mine = Add(mine, own)
    product = heads.Product.over(heads.Total(apply("exp", mine), v), index)
    return product if others == 0 else Mul(apply("exp", others), product)


def _terms(exponent: Expr) -> tuple[Expr, ...]:
    """The terms of a sum, and of one behind a minus."""
    inside, others = factors_apart(exponent, lambda f: isinstance(f, Add))
    return tuple(Mul(*others, t) for t in inside[0].args) if len(inside) == 1 and others == [-1] \
        else tuple(Add.make_args(exponent))


def _entry_of_term(term: Expr, y: Tensor, v: Expr, index: Index) -> Expr | None:
    """What one entry adds to a term of the exponent; None where entries interact."""
    sums, factors = factors_apart(term, lambda f: isinstance(f, heads.Sum) and depends(f, y))
    if len(sums) != 1 or any(depends(f, y) for f in factors):
        return None
    family = sums[0].family
    opened, body, where, _ = enter(family, around(term, index))
    if family.dim != index.dim or where is not true:
        return None
    inside = substitute(substitute(body, {heads.Element(y, opened): v}), {opened: index})
    return None if depends(inside, y) else Mul(*factors, inside)


SHIFT = stated("shift", _shift, _shift_in_words)
FROM_BOUND = stated("total-from-a-bound", _from_bound, _from_bound_in_words)
ENTRIES = stated("entry-by-entry", _apart, Words(
    "Entries that do not interact are independent: the total over all is the product of the "
    "totals over each.", "entry by entry", "Fubini's theorem"))
