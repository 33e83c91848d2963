"""The text of a model while it is put together: its lines, and names that are not taken."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from derive.errors import ModelError
from derive.notation.reading.declaration_lines import ROLES

NAME = re.compile(r"[^\W\d]\w*")


@dataclass
class ComposedText:
    """Declarations and equations, with the names of roles and dimensions."""

    given: list[str] = field(default_factory=list)
    equations: list[str] = field(default_factory=list)
    roles: dict[str, str] = field(default_factory=dict)  # of data: the role, and its name
    sizes: dict[str, str] = field(default_factory=dict)  # of dimensions: K, and its name

    def names(self) -> set[str]:
        return {n for line in (*self.given, *self.equations) for n in NAME.findall(line)}

    def free(self, *candidates: str) -> str:
        """The first of some names that is not used yet."""
        return numbered(self.names(), *candidates)

    def role(self, word: str, taken: set[str], *candidates: str) -> str:
        """The name of data of a role: the usual one, where the user has no such name."""
        usual = ROLES[word]
        self.roles[word] = name = numbered(taken, usual, *candidates)
        if name != usual:
            self.given.append(f"{word} {name}")
        return name


def numbered(taken: set[str], *candidates: str) -> str:
    """The first of some names that is not taken; the first with a number, if all are."""
    numbered = (f"{candidates[0]}_{k}" for k in range(2, 99))
    return next(n for n in (*candidates, *numbered) if n not in taken)


def renamed(text: str, naming: dict[str, str]) -> str:
    """A text with names replaced."""
    return NAME.sub(lambda m: naming.get(m.group(), m.group()), text)


def with_time(kind: str) -> str:
    """A type with an axis for time in front: real[K] as real[T, K], label(K) as label(K)[T]."""
    if "[" in kind:
        return kind.replace("[", "[T, ", 1)
    return f"{kind}[T]"


def head_output(text: ComposedText, name: str, kind: str, hidden: Sequence[str],
                read: tuple[str, ...], several: bool, last: bool) -> str:
    """Adds what the network computes for the loss: an affine function of the last layer.

    `hidden` are the names of its outputs, with the axes `read` beside time.
    """
    step, place = ("", "[T-1]") if last else ("[t]", "[t]")
    tail = f"_{name}"
    bias = text.free(f"c{tail}") if several else text.free("c", f"c{tail}")
    weight = text.free(f"V{tail}") if several else text.free("V", f"V{tail}")
    own = name if name not in text.names() else text.free(f"{name}_out")
    axes = [a.strip() for a in kind.partition("[")[2].rstrip("]").split(",") if a.strip()]
    terms = [bias]
    text.given.append(f"{bias}: {kind}")
    for n, state in enumerate(hidden):
        here = weight if n == 0 else f"{weight}_back"
        shape = ", ".join((*axes, *read))
        text.given.append(f"{here}: real{f'[{shape}]' if shape else ''}")
        at = "[0]" if place == "[T-1]" and n else place
        terms.append(_product(here, f"{state}{at}", len(axes), read))
    text.equations.append(f"{own}{step} = {' + '.join(terms)}")
    return f"{own}{step}"


def _product(weight: str, state: str, axes: int, read: tuple[str, ...]) -> str:
    """The product of a weight, with so many axes of its own, and a state with others."""
    if not read:
        return f"{weight}*{state}"
    if len(read) == 1:
        return f"{weight} @ {state}" if axes else f"dot({weight}, {state})"
    if not axes:
        return f"sum({weight}*{state})"
    raise ModelError(f"the output of the cell has {len(read)} axes beside time; add an equation "
                     "that makes a vector of it, such as g[t, j] = sum(C[t, j, k] for k in K)")
