"""Recorded days: what a journal says of them, and what becomes of them with other people or policies."""

from __future__ import annotations

import functools
import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tests.lived import CHINESE, ORDERS, Lived, shop_day
from tests.unit.staffing.reports import without_details
from ucc._native.engine import Engine
from ucc._native.simulate import Recorder
from ucc.domain.engine import (
    AskCallback,
    Command,
    Enqueue,
    HasSkill,
    NotSo,
    OneOfAgents,
    OpenShard,
    Relaxation,
    SetQueue,
    SetStatus,
)
from ucc.domain.errors import BadInput
from ucc.domain.simulation import (
    AgentChanged,
    AgentsAdded,
    Edits,
    PolicyReport,
    QueueChanged,
    SimulationReport,
    SimulationWrite,
)
from ucc.domain.states import AgentChoice, SimulationBasis
from ucc.staffing.asking import time_s
from ucc.staffing.days import Day, Window
from ucc.staffing.policies import Names
from ucc.staffing.recorded import Question, question_of
from ucc.staffing.report import table
from ucc.staffing.simulation import simulate

ROOT = Path(__file__).resolve().parents[3]
DAY_MS = 86_400_000
START_MS = 20_000 * DAY_MS
AGENTS = [101, 102, 103, 104, 105, 106]
QUEUES = (31, 32)
NAMES = Names(
    queues={31: "中文", 32: "Orders"},
    skills={CHINESE: "Chinese", ORDERS: "Orders"},
    agents={agent: f"Agent {agent}" for agent in AGENTS},
    teams=frozenset({"Day"}),
)
WINDOW = Window(date="2024-10-04", from_ms=START_MS, until_ms=START_MS + DAY_MS)


@functools.cache
def lived() -> Lived:
    day = shop_day(START_MS, AGENTS, QUEUES)
    day.live()
    return day


def recorded(day: Lived, window: Window = WINDOW) -> Day:
    recorder = Recorder(window.from_ms, window.until_ms)
    recorder.take([(row.at_ms, row.commands, row.facts) for row in day.rows])
    return msgspec.json.decode(recorder.day(), type=Day)


def question(day: Day, window: Window = WINDOW, **fields: object) -> Question:
    write = msgspec.convert({"date": window.date, **fields}, SimulationWrite)
    return question_of(write, window, day, NAMES, [])


def asked(**fields: object) -> SimulationReport:
    found = question(recorded(lived()), **fields)
    return simulate(found.plan, found.edited, has_rivals=bool(fields.get("has_rivals")), threads=2)


def policy(report: SimulationReport, name: str) -> PolicyReport:
    (found,) = [one for one in report.policies if one.policy == name]
    return found


def level(found: PolicyReport, type_name: str) -> float:
    (kind,) = [one for one in found.types if one.name == type_name]
    assert kind.in_all.service_level.of_arrived is not None
    return kind.in_all.service_level.of_arrived.mean


MORE_CHINESE = {
    "edits": {
        "added": [
            {"count": 2, "skills": {str(CHINESE): 5}, "from_time": "10:00", "until_time": "12:00"},
        ]
    }
}


# --- what the journal says --------------------------------------------------------------------------------


def test_a_day_is_read_from_its_journal() -> None:
    day = recorded(lived())
    contacts = [one for kind in day.kinds for one in kind.contacts]
    assert len(contacts) == lived().arrived
    assert {one.ending for one in contacts} == {"served", "left"}
    assert [kind.queue for kind in day.kinds] == list(QUEUES)
    assert [person.agent for person in day.agents] == AGENTS
    assert all(person.presence == [(9 * 3600, 17 * 3600)] for person in day.agents)
    served = [one for one in contacts if one.ending == "served"]
    assert all(one.service_s and one.wrap_up_s and 1 <= one.answer_s <= 4 for one in served)
    assert all(5 <= (one.wrap_up_s or 0) <= 30 for one in served)
    assert sum(one.service_s or 0 for one in served) / len(served) == pytest.approx(180, rel=0.1)
    assert all(9 * 3600 <= one.at_s <= 17 * 3600 for one in contacts)


