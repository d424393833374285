"""What facts make of rows: the pure fold behind the projections."""

from __future__ import annotations

import pytest

from ucc.domain import engine as e
from ucc.domain.states import InteractionState
from ucc.routing.projection import Projection
from ucc.routing.projector import Batch, unneeded_of
from ucc.routing.store import InteractionRow, worded

WHY = e.Why("best_level_then_longest_idle", [(7, 3)], [(7, 5)], 2, 100, 40, 1)
NOW = 10_000


def queued(interaction: int = 1, queue: int = 5, **fields: object) -> e.InteractionQueued:
    values: dict[str, object] = {
        "interaction": interaction, "queue": queue, "medium": "chat", "units": 1, "priority": 2,
        "requirement": [], "arrived_ms": 1, "deadline_ms": 2, "order": 3, "preferred_agent": None,
        "preferred_until_ms": None,
        "is_abandonable": True, "parent": None, "originator": None, "return_at_ms": None,
    }  # fmt: skip
    return e.InteractionQueued(**(values | fields))  # type: ignore[arg-type]


def offered(epoch: int = 1, agent: int = 9, *, is_broadcast: bool = False) -> e.InteractionOffered:
    return e.InteractionOffered(1, 5, agent, epoch, NOW + 15_000, WHY, is_broadcast)


def activated(agent: int = 9, previous: int | None = None) -> e.InteractionActivated:
    return e.InteractionActivated(1, agent, "accepted", previous, False)


def projection(state: str = "new", **fields: object) -> Projection:
    row = InteractionRow(id=1, medium="chat", state=state, created_at_ms=1, **fields)  # type: ignore[arg-type]
    return Projection(at_ms=NOW, rows={1: row}, ringing={})


def fold(change: Projection, *facts: e.AnyFact) -> InteractionRow:
    for seq, fact in enumerate(facts, 1):
        change.fold(seq, fact)
    return change.rows[1]


def reading(facts: list[e.AnyFact]) -> dict[str, list[int]]:
    batch = Batch(tenant_id=1, at_ms=NOW, facts=list(enumerate(facts)), unneeded={}, refused=[])
    return batch.reading()


def test_queued_work_keeps_the_time_it_was_first_queued() -> None:
    row = fold(projection(queued_at_ms=500), queued())
    assert (row.state, row.queue_id, row.priority, row.queued_at_ms) == ("queued", 5, 2, 500)


def test_an_offer_reserves_the_work_and_records_why_and_where_in_the_journal() -> None:
    change = projection()
    row = fold(change, queued(), offered())
    assert (row.state, row.agent_id) == ("offered", None)
    (offer,) = change.made
    assert (offer.journal_seq, offer.fact_why, offer.state) == (2, WHY, "ringing")


def test_accepted_work_is_answered_once_and_begins_a_talk() -> None:
    change = projection()
    row = fold(change, queued(), offered(), e.OfferAccepted(1, 9, 1), activated())
    assert (row.state, row.agent_id, row.answered_at_ms) == ("active", 9, NOW)
    assert change.segments == {1: ("talk", 9)}
    assert change.told == {1: {9}}
    assert change.made[0].state == "accepted"
    assert change.ended == []


@pytest.mark.parametrize(
    ("fact", "state"),
    [
        (e.OfferDeclined(1, 9, 1, "busy", NOW + 30_000), "declined"),
        (e.OfferTimedOut(1, 9, 1, NOW + 30_000), "timed_out"),
        (e.OfferRevoked(1, 9, 1, "taken"), "revoked"),
    ],
)
def test_every_end_of_an_earlier_offer_is_written_once(fact: e.AnyFact, state: str) -> None:
    before = projection()
    fold(before, queued(), offered())
    offer = before.made[0]
    offer.is_new = False
    change = Projection(at_ms=NOW + 5, rows=before.rows, ringing={(1, 9): offer})
    fold(change, fact)
    assert [(one.state, one.ended_at_ms) for one in change.ended] == [(state, NOW + 5)]
    assert change.ringing == {}


