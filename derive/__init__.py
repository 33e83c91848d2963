"""A symbolic-math derivation engine for loss functions.

>>> import derive
>>> derive.grad("-log(softmax(o)[y])", given=["o: real[K]", "y: label(K)"], wrt="o").notation
'softmax(o)[i] - delta(i, y)'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from derive.provided import provide
from derive.provided import provided as _provided
from derive.version import __version__

if TYPE_CHECKING:
    from derive import adapters as adapters
    from derive.arrays.kernels import Kernel as Kernel
    from derive.arrays.kernels import kernel as kernel
    from derive.audit import Audit as Audit
    from derive.audit import verify as verify
    from derive.calculus.cost.family import family as family
    from derive.calculus.cost.potential import cost as cost
    from derive.calculus.cost.potential import matching_loss as matching_loss
    from derive.calculus.gradient.gradient import grad as grad
    from derive.calculus.gradient.gradient import hessian as hessian
    from derive.calculus.gradient.gradient import jacobian as jacobian
    from derive.calculus.likelihood.densities.density_to_loss import nll as nll
    from derive.calculus.likelihood.densities.score_function import score as score
    from derive.calculus.likelihood.estimates.maximum_likelihood import mle as mle
    from derive.calculus.likelihood.information.fisher_information import fisher as fisher
    from derive.calculus.likelihood.noise.assumed_noise import noise as noise
    from derive.calculus.recurrence.back_propagation import bptt as bptt
    from derive.computable import ArrayFunction as ArrayFunction
    from derive.derivation import Derivation as Derivation
    from derive.derivation import Line as Line
    from derive.derivation import Step as Step
    from derive.errors import ArgumentError as ArgumentError
    from derive.errors import CheckpointError as CheckpointError
    from derive.errors import DataError as DataError
    from derive.errors import DataFileError as DataFileError
    from derive.errors import DeriveError as DeriveError
    from derive.errors import KernelError as KernelError
    from derive.errors import KindError as KindError
    from derive.errors import ModelError as ModelError
    from derive.errors import NoIntegralError as NoIntegralError
    from derive.errors import NoNoise as NoNoise
    from derive.errors import NotAGradient as NotAGradient
    from derive.errors import NotationError as NotationError
    from derive.errors import NotDifferentiableError as NotDifferentiableError
    from derive.errors import PatienceError as PatienceError
    from derive.errors import ReplayError as ReplayError
    from derive.errors import StoredError as StoredError
    from derive.errors import TrainingError as TrainingError
    from derive.errors import UnknownNameError as UnknownNameError
    from derive.errors import VerificationError as VerificationError
    from derive.judge.record import Verification as Verification
    from derive.judge.rules.rulebook_with_files import check as check_rule
    from derive.judge.rules.rulebook_with_files import rules as rules
    from derive.limits import patience as patience
    from derive.rendering.pictures import Picture as Picture
    from derive.rulebook.loading import Rulebook as Rulebook
    from derive.rulebook.rule import Rule as Rule
    from derive.tables.activation_table import Activation as Activation
    from derive.tables.activation_table import activations as activations
    from derive.tables.cell_table import Cell as Cell
    from derive.tables.cell_table import cells as cells
    from derive.tables.cell_table import heads as heads
    from derive.tables.cell_table import reductions as reductions
    from derive.tables.distribution_table import Distribution as Distribution
    from derive.tables.distribution_table import distributions as distributions
    from derive.tables.entry_lists import Entries as Entries
    from derive.tables.loss_table import Entry as Loss
    from derive.tables.loss_table import losses as losses
    from derive.tables.model_table import models as models
    from derive.tables.notation_table import Word as Word
    from derive.tables.notation_table import notation_words as notation
    from derive.tables.regression_table import regressions as regressions
    from derive.teaching.demonstrations.demonstration import Shown as Demonstration
    from derive.teaching.demonstrations.demonstration import demonstrate as demo
    from derive.teaching.demonstrations.demonstration import demonstrate as demonstrate
    from derive.teaching.demonstrations.demonstration_files import Demo as Demo
    from derive.teaching.demonstrations.demonstration_files import demos as demos
    from derive.teaching.demonstrations.plotting import plot as plot
    from derive.teaching.exercises.class_marking import mark as mark
    from derive.teaching.exercises.class_record import ClassMarks as ClassMarks
    from derive.teaching.exercises.class_record import MarkedSheet as MarkedSheet
    from derive.teaching.exercises.exercise_file import exercise as exercise
    from derive.teaching.exercises.exercise_record import Exercise as Exercise
    from derive.teaching.marking.check_records import Check as Check
    from derive.teaching.marking.check_records import CheckedLine as CheckedLine
    from derive.teaching.marking.sheet_check import check as check
    from derive.teaching.practice.practice_response import Response as Response
    from derive.teaching.practice.practice_session import Practice as Practice
    from derive.teaching.practice.practising import practice as practice
    from derive.teaching.sites.making_site import site as site
    from derive.teaching.sites.site_writer import Site as Site
    from derive.training.api import Training as Training
    from derive.training.api import check_gradients as check_gradients
    from derive.training.api import train as train
    from derive.training.checkpoint_text import sample as sample
    from derive.training.exporting import export as export
    from derive.training.tasks.registry import Task as Task
    from derive.training.tasks.registry import tasks as tasks
    from derive.training.trained_model import TrainedModel as TrainedModel
    from derive.training.trained_model import load as load
    from derive.training.trained_model import predict as predict

# Loaded when first used: `import derive` itself needs neither SymPy nor NumPy.
_HOMES = {
    "Activation": "derive.tables.activation_table:Activation",
    "ArgumentError": "derive.errors:ArgumentError",
    "ArrayFunction": "derive.computable:ArrayFunction",
    "Audit": "derive.audit:Audit",
    "Cell": "derive.tables.cell_table:Cell",
    "Check": "derive.teaching.marking.check_records:Check",
    "CheckedLine": "derive.teaching.marking.check_records:CheckedLine",
    "CheckpointError": "derive.errors:CheckpointError",
    "ClassMarks": "derive.teaching.exercises.class_record:ClassMarks",
    "DataError": "derive.errors:DataError",
    "DataFileError": "derive.errors:DataFileError",
    "Demo": "derive.teaching.demonstrations.demonstration_files:Demo",
    "Demonstration": "derive.teaching.demonstrations.demonstration:Shown",
    "Derivation": "derive.derivation:Derivation",
    "DeriveError": "derive.errors:DeriveError",
    "Distribution": "derive.tables.distribution_table:Distribution",
    "Entries": "derive.tables.entry_lists:Entries",
    "Exercise": "derive.teaching.exercises.exercise_record:Exercise",
    "Kernel": "derive.arrays.kernels:Kernel",
    "KernelError": "derive.errors:KernelError",
    "KindError": "derive.errors:KindError",
    "Line": "derive.derivation:Line",
    "Loss": "derive.tables.loss_table:Entry",
    "MarkedSheet": "derive.teaching.exercises.class_record:MarkedSheet",
    "ModelError": "derive.errors:ModelError",
    "NoIntegralError": "derive.errors:NoIntegralError",
    "NoNoise": "derive.errors:NoNoise",
    "NotAGradient": "derive.errors:NotAGradient",
    "NotDifferentiableError": "derive.errors:NotDifferentiableError",
    "NotationError": "derive.errors:NotationError",
    "PatienceError": "derive.errors:PatienceError",
    "Picture": "derive.rendering.pictures:Picture",
    "Practice": "derive.teaching.practice.practice_session:Practice",
    "ReplayError": "derive.errors:ReplayError",
    "Response": "derive.teaching.practice.practice_response:Response",
    "Rule": "derive.rulebook.rule:Rule",
    "Rulebook": "derive.rulebook.loading:Rulebook",
    "Site": "derive.teaching.sites.site_writer:Site",
    "Step": "derive.derivation:Step",
    "StoredError": "derive.errors:StoredError",
    "Task": "derive.training.tasks.registry:Task",
    "Training": "derive.training.api:Training",
    "TrainingError": "derive.errors:TrainingError",
    "UnknownNameError": "derive.errors:UnknownNameError",
    "TrainedModel": "derive.training.trained_model:TrainedModel",
    "Verification": "derive.judge.record:Verification",
    "VerificationError": "derive.errors:VerificationError",
    "Word": "derive.tables.notation_table:Word",
    "activations": "derive.tables.activation_table:activations",
    "bptt": "derive.calculus.recurrence.back_propagation:bptt",
    "cells": "derive.tables.cell_table:cells",
    "check": "derive.teaching.marking.sheet_check:check",
    "check_gradients": "derive.training.api:check_gradients",
    "check_rule": "derive.judge.rules.rulebook_with_files:check",
    "cost": "derive.calculus.cost.potential:cost",
    "demo": "derive.teaching.demonstrations.demonstration:demonstrate",
    "demonstrate": "derive.teaching.demonstrations.demonstration:demonstrate",
    "demos": "derive.teaching.demonstrations.demonstration_files:demos",
    "regressions": "derive.tables.regression_table:regressions",
    "distributions": "derive.tables.distribution_table:distributions",
    "exercise": "derive.teaching.exercises.exercise_file:exercise",
    "export": "derive.training.exporting:export",
    "family": "derive.calculus.cost.family:family",
    "fisher": "derive.calculus.likelihood.information.fisher_information:fisher",
    "grad": "derive.calculus.gradient.gradient:grad",
    "heads": "derive.tables.cell_table:heads",
    "hessian": "derive.calculus.gradient.gradient:hessian",
    "jacobian": "derive.calculus.gradient.gradient:jacobian",
    "kernel": "derive.arrays.kernels:kernel",
    "load": "derive.training.trained_model:load",
    "losses": "derive.tables.loss_table:losses",
    "mark": "derive.teaching.exercises.class_marking:mark",
    "matching_loss": "derive.calculus.cost.potential:matching_loss",
    "mle": "derive.calculus.likelihood.estimates.maximum_likelihood:mle",
    "nll": "derive.calculus.likelihood.densities.density_to_loss:nll",
    "noise": "derive.calculus.likelihood.noise.assumed_noise:noise",
    "notation": "derive.tables.notation_table:notation_words",
    "patience": "derive.limits:patience",
    "plot": "derive.teaching.demonstrations.plotting:plot",
    "practice": "derive.teaching.practice.practising:practice",
    "predict": "derive.training.trained_model:predict",
    "models": "derive.tables.model_table:models",
    "reductions": "derive.tables.cell_table:reductions",
    "rules": "derive.judge.rules.rulebook_with_files:rules",
    "sample": "derive.training.checkpoint_text:sample",
    "score": "derive.calculus.likelihood.densities.score_function:score",
    "site": "derive.teaching.sites.making_site:site",
    "tasks": "derive.training.tasks.registry:tasks",
    "train": "derive.training.api:train",
    "verify": "derive.audit:verify",
}
provide(_HOMES)
# Methods of records that rooms above theirs carry out, and a function for demonstrations.
provide({
    "family": "derive.calculus.cost.family:family",
    "prove": "derive.proofs.proving:prove",
    "replay": "derive.calculus.replay:replay",
    "verify_lines": "derive.judge.trees.line_certificate:verify",
    "verify_recurrence": "derive.judge.trees.recurrence_certificate:verify",
    "draw": "derive.rendering.drawing:draw",
    "drawn": "derive.rendering.drawing:drawn",
    "lambdify": "derive.arrays.result_functions:lambdify",
    "batched_formulas": "derive.arrays.batched_formulas:batched_formulas",
    "self_test": "derive.arrays.targets.numpy.selftest:self_test",
    "facts_of": "derive.rendering.record_facts:facts_of",
    "render": "derive.rendering.forms:render",
    "render_fragment": "derive.rendering.jupyter_fragment:fragment",
    "facts_fragment": "derive.rendering.facts_fragment:facts_fragment",
    "error_fragment": "derive.rendering.jupyter_fragment:error_fragment",
    "render_latex": "derive.rendering.tex:display_latex",
    "result_in_sympy": "derive.functions.plain_sympy:result_in_sympy",
    "to_json": "derive.rendering.derivation_json:to_json",
    "from_json": "derive.rendering.derivation_json:from_json",
    "check_data": "derive.teaching.marking.check_json:data",
    "check_fragment": "derive.teaching.marking.check_fragment:fragment",
    "render_check": "derive.teaching.teaching_forms:render_check",
    "render_marks": "derive.teaching.teaching_forms:render_marks",
    "render_exercise": "derive.teaching.teaching_forms:render_exercise",
    "marks_data": "derive.teaching.exercises.class_data:data",
    "write_class_pages": "derive.teaching.exercises.class_pages:write_class_pages",
    "read_sheet": "derive.teaching.sheets.sheet:read_sheet",
    "render_practice": "derive.teaching.practice.practice_text:render",
    "render_demo": "derive.teaching.teaching_forms:show_demo",
    "demo_markdown": "derive.teaching.demonstrations.showing:demonstration_markdown",
    "dumped": "derive.storing.writing:dumped",
    "restored": "derive.storing.reading:restored",
    "with_symbols": "derive.calculus.asking:with_symbols",
    "without_sympy": "derive.notation.sympy_in.sympy_arguments:without_sympy",
    "checked_rules": "derive.judge.rules.rule_trials:checked_rules",
    "function_table": "derive.judge.rules.user_functions:function_table",
    "entries_html": "derive.rendering.entry_tables:entries_html",
})

__all__ = [
    "Activation", "ArgumentError", "ArrayFunction", "Audit", "Cell", "Check", "CheckedLine",
    "CheckpointError", "ClassMarks", "DataError", "DataFileError", "Demo", "Demonstration",
    "Derivation", "DeriveError", "Distribution", "Entries", "Exercise", "Kernel", "KernelError",
    "KindError", "Line", "Loss", "MarkedSheet", "ModelError", "NoIntegralError", "NoNoise",
    "NotAGradient", "NotDifferentiableError", "NotationError", "PatienceError", "Picture",
    "Practice", "ReplayError", "Response", "Rule", "Rulebook", "Site", "Step", "StoredError",
    "Task", "TrainedModel", "Training", "TrainingError", "UnknownNameError", "Verification",
    "VerificationError", "Word", "__version__", "activations", "bptt", "cells", "check",
    "check_gradients", "check_rule", "cost", "demo", "demonstrate", "demos", "distributions",
    "exercise", "export", "family", "fisher", "grad", "heads", "hessian", "jacobian", "kernel",
    "load", "losses", "mark", "matching_loss", "mle", "models", "nll", "noise", "notation",
    "patience", "plot", "practice", "predict", "reductions", "regressions", "rules", "sample",
    "score", "site", "tasks", "train", "verify"]


def __getattr__(name: str) -> Any:
    if name == "adapters":
        return import_module("derive.adapters")
    if name not in _HOMES:
        raise AttributeError(f"module 'derive' has no attribute {name!r}")
    return _provided(name)


def __dir__() -> list[str]:
    return sorted([*__all__, "adapters"])
