"""Random recurrent models as texts: equations of a grammar, and one loss of several kinds."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

SIZES = {"H": 3, "G": 2, "D": 2, "K": 4, "S": 3}
Dims = tuple[str, ...]
Letters = tuple[str, ...] | None  # the indices of an equation; None where arrays stand whole

SMOOTH = ("tanh", "sigmoid", "sin", "cos", "softplus", "atan", "erf", "silu", "asinh", "square")
KINKED = ("relu", "abs", "hardtanh")
RARE = ("exp(tanh({0}))", "sqrt(1 + ({0})**2)", "log(1 + exp({0}))", "1/(2 + sin({0}))",
        "tanh({0})**3", "log(2 + cos({0}))", "({0})/(1 + abs({0}))", "Phi({0})", "gelu({0})",
        "elu({0}, 1)", "({0})*exp(-({0})**2)", "besseli0e({0})", "loggamma(2 + sigmoid({0}))",
        "mish({0})", "leaky_relu({0}, 1/10)", "clip({0}, -1, 1/2)", "log1p(sigmoid({0}))",
        "cosh(tanh({0}))", "sinh(sin({0}))", "exp2(tanh({0}))", "logsigmoid({0})")
REDUCTIONS = ("sum({0})/3", "mean({0})", "max({0})", "min({0})", "logsumexp({0})", "var({0})",
              "sqrt(1 + sum(({0})**2))", "median({0})", "std({0})", "norm({0})")
OF_TERMS = ("sum({0} for {1} in {2})", "max({0} for {1} in {2})", "min({0} for {1} in {2})",
            "mean({0} for {1} in {2})", "prod({0} for {1} in {2})",
            "sum({0} for {1} in {2} if {1} != 0)", "max({0} for {1} in {2} if {1} != 1)",
            "log(sum(exp({0}) for {1} in {2}))", "sum(({0})**2 for {1} in {2} if ({0}) > 0)")
OF_FILTERED = ("sum(log({0})*({1}) for {2} in {3} if {0} > 0)", "mean(({1})/{0} for {2} in {3} if "
               "{0} != 0)", "sum(({1})/sqrt({0}) for {2} in {3} if 0 < {0})")


@dataclass(frozen=True)
class Name:
    """A name that has a value at each step, and the shifts at which it may be read."""

    name: str
    dims: Dims
    shifts: tuple[int, ...] = (0,)


@dataclass
class Writer:
    """Writes one model."""

    rng: random.Random
    declared: dict[str, str] = field(default_factory=dict)
    equations: list[str] = field(default_factory=list)
    starts: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    only: set[str] = field(default_factory=set)  # parameters at which states begin
    parameters: dict[str, Dims] = field(default_factory=dict)
    open: list[Name] = field(default_factory=list)  # what the equation at hand may read
    letters: int = 0
    wider: bool = False  # also concat, outer, labels before, computed starts, init, frozen, pooling

    # Names

    def parameter(self, dims: Dims) -> str:
        """A new parameter, or one that there is."""
        known = [n for n, d in self.parameters.items() if d == dims and n not in self.only]
        if known and self.rng.random() < .25:
            return self.rng.choice(known)
        name = f"p{len(self.parameters)}"
        self.parameters[name] = dims
        return name

    def start(self, dims: Dims) -> str:
        """A new parameter that nothing else reads: no two values tie because both begin there."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = dims
        self.only.add(name)
        return name

    def read(self, name: Name, at: Letters) -> str:
        """A name at one of its shifts."""
        self.used.add(name.name)
        shift = self.rng.choice(name.shifts)
        step = f"t{shift:+d}".replace("+", " + ").replace("-", " - ") if shift else "t"
        return f"{name.name}[{', '.join((step, *(at or ())))}]"

    def given(self, name: str, kind: str) -> str:
        """Data, declared where it is first used."""
        self.declared[name] = kind
        return name

    def letter(self) -> str:
        self.letters += 1
        return "jknqruvz"[self.letters % 8]

    # Formulas

    def leaf(self, dims: Dims, at: Letters) -> str:
        """What a formula ends in."""
        rng = self.rng
        alike = [n for n in self.open if n.dims == dims]
        roll = rng.random()
        if alike and roll < .65:
            return self.read(rng.choice(alike), at if dims else None)
        if dims and roll < .8:
            others = [n for n in self.open if len(n.dims) == 1]
            if others and len(dims) == 1:
                return self.product(rng.choice(others), dims, at)
        if roll < .85 and dims:
            return self.leaf((), None)
        if roll < .93 or (dims and roll < .97):
            name = self.parameter(dims)
            return f"{name}[{', '.join(at)}]" if at and dims else name
        if dims and at is None and roll < .985 and len(dims) == 1:
            table = self.parameter(("S", *dims))
            return f"{table}[{self.given('s', 'label(S)[T]')}[t]]"
        return rng.choice(("1", "1/2", "2", "3/10", "-1"))

    def product(self, other: Name, dims: Dims, at: Letters) -> str:
        """A matrix times what there is of another length."""
        own, = other.dims
        turned = self.rng.random() < .2
        matrix = self.parameter((own, dims[0]) if turned else (dims[0], own))
        if at is None:
            value = self.read(other, None)
            return f"{value} @ {matrix}" if turned else f"{matrix} @ {value}"
        inner = self.letter()
        while inner in at:
            inner = self.letter()
        place = f"{inner}, {at[0]}" if turned else f"{at[0]}, {inner}"
        return f"sum({matrix}[{place}]*{self.read(other, (inner,))} for {inner} in {own})"

    def filtered(self, dim: str, depth: int) -> str:
        """A reduction under a filter: of what has no value elsewhere, or without a row's label."""
        letter = self.letter()
        if self.rng.random() < .5:
            self.given("s", "label(S)[T]")
            kind = self.rng.choice(("sum", "mean", "prod", "max", "min"))
            return f"{kind}({self.parameter(('S',))}[{letter}] for {letter} in S if " \
                f"{letter} != s[t])"
        return self.rng.choice(OF_FILTERED).format(
            f"{self.parameter((dim,))}[{letter}]", self.formula((dim,), depth - 1, (letter,)),
            letter, dim)

    def formula(self, dims: Dims, depth: int, at: Letters = None) -> str:
        """A formula of a shape: whole arrays, or at the indices `at`."""
        rng = self.rng
        if self.wider and at is None and rng.random() < .2:
            special = self.special(dims, depth)
            if special:
                return special
        if depth <= 0:
            return self.leaf(dims, at)
        roll = rng.random()
        if roll < .3:
            first, second = (self.formula(dims, depth - 1, at) for _ in range(2))
            return rng.choice(("({0} + {1})", "({0} - {1})", "({0} + {1})")).format(first, second)
        if roll < .45:
            first, second = (self.formula(dims, depth - 1, at) for _ in range(2))
            return rng.choice(("({0})*({1})", "({0})*({1})", "({0})/(1 + ({1})**2)")).format(
                first, second)
        if roll < .7:
            return self.elementwise(self.formula(dims, depth - 1, at))
        if roll < .78:
            parts = [self.formula(dims, depth - 1, at) for _ in range(3)]
            return "(sigmoid({0})*({1}) + (1 - sigmoid({0}))*({2}))".format(*parts)
        if roll < .86:
            return self.choice(dims, depth, at)
        if dims and at is None and len(dims) == 1 and roll < .92:
            return f"{rng.choice(('softmax', 'softmax', 'log_softmax'))}" \
                   f"({self.vector(dims[0], depth - 1)})"
        return self.reduced(depth)

    def special(self, dims: Dims, depth: int) -> str:
        """Vectors side by side, an outer product, a row for the label of the step before."""
        vectors = [n for n in self.open if len(n.dims) == 1]
        if len(dims) == 2:
            return f"outer({self.vector(dims[0], depth - 1)}, {self.vector(dims[1], depth - 1)})"
        if len(dims) == 1 and self.rng.random() < .3:
            self.given("s", "label(S)[T]")
            if "s[-1] = 1" not in self.starts:
                self.starts.append("s[-1] = 1")
            return f"{self.parameter(('S', *dims))}[s[t - 1]]"
        if len(dims) == 1 and vectors:
            first, second = (self.rng.choice(vectors) for _ in range(2))
            matrix = self.parameter((dims[0], f"{first.dims[0]} + {second.dims[0]}"))
            return f"({matrix} @ concat({self.read(first, None)}, {self.read(second, None)}))"
        return ""

    def computed_start(self, dims: Dims) -> str:
        """What a state begins with: a parameter, or a formula of some."""
        start = self.start(dims)
        if not self.wider or self.rng.random() < .4:
            return start
        if len(dims) == 1 and self.rng.random() < .4:
            return f"tanh({self.start((dims[0], dims[0]))} @ {start})"
        return self.rng.choice(("tanh({0})", "{0}/2 + sin({0})", "sigmoid({0})")).format(start)

    def vector(self, dim: str, depth: int) -> str:
        """A formula that is a whole vector for certain."""
        alike = [n for n in self.open if n.dims == (dim,)]
        others = [n for n in self.open if len(n.dims) == 1]
        roll = self.rng.random()
        solid = self.read(self.rng.choice(alike), None) if alike and roll < .7 else \
            self.product(self.rng.choice(others), (dim,), None) if others and roll < .8 else \
            self.parameter((dim,))
        if self.rng.random() < .3:
            return solid
        return f"({solid}) {self.rng.choice('+-*')} {self.formula((dim,), depth)}" \
            if self.rng.random() < .7 else self.elementwise(solid)

    def elementwise(self, inner: str) -> str:
        roll = self.rng.random()
        if roll < .6:
            return f"{self.rng.choice(SMOOTH)}({inner})"
        return f"{self.rng.choice(KINKED)}({inner})" if roll < .75 else \
            self.rng.choice(RARE).format(inner)

    def choice(self, dims: Dims, depth: int, at: Letters) -> str:
        """One of two formulas."""
        first, second = (self.formula(dims, depth - 1, at) for _ in range(2))
        roll = self.rng.random()
        if roll < .35:
            return f"{self.rng.choice(('max', 'min'))}({first}, {second})"
        if roll < .7:
            mask = self.given("m", "binary[T]")
            return f"({first} if {mask}[t] == 1 else {second})"
        return f"({first} if {self.formula((), depth - 1)} > 0 else {second})"

    def reduced(self, depth: int) -> str:
        """A number made of a vector."""
        rng = self.rng
        dim = rng.choice("HG")
        roll = rng.random()
        if roll < .4:
            return rng.choice(REDUCTIONS).format(self.vector(dim, depth - 1))
        if roll < .7:
            letter = self.letter()
            if self.wider and rng.random() < .25:
                return self.filtered(dim, depth)
            return rng.choice(OF_TERMS).format(self.formula((dim,), depth - 1, (letter,)), letter,
                                               dim)
        if roll < .85:
            first, second = (self.vector(dim, depth - 1) for _ in range(2))
            return f"dot({first}, {second})"
        vectors = [n for n in self.open if n.dims == (dim,) and n.shifts]
        if vectors:
            read = self.read(rng.choice(vectors), None)
            place = rng.choice(("0", "1", f"argmax({self.vector(dim, depth - 1)})"))
            return f"{read[:-1]}, {place}]"
        return f"mean({self.vector(dim, depth - 1)})"


