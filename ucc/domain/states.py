"""States of every machine in the product, one word each; docs/glossary.md tells what they mean."""

from __future__ import annotations

from enum import StrEnum


class Medium(StrEnum):
    """How a contact is served; capacity is counted per medium."""

    CHAT = "chat"  # any text that expects an answer now
    VOICE = "voice"  # exclusive unless the agent's profile says otherwise
    EMAIL = "email"
    TASK = "task"


class Channel(StrEnum):
    """The kind of door a message came through."""

    WEBCHAT = "webchat"


class ContactField(StrEnum):
    """What a test of an audience looks at."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    LANGUAGE = "language"  # zh is zh-CN too
    ATTRIBUTE = "attribute"  # the one its key names
    TAG = "tag"
    OWNER = "owner"
    CHANNEL = "channel"  # of any identity
    IS_VIP = "is_vip"  # by hand
    IS_BLOCKED = "is_blocked"
    IS_VERIFIED = "is_verified"  # has an identity that was proved
    CREATED = "created"
    LAST_MESSAGE = "last_message"  # in any conversation
    CONVERSATIONS = "conversations"  # how many, the one that runs included


class ContactOp(StrEnum):
    """How a test of an audience compares; text without regard to capitals."""

    IS = "is"
    IS_NOT = "is_not"
    CONTAINS = "contains"
    CONTAINS_NOT = "contains_not"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    IS_KNOWN = "is_known"
    IS_UNKNOWN = "is_unknown"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    WITHIN_DAYS = "within_days"  # of 24 hours, back from the moment it is asked
    NOT_WITHIN_DAYS = "not_within_days"


class QueueOrder(StrEnum):
    """How a queue's work is ordered."""

    EARLIEST_DEADLINE = "earliest_deadline"  # by arrival, target and priority: ageing is built in
    STRICT_PRIORITY = "strict_priority"
    SHARE = "share"  # at its share of work an hour beside other queues


class AgentChoice(StrEnum):
    """Who of those eligible is offered a queue's work."""

    MOST_SKILLED = "most_skilled"
    LEAST_SKILLED = "least_skilled"
    LONGEST_IDLE = "longest_idle"
    ROUND_ROBIN = "round_robin"
    LEAST_OCCUPIED = "least_occupied"
    WEIGHTED = "weighted"


class OverflowExit(StrEnum):
    """How waiting contacts leave where no queue can have their work."""

    CALLBACK = "callback"
    VOICEMAIL = "voicemail"
    MESSAGE = "message"


class SlaClock(StrEnum):
    """What an SLA target is about."""

    ANSWER = "answer"  # until somebody has it in hand
    FIRST_RESPONSE = "first_response"  # until an agent has written, or has the call in hand
    NEXT_RESPONSE = "next_response"  # from the contact's message until an agent has written again
    RESOLUTION = "resolution"  # until the work is over


class SlaPause(StrEnum):
    """What stops an SLA clock beside closing time, where its policy says so."""

    PARKED = "parked"
    CONTACT_LOST = "contact_lost"
    ANSWERED = "answered"  # it is the contact's turn
    WRAPPING = "wrapping"


class SlaAlertKind(StrEnum):
    """What is told of an SLA clock while its work is under way."""

    WARNED = "warned"  # so much of the target has run that it is time to hurry
    BREACHED = "breached"  # the target has run out


class AgentVerdict(StrEnum):
    """Why an agent would not be offered some work, the first that holds; or that the agent could be."""

    ELIGIBLE = "eligible"
    NOT_PREFERRED = "not_preferred"  # it waits for another agent first
    NOT_MET = "not_met"  # is not what is asked
    OFFLINE = "offline"
    RECONNECTING = "reconnecting"
    OFF_QUEUE = "off_queue"
    DRAINING = "draining"  # goes off queue once the work in hand is done
    BLOCKED = "blocked"  # let an offer ring out
    WRAPS_CALL = "wraps_call"
    NO_UNITS = "no_units"
    AT_LIMIT = "at_limit"  # has as much of the queue's work as may be pushed
    RESERVED = "reserved"  # is kept for another queue
    EXCLUDED = "excluded"  # declined this work, let it ring, or passed it on a moment ago
    ASKS = "asks"  # is who asks by this consult


