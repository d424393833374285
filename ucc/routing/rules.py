"""Calendars, purely: when hours are open, when a deadline falls, and whether hours as written make sense.

A time belongs to opening hours when the clock on the wall of their time zone shows it. Where clocks jump
forward the missing wall times never come; where they are set back the repeated ones come twice.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from ucc.domain.engine import Interval
from ucc.domain.errors import BadInput
from ucc.domain.people import HoursWrite

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EXPANDED_DAYS = 400
EXPANDED_BACK_DAYS = 8  # a returned or transferred interaction keeps its arrival
ALWAYS: list[Interval] = [(0, 2**53 - 1)]
SPANS_A_DAY_MAX = 8
HOLIDAYS_MAX = 500
CHUNK_DAYS = 32
CALENDARS_KEPT = 512

MINUTE_MS = 60_000
DAY_MINUTES = 24 * 60
DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1)  # wall times have no zone by design

Span = tuple[int, int]  # minutes of a local day, half open; the end may lie in the next day


def check_hours(hours: HoursWrite) -> None:
    """Refuse hours that cannot be meant.

    Raises:
        BadInput: the time zone, a weekday, a time or a holiday is wrong; the text names what was found.
    """
    try:
        ZoneInfo(hours.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(
            f"time zone is {hours.time_zone!r}; give an IANA name such as Asia/Shanghai", field="time_zone"
        ) from error
    if unknown := sorted(set(hours.week) - set(WEEKDAYS)):
        raise BadInput(f"weekday is {unknown[0]!r}; allowed are {', '.join(WEEKDAYS)}", field="week")
    if len(hours.holidays) > HOLIDAYS_MAX:
        raise BadInput(f"{len(hours.holidays)} holidays, limit {HOLIDAYS_MAX}", field="holidays")
    for name, spans in hours.week.items():
        _check_spans(spans, where=name)
    seen: set[str] = set()
    for holiday in hours.holidays:
        try:
            date.fromisoformat(holiday.date)
        except ValueError as error:
            raise BadInput(f"holiday is {holiday.date!r}; give YYYY-MM-DD", field="holidays") from error
        if holiday.date in seen:
            raise BadInput(f"holiday {holiday.date} stands twice", field="holidays")
        seen.add(holiday.date)
        _check_spans(holiday.open, where=holiday.date)


def _check_spans(spans: list[tuple[str, str]], *, where: str) -> None:
    if len(spans) > SPANS_A_DAY_MAX:
        raise BadInput(f"{where} has {len(spans)} spans, limit {SPANS_A_DAY_MAX}", field="week")
    end = 0
    for start, stop in sorted(_minutes_of(spans, where=where)):
        if start < end:
            raise BadInput(f"{where} has spans that overlap", field="week")
        end = stop


def _minutes_of(spans: list[tuple[str, str]], *, where: str = "day") -> list[Span]:
    """Return spans as minutes; an end at or before its start lies in the next day."""
    found = []
    for opens, closes in spans:
        start, stop = _minute_of(opens, where), _minute_of(closes, where)
        found.append((start, stop if stop > start else stop + DAY_MINUTES))
    return found


def _minute_of(text: str, where: str) -> int:
    hour, colon, minute = text.partition(":")
    if len(text) == 5 and colon and hour.isdecimal() and minute.isdecimal():
        value = int(hour) * 60 + int(minute)
        if int(minute) < 60 and value <= DAY_MINUTES:
            return value
    raise BadInput(f"{where} has the time {text!r}; give HH:MM from 00:00 to 24:00", field="week")


class Calendar:
    """Opening hours as intervals of real time, worked out in pieces as far as somebody asks."""

    def __init__(self, hours: HoursWrite) -> None:
        self._zone = ZoneInfo(hours.time_zone)
        self._week = [_minutes_of(hours.week.get(name, [])) for name in WEEKDAYS]
        self._holidays = {date.fromisoformat(one.date): _minutes_of(one.open) for one in hours.holidays}
        self._pieces: dict[int, list[Interval]] = {}
        self.is_ever_open = any(self._week) or any(self._holidays.values())

    def intervals(self, from_ms: int, to_ms: int) -> list[Interval]:
        """Return the open intervals that touch [from_ms, to_ms), sorted and disjoint."""
        chunk_ms = CHUNK_DAYS * DAY_MS
        found: list[Interval] = []
        for number in range(from_ms // chunk_ms, -(-to_ms // chunk_ms)):
            found.extend(self._piece(number))
        return [one for one in _merged(found) if one[1] > from_ms and one[0] < to_ms]

    def is_open(self, at_ms: int) -> bool:
        """Say whether it is open at this time."""
        return any(start <= at_ms < stop for start, stop in self.intervals(at_ms, at_ms + 1))

    def next_change_ms(self, at_ms: int) -> int | None:
        """Return when it next opens or closes after `at_ms`, or None if not within the expanded days."""
        until_ms = at_ms + EXPANDED_DAYS * DAY_MS
        for start, stop in self.intervals(at_ms, until_ms):
            change_ms = start if at_ms < start else stop
            if change_ms > at_ms:
                return change_ms if change_ms < until_ms else None
        return None

    def next_opening_ms(self, at_ms: int) -> int | None:
        """Return the next opening after `at_ms`, or None if not within the expanded days."""
        for start, _ in self.intervals(at_ms, at_ms + EXPANDED_DAYS * DAY_MS):
            if start > at_ms:
                return start
        return None

    def due_ms(self, from_ms: int, seconds: int) -> int | None:
        """Return when `seconds` of open time have passed since `from_ms`; None if not within 400 days."""
        left_ms = seconds * 1000
        chunk_ms = CHUNK_DAYS * DAY_MS
        at_ms = from_ms
        while at_ms < from_ms + EXPANDED_DAYS * DAY_MS:
            until_ms = (at_ms // chunk_ms + 1) * chunk_ms
            for start, stop in self.intervals(at_ms, until_ms):
                begin, end = max(start, at_ms), min(stop, until_ms)
                if end - begin >= left_ms:
                    return begin + left_ms
                left_ms -= end - begin
            at_ms = until_ms
        return None

    def _piece(self, number: int) -> list[Interval]:
        """Return what is open in the numbered piece of UTC days, cut at its ends."""
        if (known := self._pieces.get(number)) is not None:
            return known
        chunk_ms = CHUNK_DAYS * DAY_MS
        from_ms, to_ms = number * chunk_ms, (number + 1) * chunk_ms
        found: list[Interval] = []
        for start_ms, stop_ms, offset_ms in self._stretches(from_ms, to_ms):
            for start, stop in self._wall(start_ms + offset_ms, stop_ms + offset_ms):
                begin, end = max(start - offset_ms, start_ms), min(stop - offset_ms, stop_ms)
                if begin < end:
                    found.append((begin, end))
        self._pieces[number] = _merged(found)
        return self._pieces[number]

    def _wall(self, from_ms: int, to_ms: int) -> list[Interval]:
        """Return the spans of the wall clock, as if it were UTC, of every date that may touch the range."""
        day = (_EPOCH + timedelta(milliseconds=from_ms)).date() - timedelta(days=1)
        found: list[Interval] = []
        while (midnight_ms := (day - date(1970, 1, 1)).days * DAY_MS) < to_ms:
            spans = self._holidays.get(day)
            for start, stop in self._week[day.weekday()] if spans is None else spans:
                found.append((midnight_ms + start * MINUTE_MS, midnight_ms + stop * MINUTE_MS))
            day += timedelta(days=1)
        return found

    def _stretches(self, from_ms: int, to_ms: int) -> list[tuple[int, int, int]]:
        """Return stretches of time in which the zone's offset from UTC is constant."""
        found: list[tuple[int, int, int]] = []
        start_ms, offset_ms = from_ms, self._offset_ms(from_ms)
        for probe_ms in range(from_ms + DAY_MS, to_ms + 1, DAY_MS):
            later_ms = self._offset_ms(probe_ms)
            if later_ms != offset_ms:
                change_ms = self._change_ms(probe_ms - DAY_MS, probe_ms)
                found.append((start_ms, change_ms, offset_ms))
                start_ms, offset_ms = change_ms, later_ms
        found.append((start_ms, to_ms, offset_ms))
        return found

    def _change_ms(self, low_ms: int, high_ms: int) -> int:
        """Return the first second after `low_ms` with the offset of `high_ms`."""
        later_ms = self._offset_ms(high_ms)
        while high_ms - low_ms > 1000:
            middle_ms = (low_ms + high_ms) // 2000 * 1000
            if self._offset_ms(middle_ms) == later_ms:
                high_ms = middle_ms
            else:
                low_ms = middle_ms
        return high_ms

    def _offset_ms(self, at_ms: int) -> int:
        offset = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self._zone).utcoffset()
        assert offset is not None
        return round(offset.total_seconds() * 1000)


