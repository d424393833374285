"""One Prometheus registry for the process; a room declares its own figures through these three."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

registry = CollectorRegistry()
ProcessCollector(registry=registry)
PlatformCollector(registry=registry)
GCCollector(registry=registry)


def counter(name: str, documentation: str, labels: Sequence[str] = ()) -> Counter:
    """Declare a figure that only grows; `name` without the ucc_ prefix and the _total suffix."""
    return Counter(f"ucc_{name}", documentation, labels, registry=registry)


def gauge(name: str, documentation: str, labels: Sequence[str] = ()) -> Gauge:
    """Declare a figure that goes up and down; `name` without the ucc_ prefix."""
    return Gauge(f"ucc_{name}", documentation, labels, registry=registry)


def histogram(
    name: str, documentation: str, labels: Sequence[str] = (), *, buckets: Sequence[float] = SECONDS
) -> Histogram:
    """Declare a distribution; `name` ends in its unit, e.g. commit_seconds."""
    return Histogram(f"ucc_{name}", documentation, labels, buckets=buckets, registry=registry)


def render() -> bytes:
    """Return every figure in Prometheus' text format."""
    return generate_latest(registry)
