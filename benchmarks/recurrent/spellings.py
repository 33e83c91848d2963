"""Slow spellings of cells beside their fast forms: the ratio of the times of a training step."""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.calculus.recurrence.cell_parts import own_cell
from derive.calculus.recurrence.model_composition import Composition, composed
from derive.training.network_building import RecurrentNetwork

from .setting import SIZES, milliseconds, trainer, turns, verdict

BAR = 1.3
RATE = 1e-3
GIVEN = "x: real[T, D]\nh: real[T, H]\nb: real[H]\nU: real[H, D]\n"
LAYER = "b + W @ h[t-1] + U @ x[t]"
PLAIN = GIVEN + "W: real[H, H]\nh[t] = tanh(b + W @ h[t-1] + U @ x[t])\n"
PAIR = GIVEN + "A, B: real[H, H]\n"
NORM = GIVEN + "W: real[H, H]\ng, e: real[H]\n"
IN_ELEMENTS = "h[t, i] = tanh(b[i] + {} + sum(U[i, d]*x[t, d] for d in D))\n"
NORMED = NORM + (f"a, d: real[T, H]\nm, v: real[T]\na[t] = {LAYER}\nm[t] = mean(a[t])\n"
                 "d[t] = a[t] - m[t]\nv[t] = mean(d[t]**2)\n"
                 "h[t] = tanh(e + g*d[t]/sqrt(v[t] + 1/100000))\n")
SPELLINGS = {
    "(A @ B) @ h": (PAIR + "h[t] = tanh(b + (A @ B) @ h[t-1] + U @ x[t])\n", PLAIN),
    "A @ (B @ h)": (PAIR + "h[t] = tanh(b + A @ (B @ h[t-1]) + U @ x[t])\n", PLAIN),
    "A B h in elements": (PAIR + IN_ELEMENTS.format(
        "sum(sum(A[i, j]*B[j, k]*h[t-1, k] for k in H) for j in H)"), PLAIN),
    "few ranks": (GIVEN + "P: real[H, 8]\nQ: real[8, H]\n"
                  "h[t] = tanh(b + (P @ Q) @ h[t-1] + U @ x[t])\n",
                  GIVEN + "P: real[H, 8]\nQ: real[8, H]\n"
                  "h[t] = tanh(b + P @ (Q @ h[t-1]) + U @ x[t])\n"),
    "layer norm in one line": (NORM + f"h[t] = tanh(e + g*({LAYER} - mean({LAYER}))/sqrt(mean(("
                               f"{LAYER} - mean({LAYER}))**2) + 1/100000))\n", NORMED),
    "weight norm": (GIVEN + "A: real[H, H]\ng: real[H]\n" + IN_ELEMENTS.format(
        "sum(g[i]*A[i, j]/sqrt(sum(A[i, k]**2 for k in H))*h[t-1, j] for j in H)"), PLAIN),
    "softmax of parameters": (GIVEN + "A: real[H, H]\n" + IN_ELEMENTS.format(
        "sum(softmax(A[i])[j]*h[t-1, j] for j in H)"), PLAIN),
    "a matrix for each input": (GIVEN + "W: real[H, H, D]\n" + IN_ELEMENTS.format(
        "sum(sum(W[i, j, k]*h[t-1, j]*x[t, k] for k in D) for j in H)"),
        GIVEN + "W: real[H, H, D]\nz: real[T, H, D]\nz[t, j, k] = h[t-1, j]*x[t, k]\n"
        + IN_ELEMENTS.format("sum(sum(W[i, j, k]*z[t, j, k] for k in D) for j in H)")),
    "a sum that factors": (GIVEN + "p, q: real[H]\n" + IN_ELEMENTS.format(
        "sum(p[i]*q[j]*h[t-1, j] for j in H)"),
        GIVEN + "p, q: real[H]\ns: real[T]\ns[t] = dot(q, h[t-1])\n"
        "h[t] = tanh(b + p*s[t] + U @ x[t])\n"),
}


def spellings(asked: Any, report: Any) -> None:
    report.heading("Spellings: milliseconds for a step at B, on vectors, beside the fast form")
    report.table(["spelling", "least", "fast form", "ratio", "bar"],
                 [_row(asked, name) for name in asked.cells or SPELLINGS if name in SPELLINGS])


def _row(asked: Any, name: str) -> list[str]:
    shape = SIZES["B"]
    rng = np.random.default_rng(asked.seed)
    batch = {"x": rng.standard_normal((shape.T, shape.B, 32)).astype(np.float32),
             "y": rng.integers(0, shape.V, (shape.T, shape.B))}
    works: dict[str, Any] = {}
    for key, text in zip(("slow", "fast"), SPELLINGS[name], strict=True):
        net = RecurrentNetwork(composed(Composition(own_cell(text), weighted=True)),
                               {"H": shape.H, "D": 32, "K": shape.V}, np.float32, target="auto")
        net.initialise(np.random.default_rng(asked.seed))
        works[key] = trainer(net, batch, RATE)
    found = turns(works, asked.rounds or (6 if asked.quick else 20), 0.01)
    ratio = found["slow"].least / found["fast"].least
    return [name, milliseconds(found["slow"].least), milliseconds(found["fast"].least),
            f"{ratio:.2f}", verdict(ratio, BAR, False)]
