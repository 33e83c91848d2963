"""The check cell of a notebook: NumPy code that compares a stored result with differences.

Nothing is computed here: the code is printed from the formulas of the derivation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from derive.core import heads
from derive.core.indexing import leaves, root
from derive.core.walk import is_opened
from derive.derivation import Derivation
from derive.functions.function_records import functions_in
from derive.notation.printing.plain import plain
from derive.proof import Refusal
from derive.rendering.derivation_json import defined
from derive.rendering.numpy_code import (
    NotRunnable,
    called,
    can_run,
    draw,
    prelude,
    runnable,
    size_lines,
    sizes_of,
)

_SLOPE = '''def slope(f, x, at=(), h=1e-3):
    """The derivative of f by one element of x, by central differences of sixth order."""
    def moved(step):
        z = np.array(x, dtype=float)
        z[at] += step
        return f(z)
    return (45*(moved(h) - moved(-h)) - 9*(moved(2*h) - moved(-2*h))
            + moved(3*h) - moved(-3*h)) / (60*h)'''
_LEAST = "1e-6"
_TAKEN = frozenset({"formula", "derived", "slope", "rng", "np", "listed", "Size", "moved", "cost",
                    "field", "here", "near", "loss", "gaps", "mpmath", "plt", "grid"})


def check_code(derivation: Derivation) -> str:
    """Code that draws values and compares the result with a numeric one; "" where none runs."""
    try:
        if derivation.time is not None:
            from derive.rendering.model_check_code import model_check

            return model_check(derivation)
        return str(_CHECKS.get(derivation.goal, _gradient)(derivation))
    except NotRunnable:
        return ""


def _gradient(derivation: Derivation) -> str:
    """Derivatives beside differences: of gradients, Jacobians, scores and Hessians."""
    every = [derivation, *derivation.others]
    blocks: list[str] = []
    formulas: list[str] = []
    for number, one in enumerate(every):
        before = one.original if derivation.goal != "hessian" else _of_gradient(one)
        if not isinstance(before, heads.Partial) or before.args[0].has(heads.Partial):
            raise NotRunnable("d")
        body, at = before.args
        names = [i.name for i in one.indices]
        own = indices_of(at)
        function = plain(body, one.reserved)
        tag = f"_{root(at).name}" if len(every) > 1 else ""
        formulas += [function, one.notation]
        subscripts = f", ({', '.join(own)},)" if own else ""
        given = ", ".join(["_x", *used_in(names, function)])
        blocks.append("\n".join([
            *(["" ] if number else []),
            *_function(f"formula{tag}", [root(at).name, *used_in(names, function)], function, one),
            "", *_function(f"derived{tag}", names, one.notation, one), "",
            *_compared(one, f"derived{tag}({', '.join(names)})",
                       f"slope(lambda _x: formula{tag}({given}), {root(at).name}{subscripts})")]))
    return _cell(derivation, formulas, [_SLOPE, "", *blocks])


def _of_gradient(derivation: Derivation) -> Any:
    """The derivative of the gradient, which is a part of its own."""
    return heads.Partial(derivation.parts[0].result, derivation.quantity.args[1])


def _cost(derivation: Derivation) -> str:
    """The derivatives of a cost beside the field, at every component."""
    field = derivation.field
    wanted = plain(field, derivation.reserved)
    names = [i.name for i in derivation.indices]
    at = next(p.quantity.args[1] for p in derivation.all_parts()
              if p.goal == "gradient" and isinstance(p.quantity, heads.Partial)
              and str(p.quantity.args[0]) == str(derivation.quantity))
    own = indices_of(at)
    x = root(at).name
    subscripts = f", ({', '.join(own)},)" if own else ""
    return _cell(derivation, [wanted, derivation.notation], [
        _SLOPE, "", *_function("cost", [x], derivation.notation, derivation), "",
        *_function("field", names, wanted, derivation), "",
        *_compared(derivation, f"field({', '.join(names)})", f"slope(cost, {x}{subscripts})")])


def _modulo(derivation: Derivation) -> str:
    """A loss beside minus the logarithm of the density: they differ by a constant."""
    start = plain(derivation.start, derivation.reserved)
    moved = derivation.modulo if isinstance(derivation.modulo, tuple) else (derivation.modulo,)
    names = [m.name for m in moved if m is not None]
    given = [line for line in derivation.given if ":" in line]
    redrawn = [code for line in given for code in draw(line) if code.split(" = ")[0] in names]
    holds = " and ".join(f"({c})" for c in _conditions(derivation)) or "True"
    return _cell(derivation, [start, derivation.notation], [
        *_function("minus_log_density", [], start), "",
        *_function("loss", [], derivation.notation), "",
        "gaps = []", "for _ in range(1000):",
        *(f"    {line}" for line in redrawn),
        f"    if not ({holds} and np.isfinite(minus_log_density() - loss())):", "        continue",
        "    gaps.append(minus_log_density() - loss())",
        '    print(f"-log(density) {minus_log_density():.6f}   loss {loss():.6f}   '
        'difference {gaps[-1]:.6f}")',
        "    if len(gaps) == 5:", "        break",
        f"assert len(gaps) == 5 and np.ptp(gaps) < {_LEAST}, gaps",
        'print("the loss is -log(density), but for a constant")'])


def _estimate(derivation: Derivation) -> str:
    """The likelihood equations, with the estimates put in."""
    every = [derivation, *derivation.others]
    if not all(isinstance(one.start, heads.Root) and not one.indices for one in every):
        raise NotRunnable("root")
    formulas, lines, checks = [], [], []
    for one in every:
        equation, x = plain(one.start.args[0], one.reserved), plain(one.quantity, one.reserved)
        formulas += [equation, one.notation]
        lines.append(f"{x} = {one.notation}")
        checks.append(f'print(f"{x} = {{{x}:.6f}}: the score of all data is "\n'
                      f'      f"{{{equation}:.2e}}")')
        checks.append(f"assert abs({equation}) < {_LEAST}")
    own = frozenset(plain(one.quantity) for one in every)
    return _cell(derivation, formulas, [*lines, "", *checks], own, 20)


def _never(derivation: Derivation) -> str:
    raise NotRunnable(derivation.goal)


def refusal_check(proof: Refusal) -> str:
    """Code for the two mixed derivatives that differ; "" where there is nothing to compare."""
    witness = proof.witness
    if witness is None:
        return ""
    field, names = plain(proof.field, proof.jacobian.reserved), proof.jacobian.indices
    letters = sizes_of(proof.given)
    try:
        known = functions_in(proof.field)
        runnable(field, known)
        own = [*proof.values, *(i.name for i in names), *(n.strip() for line in proof.given
               for n in line.partition(":")[0].split(","))]
        lines = prelude([field], own, letters, known)
    except NotRunnable:
        return ""
    first, second = witness.first, witness.second
    for name, value in proof.values.items():
        number = _literal(value)
        lines.append(f"{name} = " + (f"Size({number})" if name in letters else
                                     f"np.array({number})" if "[" in number else number))
    rows = [i.name for i in names[:len(first)]]
    x = proof.variable
    return "\n".join([
        *lines, "", _SLOPE, "", *_function("field", [x, *rows], field), "",
        f"one = slope(lambda _x: field(_x, {', '.join(map(str, first))}), {x}, {second})",
        f"two = slope(lambda _x: field(_x, {', '.join(map(str, second))}), {x}, {first})",
        'print(f"{one:.9f}, but {two:.9f}")', "assert abs(one - two) > 1e-6"])


def _literal(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_literal, value))}]"
    return str(value) if isinstance(value, int) else repr(float(value))


_CHECKS: dict[str, Any] = {"cost": _cost, "nll": _modulo, "mle": _estimate, "fisher": _never,
                           "noise": _never}


def _cell(derivation: Derivation, formulas: Sequence[str], body: Sequence[str],
          ready: frozenset[str] = frozenset(), least: int = 0) -> str:
    """The whole cell: definitions, sizes, random values, and what is compared."""
    known = functions_in(derivation.start, derivation.result,
                         *(d.body for d in derivation.definitions))
    for formula in formulas:
        runnable(formula, known)
    given = [line for line in derivation.given if ":" in line]
    names = [n.strip() for line in given for n in line.partition(":")[0].split(",")]
    if _TAKEN & {*names}:
        raise NotRunnable(min(_TAKEN & {*names}))
    letters = sizes_of(given)
    named = _definitions(derivation, formulas)
    conditions = [c for c in _conditions(derivation) if not ready & called(c)]
    own = [*names, *letters, *(d.name for d in derivation.definitions),
           *(i.name for i in derivation.indices)]
    lines = prelude([*formulas, *conditions, *(n.partition(" = ")[2] for n in named)], own,
                    letters, known)
    draws = [code for line in given for code in draw(line)
             if code.split(" = ")[0] not in ready]
    lines += ["", "rng = np.random.default_rng(0)", *size_lines(letters, least)]
    if conditions:
        lines += ["for _ in range(1000):", *(f"    {line}" for line in draws),
                  f"    if {' and '.join(f'({c})' for c in conditions)}:", "        break"]
    else:
        lines += draws
    return "\n".join([*lines, "", *body])


def _conditions(derivation: Derivation) -> list[str]:
    """What is assumed, and owed, of the names alone, in the notation."""
    own = {i.name for i in derivation.indices}
    found = [plain(c, derivation.reserved)
             for c in (*derivation.assumptions, *derivation.obligations)
             if not any(is_opened(leaf) or getattr(leaf, "name", "") in own for leaf in leaves(c))]
    known = functions_in(derivation.start, derivation.result)
    return [c for c in found if can_run(c, known)]


def _definitions(derivation: Derivation, formulas: Sequence[str]) -> list[str]:
    """Arrays for the named intermediates that the formulas still mention."""
    lines: list[str] = []
    pairs = list(zip(defined(derivation), derivation.definitions, strict=False))
    for line, definition in reversed(pairs):
        left, _, right = line.partition(" = ")
        if not any(used_in([definition.name], f) for f in (*formulas, *lines)):
            continue
        body = right
        letters = left.partition("[")[2].rstrip("]").split(", ") if "[" in left else []
        for letter, index in reversed(list(zip(letters, definition.indices, strict=True))):
            body = f"[{body} for {letter} in {_range(index.dim)}]"
        lines.insert(0, f"{definition.name} = " + (f"np.array({body})" if letters else body))
    return lines


def _range(dim: Any) -> str:
    return str(dim) if not str(dim).isdigit() else f"range({dim})"


def indices_of(at: Any) -> list[str]:
    """The subscripts of an element, in the notation."""
    return [plain(i) for i in at.indices] if isinstance(at, heads.Element) else []


def used_in(names: Sequence[str], formula: str) -> list[str]:
    """Those of the names that stand in a formula."""
    return [n for n in names if re.search(rf"\b{n}\b", formula)]


def _function(name: str, arguments: Sequence[str], formula: str, of: Derivation | None = None,
              ) -> list[str]:
    """A function; the named intermediates in its formula are computed in it."""
    named = _definitions(of, [formula]) if of is not None else []
    return [f"def {name}({', '.join(arguments)}):", *(f"    {line}" for line in named),
            f"    return {formula}"]


def _compared(one: Derivation, derived: str, numeric: str) -> list[str]:
    """Lines that compare two numbers for every value of the free indices."""
    pad = "    " * len(one.indices)
    loops = ["    " * n + f"for {i.name} in {_range(i.dim)}:" for n, i in enumerate(one.indices)]
    where = " ".join(f"{i.name}={{{i.name}}}" for i in one.indices)
    return [*loops,
            f"{pad}here, near = float({derived}), float({numeric})",
            f'{pad}print(f"{where + "   " if where else ""}derived {{here: .9f}}   '
            'difference quotient {near: .9f}")',
            f"{pad}assert abs(here - near) < {_LEAST} * max(1, abs(here)), (here, near)",
            'print("all agree")']
