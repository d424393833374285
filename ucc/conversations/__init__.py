"""Conversations: the one writer of entries, their heads, views, search, drafts and visitors' sessions."""
