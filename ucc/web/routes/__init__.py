"""The REST API, a file a room; each exports a `router` whose path has no /v1."""

from __future__ import annotations

from litestar import Router

ROUTERS: list[Router] = []
