"""Rows of routing as Structs: interactions, offers, presence. The statements are in queries.sql."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from ucc.domain.conversation import Interaction, Offer, OfferWhy, WhySkill
from ucc.domain.engine import Why
from ucc.domain.people import PlannedBreak, Presence
from ucc.domain.states import Bond, Channel, OfferState, OverflowExit, Session, Status
from ucc.domain.team import WorkInHand
from ucc.kit import sql
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn

WORK_MAX = 5_000  # pieces in hand one look at a team shows

queries = sql.load(Path(__file__).with_name("queries.sql"))


class InteractionRow(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """An interaction as projected, with what an offer's card shows of its conversation and contact.

    `write_work` is given the row; what is as it is by default is left out.
    """

    id: int
    conversation_id: int | None = None
    contact_id: int | None = None
    parent_id: int | None = None
    medium: str
    queue_id: int | None = None
    state: str
    agent_id: int | None = None
    priority: int = 0
    units: int = 1
    reason: str = ""
    created_at_ms: int
    queued_at_ms: int | None = None
    answered_at_ms: int | None = None
    ended_at_ms: int | None = None
    closed_at_ms: int | None = None
    wrap_up_until_ms: int | None = None
    sla_breached_at_ms: int | None = None
    is_reopened: bool = False
    disposition_id: int | None = None
    disposition_note: str = ""
    exit: OverflowExit | None = None
    callback_to: str | None = None
    bond: Bond | None = None
    asked_by: int | None = None
    asked_by_name: str | None = None
    until_ms: int | None = None
    audience: str | None = None
    tries: int = 0
    tries_max: int = 0
    channel: str = Channel.WEBCHAT
    locale: str | None = None
    contact_name: str = ""
    contact_is_vip: bool = False

    @property
    def is_over_for_us(self) -> bool:
        """Say whether it is a consult or a seat that is over: with it went the right to read."""
        return self.bond is not None and self.closed_at_ms is not None

    def shown(self) -> Interaction:
        """Return it as the API speaks it."""
        return msgspec.convert(self, Interaction, from_attributes=True)


class OfferRow(msgspec.Struct, kw_only=True, gc=False):
    """An offer as projected; `fact_why` is what the engine said, `why` the same with names."""

    interaction_id: int
    epoch: int
    agent_id: int
    queue_id: int | None
    state: OfferState
    offered_at_ms: int
    expires_at_ms: int
    ended_at_ms: int | None = None
    reason: str | None = None
    why: OfferWhy | None = None
    journal_seq: int = 0
    fact_why: Why | None = None
    is_broadcast: bool = False
    is_new: bool = False  # made by the batch that is being projected

    def shown(self, row: InteractionRow, names: dict[int, str]) -> Offer:
        """Return the card of the offer dock."""
        return Offer(
            interaction_id=self.interaction_id,
            epoch=self.epoch,
            agent_id=self.agent_id,
            agent_name=names.get(self.agent_id),
            state=self.state,
            offered_at_ms=self.offered_at_ms,
            expires_at_ms=self.expires_at_ms,
            ended_at_ms=self.ended_at_ms,
            reason=self.reason,
            conversation_id=row.conversation_id,
            channel=Channel(row.channel),
            queue_id=self.queue_id,
            queue_name=names.get(self.queue_id) if self.queue_id else None,
            contact_name=row.contact_name,
            contact_is_vip=row.contact_is_vip,
            priority=row.priority,
            audience=row.audience,
            locale=row.locale,
            text=row.reason,
            queued_at_ms=row.queued_at_ms,
            exit=row.exit,
            callback_to=row.callback_to,
            tries=row.tries,
            bond=row.bond,
            asked_by=row.asked_by if row.bond else None,
            asked_by_name=row.asked_by_name if row.bond else None,
            why=self.why,
        )


class AgentRow(msgspec.Struct, kw_only=True, gc=False):
    """An active agent as projected: presence, capacity, and the work that counts as load."""

    agent_id: int
    capacity: dict[str, int]
    session: Session
    status: Status
    reason: str | None
    next_status: Status | None
    next_reason: str | None
    is_blocked: bool
    since_ms: int
    in_hand: list[tuple[int, str, int, str]]  # interaction, medium, units, state
    next_break: PlannedBreak | None = None  # that runs or comes next


class WorkRead(msgspec.Struct, kw_only=True):
    """What append_batch read for the fold of a batch."""

    interactions: list[InteractionRow]
    ringing: list[OfferRow]
    agents: list[AgentRow]
    names: dict[int, str]  # of skills, queues and agents


_OFFER_FIELDS = (
    "interaction_id", "epoch", "agent_id", "queue_id", "state", "offered_at_ms", "expires_at_ms",
    "ended_at_ms", "reason", "why",
)  # fmt: skip


async def read_interactions(conn: Conn, tenant_id: int, ids: Iterable[int]) -> dict[int, InteractionRow]:
    """Return these interactions by id; what does not exist is missing."""
    found = await queries.list_interactions(conn, tenant_id=tenant_id, interaction_ids=list(ids))
    return {row["id"]: msgspec.convert(dict(row), InteractionRow) for row in found}


async def read_offers_of_interaction(
    conn: Conn, tenant_id: int, row: InteractionRow, limit: int
) -> list[Offer]:
    """Return every offer of an interaction, oldest first."""
    found = await queries.list_offers_of_interaction(
        conn, tenant_id=tenant_id, interaction_id=row.id, limit=limit
    )
    return [_offer(one, row) for one in found]


async def read_offers_of_agent(conn: Conn, tenant_id: int, agent_id: int, limit: int) -> list[Offer]:
    """Return what rings at an agent, oldest first."""
    found = await queries.list_offers_of_agent(conn, tenant_id=tenant_id, agent_id=agent_id, limit=limit)
    rows = await read_interactions(conn, tenant_id, [one["interaction_id"] for one in found])
    return [_offer(one, rows[one["interaction_id"]]) for one in found]


def _offer(found: Any, row: InteractionRow) -> Offer:
    names = {found["agent_id"]: found["agent_name"]}
    if found["queue_id"] is not None:
        names[found["queue_id"]] = found["queue_name"]
    return _offer_row(found).shown(row, names)


def _offer_row(found: Any) -> OfferRow:
    values = {name: found[name] for name in (*_OFFER_FIELDS, "journal_seq")}
    return msgspec.convert(values, OfferRow)


async def read_presences(
    conn: Conn,
    tenant_id: int,
    agent_ids: list[int] | None,
    *,
    after_id: int = 0,
    count: int | None = None,
) -> list[Presence]:
    """Return presence and load of these agents, or of all (None), by id; up to `count` behind `after_id`."""
    found = await queries.list_presences(
        conn, tenant_id=tenant_id, agent_ids=agent_ids, after_id=after_id, count=count, now_ms=now_ms()
    )
    return [msgspec.convert(dict(row), Presence) for row in found]


async def read_work_in_hand(conn: Conn, tenant_id: int, agent_ids: list[int]) -> dict[int, list[WorkInHand]]:
    """Return what agents have in hand, the oldest first, at most WORK_MAX pieces of all together."""
    found = await queries.list_work_in_hand(conn, tenant_id=tenant_id, agent_ids=agent_ids, limit=WORK_MAX)
    work: dict[int, list[WorkInHand]] = {}
    for row in found:
        fields = dict(row)
        work.setdefault(fields.pop("agent_id"), []).append(msgspec.convert(fields, WorkInHand))
    return work


async def read_names(conn: Conn, tenant_id: int, ids: Iterable[int]) -> dict[int, str]:
    """Return names of skills, queues and agents by id."""
    found = await queries.list_names(conn, tenant_id=tenant_id, ids=list(ids))
    return {row["id"]: row["name"] for row in found}


read_work = msgspec.json.Decoder(WorkRead).decode


def worded(why: Why, names: dict[int, str], *, is_broadcast: bool) -> OfferWhy:
    """Return what decided an offer, with the skills' names of that moment."""
    has = dict(why.levels)
    return OfferWhy(
        rule=why.rule,
        skills=[
            WhySkill(skill_id=skill, name=names.get(skill, ""), asked=asked, has=has.get(skill, 0))
            for skill, asked in why.requirement
        ],
        eligible=why.eligible,
        idle_since_ms=why.idle_since_ms,
        waited_ms=why.waited_ms,
        waiting=why.waiting,
        is_broadcast=is_broadcast,
    )
