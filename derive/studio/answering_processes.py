"""Processes that answer requests: one that is stopped, hangs or dies is replaced."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, SpawnContext

from derive.studio.answer_text import answer_text, refused

MOST_WAITING = 200  # requests; one more is refused in words
MOST_ANSWERS = 400  # of one process, which is then renewed: its caches grow
_ATTEMPTS = 5  # processes that are asked, where those that are free have died
_LOOK = 0.1  # seconds between looks at whether somebody still waits
# A process is ended that does not keep its bound, which counts the processor's time: where others
# work too, so many times as long goes by, and a moment more.
_TIMES, _GRACE = 3, 5.0
_DIED = refused("the work ended unexpectedly; ask again, or a smaller formula")
_ENDED = refused("the server is being ended")
_BUSY = refused("too many requests wait; ask again in a moment")
_LATE = refused("no end within the bound on the work; allow more time, or take a smaller formula")


def _work(pipe: Connection) -> None:
    """The life of a process: a request comes, its answer goes, until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server ends its processes itself
    gc.enable()
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    while True:
        try:
            text = pipe.recv_bytes()
            pipe.send_bytes(b"")  # it has begun
        except (EOFError, OSError):
            return
        pipe.send_bytes(answer_text(text).encode())


def _end_with_the_server() -> None:
    """Ends this process, in the middle of its work, when the server that started it is gone."""
    server = multiprocessing.parent_process()
    if server is not None:
        wait([server.sentinel])
        os._exit(1)


class NotBegunError(EOFError):
    """A process that was free is there no longer."""


class Worker:
    """One process and the pipe to it."""

    def __init__(self) -> None:
        context = _context()
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_work, args=(other,), daemon=True)
        self._process.start()
        other.close()
        self.answers = 0

    def exchange(self, text: bytes) -> bytes:
        """The answer to a request; waits for it.

        Raises EOFError where the process dies, NotBegunError where it has not begun.
        """
        try:
            self._pipe.send_bytes(text)
            self._pipe.recv_bytes()
        except (OSError, EOFError):
            raise NotBegunError from None
        self.answers += 1
        try:
            return self._pipe.recv_bytes()
        except OSError:
            raise EOFError from None

    @property
    def alive(self) -> bool:
        """Whether the process is there: one that is free may be ended by the system."""
        return self._process.is_alive()

    def end(self) -> None:
        """Ends the process at once."""
        self._process.kill()
        self._process.join()
        self._pipe.close()


def _context() -> ForkServerContext | SpawnContext:
    """Where a warm process can be copied, that is done: a new one then starts in milliseconds."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["derive.studio.warm_engine"])
    return context


class Pool:
    """So many processes; requests wait for a free one, in their order."""

    def __init__(self, size: int = 2) -> None:
        # The one that answered last is asked next: what it keeps between requests is warm.
        self._free: asyncio.LifoQueue[Worker | None] = asyncio.LifoQueue()
        for _ in range(size):
            self._free.put_nowait(None)
        self._working: set[Worker] = set()
        self._ended = False
        self._waiting = 0

    async def warm(self) -> None:
        """Starts a process, so that the first request finds it there."""
        async with self._worker():
            pass

    async def answer(self, text: bytes, seconds: float, left: Callable[[], Awaitable[bool]],
                     ) -> str:
        """The answer to a request, as JSON text.

        `seconds` are the bound on the work; a process that does not keep it is ended some time
        later, and at once where the asker has `left`.
        """
        if self._waiting >= MOST_WAITING:
            return _BUSY
        self._waiting += 1
        try:
            for _ in range(_ATTEMPTS):
                async with self._worker() as worker:
                    if worker is None:
                        return _ENDED
                    if await left():
                        return _LATE
                    answer = await self._exchanged(worker, text, _TIMES * seconds + _GRACE, left)
                    if answer is not None:
                        return answer
            return _DIED
        finally:
            self._waiting -= 1

    @asynccontextmanager
    async def _worker(self) -> AsyncIterator[Worker | None]:
        """A free process, which is started where there is none; None after the end."""
        worker = await self._free.get()
        if worker is not None and not worker.alive:
            worker.end()
            worker = None
        try:
            if worker is None and not self._ended:
                worker = await asyncio.to_thread(self._started)
            if worker is not None:
                self._working.add(worker)
            yield None if self._ended else worker
        finally:
            kept = worker is not None and worker in self._working and \
                worker.answers < MOST_ANSWERS and not self._ended
            if worker is not None and not kept:
                self._stop(worker)
            if worker is not None:
                self._working.discard(worker)
            self._free.put_nowait(worker if kept else None)

    def _started(self) -> Worker:
        """A new process. Who waited for it may be gone when it is there: the end finds it."""
        worker = Worker()
        self._working.add(worker)
        if self._ended:
            worker.end()
        return worker

    async def _exchanged(self, worker: Worker, text: bytes, seconds: float,
                         left: Callable[[], Awaitable[bool]]) -> str | None:
        """The answer, or why there is none; None where the process had died before."""
        work = asyncio.ensure_future(asyncio.to_thread(worker.exchange, text))
        end = asyncio.get_running_loop().time() + seconds
        late = False
        try:
            while not (work.done() or late):
                await asyncio.wait({work}, timeout=_LOOK)
                late = not work.done() and (
                    asyncio.get_running_loop().time() > end or await left())
        finally:
            if not work.done():  # late, left, or the server ends
                self._stop(worker)
        try:
            answer: str | None = (await work).decode()
        except NotBegunError:
            self._stop(worker)
            answer = _DIED if self._ended else None
        except EOFError:
            self._stop(worker)
            answer = _DIED
        return _LATE if late else answer

    def _stop(self, worker: Worker) -> None:
        self._working.discard(worker)
        worker.end()

    def end(self) -> None:
        """Ends all processes."""
        self._ended = True
        while not self._free.empty():
            worker = self._free.get_nowait()
            if worker is not None:
                worker.end()
        for worker in list(self._working):
            self._stop(worker)
        self._free.put_nowait(None)  # who still waits is answered, one after the other