def test_a_broadcast_rings_at_each_agent_and_ends_at_each_in_its_own_way() -> None:
    change = projection()
    everywhere = [offered(agent=agent, is_broadcast=True) for agent in (7, 8, 9)]
    fold(change, queued(), *everywhere, e.OfferDeclined(1, 7, 1, "busy", NOW + 30_000))
    assert [(offer.agent_id, offer.epoch, offer.state) for offer in change.made] == [
        (7, 1, "declined"), (8, 1, "ringing"), (9, 1, "ringing"),
    ]  # fmt: skip
    row = fold(change, e.OfferRevoked(1, 8, 1, "taken"), e.OfferAccepted(1, 9, 1), activated())
    assert (row.state, row.agent_id) == ("active", 9)
    assert [offer.state for offer in change.made] == ["declined", "revoked", "accepted"]
    assert change.ringing == {}


def test_work_that_left_by_an_exit_is_over() -> None:
    row = fold(projection("queued"), e.InteractionDiverted(1, 5, "voicemail", "waited", None))
    assert (row.state, row.closed_at_ms) == ("cancelled", NOW)


def test_the_end_of_an_offer_that_does_not_ring_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="does not ring"):
        fold(projection(), e.OfferAccepted(1, 9, 1))


def test_a_take_over_tells_both_agents() -> None:
    change = projection("active", agent_id=4, answered_at_ms=70)
    row = fold(change, activated(agent=9, previous=4))
    assert (row.agent_id, row.answered_at_ms) == (9, 70)
    assert change.told == {1: {4, 9}}


def test_a_lost_agents_work_leaves_their_hands() -> None:
    change = projection("active", agent_id=4)
    row = fold(change, e.InteractionRequeued(1, 5, "agent_lost", 0, 3, 4, None))
    assert (row.state, row.agent_id) == ("queued", None)
    assert (change.told, change.segments) == ({1: {4}}, {1: None})


def test_wrap_up_ends_the_talk_and_a_message_in_it_begins_it_again() -> None:
    change = projection("active", agent_id=9)
    row = fold(change, e.WrapUpStarted(1, 9, "ended", NOW + 60_000))
    assert (row.state, row.ended_at_ms, row.wrap_up_until_ms) == ("wrapping", NOW, NOW + 60_000)
    assert change.segments == {1: ("wrap_up", 9)}
    row = fold(change, activated())
    assert (row.state, row.ended_at_ms, row.wrap_up_until_ms) == ("active", None, None)


def test_a_letter_that_gives_way_to_a_call_stays_with_its_agent_and_its_handling_stops() -> None:
    change = projection("active", agent_id=9)
    row = fold(change, e.InteractionInterrupted(1, 9, 2))
    assert (row.state, row.agent_id, row.ended_at_ms) == ("interrupted", 9, None)
    assert (change.segments, change.told) == ({1: None}, {1: {9}})
    row = fold(change, e.InteractionResumed(1, 9))
    assert (row.state, row.agent_id) == ("active", 9)
    assert change.segments == {1: ("talk", 9)}


def test_interrupted_work_leaves_the_hands_of_a_lost_agent() -> None:
    change = projection("interrupted", agent_id=9)
    row = fold(change, e.InteractionRequeued(1, 5, "agent_lost", 0, 3, None, None))
    assert (row.state, row.agent_id, change.segments) == ("queued", None, {1: None})


def test_a_chat_that_becomes_a_call_counts_as_a_call() -> None:
    change = projection("active", agent_id=9)
    row = fold(change, e.MediumChanged(1, 9, "voice", 1, True))
    assert (row.state, row.medium, row.units, change.told) == ("active", "voice", 1, {1: {9}})


@pytest.mark.parametrize(
    ("fact", "state"),
    [
        (e.InteractionClosed(1, 9, "completed"), "closed"),
        (e.InteractionAbandoned(1, 5, 100, "left"), "abandoned"),
        (e.InteractionCancelled(1, "declined"), "cancelled"),
    ],
)
def test_every_end_of_work_closes_its_row(fact: e.AnyFact, state: str) -> None:
    change = projection("queued")
    row = fold(change, fact)
    assert (row.state, row.closed_at_ms, row.ended_at_ms) == (state, NOW, NOW)
    assert change.segments == {1: None}


def test_work_nobody_stored_gets_a_row_of_its_own() -> None:
    change = Projection(at_ms=NOW, rows={}, ringing={})
    change.fold(1, queued(77))
    assert (change.rows[77].state, change.rows[77].created_at_ms) == ("queued", NOW)


def test_the_last_presence_of_a_batch_is_the_one_written() -> None:
    change = projection()
    for status in ("off_queue", "on_queue"):
        change.fold(1, e.PresenceChanged(9, "online", status, None, None, None, False, 1, 1))
    assert change.presences[9].status == "on_queue"


