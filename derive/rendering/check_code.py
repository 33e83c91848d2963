"""The check cell of a notebook: NumPy code that compares a stored result with differences.

Nothing is computed here: the code is printed from the formulas of the derivation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sympy.core.basic import Basic

from derive.core import heads
from derive.core.indexing import leaves, root
from derive.core.kinds import Dimension
from derive.derivation import Derivation
from derive.functions.function_records import functions_in
from derive.notation.printing.plain import plain
from derive.rendering.derivation_json import defined
from derive.rendering.derivation_rows import binds_indices
from derive.rendering.model_check_code import model_check
from derive.rendering.numpy_code import (
    NotRunnable,
    called,
    can_run,
    declarations_in,
    declared_names,
    draw,
    prelude,
    runnable,
    size_lines,
    sizes_of,
)

SLOPE = '''def slope(f, x, at=(), h=1e-3):
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
    write = model_check if derivation.time is not None else \
        _CHECKS.get(derivation.goal, _gradient)
    try:
        return write(derivation)
    except NotRunnable:
        return ""


def _gradient(derivation: Derivation) -> str:
    """Derivatives beside differences: of gradients, Jacobians, scores and Hessians."""
    results = [d.written_out or d for d in (derivation, *derivation.others)]
    blocks: list[str] = []
    formulas: list[str] = []
    for result in results:
        before = result.original if derivation.goal != "hessian" else _of_gradient(result)
        if not isinstance(before, heads.Partial) or before.args[0].has(heads.Partial):
            raise NotRunnable("d")
        body, at = before.args
        names = [i.name for i in result.indices]
        function = plain(body, result.reserved)
        tag = f"_{root(at).name}" if derivation.others else ""
        formulas += [function, result.notation]
        used = used_in(names, function)
        numeric = (f"slope(lambda _x: formula{tag}({', '.join(['_x', *used])}), "
                   f"{root(at).name}{_subscripts(at)})")
        blocks.append("\n".join([
            *([""] if blocks else []),
            *function_code(f"formula{tag}", [root(at).name, *used], function, result),
            "", *function_code(f"derived{tag}", names, result.notation, result), "",
            *_compared(result, f"derived{tag}({', '.join(names)})", numeric)]))
    return _cell(derivation, formulas, [SLOPE, "", *blocks])


def _of_gradient(derivation: Derivation) -> Basic:
    """The derivative of the gradient, which is a part of its own."""
    return heads.Partial(derivation.parts[0].result, derivation.quantity.args[1])


def _cost(derivation: Derivation) -> str:
    """The derivatives of a cost beside the field, at every component."""
    field = plain(derivation.field, derivation.reserved)
    names = [i.name for i in derivation.indices]
    at = next(p.quantity.args[1] for p in derivation.all_parts()
              if p.goal == "gradient" and isinstance(p.quantity, heads.Partial)
              and str(p.quantity.args[0]) == str(derivation.quantity))
    x = root(at).name
    return _cell(derivation, [field, derivation.notation], [
        SLOPE, "", *function_code("cost", [x], derivation.notation, derivation), "",
        *function_code("field", names, field, derivation), "",
        *_compared(derivation, f"field({', '.join(names)})", f"slope(cost, {x}{_subscripts(at)})")])


def _modulo(derivation: Derivation) -> str:
    """A loss beside minus the logarithm of the density: they differ by a constant."""
    start = plain(derivation.start, derivation.reserved)
    variables = derivation.modulo if isinstance(derivation.modulo, tuple) else (derivation.modulo,)
    names = [getattr(variable, "name", "") for variable in variables]
    redrawn = [code for line in declarations_in(derivation.given) for code in draw(line)
               if code.split(" = ")[0] in names]
    holds = " and ".join(f"({c})" for c in _conditions(derivation)) or "True"
    return _cell(derivation, [start, derivation.notation], [
        *function_code("minus_log_density", [], start), "",
        *function_code("loss", [], derivation.notation), "",
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
    formulas, lines, checks = [], [], []
    estimated = set()
    for result in (derivation, *derivation.others):
        if not isinstance(result.start, heads.Root) or result.indices:
            raise NotRunnable("root")
        equation = plain(result.start.args[0], result.reserved)
        x = plain(result.quantity, result.reserved)
        formulas += [equation, result.notation]
        lines.append(f"{x} = {result.notation}")
        checks += [f'print(f"{x} = {{{x}:.6f}}: the score of all data is "\n'
                   f'      f"{{{equation}:.2e}}")',
                   f"assert abs({equation}) < {_LEAST}"]
        estimated.add(plain(result.quantity))
    return _cell(derivation, formulas, [*lines, "", *checks], frozenset(estimated), 20)


def _never(derivation: Derivation) -> str:
    raise NotRunnable(derivation.goal)


_CHECKS: dict[str, Callable[[Derivation], str]] = {
    "cost": _cost, "nll": _modulo, "mle": _estimate, "fisher": _never, "noise": _never}


def _cell(derivation: Derivation, formulas: Sequence[str], body: Sequence[str],
          ready: frozenset[str] = frozenset(), least: int = 0) -> str:
    """All of a cell: definitions, sizes, random values, and what is compared.

    Values of the names that are `ready` are in the body; sizes are at `least` so large.
    """
    known = functions_in(derivation.start, derivation.result,
                         *(d.body for d in derivation.definitions))
    for formula in formulas:
        runnable(formula, known)
    given = declarations_in(derivation.given)
    names, letters = declared_names(given), sizes_of(given)
    if _TAKEN & {*names}:
        raise NotRunnable(min(_TAKEN & {*names}))
    conditions = [c for c in _conditions(derivation) if not ready & called(c)]
    definitions = [n.partition(" = ")[2] for n in definition_code(derivation, formulas)]
    own = [*names, *letters, *(d.name for d in derivation.definitions),
           *(i.name for i in derivation.indices)]
    draws = [code for line in given for code in draw(line) if code.split(" = ")[0] not in ready]
    return "\n".join([
        *prelude([*formulas, *conditions, *definitions], own, letters, known),
        "", "rng = np.random.default_rng(0)", *size_lines(letters, least),
        *_drawn_under(conditions, draws), "", *body])


def _drawn_under(conditions: Sequence[str], draws: Sequence[str]) -> list[str]:
    """Lines that draw values until the conditions hold."""
    if not conditions:
        return list(draws)
    return ["for _ in range(1000):", *(f"    {line}" for line in draws),
            f"    if {' and '.join(f'({c})' for c in conditions)}:", "        break"]


def _conditions(derivation: Derivation) -> list[str]:
    """What is assumed, and owed, of the names alone, in the notation."""
    own = {i.name for i in derivation.indices}
    texts = [plain(c, derivation.reserved)
             for c in (*derivation.assumptions, *derivation.obligations)
             if not binds_indices(c) and not own & {getattr(x, "name", "") for x in leaves(c)}]
    known = functions_in(derivation.start, derivation.result)
    return [text for text in texts if can_run(text, known)]


def definition_code(derivation: Derivation, formulas: Sequence[str]) -> list[str]:
    """Arrays for the named intermediates that the formulas still mention."""
    lines: list[str] = []
    pairs = list(zip(defined(derivation), derivation.definitions, strict=False))
    for line, definition in reversed(pairs):
        left, _, body = line.partition(" = ")
        if not any(used_in([definition.name], f) for f in (*formulas, *lines)):
            continue
        letters = left.partition("[")[2].rstrip("]").split(", ") if "[" in left else []
        for letter, index in reversed(list(zip(letters, definition.indices, strict=True))):
            body = f"[{body} for {letter} in {_range(index.dim)}]"
        lines.insert(0, f"{definition.name} = " + (f"np.array({body})" if letters else body))
    return lines


def _range(dim: Dimension) -> str:
    return str(dim) if not str(dim).isdecimal() else f"range({dim})"


def indices_of(at: Basic) -> list[str]:
    """The subscripts of an element, in the notation."""
    return [plain(i) for i in at.indices] if isinstance(at, heads.Element) else []


def _subscripts(at: Basic) -> str:
    own = indices_of(at)
    return f", ({', '.join(own)},)" if own else ""


def used_in(names: Sequence[str], formula: str) -> list[str]:
    """Those of the names that stand in a formula."""
    return [n for n in names if re.search(rf"\b{re.escape(n)}\b", formula)]


def function_code(name: str, arguments: Sequence[str], formula: str,
                  of: Derivation | None = None) -> list[str]:
    """A function; the named intermediates in its formula are computed in it."""
    definitions = definition_code(of, [formula]) if of is not None else []
    return [f"def {name}({', '.join(arguments)}):", *(f"    {line}" for line in definitions),
            f"    return {formula}"]


def _compared(result: Derivation, derived: str, numeric: str) -> list[str]:
    """Lines that compare two numbers for every value of the free indices."""
    indices = result.indices
    pad = "    " * len(indices)
    loops = ["    " * n + f"for {i.name} in {_range(i.dim)}:" for n, i in enumerate(indices)]
    where = "".join(f"{i.name}={{{i.name}}} " for i in indices)
    return [*loops,
            f"{pad}here, near = float({derived}), float({numeric})",
            f'{pad}print(f"{where + "  " if where else ""}derived {{here: .9f}}   '
            'difference quotient {near: .9f}")',
            f"{pad}assert abs(here - near) < {_LEAST} * max(1, abs(here)), (here, near)",
            'print("all agree")']
