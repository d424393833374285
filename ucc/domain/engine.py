"""The engine's vocabulary: commands in, events out; the Rust enums in router-rs/core say the same words.

On the wire each Struct is a MessagePack array whose first element is its tag, so that Python encodes
once and Rust decodes without a map. All times are milliseconds since the Unix epoch, all ids integers.
A command that does not fit the state is refused and changes nothing; `Outcome.refusal` names the rule.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

# Raised when router-rs decides or writes otherwise: older journal rows are then folded, not decided again.
RULES_VERSION = 5

SkillLevel = tuple[int, int]  # (skill id, level 1–10)
Interval = tuple[int, int]  # (from_ms, to_ms), half open


class Command(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the shell asks of the engine; the tag is the imperative name."""


# --- what is asked --------------------------------------------------------------------------------


class Condition(msgspec.Struct, frozen=True, array_like=True):
    """A part of the tree of what an agent must be to serve, beside the list of skills."""


class HasSkill(Condition, frozen=True, array_like=True, tag="has_skill"):
    """This skill, at this level or above."""

    skill: int
    level: int


class AllOf(Condition, frozen=True, array_like=True, tag="all_of"):
    """Every one of these."""

    of: list[AnyCondition]


class AnyOf(Condition, frozen=True, array_like=True, tag="any_of"):
    """At least one of these."""

    of: list[AnyCondition]


class NotSo(Condition, frozen=True, array_like=True, tag="not_so"):
    """Not this: an exclusion."""

    of: AnyCondition


class OneOfAgents(Condition, frozen=True, array_like=True, tag="one_of_agents"):
    """One of these agents."""

    agents: list[int]


class OneOfTeams(Condition, frozen=True, array_like=True, tag="one_of_teams"):
    """A member of one of these teams."""

    teams: list[int]


AnyCondition = HasSkill | AllOf | AnyOf | NotSo | OneOfAgents | OneOfTeams


class Relaxation(msgspec.Struct, frozen=True, array_like=True):
    """What the queue asks instead, after some waiting: wider rings, lower levels."""

    after_ms: int  # of the queue's open time since the work entered it; later than the step before
    requirement: list[SkillLevel] = []  # instead of the queue's own
    condition: AnyCondition | None = None  # instead of the queue's own
    lower_by: int = 0  # brings the levels that the interaction asks down, at the lowest to 1


class SlaTarget(msgspec.Struct, frozen=True, array_like=True):
    """A clock of every piece of work in a queue; it runs in the queue's open time."""

    clock: str  # answer | first_response | next_response | resolution
    target_ms: int
    warn_after_ms: int | None = None  # a warning is told when this much of the target has run
    pauses: list[str] = []  # what stops it beside closing time: parked | contact_lost | answered | wrapping


# --- configuration -------------------------------------------------------------------------------


class SetQueue(Command, frozen=True, array_like=True, tag="set_queue"):
    """Make or change a queue; waiting work keeps its place. Refused for a cycle of overflow queues."""

    queue: int
    requirement: list[SkillLevel]  # all of them, each at least at this level
    offer_ms: int = 15_000
    wrap_up_ms: int = 60_000  # then the engine closes the interaction by itself
    answer_target_ms: int = 30_000  # orders the queue (earliest deadline) and times sla_breached
    priority_step_ms: int = 60_000  # one level of priority brings the deadline forward by this much
    decline_ms: int = 30_000  # how long who declined or let ring is not eligible for this interaction
    preferred_ms: int = 60_000  # how long work waits for its preferred (last) agent alone
    return_ms: int = 120_000  # a blind transfer not accepted in this time goes back to the originator
    overflow_after_ms: int | None = None
    overflow_queue: int | None = None
    unstaffed_ms: int = 60_000  # after the last agent left, waiting work overflows after this long
    waiting_max: int = 10_000
    open: list[Interval] = []  # sorted, disjoint; empty = never open. The shell expands calendars
    condition: AnyCondition | None = None  # on top of the requirement: any-of, exclusions, agents, teams
    relaxation: list[Relaxation] = []  # in order of time; each takes the place of the one before
    order_by: str = "earliest_deadline"  # earliest_deadline | strict_priority | share
    share_per_hour: int = 0  # pieces of work an hour, of a queue ordered by share
    agent_choice: str = (
        "most_skilled"  # least_skilled | longest_idle | round_robin | least_occupied | weighted
    )
    reserve: int = 0  # free agents kept for this queue: others' work only while more than these are free
    agent_units_max: int | None = None  # units of this queue's work pushed into one agent's hands at most
    auto_accept: bool = False  # an offer is taken in the event that makes it
    overflow_length: int | None = None  # with more than this waiting, what comes overflows at once
    is_paused: bool = False  # in an emergency: nothing is offered, whatever the hours
    redirect_queue: int | None = None  # where the work of a paused queue goes
    sla: list[SlaTarget] = []  # each clock at most once; without an answer clock answer_target_ms times it
    overflow_exit: str | None = None  # callback | voicemail | message: where no queue can have its work
    broadcast: int = 1  # best agents an offer rings at together; the first to accept has the work
    blocked_queue: int | None = None  # where work of blocked contacts goes; without one it is refused
    consult_ms: int = 20_000  # a consult about this queue's work is over if nobody has accepted it by then
    connect_ms: int = 60_000  # accepted work that is not connected by then goes back
    callback_retry_ms: int = 1_800_000  # who was not reached is dialled again after this long
    callback_tries: int = 3  # after so many times dialled in vain it is over


