"""The routing engine of one tenant; its vocabulary is `ucc.domain.engine`, its rules router-rs/SPEC.md."""

class EngineBroken(Exception):
    """The engine failed inside and must be rebuilt from its journal."""

class BadRow(ValueError):
    """A row of a journal is no list of outcomes.

    `args` are where it differs, and how many rows stand before it.
    """

class Engine:
    """A pure state machine: the same commands at the same times give the same facts."""

    def __init__(self) -> None: ...
    def submit(self, now_ms: int, commands: bytes) -> bytes:
        """Decide a batch: msgpack `list[Command]` to `list[Outcome]`. What is due fires first.

        Raises:
            ValueError: The bytes are malformed (offset, found, allowed) or more than 1,024 commands.
            EngineBroken: It failed inside; rebuild it from the journal.

        """

    def fold(self, now_ms: int, facts: bytes) -> None:
        """Fold journal facts (msgpack `list[Fact]`) of a batch decided at `now_ms`, deciding nothing.

        Raises:
            ValueError: The bytes are malformed.
            EngineBroken: The facts do not follow from the state.

        """

    def replay(self, rows: list[tuple[int, bytes]]) -> None:
        """Fold rows of a journal, each when it was decided (ms) and its msgpack `list[Outcome]`.

        Of many rows at once, only what is left of them at the end is indexed.

        Raises:
            BadRow: A row is malformed; those before it are folded.
            EngineBroken: The facts do not follow from the state.

        """

    def next_deadline(self) -> int | None:
        """Return when time will next do something, in ms; None while nothing is pending."""

    def snapshot(self) -> bytes:
        """Return the whole state."""

    @staticmethod
    def restore(snapshot: bytes) -> Engine:
        """Make an engine from a snapshot.

        Raises:
            ValueError: The bytes are not a snapshot of this version.

        """

    def state_hash(self) -> int:
        """Return a hash of the whole state."""

    def position(self, interaction: int, now_ms: int) -> tuple[int, int, int | None, int | None] | None:
        """Return (place, waiting, low_ms, high_ms): 1 is next, 0 rings now; None if it does not wait.

        Nine in ten further waits from `now_ms` on fall between low and high; None and None where too
        little is known at that time.
        """

    def who_would_get(self, command: bytes) -> bytes:
        """Say who would get one encoded Enqueue; return a Prospect. It changes nothing.

        Raises:
            ValueError: The bytes are not an Enqueue.

        """

    def queue_figures(self, queue: int) -> tuple[int, int | None, int, int, int, bool] | None:
        """Return (waiting, longest waited since ms, staffed, on_queue, free, is_open); None if unknown."""

def echo_commands(commands: bytes) -> bytes:
    """Return commands as Rust writes what it read."""

def echo_facts(facts: bytes) -> bytes:
    """Return facts as Rust writes what it read."""

def vocabulary() -> tuple[list[str], list[str], list[str], list[str]]:
    """Return the tags of commands and of facts, the media, and the refusals."""