class InteractionState(StrEnum):
    """Where a routable unit of work is. The last four are terminal."""

    NEW = "new"
    IN_FLOW = "in_flow"
    QUEUED = "queued"
    OFFERED = "offered"
    CONNECTING = "connecting"  # accepted, its media are set up or its contact is dialled
    SCHEDULED = "scheduled"  # a callback that waits in no queue until it is due
    ACTIVE = "active"
    HELD = "held"
    PARKED = "parked"  # frees the units, keeps the owner
    INTERRUPTED = "interrupted"
    WRAPPING = "wrapping"
    CLOSED = "closed"
    ABANDONED = "abandoned"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Bond(StrEnum):
    """What work of our own, beside a contact's, is to it."""

    CONSULT = "consult"  # a colleague is asked while the contact stays with who asks
    SEAT = "seat"  # a colleague's place in a conference


class ConversationState(StrEnum):
    """Where a thread is; at most one conversation of a thread is not resolved."""

    OPEN = "open"
    PENDING = "pending"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    SPAM = "spam"


class OfferState(StrEnum):
    """Where an offer is; all but ringing are terminal."""

    RINGING = "ringing"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    REVOKED = "revoked"


class Session(StrEnum):
    """First axis of presence: is a console of this agent connected."""

    OFFLINE = "offline"
    ONLINE = "online"
    RECONNECTING = "reconnecting"  # the socket was lost a moment ago


class Status(StrEnum):
    """Second axis of presence: does the agent want work."""

    ON_QUEUE = "on_queue"
    OFF_QUEUE = "off_queue"


class OffQueueReason(StrEnum):
    """Why an agent takes no work."""

    BREAK = "break"
    MEAL = "meal"
    MEETING = "meeting"
    TRAINING = "training"
    ADMIN = "admin"
    OWN = "own"


class EntryKind(StrEnum):
    """What one line of a conversation is."""

    MESSAGE = "message"
    NOTE = "note"  # only colleagues see it
    SYSTEM = "system"  # something happened: joined, transferred, resolved


class Author(StrEnum):
    """Who wrote an entry."""

    CONTACT = "contact"
    AGENT = "agent"
    SYSTEM = "system"
    BOT = "bot"


class SystemCode(StrEnum):
    """What a system entry tells; the screen words it in the reader's language."""

    QUEUED = "queued"
    OFFERED = "offered"
    JOINED = "joined"
    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    TRANSFERRED = "transferred"
    TAKEN_OVER = "taken_over"
    PARKED = "parked"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    ABANDONED = "abandoned"
    TAGGED = "tagged"
    RATED = "rated"
    LEFT = "left"  # the contact ended it
    OVERFLOWED = "overflowed"
    DIVERTED = "diverted"  # left its queue by an exit before anybody took it
    NOT_QUEUED = "not_queued"  # routing could not take it: the queue is full or gone
    SNOOZED = "snoozed"
    WOKEN = "woken"
    SPAM = "spam"
    CONSULT_ASKED = "consult_asked"  # a colleague or a queue
    CONSULT_JOINED = "consult_joined"  # a colleague advises; the contact does not see it
    CONSULT_ENDED = "consult_ended"
    CONSULT_MISSED = "consult_missed"  # nobody came
    SEAT_LEFT = "seat_left"  # a colleague is in the conference no more
    HELD = "held"
    UNHELD = "unheld"
    FLOW_ENTERED = "flow_entered"  # a payment or a form
    FLOW_RETURNED = "flow_returned"
    SCHEDULED = "scheduled"  # a callback is wanted later
    DIALLING = "dialling"  # an agent calls the contact back
    UNREACHED = "unreached"  # it is dialled again later
    NOT_REACHED = "not_reached"  # for good: as often dialled as the queue allows


class VisitorPhase(StrEnum):
    """Where a visitor's chat is, as the widget shows it."""

    IDLE = "idle"  # nothing asked yet
    CLOSED = "closed"  # outside opening hours: a message may be left
    WAITING = "waiting"
    LEFT = "left"  # left a message: nobody could take it, somebody will answer later
    CALLBACK = "callback"  # waits to be called
    ACTIVE = "active"
    ENDED = "ended"


class Role(StrEnum):
    """A named set of permissions (tenants/rules.py holds the sets)."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class Locale(StrEnum):
    """Languages of our screens."""

    EN = "en"
    ZH_CN = "zh-CN"
    ZH_TW = "zh-TW"


class SimulationBasis(StrEnum):
    """Which contacts come."""

    DAY = "day"  # those of a recorded day, at their times
    FORECAST = "forecast"  # as many as on the recorded days in each half hour, drawn anew
    ASSUMED = "assumed"  # as many as somebody assumes: nothing need have been recorded


class SimulationState(StrEnum):
    """How far a simulation is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
