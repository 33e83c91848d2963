"""A plain interpreter of recurrent models, to judge the compiler by; they share no code.

The text of a model is read line by line and evaluated by Python itself, one sequence, one step
and one element after another. With a complex parameter it gives derivatives by the complex step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np

_EQUATION = re.compile(r"\s*(\w+)\s*(?:\[([^\]]*)\])?\s*=(?!=)\s*(.*)")
_DECLARED = re.compile(r"\s*([\w\s,]+):\s*([a-z]+)\s*(?:\((\w+)\))?\s*(?:\[([^\]]*)\])?\s*$")


class Size(int):
    """A dimension: a number that one can also run over."""

    def __iter__(self) -> Iterator[int]:
        return iter(range(int(self)))


def _whole(operation: Any) -> Any:
    return lambda *values: operation(*map(np.asarray, values))


def _turned(operation: Any) -> Any:
    return lambda own, other: operation(np.asarray(other), np.asarray(own))


class Steps:
    """What has a value at each step; beyond the ends it is 0, or what is said there."""

    def __init__(self, run: _Run, name: str) -> None:
        self.run, self.name = run, name

    def __getitem__(self, place: Any) -> Any:
        step, *rest = place if isinstance(place, tuple) else (place,)
        found = self.run.at(self.name, int(step))
        return found[tuple(int(i) for i in rest)] if rest else found

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array([self[t] for t in range(self.run.steps)], dtype)

    __add__, __radd__ = _whole(np.add), _turned(np.add)
    __sub__, __rsub__ = _whole(np.subtract), _turned(np.subtract)
    __mul__, __rmul__ = _whole(np.multiply), _turned(np.multiply)
    __truediv__, __pow__, __neg__ = _whole(np.divide), _whole(np.power), _whole(np.negative)


def _sum(values: Any) -> Any:
    """The sum of all of an array; of terms one by one, which may be vectors."""
    if isinstance(values, (np.ndarray, Steps)):
        return np.sum(np.asarray(values))
    terms = list(values)
    return np.sum(np.asarray(terms), axis=0) if terms else 0


def _most(sign: int) -> Any:
    def best(*values: Any) -> Any:
        if len(values) == 2:
            a, b = np.asarray(values[0]), np.asarray(values[1])
            return np.where(sign*a.real >= sign*b.real, a, b)[()]
        found = values[0]
        array = np.asarray(found if isinstance(found, (np.ndarray, Steps)) else list(found)).ravel()
        return array[np.argmax(sign*array.real)]
    return best


def _place(sign: int) -> Any:
    return lambda values: int(np.argmax(sign*np.real(
        values if isinstance(values, (np.ndarray, Steps)) else list(values))))


def _softmax(o: Any) -> Any:
    o = np.asarray(o)
    raised = np.exp(o - o.real.max(axis=-1, keepdims=True))
    return raised/raised.sum(axis=-1, keepdims=True)


_FUNCTIONS: dict[str, Any] = {
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "tanh": np.tanh, "cosh": np.cosh,
    "sinh": np.sinh, "sin": np.sin, "cos": np.cos, "log1p": lambda u: np.log(1 + u),
    "pi": np.pi, "sigmoid": lambda u: 1/(1 + np.exp(-u)),
    "softplus": lambda u: np.log(1 + np.exp(u)), "softmax": _softmax,
    "dot": lambda u, v: np.asarray(u) @ np.asarray(v), "sum": _sum,
    "norm": lambda u: np.sqrt(_sum(np.asarray(u)**2)),
    "mean": lambda v: _sum(v := list(v))/len(v), "max": _most(1), "min": _most(-1),
    "argmax": _place(1), "argmin": _place(-1),
    "relu": lambda u: np.where(np.real(u) > 0, u, 0)[()],
    "abs": lambda u: np.where(np.real(u) < 0, -np.asarray(u), u)[()],
    "sign": lambda u: np.sign(np.real(u)), "delta": lambda i, j: int(i == j)}


def _ordered(values: Any) -> Any:
    array = np.asarray(values if isinstance(values, (np.ndarray, Steps)) else list(values)).ravel()
    return array[np.argsort(array.real)]


def _variance(values: Any) -> Any:
    array = _ordered(values)
    return ((array - array.mean())**2).mean()


_FUNCTIONS |= {
    "silu": lambda u: u/(1 + np.exp(-u)), "square": lambda u: u*u, "asinh": np.arcsinh,
    "atan": np.arctan, "var": _variance, "std": lambda u: np.sqrt(_variance(u)),
    "median": lambda u: (_ordered(u)[(len(_ordered(u)) - 1)//2]
                         + _ordered(u)[len(_ordered(u))//2])/2,
    "logsumexp": lambda u: np.log(np.exp(_ordered(u)).sum()),
    "log_softmax": lambda u: np.log(_softmax(u)), "prod": lambda u: np.prod(_ordered(u)),
    "hardtanh": lambda u: _most(1)(-1, _most(-1)(1, u)),
    "clip": lambda u, low, high: _most(1)(low, _most(-1)(high, u)),
    "elu": lambda u, a: np.where(np.real(u) > 0, u, a*(np.exp(u) - 1))[()],
    "leaky_relu": lambda u, a: np.where(np.real(u) > 0, u, a*u)[()],
    "mish": lambda u: u*np.tanh(np.log(1 + np.exp(u))), "exp2": lambda u: np.exp(u*np.log(2)),
    "logsigmoid": lambda u: -np.log(1 + np.exp(-u))}


class Interpreter:
    """A model's text with the sizes of its dimensions, time T apart."""

    def __init__(self, text: str, sizes: Mapping[str, int]) -> None:
        self.sizes = {name: Size(size) for name, size in sizes.items()}
        self.shapes: dict[str, list[str]] = {}
        self.equations: dict[str, tuple[list[str], Any]] = {}
        self.beyond: dict[tuple[str, bool], Any] = {}  # (name, after the last step) → formula
        lines = [line.partition("#")[0].strip() for line in text.splitlines()]
        lines = [line for line in lines if line]
        self.time = next(m[2].split(",")[0].strip() for line in lines
                         if (m := _EQUATION.match(line)) and m[2] and m[2].strip() != "-1")
        for line in lines[:-1]:
            self.read(line)
        match = _EQUATION.match(lines[-1])
        self.loss = compile(match[3] if match else lines[-1], "loss", "eval")
        self.steps = next(iter(self.shapes[n][0] for n, (left, _) in self.equations.items()
                               if left and n in self.shapes), "T")

    def read(self, line: str) -> None:
        """One declaration, equation or initial value."""
        if match := _DECLARED.match(line):
            names, kind, over, axes = match.groups()
            shape = [a.strip() for a in axes.split(",")] if axes else []
            for name in names.split(","):
                self.shapes[name.strip()] = shape + [over] * (kind in ("onehot", "simplex"))
        elif match := _EQUATION.match(line):
            name, left, right = match.groups()
            letters = [part.strip() for part in left.split(",")] if left else []
            formula = compile(right, name, "eval")
            if letters and (letters[0].startswith("-") or letters[0][0].isupper()):
                self.beyond[name, letters[0][0].isupper()] = formula
            else:
                self.equations[name] = letters, formula

    def size(self, dim: str) -> int:
        """The length of a dimension that is named or a number."""
        return int(self.sizes[dim]) if dim in self.sizes else int(dim)

    def value(self, parameters: Mapping[str, Any], data: Mapping[str, Any],
              states: Mapping[str, Any] | None = None) -> Any:
        """The loss of a batch: the sum of those of its sequences; data is time-major."""
        data = {n: values for n, values in data.items() if n in self.shapes}
        timed = {n for n in data if self.shapes[n][:1] == [self.steps]}
        steps = next(len(data[n]) for n in timed)
        batch = next(data[n].shape[1] for n in timed)
        total = 0.0
        for b in range(batch):
            one = {n: data[n][:, b] if n in timed else data[n][b] for n in data}
            begun = {n: s[b] for n, s in (states or {}).items()}
            total = total + _Run(self, parameters, one, begun, steps).loss()
        return total

    def names(self, name: str, parameters: Mapping[str, Any], data: Mapping[str, Any], steps: int,
              ) -> Any:
        """The values of a computed name for the sequences of a batch: (T, B, …)."""
        data = {n: values for n, values in data.items() if n in self.shapes}
        timed = {n for n in data if self.shapes[n][:1] == [self.steps]}
        batch = next(data[n].shape[1] for n in timed)
        found = [_Run(self, parameters, {n: data[n][:, b] if n in timed else data[n][b]
                                         for n in data}, {}, steps) for b in range(batch)]
        return np.stack([np.asarray(Steps(run, name)) for run in found], 1)


