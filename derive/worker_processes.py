"""Work in several processes, none of which outlives the one that asked for it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
_LOOKED = 0.1  # seconds from one look at the parent to the next


def in_processes(work: Callable[[T], R], tasks: Sequence[T], jobs: int) -> Iterator[R]:
    """What the work makes of each task, as it gets ready.

    It ends early where a process was ended from outside: what is missing is the caller's to see.
    All processes end with the block, whatever ends it: Ctrl-C, an error, the parent's death.
    """
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(min(jobs, len(tasks)), initializer=_bound_to_parent)
    try:
        with _uninterrupted():
            waiting: Iterable[Future[R]] = [pool.submit(work, task) for task in tasks]
        for future in as_completed(waiting):
            try:
                yield future.result()
            except BrokenProcessPool:
                return
    except BaseException:
        for process in set(multiprocessing.active_children()) - before:
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C waits for the end of the block: what it raises within a fork would be lost."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _bound_to_parent() -> None:
    """Ctrl-C reaches all processes of a terminal; the first of them ends the others.

    Where that was killed, and cannot, each ends by itself.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_after, args=(os.getppid(),), daemon=True).start()


def _end_after(parent: int) -> None:
    if os.name == "nt":  # where a parent keeps its number
        started_by = multiprocessing.parent_process()
        if started_by is not None:
            started_by.join()
    else:
        while os.getppid() == parent:
            time.sleep(_LOOKED)
    os._exit(1)
