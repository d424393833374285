"""A node with its door open, as the conversations' tests have it."""

from __future__ import annotations

from tests.integration.conversations.conftest import node, open_node, world

__all__ = ["node", "open_node", "world"]
