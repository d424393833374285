"""Calendars against a walk minute by minute, across holidays, weekends and changes of the clock (I12)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ucc.domain.errors import BadInput
from ucc.domain.people import Holiday, HoursWrite
from ucc.routing import rules
from ucc.routing.rules import WEEKDAYS, business_due, calendar_of, check_hours, open_intervals

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
OFFICE = {name: [("09:00", "18:00")] for name in WEEKDAYS[:5]}


def ms(text: str, zone: str = "UTC") -> int:
    """Return the time of a wall clock."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def hours(
    zone: str, week: dict[str, list[tuple[str, str]]] | None = None, **holidays: list[tuple[str, str]]
) -> HoursWrite:
    dates = [Holiday(date=date.replace("_", "-").strip("d"), open=spans) for date, spans in holidays.items()]
    return HoursWrite(name="Office", time_zone=zone, week=OFFICE if week is None else week, holidays=dates)


def is_open_by_the_wall(written: HoursWrite, at_ms: int) -> bool:
    """Look at the clock on the wall, the only definition of open there is."""
    wall = (
        datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(written.time_zone)).replace(tzinfo=None)
    )
    for back in (0, 1):
        date = wall.date() - timedelta(days=back)
        spans = next(
            (one.open for one in written.holidays if one.date == date.isoformat()),
            written.week.get(WEEKDAYS[date.weekday()], []),
        )
        minute = wall.hour * 60 + wall.minute + back * 1440
        for opens, closes in spans:
            start, stop = (int(text[:2]) * 60 + int(text[3:]) for text in (opens, closes))
            if start <= minute < (stop if stop > start else stop + 1440):
                return True
    return False


def test_i12_open_intervals_skip_nights_and_weekends() -> None:
    friday = ms("2026-11-20T12:00", "Asia/Shanghai")
    found = calendar_of(hours("Asia/Shanghai")).intervals(friday, friday + 4 * DAY_MS)
    assert found == [
        (ms("2026-11-20T09:00", "Asia/Shanghai"), ms("2026-11-20T18:00", "Asia/Shanghai")),
        (ms("2026-11-23T09:00", "Asia/Shanghai"), ms("2026-11-23T18:00", "Asia/Shanghai")),
        (ms("2026-11-24T09:00", "Asia/Shanghai"), ms("2026-11-24T18:00", "Asia/Shanghai")),
    ]


def test_i12_a_holiday_replaces_the_hours_of_its_date() -> None:
    written = hours("Europe/Berlin", d2026_12_25=[], d2026_12_24=[("09:00", "12:00")])
    calendar = calendar_of(written)
    assert calendar.is_open(ms("2026-12-24T11:59", "Europe/Berlin"))
    assert not calendar.is_open(ms("2026-12-24T12:00", "Europe/Berlin"))
    assert not calendar.is_open(ms("2026-12-25T10:00", "Europe/Berlin"))
    opened = calendar.next_opening_ms(ms("2026-12-24T12:00", "Europe/Berlin"))
    assert opened == ms("2026-12-28T09:00", "Europe/Berlin")


@pytest.mark.parametrize(
    ("from_text", "seconds", "due_text"),
    [
        ("2026-11-20T17:30", 3_600, "2026-11-23T09:30"),  # over a weekend
        ("2026-11-21T03:00", 60, "2026-11-23T09:01"),  # asked while closed
        ("2026-11-20T17:00", 3_600, "2026-11-20T18:00"),  # to the last second of the day
        ("2026-11-20T09:00", 9 * 3_600 + 1, "2026-11-23T09:00:01"),
        ("2026-11-16T09:00", 90 * 3_600, "2026-11-27T18:00"),  # two weeks of work
    ],
)
def test_i12_a_deadline_counts_open_time_only(from_text: str, seconds: int, due_text: str) -> None:
    due = business_due(hours("Asia/Singapore"), ms(from_text, "Asia/Singapore"), seconds)
    assert due == ms(due_text, "Asia/Singapore")


def test_i12_a_day_of_23_and_one_of_25_hours() -> None:
    nonstop = {name: [("00:00", "24:00")] for name in WEEKDAYS[6:]}  # Sundays
    calendar = calendar_of(hours("Europe/Berlin", nonstop))
    (spring,) = calendar.intervals(
        ms("2026-03-29T03:30", "Europe/Berlin"), ms("2026-03-29T04:00", "Europe/Berlin")
    )
    (autumn,) = calendar.intervals(
        ms("2026-10-25T12:00", "Europe/Berlin"), ms("2026-10-25T13:00", "Europe/Berlin")
    )
    assert spring[1] - spring[0] == 23 * HOUR_MS
    assert autumn[1] - autumn[0] == 25 * HOUR_MS


def test_i12_an_opening_that_the_clock_jumps_over_begins_after_the_jump() -> None:
    calendar = calendar_of(hours("Europe/Berlin", {"sun": [("02:30", "06:00")]}))
    jump = ms("2026-03-29T01:00", "UTC")
    assert calendar.intervals(jump, jump + HOUR_MS)[0] == (jump, ms("2026-03-29T06:00", "Europe/Berlin"))


