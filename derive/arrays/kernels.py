"""Kernels: a loss and its derivatives as vectorised NumPy functions."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from numpy.typing import ArrayLike, NDArray

from derive.argument_kinds import FORMULA, Names, Target, choice, names_in, some_of
from derive.arrays.kernel_facts import kernel_facts
from derive.arrays.making_command import making_command
from derive.arrays.stable.kernel_formulas import OPTIONS, PLANS, Formula
from derive.arrays.targets.auto_target import chosen
from derive.arrays.targets.functional.module_runtimes import RUNTIMES
from derive.arrays.targets.numpy.kernel_module import Argument, Design
from derive.arrays.targets.target_table import TARGETS, KernelTarget, Running
from derive.calculus.asked_variables import only_variable
from derive.calculus.latex_targets import in_latex, read_latex_target
from derive.derivation import Derivation
from derive.errors import KernelError
from derive.file_writing import write_file
from derive.judge.rules.user_functions import Functions, function_table
from derive.lazy import cached_property
from derive.notation.reading.declaration_lines import Given, lines_of
from derive.provided import loaded, provided
from derive.public_arguments import public
from derive.same_content import SameContent
from derive.short_reprs import clipped

FIRST = ("value", "grad", "value_and_grad")
ACCURACIES = ("fast", "faithful")
DTYPES = ("both", "float32", "float64")


class Kernel(SameContent):
    """A loss and its derivatives for arrays with any leading batch axes.

    Made by `derive.kernel`. Arguments are those of the formula, in the order of its
    declarations; one declared `real[K]` has the shape (..., K), a `label(K)` is integers in
    [0, K). float32 stays float32; anything else is computed in float64.

    All functions take, by name: `weight` and `mask`, of the batch's shape; `ignore_label`;
    `reduction`, none, sum or mean (over the examples that count); `out`, an array or a tuple of
    them; `threads`; `check`, whether values are checked against their declared domains. They
    raise TypeError and ValueError that name the argument, before anything is written.
    """

    def __init__(self, formula: Formula, accuracy: str, outputs: tuple[str, ...] = FIRST,
                 dtype: str = "both", asked: str = "numpy", runtime: str = "auto") -> None:
        self.formula, self.accuracy, self.outputs, self.dtype = formula, accuracy, outputs, dtype
        self.asked = asked  # the target
        self.runtime = runtime  # how the text of a module has what it rests on
        self._running: dict[tuple[str, ...], Running] = {}
        self._functions: dict[str, Any] = {}

    @property
    def target(self) -> str:
        """What runs the functions; `target_reason` says why it is not what was asked for."""
        return self.running().target

    @property
    def target_reason(self) -> str:
        """Why another target runs than was asked for; empty where it is that."""
        return self.running().reason

    @property
    def _record(self) -> KernelTarget:
        return TARGETS[self.asked]

    @property
    def derivation(self) -> Derivation:
        """The derivation of the gradient."""
        return self.formula.derivation

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """The arguments, in order."""
        return self.formula.arguments

    @property
    def title(self) -> str:
        """The title of the loss."""
        return self.formula.title

    def value(self, *args: ArrayLike, **options: Any) -> NDArray[Any]:
        """The loss of each example, or its sum or mean."""
        return self._call("value", args, options)  # type: ignore[no-any-return]

    def grad(self, *args: ArrayLike, **options: Any) -> NDArray[Any]:
        """The gradient with respect to the variable."""
        return self._call("grad", args, options)  # type: ignore[no-any-return]

    def value_and_grad(self, *args: ArrayLike, **options: Any,
                       ) -> tuple[NDArray[Any], NDArray[Any]]:
        """The loss and its gradient, computed together."""
        return self._call("value_and_grad", args, options)  # type: ignore[no-any-return]

    def hessian(self, *args: ArrayLike, **options: Any) -> NDArray[Any]:
        """The exact second derivatives: a matrix for each example of a vector loss."""
        return self._call("hessian", args, options)  # type: ignore[no-any-return]

    def hvp(self, *args: ArrayLike, **options: Any) -> NDArray[Any]:
        """The Hessian times a vector (the last argument, shaped like the variable)."""
        return self._call("hvp", args, options)  # type: ignore[no-any-return]

    def module(self, plans: Iterable[str] = FIRST) -> ModuleType:
        """The generated module with some of the functions, compiled."""
        return self.running(plans).module

    def running(self, plans: Iterable[str] = FIRST) -> Running:
        """Some of the functions, and the target that runs them."""
        key = tuple(plans)
        if key not in self._running:
            self._running[key] = self._record.run(self.design(key))
        return self._running[key]

    def source_of(self, plans: Iterable[str], dtype: str = "") -> str:
        """The text of a module with some of the functions, which stands alone.

        `dtype` is float32 or float64 for a module that computes in that alone.
        """
        plans = tuple(plans)
        return self._record.written(replace(
            self.design(plans), dtype=dtype, runtime=self.runtime,
            command=making_command(self, plans, dtype)))

    @cached_property
    def source(self) -> str:
        """The text of a module with its `outputs`, in its `dtype`, which stands alone."""
        return self.source_of(self.outputs, self._only)

    def test_source(self, module: str) -> str:
        """The text of the tests of a module of that name with `source`.

        Raises KernelError where `outputs` do not give both value and gradient, and for a target
        whose modules have no tests of their own.
        """
        if not self._record.tests:
            raise KernelError(f"modules of the target {self.asked} have no tests of their own")
        return str(loaded(self._record.tests)(self, module, self.outputs, self._only))

    def save(self, path: str | os.PathLike[str], *, with_test: bool = False,
             with_loader: bool = False) -> None:
        """Writes `source` to a file, what belongs to it beside it, `with_test` its own tests.

        With `with_loader`, a module that loads what a compiler makes of it; tests need that.
        Raises KernelError where the module could not be imported by its tests, or nothing can be
        written.
        """
        for file, text_of_file in self.files(Path(path), with_test, with_loader).items():
            write_file(file, text_of_file.rstrip("\n") + "\n", KernelError)

    def files(self, path: Path, with_test: bool = False, with_loader: bool = False,
              ) -> dict[Path, str]:
        """The texts that `save` writes, by their paths."""
        record, name = self._record, path.stem
        loaded_by_python = with_test or with_loader
        if loaded_by_python and not name.isidentifier():
            raise KernelError(f"{name!r} is no name that Python can import; the module's own "
                              f"{'tests import it' if with_test else 'loader is imported'} by "
                              "its name")
        if with_loader and not record.loader:
            raise KernelError(f"modules of the target {self.asked} are loaded as they are")
        files = {path: self.source}
        for home, suffix, asked in ((record.header, ".h", name.isidentifier()),
                                    (record.loader, ".py", loaded_by_python)):
            if home and asked:
                design = replace(self.design(self.outputs), dtype=self._only)
                files[path.with_suffix(suffix)] = str(loaded(home)(design, name))
        if with_test:
            files[path.with_name(f"test_{name}.py")] = self.test_source(name)
        return files

    @property
    def _only(self) -> str:
        """The dtype of modules; empty for both."""
        return "" if self.dtype == "both" else self.dtype

    def design(self, plans: tuple[str, ...]) -> Design:
        """What the module with some of the functions is made from."""
        return self.formula.design(plans, self.accuracy)

    def _call(self, plan: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        function = self._functions.get(plan)
        if function is None:
            running = self.running(FIRST if plan in FIRST else (plan,))
            function = self._functions[plan] = running.module.__dict__[plan]
            lean = running.lean.get(plan)
            quicker = lean and lean(partial(self._call, plan))
            if quicker:  # in the place of the method, for this kernel
                self.__dict__[plan] = quicker
        if options and not OPTIONS.issuperset(options):
            args, options = self._named(plan, args, options)
        return function(*args, **options)

    def _named(self, plan: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Arguments given by their names, put into their order."""
        names = [a.safe for a in self.arguments]
        unknown = options.keys() - OPTIONS - {*names} - (
            {self.formula.vector.name} if plan == "hvp" else set())
        if unknown:
            raise TypeError(f"this kernel has no argument {min(unknown)!r}; it takes "
                            f"{', '.join([*names, *sorted(OPTIONS)])}")
        return args, options

    def __getstate__(self) -> dict[str, Any]:
        return {"formula": self.formula, "accuracy": self.accuracy, "outputs": self.outputs,
                "dtype": self.dtype, "asked": self.asked, "runtime": self.runtime}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._running, self._functions = {}, {}

    def __repr__(self) -> str:
        names = ", ".join(a.name for a in self.arguments)
        return f"<kernel of {clipped(self.title)} ({clipped(names)}), {self.accuracy}>"

    def _repr_html_(self) -> str:
        return str(provided("facts_fragment")(
            f"Kernel of {self.title}", kernel_facts(self.formula, self.accuracy),
            self.derivation))