def test_facts_name_each_interaction_once_in_order() -> None:
    facts: list[e.AnyFact] = [queued(3), queued(1), queued(3), e.QueueOpened(5)]
    assert reading(facts)["about"] == [3, 1]


def enqueue(interaction: int) -> e.Enqueue:
    return e.Enqueue(interaction, 5, "chat", 1)


# --- colleagues beside the contact's work, holds, flows, plans ----------------------------------------------


def consult_of(work: int = 1, child: int = 2) -> e.InteractionQueued:
    return queued(child, parent=work, originator=4, named_agent=9, consult_until_ms=NOW + 20_000)


def in_hand(state: str = "active") -> Projection:
    change = projection(state, agent_id=4, answered_at_ms=70)
    change.fold(1, consult_of())
    return change


def test_r79_a_consult_is_bonded_work_until_then_and_its_parent_stays_as_it_is() -> None:
    change = in_hand()
    row = change.rows[2]
    assert (row.bond, row.asked_by, row.until_ms, row.parent_id) == ("consult", 4, NOW + 20_000, 1)
    assert (change.rows[1].state, change.rows[1].agent_id) == ("active", 4)
    change.fold(2, e.InteractionRequeued(2, 5, "declined", 2, 3, None, None))
    assert change.rows[2].until_ms == NOW + 20_000, "back in its queue, it is over when it was to be"
    change.fold(3, e.InteractionActivated(2, 9, "accepted", None, False))
    assert (change.rows[2].agent_id, change.rows[2].until_ms) == (9, None)


def test_r80_a_completed_consult_is_the_contacts_own_work_and_tells_its_agent() -> None:
    change = in_hand()
    change.fold(2, e.InteractionActivated(2, 9, "accepted", None, False))
    change.told.clear()
    change.fold(3, e.ConsultCompleted(1, 2, 9))
    assert (change.rows[2].bond, change.rows[2].state, change.rows[2].asked_by) == (None, "active", 4)
    assert 9 in change.told[2]


def test_r81_and_r82_a_merged_consult_is_a_seat_and_ends_a_hold() -> None:
    change = in_hand("held")
    change.fold(2, e.InteractionActivated(2, 9, "accepted", None, False))
    change.fold(3, e.ConferenceJoined(1, 2, 9))
    assert (change.rows[2].bond, change.rows[1].state) == ("seat", "active")
    assert change.segments[1] == ("talk", 4)
    change.fold(4, e.InteractionClosed(2, 9, "handed_over"))
    change.fold(4, e.InteractionActivated(1, 9, "handed_over", 4, False))
    assert (change.rows[1].agent_id, change.rows[2].state) == (9, "closed")
    assert change.told[1] >= {4, 9}


def test_r83_a_contact_with_a_flow_stays_with_its_agent_until_back() -> None:
    change = projection("active", agent_id=9)
    row = fold(change, e.FlowEntered(1, 9, NOW + 900_000))
    assert (row.state, row.agent_id, row.until_ms) == ("in_flow", 9, NOW + 900_000)
    assert change.segments == {1: None}
    row = fold(change, e.FlowReturned(1, 9, "finished"))
    assert (row.state, row.until_ms, change.segments) == ("active", None, {1: ("talk", 9)})
    fold(change, e.FlowEntered(1, 9, NOW + 900_000))
    row = fold(change, e.InteractionRequeued(1, 5, "agent_lost", 0, 3, None, None))
    assert (row.state, row.agent_id, row.until_ms) == ("queued", None, None)


def test_r86_a_held_call_is_a_segment_of_its_own_until_it_is_not_held() -> None:
    change = projection("active", agent_id=9)
    row = fold(change, e.CallHeld(1, 9))
    assert (row.state, change.segments) == ("held", {1: ("hold", 9)})
    row = fold(change, e.CallUnheld(1, 9))
    assert (row.state, change.segments) == ("active", {1: ("talk", 9)})
    fold(change, e.CallHeld(1, 9))
    row = fold(change, e.MediumChanged(1, 9, "chat", 1, False))
    assert (row.state, row.medium) == ("active", "chat")


