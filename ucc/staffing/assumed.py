"""A day nobody recorded: as many contacts as somebody assumes, for the queues and agents of today."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from ucc.domain.engine import SetAgent, SetQueue
from ucc.domain.simulation import Assumed
from ucc.staffing.asking import time_s
from ucc.staffing.days import PERIOD_S, Day, Kind, Line, Person
from ucc.staffing.scenario import Distribution

MEDIUM = "chat"
DEVIATION = 0.75  # of the mean service time
ANSWER_S = 3.0  # from offer to answer
ALWAYS = [(0, 2**50)]  # contacts come while agents are there, whatever the calendar says


class Times(NamedTuple):
    """How long contacts of a kind take and wait; the wrap-up and the patience may be none."""

    service: Distribution
    wrap_up: Distribution | None
    patience: Distribution | None
    answer: Distribution


def assumed_day(assumed: Assumed, queues: list[SetQueue], agents: list[SetAgent]) -> Day:
    """Return a day of these queues and agents; its contacts are drawn, so it holds none."""
    presence = [_hours(assumed)]
    return Day(
        kinds=[Kind(one.queue, MEDIUM, 1, [], []) for one in queues],
        agents=[Person(one.agent, _told(one), presence) for one in agents],
        queues=[Line(one.queue, _told(replace(one, open=ALWAYS))) for one in queues],
        named=0,
    )


def times_of(assumed: Assumed) -> Times:
    """Return the times that are taken for granted."""
    mean_s, wrap_up_s = float(assumed.service_s), float(assumed.wrap_up_s)
    return Times(
        service=Distribution("lognormal", mean_s=mean_s, sd_s=mean_s * DEVIATION),
        wrap_up=Distribution("exponential", mean_s=wrap_up_s) if wrap_up_s else None,
        patience=Distribution("exponential", mean_s=float(assumed.patience_s)),
        answer=Distribution("constant", mean_s=ANSWER_S),
    )


def arrivals_per_hour(assumed: Assumed, periods: int, queues: int) -> list[float]:
    """Return how many contacts an hour come to one of the queues in each period of the day."""
    from_s, until_s = _hours(assumed)
    each = assumed.contacts_per_hour / queues
    begins = [period * PERIOD_S for period in range(periods)]
    covered = [min(until_s, at + PERIOD_S) - max(from_s, at) for at in begins]
    return [each * max(0.0, seconds) / PERIOD_S for seconds in covered]


def _hours(assumed: Assumed) -> tuple[float, float]:
    times = [time_s(text) for text in (assumed.from_time, assumed.until_time)]
    return float(times[0] or 0), float(times[1] or 0)


def _told(command: SetAgent | SetQueue) -> str:
    return msgspec.msgpack.encode(command).hex()
