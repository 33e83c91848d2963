"""Typed formulas, mutated at random: each must give an answer or one DeriveError, soon.

    python benchmarks/fuzz_input.py --count 3000 --seed 1

Prints every other exception with the call that raised it, and every call that took long.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any

import derive

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
MODELS = ("x: real[T]\nw: real\nh[t] = tanh(w*h[t-1] + x[t])\nL = sum(h[t]**2 for t in T)",
          "x: real[T, D]\nU: real[H, D]\nh[t] = sigmoid(U @ x[t] + h[t-1])\nL = sum(sum(h))")
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
    if draw.random() < 0.7:
        text = swapped(text, draw)
        if draw.random() < 0.8:
            return text
    for _ in range(draw.randrange(1, 4)):
        at, other = sorted(draw.randrange(len(text) + 1) for _ in range(2))
        kind = draw.random()
        if kind < 0.45:
            text = text[:at] + draw.choice(PIECES) + text[at:]
        elif kind < 0.65:
            text = text[:at] + text[min(other, at + 6):]
        elif kind < 0.8:
            text = text[:at] + draw.choice(PIECES) + text[min(other, at + 3):]
        elif kind < 0.9:
            text = text[:at] + text[at:other] * 2 + text[other:]
        else:
            text = f"({text}){draw.choice('+-*/')}({draw.choice(SEEDS)})"
    return text


def call_of(draw: random.Random) -> tuple[str, Callable[[], Any]]:
    """One call, and how to write it down."""
    kind = draw.choices(("grad", "verify", "hessian", "cost", "nll", "kernel", "check", "bptt",
                         "given"), (8, 6, 2, 3, 3, 2, 2, 2, 2))[0]
    if kind in ("check", "bptt"):
        text = mutated(draw.choice(SHEETS if kind == "check" else MODELS), draw)
        call = {"check": lambda: derive.check(text, seconds=5).show(),
                "bptt": lambda: derive.bptt(text)}[kind]
        return f"{kind}({text!r})", call
    text = mutated(draw.choice(DENSITIES if kind == "nll" else SEEDS), draw)
    wrt, given = draw.choice(("z", "u", "p", "o", "w", "W", "x", "o[i]", "b", "s")), list(GIVEN)
    if kind == "given":
        at = draw.randrange(len(given))
        given[at] = mutated(given[at], draw)
        kind = "grad"
    calls: dict[str, Callable[[], Any]] = {
        "grad": lambda: derive.grad(text, given=given, wrt=wrt).show(),
        "verify": lambda: derive.grad(text, given=given, wrt=wrt).verify(),
        "hessian": lambda: derive.hessian(text, given=given, wrt=wrt),
        "cost": lambda: derive.cost(text, given=given, wrt=wrt),
        "nll": lambda: derive.nll(text, given=given, wrt=wrt),
        "kernel": lambda: derive.kernel(text, given=given, wrt=wrt)}
    return f"{kind}({text!r}, given={given}, wrt={wrt!r})", calls[kind]


def tried(call: Callable[[], Any]) -> tuple[str, str]:
    """What came of a call: "answer", the name of a DeriveError, or of what should not be."""
    try:
        call()
    except derive.DeriveError as error:
        if not str(error).strip():
            return "bad", "a DeriveError without a word"
        return "refused", type(error).__name__
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return "bad", f"{type(error).__name__}: {error} ({last.filename}:{last.lineno})"
    return "answer", ""


def main() -> int:
    """Runs the fuzzer; 1 where something other than a DeriveError came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patience", type=float, default=5.0)
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    for number in range(options.count):
        shown, call = call_of(random.Random(f"{options.seed}/{number}"))
        start = time.thread_time()
        with derive.patience(options.patience):
            kind, what = tried(call)
        took = time.thread_time() - start
        counts[f"{kind} {what}" if kind == "refused" else kind] += 1
        if kind == "bad":
            print(f"#{number} {shown}\n    {what}", flush=True)
        if took > 2 * options.patience + 1:
            counts["late"] += 1
            print(f"#{number} {shown}\n    took {took:.1f} s: {kind} {what}", flush=True)
    print(", ".join(f"{n} {name}" for name, n in counts.most_common()))
    return 1 if counts["bad"] else 0


if __name__ == "__main__":
    sys.exit(main())