class RemoveQueue(Command, frozen=True, array_like=True, tag="remove_queue"):
    """Remove an empty queue."""

    queue: int


class SetAgent(Command, frozen=True, array_like=True, tag="set_agent"):
    """Make or change an agent; work in hand stays in hand."""

    agent: int
    skills: list[SkillLevel]
    capacity: list[tuple[str, int]]  # (medium, units); a medium not named has none
    voice_exclusive: bool = True
    teams: list[int] = []
    weight: int = 1  # how often beside others, 1–100, in queues that choose by weight
    interruptible: list[str] = []  # media whose work gives way to a call, where voice is exclusive


class RemoveAgent(Command, frozen=True, array_like=True, tag="remove_agent"):
    """Remove an agent; offers are revoked, work in hand goes to the head of its queue."""

    agent: int


class PlannedBreak(msgspec.Struct, frozen=True, array_like=True):
    """When an agent is to be off queue."""

    from_ms: int
    to_ms: int
    reason: str = "break"  # of the status meanwhile: break, meal, meeting, training, admin


class SetPlan(Command, frozen=True, array_like=True, tag="set_plan"):
    """An agent's shifts and breaks, each list sorted and disjoint; empty = none planned.

    The shell expands calendars.
    """

    agent: int
    shifts: list[Interval] = []
    breaks: list[PlannedBreak] = []


# --- presence ------------------------------------------------------------------------------------


class SetSession(Command, frozen=True, array_like=True, tag="set_session"):
    """A console connected, was lost (reconnecting) or signed out (offline)."""

    agent: int
    session: str
    is_forced: bool = False  # signs out although work is in hand; that work goes to the head of its queue


class SetStatus(Command, frozen=True, array_like=True, tag="set_status"):
    """The agent chooses a status. With unparked work in hand it becomes the next status (drain)."""

    agent: int
    status: str
    reason: str | None = None


class ClearBlock(Command, frozen=True, array_like=True, tag="clear_block"):
    """Not responding is over, said by the agent or a supervisor."""

    agent: int


# --- work ----------------------------------------------------------------------------------------


class Enqueue(Command, frozen=True, array_like=True, tag="enqueue"):
    """An interaction needs a person."""

    interaction: int
    queue: int
    medium: str
    arrived_ms: int  # its place; a transfer or return keeps it
    units: int = 1
    priority: int = 0  # 0–9
    requirement: list[SkillLevel] = []  # on top of the queue's, languages above all
    preferred_agent: int | None = None  # last agent first
    is_abandonable: bool = True  # False: a message left while closed, an e-mail
    condition: AnyCondition | None = None  # on top of the queue's
    is_contact_blocked: bool = False  # the shell knows whom the tenant has blocked
    linked: int | None = None  # other work of the same contact: who has it in hand is preferred
    is_dialled: bool = False  # its contact is dialled by whoever has it: a callback
    not_before_ms: int | None = None  # of dialled work: waits in no queue before then
    instead_of: int | None = None  # a callback the same contact awaits: it is over, and this has its place


class ContactWrote(Command, frozen=True, array_like=True, tag="contact_wrote"):
    """The contact wrote: keeps, revives or unparks `interaction`, or enqueues `otherwise` if it is over.

    One command for every case, so that a message racing with a wrap-up can never be left without work.
    """

    interaction: int
    otherwise: Enqueue


class ContactLost(Command, frozen=True, array_like=True, tag="contact_lost"):
    """The contact's socket is gone; queued work is abandoned 90 s later unless it comes back."""

    interaction: int


class ContactBack(Command, frozen=True, array_like=True, tag="contact_back"):
    """The contact is connected again."""

    interaction: int


class ContactLeft(Command, frozen=True, array_like=True, tag="contact_left"):
    """The contact ended it: waiting work is abandoned at once, active work goes to wrap-up."""

    interaction: int


