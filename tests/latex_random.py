"""Random formulas as trees of their own: their value, LaTeX in many spellings, and mutations."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

GIVEN = ("x, y, z: real", "a, sigma, lam: positive", "u, v: real[K]", "w: real[N]",
         "W: real[K, N]", "t: label(K)")
Tree = tuple[Any, ...]
Values = dict[str, Any]


def random_values(rng: random.Random) -> Values:
    """Sizes and values for the declared names."""
    sizes = {"K": rng.randrange(2, 5), "N": rng.randrange(2, 5)}
    real, positive = (lambda: rng.uniform(-1.2, 1.2)), (lambda: rng.uniform(0.3, 1.5))
    return {**sizes, **{n: real() for n in "xyz"}, **{n: positive() for n in ("a", "sigma", "lam")},
            "u": [real() for _ in range(sizes["K"])], "v": [real() for _ in range(sizes["K"])],
            "w": [real() for _ in range(sizes["N"])],
            "W": [[real() for _ in range(sizes["N"])] for _ in range(sizes["K"])],
            "t": rng.randrange(sizes["K"])}


# Trees


def random_tree(rng: random.Random, depth: int, bound: dict[str, str] | None = None) -> Tree:
    """A number: `bound` are the indices around it, each with its dimension."""
    bound = bound or {}
    if depth <= 0:
        return _leaf(rng, bound)
    kind = rng.choice(("add", "sub", "mul", "mul", "div", "pow", "exp", "log", "sum", "sum", "max",
                       "tanh", "abs", "sqrt", "norm", "dot", "cases", "indicator", "softmax",
                       "neg", "prod", "sigmoid"))
    if kind in ("add", "sub", "mul"):
        return kind, random_tree(rng, depth - 1, bound), random_tree(rng, depth - 1, bound)
    if kind == "div":
        return kind, random_tree(rng, depth - 1, bound), _positive(rng, depth - 1, bound)
    if kind == "pow":
        return kind, random_tree(rng, depth - 1, bound), rng.choice((2, 2, 3))
    if kind in ("exp", "tanh", "abs", "neg", "sigmoid"):
        return kind, random_tree(rng, depth - 1, bound)
    if kind in ("log", "sqrt"):
        return kind, _positive(rng, depth - 1, bound)
    if kind in ("sum", "prod"):
        free = [(i, d) for i, d in (("k", "K"), ("j", "K"), ("n", "N")) if i not in bound]
        if not free:
            return _leaf(rng, bound)
        index, dim = rng.choice(free)
        inner = {**bound, index: dim}
        body = ("mul", _element(rng, index, dim, bound), random_tree(rng, depth - 2, inner))
        skip = kind == "sum" and dim == "K" and rng.random() < 0.2
        return kind, index, dim, body if rng.random() < 0.6 else ("exp", body), skip
    if kind == "max":
        return kind, random_tree(rng, depth - 1, bound)
    if kind == "indicator":
        over = [i for i, d in bound.items() if d == "K"]
        return (kind, rng.choice(over)) if over else _leaf(rng, bound)
    if kind == "cases":
        return (kind, rng.choice("xyz"), random_tree(rng, depth - 1, bound),
                random_tree(rng, depth - 1, bound))
    return (kind,)


def _leaf(rng: random.Random, bound: dict[str, str]) -> Tree:
    if bound and rng.random() < 0.5:
        index, dim = rng.choice(sorted(bound.items()))
        return _element(rng, index, dim, {})
    return rng.choice((("var", rng.choice(("x", "y", "z", "a", "sigma", "lam"))),
                       ("num", rng.choice((1, 2, 3, 10, "0.5"))), ("var", "x"), ("at", "u", "t"),
                       ("pi",)))


def _element(rng: random.Random, index: str, dim: str, bound: dict[str, str]) -> Tree:
    over = [i for i, d in bound.items() if d == "K"]
    if dim == "N":
        return ("at2", "W", rng.choice(over), index) if over and rng.random() < 0.6 else \
            ("at", "w", index)
    return "at", rng.choice("uv"), index


def _positive(rng: random.Random, depth: int, bound: dict[str, str]) -> Tree:
    kind = rng.choice(("exp", "one", "var", "square", "lse"))
    if kind == "var":
        return "var", rng.choice(("a", "sigma", "lam"))
    if kind == "square":
        return "pow", ("var", "sigma"), 2
    if kind == "lse" and "k" not in bound:
        return "sum", "k", "K", ("exp", ("at", "u", "k")), False
    inner = ("exp", random_tree(rng, depth - 1, bound))
    return ("add", ("num", 1), inner) if kind == "one" else inner


# Values


def value(tree: Tree, values: Values) -> float:
    """What a tree is worth. Raises ArithmeticError where it has no value."""
    return _VALUES[tree[0]](tree, values)


def _binary(operation: Callable[[float, float], float]) -> Callable[[Tree, Values], float]:
    return lambda tree, v: operation(value(tree[1], v), value(tree[2], v))


def _unary(operation: Callable[[float], float]) -> Callable[[Tree, Values], float]:
    return lambda tree, v: operation(value(tree[1], v))


def _over(tree: Tree, v: Values) -> list[float]:
    _, index, dim, body, skip = tree
    return [value(body, {**v, index: i}) for i in range(v[dim]) if not (skip and i == v["t"])]


_VALUES: dict[str, Callable[[Tree, Values], float]] = {
    "add": _binary(lambda a, b: a + b), "sub": _binary(lambda a, b: a - b),
    "mul": _binary(lambda a, b: a*b), "div": _binary(lambda a, b: a/b),
    "pow": lambda tree, v: value(tree[1], v)**tree[2], "exp": _unary(math.exp),
    "log": _unary(math.log), "sqrt": _unary(math.sqrt), "tanh": _unary(math.tanh),
    "abs": _unary(abs), "neg": _unary(lambda a: -a), "max": _unary(lambda a: max(0.0, a)),
    "sigmoid": _unary(lambda a: 1/(1 + math.exp(-a))),
    "sum": lambda tree, v: math.fsum(_over(tree, v)),
    "prod": lambda tree, v: math.prod(_over(tree, v)),
    "norm": lambda tree, v: math.fsum(a*a for a in v["u"]),
    "dot": lambda tree, v: math.fsum(a*b for a, b in zip(v["u"], v["v"], strict=True)),
    "cases": lambda tree, v: value(tree[2] if v[tree[1]] > 0 else tree[3], v),
    "indicator": lambda tree, v: float(v[tree[1]] == v["t"]),
    "softmax": lambda tree, v: math.exp(v["u"][v["t"]])/math.fsum(map(math.exp, v["u"])),
    "var": lambda tree, v: v[tree[1]], "num": lambda tree, v: float(tree[1]),
    "pi": lambda tree, v: math.pi, "at": lambda tree, v: v[tree[1]][v[tree[2]]],
    "at2": lambda tree, v: v[tree[1]][v[tree[2]]][v[tree[3]]],
}

# LaTeX


@dataclass
class Speller:
    """Writes trees as LaTeX, each part in one of its spellings."""

    rng: random.Random
    level: dict[str, int] = field(default_factory=lambda: {
        "add": 0, "sub": 0, "neg": 0, "mul": 1, "sum": 1, "prod": 1})

    def pick(self, *spellings: str) -> str:
        return self.rng.choice(spellings)

    def bracket(self, text: str) -> str:
        return self.pick(f"({text})", rf"\left({text}\right)", rf"\left[{text}\right]",
                         rf"\bigl({text}\bigr)", rf"\{{{text}\}}", f"( {text} )")

    def within(self, tree: Tree, level: int) -> str:
        """The tree, in brackets where it binds less tightly."""
        text = self.text(tree)
        return text if self.level.get(tree[0], 2) >= level else self.bracket(text)

    def text(self, tree: Tree) -> str:
        """The LaTeX of a tree."""
        return str(getattr(self, tree[0])(*tree[1:]))

    def add(self, a: Tree, b: Tree) -> str:
        return self.text(a) + self.pick(" + ", "+") + self.within(b, 1)

    def sub(self, a: Tree, b: Tree) -> str:
        return self.text(a) + self.pick(" - ", "-") + self.within(b, 1)

    def neg(self, a: Tree) -> str:
        return "-" + self.within(a, 1)

    def mul(self, a: Tree, b: Tree) -> str:
        left = self.within(a, 1) if a[0] not in ("sum", "prod") else self.bracket(self.text(a))
        right = self.within(b, 2) if b[0] not in ("sum",) else self.within(b, 1)
        sign = self.pick(r" \cdot ", r" \times ", " * ", "", r"\,", " ")
        if right[:1].isdigit() or (left[-1:].isalpha() and right[:1] in "([\\{"):
            sign = r" \cdot "
        return left + (sign or " ") + right

    def div(self, a: Tree, b: Tree) -> str:
        above, below = self.text(a), self.text(b)
        form = self.pick("frac", "dfrac", "over", "slash")
        if form == "slash":
            return self.bracket(f"{self.within(a, 2)} / {self.within(b, 2)}")
        return f"{{{above} \\over {below}}}" if form == "over" else \
            f"\\{form}{{{above}}}{{{below}}}"

    def pow(self, a: Tree, n: int) -> str:
        base = self.text(a)
        base = base if a[0] in ("var", "at", "num") and "^" not in base else self.bracket(base)
        return base + self.pick(f"^{n}", f"^{{{n}}}", f"^ {n}")

    def exp(self, a: Tree) -> str:
        inner = self.text(a)
        return self.pick(f"e^{{{inner}}}", rf"\exp({inner})", rf"\exp\left({inner}\right)",
                         f"exp({inner})", rf"\exp\{{{inner}\}}", rf"\mathrm{{e}}^{{{inner}}}")

    def log(self, a: Tree) -> str:
        inner = self.text(a)
        return self.pick(rf"\log({inner})", rf"\ln({inner})", f"log({inner})", f"ln({inner})",
                         rf"\log\left[{inner}\right]", rf"\mathrm{{log}}({inner})")

    def sqrt(self, a: Tree) -> str:
        return rf"\sqrt{{{self.text(a)}}}"

    def tanh(self, a: Tree) -> str:
        return self.pick(r"\tanh", "tanh", r"\operatorname{tanh}") + f"({self.text(a)})"

    def sigmoid(self, a: Tree) -> str:
        return self.pick(r"\operatorname{sigmoid}", r"\mathrm{sigmoid}", "sigmoid") + \
            f"({self.text(a)})"

    def abs(self, a: Tree) -> str:
        inner = self.text(a)
        return self.pick(rf"\left|{inner}\right|", rf"\lvert {inner} \rvert",
                         rf"\operatorname{{abs}}({inner})")

    def max(self, a: Tree) -> str:
        inner = self.text(a)
        return self.pick(rf"\max(0, {inner})", rf"\max\{{0, {inner}\}}", f"max(0, {inner})",
                         rf"\max\left({inner}, 0\right)")

    def sum(self, index: str, dim: str, body: Tree, skip: bool, sign: str = r"\sum") -> str:
        count = self.pick(dim, dim, {"K": "d", "N": "m"}[dim])
        if skip:
            below = self.pick(rf"_{{{index} \ne t}}", rf"_{{{index} \neq t}}",
                              rf"_{{{index}:\, {index} \ne t}}")
        else:
            below = self.pick(f"_{index}", f"_{{{index}}}", f"_{{{index}=1}}^{{{count}}}",
                              f"_{{{index}=1}}^{count}", f"^{{{count}}}_{{{index}=1}}",
                              rf"\limits_{{{index} = 1}}^{{{count}}}", f"_{{{index}}}^{{}}",
                              rf"_{{{index}}}^{{{count}}}")
        return f"{sign}{below} {self.within(body, 1)}"

    def prod(self, index: str, dim: str, body: Tree, skip: bool) -> str:
        return self.bracket(rf"\prod_{{{index}={1}}}^{{{dim}}} {self.bracket(self.text(body))}")

    def norm(self) -> str:
        return self.pick(r"\|u\|^2", r"\lVert\mathbf{u}\rVert_2^2", r"\left\|u\right\|^{2}",
                         r"\|\boldsymbol u\|_{2}^{2}", r"\langle u, u\rangle")

    def dot(self) -> str:
        return self.bracket(self.pick(
            r"u^\top v", "u^T v", r"\mathbf{u}\cdot\mathbf{v}", r"\langle u, v\rangle", "u'v",
            r"u^{\mathsf T} v", r"\mathbf u^{T} \mathbf v", r"u_1v_1+\dots+u_Kv_K",
            r"u_1v_1+u_2v_2+\cdots+u_K v_K"))

    def cases(self, name: str, a: Tree, b: Tree) -> str:
        first, second = self.text(a), self.text(b)
        last = self.pick(r"\text{otherwise}", rf"{name} \le 0", rf"\text{{if }} {name} \leq 0")
        word = self.pick("", r"\text{if } ")
        return self.bracket(rf"\begin{{cases}} {first} & {word}{name} > 0 \\ {second} & {last}"
                            r" \end{cases}")

    def indicator(self, index: str) -> str:
        return self.pick(rf"\mathbf{{1}}_{{{index}=t}}", rf"\mathbb{{1}}[{index}=t]",
                         rf"1\{{{index}=t\}}", rf"[{index} = t]", rf"\delta_{{{index}t}}",
                         rf"\mathbb{{1}}_{{\{{{index} = t\}}}}", f"I({index} = t)")

    def softmax(self) -> str:
        return self.pick(r"\operatorname{softmax}(u)_t", r"softmax(u)_t",
                         r"[\mathrm{softmax}(u)]_t",
                         r"\mathrm{softmax}(\mathbf{u})_{t}", r"\text{softmax}_t(u)")

    def var(self, name: str) -> str:
        greek = {"sigma": (r"\sigma", r"\sigma", "σ"), "lam": (r"\lambda", "λ", r"\lambda")}
        return self.pick(*greek.get(name, (name, name, f"{{{name}}}", rf"\mathit{{{name}}}")))

    def num(self, number: Any) -> str:
        return str(number)

    def pi(self) -> str:
        return r"\pi"

    def at(self, name: str, index: str) -> str:
        return self.pick(f"{name}_{index}", f"{name}_{{{index}}}", rf"\mathbf{{{name}}}_{index}",
                         f"{name}^{{({index})}}", f"{name}({index})")

    def at2(self, name: str, first: str, second: str) -> str:
        return self.pick(f"{name}_{{{first}{second}}}", f"{name}_{{{first},{second}}}",
                         f"{name}_{{{first}, {second}}}")

    def formula(self, tree: Tree) -> str:
        """A tree with a left side and marks around it, or without."""
        body = self.text(tree)
        left = self.pick("", "", "L = ", r"\mathcal{L}(\theta) = ", r"\ell(x \mid \mu) = ",
                         r"L_{\text{total}} = ", "J(x, y) := ")
        lined = left.replace("=", "&=") if ":" not in left else left
        return self.pick(left + body, left + body, f"${left}{body}$", f"$${left}{body}.$$",
                         rf"\[ {left}{body} \]", rf"\({left}{body}\)",
                         rf"\begin{{align}} {lined}{body} \tag{{1}} \end{{align}}",
                         rf"\begin{{equation*}} {left}{body}, \end{{equation*}}",
                         rf"$$\begin{{aligned}} {lined}{body} \end{{aligned}}$$")


# Mutations


def mutated(rng: random.Random, latex: str) -> str:
    """The LaTeX with one slip of the pen."""
    kind = rng.choice(("drop", "double", "swap", "script", "backslash", "brace", "space", "sign"))
    places = [n for n, c in enumerate(latex) if {
        "brace": c in "{}()[]", "script": c in "_^", "backslash": c == "\\",
        "sign": c in "+-*/=", "space": c == " "}.get(kind, True)]
    if not places:
        return latex
    at = rng.choice(places)
    sign = latex[at]
    new = {"drop": "", "double": sign*2, "brace": "", "backslash": "", "space": "",
           "script": "^" if sign == "_" else "_", "sign": rng.choice("+-*/=") + sign,
           "swap": latex[at:at + 2][::-1]}[kind]
    return latex[:at] + new + latex[at + (2 if kind == "swap" else 1):]
