"""Texts to begin with, a grammar of random formulas, and random changes of texts."""

from __future__ import annotations

import random
import re

CANARY = "derive_canary"  # a module, and a file: no input may import the one or make the other
EVALUATED = (
    f"__import__('{CANARY}')", f"open('{CANARY}.txt', 'w')", f"exec('import {CANARY}')",
    f"(lambda: __import__('{CANARY}'))()", f"[__import__('{CANARY}') for k in K]",
    f"().__class__.__base__.__subclasses__()[0]('{CANARY}')", f"os.system('touch {CANARY}.txt')",
    f"!!python/object/apply:os.system ['touch {CANARY}.txt']", f"\\write18{{touch {CANARY}.txt}}",
    f"\\input{{|touch {CANARY}.txt}}", f"@{CANARY}", f"`touch {CANARY}.txt`",
    f"$(touch {CANARY}.txt)", f"\n__import__('{CANARY}')\n", f"f'{{__import__(\"{CANARY}\")}}'",
)
GIVEN = ("z: real", "u: positive", "p: probability", "b: binary", "n: count", "o: real[K]",
         "q: real[K]", "w: positive[K]", "W: real[K, D]", "x: real[D]", "y: label(K)",
         "s: simplex(K)", "i: label(K)")
SEEDS = (
    "-log(softmax(o)[y])", "log(1 + exp(z)) - b*z", "sum((o[k] - q[k])**2 for k in K)/2",
    "logsumexp(o)*((0.1 if p > 2 else -3) - norm(o - q)*o[0])", "max(0, 1 - z)*u", "z/b",
    "prod(w[k] for k in K)", "sum(s[k]*log(w[k]) for k in K if k != y)", "0**o[i] + 1e-400",
    "max((-3 if 1e-30 >= 1e30 else 0.1) for m in K)", "p*delta(y, 0)/sqrt(b)", "abs(z)**3",
    "sum(sum(W[k, j]*x[j] for j in D)*o[k] for k in K)", "loggamma(u) - n*log(u)", "z**z",
    "(z if z > 0 else -z)/u", "min(o[k] for k in K)", "tanh(W @ x)[i]", "erf(z)/Phi(z)",
    "argmax(o[k] for k in K)*z", "(1 - cos(z))/z**2", "softplus(z)**2 - 1e309*p", "o[10**9]",
    "mean(o)*sigmoid(z)", "d(exp(z)*u, z)", "integral(exp(z), z)", "log(log(u + 1))", "7",
)
DENSITIES = ("u*exp(-u*z)", "p**b*(1 - p)**(1 - b)", "exp(-(z - o[0])**2/2)/sqrt(2*pi)",
             "u**n*exp(-u)/gamma(n + 1)")
MODELS = ("x: real[T]\nw: real\nh: real[T]\nh[t] = tanh(w*h[t-1] + x[t])\n"
          "L = sum(h[t]**2 for t in T)",
          "x: real[T, D]\nU: real[H, D]\nh: real[T, H]\nh[t] = sigmoid(U @ x[t] + h[t-1])\n"
          "L = sum(sum(h))")
SHEETS = ("z: real\nu: positive\ngradient of u*z**2 with respect to z\n= 2*z*u",
          "o: real[K]\ny: label(K)\ngradient of -log(softmax(o)[y]) with respect to o[i]\n"
          "= softmax(o)[i] - delta(i, y)")
PIECES = (
    *"()[]+-*/%,.:;@^|~<>=!&'\"\\#$_ \t\n\r", "\x00", "\x0b", "\x0c", "\u2028", "\u00b2", "\u03c3",
    "\ufb01", "\U0001d465", "**", "==", "<=", "!=", " if ", " else ", " for k in K", " and ",
    " or ", "not ", "0", "1", "-1", "1e-400", "1e400", "1e-30", "10**30", "10**309", "7" * 130,
    "3" * 401, "0.1", "1/3", "z", "u", "p", "b", "n", "o", "o[k]", "o[0]", "o[K]", "o[10**9]",
    "o[-1]", "W", "W[k, 0]", "x", "y", "s", "i", "K", "D", "T", "t", "h[t-1]", "k", "pi", "exp(",
    "log(", "sqrt(", "sum(", "max(", "min(", "abs(", "softmax(", "logsumexp(", "norm(", "delta(",
    "sigmoid(", "d(", "integral(", "argmax(", "prod(", "gamma(", "lambda", "None", "True", "import",
    "__class__", "real", "label(K)", "inf", "nan", "1j", "e", "0**", "/0", "**z", "**-1", "[::2]",
    "{", "}", "f''", "z: real", "L = ", "...", "1_000", "0x10", "1if z else 2", "\u00b5",
)

VALUES = ("0", "1", "-1", "2", "1/3", "1e-400", "1e400", "1e-30", "10**30", "7" * 130, "z", "u",
          "p", "b", "n", "o[i]", "o[0]", "o[y]", "o[10**9]", "o", "w", "s[i]", "W[i, 0]", "x[0]",
          "K", "y", "i", "pi", "exp(z)", "log(u)", "sqrt(b)", "0**z", "1/b", "max(z, u)", "abs(z)",
          "softmax(o)[i]", "norm(o)", "(z if z > u else 0)", "delta(y, 0)", "sum(o)",
          "sum(o[k] for k in K if k != i)", "prod(w[k] for k in K)", "\r z", "(W @ x)[i]")
OPERATORS = ("+", "-", "*", "/", "**", "@", "<", "==")
_TOKEN = re.compile(r"\w+(?:\.\d+)?|\*\*|[<>=!]=|\s+|.", re.DOTALL)



_SCALARS = ("z", "u", "p", "b", "n", "o[i]", "q[i]", "o[0]", "s[i]", "w[i]", "x[0]", "W[i, 0]", "K",
            "2", "1/3", "0.1", "pi", "-1", "0")
