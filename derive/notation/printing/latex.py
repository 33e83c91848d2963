"""LaTeX, for `align*` and for mathematics in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sympy import Expr

from derive.core import heads
from derive.notation.operator_table import BIG_OPERATORS, COMPARISONS, JUNCTIONS, OPERATORS
from derive.notation.printing.pretty import GREEK, greek
from derive.notation.printing.print_target import ArraySigns, Target
from derive.notation.printing.printer import Printer
from derive.notation.printing.shared_forms import FORMS

_VARIANTS = {"epsilon": r"\varepsilon", "eps": r"\varepsilon", "lam": r"\lambda"}
_UPRIGHT = {sign: f"\\{word}" for word, sign in GREEK.items() if word not in _VARIANTS}
_COMMANDS = {o.unicode: o.latex[0] for o in OPERATORS}


def paired(left: str, text: str, right: str) -> str:
    """Text between brackets that grow with it where it is tall."""
    tall = any(word in text for word in (r"\frac", r"\sum", r"\prod", r"\begin", r"\left", "^"))
    return rf"\left{left}{text}\right{right}" if tall else f"{left}{text}{right}"


def latex_name(name: str) -> str:
    """A name in LaTeX: Greek, a letter, or upright text; digits and what follows _ stand below."""
    head, *below = name.split("_")
    letters = head.rstrip("0123456789")
    if letters != head:
        below.insert(0, head[len(letters):])
    below = [_below(b) for b in below if b]
    tail = f"_{{{','.join(below)}}}" if below else ""
    if letters in _VARIANTS:
        return _VARIANTS[letters] + tail
    if greek(letters) != letters:
        return f"\\{letters}{tail}"
    if letters in _UPRIGHT:
        return _UPRIGHT[letters] + tail
    return letters + tail if len(letters) == 1 else rf"\mathrm{{{letters}}}{tail}"


def _below(part: str) -> str:
    """A part of a name as a subscript."""
    if greek(part) != part:
        return _VARIANTS.get(part, f"\\{part}")
    return part if len(part) == 1 or part.isdecimal() else rf"\mathrm{{{part}}}"


def _words(text: str) -> str:
    return " " * text.startswith(" ") + rf"\text{{{text}}}" + " " * text.endswith(" ")


def _subscripted(base: str, parts: Sequence[str]) -> str:
    base = f"{{{base}}}" if "_" in base else base
    return f"{base}_{{{(',' if any(len(p) > 1 for p in parts) else '').join(parts)}}}"


def _partial(body: str, variable: str) -> str:
    above = rf"\partial {body}" if body else r"\partial"
    return rf"\frac{{{above}}}{{\partial {variable}}}"


def _cases(rows: Sequence[tuple[str, str]], rest: str) -> str:
    lines = [rf"{value} & \text{{if }} {test}" for value, test in rows]
    body = r" \\ ".join([*lines, rf"{rest} & \text{{otherwise}}"])
    return rf"\begin{{cases}} {body} \end{{cases}}"


LATEX = Target(
    signs={
        "-": "-", "minus": " - ", "plus": " + ", "@": " ", "pi": r"\pi",
        "euler_gamma": r"\gamma_{\mathrm{e}}", ":": r":\, ", True: "True", False: "False",
        heads.Not: _words("not "), heads.Delta: r"\delta",
        heads.Expect: r"\operatorname{E}", heads.Root: r"\operatorname{root}",
        **{o.head: f" {o.latex[0]} " for o in COMPARISONS},
        **{o.head: _words(f" {o.sign} ") for o in JUNCTIONS},
        **{o.head: o.latex for o in BIG_OPERATORS}},
    arrays=ArraySigns(times=r" \, ", elementwise=r" \circ ", space=" ", link=r" \, ",
                      transposed=lambda text: rf"{text}^{{\top}}",
                      onehot=lambda text: rf"\operatorname{{onehot}}({text})",
                      over=lambda above, below: f"{above} / {below}"),
    name=latex_name, words=_words, fenced=paired, layout=True,
    subscripted=_subscripted,
    stepped=lambda base, step, parts:
        f"{_subscripted(base, parts) if parts else base}^{{({step})}}",
    fraction=lambda above, below: rf"\frac{{{above}}}{{{below}}}",
    joint=lambda left, right: r" \, \cdot " if right[:1].isdecimal() else r" \, ",
    root=lambda text: rf"\sqrt{{{text[0]}}}",
    power=lambda base, exponent: f"{base}^{{{exponent[0]}}}",
    bracketed=(heads.Element, heads.Apply),
    partial=_partial,
    integral=lambda body, variable: rf"\int {body} \, d{variable}",
    under=lambda sign, below: f"{sign}_{{{below}}}",
    low=lambda sign, parts: f"{sign}_{{{','.join(parts)}}}",
    function=lambda function: str(function.latex),
    between=lambda sign: f" {_COMMANDS.get(sign, sign)} ",
    primed=lambda name, order: name + "'" * order,
    cases=_cases, forms=FORMS)


def latex(node: Expr, reserved: Iterable[str] = (), time: Expr | None = None) -> str:
    """The expression in LaTeX; `time` is the dimension of a model's steps."""
    return Printer(LATEX, reserved, time)(node)
