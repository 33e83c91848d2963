"""Examples of Python as code that can be copied: without prompts, answers as comments."""

from __future__ import annotations

PROMPTS = (">>> ", "... ")


def without_prompts(lines: list[str]) -> list[str]:
    """The lines of an example: what is typed, and what comes out behind a #."""
    made: list[str] = []
    for line in lines:
        typed = line.lstrip()
        margin = line[:len(line) - len(typed)]
        if typed.rstrip() in (">>>", "..."):
            made.append("")
        elif typed.startswith(PROMPTS):
            made.append(margin + typed[4:].partition("  # doctest:")[0])
        else:
            made.append(f"{margin}# {typed}" if typed else "")
    return made
