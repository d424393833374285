"""Structs of "why this agent?": a moment of a queue, a verdict on each agent, and the moment otherwise."""

from __future__ import annotations

from ucc.domain.conversation import WhySkill
from ucc.domain.people import Condition, QueueWrite, Requirement, SkillCell, Struct, Write
from ucc.domain.states import AgentChoice, AgentVerdict, Medium, QueueOrder


class Candidate(Struct, frozen=True, kw_only=True):
    """One agent at that moment: could they have been offered the work, and if not, what barred them first."""

    agent_id: int
    agent_name: str
    verdict: AgentVerdict
    skills: list[WhySkill]  # of the list of skills, asked and had
    units: int  # in hand, of every medium
    medium_units: int  # in hand, of this medium
    medium_units_max: int
    idle_since_ms: int
    since_ms: int  # of the present status
    off_queue_reason: str | None = None
    until_ms: int | None = None  # not eligible for this work until then


class Moment(Struct, frozen=True, kw_only=True):
    """Some work in its queue, as it stood: what was asked, its place, and a verdict on each agent."""

    seq: int  # the journal's place
    at_ms: int
    interaction_id: int | None = None  # None: a hypothetical arrival
    queue_id: int
    queue_name: str
    medium: Medium
    priority: int
    waited_ms: int
    is_open: bool
    is_paused: bool
    order_by: QueueOrder
    agent_choice: AgentChoice
    place: int  # 1 is first
    waiting: int  # in this queue, this work included
    step: int  # relaxation steps in force
    steps: int  # that the queue has
    conditions: list[Condition] = []  # asked beyond the list of skills
    preferred_agent_id: int | None = None  # whom it waited for
    asked_by: int | None = None  # a consult: the agent who asks, whom it is never offered to
    asked_by_name: str | None = None
    rule: str | None = None  # what decided the offer; None: nobody was offered it
    agent_id: int | None = None  # who was offered it
    agent_name: str | None = None
    refusal: str | None = None  # why a hypothetical arrival would not be taken at all
    candidates: list[Candidate] = []  # those who could first, best first; at most 200
    counts: dict[str, int] = {}  # verdict → agents, of all


class ProspectWrite(Write, frozen=True, kw_only=True):
    """A hypothetical arrival in a queue; nothing is changed by asking."""

    medium: Medium = Medium.CHAT
    units: int = 1
    priority: int = 0  # 0–9
    skills: list[Requirement] = []  # on top of the queue's, languages above all
    preferred_agent_id: int | None = None
    after_s: int = 0  # as if it had waited so much open time: the relaxation steps of then
    queue: QueueWrite | None = None  # the queue as if it were written so


class OtherwiseWrite(Write, frozen=True, kw_only=True):
    """One thing that might have been otherwise at that moment; exactly one is given."""

    agent_choice: AgentChoice | None = None
    order_by: QueueOrder | None = None
    priority: int | None = None  # 0–9, of this work
    requirement: list[Requirement] | None = None  # of the queue itself
    level: SkillCell | None = None  # of one agent's skill; 0 takes it away


class Otherwise(Struct, frozen=True, kw_only=True):
    """What would have come of a change: who would have been offered the work, and how it would have stood."""

    agent_id: int | None  # None: it would have gone on waiting
    agent_name: str | None
    recorded_agent_id: int | None
    recorded_agent_name: str | None
    moment: Moment
