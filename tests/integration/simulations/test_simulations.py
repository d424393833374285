"""Simulations over the API: a tenant's recorded day, in the background of a node."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import threading
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conversations.conftest import Node, eventually
from tests.integration.simulations.conftest import DEADLINE_S, Recorded
from tests.lived import CHINESE, ORDERS
from ucc.domain.people import (
    AgentsCondition,
    AllCondition,
    NotCondition,
    RelaxationStep,
    Requirement,
    SkillCondition,
)
from ucc.domain.simulation import OverflowChanged, QueueChanged, SimulationWrite
from ucc.domain.states import OverflowExit, Role
from ucc.kit.clock import now_ms
from ucc.planning.edits import edits_of
from ucc.simulations import service
from ucc.simulations.service import LOST_MS, OPEN_MAX
from ucc.staffing.simulation import Run

ROOT = Path(__file__).resolve().parents[3]
MORE = {"added": [{"count": 2, "skills": {str(CHINESE): 5}, "from_time": "10:00", "until_time": "12:00"}]}


async def test_a_supervisor_asks_for_two_more_speakers(recorded: Recorded) -> None:
    http = await recorded.node.http(await recorded.person())
    days = (await http.get("/simulations/days")).json()["items"]
    assert days == [{"date": recorded.date, "contacts": recorded.day.arrived, "is_whole": True}]
    asked = await http.post("/simulations", json={"date": recorded.date, "edits": MORE, "has_rivals": True})
    assert asked.status_code == 202, asked.text
    assert asked.json()["state"] in ("queued", "running")
    assert asked.json()["created_by"] == "Sue"
    done = await recorded.until_over(http, asked.json()["id"])
    assert done["state"] == "done", done
    assert done["progress"] == 1
    report = done["report"]
    policies = {one["policy"]: one for one in report["policies"]}
    assert list(policies)[:3] == ["recorded", "ours", "edited"]
    assert policies["recorded"]["in_all"]["arrived"] == {"mean": recorded.day.arrived, "half_width": None}
    assert [one["name"] for one in policies["ours"]["types"]] == ["中文", "Orders"]
    assert policies["edited"]["groups"][-1]["name"] == "+2 Chinese 5 10:00–12:00"
    edited = report["gains"][0]
    assert (edited["policy"], edited["against"]) == ("edited", "ours")
    assert edited["service_level"]["mean"] > edited["service_level"]["half_width"] > 0
    assert report["recording"]["patience_censored"] > 0
    assert report["recording"]["date"] == recorded.date
    listed = (await http.get("/simulations")).json()["items"]
    assert [one["id"] for one in listed] == [done["id"]]
    assert listed[0]["report"] is None
    assert listed[0]["write"]["edits"]["added"] == done["write"]["edits"]["added"]


async def test_a_day_nobody_recorded_is_assumed_of_the_queues_and_agents_there_are(
    recorded: Recorded,
) -> None:
    http = await recorded.node.http(await recorded.person())
    assumed = {"contacts_per_hour": 40, "from_time": "09:00", "until_time": "11:00"}
    question = {"date": "2031-02-03", "basis": "assumed", "assumed": assumed, "replications": 5}
    asked = (await http.post("/simulations", json=question)).json()
    done = await recorded.until_over(http, asked["id"])
    assert done["error"] is None
    assert done["write"]["assumed"]["contacts_per_hour"] == 40
    (ours,) = done["report"]["policies"]
    assert {one["name"] for one in ours["types"]} == {"中文", "Orders"}
    # The supervisor who asks takes no work.
    assert sorted(one["name"] for one in ours["groups"]) == ["Ann", "Ben", "Chen", "Dan", "Eve", "Fay"]
    assert ours["in_all"]["arrived"]["mean"] == pytest.approx(80, rel=0.3)
    assert done["report"]["recording"] is None


async def test_the_same_question_gives_the_same_answer_on_every_node(
    recorded: Recorded, second: Node
) -> None:
    person = await recorded.person()
    here, there = await recorded.node.http(person), await second.http(person)
    reports = []
    for http, other in ((here, there), (there, here)):
        asked = (await http.post("/simulations", json={"date": recorded.date, "replications": 4})).json()
        reports.append((await recorded.until_over(other, asked["id"]))["report"])
    assert reports[0] == reports[1]


async def test_only_who_reads_reports_may_ask(recorded: Recorded) -> None:
    http = await recorded.node.http(await recorded.person(Role.AGENT))
    for answer in (
        await http.get("/simulations/days"),
        await http.get("/simulations"),
        await http.post("/simulations", json={"date": recorded.date}),
        await http.delete("/simulations/1"),
    ):
        assert answer.status_code == 403, answer.text


@pytest.mark.parametrize(
    ("write", "field", "told"),
    [
        ({"date": "yesterday"}, "date", "found 'yesterday', allowed is a day like 2026-11-27"),
        ({"date": "2020-01-01"}, "date", "allowed is a day the journal holds: "),
        ({"date": "2999-01-01"}, "date", "allowed is a day the journal holds: "),
        ({"replications": 5_000}, "replications", "found 5000, allowed is a whole number from 1 to 1000"),
        (
            {"edits": {"queues": [{"queue_id": 5}]}},
            "edits.queues[0].queue_id",
            "found 5, allowed is the id of a queue",
        ),
        (
            {"edits": {"added": [{"skills": {"5": 3}}]}},
            "edits.added[0].skills.5",
            "found '5', allowed is the id of a skill",
        ),
        (
            {"edits": {"added": [{"skills": {str(CHINESE): 11}}]}},
            f"edits.added[0].skills.{CHINESE}",
            "found 11, allowed is a whole number from 1 to 10",
        ),
        (
            {"edits": {"added": [{"from_time": "25:00"}]}},
            "edits.added[0].from_time",
            "found '25:00', allowed is a time from 00:00 to 24:00",
        ),
        (
            {"edits": {"added": [{"count": -5}]}},
            "edits.added[0].count",
            "found -5, allowed is a whole number from 1 to 500",
        ),
        ({"basis": "assumed"}, "assumed", "found None, allowed is figures for basis assumed"),
        (
            {"basis": "assumed", "assumed": {"service_s": 0}},
            "assumed.service_s",
            "found 0, allowed is a whole number from 1 to 86400",
        ),
        ({"basis": "assumed", "date": "soon", "assumed": {}}, "date", "found 'soon', allowed is a day like"),
        ({"basis": "forecast", "like": ["2020-01-01"]}, "like[0]", "allowed is a day the journal holds"),
        (
            {"edits": {"queues": [{"queue_id": 0, "relaxation": [{"after_s": 0}]}]}},
            "edits.queues[0].relaxation[0].after_s",
            "found 0, allowed is a whole number from 1 to 86400",
        ),
        (
            {"edits": {"queues": [{"queue_id": 0, "overflow": {"exit": "fax"}}]}},
            "edits.queues[0].overflow.exit",
            "fax",
        ),
    ],
)
async def test_what_cannot_be_answered_is_refused_at_once(
    recorded: Recorded, write: dict[str, Any], field: str, told: str
) -> None:
    http = await recorded.node.http(await recorded.person())
    answer = await http.post("/simulations", json={"date": recorded.date} | write)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["found"]["field"] == field
    assert told in answer.json()["detail"]


async def test_what_only_the_day_can_tell_is_told_with_its_field(recorded: Recorded) -> None:
    http = await recorded.node.http(await recorded.person())
    idle = (await recorded.person(Role.AGENT)).user_id
    edits = {"agents": [{"agent_id": idle, "away_from_time": "10:00", "away_until_time": "11:00"}]}
    asked = (await http.post("/simulations", json={"date": recorded.date, "edits": edits})).json()
    failed = await recorded.until_over(http, asked["id"])
    assert failed["state"] == "failed"
    assert f"edits.agents[0].agent_id: found {idle}, allowed is an agent who took work on" in failed["error"]
    assert failed["report"] is None


async def _now(value: Any) -> Any:
    return value


class Held:
    """Lets no run go on before it is told, and notes who was cancelled."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go = threading.Event()
        self.begun: list[Run] = []
        self.ended: list[bool] = []
        work, cancel = Run.work, Run.cancel

        def held_work(run: Run, threads: int) -> Any:
            self.begun.append(run)
            self.go.wait(DEADLINE_S)
            report = work(run, threads)
            self.ended.append(report is None)
            return report

        def told_cancel(run: Run) -> None:
            cancel(run)
            self.go.set()

        monkeypatch.setattr(Run, "work", held_work)
        monkeypatch.setattr(Run, "cancel", told_cancel)

    async def until_begun(self, count: int) -> None:
        await eventually(lambda: _now(len(self.begun) >= count), DEADLINE_S)

    async def until_ended(self) -> None:
        await eventually(lambda: _now(self.ended), DEADLINE_S)


