"""The local server of the studio: this machine alone, and this page alone."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from derive.studio.answer_text import refused
from derive.studio.answering_processes import Pool
from derive.studio.studio_page import studio_page
from derive.studio.studio_request import seconds_of

MOST_BYTES = 1_000_000
HOST = "127.0.0.1"
_HEADERS = {
    "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin"}


def policy(nonce: str) -> str:
    """The content security policy of the page: its own scripts, its own server, no more."""
    return (f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; "
            "img-src data:; font-src data:; connect-src 'self'; base-uri 'none'; "
            "form-action 'none'")


class Refusal(Exception):
    """A request that is not answered: its status, and why in one line."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class Door:
    """What a request must be: sent to this machine by name, from its own page, with the token."""

    def __init__(self, port: int, token: str) -> None:
        self.names = {f"{name}:{port}" for name in (HOST, "localhost")}
        self.token = token

    def check(self, request: Request) -> None:
        """Raises Refusal for a request that came by another name of this machine."""
        if request.headers.get("host", "") not in self.names:
            raise Refusal(421, "this server answers to its own address alone")

    def check_asker(self, request: Request) -> None:
        """Raises Refusal for what the page itself has not sent."""
        self.check(request)
        if request.headers.get("origin") not in {f"http://{name}" for name in self.names}:
            raise Refusal(403, "this server answers its own page alone")
        given = request.headers.get("x-derive-token", "")
        if not secrets.compare_digest(given.encode(), self.token.encode()):
            raise Refusal(403, "the token is missing or another: open the link that "
                               "'derive studio' printed")
        if request.headers.get("content-type", "").partition(";")[0].strip() != \
                "application/json":
            raise Refusal(415, "a request is JSON")


def studio_app(port: int, token: str, pool: Pool) -> ASGIApp:
    """The application behind one address and one token."""
    door = Door(port, token)

    async def page(request: Request) -> Response:
        try:
            door.check(request)
        except Refusal as refusal:
            return _refused(refusal)
        nonce = secrets.token_urlsafe(16)
        rules = policy(nonce)
        return HTMLResponse(studio_page("server_engine.js", rules, nonce), headers={
            "Content-Security-Policy": f"{rules}; frame-ancestors 'none'"})

    async def answer(request: Request) -> Response:
        try:
            door.check_asker(request)
            text = await _body(request)
        except Refusal as refusal:
            return _refused(refusal)
        except ClientDisconnect:
            return Response(status_code=400)
        made = await pool.answer(text, seconds_of(text), request.is_disconnected)
        return Response(made, media_type="application/json")

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[Mapping[str, object]]:
        warming = asyncio.create_task(pool.warm())
        yield {}
        warming.cancel()
        pool.end()

    return _guarded(Starlette(
        routes=[Route("/", page), Route("/answer", answer, methods=["POST"])], lifespan=lifespan))


def _guarded(app: ASGIApp) -> ASGIApp:
    """The application with the headers that keep others out on all that it sends."""
    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await app(scope, receive, sent)

    return guarded


async def _body(request: Request) -> bytes:
    """The body. Raises Refusal where it is too long, before all of it is read."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            raise Refusal(413, f"at most {MOST_BYTES:,} bytes are read here; the command line "
                               "takes longer texts from a file")
        parts.append(part)
    return b"".join(parts)


def _refused(refusal: Refusal) -> Response:
    if refusal.status in (403, 413, 415):
        return Response(refused(str(refusal)), refusal.status, media_type="application/json")
    return PlainTextResponse(f"{refusal}\n", refusal.status)


def listening_socket(port: int) -> socket.socket:
    """A socket on this machine's own address; port 0 takes a free one. Raises OSError."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # elsewhere it lets two programs listen to one port
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((HOST, port))
    made.listen()  # the link is known now: who follows it at once waits, and is not turned away
    return made
