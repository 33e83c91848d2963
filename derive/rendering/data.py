"""A derivation as data: the contract for other tools."""

from __future__ import annotations

from typing import Any

from derive.core.atoms import Index, Quantity, Tensor, Variable
from derive.core.heads import substitute
from derive.core.indexing import exact, free_names, leaves, names
from derive.derivation import Derivation, Step
from derive.notation.latex import latex
from derive.notation.matrices import in_matrices
from derive.notation.plain import plain
from derive.notation.pretty import pretty
from derive.notation.printing import name_opened
from derive.notation.specification import fresh_indices


def to_json(derivation: Derivation) -> dict[str, Any]:
    """The derivation as plain dictionaries; every `notation` parses back to its expression."""
    reserved = derivation.reserved
    found = quantity(derivation)
    check = derivation.verification
    return {
        "title": derivation.title,
        "given": list(derivation.given),
        "declarations": declarations(derivation),
        "goal": derivation.goal,
        "quantity": plain(derivation.quantity, reserved),
        "start": plain(derivation.start, reserved),
        "steps": [_step(step, reserved, derivation.time) for step in derivation.steps],
        "result": found,
        "results": [found, *([quantity(derivation.sequel)] if derivation.sequel else []),
                    *map(quantity, derivation.others)],
        "remarks": dict(derivation.remarks),
        "note": derivation.note,
        "definitions": defined(derivation),
        "obligations": [plain(o, reserved) for o in derivation.obligations],
        "obligation_declarations": [_opened([o], reserved) for o in derivation.obligations],
        "others": [to_json(other) for other in derivation.others],
        "checks": [to_json(check) for check in derivation.checks],
        "parts": [to_json(part) for part in derivation.parts],
        "source": derivation.source,
        "verification": None if check is None else {
            "points": check.points, "lines": check.lines, "digits": check.digits,
            "worst_relative_error": check.worst, "seed": check.seed,
            "sizes": {name: list(sizes) for name, sizes in check.sizes},
            "cases": list(check.cases), "summary": check.summary},
    }


def declarations(derivation: Derivation) -> list[str]:
    """Lines that declare every name in the notations: as given, free indices, named quantities."""
    lines = [line for line in derivation.given if ":" in line]
    lines += [f"{i.name}: index({i.dim})" for i in derivation.indices]
    every_definition = (*derivation.definitions, *(
        derivation.sequel.definitions if derivation.sequel else ()))
    lines += [f"{d.name}: {d.symbol.kind}" for d in every_definition]
    if derivation.time is not None:
        lines.append(f"{derivation.context['loss'].name}: quantity")
    known = {n.strip() for line in lines for n in line.partition(":")[0].split(",")}
    every = _formulas(derivation)
    if derivation.sequel is not None:
        every += _formulas(derivation.sequel)
    for leaf in sorted(set().union(*map(free_names, every)), key=lambda leaf: leaf.name):
        if isinstance(leaf, (Variable, Tensor)) and leaf.name not in known:
            kind = "quantity" if type(leaf) is Quantity else leaf.kind
            lines.append(f"{leaf.name}: {kind}")
    return list(dict.fromkeys(lines))


def _formulas(derivation: Derivation) -> tuple[Any, ...]:
    """Every formula in which a name may stand."""
    parts = (n for s in derivation.steps for n in (s.before, s.after, s.line))
    return (derivation.quantity, derivation.start, *parts, *derivation.obligations,
            *derivation.assumptions, *(d.body for d in derivation.definitions))


@exact
def defined(derivation: Derivation) -> list[str]:
    """The definitions as lines of the notation, `g[m] = softmax(z)[m] - t[m]`."""
    lines = []
    for one in (derivation, *([derivation.sequel] if derivation.sequel else [])):
        for definition in one.definitions:
            taken = (*names(definition.body), *derivation.reserved)
            own = [i for i in derivation.indices if i.name not in names(definition.body)]
            letters = own if [i.dim for i in own] == [i.dim for i in definition.indices] else \
                fresh_indices([i.dim for i in definition.indices], taken)
            body = substitute(definition.body, dict(zip(definition.indices, letters, strict=True)))
            at = f"[{', '.join(i.name for i in letters)}]" if letters else ""
            lines.append(f"{definition.name}{at} = {plain(body, derivation.reserved)}")
    return lines


def quantity(derivation: Derivation) -> dict[str, Any]:
    """The result, with the indices that are free in it."""
    reserved, result = derivation.reserved, derivation.result
    time = derivation.time
    found: dict[str, Any] = {
        "indices": [i.name for i in derivation.indices], "notation": plain(result, reserved),
        "text": pretty(result, reserved, time), "latex": latex(result, reserved, time)}
    if time is not None:
        found |= {"quantity": plain(derivation.quantity, reserved),
                  "matrices": {style: in_matrices(result, derivation.indices, time, style, reserved)
                               for style in ("unicode", "latex", "ascii")}}
    return found


def _opened(nodes: list[Any], reserved: tuple[str, ...]) -> list[str]:
    """Declarations of the letters that print gives to indices bound outside a part."""
    found: dict[str, None] = {}
    for node in nodes:
        named = name_opened(node, frozenset(reserved))
        if named != node:
            before = names(node)
            for leaf in leaves(named):
                if isinstance(leaf, Index) and leaf.name not in before:
                    found[f"{leaf.name}: index({leaf.dim})"] = None
    return list(found)


def _step(step: Step, reserved: tuple[str, ...], time: Any = None) -> dict[str, Any]:
    opened = [step.before, step.after, *step.obligations]
    return {"declarations": _opened(opened, reserved),
            "rule": step.rule.name, "says": step.rule.says, "before": plain(step.before, reserved),
            "after": plain(step.after, reserved), "line": plain(step.line, reserved),
            "latex": latex(step.line, reserved, time), "stage": step.stage,
            "obligations": [plain(o, reserved) for o in step.obligations]}