_CALLS = ("exp", "log", "sqrt", "abs", "tanh", "sigmoid", "softplus", "relu", "erf", "loggamma",
          "digamma", "sin", "cos", "atan", "sign", "logit", "Phi", "square")
_ARRAYS = ("o", "q", "w", "s", "o - q", "o*w", "W @ x", "softmax(o)", "exp(o)")


def formula(draw: random.Random, depth: int = 3) -> str:
    """A random formula of the notation, mostly well formed."""
    if depth <= 0 or draw.random() < 0.15:
        return draw.choice(_SCALARS)
    inner = formula(draw, depth - 1)
    match draw.randrange(9):
        case 0 | 1:
            return f"({inner} {draw.choice('+-*/')} {formula(draw, depth - 1)})"
        case 2:
            return f"{draw.choice(_CALLS)}({inner})"
        case 3:
            return f"({inner})**{draw.choice(('2', '3', '-1', '(1/2)', 'u', 'b', '(-z)', '0'))}"
        case 4:
            word = draw.choice(("sum", "prod", "max", "min", "mean", "logsumexp"))
            body = formula(draw, depth - 2).replace("[i]", "[k]").replace("[i, ", "[k, ")
            where = draw.choice(("", "", " if k != i", " if k < 2", " if o[k] > 0"))
            return f"{word}(({body})*o[k] for k in K{where})"
        case 5:
            test = draw.choice(("z > 0", "u < 1", "b == 1", "i == y", "z != u", "0 <= z"))
            return f"({inner} if {test} else {formula(draw, depth - 1)})"
        case 6:
            word = draw.choice(("sum", "norm", "mean", "max", "logsumexp", "dot"))
            other = f", {draw.choice(_ARRAYS)}" if word == "dot" else ""
            return f"{word}({draw.choice(_ARRAYS)}{other})*{inner}"
        case 7:
            return f"{draw.choice(('max', 'min'))}({inner}, {formula(draw, depth - 1)})"
    return f"delta(i, y)*{inner} + softmax({draw.choice(_ARRAYS)})[i]"


def swapped(text: str, draw: random.Random) -> str:
    """The text with some names and numbers, or operators, in the place of others."""
    tokens = _TOKEN.findall(text)
    for _ in range(draw.randrange(1, 4)):
        at = draw.randrange(len(tokens))
        called = at + 1 < len(tokens) and tokens[at + 1] in "(["
        if tokens[at] in OPERATORS:
            tokens[at] = draw.choice(OPERATORS)
        elif tokens[at][0].isalnum() and not called and tokens[at] not in (
                "for", "in", "if", "else", "k", "j", "t", "h"):
            tokens[at] = draw.choice(VALUES)
    return "".join(tokens)


def mutated(text: str, draw: random.Random) -> str:
    """The text with a few random changes: of whole parts, of single signs, or of both."""
    if text and draw.random() < 0.7:
        text = swapped(text, draw)
        if draw.random() < 0.8:
            return text
    for _ in range(draw.randrange(1, 4)):
        at, other = sorted(draw.randrange(len(text) + 1) for _ in range(2))
        kind = draw.random()
        if kind < 0.42:
            text = text[:at] + draw.choice(PIECES) + text[at:]
        elif kind < 0.47:
            text = text[:at] + draw.choice(EVALUATED) + text[at:]
        elif kind < 0.65:
            text = text[:at] + text[min(other, at + 6):]
        elif kind < 0.8:
            text = text[:at] + draw.choice(PIECES) + text[min(other, at + 3):]
        elif kind < 0.9:
            text = text[:at] + text[at:other] * 2 + text[other:]
        else:
            text = f"({text}){draw.choice('+-*/')}({draw.choice(SEEDS)})"
    return text


def shuffled(content: bytes, draw: random.Random) -> bytes:
    """Bytes with a few of them changed, left out, doubled, or cut off."""
    changed = bytearray(content)
    for _ in range(draw.choice((1, 1, 2, 5, 20))):
        at, other = sorted(draw.randrange(len(changed) + 1) for _ in range(2))
        match draw.randrange(5):
            case 0 | 1 if changed:
                changed[at % len(changed)] = draw.randrange(256)
            case 2:
                del changed[at:min(other, at + 8)]
            case 3:
                changed[at:at] = draw.choice(PIECES).encode(errors="surrogatepass")
            case 4:
                changed[at:at] = draw.choice(EVALUATED).encode()
    return bytes(changed[:draw.randrange(len(changed) + 1)] if draw.random() < 0.1 else changed)


_JSON = (None, True, False, 0, -1, 1, 2, 1e308, float("nan"), 10**30, "", "x", "../../etc", [], [1],
         {}, {"a": 1}, [[]], "\x1b[31m", "1e400", 3.5, [None], *EVALUATED[:3])


def json_changed(node: object, draw: random.Random) -> object:
    """JSON data with a few values left out or in the place of others; the data itself is kept."""
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        node = _changed(node, draw, draw.randrange(1, 7))
    return node


def _changed(node: object, draw: random.Random, depth: int) -> object:
    if depth == 0 or not isinstance(node, (dict, list)) or not node:
        return mutated(node, draw) if isinstance(node, str) and draw.random() < 0.5 else \
            draw.choice(_JSON)
    if isinstance(node, dict):
        key = draw.choice(list(node))
        rest = {k: v for k, v in node.items() if k != key}
        return rest if draw.random() < 0.15 else {
            **node, key: _changed(node[key], draw, depth - 1)}
    at = draw.randrange(len(node))
    new = [] if draw.random() < 0.15 else [_changed(node[at], draw, depth - 1)]
    return [*node[:at], *new, *node[at + 1:]]
