"""Runs the studio's server until it is ended."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable

import uvicorn

from derive.studio.answering_processes import Pool
from derive.studio.studio_server import HOST, listening_socket, studio_app

_SIGNS = 18  # bytes of the token


class _Server(uvicorn.Server):
    """The server, which ends the work when it is told to end, and does not wait for it."""

    def __init__(self, config: uvicorn.Config, pool: Pool) -> None:
        super().__init__(config)
        self._pool = pool

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._pool.end()
        await super().shutdown(sockets)


def serve(port: int, jobs: int, announce: Callable[[str], None]) -> None:
    """Serves the studio; `announce` gets its link once the address is taken. Raises OSError."""
    with listening_socket(port) as listening:
        port = listening.getsockname()[1]
        token, pool = secrets.token_urlsafe(_SIGNS), Pool(jobs)
        config = uvicorn.Config(studio_app(port, token, pool), log_level="warning",
                                access_log=False, server_header=False,
                                timeout_graceful_shutdown=1)
        announce(f"http://{HOST}:{port}/?token={token}")
        try:
            _Server(config, pool).run(sockets=[listening])
        finally:
            pool.end()
