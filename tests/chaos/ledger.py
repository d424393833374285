"""What clients were told: the ledger a run is judged by. Nothing here knows the server's inside."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Ledger:
    """Every promise the API made during a run, and every breach a client saw itself."""

    sent: dict[str, int] = field(
        default_factory=dict
    )  # client id → conversation, handed to a socket or request
    acknowledged: dict[str, int] = field(default_factory=dict)  # client id → conversation, told "stored"
    accepted: set[tuple[int, int, int]] = field(
        default_factory=set
    )  # (interaction, epoch, agent) told "yours"
    copies_sent: int = 0
    reconnects: int = 0
    refused: dict[str, int] = field(default_factory=dict)  # code → times
    breaches: list[str] = field(default_factory=list)

    def note_refusal(self, code: str) -> None:
        """Count a refusal by its code."""
        self.refused[code] = self.refused.get(code, 0) + 1


class SeqWatch:
    """Holds one client's view of one stream to I10: after a resume, exactly what was missed, each once."""

    def __init__(self, name: str, ledger: Ledger) -> None:
        self.name = name
        self.last_seq = 0
        self._ledger = ledger

    def saw(self, seq: int) -> None:
        """Take the next seq of the stream; one that does not grow is a breach."""
        if seq <= self.last_seq:
            self._ledger.breaches.append(f"I10 {self.name}: seq {seq} after {self.last_seq}")
        self.last_seq = max(self.last_seq, seq)
