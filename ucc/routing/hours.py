"""Opening hours: written by hand, expanded for the queues that follow them."""

from __future__ import annotations

from typing import Any

import msgspec

from ucc.domain.people import Hours, HoursWrite
from ucc.kit.clock import now_ms
from ucc.routing import rules
from ucc.routing.followed import FollowedDesk, Kind
from ucc.routing.policies import check_name
from ucc.routing.store import queries

HoursDesk = FollowedDesk[Hours, HoursWrite]


def _columns(write: HoursWrite) -> dict[str, Any]:
    rules.check_hours(write)
    columns: dict[str, Any] = msgspec.to_builtins(write)
    return columns | {"name": check_name(write.name)}


def _shown(row: Any) -> Hours:
    """Return hours with what they say now."""
    at_ms = now_ms()
    written = {name: row[name] for name in HoursWrite.__struct_fields__}
    calendar = rules.calendar_of(msgspec.convert(written, HoursWrite))
    return msgspec.convert(
        dict(row) | {"is_open": calendar.is_open(at_ms), "next_change_at_ms": calendar.next_change_ms(at_ms)},
        Hours,
    )


HOURS: Kind[Hours, HoursWrite] = Kind(
    word="hours",
    table="hours",
    lists="hours",
    rows=queries.list_hours,
    adding=queries.add_hours,
    changing=queries.change_hours,
    removing=queries.delete_hours,
    columns=_columns,
    shown=_shown,
)
