"""Makes the demo tenant: every step looks what is there first, so that it may be run again or break off."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec

from ucc.app import close_rooms, join_servers, open_rooms
from ucc.conversations.inboxes import InboxSettings
from ucc.demo.company import Company, Person, read_company, read_stories
from ucc.demo.past import store_past
from ucc.domain.actor import Actor, system_actor
from ucc.domain.conversation import ContactWrite
from ucc.domain.people import (
    Holiday,
    HoursWrite,
    PrechatField,
    QueueWrite,
    Requirement,
    SkillCell,
    SkillWrite,
    SlaPolicyWrite,
    User,
    VisitorLimits,
    WidgetSettings,
)
from ucc.kit import secrets, sql
from ucc.kit.clock import now_ms
from ucc.kit.config import BadSetting, Settings
from ucc.kit.late import late
from ucc.tenants.users import CAPACITY
from ucc.web.rooms import Rooms

if TYPE_CHECKING:
    import holidays
else:
    holidays = late("holidays")

COUNTRY = "MY"  # whose public holidays the office keeps
PAGE = 100
OFFICE_KEY = "demo-wholesale"  # an inbox that is closed outside office hours
VISITOR_LIMITS = VisitorLimits(starts=1_000)  # traffic comes from one address

queries = sql.load(Path(__file__).with_name("queries.sql"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take no arguments."""


async def run(options: argparse.Namespace, settings: Settings) -> int:
    """Seed the demo tenant on the servers of this node."""
    if not settings.demo:
        raise BadSetting("UCC_DEMO is not 1: the demo's passwords are public, so it is made on request only")
    servers = await join_servers(settings, say)
    try:
        rooms = await open_rooms(settings, servers, say)
        try:
            made = await seed(rooms)
        finally:
            await close_rooms(rooms)
    finally:
        await servers.close()
    say("the demo tenant is made" if made else "the demo tenant was there already")
    return 0


def say(line: str) -> None:
    """Print one line of progress at once."""
    print(line, flush=True)  # noqa: T201  # the command's own words


async def seed(rooms: Rooms) -> bool:
    """Make the demo tenant complete; return False when it was. Its inbox always takes this node's address."""
    company = read_company()
    tenant_id = await rooms.tenants.find_tenant(company.slug)
    if tenant_id is None:
        admin = company.people[0]
        tenant_id, _ = await rooms.tenants.create_tenant(
            name=company.name,
            slug=company.slug,
            email=admin.email,
            password=company.password,
            admin_name=admin.name,
            time_zone=company.time_zone,
            is_password_checked=False,
        )
    seeding = _Seeding(rooms, company, system_actor(tenant_id, "demo"))
    async with rooms.database.tenant(tenant_id) as conn:
        is_seeded = await queries.is_seeded(conn, tenant_id=tenant_id)
    if not is_seeded:
        await seeding.run()
    await seeding.open_inbox()
    return not is_seeded


