"""The tests that concern a mutation, the quickest first."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from benchmarks.mutation.choosing import Mutation

# The rules are data that all tests read: by file, the tests that judge them.
OF_THE_RULES = (
    ("rules/losses/*", ("test_catalogue", "test_likelihood_losses", "test_kernels")),
    ("rules/distributions/*", ("test_distributions", "test_fisher", "test_likelihood")),
    ("rules/laws.toml", ("test_distributions", "test_mutations", "test_fisher")),
    ("rules/links.toml", ("test_likelihood", "test_distributions")),
    ("rules/cells/*", ("test_bptt", "test_compiled")),
    ("rules/activations.toml", ("test_activations", "test_cost")),
    ("rules/functions.toml", ("test_function_records", "test_stored_functions", "test_domains")),
    ("rules/stability.toml", ("test_rules", "test_stability", "test_kernels")),
    ("rules/misconceptions.toml", ("test_misconceptions", "test_check")),
    ("rules/heads.toml", ("test_bptt", "test_trainer", "test_tasks")),
    ("rules/reductions.toml", ("test_kernel_calls", "test_docs", "test_kernels")),
    ("rules/pictures.toml", ("test_plots", "test_demos")),
    ("rules/*", ("test_rules", "test_rule_judge", "test_derivations", "test_cost",
                 "test_catalogue")),
)
# Where no test calls a function in its own process: those that start the program.
BY_PROCESS = ("test_commands", "test_verify_command", "test_docs")


@dataclass(frozen=True)
class Selection:
    """One call of pytest: its arguments."""

    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """What `benchmarks.mutation.measuring` recorded."""

    tests: Mapping[str, Sequence[str]]
    seconds: Mapping[str, float]

    @classmethod
    def read(cls, file: Path, root: Path) -> Table:
        """Reads the table; tests that are no longer there are left out."""
        stored = json.loads(file.read_text(encoding="utf-8"))
        there = {f"tests/{path.name}::{node.name}" for path in (root / "tests").glob("test_*.py")
                 for node in ast.parse(path.read_text(encoding="utf-8")).body
                 if isinstance(node, ast.FunctionDef)}
        tests = {name: [t for t in tests if t in there] for name, tests in stored["tests"].items()}
        return cls(tests, stored["seconds"])

    def for_mutation(self, mutation: Mutation) -> list[Selection]:
        """The calls of pytest in turn, until one fails."""
        if mutation.file.startswith("rules/"):
            names = next(names for pattern, names in OF_THE_RULES
                         if fnmatch(mutation.file, pattern))
            files = tuple(f"tests/{name}.py" for name in names)
            return [Selection(("-k", mutation.function, *files)), Selection(files)]
        module = [tests for name, tests in self.tests.items()
                  if name.partition(":")[0] == mutation.file] or [
                      tests for name, tests in self.tests.items()
                      if name.rpartition("/")[0] == mutation.file.rpartition("/")[0]]
        own = self.tests.get(f"{mutation.file}:{mutation.function}", ())
        order = sorted(own, key=self.seconds.__getitem__)
        order += sorted({t for tests in module for t in tests} - set(own),
                        key=self.seconds.__getitem__)
        order += [f"tests/{name}.py" for name in BY_PROCESS if not own]
        return [Selection(tuple(order))]