def random_text(seed: int, wider: bool = False) -> str:
    """The text of a model; a wider one may hold more kinds of lines."""
    write = Writer(random.Random(seed), wider=wider)
    rng = write.rng
    write.given("x", "real[T, D]")
    inputs = [Name("x", ("D",), (0,))]
    if rng.random() < .3:
        write.given("u", "real[T]")
        inputs.append(Name("u", (), (0, 0, -1)))
    computed: list[Name] = []
    for layer in range(rng.choice((1, 1, 2))):
        computed += _layer(write, layer, inputs, computed)
    _losses(write, computed)
    by_dims: dict[str, list[str]] = {}
    everything = "\n".join((*write.starts, *write.equations))
    for name, dims in write.parameters.items():
        if not re.search(rf"\b{name}\b", everything):
            continue
        by_dims.setdefault(f"real[{', '.join(dims)}]" if dims else "real", []).append(name)
    lines = [*(f"{name}: {kind}" for name, kind in write.declared.items()
               if re.search(rf"\b{name}\b", everything)),
             *(f"{', '.join(names)}: {kind}" for kind, names in by_dims.items()),
             *write.starts, *_chosen_lines(write, everything), *write.equations]
    return "\n".join(lines)


def _chosen_lines(write: Writer, everything: str) -> list[str]:
    """How some parameters start, and which are not learned."""
    if not write.wider:
        return []
    rng, used = write.rng, [n for n in write.parameters if re.search(rf"\b{n}\b", everything)]
    several = [n for n in used if len(used) > 2]
    lines = [f"init {n}: {rng.choice(('normal(0, 1)', 'uniform(-1, 1)', '1/2'))}"
             for n in several if rng.random() < .1]
    return lines + [f"frozen {n}" for n in several[:1] if rng.random() < .3]


