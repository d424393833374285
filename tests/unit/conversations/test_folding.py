"""What facts make of a conversation: its head follows the contact's work alone, its log tells of the rest."""

from __future__ import annotations

from typing import Any

import pytest

from ucc.conversations.folding import Folded, fold
from ucc.domain import engine as e
from ucc.domain.conversation import SystemEvent
from ucc.domain.states import InteractionState
from ucc.routing.projector import Surroundings

MEI, TOM, SALES, BILLING = 4, 9, 5, 6
NAMES = {MEI: "Mei", TOM: "Tom", SALES: "Sales", BILLING: "Billing"}


def consult(**fields: Any) -> e.InteractionQueued:
    values: dict[str, Any] = {
        "interaction": 2, "queue": SALES, "medium": "chat", "units": 1, "priority": 0, "requirement": [],
        "arrived_ms": 1, "deadline_ms": 2, "order": 3, "preferred_agent": None, "preferred_until_ms": None,
        "is_abandonable": False, "parent": 1, "originator": MEI, "return_at_ms": None,
        "consult_until_ms": 20_000,
    }  # fmt: skip
    return e.InteractionQueued(**(values | fields))


class Log:
    """A conversation whose work 1 Mei has in hand, and what its log says."""

    def __init__(self, work: InteractionState = InteractionState.ACTIVE) -> None:
        self.around = Surroundings({1: 7, 2: 7}, NAMES, {}, {1: SALES, 2: BILLING})
        self.change = Folded(7, 1, work, SALES, MEI)

    def fold(self, *facts: e.AnyFact) -> None:
        for fact in facts:
            fold(self.change, fact, self.around)

    @property
    def head(self) -> tuple[Any, ...]:
        one = self.change
        return (one.interaction_id, one.work, one.queue_id, one.agent_id)

    @property
    def said(self) -> list[tuple[str, int | None]]:
        events = [event for _, event in self.change.lines if isinstance(event, SystemEvent)]
        return [(event.code, event.agent_id) for event in events]


OFFERED = e.InteractionOffered(2, SALES, TOM, 1, 9, e.Why("named", [], [], 1, 0, 0, 0))
ACTIVE = e.InteractionActivated(2, TOM, "accepted", None, False)


def test_r79_a_consult_never_moves_the_head() -> None:
    log = Log()
    before = log.head
    for queue_fields in ({"named_agent": TOM}, {"queue": BILLING}):
        log.fold(consult(**queue_fields), OFFERED, ACTIVE, e.InteractionClosed(2, TOM, "consult_ended"))
        assert log.head == before
        assert not log.change.is_over
    assert log.said[:3] == [("consult_asked", MEI), ("consult_joined", TOM), ("consult_ended", TOM)]
    asked = [event for _, event in log.change.lines if isinstance(event, SystemEvent)]
    assert (asked[0].detail, asked[0].queue_id) == ({"to": "Tom"}, None)
    assert (asked[3].detail, asked[3].queue_id) == ({}, BILLING)


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        (e.InteractionCancelled(2, "timed_out"), "consult_missed"),
        (e.InteractionCancelled(2, "parent_moved"), None),
        (e.InteractionClosed(2, TOM, "parent_moved"), None),
        (e.InteractionClosed(2, TOM, "agent_lost"), "consult_ended"),
    ],
)
def test_the_end_of_a_consult_is_told_unless_the_contacts_own_says_it(fact: e.AnyFact, code: str) -> None:
    log = Log()
    log.around.bonds[2] = "consult"  # as it was before the batch
    log.fold(fact)
    assert [one for one, _ in log.said] == ([code] if code else [])


def test_r80_a_completed_consult_is_the_head_from_there_on() -> None:
    log = Log()
    log.fold(consult(), ACTIVE, e.ConsultCompleted(1, 2, TOM), e.WrapUpStarted(1, MEI, "transferred", 60))
    assert log.head == (2, "active", BILLING, TOM)
    assert log.said[-2:] == [("transferred", TOM), ("joined", TOM)]
    log.fold(e.InteractionClosed(1, MEI, "completed"))
    assert (log.head[1], log.change.is_over) == ("active", False)
    log.fold(e.WrapUpStarted(2, TOM, "ended", 60))
    assert log.head[1] == "wrapping", "it is the contact's own work now"


def test_r81_and_r82_who_is_in_a_conference_and_who_owns_it() -> None:
    log = Log(InteractionState.HELD)
    log.fold(consult(), ACTIVE, e.ConferenceJoined(1, 2, TOM))
    assert log.head == (1, "active", SALES, MEI), "a conference ends the hold"
    log.fold(
        e.InteractionClosed(2, TOM, "handed_over"), e.InteractionActivated(1, TOM, "handed_over", MEI, False)
    )
    assert log.head == (1, "active", SALES, TOM)
    assert log.said[-2:] == [("joined", TOM), ("transferred", TOM)]
    last = log.change.lines[-1][1]
    assert isinstance(last, SystemEvent)
    assert last.detail == {"handed_over_by": "Mei"}


def test_a_seat_that_is_left_is_told_and_the_owner_goes_on() -> None:
    log = Log()
    log.fold(consult(), ACTIVE, e.ConferenceJoined(1, 2, TOM), e.InteractionClosed(2, TOM, "seat_left"))
    assert (log.head, log.said[-1]) == ((1, "active", SALES, MEI), ("seat_left", TOM))


def test_r83_and_r86_the_head_says_who_holds_on_and_who_is_with_a_flow() -> None:
    log = Log()
    states = []
    for fact in (
        e.CallHeld(1, MEI),
        e.CallUnheld(1, MEI),
        e.FlowEntered(1, MEI, 9),
        e.FlowReturned(1, MEI, "timed_out"),
    ):
        log.fold(fact)
        states.append(log.head[1])
    assert states == ["held", "active", "in_flow", "active"]
    assert [code for code, _ in log.said] == ["held", "unheld", "flow_entered", "flow_returned"]
