"""When a tenant's day begins."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ucc.routing.day import midnight_of


@pytest.mark.parametrize(
    ("zone", "at", "midnight"),
    [
        ("Asia/Kuala_Lumpur", "2026-11-29T00:00:00", "2026-11-29T00:00:00"),
        ("Asia/Kuala_Lumpur", "2026-11-28T23:59:59.999", "2026-11-28T00:00:00"),
        (
            "Europe/Berlin",
            "2026-10-25T12:00:00",
            "2026-10-25T00:00:00",
        ),  # 25 hours: it was summer at midnight
        ("Africa/Cairo", "2026-04-24T12:00:00", "2026-04-24T01:00:00"),  # clocks jump at midnight
    ],
)
def test_a_day_begins_at_the_midnight_of_its_place(zone: str, at: str, midnight: str) -> None:
    def ms(text: str) -> int:
        return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)

    assert midnight_of(zone, ms(at)) == ms(midnight)