def test_a_day_may_begin_in_the_middle_of_work() -> None:
    """Read from a snapshot at eleven, the rest of the day is the rest of the day."""
    whole, day = recorded(lived()), lived()
    cut = next(place for place, row in enumerate(day.rows) if row.at_ms >= START_MS + 11 * 3_600_000)

    engine = Engine()
    for row in day.rows[:cut]:
        engine.submit(row.at_ms, row.commands)
    window = Window(date=WINDOW.date, from_ms=day.rows[cut].at_ms, until_ms=WINDOW.until_ms)
    recorder = Recorder(window.from_ms, window.until_ms)
    recorder.restore(engine.snapshot())
    recorder.take([(row.at_ms, row.commands, row.facts) for row in day.rows[cut:]])
    rest = msgspec.json.decode(recorder.day(), type=Day)
    before_s = (window.from_ms - START_MS) / 1000
    late = [one for kind in whole.kinds for one in kind.contacts if one.at_s >= before_s]
    carried = [one for kind in rest.kinds for one in kind.contacts if one.at_s < 0]
    found = [one for kind in rest.kinds for one in kind.contacts if one.at_s >= 0]
    assert len(found) == len(late)
    assert carried
    assert all(one.at_s == -1 for one in carried)
    assert sum(one.ending == "served" for one in found) == sum(one.ending == "served" for one in late)
    assert all(person.presence[0][0] == -1 for person in rest.agents), "who is there comes before the day"
    report = simulate(question(rest, window).plan, threads=2)
    assert policy(report, "recorded").in_all.arrived.mean == len(late)
    assert policy(report, "ours").in_all.arrived.mean == len(late)


def test_a_full_queue_and_people_without_work_are_in_the_record() -> None:
    day = Lived(START_MS)
    day.add_queue(31, [(CHINESE, 1)], waiting_max=1)
    day.add_agent(101, [(CHINESE, 5)], 9, 10)
    day.live()
    for number in range(3):
        command: Command = Enqueue(interaction=number + 1, queue=31, medium="chat", arrived_ms=0, priority=2)
        commands = msgspec.msgpack.encode([command])
        facts = day.engine.submit(START_MS + 11 * 3_600_000, commands)
        day.rows.append(day.rows[0]._replace(at_ms=START_MS + 11 * 3_600_000, commands=commands, facts=facts))
    (kind,) = recorded(day).kinds
    assert sorted(one.ending for one in kind.contacts) == ["blocked", "blocked", "waiting"]
    assert {one.priority for one in kind.contacts} == {2}


def test_a_node_that_took_over_is_no_end_of_presence_but_of_sessions() -> None:
    """Consoles that reconnect are not routable meanwhile; the record says so."""
    day = Lived(START_MS)
    day.add_queue(31, [(CHINESE, 1)])
    day.add_agent(101, [(CHINESE, 5)], 9, 17)
    day.at(START_MS + 12 * 3_600_000, OpenShard(epoch=2))
    day.add_contacts(31, 10, 9, 17)
    day.live()
    (person,) = recorded(day).agents
    assert person.presence == [(9 * 3600, 12 * 3600)]


# --- played again -----------------------------------------------------------------------------------------


def test_the_day_played_again_is_much_like_the_day() -> None:
    report = asked()
    was, again = policy(report, "recorded"), policy(report, "ours")
    assert [one.policy for one in report.policies] == ["recorded", "ours"]
    assert was.in_all.arrived.half_width is None
    assert again.in_all.arrived.mean == was.in_all.arrived.mean
    for name in NAMES.queues.values():
        assert level(again, name) == pytest.approx(level(was, name), abs=0.06), name
    assert again.in_all.abandoned.mean == pytest.approx(was.in_all.abandoned.mean, rel=0.25)
    for one, other in zip(was.groups, again.groups, strict=True):
        assert one.occupancy
        assert other.occupancy
        assert other.occupancy.mean == pytest.approx(one.occupancy.mean, abs=0.12), one.name
        assert one.staffed.mean == pytest.approx(8 / 24, abs=0.01)


