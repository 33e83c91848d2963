"""Run by `process.py` in a fresh process; prints what it measured as JSON.

    fresh.py generate MODEL          seconds to derive and compile
    fresh.py ours CELL SIZE STEPS    trains; most bytes held
    fresh.py torch CELL SIZE STEPS   the same with PyTorch
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:1] = [str(HERE.parent.parent), str(HERE.parent)]


def most_bytes() -> int:
    """The most memory this process has held; `ru_maxrss` counts the parent's, too, on Linux."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(li for li in status.read_text().splitlines() if li.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


def generate(name: str) -> dict[str, Any]:
    import numpy as np

    from recurrent.setting import SIZES, Composition, RecurrentNetwork, cell, composed

    both = name.endswith("2 layers both ways")
    layers = int(name.split()[1]) if "layers" in name else 1
    began = time.perf_counter()
    text = composed(Composition(cell(name.split()[0]), labels=True, weighted=True,
                                layers=layers, bidirectional=both))
    size = SIZES["B"]
    net = RecurrentNetwork(text, {"H": size.H, "S": size.V, "K": size.V}, np.float32)
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "lines": len(net.model.plan.text.splitlines())}


def ours(cell: str, size: str, steps: str) -> dict[str, Any]:
    from recurrent.setting import SIZES, network, random_batch, trainer

    step = trainer(network(cell, SIZES[size]), random_batch(SIZES[size]), 1e-3)
    return {"loss": [step() for _ in range(int(steps))][-1]}


def peer(cell: str, size: str, steps: str) -> dict[str, Any]:
    from recurrent import peers

    peers.set_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    import numpy as np

    # No import of `setting`, which would count the other side's modules.
    width, length, count, symbols = {"A": (100, 25, 1, 64), "B": (128, 64, 32, 80),
                                     "C": (512, 64, 64, 96)}[size]
    model = peers.torch_model(cell, *peers.random_weights(cell, width, symbols, symbols))
    rng = np.random.default_rng(0)
    x, y = (rng.integers(0, symbols, (length, count)) for _ in range(2))
    return {"loss": peers.sgd_steps(model, x, y, int(steps), 1e-3)[-1]}


def main() -> None:
    what, *given = sys.argv[1:]
    found = {"generate": generate, "ours": ours, "torch": peer}[what](*given)
    print(json.dumps({**found, "at": time.time(), "bytes": most_bytes()}))


if __name__ == "__main__":
    main()
