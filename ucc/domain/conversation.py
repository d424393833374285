"""Structs of contacts, conversations, entries, interactions and offers, as API and streams speak them."""

from __future__ import annotations

from typing import Any

import msgspec

from ucc.domain.people import Struct, Write
from ucc.domain.states import (
    Author,
    Bond,
    Channel,
    ConversationState,
    EntryKind,
    InteractionState,
    Locale,
    Medium,
    OfferState,
    OverflowExit,
    SlaAlertKind,
    SlaClock,
)


class Identity(Struct, frozen=True, kw_only=True):
    """How a contact is known on a channel."""

    channel: Channel
    scope: str
    external_id: str
    is_verified: bool = False


class AudienceOfContact(Struct, frozen=True, kw_only=True):
    """An audience a contact is in now."""

    id: int
    name: str
    priority: int | None = None  # what it gives the contact's next work


class Contact(Struct, frozen=True, kw_only=True):
    """A person who writes or calls."""

    id: int
    name: str
    email: str | None = None
    phone: str | None = None
    locale: str | None = None
    is_vip: bool = False
    is_blocked: bool = False  # their work reaches nobody, or the queue for the blocked
    owner_id: int | None = None
    attributes: dict[str, str] = {}
    note: str = ""
    tag_ids: list[int] = []
    identities: list[Identity] = []
    created_at_ms: int
    conversations: int = 0
    duplicate_ids: list[int] = []  # others with the same e-mail or phone: a suggestion, never a merge
    audiences: list[AudienceOfContact] = []  # by name; empty in lists, where nobody asks


class ContactWrite(Write, frozen=True, kw_only=True):
    """What of a contact may be written."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    email: str | None | msgspec.UnsetType = msgspec.UNSET
    phone: str | None | msgspec.UnsetType = msgspec.UNSET
    locale: str | None | msgspec.UnsetType = msgspec.UNSET
    is_vip: bool | msgspec.UnsetType = msgspec.UNSET
    owner_id: int | None | msgspec.UnsetType = msgspec.UNSET
    attributes: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    note: str | msgspec.UnsetType = msgspec.UNSET
    tag_ids: list[int] | msgspec.UnsetType = msgspec.UNSET


class BlockWrite(Write, frozen=True, kw_only=True):
    """Why a contact is blocked, for the audit."""

    reason: str = ""


class ContactMerge(Struct, frozen=True, kw_only=True):
    """A merge by hand: everything of `merged_id` goes to the kept contact; `id` undoes it."""

    id: int
    kept_id: int
    merged_id: int
    at_ms: int


class Attachment(Struct, frozen=True, kw_only=True):
    """A stored file; `url` is signed and short-lived."""

    id: int
    name: str
    media_type: str
    size_bytes: int
    width: int | None = None
    height: int | None = None
    url: str = ""


class SystemEvent(Struct, frozen=True, kw_only=True):
    """What a system entry says, as data: the screen words it in the reader's language."""

    code: str  # a value of states.SystemCode
    agent_id: int | None = None
    agent_name: str | None = None
    queue_id: int | None = None
    queue_name: str | None = None
    detail: dict[str, str] = {}


class Entry(Struct, frozen=True, kw_only=True):
    """One line of a conversation; seq runs 1, 2, 3 … within it."""

    conversation_id: int
    seq: int
    id: int
    kind: EntryKind
    author: Author
    at_ms: int
    text: str = ""
    user_id: int | None = None
    user_name: str | None = None
    client_id: str | None = None  # the writer's own id, to match the optimistic echo
    interaction_id: int | None = None
    attachments: list[Attachment] = []
    mentions: list[int] = []
    system: SystemEvent | None = None


class EntryWrite(Write, frozen=True, kw_only=True):
    """A reply or a private note. `client_id` makes it safe to send twice."""

    client_id: str  # a UUID
    text: str = ""
    kind: EntryKind = EntryKind.MESSAGE
    attachment_ids: list[int] = []
    mentions: list[int] = []


