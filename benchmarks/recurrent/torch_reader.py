"""The text of a model read by Python's ast and computed with PyTorch, one sequence at a time.

It shares no code with the package: PyTorch's own autograd gives the gradients to judge by.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

import torch

_EQUATION = re.compile(r"\s*(\w+)\s*(?:\[([^\]]*)\])?\s*=(?!=)\s*(.*)")
_DECLARED = re.compile(r"\s*([\w\s,]+):\s*([a-z]+)\s*(?:\((\w+)\))?\s*(?:\[([^\]]*)\])?\s*$")


def _stack(values: Any) -> Any:
    return values if isinstance(values, torch.Tensor) else \
        torch.stack([torch.as_tensor(v, dtype=torch.float64) for v in values])


def _tensor(value: Any) -> Any:
    return value if isinstance(value, torch.Tensor) else torch.tensor(float(value),
                                                                      dtype=torch.float64)


def _of_one(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda u: function(_tensor(u))


def _best(sign: int) -> Callable[..., Any]:
    def best(*values: Any) -> Any:
        if len(values) == 2:
            a, b = map(_tensor, values)
            return torch.where(sign*a > sign*b, a, b)
        terms = _stack(values[0]).reshape(-1)
        return terms[int(torch.argmax(sign*terms))]
    return best


def _median(values: Any) -> Any:
    ordered = torch.sort(_stack(values).reshape(-1)).values
    return (ordered[(len(ordered) - 1)//2] + ordered[len(ordered)//2])/2


def _variance(values: Any) -> Any:
    terms = _stack(values)
    return ((terms - terms.mean())**2).mean()


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: _of_one(getattr(torch, name)) for name in (
        "exp", "log", "sqrt", "tanh", "cosh", "sinh", "sin", "cos", "tan", "atan", "asinh",
        "sigmoid", "erf", "abs", "sign", "log1p", "expm1", "exp2", "square", "atanh", "asin",
        "acos", "digamma")},
    "softplus": _of_one(lambda u: torch.logaddexp(u, torch.zeros_like(u))),
    "logsigmoid": _of_one(torch.nn.functional.logsigmoid),
    "silu": _of_one(lambda u: u*torch.sigmoid(u)), "relu": _of_one(lambda u: torch.clamp(u, min=0)),
    "gelu": _of_one(lambda u: u*torch.special.ndtr(u)), "Phi": _of_one(torch.special.ndtr),
    "mish": _of_one(lambda u: u*torch.tanh(torch.logaddexp(u, torch.zeros_like(u)))),
    "loggamma": _of_one(torch.lgamma), "besseli0e": _of_one(torch.special.i0e),
    "hardtanh": _of_one(lambda u: torch.clamp(u, -1, 1)),
    "leaky_relu": lambda u, a: torch.where(_tensor(u) > 0, u, a*u),
    "elu": lambda u, a: torch.where(_tensor(u) > 0, _tensor(u), a*torch.expm1(_tensor(u))),
    "clip": lambda u, low, high: torch.clamp(_tensor(u), float(low), float(high)),
    "softmax": lambda u: torch.softmax(_stack(u), -1),
    "log_softmax": lambda u: torch.log_softmax(_stack(u), -1),
    "logsumexp": lambda u: torch.logsumexp(_stack(u), -1),
    "dot": lambda u, v: (u*v).sum(), "norm": lambda u: torch.sqrt((_stack(u)**2).sum()),
    "sum": lambda u: _stack(u).sum(), "mean": lambda u: _stack(u).mean(), "var": _variance,
    "std": lambda u: torch.sqrt(_variance(u)), "median": _median,
    "prod": lambda u: torch.prod(_stack(u)), "max": _best(1), "min": _best(-1),
    "argmax": lambda u: int(torch.argmax(_stack(u))),
    "argmin": lambda u: int(torch.argmin(_stack(u))),
    "concat": lambda *u: torch.cat([_stack(v).reshape(-1) for v in u]),
    "outer": lambda u, v: u[:, None]*v[None, :]}


class TorchModel:
    """A model's text with the sizes of its dimensions, time T apart."""

    def __init__(self, text: str, sizes: Mapping[str, int]) -> None:
        self.sizes = dict(sizes)
        self.shapes: dict[str, list[str]] = {}
        self.kinds: dict[str, tuple[str, str]] = {}  # name → (domain, over)
        self.equations: dict[str, tuple[list[str], ast.expr]] = {}
        self.frozen: set[str] = set()
        self.beyond: dict[tuple[str, bool], ast.expr] = {}  # (name, after the last step) → formula
        lines = [line.partition("#")[0].strip() for line in text.splitlines()]
        for line in filter(None, lines):
            self.read(line)
        self.last = _EQUATION.match(lines[-1])[1]  # type: ignore[index]

    def read(self, line: str) -> None:
        """One declaration, equation or initial value."""
        if line.startswith("init "):
            return
        if line.startswith("frozen "):
            self.frozen.update(name.strip() for name in line.removeprefix("frozen ").split(","))
        elif match := _DECLARED.match(line):
            names, kind, over, axes = match.groups()
            shape = [a.strip() for a in axes.split(",")] if axes else []
            for name in names.split(","):
                self.shapes[name.strip()] = shape
                self.kinds[name.strip()] = (kind, over or "")
        elif match := _EQUATION.match(line):
            name, left, right = match.groups()
            letters = [part.strip() for part in left.split(",")] if left else []
            formula = ast.parse(right.strip(), mode="eval").body
            if letters and (letters[0].startswith("-") or letters[0][0].isupper()):
                self.beyond[name, letters[0][0].isupper()] = formula
            else:
                self.equations[name] = letters, formula

    @property
    def given(self) -> list[str]:
        """The names that no equation defines."""
        return [name for name in self.shapes if name not in self.equations]

    @property
    def parameters(self) -> list[str]:
        """What is learned."""
        return [n for n in self.given if "T" not in self.shapes[n] and self.kinds[n][0] == "real"
                and not n.startswith("y")]

    def shape(self, name: str, steps: int) -> tuple[int, ...]:
        """The lengths of the axes of a name."""
        known = {**self.sizes, "T": steps}
        return tuple(sum(known[part] if part in known else int(part)
                         for part in map(str.strip, axis.split("+"))) for axis in self.shapes[name])

    def loss(self, parameters: Mapping[str, Any], data: Mapping[str, Any], steps: int,
             batch: int) -> Any:
        """The sum of the losses of the sequences; data is (B, T, …) or (B, …)."""
        return sum(_Sequence(self, {**parameters, **{n: v[b] for n, v in data.items()}},
                             steps).name(self.last) for b in range(batch))


