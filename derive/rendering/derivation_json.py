"""A derivation as data: the contract for other tools."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import count
from typing import Any

from sympy.core.basic import Basic

from derive.core.atoms import Index, Quantity, Tensor, Variable
from derive.core.indexing import exact, free_names, leaves, names
from derive.core.kinds import Dimension
from derive.derivation import Derivation, Step
from derive.errors import StoredError
from derive.functions.function_records import entry_of
from derive.notation.printing.index_letters import name_opened
from derive.notation.printing.latex import latex
from derive.notation.printing.matrices import in_matrices
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.notation.reading.specification import Definition
from derive.outgoing_text import as_json
from derive.premises import Typed
from derive.rendering.derivation_rows import definition_line
from derive.rendering.fitted_rows import fitted_data
from derive.rulebook.filling import Family
from derive.storing.reading import decoded, read
from derive.storing.writing import encoded


@lru_cache(maxsize=4096)
def _plain(node: Basic, reserved: tuple[str, ...] = ()) -> str:
    return plain(node, reserved)


@lru_cache(maxsize=1024)
def _latex(node: Basic, reserved: tuple[str, ...], time: Dimension | None) -> str:
    return latex(node, reserved, time)


@lru_cache(maxsize=1024)
def _pretty(node: Basic, reserved: tuple[str, ...], time: Dimension | None) -> str:
    return pretty(node, reserved, time)


def to_json(derivation: Derivation) -> dict[str, Any]:
    """The derivation as plain dictionaries; every `notation` parses back to its expression.

    `data` holds the trees themselves and all else that a derivation is, for `from_json`.
    """
    return {**shown(derivation), "data": encoded(derivation)}


def json_text(derivation: Derivation, _detail: str = "normal") -> str:
    """The same as the text of a file."""
    return as_json(to_json(derivation), indent=2)


def from_json(given: str | Mapping[str, Any]) -> Derivation:
    """The derivation of what `to_json` gave, or of its text.

    Raises StoredError for what is none, and where a text in it is not that of its formula.
    """
    content = read(given) if isinstance(given, str) else json.loads(json.dumps(given))
    if not isinstance(content, dict) or "data" not in content:
        raise StoredError("this is no derivation as JSON: the key 'data' is missing")
    derivation = decoded(content.pop("data"))
    if not isinstance(derivation, Derivation):
        raise StoredError("the data are not those of a derivation")
    difference = first_difference(json.loads(json.dumps(shown(derivation))), content)
    if difference:
        raise StoredError(difference)
    return derivation


def first_difference(right: Any, written: Any, path: tuple[str | int, ...] = ()) -> str:
    """Where what is written differs from what the formulas say, in words; empty where nowhere."""
    def first(entries: Iterable[tuple[str | int, Any, Any]]) -> str:
        return next(filter(None, (first_difference(r, w, (*path, key)) for key, r, w in entries)),
                    "")

    if isinstance(right, dict) and isinstance(written, dict):
        for key in dict.fromkeys((*right, *written)):
            if key not in right or key not in {*written, *_LATER}:
                fault = "is missing" if key in right else "belongs to no derivation"
                return f"{_in_words(path)}the key {str(key)[:40]!r} {fault}"
        return first((key, right[key], written[key]) for key in right if key in written)
    if isinstance(right, list) and isinstance(written, list) and len(right) == len(written):
        return first(zip(count(), right, written, strict=False))
    if type(right) is type(written) and right == written:
        return ""
    return f"{_in_words(path)}what is written is not what its formula says"


# Keys that files of earlier versions lack.
_LATER = frozenset({"matrix", "meaning", "remarks_in_order", "sequel", "own_rules", "fit"})
_ENTRIES = {"steps": "step", "parts": "part", "others": "further result", "checks": "check",
            "results": "result"}


def _in_words(path: tuple[str | int, ...]) -> str:
    """A place in the data, with steps and parts counted from 1."""
    words = []
    for place, key in enumerate(path):
        if isinstance(key, int):
            words.append(f"{_ENTRIES.get(str(path[place - 1]), 'entry')} {key + 1}")
        elif not (place + 1 < len(path) and isinstance(path[place + 1], int)) or key in (
                "given", "declarations", "obligations", "definitions"):
            words.append(repr(key))
    return f"{', '.join(words)}: " if words else ""


def shown(derivation: Derivation) -> dict[str, Any]:
    """What a reader sees of a derivation, as plain dictionaries."""
    reserved = derivation.reserved
    result, sequel = quantity(derivation), derivation.sequel
    others = (derivation.written_out, sequel, *derivation.others)
    return {
        "title": derivation.title,
        "meaning": derivation.meaning,
        "given": list(derivation.given),
        "assumed": list(derivation.assumed),
        "typed": _typed(derivation),
        "asked": _asked(derivation),
        "declarations": declarations(derivation),
        "goal": derivation.goal,
        "quantity": _plain(derivation.quantity, reserved),
        "start": _plain(derivation.start, reserved),
        "steps": [_step(step, reserved, derivation.time) for step in derivation.steps],
        "result": result,
        "results": [result, *(quantity(d) for d in others if d is not None)],
        "estimates": {name: str(value) for name, value in derivation.estimates},
        "fit": None if derivation.fit is None else fitted_data(derivation.fit),
        "remarks": dict(derivation.remarks),
        "remarks_in_order": [list(pair) for pair in derivation.remarks],  # a label may repeat
        "note": derivation.note,
        "definitions": defined(derivation),
        "where": defined(derivation),
        "assumptions": [_plain(a, reserved) for a in derivation.assumptions],
        "obligations": [_plain(o, reserved) for o in derivation.obligations],
        "obligation_declarations": [_opened([o], reserved) for o in derivation.obligations],
        "others": list(map(shown, derivation.others)),
        "checks": list(map(shown, derivation.checks)),
        "parts": list(map(shown, derivation.parts)),
        "sequel": None if sequel is None else shown(sequel),
        "own_rules": [{"name": rule.name, "says": rule.says, "from": rule.from_, "to": rule.to,
                       "given": list(rule.given)} for rule in derivation.rules],
        "source": derivation.source,
        "verification": _verification(derivation),
        "proof": proof_record(derivation.proof),
    }


def _asked(derivation: Derivation) -> dict[str, Any] | None:
    """The question as it was typed."""
    asked = derivation.asked
    return None if asked is None else {
        "function": asked.function, "target": asked.target, "given": list(asked.given),
        "options": {name: as_text(value, derivation.reserved) for name, value in asked.options},
        "functions": {f.name: entry_of(f) for f in asked.functions}}


def _verification(derivation: Derivation) -> dict[str, Any] | None:
    """What was checked, and how exactly."""
    check = derivation.verification
    return None if check is None else {
        "points": check.points, "lines": check.lines, "digits": check.digits,
        "worst_relative_error": check.worst, "seed": check.seed, "sizes": _sizes(check),
        "cases": list(check.cases), "ends": [{
            "values": end.values, "points": end.points, "digits": end.digits,
            "worst_relative_error": end.worst, "sizes": _sizes(end)} for end in check.ends],
        "unjudged": check.unjudged, "unproved": list(check.unproved), "summary": check.summary}


def proof_record(proof: Any) -> dict[str, Any] | None:
    """What a proof assistant has accepted; None where the result was judged by numbers alone."""
    return None if proof is None else {
        "theorems": list(proof.theorems), "lemmas": list(proof.lemmas),
        "axioms": list(proof.axioms), "checker": proof.checker, "lines": list(proof.lines),
        "summary": proof.summary}


def _sizes(check: Any) -> dict[str, list[int]]:
    return {name: list(sizes) for name, sizes in check.sizes}


def _typed(derivation: Derivation) -> dict[str, Any] | None:
    """The texts that were typed, which the judge reads; an entry's where its name was typed."""
    typed, asked = derivation.typed, derivation.asked
    if typed is None and asked is not None:
        typed = Typed(asked.target, asked.given)
    return None if typed is None else {
        "target": typed.target, "given": list(typed.given), "wrt": typed.wrt,
        "options": [list(pair) for pair in typed.options], "assumed": list(typed.assumed)}


