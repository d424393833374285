"""Events of the streams and frames of the two sockets: what rooms and screens say to each other.

`conversation:<id>` is the stream of a conversation's entries, `seq` = the entry's seq.
`agent:<id>` is the stream of what concerns one agent, kept in agent_event.
What has no seq (signals) is true for a moment and never replayed: typing, viewing, hints to ask a list again.
"""

from __future__ import annotations

import msgspec

from ucc.domain.conversation import Attachment, Conversation, Entry, Interaction, Offer, SlaAlert, SystemEvent
from ucc.domain.people import Presence
from ucc.domain.states import Author, ConversationState, EntryKind, VisitorPhase


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", gc=False):
    """Something that happened; the tag is its past-tense name."""


# --- conversation:<id>, with seq ------------------------------------------------------------------


class EntryAdded(Event, frozen=True, kw_only=True, tag="entry_added"):
    """A conversation has one entry more."""

    entry: Entry


# --- conversation:<id>, signals ---------------------------------------------------------------------


class ReceiptMoved(Event, frozen=True, kw_only=True, tag="receipt_moved"):
    """Watermarks of a conversation; they only grow."""

    conversation_id: int
    contact_read_seq: int
    contact_delivered_seq: int
    agent_read_seq: int


class TypingSeen(Event, frozen=True, kw_only=True, tag="typing_seen"):
    """Somebody is typing; forget it after 5 s."""

    conversation_id: int
    author: Author
    user_id: int | None = None
    user_name: str | None = None


class ViewersChanged(Event, frozen=True, kw_only=True, tag="viewers_changed"):
    """Colleagues who have the conversation open on this node or another."""

    conversation_id: int
    user_ids: list[int]


class ViewersSeen(Event, frozen=True, kw_only=True, tag="viewers_seen"):
    """Between nodes: who has the conversation open on `node`; each node adds them up for its own consoles."""

    conversation_id: int
    node: str
    user_ids: list[int]


class ConversationChanged(Event, frozen=True, kw_only=True, tag="conversation_changed"):
    """The head of a conversation is this now: state, interaction, owner, tags, waiting, online."""

    conversation: Conversation


# --- agent:<id>, with seq -------------------------------------------------------------------------


class InteractionOffered(Event, frozen=True, kw_only=True, tag="interaction_offered"):
    """An offer rings at this agent."""

    offer: Offer


class OfferEnded(Event, frozen=True, kw_only=True, tag="offer_ended"):
    """An offer of this agent rings no more."""

    offer: Offer


class InteractionChanged(Event, frozen=True, kw_only=True, tag="interaction_changed"):
    """Work of this agent came, changed its state, or left (agent_id is somebody else or None)."""

    interaction: Interaction


class SlaAlerted(Event, frozen=True, kw_only=True, tag="sla_alerted"):
    """An SLA clock of work in this agent's hands ran low or out; the conversation's head says so too."""

    interaction_id: int
    conversation_id: int | None
    alert: SlaAlert


class PresenceMoved(Event, frozen=True, kw_only=True, tag="presence_moved"):
    """This agent's presence is this now."""

    presence: Presence


class Mentioned(Event, frozen=True, kw_only=True, tag="mentioned"):
    """A colleague named this agent in a note."""

    entry: Entry


# --- tenant:<id>, signals --------------------------------------------------------------------------


class ListsChanged(Event, frozen=True, kw_only=True, tag="lists_changed"):
    """Ask these lists again: views, queues, presence, settings names."""

    names: list[str]


class SessionEnded(Event, frozen=True, kw_only=True, tag="session_ended"):
    """The user's sessions were revoked: close their sockets."""

    user_id: int
    session: str | None = None  # hex of Actor.session_hash: only sockets of this session; None: all of them


class RightsChanged(Event, frozen=True, kw_only=True, tag="rights_changed"):
    """Between nodes: what may be read changed for this user (None: for anybody); sockets look again."""

    user_id: int | None = None


AnyEvent = (
    EntryAdded | ReceiptMoved | TypingSeen | ViewersChanged | ViewersSeen | ConversationChanged
    | InteractionOffered | OfferEnded | InteractionChanged | SlaAlerted | PresenceMoved | Mentioned
    | ListsChanged | SessionEnded | RightsChanged
)  # fmt: skip


