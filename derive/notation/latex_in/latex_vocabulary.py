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
LETTER_FONTS = frozenset(("\\mathbf", "\\boldsymbol", "\\bm", "\\vec", "\\pmb", "\\underline"))
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

# Functions of matrices, each with its word in the notation.
MATRIX_WORDS = {"tr": "trace", "Tr": "trace", "trace": "trace", "det": "det", "diag": "diag",
                "logdet": "logdet", "onehot": "onehot", "mean": "mean"}
PREFIX |= {"\\det": "det"}

BIG = {f"\\{o.word}": o.word for o in BIG_OPERATORS}
RELATIONS = {command: o.sign for o in RELATION_TABLE for command in o.latex} | {"\\in": "in"}
JUNCTIONS = {o.sign: frozenset(o.latex) for o in JUNCTION_TABLE}
TIMES = frozenset((*BY_SIGN["*"].latex, "\\circ"))
BINOMIALS = ("\\binom", "\\tbinom", "\\dbinom")
FRACTIONS = frozenset(("\\frac", "\\tfrac", "\\dfrac", "\\cfrac"))

SPACES = frozenset(("\\,", "\\;", "\\:", "\\!", "\\ ", "\\>", "\\quad", "\\qquad", "\\thinspace",
                    "\\medspace", "\\enspace", "~"))
# What is left out: styles, sizes of letters, old fonts, boxes around what follows.
_IGNORED = (
    "displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits nonumber notag boxed "
    "mathop mathbin mathrel mathord mathopen mathclose ensuremath mathstrut strut cal rm bf it sf "
    "tt sl em tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge "
    "allowbreak nobreak relax noindent par hfill boldmath null")
IGNORED = frozenset(f"\\{word}" for word in _IGNORED.split())
# Commands that are left out with the group behind them.
SKIPPED_GROUPS = frozenset(("\\tag", "\\tag*", "\\label", "\\phantom", "\\hphantom", "\\vphantom",
                            "\\hspace", "\\hspace*", "\\vspace", "\\mspace", "\\color",
                            "\\textcolor", "\\colorbox"))
# Commands that put the first group above or below the second one, which is what counts.
STACKS = frozenset(("\\overset", "\\underset", "\\stackrel"))
BRACES = frozenset(("\\underbrace", "\\overbrace", "\\underbracket", "\\overbracket"))
# Commands between two parts of a group, each with what it makes of them.
INFIX = {"\\over": "fraction", "\\choose": "binom"}
DOTS = frozenset(("\\dots", "\\ldots", "\\cdots", "\\dotsb", "\\dotsc", "\\dotsm"))
# What stands between one formula and another that follows from it.
ARROWS = frozenset(("\\Rightarrow", "\\implies", "\\iff", "\\Longrightarrow", "\\Leftrightarrow",
                    "\\therefore"))
EQUALS = frozenset(("\\equiv", "\\triangleq", "\\coloneqq", "\\doteq"))
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
CASES = frozenset(("cases", "dcases"))
DISPLAYS = frozenset(f"{name}{star}" for star in ("", "*") for name in (
    "align", "aligned", "equation", "gather", "gathered", "split", "eqnarray", "multline",
    "alignat", "flalign", "math", "displaymath"))

OTHER = frozenset((
    "\\sqrt", "\\partial", "\\left", "\\right",
    "\\pi", "\\top", "\\colon", "\\neg", "\\lnot", "\\arg", "\\int", "\\prime", "\\star",
    "\\mathbbm", "\\intercal", "\\langle", "\\rangle", "\\mid", *DOTS, *ARROWS, *EQUALS, *STACKS,
    *BRACES, *INFIX, "\\forall"))
# Commands of which no formula of the notation can be made, and why.
REASONS = {
    "\\nabla": "a gradient is asked for with --wrt; write \\frac{\\partial …}{\\partial …} for one "
              "derivative",
    "\\middle": "write the bar without \\middle",
    **dict.fromkeys((*DOTS, "\\vdots"), "dots leave terms out; write the sum with \\sum"),
    "\\mid": "a condition after a bar is not read; say what it stands for",
    "\\forall": "∀ is no part of a formula; name the index with \\sum or in a declaration",
    "\\infty": "∞ is no number here",
    **dict.fromkeys(("\\over", "\\choose"), "this is read between braces, {a \\over b}"),
    **dict.fromkeys(ARROWS, "one formula was expected; this begins another"),
    **dict.fromkeys(EQUALS, "one formula was expected; this begins another side"),
    **dict.fromkeys(("\\approx", "\\propto", "\\sim", "\\simeq", "\\cong"),
                    "this relation says no value; write an equals sign"),
    "\\pm": "± says two values", "\\mp": "∓ says two values",
    "\\to": "an arrow is no part of a formula", "\\mapsto": "write f(x) = …",
    "\\lim": "limits are not read from LaTeX", "\\iint": "integrals are not read from LaTeX",
    "\\oint": "integrals are not read from LaTeX",
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
    "∫": "\\int", "Σ": "\\Sigma", "∂": "\\partial", "⋅": "\\cdot", "×": "\\times", "∈": "\\in",
    "π": "\\pi",
    "′": "'", "ℓ": "\\ell", "⊙": "\\odot", "⟨": "\\langle", "⟩": "\\rangle", "‖": "\\|",
    "…": "\\dots", "⋯": "\\cdots", "∀": "\\forall", "⇒": "\\Rightarrow", "∇": "\\nabla",
    **dict(zip("αβγδεζηθκλμνξρστφχψωΓΔΘΛΞΦΨΩ", (f"\\{w}" for w in _GREEK.split()), strict=True)),
}
HINTS = {"√": "\\sqrt{…}", "∞": "\\infty", "“": "a formula",
         "𝟙": "\\mathbf{1}_{…}"}
