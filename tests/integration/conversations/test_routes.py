"""The REST side: settings of conversations, files, states, the widget, nothing of another tenant (I16)."""

from __future__ import annotations

import asyncio
import io
import json
import uuid
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.integration.conversations.conftest import ORIGIN, World, eventually
from ucc.domain.actor import Actor
from ucc.domain.errors import BadInput
from ucc.domain.events import ListsChanged
from ucc.domain.people import HoursWrite, InboxWrite, QueueWrite, Requirement, SkillWrite
from ucc.domain.states import Locale, Role
from ucc.kit.bus import Publication
from ucc.kit.clock import now_ms

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def client_id() -> str:
    return str(uuid.uuid4())


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (30, 10), (10, 20, 200)).save(out, "PNG")
    return out.getvalue()


async def admin_of(world: World) -> httpx.AsyncClient:
    return await world.node.http(await world.add_agent(role=Role.ADMIN))


async def upload(world: World, token: str, content: bytes, name: str = "a.png") -> httpx.Response:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{world.node.port}/v1") as http:
        headers = {"Authorization": f"Bearer {token}", "Origin": ORIGIN}
        return await http.post("/widget/attachments", headers=headers, files={"file": (name, content)})


async def test_a_visitors_file_reaches_the_agent_and_nobody_else(world: World) -> None:
    started, agent, _ = await world.start_active()
    other = await world.start()
    answer = await upload(world, started.token, png(), "../我的图片.png")
    assert answer.status_code == 201, answer.text
    file = answer.json()
    assert (file["name"], file["media_type"], file["width"]) == ("我的图片.png", "image/png", 30)
    thief = await world.node.widget(other.token)
    await thief.send(type="message", client_id=client_id(), attachment_ids=[file["id"]])
    refused = await thief.until(lambda: thief.of("refused"))
    assert refused[0]["path"] == "$.attachment_ids"
    widget = await world.node.widget(started.token)
    await widget.send(type="message", client_id=client_id(), attachment_ids=[file["id"]])
    await widget.until(lambda: any(one["entry"]["attachments"] for one in widget.of("entry")))
    http = await world.node.http(agent)
    entries = (await http.get(f"/conversations/{started.state.conversation_id}/entries")).json()["items"]
    url = next(one["attachments"][0]["url"] for one in entries if one["attachments"])
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{world.node.port}") as nobody:
        got = await nobody.get(url)
        assert got.status_code == 200
        assert got.headers["content-type"] == "image/png"
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["content-disposition"].startswith("inline")
        assert (await nobody.get(url[:-3] + "abc")).status_code == 403
        assert (await nobody.get(url.partition("?")[0])).status_code == 422
        assert (await nobody.get(f"/v1/files/{'x' * 43}?sig=1.a")).status_code == 404


@pytest.mark.parametrize("content", [b"<svg onload=alert(1) xmlns='http://www.w3.org/2000/svg'/>", b"<html>"])
async def test_markup_is_only_ever_a_download(world: World, content: bytes) -> None:
    started = await world.start()
    file = (await upload(world, started.token, content, "x.svg")).json()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{world.node.port}") as nobody:
        got = await nobody.get(file["url"])
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in got.headers["content-security-policy"]


