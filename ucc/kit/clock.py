"""The one clock of the shell; pure rooms are given `now_ms` and never look."""

from __future__ import annotations

import time


def now_ms() -> int:
    """Return the wall clock in milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000


def monotonic_ms() -> int:
    """Return a clock in milliseconds that never goes back; only differences mean anything."""
    return time.monotonic_ns() // 1_000_000
