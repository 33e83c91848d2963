"""What an adapter is asked for: a loss, values of its parameters, and what else was chosen."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from derive.functions.function_records import FunctionTable
from derive.tables.adapter_table import Library
from derive.tables.loss_table import Entry, find_entry
from derive.version import __version__

_PLAIN = re.compile(r"[\w.,=/+-]+\Z")


@dataclass(frozen=True)
class Request:
    """A request to a writer of files for a library.

    `values` are the parameters that have one, as text; `observed` are the names of what a row of
    the data holds, the label first, where they were named; `hessian` is the policy, where one was
    chosen. `target` is as typed: a name of the losses or of the distributions, a formula, or a
    specification.
    """

    library: Library
    target: str
    given: tuple[str, ...] = ()
    wrt: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    observed: tuple[str, ...] = ()
    hessian: str | None = None
    functions: FunctionTable | None = None

    @property
    def entry(self) -> Entry | None:
        """The entry of the losses that the target names."""
        return find_entry(self.target, bool(self.given))

    @property
    def command(self) -> str:
        """The command that makes the file."""
        words = ["derive", "kernel", self.target]
        for option, texts in (("-g", self.given), ("--wrt", [self.wrt] if self.wrt else ()),
                              ("--label", [",".join(self.observed)] if self.observed else ()),
                              ("--for", [self.library.name]),
                              ("--set", [f"{n}={v}" for n, v in self.values.items()]),
                              ("--hessian", [self.hessian] if self.hessian else ())):
            words += [word for text in texts for word in (option, text)]
        return " ".join(w if _PLAIN.match(w) else shlex.quote(w) for w in words)

    @property
    def provenance(self) -> str:
        """Who wrote the file, and by which command."""
        return f"Written by derive {__version__}: {' '.join(self.command.split())}"


@dataclass(frozen=True)
class Written:
    """A file for a library: its text, that of its test, and what its reader must know.

    The test imports the file under the name `{module}`, which `test_text` puts in. `notes` are
    lines for standard error, such as the policy for the Hessian.
    """

    source: str
    test: str
    notes: tuple[str, ...] = ()

    def test_text(self, module: str) -> str:
        """The text of the test of a file of that name."""
        return self.test.replace("{module}", module)
