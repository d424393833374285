"""A day nobody recorded: as many contacts as somebody assumes, for queues and agents as they are set up."""

from __future__ import annotations

import re

import msgspec
import pytest
from msgspec.structs import replace

from ucc.domain.engine import SetAgent, SetQueue
from ucc.domain.errors import BadInput
from ucc.domain.simulation import Assumed, Estimate, PolicyReport, SimulationReport, SimulationWrite
from ucc.staffing.assumed import arrivals_per_hour, assumed_day
from ucc.staffing.days import Window
from ucc.staffing.policies import Names
from ucc.staffing.recorded import Question, question_of
from ucc.staffing.simulation import simulate

DAY_MS = 86_400_000
START_MS = 20_000 * DAY_MS
WINDOW = Window(date="2024-10-04", from_ms=START_MS, until_ms=START_MS + DAY_MS)
ENGLISH = 7
AGENTS = [101, 102, 103]
QUEUES = [
    SetQueue(queue=31, requirement=[(ENGLISH, 3)], answer_target_ms=20_000, open=[(0, 1)]),
    SetQueue(queue=32, requirement=[], answer_target_ms=20_000),
]
NAMES = Names(
    queues={31: "English", 32: "All"}, skills={ENGLISH: "English"}, agents={one: f"A{one}" for one in AGENTS}
)


CAPACITY = [("chat", 1)]


def question(
    queues: list[SetQueue], agents: list[int], capacity: list[tuple[str, int]] = CAPACITY, **fields: object
) -> Question:
    assumed = msgspec.convert(fields.pop("assumed", {}), Assumed)
    told = [SetAgent(agent=one, skills=[(ENGLISH, 5)], capacity=capacity) for one in agents]
    write = msgspec.convert(
        {"date": WINDOW.date, "basis": "assumed", "assumed": msgspec.to_builtins(assumed), **fields},
        SimulationWrite,
    )
    return question_of(write, WINDOW, assumed_day(assumed, queues, told), NAMES, [])


def asked(**fields: object) -> SimulationReport:
    found = question(QUEUES, AGENTS, **fields)
    assert found.recording is None
    return simulate(found.plan, found.edited, has_rivals=False, threads=2)


def policy(report: SimulationReport, name: str) -> PolicyReport:
    (found,) = [one for one in report.policies if one.policy == name]
    return found


def test_as_many_come_as_are_assumed_while_agents_are_there() -> None:
    report = asked(assumed={"contacts_per_hour": 30, "from_time": "10:00", "until_time": "14:00"})
    assert [one.policy for one in report.policies] == ["ours"]
    ours = policy(report, "ours")
    assert ours.in_all.arrived.mean == pytest.approx(30 * 4, rel=0.1)
    assert {one.name for one in ours.types} == {"English", "All"}
    came = [at for at, period in enumerate(ours.periods) if period.arrived.mean]
    assert (came[0], came[-1]) == (20, 27)
    # The calendar of the first queue, which ended in 1970, does not keep them out.
    assert all(one.in_all.served.mean > 0.7 * one.in_all.arrived.mean for one in ours.types)


def test_more_people_take_waiting_away() -> None:
    more = {"edits": {"added": [{"count": 4, "skills": {str(ENGLISH): 5}}]}}
    report = asked(assumed={"contacts_per_hour": 60}, **more)
    (gain,) = report.gains
    assert (gain.policy, gain.against) == ("edited", "ours")
    assert gain.service_level is not None
    assert gain.service_level.mean - (gain.service_level.half_width or 0) > 0.05


def test_rivals_have_no_more_room_for_chats_than_we_have() -> None:
    def shares(capacity: list[tuple[str, int]], at_once: int) -> list[Estimate]:
        plan = question(QUEUES, AGENTS, capacity, assumed={"contacts_per_hour": 60}).plan
        # What a group can have in hand at once, whatever it is, is what occupancy is measured by, no more.
        plan = replace(plan, groups=[replace(group, capacity=at_once) for group in plan.groups])
        report = simulate(plan, None, has_rivals=True, threads=2)
        return [one.in_all.service_level.of_arrived for one in report.policies]

    chats = shares(CAPACITY, 1)
    assert shares([*CAPACITY, ("email", 4)], 4) == chats
    assert shares([("chat", 4)], 4) != chats
    groups = question(QUEUES, AGENTS, [*CAPACITY, ("email", 4)]).plan.groups
    assert [group.capacity for group in groups] == [1, 1, 1]  # of the media of the day