async def test_one_that_runs_is_taken_away(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(monkeypatch)
    http = await recorded.node.http(await recorded.person())
    asked = (await http.post("/simulations", json={"date": recorded.date, "replications": 500})).json()
    await held.until_begun(1)
    assert (await http.delete(f"/simulations/{asked['id']}")).status_code == 204
    await held.until_ended()
    assert held.ended == [True], "it gave no report"
    assert (await http.get(f"/simulations/{asked['id']}")).status_code == 404
    assert (await http.delete(f"/simulations/{asked['id']}")).status_code == 404


async def test_another_node_takes_it_away(
    recorded: Recorded, second: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch)
    monkeypatch.setattr(service, "BEAT_MS", 50)
    person = await recorded.person()
    here, there = await recorded.node.http(person), await second.http(person)
    asked = (await here.post("/simulations", json={"date": recorded.date, "replications": 500})).json()
    await held.until_begun(1)
    assert (await there.delete(f"/simulations/{asked['id']}")).status_code == 204
    await held.until_ended()
    assert held.ended == [True]


async def test_questions_wait_for_their_turn_and_are_few(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch)
    monkeypatch.setattr(service, "BEAT_MS", 50)
    http = await recorded.node.http(await recorded.person())
    write = {"date": recorded.date, "replications": 2}
    asked = [(await http.post("/simulations", json=write)).json()["id"] for _ in range(OPEN_MAX)]
    await held.until_begun(1)
    more = await http.post("/simulations", json=write)
    assert more.status_code == 429, more.text
    assert f"{OPEN_MAX} simulations are not done, allowed are {OPEN_MAX}" in more.json()["detail"]
    states = [(await http.get(f"/simulations/{one}")).json()["state"] for one in asked]
    assert states.count("queued") >= OPEN_MAX - 1
    assert len(held.begun) == 1, "one at a time"
    held.go.set()
    for one in asked:
        over = await recorded.until_over(http, one)
        assert (over["state"], over["error"]) == ("done", None)
    assert (await http.post("/simulations", json=write)).status_code == 202


async def test_a_question_whose_node_is_gone_is_failed(recorded: Recorded) -> None:
    person = await recorded.person()
    http = await recorded.node.http(person)
    simulations = recorded.node.rooms.simulations
    asked = await simulations.add(person, SimulationWrite(date=recorded.date, replications=1))
    await recorded.until_over(http, asked.id)
    async with recorded.node.rooms.database.node(recorded.tenant_id) as conn:
        await conn.execute(
            "UPDATE simulation SET state = 'running', report = NULL, seen_at_ms = $1", now_ms() - LOST_MS - 1
        )
    found = (await http.get(f"/simulations/{asked.id}")).json()
    assert found["state"] == "failed"
    assert "the node that was at work on it is gone" in found["error"]
    assert await simulations.list_days(person)


async def test_the_day_of_a_tenant_is_none_of_another(recorded: Recorded) -> None:
    other = await Recorded.make(recorded.node)
    http = await recorded.node.http(await recorded.person())
    asked = (await http.post("/simulations", json={"date": recorded.date, "replications": 1})).json()
    await recorded.until_over(http, asked["id"])
    stranger = await recorded.node.http(await other.person())
    assert (await stranger.get(f"/simulations/{asked['id']}")).status_code == 404
    assert (await stranger.delete(f"/simulations/{asked['id']}")).status_code == 404
    assert (await stranger.get("/simulations")).json()["items"] == []


# --- ucc simulate --day -----------------------------------------------------------------------------------


@pytest.fixture
def command_line(
    recorded: Recorded, nats_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """The command for the tenant's day, its settings in the environment."""
    settings = recorded.node.rooms.settings
    monkeypatch.setenv("UCC_DATABASE_URL", str(settings.database_url))
    monkeypatch.setenv("UCC_NATS_URL", nats_url)
    monkeypatch.setenv("UCC_DATA_DIR", str(tmp_path))
    return ["simulate", "--day", recorded.date, "--tenant", f"t-{recorded.tenant_id}", "--replications", "4"]


async def command(arguments: list[str]) -> tuple[int | None, str, str]:
    """Run `ucc` as a shell does; return its code and what it said on stdout and stderr."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ucc", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_the_command_plays_a_recorded_day(command_line: list[str], tmp_path: Path) -> None:
    edits = tmp_path / "edits.toml"
    edits.write_text(
        '[[added]]\ncount = 2\nskills = { Chinese = 5 }\nfrom = "10:00"\nuntil = "12:00"\n'
        '[[agents]]\nname = "Fay"\naway_from = "13:00"\naway_until = "14:00"\n'
        '[[queues]]\nname = "Orders"\nagent_choice = "longest_idle"\n',
        encoding="utf8",
    )
    code, out, err = await command([*command_line, "--edited", str(edits), "--json"])
    assert code == 0, err
    report = json.loads(out)
    assert [one["policy"] for one in report["policies"]] == ["recorded", "ours", "edited"]
    assert report["recording"]["agents"] == 6
    code, told, err = await command([*command_line, "--edited", str(edits)])
    assert code == 0, err
    assert "edited against ours, on the same contacts:" in told
    assert "patience: " in told
    assert "were censored" in told


async def test_the_edits_of_the_page_are_edits(command_line: list[str], tmp_path: Path) -> None:
    page = (ROOT / "docs/simulate.md").read_text(encoding="utf8")
    for name in ("more.toml", "policy.toml"):
        (text,) = re.findall(rf"```toml\n(# {name}.*?)```", page, re.S)
        (tmp_path / name).write_text(text, encoding="utf8")
        code, out, err = await command([*command_line, "--edited", str(tmp_path / name), "--json"])
        assert code == 0, err
        edited = json.loads(out)["policies"][2]
        assert edited["policy"] == "edited"
        assert (edited["in_all"]["diverted"]["mean"] > 0) is (name == "policy.toml")


async def test_the_words_of_a_file_are_those_of_the_api(recorded: Recorded) -> None:
    names = await recorded.node.rooms.simulations.days.names(recorded.tenant_id)
    text = """
        [[queues]]
        name = "中文"
        relaxation = [
          { after_s = 30, lower_by = 2, requirement = { Orders = 1 }, condition = {} },
          { after_s = 60 },
        ]
        condition.all_of = [{ not_so.one_of_agents = ["Fay"] }, { has_skill = "Chinese", level = 2 }]
        overflow = { queue = "Orders", after_s = 90, length = 7, exit = "message" }
        [[queues]]
        name = "Orders"
        condition = {}
        relaxation = []
        overflow = {}
    """
    first, second = edits_of(tomllib.loads(text), names).queues
    (chinese, orders), fay = recorded.queues, recorded.agents[5]
    assert first == QueueChanged(
        queue_id=chinese,
        condition=AllCondition(
            of=[
                NotCondition(of=AgentsCondition(agent_ids=[fay])),
                SkillCondition(skill_id=CHINESE, level=2),
            ]
        ),
        relaxation=[
            RelaxationStep(after_s=30, lower_by=2, requirement=[Requirement(skill_id=ORDERS, level=1)]),
            RelaxationStep(after_s=60),
        ],
        overflow=OverflowChanged(queue_id=orders, after_s=90, length=7, exit=OverflowExit.MESSAGE),
    )
    assert second == QueueChanged(queue_id=orders, condition=None, relaxation=[], overflow=OverflowChanged())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '[[queues]]\nname = "Orders"\nrelaxation = [{ after_s = "soon" }]\n',
            "queues[0].relaxation[0].after_s: found 'soon', allowed is a whole number from 1 to 86400",
        ),
        (
            '[[queues]]\nname = "Orders"\nrelaxation = [{ after_s = 30 }, { after_s = 20 }]\n',
            "edits.queues[0].relaxation[1].after_s: found 20, allowed is a whole number from 31 to 86400",
        ),
        (
            '[[queues]]\nname = "Orders"\noverflow = { queue = "Nowhere" }\n',
            "queues[0].overflow.queue: found 'Nowhere', allowed is one of Orders, 中文",
        ),
        (
            '[[queues]]\nname = "Orders"\noverflow = { exit = "fax", after_s = 30 }\n',
            "queues[0].overflow.exit: found 'fax', allowed is one of callback, voicemail, message",
        ),
        (
            '[[queues]]\nname = "Orders"\noverflow = { queue = "中文", after_s = 30 }\n'
            '[[queues]]\nname = "中文"\noverflow = { queue = "Orders", after_s = 30 }\n',
            "edits.queues[0].overflow.queue_id: found 'Orders → 中文 → Orders', allowed is a chain that ends",
        ),
        (
            '[[queues]]\nname = "Orders"\ncondition = { any_of = [{ has_skil = "Chinese", level = 3 }] }\n',
            "queues[0].condition.any_of[0]: found {'has_skil': 'Chinese', 'level': 3}, allowed is a table",
        ),
        (
            '[[queues]]\nname = "Orders"\ncondition = { has_skill = "Chinese" }\n',
            "queues[0].condition.level: found None, allowed is a whole number from 1 to 10",
        ),
        (
            '[[queues]]\nname = "Orders"\ncondition = { one_of_agents = ["Zoe"] }\n',
            "queues[0].condition.one_of_agents[0]: found 'Zoe', allowed is one of Ann, Ben",
        ),
        (
            '[[queues]]\nname = "Orders"\ncondition = { one_of_teams = ["Night"] }\n',
            "edits.queues[0].condition.teams[0]: found 'Night', allowed is one of none",
        ),
        (
            "[[added]]\nskills = { Klingon = 5 }\n",
            "added[0].skills.Klingon: found 'Klingon', allowed is one of",
        ),
        ('[[agents]]\nname = "Zoe"\n', "agents[0].name: found 'Zoe', allowed is one of Ann, Ben"),
        (
            '[[queues]]\nname = "Orders"\nagent_choice = "first"\n',
            "queues[0].agent_choice: found 'first', allowed is one of most_skilled, least_skilled",
        ),
        (
            "[[added]]\nskills = { Chinese = 11 }\n",
            "added[0].skills.Chinese: found 11, allowed is a whole number from 1 to 10",
        ),
        ('[[added]]\nfrom = "9"\n', "added[0].from: found '9', allowed is a time from 00:00 to 24:00"),
        (
            '[[agents]]\nname = "Fay"\naway_from = "13:00"\n',
            "agents[0].away_until: found nothing, allowed is a time from 00:00 to 24:00, because",
        ),
        (
            '[[queues]]\nname = "Orders"\nreserve = "two"\n',
            "queues[0].reserve: found 'two', allowed is a whole number from 0 to 1000",
        ),
        ("[[add]]\n", "add: found"),
        ("added = ", "--edited: found"),
    ],
)
async def test_edits_that_do_not_fit_are_refused(
    command_line: list[str], tmp_path: Path, text: str, told: str
) -> None:
    edits = tmp_path / "edits.toml"
    edits.write_text(text, encoding="utf8")
    code, _, err = await command([*command_line, "--edited", str(edits)])
    assert code == 1
    assert told in err
