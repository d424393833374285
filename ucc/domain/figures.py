"""Live figures: what a subject's day looks like at a moment; `ucc._native.figures` writes these records.

Times are milliseconds. A ratio is None where nothing was counted below its line.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class SubjectKind(StrEnum):
    """What kind of thing figures are asked for."""

    QUEUE = "queue"  # its work, and the agents who meet what it asks
    SKILL = "skill"  # work that asks for it, and the agents who have it
    TEAM = "team"  # what its members have, taken together
    AGENT = "agent"
    TENANT = "tenant"  # what all queues have, taken together, and everybody who works


class ServiceLevels(msgspec.Struct, frozen=True, array_like=True):
    """The four standard formulas."""

    of_arrived: float | None  # in target ÷ (served + abandoned)
    of_served: float | None  # in target ÷ served
    without_early_abandoned: float | None  # in target ÷ (served + abandoned − abandoned early)
    early_abandoned_as_met: float | None  # (in target + abandoned early) ÷ (served + abandoned)


class Window(msgspec.Struct, frozen=True, array_like=True):
    """Counts over a span of time: a contact counts when its waiting ends, work when it closes."""

    arrived: int  # also by overflow and blind transfer
    served: int
    in_target: int  # served before the answer target had run out
    abandoned: int
    abandoned_early: int  # before the answer target had run out
    served_wait_ms: int
    handled: int
    handled_ms: int  # in hand, wrap-up included; parked and interrupted time is not
    busy_ms: int  # agents with work in hand
    staffed_ms: int  # agents who wanted work, or had some in hand
    service_levels: ServiceLevels
    asa_ms: int | None  # average speed of answer
    aht_ms: int | None  # average handling time
    occupancy: float | None
    abandon_rate: float | None


class Minute(msgspec.Struct, frozen=True, array_like=True):
    """One minute of a subject; the counts of all add up to the half hour's."""

    start_ms: int  # it lasts a minute from here, the latest until now
    waiting: int  # at its end
    longest_wait_ms: int | None  # at its end, of who had waited longest
    on_queue: int  # at its end: agents who wanted work, busy or not
    free: int  # of those who had none in hand
    counts: Window


class Sheet(msgspec.Struct, frozen=True, array_like=True):
    """The figures of one subject at one moment."""

    waiting: int  # of an agent or team: what waits for them alone or rings at them
    longest_since_ms: int | None  # arrival of who has waited longest
    on_queue: int  # agents who want work, busy or not
    free: int  # of those who have none in hand
    day: Window  # since midnight
    recent: Window  # the latest half hour: the minute that runs and the 30 before it
    minutes: list[Minute] = []  # of the latest half hour, the oldest first, where they were asked for


class ServiceLevelFigures(ServiceLevels, frozen=True, array_like=False):
    """The four standard formulas, 0 to 1, by name; null where nothing was counted below the line."""


class WindowFigures(Window, frozen=True, array_like=False):
    """A window by name, as the API tells it."""

    service_levels: ServiceLevelFigures


class MinuteFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One minute of a subject, as the API tells it: how things stood at its end, and its counts."""

    start_ms: int  # it lasts a minute from here, the latest until now
    waiting: int
    longest_wait_ms: int | None
    on_queue: int  # agents who wanted work, busy or not
    free: int  # of those who had none in hand
    arrived: int
    served: int
    in_target: int
    abandoned: int


class SubjectFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a queue, skill, team or agent, or of the tenant, at a moment."""

    kind: SubjectKind
    id: int | None  # a team is its name and has none, nor has the tenant
    name: str
    at_ms: int  # the moment
    midnight_ms: int  # the tenant's day began then
    waiting: int  # offers not counted; of an agent or team what waits for them alone or rings at them
    longest_wait_ms: int | None  # since the arrival of who has waited longest
    on_queue: int  # agents who want work, busy or not
    free: int  # of those who have none in hand
    day: WindowFigures  # since midnight
    recent: WindowFigures  # the latest half hour: the minute that runs and the 30 before it
    minutes: list[MinuteFigures] = []  # of the latest half hour, the oldest first, where they were asked for


decode_sheets = msgspec.msgpack.Decoder(list[Sheet]).decode
