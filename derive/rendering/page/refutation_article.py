"""The proof that no cost exists, as an article."""

from __future__ import annotations

from html import escape

from derive.proof import Refusal, number
from derive.rendering.no_cost_facts import proof_facts
from derive.rendering.page.article import chapter, given, label
from derive.rendering.page.equation_chain import Chains
from derive.rendering.page.page_formulas import math, scroll

_NO_COST = "No cost has this gradient"


def refusal_article(proof: Refusal, detail: str = "normal", heading: int = 1,
                    prefix: str = "line") -> str:
    """The claim, both derivations, the numbers at a point, and two paths with different work."""
    chains = Chains(detail, "", prefix)
    parts = "".join(map(chains.chain, (proof.jacobian, proof.difference)))
    facts = "".join(f"<p>{escape(fact)}</p>" for fact in proof_facts(proof))
    return (f'<article id="{prefix}-article"><header><h{heading}>{_NO_COST}</h{heading}></header>'
            f'{given(proof.stated, 2, proof.assumed)}<section class="result">{label("Field")}'
            f"{scroll(math(proof.field, proof.jacobian))}</section>"
            f"{chapter('Why', parts, unfolds=True)}"
            f"{chapter('The numbers', facts + _witness(proof))}</article>")


def _witness(proof: Refusal) -> str:
    """The work along both paths under each other."""
    if proof.paths is None:
        return ""
    works = [number(path.work) for path in proof.paths]
    return f'<p class="lead">{escape(works[0])} ≠ {escape(works[1])}</p>'

