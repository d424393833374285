"""Idempotency keys across crashes: a thing is made once, and a repeat learns what became of the first."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.integration.conversations.conftest import World, eventually
from ucc.domain.states import Role
from ucc.web import repeats
from ucc.web.repeats import Repeats

KEY = {"Idempotency-Key": "once"}


@pytest.fixture
async def admin(world: World) -> httpx.AsyncClient:
    return await world.node.http(await world.add_agent(role=Role.ADMIN))


async def add(admin: httpx.AsyncClient, name: str = "Mei", path: str = "/contacts") -> httpx.Response:
    return await admin.post(path, json={"name": name}, headers=KEY)


async def contacts(world: World) -> int:
    return len(await world.fetch("SELECT FROM contact"))


async def pass_time(world: World, milliseconds: int = repeats.STALE_MS + 1_000) -> None:
    async with world.rooms.database.node(world.tenant_id) as conn:
        await conn.execute("UPDATE idempotency SET at_ms = at_ms - $1", milliseconds)


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Let the node die before it keeps an answer; undo() brings a living one."""

    async def never(*_: Any, **__: Any) -> None:
        raise RuntimeError("kill -9")

    monkeypatch.setattr(Repeats, "_keep", never)
    return monkeypatch


async def test_i17_what_was_committed_before_the_crash_is_not_made_again(
    world: World, admin: httpx.AsyncClient, dead: pytest.MonkeyPatch
) -> None:
    assert (await add(admin)).status_code == 500
    dead.undo()
    running = await add(admin)
    assert (running.status_code, running.json()["code"]) == (409, "conflict")
    await pass_time(world)
    for _ in range(2):
        lost = await add(admin)
        assert (lost.status_code, lost.json()["code"]) == (409, "answer_lost")
    assert await contacts(world) == 1


async def test_what_was_not_committed_before_the_crash_is_made_by_the_repeat(
    world: World, admin: httpx.AsyncClient, dead: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise RuntimeError("kill -9 before the commit")

    dead.setattr(world.rooms.contacts, "_read", fail)
    assert (await add(admin)).status_code == 500
    dead.undo()
    assert (await add(admin)).status_code == 409
    await pass_time(world)
    made, again = await add(admin), await add(admin)
    assert (made.status_code, again.status_code) == (201, 201)
    assert made.json() == again.json()
    assert await contacts(world) == 1


async def test_an_attempt_that_was_overtaken_commits_nothing(
    world: World, admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is so slow that a repeat takes its key over: when it wakes it must not make a second one."""
    read, wake, has_written = world.rooms.contacts._read, asyncio.Event(), asyncio.Event()

    async def slow_once(*arguments: Any) -> Any:
        if not has_written.is_set():
            has_written.set()
            await wake.wait()
        return await read(*arguments)

    monkeypatch.setattr(world.rooms.contacts, "_read", slow_once)
    first = asyncio.ensure_future(add(admin))
    await has_written.wait()
    await pass_time(world)
    second = await add(admin)
    wake.set()
    overtaken = await first
    assert (second.status_code, overtaken.status_code) == (201, 409)
    assert await contacts(world) == 1
    assert (await add(admin)).json() == second.json()


async def test_a_failure_after_the_commit_is_no_reason_to_make_it_again(
    world: World, admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise RuntimeError("a bug behind the commit")

    monkeypatch.setattr(world.rooms.contacts, "_tell", fail)
    assert (await add(admin)).status_code == 500
    monkeypatch.undo()
    assert (await add(admin)).json()["code"] == "answer_lost"
    assert await contacts(world) == 1


async def test_a_refused_write_may_be_tried_again_with_its_key(
    world: World, admin: httpx.AsyncClient
) -> None:
    tag = (await admin.post("/tags", json={"name": "gold"})).json()["id"]
    assert (await add(admin, "gold", "/tags")).status_code == 409
    await admin.delete(f"/tags/{tag}")
    assert (await add(admin, "gold", "/tags")).status_code == 201


async def test_secrets_are_not_kept_for_repeats(world: World, admin: httpx.AsyncClient) -> None:
    body = {"name": "CRM", "scopes": ["contacts.read"]}
    made = await admin.post("/api-keys", json=body, headers=KEY)
    again = await admin.post("/api-keys", json=body, headers=KEY)
    assert (made.status_code, again.status_code, again.json()["code"]) == (201, 409, "answer_lost")
    assert len((await admin.get("/api-keys")).json()["items"]) == 1
    tickets = [(await admin.post("/auth/ticket", headers=KEY)).json()["ticket"] for _ in range(2)]
    assert tickets[0] != tickets[1]
    me = await admin.patch("/auth/me", json={"theme": "dark"}, headers=KEY)
    secrets = [made.json()["secret"], *tickets, me.json()["csrf_token"]]
    rows = await world.fetch("SELECT answer FROM idempotency")
    assert rows
    assert not [one for one in secrets for row in rows if one.encode() in (row["answer"] or b"")]


async def test_work_beside_a_request_does_not_speak_for_it(
    world: World, admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lanes and background tasks begin inside requests and serve others: their commits mark no claim."""

    async def write_elsewhere(*_: Any) -> None:
        async def write() -> None:
            async with world.rooms.database.tenant(world.tenant_id) as conn:
                await conn.execute("UPDATE tenant SET name = name || '!'")

        await world.rooms.tasks.start("test: beside", write())
        raise RuntimeError("and the request itself fails")

    monkeypatch.setattr(world.rooms.contacts, "_read", write_elsewhere)
    assert (await add(admin)).status_code == 500
    monkeypatch.undo()
    assert (await add(admin)).status_code == 201

    async def is_made() -> bool:
        return await contacts(world) == 1

    await eventually(is_made)
