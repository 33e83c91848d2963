"""The declarations that a formula makes certain: arrays over what their indices run over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from derive.errors import NotationError
from derive.functions.function_records import standard_functions
from derive.notation.latex_in import tree
from derive.notation.latex_in.display_rows import read_rows
from derive.notation.latex_in.indices import is_delta, linear
from derive.notation.latex_in.names import Names, all_names
from derive.notation.latex_in.symbols import split_letters
from derive.notation.reading.scope import Scope

Place = tuple[str, int]  # an axis of a name; an index or label is the axis 0 of its own
_FONTS = ("\\mathbf", "\\boldsymbol", "\\bm", "\\vec", "\\pmb")
_ADVICE = "declare it, as in o: real[K]"


def infer_declarations(text: str) -> tuple[str, ...]:
    """Declarations of a formula without any, as lines of the notation.

    A name with subscripts is an array of real numbers, a subscript that nothing binds is a label,
    other names are real numbers; an index k runs over K where no upper bound tells.
    Raises NotationError at what is not certain, with what to declare.
    """
    rows = read_rows(text, Names(text, Scope()).applies, lambda _: False)
    if len(rows) != 1:
        raise NotationError("declarations are found for a single formula; declare the names, as in "
                            "o: real[K]", text, 1)
    entry = _Inference(text)
    for side in rows[0].sides[-1:]:
        entry.visit(side, {})
    return entry.lines()


@dataclass
class _Inference:
    """What is found in a formula: ranks of names, and which axes are the same."""

    text: str
    ranks: dict[str, tuple[int, tree.Node]] = field(default_factory=dict)
    labels: dict[str, tree.Node] = field(default_factory=dict)
    same: dict[Place, Place] = field(default_factory=dict)
    letters: dict[Place, str] = field(default_factory=dict)
    uppers: set[str] = field(default_factory=set)
    binders: int = 0

    def error(self, node: tree.Node, message: str) -> NotationError:
        return Names(self.text, Scope()).error(node, message)

    def visit(self, node: tree.Node, bound: dict[str, Place]) -> None:
        """Takes in a part of the formula; `bound` are the indices around it."""
        _READERS.get(type(node), _Inference.parts)(self, node, bound)

    def parts(self, node: tree.Node, bound: dict[str, Place]) -> None:
        for child in node.children():
            self.visit(child, bound)

    def uncertain(self, node: tree.Node, _bound: dict[str, Place]) -> None:
        raise self.error(node, f"what stands here is not certain; {_ADVICE}")

    def bars(self, node: tree.Bars, bound: dict[str, Place]) -> None:
        (self.uncertain if node.kind == "norm" else self.parts)(node, bound)

    def factors(self, node: tree.Factors, bound: dict[str, Place]) -> None:
        self.check_calls(node)
        self.parts(node, bound)

    def applied(self, node: tree.Applied, bound: dict[str, Place]) -> None:
        if not self.of_vector(node):
            self.parts(node, bound)
            return
        for argument in node.arguments:
            self.vector(argument, node.below, bound)

    def check_calls(self, node: tree.Factors) -> None:
        """A letter before a bracket may be a function."""
        for (_, left), (sign, right) in zip(node.factors, node.factors[1:], strict=False):
            if sign == "" and right.start == left.end and isinstance(left, tree.Symbol) and \
                    isinstance(right, tree.Bracket):
                raise self.error(left, f"{all_names(left)[0]} may be a variable or a function; "
                                 f"declare it, as in {all_names(left)[0]}: real")

    def of_vector(self, node: tree.Applied) -> bool:
        known = standard_functions().get(node.function)
        return (known is not None and known.takes_vector) or (
            node.function in ("max", "min", "argmax") and len(node.arguments) == 1)

    def big(self, node: tree.Big, bound: dict[str, Place]) -> None:
        """Binds the indices of a big operator."""
        inner = dict(bound)
        for part in node.binders:
            symbol = part.items[0] if isinstance(part, tree.Comparison) else part
            if not isinstance(symbol, tree.Symbol):
                raise self.error(part, f"which index runs is not certain; {_ADVICE}")
            self.binders += 1
            name = all_names(symbol)[0]
            place = (f"{name}\u00b7{self.binders}", 0)
            inner[name] = place
            letter = name[0].upper() if len(name) == 1 or "_" in name else ""
            upper = linear(node.upper)[0]
            if isinstance(upper, tree.Symbol):
                letter = all_names(upper)[0]
                self.uppers.add(letter)
                if not letter[0].isupper():
                    raise self.error(upper, "a dimension is a capital letter; declare the arrays")
            elif node.upper is not None:
                raise self.error(node.upper, f"{_ADVICE.replace('it', 'the arrays', 1)}")
            if isinstance(part, tree.Comparison) and part.relations == ("!=",):
                self.place(part.items[1], place, inner)
            elif isinstance(part, tree.Comparison) and part.relations != ("==",):
                raise self.error(part, f"what the index runs over is not certain; {_ADVICE}")
            self.letters[self.root(place)] = letter
        for where in node.where:
            self.visit(where, inner)
        self.visit(node.body, inner)

    def scripted(self, node: tree.Scripted, bound: dict[str, Place]) -> None:
        """Takes in a name with subscripts."""
        if node.power is not None:
            self.visit(node.power, bound)
        below = tuple(p for b in node.below for p in split_letters(b))
        parts = (*((node.step,) if node.step is not None else ()), *below)
        if is_delta(node):
            self.join(node, below, bound)
        elif isinstance(node.base, tree.Applied) and self.of_vector(node.base):
            for argument in node.base.arguments:
                self.vector(argument, node.below, bound)
        elif not parts:
            self.visit(node.base, bound)
        elif not isinstance(node.base, tree.Symbol):
            raise self.error(node, f"what stands here is not certain; {_ADVICE}")
        elif all(isinstance(p, tree.Symbol) and p.word for p in parts):
            raise self.error(node, "a name with a word below; declare it, as in p_model: real")
        else:
            name = all_names(node.base)[0]
            self.rank(name, len(parts), node)
            for axis, part in enumerate(parts):
                self.place(part, (name, axis), bound)

    def vector(self, node: tree.Node, below: tree.Nodes, bound: dict[str, Place]) -> None:
        """Takes in an argument of a function of whole vectors."""
        if not isinstance(node, tree.Symbol):
            raise self.error(node, f"a single name was expected here; {_ADVICE}")
        name = all_names(node)[0]
        self.rank(name, 1, node)
        for part in below:
            self.place(part, (name, 0), bound)

    def scalar(self, node: tree.Symbol, bound: dict[str, Place]) -> None:
        name = all_names(node)[0]
        if node.sign in ("\\pi", "e"):
            return
        if name in bound:
            raise self.error(node, "an index as a number; declare the arrays, as in o: real[K]")
        if any(font in self.text[node.start : node.end] for font in _FONTS):
            raise self.error(node, f"{name} is a vector or a matrix; declare {name}: real[K]")
        self.rank(name, 0, node)

    def compared(self, node: tree.Indicator | tree.Comparison, bound: dict[str, Place]) -> None:
        parts = node.parts if isinstance(node, tree.Indicator) else node.items
        if isinstance(node, tree.Indicator) and len(parts) == 1:
            self.visit(parts[0], bound)
        elif len(parts) == 2 and any(self.is_index(p, bound) for p in parts):
            self.join(node, parts, bound)
        else:
            for part in parts:
                self.visit(part, bound)

    def is_index(self, node: tree.Node, bound: dict[str, Place]) -> bool:
        start = linear(node)[0]
        return isinstance(start, tree.Symbol) and (all_names(start)[0] in bound
                                                   or all_names(start)[0] in self.labels)

    def join(self, node: tree.Node, parts: tree.Nodes, bound: dict[str, Place]) -> None:
        """Two indices that are compared run over the same."""
        if len(parts) != 2:
            raise self.error(node, "a delta or indicator compares two indices; declare the names")
        self.binders += 1
        for part in parts:
            self.place(part, (f"\u00b7{self.binders}", 0), bound)

    def place(self, node: tree.Node, axis: Place, bound: dict[str, Place]) -> None:
        """A subscript at an axis."""
        start = linear(node)[0]
        if isinstance(start, tree.Scripted) and isinstance(start.base, tree.Symbol):
            raise self.error(start, "a label of an array; declare it, as in y: label(K)[T]")
        if not isinstance(start, tree.Symbol) or isinstance(node, tree.Number):
            raise self.error(node, f"what is counted here is not certain; {_ADVICE}")
        name = all_names(start)[0]
        if name in bound:
            self.unite(bound[name], axis)
            return
        if name in self.ranks:
            raise self.error(start, f"{name} is a number and a subscript; declare it")
        self.labels.setdefault(name, start)
        self.unite((name, 0), axis)

    def rank(self, name: str, rank: int, node: tree.Node) -> None:
        known = self.ranks.setdefault(name, (rank, node))[0]
        if known != rank or name in self.labels:
            raise self.error(node, f"{name} is used in more than one way; {_ADVICE}")

    def root(self, place: Place) -> Place:
        while place in self.same:
            place = self.same[place]
        return place

    def unite(self, left: Place, right: Place) -> None:
        left, right = self.root(left), self.root(right)
        if left == right:
            return
        letter = self.letters.get(left) or self.letters.get(right) or ""
        self.same[right] = left
        self.letters[left] = letter

    def lines(self) -> tuple[str, ...]:
        """The declarations, in the order of the names in the formula."""
        kinds: dict[str, list[str]] = {}
        ranks = {n: entry for n, entry in self.ranks.items() if entry[0] or n not in self.uppers}
        for name, (rank, node) in ranks.items():
            axes = [self.dimension((name, axis), node) for axis in range(rank)]
            kinds.setdefault("real" + (f"[{', '.join(axes)}]" if axes else ""), []).append(name)
        for name, node in self.labels.items():
            kinds.setdefault(f"label({self.dimension((name, 0), node)})", []).append(name)
        return tuple(f"{', '.join(names)}: {kind}" for kind, names in kinds.items())

    def dimension(self, place: Place, node: tree.Node) -> str:
        root = self.root(place)
        taken = {*self.ranks, *self.letters.values()} - self.uppers
        letter = self.letters.get(root) or next(c for c in "KLMNHDJ" if c not in taken)
        self.letters[root] = letter
        if self.ranks.get(letter, (0,))[0] or (letter in self.ranks and letter not in self.uppers):
            raise self.error(node, f"what the subscripts here run over is not certain; {_ADVICE}")
        twice = [p for p, known in self.letters.items()
                 if known == letter and self.root(p) == p and p != root]
        if twice:
            raise self.error(node, f"two different ranges would be called {letter}; declare the "
                             "names, as in o: real[K]")
        return letter


_READERS: dict[type, Callable[[_Inference, Any, dict[str, Place]], None]] = {
    tree.Big: _Inference.big, tree.Scripted: _Inference.scripted, tree.Symbol: _Inference.scalar,
    tree.Indicator: _Inference.compared, tree.Comparison: _Inference.compared,
    tree.Transposed: _Inference.uncertain, tree.Derivative: _Inference.uncertain,
    tree.Bars: _Inference.bars, tree.Factors: _Inference.factors, tree.Applied: _Inference.applied,
}