def test_i12_hours_that_end_after_midnight_belong_to_the_day_they_begin() -> None:
    calendar = calendar_of(hours("Asia/Taipei", {"fri": [("20:00", "02:00")]}, d2026_11_28=[]))
    assert calendar.is_open(ms("2026-11-28T01:59", "Asia/Taipei"))
    assert not calendar.is_open(ms("2026-11-28T02:00", "Asia/Taipei"))
    assert not calendar.is_open(ms("2026-11-27T01:00", "Asia/Taipei"))


def test_hours_that_never_open_have_no_deadline() -> None:
    assert business_due(hours("UTC", {}), 0, 1) is None
    assert calendar_of(hours("UTC", {})).next_change_ms(0) is None


def test_without_hours_everything_is_always_open() -> None:
    assert business_due(None, 1_000, 60) == 61_000
    assert open_intervals(None, 5) == rules.ALWAYS


def test_hours_that_are_always_open_never_change() -> None:
    always = hours("America/New_York", {name: [("00:00", "24:00")] for name in WEEKDAYS})
    at = ms("2026-05-05T05:05")
    assert calendar_of(always).is_open(at)
    assert calendar_of(always).next_change_ms(at) is None


def test_the_engine_is_given_400_days_sorted_and_apart() -> None:
    at = ms("2026-11-22T00:00")
    found = open_intervals(hours("Australia/Lord_Howe"), at)
    assert found[0][0] < at < found[0][1] + 8 * DAY_MS
    assert found[-1][1] > at + 396 * DAY_MS
    assert all(start < stop for start, stop in found)
    assert all(one[1] < other[0] for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"time_zone": "Mars/Olympus"}, "IANA name"),
        ({"week": {"monday": []}}, "weekday is 'monday'"),
        ({"week": {"mon": [("9:00", "18:00")]}}, "'9:00'"),
        ({"week": {"mon": [("09:00", "24:01")]}}, "'24:01'"),
        ({"week": {"mon": [("09:00", "12:00"), ("11:00", "13:00")]}}, "overlap"),
        ({"week": {"mon": [("09:00", "09:01")] * 9}}, "limit 8"),
        ({"holidays": [Holiday(date="2026-02-30")]}, "2026-02-30"),
        ({"holidays": [Holiday(date="2026-02-03"), Holiday(date="2026-02-03")]}, "stands twice"),
    ],
)
def test_hours_that_cannot_be_meant_are_refused_by_name(change: dict[str, object], words: str) -> None:
    fields: dict[str, object] = {
        "name": "Office",
        "time_zone": "UTC",
        "week": OFFICE,
        "holidays": [],
    } | change
    with pytest.raises(BadInput, match=words):
        check_hours(HoursWrite(**fields))  # type: ignore[arg-type]


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "Asia/Kathmandu"]
CLOCKS = st.integers(0, 47).map(lambda half: f"{half // 2:02d}:{half % 2 * 30:02d}")


@st.composite
def days(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Spans of one day that do not overlap; the last may run into the next day."""
    edges = sorted(draw(st.sets(CLOCKS, min_size=0, max_size=4)))
    return list(zip(edges[::2], edges[1::2], strict=False))


# Around the changes of clocks of the zones above, and an ordinary time.
MOMENTS = [
    "2026-03-29T00:00", "2026-10-25T00:00", "2026-03-08T06:00", "2026-11-01T05:00", "2026-04-04T15:00",
    "2026-10-03T15:30", "2026-07-01T00:00",
]  # fmt: skip


@given(
    zone=st.sampled_from(ZONES),
    week=st.dictionaries(st.sampled_from(WEEKDAYS), days()),
    holiday=days(),
    moment=st.sampled_from(MOMENTS),
    back_minutes=st.integers(0, 3 * 1440),
    seconds=st.integers(1, 2 * 86_400),
)
@settings(max_examples=25, deadline=None)
def test_i12_intervals_and_deadlines_agree_with_a_walk_by_minutes(
    zone: str, week: dict[str, list[tuple[str, str]]], holiday: list[tuple[str, str]], moment: str,
    back_minutes: int, seconds: int,
) -> None:  # fmt: skip
    written = HoursWrite(
        name="", time_zone=zone, week=week, holidays=[Holiday(date=moment[:10], open=holiday)]
    )
    calendar = calendar_of(written)
    start = ms(moment) - back_minutes * MINUTE_MS
    left_ms, due = seconds * 1000, None
    intervals = calendar.intervals(start, start + 4 * DAY_MS)
    for at in range(start, start + 4 * DAY_MS, MINUTE_MS):
        is_open = is_open_by_the_wall(written, at)
        assert is_open == any(opens <= at < closes for opens, closes in intervals)
        if is_open and due is None:
            if left_ms <= MINUTE_MS:
                due = at + left_ms
            left_ms -= MINUTE_MS
    found = business_due(written, start, seconds)
    assert found == due if due is not None else found is None or found > start + 4 * DAY_MS