def declarations(derivation: Derivation) -> list[str]:
    """Lines that declare every name in the notations: as given, free indices, named quantities."""
    sequel = derivation.sequel
    definitions = (*derivation.definitions, *(sequel.definitions if sequel else ()))
    lines = [*(line for line in derivation.given if ":" in line),
             *(f"{i.name}: index({i.dim})" for i in derivation.indices),
             *(f"{d.name}: {d.symbol.kind}" for d in definitions)]
    if derivation.recurrence is not None:
        lines.append(f"{derivation.recurrence.loss.name}: quantity")
    known = {n.strip() for line in lines for n in line.partition(":")[0].split(",")}
    formulas = (*_formulas(derivation), *(_formulas(sequel) if sequel else ()))
    for leaf in sorted(set().union(*map(free_names, formulas)), key=lambda leaf: leaf.name):
        if isinstance(leaf, (Variable, Tensor)) and leaf.name not in known:
            kind = "quantity" if type(leaf) is Quantity else leaf.kind
            lines.append(f"{leaf.name}: {kind}")
    return list(dict.fromkeys(lines))


def _formulas(derivation: Derivation) -> tuple[Basic, ...]:
    """Every formula in which a name may stand."""
    lines = (n for s in derivation.steps for n in (s.before, s.after, s.line))
    return (derivation.quantity, derivation.start, *lines, *derivation.obligations,
            *derivation.assumptions, *(d.body for d in derivation.definitions))


