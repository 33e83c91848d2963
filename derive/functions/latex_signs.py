"""What LaTeX may stand for the name of a function in a stranger's file: signs, and no programs."""

from __future__ import annotations

import re

_GREEK = ("alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda "
          "mu nu xi pi varpi rho varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma "
          "Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell partial nabla")
_NAMES = ("arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd inf ker lg lim "
          "liminf limsup ln log max min sec sin sinh sup tan tanh")
_FORMS = ("operatorname mathrm mathbf mathit mathsf mathtt mathcal mathbb mathfrak text hat "
          "widehat tilde widetilde bar overline vec dot ddot check prime circ star dagger")
_KNOWN = frozenset(f"{_GREEK} {_NAMES} {_FORMS}".split())
_COMMAND = re.compile(r"\\(?:([A-Za-z]+)|[,:;!_ ])")
_PLAIN = re.compile(r"[\w \-+/().,'*|\[\]^{}]*")


def is_sign(latex: str) -> bool:
    r"""Whether LaTeX is letters, scripts, accents and names of functions, its braces in pairs.

    >>> is_sign(r"\operatorname{gd}_\alpha"), is_sign(r"\write18{ls}"), is_sign("a}")
    (True, False, False)
    """
    if any(name not in _KNOWN for name in _COMMAND.findall(latex) if name):
        return False
    rest = _COMMAND.sub(" ", latex)
    depths = [0]
    for sign in rest:
        depths.append(depths[-1] + (sign == "{") - (sign == "}"))
    return bool(_PLAIN.fullmatch(rest)) and min(depths) == depths[-1] == 0 and "^^" not in rest
