"""What a theorem says: names with their types, hypotheses, and the conclusion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sympy import Expr

from derive.core import heads
from derive.core.atoms import Dim, Index, Tensor, Variable
from derive.core.kinds import Kind
from derive.core.quantified import All
from derive.core.walk import TOP, Binders, enter
from derive.proofs.coq_names import UnprovenError, coq_name
from derive.proofs.coq_terms import TermWriter, bound_name
from derive.proofs.term_parts import ATOM, PRODUCT

_INDICES = frozenset({"label", "index"})
_OF_KINDS = {"positive": ("0 < {0}",), "nonnegative": ("0 <= {0}",), "count": ("0 <= {0}",),
             "negative": ("{0} < 0",), "probability": ("0 < {0}", "{0} < 1"),
             "simplex": ("0 <= {0}",), "binary": ("{0} = 0 \\/ {0} = 1",),
             "onehot": ("{0} = 0 \\/ {0} = 1",), "label": ("({0} < {1})%nat",),
             "real": (), "integer": ()}


@dataclass(frozen=True)
class Parameter:
    """A name of a theorem, its type, and what is known of it."""

    name: str
    type: str
    hypotheses: tuple[str, ...] = ()


def parameters_of(names: Sequence[Expr], indices: Sequence[Index]) -> list[Parameter]:
    """Sizes, then names in their order, then free indices."""
    writer = TermWriter()
    sizes = dict.fromkeys(
        d for leaf in names if isinstance(leaf, (Variable, Tensor))
        for d in (*leaf.kind.shape, leaf.kind.over) if isinstance(d, Dim) and d.fixed is None)
    sizes |= dict.fromkeys(i.dim for i in indices if isinstance(i.dim, Dim)
                           and i.dim.fixed is None)
    made = [Parameter(coq_name(d.name), "nat", (f"(0 < {coq_name(d.name)})%nat",)) for d in sizes]
    made += [_parameter(leaf, writer) for leaf in names]
    return made + [Parameter(coq_name(i.name), "nat", (
        f"({coq_name(i.name)} < {writer.index(i.dim).text})%nat",)) for i in indices]


def _parameter(leaf: Expr, writer: TermWriter) -> Parameter:
    if not isinstance(leaf, (Variable, Tensor)):
        raise UnprovenError(f"no lemma for a name that is {type(leaf).__name__}")
    kind: Kind = leaf.kind
    if kind.domain not in _OF_KINDS:
        raise UnprovenError(f"no lemma for names of the kind {kind.domain}")
    name, axes = coq_name(leaf.name), kind.shape
    value = "nat" if kind.domain in _INDICES else "R"
    at = [f"k{n}" for n in range(len(axes))]
    element = f"({' '.join((name, *at))})" if axes else name
    size = "" if kind.over is None else writer.index(kind.over).text
    within = [f"(k{n} < {writer.index(d).text})%nat" for n, d in enumerate(axes)]
    hypotheses = []
    for pattern in _OF_KINDS[kind.domain]:
        known = " -> ".join((*within, pattern.format(element, size)))
        hypotheses.append(f"forall {' '.join(at)}, {known}" if axes else known)
    if kind.domain in ("simplex", "onehot"):
        row = name if len(axes) == 1 else f"({' '.join((name, *at[:-1]))})"
        total = f"sum {writer.index(axes[-1]).text} {row} = 1"
        before = " -> ".join((*within[:-1], total))
        hypotheses.append(f"forall {' '.join(at[:-1])}, {before}" if at[:-1] else before)
    return Parameter(name, " -> ".join(["nat"] * len(axes) + [value]), tuple(hypotheses))


_RELATIONS = {heads.Less: "<", heads.LessEqual: "<=", heads.Equal: "=", heads.NotEqual: "<>"}


def proposition(condition: Expr, writer: TermWriter, at: Binders = TOP) -> str:
    """A condition as a proposition. Raises UnprovenError for what has none."""
    for head, sign in _RELATIONS.items():
        if isinstance(condition, head):
            indices = writer.counts(condition.args)
            write = writer.index if indices else writer.term
            left, right = (write(a, at).within(PRODUCT) for a in condition.args)
            return f"({left} {sign} {right})%nat" if indices else f"{left} {sign} {right}"
    if isinstance(condition, (heads.Both, heads.Either)):
        sign = "/\\" if isinstance(condition, heads.Both) else "\\/"
        left, right = (proposition(a, writer, at) for a in condition.args)
        return f"({left} {sign} {right})"
    if isinstance(condition, heads.Not):
        return f"~ ({proposition(condition.args[0], writer, at)})"
    if isinstance(condition, heads.UniqueMaximum):
        return writer.largest("unique_maximum", condition, at).text
    if isinstance(condition, All):
        entered = enter(condition.family, at)
        name = bound_name(entered.index)
        known = [f"({name} < {writer.index(condition.family.dim).within(ATOM)})%nat"]
        if entered.where.args:
            known.append(proposition(entered.where, writer, entered.binders))
        known.append(proposition(entered.body, writer, entered.binders))
        return f"(forall {name}, {' -> '.join(known)})"
    return f"{writer.condition(condition, at).text} = true"


def binders_of(parameters: Sequence[Parameter]) -> str:
    """The names with their types, as a definition binds them."""
    return " ".join(f"({p.name} : {p.type})" for p in parameters)


def call(function: str, parameters: Sequence[Parameter],
         values: dict[str, str] | None = None) -> str:
    """A function applied to the names, some of which have other values."""
    return " ".join((function, *((values or {}).get(p.name, p.name) for p in parameters)))