class AgentWrote(Command, frozen=True, array_like=True, tag="agent_wrote"):
    """The agent in whose hands it is wrote to the contact."""

    interaction: int
    agent: int


class AskCallback(Command, frozen=True, array_like=True, tag="ask_callback"):
    """The waiting contact would rather be called back: `child` takes the place of the waiting work."""

    interaction: int
    child: int
    medium: str = "voice"
    is_dialled: bool = False  # whoever has the callback dials, and says whether the contact was reached
    not_before_ms: int | None = None  # of a dialled one: waits in no queue before then


class Accept(Command, frozen=True, array_like=True, tag="accept"):
    """The agent takes the offer of this epoch."""

    interaction: int
    agent: int
    epoch: int
    is_connecting: bool = False  # media are to be set up before it is in hand; dialled work connects anyway


class Connected(Command, frozen=True, array_like=True, tag="connected"):
    """The contact is on the line, or was reached: the work is in hand."""

    interaction: int
    agent: int


class FailConnecting(Command, frozen=True, array_like=True, tag="fail_connecting"):
    """Media were not set up, or the contact was not reached: back in its place, or dialled again later."""

    interaction: int
    agent: int


class Decline(Command, frozen=True, array_like=True, tag="decline"):
    """The agent refuses the offer of this epoch; the interaction goes back to its original place."""

    interaction: int
    agent: int
    epoch: int
    reason: str | None = None


class End(Command, frozen=True, array_like=True, tag="end"):
    """Handling is over: wrap-up starts (or, with wrap_up_ms 0, the interaction closes).

    Of a consult or a seat in a conference that alone is over, said by who has it or by the contact's owner.
    """

    interaction: int
    agent: int


class Complete(Command, frozen=True, array_like=True, tag="complete"):
    """Wrap-up is done."""

    interaction: int
    agent: int


class ExtendWrapUp(Command, frozen=True, array_like=True, tag="extend_wrap_up"):
    """More time for this wrap-up, `by_ms` from its present end."""

    interaction: int
    agent: int
    by_ms: int


class Park(Command, frozen=True, array_like=True, tag="park"):
    """Free the units, keep the owner."""

    interaction: int
    agent: int


class Unpark(Command, frozen=True, array_like=True, tag="unpark"):
    """The owner takes parked work back in hand, a named act."""

    interaction: int
    agent: int


class ChangeMedium(Command, frozen=True, array_like=True, tag="change_medium"):
    """The agent goes on with the contact in another medium, a named act: a chat becomes a call."""

    interaction: int
    agent: int
    medium: str
    units: int = 1


class TransferToQueue(Command, frozen=True, array_like=True, tag="transfer_to_queue"):
    """Blind: `child` is queued with the arrival kept, the parent goes to wrap-up at once."""

    interaction: int
    agent: int
    child: int
    queue: int
    requirement: list[SkillLevel] = []


class TransferToAgent(Command, frozen=True, array_like=True, tag="transfer_to_agent"):
    """`child` is offered to `to_agent` alone; the sender keeps the parent until it is accepted."""

    interaction: int
    agent: int
    child: int
    to_agent: int


class Consult(Command, frozen=True, array_like=True, tag="consult"):
    """Ask a colleague while the contact holds on: `child` is work of our own.

    It is offered to `to_agent` alone or queued in `queue`, one of the two.
    """

    interaction: int
    agent: int
    child: int
    to_agent: int | None = None
    queue: int | None = None
    requirement: list[SkillLevel] = []  # on top of the queue's


class CompleteConsult(Command, frozen=True, array_like=True, tag="complete_consult"):
    """The colleague of this consult takes the contact over; the contact's owner wraps up at once."""

    interaction: int  # the consult
    agent: int  # the contact's owner


class MergeConsult(Command, frozen=True, array_like=True, tag="merge_consult"):
    """The colleague of this consult joins the contact and its owner: a conference."""

    interaction: int  # the consult
    agent: int  # the contact's owner


class HandOver(Command, frozen=True, array_like=True, tag="hand_over"):
    """The owner leaves a conference: another of it is the owner now."""

    interaction: int
    agent: int
    to_agent: int


class Hold(Command, frozen=True, array_like=True, tag="hold"):
    """The contact of a call holds on; the agent has it in hand all the same."""

    interaction: int
    agent: int


class Unhold(Command, frozen=True, array_like=True, tag="unhold"):
    """The agent speaks to the contact again."""

    interaction: int
    agent: int


class HandToFlow(Command, frozen=True, array_like=True, tag="hand_to_flow"):
    """The contact goes through a step of a flow (a payment, a form) and comes back to the same agent."""

    interaction: int
    agent: int
    limit_ms: int = 900_000  # then it comes back by itself