class _Seeding:
    """The steps, in the order they need each other."""

    def __init__(self, rooms: Rooms, company: Company, actor: Actor) -> None:
        self._rooms = rooms
        self._company = company
        self._actor = actor
        self._tenant_id = actor.tenant_id

    async def run(self) -> None:
        """Do every step, then mark the tenant as complete."""
        skills = await self._skills()
        people = await self._people()
        await self._levels(skills, people)
        queues = await self._queues(skills, await self._hours(), await self._sla_policies())
        await self._words()
        await self._inboxes(queues)
        await self._contacts(people)
        await self._audiences()
        await store_past(self._rooms, self._actor, self._company, read_stories())
        async with self._rooms.database.tenant(self._tenant_id) as conn:
            await queries.mark_seeded(conn, tenant_id=self._tenant_id)
        self._rooms.routing.wake(self._tenant_id)

    async def open_inbox(self) -> None:
        """Let the demo's shop, at this node's address, embed the widget."""
        port = self._rooms.settings.port
        origins = {self._rooms.settings.origin, f"http://127.0.0.1:{port}", f"http://localhost:{port}"}
        async with self._rooms.database.tenant(self._tenant_id) as conn:
            for key in (self._company.inbox_key, OFFICE_KEY):
                row = await queries.inbox_of_key(conn, tenant_id=self._tenant_id, key=key)
                found = msgspec.convert(row["settings"], InboxSettings)
                if not origins <= set(found.origins):
                    settings = msgspec.structs.replace(found, origins=sorted({*found.origins, *origins}))
                    await queries.set_inbox_settings(
                        conn, tenant_id=self._tenant_id, id=row["id"], settings=settings
                    )

    async def _skills(self) -> dict[str, int]:
        found = {
            skill.name: skill.id for skill in await self._rooms.agents.list_skills(self._actor, count=PAGE)
        }
        for skill in self._company.skills:
            if skill.name not in found:
                write = SkillWrite(name=skill.name, category=skill.category, locale=skill.locale)
                found[skill.name] = (await self._rooms.agents.add_skill(self._actor, write)).id
        return found

    async def _people(self) -> dict[str, int]:
        async with self._rooms.database.tenant(self._tenant_id) as conn:
            rows = await queries.list_users(conn, tenant_id=self._tenant_id)
            found: dict[str, int] = {row["email"]: row["id"] for row in rows}
            first = self._company.people[0]
            await queries.set_user_place(
                conn,
                tenant_id=self._tenant_id,
                id=found[first.email],
                name=first.name,
                team=first.team,
                locale=first.locale,
            )
        for person in self._company.people:
            if person.email not in found:
                found[person.email] = await self._person(person)
        return found

    async def _person(self, person: Person) -> int:
        user = User(
            id=self._rooms.ids.take(),
            email=person.email,
            name=person.name,
            role=person.role,
            team=person.team,
            locale=person.locale,
            capacity=person.capacity or dict(CAPACITY),
        )
        password_hash = await self._rooms.tenants.hash_password(self._company.password)
        async with self._rooms.database.tenant(self._tenant_id) as conn:
            await self._rooms.tenants.users.insert(conn, self._tenant_id, user, password_hash)
        return user.id

    async def _levels(self, skills: dict[str, int], people: dict[str, int]) -> None:
        cells = [
            SkillCell(agent_id=people[person.email], skill_id=skills[name], level=level)
            for person in self._company.people
            for name, level in person.levels.items()
        ]
        await self._rooms.agents.set_levels(self._actor, cells)

    async def _hours(self) -> dict[str, int]:
        desk = self._rooms.routing.hours
        found = {hours.name: hours.id for hours in await desk.list_page(self._actor)}
        for hours in self._company.hours:
            if hours.name not in found:
                write = HoursWrite(
                    name=hours.name,
                    time_zone=self._company.time_zone,
                    week=hours.week,
                    holidays=_holidays(self._company.time_zone) if hours.has_holidays else [],
                )
                found[hours.name] = (await desk.add(self._actor, write)).id
        return found

    async def _sla_policies(self) -> dict[str, int]:
        desk = self._rooms.routing.sla_policies
        found = {one.name: one.id for one in await desk.list_page(self._actor)}
        for one in self._company.sla_policies:
            if one.name not in found:
                write = SlaPolicyWrite(**msgspec.structs.asdict(one))
                found[one.name] = (await desk.add(self._actor, write)).id
        return found

    async def _queues(
        self, skills: dict[str, int], hours: dict[str, int], sla_policies: dict[str, int]
    ) -> dict[str, int]:
        desk = self._rooms.routing.queues
        found = {queue.name: queue.id for queue in await desk.list_page(self._actor)}
        for queue in self._company.queues:
            if queue.name not in found:
                write = QueueWrite(
                    name=queue.name,
                    requirement=[
                        Requirement(skill_id=skills[name], level=level)
                        for name, level in queue.requirement.items()
                    ],
                    hours_id=hours[queue.hours],
                    sla_policy_id=sla_policies[queue.sla_policy],
                    wrap_up_s=queue.wrap_up_s,
                    overflow_after_s=queue.overflow_after_s,
                    overflow_queue_id=found[queue.overflow] if queue.overflow else None,
                )
                found[queue.name] = (await desk.add(self._actor, write)).id
        return found

    async def _words(self) -> None:
        """Add tags, outcome codes and templates."""
        take, tenant_id = self._rooms.ids.take, self._tenant_id
        async with self._rooms.database.tenant(tenant_id) as conn:
            for tag in self._company.tags:
                await queries.add_tag(conn, tenant_id=tenant_id, id=take(), name=tag.name, hue=tag.hue)
            for position, one in enumerate(self._company.dispositions):
                await queries.add_disposition(
                    conn, tenant_id=tenant_id, id=take(), name=one.name, position=position
                )
            if not await queries.count_templates(conn, tenant_id=tenant_id):
                for template in self._company.templates:
                    fields = msgspec.structs.asdict(template)
                    await queries.add_template(conn, tenant_id=tenant_id, id=take(), **fields)

    async def _inboxes(self, queues: dict[str, int]) -> None:
        office = {one.name: one.id for one in await self._rooms.routing.hours.list_page(self._actor)}
        inboxes: list[tuple[str, str, str, int | None]] = [
            ("Shop", self._company.inbox_key, "Support", None),
            ("Wholesale", OFFICE_KEY, "Sales", office["Office"]),
        ]
        async with self._rooms.database.tenant(self._tenant_id) as conn:
            for name, key, queue, hours_id in inboxes:
                await queries.add_inbox(
                    conn,
                    tenant_id=self._tenant_id,
                    id=self._rooms.ids.take(),
                    name=name,
                    key=key,
                    queue_id=queues[queue],
                    hours_id=hours_id,
                    settings=InboxSettings(widget=_widget(self._company.name), limits=VISITOR_LIMITS),
                    secrets={"identity_secret": secrets.token()},
                )

    async def _contacts(self, people: dict[str, int]) -> None:
        async with self._rooms.database.tenant(self._tenant_id) as conn:
            if await queries.count_contacts(conn, tenant_id=self._tenant_id):
                return
            tags = {
                row["name"]: row["id"] for row in await queries.list_tags(conn, tenant_id=self._tenant_id)
            }
        for contact in self._company.contacts:
            write = ContactWrite(
                name=contact.name,
                email=contact.email,
                phone=contact.phone,
                locale=contact.locale,
                is_vip=contact.is_vip,
                owner_id=people[contact.owner] if contact.owner else None,
                attributes=contact.attributes,
                note=contact.note,
                tag_ids=[tags[name] for name in contact.tags],
            )
            await self._rooms.contacts.add(self._actor, write)

    async def _audiences(self) -> None:
        room = self._rooms.contacts.audiences
        found = {audience.name for audience in await room.list_page(self._actor)}
        for write in self._company.audiences:
            if write.name not in found:
                await room.add(self._actor, write)