def test_two_more_speakers_from_ten_to_twelve() -> None:
    report = asked(**MORE_CHINESE)
    ours, edited = policy(report, "ours"), policy(report, "edited")
    assert level(edited, "中文") > level(ours, "中文") + 0.1
    assert level(edited, "Orders") == pytest.approx(level(ours, "Orders"), abs=1e-9)
    (gain,) = report.gains
    assert (gain.policy, gain.against) == ("edited", "ours")
    assert gain.service_level
    assert gain.service_level.half_width
    assert gain.service_level.mean > gain.service_level.half_width
    added = edited.groups[-1]
    assert added.name == "+2 Chinese 5 10:00–12:00"
    assert added.staffed.mean == pytest.approx(2 * 2 / 24, abs=0.02)
    assert added.periods[19] is None
    assert added.periods[20] is not None
    untouched = [one for one in range(18, 20) if ours.periods[one] == edited.periods[one]]
    assert untouched == [18, 19], "until ten nothing is different"


def test_people_may_be_away_or_learn() -> None:
    away = asked(edits={"agents": [{"agent_id": 101, "away_from_time": "10:00", "away_until_time": "12:00"}]})
    assert level(policy(away, "edited"), "中文") < level(policy(away, "ours"), "中文") - 0.05
    taught = asked(edits={"agents": [{"agent_id": 103, "skills": {str(CHINESE): 4, str(ORDERS): 6}}]})
    assert level(policy(taught, "edited"), "中文") > level(policy(taught, "ours"), "中文") + 0.05


def test_the_page_shows_what_this_day_gives() -> None:
    page = (ROOT / "docs/simulate.md").read_text(encoding="utf8")
    told = page.partition("`tests/unit/staffing/test_recorded.py` lives")[2].split("```")[1]
    found = question(recorded(lived()), **MORE_CHINESE)
    report = msgspec.structs.replace(simulate(found.plan, found.edited, threads=2), recording=found.recording)
    assert without_details(table(found.plan, report)) == told.strip()


def test_a_policy_may_be_different() -> None:
    closed = asked(edits={"queues": [{"queue_id": 31, "requirement": [{"skill_id": CHINESE, "level": 6}]}]})
    assert policy(closed, "edited").types[0].in_all.served.mean == 0
    turns = asked(edits={"queues": [{"queue_id": 32, "agent_choice": "round_robin"}]})
    occupied = [
        [group.occupancy.mean for group in policy(turns, name).groups[2:] if group.occupancy]
        for name in ("ours", "edited")
    ]
    spread = [max(found) - min(found) for found in occupied]
    assert spread[1] < spread[0] - 0.05, "in turn they share the work, most skilled first they do not"


def chinese(**policy: object) -> dict[str, object]:
    """Return the edits of the queue that waits long."""
    return {"edits": {"queues": [{"queue_id": 31, **policy}]}}


def waited_s(found: PolicyReport, place: int = 0) -> float:
    asa_s = found.types[place].in_all.asa_s
    assert asa_s is not None
    return asa_s.mean


def test_relaxation_shortens_the_wait() -> None:
    report = asked(**chinese(relaxation=[{"after_s": 20, "requirement": [{"skill_id": ORDERS, "level": 1}]}]))
    ours, edited = policy(report, "ours"), policy(report, "edited")
    assert waited_s(edited) < waited_s(ours) - 20
    assert edited.types[0].in_all.abandoned.mean < ours.types[0].in_all.abandoned.mean - 10
    assert waited_s(edited, 1) > waited_s(ours, 1) + 1, "those of orders have more to do"


