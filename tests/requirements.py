"""The requirements of pyproject.toml as pip reads them from a file.

    python tests/requirements.py dev       what `make test` needs beside the package
    python tests/requirements.py docs      what `make docs` needs
    python tests/requirements.py lowest    the same, with the package's own at their lower bounds

The file says them once; a pip that is too old for groups of dependencies gets them from here.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

PROJECT: dict[str, Any] = tomllib.loads(
    (Path(__file__).resolve().parent.parent / "pyproject.toml").read_text(encoding="utf-8"))
# What old libraries need of others, which their own metadata do not say: matplotlib before 3.10
# calls functions that pyparsing 3.3 warns of, and warnings are errors.
BESIDE = ["pyparsing<3.3"]


def group(called: str) -> list[str]:
    """The requirements of a dependency group."""
    listed: list[str] = PROJECT["dependency-groups"][called]
    return listed


def dev() -> list[str]:
    """What the tests need beside the package and its extras."""
    return group("dev")


def lowest() -> list[str]:
    """The dependencies and extras at their lower bounds, and the tools of the tests."""
    project = PROJECT["project"]
    own = [*project["dependencies"], *(r for extra, requirements in project[
        "optional-dependencies"].items() if extra != "all" for r in requirements)]
    names = {name(r) for r in own}
    return [*(r.replace(">=", "==") for r in own), *BESIDE,
            *(r for r in dev() if name(r) not in names)]


def name(requirement: str) -> str:
    """The name of a requirement with a lower bound."""
    return requirement.partition(">=")[0]


if __name__ == "__main__":
    print("\n".join(lowest() if sys.argv[1] == "lowest" else group(sys.argv[1])))