def test_a_half_hour_counts_for_as_much_of_it_as_agents_are_there() -> None:
    rates = arrivals_per_hour(Assumed(contacts_per_hour=40, from_time="09:15", until_time="10:00"), 48, 2)
    assert (rates[17], rates[18], rates[19], rates[20]) == (0, 10, 20, 0)
    assert sum(rates) == 30


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"assumed": {"contacts_per_hour": 0}}, "assumed.contacts_per_hour: found 0, allowed is a whole"),
        ({"assumed": {"service_s": 0}}, "assumed.service_s: found 0, allowed is a whole number from 1"),
        ({"assumed": {"patience_s": 90_000}}, "assumed.patience_s: found 90000, allowed is a whole"),
        ({"assumed": {"from_time": "9"}}, "assumed.from_time: found '9', allowed is a time"),
        ({"assumed": {"until_time": "08:00"}}, "assumed.until_time: found '08:00', allowed is later than"),
        ({"volume": 2.0}, "volume: found 2.0, allowed is nothing else for basis assumed"),
        ({"basis": "day"}, "assumed: found Assumed("),
    ],
)
def test_what_cannot_be_assumed_is_told_by_its_path(fields: dict[str, object], told: str) -> None:
    with pytest.raises(BadInput, match=re.escape(told)):
        question(QUEUES, AGENTS, **fields)


def test_all_that_is_wrong_is_told_at_once_and_by_its_path() -> None:
    steps = [{"after_s": 0, "lower_by": 12}, {"after_s": 30}, {"after_s": 20}]
    queue = {
        "queue_id": 31,
        "reserve": 5_000,
        "relaxation": steps,
        "overflow": {"after_s": 1, "exit": "message"},
    }
    edits = {"added": [{"count": 0}, {"from_time": "11:00", "until_time": "10:00"}], "queues": [queue]}
    with pytest.raises(BadInput) as refused:
        question(QUEUES, AGENTS, assumed={"service_s": 0, "patience_s": 0}, edits=edits)
    told = refused.value.found["faults"]
    assert isinstance(told, list)
    assert [one.field for one in told] == [
        "assumed.service_s",
        "assumed.patience_s",
        "edits.added[0].count",
        "edits.added[1].until_time",
        "edits.queues[0].reserve",
        "edits.queues[0].relaxation[0].after_s",
        "edits.queues[0].relaxation[0].lower_by",
        "edits.queues[0].relaxation[2].after_s",
        "edits.queues[0].overflow.after_s",
    ]
    assert refused.value.found["field"] == "assumed.service_s"
    assert told[7].detail.endswith(
        "relaxation[2].after_s: found 20, allowed is a whole number from 31 to 86400"
    )
    assert all(one.detail in refused.value.detail for one in told)


def test_every_id_that_is_unknown_is_told_at_once() -> None:
    ann = {"agent_id": 9, "away_from_time": "10:00", "away_until_time": "11:00"}
    queue = {"queue_id": 31, "requirement": [{"skill_id": 8, "level": 3}], "overflow": {"queue_id": 31}}
    edits = {"added": [{"skills": {"8": 3}}], "agents": [ann], "queues": [queue]}
    with pytest.raises(BadInput) as refused:
        question(QUEUES, AGENTS, edits=edits)
    told = refused.value.found["faults"]
    assert isinstance(told, list)
    assert [one.field for one in told] == [
        "edits.agents[0].agent_id",
        "edits.added[0].skills.8",
        "edits.queues[0].requirement[0].skill_id",
        "edits.queues[0].overflow.queue_id",
    ]


def test_without_agents_or_queues_nothing_can_be_assumed() -> None:
    for queues, agents, found in ((QUEUES, [], "2 queues and 0 agents"), ([], AGENTS, "0 queues and 3")):
        with pytest.raises(BadInput, match=f"basis: found '{found}.*once there are a queue and an agent"):
            question(queues, agents)
