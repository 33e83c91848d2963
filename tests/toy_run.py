"""A run of the toy network that can be killed: `python -m tests.toy_run FOLDER STEPS`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from derive.training.checkpoint import previous_of, read_good
from derive.training.log import Log
from derive.training.loop import Trainer
from derive.training.run_options import Options
from derive.training.run_records import Measured
from derive.training.saving import Saver
from tests.toy_network import ToyFeed, digest, toy


def trainer(folder: Path | None, *, seed: int = 3, save_every: int = 5, feed=None, network=None,
            suffix: str = ".csv", hold: bool = True, **options) -> Trainer:
    """A small run with all its parts; files go to `folder`."""
    chosen = Options(**{"seed": seed, "steps": 60, "eval_every": 7, "lr": 0.02,
                        "schedule": "warmup:4,cosine", "batch": 4, **options})
    net = network or toy(dtype=chosen.dtype)
    held = ToyFeed(seed=9)

    def evaluate() -> Measured:
        held.at = 0
        batch = held.take()
        return Measured(net.loss(batch, net.zero_state(4))[0], 0.5)

    return Trainer(net, feed or ToyFeed(seed), chosen, evaluate if hold else None,
                   Saver(folder / "run.ckpt" if folder else None, save_every, "toy"),
                   Log(folder / f"run{suffix}") if folder else None, of_loss=float)


def main(folder: Path, steps: int) -> None:
    """Starts or goes on, slowly, and says where it is."""
    run = trainer(folder, steps=steps)
    path = folder / "run.ckpt"
    if path.exists() or previous_of(path).exists():
        run.saver.ours = True
        run.resume(read_good(path)[0])
    else:
        run.start(overwrite=True)
    print("running", run.step, flush=True)
    take = run.feed.take

    def slowly():
        time.sleep(0.002)
        return take()

    run.feed.take = slowly
    run.run()
    print("done", digest(run.network.theta), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
