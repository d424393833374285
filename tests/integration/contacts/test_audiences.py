"""Audiences on the real database: PostgreSQL selects what a naive reading selects, and what is refused."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

import asyncpg
import pytest

from tests.integration.contacts.conftest import Shop
from tests.integration.contacts.test_contacts import add, meet
from ucc.contacts import audiences as rooms
from ucc.contacts import conditions
from ucc.contacts.conditions import DAY_MS, OPS
from ucc.contacts.store import LATEST, queries
from ucc.domain.actor import Actor
from ucc.domain.audience import AllTests, AnyTest, AudienceWrite, ContactCondition, ContactTest
from ucc.domain.conversation import ContactWrite
from ucc.domain.errors import BadInput, Conflict, NotAllowed, NotFound, Unavailable
from ucc.domain.states import ContactField as Field
from ucc.domain.states import ContactOp as Op

WORDS = [
    "",
    "a",
    "A",
    "ab",
    "Ba",
    "mei",
    "林",
    "晓雯",
    "a%",
    "_",
    "\\",
    "zh",
    "zh-CN",
    "ZH-tw",
    "en",
    "12",
    "7",
    "007",
]
PHONES = ["", "+60123", "60123", "0123", "23"]
NOW_MS = 1_800_000_000_000


class Known(NamedTuple):
    """A contact as the naive reading knows it."""

    texts: dict[Field, str]
    attributes: dict[str, str]
    tags: set[int]
    owner: int | None
    channels: set[str]
    flags: dict[Field, bool]
    created_days: int  # before NOW_MS, at noon
    written_days: list[int]  # of each conversation


class World:
    """A tenant with contacts of every kind, and the same in Python."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop = shop
        self.dice = random.Random(seed)
        self.tags: list[int] = []
        self.owners: list[int] = []
        self.known: dict[int, Known] = {}

    async def fill(self, count: int) -> None:
        tenant_id, take = self.shop.actor.tenant_id, self.shop.ids.take
        self.tags, self.owners = [take() for _ in range(3)], [take() for _ in range(2)]
        inbox_id, queue_id = take(), take()
        async with self.shop.database.tenant(tenant_id) as conn:
            for tag_id in self.tags:
                await conn.execute(
                    "INSERT INTO tag (tenant_id, id, name) VALUES ($1, $2, $2::bigint::text)",
                    tenant_id,
                    tag_id,
                )
            for user_id in self.owners:
                await conn.execute(
                    "INSERT INTO app_user (tenant_id, id, email, name, role, created_at_ms)"
                    " VALUES ($1, $2, $2::bigint::text || '@x.example', 'Ana', 'agent', 0)",
                    *(tenant_id, user_id),
                )
            await conn.execute(
                "INSERT INTO queue (tenant_id, id, name) VALUES ($1, $2, 'Q')", tenant_id, queue_id
            )
            await conn.execute(
                "INSERT INTO inbox (tenant_id, id, channel, name, key, queue_id)"
                " VALUES ($1, $2, 'webchat', 'Door', $2::bigint::text, $3)",
                *(tenant_id, inbox_id, queue_id),
            )
            for _ in range(count):
                contact_id, one = take(), self._imagined()
                self.known[contact_id] = one
                await self._store(conn, contact_id, one, inbox_id)

    def _imagined(self) -> Known:
        dice = self.dice
        return Known(
            texts={
                Field.NAME: dice.choice(WORDS),
                Field.EMAIL: dice.choice(WORDS),
                Field.PHONE: dice.choice(PHONES),
                Field.LANGUAGE: dice.choice(["", "zh", "zh-CN", "zh-TW", "zho", "en", "EN-gb"]),
            },
            attributes={key: dice.choice(WORDS) for key in ("plan", "orders") if dice.random() < 0.7},
            tags={tag for tag in self.tags if dice.random() < 0.4},
            owner=dice.choice([None, *self.owners]),
            channels={"webchat"} if dice.random() < 0.6 else set(),
            flags={flag: dice.random() < 0.5 for flag in (Field.IS_VIP, Field.IS_BLOCKED, Field.IS_VERIFIED)},
            created_days=dice.randrange(5),
            written_days=[dice.randrange(5) for _ in range(dice.randrange(4))],
        )

    async def _store(self, conn: Any, contact_id: int, one: Known, inbox_id: int) -> None:
        tenant_id = self.shop.actor.tenant_id
        none = {field: text or None for field, text in one.texts.items()}
        created_ms = NOW_MS - one.created_days * DAY_MS - DAY_MS // 2
        await conn.execute(
            "INSERT INTO contact (tenant_id, id, name, email, phone, locale, is_vip, is_blocked, owner_id,"
            " attributes, created_at_ms, updated_at_ms)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $2)",
            *(tenant_id, contact_id, one.texts[Field.NAME], none[Field.EMAIL], none[Field.PHONE]),
            *(none[Field.LANGUAGE], one.flags[Field.IS_VIP], one.flags[Field.IS_BLOCKED], one.owner),
            *(one.attributes, created_ms),
        )
        for tag_id in one.tags:
            await conn.execute("INSERT INTO contact_tag VALUES ($1, $2, $3)", tenant_id, contact_id, tag_id)
        if one.channels or one.flags[Field.IS_VERIFIED]:
            one.channels.add("webchat")
            await conn.execute(
                "INSERT INTO identity VALUES ($1, 'webchat', '1', $2::bigint::text, $2, $3, 0)",
                *(tenant_id, contact_id, one.flags[Field.IS_VERIFIED]),
            )
        for days in one.written_days:
            await conn.execute(
                "INSERT INTO conversation (tenant_id, id, inbox_id, channel, contact_id, thread_key, state,"
                " last_at_ms, created_at_ms)"
                " VALUES ($1, $2, $3, 'webchat', $4, $2::bigint::text, 'resolved', $5, 0)",
                *(
                    tenant_id,
                    self.shop.ids.take(),
                    inbox_id,
                    contact_id,
                    NOW_MS - days * DAY_MS - DAY_MS // 2,
                ),
            )

    def condition(self, depth: int = 1) -> ContactCondition:
        """Return a condition nobody would write, and that is allowed."""
        dice = self.dice
        if depth <= 3 and dice.random() < 0.6:
            kind = dice.choice([AllTests, AnyTest])
            return kind(of=[self.condition(depth + 1) for _ in range(dice.randint(1, 3))])
        field = dice.choice(list(Field))
        op = dice.choice(OPS[field])
        return ContactTest(field=field, op=op, value=self._value(field, op), key=self._key(field))

    def _key(self, field: Field) -> str | None:
        return self.dice.choice(["plan", "orders", "never"]) if field is Field.ATTRIBUTE else None

    def _value(self, field: Field, op: Op) -> str | int | bool | None:
        dice = self.dice
        if op in (Op.IS_KNOWN, Op.IS_UNKNOWN):
            return None
        if op in (Op.WITHIN_DAYS, Op.NOT_WITHIN_DAYS):
            return dice.randint(1, 5)
        if op in (Op.AT_LEAST, Op.AT_MOST):
            return dice.choice([1, 2, 3, 7, 8, 12])
        if field in (Field.TAG, Field.OWNER):
            return dice.choice(self.tags if field is Field.TAG else self.owners)
        if field is Field.CHANNEL:
            return "webchat"
        if field in (Field.IS_VIP, Field.IS_BLOCKED, Field.IS_VERIFIED):
            return dice.random() < 0.5
        return dice.choice([word for word in (PHONES if field is Field.PHONE else WORDS) if word])


