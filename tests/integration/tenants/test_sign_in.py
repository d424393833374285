"""Signing in, staying in, being thrown out: on the real database."""

from __future__ import annotations

import asyncio

import pytest

from ucc.domain.errors import NotAllowed, NotSignedIn, TooMany
from ucc.domain.events import SessionEnded
from ucc.domain.people import PasswordWrite, UserWrite
from ucc.domain.states import Role
from ucc.kit import secrets
from ucc.kit.db import Database
from ucc.kit.ids import Ids
from ucc.kit.tasks import Tasks
from ucc.tenants import rules, sessions
from ucc.tenants.service import Tenants
from ucc.tenants.sessions import Origin
from ucc.tenants.store import queries

from .conftest import PASSWORD, Heard, House

HERE = Origin("203.0.113.9", "test")


async def sign_in(
    house: House, email: str | None = None, password: str = PASSWORD, origin: Origin = HERE
) -> str:
    token, _ = await house.tenants.sessions.sign_in(email or house.email, password, origin)
    return token


async def test_who_signs_in_is_known_by_the_token(house: House):
    token = await sign_in(house, email="  ADMIN@house.example ")
    found = await house.tenants.actor_of_session(token)
    assert (found.actor.tenant_id, found.actor.user_id) == (house.admin.tenant_id, house.admin.user_id)
    assert found.actor.permissions == rules.ROLES[Role.ADMIN]
    assert found.csrf_hash == secrets.digest(sessions.csrf_token(token))


async def test_the_token_itself_is_nowhere_in_the_database(house: House, database: Database):
    token = await sign_in(house)
    async with database.tenant(house.admin.tenant_id) as conn:
        rows = await conn.fetch("SELECT s::text AS line FROM user_session s")
    assert len(rows) == 1
    assert token not in rows[0]["line"]


@pytest.mark.parametrize("email", ["admin@house.example", "nobody@house.example"])
async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(house: House, email: str):
    with pytest.raises(NotSignedIn, match="the e-mail address or the password is wrong"):
        await sign_in(house, email=email, password="not the password")


async def test_a_known_address_does_not_answer_later_for_being_recorded(house: House, database: Database):
    """The line of the audit waits for other lines of the tenant; the answer, which an unknown address has
    without any, must not wait for it.
    """
    tenant_id = house.admin.tenant_id
    async with database.tenant(tenant_id) as conn:
        await queries.lock_audit(conn, tenant_id=tenant_id)
        async with asyncio.timeout(10):
            with pytest.raises(NotSignedIn):
                await sign_in(house, password="not the password")
    async with asyncio.timeout(10):
        while not await house.tenants.log.list_page(  # noqa: ASYNC110  # the database does not signal
            house.admin, act="sign_in_failed", before_seq=None, count=1
        ):
            await asyncio.sleep(0.01)


async def test_the_own_password_cannot_be_guessed_by_who_holds_a_session(house: House):
    actor = (await house.tenants.actor_of_session(await sign_in(house))).actor
    wrong = PasswordWrite(old="guess after guess", new="correct horse battery 2")
    for _ in range(rules.ACCOUNT_FAILURES_MAX):
        with pytest.raises(NotAllowed):
            await house.tenants.users.change_own_password(actor, wrong)
    right = PasswordWrite(old=PASSWORD, new="correct horse battery 2")
    with pytest.raises(TooMany):
        await house.tenants.users.change_own_password(actor, right)
    with pytest.raises(TooMany):
        await sign_in(house)


async def test_an_unknown_address_costs_a_hash_too(house: House, monkeypatch: pytest.MonkeyPatch):
    compared: list[str | None] = []
    is_right = house.tenants.sessions._passwords.is_right

    async def watched(password: str, stored: str | None) -> bool:
        compared.append(stored)
        return await is_right(password, stored)

    monkeypatch.setattr(house.tenants.sessions._passwords, "is_right", watched)
    with pytest.raises(NotSignedIn):
        await sign_in(house, email="nobody@house.example")
    assert compared == [None]


async def test_the_sixth_guess_at_an_account_waits_even_from_other_addresses(house: House):
    for number in range(rules.ACCOUNT_FAILURES_MAX):
        with pytest.raises(NotSignedIn):
            await sign_in(house, password="wrong", origin=Origin(f"198.51.100.{number}"))
    with pytest.raises(TooMany) as refused:
        await sign_in(house, origin=Origin("198.51.100.99"))
    assert refused.value.found["retry_after_s"] >= 1


