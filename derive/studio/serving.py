"""Runs the studio's server until it is ended."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import uvicorn

from derive.studio.answering_processes import Pool
from derive.studio.studio_server import HOST, listening_socket, studio_app

_SIGNS = 18  # bytes of the token


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
            uvicorn.Server(config).run(sockets=[listening])
        finally:
            pool.end()
