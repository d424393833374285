"""Users, API keys and the audit, on the real database."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from ucc.domain.actor import Actor
from ucc.domain.errors import BadInput, Conflict, NotAllowed, NotFound, NotSignedIn
from ucc.domain.people import ApiKeyWrite, Preferences, UserWrite
from ucc.domain.states import Locale, Role
from ucc.kit.clock import now_ms
from ucc.kit.db import Database
from ucc.kit.embedded import EmbeddedPostgres
from ucc.kit.ids import Ids
from ucc.kit.tasks import Tasks
from ucc.tenants import api_keys
from ucc.tenants.service import Tenants

from .conftest import PASSWORD, House


async def test_a_new_user_is_listed_and_routing_is_told(house: House):
    user = await house.add("mei@house.example")
    users = await house.tenants.users.list_page(house.admin, count=10)
    assert [one.name for one in users] == ["Admin", "Mei Tan"]
    assert house.heard.changed == [house.admin.user_id, user.id]
    assert house.heard.woken == [house.admin.tenant_id]
    assert user.capacity["voice"] == 1


async def test_users_come_in_pages(house: House):
    for number in range(5):
        await house.add(f"user{number}@house.example", name=f"User {number}")
    first = await house.tenants.users.list_page(house.admin, count=3)
    rest = await house.tenants.users.list_page(house.admin, after=(first[-1].name, first[-1].id), count=10)
    assert [one.name for one in first + rest] == ["Admin", *(f"User {number}" for number in range(5))]


async def test_an_address_signs_in_to_one_place(house: House):
    await house.add("mei@house.example")
    with pytest.raises(Conflict):
        await house.add("MEI@house.example")


async def test_a_user_needs_all_their_fields(house: House):
    with pytest.raises(BadInput, match="needs"):
        await house.tenants.users.add(house.admin, UserWrite(email="a@b.example", name="A"))


async def test_the_last_admin_stays(house: House):
    for write in (UserWrite(role=Role.AGENT), UserWrite(is_active=False)):
        with pytest.raises(Conflict, match="last admin"):
            await house.tenants.users.change(house.admin, house.admin.user_id or 0, write)


async def test_two_admins_cannot_remove_each_other_at_once(house: House, database: Database):
    other = await house.add("second@house.example", role=Role.ADMIN)
    demote = UserWrite(role=Role.AGENT)
    answers = await asyncio.gather(
        house.tenants.users.change(house.admin, other.id, demote),
        house.tenants.users.change(house.admin, house.admin.user_id or 0, demote),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, Exception) for answer in answers) >= 1
    async with database.tenant(house.admin.tenant_id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM app_user WHERE role = 'admin' AND is_active") >= 1


async def test_nobody_gives_a_role_above_their_own(house: House):
    key = Actor(
        tenant_id=house.admin.tenant_id,
        user_id=None,
        name="key",
        permissions=frozenset({"people.write", "people.read"}),
        kind="api_key",
        key_id=7,
    )
    write = UserWrite(email="x@house.example", name="X", role=Role.ADMIN, password=PASSWORD)
    with pytest.raises(NotAllowed):
        await house.tenants.users.add(key, write)


async def test_a_deactivated_user_is_gone_from_agents_but_not_from_history(house: House):
    user = await house.add("mei@house.example")
    await house.tenants.users.deactivate(house.admin, user.id)
    assert (await house.tenants.users.get(house.admin, user.id)).is_active is False
    active = await house.tenants.users.list_page(house.admin, count=10, only_active=True)
    assert user.id not in [one.id for one in active]
    assert house.heard.changed[1:] == [user.id, user.id]


async def test_nobody_deactivates_themselves(house: House):
    with pytest.raises(Conflict):
        await house.tenants.users.deactivate(house.admin, house.admin.user_id or 0)


async def test_preferences_stay_as_set(house: House):
    await house.tenants.users.prefer(
        house.admin, Preferences(locale=Locale.ZH_CN, theme="dark", preferences={"cards": ["now", "notes"]})
    )
    await house.tenants.users.prefer(house.admin, Preferences(theme="light"))
    me = await house.tenants.users.me(house.admin, "csrf")
    assert (me.locale, me.theme, me.preferences) == (Locale.ZH_CN, "light", {"cards": ["now", "notes"]})
    assert me.tenant_name == "House"


async def test_a_key_acts_with_its_scopes_until_it_is_revoked(house: House):
    made = await house.tenants.keys.add(house.admin, ApiKeyWrite(name="CRM", scopes=["contacts.read"]))
    assert made.secret is not None
    actor = await house.tenants.actor_of_api_key(made.secret)
    assert (actor.kind, actor.permissions, actor.key_id) == ("api_key", frozenset({"contacts.read"}), made.id)
    listed = await house.tenants.keys.list_page(house.admin, before_id=None, count=10)
    assert [(key.id, key.secret) for key in listed] == [(made.id, None)]
    await house.tenants.keys.revoke(house.admin, made.id)
    with pytest.raises(NotSignedIn):
        await house.tenants.actor_of_api_key(made.secret)
    with pytest.raises(NotFound):
        await house.tenants.keys.revoke(house.admin, made.id)


async def test_a_key_expires(house: House, monkeypatch: pytest.MonkeyPatch):
    write = ApiKeyWrite(name="CRM", scopes=["contacts.read"], expires_at_ms=now_ms() + 60_000)
    made = await house.tenants.keys.add(house.admin, write)
    assert await house.tenants.actor_of_api_key(made.secret or "")
    later = now_ms() + 60_001
    monkeypatch.setattr(api_keys, "now_ms", lambda: later)
    with pytest.raises(NotSignedIn):
        await house.tenants.actor_of_api_key(made.secret or "")


@pytest.mark.parametrize(
    "text", ["", "ucc_", "ucc_1_", "ucc_x_y", "sk_1_y", "ucc_1_wrong", "ucc_99999999999999999_y"]
)
async def test_what_is_no_key_is_refused(house: House, text: str):
    with pytest.raises(NotSignedIn):
        await house.tenants.actor_of_api_key(text)


async def test_the_secret_of_one_key_does_not_open_another(house: House):
    one, two = [
        await house.tenants.keys.add(house.admin, ApiKeyWrite(name="K", scopes=["contacts.read"]))
        for _ in "ab"
    ]
    mixed = f"ucc_{one.id}_{(two.secret or '').split('_', 2)[2]}"
    with pytest.raises(NotSignedIn):
        await house.tenants.actor_of_api_key(mixed)


async def test_the_audit_is_a_chain_even_under_parallel_writers(house: House):
    await asyncio.gather(*[house.add(f"user{number}@house.example") for number in range(8)])
    lines = await house.tenants.log.list_page(house.admin, act=None, before_seq=None, count=100)
    assert [line.seq for line in lines] == list(range(9, 0, -1))
    assert await house.tenants.log.first_break(house.admin.tenant_id) is None
    only = await house.tenants.log.list_page(house.admin, act="tenant_created", before_seq=None, count=100)
    assert [line.act for line in only] == ["tenant_created"]


async def test_a_changed_line_of_the_audit_shows(house: House, postgres: EmbeddedPostgres, postgres_url: str):
    for number in range(3):
        await house.add(f"user{number}@house.example")
    database = postgres_url.partition("@/")[2].partition("?")[0]
    superuser = await asyncpg.connect(postgres.admin_url, database=database)
    await superuser.execute('UPDATE audit SET detail = \'{"role": "agent!"}\' WHERE seq = 3')
    await superuser.close()
    assert await house.tenants.log.first_break(house.admin.tenant_id) == 3


async def test_the_application_cannot_change_the_audit(house: House, database: Database):
    for statement in ("UPDATE audit SET act = 'x'", "DELETE FROM audit"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.tenant(house.admin.tenant_id) as conn:
                await conn.execute(statement)


async def test_passwords_and_secrets_never_reach_the_audit(house: House):
    await house.add("mei@house.example")
    made = await house.tenants.keys.add(house.admin, ApiKeyWrite(name="K", scopes=["contacts.read"]))
    lines = await house.tenants.log.list_page(house.admin, act=None, before_seq=None, count=100)
    assert PASSWORD not in repr(lines)
    assert (made.secret or "").split("_", 2)[2] not in repr(lines)


@pytest.mark.parametrize("slug", ["house", "No Spaces", "-x", ""])
async def test_a_slug_is_unique_and_plain(
    house: House, database: Database, ids: Ids, tasks: Tasks, slug: str
):
    tenants = Tenants(database, ids, house.heard, tasks)
    with pytest.raises((Conflict, BadInput)):
        await tenants.create_tenant(name="Other", slug=slug, email="a@other.example", password=PASSWORD)
    tenants.close()


async def test_a_user_of_another_tenant_does_not_exist_here(house: House):
    other_id, other_user = await house.tenants.create_tenant(
        name="Other", slug="other", email="admin@other.example", password=PASSWORD
    )
    with pytest.raises(NotFound):
        await house.tenants.users.get(house.admin, other_user)
    with pytest.raises(NotFound):
        await house.tenants.users.change(house.admin, other_user, UserWrite(name="Mine now"))
    assert other_id != house.admin.tenant_id