class _Run:
    """One sequence."""

    def __init__(self, model: Interpreter, parameters: Mapping[str, Any], data: Mapping[str, Any],
                 states: Mapping[str, Any], steps: int) -> None:
        self.model, self.data, self.states, self.steps = model, data, states, steps
        self.done: dict[tuple[str, int], Any] = {}
        self.names: dict[str, Any] = {**_FUNCTIONS, **model.sizes, **parameters}
        self.names[model.steps] = Size(steps)
        for name, array in data.items():
            timed = model.shapes[name][:1] == [model.steps]
            self.names[name] = Steps(self, name) if timed else array
        self.once = [n for n, (left, _) in model.equations.items() if not left]
        self.names |= {n: Steps(self, n) for n, (left, _) in model.equations.items() if left}

    def loss(self) -> Any:
        """The loss of the sequence."""
        return eval(self.model.loss, self.settled())

    def settled(self) -> dict[str, Any]:
        """All names, those that stand once a sequence computed in the order of the text."""
        for name in self.once:
            if name not in self.done:
                self.names[name] = eval(self.model.equations[name][1], dict(self.names))
                self.done[name, 0] = True
        return dict(self.names)

    def at(self, name: str, step: int) -> Any:
        """The value at a step."""
        inside = 0 <= step < self.steps
        if name in self.data:
            return self.data[name][step] if inside else 0*self.data[name][0]
        if not inside:
            return self.outside(name, step)
        if (name, step) not in self.done:
            letters, formula = self.model.equations[name]
            own = [self.model.size(d) for d in self.model.shapes.get(name, letters)[1:len(letters)]]
            known = self.names | {letters[0]: step}
            values = [eval(formula, known | dict(zip(letters[1:], at, strict=True)))
                      for at in product(*map(range, own))]
            self.done[name, step] = np.array(values).reshape(*own, *np.shape(values[0])) \
                if own else np.asarray(values[0])[()]
            shape = [self.model.size(d) for d in self.model.shapes.get(name, [""])[1:]]
            if shape and not np.shape(self.done[name, step]):  # a sum over no steps
                self.done[name, step] = np.full(shape, self.done[name, step])
        return self.done[name, step]

    def outside(self, name: str, step: int) -> Any:
        """The value before the first step or after the last."""
        shape = [self.model.size(d) for d in self.model.shapes.get(name, [""])[1:]]
        if name in self.states:
            return self.states[name]
        if (name, step > 0) in self.model.beyond:
            found = eval(self.model.beyond[name, step > 0], dict(self.names))
            return np.broadcast_to(found, shape)[()]
        if name in self.model.shapes:
            return np.zeros(shape)[()]
        return np.zeros_like(self.at(name, 0))[()]
