"""Structs of tenants, users, presence, skills and the settings screens, as the API speaks them."""

from __future__ import annotations

from typing import Any

import msgspec

from ucc.domain.states import (
    AgentChoice,
    Channel,
    Locale,
    Medium,
    OffQueueReason,
    OverflowExit,
    QueueOrder,
    Role,
    Session,
    SlaPause,
    Status,
)


class Struct(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A value of the API: named fields, never changed; none holds itself, so none needs collecting."""


class Write(Struct, frozen=True, kw_only=True):
    """What a caller sends. The door refuses fields it does not have (`ucc/web/fields.py`)."""


class PlannedShift(Struct, frozen=True, kw_only=True):
    """When an agent is to work."""

    from_ms: int
    to_ms: int


class PlannedBreak(Struct, frozen=True, kw_only=True):
    """When an agent is to be off queue."""

    from_ms: int
    to_ms: int
    reason: OffQueueReason = OffQueueReason.BREAK  # of the status meanwhile


class AgentPlan(Struct, frozen=True, kw_only=True):
    """An agent's shifts and breaks, as routing follows them."""

    agent_id: int
    shifts: list[PlannedShift] = []
    breaks: list[PlannedBreak] = []


class PlanWrite(Write, frozen=True, kw_only=True):
    """A plan as written, whole; each list in order of time and apart, empty = none planned."""

    shifts: list[PlannedShift] = []
    breaks: list[PlannedBreak] = []


class Presence(Struct, frozen=True, kw_only=True):
    """The three axes and the block of one agent; load is units in use per medium."""

    agent_id: int
    session: Session
    status: Status
    reason: str | None = None
    next_status: Status | None = None
    next_reason: str | None = None
    is_blocked: bool = False  # not_responding
    since_ms: int
    load: dict[str, int] = {}
    capacity: dict[str, int] = {}
    wrap_ups: int = 0
    next_break: PlannedBreak | None = None  # the planned break that runs or comes next


class Handling(Struct, frozen=True, kw_only=True):
    """How an agent's work of several media goes together, and how often the agent has a turn."""

    voice_exclusive: bool = True  # a call alone, or beside chats as far as units go
    interruptible: list[Medium] = []  # what gives way to a call and comes back after it
    weight: int = 1  # 1–100: how often beside others, in queues that choose by weight


class User(Struct, frozen=True, kw_only=True):
    """A person who signs in; with queue skills they are an agent."""

    id: int
    email: str
    name: str
    role: Role
    team: str | None = None
    locale: Locale = Locale.EN
    is_active: bool = True
    capacity: dict[str, int] = {}
    handling: Handling = msgspec.field(default_factory=Handling)
    skills: dict[str, int] = {}  # skill id → level (JSON keys are text)
    presence: Presence | None = None


class UserWrite(Write, frozen=True, kw_only=True):
    """A user as an admin writes them; what is absent stays (PATCH) or takes its default (POST)."""

    email: str | msgspec.UnsetType = msgspec.UNSET
    name: str | msgspec.UnsetType = msgspec.UNSET
    role: Role | msgspec.UnsetType = msgspec.UNSET
    team: str | None | msgspec.UnsetType = msgspec.UNSET
    password: str | msgspec.UnsetType = msgspec.UNSET
    is_active: bool | msgspec.UnsetType = msgspec.UNSET
    capacity: dict[str, int] | msgspec.UnsetType = msgspec.UNSET
    handling: Handling | msgspec.UnsetType = msgspec.UNSET


class Me(Struct, frozen=True, kw_only=True):
    """The signed-in user, the tenant, what they may do, and the token every write carries in X-CSRF-Token."""

    user: User
    tenant_id: int
    tenant_name: str
    permissions: list[str]
    csrf_token: str
    locale: Locale
    theme: str
    preferences: dict[str, Any] = {}


class Preferences(Write, frozen=True, kw_only=True):
    """What a user sets for themselves."""

    locale: Locale | msgspec.UnsetType = msgspec.UNSET
    theme: str | msgspec.UnsetType = msgspec.UNSET
    preferences: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


class Login(Write, frozen=True, kw_only=True):
    """A sign-in."""

    email: str
    password: str


class PasswordWrite(Write, frozen=True, kw_only=True):
    """A change of one's own password; every other session of the user ends."""

    old: str
    new: str


class RolePermissions(Struct, frozen=True, kw_only=True):
    """What a role may do."""

    role: Role
    permissions: list[str]


class AuditLine(Struct, frozen=True, kw_only=True):
    """One recorded act; `hash` covers the line and the hash before it, so a changed line shows."""

    seq: int
    at_ms: int
    user_id: int | None
    user_name: str | None
    act: str  # past tense: signed_in user_changed api_key_added …
    target: str  # what it was done to: user:17
    detail: dict[str, Any]
    hash: str


class Ticket(Struct, frozen=True, kw_only=True):
    """Opens one socket within 30 s, once."""

    ticket: str


class ApiKey(Struct, frozen=True, kw_only=True):
    """A key of the API; the secret is shown once, when it is made."""

    id: int
    name: str
    scopes: list[str]
    created_at_ms: int
    expires_at_ms: int | None = None
    seen_at_ms: int | None = None
    secret: str | None = None


class ApiKeyWrite(Write, frozen=True, kw_only=True):
    """A new key."""

    name: str
    scopes: list[str]
    expires_at_ms: int | None = None


class Skill(Struct, frozen=True, kw_only=True):
    """A named ability; `locale` makes it a language skill."""

    id: int
    name: str
    category: str = ""
    locale: Locale | None = None


class SkillWrite(Write, frozen=True, kw_only=True):
    """A skill as written."""

    name: str
    category: str = ""
    locale: Locale | None = None


class SkillCell(Write, frozen=True, kw_only=True):
    """One cell of the people × skills matrix; level 0 removes."""

    agent_id: int
    skill_id: int
    level: int


class Requirement(Struct, frozen=True, kw_only=True):
    """At least this level of this skill."""

    skill_id: int
    level: int


class SkillCondition(Struct, frozen=True, kw_only=True, tag="has_skill"):
    """This skill, at this level or above."""

    skill_id: int
    level: int  # 1–10


class AllCondition(Struct, frozen=True, kw_only=True, tag="all_of"):
    """Every one of these."""

    of: list[Condition]


class AnyCondition(Struct, frozen=True, kw_only=True, tag="any_of"):
    """At least one of these."""

    of: list[Condition]


class NotCondition(Struct, frozen=True, kw_only=True, tag="not_so"):
    """Not this: an exclusion."""

    of: Condition


class AgentsCondition(Struct, frozen=True, kw_only=True, tag="one_of_agents"):
    """One of these people."""

    agent_ids: list[int]


class TeamsCondition(Struct, frozen=True, kw_only=True, tag="one_of_teams"):
    """A member of one of these teams."""

    teams: list[str]


Condition = (
    SkillCondition | AllCondition | AnyCondition | NotCondition | AgentsCondition | TeamsCondition
)  # what somebody must be beside the list of skills, as a tree


class RelaxationStep(Struct, frozen=True, kw_only=True):
    """What a queue asks instead, after this much open time of waiting."""

    after_s: int  # 1–86400, later than the step before
    requirement: list[Requirement] = []  # instead of the queue's own
    condition: Condition | None = None  # instead of the queue's own
    lower_by: int = 0  # 0–9: brings what the work itself asks down, languages above all


SHARE_MAX = 1_000_000  # pieces of work an hour
RESERVE_MAX = 1_000  # free agents


class Distribution(Struct, frozen=True, kw_only=True):
    """How a queue orders its work and hands it out."""

    order_by: QueueOrder = QueueOrder.EARLIEST_DEADLINE
    share_per_hour: int = 0  # pieces of work, of a queue ordered by share
    agent_choice: AgentChoice = AgentChoice.MOST_SKILLED
    reserve: int = 0  # free agents kept for this queue
    agent_units_max: int | None = None  # units of its work pushed into one agent's hands at most
    auto_accept: bool = False  # an offer is taken as soon as it is made
    overflow_length: int | None = None  # with more than this waiting, what comes overflows at once
    broadcast: int = 1  # 1–20: the best agents an offer rings at together; the first to accept has the work
    connect_s: int = 60  # accepted work that is not connected by then goes back
    callback_retry_s: int = 1_800  # who was not reached is dialled again after this long
    callback_tries: int = 3  # 1–20: after so many times dialled in vain a callback is over
    is_paused: bool = False  # in an emergency: nothing is offered, whatever the hours
    redirect_queue_id: int | None = None  # where the work of a paused queue goes
    relaxation: list[RelaxationStep] = []
    condition: Condition | None = None  # on top of the queue's list of skills


class QueueWrite(Write, frozen=True, kw_only=True):
    """A queue's policy as written."""

    name: str
    requirement: list[Requirement] = []
    hours_id: int | None = None  # None: always open
    sla_policy_id: int | None = None
    offer_s: int = 15
    wrap_up_s: int = 60
    preferred_s: int = 60
    overflow_after_s: int | None = None
    overflow_queue_id: int | None = None
    overflow_exit: OverflowExit | None = None  # how contacts leave whom no queue can have
    blocked_queue_id: int | None = None  # where work of blocked contacts goes; None: it is refused
    waiting_max: int = 1000
    tells_position: bool = True
    is_active: bool = True
    distribution: Distribution = msgspec.field(default_factory=Distribution)


class PauseWrite(Write, frozen=True, kw_only=True):
    """That a queue hands out nothing for now: its work goes to another queue, or stays in its place."""

    redirect_queue_id: int | None = None


class Queue(QueueWrite, frozen=True, kw_only=True):
    """A queue with what happens in it now."""

    id: int
    is_open: bool = True
    staffed: int = 0  # agents on queue who could serve it
    waiting: int = 0
    answer_s: int = 30  # the promise of its SLA policy, or what holds without one:
    answer_percent: int = 80  # so many of its contacts are to be answered in that time


class Holiday(Struct, frozen=True, kw_only=True):
    """One date with other hours; an empty list is closed."""

    date: str
    name: str = ""
    open: list[tuple[str, str]] = []


class HoursWrite(Write, frozen=True, kw_only=True):
    """Opening hours: per weekday a list of [from, to] in HH:MM of the time zone, and exceptions by date."""

    name: str
    time_zone: str
    week: dict[str, list[tuple[str, str]]]
    holidays: list[Holiday] = []


class Hours(HoursWrite, frozen=True, kw_only=True):
    """Opening hours with what they say now."""

    id: int
    is_open: bool = True
    next_change_at_ms: int | None = None


class PrechatField(Struct, frozen=True, kw_only=True):
    """One question before the chat, at most three."""

    key: str  # name | email | phone | or an own key
    label: dict[str, str]  # locale → text
    is_required: bool = False


class WidgetSettings(Struct, frozen=True, kw_only=True):
    """How a web chat looks and asks."""

    title: str = ""
    greeting: dict[str, str] = {}  # locale → text
    color: str = "#4649D1"
    position: str = "right"  # right | left
    theme: str = "system"
    prechat: list[PrechatField] = []
    asks_rating: bool = True
    offers_callback: bool = False  # who waits may ask to be called back, and keeps the place
    teaser: dict[str, str] = {}


class VisitorLimits(Struct, frozen=True, kw_only=True):
    """How much one visitor and one address may do before they are told to wait."""

    messages: int = 5  # of one visitor in 3 s
    starts: int = 30  # conversations begun from one address in a minute
    attachment_bytes: int = 52_428_800  # of one visitor in all


class InboxWrite(Write, frozen=True, kw_only=True):
    """An entry point as written."""

    name: str
    queue_id: int
    channel: Channel = Channel.WEBCHAT
    hours_id: int | None = None
    origins: list[str] = []  # https://shop.example; who may embed the widget
    needs_identity: bool = False  # refuse visitors without a signed identity
    widget: WidgetSettings = msgspec.field(default_factory=WidgetSettings)
    limits: VisitorLimits = msgspec.field(default_factory=VisitorLimits)
    is_active: bool = True


class Inbox(InboxWrite, frozen=True, kw_only=True):
    """An entry point; `snippet` is what a customer pastes."""

    id: int
    key: str
    snippet: str
    identity_secret: str | None = None  # shown to admins only
    first_hit_at_ms: int | None = None


class TemplateWrite(Write, frozen=True, kw_only=True):
    """A canned text in liquid: {{ contact.first_name }}, {{ agent.name }}."""

    name: str
    text: str
    shortcut: str = ""
    locale: Locale | None = None
    is_personal: bool = False


class Template(TemplateWrite, frozen=True, kw_only=True):
    """A template; `initials` lets 中文 names be found by pinyin initials."""

    id: int
    initials: str = ""


class TagWrite(Write, frozen=True, kw_only=True):
    """A tag as written; hue 1–6."""

    name: str
    hue: int = 1


class Tag(TagWrite, frozen=True, kw_only=True):
    """A tag."""

    id: int


class DispositionWrite(Write, frozen=True, kw_only=True):
    """An outcome code."""

    name: str
    position: int = 0
    is_active: bool = True


class Disposition(DispositionWrite, frozen=True, kw_only=True):
    """An outcome code."""

    id: int


class SlaPolicyWrite(Write, frozen=True, kw_only=True):
    """Targets in seconds of open time; answer_percent of contacts are to be answered in answer_s."""

    name: str
    answer_s: int = 30  # from arrival until somebody has the work in hand
    answer_percent: int = 80
    first_response_s: int | None = None  # from arrival until an agent has written
    next_response_s: int = 300  # from the contact's message until an agent has written again
    resolution_s: int | None = None  # from arrival until the work is over
    warn_percent: int | None = None  # of each target, when a warning is told; None: no warning
    response_pauses: list[SlaPause] = []  # what stops the clocks of the first and the next response
    resolution_pauses: list[SlaPause] = []  # what stops the clock of the resolution


class SlaPolicy(SlaPolicyWrite, frozen=True, kw_only=True):
    """An SLA policy."""

    id: int


class StatusWrite(Write, frozen=True, kw_only=True):
    """The status the agent wants; with work in hand it becomes the next status."""

    status: Status
    reason: str | None = None
