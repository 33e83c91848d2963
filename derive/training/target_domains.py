"""Of which targets the loss of a run is, before any data are read."""

from __future__ import annotations

from importlib import import_module

from derive.calculus.recurrence.named_heads import find_head, target_type
from derive.tables.cell_table import measured_heads, usual_head
from derive.training.run_options import Options
from derive.training.tasks.task_data import (
    OF_AMOUNTS,
    OF_CLASSES,
    OF_FLAGS,
    OF_NUMBERS,
    OF_SEQUENCES,
    SPACED,
)


def measured_as(head: str) -> str:
    """The head that a head is measured as: itself, or the usual one of the same kind of targets.

    Raises UnknownNameError for what is no head.
    """
    if head in measured_heads():
        return head
    return usual_of(target_type(head).partition("(")[0].partition("[")[0])


_TARGETS = {"label": OF_CLASSES, "binary": OF_FLAGS, "count": OF_AMOUNTS,
            "nonnegative": OF_AMOUNTS, "positive": OF_AMOUNTS, "probability": OF_AMOUNTS,
            "simplex": OF_AMOUNTS,
            "real": OF_NUMBERS}


def usual_of(domain: str) -> str:
    """The usual head of targets of a domain; empty where nothing is known of them."""
    return usual_head(_TARGETS[domain]) if domain in _TARGETS else ""


def head_of_targets(options: Options, domain: str, form: str) -> str:
    """The head whose data and measures those of a run are; empty where the data choose it."""
    if options.head:
        return measured_as(options.head)
    return usual_head(OF_SEQUENCES) if form == SPACED else usual_of(domain)


def target_form(options: Options) -> str:
    """The form of targets with lengths of their own that a run takes; empty where it takes none.

    Raises DeriveError as `target_domain`.
    """
    if options.head:
        spaced = any(line.startswith("spaced ") for line in find_head(options.head)[0].given)
        return SPACED if spaced else ""
    if options.model is None:
        return ""
    form: str = import_module("derive.training.target_checks").target_form(options.model)
    return form


def explains(options: Options) -> bool:
    """Whether a run has no target: its model explains the inputs."""
    return options.model is not None and not options.head and not import_module(
        "derive.training.target_checks").has_own_target(options.model)


def target_domain(options: Options) -> str:
    """The domain of the targets that the loss of a run takes; empty where the data choose it.

    Raises DeriveError for a head that is none, and for a model that cannot be read.
    """
    if options.head:
        return target_type(options.head).partition("(")[0].partition("[")[0]
    if options.model is None:
        return ""
    domain: str = import_module("derive.training.target_checks").target_domain(options.model)
    return domain
