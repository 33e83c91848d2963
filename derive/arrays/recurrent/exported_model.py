"""A recurrent model as the text of a module for PyTorch, JAX or NumPy, its adjoint derived."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from derive.arrays.recurrent import export_templates as templates
from derive.arrays.recurrent.equation_lines import model_lines
from derive.arrays.recurrent.export_facts import wrapped
from derive.arrays.recurrent.export_layout import (
    GRADIENTS,
    INDENT,
    documented,
    indented,
    listed,
    words_in,
)
from derive.arrays.recurrent.export_names import ModelNames
from derive.arrays.recurrent.parameter_program import SLOPE, statements
from derive.arrays.targets.functional.functional_text import folded, short_name
from derive.arrays.targets.numpy.module_lines import import_lines
from derive.arrays.targets.numpy.runtime_parts import needed
from derive.outgoing_text import in_docstring
from derive.version import __version__


@dataclass
class Written:
    """One function of a module: its lines, and what it takes."""

    lines: list[str]
    taken: list[str]


class ExportedModel(ModelNames):
    """Writes the module of a model."""

    # Functions

    def text(self, test: str = "") -> str:
        """The module; `test` stands at its end."""
        run = self.functions
        phases = [[*self._derived(), *run.phase(0)]]
        known = [[*self.derived.values(), *run.outer.values()]]
        losses = run.phase(1)
        lines, loss = run.totals({"loss": self.graph.loss})
        phases.append([*losses, *lines])
        known.append([n for n in run.outer.values() if n not in known[0]])
        backward = run.phase(2)
        lines, slopes = run.totals(self.graph.gradients)
        back, slopes = self._led_back(slopes)
        phases.append([*backward, *lines, *back])
        zeros = self.dialect.zeros_like
        results = [slopes.get(n, zeros.format(self.names[n])) for n in self.parameters]
        last = self._prediction()
        words = [words_in(p) for p in phases]
        words[1] |= words_in([loss["loss"]])
        words[2] |= words_in(results)
        later = words[1] | words[2] | words_in(last) | {self._predicted()}
        outputs = [run.outer[self.graph.named[n]] for n in self.plan.outputs]
        early = [*outputs, *(n for n in known[0] if n not in outputs and n in later)]
        late = [n for n in known[1] if n in words[2]]
        written = [self._function(*parts) for parts in (
            ("network", words[0], (), "The outputs, and what else is read after them.", phases[0],
             early), ("losses", words[1], early, "The loss, and what its gradients rest on.",
                      phases[1], [loss["loss"], *late]),
            ("gradients", words[2], [*early, *late], GRADIENTS, phases[2], results))]
        if last:
            written.append(self._function("predicted", words_in(last), early,
                                          "What is predicted.", last[:-1], last[-1:]))
        return self._module(written, early, late, len(outputs), test)

    def _derived(self) -> list[str]:
        """The statements that compute what parameters alone give."""
        if self.plan.derived is None:
            return []
        lines, made = statements(self.plan.derived.forward, self.names | self.derived,
                                 self.dialect.plain, self.taken)
        return [*lines, *(f"{self.derived[n]} = {code}" for n, code in made.items())]

    def _led_back(self, slopes: dict[str, str]) -> tuple[list[str], dict[str, str]]:
        """The statements behind the slopes of derived parameters, and the slopes of the others."""
        program = self.plan.derived
        if program is None:
            return [], slopes
        own = {n: short_name(f"{self.derived[n]}_total", self.taken) for n in self.derived}
        head = [f"{own[s.name]} = {slopes[s.name]}" for s in program.seeds]
        lines, made = statements(program.backward, {
            **self.names, **self.derived, **{n + 2 * SLOPE: name for n, name in own.items()}},
            self.dialect.plain, self.taken)
        return [*head, *lines], {n: " + ".join(s[n] for s in (slopes, made) if n in s)
                                 for n in {**slopes, **made}}

    def _prediction(self) -> list[str]:
        """The statements of the model's prediction, and its name; none where it is an output."""
        number = self.graph.named.get("predict")
        if number is None or number in self.functions.outer:
            return []
        lines = self.functions.phase(3)
        return [*lines, self.functions.outer[number]]

    def _function(self, name: str, words: set[str], before: Sequence[str], says: str,
                  lines: list[str], results: list[str]) -> Written:
        """A function of what it reads of the data, the parameters and earlier values."""
        head, words = self._head(words)
        taken = [n for n in (*self.names.values(), *before) if n in words]
        array = self.dialect.array
        typed = ", ".join(f"{n}: {array}" for n in taken)
        return Written([*folded(f"def {name}({typed}) -> {array}s:", 99, " " * (len(name) + 5)),
                        *documented(says),
                        *(part for line in (*head, *lines, f"return {listed(results)}")
                          for part in indented(line))], taken)

    def _head(self, words: set[str]) -> tuple[list[str], set[str]]:
        """The statements for sizes that the words of a function need; the words with theirs."""
        timed = next(self.names[n] for n in self.data if self.graph.inputs[n][0] == "step")
        first = self.names[self.parameters[0]]
        head = []
        counted = [pair for pair in self.counted.values() if pair[0] in words]
        if f"size_{self.plan.model.steps}" in words:
            counted.append((f"size_{self.plan.model.steps}", "T"))
        if counted:
            words = words | {"rows"}
        if words & {"rows", "row", "T", "B"}:
            words = words | {timed}
            head.append(f"T, B = {timed}.shape[:2]")
        if words & {"rows", "row"}:
            words = words | {first}
            head.append(f"rows = {self.dialect.rows.format(first)}")
        head += [f"{counted_name} = {code}" for counted_name, code in counted]
        if "row" in words:
            head.append("row = rows[0]")
        lengths = self._lengths(words)
        head += [f"{own} = {place}" for own, place in lengths.items()]
        return head, words | {p.partition(".")[0] for p in lengths.values() if "." in p}

    # The module

    def _module(self, written: list[Written], early: list[str], late: list[str], count: int,
                test: str) -> str:
        own = ["\n".join(w.lines) for w in written]
        filled = templates.TEMPLATES[self.dialect.key].format(
            **self._filling(written, early, late, count))
        own.append("\n".join(part for line in filled.split("\n") for part in indented(line, "")))
        learned = {self.names[n]: n for n in self.parameters}
        if self.facts is not None:
            own.append(self.facts.load(self.dialect.key, learned))
        if test:
            own += [templates.PATTERNS[self.dialect.key], test]
        text = "\n\n\n".join(own)
        code = "\n".join(line.partition("#")[0] for line in text.split("\n"))
        helpers = [made[self.dialect.key] for name, made in templates.HELPERS.items()
                   if self.dialect.key in made and re.search(rf"\b{name}\(", code)]
        imports, printed = needed("\n\n\n".join([*helpers, text]), self.parts)
        aliases = self._aliases(learned)
        body = "\n\n\n".join([*(p for p in printed if not p.startswith("Array = ")),
                                *helpers, text])
        head = ['"""' + self._docstring() + '\n"""', "", "from __future__ import annotations", "",
                *self._imports(imports, body), "", *aliases,
                *(self.facts.constants(learned) if self.facts else [])]
        tail = templates.END if test else ""
        return "\n".join(head) + "\n\n\n" + body + tail + "\n"

    def _lengths(self, words: set[str]) -> dict[str, str]:
        """Where the lengths that some code reads are, by their names there."""
        bare = {d.name for d in self.sizes()} - {*self.names.values(), "T", "B"}  # of parameters
        return {own: place for dim, place in self.sizes().items()
                for own in (f"size_{dim}", dim.name)
                if own in words and (own != dim.name or own in bare)}

    def _aliases(self, learned: Iterable[str]) -> list[str]:
        """Names of types, and of the parameters."""
        if self.dialect.key == "torch":
            return ["Tensors = tuple[Tensor, ...]"]
        return [*(["Array = NDArray[Any]"] if self.dialect.key == "numpy" else []),
                "Arrays = tuple[Array, ...]", "Parameters = dict[str, Array]",
                *wrapped("PARAMETERS", tuple(learned))]

    def _imports(self, more: list[str], body: str) -> list[str]:
        """The imports: those of Python, those of libraries; parameters are read with NumPy."""
        own = {*self.dialect.imports, *more, *(line for name, line in self.dialect.also.items()
                                               if re.search(rf"\b{name}\.", body))}
        own |= {"from pathlib import Path", "import numpy as np"} if self.facts else set()
        lines = [line for line in import_lines(sorted(own)) if line]
        library = [line for line in lines if re.match(r"(import|from) (torch|jax|numpy)", line)]
        return [*(line for line in lines if line not in library), "", *library]

    def _filling(self, written: list[Written], early: list[str], late: list[str], count: int,
                 ) -> dict[str, str]:
        """What the template is filled with."""
        network, losses, gradients, *last = written
        predicting = [n for n in (*self.names.values(),) if n in network.taken
                      or any(n in w.taken for w in last)]
        purpose = "What the model predicts at each step" if last else \
            f"What the network gives, {self.plan.outputs[0]}"
        numpy = self.dialect.key == "numpy"
        read = self.read if numpy else (lambda names: ", ".join(names))
        body = [f"{listed(early)} = network({self.call(network.taken)})",
                f"made = predicted({self.call(last[0].taken)})[0]"] if last else \
            [f"made = network({self.call(network.taken)})[{early.index(self._predicted())}]"]
        if self.facts is not None:
            body = [*self.facts.before(self.dialect.key, self.names[
                self.plan.model.learning.role("input")]), *body,
                    *self.facts.behind(self.dialect.key)]
            purpose = self.facts.says or purpose
            deep_doc = INDENT[self.dialect.key]
            purpose = f"\n{deep_doc}".join(textwrap.wrap(purpose, 84))
        body.append("return made")
        deep = "\n            " if self.dialect.key == "torch" else "\n    "
        return {
            "listed": ", ".join(f"{n}: {self.dialect.array}" for n in self.names.values()),
            "names": ", ".join(self.names.values()),
            "nones": "None, " * len(self.data),
            "sizes": ", ".join(f"{d}: int" for d in self.sizes()),
            "parameters": "\n".join(map(self.parameter, self.parameters)),
            "network": f"{listed(early)} = network({read(network.taken)})",
            "losses": f"{listed(['loss', *late])} = losses({read(losses.taken)})",
            "saved": read(gradients.taken) + (
                "," * (len(gradients.taken) == 1 and self.dialect.key == "jax")),
            "count": str(count), "outputs": ", ".join(self.plan.outputs),
            "data": self.given(self.names.values()), "defaults": self.defaults(
                self.names.values()),
            "given": self.call(self.names.values()), "inputs": self.given(network.taken),
            "early_defaults": self.defaults(network.taken),
            "called": self.call(network.taken), "shapes": "; ".join(map(self.shape, self.data)),
            "predict_inputs": self.given(predicting),
            "predict_defaults": self.defaults(predicting),
            "predict_says": purpose + ("." if numpy else ", without gradients."),
            "predict_body": deep.join(body)}

    def _predicted(self) -> str:
        """The name in code of the value that is predicted, where the network has it."""
        known = {n: self.functions.outer.get(self.graph.named[n], "") for n in (
            self.facts.output if self.facts else "", "predict", self.plan.outputs[0])
            if n in self.graph.named}
        return next((name for name in known.values() if name), "")

    def _docstring(self) -> str:
        model = self.plan.model
        what = f"{self.title}: a model for {self.dialect.title}, derived and generated."
        lines = [*textwrap.wrap(what, 96), "", *(f"    {line}" for line in model_lines(model)), "",
                 *textwrap.wrap(
                     "Steps come first, then sequences. The backward pass is the derived one: "
                     "products of the adjoints with what the forward pass computed; nothing is "
                     "differentiated when it runs. States begin as the model has it.", 96),
                 "", f"Generated by derive {__version__}{':' if self.command else '.'}",
                 *([f"    {self.command}"] if self.command else [])]
        return in_docstring("\n".join(lines))
