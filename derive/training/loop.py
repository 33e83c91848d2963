"""The trainer: steps, evaluations, rows of the log and checkpoints, in an order that never varies.

What a step does depends on the seed and the options alone. Evaluations, logs and checkpoints look
at a run and change nothing in it, so that it can stop and go on anywhere, bit for bit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from importlib import import_module
from math import inf, isfinite
from typing import Any

import numpy as np

from derive.errors import CheckpointError, DeriveError, TrainingError
from derive.short_reprs import Brief
from derive.training.checkpoint import Checkpoint
from derive.training.interrupt import Interrupt
from derive.training.log import Log, Row
from derive.training.network import Array, Batch, Network, State
from derive.training.optimizers import clip, optimizer
from derive.training.progress import Progress, number
from derive.training.run_options import Options
from derive.training.run_records import Best, Evaluate, Measured, Outcome, Tally, tokens
from derive.training.saving import (
    Saver,
    check_network,
    check_places,
    check_state,
    describe,
    pack,
    unpack,
)
from derive.training.schedules import read_schedule
from derive.training.tasks.batching import Batches
from derive.training.watch import DivergedError, Undefined, Watch

_ROW_STEPS = 50  # steps


@dataclass
class Trainer(Brief):
    """One run. `of_loss` makes the task's metric of a mean loss, where that tells it (bits).

    `about` is JSON data on the task for the checkpoint.
    """

    network: Network
    feed: Batches
    options: Options
    evaluate: Evaluate | None = None
    saver: Saver = field(default_factory=Saver)
    log: Log | None = None
    progress: Progress = field(default_factory=Progress)
    about: Mapping[str, Any] = field(default_factory=dict)
    of_loss: Callable[[float], float] | None = None
    threads: int = 1

    def __post_init__(self) -> None:
        self.schedule = read_schedule(self.options.schedule)
        size, dtype = self.network.theta.size, self.network.dtype
        self.optimizer = optimizer(self.options.optimizer, size, dtype)
        self.step, self.seconds, self.lr = 0, 0.0, 0.0
        self.held_out_seconds = 0.0
        self.carried: State | None = None
        self.watch, self.tally, self.best = Watch(), Tally(), Best()
        self.best_theta: Array | None = None
        self.last: Measured | None = None
        self.last_step = -1
        self.rows: list[Row] = []
        per_epoch = len(self.feed)
        epochs = self.options.epochs
        self.total = self.options.steps or (epochs or 1) * per_epoch
        interval = self.options.eval_every
        auto = per_epoch if epochs else max(1, self.total // 10)
        self.eval_every = auto if interval is None else interval

    @property
    def epoch(self) -> float:
        """How many times the data has been gone through."""
        return self.step / len(self.feed)

    def start(self, overwrite: bool = False) -> None:
        """Begins a new run: draws the parameters, tries the places of checkpoint and log.

        Raises CheckpointError and TrainingError for places that cannot be written, or are in use.
        """
        with self.saver.prepared(overwrite):
            if self.log is not None:
                self.log.start(overwrite)
        self.network.initialise(np.random.default_rng(self.options.seed))

    def resume(self, checkpoint: Checkpoint) -> None:
        """Goes on from a checkpoint. Raises CheckpointError for one of another run."""
        check_network(checkpoint, self.network)
        check_places(checkpoint, self.network)
        try:
            self._restore(checkpoint.header["run"], checkpoint)
        except (DeriveError, KeyError, TypeError, ValueError, IndexError) as error:
            raise CheckpointError(f"{checkpoint.path} does not fit this run: {error}") from None
        self.saver.last, self.saver.step = checkpoint.path, self.step
        with self.saver.prepared():
            if self.log is not None:
                self.log.resume(self.step)

    def run(self) -> Outcome:
        """Trains to the end, or until Ctrl-C.

        Raises TrainingError where the loss diverges, and CheckpointError where the last state can
        be saved nowhere.
        """
        with self.progress, Interrupt() as interrupt, np.errstate(all="ignore"):
            self.progress.start(self.step, self.total)
            try:
                while not self._why() and not interrupt.asked:
                    self._advance()
                why = self._why() or "interrupt"
                if why == "interrupt":
                    self._tell(self.saver.save_interrupted(*self.snapshot()))
                else:
                    self._end()
            except DivergedError as error:
                raise TrainingError(f"{error}\n{self._last_good()}") from None
            except MemoryError:
                raise TrainingError("there is not enough memory for a step; give a smaller --batch,"
                                    f" --bptt or --hidden\n{self._last_good()}") from None
            finally:
                self.saver.release()
                if self.log is not None:
                    self.log.close()
        return self._outcome(why)

    def snapshot(self) -> tuple[dict[str, Any], dict[str, Array]]:
        """The header and the arrays of a checkpoint of this very moment."""
        arrays: dict[str, Array] = {"theta": self.network.theta}
        if self.best_theta is not None:
            arrays["best"] = self.best_theta
        best = self.best.loss if isfinite(self.best.loss) else None
        run = {"optimizer": self.optimizer.state, "carried": self.carried,
               "feed": self.feed.state(), "watch": self.watch.to_json(),
               "tally": asdict(self.tally), "seconds": self.seconds,
               "held_out_seconds": self.held_out_seconds, "lr": self.lr,
               "best": {**asdict(self.best), "loss": best},
               "last": list(self.last) if self.last else None, "last_step": self.last_step}
        header = {**describe(self.network), "options": self.options.to_json(),
                  "seed": self.options.seed, "threads": self.threads,
                  "step": self.step, "total": self.total,
                  "epoch": self.epoch,
                  "log": str(self.log.path) if self.log else None,
                  "about": pack(self.about, arrays, "about"), "run": pack(run, arrays, "run")}
        return header, arrays

    def _restore(self, packed: Mapping[str, Any], checkpoint: Checkpoint) -> None:
        run = unpack(packed, checkpoint.arrays)
        self.optimizer.restore(run["optimizer"])
        if run["carried"] is not None:
            size = next(iter(run["carried"].values())).shape[0] if run["carried"] else 1
            check_state(run["carried"], self.network.zero_state(size), checkpoint.path)
        self.carried = run["carried"]
        self.feed.restore(run["feed"])
        self.watch, self.tally = Watch(**run["watch"]), Tally(**run["tally"])
        self.seconds, self.lr, self.last_step = run["seconds"], run["lr"], run["last_step"]
        self.held_out_seconds = float(run.get("held_out_seconds", 0))
        best = run["best"]
        self.best = Best(**{**best, "loss": inf if best["loss"] is None else best["loss"]})
        self.last = Measured(*run["last"]) if run["last"] else None
        self.step = int(checkpoint.header["step"])
        np.copyto(self.network.theta, checkpoint.arrays["theta"])
        kept = checkpoint.arrays.get("best")
        self.best_theta = None if kept is None else kept.copy()

    def _advance(self) -> None:
        """One step, and what is due after it."""
        self._step()
        looked = bool(self.eval_every) and self.step % self.eval_every == 0
        if looked:
            self._look()
        if looked or self.step % _ROW_STEPS == 0:
            self._row(looked)
        # While the loss is far off, the checkpoint before that is worth more.
        if self.saver.due(self.step) and not self.watch.beyond and not self._why():
            self._save()

    def _step(self) -> None:
        began = time.perf_counter()
        network = self.network
        batch = self.feed.take()
        state = None if self.feed.fresh else self.carried  # None: as the model starts, which learns
        if network.carries and state is None:
            self.carried = network.zero_state(batch["x"].shape[1])
        network.draw = self.options.seed, self.step
        loss, last = network.loss_and_gradient(batch, state)
        norm = clip(network.gradient, self.options.clip, self.options.clip_mode)
        self.watch.look(self.step + 1, loss, norm, lambda: self._origin(batch, state))
        self.lr = self.options.lr * self.schedule.factor(self.step, self.total)
        self.optimizer.step(network.theta, network.gradient, self.lr)
        if self.carried is not None:
            for name, kept in self.carried.items():  # `last` may be the network's own memory
                np.copyto(kept, last[name])
        self.step += 1
        tally = self.tally
        tally.steps, tally.loss, tally.norm = tally.steps + 1, tally.loss + loss, tally.norm + norm
        tally.tokens += tokens(batch)
        passed = time.perf_counter() - began
        tally.seconds, self.seconds = tally.seconds + passed, self.seconds + passed
        self.progress.step(self.step, loss)

    def _origin(self, batch: Batch, state: State | None) -> Undefined | None:
        """Where the first value arises that is no number, in a network made of equations."""
        if not hasattr(self.network, "model"):
            return None
        module = import_module("derive.training.first_undefined")
        origin: Undefined | None = module.first_undefined(self.network, batch, state)
        return origin

    def _look(self) -> None:
        """Evaluates on held-out data and keeps the best parameters."""
        if self.evaluate is None:
            return
        began = time.perf_counter()
        measured = self.evaluate()
        self.held_out_seconds += time.perf_counter() - began
        self.last, self.last_step = measured, self.step
        if measured.loss < self.best.loss:
            self.best = Best(self.step, measured.loss, measured.metric)
            if self.options.patience is not None:
                self.best_theta = self.network.theta.copy()
        else:
            self.best.since += 1
        mean = f"loss {number(self.tally.loss / self.tally.steps)}  " if self.tally.steps else ""
        name = self.about.get("metric", "metric")
        metric = "" if measured.metric is None or name == "loss" else \
            f"  {name} {number(measured.metric)}"
        self.progress.evaluated(self.step, f"{mean}held out: loss {number(measured.loss)}{metric}")

    def _row(self, looked: bool) -> None:
        """A row of the log on the steps since the last one."""
        tally, self.tally = self.tally, Tally()
        measured = self.last if looked and self.last is not None else Measured(inf, None)
        loss = tally.loss / tally.steps
        row: Row = {
            "step": self.step, "epoch": round(self.epoch, 6), "lr": self.lr, "loss": loss,
            "metric": None if self.of_loss is None else self.of_loss(loss),
            "ms_per_step": 1e3 * tally.seconds / tally.steps,
            "tokens_per_s": tally.tokens / max(tally.seconds, 1e-9),
            "gradient_norm": tally.norm / tally.steps,
            "held_out_loss": measured.loss, "held_out_metric": measured.metric,
            "train_s": self.seconds, "held_out_s": self.held_out_seconds}
        self.rows.append(row)
        if self.log is not None:
            self._tell(self.log.append(row))

    def _save(self) -> None:
        if self.log is not None:
            self.log.sync()
        try:
            self.saver.save(*self.snapshot())
        except CheckpointError as error:
            self._tell(f"{error}; training goes on, and saves again in {self.saver.interval} "
                       f"steps. {self._last_good()}")

    def _end(self) -> None:
        """The last evaluation, row and checkpoint, where they are not there already."""
        looked = self.last_step != self.step
        if looked:
            self._look()
        if self.tally.steps:
            self._row(looked)
        if self.log is not None:
            self.log.sync()
        if looked or (self.saver.last, self.saver.step) != (self.saver.path, self.step):
            self._tell(self.saver.save_last(*self.snapshot()))

    def _why(self) -> str:
        """Why the run is at its end; empty where it is not."""
        if self.options.patience is not None and self.best.since >= self.options.patience:
            return "patience"
        return "length" if self.step >= self.total else ""

    def _last_good(self) -> str:
        if self.saver.last is None:
            return "No checkpoint has been saved." if self.saver.path else \
                "No checkpoint was asked for; --save FILE keeps one."
        return f"The checkpoint of step {self.saver.step} is in {self.saver.last}."

    def _tell(self, text: str) -> None:
        if text:
            self.progress.note(text)

    def _outcome(self, why: str) -> Outcome:
        measured, at = self.last, self.last_step
        if self.best_theta is not None and why != "interrupt":
            measured, at = Measured(self.best.loss, self.best.metric), self.best.step
            np.copyto(self.network.theta, self.best_theta)
        return Outcome(why, self.step, self.epoch, measured, at, self.seconds, self.saver.last,
                       self.held_out_seconds)