class ReturnFromFlow(Command, frozen=True, array_like=True, tag="return_from_flow"):
    """The step is done, or its agent takes the contact back before."""

    interaction: int
    agent: int | None = None  # who takes it back; None: the flow gives it


class Take(Command, frozen=True, array_like=True, tag="take"):
    """A person's named act: takes waiting, parked or another's work, above capacity if need be."""

    interaction: int
    agent: int


# --- time and ownership --------------------------------------------------------------------------


class Advance(Command, frozen=True, array_like=True, tag="advance"):
    """Only time passed; fires every timer that is due."""


class OpenShard(Command, frozen=True, array_like=True, tag="open_shard"):
    """A new owner: online sessions become reconnecting, ringing offers are armed again."""

    epoch: int


AnyCommand = (
    SetQueue | RemoveQueue | SetAgent | RemoveAgent | SetPlan | SetSession | SetStatus | ClearBlock | Enqueue
    | ContactWrote | ContactLost | ContactBack | ContactLeft | AgentWrote | AskCallback | Accept | Connected
    | FailConnecting | Decline | End | Complete | ExtendWrapUp | Park | Unpark | ChangeMedium
    | TransferToQueue | TransferToAgent | Consult | CompleteConsult | MergeConsult | HandOver | Hold | Unhold
    | HandToFlow | ReturnFromFlow | Take | Advance | OpenShard
)  # fmt: skip


class Fact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What happened in the engine; the tag is the past-tense name. Folding facts rebuilds the engine."""


class QueueSet(Fact, frozen=True, array_like=True, tag="queue_set"):
    """A queue has this policy now."""

    config: SetQueue


class QueueRemoved(Fact, frozen=True, array_like=True, tag="queue_removed"):
    """The queue is gone."""

    queue: int


class AgentSet(Fact, frozen=True, array_like=True, tag="agent_set"):
    """An agent has these skills and this capacity now."""

    config: SetAgent


class AgentRemoved(Fact, frozen=True, array_like=True, tag="agent_removed"):
    """The agent is gone."""

    agent: int


class PresenceChanged(Fact, frozen=True, array_like=True, tag="presence_changed"):
    """The whole presence of an agent after a change of any axis."""

    agent: int
    session: str
    status: str
    reason: str | None
    next_status: str | None
    next_reason: str | None
    is_blocked: bool  # not_responding
    since_ms: int  # of the present (session, status, block)
    idle_since_ms: int  # of the last work taken or ended, or of becoming routable
    lost_at_ms: int | None = None  # when the session was lost; None unless reconnecting


class PlanSet(Fact, frozen=True, array_like=True, tag="plan_set"):
    """An agent has these shifts and breaks now."""

    config: SetPlan


class BreakStarted(Fact, frozen=True, array_like=True, tag="break_started"):
    """A planned break has begun."""

    agent: int
    reason: str
    until_ms: int
    is_applied: bool  # the agent goes off queue for it and comes back; False: was off queue or away anyway


class BreakEnded(Fact, frozen=True, array_like=True, tag="break_ended"):
    """A planned break is over."""

    agent: int


class ShiftEnded(Fact, frozen=True, array_like=True, tag="shift_ended"):
    """The agent's shift is over."""

    agent: int


class QueueOpened(Fact, frozen=True, array_like=True, tag="queue_opened"):
    """Opening time: waiting work is offered in order."""

    queue: int


class QueueClosed(Fact, frozen=True, array_like=True, tag="queue_closed"):
    """Closing time: work waits for the next opening."""

    queue: int


class QueueUnstaffed(Fact, frozen=True, array_like=True, tag="queue_unstaffed"):
    """Nobody has staffed the open queue for `unstaffed_ms`: its work overflows where that is possible."""

    queue: int


class InteractionQueued(Fact, frozen=True, array_like=True, tag="interaction_queued"):
    """An interaction waits; `deadline_ms` and `order` are its place and never change."""

    interaction: int
    queue: int
    medium: str
    units: int
    priority: int
    requirement: list[SkillLevel]
    arrived_ms: int
    deadline_ms: int  # arrived + target − priority × step: the first ordering key
    order: int  # unique: the second
    preferred_agent: int | None
    preferred_until_ms: int | None
    is_abandonable: bool
    parent: int | None  # of a transfer
    originator: int | None  # the agent a blind transfer returns to, or who asks by a consult
    return_at_ms: int | None
    sla_at_ms: int | None = None  # the answer target in the queue's open time
    overflow_at_ms: int | None = None
    named_agent: int | None = None  # an agent transfer: for this agent alone, never in the queue's order
    condition: AnyCondition | None = None  # on top of the queue's
    relax_at_ms: int | None = None  # when the queue's first relaxation step is due
    share_ms: int | None = None  # up to when its queue has used its share
    linked: int | None = None  # other work of the same contact
    consult_until_ms: int | None = None  # a consult, work of our own: over then unless it is accepted
    is_dialled: bool = False  # a callback: its contact is dialled by whoever has it
    not_before_ms: int | None = None  # it waits in no queue before then
    instead_of: int | None = None  # the callback whose place it has