class Interaction(Struct, frozen=True, kw_only=True):
    """One stretch of work on a conversation."""

    id: int
    conversation_id: int | None
    medium: Medium
    state: InteractionState
    queue_id: int | None = None
    agent_id: int | None = None
    parent_id: int | None = None
    priority: int = 0
    audience: str | None = None  # the name of the audience that gave the priority, as it was then
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
    # By which the contact left: a message to answer, or somebody to call back.
    exit: OverflowExit | None = None
    callback_to: str | None = None  # the number to call, in E.164
    bond: Bond | None = None  # None: the contact's own work; else work of ours beside it, `parent_id`
    asked_by: int | None = None  # the agent who asked by the consult; stays when it is completed
    # Of a consult nobody has accepted, of what connects, or of a contact with a flow: over then.
    # Of a callback that is scheduled: due then.
    until_ms: int | None = None
    tries: int = 0  # of a callback: which time it is dialled, else how often it was in vain
    tries_max: int = 0  # how often at most, since it was dialled first


class BondedWork(Struct, frozen=True, kw_only=True):
    """A live consult about a conversation's work, or a seat in its conference."""

    interaction_id: int
    bond: Bond
    state: InteractionState
    agent_id: int | None = None  # who has it, or at whom it rings; None: it waits in the queue
    agent_name: str | None = None
    queue_name: str | None = None
    asked_by: int | None = None
    asked_by_name: str | None = None
    until_ms: int | None = None  # over then unless somebody has accepted it
    since_ms: int  # of the acceptance, of the asking before it


class WrapUp(Struct, frozen=True, kw_only=True):
    """A wrap-up that runs beside a conversation's present work: of an agent who has handed it on."""

    interaction_id: int
    agent_id: int | None
    ended_at_ms: int | None
    until_ms: int | None  # it ends on its own then


class SlaAlert(Struct, frozen=True, kw_only=True):
    """A promise that is about to be broken, or is broken."""

    clock: SlaClock
    kind: SlaAlertKind
    at_ms: int


class LinkedWork(Struct, frozen=True, kw_only=True):
    """Other work of the same contact, in another conversation."""

    conversation_id: int
    channel: Channel
    state: InteractionState
    queue_name: str | None = None
    agent_id: int | None = None
    agent_name: str | None = None


class Conversation(Struct, frozen=True, kw_only=True):
    """A row of the list and the head of the thread."""

    id: int
    inbox_id: int
    channel: Channel
    contact_id: int
    contact_name: str
    contact_is_vip: bool = False
    state: ConversationState
    snoozed_until_ms: int | None = None
    head_seq: int
    interaction: Interaction | None = None
    queue_id: int | None = None
    queue_name: str | None = None
    agent_id: int | None = None
    agent_name: str | None = None
    contact_seq: int = 0
    agent_seq: int = 0
    contact_read_seq: int = 0
    contact_delivered_seq: int = 0
    agent_read_seq: int = 0
    unread: int = 0
    waiting_since_ms: int | None = None
    due_at_ms: int | None = None
    target_s: int | None = None  # of the running clock, for the ring of the SLA chip
    linked: list[LinkedWork] = []  # live work of the contact elsewhere, whose agent has it too
    bonded: list[BondedWork] = []  # consults about the work and seats in its conference, the oldest first
    wrap_ups: list[WrapUp] = []  # of agents who handed it on, beside the present work, the oldest first
    sla_alerts: list[SlaAlert] = []  # of the present work, the latest of each clock and kind, oldest first
    last_at_ms: int
    last_text: str = ""
    last_author: Author = Author.CONTACT
    locale: Locale | None = None
    tag_ids: list[int] = []
    context: dict[str, Any] = {}
    disposition_id: int | None = None
    created_at_ms: int
    resolved_at_ms: int | None = None
    is_contact_online: bool = False


class ConversationWrite(Write, frozen=True, kw_only=True):
    """What of a conversation may be written by hand."""

    state: ConversationState | msgspec.UnsetType = msgspec.UNSET
    snoozed_until_ms: int | None | msgspec.UnsetType = msgspec.UNSET
    tag_ids: list[int] | msgspec.UnsetType = msgspec.UNSET


class DraftWrite(Write, frozen=True, kw_only=True):
    """What is in the composer, kept on the server; empty text removes it."""

    text: str
    kind: str = "message"  # message | note | wrap_up


class Draft(Struct, frozen=True, kw_only=True):
    """A kept draft."""

    kind: str
    text: str
    updated_at_ms: int


class View(Struct, frozen=True, kw_only=True):
    """A named list of the Desk and how many are in it."""

    key: str  # mine working waiting_on_contact wrap_up parked mentions unassigned my_queues missed all
    count: int


