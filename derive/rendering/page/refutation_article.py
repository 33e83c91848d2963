"""The proof that no cost exists, as an article."""

from __future__ import annotations

from html import escape

from derive.notation.printing.pretty import pretty
from derive.proof import Refusal, number
from derive.rendering.page.article import chapter, given, label
from derive.rendering.page.equation_chain import Chains
from derive.rendering.page.page_formulas import math, scroll
from derive.rendering.refutation import proof_facts

_NO_COST = "No cost has this gradient"


def refusal_title(proof: Refusal) -> str:
    """The claim in one line of text."""
    return f"No cost has the gradient {pretty(proof.field, proof.jacobian.reserved)}"


def refusal_article(proof: Refusal, detail: str = "normal", heading: int = 1,
                    prefix: str = "line") -> str:
    """The claim, both derivations, the numbers at a point, and two paths with different work."""
    chains = Chains(detail, "", prefix)
    parts = "".join(map(chains.chain, (proof.jacobian, proof.difference)))
    told = "".join(f"<p>{escape(fact)}</p>" for fact in proof_facts(proof))
    return (f'<article id="{prefix}-article"><header><h{heading}>{_NO_COST}</h{heading}></header>'
            f'{given(proof.given)}<section class="result">{label("Field")}'
            f"{scroll(math(proof.field, proof.jacobian))}</section>"
            f"{chapter('Why', parts, unfolds=True)}"
            f"{chapter('The numbers', told + _witness(proof))}</article>")


def _witness(proof: Refusal) -> str:
    """The work along both paths under each other."""
    if proof.paths is None:
        return ""
    works = [number(path.work) for path in proof.paths]
    return f'<p class="lead">{escape(works[0])} ≠ {escape(works[1])}</p>'

