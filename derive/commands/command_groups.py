"""The commands in groups, each with the sentence that its help begins with.

`derive --help` and the completion of names read this alone, and load no command.
"""

from __future__ import annotations

GROUPS: dict[str, dict[str, str]] = {
    "Derive": {
        "grad": "Derive the gradient of a loss, step by step.",
        "jacobian": "Derive the Jacobian of a vector formula, step by step.",
        "hessian": "Derive the Hessian of a loss, step by step.",
        "cost": "Find the cost of a given gradient, or prove that none exists.",
        "bptt": "Derive back-propagation through time for a recurrent model.",
        "prove": "Write a derivation as theorems that Coq checks, for every size.",
        "verify": "Replay and judge a derivation that was stored as JSON.",
    },
    "Statistics": {
        "nll": "Derive the negative log-likelihood of a distribution.",
        "score": "Derive the gradient of a log-likelihood by the parameters.",
        "mle": "Derive the maximum likelihood estimates from N observations.",
        "fisher": "Derive the Fisher information of a distribution.",
        "noise": "Derive the density that a loss assumes of its target.",
    },
    "Kernels and models": {
        "kernel": "Write the code of a loss and its derivatives.",
        "train": "Train a recurrent network on a task, or on a file of yours.",
        "predict": "Predict with a model that was trained.",
        "sample": "Write text with a language model that was trained.",
        "export": "Write a model, or a trained one, in a form that others read.",
    },
    "Teach": {
        "check": "Check a derivation of yours, line by line.",
        "exercise": "Write, show or try an exercise, which a teacher sets.",
        "practice": "Practise a derivation, line by line, with hints.",
        "demo": "Settle a question about losses by deriving the answer.",
        "plot": "Draw a loss with its gradient, or a picture by its name.",
        "studio": "Open a page on which one types formulas and asks.",
        "site": "Write the whole catalogue as pages, with an index and search.",
    },
    "Look up": {
        "losses": "List the losses of the catalogue, or show one of them.",
        "distributions": "List the distributions, or show one of them.",
        "regressions": "List the regressions, or show one of them.",
        "activations": "List the activations, or show one of them.",
        "cells": "List the recurrent cells, heads and reductions, and models with a loss.",
        "rules": "List the rules, show one of them, or test them.",
        "notation": "List the words of the notation, or show one by example.",
    },
}
COMMANDS: dict[str, str] = {name: says for group in GROUPS.values() for name, says in group.items()}