async def test_files_sent_together_keep_to_the_quota(world: World) -> None:
    started = await world.start()
    async with world.rooms.database.node(world.tenant_id) as conn:
        await conn.execute(
            'UPDATE inbox SET settings = settings || \'{"limits": {"attachment_bytes": 2500}}\'::jsonb'
        )
    answers = await asyncio.gather(*(upload(world, started.token, b"x" * 1_000, "a.txt") for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, *[413] * 6]
    rows = await world.fetch("SELECT key FROM attachment")
    stored = [path for path in (world.rooms.settings.data_dir / "files").rglob("*") if path.is_file()]
    assert {path.name for path in stored} == {row["key"] for row in rows}


async def test_a_body_is_read_only_of_who_has_a_token(world: World) -> None:
    """The answer comes although the body that was announced never does."""
    reader, writer = await asyncio.open_connection("127.0.0.1", world.node.port)
    head = (
        "POST /v1/widget/attachments HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n"
        f"Origin: {ORIGIN}\r\nAuthorization: Bearer made-up\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    )
    writer.write(head.encode())
    async with asyncio.timeout(10):
        assert b" 401 " in await reader.readline()
    writer.close()


async def test_a_repeated_start_has_to_know_what_was_said(world: World) -> None:
    same = client_id()
    await world.start("My card ends in 1042", client_id=same)
    with pytest.raises(BadInput, match="another message"):
        await world.start("Hello", client_id=same)


async def test_files_have_a_limit_and_visitors_a_quota(world: World) -> None:
    started = await world.start()
    assert (await upload(world, started.token, b"")).status_code == 422
    assert (await upload(world, started.token, b"x" * (10 * 1024 * 1024 + 1))).status_code == 413
    assert (await upload(world, "no such token", png())).status_code == 401
    async with world.rooms.database.tenant(world.tenant_id) as conn:
        await conn.execute(
            'UPDATE inbox SET settings = settings || \'{"limits": {"attachment_bytes": 100}}\'::jsonb'
        )
    small = await upload(world, started.token, b"hello")
    assert small.status_code == 201
    assert (await upload(world, started.token, b"y" * 99)).status_code == 413


async def test_inboxes_are_set_up_and_the_widget_follows(world: World) -> None:
    http = await admin_of(world)
    write = {
        "name": "Second",
        "queue_id": world.queue_id,
        "origins": ["https://Other.example/"],
        "widget": {"title": "Ask us", "color": "#112233", "prechat": [
            {"key": "name", "label": {"en": "Name"}, "is_required": True},
        ]},
    }  # fmt: skip
    inbox = (await http.post("/inboxes", json=write)).json()
    assert inbox["origins"] == ["https://other.example"]
    assert inbox["identity_secret"]
    assert inbox["key"] in inbox["snippet"]
    assert inbox["first_hit_at_ms"] is None
    address = f"http://127.0.0.1:{world.node.port}/v1/widget/{inbox['key']}"
    async with httpx.AsyncClient() as page:
        origin = {"Origin": "https://other.example"}
        config = await page.get(f"{address}/config", headers=origin)
        assert config.json()["title"] == "Ask us"
        assert config.headers["access-control-allow-origin"] == "https://other.example"
        assert "set-cookie" not in config.headers
        preflight = await page.options(
            f"{address}/start", headers=origin | {"Access-Control-Request-Method": "POST"}
        )
        assert preflight.status_code == 204
        unnamed = await page.post(
            f"{address}/start", headers=origin, json={"client_id": client_id(), "text": "Hi"}
        )
        assert unnamed.status_code == 422
        assert "name is required" in unnamed.json()["detail"]
        begun = await page.post(
            f"{address}/start",
            headers=origin,
            json={"client_id": client_id(), "text": "Hi", "prechat": {"name": "Mei", "email": "m@x.test"}},
        )
        assert begun.status_code == 201
        wrong = await page.post(f"{address}/start", headers={"Origin": "https://evil.example"}, json={})
        assert wrong.status_code in (403, 422)
    seen = (await http.get(f"/inboxes/{inbox['id']}")).json()
    assert seen["first_hit_at_ms"] is not None
    rotated = (await http.post(f"/inboxes/{inbox['id']}/rotate-secret")).json()
    assert rotated["identity_secret"] != inbox["identity_secret"]
    assert (await http.delete(f"/inboxes/{inbox['id']}")).status_code == 409
    agent = await world.node.http(await world.add_agent())
    assert (await agent.get(f"/inboxes/{inbox['id']}")).json()["identity_secret"] is None
    assert (await agent.post("/inboxes", json=write)).status_code == 403


async def test_templates_tags_and_dispositions(world: World) -> None:
    http = await admin_of(world)
    started = await world.start(user_name="Mei Tan")
    template = (
        await http.post("/templates", json={"name": "退货政策", "text": "Hi {{ agent.name }}, 30 days."})
    ).json()
    assert template["initials"] == "thzc"
    text = await http.post(
        f"/templates/{template['id']}/render", json={"conversation_id": started.state.conversation_id}
    )
    assert text.json()["text"].endswith(", 30 days.")
    assert (await http.post("/templates", json={"name": "Bad", "text": "{% if %}"})).status_code == 422
    agent = await world.node.http(await world.add_agent())
    assert (await agent.post("/templates", json={"name": "All", "text": "x"})).status_code == 403
    own = await agent.post("/templates", json={"name": "Own", "text": "x", "is_personal": True})
    assert own.status_code == 201
    assert (await http.get(f"/templates/{own.json()['id']}")).status_code == 404
    tag = (await http.post("/tags", json={"name": "VIP", "hue": 2})).json()
    assert (await http.post("/tags", json={"name": "VIP"})).status_code == 409
    changed = await http.patch(
        f"/conversations/{started.state.conversation_id}", json={"tag_ids": [tag["id"]]}
    )
    assert changed.json()["tag_ids"] == [tag["id"]]
    disposition = (await http.post("/dispositions", json={"name": "Solved"})).json()
    assert (await http.get("/dispositions")).json()["items"] == [disposition]
    assert (await http.delete(f"/dispositions/{disposition['id']}")).status_code == 204


async def test_snoozed_conversations_wake_on_time_and_on_a_message(world: World) -> None:
    started, agent, _ = await world.start_active()
    http = await world.node.http(agent)
    path = f"/conversations/{started.state.conversation_id}"
    bad = await http.patch(path, json={"state": "snoozed", "snoozed_until_ms": 5})
    assert bad.status_code == 422
    snoozed = await http.patch(path, json={"state": "snoozed", "snoozed_until_ms": now_ms() + 1_500})
    assert snoozed.json()["state"] == "snoozed", snoozed.text
    await world.until_work(started.state.conversation_id, "parked")

    async def is_awake() -> bool:
        return (await world.head(started.state.conversation_id))["state"] == "open"

    await eventually(is_awake)
    rows = await world.entries(started.state.conversation_id)
    codes = [row["body"]["system"]["code"] for row in rows if row["body"]]
    assert codes[-1] == "woken"
    assert (await http.patch(path, json={"state": "resolved"})).status_code == 409


async def test_views_count_and_sort_who_waits_first(world: World) -> None:
    agent = await world.add_agent(chats=3)
    await world.go_on_queue(agent)
    http = await world.node.http(agent)
    for text in ("one", "two"):
        started = await world.start(text)
        offer = await eventually(lambda s=started: world.ringing(s.state.conversation_id))
        answer = await http.post(f"/offers/{offer['interaction_id']}/{offer['epoch']}/accept")
        assert answer.status_code < 300, answer.text
    mine = (await http.get("/conversations?view=mine")).json()["items"]
    assert [one["last_text"] for one in mine] == ["one", "two"]
    reply = {"client_id": client_id(), "text": "Hello"}
    await http.post(f"/conversations/{mine[0]['id']}/entries", json=reply)
    again = (await http.get("/conversations?view=mine")).json()["items"]
    assert [one["id"] for one in again] == [mine[1]["id"], mine[0]["id"]]
    counts = {one["key"]: one["count"] for one in (await http.get("/views")).json()["items"]}
    assert (counts["mine"], counts["working"], counts["waiting_on_contact"]) == (2, 1, 1)
    page = (await http.get("/conversations?view=mine&limit=1")).json()
    rest = (await http.get(f"/conversations?view=mine&limit=1&cursor={page['next']}")).json()
    assert [page["items"][0]["id"], rest["items"][0]["id"]] == [one["id"] for one in again]
    await http.put(f"/conversations/{mine[0]['id']}/drafts", json={"text": "half a sent"})
    drafts = (await http.get(f"/conversations/{mine[0]['id']}/drafts")).json()["items"]
    assert drafts[0]["text"] == "half a sent"
    assert (await http.get("/conversations?view=nothing")).status_code == 422


async def _is_promised(world: World, *, hours_id: int | None) -> None:
    """Wait until the node has heard of the queue's new hours; it keeps what it read for seconds."""
    deadline_ms = now_ms() + 5_000
    while True:
        async with world.rooms.database.tenant(world.tenant_id) as conn:
            policies = await world.rooms.conversations.writer.policies.read(conn, world.tenant_id)
        if (policies[world.queue_id].hours is None) == (hours_id is None):
            return
        assert now_ms() < deadline_ms, "the change of hours was not heard"
        await asyncio.sleep(0.05)


async def test_a_policy_read_while_queues_change_is_not_kept(world: World) -> None:
    """A hint that comes while the answer is under way makes that answer old: it is used once, never kept."""
    policies = world.rooms.conversations.writer.policies
    hint = [
        Publication(world.tenant_id, f"tenant:{world.tenant_id}", 0, ListsChanged(names=["queues"])),
    ]
    async with world.rooms.database.tenant(world.tenant_id) as conn:
        reading = asyncio.ensure_future(policies.read(conn, world.tenant_id))
        await asyncio.sleep(0)  # the statement is on its way
        world.rooms.bus.publish(hint)
        old = await reading
    async with world.rooms.database.tenant(world.tenant_id) as conn:
        fresh = await policies.read(conn, world.tenant_id)
        assert fresh is not old
        assert await policies.read(conn, world.tenant_id) is fresh, "and what is as of now is kept"
        world.rooms.bus._gap("test")
        assert await policies.read(conn, world.tenant_id) is not fresh


@pytest.mark.parametrize(
    ("write", "field", "told"),
    [
        ({"tag_ids": ["TAG", 7, 8]}, "tag_ids", "names 7, 8; allowed are the tags of GET /v1/tags"),
        ({"snoozed_until_ms": 5}, "snoozed_until_ms", "found no state"),
        ({"state": "resolved", "snoozed_until_ms": 5}, "snoozed_until_ms", "found 'resolved'"),
    ],
)
async def test_what_cannot_be_written_is_refused_whole_and_by_field(
    world: World, write: dict[str, Any], field: str, told: str
) -> None:
    conversation_id = (await world.start()).state.conversation_id
    admin = await admin_of(world)
    tag = (await admin.post("/tags", json={"name": "gold"})).json()["id"]
    path = f"/conversations/{conversation_id}"
    assert (await admin.patch(path, json={"tag_ids": [tag]})).json()["tag_ids"] == [tag]
    given = json.loads(json.dumps(write).replace('"TAG"', str(tag)))
    answer = await admin.patch(path, json=given)
    assert (answer.status_code, answer.json()["found"]["field"]) == (422, field)
    assert told in answer.json()["detail"]
    assert (await admin.get(path)).json()["tag_ids"] == [tag]


async def test_the_outcome_of_work_names_only_tags_that_exist(world: World) -> None:
    _, agent, interaction_id = await world.start_active()
    await world.end(agent, interaction_id, seen_seq=9)
    http = await world.node.http(agent)
    body = {"note": "done", "tag_ids": [12]}
    answer = await http.post(f"/interactions/{interaction_id}/complete", json=body)
    assert (answer.status_code, answer.json()["found"]) == (422, {"field": "tag_ids", "unknown": [12]})
    rows = await world.fetch("SELECT state, disposition_note FROM interaction WHERE id = $1", interaction_id)
    assert (rows[0]["state"], rows[0]["disposition_note"]) == ("wrapping", "")


async def test_every_view_keeps_to_the_queue_asked_for(world: World) -> None:
    started, agent, _ = await world.start_active()
    http = await world.node.http(agent)
    note = {"client_id": client_id(), "kind": "note", "text": "look", "mentions": [agent.user_id]}
    path = f"/conversations/{started.state.conversation_id}/entries"
    assert (await http.post(path, json=note)).status_code == 201
    for view in ("mine", "working", "mentions", "my_queues", "all"):
        for queue_id, count in ((world.queue_id, 1), (world.queue_id + 1, 0)):
            found = await http.get(f"/conversations?view={view}&queue_id={queue_id}")
            assert len(found.json()["items"]) == count, (view, queue_id)
    assert (await http.get(f"{path}?after=1&before=2")).status_code == 422
    unknown = await http.post(path, json=note | {"client_id": client_id(), "mentions": [3]})
    assert (unknown.status_code, unknown.json()["found"]["unknown"]) == (422, [3])


async def test_closed_hours_keep_the_message_for_the_opening(world: World) -> None:
    in_two_days = DAYS[(datetime.now(UTC).weekday() + 2) % 7]
    hours = await world.rooms.routing.hours.add(
        world.admin,
        HoursWrite(name="An hour a week", time_zone="UTC", week={in_two_days: [("09:00", "10:00")]}),
    )
    await _is_promised(world, hours_id=None)
    queue = await world.rooms.routing.queues.get(world.admin, world.queue_id)
    fields = {name: getattr(queue, name) for name in QueueWrite.__struct_fields__}
    await world.rooms.routing.queues.change(
        world.admin, world.queue_id, QueueWrite(**fields | {"hours_id": hours.id})
    )
    await _is_promised(world, hours_id=hours.id)
    started = await world.start("Anybody there?")
    assert started.state.phase == "closed"
    assert started.state.opens_at_ms is not None
    assert started.state.opens_at_ms > now_ms()
    await world.until_work(started.state.conversation_id, "queued")


async def test_chinese_words_ask_for_the_language_skill(world: World) -> None:
    skill = await world.rooms.agents.add_skill(world.admin, SkillWrite(name="中文", locale=Locale.ZH_CN))
    agent = await world.add_agent()
    async with world.rooms.database.tenant(world.tenant_id) as conn:
        await conn.execute(
            "INSERT INTO agent_skill (tenant_id, agent_id, skill_id, level) VALUES ($1, $2, $3, 7)",
            *(world.tenant_id, agent.user_id, skill.id),
        )
        await world.rooms.routing.agent_changed(conn, world.tenant_id, agent.require_user())
    started = await world.start("你好，有人吗？", locale="en")
    unskilled = await world.add_agent()
    await world.go_on_queue(unskilled)
    await world.go_on_queue(agent)
    offer = await eventually(lambda: world.ringing(started.state.conversation_id))
    assert offer["agent_id"] == agent.user_id
    assert [one["skill_id"] for one in offer["why"]["skills"]] == [skill.id]


async def test_i16_every_id_of_another_tenant_is_unknown(world: World) -> None:
    mine, theirs = world, await World.make(world.node)
    started = await theirs.start("Secret words")
    admin = await admin_of(mine)
    their_admin = await admin_of(theirs)
    foreign: dict[str, Any] = {
        "conversations": started.state.conversation_id,
        "inboxes": theirs.inbox.id,
        "tags": (await their_admin.post("/tags", json={"name": "t"})).json()["id"],
        "dispositions": (await their_admin.post("/dispositions", json={"name": "d"})).json()["id"],
        "templates": (await their_admin.post("/templates", json={"name": "n", "text": "t"})).json()["id"],
    }
    for kind, foreign_id in foreign.items():
        assert (await admin.get(f"/{kind}/{foreign_id}")).status_code == 404, kind
    conversation = foreign["conversations"]
    body = {"client_id": client_id(), "text": "x", "kind": "note"}
    for method, path, given in [
        ("GET", f"/conversations/{conversation}/entries", None),
        ("POST", f"/conversations/{conversation}/entries", body),
        ("POST", f"/conversations/{conversation}/read", {"seq": 1}),
        ("PUT", f"/conversations/{conversation}/drafts", {"text": "x"}),
        ("GET", f"/conversations/{conversation}/interactions", None),
        ("PATCH", f"/conversations/{conversation}", {"state": "spam"}),
    ]:
        answer = await admin.request(method, path, json=given)
        assert answer.status_code == 404, (path, answer.text)
    assert (await admin.get("/search?q=Secret")).json()["entries"] == []
    write = {"name": "x", "queue_id": theirs.queue_id}
    assert (await admin.post("/inboxes", json=write)).status_code == 422
    own = await mine.start()
    noted = await admin.post(
        f"/conversations/{own.state.conversation_id}/entries",
        json=body | {"mentions": [(await theirs.add_agent()).user_id]},
    )
    assert noted.status_code == 422
    render = {"conversation_id": conversation}
    template = (await admin.post("/templates", json={"name": "n", "text": "t"})).json()["id"]
    assert (await admin.post(f"/templates/{template}/render", json=render)).status_code == 404


async def test_agents_read_their_work_and_their_queues_and_no_more(world: World) -> None:
    skill = await world.rooms.agents.add_skill(world.admin, SkillWrite(name="Billing"))
    needs = [Requirement(skill_id=skill.id, level=5)]
    queue = await world.rooms.routing.queues.add(world.admin, QueueWrite(name="Billing", requirement=needs))
    inbox = await world.rooms.conversations.inboxes.add(
        world.admin, InboxWrite(name="Billing", queue_id=queue.id, origins=[ORIGIN])
    )
    open_to_all = await world.start("General")
    world.inbox = inbox
    closed = await world.start("Billing matter")
    agent: Actor = await world.add_agent()
    http = await world.node.http(agent)
    assert (await http.get(f"/conversations/{open_to_all.state.conversation_id}")).status_code == 200
    assert (await http.get(f"/conversations/{closed.state.conversation_id}")).status_code == 404
    listed = (await http.get("/conversations?view=all")).json()["items"]
    assert [one["id"] for one in listed] == [open_to_all.state.conversation_id]


async def pages(http: httpx.AsyncClient, path: str, limit: int, name: str = "id") -> list[list[int]]:
    """Follow `next` to the end; return what each page's items are named by."""
    found, cursor = [], None
    while True:
        sign = "&" if "?" in path else "?"
        answer = await http.get(f"{path}{sign}limit={limit}" + (f"&cursor={cursor}" if cursor else ""))
        page = answer.json()
        found.append([one[name] for one in page["items"]])
        if (cursor := page["next"]) is None:
            return found


async def test_entries_are_paged_in_both_directions(world: World) -> None:
    started, agent, _ = await world.start_active()
    http = await world.node.http(agent)
    path = f"/conversations/{started.state.conversation_id}/entries"
    for number in range(4):
        note = {"client_id": client_id(), "kind": "note", "text": str(number)}
        assert (await http.post(path, json=note)).status_code == 201
    every = [row["seq"] for row in await world.entries(started.state.conversation_id)]
    newer = await pages(http, f"{path}?after=0", 3, "seq")
    assert [seq for page in newer for seq in page] == every
    assert [len(page) for page in newer[:-1]] == [3] * (len(newer) - 1)
    older = await pages(http, path, 3, "seq")
    assert [seq for page in reversed(older) for seq in page] == every


async def test_presence_and_work_are_paged(world: World) -> None:
    started, agent, interaction_id = await world.start_active()
    people = sorted([agent.user_id, *[(await world.add_agent()).user_id for _ in range(4)]])
    http = await world.node.http(agent)
    assert await pages(http, "/presence", 2, "agent_id") == [people[:2], people[2:4], people[4:]]
    listed = (await http.get("/agents?limit=2")).json()["items"]
    assert [one["presence"]["agent_id"] for one in listed] == [one["id"] for one in listed]
    queue = await world.rooms.routing.queues.add(world.admin, QueueWrite(name="Billing"))
    await http.post(f"/interactions/{interaction_id}/transfer", json={"queue_id": queue.id})
    work = await pages(http, f"/conversations/{started.state.conversation_id}/interactions", 1)
    assert len(work) == 2
    assert work[1] == [interaction_id]
