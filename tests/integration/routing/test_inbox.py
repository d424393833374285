"""What happens while stored commands are read is not forgotten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ucc.domain.engine import SetStatus
from ucc.routing.ground import encode
from ucc.routing.inbox import Inbox
from ucc.routing.store import queries

from .conftest import Node, World

NOBODYS = -1  # a shard that no node owns: what waits in it is carried out by nobody


async def read_while(
    world: World, node: Node, monkeypatch: pytest.MonkeyPatch, act: Callable[[Inbox], Any]
) -> Inbox:
    """Return a shard's inbox that has read one stored command, while which something happened."""
    inbox, listed = Inbox(node.routing._ground, NOBODYS), queries.list_commands
    async with node.database.tenant(world.tenant_id) as conn:
        await queries.add_command(
            conn,
            tenant_id=world.tenant_id,
            shard=NOBODYS,
            command_id=None,
            command=encode(SetStatus(agent=1, status="on_queue")),
            at_ms=1,
            seen_seq=None,
        )

    async def list_commands(conn: Any, /, **given: Any) -> Any:
        rows = await listed(conn, **given)
        act(inbox)
        return rows

    monkeypatch.setitem(queries._queries, "list_commands", list_commands)
    inbox.look()
    await inbox.read([], [])
    return inbox


async def test_a_stored_command_is_read_once(
    world: World, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = await read_while(world, node, monkeypatch, lambda _: None)
    assert inbox.known == 1
    assert len(inbox.take()[world.tenant_id]) == 1
    assert inbox.is_empty


async def test_a_hint_that_comes_while_the_table_is_read_is_another_look(
    world: World, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = await read_while(world, node, monkeypatch, Inbox.look)
    inbox.take()
    assert not inbox.is_empty


async def test_what_is_read_while_others_before_it_are_put_back_waits_for_them(
    world: World, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = await read_while(world, node, monkeypatch, lambda one: one.put_back([]))
    assert inbox.known == 0
    assert not inbox.is_empty


async def test_what_is_under_way_is_not_read_again(
    world: World, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = await read_while(world, node, monkeypatch, lambda _: None)
    works = inbox.take()[world.tenant_id]
    inbox.look()
    await inbox.read(works, [])
    assert inbox.is_empty
    inbox.look()
    await inbox.read([], [world.tenant_id])  # it rests
    assert inbox.is_empty
