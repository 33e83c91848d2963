"""How a file shows that a derivative, put together from its parts, is the printed result."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from sympy import Expr

from derive.core import heads
from derive.proofs.coq_names import coq_functions
from derive.proofs.coq_terms import TermWriter
from derive.proofs.exponent_basis import split_exponents
from derive.proofs.sum_splits import Split
from derive.proofs.theorem_statement import Parameter

_COMPARISON = re.compile(r"Rmax|Rmin|Rabs|sgn|if ")


@dataclass(frozen=True)
class EqualityScript:
    """What the tactics of an equality need to know of its two sides.

    `writer` has written both sides, `sums` are the splits of the sums in them, `known` those of the
    sums in conditions.
    """

    writer: TermWriter
    parameters: Sequence[Parameter]
    sums: Sequence[Split] = ()
    known: Sequence[Split] = ()

    @property
    def binary(self) -> list[str]:
        """The names that are 0 or 1."""
        return [p.name for p in self.parameters
                if p.hypotheses == (f"{p.name} = 0 \\/ {p.name} = 1",)]

    @property
    def _has_any_functions(self) -> bool:
        """Whether functions occur of which a few facts are known alone."""
        return any("slope" in coq_functions()[name] for name in self.writer.functions)

    def derivative(self) -> list[str]:
        """The lines of a proof that a function has a derivative."""
        return [*(["largest_known."] if self.writer.picks else []), *self._known(), *self._cases()]

    def _known(self) -> list[str]:
        """What is known of sums, with these split."""
        return [_then("known_too", *_splitting(self.known)) + "; intros."] if self.known else []

    def _cases(self) -> list[str]:
        if self.writer.compares and self.sums:
            return [f"by_cases_of_entries ltac:({self.equality(self.binary, {})})."]
        if not self.writer.compares or not self.binary:
            return [f"by_cases ltac:({self.equality(self.binary, {})})."]
        cases = [dict(zip(self.binary, values, strict=True))
                 for values in product("01", repeat=len(self.binary))]
        return [*(f"all: destruct_binary {name}." for name in self.binary),
                *(f"- by_cases ltac:({self.equality((), values)})." for values in cases)]

    def equality(self, binary: Sequence[str], values: Mapping[str, str]) -> str:
        """The tactics that show that both sides are equal, where some names have values."""
        def put(text: str) -> str:
            return re.sub(r"\b\w+\b", lambda name: values.get(name[0], name[0]), text)

        splits = list(self._exponents(put))
        exact = "; ".join(f"exponent ({text}) ({terms})" for text, terms in splits)
        like = "".join(f"exponent_like ({text}) ({terms}); " for text, terms in splits)
        unfold = " ".join(self.writer.unfolded)
        powers = "; ".join(f"try rewrite (exp_ln {put(base)}) by pos"
                           for base in self.writer.bases)
        squares = " ".join(f"(binary_square {name} ltac:(assumption))" for name in binary)
        instances = "instances; " if self.sums else ""
        field = f"intros; {instances}field{f' [{squares}]' if squares else ''}; nonzeros"
        ways = " | ".join(self._ways(like + powers + ("; " if powers else ""), field))
        last = [f"cbv beta delta [{unfold}] in *", exact] if unfold else []
        end = _then(*last, powers, f"first [{ways}]")
        if unfold and self._has_any_functions:
            end = f"first [solve [one_argument; fractions_in_logs; alike; {field}] | {end}]"
        elif unfold and (self.sums or self.writer.bases):
            end = f"first [solve [{field}] | {end}]"
        return _then(*self._beginning(), exact, end)

    def _beginning(self) -> list[str]:
        """The steps before anything is compared: cases, sums and powers."""
        writer = self.writer
        picked = "largest_here; " if writer.picks else ""
        roots = "under_roots; " if writer.roots and self.sums else ""
        chosen = "choices; try solve [contradiction | exfalso; lra]" if writer.chooses else ""
        bases = "one_argument; same_bases; " if writer.bases else ""
        return [f"idtac; at_point; {picked}resolve; literals; {roots}known_too",
                *_splitting(self.sums), picked.rstrip("; "), chosen, f"{bases}powers"]

    def _exponents(self, put: Mapping[str, str] | object) -> Iterator[tuple[str, str]]:
        """Each exponent, and its exponential as a product."""
        assert callable(put)
        logs = {f"ln {base}": heads.apply("log", node)
                for base, node in self.writer.bases.items()}
        exponents: dict[str, Expr] = {**logs, **self.writer.exponents}
        for text, parts in split_exponents(exponents, list(logs)):
            if not _COMPARISON.search(text):
                yield put(text), " * ".join(
                    f"{'/ ' if times < 0 else ''}exp ({put(base)})"
                    for base, times in parts for _ in range(abs(times))) or "1"

    def _ways(self, like: str, field: str) -> Iterator[str]:
        """The ways to end, the quickest first."""
        yield field
        yield f"alike; {like}alike; {field}"
        if "log" in self.writer.functions:
            yield f"fractions_in_logs; alike; {field}"
        if self.writer.exponents:
            yield f"exp_sums; alike; {field}"
        if self.writer.roots:
            yield f"alike; roots; {field}"
            yield f"alike; squares_of_roots; {field}"
        if self.sums or self.writer.deltas:
            yield f"same_sums; {field}"
            yield f"deltas; same_sums; {field}"
            yield f"deltas; same_sums; alike; {like}alike; {field}"
        if self.writer.compares:
            yield f"intros; signs; first [{field} | alike; {like}{field}]"
            yield f"ties; {field}"
            yield "facts; nra"


def _splitting(sums: Sequence[Split]) -> list[str]:
    """The tactics that split sums: those whose terms are alike at once, then the others."""
    if not sums:
        return []
    splits = ";\n      ".join(split.tactic for split in sums)
    return [f"(let splits point :=\n      ({splits}) in splits quickly; splits pointwise)",
            "simplex; same_deltas"]


def _then(*tactics: str) -> str:
    """Tactics after one another."""
    return ";\n    ".join(filter(None, tactics))