def _layer(write: Writer, layer: int, inputs: Sequence[Name], below: Sequence[Name]) -> list[Name]:
    """The equations of a layer, which run one way."""
    rng = write.rng
    back = rng.random() < .25
    turn = 1 if back else -1
    shapes: list[Dims] = [rng.choice((("H",), ("H",), ("G",), (), ("H", "G")))
                          for _ in range(rng.choice((1, 2, 2, 3)))]
    states = [Name(f"h{layer}{n}", dims) for n, dims in enumerate(shapes)]
    lower = [Name(n.name, n.dims, rng.choice(((0,), (0,), (0, -1), (0, 1)))) for n in below]
    for number, state in enumerate(states):
        own = [Name(s.name, s.dims, (0, turn) if place < number else (turn,))
               for place, s in enumerate(states)]
        write.declared[state.name] = f"real[{', '.join(('T', *state.dims))}]"
        write.open = [*inputs, *lower, *own, *own]
        indexed = rng.random() < .5 if write.wider and len(state.dims) == 2 else \
            len(state.dims) == 2 or (bool(state.dims) and rng.random() < .4)
        at = tuple("abc"[:len(state.dims)]) if indexed else None
        body = write.formula(state.dims, rng.choice((1, 2, 2, 3)), at)
        before = write.read(Name(state.name, state.dims, (turn,)), at)
        if before not in body and rng.random() < .7:
            body = f"tanh({body}) + {rng.choice(('1/2', '3/10'))}*{before}"
        if rng.random() < .15:
            body = f"{body} if {write.given('m', 'binary[T]')}[t] == 1 else {before}"
        write.equations.append(f"{state.name}[{', '.join(('t', *(at or ())))}] = {body}")
        if any(f"{state.name}[t {'+' if back else '-'}" in e for e in write.equations) \
                and rng.random() < .8:
            write.starts.append(f"{state.name}[{'T' if back else '-1'}] = "
                                f"{write.computed_start(state.dims)}")
    return states