def test_a_step_earlier_relaxes_earlier_and_none_takes_the_days_own_away() -> None:
    day = shop_day(START_MS, AGENTS, QUEUES)
    wide = Relaxation(after_ms=90_000, requirement=[(ORDERS, 1)])
    day.add_queue(31, [(CHINESE, 3)], relaxation=[wide])
    day.live()
    found = []
    for steps in ([{"after_s": 5, "requirement": [{"skill_id": ORDERS, "level": 1}]}], []):
        told = question(recorded(day), **chinese(relaxation=steps))
        report = simulate(told.plan, told.edited, threads=2)
        found.append((waited_s(policy(report, "ours")), waited_s(policy(report, "edited"))))
    assert found[0][1] < found[0][0] - 5
    assert found[1][1] > found[1][0] + 5


def test_overflow_by_time_or_length_relieves_a_queue() -> None:
    for overflow, sooner_s, later_s in (
        ({"queue_id": 32, "after_s": 30}, 20, 4),
        ({"queue_id": 32, "length": 0}, 1, 15),  # at once, into a line that is as long
    ):
        report = asked(**chinese(overflow=overflow))
        ours, edited = policy(report, "ours"), policy(report, "edited")
        assert waited_s(edited) < waited_s(ours) - sooner_s, overflow
        assert waited_s(edited, 1) > waited_s(ours, 1) + later_s, overflow
        assert edited.in_all.diverted.mean == 0


def test_an_exit_diverts_who_waits_too_long() -> None:
    report = asked(**chinese(overflow={"exit": "callback", "after_s": 40}))
    ours, edited = policy(report, "ours"), policy(report, "edited")
    assert ours.in_all.diverted.mean == 0
    assert edited.types[0].in_all.diverted.mean > 20
    assert edited.types[1].in_all.diverted.mean == 0
    assert waited_s(edited) < 40 + 4
    assert edited.types[0].in_all.abandoned.mean < ours.types[0].in_all.abandoned.mean - 10
    for one in (edited.in_all, *edited.periods):
        ends = (one.served, one.abandoned, one.diverted, one.blocked, one.unanswered)
        assert sum(end.mean for end in ends) == pytest.approx(one.arrived.mean)


def test_an_exit_by_length_diverts_at_once() -> None:
    report = asked(**chinese(overflow={"exit": "message", "length": 1}))
    edited = policy(report, "edited")
    assert edited.types[0].in_all.diverted.mean > 20
    assert edited.types[0].in_all.waiting.mean < policy(report, "ours").types[0].in_all.waiting.mean / 2


def test_a_condition_narrows_and_widens() -> None:
    only = asked(**chinese(condition={"type": "one_of_agents", "agent_ids": [101]}))
    assert level(policy(only, "edited"), "中文") < level(policy(only, "ours"), "中文") - 0.1
    either = {
        "type": "any_of",
        "of": [
            {"type": "has_skill", "skill_id": CHINESE, "level": 5},
            {
                "type": "all_of",
                "of": [
                    {"type": "has_skill", "skill_id": ORDERS, "level": 1},
                    {"type": "not_so", "of": {"type": "one_of_agents", "agent_ids": [103]}},
                ],
            },
        ],
    }
    wide = asked(**chinese(requirement=[], condition=either))
    assert level(policy(wide, "edited"), "中文") > level(policy(wide, "ours"), "中文") + 0.1


def test_a_condition_of_the_day_is_taken_away() -> None:
    day = shop_day(START_MS, AGENTS, QUEUES)
    day.add_queue(31, [(CHINESE, 3)], condition=OneOfAgents([101]))
    day.live()
    told = question(recorded(day), **chinese(condition=None))
    report = simulate(told.plan, told.edited, threads=2)
    assert level(policy(report, "edited"), "中文") > level(policy(report, "ours"), "中文") + 0.1
    kept = question(recorded(day), **chinese(reserve=0))
    assert kept.edited == kept.plan, "left out, it stays"


