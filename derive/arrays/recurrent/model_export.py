"""Recurrent models as modules for PyTorch, JAX or NumPy."""

from __future__ import annotations

from derive.arrays.recurrent.export_facts import ExportFacts
from derive.arrays.recurrent.export_self_test import self_test_of
from derive.arrays.recurrent.exported_model import ExportedModel
from derive.arrays.recurrent.model_plan import Plan
from derive.arrays.recurrent.step_dialects import step_dialect
from derive.derivation import Derivation
from derive.errors import KernelError
from derive.notation.reading.model_equations import Model, read_model


def exported_text(model: Model, target: str, title: str, command: str = "",
                  facts: ExportFacts | None = None) -> str:
    """The text of a module with a model, a self-test at its end.

    `command` is what makes it again, for its head; `facts` are those of a trained model. Raises
    KernelError for what cannot be exported.
    """
    dialect = step_dialect(target)
    plan = Plan(model, facts.sizes if facts else None, native=True,
                carried=False)
    if plan.graph.times:
        raise KernelError("a model with two axes of time is computed by NumPy alone; it is not "
                          "exported yet")
    past = next((steps.source for steps in plan.graph.spans.values() if steps.shift), "")
    if past or plan.graph.clocks:
        raise KernelError(f"a model in which a step reads all of the past of {past or 'a name'} "
                          "inside of its own loop is computed by NumPy alone; it is not exported "
                          "yet" if past else "a model that compares the number of the step with "
                          "another one is computed by NumPy alone; it is not exported yet")
    made = ExportedModel(plan, dialect, title, command, facts)
    test = self_test_of(model)
    return made.text(test.text(dialect.key, made.names) if test else "")


def exported_derivation(derivation: Derivation, target: str, command: str = "") -> str:
    """The text of a module with the model of `derive.bptt`.

    Raises KernelError for a model that is not compiled, such as one with sums over time beside
    its loss.
    """
    typed = str(getattr(derivation.typed, "target", ""))
    if not typed or "[t]" not in typed.replace(" ", ""):
        raise KernelError("a module is made of a recurrent model: of what derive.bptt gives")
    title = derivation.title.partition(": ")[2] or derivation.title
    return exported_text(read_model(typed), target, title[:1].upper() + title[1:], command)
