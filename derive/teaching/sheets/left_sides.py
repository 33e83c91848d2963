r"""What stands left of an equals sign: the asked derivative, a name, or a formula.

`dL/do_i`, `\nabla_w L`, `L'(z)`, `J(\theta)`, `\hat\lambda`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from derive.notation.latex_in.latex_vocabulary import ACCENTS, LETTERS
from derive.notation.latex_in.unicode_signs import composed_signs
from derive.notation.reading.surface_names import is_function
from derive.notation.reading.surface_signs import name_of
from derive.teaching.sheets.typed_calculus import as_latex, quotient

_FONT = re.compile(r"\\(?:mathbf|mathrm|mathcal|boldsymbol|bm|vec|mathit|text|operatorname|pmb"
                   r"|mathbb|mathscr|underline|displaystyle)\s*\{((?:[^{}]|\{[^{}]*\})*)\}"
                   r"|\\(?:displaystyle|left|right|,|;|!|quad)(?![A-Za-z])")
_ACCENT = re.compile(r"\\(hat|widehat|bar|tilde|widetilde|dot|overline)\s*\{?\s*"
                     r"(\\?[A-Za-z]+)\s*\}?")
_FRACTION = re.compile(
    r"\\[td]?frac\s*\{\s*(?:\\partial|\\?d|\\mathrm\{d\})(?:\s*\^\s*\{?(?P<order>\d)\}?)?"
    r"\s*(?P<body>.*?)\}"
    r"\s*\{\s*(?:\\partial|d)\s*(?P<by>(?:[^{}]|\{[^{}]*\})*)\}\s*(?P<behind>.*)\Z", re.DOTALL)
_NABLA = re.compile(r"\(?(?:\\nabla|∇|grad)\s*(?P<order>²|\^\s*\{?2\}?)?\s*"
                    r"(?:_?(?:\{(?P<by>[^{}]*)\}|(?P<letter>\\?\w+)))?\s*(?P<body>[^=]*)\Z")
_PRIMED = re.compile(r"(?P<body>\\?[^\W\d_]\w*)\s*(?P<primes>['′’″]+|\^\{?(?:\\prime\s*)+\}?)"
                     r"\s*(?:\((?P<at>[^()]*)\))?\Z")
_NAME = re.compile(r"(?P<base>\\?[^\W\d_]+)(?P<low>\s*_\s*(?:\{[^{}]*\}|\w+))?"
                   r"(?P<high>\s*\^\s*(?:\{[^{}]*\}|\(?\w+\)?|\*|\\\w+))?"
                   r"(?P<low2>\s*_\s*(?:\{[^{}]*\}|\w+))?\s*(?P<at>\[[\w\s,]*\])?\s*"
                   r"(?P<called>\([^()]*\))?\s*\Z")
_LOSSES = frozenset({"L", "J", "E", "C", "l", "ell", "loss", "Loss", "cost", "Cost", "NLL", "nll",
                     "objective", "LL", "logL", "loglik", "obj"})
_POWER = re.compile(r"\s*\^\s*\{?\d\}?\Z")
_LOG = re.compile(r"(?:\\log|\\ln|log|ln)\s*(?=[\\A-Za-z])")


@dataclass(frozen=True)
class Left:
    """A left side: `kind` "derivative" of `body` by `by`, "name", or "formula".

    `order` counts how often is differentiated, `place` is the argument at which the derivative is
    taken, as in L'(1). `base` is a name without its scripts and accents; `letters` are its
    subscripts, `raised` says that it has a power or a star.
    """

    kind: str
    body: str = ""
    by: str = ""
    base: str = ""
    letters: str = ""
    called: bool = False
    accent: str = ""
    raised: bool = False
    order: int = 1
    place: str = ""

    @property
    def name(self) -> str:
        """The name with its accent, as the notation has it."""
        return f"{self.base}_{self.accent}" if self.accent else self.base

    @property
    def is_loss(self) -> bool:
        """Whether a name is one that losses have."""
        return self.kind == "name" and not self.letters and self.base in _LOSSES


def left_side(text: str) -> Left:
    """What a left side is, by its form alone."""
    plain = _plain(text)
    typed, plain = _typed(plain), _accented(plain)
    forms = (form(plain) for form in (_fraction, _gradient, _primed, _name))
    return typed or next((left for left in forms if left is not None), Left("formula"))


def _accented(plain: str) -> str:
    r"""`ŷ` as `\hat{y}`."""
    return "".join("".join(token.text for token in composed_signs(plain, place)) or sign
                   if unicodedata.combining(unicodedata.normalize("NFD", sign)[-1]) else sign
                   for place, sign in enumerate(plain))


def _typed(plain: str) -> Left | None:
    """`dL/dw` as it is typed."""
    typed = quotient(plain) if "\\" not in plain else None
    if typed is None:
        return None
    body, by = typed
    return Left("derivative", body, " ".join(by), order=len(by))


def _fraction(plain: str) -> Left | None:
    """A fraction of differentials, with its body above or behind."""
    match = _FRACTION.match(plain if "\\" in plain else as_latex(plain))
    if match is None:
        return None
    above, behind = match["body"].strip(), match["behind"].strip()
    if above and behind:
        return None
    by = _POWER.sub("", match["by"].strip())
    inner = left_side(behind) if behind else Left("formula")
    more = inner.order if inner.kind == "derivative" else 0
    order = max(int(match["order"] or 1), by.count("\\partial") + 1)
    return Left("derivative", above or behind, by, order=order + more)


def _gradient(plain: str) -> Left | None:
    r"""`\nabla_w L`; the word is a name."""
    match = _NABLA.match(plain)
    if match is None or plain.startswith("gradient"):
        return None
    return Left("derivative", match["body"].strip(" ()_ijk"), match["by"] or match["letter"] or "",
                order=2 if match["order"] else 1)


def _primed(plain: str) -> Left | None:
    """`L'(z)`, `L''`."""
    match = _PRIMED.match(plain)
    if match is None:
        return None
    primes = match["primes"].replace("\\prime", "'").replace("″", "''")
    return Left("derivative", match["body"], order=len(re.findall("['′’]", primes)),
                place=match["at"] or "")


def _name(plain: str) -> Left | None:
    """A name with scripts and accents, or with an argument if it is no function."""
    accent = _ACCENT.search(plain)
    match = _NAME.match(_LOG.sub("", _ACCENT.sub(r"\2", plain)))
    called = match is not None and match["called"] and is_function(match["base"].lstrip("\\"))
    if match is None or called or _is_power_of_e(match):
        return None
    letters = "".join(match[part] or "" for part in ("low", "low2", "at"))
    return Left("name", base=base_name(match["base"]), letters=letters.strip(" _{}[]"),
                called=bool(match["called"]), raised=bool(match["high"]),
                accent=ACCENTS.get(f"\\{accent[1]}", accent[1]) if accent else "")


def _is_power_of_e(match: re.Match[str]) -> bool:
    """Whether what may be a name is e to a power; e^{(t)} is a name."""
    high = (match["high"] or "").replace("^", "").strip(" {}")
    return match["base"] == "e" and high not in ("", "*") and not high.startswith("(")


def _plain(text: str) -> str:
    """A left side without fonts, dollars and marks."""
    plain = text.replace("$", " ").replace("&", " ").replace("~", " ")
    for _ in range(3):
        plain = _FONT.sub(lambda m: m[1] or "", plain)
    return plain.strip(" :")


def base_name(letters: str) -> str:
    """The name in the notation of a letter or word."""
    if letters in LETTERS:
        return LETTERS[letters][0]
    return name_of(letters.lstrip("\\"))