def holds(condition: ContactCondition, one: Known) -> bool:
    """Read a condition as a person would, without any SQL."""
    if isinstance(condition, AllTests):
        return all(holds(part, one) for part in condition.of)
    if isinstance(condition, AnyTest):
        return any(holds(part, one) for part in condition.of)
    field, op, value = condition.field, condition.op, condition.value
    is_negated = op in (Op.IS_NOT, Op.CONTAINS_NOT, Op.IS_UNKNOWN, Op.NOT_WITHIN_DAYS)
    return _plain(field, op, value, condition.key, one) is not is_negated


def _plain(field: Field, op: Op, value: Any, key: str | None, one: Known) -> bool:
    match field:
        case Field.IS_VIP | Field.IS_BLOCKED | Field.IS_VERIFIED:
            return one.flags[field] is value
        case Field.TAG:
            return value in one.tags
        case Field.CHANNEL:
            return value in one.channels
        case Field.OWNER:
            return one.owner == value if value is not None else one.owner is not None
        case Field.CREATED:
            return one.created_days < value
        case Field.LAST_MESSAGE:
            return any(days < value for days in one.written_days)
        case Field.CONVERSATIONS:
            count = len(one.written_days)
            return count >= value if op is Op.AT_LEAST else count <= value
    text = (one.attributes.get(key or "", "") if field is Field.ATTRIBUTE else one.texts[field]).lower()
    if op in (Op.IS_KNOWN, Op.IS_UNKNOWN):
        return text != ""
    if op in (Op.AT_LEAST, Op.AT_MOST):
        is_number = text.isdecimal() and text.isascii()
        return is_number and (int(text) >= value if op is Op.AT_LEAST else int(text) <= value)
    word = str(value).lower()
    if field is Field.LANGUAGE:
        return text == word or text.startswith(word + "-")
    match op:
        case Op.IS | Op.IS_NOT:
            return text == word
        case Op.CONTAINS | Op.CONTAINS_NOT:
            return word in text
        case Op.STARTS_WITH:
            return text.startswith(word)
    return text.endswith(word)


