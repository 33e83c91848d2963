"""A derivation as data: the contract for other tools."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sympy.core.basic import Basic

from derive.core.atoms import Index, Quantity, Tensor, Variable
from derive.core.indexing import exact, free_names, leaves, names
from derive.core.walk import substitute
from derive.derivation import Derivation, Step
from derive.errors import StoredError
from derive.functions.function_records import entry_of
from derive.notation.printing.latex import latex
from derive.notation.printing.matrices import in_matrices
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.notation.printing.printer import name_opened
from derive.notation.reading.specification import Definition, fresh_indices
from derive.premises import Typed
from derive.rulebook.filling import Family
from derive.storing.reading import decoded, read
from derive.storing.writing import encoded


@lru_cache(maxsize=4096)
def _plain(node: Any, reserved: tuple[str, ...] = ()) -> str:
    return plain(node, reserved)


@lru_cache(maxsize=1024)
def _latex(node: Any, reserved: tuple[str, ...], time: Any) -> str:
    return latex(node, reserved, time)


@lru_cache(maxsize=1024)
def _pretty(node: Any, reserved: tuple[str, ...], time: Any) -> str:
    return pretty(node, reserved, time)


def to_json(derivation: Derivation) -> dict[str, Any]:
    """The derivation as plain dictionaries; every `notation` parses back to its expression.

    `data` holds the trees themselves and all else that a derivation is, for `from_json`.
    """
    return {**shown(derivation), "data": encoded(derivation)}


def json_text(derivation: Derivation, _detail: str = "normal") -> str:
    """The same as the text of a file."""
    return json.dumps(to_json(derivation), ensure_ascii=False, indent=2)


def from_json(given: str | Mapping[str, Any]) -> Derivation:
    """The derivation of what `to_json` gave, or of its text.

    Raises StoredError for what is none, and where a text in it is not that of its formula.
    """
    every = read(given) if isinstance(given, str) else json.loads(json.dumps(given))
    if not isinstance(every, dict) or "data" not in every:
        raise StoredError("this is no derivation as JSON: the key 'data' is missing")
    found = decoded(every.pop("data"))
    if not isinstance(found, Derivation):
        raise StoredError("the data are not those of a derivation")
    again = json.loads(json.dumps(shown(found)))
    difference = first_difference(again, every)
    if difference:
        raise StoredError(difference)
    return found


def first_difference(right: Any, written: Any, path: tuple[Any, ...] = ()) -> str:
    """Where what is written differs from what the formulas say, in words; empty where nowhere."""
    if isinstance(right, dict) and isinstance(written, dict):
        for key in dict.fromkeys((*right, *written)):
            if key not in written or key not in right:
                gone = "is missing" if key in right else "belongs to no derivation"
                return f"{_told(path)}the key {str(key)[:40]!r} {gone}"
            found = first_difference(right[key], written[key], (*path, key))
            if found:
                return found
        return ""
    if isinstance(right, list) and isinstance(written, list) and len(right) == len(written):
        return next((found for place, (r, w) in enumerate(zip(right, written, strict=True))
                     if (found := first_difference(r, w, (*path, place)))), "")
    if type(right) is type(written) and right == written:
        return ""
    return f"{_told(path)}what is written is not what its formula says"


def _told(path: tuple[Any, ...]) -> str:
    """A place in the data, with steps and parts counted from 1."""
    words = []
    for place, key in enumerate(path):
        if isinstance(key, int):
            name = {"steps": "step", "parts": "part", "others": "further result",
                    "checks": "check", "results": "result"}.get(path[place - 1], "entry")
            words.append(f"{name} {key + 1}")
        elif not (place + 1 < len(path) and isinstance(path[place + 1], int)) or key in (
                "given", "declarations", "obligations", "definitions"):
            words.append(repr(key))
    return f"{', '.join(words)}: " if words else ""


def shown(derivation: Derivation) -> dict[str, Any]:
    """What a reader sees of a derivation, as plain dictionaries."""
    reserved = derivation.reserved
    found = quantity(derivation)
    check = derivation.verification
    steps = [_step(step, reserved, derivation.time) for step in derivation.steps]
    return {
        "title": derivation.title,
        "given": list(derivation.given),
        "typed": _typed(derivation),
        "asked": None if derivation.asked is None else {
            "function": derivation.asked.function, "target": derivation.asked.target,
            "given": list(derivation.asked.given),
            "options": {name: as_text(value, reserved)
                        for name, value in derivation.asked.options},
            "functions": {f.name: entry_of(f) for f in derivation.asked.functions}},
        "declarations": declarations(derivation),
        "goal": derivation.goal,
        "quantity": _plain(derivation.quantity, reserved),
        "start": _plain(derivation.start, reserved),
        "steps": steps,
        "result": found,
        "results": [found, *([quantity(derivation.sequel)] if derivation.sequel else []),
                    *map(quantity, derivation.others)],
        "estimates": {name: str(value) for name, value in derivation.estimates},
        "remarks": dict(derivation.remarks),
        "note": derivation.note,
        "definitions": defined(derivation),
        "where": defined(derivation),
        "assumptions": [_plain(a, reserved) for a in derivation.assumptions],
        "obligations": [_plain(o, reserved) for o in derivation.obligations],
        "obligation_declarations": [_opened([o], reserved) for o in derivation.obligations],
        "others": [shown(other) for other in derivation.others],
        "checks": [shown(check) for check in derivation.checks],
        "parts": [shown(part) for part in derivation.parts],
        "source": derivation.source,
        "verification": None if check is None else {
            "points": check.points, "lines": check.lines, "digits": check.digits,
            "worst_relative_error": check.worst, "seed": check.seed,
            "sizes": {name: list(sizes) for name, sizes in check.sizes},
            "cases": list(check.cases), "ends": [{
                "values": end.values, "points": end.points, "digits": end.digits,
                "worst_relative_error": end.worst,
                "sizes": {name: list(sizes) for name, sizes in end.sizes}} for end in check.ends],
            "unjudged": check.unjudged, "summary": check.summary},
    }


def _typed(derivation: Derivation) -> dict[str, Any] | None:
    """The texts that were typed, which the judge reads; an entry's where its name was typed."""
    typed, asked = derivation.typed, derivation.asked
    if typed is None and asked is not None:
        typed = Typed(asked.target, asked.given)
    return None if typed is None else {
        "target": typed.target, "given": list(typed.given), "wrt": typed.wrt,
        "options": [list(pair) for pair in typed.options]}