def _losses(write: Writer, computed: Sequence[Name]) -> None:
    """Losses of the steps, and the loss of the sequence."""
    rng = write.rng
    write.open = list(computed)
    terms = [_loss(write, number) for number in range(rng.choice((1, 1, 1, 2)))]
    unread = _unreached(write, computed, terms)
    extra = " + ".join(f"sum(tanh({n.name}[t]))" if n.dims else f"sin({n.name}[t])"
                       for n in unread)
    if extra:
        write.equations.append(f"e[t] = {extra}")
        terms.append("sum(e)" if rng.random() < .5 else "sum(e*e)")
    if write.wider and rng.random() < .4:
        terms.append(_pooled(write))
    text = " ".join(write.equations)
    missing = [f"sum(x[t]*{write.parameter(('D',))})"] * ("x[" not in text) + \
        [f"{write.parameter(())}*u[t]"] * ("u" in write.declared and "u[" not in text)
    if missing:
        write.equations.append(f"f[t] = {' + '.join(missing)}")
        terms.append("sum(f**2)")
    if write.parameters and rng.random() < .2:
        name = rng.choice(list(write.parameters))
        if len(write.parameters[name]) == 1:
            terms.append(f"sum({name}**2)/10")
    write.equations.append("L = " + " + ".join(terms))