# --- frames of the agents' socket (/v1/socket) ---------------------------------------------------------


class Frame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", gc=False):
    """One JSON text frame."""


class Hello(Frame, frozen=True, kw_only=True, tag="hello"):
    """First frame of a console: the ticket and, per stream held, the last seq seen; always agent:<me>."""

    ticket: str
    streams: dict[str, int] = {}


class Subscribe(Frame, frozen=True, kw_only=True, tag="subscribe"):
    """Hold these streams too, from after the seq given."""

    streams: dict[str, int]


class Unsubscribe(Frame, frozen=True, kw_only=True, tag="unsubscribe"):
    """Hold these streams no more."""

    streams: list[str]


class Typing(Frame, frozen=True, kw_only=True, tag="typing"):
    """I am typing (sent at most once in 3 s); visitors leave conversation_id out."""

    conversation_id: int | None = None


class Viewing(Frame, frozen=True, kw_only=True, tag="viewing"):
    """I have this conversation open, or none."""

    conversation_id: int | None = None


class Read(Frame, frozen=True, kw_only=True, tag="read"):
    """I have read up to this seq; visitors leave conversation_id out."""

    seq: int
    conversation_id: int | None = None


class Ping(Frame, frozen=True, kw_only=True, tag="ping"):
    """Still here; answered by pong. Sent every 10 s; 25 s of silence closes the socket."""


class AcceptOffer(Frame, frozen=True, kw_only=True, tag="accept"):
    """I take the offer of this epoch, as POST /offers/{id}/{epoch}/accept; the own stream tells of it."""

    interaction_id: int
    epoch: int


class EndWork(Frame, frozen=True, kw_only=True, tag="end"):
    """I resolve what I have seen, as POST /interactions/{id}/end; the own stream tells of it."""

    interaction_id: int
    seen_seq: int = 0


AgentFrame = Hello | Subscribe | Unsubscribe | Typing | Viewing | Read | Ping | AcceptOffer | EndWork


class Welcome(Frame, frozen=True, kw_only=True, tag="welcome"):
    """The socket is live. Streams whose gap exceeds 1,000 events are in `stale`: ask their lists again."""

    user_id: int
    node: str
    now_ms: int
    stale: list[str] = []


class StreamEvent(Frame, frozen=True, kw_only=True, tag="event"):
    """One event of a held stream; seq 0 is a signal."""

    stream: str
    seq: int
    event: AnyEvent


class Pong(Frame, frozen=True, kw_only=True, tag="pong"):
    """Answer to ping."""

    now_ms: int


class FrameRefused(Frame, frozen=True, kw_only=True, tag="refused"):
    """A frame was not carried out; the socket stays open. Codes as in problem documents."""

    code: str
    detail: str
    path: str | None = None  # of the field that is wrong, like $.text
    client_id: str | None = None
    retry_after_ms: int | None = None


class StreamDropped(Frame, frozen=True, kw_only=True, tag="dropped"):
    """The server gives nothing of this stream any more; `code` as in problem documents says why."""

    stream: str
    code: str  # not_allowed: work or skills moved and it is not yours to read any more
    detail: str


ConsoleFrame = Welcome | StreamEvent | Pong | FrameRefused | StreamDropped


# --- frames of the visitors' socket (/v1/widget/socket) -----------------------------------------------


class VisitorHello(Frame, frozen=True, kw_only=True, tag="hello"):
    """First frame of a widget: its token and the last seq seen."""

    token: str
    last_seq: int = 0
    page: str | None = None
    page_title: str | None = None


class VisitorMessage(Frame, frozen=True, kw_only=True, tag="message"):
    """A message of the visitor; client_id (UUID) makes it safe to send twice. ≤ 10,000 characters."""

    client_id: str
    text: str = ""
    attachment_ids: list[int] = []


class VisitorPage(Frame, frozen=True, kw_only=True, tag="page"):
    """The visitor looks at this page now."""

    url: str
    title: str = ""


class VisitorEnd(Frame, frozen=True, kw_only=True, tag="end"):
    """The visitor ends the chat."""


class VisitorRate(Frame, frozen=True, kw_only=True, tag="rate"):
    """1–5 stars and an optional reason, after the end."""

    stars: int
    text: str = ""


