"""Random masks of a network, drawn for one step of training, or at their means."""

from __future__ import annotations

import numpy as np

from derive.arrays.recurrent.compiled_model import Ready


def put_masks(ready: Ready, draw: tuple[int, int] | None) -> None:
    """Writes the masks of a model: drawn from a seed and a step, or at their means without.

    What is drawn follows from seed, step and shape alone, so that a resumed run draws the same.
    """
    masks = ready.model.plan.model.learning.masks
    rng = None if draw is None else np.random.default_rng([*draw, len(masks)])
    for name, mask in masks.items():
        if name not in ready.data:
            continue
        if rng is None:
            ready.put(name, mask.mean)
            continue
        part = float(mask.part)
        steps = (ready.steps,) if ready.model.plan.graph.inputs[name][0] == "step" else ()
        shape = (*steps, ready.batch, *ready.data[name].shape[len(steps) + 1:])
        chosen = rng.random(shape) < part
        ready.put(name, chosen.astype(float) if mask.word == "zoneout" else
                  np.where(chosen, 0.0, 1 / (1 - part)))