class InteractionRequeued(Fact, frozen=True, array_like=True, tag="interaction_requeued"):
    """Back in its original place, or at the head when its agent was lost."""

    interaction: int
    queue: int
    # declined | timed_out | agent_lost | agent_removed | returned | contact_wrote | not_connected | due
    reason: str
    deadline_ms: int  # 0, or below it in strict order: the head of the queue
    order: int
    preferred_agent: int | None
    preferred_until_ms: int | None
    arrived_ms: int = 0
    sla_at_ms: int | None = None
    overflow_at_ms: int | None = None
    relax_at_ms: int | None = None  # when the next relaxation step is due
    share_ms: int | None = None  # up to when its queue has used its share


class InteractionOverflowed(Fact, frozen=True, array_like=True, tag="interaction_overflowed"):
    """Waiting work moved to another queue; arrival kept."""

    interaction: int
    from_queue: int
    to_queue: int
    reason: str  # waited | unstaffed | not_accepted (its originator is away) | length | redirected | asked
    deadline_ms: int
    order: int
    overflow_at_ms: int | None = None
    relax_at_ms: int | None = None  # when the new queue's first relaxation step is due
    share_ms: int | None = None  # up to when the new queue has used its share


class OverflowMissed(Fact, frozen=True, array_like=True, tag="overflow_missed"):
    """Overflow was due, but the other queue is closed, unstaffed or was tried; it moves once it can."""

    interaction: int
    queue: int


class PreferenceEnded(Fact, frozen=True, array_like=True, tag="preference_ended"):
    """The work no longer waits for one agent alone; its place is the same."""

    interaction: int
    agent: int
    reason: str  # waited | agent_away


class ExclusionEnded(Fact, frozen=True, array_like=True, tag="exclusion_ended"):
    """The agent who declined or let it ring (or passed it on) is eligible for it again."""

    interaction: int
    agent: int


class RequirementRelaxed(Fact, frozen=True, array_like=True, tag="requirement_relaxed"):
    """The next relaxation step of the queue is in force for this work; its place is the same."""

    interaction: int
    queue: int
    step: int  # 1 is the first
    relax_at_ms: int | None