def declarations(derivation: Derivation) -> list[str]:
    """Lines that declare every name in the notations: as given, free indices, named quantities."""
    lines = [line for line in derivation.given if ":" in line]
    lines += [f"{i.name}: index({i.dim})" for i in derivation.indices]
    every_definition = (*derivation.definitions, *(
        derivation.sequel.definitions if derivation.sequel else ()))
    lines += [f"{d.name}: {d.symbol.kind}" for d in every_definition]
    if derivation.recurrence is not None:
        lines.append(f"{derivation.recurrence.loss.name}: quantity")
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
            lines.append(f"{definition.name}{at} = {_plain(body, derivation.reserved)}")
    return lines


def quantity(derivation: Derivation) -> dict[str, Any]:
    """The result, with the indices that are free in it."""
    reserved, result = derivation.reserved, derivation.result
    time = derivation.time
    found: dict[str, Any] = {
        "indices": [i.name for i in derivation.indices], "notation": _plain(result, reserved),
        "text": _pretty(result, reserved, time), "latex": _latex(result, reserved, time)}
    if time is not None:
        found |= {"quantity": _plain(derivation.quantity, reserved),
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
            "rule": step.rule.name, "says": step.rule.says, "margin": step.rule.label,
            "source": step.rule.source,
            "before": _plain(step.before, reserved),
            "after": _plain(step.after, reserved), "line": _plain(step.line, reserved),
            "latex": _latex(step.line, reserved, time), "stage": step.stage, "round": step.round,
            "bindings": {} if step.rule.tactic else {  # a tactic takes `before` alone
                name: as_text(value, reserved) for name, value in step.bindings.items()},
            "parameters": {name: as_text(value, reserved)
                           for name, value in step.parameters.items()},
            "restated": step.restated,
            "obligations": [_plain(o, reserved) for o in step.obligations],
            "substeps": [shown(part) for part in step.substeps]}


def as_text(value: Any, reserved: tuple[str, ...]) -> Any:
    """A binding or a parameter: formulas in the notation, a family as its body and arguments."""
    if isinstance(value, Basic):
        return _plain(value, reserved)
    if isinstance(value, Family):
        return {"of": as_text(value.parameters, reserved), "is": _plain(value.body, reserved)}
    if isinstance(value, Definition):
        return {"of": as_text(value.indices, reserved), "name": value.name,
                "is": _plain(value.body, reserved)}
    if isinstance(value, tuple):
        return [as_text(v, reserved) for v in value]
    if isinstance(value, Mapping):
        return {str(k): as_text(v, reserved) for k, v in value.items()}
    return value
