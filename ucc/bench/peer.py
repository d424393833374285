"""Commands a second of the peer in plain Python, once it has given every fact as the engine did."""

from __future__ import annotations

import gc
import time

from ucc._native.engine import Engine
from ucc.bench.plain import PlainRouter
from ucc.bench.workloads import SINGLES, Batch, Recording
from ucc.domain.engine import decode_commands, decode_outcomes

COMMANDS = 20_000
PIECES = 5  # the middle one is the figure: the peer fills its queues once, not five times


class Differs(Exception):
    """The peer said otherwise than the engine; its speed says nothing."""


class Duel:
    """The engine and its peer, told the same."""

    def __init__(self) -> None:
        self._engine = Engine()
        self._peer = PlainRouter()
        self.facts = 0  # compared so far

    def tell(self, batches: list[Batch]) -> float:
        """Tell both; return the seconds of processor time the peer took.

        Raises:
            Differs: at the first command whose outcome was another.
        """
        told = [(at_ms, command) for at_ms, commands in batches for command in decode_commands(commands)]
        expected = [
            outcome
            for at_ms, commands in batches
            for outcome in decode_outcomes(self._engine.submit(at_ms, commands))
        ]
        peer = self._peer
        gc.disable()
        began = time.thread_time()
        found = [peer.submit(at_ms, command) for at_ms, command in told]
        took_s = time.thread_time() - began
        gc.enable()
        for (at_ms, command), ours, theirs in zip(told, expected, found, strict=True):
            if ours != theirs:
                raise Differs(f"{command} at {at_ms}: the peer {theirs}, the engine {ours}")
            self.facts += len(ours.facts)
        return took_s


def measure(recording: Recording) -> int:
    """Return the peer's commands a second on the single commands.

    Raises:
        Differs: an outcome was another.
    """
    duel = Duel()
    duel.tell(list(recording.before(SINGLES)))
    singles = recording[SINGLES][:COMMANDS]
    size = max(1, len(singles) // PIECES)
    rates = [size / duel.tell(singles[start : start + size]) for start in range(0, size * PIECES, size)]
    return round(sorted(rates)[PIECES // 2])


def loop_ms() -> float:
    """Return the ms of a loop of a million in Python: how fast this machine is at it."""
    began = time.thread_time()
    for _ in range(1_000_000):
        pass
    return (time.thread_time() - began) * 1000
