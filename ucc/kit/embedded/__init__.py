"""PostgreSQL and NATS out of their wheels, so that one command runs everything."""

from ucc.kit.embedded.child import EmbeddedError
from ucc.kit.embedded.nats import EmbeddedNats
from ucc.kit.embedded.place import Place
from ucc.kit.embedded.postgres import EmbeddedPostgres

__all__ = ["EmbeddedError", "EmbeddedNats", "EmbeddedPostgres", "Place"]
