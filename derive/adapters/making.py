"""`derive.adapters`: files for the libraries that people train with, and their functions."""

from __future__ import annotations

import hashlib
import linecache
import os
import re
import weakref
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from derive.adapters.request import Request, Written
from derive.argument_kinds import Target, names_in
from derive.core.exact import exact
from derive.errors import ArgumentError, KernelError
from derive.file_writing import write_file
from derive.judge.rules.user_functions import Functions, function_table
from derive.lazy import cached_property
from derive.notation.reading.declaration_lines import Given, lines_of
from derive.provided import loaded
from derive.same_content import SameContent
from derive.short_reprs import clipped
from derive.tables.adapter_table import Library, library_for

_NAME = re.compile(r"[^\W\d]\w*\Z")


class Adapter(SameContent):
    """A file for a library, as text and as what it defines.

    Its functions and classes (`objective`, `metric`, `predict`, …) are attributes; the file is
    run when the first of them is asked for, and only then must the library be there.
    """

    def __init__(self, request: Request, written: Written) -> None:
        self.request, self.written = request, written

    def __getstate__(self) -> dict[str, Any]:
        return {"request": self.request, "written": self.written}

    @property
    def library(self) -> Library:
        """The library that it is for."""
        return self.request.library

    @property
    def source(self) -> str:
        """The text of the file."""
        return self.written.source

    @property
    def notes(self) -> tuple[str, ...]:
        """What its reader must know: the policy for the Hessian, and the like."""
        return self.written.notes

    @cached_property
    def module(self) -> ModuleType:
        """The file, run. Raises KernelError with what to install where a library is missing."""
        name = f"derive_{self.library.name}_{hashlib.sha256(self.source.encode()).hexdigest()[:12]}"
        module = ModuleType(name)
        linecache.cache[name] = (len(self.source), None, self.source.splitlines(keepends=True),
                                 name)
        weakref.finalize(module, linecache.cache.pop, name, None)
        try:
            exec(compile(self.source, name, "exec"), module.__dict__)
        except ModuleNotFoundError as error:
            raise KernelError(f"the file for {self.library.title} needs {error.name}: pip install "
                              f"{self.library.install}") from None
        return module

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self.module.__dict__[name]
        except KeyError:
            own = [n for n in self.module.__dict__ if not n.startswith("_")]
            raise AttributeError(f"the file for {self.library.title} defines no {name!r}; it "
                                 f"defines {', '.join(own)}") from None

    def test_source(self, module: str) -> str:
        """The text of the test of a file of that name."""
        return exact(self.written.test_text)(module)

    def save(self, path: str | os.PathLike[str], *, with_test: bool = False) -> None:
        """Writes the file, and `with_test` its test beside it. Raises KernelError."""
        path = Path(path)
        if with_test and not path.stem.isidentifier():
            raise KernelError(f"{path.stem!r} is no name that Python can import; the test imports "
                              "the file by its name")
        texts = {path: self.source}
        if with_test:
            texts[path.with_name(f"test_{path.name}")] = self.test_source(path.stem)
        for file, text in texts.items():
            write_file(file, text.rstrip("\n") + "\n", KernelError)

    def __repr__(self) -> str:
        return f"<{clipped(self.request.target)} for {self.library.title}>"


@exact
def adapter(library: str, target: Target, *, given: Given = (), wrt: str | None = None,
            values: Mapping[str, Any] | None = None, label: str | Iterable[str] = (),
            hessian: str | None = None, functions: Functions | None = None,
            **parameters: Any) -> Adapter:
    """A loss as a file for a library of `rules/adapters.toml`, such as an objective.

    Parameters of the loss are given by name (`tau=0.9`), or in `values` where an option has their
    name. `label` names what a row of the data holds, the label first; `hessian` is the policy
    for second derivatives. Raises DeriveError with what is missing or cannot be had.
    """
    if not isinstance(target, str):
        raise ArgumentError("a loss is a name of the catalogue, a formula, or a specification, as "
                            f"text; not {target!r}"[:200])
    texts = {name: _value_text(name, value) for name, value in
             {**(values or {}), **parameters}.items()}
    request = Request(library_for(library), target, tuple(lines_of(given)), wrt, texts,
                      names_in(label), hessian, function_table(functions))
    written: Written = loaded(request.library.writer)(request)
    return Adapter(request, written)


def _value_text(name: str, value: Any) -> str:
    """A value as it is typed. Raises ArgumentError for what is no number."""
    if not _NAME.match(str(name)):
        raise ArgumentError(f"{name!r} is no name of a parameter")
    if isinstance(value, str):
        return value
    value = value.tolist() if hasattr(value, "tolist") else value
    numbers = list(value) if isinstance(value, (list, tuple)) else [value]
    if isinstance(value, bool) or not all(isinstance(n, (int, float)) or hasattr(n, "numerator")
                                          for n in numbers):
        raise ArgumentError(f"{name} takes a number or a list of numbers, not "
                            f"{clipped(repr(value))}")
    return ",".join(map(str, numbers)) + ("," if isinstance(value, (list, tuple)) else "")
