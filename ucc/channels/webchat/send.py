"""From our words to what a visitor may see."""

from __future__ import annotations

from ucc.domain.conversation import Entry, SystemEvent
from ucc.domain.events import VisitorEntry
from ucc.domain.states import EntryKind, SystemCode

# What a visitor is told of the work behind the chat; everything else stays among colleagues.
VISIBLE = frozenset(
    {
        SystemCode.QUEUED,
        SystemCode.JOINED,
        SystemCode.TRANSFERRED,
        SystemCode.RESOLVED,
        SystemCode.LEFT,
        SystemCode.ABANDONED,
    }
)


def send(entry: Entry) -> VisitorEntry | None:
    """Return the visitor's side of an entry, or None when it is not for them."""
    if entry.kind == EntryKind.NOTE:
        return None
    system = None
    if entry.kind == EntryKind.SYSTEM:
        if entry.system is None or entry.system.code not in VISIBLE:
            return None
        system = SystemEvent(
            code=entry.system.code, agent_name=entry.system.agent_name, queue_name=entry.system.queue_name
        )
    return VisitorEntry(
        seq=entry.seq,
        kind=entry.kind,
        author=entry.author,
        at_ms=entry.at_ms,
        text=entry.text,
        name=entry.user_name,
        client_id=entry.client_id,
        attachments=entry.attachments,
        system=system,
    )