@exact
def defined(derivation: Derivation) -> list[str]:
    """The definitions as lines of the notation, `g[m] = softmax(z)[m] - t[m]`."""
    sequel = derivation.sequel
    return [definition_line(definition, derivation.reserved, derivation.indices)
            for definition in (*derivation.definitions, *(sequel.definitions if sequel else ()))]


def quantity(derivation: Derivation) -> dict[str, Any]:
    """The result, with the indices that are free in it."""
    reserved, result, time = derivation.reserved, derivation.result, derivation.time
    shared: dict[str, Any] = {
        "indices": [i.name for i in derivation.indices], "notation": _plain(result, reserved),
        "text": _pretty(result, reserved, time), "latex": _latex(result, reserved, time),
        "matrix": _matrix(derivation)}
    return shared if time is None else {
        **shared, "quantity": _plain(derivation.quantity, reserved),
        "matrices": {style: in_matrices(result, derivation.indices, time, style, reserved)
                     for style in ("unicode", "latex", "ascii")}}


def _matrix(derivation: Derivation) -> dict[str, str | None] | None:
    """The result in whole vectors and matrices, where it has that form."""
    def written(style: str) -> str | None:
        return derivation.matrix(style) if derivation.time is None else in_matrices(
            derivation.result, derivation.indices, derivation.time, style, derivation.reserved)

    notation = written("ascii")
    return None if notation is None else {
        "notation": notation, "unicode": written("unicode"), "latex": written("latex")}


def _opened(nodes: Iterable[Basic], reserved: tuple[str, ...]) -> list[str]:
    """Declarations of the letters that print gives to indices bound outside a part."""
    lines: dict[str, None] = {}
    for node in nodes:
        lettered = name_opened(node, frozenset(reserved))
        if lettered != node:
            before = names(node)
            lines |= dict.fromkeys(f"{leaf.name}: index({leaf.dim})" for leaf in leaves(lettered)
                                   if isinstance(leaf, Index) and leaf.name not in before)
    return list(lines)


def _step(step: Step, reserved: tuple[str, ...], time: Dimension | None) -> dict[str, Any]:
    return {"declarations": _opened((step.before, step.after, *step.obligations), reserved),
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
