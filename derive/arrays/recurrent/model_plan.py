"""What is made once for a model, whatever the sizes of its batches: the schedule, memory, text."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from derive.arrays.recurrent.affine_parts import prepared
from derive.arrays.recurrent.computed_starts import with_starts
from derive.arrays.recurrent.edge_values import NumbersByIndex, edge_value
from derive.arrays.recurrent.equation_lines import equation_lines
from derive.arrays.recurrent.fixed_places import least_lengths
from derive.arrays.recurrent.loop_schedule import Schedule, rested
from derive.arrays.recurrent.model_emission import model_text
from derive.arrays.recurrent.parameter_program import ParameterProgram
from derive.arrays.recurrent.stacks import Stacks, stacked
from derive.arrays.recurrent.step_graph import Stepper
from derive.arrays.recurrent.step_prediction import add_prediction, predicted_from
from derive.arrays.recurrent.value_storage import Storage
from derive.arrays.recurrent.views import Views, parameters
from derive.arrays.verifier import verify
from derive.calculus.recurrence.model_structure import checked
from derive.core.atoms import Dim
from derive.core.indexing import exact, free_names, occurs
from derive.errors import KernelError
from derive.lazy import cached_property
from derive.notation.reading.model_equations import Model
from derive.rulebook.loading import standard_rulebook


class Plan:
    """What is made once for a model: the schedule; when they are asked for, storage and text.

    `sizes` are the lengths of dimensions as far as they are known; the order of products is
    chosen by them. What parameters alone give is `derived`. A `native` one is for libraries that
    have the sigmoid: it stays in the equations.
    """

    @exact
    def __init__(self, model: Model, sizes: Mapping[str, int] | None = None,
                 native: bool = False, carried: bool = True, kept: Collection[str] = ()) -> None:
        """With `carried` states may be given in place of those at which the model starts.

        The values of equations that are `kept` can be read, beside those of outputs.
        """
        self.kept = kept
        self.model = checked(model)
        begun, self.starts = with_starts(self.model, carried)
        parts = prepared(begun, standard_rulebook(), sizes)
        ready = parts.model
        self.derived = ParameterProgram(ready, parts.derived, standard_rulebook()) \
            if parts.derived else None
        names = self.derived.names if self.derived else []
        self.initial = self._initial(names)
        self.ends = {str(n): end for n, end in self.model.ends.items()}
        stepper = Stepper(ready, standard_rulebook(), native, self.starts, parts.recast,
                          parts.partial)
        self.graph = stepper.built()
        self.graph.derived = frozenset(names)
        self.parameters = [n for n in self.graph.gradients if n not in names]
        if self.graph.program.linear:
            raise KernelError("functions of matrices in recurrent models are not compiled; give "
                              "the model their values as parameters")
        self.outputs = [n for n in outputs(self.model) if n in self.graph.named] or outputs(ready)
        self.schedule = self._scheduled(stepper, ready)
        self.least = least_lengths(self.graph.program)
        self.sizes = {d: f"dim_{d.name}" for d in _dims(ready)}
        self.times = [t.dim for t in ready.times]
        self.lengths = {} if self.graph.plain else {
            d: "T" if d == ready.steps else f"T_{d}" for d in self.times}

    def _initial(self, derived: Collection[str]) -> dict[str, str | float | NumbersByIndex]:
        """What stands beyond an end of time, but for what is computed at the step beside it."""
        computed = {n for n, d in self.model.initial.items() if n.name in self.starts
                    or any(occurs(e.symbol, d.body) for e in self.model.equations)}
        values = {str(n): edge_value(d) for n, d in self.model.initial.items() if n not in computed}
        return values | {n: s.equation for n, s in self.starts.items()
                         if s.equation in derived}

    def _scheduled(self, stepper: Stepper, model: Model) -> Schedule:
        """The schedule of the step, its prediction computed apart from the rest."""
        states = [d.source for d in self.graph.delays.values() if d.state]
        kept = (n for n in self.kept if n in self.graph.named)
        roots = dict.fromkeys((*states, *self.outputs, *predicted_from(model), *kept))
        add_prediction(stepper, rested(self.graph, [self.graph.named[n] for n in roots]))
        verify(self.graph.program)
        return Schedule(self.graph, roots)

    @cached_property
    def stacks(self) -> Stacks:
        """What lies side by side."""
        return stacked(self.schedule)

    @cached_property
    def storage(self) -> Storage:
        """Where values lie."""
        return Storage(self.schedule, self.stacks)

    @cached_property
    def views(self) -> Views:
        """The views of values that the text reads."""
        return Views(self.schedule, self.storage, parameters(self.schedule, self.stacks),
                     {**self.sizes, **self.lengths})

    @cached_property
    def text(self) -> str:
        """The module in NumPy."""
        return model_text(self.schedule, self.views, equation_lines(self.model))


def outputs(model: Model) -> list[str]:
    """What the losses of the steps read: the outputs of the network."""
    scored = {e.name for e in model.equations if occurs(e.symbol, model.loss)}
    read = {str(leaf) for e in model.equations if e.name in scored
            for leaf in free_names(e.body)}
    names = [e.name for e in model.equations if e.name in read]
    return names or [e.name for e in model.equations if e.name not in scored][-1:]


def _dims(model: Model) -> list[Dim]:
    """The dimensions whose lengths a model needs: all but those of time."""
    kinds = [leaf.kind for leaf in model.scope.names.values()]
    dims = [d for kind in kinds for d in getattr(kind, "shape", ())]
    dims += [kind.over for kind in kinds if kind.over is not None]
    times = [t.dim for t in model.times]
    return [d for d in dict.fromkeys(dims) if isinstance(d, Dim) and not d.fixed
            and d not in times]