class VisitorCallback(Frame, frozen=True, kw_only=True, tag="callback"):
    """The visitor would rather be called back than wait; `phone` has its country: +60 12-345 6789."""

    phone: str
    not_before_ms: int | None = None  # within 31 days; None: as soon as somebody can


VisitorFrame = (
    VisitorHello | VisitorMessage | VisitorPage | VisitorEnd | VisitorRate | VisitorCallback | Typing | Read
    | Ping
)  # fmt: skip


class VisitorEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as the visitor may see it: no notes, no internals."""

    seq: int
    kind: EntryKind
    author: Author
    at_ms: int
    text: str = ""
    name: str | None = None  # the agent's display name
    client_id: str | None = None
    attachments: list[Attachment] = []
    system: SystemEvent | None = None  # queued joined transferred resolved abandoned only


class VisitorState(msgspec.Struct, frozen=True, kw_only=True):
    """What the widget shows around the log."""

    conversation_id: int
    state: ConversationState
    phase: VisitorPhase
    agent_name: str | None = None
    queue_name: str | None = None
    position: int | None = None  # 1 = next
    wait_low_s: int | None = None
    wait_high_s: int | None = None
    opens_at_ms: int | None = None
    offers_callback: bool = False  # the visitor may ask to be called back
    callback_to: str | None = None  # the number that will be called
    callback_at_ms: int | None = None  # not before then
    agent_read_seq: int = 0
    is_rated: bool = False


class VisitorWelcome(Frame, frozen=True, kw_only=True, tag="welcome"):
    """The socket is live; entries after last_seq follow as `entry` frames (all, in order), then live ones."""

    now_ms: int
    state: VisitorState


class VisitorEntryAdded(Frame, frozen=True, kw_only=True, tag="entry"):
    """One entry of the visitor's conversation; an own message's echo doubles as its acknowledgement."""

    entry: VisitorEntry


class VisitorStateChanged(Frame, frozen=True, kw_only=True, tag="state"):
    """Around the log this is so now."""

    state: VisitorState


class VisitorTyping(Frame, frozen=True, kw_only=True, tag="typing"):
    """The agent is typing; forget it after 5 s."""

    name: str | None = None


WidgetFrame = VisitorWelcome | VisitorEntryAdded | VisitorStateChanged | VisitorTyping | Pong | FrameRefused


# --- the widget's REST -----------------------------------------------------------------------------


class WidgetField(msgspec.Struct, frozen=True, kw_only=True):
    """One pre-chat question."""

    key: str
    label: dict[str, str]
    is_required: bool


class WidgetConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What the widget needs before it asks the visitor anything; no cookie, no storage, cacheable 60 s."""

    key: str
    title: str
    greeting: dict[str, str]
    color: str
    position: str
    theme: str
    teaser: dict[str, str]
    prechat: list[WidgetField]
    asks_rating: bool
    is_open: bool
    opens_at_ms: int | None
    is_staffed: bool
    reply_s: int | None  # typical time to a reply, None: not known
    team: list[str]  # first names of people on queue, at most 3
    needs_identity: bool
    text_max: int = 10_000
    attachment_bytes_max: int = 10_485_760


class VisitorStart(msgspec.Struct, frozen=True, kw_only=True):
    """Begins a conversation with its first message; safe to repeat by client_id."""

    client_id: str
    text: str
    locale: str = "en"
    prechat: dict[str, str] = {}
    page: str | None = None
    page_title: str | None = None
    referrer: str | None = None
    time_zone: str | None = None
    user_id: str | None = None  # the host site's id of a signed-in visitor …
    user_hash: str | None = None  # … proved: hex HMAC-SHA256(identity_secret, user_id)
    user_name: str | None = None
    user_email: str | None = None


class VisitorStarted(msgspec.Struct, frozen=True, kw_only=True):
    """The visitor's token (keep it in this origin's storage) and where the conversation stands."""

    token: str
    state: VisitorState
    entries: list[VisitorEntry]


encode = msgspec.json.Encoder().encode
decode_event = msgspec.json.Decoder(AnyEvent).decode
decode_agent_frame = msgspec.json.Decoder(AgentFrame).decode
decode_console_frame = msgspec.json.Decoder(ConsoleFrame).decode
decode_visitor_frame = msgspec.json.Decoder(VisitorFrame).decode
