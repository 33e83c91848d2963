"""The parameters of a distribution as a model boosts them: on unconstrained scales."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from derive.calculus.gradient.gradient import grad
from derive.errors import KernelError
from derive.notation.printing.plain import plain
from derive.tables.distribution_table import Distribution, Link, links

_DECLARED = re.compile(r"\s*([^:]+):\s*(\w+)(?:\((\w+)\))?(?:\[(\w+)\])?\s*\Z")


@dataclass(frozen=True)
class Parameter:
    """A parameter of a distribution, and what a model puts out for it.

    `inner` is the name on the unconstrained scale, `dim` the letter of a vector's length, `tied`
    marks probabilities that sum to 1: one of their scores stays 0.
    """

    name: str
    domain: str
    dim: str
    link: Link | None
    inner: str
    tied: bool = False

    @property
    def size(self) -> str:
        """How many numbers it takes."""
        return f"{self.dim} - 1" if self.tied else self.dim or "1"

    @property
    def starts(self) -> str:
        """The name of the values from which a fit starts."""
        if self.dim:
            return f"*[(0.0,)] * ({self.size})"
        return {"real": "real", "probability": "(0.0, -2.0, 2.0)"}.get(self.domain, "positive")

    @property
    def inverse(self) -> str:
        """The parameter in terms of the unconstrained one."""
        return re.sub(r"\bz\b", self.inner, self.link.inverse) if self.link else self.inner


def declarations(lines: Iterable[str]) -> list[str]:
    """The lines that declare names, without conditions."""
    return [line for line in lines if ":" in line]


def names_declared(lines: Iterable[str]) -> tuple[str, ...]:
    """The names that lines declare."""
    return tuple(name for line in declarations(lines) for name in declared(line)[0])


def binding(law: Distribution) -> set[str]:
    """The parameters that bound the observations."""
    conditions = " ".join(line for line in law.observed if ":" not in line)
    return {n for n in names_declared(law.given) if re.search(rf"\b{n}\b", conditions)}


def refuse(law: Distribution, bound: set[str]) -> None:
    """Raises KernelError for a distribution that no model of the conditional law can fit."""
    names = names_declared(law.given)
    if law.likelihood:
        raise KernelError(f"{law.name} has a likelihood of all rows at once; NGBoost scores "
                          "each row alone")
    if law.censored:
        raise KernelError(f"{law.name} has two labels, a time and whether the event was seen; "
                          "a distribution for NGBRegressor has one: take NGBSurvival with a "
                          "distribution of NGBoost's own")
    if bound == set(names):
        raise KernelError(f"{law.name}: the support depends on {' and '.join(names)}, and the "
                          "score has no root there; boosting has nothing to follow")
    conditions = [c for c in law.given if ":" not in c]
    if conditions:
        raise KernelError(f"{law.name}: {conditions[0]} ties its parameters together, and "
                          "NGBoost moves each one by itself")


def parameters_of(law: Distribution, bound: set[str]) -> tuple[Parameter, ...]:
    """What a model boosts; a parameter that bounds the observations is fixed."""
    taken = names_declared(law.given)
    parts = [declared(line) for line in declarations(law.given)]
    return tuple(_parameter(name, domain, over, axis, taken)
                 for names, domain, over, axis in parts for name in names if name not in bound)


def declared(line: str) -> tuple[list[str], str, str, str]:
    """The names of a declaration, their domain, what they run over, and their axis."""
    match = _DECLARED.match(line)
    assert match is not None, line
    names, domain, over, axis = match.groups()
    return [n.strip() for n in names.split(",")], domain, over or "", axis or ""


def _parameter(name: str, domain: str, over: str, axis: str, taken: Sequence[str]) -> Parameter:
    if domain == "real":
        return Parameter(name, domain, axis, None, name)
    kind = "positive" if domain == "nonnegative" else domain
    link = next(k for k in links() if not k.unchanged
                and re.match(rf"p:\s*{kind}\b", k.of.strip()))
    inner = f"{link.name}_{name}" if kind != "simplex" else f"{name}_score"
    while inner in taken:
        inner += "_"
    return Parameter(name, domain, over if kind == "simplex" else axis, link, inner,
                     kind == "simplex")


def slope_of(parameter: Parameter, letters: Sequence[str]) -> str:
    """The derivative of a parameter by the unconstrained one; "" where it is 1."""
    if parameter.link is None:
        return ""
    slope = plain(grad(parameter.link.inverse, given=["z: real"], wrt="z").result)
    at = f"[{letters[0]}]" if parameter.dim else ""
    return re.sub(r"\bz\b", f"{parameter.inner}{at}", slope)
