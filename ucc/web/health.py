"""Is it alive, is it ready, how is it doing: /healthz, /readyz, /metrics."""

from __future__ import annotations

import ipaddress
from typing import Any

import msgspec
from litestar import Request, Response, Router, get

from ucc.domain.errors import NotFound
from ucc.kit import metrics
from ucc.web.auth import PUBLIC
from ucc.web.rooms import Rooms


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether this node can serve. NATS may be away: the node then works alone."""

    is_ready: bool
    database: bool
    nats: bool
    peers: int  # other nodes heard


@get("/healthz", media_type="text/plain", include_in_schema=False, permission=PUBLIC)
async def read_health() -> str:
    """Say that the process answers."""
    return "ok\n"


@get("/readyz", include_in_schema=False, permission=PUBLIC)
async def read_readiness(rooms: Rooms) -> Response[Readiness]:
    """Say whether requests can be carried out now: 200, or 503 while the database is away."""
    is_ready = await rooms.database.is_ready()
    found = Readiness(
        is_ready=is_ready, database=is_ready, nats=rooms.bus.is_connected, peers=rooms.bus.peers
    )
    return Response(found, status_code=200 if is_ready else 503)


@get("/metrics", include_in_schema=False, permission=PUBLIC)
async def read_metrics(request: Request[Any, Any, Any], rooms: Rooms) -> Response[bytes]:
    """Return the figures in Prometheus' format, to the networks of UCC_METRICS_NETWORKS alone."""
    if not is_allowed(request, rooms.settings.metrics_networks):
        raise NotFound
    return Response(metrics.render(), headers={"Content-Type": metrics.CONTENT_TYPE})


def is_allowed(request: Request[Any, Any, Any], networks: tuple[str, ...]) -> bool:
    """Say whether the request comes from one of `networks`, not through a proxy nobody told us about."""
    if request.client is None or "x-forwarded-for" in request.headers:
        return False
    try:
        address = ipaddress.ip_address(request.client.host)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in networks)


router = Router(path="/", route_handlers=[read_health, read_readiness, read_metrics])
