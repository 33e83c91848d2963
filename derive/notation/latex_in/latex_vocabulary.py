"""The words of LaTeX that are read: letters, accents, functions, relations, spaces."""

from __future__ import annotations

from derive.functions.function_records import FunctionTable, standard_functions
from derive.notation.operator_table import BIG_OPERATORS, BY_SIGN, OPERATORS
from derive.notation.operator_table import JUNCTIONS as JUNCTION_TABLE
from derive.notation.operator_table import RELATIONS as RELATION_TABLE

# Letters: the names that may be declared for them, the usual one first.
_PLAIN = ("alpha beta gamma delta epsilon zeta eta theta iota kappa mu nu xi rho sigma tau upsilon "
          "phi chi psi omega ell Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega")
LETTERS: dict[str, tuple[str, ...]] = {
    **{f"\\{word}": (word,) for word in _PLAIN.split()},
    "\\lambda": ("lam", "lambda_", "lambd"), "\\epsilon": ("epsilon", "eps"),
    "\\varepsilon": ("eps", "epsilon"), "\\varphi": ("phi", "varphi"),
    "\\vartheta": ("theta", "vartheta"), "\\varsigma": ("sigma", "varsigma"),
    "\\varrho": ("rho", "varrho"), "\\varpi": ("varpi",), "\\hbar": ("hbar",),
}
ACCENTS = {"\\hat": "hat", "\\widehat": "hat", "\\bar": "bar", "\\overline": "bar",
           "\\tilde": "tilde", "\\widetilde": "tilde", "\\dot": "dot", "\\check": "check",
           "\\breve": "breve"}
FONTS = frozenset(("\\mathbf", "\\boldsymbol", "\\bm", "\\mathrm", "\\mathit", "\\mathsf",
                   "\\mathcal", "\\mathscr", "\\mathfrak", "\\mathbb", "\\vec", "\\mathtt",
                   "\\operatorname", "\\operatorname*", "\\pmb", "\\mathnormal", "\\mathbbm",
                   "\\underline"))
BOLD_ONES = frozenset(("\\mathbf", "\\boldsymbol", "\\bm", "\\mathbb", "\\mathbbm", "\\mathrm"))

# Functions whose argument may stand without brackets.
PREFIX = {command: f.name for f in standard_functions().values() for command in f.commands}


def function_words(functions: FunctionTable) -> dict[str, str]:
    """Functions of a word, `\\operatorname{sgn}`, beside those of the notation's own names."""
    return {word: f.name for f in functions.values() for word in f.words}


def function_signs(functions: FunctionTable) -> dict[str, str]:
    """Signs that are functions where they are applied, and letters else."""
    return {"\\Gamma": "gamma",  # read by its logarithm
            **{sign: f.name for f in functions.values() for sign in f.signs}}


def inverses(functions: FunctionTable) -> dict[str, str]:
    """The inverse function of each that has one."""
    return {f.inverse_of: f.name for f in functions.values() if f.inverse_of}


WORDS, SIGNS = (read(standard_functions()) for read in (function_words, function_signs))

BIG = {f"\\{o.word}": o.word for o in BIG_OPERATORS}
RELATIONS = {command: o.sign for o in RELATION_TABLE for command in o.latex} | {"\\in": "in"}
JUNCTIONS = {o.sign: frozenset(o.latex) for o in JUNCTION_TABLE}
TIMES = frozenset(BY_SIGN["*"].latex)
BINOMIALS = ("\\binom", "\\tbinom", "\\dbinom")
FRACTIONS = frozenset(("\\frac", "\\tfrac", "\\dfrac", "\\cfrac"))

SPACES = frozenset(("\\,", "\\;", "\\:", "\\!", "\\ ", "\\>", "\\quad", "\\qquad", "\\thinspace",
                    "\\medspace", "\\enspace", "~"))
IGNORED = frozenset(("\\displaystyle", "\\textstyle", "\\scriptstyle", "\\limits", "\\nolimits",
                     "\\nonumber", "\\notag"))