class _Sequence:
    """One sequence: formulas by their syntax trees."""

    def __init__(self, model: TorchModel, given: Mapping[str, Any], steps: int) -> None:
        self.model, self.given, self.steps = model, given, steps
        self.done: dict[tuple[str, int | None], Any] = {}

    def name(self, name: str, known: Mapping[str, int] | None = None) -> Any:
        """What a name stands for by itself."""
        if known and name in known:
            return known[name]
        if name == "T":
            return self.steps
        if name in self.model.sizes:
            return self.model.sizes[name]
        if name in self.given:
            return self.given[name]
        letters, _ = self.model.equations[name]
        return torch.stack([self.at(name, t) for t in range(self.steps)]) if letters else \
            self.at(name, None)

    def at(self, name: str, step: int | None) -> Any:
        """The value of an equation at a step, or once a sequence."""
        if (name, step) not in self.done:
            self.done[name, step] = self._at(name, step)
        return self.done[name, step]

    def _at(self, name: str, step: int | None) -> Any:
        letters, formula = self.model.equations[name]
        if step is not None and not 0 <= step < self.steps:
            start = self.model.beyond.get((name, step > 0))
            shape = self.model.shape(name, self.steps)[1:] if name in self.model.shapes else \
                self.at(name, 0).shape
            value = 0. if start is None else self.value(start, {})
            return torch.broadcast_to(_tensor(value), shape)
        known = {letters[0]: step} if letters else {}
        inner = letters[1:]
        if not inner:
            value = _tensor(self.value(formula, known))
            shape = self.model.shape(name, self.steps)[len(letters):] \
                if name in self.model.shapes else value.shape
            return torch.broadcast_to(value, shape)
        lengths = self.model.shape(name, self.steps)[1:]
        values = [_tensor(self.value(formula, {**known, **dict(zip(inner, place, strict=True))}))
                  for place in product(*map(range, lengths))]
        return torch.stack(values).reshape(lengths)

    def value(self, node: ast.expr, known: Mapping[str, int]) -> Any:
        """The value of a formula."""
        return getattr(self, f"of_{type(node).__name__.lower()}")(node, known)

    def of_name(self, node: ast.Name, known: Mapping[str, int]) -> Any:
        return self.name(node.id, known)

    def of_constant(self, node: ast.Constant, known: Mapping[str, int]) -> Any:
        return node.value

    def of_binop(self, node: ast.BinOp, known: Mapping[str, int]) -> Any:
        a, b = self.value(node.left, known), self.value(node.right, known)
        return {ast.Add: lambda: a + b, ast.Sub: lambda: a - b, ast.Mult: lambda: a*b,
                ast.Div: lambda: a/b, ast.Pow: lambda: a**b,
                ast.MatMult: lambda: a @ b}[type(node.op)]()

    def of_unaryop(self, node: ast.UnaryOp, known: Mapping[str, int]) -> Any:
        value = self.value(node.operand, known)
        return not value if isinstance(node.op, ast.Not) else -value

    def of_boolop(self, node: ast.BoolOp, known: Mapping[str, int]) -> Any:
        values = [bool(self.value(v, known)) for v in node.values]
        return all(values) if isinstance(node.op, ast.And) else any(values)

    def of_compare(self, node: ast.Compare, known: Mapping[str, int]) -> Any:
        a, (b,) = self.value(node.left, known), (self.value(c, known) for c in node.comparators)
        return {ast.Lt: lambda: a < b, ast.LtE: lambda: a <= b, ast.Gt: lambda: a > b,
                ast.GtE: lambda: a >= b, ast.Eq: lambda: a == b,
                ast.NotEq: lambda: a != b}[type(node.ops[0])]()

    def of_ifexp(self, node: ast.IfExp, known: Mapping[str, int]) -> Any:
        test = self.value(node.test, known)
        if isinstance(test, torch.Tensor) and test.ndim:
            return torch.where(test, _tensor(self.value(node.body, known)),
                               _tensor(self.value(node.orelse, known)))
        return self.value(node.body if bool(test) else node.orelse, known)

    def of_call(self, node: ast.Call, known: Mapping[str, int]) -> Any:
        function = FUNCTIONS[node.func.id]  # type: ignore[attr-defined]
        return function(*(self.value(a, known) for a in node.args))

    def of_generatorexp(self, node: ast.GeneratorExp, known: Mapping[str, int]) -> Any:
        terms = list(self.terms(node, known))
        return torch.stack(terms) if terms else torch.zeros(1, dtype=torch.float64)

    def terms(self, node: ast.GeneratorExp, known: Mapping[str, int]) -> Iterator[Any]:
        generator, = node.generators
        letter = generator.target.id  # type: ignore[attr-defined]
        for place in range(int(self.value(generator.iter, known))):
            there = {**known, letter: place}
            if all(bool(self.value(test, there)) for test in generator.ifs):
                yield _tensor(self.value(node.elt, there))

    def of_subscript(self, node: ast.Subscript, known: Mapping[str, int]) -> Any:
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        places = [int(self.value(p, known)) for p in parts]
        if isinstance(node.value, ast.Name):
            name = node.value.id
            if name in self.model.equations and self.model.equations[name][0]:
                value = self.at(name, places[0])
                return value[tuple(places[1:])] if places[1:] else value
            if name in self.given and self.model.shapes[name][:1] == ["T"] and \
                    not 0 <= places[0] < self.steps:
                start = self.model.beyond.get((name, places[0] > 0))
                value = torch.zeros_like(self.given[name][0]) if start is None else \
                    torch.as_tensor(self.value(start, {}))
                return value[tuple(places[1:])] if places[1:] else value
        return self.value(node.value, known)[tuple(places)]

    def of_attribute(self, node: ast.Attribute, known: Mapping[str, int]) -> Any:
        return self.value(node.value, known).T  # W.T