async def test_guesses_in_parallel_count_as_well(house: House):
    guesses = [sign_in(house, password="wrong") for _ in range(12)]
    answers = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(isinstance(answer, NotSignedIn) for answer in answers) == rules.ACCOUNT_FAILURES_MAX
    assert sum(isinstance(answer, TooMany) for answer in answers) == 12 - rules.ACCOUNT_FAILURES_MAX


async def test_many_people_of_one_address_sign_in_at_once(house: House):
    people = [await house.add(f"user{number}@house.example") for number in range(10)]
    tokens = await asyncio.gather(*[sign_in(house, email=person.email) for person in people])
    assert len(set(tokens)) == 10


async def test_one_address_cannot_spray_many_accounts(house: House):
    for number in range(rules.ADDRESS_FAILURES_MAX):
        with pytest.raises(NotSignedIn):
            await sign_in(house, email=f"user{number}@house.example", password="wrong")
    with pytest.raises(TooMany):
        await sign_in(house)


async def test_a_good_sign_in_forgets_the_failures_of_the_account(house: House):
    for _ in range(3):
        for _ in range(rules.ACCOUNT_FAILURES_MAX - 1):
            with pytest.raises(NotSignedIn):
                await sign_in(house, password="wrong")
        assert await sign_in(house)


async def test_a_session_ends_when_nobody_uses_it(house: House, monkeypatch: pytest.MonkeyPatch):
    token = await sign_in(house)
    now = sessions.now_ms()
    monkeypatch.setattr(sessions, "now_ms", lambda: now + rules.SESSION_IDLE_MS + 1)
    with pytest.raises(NotSignedIn):
        await house.tenants.actor_of_session(token)


