"""Agents: what each can do (skills with levels) and how much at once (capacity)."""