def _holidays(time_zone: str) -> list[Holiday]:
    """Return this year's and the next year's public holidays, closed."""
    year = datetime.fromtimestamp(now_ms() / 1000, UTC).astimezone(ZoneInfo(time_zone)).year
    found = holidays.country_holidays(COUNTRY, years=[year, year + 1], language="en_US")
    return [Holiday(date=day.isoformat(), name=name) for day, name in sorted(found.items())]


def _widget(name: str) -> WidgetSettings:
    """Return how the shop's widget looks and asks."""
    return WidgetSettings(
        title=name,
        greeting={
            "en": "Hello, how can we help?",
            "zh-CN": "您好，有什么可以帮您？",
            "zh-TW": "您好，有什麼可以為您服務？",
        },
        color="#2F5D50",
        prechat=[
            PrechatField(key="name", label={"en": "Your name", "zh-CN": "您的称呼", "zh-TW": "您的稱呼"}),
            PrechatField(key="email", label={"en": "E-mail", "zh-CN": "邮箱", "zh-TW": "電子郵件"}),
        ],
        teaser={
            "en": "Looking for a gift? I am glad to help.",
            "zh-CN": "在挑礼物吗？我来帮您。",
            "zh-TW": "在挑禮物嗎？我來幫您。",
        },
    )
