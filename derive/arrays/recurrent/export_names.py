"""The names of an exported model in code: its data and parameters, as functions take them."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable

from derive.arrays.recurrent.equation_lines import equation_lines
from derive.arrays.recurrent.export_facts import ExportFacts
from derive.arrays.recurrent.export_layout import INDENT, RESERVED, listed
from derive.arrays.recurrent.functions_of_steps import StepFunctions
from derive.arrays.recurrent.model_plan import Plan
from derive.arrays.recurrent.step_dialects import StepDialect
from derive.arrays.targets.functional.functional_text import short_name
from derive.core.atoms import Dim
from derive.core.kinds import Dimension
from derive.errors import KernelError

WEIGHTS, MASK = "w", "m"  # the data of a step that may be left out


class ModelNames:
    """What a module of a model is made from, and how data and parameters are handed on."""

    def __init__(self, plan: Plan, dialect: StepDialect, title: str, command: str,
                 facts: ExportFacts | None = None) -> None:
        self.plan, self.dialect, self.title, self.command = plan, dialect, title, command
        self.facts = facts
        self.graph, self.schedule = plan.graph, plan.schedule
        taken = set(RESERVED | set(dir(builtins)) | set(keyword.kwlist))
        self.parts = dialect.parts
        taken |= {n for p in self.parts for n in p.defines}
        self.data = [n for n in self.graph.data if n != self.graph.clock]
        self.parameters = list(plan.parameters)
        self.names = {n: short_name(n, taken) for n in (*self.data, *self.parameters)}
        self.derived = {n: short_name(n, taken) for n in
                        (plan.derived.names if plan.derived else ())}
        clock = self.graph.clock
        self.counted = {clock: (short_name("number", taken), dialect.counted)} if clock else {}
        self.taken = taken
        self.functions = StepFunctions(
            self.schedule, dialect, equation_lines(plan.model),
            self.names | self.derived | {n: name for n, (name, _) in self.counted.items()},
            {(n, plan.ends[n]): (self.names | self.derived)[s] if isinstance(s, str) else s
             for n, s in plan.initial.items() if s}, taken=taken)

    def sizes(self) -> dict[Dim, str]:
        """Where each dimension is read."""
        places: dict[Dim, str] = {}
        for name in (*self.parameters, *self.data):
            rows, _ = self.graph.inputs[name]
            lead = {"step": 2, "sequence": 1}.get(rows, 0)
            for place, dim in enumerate(self.dims(name)):
                if isinstance(dim, Dim) and not dim.fixed:
                    places.setdefault(dim, f"{self.names[name]}.shape[{place + lead}]")
        for dim in self.plan.sizes:
            if dim not in places:
                places[dim] = self._length(dim)
        return places

    def _length(self, dim: Dim) -> str:
        """A length that no data and no parameter have, of a trained model. Raises KernelError."""
        known = self.facts.sizes if self.facts else {}
        if dim.name not in known:
            raise KernelError(f"no parameter and no data have the dimension {dim.name}: its length "
                              "cannot be told in a module; write a number in its place")
        return str(known[dim.name])

    def dims(self, name: str) -> tuple[Dimension, ...]:
        """The axes of data or a parameter beside steps and sequences."""
        return tuple(self.graph.inputs[name][1].shape)

    def read(self, names: Iterable[str]) -> str:
        """Arguments where parameters stand in a dict, values have their names."""
        own = {self.names[n] for n in self.parameters}
        return ", ".join(f'p["{n}"]' if n in own else n for n in names)

    def call(self, names: Iterable[str]) -> str:
        """Arguments of a call from outside: parameters are attributes, or stand in a dict."""
        if self.dialect.key != "torch":
            return self.read(names)
        own = {self.names[n] for n in self.parameters}
        return ", ".join(f"self.{n}" if n in own else n for n in names)

    def optional(self, name: str) -> bool:
        """Whether data of each step may be left out: weights of the mean, a mask of ones."""
        rows, kind = self.graph.inputs[name]
        return name in (WEIGHTS, MASK) and rows == "step" and not kind.shape

    def given(self, names: Iterable[str]) -> str:
        """The data among some names, as parameters of a function."""
        own = {self.names[n]: n for n in self.data}
        array = self.dialect.array
        chosen = sorted((n for n in names if n in own), key=lambda n: self.optional(own[n]))
        return ", ".join(f"{n}: {array} | None = None" if self.optional(own[n]) else
                         f"{n}: {array}" for n in chosen)

    def defaults(self, names: Iterable[str]) -> str:
        """The statements that fill in what was left out."""
        indent = INDENT[self.dialect.key]
        names = set(names)
        own = [n for n in self.data if self.names[n] in names and self.optional(n)]
        if not own:
            return ""
        timed = next(self.names[n] for n in self.data if self.graph.inputs[n][0] == "step")
        like = f"self.{self.names[self.parameters[0]]}" if self.dialect.key == "torch" else \
            f'p["{self.names[self.parameters[0]]}"]'
        lines = [f"T, B = {timed}.shape[:2]"]
        for name in sorted(own):  # the mask comes first
            ones = {"torch": f"{like}.new_ones((T, B))", "jax": f"jnp.ones((T, B), {like}.dtype)",
                    "numpy": f"np.ones((T, B), {like}.dtype)"}[self.dialect.key]
            mask = self.names.get(MASK, "")
            mean = f"{mask} / {mask}.sum()" if mask in names else f"{ones} / (T * B)"
            code, own_name = mean if name == WEIGHTS else ones, self.names[name]
            lines += [f"if {own_name} is None:", f"    {own_name} = {code}"]
        return "".join(f"{indent}{line}\n" for line in lines)

    def parameter(self, name: str) -> str:
        """The statement that makes a parameter."""
        shape = listed(map(str, self.dims(name)))
        if self.dialect.key == "torch":
            return f"        self.{self.names[name]} = nn.Parameter(torch.empty(({shape})))"
        return f'        "{self.names[name]}": ({shape}),'

    def shape(self, name: str) -> str:
        rows, kind = self.graph.inputs[name]
        lead = {"step": ["T", "B"], "sequence": ["B"]}[rows]
        what = f" labels below {kind.over}" if kind.domain == "label" else ""
        left = ", by default the mean" if name == WEIGHTS and self.optional(name) else ""
        return f"{self.names[name]} ({', '.join([*lead, *map(str, self.dims(name))])}){what}{left}"
