"""Commands a second of the peer in plain Python, once it has decided everything as the engine did."""

from __future__ import annotations

import gc
import time

from ucc._native.engine import Engine
from ucc.bench.plain import PlainRouter, decisions_of
from ucc.bench.workloads import SINGLES, Batch, Recording
from ucc.domain.engine import decode_commands, decode_outcomes

COMMANDS = 20_000
PIECES = 5  # the middle one is the figure: the peer fills its queues once, not five times


class Differs(Exception):
    """The peer decided otherwise than the engine; its speed says nothing."""


class Duel:
    """The engine and its peer, told the same."""

    def __init__(self) -> None:
        self._engine = Engine()
        self._peer = PlainRouter()
        self.decisions = 0  # compared so far

    def tell(self, batches: list[Batch]) -> float:
        """Tell both; return the seconds of processor time the peer took.

        Raises:
            Differs: at the first command that was decided otherwise.
        """
        told = [(at_ms, decode_commands(commands)) for at_ms, commands in batches]
        expected = [
            decisions_of(decode_outcomes(self._engine.submit(at_ms, commands))) for at_ms, commands in batches
        ]
        peer, marks = self._peer, [0]
        peer.decisions.clear()
        gc.disable()
        began = time.thread_time()
        for at_ms, commands in told:
            for command in commands:
                peer.submit(at_ms, command)
            marks.append(len(peer.decisions))
        took_s = time.thread_time() - began
        gc.enable()
        for number, (at_ms, commands) in enumerate(told):
            found = peer.decisions[marks[number] : marks[number + 1]]
            if found != expected[number]:
                raise Differs(f"{commands} at {at_ms}: the peer {found}, the engine {expected[number]}")
        self.decisions += marks[-1]
        return took_s


def measure(recording: Recording) -> int:
    """Return the peer's commands a second on the single commands.

    Raises:
        Differs: it decided something otherwise.
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
