"""The simulator; its scenario is `ucc.staffing.scenario.Plan`, its report `ucc.domain.simulation.Report`."""

class Simulation:
    """One simulation: `run` it in a thread, watch and cancel it from others."""

    def __init__(self, scenario: bytes, edited: bytes | None = None, *, has_rivals: bool = False) -> None:
        """Read a scenario (JSON), and the same with edits if there are any.

        Raises:
            ValueError: A scenario does not fit together, or the engine refuses a part of it.

        """

    def run(self, threads: int) -> bytes | None:
        """Simulate without the GIL and return the report (JSON), or None if it was cancelled.

        Raises:
            RuntimeError: The engine broke.

        """

    def cancel(self) -> None:
        """Ask it to end soon."""

    def progress(self) -> tuple[int, int]:
        """Return how many replications are done, and how many there are, of all policies."""

class Recorder:
    """Takes a tenant's journal row by row and gives the day between two moments."""

    def __init__(self, from_ms: int, until_ms: int) -> None:
        """Say which moments."""

    def restore(self, snapshot: bytes) -> None:
        """Start from an engine's snapshot.

        Raises:
            ValueError: It is none that is known.

        """

    def take(self, rows: list[tuple[int, bytes, bytes]]) -> None:
        """Take the next rows in order: time, commands, facts. Runs without the GIL.

        Raises:
            ValueError: They are not what a journal holds.

        """

    def day(self) -> bytes:
        """Return the day (JSON of `ucc.staffing.recorded.Day`); the recorder is used up."""
