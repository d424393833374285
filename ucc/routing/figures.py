"""Live figures of a tenant: its facts folded; asked for by queue, skill, team and agent, and for all."""

from __future__ import annotations

from collections.abc import Sequence

from ucc._native import figures as native
from ucc.domain.engine import AnyFact, encode_facts
from ucc.domain.figures import Sheet, SubjectKind, decode_sheets


class LiveFigures:
    """A pure fold: the same facts at the same times give the same sheets, on every node."""

    def __init__(self, midnight_ms: int) -> None:
        self._native = native.Figures(midnight_ms)

    def add_midnight(self, midnight_ms: int) -> None:
        """Tell when a later day of the tenant begins; it turns over in that moment by itself."""
        self._native.add_midnight(midnight_ms)

    def fold(self, at_ms: int, facts: Sequence[AnyFact]) -> None:
        """Take in facts that were decided at `at_ms`."""
        self._native.fold(at_ms, encode_facts(facts))

    def fold_row(self, at_ms: int, outcomes: bytes) -> None:
        """Take in a row of the journal, msgpack `list[Outcome]`.

        Raises:
            ValueError: the bytes are malformed.
        """
        self._native.fold_row(at_ms, outcomes)

    def sheets(
        self, kind: SubjectKind, ids: Sequence[int], now_ms: int, *, with_minutes: bool = False
    ) -> list[Sheet]:
        """Return a sheet for each id, in their order; of one never heard of all is 0.

        `with_minutes` adds the latest half hour minute by minute. The tenant's id is any number.
        """
        return decode_sheets(self._native.sheets(now_ms, kind, list(ids), with_minutes))

    def sheet(self, kind: SubjectKind, subject_id: int, now_ms: int, *, with_minutes: bool = False) -> Sheet:
        """Return the sheet of one subject."""
        (sheet,) = self.sheets(kind, [subject_id], now_ms, with_minutes=with_minutes)
        return sheet
