"""The proof that no cost exists, as text, Markdown, LaTeX and data; nothing is computed here."""

from __future__ import annotations

import json
from typing import Any

from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty, subscript
from derive.proof import Path, Refusal, listed, number, place
from derive.rendering.derivation_json import to_json as derivation_data
from derive.rendering.layout import folded
from derive.rendering.terminal_text import Page
from derive.rendering.tex import align, escaped


def render_refusal(proof: Refusal, form: str = "text", detail: str = "normal", **options: Any,
                   ) -> str:
    """A proof in one of FORMATS; `options` as in `derive.rendering`."""
    if form == "json":
        return json.dumps(data(proof), ensure_ascii=False, indent=2)
    if form == "text":
        return "\n".join(_text(proof, detail, **options))
    if form == "html":
        from derive.rendering.html import refusal_page

        return refusal_page(proof, detail, **options)
    if form == "notebook":
        from derive.rendering.notebook import refusal_cells, written

        return written(refusal_cells(proof, detail))
    parts = (proof.jacobian, proof.difference)
    if form == "latex":
        body = [line for part in parts for line in (
            *([escaped(part.note)] if part.note else []), align(part, detail, "align*"))]
        told = [f"\\par {escaped(fact)}" for fact in proof_facts(proof)]
        return "\n".join([f"% {_claim(proof, plain)}", *body, *told])
    page = [f"### {_claim(proof, pretty)}", ""]
    for part in parts:
        page += [part.note, "", "$$", align(part, detail, "aligned"), "$$", ""]
    page += [line for fact in proof_facts(proof) for line in (fact, "")]
    return "\n".join(page).rstrip()


def _claim(proof: Refusal, printer: Any) -> str:
    return f"No cost has the gradient {printer(proof.field, proof.jacobian.reserved)}"


def _text(proof: Refusal, detail: str, width: int = 80, ascii: bool = False,
          color: bool = False) -> list[str]:
    page = Page(proof.jacobian, detail, width, ascii, color)
    lines = [page.styled(line, "bold") for line in
             folded(page.sentence(_claim(proof, plain if ascii else pretty)), page.width, "")]
    given = ", ".join(proof.given) or "nothing"
    lines += ["", *page.labelled("given", given), ""]
    for part in (proof.jacobian, proof.difference):
        lines += [*page.section(part), ""]
    for fact in proof_facts(proof, ascii):
        lines += ["  " + line for line in
                  folded(page.sentence(fact), page.width - 4, "  ")]
    return lines


def proof_facts(proof: Refusal, ascii: bool = False) -> list[str]:
    """The numbers: two derivatives that differ, two paths, and what follows."""
    name, variable = proof.field_name, proof.variable
    told = []
    if proof.witness is not None:
        one, two = (f"_{place(at)}" if ascii else subscript(place(at))
                    for at in (proof.witness.first, proof.witness.second))
        left, right = (number(n) for n in proof.witness.numbers)
        told.append(f"At {_values(proof)}: ∂{name}{one}/∂{variable}{two} = {left}, but "
                    f"∂{name}{two}/∂{variable}{one} = {right}.")
    else:
        told.append("The field jumps, so that its Jacobian does not tell all. "
                    f"At {_values(proof)}:")
    if proof.paths is not None:
        told.append(f"Two paths from {listed(proof.paths[0].corners[0])} to "
                    f"{listed(proof.paths[0].corners[-1])}:")
        told += [_path(path) for path in proof.paths]
        told.append("The work of a gradient depends on the ends alone: there is no such cost.")
    else:
        told.append("The second derivatives of a cost would be equal: there is no such cost.")
    return told


def _values(proof: Refusal) -> str:
    return ", ".join(f"{name} = {listed(value)}" for name, value in proof.values.items())


def _path(path: Path) -> str:
    return f"{' → '.join(map(listed, path.corners))}: work {number(path.work)}"


def data(proof: Refusal) -> dict[str, Any]:
    """The proof as plain dictionaries."""
    witness, paths = proof.witness, proof.paths
    return {
        "title": _claim(proof, plain), "exists": False,
        "field": plain(proof.field, proof.jacobian.reserved), "given": list(proof.given),
        "variable": proof.variable,
        "jacobian": derivation_data(proof.jacobian),
        "difference": derivation_data(proof.difference),
        "point": {name: _floats(value) for name, value in proof.values.items()},
        "witness": None if witness is None else {
            "first": list(witness.first), "second": list(witness.second),
            "derivatives": [float(n) for n in witness.numbers],
            "exact": [number(n) for n in witness.numbers]},
        "paths": None if paths is None else [
            {"corners": [_floats(c) for c in path.corners], "work": float(path.work)}
            for path in paths],
    }


def _floats(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_floats(v) for v in value]
    return value if isinstance(value, int) else float(value)
