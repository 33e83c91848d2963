"""Which declared name a symbol of LaTeX stands for, and which of its subscripts are left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from sympy import Expr

from derive.core.atoms import Tensor
from derive.errors import NotationError
from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in import tree
from derive.notation.latex_in.tokens import fail
from derive.notation.reading.scope import Scope


@dataclass
class Names:
    """The names of a scope, with the indices bound around a place.

    `meanings` are names for symbols as given by the caller, by their usual name.
    """

    text: str
    scope: Scope
    meanings: Mapping[str, str] = field(default_factory=dict)
    bound: dict[str, Expr] = field(default_factory=dict)
    free: dict[str, Expr] = field(default_factory=dict)  # free indices found on the way

    def known(self, name: str) -> bool:
        """Whether a name is bound, declared or a dimension."""
        return name in self.bound or name in self.scope.names or name in self.scope.dims \
            or name in self.free

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
        spelled = words.function_words(functions)
        if symbol.sign in spelled:
            return spelled[symbol.sign]
        return symbol.sign if symbol.sign in functions else ""

    def resolve(self, symbol: tree.Symbol, below: tree.Nodes) -> tuple[str, tree.Nodes]:
        """The name that a symbol with subscripts stands for, and the subscripts left over.

        Raises NotationError where there is none, or more than one way to read it.
        """
        ways: list[tuple[str, tree.Nodes]] = []
        for count in range(len(below) + 1):
            for name in candidates(symbol, below[:count]):
                name = self.meanings.get(name, name)
                rest = below[count:]
                if self.known(name) and (name, rest) not in ways:
                    ways.append((name, rest))
        fitting = [w for w in ways if not w[1] or self.takes_subscripts(w[0])]
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

    def takes_subscripts(self, name: str) -> bool:
        """Whether a name is that of an array."""
        return name not in self.bound and isinstance(self.scope.names.get(name), Tensor)

    def what(self, name: str) -> str:
        """What a name is, for an error."""
        if name in self.bound:
            return "an index"
        return "a dimension" if name in self.scope.dims else str(self.scope.names[name].detail)

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
                 for joint in (("", "_") if spelling.isdigit() else ("_",))][:64]
    for name in all_names(symbol):
        for tail in tails:
            yield name + tail


def _spelled(part: tree.Node) -> Iterator[str]:
    """How a subscript may be spelled within a name."""
    if isinstance(part, tree.Number) and part.text.isdigit():
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
