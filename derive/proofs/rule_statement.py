"""The statement of a rule as a lemma: both sides, metavariables with their types, conditions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sympy import Basic, Expr, true

from derive.core import heads
from derive.core.atoms import Dim, Index
from derive.core.walk import TOP, Binders, enter
from derive.proofs.coq_names import UnprovenError, coq_name
from derive.proofs.coq_terms import bound_name
from derive.proofs.pattern_writer import CONDITION, INDEX, INTEGER, REAL, PatternWriter, is_place
from derive.proofs.term_parts import ATOM
from derive.proofs.theorem_statement import Parameter, proposition
from derive.rulebook.patterns import Meta, MetaApply
from derive.rulebook.rule import Rule

# What the arguments of a node stand for, where its head tells it.
_ROLES: dict[type[Basic], str | list[str]] = {
    heads.Delta: INDEX, heads.Element: INDEX, heads.Cond: [CONDITION, REAL, REAL],
    heads.Both: CONDITION, heads.Either: CONDITION, heads.Not: CONDITION}
_COMPARISONS = (heads.Equal, heads.NotEqual, heads.Less, heads.LessEqual)


@dataclass
class Roles:
    """What each metavariable of a rule stands for: its type, and the sizes of its indices."""

    types: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, Expr] = field(default_factory=dict)
    variables: dict[str, None] = field(default_factory=dict)  # those of derivatives
    moving: dict[str, tuple[Expr, ...]] = field(default_factory=dict)  # functions of those
    dims: dict[str, None] = field(default_factory=dict)

    def read(self, node: Expr, role: str = REAL, binders: Binders = TOP) -> None:
        """Reads a side or a condition."""
        if isinstance(node, (Meta, MetaApply)):
            self._metavariable(node, role)
        elif isinstance(node, heads.Lam):
            inside = enter(node, binders)
            self._dim(inside.index)
            self.read(inside.body, role, inside.binders)
            if inside.where is not true:
                self.read(inside.where, CONDITION, inside.binders)
        else:
            self._dim(node)
            for child, its_role in _children(node, role):
                self.read(child, its_role, binders)

    def moves(self, argument: Expr) -> bool:
        """Whether an argument of a function is a variable of a derivative, or an entry of one."""
        return isinstance(argument, heads.Element) or (
            isinstance(argument, Meta) and argument.name in self.variables)

    def size(self, index: Expr) -> Expr | None:
        """The size below which an index is, where the rule tells it."""
        if isinstance(index, Meta):
            return self.sizes.get(index.name)
        return index.dim if isinstance(index, Index) else None

    def _dim(self, node: Expr) -> None:
        dim = node if isinstance(node, Dim) else getattr(node, "detail", None)
        if isinstance(dim, Dim) and dim.fixed is None:
            self.dims[dim.name] = None

    def _metavariable(self, node: Expr, role: str) -> None:
        if isinstance(node, Meta):
            if self.types.setdefault(node.name, role) != role and role != REAL:
                self.types[node.name] = role
            return
        kinds = []
        for argument in node.args[1:]:
            kinds.append(REAL if self.moves(argument) else INDEX)
            if isinstance(argument, heads.Element) or kinds[-1] == INDEX:
                self.read(argument, kinds[-1])
        if REAL in kinds:
            known = self.moving.get(node.name)
            if known is None or not any(isinstance(a, Index) for a in known):
                self.moving[node.name] = tuple(node.args[1:])
        self.types[node.name] = " -> ".join((*kinds, role))


def _children(node: Expr, role: str) -> Iterator[tuple[Expr, str]]:
    """The arguments of a node, with what they stand for."""
    arguments = node.args[1:] if isinstance(node, (heads.Element, heads.Apply)) else node.args
    roles = _roles_within(node, role)
    if roles is None:  # a function of a vector, and its place
        roles = [REAL if isinstance(a, heads.Lam) else INDEX for a in arguments]
    yield from zip(arguments, roles if isinstance(roles, list) else [roles] * len(arguments),
                   strict=True)


def _roles_within(node: Expr, role: str) -> str | list[str] | None:
    """What the arguments of a node stand for; None for a function of a vector."""
    if type(node) in _ROLES:
        return _ROLES[type(node)]
    if isinstance(node, _COMPARISONS):
        return INDEX if any(is_place(a) for a in node.args) else REAL
    if isinstance(node, heads.Apply) and any(isinstance(a, heads.Lam) for a in node.args):
        return None
    return role if isinstance(node, heads.Reduction) and not isinstance(node, heads.ArgMax) \
        else REAL


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
        roles.read(condition, CONDITION)
    for name, kind in rule.kinds:
        if kind in ("count", "integer") and roles.types.get(name) == REAL:
            roles.types[name] = INTEGER
    return roles


def _parts(node: Expr) -> Iterator[Expr]:
    """The parts of a pattern, binders entered."""
    for part, _, _ in _bound_parts(node):
        yield part


def _bound_parts(node: Expr, within: tuple[tuple[str, str], ...] = (), binders: Binders = TOP,
                 ) -> Iterator[tuple[Expr, tuple[tuple[str, str], ...], Binders]]:
    """The parts of a pattern with the indices around them, and the sizes of these."""
    yield node, within, binders
    if isinstance(node, heads.Lam):
        inside = enter(node, binders)
        size = PatternWriter().index(node.dim, binders).text
        around = (*within, (bound_name(inside.index), size))
        yield from _bound_parts(inside.body, around, inside.binders)
        yield from _bound_parts(inside.where, around, inside.binders)
    else:
        for argument in node.args:
            yield from _bound_parts(argument, within, binders)


def _find_sizes(part: Expr, roles: Roles) -> None:
    """Metavariables beside an index, and the size over which they range."""
    if isinstance(part, (heads.Delta, *_COMPARISONS)):
        for name, other in (part.args, part.args[::-1]):
            if isinstance(name, Meta) and isinstance(other, Index):
                roles.types[name.name] = INDEX
                roles.sizes[name.name] = other.dim
    family = next((a for a in part.args if isinstance(a, heads.Lam)), None)
    if isinstance(part, heads.Apply) and family is not None:
        for place in part.args[1:]:
            if isinstance(place, Meta):
                roles.types[place.name] = INDEX
                roles.sizes[place.name] = family.dim


_ANY = ("", "real", "continuous", "varying")  # numbers of which nothing is known
_KINDS = {"binary": "{0} = 0 \\/ {0} = 1", "positive": "0 < {0}", "nonnegative": "0 <= {0}"}


def rule_parameters(rule: Rule, roles: Roles) -> dict[str, Parameter]:
    """The names of the lemma, each beside that of the rule that it is made from."""
    kinds = dict(rule.kinds)
    made = {name: Parameter(coq_name(name), "nat", (f"(0 < {coq_name(name)})%nat",))
            for name in roles.dims}
    made |= {name: Parameter(coq_name(name), roles.types[name],
                             tuple(_known(name, roles, kinds.get(name, ""))))
             for name in sorted(roles.types, key=lambda name: "->" not in roles.types[name])}
    tensors = {part.tensor.name: part for side in (rule.left, rule.right)
               for part in _parts(side)
               if isinstance(part, heads.Element) and isinstance(part.tensor, Meta)}
    return made | {name: _tensor(name, part, kinds.get(name, "real"))
                   for name, part in tensors.items() if name not in made}


def _known(name: str, roles: Roles, kind: str) -> Iterator[str]:
    """What is known of a metavariable: the range of an index, its kind, that it has a slope."""
    its_type = roles.types[name]
    if name in roles.sizes:
        yield f"({coq_name(name)} < {coq_name(roles.sizes[name].name)})%nat"
    if its_type == INTEGER:
        if kind == "count":
            yield f"(0 <= {coq_name(name)})%Z"
    elif kind not in _ANY:
        if kind not in _KINDS:
            raise UnprovenError(f"no lemma for a metavariable of the kind {kind}")
        yield _KINDS[kind].format(coq_name(name))
    if name in roles.moving and not its_type.endswith(CONDITION):
        yield _differentiable(name, roles)


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
    indices = [a for a in arguments if not roles.moves(a)]
    at = PatternWriter(roles.types).text(next(a for a in arguments if roles.moves(a)), binds=ATOM)
    inner = " ".join((coq_name(name), *(f"i{n}" for n in range(len(indices)))))
    if not indices:
        return f"ex_derive {inner} {at}"
    bound = " ".join(f"i{n}" for n in range(len(indices)))
    within = "".join(f"(i{n} < {PatternWriter().index(size).text})%nat -> "
                     for n, size in enumerate(map(roles.size, indices)) if size is not None)
    return f"forall {bound}, {within}ex_derive ({inner}) {at}"


def rule_conditions(rule: Rule, writer: PatternWriter) -> list[str]:
    """The conditions of a rule as hypotheses."""
    return [proposition(condition, writer) for condition, _ in rule.conditions]


def existing_derivatives(rule: Rule, roles: Roles, writer: PatternWriter) -> Iterator[str]:
    """That the derivatives on the right exist, of cases whose condition moves with the variable.

    Of functions without such cases it follows from what is known of their parts.
    """
    for part, within, binders in _bound_parts(rule.right):
        moves = isinstance(part, heads.Partial) and any(
            isinstance(leaf, MetaApply) and leaf.name in roles.moving
            and roles.types[leaf.name].endswith(CONDITION) for leaf in _parts(part.args[0]))
        if moves:
            exists = writer.text(part, binders).replace("Derive", "ex_derive", 1)
            known = " -> ".join((*(f"({k} < {n})%nat" for k, n in within), exists))
            yield f"forall {' '.join(k for k, _ in within)}, {known}" if within else known
