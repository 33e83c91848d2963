"""The check cell of a recurrent model: its adjoint recurrence beside differences of the loss."""

from __future__ import annotations

import re
from typing import Any

from derive.core.atoms import Index
from derive.core.indexing import names as names_in
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.notation.printing.plain import plain
from derive.notation.reading.specification import fresh_indices
from derive.rendering.numpy_code import NotRunnable, draw, prelude, runnable, size_lines, sizes_of

_DERIVATIVE = re.compile(r"d\(\w+, (\w+)((?:\[[^\[\]]*(?:\[[^\]]*\])?[^\[\]]*\])?)\)")


def model_check(derivation: Derivation) -> str:
    """The code. Arrays over time get one row more, of zeros: the steps -1 and T are read there.

    Raises NotRunnable.
    """
    assert derivation.recurrence is not None
    model = derivation.recurrence.model
    steps, loss = str(model.steps), plain(model.loss)
    forward = [_equation(e, derivation.reserved, model.time) for e in model.equations]
    every = [derivation, *derivation.others]
    backward = [(_named(plain(one.quantity, one.reserved)), one.indices, _named(one.notation))
                for one in every]
    computed = {e.symbol.name for e in model.equations}
    given = [line for line in derivation.given if ":" in line and not
             {n.strip() for n in line.partition(":")[0].split(",")} <= computed]
    names = [n.strip() for line in given for n in line.partition(":")[0].split(",")]
    learned = [left.partition("[")[0].removeprefix("d_") for left, _, _ in backward]
    learned = [n for n in learned if n in names]
    formulas = [loss, *(body for *_, body in (*forward, *backward))]
    for formula in formulas:
        runnable(formula)
    shapes = {e.symbol.name: e.symbol.kind.shape for e in model.equations}
    own = [*names, *computed, *(f"d_{n}" for n in (*computed, *names)), *_letters(forward),
           *_letters(backward)]
    letters = sizes_of(derivation.given)
    if getattr(model, "initial", None) or steps not in letters:
        raise NotRunnable("initial")
    lines = [*prelude(formulas, own, letters), "", "rng = np.random.default_rng(0)",
             *size_lines(letters)]
    scalars = {line.partition(":")[0].strip() for line in given if "[" not in line}
    for line in given:
        lines += draw(re.sub(rf"\[{steps}\b", f"[{steps} + 1", line))
    lines += [f"{name} = np.array({name})" for name in learned if name in scalars]
    lines += ["", "def run():", '    """The loss, by the equations of the model, step by step."""',
              f"    global {', '.join(sorted(computed))}"]
    lines += [f"    {name} = np.zeros({_rows(shapes[name], steps)})" for name in sorted(computed)]
    pad = "    "
    if any(re.search(rf"\b{model.time} \+ 1\b", body) for *_, body in forward):
        lines.append(f"    for _ in range({steps}):  # what runs backwards needs the steps after")
        pad = "        "
    lines.append(f"{pad}for {model.time} in {steps}:")
    for left, indices, body in forward:
        lines += _filled(left, indices, body, pad + "    ", str(model.time))
    return "\n".join([*lines, f"    return {loss}", "", "run()",
                      *_backward(backward, shapes, names, steps), *_compared(learned)])


def _equation(one: Any, reserved: tuple[str, ...], time: Any) -> tuple[str, Any, str]:
    """Left side, indices, right side; with letters for indices that are not names of the model."""
    others = [i for i in one.indices if i.name != str(time)]
    fresh = fresh_indices([i.dim for i in others], (*reserved, *names_in(one.body), str(time)))
    there = dict(zip(others, fresh, strict=True))
    indices = tuple(there.get(i, i) for i in one.indices)
    left = f"{one.symbol.name}[{', '.join(i.name for i in indices)}]" if indices else \
        one.symbol.name
    taken = (*reserved, *(i.name for i in indices))
    return left, indices, plain(substitute(one.body, there), taken)


def _letters(rows: list[Any]) -> list[str]:
    return [i.name for _, indices, _ in rows for i in indices]


def _rows(shape: tuple[Any, ...], steps: str) -> str:
    axes = [f"{a} + 1" if str(a) == steps else str(a) for a in shape]
    return axes[0] if len(axes) == 1 else f"({', '.join(axes)})"


def _named(formula: str) -> str:
    """A formula with the array d_h for the derivatives d(L, h[t, i])."""
    return _DERIVATIVE.sub(r"d_\1\2", formula)


def _filled(left: str, indices: tuple[Index, ...], body: str, pad: str, done: str = "",
            ) -> list[str]:
    """Loops that fill an array, over the indices that are not run through already."""
    lines = []
    for index in indices:
        if index.name != done:
            lines.append(f"{pad}for {index.name} in {index.dim}:")
            pad += "    "
    return [*lines, f"{pad}{left} = {body}"]


def _backward(rows: list[Any], shapes: dict[str, Any], names: list[str], steps: str) -> list[str]:
    """The recurrence for the derivatives, gone through as often as there are steps."""
    lines = ["", "# The derivatives; a pass for every step, since each hangs on the next one."]
    for left, indices, _ in rows:
        name = left.partition("[")[0]
        shape = shapes.get(name.removeprefix("d_"), tuple(i.dim for i in indices))
        own = name.removeprefix("d_") in names
        axes = ", ".join(map(str, shape)) if own else _rows(shape, steps)
        lines.append(f"{name} = np.zeros(({axes}))" if own and len(shape) != 1 else
                     f"{name} = np.zeros({axes})" if axes else f"{name} = 0.0")
    lines.append(f"for _ in range({steps} + 1):")
    for left, indices, body in rows:
        lines += _filled(left, indices, body, "    ")
    return lines


def _compared(learned: list[str]) -> list[str]:
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
