"""What is known of a day, recorded or assumed: its contacts, people and queues, and when it was."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from ucc.staffing.scenario import Contact

PERIOD_S = 1_800


class Kind(msgspec.Struct, frozen=True):
    """Contacts that ask the same of the same queue."""

    queue: int
    medium: str
    units: int
    requirement: list[tuple[int, int]]
    contacts: list[Contact]


class Person(msgspec.Struct, frozen=True):
    """An agent who took work at some time."""

    agent: int
    config: str  # SetAgent on the wire, in hexadecimal
    presence: list[tuple[float, float]]


class Line(msgspec.Struct, frozen=True):
    """A queue of the day."""

    queue: int
    config: str  # SetQueue on the wire, in hexadecimal


class Day(msgspec.Struct, frozen=True):
    """What `ucc._native.simulate.Recorder` makes of a journal."""

    kinds: list[Kind]
    agents: list[Person]
    queues: list[Line]
    named: int


class Window(msgspec.Struct, frozen=True):
    """Which day."""

    date: str
    from_ms: int
    until_ms: int  # less than a day later while it runs
    time_zone: str = "UTC"

    @property
    def periods(self) -> int:
        """Return how many half hours it has."""
        return max(1, math.ceil((self.until_ms - self.from_ms) / 1000 / PERIOD_S))

    def since_begin_s(self, clock_s: int) -> int:
        """Return how long after the beginning clocks show this time; they may be changed in between."""
        shown = datetime.fromisoformat(self.date) + timedelta(seconds=clock_s)
        at_s = shown.replace(tzinfo=ZoneInfo(self.time_zone)).timestamp()
        return max(0, round(at_s - self.from_ms / 1000))