SKIPPED_GROUPS = frozenset(("\\tag", "\\tag*", "\\label", "\\phantom", "\\hphantom", "\\vphantom"))
TEXTS = frozenset(("\\text", "\\mbox", "\\textrm", "\\textnormal", "\\textup", "\\textit",
                   "\\textbf", "\\hbox"))
CONNECTIVES = frozenset(("if", "for", "when", "where", "and", "or", "not", "otherwise", "else"))
SIZES = frozenset(f"\\{size}{side}" for size in ("big", "Big", "bigg", "Bigg")
                  for side in ("", "l", "r", "m"))
OPENING = {"(": ")", "[": "]", "\\{": "\\}", "\\lbrace": "\\rbrace", "\\lbrack": "\\rbrack"}
CLOSING = frozenset(OPENING.values())
BARS = {"|": "abs", "\\vert": "abs", "\\lvert": "abs", "\\rvert": "abs", "\\|": "norm",
        "\\Vert": "norm", "\\lVert": "norm", "\\rVert": "norm"}
LEFT_BARS = frozenset(("\\lvert", "\\lVert"))
RIGHT_BARS = frozenset(("\\rvert", "\\rVert"))
DISPLAYS = frozenset(f"{name}{star}" for star in ("", "*") for name in (
    "align", "aligned", "equation", "gather", "gathered", "split", "eqnarray", "multline",
    "alignat", "flalign", "math", "displaymath"))

OTHER = frozenset((
    "\\sqrt", "\\partial", "\\left", "\\right",
    "\\pi", "\\top", "\\colon", "\\neg", "\\lnot", "\\arg", "\\prime", "\\star",
    "\\mathbbm", "\\intercal"))
# Commands of which no formula of the notation can be made, and why.
REASONS = {
    "\\nabla": "a gradient is asked for with --wrt; write \\frac{\\partial …}{\\partial …} for one "
              "derivative",
    "\\int": "integrals are not read from LaTeX", "\\infty": "∞ is no number here",
    "\\middle": "write the bar without \\middle",
    **dict.fromkeys(("\\dots", "\\ldots", "\\cdots", "\\vdots"),
                    "dots leave terms out; write the sum with \\sum"),
    "\\mid": "a condition after a bar is not read; say what it stands for",
}
REFUSED = frozenset((*REASONS, "\\to"))
KNOWN = frozenset((*REFUSED, *LETTERS, *ACCENTS, *FONTS, *PREFIX, *BIG, *RELATIONS,
                   *JUNCTIONS["and"], *JUNCTIONS["or"], *TIMES, *BINOMIALS,
                   *FRACTIONS, *SPACES, *IGNORED, *SKIPPED_GROUPS, *TEXTS, *SIZES, *OPENING,
                   *CLOSING, *BARS, *OTHER, "\\begin", "\\end"))

_GREEK = ("alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi rho sigma tau phi "
          "chi psi omega Gamma Delta Theta Lambda Xi Phi Psi Omega")
# Signs of Unicode that stand for one command.
UNICODE = {
    **{o.unicode: o.latex[0] for o in OPERATORS if not o.unicode.isascii()},
    **{o.large: o.latex for o in BIG_OPERATORS if o.large},
    "Σ": "\\Sigma", "∂": "\\partial", "⋅": "\\cdot", "×": "\\times", "∈": "\\in", "π": "\\pi",
    "′": "'", "ℓ": "\\ell", "⊙": "\\odot",
    **dict(zip("αβγδεζηθκλμνξρστφχψωΓΔΘΛΞΦΨΩ", (f"\\{w}" for w in _GREEK.split()), strict=True)),
}
HINTS = {"√": "\\sqrt{…}", "½": "\\frac{1}{2}", "∞": "\\infty", "ᵀ": "^\\top", "“": "a formula",
         "𝟙": "\\mathbf{1}_{…}", "∇": "\\frac{\\partial …}{\\partial …}", "…": "\\dots"}
