"""Live figures through Python: facts of a real engine in, typed sheets out (R67–R70)."""

from __future__ import annotations

import pytest

from ucc._native import figures as native
from ucc._native.engine import Engine
from ucc.domain import engine as e
from ucc.domain.figures import Sheet, SubjectKind
from ucc.routing.figures import LiveFigures

START_MS = 1_000_000_000
QUEUE, SKILL, TEAM, AGENT = 1, 5, 3, 7


class Floor:
    """An engine and its figures, one queue and one agent."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.figures = LiveFigures(START_MS)
        self.now_ms = START_MS
        self.act(e.SetQueue(QUEUE, [(SKILL, 1)], open=[(0, START_MS * 10)], answer_target_ms=20_000))
        self.act(e.SetAgent(AGENT, [(SKILL, 5)], [("chat", 1)], teams=[TEAM]))

    def act(self, command: e.Command, after_ms: int = 0) -> None:
        self.now_ms += after_ms
        (outcome,) = e.decode_outcomes(self.engine.submit(self.now_ms, e.encode_commands([command])))
        assert outcome.refusal is None
        self.figures.fold(self.now_ms, outcome.facts)

    def sheet(self, kind: SubjectKind, subject_id: int) -> Sheet:
        return self.figures.sheet(kind, subject_id, self.now_ms)


def test_r67_a_served_and_an_abandoned_chat_are_told_by_queue_skill_team_and_agent() -> None:
    floor = Floor()
    floor.act(e.SetSession(AGENT, "online"))
    floor.act(e.SetStatus(AGENT, "on_queue"))
    floor.act(e.Enqueue(100, QUEUE, "chat", START_MS))
    floor.act(e.Enqueue(101, QUEUE, "chat", START_MS))
    floor.act(e.Accept(100, AGENT, 1), after_ms=5_000)
    assert floor.sheet(SubjectKind.QUEUE, QUEUE).waiting == 1
    assert floor.sheet(SubjectKind.QUEUE, QUEUE).longest_since_ms == START_MS
    floor.act(e.ContactLeft(101), after_ms=25_000)
    floor.act(e.End(100, AGENT), after_ms=30_000)
    floor.act(e.Complete(100, AGENT), after_ms=10_000)
    for kind, subject_id in ((SubjectKind.QUEUE, QUEUE), (SubjectKind.SKILL, SKILL)):
        sheet = floor.sheet(kind, subject_id)
        assert sheet.day == sheet.recent
        assert (sheet.waiting, sheet.longest_since_ms) == (0, None)
        day = sheet.day
        assert (day.arrived, day.served, day.in_target, day.abandoned, day.abandoned_early) == (2, 1, 1, 1, 0)
        assert (day.asa_ms, day.aht_ms, day.abandon_rate) == (5_000, 65_000, 0.5)
        assert (day.busy_ms, day.staffed_ms, day.occupancy) == (65_000, 70_000, 65 / 70)
        levels = day.service_levels
        assert (levels.of_arrived, levels.of_served) == (0.5, 1.0)
        assert (levels.without_early_abandoned, levels.early_abandoned_as_met) == (0.5, 0.5)
    for kind, subject_id in ((SubjectKind.TEAM, TEAM), (SubjectKind.AGENT, AGENT)):
        day = floor.sheet(kind, subject_id).day
        assert (day.served, day.abandoned, day.handled, day.handled_ms) == (1, 0, 1, 65_000)
        assert day.occupancy == 65 / 70


def test_r70_a_day_turns_over_at_its_midnight_and_the_half_hour_does_not() -> None:
    floor = Floor()
    midnight_ms = START_MS + 600_000
    floor.figures.add_midnight(midnight_ms)
    floor.act(e.SetSession(AGENT, "online"))
    floor.act(e.SetStatus(AGENT, "on_queue"))
    floor.now_ms = midnight_ms + 60_000
    sheet = floor.sheet(SubjectKind.AGENT, AGENT)
    assert sheet.day.staffed_ms == 60_000
    assert sheet.recent.staffed_ms == 660_000


def test_r70_minutes_tell_how_things_stood_and_add_up_to_the_half_hour() -> None:
    floor = Floor()
    floor.act(e.SetSession(AGENT, "online"))
    floor.act(e.SetStatus(AGENT, "on_queue"))
    floor.act(e.Enqueue(100, QUEUE, "chat", START_MS))
    floor.act(e.Enqueue(101, QUEUE, "chat", START_MS))
    floor.act(e.Accept(100, AGENT, 1), after_ms=5_000)
    floor.act(e.ContactLeft(101), after_ms=150_000)
    assert floor.sheet(SubjectKind.TENANT, 0).minutes == []
    sheet = floor.figures.sheet(SubjectKind.TENANT, 0, floor.now_ms, with_minutes=True)
    minutes = sheet.minutes
    running_ms = floor.now_ms // 60_000 * 60_000
    assert [one.start_ms for one in minutes] == [running_ms - back * 60_000 for back in range(30, -1, -1)]
    assert [one.waiting for one in minutes[-5:]] == [0, 1, 1, 1, 0]
    first_ms = minutes[-4].start_ms + 60_000 - START_MS
    waits_ms = [first_ms, first_ms + 60_000, first_ms + 120_000]
    assert [one.longest_wait_ms for one in minutes[-5:]] == [None, *waits_ms, None]
    there = [(0, 0), *[(1, 0)] * 4]
    assert [(one.on_queue, one.free) for one in minutes[-5:]] == there
    for name in ("arrived", "served", "in_target", "abandoned", "abandoned_early", "busy_ms", "staffed_ms"):
        assert sum(getattr(one.counts, name) for one in minutes) == getattr(sheet.recent, name), name


def test_malformed_facts_and_unknown_kinds_are_refused() -> None:
    figures = native.Figures(0)
    with pytest.raises(ValueError, match="found nil, allowed is an array"):
        figures.fold(0, b"\xc0")
    with pytest.raises(ValueError, match='found "shift", allowed is queue, skill, team, agent or tenant'):
        figures.sheets(0, "shift", [1], False)
