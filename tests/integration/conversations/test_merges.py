"""Merged contacts: what other rooms keep of them follows in the same transaction, and comes back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conversations.conftest import World

TABLES = ("conversation", "visitor", "interaction")


async def owners(world: World, conversation_id: int) -> set[int]:
    """Return whose the conversation, its sessions and its work are, in every room's table."""
    found = set()
    for table in TABLES:
        column = "id" if table == "conversation" else "conversation_id"
        rows = await world.fetch(f"SELECT contact_id FROM {table} WHERE {column} = $1", conversation_id)
        assert rows, table
        found |= {row["contact_id"] for row in rows}
    return found


async def two_contacts(world: World) -> tuple[int, int, int]:
    """Return a conversation, its contact, and another contact."""
    started, other = await world.start("First"), await world.start("Second")
    conversation_id = started.state.conversation_id
    mine = (await world.head(conversation_id))["contact_id"]
    theirs = (await world.head(other.state.conversation_id))["contact_id"]
    return conversation_id, mine, theirs


async def test_conversations_sessions_and_work_follow_a_merge_and_come_back(world: World) -> None:
    conversation_id, merged_id, kept_id = await two_contacts(world)
    contacts = world.rooms.contacts
    merge = await contacts.merge(world.admin, kept_id, merged_id)
    assert await owners(world, conversation_id) == {kept_id}
    assert (await contacts.get(world.admin, kept_id)).conversations == 2
    later = await world.start("Third")
    await contacts.undo_merge(world.admin, merge.id)
    assert await owners(world, conversation_id) == {merged_id}
    assert (await contacts.get(world.admin, kept_id)).conversations == 1
    assert await owners(world, later.state.conversation_id) not in ({kept_id}, {merged_id})


async def test_a_merge_that_one_room_cannot_follow_moves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation_id, merged_id, kept_id = await two_contacts(world)

    async def fail(*_: Any, **__: Any) -> list[int]:
        raise RuntimeError("this room cannot follow")

    monkeypatch.setattr(world.rooms.routing, "follow_merge", fail)
    with pytest.raises(RuntimeError):
        await world.rooms.contacts.merge(world.admin, kept_id, merged_id)
    assert await owners(world, conversation_id) == {merged_id}
    assert (await world.rooms.contacts.get(world.admin, merged_id)).id == merged_id