class ViewCount(Struct, frozen=True, kw_only=True):
    """How many conversations stand in a narrowed view; 100 means: at least as many."""

    count: int


class AgentDay(Struct, frozen=True, kw_only=True):
    """What one agent has handled since a moment, usually their midnight."""

    handled: int  # chats that ended
    handled_by_hour: list[int]  # since that moment, the hour that runs last
    handle_s: int | None = None  # mean from answer to end, without wrap-up; null: none ended


class WhySkill(Struct, frozen=True, kw_only=True):
    """One skill of the requirement: what was asked and what the agent has."""

    skill_id: int
    name: str
    asked: int
    has: int


class OfferWhy(Struct, frozen=True, kw_only=True):
    """What decided this offer, as the journal recorded it."""

    rule: str  # preferred | best_level_then_longest_idle | named
    skills: list[WhySkill]
    eligible: int
    idle_since_ms: int
    waited_ms: int
    waiting: int
    is_broadcast: bool = False  # rings at colleagues too: the first to accept has it


class Offer(Struct, frozen=True, kw_only=True):
    """An interaction reserved for an agent; the card of the offer dock."""

    interaction_id: int
    epoch: int
    agent_id: int
    agent_name: str | None = None
    state: OfferState
    offered_at_ms: int
    expires_at_ms: int
    ended_at_ms: int | None = None
    reason: str | None = None  # of the end
    conversation_id: int | None = None
    channel: Channel = Channel.WEBCHAT
    queue_id: int | None = None
    queue_name: str | None = None
    contact_name: str = ""
    contact_is_vip: bool = False
    priority: int = 0  # of the work, 0–9
    audience: str | None = None  # the name of the audience that gave it
    locale: str | None = None
    text: str = ""  # pre-chat answer or first words
    queued_at_ms: int | None = None
    exit: OverflowExit | None = None  # a message that was left, or a contact to call back
    callback_to: str | None = None  # the number to call, in E.164
    tries: int = 0  # how often it was dialled in vain
    bond: Bond | None = None  # consult: a colleague asks for advice, the contact stays with them
    asked_by: int | None = None
    asked_by_name: str | None = None
    why: OfferWhy | None = None


class JournalLine(Struct, frozen=True, kw_only=True):
    """One fact of the journal about an interaction."""

    seq: int
    at_ms: int
    fact: str
    detail: dict[str, Any]


class InteractionWhy(Struct, frozen=True, kw_only=True):
    """Why this agent: every offer of an interaction, oldest first, with the journal's place of each."""

    interaction_id: int
    offers: list[Offer]
    journal: list[JournalLine] = []


class DeclineWrite(Write, frozen=True, kw_only=True):
    """Why an offer is refused."""

    reason: str | None = None


class EndWrite(Write, frozen=True, kw_only=True):
    """Resolves what the agent has seen: a message after `seen_seq` keeps the work alive.

    A consult or a seat is over by it; there `seen_seq` says nothing.
    """

    seen_seq: int = 0


class CompleteWrite(Write, frozen=True, kw_only=True):
    """The outcome of wrap-up."""

    disposition_id: int | None = None
    note: str = ""
    tag_ids: list[int] | None = None


class ExtendWrite(Write, frozen=True, kw_only=True):
    """More wrap-up time, seconds."""

    by_s: int = 60


class CallbackWrite(Write, frozen=True, kw_only=True):
    """Whom to call instead of letting them wait."""

    phone: str  # with the country: +60 12-345 6789
    not_before_ms: int | None = None  # within 31 days; None: as soon as somebody can


class TransferWrite(Write, frozen=True, kw_only=True):
    """To a queue or to an agent, exactly one, with a note for whoever gets it."""

    queue_id: int | None = None
    agent_id: int | None = None
    note: str = ""


class ConsultWrite(Write, frozen=True, kw_only=True):
    """Who is asked, a queue or an agent, exactly one, with what is asked as an internal note."""

    queue_id: int | None = None
    agent_id: int | None = None
    note: str = ""


class HandOverWrite(Write, frozen=True, kw_only=True):
    """Who of the conference owns the work from here on."""

    agent_id: int


class FlowWrite(Write, frozen=True, kw_only=True):
    """How long a step of a flow may take at most, seconds; then the contact comes back by itself."""

    limit_s: int = 900
