"""The check cell of a recurrent model: its adjoint recurrence beside differences of the loss."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from derive.core.atoms import Index
from derive.core.indexing import names as names_in
from derive.core.kinds import Dimension
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.notation.printing.plain import plain
from derive.notation.reading.model_equations import Model
from derive.notation.reading.specification import Definition, fresh_indices
from derive.rendering.numpy_code import (
    NotRunnable,
    declarations_in,
    declared_names,
    draw,
    prelude,
    runnable,
    size_lines,
    sizes_of,
)

_DERIVATIVE = re.compile(r"d\(\w+, (\w+)((?:\[[^\[\]]*(?:\[[^\]]*\])?[^\[\]]*\])?)\)")
_PAD = "    "
Shapes = dict[str, tuple[Dimension, ...]]


class Equation(NamedTuple):
    """Code of an equation: the left side, its indices, the right side."""

    left: str
    indices: tuple[Index, ...]
    body: str

    @property
    def name(self) -> str:
        """The name of the array."""
        return self.left.partition("[")[0]


def model_check(derivation: Derivation) -> str:
    """The code. Arrays over time get one row more, of zeros: the steps -1 and T are read there.

    Raises NotRunnable.
    """
    assert derivation.recurrence is not None
    model = derivation.recurrence.model
    steps, loss = str(model.steps), plain(model.loss)
    forward = [_equation(e, derivation.reserved, str(model.time)) for e in model.equations]
    backward = [Equation(_named(plain(d.quantity, d.reserved)), d.indices, _named(d.notation))
                for d in (derivation, *derivation.others)]
    shapes = {e.symbol.name: e.symbol.kind.shape for e in model.equations}
    given = [line for line in declarations_in(derivation.given)
             if not {*declared_names([line])} <= shapes.keys()]
    names, letters = declared_names(given), sizes_of(derivation.given)
    own = [*names, *shapes, *(f"d_{n}" for n in (*shapes, *names))]
    definitions = _prelude([*forward, *backward], loss, own, letters)
    if model.initial or steps not in letters:
        raise NotRunnable("initial")
    learned = [n for e in backward if (n := e.name.removeprefix("d_")) in names]
    return "\n".join([
        *definitions, "", "rng = np.random.default_rng(0)",
        *size_lines(letters), *_draws(given, learned, steps),
        *_run(model, forward, shapes, loss), "", "run()",
        *_backward(backward, shapes, names, steps), *_compared(learned)])


def _prelude(equations: Sequence[Equation], loss: str, own: Sequence[str], sizes: Sequence[str],
             ) -> list[str]:
    """The definitions under which the equations and the loss run. Raises NotRunnable."""
    formulas = [loss, *(e.body for e in equations)]
    for formula in formulas:
        runnable(formula)
    return prelude(formulas, [*own, *(i.name for e in equations for i in e.indices)], sizes)


def _draws(given: Sequence[str], learned: Sequence[str], steps: str) -> list[str]:
    """Lines that draw what is given; numbers that are learned become arrays."""
    scalars = {line.partition(":")[0].strip() for line in given if "[" not in line}
    return [*(code for line in given
              for code in draw(re.sub(rf"\[{steps}\b", f"[{steps} + 1", line))),
            *(f"{name} = np.array({name})" for name in learned if name in scalars)]


def _run(model: Model, forward: Sequence[Equation], shapes: Shapes, loss: str) -> list[str]:
    """The function that computes all states and the loss."""
    steps, computed = str(model.steps), sorted(shapes)
    lines = ["", "def run():", '    """The loss, by the equations of the model, step by step."""',
             f"    global {', '.join(computed)}",
             *(f"    {name} = np.zeros({_size(shapes[name], steps)})" for name in computed)]
    pad = _PAD
    if any(re.search(rf"\b{model.time} \+ 1\b", e.body) for e in forward):
        lines.append(f"    for _ in range({steps}):  # what runs backwards needs the steps after")
        pad += _PAD
    lines.append(f"{pad}for {model.time} in {steps}:")
    for equation in forward:
        lines += _filled(equation, pad + _PAD, str(model.time))
    return [*lines, f"    return {loss}"]


def _equation(equation: Definition, reserved: tuple[str, ...], time: str) -> Equation:
    """An equation, with letters for indices that are not names of the model."""
    others = [i for i in equation.indices if i.name != time]
    fresh = fresh_indices([i.dim for i in others], (*reserved, *names_in(equation.body), time))
    there = dict(zip(others, fresh, strict=True))
    indices = tuple(there.get(i, i) for i in equation.indices)
    name = equation.symbol.name
    left = f"{name}[{', '.join(i.name for i in indices)}]" if indices else name
    taken = (*reserved, *(i.name for i in indices))
    return Equation(left, indices, plain(substitute(equation.body, there), taken))


def _size(shape: Sequence[Dimension], steps: str) -> str:
    axes = [f"{a} + 1" if str(a) == steps else str(a) for a in shape]
    return axes[0] if len(axes) == 1 else f"({', '.join(axes)})"


def _named(formula: str) -> str:
    """A formula with the array d_h for the derivatives d(L, h[t, i])."""
    return _DERIVATIVE.sub(r"d_\1\2", formula)


def _filled(equation: Equation, pad: str, running: str = "") -> list[str]:
    """Loops that fill an array, over all indices but the one that is `running` already."""
    lines = []
    for index in equation.indices:
        if index.name != running:
            lines.append(f"{pad}for {index.name} in {index.dim}:")
            pad += _PAD
    return [*lines, f"{pad}{equation.left} = {equation.body}"]


def _backward(equations: Sequence[Equation], shapes: Shapes, names: Sequence[str], steps: str,
              ) -> list[str]:
    """The recurrence for the derivatives, gone through as often as there are steps."""
    lines = ["", "# The derivatives; a pass for every step, since each hangs on the next one."]
    for equation in equations:
        name = equation.name.removeprefix("d_")
        shape = shapes.get(name, tuple(i.dim for i in equation.indices))
        if name not in names:
            size = _size(shape, steps)
        else:
            axes = ", ".join(map(str, shape))
            size = axes if len(shape) == 1 else f"({axes})"
        lines.append(f"{equation.name} = np.zeros({size})")
    lines.append(f"for _ in range({steps} + 1):")
    return lines + [line for equation in equations for line in _filled(equation, _PAD)]


def _compared(learned: Sequence[str]) -> list[str]:
    pairs = ", ".join(f'("{name}", {name}, d_{name})' for name in learned)
    return ["", f"for name, array, derived in [{pairs}]:", "    worst = 0.0",
            "    for at in np.ndindex(array.shape):", "        kept = array[at]",
            "        losses = []", "        for step in (1e-4, -1e-4):",
            "            array[at] = kept + step", "            losses.append(run())",
            "        array[at] = kept",
            "        quotient = (losses[0] - losses[1]) / 2e-4",
            "        worst = max(worst, abs(quotient - np.asarray(derived)[at]))",
            '    print(f"dL/d{name}: at most {worst:.1e} from the difference quotients")',
            "    assert worst < 1e-6, name"]
