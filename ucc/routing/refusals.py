"""What a refused command says to people: the rule that was broken, with its code and HTTP status."""

from __future__ import annotations

from ucc.domain.engine import Refusal
from ucc.domain.errors import Conflict

_RULES = {
    Refusal.UNKNOWN_QUEUE: "there is no such active queue",
    Refusal.UNKNOWN_AGENT: "there is no such agent",
    Refusal.UNKNOWN_INTERACTION: "this interaction was never queued, or it is over",
    Refusal.INTERACTION_EXISTS: "this interaction was queued before",
    Refusal.QUEUE_FULL: "the queue has reached its limit of waiting work",
    Refusal.QUEUE_CLOSED: "the queue is closed and has no overflow; choose another",
    Refusal.QUEUE_UNSTAFFED: "nobody staffs the queue and it has no overflow; choose another",
    Refusal.QUEUE_NOT_EMPTY: "work still waits in the queue or names it; move or finish it first",
    Refusal.BAD_REQUIREMENT: "a skill level must be 1 to 10 and each skill may stand once",
    Refusal.BAD_INTERVAL: "open intervals must be sorted, apart from each other and not empty",
    Refusal.BAD_VALUE: "a time, priority, capacity or unit count is outside its limits",
    Refusal.OVERFLOW_CYCLE: "queues must not overflow in a circle",
    Refusal.NOT_OFFERED: "this offer is gone: it was answered, timed out, or was taken back",
    Refusal.NOT_OWNER: "only the agent who has this work in hand may do this",
    Refusal.NOT_ACTIVE: "the work is not active",
    Refusal.NOT_WRAPPING: "the work is not in wrap-up",
    Refusal.NOT_PARKED: "the work is not parked",
    Refusal.CONTACT_BLOCKED: "the contact is blocked",
    Refusal.NOT_WAITING: "the work does not wait for an agent",
    Refusal.NOT_TAKEABLE: "it cannot be taken now: in wrap-up, being transferred, or yours already",
    Refusal.TRANSFER_PENDING: "a transfer of this work is ringing; wait until it is answered",
    Refusal.AGENT_OFFLINE: "the agent is not signed in",
    Refusal.AGENT_NOT_AVAILABLE: "the agent cannot take it now: off queue, not responding, or at capacity",
    Refusal.WORK_IN_HAND: "work is still in hand: finish, transfer or park it first",
    Refusal.STALE_EPOCH: "another node owns this tenant's routing now",
    Refusal.NOT_CONTACTS: "this is a consult or a seat in a conference, not the contact's own work",
    Refusal.NOT_CONSULT: "this is no consult, or nobody has accepted it yet",
    Refusal.IN_CONFERENCE: "others are in this conference, or the agent is in it already",
    Refusal.NOT_IN_CONFERENCE: "nobody of that name is in this conference",
    Refusal.NOT_CONNECTING: "nobody is connecting this work",
    Refusal.NOT_CALL: "only a call can be put on hold",
    Refusal.NOT_IN_FLOW: "the contact is not with a flow",
    Refusal.CONFERENCE_FULL: "as many are in this conference as may be",
}  # fmt: skip
_MISSING = frozenset({Refusal.UNKNOWN_QUEUE, Refusal.UNKNOWN_AGENT, Refusal.UNKNOWN_INTERACTION})


class Refused(Conflict):
    """The engine refused the command; `code` is the engine's own word for the rule."""

    def __init__(self, refusal: str, **found: object) -> None:
        """Word the refusal; `found` names the things concerned."""
        super().__init__(_RULES.get(Refusal(refusal), refusal), **found)
        self.code = refusal
        self.status = 404 if refusal in _MISSING else 409