@pytest.mark.parametrize("seed", range(4))
async def test_postgresql_selects_whom_a_naive_reading_selects(shop: Shop, seed: int) -> None:
    world = World(shop, seed)
    await world.fill(60)
    tenant_id, found = shop.actor.tenant_id, 0
    before_ms, before_id = LATEST
    async with shop.database.tenant(tenant_id) as conn:
        for _ in range(250):
            condition = world.condition()
            for path, test in conditions.list_tests(condition):
                conditions.check_test(test, path)
            part = conditions.compiled(condition, NOW_MS)
            rows = await queries.list_members(
                conn, tenant_id=tenant_id, condition=part, before_ms=before_ms, before_id=before_id, count=100
            )
            selected = {row["id"] for row in rows}
            expected = {contact_id for contact_id, one in world.known.items() if holds(condition, one)}
            assert selected == expected, condition
            count = await queries.count_members(conn, tenant_id=tenant_id, condition=part, count=100)
            assert count == len(expected)
            found += 0 < count < len(world.known)
    assert found > 100, "most conditions tell contacts apart"


VIP = ContactTest(field=Field.IS_VIP, op=Op.IS, value=True)
CHINESE = ContactTest(field=Field.LANGUAGE, op=Op.IS, value="zh")


def orders(least: int) -> ContactTest:
    return ContactTest(field=Field.ATTRIBUTE, key="orders", op=Op.AT_LEAST, value=least)


async def save(shop: Shop, name: str, condition: ContactCondition = VIP, priority: int | None = None) -> int:
    write = AudienceWrite(name=name, condition=condition, priority=priority)
    return (await shop.contacts.audiences.add(shop.actor, write)).id


async def test_an_audience_is_saved_changed_listed_and_audited(shop: Shop) -> None:
    room = shop.contacts.audiences
    audience_id = await save(shop, "  Regulars ", AllTests(of=[VIP, orders(3)]), 5)
    found = await room.get(shop.actor, audience_id)
    assert (found.name, found.priority) == ("Regulars", 5)
    assert found.condition == AllTests(of=[VIP, orders(3)])
    await save(shop, "Chinese", CHINESE)
    assert [one.name for one in await room.list_page(shop.actor)] == ["Chinese", "Regulars"]
    changed = await room.change(shop.actor, audience_id, AudienceWrite(name="Regulars", condition=orders(9)))
    assert (changed.condition, changed.priority) == (orders(9), None)
    await room.remove(shop.actor, audience_id)
    with pytest.raises(NotFound, match=f"there is no audience {audience_id}"):
        await room.get(shop.actor, audience_id)
    assert shop.heard.acts == ["audience_added", "audience_added", "audience_changed", "audience_removed"]


async def test_an_audience_that_gives_priority_is_not_removed(shop: Shop) -> None:
    audience_id = await save(shop, "Gold", priority=9)
    with pytest.raises(Conflict, match="audience 'Gold' gives work priority 9; take the priority away first"):
        await shop.contacts.audiences.remove(shop.actor, audience_id)
    assert await shop.contacts.audiences.get(shop.actor, audience_id)


async def test_what_is_wrong_with_an_audience_is_told_and_nothing_is_stored(shop: Shop) -> None:
    room = shop.contacts.audiences
    await save(shop, "Gold")
    with pytest.raises(Conflict, match="there is an audience 'Gold' already"):
        await save(shop, "Gold")
    with pytest.raises(BadInput, match="priority is 10; allowed are 0 to 9, or none"):
        await save(shop, "More", priority=10)
    with pytest.raises(BadInput, match="name is 0 characters"):
        await save(shop, " ")
    tag = ContactTest(field=Field.TAG, op=Op.IS_NOT, value=77)
    with pytest.raises(
        BadInput, match=r"condition\.of\[1\]\.value is 77; allowed are the tags of GET /v1/tags"
    ):
        await save(shop, "More", AnyTest(of=[VIP, tag]))
    owner = ContactTest(field=Field.OWNER, op=Op.IS, value=78)
    with pytest.raises(BadInput, match=r"condition\.value is 78; allowed are the users of GET /v1/users"):
        await room.preview(shop.actor, owner)
    assert [one.name for one in await room.list_page(shop.actor)] == ["Gold"]