def test_r84_a_plan_is_kept_and_everything_of_it_is_told_to_its_agent() -> None:
    change = projection()
    plan = e.SetPlan(9, [(0, NOW)], [e.PlannedBreak(5, 9, "meal")])
    change.fold(1, e.PlanSet(plan))
    assert (change.plans, change.loads) == ({9: plan}, {9})
    change.fold(2, e.BreakStarted(7, "break", NOW + 5, False))
    change.fold(3, e.ShiftEnded(8))
    assert change.loads == {7, 8, 9}
    change.fold(4, e.AgentRemoved(9))
    assert change.plans == {9: e.SetPlan(9)}


def test_what_becomes_of_a_consult_is_about_both() -> None:
    facts: list[e.AnyFact] = [e.ConsultCompleted(1, 2, 9), e.ConferenceJoined(3, 4, 9)]
    assert reading(facts)["about"] == reading(facts)["interaction_ids"] == [1, 2, 3, 4]
    asked = reading([consult_of()])
    assert {4, 9} <= set(asked["named_ids"])
    assert asked["about"] == [2, 1]


def test_prepared_work_that_was_not_needed_is_cancelled_and_refused_work_failed() -> None:
    commands: list[e.AnyCommand] = [
        e.ContactWrote(1, enqueue(10)),  # kept alive: 10 is not needed
        e.ContactWrote(2, enqueue(11)),  # over: 11 is queued
        enqueue(12),  # refused
        enqueue(13),  # queued before: 13 lives
    ]
    outcomes = [
        e.Outcome(None, [activated()]),
        e.Outcome(None, [queued(11)]),
        e.Outcome("queue_full", []),
        e.Outcome("interaction_exists", []),
    ]
    unneeded, refused = unneeded_of(commands, outcomes)
    assert unneeded == {10: InteractionState.CANCELLED, 12: InteractionState.FAILED}
    assert [refusal for _, refusal in refused] == ["queue_full", "interaction_exists"]


def test_a_turn_of_the_talk_asks_for_no_work_and_leaves_nothing_unneeded() -> None:
    turned = e.ContactWrote(1, e.Enqueue(interaction=0, queue=0, medium="chat", arrived_ms=0))
    kept, over = e.Outcome(None, [e.ContactWroteSeen(1)]), e.Outcome("unknown_queue", [])
    assert unneeded_of([turned, turned], [kept, over])[0] == {}


def test_what_concerns_clocks_alone_reads_and_locks_nothing() -> None:
    quiet: list[e.AnyFact] = [
        e.AgentWroteSeen(1, 9),
        e.SlaMet(1, 5, "first_response", 10),
        e.SlaPaused(1, "resolution", "answered", 10, None),
    ]
    batch = Batch(tenant_id=1, at_ms=NOW, facts=list(enumerate(quiet)), unneeded={}, refused=[])
    nothing: dict[str, list[int]] = {"interaction_ids": [], "children": [], "agent_ids": [], "named_ids": []}
    assert batch.reading() == {"about": [1], **nothing}
    loud = [*quiet, e.SlaWarned(1, 5, "resolution", None)]
    batch = Batch(tenant_id=1, at_ms=NOW, facts=list(enumerate(loud)), unneeded={}, refused=[])
    assert batch.reading()["interaction_ids"] == [1]


def test_r64_every_alert_is_kept_and_only_a_missed_answer_marks_the_work() -> None:
    change = projection("active", agent_id=9)
    warned, missed = e.SlaWarned(1, 5, "resolution", None), e.SlaBreached(1, 5, 60_000, "next_response")
    row = fold(change, warned, missed)
    assert row.sla_breached_at_ms is None
    assert [(one.clock, one.kind, one.at_ms) for _, one in change.alerts] == [
        ("resolution", "warned", NOW), ("next_response", "breached", NOW),
    ]  # fmt: skip
    assert fold(change, e.SlaBreached(1, 5, 30_000)).sla_breached_at_ms == NOW


def test_only_new_rows_are_cancelled() -> None:
    change = projection("active", agent_id=9)
    change.fail(1, InteractionState.CANCELLED)
    assert change.rows[1].state == "active"


def test_why_names_each_skill_with_what_was_asked_and_what_is_there() -> None:
    shown = worded(WHY, {7: "中文"}, is_broadcast=False)
    assert [(one.name, one.asked, one.has) for one in shown.skills] == [("中文", 3, 5)]
    assert (shown.rule, shown.eligible, shown.waiting) == ("best_level_then_longest_idle", 2, 1)
