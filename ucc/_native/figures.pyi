"""Live figures, a fold over facts; its records are `ucc.domain.figures`, its rules router-rs/SPEC.md."""

class Figures:
    """The figures of one tenant."""

    def __init__(self, midnight_ms: int) -> None: ...
    def add_midnight(self, midnight_ms: int) -> None:
        """Tell when a later day begins."""

    def fold(self, now_ms: int, facts: bytes) -> None:
        """Fold msgpack `list[Fact]` that were decided at `now_ms`.

        Raises:
            ValueError: The bytes are malformed.

        """

    def fold_row(self, now_ms: int, outcomes: bytes) -> None:
        """Fold a row of a journal, msgpack `list[Outcome]` that were decided at `now_ms`.

        Raises:
            ValueError: The bytes are malformed.

        """

    def sheets(self, now_ms: int, kind: str, ids: list[int], with_minutes: bool) -> bytes:
        """Return msgpack `list[Sheet]`, one for each id, with or without the minutes of its half hour.

        Raises:
            ValueError: The kind is not one of queue, skill, team, agent, tenant.

        """
