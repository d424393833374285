"""The team at work, as a supervisor looks at it: presence, what is in hand, and what was done about it."""

from __future__ import annotations

from ucc.domain.people import Presence, Struct
from ucc.domain.states import Bond, InteractionState, Medium


class WorkInHand(Struct, frozen=True, kw_only=True):
    """One piece of an agent's work, as a supervisor looks at it."""

    interaction_id: int
    conversation_id: int | None = None
    contact_name: str = ""
    medium: Medium
    state: InteractionState
    bond: Bond | None = None
    queue_id: int | None = None
    queue_name: str | None = None
    since_ms: int  # of the acceptance; of the end while it is wrapped up
    waiting_since_ms: int | None = None  # the contact's first message that has no answer
    due_at_ms: int | None = None  # by when the queue promises that answer
    wrap_up_over_at_ms: int | None = None  # when the queue's own wrap-up time ends; extended it runs on


class LiveAct(Struct, frozen=True, kw_only=True):
    """Something a supervisor did about a queue or somebody at work, as the audit has it."""

    seq: int
    at_ms: int
    user_name: str | None  # who did it; None: no user, an API key
    act: str  # queue_paused queue_resumed status_set block_cleared user_signed_out plan_changed
    name: str  # of the queue or the person
    redirect_name: str | None = None  # of the queue to which the paused one's work goes
    status: str | None = None  # that was set, with its reason
    reason: str | None = None


class TeamMember(Struct, frozen=True, kw_only=True):
    """An agent at this moment: presence, and what is in hand."""

    name: str
    presence: Presence
    break_over_at_ms: int | None = None  # when the planned break ended that they have not come back from
    work: list[WorkInHand] = []  # the oldest first
