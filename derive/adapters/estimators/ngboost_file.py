"""Distributions for NGBoost: score, its derivatives, the metric, a fit, draws."""

from __future__ import annotations

import re

from derive.adapters.estimators.code_blocks import (
    class_name,
    indented,
    module_text,
    paragraph,
)
from derive.adapters.estimators.distribution_parts import DistributionParts
from derive.adapters.estimators.ngboost_test import ngboost_test
from derive.adapters.estimators.ngboost_text import (
    CLASS_PROBS,
    DIST,
    fit_lines,
    method,
    unpacked,
)
from derive.adapters.request import Request, Written
from derive.arrays.targets.functional.short_code import assigned, returned
from derive.errors import KernelError
from derive.notation.printing.plain import plain
from derive.tables.distribution_table import distribution_for


def ngboost_file(request: Request) -> Written:
    """The file of a distribution for NGBoost. Raises DeriveError."""
    if request.given or request.wrt or request.hessian:
        raise KernelError("a file for NGBoost is made of a name from `derive distributions` alone")
    law = distribution_for(request.target)
    parts = DistributionParts(law)
    unknown = [n for n in request.values if n not in parts.fixed]
    if unknown or request.observed:
        raise KernelError(f"{law.name} has no {(*unknown, *request.observed)[0]} to set; what a "
                          f"law has fixed are arguments in the file: "
                          f"{', '.join((*parts.dims, *parts.fixed)) or 'none'}")
    writer = DistributionFile(request, parts)
    return Written(writer.module(), ngboost_test(parts, writer.name, request.provenance,
                                                 writer.information))


