"""Which declared name a symbol of LaTeX stands for, and which of its subscripts are left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from sympy import Expr

from derive.core.atoms import Index, Tensor, Variable
from derive.errors import NotationError
from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in import tree
from derive.notation.latex_in.questions import Questions
from derive.notation.latex_in.token_records import fail
from derive.notation.reading.scope import Scope

_COUNTS = ("n", "m", "d")  # letters that count, rather than run


@dataclass
class Names:
    """The names of a scope, with the indices bound around a place.

    `meanings` are names for symbols as given by the caller, by their usual name; `counts` are
    letters such as n for the length of what they count, `notes` what was assumed on the way.
    """

    text: str
    scope: Scope
    meanings: Mapping[str, str] = field(default_factory=dict)
    bound: dict[str, Expr] = field(default_factory=dict)
    free: dict[str, Expr] = field(default_factory=dict)  # free indices found on the way
    counts: dict[str, Expr] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def known(self, name: str) -> bool:
        """Whether a name is bound, declared or a dimension."""
        return name in self.bound or name in self.scope.names or name in self.free or \
            self.dimension(name) is not None

    def dimension(self, name: str) -> Expr:
        """The dimension that a name stands for, or None."""
        if name in self.scope.names or name in self.bound:
            return None
        return self.scope.dims.get(name, self.counts.get(name))

    def length(self, name: str) -> Expr | None:
        """The dimension N that n stands for as a number (M of m), where nothing else is n."""
        if name not in _COUNTS or self.known(name):
            return None
        return self.scope.dims.get(name.upper())

    def note(self, text: str) -> None:
        """Keeps what was assumed, for the echo."""
        if text not in self.notes:
            self.notes.append(text)

    def applies(self, symbol: tree.Symbol) -> str:
        """The function that a symbol is before a bracket: "" for none, "?" for both."""
        functions = self.scope.functions
        for name in symbol.names:
            if name in functions and functions[name].derived is not None and not self.known(name):
                prefix = {0: "", 1: "d"}.get(symbol.primes, f"d{symbol.primes}")
                return f"{prefix}{name}" if f"{prefix}{name}" in functions else ""
        if symbol.primes:
            return ""
        declared = any(self.known(n) for n in all_names(symbol))
        function = self.function(symbol)
        if declared and function:
            return "" if function in functions and functions[function].takes_vector else "?"
        return function

    def function(self, symbol: tree.Symbol) -> str:
        """The function of the table that a symbol names."""
        functions = self.scope.functions
        if not symbol.word:
            return words.function_signs(functions).get(symbol.sign, "")
        if symbol.sign in words.MATRIX_WORDS and symbol.sign not in functions:
            return words.MATRIX_WORDS[symbol.sign]
        spelled = words.function_words(functions)
        if symbol.sign in spelled:
            return spelled[symbol.sign]
        return symbol.sign if symbol.sign in functions else ""

    def resolve(self, symbol: tree.Symbol, below: tree.Nodes) -> tuple[str, tree.Nodes]:
        """The name that a symbol with subscripts stands for, and the subscripts left over.

        Raises NotationError where there is none, or more than one way to read it.
        """
        ways = self.ways(symbol, below)
        fitting = [w for w in ways if not w[1] or self.takes_subscripts(w[0])]
        complete = [w for w in fitting if not w[1] or all(map(self.may_be_place, w[1]))]
        fitting = complete if len(fitting) > 1 and complete else fitting
        if len(set(fitting)) == 1:
            return fitting[0]
        if len(fitting) > 1:
            listed = " or ".join(dict.fromkeys(w[0] for w in fitting))
            raise self.error(symbol, f"this may be read as {listed}, which are both declared")
        if ways:
            raise self.error(below[0], f"{ways[0][0]} is {self.what(ways[0][0])} and takes no "
                             "subscript; declare an array, as in "
                             f"{ways[0][0]}: real[K]")
        raise self.unknown(symbol, below)

    def questions(self, heads: frozenset[object] = frozenset()) -> Questions:
        """What the reader asks of these names."""
        return Questions(self.applies, self.named, self.is_array, self.is_declared,
                         self.rank, self.is_value, heads)

    def named(self, name: str) -> bool:
        """Whether a name is declared, or stands for a declared one."""
        return self.known(name) or name in self.meanings

    def is_array(self, symbol: tree.Symbol) -> bool:
        """Whether a symbol is the name of an array."""
        return any(self.takes_subscripts(self.meanings.get(n, n)) for n in all_names(symbol))

    def rank(self, symbol: tree.Symbol) -> int:
        """How many axes the array of a symbol has; 0 for what is none."""
        leaves = [self.scope.names.get(self.meanings.get(n, n)) for n in all_names(symbol)]
        return next((len(x.kind.shape) for x in leaves if isinstance(x, Tensor)), 0)

    def is_declared(self, symbol: tree.Symbol, below: tree.Nodes) -> bool:
        """Whether a symbol with subscripts is a declared name, or an element of one."""
        try:
            self.resolve(symbol, below)
        except NotationError:
            return False
        return True

    def is_value(self, symbol: tree.Symbol) -> bool:
        """Whether a symbol is declared, and neither an index nor a label."""
        for name in all_names(symbol):
            leaf = self.scope.names.get(self.meanings.get(name, name))
            if isinstance(leaf, Index):
                return False
            if leaf is not None:
                return not (isinstance(leaf, Variable) and leaf.kind.over is not None)
        return any(self.dimension(n) is not None for n in all_names(symbol))

    def unturned(self, symbol: tree.Symbol, below: tree.Nodes) -> tree.Symbol:
        """The symbol without the prime that transposes it."""
        return replace(symbol, primes=0) if self.turned(symbol, below) else symbol

    def turned(self, symbol: tree.Symbol, below: tree.Nodes) -> bool:
        """Whether a prime at a symbol transposes it: X' where X is an array and no X' declared."""
        if not symbol.primes:
            return False
        plain = replace(symbol, primes=0)
        if any(self.known(n) for n in all_names(symbol)) or symbol.primes > 1:
            return False
        try:
            name, rest = self.resolve(plain, below)
        except NotationError:
            return False
        leaf = self.scope.names.get(name)
        return isinstance(leaf, Tensor) and len(leaf.kind.shape) > len(rest)

    def takes_subscripts(self, name: str) -> bool:
        """Whether a name is that of an array."""
        return name not in self.bound and isinstance(self.scope.names.get(name), Tensor)

    def what(self, name: str) -> str:
        """What a name is, for an error."""
        if name in self.bound:
            return "an index"
        leaf = self.scope.names.get(name)
        return "a dimension" if leaf is None else str(leaf.detail)

    def ways(self, symbol: tree.Symbol, below: tree.Nodes) -> list[tuple[str, tree.Nodes]]:
        """The known names that a symbol with subscripts may be, each with the subscripts left."""
        ways: list[tuple[str, tree.Nodes]] = []
        for count in range(len(below) + 1):
            for name in candidates(symbol, below[:count]):
                name = self.meanings.get(name, name)
                if self.known(name) and (name, below[count:]) not in ways:
                    ways.append((name, below[count:]))
        return ways

    def may_be_place(self, node: tree.Node) -> bool:
        """Whether a subscript may be a place in an array: no letter that nothing declares."""
        return self.scope.free_indices or not isinstance(node, tree.Symbol) or any(
            self.known(n) for n in all_names(node))

    def unknown(self, symbol: tree.Symbol, below: tree.Nodes) -> NotationError:
        """The error for a symbol that nothing is declared for."""
        name = all_names(symbol)[0]
        if self.function(symbol):
            return self.error(symbol, f"{symbol.sign} is a function where it is applied; write "
                              f"{symbol.sign}(…), or declare {name}: real")
        known = [*self.bound, *self.scope.names, *self.scope.dims]
        near = get_close_matches(name, known, 1, 0.7)
        listed = ", ".join(known[:12]) + ", …" * (len(known) > 12)
        hint = f"did you mean {near[0]}?" if near else \
            f"declared are {listed}." if known else "nothing is declared."
        form = f"{name}: real" + (f"[{', '.join('KLMN'[: len(below)])}]" if below else "")
        return self.error(symbol, f"unknown name {name!r}; {hint} Declare it, as in {form}")

    def unknown_call(self, call: tree.Call) -> NotationError:
        """The error for a function that nothing in the text defines."""
        symbol = call.base.base if isinstance(call.base, tree.Scripted) else call.base
        name = all_names(symbol)[0] if isinstance(symbol, tree.Symbol) else "this function"
        written = self.text[call.start : call.end]
        return self.error(call, f"what {name} is here is not known; write its definition beside "
                          f"the formula, as in {written} = …")

    def error(self, node: tree.Node, message: str) -> NotationError:
        """An error at a part of the formula."""
        return fail(self.text, node.start, node.end, message)


def all_names(symbol: tree.Symbol) -> tuple[str, ...]:
    """The names of a symbol, with its primes."""
    if not symbol.primes:
        return symbol.names
    tail = "prime" if symbol.primes == 1 else f"prime{symbol.primes}"
    return tuple(f"{n}{joint}{tail}" for joint in ("_", "") for n in symbol.names)


def candidates(symbol: tree.Symbol, below: tree.Nodes) -> Iterator[str]:
    """The names that a symbol with these subscripts may be declared by."""
    tails = [""]
    for part in below:
        spelled = list(_spelled(part))
        if not spelled:
            return
        tails = [tail + joint + spelling for tail in tails for spelling in spelled
                 for joint in (("", "_") if spelling.isdecimal() else ("_",))][:64]
    for name in all_names(symbol):
        for tail in tails:
            yield name + tail


def _spelled(part: tree.Node) -> Iterator[str]:
    """How a subscript may be spelled within a name."""
    if isinstance(part, tree.Number) and part.text.isdecimal():
        yield part.text
    elif isinstance(part, tree.Symbol):
        yield from all_names(part)
    elif isinstance(part, tree.Bracket) and part.kind == "{" and len(part.items) == 1:
        yield from _spelled(part.items[0])
    elif isinstance(part, tree.Scripted) and isinstance(part.base, tree.Symbol) and \
            part.power is part.step is None:
        yield from candidates(part.base, part.below)
    elif isinstance(part, tree.Factors):
        texts = [next(_spelled(factor), "") for _, factor in part.factors]
        if all(not sign and len(t) == 1 for (sign, _), t in zip(part.factors, texts, strict=True)):
            yield "".join(texts)
