"""The proof that no cost exists, as an article."""

from __future__ import annotations

from derive.proof import Refusal, number
from derive.rendering.asked_command import asked_call, page_command
from derive.rendering.derivation_contents import Chain, Sentence, blocks, contents
from derive.rendering.page.article import chapter
from derive.rendering.page.code_tabs import code_tabs
from derive.rendering.page.entry_writers import closing, head, label, premises
from derive.rendering.page.equation_chain import Chains
from derive.rendering.page.page_formulas import math, scroll
from derive.rendering.page.phrases import phrase


def refusal_article(proof: Refusal, detail: str = "normal", heading: int = 1,
                    prefix: str = "line") -> str:
    """The claim, both derivations, the numbers at a point, and two paths with different work."""
    chains, low = Chains(detail, prefix, heading + 2), heading + 1
    entries = blocks(contents(proof, detail))
    parts = "".join(chains.chain(e.part) for e in entries["derivation"] if isinstance(e, Chain))
    facts = "".join(f"<p>{phrase(e.words)}</p>" for e in entries["closing"]
                    if isinstance(e, Sentence) and e.name == "facts")
    ends = closing([e for e in entries["closing"] if e.name != "facts"], stepped=False)
    return (f'<article id="{prefix}-article">{head(entries["head"], heading)}'
            f'<section class="result">{label("Field", low)}'
            f"{scroll(math(proof.field, proof.jacobian))}</section>"
            f"{premises(entries['premises'], proof.jacobian, low)}"
            f"{_code(proof, detail, prefix, low)}"
            f"{chapter('Why', parts, low, unfolds=True)}"
            f"{chapter('The numbers', facts + _witness(proof), low)}"
            f"{chapter('Conditions and checks', ends, low) if ends else ''}"
            f"{chains.behind()}</article>")


def _code(proof: Refusal, detail: str, prefix: str, level: int) -> str:
    """How it is asked again."""
    asked = proof.asked
    if asked is None:
        return ""
    tabs = [("Command line", page_command(asked, detail)), ("Python", asked_call(asked))]
    return chapter("Code", code_tabs(tabs, prefix, level + 1), level)


def _witness(proof: Refusal) -> str:
    """The work along both paths under each other."""
    if proof.paths is None:
        return ""
    works = [number(path.work) for path in proof.paths]
    return f'<p class="lead">{phrase(f"{works[0]} ≠ {works[1]}")}</p>'