@public(loss=FORMULA, accuracy=choice(ACCURACIES), dtype=choice(DTYPES), outputs=some_of(PLANS),
        target=choice(TARGETS), runtime=choice(RUNTIMES))
def kernel(loss: Target, *, given: Given = (), wrt: Names = None,
           accuracy: str = "fast", outputs: str | Iterable[str] = FIRST, dtype: str = "both",
           target: str = "auto", runtime: str = "auto",
           functions: Functions | None = None) -> Kernel:
    """The kernel of a loss: a catalogue name, a formula, or a specification.

    `accuracy` is fast (no false NaN, infinity or zero) or faithful (4 ULP, slower). `outputs` are
    the functions of the module that `source` shows and `save` writes (value, grad, value_and_grad,
    hessian, hvp), `dtype` what that computes in; called from here, all functions are there.
    `target` is what they run on: numpy, c, torch, jax, or auto, which is C where a compiler is
    there and what it makes is quicker, else NumPy; the environment variable DERIVE_TARGET says
    what auto is. `runtime` is how the text of a NumPy module has what it rests on: minimal (plain
    NumPy over whole arrays), full (with row blocks, threads and wide numbers), import (the same,
    from this package); auto is minimal where that can be. The derivatives are derived as
    `derive.grad` does, with the user's `functions` too. Raises DeriveError where that fails, and
    KernelError for a formula that cannot be lowered to array code.

    >>> derive.kernel("-log(softmax(o)[y])", wrt="o").grad([0.0, 0.0], 1)
    array([ 0.5, -0.5])
    """
    made = kernel_to_write(loss, given, wrt, accuracy, names_in(outputs), dtype, target, runtime,
                           functions)
    made.module()
    return made


def kernel_to_write(loss: Target, given: Given, wrt: Names, accuracy: str,
                    outputs: tuple[str, ...], dtype: str, target: str, runtime: str,
                    functions: Functions | None) -> Kernel:
    """A kernel whose text can be written; what it runs on need not be there."""
    lines = lines_of(given)
    table = function_table(functions)
    if in_latex(loss, lines):
        read = read_latex_target(loss, lines, table, {"wrt": wrt})
        loss, lines, wrt = read.read.formula, list(read.read.given), read.options.get("wrt")
    formula = Formula(loss, lines, only_variable(wrt, "a kernel"), table)
    target = chosen(target, tuple(TARGETS))
    home = TARGETS[target].kernels
    made: Kernel = (loaded(home) if home else Kernel)(formula, accuracy, outputs, dtype, target,
                                                      runtime)
    return made
