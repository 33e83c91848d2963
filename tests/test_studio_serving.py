"""The studio's server as a process: it ends with all of its own, and goes on otherwise."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from derive.studio import answering_processes
from derive.studio.answer_text import answer_text
from derive.studio.answering_processes import Pool
from derive.studio.studio_request import seconds_of
from tests.studio_browsing import ROOT, eventually, studio

for library in ("starlette", "uvicorn", "httpx"):
    pytest.importorskip(library)
if not Path("/proc/self/stat").exists():
    pytest.skip("the processes of a server are counted in /proc", allow_module_level=True)

QUESTION = {"ask": "gradient", "formula": "(z - y)**2/2", "options": {"wrt": "z"}}
LONG = {"ask": "hessian", "patience": 60, "options": {"wrt": "z"},
        "formula": " + ".join(f"log(sum(exp(z[k]*{n}) for k in K))**{n}" for n in range(2, 60))}


class Server:
    """What a page asks of its server, without a browser."""

    def __init__(self, link: str, process: subprocess.Popen[str]) -> None:
        import httpx

        parts = urlsplit(link)
        self.process, self.port = process, parts.port or 0
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.token = parse_qs(parts.query)["token"][0]
        self.client = httpx.Client(base_url=self.origin, timeout=60, headers={
            "origin": self.origin, "x-derive-token": self.token},
            limits=httpx.Limits(max_connections=120))

    def ask(self, **request: object) -> dict[str, object]:
        data: dict[str, object] = self.client.post("/answer", json=request).json()
        return data

    def children(self) -> set[int]:
        """The processes below the server's."""
        parents = {}
        for folder in Path("/proc").iterdir():
            try:
                parents[int(folder.name)] = int(
                    (folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (ValueError, OSError):
                continue
        below = {self.process.pid}
        while True:
            more = {p for p, parent in parents.items() if parent in below} - below
            if not more:
                return below - {self.process.pid}
            below |= more


def alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def served() -> Iterator[Server]:
    with studio() as (link, process):
        made = Server(link, process)
        yield made
        made.client.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with served() as made:
        yield made


def test_a_process_is_there_before_the_first_question(server: Server) -> None:
    assert eventually(lambda: len(server.children()) >= 3, 20)


def test_a_question_goes_through_as_it_is_answered_alone(server: Server) -> None:
    assert server.ask(**QUESTION) == json.loads(answer_text(json.dumps(QUESTION)))


def test_a_hundred_questions_at_once_are_all_answered(server: Server) -> None:
    with ThreadPoolExecutor(100) as threads:
        answers = list(threads.map(lambda _: server.ask(**QUESTION, preview=True), range(100)))
    assert all(answer["ok"] for answer in answers)


def test_who_leaves_ends_the_work_and_others_are_answered(server: Server) -> None:
    server.ask(**QUESTION)
    for _ in range(3):
        body = json.dumps(LONG)
        with socket.create_connection(("127.0.0.1", server.port)) as left:
            left.sendall((f"POST /answer HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
                          f"Origin: {server.origin}\r\nX-Derive-Token: {server.token}\r\n"
                          f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                          f"{body}").encode())
            time.sleep(0.2)
    began = time.monotonic()
    assert server.ask(**QUESTION)["ok"]
    assert time.monotonic() - began < 10


def test_a_process_that_is_killed_is_replaced(server: Server) -> None:
    server.ask(**QUESTION)
    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(server.ask, **LONG)
        time.sleep(0.5)
        for pid in server.children():
            if b"forkserver" in (Path("/proc") / str(pid) / "cmdline").read_bytes() and any(
                    _parent(pid) == other for other in server.children()):
                os.kill(pid, signal.SIGKILL)
        assert "ended unexpectedly" in str(asked.result()["error"])
    assert server.ask(**QUESTION)["ok"]


def test_a_process_that_is_killed_while_it_is_free_is_replaced(server: Server) -> None:
    server.ask(**QUESTION)
    for pid in server.children():
        if _parent(pid) in server.children():
            os.kill(pid, signal.SIGKILL)
    assert server.ask(**QUESTION)["ok"]


def _parent(pid: int) -> int:
    return int((Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])


@pytest.mark.parametrize(("how", "busy"), [
    (signal.SIGINT, True), (signal.SIGKILL, True), (signal.SIGKILL, False)])
def test_no_process_outlives_the_server(how: signal.Signals, busy: bool) -> None:
    with served() as server, ThreadPoolExecutor(1) as thread:
        server.ask(**QUESTION)
        asked = thread.submit(server.ask, **LONG) if busy else None
        time.sleep(0.5)
        children = server.children()
        assert len(children) >= 2
        began = time.monotonic()
        server.process.send_signal(how)
        server.process.wait(10)
        assert eventually(lambda: not any(map(alive, children)), 5), children
        assert time.monotonic() - began < 3  # below 1 s on a machine that does nothing else
        if asked is not None:
            asked.exception()


def test_ctrl_c_is_quiet_also_while_the_first_process_starts() -> None:
    with studio() as (_, process):
        process.send_signal(signal.SIGINT)
        _, words = process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGINT
    assert "Traceback" not in words


def test_a_port_that_is_taken_is_said_in_one_line(server: Server) -> None:
    done = subprocess.run([sys.executable, "-m", "derive", "studio", "--no-browser", "--port",
                           str(server.port)], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 1
    assert f"port {server.port} cannot be used" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_server_adds_little_to_the_work(server: Server) -> None:
    request = json.dumps(QUESTION)
    for _ in range(3):
        server.ask(**QUESTION)
        answer_text(request)
    over = []
    for _ in range(7):
        began = time.perf_counter()
        answer_text(request)
        alone = time.perf_counter() - began
        began = time.perf_counter()
        server.ask(**QUESTION)
        over.append(time.perf_counter() - began - alone)
    assert min(over) < 0.15


@pytest.mark.parametrize(("text", "seconds"), [
    (b'{"patience": 5}', 5), (b'{"practice": {"patience": 7}}', 7), (b"{}", 20), (b"[]", 20),
    (b'{"patience": 1e9}', 20), (b'{"patience": true}', 20), (b'{"practice": 3}', 20),
    (b"[" * 100_000, 20), (b"\xff", 20)])
def test_the_bound_of_a_request_is_read_from_it(text: bytes, seconds: float) -> None:
    assert seconds_of(text) == seconds


def test_a_process_that_does_not_keep_its_bound_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    async def stays() -> bool:
        return False

    async def answers() -> str:
        pool = Pool(1)
        try:
            return await pool.answer(json.dumps({**LONG, "patience": 60}).encode(), 0.1, stays)
        finally:
            pool.end()

    monkeypatch.setattr(answering_processes, "_GRACE", 0.5)
    began = time.monotonic()
    assert "no end within the bound" in asyncio.run(answers())
    assert time.monotonic() - began < 8  # most of it is the start of the process


def test_who_waits_when_the_server_ends_is_answered_and_starts_no_process() -> None:
    async def stays() -> bool:
        return False

    async def answers() -> list[str]:
        pool = Pool(1)
        text = json.dumps({**LONG, "patience": 60}).encode()
        asked = [asyncio.ensure_future(pool.answer(text, 60, stays)) for _ in range(4)]
        await asyncio.sleep(0.5)  # the first works or starts, the others wait
        pool.end()
        return await asyncio.gather(*asked)

    began = time.monotonic()
    made = asyncio.run(answers())
    assert sum("is being ended" in answer for answer in made) >= 3
    assert time.monotonic() - began < 10
    assert not multiprocessing.active_children()