class DistributionFile:
    """Writes the module of one distribution."""

    def __init__(self, request: Request, parts: DistributionParts) -> None:
        self.request, self.parts, self.law = request, parts, parts.law
        self.name = class_name(parts.law.name)
        self.label = parts.label[1]
        self.classes = self.label in ("binary", "label") and not parts.label[3]
        self.arguments = (*parts.dims, *parts.fixed)
        self.information = parts.information is not None and not parts.singular

    def module(self) -> str:
        """The text of the file."""
        body = self.body()
        special = any("special." in line for line in body)
        stats = any("stats." in line for line in body)
        words = ["optimize", *(["special"] if special else []), *(["stats"] if stats else [])]
        base = "ClassificationDistn" if self.classes else "RegressionDistn"
        imports = ["import itertools", "from typing import Any", "", "import numpy as np",
                   f"from ngboost.distns.distn import {base}",
                   "from ngboost.scores import LogScore", "from numpy.typing import NDArray",
                   f"from scipy import {', '.join(words)}", "", "Array = NDArray[np.float64]"]
        if self.arguments:
            kinds = ", ".join(f"{n}: {'int' if n in self.parts.dims else 'Any'}"
                              for n in self.arguments)
            head = [f"def {self.name.lower()}({kinds}) -> Any:",
                    *indented([f'"""The class of the distribution at {self._given()}."""'])]
            body = ["", *head, "", *indented(["\n".join(body)]), "",
                    *indented([f"return {self.name}"])]
        else:
            body = ["", *body]
        return module_text(self._docstring(), imports, body)

    def _given(self) -> str:
        return ", ".join(self.arguments)

    def body(self) -> list[str]:
        """The two classes, and the one in which the fit joins them."""
        base = "ClassificationDistn" if self.classes else "RegressionDistn"
        ignored = "  # type: ignore[misc,unused-ignore]"
        score = [f"class {self.name}LogScore(LogScore):{ignored}",
                 *indented([f'"""The negative log-likelihood of each row, its derivatives and '
                            f'metric by {self._outputs()}."""', *self._score()])]
        law = [f"class {self.name}({base}):{ignored}",
               *indented([f'"""{self.law.title}; see the head of this file."""',
                          "", *self._settings(), *self._law()])]
        both = [f"class Scored{self.name}({self.name}LogScore, {self.name}):{ignored}",
                *indented(['"""The law with its score."""'])]
        gap = [""] if self.arguments else ["", ""]
        return [*score, *gap, *law, *gap, *both]

    def _outputs(self) -> str:
        return ", ".join(p.inner for p in self.parts.parameters)

    def _score(self) -> list[str]:
        slopes = self.parts.gradient()
        columns = [f"{n}[:, 1:]" if p.tied else n
                   for n, p in zip(slopes.outputs, self.parts.parameters, strict=True)]
        taken = ["Y = np.asarray(Y)"] if self.classes else []
        methods = ["", "def score(self, Y: Any) -> Array:",
                   *indented([*taken, *returned(self.parts.score())]), "",
                   "def d_score(self, Y: Any) -> Array:",
                   *indented([*taken, *assigned(slopes),
                              f"return np.column_stack([{', '.join(columns)}])"])]
        return [*methods, *self._metric()]

    def _metric(self) -> list[str]:
        if not self.information:
            return []
        places = self._places()
        total = self._total()
        lines = [f"FI = np.zeros((len(self), {total}, {total}))"]
        for a, b, before, value in self.parts.information_entries():
            first, second = self.parts.parameters[a], self.parts.parameters[b]
            if first.tied:
                before, value = [*before, f"entry = {value}"], "entry[:, 1:, 1:]"
            lines += [*before, f"FI[:, {places[a]}, {places[b]}] = {value}"]
            if a != b:
                turned = ".swapaxes(1, 2)" if first.dim and second.dim else ""
                lines.append(f"FI[:, {places[b]}, {places[a]}] = FI[:, {places[a]}, {places[b]}]"
                             f"{turned}")
        return ["", "def metric(self) -> Array:", *indented([*lines, "return FI"])]

    def _places(self) -> list[str]:
        """Where each parameter stands among the outputs."""
        if not self.parts.dims:
            return [str(n) for n in range(len(self.parts.parameters))]
        places, start = [], "0"
        for p in self.parts.parameters:
            end = p.size if start == "0" else f"{start} + {p.size}"
            places.append(f"{start}:{end}" if p.dim else start)
            start = end
        return places

    def _total(self) -> str:
        sizes = [p.size for p in self.parts.parameters]
        return str(len(sizes)) if not self.parts.dims else " + ".join(sizes)

    def _settings(self) -> list[str]:
        lines = [f"n_params = {self._total()}", f"scores = [{self.name}LogScore]"]
        if self.classes:
            lines.append('problem_type = "classification"')
        if self.parts.label[3] or self.label == "simplex":
            lines.append("multi_output = True")
        return lines

    def _law(self) -> list[str]:
        law, parts = self.law, self.parts
        methods = ["", *self._init(), "", *fit_lines(self.parts, self.name)]
        methods += self._sample()
        methods += method("logpdf", "The log-density at Y, a number for each row.",
                          f"return -{self._both()}(self._params).score(Y)", "Y: Any")
        if law.scipy and not self.classes:
            methods += [DIST.rstrip("\n")]
        methods += self._mean()
        if self.classes:
            p = parts.parameters[0].name
            probabilities = f"self.{p}" if parts.parameters[0].dim else \
                f"np.column_stack([1 - self.{p}, self.{p}])"
            methods += [CLASS_PROBS.replace("{probabilities}", probabilities).rstrip("\n")]
        natural = ", ".join(f'"{p.name}": self.{p.name}' for p in parts.parameters)
        return [*methods, "", "@property", "def params(self) -> dict[str, Any]:",
                *indented(['"""The parameters on their own scales."""', f"return {{{natural}}}"])]

    def _both(self) -> str:
        return f"Scored{self.name}"

    def _init(self) -> list[str]:
        parts, places = self.parts, self._places()
        if parts.dims:
            lines = [unpacked(p, place) for p, place in zip(parts.parameters, places, strict=True)]
        elif len(parts.parameters) == 1:
            lines = [f"{parts.parameters[0].inner} = params[0]"]
        else:
            lines = [f"{self._outputs()} = params"]
        for p in parts.parameters:
            if p.link:
                lines += assigned(parts.formula_body(f" = {p.inverse}", p.name, ""))
        named = [n for p in parts.parameters for n in ([p.inner, p.name] if p.link else [p.name])]
        for line in self.law.define:
            name, _, text = line.partition("=")
            lines += assigned(parts.formula_body(f" = {text}", name.strip(), ""))
            named.append(name.strip())
        lines.append(f"{', '.join(f'self.{n}' for n in named)} = {', '.join(named)}")
        if self.law.scipy:
            lines.append(f"self.dist = stats.{self.law.scipy}")
        return ["def __init__(self, params: Array) -> None:",
                *indented(["super().__init__(params)", *lines])]

    def _sample(self) -> list[str]:
        if self.classes and self.parts.parameters[0].dim:
            below = "np.cumsum(self.class_probs(), axis=1)[:, None, :-1]"
            return method("sample", "m draws for each row, in m rows.",
                           "uniform = np.random.uniform(size=(m, len(self)))\n"
                           f"return np.sum({below.replace('[:, None, :-1]', '[None, :, :-1]')} < "
                           "uniform[..., None], axis=-1)", "m: int", "Any")
        if self.law.scipy:
            return method("sample", "m draws for each row, in m rows.",
                           "return self.dist.rvs(size=(m, len(self)))", "m: int", "Any")
        defined = (line.partition("=")[0].strip() for line in self.law.define)
        used = [n for n in (*(p.name for p in self.parts.parameters), *defined)
                if re.search(rf"\b{n}\b", self.law.draw)]
        lines = ["rng = np.random.default_rng(np.random.randint(2**31))", "size = (m, len(self))",
                 f"{', '.join(used)} = {', '.join(f'self.{n}' for n in used)}",
                 f"return {self.law.draw}"]
        return method("sample", "m draws for each row, in m rows.", "\n".join(lines), "m: int",
                       "Any")

    def _mean(self) -> list[str]:
        """The mean where a moment says it, else what the entry predicts."""
        kind, text = self.centre()
        if not text or self.classes:
            return []
        code = "\n".join(returned(self.parts.formula_body(text, "centre")))
        return method("mean" if kind == "mean" else "predict", f"The {kind}.", code)

    def centre(self) -> tuple[str, str]:
        """What is predicted: its kind, and its formula; none where scipy.stats knows the mean."""
        if self.law.centre:
            kind, _, text = self.law.centre.partition(" = ")
            return kind, f" = {text}"
        label = self.parts.label[0][0]
        known = next((m for m in self.law.moments
                      if re.match(rf"{label}(\[\w+\])? = ", m)), "")
        if self.law.scipy or not known:
            return "mean", ""
        return "mean", known[len(label):]

    def _docstring(self) -> str:
        law, parts = self.law, self.parts
        scales = [f"    {p.inner:<12} {p.name} = {p.inverse}" if p.link else
                  f"    {p.inner:<12} {p.name} itself" for p in parts.parameters]
        scores = [f"    score        {plain(parts.formulas[0].loss)}",
                  *(f"    d/d{p.inner:<9} {plain(f.derivation.result)}"
                    for p, f in zip(parts.parameters, parts.formulas, strict=True))]
        metric = "The metric is the derived Fisher information on these scales." if \
            self.information else (
            "The Fisher information is no formula here, so that NGBoost's own metric is taken: a "
            "mean of 100 draws (Monte Carlo).")
        words = (f"The boosted outputs are {self._outputs()}, on unconstrained scales; params and "
                 f"attributes are on the scales of the density. {law.note}")
        kind, text = self.centre()
        predicts = f"predict() gives the {kind}." if text or law.scipy else ""
        return "\n\n".join([
            f"{law.title}, for NGBoost.", f"    density      {law.density}\n" + "\n".join(scores),
            "\n".join(scales), *map(paragraph, [words, f"{metric} {predicts}"]),
            paragraph(f"Source: {law.source.rstrip('.')}."), self.request.provenance])