def test_who_left_by_an_exit_or_asked_to_be_called_is_in_the_record() -> None:
    day = Lived(START_MS)
    day.add_queue(31, [(CHINESE, 1)], overflow_exit="message", overflow_after_ms=60_000)
    day.add_agent(101, [(CHINESE, 5)], 9, 17)
    at_ms = START_MS + 10 * 3_600_000
    for number in range(3):
        day.at(at_ms, Enqueue(interaction=number + 1, queue=31, medium="chat", arrived_ms=at_ms))
    day.at(at_ms + 30_000, AskCallback(interaction=3, child=4, medium="chat"))
    day.live()
    (kind,) = recorded(day).kinds
    found = {one.ending: one for one in kind.contacts}
    assert sorted(one.ending for one in kind.contacts) == ["diverted", "served", "served"]
    assert found["diverted"].waited_s == 60
    assert sum(one.waited_s > 60 for one in kind.contacts) == 1, "the callback waited since the contact came"
    report = simulate(question(recorded(day)).plan)
    assert policy(report, "recorded").in_all.diverted.mean == 1
    assert policy(report, "ours").in_all.diverted.mean >= 1


def test_rivals_play_the_same_day() -> None:
    report = asked(has_rivals=True, replications=8)
    names = ["recorded", "ours", "polled_longest_queue", "round_robin", "five_minute_ticker"]
    assert [one.policy for one in report.policies] == names
    assert len({one.in_all.arrived.mean for one in report.policies}) == 1
    gains = {gain.against: gain for gain in report.gains}
    ticker = gains["five_minute_ticker"].service_level
    assert ticker
    assert ticker.mean > 0.3


def test_a_forecast_draws_as_many_contacts() -> None:
    day = recorded(lived())
    found = question(day, basis="forecast", volume=1.5, replications=40)
    report = simulate(found.plan, threads=2)
    (ours,) = report.policies
    assert ours.in_all.arrived.mean == pytest.approx(1.5 * lived().arrived, rel=0.05)
    assert ours.in_all.arrived.half_width
    write = SimulationWrite(date=WINDOW.date, basis=SimulationBasis.FORECAST, like=["2024-09-27"])
    quiet = Lived(START_MS)
    quiet.add_queue(31, [(CHINESE, 3)])
    quiet.live()
    mean = question_of(write, WINDOW, day, NAMES, [(WINDOW, recorded(quiet))])
    assert simulate(mean.plan).policies[0].in_all.arrived.mean == pytest.approx(lived().arrived / 2, rel=0.1)


def test_what_nobody_saw_is_told() -> None:
    day = recorded(lived())
    notes = question(day).recording
    assert notes
    contacts = [one for kind in day.kinds for one in kind.contacts]
    left = [one for one in contacts if one.ending == "left"]
    assert (notes.contacts, notes.agents) == (len(contacts), 6)
    assert (notes.patience_seen, notes.patience_censored) == (len(left), len(contacts) - len(left))
    assert notes.patience_mean_s == pytest.approx(sum(one.waited_s for one in contacts) / len(left))
    assert notes.patience_mean_s == pytest.approx(240, rel=0.35), "the patience that was lived"
    assert notes.service_drawn == len(left)


def test_opening_hours_of_the_day_hold() -> None:
    day = Lived(START_MS)
    day.add_queue(31, [(CHINESE, 1)], open=[(START_MS + 12 * 3_600_000, START_MS + 17 * 3_600_000)])
    day.add_agent(101, [(CHINESE, 5)], 9, 17)
    day.add_contacts(31, 12, 9, 16)
    day.live()
    report = simulate(question(recorded(day)).plan)
    for name in ("recorded", "ours"):
        found = policy(report, name)
        assert all(period.in_target.mean == 0 for period in found.periods[18:23]), name
        assert found.in_all.served.mean > 5, name


