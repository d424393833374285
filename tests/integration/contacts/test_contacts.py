"""Contacts on the real database: identities in parallel, search in two scripts, merge and its undoing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from ucc.domain.conversation import Contact, ContactWrite
from ucc.domain.errors import BadInput, Conflict, NotFound
from ucc.domain.states import Channel

from .conftest import Shop


async def meet(shop: Shop, external_id: str = "v1", **told: Any) -> int:
    async with shop.database.tenant(shop.actor.tenant_id) as conn:
        return await shop.contacts.find_or_make(
            conn,
            tenant_id=shop.actor.tenant_id,
            channel=Channel.WEBCHAT,
            scope="7",
            external_id=external_id,
            **told,
        )


async def add(shop: Shop, name: str, **fields: Any) -> Contact:
    return await shop.contacts.add(shop.actor, ContactWrite(name=name, **fields))


async def names(shop: Shop, query: str | None) -> list[str]:
    found = await shop.contacts.list_page(shop.actor, query=query, before=None, count=50)
    return [contact.name for contact, _ in found]


async def test_i11_many_first_messages_at_once_make_one_contact(shop: Shop):
    ids = await asyncio.gather(*[meet(shop, name="Mei") for _ in range(24)])
    assert len(set(ids)) == 1
    assert await names(shop, None) == ["Mei"]


async def test_a_claim_never_finds_the_contact_who_proved_it(shop: Shop):
    proven = await meet(shop, "user:7", is_verified=True, name="Mei")
    claimed = await meet(shop, "user:7", is_verified=False, name="Mallory")
    assert proven != claimed
    assert (await shop.contacts.get(shop.actor, proven)).name == "Mei"
    identity = (await shop.contacts.get(shop.actor, claimed)).identities[0]
    assert (identity.external_id, identity.is_verified) == ("user:7", False)


async def test_a_proof_never_finds_a_claim_made_before(shop: Shop):
    claimed = await meet(shop, "user:7", is_verified=False)
    assert await meet(shop, "user:7", is_verified=True) != claimed


async def test_a_returning_visitor_fills_blanks_but_overwrites_nothing(shop: Shop):
    contact_id = await meet(shop, name="Mei")
    await shop.contacts.change(shop.actor, contact_id, ContactWrite(phone="+6591234567"))
    assert await meet(shop, name="Someone", email="Mei@Example.com", phone="+111") == contact_id
    contact = await shop.contacts.get(shop.actor, contact_id)
    assert (contact.name, contact.email, contact.phone) == ("Mei", "mei@example.com", "+6591234567")
    assert await names(shop, "mei@exa") == ["Mei"]


async def test_the_same_address_is_a_suggestion_and_nothing_more(shop: Shop):
    one = await meet(shop, "v1", email="mei@example.com")
    two = await meet(shop, "v2", email="mei@example.com")
    assert one != two
    assert (await shop.contacts.get(shop.actor, one)).duplicate_ids == [two]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("李", ["李娜"]),
        ("李娜", ["李娜"]),
        ("娜", ["李娜"]),
        ("李明", []),
        ("退货", ["李娜"]),
        ("mei", ["Mei Tan"]),
        ("TAN", ["Mei Tan"]),
        ("tan mei", ["Mei Tan"]),
        ("mei@example", ["Mei Tan"]),
        ("9123 4567", ["Mei Tan"]),
        ("gold", ["Mei Tan"]),
        ("100%", ["Mei Tan"]),
        ("10_%", []),
        ("'; drop table contact --", []),
        ("@", []),
    ],
)
async def test_search_finds_words_in_any_script(shop: Shop, query: str, found: list[str]):
    await add(shop, "李娜", note="想要退货,已联系仓库")
    await add(
        shop,
        "Mei Tan",
        email="mei@example.com",
        phone="+65 9123 4567",
        attributes={"plan": "gold"},
        note="wants 100% cotton",
    )
    await add(shop, "Nobody Special")
    assert await names(shop, query) == found


async def test_pages_follow_each_other_without_gap_or_repeat(shop: Shop):
    for number in range(7):
        await add(shop, f"Contact {number}")
    seen: list[str] = []
    before = None
    while page := await shop.contacts.list_page(shop.actor, query="contact", before=before, count=3):
        seen += [contact.name for contact, _ in page]
        before = page[-1][1]
    assert sorted(seen) == [f"Contact {number}" for number in range(7)]


async def test_tags_and_owners_have_to_exist_in_this_tenant(shop: Shop):
    contact = await add(shop, "Mei")
    for field, write in (("tag_ids", ContactWrite(tag_ids=[99])), ("owner_id", ContactWrite(owner_id=99))):
        with pytest.raises(BadInput, match="99; allowed are the") as refused:
            await shop.contacts.change(shop.actor, contact.id, write)
        assert refused.value.found == {"field": field, "unknown": [99]}


async def test_a_stranger_tenant_sees_no_contact(shop: Shop, make_tenant: Any):
    contact = await add(shop, "Mei")
    stranger = replace(shop.actor, tenant_id=await make_tenant("Other"))
    with pytest.raises(NotFound):
        await shop.contacts.get(stranger, contact.id)
    with pytest.raises(NotFound):
        await shop.contacts.change(stranger, contact.id, ContactWrite(name="Mine"))
    other = await shop.contacts.add(stranger, ContactWrite(name="Theirs"))
    with pytest.raises(NotFound):
        await shop.contacts.merge(shop.actor, contact.id, other.id)
    assert [
        one.name for one, _ in await shop.contacts.list_page(stranger, query=None, before=None, count=9)
    ] == ["Theirs"]


async def test_a_merge_moves_identities_and_the_old_link_still_leads_there(shop: Shop):
    merged_id = await meet(shop, "v1", name="M. Tan", email="mei@example.com")
    kept = await add(shop, "Mei Tan", phone="+6591234567")
    await shop.contacts.merge(shop.actor, kept.id, merged_id)
    contact = await shop.contacts.get(shop.actor, merged_id)
    assert (contact.id, contact.name, contact.email) == (kept.id, "Mei Tan", "mei@example.com")
    assert [one.external_id for one in contact.identities] == ["v1"]
    assert await meet(shop, "v1") == kept.id
    assert await names(shop, None) == ["Mei Tan"]
    assert shop.heard.acts == ["contact_merged"]


async def test_a_merge_is_taken_back_whole(shop: Shop):
    merged_id = await meet(shop, "v1", name="M. Tan", email="mei@example.com")
    kept = await add(shop, "Mei Tan", note="likes tea")
    before = [await shop.contacts.get(shop.actor, one) for one in (kept.id, merged_id)]
    merge = await shop.contacts.merge(shop.actor, kept.id, merged_id)
    await shop.contacts.undo_merge(shop.actor, merge.id)
    assert [await shop.contacts.get(shop.actor, one) for one in (kept.id, merged_id)] == before
    assert await meet(shop, "v1") == merged_id
    with pytest.raises(Conflict):
        await shop.contacts.undo_merge(shop.actor, merge.id)


async def test_merges_into_one_contact_are_undone_last_first(shop: Shop):
    kept, one, two = [await add(shop, name) for name in ("Kept", "One", "Two")]
    first = await shop.contacts.merge(shop.actor, kept.id, one.id)
    second = await shop.contacts.merge(shop.actor, kept.id, two.id)
    with pytest.raises(Conflict, match="later"):
        await shop.contacts.undo_merge(shop.actor, first.id)
    await shop.contacts.undo_merge(shop.actor, second.id)
    await shop.contacts.undo_merge(shop.actor, first.id)
    assert sorted(await names(shop, None)) == ["Kept", "One", "Two"]


async def test_a_contact_is_merged_once_and_never_with_itself(shop: Shop):
    one, two, three = [await add(shop, name) for name in ("One", "Two", "Three")]
    with pytest.raises(Conflict):
        await shop.contacts.merge(shop.actor, one.id, one.id)
    await shop.contacts.merge(shop.actor, one.id, two.id)
    for kept, merged in ((three.id, two.id), (two.id, three.id)):
        with pytest.raises(Conflict, match="merged into"):
            await shop.contacts.merge(shop.actor, kept, merged)


async def test_two_opposite_merges_at_once_do_not_swallow_both(shop: Shop):
    one, two = await add(shop, "One"), await add(shop, "Two")
    answers = await asyncio.gather(
        shop.contacts.merge(shop.actor, one.id, two.id),
        shop.contacts.merge(shop.actor, two.id, one.id),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, Conflict) for answer in answers) == 1
    assert len(await names(shop, None)) == 1
