"""What every request passes first and every answer last: host check, draining, headers, figures."""

from __future__ import annotations

import time
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec
from litestar.types import ASGIApp

from ucc.kit import metrics
from ucc.kit.config import Settings
from ucc.web.problem import MEDIA_TYPE, problem_of

SOCKET_REFUSED = 1013  # try again later

_requests = metrics.counter("requests", "Answered requests", ["method", "path", "status"])
_seconds = metrics.histogram("request_seconds", "Time to the first byte of the answer", ["method", "path"])
_sockets = metrics.gauge("sockets", "Open sockets", ["path"])

_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), payment=(), microphone=(self)"),
]
_API = [
    (b"cache-control", b"private, no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]


class SocketRoom(Protocol):
    """What serves sockets beside the framework."""

    def serves(self, path: str) -> bool:
        """Say whether a path is one of its own."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one socket until its end."""


class Door:
    """Wraps the application. `close` makes it refuse what is new."""

    def __init__(self, app: ASGIApp, settings: Settings, sockets: SocketRoom | None = None) -> None:
        self._app = app
        self._sockets = sockets
        self._hosts = set(_LOCAL_HOSTS)
        if settings.public_url:
            self._hosts.add(urlsplit(settings.public_url).hostname or "")
        self._headers = list(_ALWAYS)
        if settings.is_https:
            self._headers.append((b"strict-transport-security", b"max-age=31536000"))
        self.is_closed = False

    def close(self) -> None:
        """Refuse new requests and sockets from now on; running ones end as they like."""
        self.is_closed = True

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let one request through, or refuse it."""
        kind = scope["type"]
        if kind == "lifespan":
            await self._app(scope, receive, send)
        elif not self._is_expected(scope):
            await _refuse(
                scope, send, 421, "wrong_host", "This server does not answer for the host in the request."
            )
        elif self.is_closed and scope["path"] != "/healthz":
            await _refuse(scope, send, 503, "unavailable", "This node is stopping; another one answers.")
        elif kind == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._request(scope, receive, send)

    def _is_expected(self, scope: Any) -> bool:
        """Say whether the Host header names us: a page elsewhere may point its own name at this address."""
        for name, value in scope["headers"]:
            if name == b"host":
                host = value.decode("latin1").lower()
                if host.startswith("["):
                    return host.partition("]")[0] + "]" in self._hosts
                return host.partition(":")[0] in self._hosts
        return False

    async def _request(self, scope: Any, receive: Any, send: Any) -> None:
        started = time.perf_counter()
        status = 0
        is_head = scope["method"] == "HEAD"
        if is_head:  # answered as GET, without the body
            scope["method"] = "GET"

        async def send_on(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._with_ours(message["headers"])
                path = _template(scope)
                _seconds.labels(scope["method"], path).observe(time.perf_counter() - started)
                _requests.labels(scope["method"], path, str(status)).inc()
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        await self._app(scope, receive, send_on)

    async def _socket(self, scope: Any, receive: Any, send: Any) -> None:
        gauge = _sockets.labels(scope["path"] if scope["path"].endswith("/socket") else "other")
        is_open = False

        async def send_on(message: Any) -> None:
            nonlocal is_open
            if message["type"] == "websocket.accept" and not is_open:
                is_open = True
                gauge.inc()
            await send(message)

        serves = self._sockets is not None and self._sockets.serves(scope["path"])
        app = self._sockets if serves else self._app
        assert app is not None
        try:
            await app(scope, receive, send_on)
        finally:
            if is_open:
                gauge.dec()

    def _with_ours(self, headers: Any) -> list[tuple[bytes, bytes]]:
        """Add the headers every answer has, and the API's unless the handler said otherwise."""
        given = [*headers]
        names = {name.lower() for name, _ in given}
        return [*given, *((name, value) for name, value in [*self._headers, *_API] if name not in names)]


def _template(scope: Any) -> str:
    """Return the route's pattern, so that ids do not make a time series each."""
    template = scope.get("path_template")
    return template if isinstance(template, str) and template else "other"


async def _refuse(scope: Any, send: Any, status: int, code: str, detail: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": SOCKET_REFUSED, "reason": detail})
        return
    body = msgspec.json.encode(problem_of(status, code, "Not answered here.", detail))
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        *([(b"retry-after", b"2")] if status == 503 else []),
        *_ALWAYS,
        *_API,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
