"""UCC, an open unified contact centre: channels, contacts, conversations, and the shell around the engine."""

__version__ = "0.1.0"
