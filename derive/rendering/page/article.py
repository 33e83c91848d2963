"""One derivation as an article: what it is about, the result, code, lines, what was checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sympy.core.basic import Basic

from derive.derivation import Derivation
from derive.notation.printing.latex import latex
from derive.notation.printing.pretty import SUBSCRIPTS, pretty
from derive.outgoing_text import escape
from derive.rendering.asked_command import asked_call, page_command
from derive.rendering.derivation_contents import Chain, Entry, Formulas, blocks, contents
from derive.rendering.derivation_rows import sections
from derive.rendering.page.code_tabs import Tab, code_tabs
from derive.rendering.page.contents_list import contents_list
from derive.rendering.page.entry_writers import (
    closing,
    given_list,
    head,
    label,
    premises,
    results,
)
from derive.rendering.page.equation_chain import Chains
from derive.rendering.page.loss_plot import loss_plot
from derive.rendering.page.page_formulas import equations, math
from derive.rendering.page.phrases import phrase
from derive.rendering.page.subject import subject
from derive.rendering.tex import latex_document
from derive.rendering.value_and_gradient_code import plain_code

LONG = 4  # parts after which a derivation is folded and has a list of what is on the page
_LATEX, _CHECKS = "LaTeX", "Conditions and checks"


def article(derivation: Derivation, detail: str = "normal", heading: int = 1,
            prefix: str = "line", above: Sequence[Derivation] = (), plotted: bool = False) -> str:
    """A derivation as an `article` whose title has the level `heading`.

    `prefix` names its lines, and has to differ where a page has several; what derivations `above`
    it have shown is left out. A `plotted` one has its plot, where there is one: its page
    needs the styles and scripts of `plots`.
    """
    known = _opening(above, detail)
    entries = blocks(entry for entry in contents(derivation, detail) if entry not in known)
    parts = _unshown(entries.get("derivation", []), above, detail)
    long, low = len(parts) > LONG, heading + 1
    chains = Chains(detail, prefix, heading + 2, folded=long)
    names = _names(parts, derivation) if long else [""] * len(parts)
    lines = "".join(map(chains.chain, parts, names))
    chains.packed.texts["latex"] = latex_document(derivation)
    plot = loss_plot(derivation) if plotted else ""
    ends = closing(entries.get("closing", []), derivation.time is not None)
    made = [(name, words, inner) for name, words, inner in (
        ("about", "", _about(derivation, entries.get("premises", []), above, low)),
        ("result", "Result", results(entries.get("results", []), derivation, low)),
        ("plot", "Plot", chapter("Plot", plot, low)),
        ("code", "Code", _code(derivation, detail, chains, low)),
        ("derivation", "Derivation", chapter("Derivation", lines, low, unfolds=True)),
        ("checks", _CHECKS, chapter(_CHECKS, ends, low))) if inner]
    side = _side(made, prefix) if long else ""
    body = "".join(f'<div id="{prefix}-{name}">{inner}</div>' for name, _, inner in made)
    return (f'<article id="{prefix}-article">{head(entries.get("head", []), heading)}{side}{body}'
            f"{chains.behind()}</article>")


def _opening(above: Sequence[Derivation], detail: str) -> list[Entry]:
    """What derivations above have shown of what they are about."""
    return [entry for earlier in above for entry in contents(earlier, detail)
            if entry.block in ("head", "premises")]


def _unshown(entries: Sequence[Entry], above: Sequence[Derivation], detail: str,
             ) -> list[Derivation]:
    """The parts that no derivation above has shown."""
    shown = {_key(part) for earlier in above for part in sections(earlier, detail)}
    return [e.part for e in entries if isinstance(e, Chain) and _key(e.part) not in shown]


def _key(part: Derivation) -> tuple[Basic, Basic, Basic]:
    return part.quantity, part.start, part.result


def _about(derivation: Derivation, entries: Sequence[Entry], above: Sequence[Derivation],
           level: int) -> str:
    """The formula that was asked about, with what is given."""
    about = subject(derivation)
    formula = "" if about is None or about in map(subject, above) else (
        f'<section class="about">{label(about.label, level)}'
        f"{equations([(about.left, about.right)])}</section>")
    return formula + premises(entries, derivation, level)


def _names(parts: Sequence[Derivation], derivation: Derivation) -> list[str]:
    """What parts are called, as HTML: by their titles, with the quantity where titles repeat."""
    titles = [part.title if part.title != derivation.title else _own_title(derivation)
              for part in parts]
    counts = Counter(titles)
    names = []
    for part, words in zip(parts, titles, strict=True):
        quantity = math(part.quantity, part, notes=False)
        title = phrase(words)
        names.append(quantity if not title else f"{title} {quantity}" if counts[words] > 1
                     else title)
    return names


def _own_title(derivation: Derivation) -> str:
    """What the first result is called among the parts: as the results after it are.

    Its own title is that of them all.
    """
    own = pretty(derivation.quantity)
    for other in derivation.others:
        name = pretty(other.quantity)
        if other.title.endswith(name):  # Estimate of σ
            return other.title.removesuffix(name) + own
        if name.startswith(other.title):  # ∂L/∂o, short for ∂L/∂oₜᵢ
            return own.rstrip("".join(SUBSCRIPTS.values()))
        return other.title
    return "Cost" if derivation.goal == "cost" else ""


def _side(made: Sequence[tuple[str, str, str]], prefix: str) -> str:
    """The list of what is on the page."""
    links = [(f"{prefix}-{name}", escape(words)) for name, words, _ in made if words]
    return contents_list(links, f"{prefix}-derivation")


def _code(derivation: Derivation, detail: str, chains: Chains, level: int) -> str:
    """Tabs: how it is asked again, and the result in other languages."""
    asked, own = derivation.asked, bool(derivation.rules)
    tabs: list[Tab] = [] if asked is None else [
        ("Command line", page_command(asked, detail, own)),
        ("Python", asked_call(asked, own))]
    tabs += [("NumPy", plain_code(derivation)), (_LATEX, results_in_latex(derivation)),
             ("Notation", results_in_notation(derivation, detail))]
    copies = [(_LATEX, "Copy derivation as LaTeX", "latex")]
    return chapter("Code", code_tabs(tabs, chains.prefix, level + 1, copies), level)


def results_in_latex(derivation: Derivation) -> str:
    """The result as LaTeX; several are equations, a line each."""
    shown = [derivation, *derivation.others]
    return " \\\\\n".join(_tex(r, len(shown) > 1) for r in shown)


def results_in_notation(derivation: Derivation, detail: str = "normal") -> str:
    """The results in the notation, a line each."""
    return "\n".join(text for e in contents(derivation, detail) if isinstance(e, Formulas)
                     for text in e.notations)


def _tex(result: Derivation, named: bool) -> str:
    formula = latex(result.result, result.reserved, result.time)
    return f"{latex(result.quantity, result.reserved, result.time)} = {formula}" if named \
        else formula


def given(lines: tuple[str, ...], level: int = 2, assumed: tuple[str, ...] = ()) -> str:
    """Declarations and conditions as a list, and those that the use of names told."""
    made = [f"<section>{label(words, level)}{given_list(part)}</section>"
            for words, part in (("Given", lines), ("Assumed", assumed))
            if part or (words == "Given" and not assumed)]
    return "".join(made)


def chapter(words: str, inner: str, level: int = 2, unfolds: bool = False) -> str:
    """A section with its heading, and a button that opens all steps in it; "" for nothing."""
    if not inner:
        return ""
    opener = ('<button type="button" class="small" hidden data-unfold aria-pressed="false">'
              "Open all steps</button>") if unfolds else ""
    return f'<section><div class="bar">{label(words, level)}{opener}</div>{inner}</section>'