async def test_audiences_are_bounded(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "AUDIENCES_MAX", 3)
    monkeypatch.setattr(rooms, "PRIORITIES_MAX", 1)
    gold = await save(shop, "Gold", priority=9)
    with pytest.raises(Conflict, match="1 audiences give priority, limit 1"):
        await save(shop, "Silver", priority=5)
    await shop.contacts.audiences.change(
        shop.actor, gold, AudienceWrite(name="Gold", condition=VIP, priority=8)
    )
    await save(shop, "Silver")
    await save(shop, "Bronze")
    with pytest.raises(Conflict, match="there are 3 audiences, limit 3"):
        await save(shop, "Iron")


async def test_a_preview_counts_up_to_a_limit_and_shows_the_first(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        await add(shop, f"Mei {number}", attributes={"orders": str(number)})
    preview = await shop.contacts.audiences.preview(shop.actor, orders(1))
    assert (preview.count, len(preview.contacts)) == (11, 10)
    assert preview.contacts[0].name == "Mei 11", "latest change first"
    monkeypatch.setattr(rooms, "COUNT_MAX", 5)
    assert (await shop.contacts.audiences.preview(shop.actor, orders(1))).count == 5


async def test_every_audience_is_counted_in_one_look(shop: Shop) -> None:
    room = shop.contacts.audiences
    assert await room.count(shop.actor) == []
    for name, least in (("Regulars", 3), ("All", 0), ("Nobody", 99)):
        await save(shop, name, condition=orders(least))
    contacts = [await add(shop, f"Mei {number}", attributes={"orders": str(number)}) for number in range(6)]
    counts = {one.id: one.count for one in await room.count(shop.actor)}
    names = {one.name: counts[one.id] for one in await room.list_page(shop.actor)}
    assert names == {"All": 6, "Nobody": 0, "Regulars": 3}
    for one in await room.list_page(shop.actor):
        assert counts[one.id] == (await room.preview(shop.actor, one.condition)).count
    # Who was merged away is nobody's contact any more.
    await shop.contacts.merge(shop.actor, contacts[0].id, contacts[5].id)
    assert sorted(one.count for one in await room.count(shop.actor)) == [0, 2, 5]


async def test_the_contacts_of_an_audience_come_in_pages_without_merged_ones(shop: Shop) -> None:
    contacts = [await add(shop, f"Mei {number}", is_vip=True) for number in range(5)]
    await add(shop, "Plain")
    await shop.contacts.merge(shop.actor, contacts[0].id, contacts[1].id)
    audience_id = await save(shop, "Gold")
    seen: list[str] = []
    before = None
    while page := await shop.contacts.audiences.list_contacts(
        shop.actor, audience_id, before=before, count=2
    ):
        seen += [contact.name for contact, _ in page]
        before = page[-1][1]
    assert seen == ["Mei 0", "Mei 4", "Mei 3", "Mei 2"]


async def test_a_contact_shows_the_audiences_it_is_in_now(shop: Shop) -> None:
    await save(shop, "Gold", priority=9)
    await save(shop, "Chinese", CHINESE)
    mei = await add(shop, "Mei", locale="zh-CN")
    assert [(one.name, one.priority) for one in mei.audiences] == [("Chinese", None)]
    changed = await shop.contacts.change(shop.actor, mei.id, ContactWrite(is_vip=True))
    assert [one.name for one in changed.audiences] == ["Chinese", "Gold"]
    assert (await shop.contacts.get(shop.actor, mei.id)).audiences == changed.audiences


async def test_the_highest_priority_of_a_contacts_audiences_holds(shop: Shop) -> None:
    for name, condition, priority in (
        ("Silver", orders(3), 5),
        ("Gold", orders(9), 9),
        ("Chinese", CHINESE, None),
        ("Also silver", orders(3), 5),
    ):
        await save(shop, name, condition, priority)
    people = [await add(shop, "Mei", locale="zh", attributes={"orders": str(count)}) for count in (1, 4, 40)]
    async with shop.database.tenant(shop.actor.tenant_id) as conn:
        found = [
            await rooms.priority_of_contact(conn, shop.actor.tenant_id, contact.id) for contact in people
        ]
    assert [one and (one.name, one.priority) for one in found] == [None, ("Also silver", 5), ("Gold", 9)]


async def test_to_ask_about_one_contact_looks_at_no_other(shop: Shop) -> None:
    """The statement of routing reads the contact by its key, whatever the conditions are."""
    world = World(shop, 7)
    await world.fill(40)
    tenant_id = shop.actor.tenant_id
    choices = [
        queries.choice.part(condition=conditions.compiled(world.condition(), NOW_MS), audience_id=number)
        for number in range(20)
    ]
    part = queries.audiences_of_contact.part(
        tenant_id=tenant_id, id=next(iter(world.known)), choices=conditions.joined(choices, ", ")
    )
    async with shop.database.tenant(tenant_id) as conn:
        await conn.execute("SET LOCAL enable_seqscan = off")  # a table of 40 rows is cheaper to read whole
        rows = await conn.fetch("EXPLAIN " + part.text, *part.values)
    plan = "\n".join(row[0] for row in rows)
    conditioned = [line for line in plan.splitlines() if "Index Cond:" in line]
    assert plan.count("Scan using ") == plan.count(" on ") == len(conditioned) > 5, plan
    assert all("(contact_id = c.id)" in line or "(id = " in line for line in conditioned), plan
    assert "Seq Scan" not in plan, plan


async def test_a_look_that_takes_too_long_ends_with_a_sentence(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "LOOK_MS", 50)
    held = await asyncpg.connect(shop.database.url, server_settings={"role": "ucc_owner"})
    try:
        async with held.transaction():
            await held.execute("LOCK TABLE contact IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(Unavailable, match="to look through the contacts took more than 50 ms"):
                await shop.contacts.audiences.preview(shop.actor, VIP)
    finally:
        await held.close()
    monkeypatch.undo()
    assert (await shop.contacts.audiences.preview(shop.actor, VIP)).count == 0


async def test_whoever_may_not_read_contacts_sees_none_through_audiences(shop: Shop) -> None:
    audience_id = await save(shop, "Gold")
    key = Actor(
        tenant_id=shop.actor.tenant_id, user_id=None, name="key", permissions=frozenset({"settings.read"})
    )
    with pytest.raises(NotAllowed, match=r"contacts\.read"):
        await shop.contacts.audiences.preview(key, VIP)
    with pytest.raises(NotAllowed, match=r"contacts\.read"):
        await shop.contacts.audiences.list_contacts(key, audience_id, before=None, count=5)
    with pytest.raises(NotAllowed, match=r"contacts\.read"):
        await shop.contacts.audiences.count(key)


async def test_another_tenants_audiences_and_contacts_stay_theirs(shop: Shop, make_tenant: Any) -> None:
    await save(shop, "Gold", priority=9)
    mine = await add(shop, "Mei", is_vip=True)
    other = Actor(tenant_id=await make_tenant(), user_id=2, name="Bo", permissions=shop.actor.permissions)
    room = shop.contacts.audiences
    assert await room.list_page(other) == []
    assert (await room.preview(other, VIP)).count == 0
    assert await room.count(other) == []
    gold = (await room.list_page(shop.actor))[0].id
    with pytest.raises(NotFound):
        await room.list_contacts(other, gold, before=None, count=5)
    with pytest.raises(NotFound):
        await room.remove(other, gold)
    async with shop.database.tenant(other.tenant_id) as conn:
        assert await rooms.priority_of_contact(conn, other.tenant_id, mine.id) is None
        assert await rooms.priority_of_contact(conn, shop.actor.tenant_id, mine.id) is None, (
            "row level security"
        )


async def test_a_verified_contact_is_told_from_one_who_claims(shop: Shop) -> None:
    proven = await meet(shop, "kim", is_verified=True, email="kim@gold.example")
    await meet(shop, "kim", email="kim@gold.example")
    gold = ContactTest(field=Field.EMAIL, op=Op.ENDS_WITH, value="@gold.example")
    verified = ContactTest(field=Field.IS_VERIFIED, op=Op.IS, value=True)
    assert (await shop.contacts.audiences.preview(shop.actor, gold)).count == 2
    preview = await shop.contacts.audiences.preview(shop.actor, AllTests(of=[gold, verified]))
    assert [contact.id for contact in preview.contacts] == [proven]
