"""What a merge of contacts means here: conversations and visitors' sessions follow, and come back."""

from __future__ import annotations

from pathlib import Path

from ucc.kit import sql
from ucc.kit.db import Conn

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class MergeFollower:
    """Follows merges in their transaction (ucc.contacts.merging.Follower)."""

    async def follow_merge(self, conn: Conn, tenant_id: int, kept_id: int, merged_id: int) -> list[int]:
        """Give everything of the merged contact to the kept one; return the conversations."""
        moved = {"tenant_id": tenant_id, "kept_id": kept_id, "merged_id": merged_id}
        rows = await _queries.move_conversations(conn, **moved)
        await _queries.hand_over_visitors(conn, **moved)
        return [row["id"] for row in rows]

    async def return_merged(
        self, conn: Conn, tenant_id: int, kept_id: int, merged_id: int, conversation_ids: list[int]
    ) -> None:
        """Give these conversations back, if they are still where the merge put them."""
        back = {"tenant_id": tenant_id, "kept_id": kept_id, "merged_id": merged_id}
        await _queries.return_conversations(conn, **back, ids=conversation_ids)
        await _queries.return_visitors(conn, **back, ids=conversation_ids)