async def test_a_used_session_lasts_but_not_for_ever(house: House, monkeypatch: pytest.MonkeyPatch):
    token = await sign_in(house)
    start = sessions.now_ms()
    step = rules.SESSION_IDLE_MS - 60_000
    for number in range(1, rules.SESSION_MS_MAX // step):
        monkeypatch.setattr(sessions, "now_ms", lambda number=number: start + number * step)
        await house.tenants.actor_of_session(token)
    monkeypatch.setattr(sessions, "now_ms", lambda: start + rules.SESSION_MS_MAX + 1)
    with pytest.raises(NotSignedIn):
        await house.tenants.actor_of_session(token)


async def test_signing_out_ends_this_session_alone_and_says_so(house: House):
    mine, other = await sign_in(house), await sign_in(house)
    actor = (await house.tenants.actor_of_session(mine)).actor
    await house.tenants.sessions.sign_out(actor)
    with pytest.raises(NotSignedIn):
        await house.tenants.actor_of_session(mine)
    assert (await house.tenants.actor_of_session(other)).actor.user_id == actor.user_id
    assert actor.session_hash is not None
    ended = house.heard.publications[-1]
    assert ended.stream == f"tenant:{actor.tenant_id}"
    assert ended.payload == SessionEnded(user_id=actor.user_id, session=actor.session_hash.hex())


async def test_a_new_password_ends_every_other_session_at_once(house: House):
    mine, other = await sign_in(house), await sign_in(house)
    actor = (await house.tenants.actor_of_session(mine)).actor
    await house.tenants.actor_of_session(other)
    await house.tenants.users.change_own_password(
        actor, PasswordWrite(old=PASSWORD, new="another good phrase")
    )
    assert await house.tenants.actor_of_session(mine)
    with pytest.raises(NotSignedIn):
        await house.tenants.actor_of_session(other)
    assert SessionEnded(user_id=actor.user_id) in [one.payload for one in house.heard.publications]


@pytest.mark.parametrize(
    "write",
    [UserWrite(role=Role.SUPERVISOR), UserWrite(is_active=False), UserWrite(password="another good phrase")],
)
async def test_role_activity_and_password_changes_end_sessions_and_tickets(house: House, write: UserWrite):
    user = await house.add("mei@house.example")
    token = await sign_in(house, email=user.email)
    actor = (await house.tenants.actor_of_session(token)).actor
    ticket = await house.tenants.sessions.ticket(actor)
    await house.tenants.users.change(house.admin, user.id, write)
    with pytest.raises(NotSignedIn):
        await house.tenants.actor_of_session(token)
    with pytest.raises(NotSignedIn):
        await house.tenants.redeem_ticket(ticket)
    assert SessionEnded(user_id=user.id) in [one.payload for one in house.heard.publications]


async def test_another_node_stops_believing_a_session_within_seconds(
    house: House, database: Database, ids: Ids, tasks: Tasks
):
    elsewhere = Tenants(database, ids, house.heard, tasks)
    token = await sign_in(house)
    actor = (await elsewhere.actor_of_session(token)).actor
    await house.tenants.sessions.sign_out(actor)

    async def is_refused() -> None:
        while True:
            try:
                await elsewhere.actor_of_session(token)
            except NotSignedIn:
                return
            await asyncio.sleep(0.05)

    async with asyncio.timeout(5):
        await is_refused()
    elsewhere.close()


async def test_a_ticket_opens_one_socket_once(house: House):
    token = await sign_in(house)
    actor = (await house.tenants.actor_of_session(token)).actor
    ticket = await house.tenants.sessions.ticket(actor)
    answers = await asyncio.gather(
        *[house.tenants.redeem_ticket(ticket) for _ in range(5)], return_exceptions=True
    )
    winners = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert [winner.user_id for winner in winners] == [actor.user_id]
    assert winners[0].session_hash == actor.session_hash


async def test_a_ticket_is_good_for_thirty_seconds(house: House, monkeypatch: pytest.MonkeyPatch):
    token = await sign_in(house)
    actor = (await house.tenants.actor_of_session(token)).actor
    ticket = await house.tenants.sessions.ticket(actor)
    now = sessions.now_ms()
    monkeypatch.setattr(sessions, "now_ms", lambda: now + rules.TICKET_MS + 1)
    with pytest.raises(NotSignedIn):
        await house.tenants.redeem_ticket(ticket)


async def test_a_ticket_dies_with_its_session(house: House):
    token = await sign_in(house)
    actor = (await house.tenants.actor_of_session(token)).actor
    ticket = await house.tenants.sessions.ticket(actor)
    await house.tenants.sessions.sign_out(actor)
    with pytest.raises(NotSignedIn):
        await house.tenants.redeem_ticket(ticket)


async def test_a_hub_learns_which_sessions_still_hold(house: House):
    mine, other = await sign_in(house), await sign_in(house)
    actor = (await house.tenants.actor_of_session(mine)).actor
    hashes = [secrets.digest(mine), secrets.digest(other), secrets.digest("made up")]
    await house.tenants.sessions.sign_out(actor)
    assert await house.tenants.sessions.living(hashes) == {secrets.digest(other)}


async def test_a_lost_signal_ends_sockets_all_the_same(
    house: House, database: Database, ids: Ids, tasks: Tasks
):
    heard = Heard()
    elsewhere = Tenants(database, ids, heard, tasks)
    token = await sign_in(house)
    actor = (await house.tenants.actor_of_session(token)).actor
    await elsewhere.redeem_ticket(await house.tenants.sessions.ticket(actor))
    await elsewhere.sessions.watch()
    assert heard.publications == []
    await house.tenants.sessions.sign_out(actor)
    await elsewhere.sessions.watch()
    assert actor.session_hash is not None
    ended = SessionEnded(user_id=actor.require_user(), session=actor.session_hash.hex())
    assert [one.payload for one in heard.publications] == [ended]
    elsewhere.close()


async def test_a_console_that_opens_while_sessions_are_looked_at_stays_open(
    house: House, database: Database, ids: Ids, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
):
    heard = Heard()
    elsewhere = Tenants(database, ids, heard, tasks)
    first, second = [
        await house.tenants.sessions.ticket((await house.tenants.actor_of_session(token)).actor)
        for token in (await sign_in(house), await sign_in(house))
    ]
    await elsewhere.redeem_ticket(first)
    ask = elsewhere.sessions.living

    async def meanwhile(session_hashes: list[bytes]) -> set[bytes]:
        living = await ask(session_hashes)
        await elsewhere.redeem_ticket(second)
        return living

    monkeypatch.setattr(elsewhere.sessions, "living", meanwhile)
    await elsewhere.sessions.watch()
    assert heard.publications == []
    elsewhere.close()


async def test_signing_in_over_a_session_replaces_it(house: House):
    planted = await sign_in(house)
    await house.tenants.sessions.replace(planted)
    with pytest.raises(NotSignedIn):
        await house.tenants.actor_of_session(planted)


async def test_what_is_over_is_swept_away(house: House, database: Database, monkeypatch: pytest.MonkeyPatch):
    await sign_in(house)
    now = sessions.now_ms()
    monkeypatch.setattr(sessions, "now_ms", lambda: now + rules.SESSION_IDLE_MS + 1)
    await house.tenants.sweep()
    async with database.tenant(house.admin.tenant_id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM user_session") == 0
