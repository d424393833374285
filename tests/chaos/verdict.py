"""Judge a run: what was promised against what PostgreSQL holds, and the journal against itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import asyncpg
import msgspec

from tests.chaos.ledger import Ledger
from ucc._native.engine import Engine
from ucc.domain import engine as vocabulary


class Verdict(msgspec.Struct, kw_only=True):
    """Counts of a run; everything but the first block must be zero."""

    kills: dict[str, int]
    sent: int
    acknowledged: int
    accepted: int
    copies_sent: int
    reconnects: int
    refused: dict[str, int]

    lost: int
    duplicated: int
    gaps: int  # conversations whose seqs are not 1…head
    double_assignments: int
    forgotten: int  # conversations whose contact waits and no live interaction does
    replay_differs: int  # journal batches that decide otherwise when replayed
    breaches: list[str]

    @property
    def is_clean(self) -> bool:
        """Say whether nothing was lost, doubled, forgotten or out of order."""
        faults = (
            self.lost,
            self.duplicated,
            self.gaps,
            self.double_assignments,
            self.forgotten,
            self.replay_differs,
        )
        return not any(faults) and not self.breaches


async def judge(url: str, ledger: Ledger, kills: dict[str, int]) -> Verdict:
    """Read the whole database as its owner and return the verdict."""
    owner = await asyncpg.connect(url)
    try:
        stored = await _stored_copies(owner)
        journal = await owner.fetch(
            "SELECT tenant_id, shard, first_seq, count, rules_version, at_ms, commands, facts"
            " FROM journal ORDER BY shard, first_seq"
        )
        return Verdict(
            kills=kills,
            sent=len(ledger.sent),
            acknowledged=len(ledger.acknowledged),
            accepted=len(ledger.accepted),
            copies_sent=ledger.copies_sent,
            reconnects=ledger.reconnects,
            refused=ledger.refused,
            lost=sum(stored[client_id] == 0 for client_id in ledger.acknowledged),
            duplicated=sum(count > 1 for count in stored.values()),
            gaps=await owner.fetchval(_GAPS),
            double_assignments=double_assignments(_facts(journal), ledger),
            forgotten=await owner.fetchval(_FORGOTTEN),
            replay_differs=_replay_differs(journal),
            breaches=ledger.breaches[:20] + _journal_gaps(journal),
        )
    finally:
        await owner.close()


async def _stored_copies(owner: asyncpg.Connection) -> Counter[str]:
    """Return how often each client id stands in the entries; 36 characters of UUID end the external id."""
    rows = await owner.fetch("SELECT right(external_id, 36) AS id FROM entry WHERE external_id IS NOT NULL")
    return Counter(row["id"] for row in rows)


_GAPS = """
    SELECT count(*) FROM conversation c
    LEFT JOIN LATERAL (SELECT count(*) AS n, coalesce(max(seq), 0) AS top FROM entry e
                       WHERE e.tenant_id = c.tenant_id AND e.conversation_id = c.id) e ON true
    WHERE e.n <> e.top OR e.top <> c.head_seq"""

_FORGOTTEN = """
    SELECT count(*) FROM conversation c
    WHERE c.waiting_since_ms IS NOT NULL AND c.state NOT IN ('resolved', 'spam')
      AND NOT EXISTS (SELECT FROM interaction i WHERE i.tenant_id = c.tenant_id AND i.conversation_id = c.id
                      AND i.state NOT IN ('closed', 'abandoned', 'cancelled', 'failed', 'wrapping'))
      AND EXISTS (SELECT FROM interaction i WHERE i.tenant_id = c.tenant_id AND i.conversation_id = c.id)
      AND c.contact_seq > c.agent_seq AND c.contact_seq > coalesce(
          (SELECT max(e.seq) FROM entry e WHERE e.tenant_id = c.tenant_id AND e.conversation_id = c.id
           AND e.kind = 'system' AND e.body->'system'->>'code' IN ('resolved', 'abandoned')), 0)"""


def _facts(journal: Iterable[asyncpg.Record]) -> Iterable[vocabulary.AnyFact]:
    for row in journal:
        for outcome in vocabulary.decode_outcomes(row["facts"]):
            yield from outcome.facts


def double_assignments(facts: Iterable[vocabulary.AnyFact], ledger: Ledger) -> int:
    """Count moments with two live offers or two owners, and acceptances that the journal lacks."""
    owner: dict[int, int] = {}
    offered: dict[int, tuple[int, int]] = {}
    accepted: set[tuple[int, int, int]] = set()
    doubles = 0
    for fact in facts:
        match fact:
            case vocabulary.InteractionOffered(interaction=interaction):
                doubles += interaction in offered or interaction in owner
                offered[interaction] = (fact.agent, fact.epoch)
            case vocabulary.OfferAccepted(interaction=interaction):
                doubles += offered.pop(interaction, None) != (fact.agent, fact.epoch)
                accepted.add((interaction, fact.epoch, fact.agent))
            case vocabulary.OfferDeclined() | vocabulary.OfferTimedOut() | vocabulary.OfferRevoked():
                offered.pop(fact.interaction, None)
            case vocabulary.InteractionActivated(interaction=interaction):
                doubles += owner.get(interaction, fact.agent) != fact.agent and fact.cause != "taken_over"
                owner[interaction] = fact.agent
            case (
                vocabulary.InteractionRequeued()
                | vocabulary.InteractionClosed()
                | vocabulary.InteractionParked()
            ):
                owner.pop(fact.interaction, None)
    return doubles + len(ledger.accepted - accepted)


def _journal_gaps(journal: list[asyncpg.Record]) -> list[str]:
    """Return the places where a shard's journal does not go on at the next seq."""
    following: dict[int, int] = {}
    breaches = []
    for row in journal:
        expected = following.get(row["shard"], row["first_seq"])
        if row["first_seq"] != expected:
            breaches.append(f"I13 shard {row['shard']}: seq {row['first_seq']}, expected {expected}")
        following[row["shard"]] = row["first_seq"] + row["count"]
    return breaches


def _replay_differs(journal: list[asyncpg.Record]) -> int:
    """Decide every batch again in fresh engines; count those whose bytes are not the recorded ones."""
    engines: dict[int, Engine] = {}
    differs = 0
    for row in journal:
        if row["tenant_id"] is None:
            continue
        engine = engines.setdefault(row["tenant_id"], Engine())
        differs += engine.submit(row["at_ms"], row["commands"]) != row["facts"]
    return differs