def _pooled(write: Writer) -> str:
    """A loss of a state over all steps: its mean, or one weighted by a softmax over time."""
    rng = write.rng
    state = rng.choice(write.open)
    write.used.add(state.name)
    inner = f"tanh({state.name}[t])" if not state.dims else f"mean({state.name}[t])" \
        if len(state.dims) == 1 else f"sum({state.name}[t])/6"
    write.equations.append(f"k0[t] = {inner}")
    if rng.random() < .5:
        write.equations.append("c0 = sum(k0[t] for t in T)/T")
    else:
        write.equations += ["a0[t] = softmax(k0)[t]", "c0 = sum(a0[t]*k0[t] for t in T)"]
    return "c0**2"


def _unreached(write: Writer, computed: Sequence[Name], terms: Sequence[str]) -> list[Name]:
    """The names that the loss would not depend on; each is read by the loss of its own then."""
    right = {e.partition("[")[0].partition(" ")[0]: _right(e) for e in write.equations}
    missing: list[Name] = []
    while True:
        reached: set[str] = set()
        waiting = [*terms, *(f"{n.name}[" for n in missing)]
        while waiting:
            text = waiting.pop()
            more = {n for n in right if n not in reached and re.search(rf"\b{n}\b", text)}
            reached |= more
            waiting += [right[n] for n in more]
        rest = [n for n in reversed(computed) if n.name not in reached]
        if not rest:
            return missing
        missing.append(rest[0])


def _right(equation: str) -> str:
    return equation.partition(" = ")[2]


def _loss(write: Writer, number: int) -> str:
    """A loss of each step, or one of the last; the term that it is in the whole."""
    rng = write.rng
    kind = rng.choice(("square", "square", "classes", "binary", "count", "huber", "scale", "many",
                       "last", "absolute"))
    e, z, y = f"l{number}", f"z{number}", f"y{number}"
    if kind == "last":
        vector = rng.choice([n for n in write.open if n.dims == ("H",)] or [write.open[0]])
        if vector.dims == ("H",):
            write.used.add(vector.name)
            write.equations += [f"{z} = {write.parameter(('K', 'H'))} @ {vector.name}[T-1]",
                                f"{e} = -log(softmax({z})[{write.given(y, 'label(K)')}])"]
            return e
        kind = "square"
    if kind == "classes":
        write.equations += [f"{z}[t] = {write.formula(('K',), 1)}",
                            f"{e}[t] = -log(softmax({z}[t])[{write.given(y, 'label(K)[T]')}[t]])"]
    elif kind == "many":
        write.given(y, "real[T, K]")
        write.equations += [f"{z}[t] = {write.formula(('K',), 1)}",
                            f"{e}[t] = sum(({z}[t] - {y}[t])**2)"]
    else:
        write.equations.append(f"{z}[t] = {write.formula((), 2)}")
        if kind == "scale":
            write.equations.append(f"g{number}[t] = tanh({write.formula((), 1)})")
        write.given(y, {"binary": "binary[T]", "count": "count[T]"}.get(kind, "real[T]"))
        write.equations.append(f"{e}[t] = " + {
            "square": "({z}[t] - {y}[t])**2/2", "binary": "log(1 + exp({z}[t])) - {y}[t]*{z}[t]",
            "count": "exp(tanh({z}[t])) - {y}[t]*tanh({z}[t])",
            "huber": "({z}[t] - {y}[t])**2/2 if abs({z}[t] - {y}[t]) <= 1 else "
                     "abs({z}[t] - {y}[t]) - 1/2",
            "scale": "g{n}[t] + ({z}[t] - {y}[t])**2*exp(-2*g{n}[t])/2",
            "absolute": "abs({z}[t] - {y}[t])"}[kind].format(z=z, y=y, n=number))
    roll = rng.random()
    if roll < .4:
        return f"sum({e})"
    if roll < .7:
        return f"sum({write.given('w', 'nonnegative[T]')}*{e})"
    if roll < .85:
        return f"sum({write.given('m', 'binary[T]')}*{e})/2"
    return f"sum({e})/T"
