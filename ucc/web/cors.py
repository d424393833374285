"""Lets pages of other sites read the widget routes; who may use an inbox is judged by its own origins."""

from __future__ import annotations

from typing import Any

from litestar.types import ASGIApp

PREFIX = "/v1/widget/"
PREFLIGHT_KEPT_S = 600


class Cors:
    """Wraps the application; no answer here depends on a cookie, so any origin may read it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a preflight, or add the headers to the answer."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        ours = [(b"vary", b"Origin")]
        if (origin := headers.get(b"origin")) is not None:
            ours.append((b"access-control-allow-origin", origin))
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            ours += [
                (b"access-control-allow-methods", b"GET, POST"),
                (b"access-control-allow-headers", b"authorization, content-type"),
                (b"access-control-max-age", str(PREFLIGHT_KEPT_S).encode()),
            ]
            await send({"type": "http.response.start", "status": 204, "headers": ours})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return

        async def send_on(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *ours]
            await send(message)

        await self._app(scope, receive, send_on)
