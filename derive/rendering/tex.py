"""A derivation in LaTeX: chains of equations in environments of amsmath."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from derive.derivation import Derivation
from derive.notation.printing.latex import latex, latex_name
from derive.notation.printing.pretty import GREEK, SUBSCRIPTS, SUPERSCRIPTS
from derive.proof import Refusal
from derive.rendering.array_results import matrix_results
from derive.rendering.derivation_rows import binds_indices, names_in, rows_of, sections
from derive.rendering.model_results import equations
from derive.rendering.no_cost_facts import claim, proof_facts

_ESCAPES = str.maketrans({"&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_", "$": r"\$", "{": r"\{",
                          "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
                          "\\": r"\textbackslash{}"})
_SIGNS = {"∂": r"$\partial$", "Σ": r"$\sum$", "Π": r"$\prod$", "−": "$-$", "⁻¹": "$^{-1}$",
          "·": r"$\cdot$", "∫": r"$\int$", "′": "$'$", "″": "$''$", "≤": r"$\le$",
          "≠": r"$\ne$", "→": r"$\to$", "√": r"$\surd$", "π": r"$\pi$", "½": r"$\frac12$",
          "Φ": r"$\Phi$", "φ": r"$\varphi$", "Γ": r"$\Gamma$", "γₑ": r"$\gamma_e$", "…": "...",
          **{sign: f"${latex_name(word)}$" for word, sign in GREEK.items()},
          **{low: f"$_{letter}$" for letter, low in SUBSCRIPTS.items() if letter.isascii()},
          **{high: f"$^{digit}$" for digit, high in SUPERSCRIPTS.items()}}

_TOKEN = re.compile(r"[{}()\[\]]| [-+] ")
_LONG = 180  # signs of LaTeX after which a sum goes on below


def latex_document(derivation: Derivation, detail: str = "normal") -> str:
    r"""The equations as `align*` environments, for a document with amsmath."""
    recurrent = derivation.time is not None
    lines = [f"% {derivation.title}", f"% given: {', '.join(derivation.stated)}"]
    if derivation.assumed:
        lines.append(f"% assumed: {', '.join(derivation.assumed)}")
    if derivation.verification is not None:
        lines.append(f"% verified: {derivation.verification.summary}")
    if recurrent:
        lines.append(aligned(equations(derivation, "latex"), "align*"))
    lines += _chains(sections(derivation, detail), detail)
    rows = matrix_results(derivation, "latex")
    if rows:
        lines += ["In matrices:", aligned(rows, "align*")]
    lines += [f"\nWith {escaped(line)}." for line in names_in(derivation)]
    if derivation.written_out is not None:
        lines += ["Written out:", aligned([_sides(derivation.written_out)], "align*")]
    lines += conditions(derivation)
    lines += [f"\n{escaped(label.capitalize())}: {escaped(words)}."
              for label, words in derivation.remarks]
    return "\n".join(lines)


def refusal_document(proof: Refusal, detail: str = "normal") -> str:
    """The proof that no cost exists, for such a document."""
    return "\n".join([f"% {claim(proof, ascii=True)}",
                      *_chains((proof.jacobian, proof.difference), detail),
                      *(f"\\par {escaped(fact)}" for fact in proof_facts(proof))])


def _chains(parts: Iterable[Derivation], detail: str) -> list[str]:
    """The chain of equations of each part, under its note."""
    return [text for part in parts for text in (
        *([escaped(part.note)] if part.note else []), align(part, detail, "align*"))]


def _sides(derivation: Derivation) -> tuple[str, str]:
    """What was derived and its result."""
    left, right = (latex(node, derivation.reserved, derivation.time)
                   for node in (derivation.quantity, derivation.result))
    return left, right


def aligned(rows: Sequence[tuple[str, str]], environment: str) -> str:
    """Equations under each other, in an environment of amsmath."""
    return _environment([_equation(f"{left} ", broken(right)) for left, right in rows],
                        environment)


def _equation(left: str, pieces: Sequence[str]) -> str:
    """An equation whose right side goes on below in further pieces."""
    return " \\\\\n  &\\quad".join([f"{left}&= {pieces[0]}", *pieces[1:]])


def _environment(rows: Sequence[str], environment: str) -> str:
    body = " \\\\\n  ".join(rows)
    return f"\\begin{{{environment}}}\n  {body}\n\\end{{{environment}}}"


def broken(formula: str) -> list[str]:
    """A long sum in pieces, broken before signs that no bracket holds."""
    depth, start, pieces = 0, 0, []
    for match in _TOKEN.finditer(formula):
        token = match.group()
        if token in ("{", "(", "["):
            depth += 1
        elif token in ("}", ")", "]"):
            depth -= 1
        elif depth == 0 and match.start() - start > _LONG:
            pieces.append(formula[start:match.start()])
            start = match.start()
    return [*pieces, formula[start:]]


def align(part: Derivation, detail: str, environment: str) -> str:
    """The chain of equations of one part, in an environment of amsmath."""
    reserved, time = part.reserved, part.time
    rows: list[str] = []
    for row in rows_of(part, detail):
        rules = escaped(row.rules) if environment == "align*" else row.rules.replace("$", "")
        label = rf" && \text{{{rules}}}" if rules else ""
        left = "" if row.left is None else f"{latex(row.left, reserved, time)} "
        line = latex(row.line, reserved, time)
        rows.append(_equation(left, [line] if time is None else broken(line)) + label)
    return _environment(rows, environment)


def conditions(derivation: Derivation) -> list[str]:
    """Sentences on the conditions under which the result holds, with LaTeX."""
    return [f"Provided that ${latex(condition, derivation.reserved, derivation.time)}$"
            f"{' for every index' if binds_indices(condition) else ''}."
            for condition in derivation.obligations]


def escaped(words: str) -> str:
    """Words for LaTeX's text mode."""
    words = words.translate(_ESCAPES)
    for sign, code in _SIGNS.items():
        words = words.replace(sign, code)
    return words
