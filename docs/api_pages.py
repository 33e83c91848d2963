"""Writes the pages of the API, `docs/api/`: each public name once. python docs/api_pages.py."""

from __future__ import annotations

from pathlib import Path

import derive

FOLDER = Path(__file__).resolve().parent / "api"
GROUPS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "derivations": ("Derivations", "From a formula to its derivatives, and back.", (
        "grad", "jacobian", "hessian", "cost", "matching_loss", "family", "bptt", "verify",
        "plot", "patience")),
    "statistics": ("Statistics", "From a density to its loss, its estimates, its information.", (
        "nll", "score", "mle", "fisher", "noise")),
    "models": ("Kernels and models", "Code of a loss; models that are trained and used.", (
        "kernel", "train", "check_gradients", "load", "predict", "sample", "export")),
    "teaching": ("Teaching", "Sheets, exercises, practice, demonstrations, pages.", (
        "check", "exercise", "mark", "practice", "demo", "demonstrate", "demos", "site")),
    "tables": ("Tables", "What there is, to be listed and searched.", (
        "losses", "distributions", "regressions", "activations", "cells", "models", "heads",
        "reductions", "rules", "check_rule", "notation", "tasks")),
}


def pages() -> dict[str, str]:
    """The text of each page by its file. Every public name stands on one of them."""
    made = {f"{file}.md": page(title, says, names)
            for file, (title, says, names) in GROUPS.items()}
    listed = {name for _, _, names in GROUPS.values() for name in names}
    records = [name for name in derive.__all__ if name not in listed and name[0].isupper()]
    made["records.md"] = page("Records and errors", "What the functions return and raise.",
                              records)
    rows = [f"- [{title}]({file}.md): {says} {', '.join(f'`{name}`' for name in names)}"
            for file, (title, says, names) in GROUPS.items()]
    rows.append("- [Records and errors](records.md): what the functions return and raise.")
    made["index.md"] = "# API\n\nEverything public is an attribute of `derive`.\n\n" \
        + "\n".join(rows) + "\n"
    return made


def page(title: str, says: str, names: tuple[str, ...] | list[str]) -> str:
    """A page with an entry for each name."""
    return "\n".join([f"# {title}", "", says, "", *(f"::: derive.{name}\n" for name in names)])


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, text in pages().items():
        (FOLDER / file).write_text(text.rstrip("\n") + "\n", encoding="utf-8")