def _merged(intervals: list[Interval]) -> list[Interval]:
    """Return sorted intervals with those that touch made one."""
    found: list[Interval] = []
    for start, stop in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(stop, found[-1][1]))
        else:
            found.append((start, stop))
    return found


@lru_cache(maxsize=CALENDARS_KEPT)
def _calendar(written: bytes) -> Calendar:
    return Calendar(msgspec.json.decode(written, type=HoursWrite))


def calendar_of(hours: HoursWrite) -> Calendar:
    """Return the calendar of these hours; equal hours share one."""
    return _calendar(
        msgspec.json.encode(
            HoursWrite(name="", time_zone=hours.time_zone, week=hours.week, holidays=hours.holidays)
        )
    )


def business_due(hours: HoursWrite | None, from_ms: int, seconds: int) -> int | None:
    """Return when `seconds` of open time have passed since `from_ms`; no hours means always open.

    None: these hours do not hold that much open time within 400 days, so nothing falls due.
    """
    if hours is None:
        return from_ms + seconds * 1000
    return calendar_of(hours).due_ms(from_ms, seconds)


def open_intervals(hours: HoursWrite | None, now_ms: int) -> list[Interval]:
    """Return the open intervals the engine is given: from a week ago until 400 days ahead."""
    if hours is None:
        return ALWAYS
    return calendar_of(hours).intervals(now_ms - EXPANDED_BACK_DAYS * DAY_MS, now_ms + EXPANDED_DAYS * DAY_MS)
