"""The simulator; its scenario and report are those of `ucc.staffing`."""

def run(scenario: bytes, *, has_rivals: bool, threads: int) -> bytes:
    """Simulate a scenario (JSON of `Plan`) and return its report (JSON of `Report`). Runs without the GIL.

    Raises:
        ValueError: The scenario does not fit together.
        RuntimeError: The engine broke.

    """
