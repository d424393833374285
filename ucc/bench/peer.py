"""Commands a second of the peers in Python, once they have given every fact as the engine did."""

from __future__ import annotations

import gc
import time

import msgspec

from ucc._native.engine import Engine
from ucc.bench.indexed import IndexedRouter
from ucc.bench.plain import PlainRouter
from ucc.bench.workloads import SINGLES, Batch, Recording
from ucc.domain.engine import decode_commands, decode_outcomes

COMMANDS = 20_000
PIECES = 5  # the middle one is the figure: a peer fills its queues once, not five times


class Differs(Exception):
    """A peer said otherwise than the engine; its speed says nothing."""


class Rates(msgspec.Struct, frozen=True):
    """Commands a second of each peer."""

    plain: int
    indexed: int


class Duel:
    """The engine and its peers, told the same."""

    def __init__(self) -> None:
        self._engine = Engine()
        self._peers = (PlainRouter(), IndexedRouter())  # as in Rates
        self.facts = 0  # compared so far

    def tell(self, batches: list[Batch]) -> list[float]:
        """Tell all; return the seconds of processor time each peer took.

        Raises:
            Differs: at the first command whose outcome was another.
        """
        told = [(at_ms, command) for at_ms, commands in batches for command in decode_commands(commands)]
        expected = [
            outcome
            for at_ms, commands in batches
            for outcome in decode_outcomes(self._engine.submit(at_ms, commands))
        ]
        took_s = []
        for peer in self._peers:
            gc.disable()
            began = time.thread_time()
            found = [peer.submit(at_ms, command) for at_ms, command in told]
            took_s.append(time.thread_time() - began)
            gc.enable()
            for (at_ms, command), ours, theirs in zip(told, expected, found, strict=True):
                if ours != theirs:
                    who = type(peer).__name__
                    raise Differs(f"{command} at {at_ms}: the peer {who} {theirs}, the engine {ours}")
                self.facts += len(ours.facts)
        return took_s


def measure(recording: Recording) -> Rates:
    """Return the peers' commands a second on the single commands, told in turns.

    Raises:
        Differs: an outcome was another.
    """
    duel = Duel()
    duel.tell(list(recording.before(SINGLES)))
    singles = recording[SINGLES][:COMMANDS]
    size = max(1, len(singles) // PIECES)
    pieces = [duel.tell(singles[start : start + size]) for start in range(0, size * PIECES, size)]
    return Rates(*(round(size / sorted(took_s)[PIECES // 2]) for took_s in zip(*pieces, strict=True)))


def loop_ms() -> float:
    """Return the ms of a loop of a million in Python: how fast this machine is at it."""
    began = time.thread_time()
    for _ in range(1_000_000):
        pass
    return (time.thread_time() - began) * 1000