class Why(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What decided an offer, as it was in that event."""

    rule: str  # preferred | named | best_level_then_longest_idle, or the queue's agent_choice
    requirement: list[SkillLevel]  # what was asked
    levels: list[SkillLevel]  # what this agent has of it
    eligible: int  # agents who could have taken it at that moment, this one included
    idle_since_ms: int
    waited_ms: int
    waiting: int  # interactions of the same queue still waiting after this offer
    load: int = 0  # units this agent had in hand; the less loaded comes first at equal level
    conditions: list[AnyCondition] = []  # what was asked beyond the list of skills
    step: int = 0  # relaxation steps in force


class InteractionOffered(Fact, frozen=True, array_like=True, tag="interaction_offered"):
    """The agent's units are reserved until `expires_ms`.

    `epoch` is unique per offer of an interaction; a broadcast is one offer with such a fact for each agent.
    """

    interaction: int
    queue: int
    agent: int
    epoch: int
    expires_ms: int
    why: Why
    is_broadcast: bool = False  # may ring at others too; letting it ring out blocks nobody


class OfferAccepted(Fact, frozen=True, array_like=True, tag="offer_accepted"):
    """The agent took it."""

    interaction: int
    agent: int
    epoch: int


class OfferDeclined(Fact, frozen=True, array_like=True, tag="offer_declined"):
    """The agent refused it and is not eligible for it until `until_ms`."""

    interaction: int
    agent: int
    epoch: int
    reason: str | None
    until_ms: int


class OfferTimedOut(Fact, frozen=True, array_like=True, tag="offer_timed_out"):
    """Nobody answered; the agent is not eligible for it until `until_ms`."""

    interaction: int
    agent: int
    epoch: int
    until_ms: int


class OfferRevoked(Fact, frozen=True, array_like=True, tag="offer_revoked"):
    """Taken back by us."""

    interaction: int
    agent: int
    epoch: int
    reason: str  # contact_left | contact_lost | agent_lost | taken | agent_removed | cancelled


class OfferRearmed(Fact, frozen=True, array_like=True, tag="offer_rearmed"):
    """A new owner gave a ringing offer a new end."""

    interaction: int
    agent: int
    epoch: int
    expires_ms: int


class ConnectingStarted(Fact, frozen=True, array_like=True, tag="connecting_started"):
    """Accepted, and not yet in hand: media are set up, or the contact is dialled."""

    interaction: int
    agent: int  # whose units are held until then
    until_ms: int
    previous_agent: int | None  # who was connecting before a colleague took it
    is_over_capacity: bool
    tries: int  # of dialled work: which time it is, from 1; else 0
    tries_max: int  # of dialled work: how often at most; else 0


class ConnectingRearmed(Fact, frozen=True, array_like=True, tag="connecting_rearmed"):
    """A new owner gave connecting a new end."""

    interaction: int
    agent: int
    until_ms: int


class ConnectingFailed(Fact, frozen=True, array_like=True, tag="connecting_failed"):
    """Media were not set up, or the contact was not reached; where the work goes is the next fact."""

    interaction: int
    agent: int
    reason: str  # failed | timed_out
    until_ms: int  # up to when the agent is not eligible for it


class InteractionScheduled(Fact, frozen=True, array_like=True, tag="interaction_scheduled"):
    """Unreached: waits in no queue until then, and after it in its original place."""

    interaction: int
    queue: int
    due_ms: int
    tries: int  # how often it was dialled in vain
    tries_max: int


class InteractionActivated(Fact, frozen=True, array_like=True, tag="interaction_activated"):
    """In an agent's hands."""

    interaction: int
    agent: int
    cause: str  # accepted | taken | taken_over | contact_wrote | unparked | handed_over | connected
    previous_agent: int | None
    is_over_capacity: bool


class InteractionParked(Fact, frozen=True, array_like=True, tag="interaction_parked"):
    """Units free, owner kept."""

    interaction: int
    agent: int


class InteractionInterrupted(Fact, frozen=True, array_like=True, tag="interaction_interrupted"):
    """Gave way to a call: units free, the draft and the owner kept."""

    interaction: int
    agent: int
    by: int  # the call


class InteractionResumed(Fact, frozen=True, array_like=True, tag="interaction_resumed"):
    """Back in hand after the call and its wrap-up."""

    interaction: int
    agent: int


class MediumChanged(Fact, frozen=True, array_like=True, tag="medium_changed"):
    """Goes on in another medium."""

    interaction: int
    agent: int
    medium: str
    units: int
    is_over_capacity: bool


class ConsultCompleted(Fact, frozen=True, array_like=True, tag="consult_completed"):
    """The colleague who was asked has the contact now; the consult is a transfer that was accepted."""

    interaction: int
    child: int
    agent: int


class ConferenceJoined(Fact, frozen=True, array_like=True, tag="conference_joined"):
    """The colleague who was asked is in a conference with the contact; the consult is a seat in it."""

    interaction: int
    child: int
    agent: int


class CallHeld(Fact, frozen=True, array_like=True, tag="call_held"):
    """The contact holds on: until it is unheld, joins a conference, or leaves this agent's hands."""

    interaction: int
    agent: int


class CallUnheld(Fact, frozen=True, array_like=True, tag="call_unheld"):
    """The agent speaks to the contact again."""

    interaction: int
    agent: int


class FlowEntered(Fact, frozen=True, array_like=True, tag="flow_entered"):
    """The contact is with a flow (a payment, a form) and comes back to the same agent, at the latest then."""

    interaction: int
    agent: int
    until_ms: int


class FlowReturned(Fact, frozen=True, array_like=True, tag="flow_returned"):
    """The contact is with its agent again."""

    interaction: int
    agent: int
    reason: str  # finished | taken_back | timed_out


class WrapUpStarted(Fact, frozen=True, array_like=True, tag="wrap_up_started"):
    """Handling ended; closes by itself at `until_ms`."""

    interaction: int
    agent: int
    reason: str  # ended | contact_left | transferred
    until_ms: int


class WrapUpExtended(Fact, frozen=True, array_like=True, tag="wrap_up_extended"):
    """A later end."""

    interaction: int
    agent: int
    until_ms: int


class InteractionClosed(Fact, frozen=True, array_like=True, tag="interaction_closed"):
    """Over."""

    interaction: int
    agent: int
    # completed | wrap_up_timed_out | contact_left | agent_lost | agent_removed; of a consult or a seat also
    # consult_ended | seat_left | handed_over (its agent is the owner now) | parent_moved
    reason: str


class InteractionAbandoned(Fact, frozen=True, array_like=True, tag="interaction_abandoned"):
    """The contact was gone before anybody took it."""

    interaction: int
    queue: int
    waited_ms: int
    reason: str  # left | lost


class InteractionCancelled(Fact, frozen=True, array_like=True, tag="interaction_cancelled"):
    """Ended by us before anybody had it in hand: a transfer, a consult, a callback needed no more."""

    interaction: int
    # declined | timed_out | agent_lost | agent_removed | contact_left | parent_moved | withdrawn
    # | not_connected | contact_called
    reason: str


class InteractionDiverted(Fact, frozen=True, array_like=True, tag="interaction_diverted"):
    """Left the queue by an exit before anybody took it; for the engine it is over."""

    interaction: int
    queue: int
    exit: str  # callback | voicemail | message
    reason: str  # as of an overflow; asked: by the contact
    child: int | None  # of a callback that was asked for: it has the place now


class InteractionFailed(Fact, frozen=True, array_like=True, tag="interaction_failed"):
    """Over without its contact."""

    interaction: int
    queue: int
    reason: str  # unreached
    tries: int  # how often it was dialled in vain


class ContactLostSeen(Fact, frozen=True, array_like=True, tag="contact_lost_seen"):
    """The contact is away; abandoned at `abandon_at_ms` if still waiting."""

    interaction: int
    abandon_at_ms: int | None


class ContactBackSeen(Fact, frozen=True, array_like=True, tag="contact_back_seen"):
    """The contact is here again."""

    interaction: int


class AgentWroteSeen(Fact, frozen=True, array_like=True, tag="agent_wrote_seen"):
    """An agent has written: it is the contact's turn."""

    interaction: int
    agent: int


class ContactWroteSeen(Fact, frozen=True, array_like=True, tag="contact_wrote_seen"):
    """The contact has written after an agent did: it is the agents' turn."""

    interaction: int


class SlaStarted(Fact, frozen=True, array_like=True, tag="sla_started"):
    """A clock runs; its warning and its breach are due then, where the calendar reaches so far."""

    interaction: int
    queue: int
    clock: str
    target_ms: int
    since_ms: int
    warn_left_ms: int | None  # of open time, until the warning
    pauses: list[str]
    warn_at_ms: int | None
    breach_at_ms: int | None


class SlaPaused(Fact, frozen=True, array_like=True, tag="sla_paused"):
    """A clock stands still."""

    interaction: int
    clock: str
    pause: str
    left_ms: int  # of open time, until the breach
    warn_left_ms: int | None  # until the warning; none once it was told


class SlaResumed(Fact, frozen=True, array_like=True, tag="sla_resumed"):
    """A clock runs on: after a pause, or in the open time of another queue."""

    interaction: int
    queue: int
    clock: str
    warn_at_ms: int | None
    breach_at_ms: int | None


class SlaWarned(Fact, frozen=True, array_like=True, tag="sla_warned"):
    """So much of the target has run that it is time to hurry."""

    interaction: int
    queue: int
    clock: str
    breach_at_ms: int | None


class SlaBreached(Fact, frozen=True, array_like=True, tag="sla_breached"):
    """The target has run out; the clock is over."""

    interaction: int
    queue: int
    target_ms: int
    clock: str = "answer"


class SlaMet(Fact, frozen=True, array_like=True, tag="sla_met"):
    """In time; the clock is over."""

    interaction: int
    queue: int
    clock: str
    left_ms: int  # of open time, that was not needed


class SlaHandedOn(Fact, frozen=True, array_like=True, tag="sla_handed_on"):
    """A transfer: the child has its parent's clocks now, all but that of the answer."""

    interaction: int
    child: int


class ShardOpened(Fact, frozen=True, array_like=True, tag="shard_opened"):
    """A new owner folded the log up to here."""

    epoch: int


AnyFact = (
    QueueSet | QueueRemoved | AgentSet | AgentRemoved | PresenceChanged | PlanSet | BreakStarted | BreakEnded
    | ShiftEnded | QueueOpened | QueueClosed | QueueUnstaffed | InteractionQueued | InteractionRequeued
    | InteractionOverflowed | OverflowMissed | PreferenceEnded | ExclusionEnded | RequirementRelaxed
    | InteractionOffered | OfferAccepted | OfferDeclined | OfferTimedOut | OfferRevoked | OfferRearmed
    | ConnectingStarted | ConnectingRearmed | ConnectingFailed | InteractionScheduled | InteractionActivated
    | InteractionParked | InteractionInterrupted | InteractionResumed | MediumChanged | ConsultCompleted
    | ConferenceJoined | CallHeld | CallUnheld | FlowEntered | FlowReturned | WrapUpStarted
    | WrapUpExtended | InteractionClosed | InteractionAbandoned | InteractionCancelled | InteractionDiverted
    | InteractionFailed | ContactLostSeen | ContactBackSeen | AgentWroteSeen | ContactWroteSeen
    | SlaStarted | SlaPaused | SlaResumed | SlaWarned | SlaBreached | SlaMet | SlaHandedOn | ShardOpened
)  # fmt: skip


class Refusal(StrEnum):
    """Why a command was refused; a refused command changes nothing."""

    UNKNOWN_QUEUE = "unknown_queue"
    UNKNOWN_AGENT = "unknown_agent"
    UNKNOWN_INTERACTION = "unknown_interaction"  # never queued, or over
    INTERACTION_EXISTS = "interaction_exists"
    QUEUE_FULL = "queue_full"
    CONTACT_BLOCKED = "contact_blocked"  # by the tenant, and the queue names none for the blocked
    QUEUE_CLOSED = "queue_closed"  # a transfer of a live contact to a closed queue without overflow
    QUEUE_UNSTAFFED = "queue_unstaffed"  # a transfer to a queue nobody staffs, without overflow
    QUEUE_NOT_EMPTY = "queue_not_empty"  # live work names it
    BAD_REQUIREMENT = "bad_requirement"  # a level outside 1–10, a skill twice, a condition nobody can meet
    BAD_INTERVAL = "bad_interval"  # open intervals must be sorted, disjoint and not empty
    BAD_VALUE = "bad_value"  # a time, priority, capacity or unit count outside its limits
    OVERFLOW_CYCLE = "overflow_cycle"
    NOT_OFFERED = "not_offered"  # the offer of this epoch is gone or rings elsewhere
    NOT_OWNER = "not_owner"
    NOT_ACTIVE = "not_active"
    NOT_WRAPPING = "not_wrapping"
    NOT_PARKED = "not_parked"
    NOT_WAITING = "not_waiting"  # somebody has it, or it is transferred to one agent
    NOT_TAKEABLE = "not_takeable"  # wrapping, an agent transfer under way, or in one's own hands already
    TRANSFER_PENDING = "transfer_pending"  # an agent transfer of it is ringing
    AGENT_OFFLINE = "agent_offline"
    AGENT_NOT_AVAILABLE = "agent_not_available"  # an agent transfer to one who cannot be offered it now
    WORK_IN_HAND = "work_in_hand"  # signing out needs it handed over, parked or forced
    STALE_EPOCH = "stale_epoch"  # another owner opened the shard
    NOT_CONTACTS = "not_contacts"  # a consult or a seat in a conference is not the contact's own work
    NOT_CONSULT = "not_consult"  # not a consult, or nobody has accepted it yet
    IN_CONFERENCE = "in_conference"  # others are in it, or this agent is already
    NOT_IN_CONFERENCE = "not_in_conference"  # nobody of that name is in it
    CONFERENCE_FULL = "conference_full"
    NOT_IN_FLOW = "not_in_flow"  # it is not with a flow
    NOT_CALL = "not_call"  # only a call can be held
    NOT_CONNECTING = "not_connecting"  # nobody is connecting it


class Fault(msgspec.Struct, frozen=True, array_like=True):
    """Which field a command was refused for."""

    path: str  # from the command down: condition.of[1].level
    found: str
    allowed: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.path}: found {self.found}, allowed is {self.allowed}"


class Outcome(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one command gave: facts (timers that were due first), or a refusal after the timers' facts."""

    refusal: str | None  # a value of Refusal
    facts: list[AnyFact]
    fault: Fault | None = None  # the field the refusal is about, where it is about one


class Prospect(msgspec.Struct, frozen=True, array_like=True):
    """What would become of an arrival, as things stood at the latest fact."""

    refusal: str | None  # a value of Refusal; then nothing else is said
    agent: int | None = None  # who would be offered it in the same event
    rule: str | None = None
    ahead: int = 0  # waiting in its queue before it
    is_open: bool = False
    agents: list[tuple[int, str]] = []  # every agent and what bars them; the eligible first, best first


encode_commands = msgspec.msgpack.Encoder().encode
decode_commands = msgspec.msgpack.Decoder(list[AnyCommand]).decode
decode_outcomes = msgspec.msgpack.Decoder(list[Outcome]).decode
encode_facts = msgspec.msgpack.Encoder().encode
encode_command = msgspec.msgpack.Encoder().encode
decode_prospect = msgspec.msgpack.Decoder(Prospect).decode
decode_facts = msgspec.msgpack.Decoder(list[AnyFact]).decode
