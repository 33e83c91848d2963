"""What is known of the names of a formula while declarations are inferred: ranks, axes, labels."""

from __future__ import annotations

from dataclasses import dataclass, field

from sympy import Expr

from derive.core.atoms import Index, Tensor, Variable
from derive.errors import NotationError
from derive.notation.latex_in import tree
from derive.notation.latex_in.axis_classes import AxisClasses, Place
from derive.notation.latex_in.indices import linear
from derive.notation.latex_in.latex_counts import bound_symbols
from derive.notation.latex_in.names import Names, all_names
from derive.notation.latex_in.symbols import split_letters

ADVICE = "declare it, as in o: real[K]"
Bound = dict[str, Place]


@dataclass
class NameUses:
    """The uses of names in a formula: ranks of undeclared ones, and which axes are the same."""

    names: Names
    ranks: dict[str, tuple[int, tree.Node]] = field(default_factory=dict)
    labels: dict[str, tree.Node] = field(default_factory=dict)
    defined: dict[str, int] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    lettered: set[str] = field(default_factory=set)  # names with subscripts that are letters
    runs: set[str] = field(default_factory=set)  # letters that some operator binds
    axes: AxisClasses = field(default_factory=AxisClasses)
    binders: int = 0

    def error(self, node: tree.Node, message: str) -> NotationError:
        return self.names.error(node, message)

    def declared(self, base: tree.Symbol, below: tree.Nodes,
                 ) -> tuple[str, tree.Nodes, tuple[str, ...]] | None:
        """The declared or defined name of a symbol, its subscripts, and what its axes are."""
        for count in range(len(below), -1, -1):
            for name in self._spellings(base, below[:count]):
                if name in self.defined:
                    return name, below[count:], ("",) * self.defined[name]
        try:
            name, rest = self.names.resolve(self.names.unturned(base, below), below)
        except NotationError:
            return None
        leaf = self.names.scope.names.get(name)
        return name, rest, tuple(map(str, leaf.kind.shape)) if isinstance(leaf, Tensor) else ()

    def _spellings(self, base: tree.Symbol, below: tree.Nodes) -> list[str]:
        tails = [p.text if isinstance(p, tree.Number) else f"_{all_names(p)[0]}" if isinstance(
            p, tree.Symbol) else "?" for p in below]
        return [name + "".join(tails) for name in all_names(base)]

    def open_names(self, node: tree.Node, bound: Bound) -> bool:
        """Whether something in a part is neither declared nor bound."""
        if isinstance(node, tree.Big):
            fresh = {n: ("", 0) for symbol in bound_symbols(node) for n in all_names(symbol)}
            bound = {**bound, **fresh}
        base, below = (node.base, node.below) if isinstance(node, tree.Scripted) else (node, ())
        if not isinstance(base, tree.Symbol):
            return any(self.open_names(child, bound) for child in node.children())
        if base.sign in ("\\pi", "e") or set(all_names(base)) & bound.keys():
            return False
        known = self.declared(base, below)
        others = (node.step, node.power) if isinstance(node, tree.Scripted) else ()
        return known is None or any(self.open_names(part, bound) for part in (*known[1], *others)
                                    if part is not None)

    def visit(self, node: tree.Node, bound: Bound) -> None:
        """Takes in a part of the formula; `bound` are the indices around it."""
        raise NotImplementedError

    def fresh(self) -> Place:
        self.binders += 1
        return f"\u00b7{self.binders}", 0

    def fixed(self, place: Place, dim: str) -> Place:
        """A place whose dimension is declared."""
        if dim:
            self.axes.fix(place, dim)
        return place

    def subscripts(self, node: tree.Scripted) -> tree.Nodes:
        """The step and the subscripts of a node, letters side by side taken apart."""
        below = tuple(p for b in node.below for p in split_letters(b))
        return (*((node.step,) if node.step is not None else ()), *below)

    def use(self, known: tuple[str, tree.Nodes, tuple[str, ...]], node: tree.Node, bound: Bound,
            ) -> tree.Nodes:
        """Takes in a declared name: its subscripts, returned, run over what its axes are."""
        name, rest, axes = known
        step = (node.step,) if isinstance(node, tree.Scripted) and node.step is not None else ()
        parts = (*step, *(p for part in rest for p in split_letters(part)))
        for axis, (part, dim) in enumerate(zip(parts, axes, strict=False)):
            self.place(part, self.fixed((name, axis), dim), bound)
        return parts

    def open_axis(self, place: Place) -> bool:
        return not self.axes.is_fixed(place)

    def is_index(self, node: tree.Node, bound: Bound) -> bool:
        start = linear(node)[0]
        return isinstance(start, tree.Symbol) and (all_names(start)[0] in bound
                                                   or all_names(start)[0] in self.labels)

    def join(self, node: tree.Node, parts: tree.Nodes, bound: Bound) -> None:
        """Two indices that are compared run over the same."""
        if len(parts) != 2:
            raise self.error(node, "a delta or indicator compares two indices; declare the names")
        place = self.fresh()
        for part in parts:
            self.place(part, place, bound)

    def place(self, node: tree.Node, axis: Place, bound: Bound) -> None:
        """A subscript at an axis."""
        start = linear(node)[0]
        if isinstance(start, tree.Symbol) and all_names(start)[0] in bound:
            self.axes.unite(bound[all_names(start)[0]], axis)
            return
        over = self.range_of(start)
        if over is not None:
            self.axes.fix(axis, str(over))
            return
        if not self.open_axis(axis) and not isinstance(start, tree.Symbol):
            if start is not None:
                self.visit(start, bound)
            return
        if isinstance(start, tree.Scripted) and isinstance(start.base, tree.Symbol):
            raise self.error(start, "a label of an array; declare it, as in y: label(K)[T]")
        if not isinstance(start, tree.Symbol) or isinstance(node, tree.Number):
            raise self.error(node, f"what is counted here is not certain; {ADVICE}")
        name = all_names(start)[0]
        if self.axes.is_count(name):
            return
        if name in self.runs:
            raise self.error(start, f"{name} stands outside of the sum that binds it; the body of "
                             "a sum ends at the next + or -, put it into brackets")
        if name in self.ranks:
            raise self.error(start, f"{name} is a number and a subscript; declare it")
        self.labels.setdefault(name, start)
        self.axes.unite((name, 0), axis)

    def range_of(self, node: tree.Node | None) -> Expr | None:
        """What a declared index or label runs over."""
        base, below = (node.base, node.below) if isinstance(node, tree.Scripted) else (node, ())
        known = self.declared(base, below) if isinstance(base, tree.Symbol) else None
        leaf = self.names.scope.names.get(known[0]) if known is not None else None
        if isinstance(leaf, Index):
            return leaf.dim
        return leaf.kind.over if isinstance(leaf, (Variable, Tensor)) else \
            self.names.dimension(known[0]) if known is not None else None

    def rank(self, name: str, rank: int, node: tree.Node) -> None:
        known = self.ranks.setdefault(name, (rank, node))[0]
        if known != rank or name in self.labels:
            raise self.error(node, f"{name} is used in more than one way; {ADVICE}")

    def lines(self) -> tuple[str, ...]:
        """The declarations, in the order of the names in the formula."""
        kinds: dict[str, list[str]] = {}
        for name, (rank, node) in self.ranks.items():
            if rank or not self.axes.is_count(name):
                axes = [self.dimension((name, axis), node) for axis in range(rank)]
                kinds.setdefault("real" + (f"[{', '.join(axes)}]" if axes else ""), []).append(name)
        for name, node in self.labels.items():
            kind = "index" if name in self.left else "label"
            kinds.setdefault(f"{kind}({self.dimension((name, 0), node)})", []).append(name)
        return tuple(f"{', '.join(names)}: {kind}" for kind, names in kinds.items())

    def dimension(self, place: Place, node: tree.Node) -> str:
        """The letter of an axis."""
        scalars = {n for n, (rank, _) in self.ranks.items() if not self.axes.is_count(n)}
        taken = {*scalars, *self.names.scope.names}
        try:
            return self.axes.letter(place, taken, set(self.names.scope.dims))
        except ValueError as error:
            raise self.error(node, f"{error}; declare the names, as in o: real[K]") from None

    def check_words(self, node: tree.Factors, bound: Bound) -> None:
        """Three letters side by side of which one is not declared may be a word."""
        run: list[tree.Node] = []
        for _, part in node.factors:
            run = [*run, part] if run and run[-1].end == part.start else [part]
            run = run if _letter(part) else []
            if len(run) > 2 and any(self.open_names(p, bound) for p in run):
                word = "".join(map(_letter, run))
                raise self.error(run[0], f"{word} may be a word or a product; write "
                                 f"\\mathrm{{{word}}} for a name, or declare the letters")

    def letters_of(self, body: tree.Node) -> None:
        """Notes letters that some operator binds, and names with letters as subscripts."""
        self.runs = set()
        for part in body.walk():
            if isinstance(part, tree.Big):
                self.runs |= {n for symbol in bound_symbols(part) for n in all_names(symbol)}
                if not part.binders and not part.where:
                    self.runs |= self.free_letters(part.body)
            if isinstance(part, tree.Scripted) and isinstance(part.base, tree.Symbol) and not all(
                    isinstance(p, tree.Number) for p in self.subscripts(part)):
                self.lettered.add(all_names(part.base)[0])

    def check_prime(self, left: tree.Node, right: tree.Node, bound: Bound) -> None:
        """A prime before another factor may be the sign of a transpose."""
        base = left.base if isinstance(left, tree.Scripted) and left.power is None else left
        if isinstance(base, tree.Symbol) and base.primes and self.open_names(left, bound) and \
                isinstance(right, (tree.Symbol, tree.Scripted)):
            name = all_names(base)[0]
            raise self.error(left, "this may be a name or a transposed array; declare "
                             f"{name}: real or {base.name}: real[K]")

    def free_letters(self, body: tree.Node) -> set[str]:
        """Letters that are subscripts in the body of a sum without an index."""
        parts = [p for part in body.walk() if isinstance(part, tree.Scripted)
                 for p in self.subscripts(part) if isinstance(p, tree.Symbol) and not p.word]
        return {n for p in parts for n in all_names(p) if not self.names.known(n)}

    def check_mean(self, node: tree.Symbol) -> None:
        """A bar over an array may be the mean of it."""
        if not node.sign.startswith(("\\bar", "\\overline")):
            return
        name, plain = all_names(node)[0], all_names(node)[0].removesuffix("_bar")
        if plain in self.lettered or isinstance(self.names.scope.names.get(plain), Tensor):
            raise self.error(node, f"{name} may be the mean of {plain} or a number of its own; "
                             f"write the mean as \\frac1n\\sum_i {plain}_i, or declare "
                             f"{name}: real")

    def is_matrix(self, node: tree.Node) -> bool:
        """Whether a part is the name of a declared matrix."""
        known = self.declared(node, ()) if isinstance(node, tree.Symbol) else None
        return known is not None and len(known[2]) == 2

    def of_vector(self, node: tree.Applied) -> bool:
        known = self.names.scope.functions.get(node.function)
        return (known is not None and known.takes_vector) or (
            node.function in ("max", "min", "argmax") and len(node.arguments) == 1)


def _letter(node: tree.Node) -> str:
    """The letter of a plain one, perhaps with scripts; "" for other parts."""
    base = node.base if isinstance(node, tree.Scripted) else node
    plain = isinstance(base, tree.Symbol) and base.end - base.start == 1 and base.sign.isalpha()
    return base.sign if plain and isinstance(base, tree.Symbol) else ""
