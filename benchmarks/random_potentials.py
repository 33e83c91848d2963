"""Random fields for random_costs.py: gradients of random potentials, disguised; and no gradients.

Gradients of formulas of numbers are SymPy's, expanded, factored or over a common denominator;
those of formulas of arrays are the forward rules', as they are or multiplied out.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

import sympy

import derive
from derive.core.exact import exact
from derive.notation.printing.plain import plain
from derive.rulebook.algebra import multiplied_out

KINDS = ("number", "vector", "matrix", "several")
UNARY = ("exp({})", "sin({})", "cos({})", "tanh({})", "1/(1 + exp(-({})))", "log(1 + ({})**2)",
         "sqrt(1 + ({})**2)", "atan({})", "({})**2", "({})**3", "log(1 + exp({}))",
         "1/(1 + ({})**2)", "asinh({})", "({})/(1 + ({})**2)", "log(cosh({}))")
FACTORS = ("exp({})", "sin({})", "cos({})", "({})", "({})**2", "exp(-({})**2)", "tanh({})",
           "log(1 + ({})**2)", "sqrt(1 + ({})**2)", "atan({})")
DENOMINATORS = ("(1 + {x}**2)", "({x}**2 + a)", "({x}**2 + {x} + 2)", "(a + {x})",
                "({x} - 3)*({x} + a)", "(1 + {x}**2)**2", "({x}**2 - a**2)")
LINKS = ("({})**2/2", "log(1 + exp({}))", "exp({})", "sqrt(1 + ({})**2)", "log(cosh({}))",
         "log(1 + ({})**2)", "tanh({})", "sin({})", "({})**3", "({})**4/4", "atan({})",
         "1/(1 + exp({}))", "exp(-({})**2/2)")


@dataclass(frozen=True)
class Posed:
    """A field to ask for, of which kind, and the formula that it comes from."""

    kind: str
    field: str
    given: tuple[str, ...]
    wrt: str
    origin: str


def filled(pattern: str, argument: str) -> str:
    """A pattern with an argument in each of its places."""
    return pattern.replace("{}", argument)


class Potentials:
    """Random potentials and the fields that come from them."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)

    def gradient(self, kind: str) -> Posed:
        """A field that is the gradient of a random potential."""
        return {"number": self.number, "vector": self.vector, "matrix": self.matrix,
                "several": self.several}[kind]()

    def no_gradient(self, kind: str) -> Posed:
        """A field that is likely none: one that couples its components, changed unevenly."""
        if kind == "several":
            posed = self.several()
            fields = posed.field.split("; ")
            names = re.split(r", (?![^\[]*\])", posed.wrt)
            here = self.draw.randrange(len(fields))
            other = self.draw.choice([n for n in names if n != names[here]])
            fields[here] = self.draw.choice([
                f"2*({fields[here]})", f"{fields[here]} + {self.whole(other)}",
                f"({fields[here]})*(1 + {self.whole(other)}**2)"])
            return Posed(kind, "; ".join(fields), posed.given, posed.wrt, posed.origin)
        posed = self.vector() if kind == "vector" else self.matrix()
        at = posed.wrt
        changed = self.draw.choice([f"({posed.field})*(1 + {at}**2)", f"({posed.field})*{at}",
                                    f"({posed.field})**3", f"exp({posed.field})",
                                    f"({posed.field})*tanh({at})"])
        return Posed(kind, changed, posed.given, at, posed.origin)

    @staticmethod
    def whole(variable: str) -> str:
        """A number made of a variable: itself, or a sum over its entries."""
        return variable if "[" not in variable else f"sum({variable.partition('[')[0]})"

    # Numbers

    def number(self) -> Posed:
        """The derivative of a random formula of one number, disguised."""
        x = self.draw.choice("zxuq")
        formula = self.formula(x)
        given = (f"{x}: real", "a: positive", "b: real")
        return Posed("number", self.slope(formula, x), given, x, formula)

    def formula(self, x: str) -> str:
        """A random formula of one number."""
        draw = self.draw
        inner = draw.choice([x, f"a*{x}", f"{x} + b", f"2*{x} - 1", f"{x}/2", f"a*{x} + b",
                             f"-{x}"])
        shape = draw.randrange(6)
        if shape == 0:
            return filled(draw.choice(UNARY), inner)
        if shape == 1:
            return f"{filled(draw.choice(FACTORS), x)}*{filled(draw.choice(FACTORS), x)}"
        if shape == 2:
            top = draw.choice(["1", x, f"{x}**2 + 1", f"a*{x} + b"])
            return f"({top})/{draw.choice(DENOMINATORS).format(x=x)}"
        if shape == 3:
            return filled(draw.choice(UNARY), filled(draw.choice(UNARY[:9]), x))
        if shape == 4:
            return " + ".join(f"{draw.choice(['a', 'b', '2', '1/3'])}*{filled(p, inner)}"
                              for p in draw.sample(UNARY, 2))
        return draw.choice([f"(a + {x}**2)**(3/2)", f"{x}*sqrt(a + {x}**2)", f"sqrt(1 + exp({x}))",
                            f"log(a + exp({x}))", f"{x}*log(a + {x}**2)", f"exp(-a*{x})*{x}**2",
                            f"sqrt(a + {x}**4)", f"{x}**2*sin(a*{x})", f"log(1 + {x}**2)**2"])

    def slope(self, formula: str, x: str) -> str:
        """The derivative of a formula of numbers, in a random form."""
        names = {n: sympy.Symbol(n, real=True) for n in "abxyzuqvst"}
        slope = sympy.diff(sympy.sympify(formula, locals=names), names[x])
        form = self.draw.choice([lambda e: e, sympy.expand, sympy.factor, sympy.together])
        return str(form(slope))

    # Vectors and matrices

    def vector(self) -> Posed:
        """The gradient of a random formula of a vector."""
        draw = self.draw
        z, t = draw.choice(["z", "o", "v"]), draw.choice(["t", "y", "b"])
        pooled = [f"logsumexp({z})", f"logsumexp({z}) - dot({t}, {z})", f"dot({t}, {z})**2/2",
                  f"-sum({t}*log(softmax({z})))", f"sqrt(1 + dot({z}, {z}))",
                  f"log(1 + sum({z}**2))", f"exp(-sum({z}**2)/2)", f"sum({z}**2)*dot({t}, {z})",
                  f"log(sum(w*exp({z})))", f"{z} @ (A @ {z})/2", f"norm({z} - {t})",
                  f"sum({filled(draw.choice(LINKS), z)})**2/2", f"dot({t}, {z})*sum({z}**2)/2",
                  filled(draw.choice(LINKS), f"dot({t}, {z})"), f"prod(1 + {z}**2)",
                  f"logsumexp({z})**2/2", f"log(sum(exp({z})) + 1)",
                  f"sum(({z} - mean({z}))**2)/2", f"1/(1 + sum(w*{z}**2))"]
        apart = [f"sum({filled(p, z)})" for p in LINKS] + [
            f"sum({t}*{filled(draw.choice(LINKS), z)})",
            f"sum(w*{filled(draw.choice(LINKS), f'{z} - {t}')})"]
        first = draw.choice(pooled)
        formula = f"{first} + {draw.choice(['', '2*', 'a*'])}{draw.choice(apart)}" \
            if draw.random() < 0.4 else first
        given = (f"{z}, {t}: real[K]", "w: positive[K]", "A: real[K, K]", "a: positive")
        return self.by_rules("vector", formula, given, z)

    def matrix(self) -> Posed:
        """The gradient of a random sum over examples through a matrix."""
        draw = self.draw
        given = ("X: real[N, D]", "y: real[N]", "w: real[D]", "c: positive[N]", "lam: positive",
                 "W: real[K, D]", "T: real[N, K]", "v: real[K]", "U: real[N, K]", "V: real[D, K]")
        u = draw.choice(["X@w", "X@w - y", "X@w + y", "y*(X@w)", "2*(X@w) - y"])
        ridge = draw.choice(["", "", " + lam*sum(w**2)/2", " + lam*sum(w**4)", " - dot(y, X@w)"])
        weight = draw.choice(["", "c*", "c**2*"])
        one = f"sum({weight}{filled(draw.choice(LINKS), u)}){draw.choice(['', '/N'])}{ridge}"
        classes = draw.choice([
            "sum(logsumexp(W@X[n]) for n in N)",
            "-sum(sum(T[n,k]*log(softmax(W@X[n])[k]) for k in K) for n in N)",
            "-sum(c[n]*sum(T[n,k]*log(softmax(W@X[n])[k]) for k in K) for n in N)/N",
            "sum(sum((W@X[n] - T[n])**2) for n in N)/2",
            "sum(sum(log(1 + exp(W@X[n])) - T[n]*(W@X[n])) for n in N)",
            "sum((v @ tanh(W@X[n]) - y[n])**2 for n in N)/2",
            f"sum({filled(draw.choice(LINKS), '(v @ (W@X[n]) - y[n])')} for n in N)",
            "sum(exp(v @ (W@X[n])) for n in N)"])
        factors = "sum(sum((U[n]@V[d] - X[n,d])**2 for d in D) for n in N)/2"
        formula, wrt = draw.choice([(one, "w")] * 6 + [(classes, "W")] * 3 + [(factors, "U")])
        if wrt == "W" and draw.random() < 0.3:
            formula += " + lam*sum(sum(W[k]**2) for k in K)/2"
        return self.by_rules("matrix", formula, given, wrt)

    @exact
    def by_rules(self, kind: str, formula: str, given: Sequence[str], wrt: str) -> Posed:
        """The gradient by the forward rules, one component of it, in a random form."""
        gradient = derive.grad(formula, given=list(given), wrt=wrt)
        tree = gradient.result
        if self.draw.random() < 0.5:
            tree = multiplied_out(tree)
        at = f"{wrt}[{', '.join(i.name for i in gradient.indices)}]"
        return Posed(kind, plain(tree, gradient.reserved), tuple(given), at, formula)

    # Several variables

    def several(self) -> Posed:
        """The gradients of a random formula by two or three variables."""
        return self.of_arrays() if self.draw.random() < 0.4 else self.of_numbers()

    def of_numbers(self) -> Posed:
        draw = self.draw
        x, y, z = draw.sample("xyzuqvst", 3)
        f, g = (filled(p, n) for p, n in zip(draw.sample(FACTORS, 2), (x, y), strict=True))
        formula = draw.choice([
            f"{f}*{g}", f"{f}*{g} + {filled(draw.choice(UNARY), x)}",
            filled(draw.choice(UNARY), f"a*{x} + b*{y}"), f"{x}/(1 + {y}**2)", f"{x}*{y}*{z}",
            f"log(1 + {x}**2 + {y}**2)", f"({x} + {y})**3*{z}", f"sqrt(1 + {x}**2 + {y}**2)",
            f"exp({x})*cos({y}) + {z}*{x}", f"{x}**2*{y} - {y}**3/3", f"exp({x}*{y})",
            f"exp(-{x})*({y} - b)**2/2 + {x}/2", f"{x}*{y}/(1 + {z}**2)", f"sin({x} + {y}*{z})"])
        names = [n for n in (x, y, z) if n in set(formula)]
        given = (f"{', '.join(names)}: real", "a: positive", "b: real")
        return Posed("several", "; ".join(self.slope(formula, n) for n in names), given,
                     ", ".join(names), formula)

    def of_arrays(self) -> Posed:
        draw = self.draw
        given = ("X: real[N, D]", "y: real[N]", "w: real[D]", "c: positive[N]", "q: real",
                 "W: real[K, D]", "v: real[K]", "h: real[K]", "T: real[N, K]")
        link = filled(draw.choice(LINKS), draw.choice(["X@w + q - y", "X@w + q", "q*(X@w) - y"]))
        formula, names = draw.choice([
            (f"sum({draw.choice(['', 'c*'])}{link})", ("w", "q"))] * 3 + [
            ("sum((v @ tanh(W@X[n]) - y[n])**2 for n in N)/2", ("W", "v")),
            ("-sum(sum(T[n,k]*log(softmax(W@X[n] + h)[k]) for k in K) for n in N)", ("W", "h")),
            ("dot(v, h)**2/2 + sum(v**2)", ("v", "h")), ("exp(q)*sum(v**2) + q**2", ("q", "v")),
            ("sum((v - h)**2)/2 + logsumexp(v)", ("v", "h")), ("logsumexp(v + h)", ("v", "h"))])
        posed = [self.by_rules("several", formula, given, n) for n in names]
        return Posed("several", "; ".join(p.field for p in posed), given,
                     ", ".join(p.wrt.removesuffix("[]") for p in posed), formula)
