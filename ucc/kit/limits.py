"""Limits on how often, kept in this process: a token bucket and a sliding window, by key."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable

KEYS_MAX = 100_000


class TokenBucket:
    """Allows `rate_per_s` on average and `burst` at once, for each key."""

    def __init__(self, rate_per_s: float, burst: int, *, keys_max: int = KEYS_MAX) -> None:
        self._per_ms = rate_per_s / 1000
        self._burst = burst
        self._keys_max = keys_max
        self._buckets: OrderedDict[Hashable, tuple[float, int]] = (
            OrderedDict()
        )  # (tokens, at_ms), oldest first

    def allows(self, key: Hashable, now_ms: int, cost: int = 1) -> bool:
        """Take `cost` tokens of `key`, or take nothing and say no."""
        tokens, at_ms = self._buckets.pop(key, (float(self._burst), now_ms))
        tokens = min(self._burst, tokens + max(0, now_ms - at_ms) * self._per_ms)
        is_allowed = tokens >= cost
        self._buckets[key] = (tokens - cost if is_allowed else tokens, now_ms)
        if len(self._buckets) > self._keys_max:
            self._buckets.popitem(last=False)
        return is_allowed


class SlidingWindow:
    """Allows `limit` in any `window_ms`, for each key."""

    def __init__(self, limit: int, window_ms: int, *, keys_max: int = KEYS_MAX) -> None:
        self._limit = limit
        self._window_ms = window_ms
        self._keys_max = keys_max
        self._times: OrderedDict[Hashable, deque[int]] = OrderedDict()

    def allows(self, key: Hashable, now_ms: int) -> bool:
        """Count one for `key`, or count nothing and say no."""
        times = self._times.pop(key, None) or deque()
        while times and times[0] <= now_ms - self._window_ms:
            times.popleft()
        is_allowed = len(times) < self._limit
        if is_allowed:
            times.append(now_ms)
        self._times[key] = times
        if len(self._times) > self._keys_max:
            self._times.popitem(last=False)
        return is_allowed

    def wait_ms(self, key: Hashable, now_ms: int) -> int:
        """Return how long until `key` is allowed again, 0 if it is now."""
        times = self._times.get(key)
        if times is None or len(times) < self._limit:
            return 0
        return max(0, times[0] + self._window_ms - now_ms)
