"""The statement of a rule as a lemma: both sides, metavariables with their types, conditions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sympy import Expr, true

from derive.core import heads
from derive.core.atoms import Dim, Index
from derive.core.indexing import index_dimension
from derive.core.walk import TOP, Binders, enter
from derive.proofs.coq_names import UnprovenError, coq_name
from derive.proofs.coq_terms import TermWriter
from derive.proofs.term_parts import APPLICATION, ATOM, Term
from derive.proofs.theorem_statement import Parameter, proposition
from derive.rulebook.patterns import Meta, MetaApply
from derive.rulebook.rule import Rule

_REAL, _INDEX, _CONDITION = "R", "nat", "bool"
_COMPARISONS = (heads.Equal, heads.NotEqual, heads.Less, heads.LessEqual)


@dataclass
class Roles:
    """What each metavariable of a rule stands for: its type, and the sizes of its indices."""

    types: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, Expr] = field(default_factory=dict)
    variables: dict[str, None] = field(default_factory=dict)  # those of derivatives
    moving: dict[str, tuple[Expr, ...]] = field(default_factory=dict)  # functions of those
    dims: dict[str, None] = field(default_factory=dict)

    def read(self, node: Expr, role: str = _REAL, binders: Binders = TOP) -> None:
        """Reads a side or a condition."""
        if isinstance(node, (Meta, MetaApply)):
            self._metavariable(node, role)
        elif isinstance(node, heads.Lam):
            inside = enter(node, binders)
            self._dim(inside.index)
            self.read(inside.body, role, inside.binders)
            if inside.where is not true:
                self.read(inside.where, _CONDITION, inside.binders)
        else:
            self._dim(node)
            for child, its_role in _children(node, role):
                self.read(child, its_role, binders)

    def _dim(self, node: Expr) -> None:
        dim = node if isinstance(node, Dim) else getattr(node, "detail", None)
        if isinstance(dim, Dim) and dim.fixed is None:
            self.dims[coq_name(dim.name)] = None

    def _metavariable(self, node: Expr, role: str) -> None:
        if isinstance(node, Meta):
            if self.types.setdefault(node.name, role) != role and role != _REAL:
                self.types[node.name] = role
            return
        kinds = []
        for argument in node.args[1:]:
            moving = isinstance(argument, Meta) and argument.name in self.variables
            kinds.append(_REAL if moving else _INDEX)
            if not moving:
                self.read(argument, _INDEX)
        if _REAL in kinds:
            self.moving[node.name] = tuple(node.args[1:])
        self.types[node.name] = " -> ".join((*kinds, role))


def _children(node: Expr, role: str) -> Iterator[tuple[Expr, str]]:
    """The arguments of a node, with what they stand for."""
    arguments = node.args[1:] if isinstance(node, (heads.Element, heads.Apply)) else node.args
    roles = _roles_within(node, role)
    if roles is None:  # a function of a vector, and its place
        roles = [_REAL if isinstance(a, heads.Lam) else _INDEX for a in arguments]
    yield from zip(arguments, roles if isinstance(roles, list) else [roles] * len(arguments),
                   strict=True)


def _roles_within(node: Expr, role: str) -> str | list[str] | None:
    """What the arguments of a node stand for; None for a function of a vector."""
    if isinstance(node, (heads.Delta, heads.ArgMax, heads.Element)):
        return _INDEX
    if isinstance(node, heads.Cond):
        return [_CONDITION, _REAL, _REAL]
    if isinstance(node, (heads.Both, heads.Either, heads.Not)):
        return _CONDITION
    if isinstance(node, _COMPARISONS):
        return _INDEX if any(_is_index(a) for a in node.args) else _REAL
    if isinstance(node, heads.Apply) and any(isinstance(a, heads.Lam) for a in node.args):
        return None
    return role if isinstance(node, heads.Reduction) else _REAL


def _is_index(node: Expr) -> bool:
    """Whether a part of a pattern is an index."""
    return not isinstance(node, (Meta, MetaApply, heads.Element)) and \
        index_dimension(node) is not None


class PatternWriter(TermWriter):
    """Writes patterns: metavariables are names, derivatives those of Coquelicot.

    `indices` are the metavariables that stand for indices.
    """

    def __init__(self, indices: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.indices = indices

    def term(self, node: Expr, binders: Binders = TOP) -> Term:
        if isinstance(node, Meta):
            return Term(coq_name(node.name))
        if isinstance(node, MetaApply):
            return self._applied(node, binders)
        if isinstance(node, heads.Partial):
            return self._derivative(node, binders)
        if isinstance(node, heads.Element) and isinstance(node.tensor, Meta):
            return self.element(node, binders)
        return super().term(node, binders)

    def index(self, node: Expr, binders: Binders = TOP) -> Term:
        if isinstance(node, Meta):
            return Term(coq_name(node.name))
        return super().index(node, binders)

    def condition(self, node: Expr, binders: Binders = TOP) -> Term:
        if isinstance(node, Meta):
            return Term(coq_name(node.name))
        if isinstance(node, MetaApply):
            return self._applied(node, binders)
        return super().condition(node, binders)

    def counts(self, nodes: Sequence[Expr]) -> bool:
        return any(_is_index(n) or (isinstance(n, Meta) and n.name in self.indices)
                   for n in nodes)

    def _applied(self, node: Expr, binders: Binders) -> Term:
        at = [self.index(a, binders).within(ATOM) if _is_index(a)
              else self.text(a, binders, ATOM) for a in node.args[1:]]
        return Term(" ".join((coq_name(node.name), *at)), APPLICATION)

    def _derivative(self, node: Expr, binders: Binders) -> Term:
        body, variable = node.args
        text = self.text(body, binders)
        if isinstance(variable, Meta):
            name = coq_name(variable.name)
            if isinstance(body, MetaApply) and body.args[-1] == variable:
                before = " ".join((coq_name(body.name), *(
                    self.index(a, binders).within(ATOM) for a in body.args[1:-1])))
                function = f"({before})" if " " in before else before
                return Term(f"Derive {function} {name}", APPLICATION)
            return Term(f"Derive (fun {name} : R => {text}) {name}", APPLICATION)
        if isinstance(variable, heads.Element) and len(variable.indices) == 1:
            name = coq_name(variable.tensor.name)
            at = self.index(variable.indices[0], binders).within(ATOM)
            return Term(f"Derive (fun t : R => (fun {name} => {text}) (upd {name} {at} t)) "
                        f"({name} {at})", APPLICATION)
        raise UnprovenError("no lemma for a derivative by what stands there")


def roles_of(rule: Rule) -> Roles:
    """What the metavariables of a rule stand for. Raises UnprovenError for a rule of a tactic."""
    if rule.tactic or rule.method:
        raise UnprovenError(f"{rule.name} is carried out by code: each of its steps is proved "
                            "where it occurs")
    roles = Roles()
    sides = (rule.left, rule.right, *(condition for condition, _ in rule.conditions))
    for side in sides:
        roles.variables |= {part.args[1].name: None for part in _parts(side)
                            if isinstance(part, heads.Partial)
                            and isinstance(part.args[1], Meta)}
    for side in sides:
        for part in _parts(side):
            _find_sizes(part, roles)
    for side in sides[:2]:
        roles.read(side)
    for condition in sides[2:]:
        roles.read(condition, _CONDITION)
    return roles


def _parts(node: Expr, binders: Binders = TOP) -> Iterator[Expr]:
    """The parts of a pattern, binders entered."""
    yield node
    if isinstance(node, heads.Lam):
        inside = enter(node, binders)
        yield from _parts(inside.body, inside.binders)
        yield from _parts(inside.where, inside.binders)
    else:
        for argument in node.args:
            yield from _parts(argument, binders)


def _find_sizes(part: Expr, roles: Roles) -> None:
    """Metavariables beside an index, and the size over which they range."""
    if isinstance(part, (heads.Delta, *_COMPARISONS)):
        for name, other in (part.args, part.args[::-1]):
            if isinstance(name, Meta) and isinstance(other, Index):
                roles.types[name.name] = _INDEX
                roles.sizes[name.name] = other.dim
    family = next((a for a in part.args if isinstance(a, heads.Lam)), None)
    if isinstance(part, heads.Apply) and family is not None:
        for place in part.args[1:]:
            if isinstance(place, Meta):
                roles.types[place.name] = _INDEX
                roles.sizes[place.name] = family.dim


_KINDS = {"binary": "{0} = 0 \\/ {0} = 1", "positive": "0 < {0}", "nonnegative": "0 <= {0}"}


def rule_parameters(rule: Rule, roles: Roles) -> list[Parameter]:
    """The names of the lemma, with what is known of them."""
    made = [Parameter(name, "nat", (f"(0 < {name})%nat",)) for name in roles.dims]
    kinds = dict(rule.kinds)
    for name, its_type in sorted(roles.types.items(), key=lambda item: "->" not in item[1]):
        known: list[str] = []
        if name in roles.sizes:
            known.append(f"({coq_name(name)} < {coq_name(roles.sizes[name].name)})%nat")
        if name in kinds:
            if kinds[name] not in _KINDS:
                raise UnprovenError(f"no lemma for a metavariable of the kind {kinds[name]}")
            known.append(_KINDS[kinds[name]].format(coq_name(name)))
        if name in roles.moving:
            known.append(_differentiable(name, roles))
        made.append(Parameter(coq_name(name), its_type, tuple(known)))
    names = {p.name for p in made}
    tensors = {part.tensor.name: part for side in (rule.left, rule.right)
               for part in _parts(side)
               if isinstance(part, heads.Element) and isinstance(part.tensor, Meta)}
    return made + [_tensor(name, part, kinds.get(name, "real"))
                   for name, part in tensors.items() if coq_name(name) not in names]


def _tensor(name: str, part: Expr, kind: str) -> Parameter:
    """A tensor of a rule; rows of a simplex sum to 1."""
    axes, known = len(part.indices), tuple[str, ...]()
    if kind in ("simplex", "onehot"):
        *rows, last = part.indices
        if not isinstance(last, Index):
            raise UnprovenError("no lemma for rows of a simplex by what stands there")
        writer = PatternWriter()
        row = " ".join((coq_name(name), *(
            writer.index(i).text if isinstance(i, Meta) else f"i{n}"
            for n, i in enumerate(rows))))
        bound = [(f"i{n}", i) for n, i in enumerate(rows) if not isinstance(i, Meta)]
        within = [f"({n} < {writer.index(i.dim).text})%nat" for n, i in bound]
        total = " -> ".join((*within, f"sum {writer.index(last.dim).text} ({row}) = 1"))
        known = (f"forall {' '.join(n for n, _ in bound)}, {total}" if bound else total,)
    elif kind != "real":
        raise UnprovenError(f"no lemma for a tensor of the kind {kind}")
    return Parameter(coq_name(name), " -> ".join(["nat"] * axes + ["R"]), known)


def _differentiable(name: str, roles: Roles) -> str:
    """That a function of the variable has a derivative, for all values of its indices."""
    arguments = roles.moving[name]
    indices = [a for a in arguments if not (isinstance(a, Meta) and a.name in roles.variables)]
    variable = next(a for a in arguments if isinstance(a, Meta) and a.name in roles.variables)
    inner = " ".join((coq_name(name), *(f"i{n}" for n in range(len(indices)))))
    if not indices:
        return f"ex_derive {inner} {coq_name(variable.name)}"
    bound = " ".join(f"i{n}" for n in range(len(indices)))
    return f"forall {bound}, ex_derive ({inner}) {coq_name(variable.name)}"


def rule_conditions(rule: Rule, writer: PatternWriter) -> list[str]:
    """The conditions of a rule as hypotheses."""
    return [proposition(condition, writer) for condition, _ in rule.conditions]