@pytest.mark.parametrize(
    ("date", "clock", "hours"),
    [
        ("2024-10-26", "10:00", 10),
        ("2024-10-27", "02:00", 2),  # shown twice: the first time
        ("2024-10-27", "10:00", 11),
        ("2024-10-27", "24:00", 25),
        ("2024-03-31", "10:00", 9),
        ("2024-03-31", "24:00", 23),
    ],
)
def test_hours_are_those_on_the_wall_when_clocks_are_changed(date: str, clock: str, hours: int) -> None:
    zone = "Europe/Berlin"
    begin = datetime.fromisoformat(date).replace(tzinfo=ZoneInfo(zone))
    from_ms = round(begin.timestamp() * 1000)
    window = Window(date=date, from_ms=from_ms, until_ms=from_ms + DAY_MS, time_zone=zone)
    clock_s = time_s(clock)
    assert clock_s is not None
    assert window.since_begin_s(clock_s) == hours * 3_600


# --- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"replications": 0}, "replications: found 0, allowed is a whole number from 1 to 1000"),
        ({"volume": 2}, "volume: found 2.0, allowed is nothing else for basis day"),
        ({"basis": "forecast", "volume": 11}, "volume: found 11.0, allowed is 0.1 to 10"),
        ({"seed": -1}, "seed: found -1"),
        ({"like": ["2024-10-03"]}, "like: found ['2024-10-03'], allowed is nothing else"),
        ({"edits": {"added": [{"count": 0}]}}, "edits.added[0].count: found 0"),
        (
            {"edits": {"added": [{"skills": {"9": 3}}]}},
            "edits.added[0].skills.9: found '9', allowed is the id",
        ),
        (
            {"edits": {"added": [{"skills": {"71": 11}}]}},
            "edits.added[0].skills.71: found 11, allowed is a whole number from 1 to 10",
        ),
        (
            {"edits": {"added": [{"from_time": "9"}]}},
            "edits.added[0].from_time: found '9', allowed is a time",
        ),
        (
            {"edits": {"added": [{"from_time": "12:00", "until_time": "12:00"}]}},
            "edits.added[0].until_time: found '12:00', allowed is later than 12:00",
        ),
        ({"edits": {"added": [{"until_time": "24:01"}]}}, "until_time: found '24:01', allowed is a time"),
        (
            {"edits": {"agents": [{"agent_id": 9}]}},
            "edits.agents[0].agent_id: found 9, allowed is the id of an agent",
        ),
        (
            {"edits": {"agents": [{"agent_id": 101, "away_from_time": "10:00"}]}},
            "edits.agents[0].away_until_time: found nothing, allowed is a time from 00:00 to 24:00, because",
        ),
        (
            {"edits": {"queues": [{"queue_id": 9}]}},
            "edits.queues[0].queue_id: found 9, allowed is the id of a queue",
        ),
        (
            {"edits": {"queues": [{"queue_id": 31, "requirement": [{"skill_id": 9, "level": 3}]}]}},
            "edits.queues[0].requirement[0].skill_id: found 9, allowed is the id of a skill, each once",
        ),
        (
            {"edits": {"queues": [{"queue_id": 31, "requirement": [{"skill_id": 71, "level": 0}]}]}},
            "edits.queues[0].requirement[0].level: found 0, allowed is a whole number from 1 to 10",
        ),
        (
            {"edits": {"queues": [{"queue_id": 31, "reserve": -1}]}},
            "edits.queues[0].reserve: found -1, allowed is a whole number from 0 to 1000",
        ),
        (
            {"edits": {"queues": [{"queue_id": 31, "share_per_hour": 0}]}},
            "edits.queues[0].share_per_hour: found 0, allowed is a whole number from 1 to 1000000",
        ),
        (
            {"edits": {"queues": [{"queue_id": 31, "order_by": "share"}]}},
            "edits.queues[0].share_per_hour: found 0, allowed is 1 to 1000000 for the order by share",
        ),
        (
            chinese(relaxation=[{"after_s": 30}, {"after_s": 30}]),
            "edits.queues[0].relaxation[1].after_s: found 30, allowed is a whole number from 31 to 86400",
        ),
        (
            chinese(relaxation=[{"after_s": 30, "lower_by": 10}]),
            "edits.queues[0].relaxation[0].lower_by: found 10, allowed is a whole number from 0 to 9",
        ),
        (
            chinese(relaxation=[{"after_s": at + 1} for at in range(17)]),
            "edits.queues[0].relaxation: found '17 steps', allowed is at most 16",
        ),
        (
            chinese(relaxation=[{"after_s": 30, "requirement": [{"skill_id": 71, "level": 11}]}]),
            "edits.queues[0].relaxation[0].requirement[0].level: found 11, "
            "allowed is a whole number from 1 to 10",
        ),
        (
            chinese(relaxation=[{"after_s": 30, "condition": {"type": "any_of", "of": []}}]),
            "edits.queues[0].relaxation[0].condition.of: found '0 entries', allowed is",
        ),
        (
            chinese(condition={"type": "has_skill", "skill_id": 71, "level": 0}),
            "edits.queues[0].condition.level: found 0, allowed is a whole number from 1 to 10",
        ),
        (
            chinese(condition={"type": "not_so", "of": {"type": "has_skill", "skill_id": 9, "level": 3}}),
            "edits.queues[0].condition.of.skill_id: found 9, allowed is the id of a skill",
        ),
        (
            chinese(condition={"type": "one_of_agents", "agent_ids": [101, 9]}),
            "edits.queues[0].condition.agent_ids[1]: found 9, allowed is the id of an agent",
        ),
        (
            chinese(condition={"type": "one_of_teams", "teams": ["Night"]}),
            "edits.queues[0].condition.teams[0]: found 'Night', allowed is one of Day",
        ),
        (
            chinese(
                requirement=[{"skill_id": 71, "level": 6}],
                condition={"type": "not_so", "of": {"type": "has_skill", "skill_id": 71, "level": 5}},
            ),
            "edits.queues[0].condition: found 'a condition that contradicts itself', "
            "allowed is one that somebody can meet",
        ),
        (
            # The day's own requirement is Chinese 3.
            chinese(condition={"type": "not_so", "of": {"type": "has_skill", "skill_id": 71, "level": 2}}),
            "edits.queues[0].condition: found 'a condition that contradicts itself'",
        ),
        (
            chinese(overflow={"after_s": 30}),
            "edits.queues[0].overflow.queue_id: found None, allowed is a queue to overflow to, or an exit",
        ),
        (
            chinese(overflow={"queue_id": 32, "after_s": 4}),
            "edits.queues[0].overflow.after_s: found 4, allowed is a whole number from 5 to 86400",
        ),
        (
            chinese(overflow={"queue_id": 32, "length": -1}),
            "edits.queues[0].overflow.length: found -1, allowed is a whole number from 0 to 100000",
        ),
        (
            chinese(overflow={"queue_id": 31, "after_s": 30}),
            "edits.queues[0].overflow.queue_id: found 31, allowed is the id of another queue",
        ),
        (
            {
                "edits": {
                    "queues": [
                        {"queue_id": 31, "overflow": {"queue_id": 32}},
                        {"queue_id": 32, "overflow": {"queue_id": 31}},
                    ]
                }
            },
            "edits.queues[0].overflow.queue_id: found '中文 → Orders → 中文', allowed is a chain that ends",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused(fields: dict[str, object], told: str) -> None:
    with pytest.raises(BadInput) as refused:
        question(recorded(lived()), **fields)
    assert told in str(refused.value)


def test_overflow_in_a_circle_with_the_days_own_is_refused() -> None:
    day = shop_day(START_MS, AGENTS, QUEUES)
    day.add_queue(32, [(ORDERS, 1)], overflow_queue=31, overflow_after_ms=60_000)
    day.live()
    told = "edits.queues[0].overflow.queue_id: found '中文 → Orders → 中文', allowed is a chain that ends"
    with pytest.raises(BadInput, match=re.escape(told)):
        question(recorded(day), **chinese(overflow={"queue_id": 32, "after_s": 30}))


def test_whom_the_day_did_not_have_is_refused() -> None:
    day = Lived(START_MS)
    day.add_queue(31, [(CHINESE, 1)])
    day.add_agent(101, [(CHINESE, 5)], 9, 17)
    day.add_contacts(31, 12, 9, 16)
    day.live()
    for fields, told in (
        (
            {"agents": [{"agent_id": 102}]},
            "edits.agents[0].agent_id: found 102, allowed is an agent who took",
        ),
        ({"queues": [{"queue_id": 32}]}, "edits.queues[0].queue_id: found 32, allowed is a queue of 2024-10"),
        (
            {"queues": [{"queue_id": 31, "overflow": {"queue_id": 32}}]},
            "edits.queues[0].overflow.queue_id: found 32, allowed is a queue of 2024-10",
        ),
    ):
        with pytest.raises(BadInput, match=re.escape(told)):
            question(recorded(day), edits=fields)


def test_a_requirement_that_contradicts_the_days_condition_is_refused() -> None:
    day = Lived(START_MS)
    day.add_queue(31, [], condition=NotSo(HasSkill(CHINESE, 5)))
    day.add_agent(101, [(CHINESE, 4)], 9, 17)
    day.add_contacts(31, 12, 9, 16)
    day.live()
    with pytest.raises(BadInput) as refused:
        question(recorded(day), **chinese(requirement=[{"skill_id": CHINESE, "level": 6}]))
    assert str(refused.value) == (
        "edits.queues[0].condition: found 'a condition that contradicts itself', "
        "allowed is one that somebody can meet"
    )


def test_a_day_without_work_or_people_is_refused() -> None:
    nobody = Lived(START_MS)
    nobody.add_queue(31, [])
    nobody.add_contacts(31, 5, 9, 10)
    nobody.live()
    nothing = Lived(START_MS)
    nothing.add_agent(101, [], 9, 17)
    nothing.live()
    for day in (nobody, nothing):
        with pytest.raises(BadInput, match=r"date: found .*, allowed is a day on which contacts came"):
            question(recorded(day))


def test_too_many_replications_of_a_day_are_refused() -> None:
    with pytest.raises(
        BadInput, match=r"replications: found 1000, allowed is at most \d+: \d+ contacts a day"
    ):
        question(recorded(lived()), replications=1000, has_rivals=True, **MORE_CHINESE)


def test_edits_are_equal_to_none_only_if_there_are_none() -> None:
    assert question(recorded(lived())).edited is None
    edits = Edits(
        agents=[AgentChanged(agent_id=101)], added=[AgentsAdded()], queues=[QueueChanged(queue_id=31)]
    )
    assert AgentChoice.LONGEST_IDLE == "longest_idle"
    write = SimulationWrite(date=WINDOW.date, edits=edits)
    assert question_of(write, WINDOW, recorded(lived()), NAMES, []).edited is not None


def test_policies_of_the_next_day_are_none_of_the_day() -> None:
    day = shop_day(START_MS, AGENTS, QUEUES)
    day.at(START_MS + DAY_MS + 1, SetQueue(queue=31, requirement=[(CHINESE, 9)], open=[(0, 2**50)]))
    day.at(START_MS + DAY_MS + 1, SetStatus(agent=101, status="on_queue"))
    day.live()
    found = recorded(day)
    config = msgspec.msgpack.decode(bytes.fromhex(found.queues[0].config), type=SetQueue)
    assert config.requirement == [(CHINESE, 3)]
    assert found.agents[0].presence == [(9 * 3600, 17 * 3600)]
