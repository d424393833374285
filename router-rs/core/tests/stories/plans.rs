//! R84, R85: planned breaks and shifts.

use ucc_router_core::command::{ContactWrote, Park, PlannedBreak, SetPlan, SetQueue, SetStatus};
use ucc_router_core::fact::Fact;
use ucc_router_core::words::{Millis, Refusal, Session, Status};

use crate::desk::{Desk, START_MS, chat, queue};

const MINUTE_MS: Millis = 60_000;

fn minutes(from: Millis, to: Millis) -> (Millis, Millis) {
    (START_MS + from * MINUTE_MS, START_MS + to * MINUTE_MS)
}

fn pause(from: Millis, to: Millis, reason: &str) -> PlannedBreak {
    let (from_ms, to_ms) = minutes(from, to);
    PlannedBreak { from_ms, to_ms, reason: reason.to_owned() }
}

fn plan(shifts: &[(Millis, Millis)], breaks: &[PlannedBreak]) -> SetPlan {
    let shifts = shifts.iter().map(|&(from, to)| minutes(from, to)).collect();
    SetPlan { agent: 7, shifts, breaks: breaks.to_vec() }
}

/// Agents 7 and others on queue; a queue that does not hurry.
fn slow(agents: &[u64]) -> Desk {
    let mut desk = Desk::with_agents(agents);
    desk.has(SetQueue { unstaffed_ms: 600 * MINUTE_MS, answer_target_ms: 600 * MINUTE_MS, ..queue(1) });
    desk
}

/// Agent 7 on queue, with a break from the 10th minute to the 20th.
fn desk() -> Desk {
    let mut desk = slow(&[7]);
    assert_eq!(desk.has(plan(&[], &[pause(10, 20, "break")])), ["plan_set"]);
    desk
}

fn off_queue(desk: &mut Desk, reason: &str) {
    let reason = Some(reason.to_owned());
    desk.has(SetStatus { agent: 7, status: Status::OffQueue, reason });
}

#[test]
fn r84_a_break_begins_and_ends_by_itself() {
    let mut desk = desk();
    assert_eq!(desk.engine.next_deadline(), Some(START_MS + 10 * MINUTE_MS), "R5: nothing is polled");
    assert_eq!(desk.pass(10 * MINUTE_MS), ["break_started", "presence 7: online off_queue"]);
    assert_eq!(desk.has(chat(100, 1)), ["queued 100"]);
    assert_eq!(desk.pass(10 * MINUTE_MS), ["break_ended", "presence 7: online on_queue", "offered 100 to 7"]);
    assert_ne!(desk.engine.next_deadline(), None, "the offer");
}

#[test]
fn r84_i7_a_break_waits_for_the_work_in_hand() {
    let mut desk = desk();
    desk.in_hand(chat(100, 1), 7);
    assert_eq!(
        desk.pass(10 * MINUTE_MS),
        ["break_started", "presence 7: online on_queue, next off_queue"],
        "nothing is taken away"
    );
    assert_eq!(desk.has(chat(101, 1)), ["queued 101"]);
    assert_eq!(desk.pass(MINUTE_MS), [""; 0], "and nothing more is pushed");
    desk.end(100, 7);
    assert_eq!(desk.pass(MINUTE_MS)[0], "closed 100: wrap_up_timed_out");
    let facts = desk.pass(8 * MINUTE_MS);
    assert!(facts.ends_with(&["presence 7: online on_queue".into(), "offered 101 to 7".into()]), "{facts:?}");
}

#[test]
fn r84_who_still_works_when_the_break_is_over_has_had_it() {
    let mut desk = desk();
    desk.in_hand(chat(100, 1), 7);
    desk.pass(10 * MINUTE_MS);
    assert_eq!(desk.pass(10 * MINUTE_MS), ["break_ended", "presence 7: online on_queue"]);
    assert_eq!(desk.has(chat(101, 1)), ["queued 101", "offered 101 to 7"]);
}

#[test]
fn r84_nobody_is_brought_back_who_is_off_queue_for_another_reason_or_away() {
    let mut desk = desk();
    off_queue(&mut desk, "break");
    let facts = desk.facts_after(10 * MINUTE_MS);
    assert!(matches!(&facts[..], [Fact::BreakStarted(fact)] if !fact.is_applied), "an own break before");
    assert_eq!(desk.pass(10 * MINUTE_MS), ["break_ended"]);

    let mut desk = self::desk();
    desk.pass(10 * MINUTE_MS);
    off_queue(&mut desk, "meeting");
    assert_eq!(desk.pass(10 * MINUTE_MS), ["break_ended"], "something came between");

    let mut desk = self::desk();
    desk.pass(10 * MINUTE_MS);
    desk.session(7, Session::Offline);
    assert_eq!(desk.pass(10 * MINUTE_MS), ["break_ended"], "gone home");

    let mut desk = self::desk();
    desk.session(7, Session::Offline);
    assert_eq!(desk.pass(10 * MINUTE_MS), ["break_started"]);
}

#[test]
fn r84_who_comes_back_early_is_on_queue() {
    let mut desk = desk();
    desk.pass(10 * MINUTE_MS);
    desk.has(SetStatus { agent: 7, status: Status::OnQueue, reason: None });
    assert_eq!(desk.has(chat(100, 1)), ["queued 100", "offered 100 to 7"]);
    desk.accept(100, 7, 1);
    assert_eq!(desk.pass(10 * MINUTE_MS), ["break_ended"]);
}

#[test]
fn r84_from_one_break_into_another_nobody_is_offered_anything() {
    let mut desk = slow(&[7]);
    desk.has(plan(&[], &[pause(10, 20, "meal"), pause(20, 30, "training")]));
    desk.pass(10 * MINUTE_MS);
    desk.has(chat(100, 1));
    let facts = desk.facts_after(10 * MINUTE_MS);
    let status = facts.iter().find_map(|fact| match fact {
        Fact::PresenceChanged(fact) => Some((fact.status, fact.reason.clone())),
        _ => None,
    });
    assert_eq!(status, Some((Status::OffQueue, Some("training".to_owned()))));
    assert!(!facts.iter().any(|fact| matches!(fact, Fact::InteractionOffered(_))), "{facts:?}");
    assert!(desk.pass(10 * MINUTE_MS).ends_with(&["offered 100 to 7".to_owned()]));
}

#[test]
fn r84_a_break_told_after_it_was_over_changes_nothing() {
    let mut desk = desk();
    let facts = desk.facts_after(30 * MINUTE_MS);
    assert!(
        matches!(&facts[..], [Fact::BreakStarted(start), Fact::BreakEnded(_)] if !start.is_applied),
        "{facts:?}"
    );
}

#[test]
fn r85_at_the_end_of_the_shift_the_work_in_hand_is_the_last() {
    let mut desk = slow(&[7]);
    desk.has(plan(&[(0, 15)], &[pause(10, 20, "break")]));
    desk.in_hand(chat(100, 1), 7);
    desk.wait(9 * MINUTE_MS);
    desk.end(100, 7);
    let facts = desk.pass(MINUTE_MS);
    assert_eq!(
        facts,
        [
            "break_started",
            "presence 7: online on_queue, next off_queue",
            "closed 100: wrap_up_timed_out",
            "presence 7: online off_queue"
        ],
    );
    let facts = desk.facts_after(5 * MINUTE_MS);
    let [Fact::ShiftEnded(_), Fact::PresenceChanged(presence)] = &facts[..] else { panic!("{facts:?}") };
    assert_eq!(presence.reason.as_deref(), Some("own"));
    assert_eq!(desk.pass(5 * MINUTE_MS), ["break_ended"], "no break's end brings anybody back");
}

#[test]
fn r85_nor_does_it_bring_back_who_was_away_as_the_shift_ended() {
    let mut desk = slow(&[7]);
    desk.has(plan(&[(0, 15)], &[pause(10, 20, "break")]));
    assert_eq!(desk.pass(10 * MINUTE_MS), ["break_started", "presence 7: online off_queue"]);
    desk.session(7, Session::Offline);
    assert_eq!(desk.pass(5 * MINUTE_MS), ["shift_ended"]);
    desk.session(7, Session::Online);
    assert_eq!(desk.pass(5 * MINUTE_MS), ["break_ended"]);
}

#[test]
fn r85_r32_outside_the_shift_a_parked_contact_is_for_everybody_at_once() {
    let preferred = |desk: &mut Desk| {
        let facts = desk.facts(ContactWrote { interaction: 100, otherwise: chat(300, 1) });
        facts.iter().find_map(|fact| match fact {
            Fact::InteractionRequeued(fact) => Some(fact.preferred_agent),
            _ => None,
        })
    };
    for (end, owner) in [(60, Some(7)), (5, None)] {
        let mut desk = slow(&[7, 8]);
        desk.has(plan(&[(0, end)], &[]));
        desk.in_hand(chat(100, 1), 7);
        desk.has(Park { interaction: 100, agent: 7 });
        desk.pass(10 * MINUTE_MS);
        // Who stays longer than planned is no longer waited for.
        desk.has(SetStatus { agent: 7, status: Status::OnQueue, reason: None });
        assert_eq!(preferred(&mut desk), Some(owner), "a shift of {end} minutes");
    }
}

#[test]
fn r85_shifts_that_touch_are_one() {
    let mut desk = slow(&[7]);
    desk.has(plan(&[(0, 10), (10, 20)], &[]));
    assert_eq!(desk.pass(10 * MINUTE_MS), [""; 0]);
    assert_eq!(desk.pass(10 * MINUTE_MS), ["shift_ended", "presence 7: online off_queue"]);
}

#[test]
fn r85_a_shift_end_told_within_the_next_shift_sends_nobody_home() {
    let mut desk = slow(&[7]);
    desk.has(plan(&[(0, 10), (15, 30)], &[]));
    assert_eq!(desk.pass(20 * MINUTE_MS), ["shift_ended"]);
    assert_eq!(desk.pass(10 * MINUTE_MS), ["shift_ended", "presence 7: online off_queue"]);
}

#[test]
fn r85_a_new_plan_holds_from_its_event_on() {
    let mut desk = desk();
    desk.pass(10 * MINUTE_MS);
    assert_eq!(desk.has(plan(&[], &[pause(10, 40, "break")])), ["plan_set"], "a longer break");
    assert_eq!(desk.pass(10 * MINUTE_MS), [""; 0]);
    assert_eq!(
        desk.has(plan(&[], &[pause(10, 15, "break")])),
        ["plan_set", "break_ended", "presence 7: online on_queue"],
        "it is over already"
    );
    let begun = desk.has(plan(&[(0, 60)], &[pause(15, 25, "meal")]));
    assert_eq!(begun, ["plan_set", "break_started", "presence 7: online off_queue"]);
    let ended = desk.has(plan(&[(0, 15)], &[]));
    assert_eq!(
        ended,
        ["plan_set", "shift_ended", "presence 7: online off_queue", "break_ended"],
        "the shift's end before the break's"
    );
}

#[test]
fn r84_a_plan_that_cannot_be_meant_is_refused_by_its_field() {
    let mut desk = desk();
    let (refusal, fault) = desk.refuses_at(plan(&[], &[pause(10, 20, "a"), pause(15, 25, "b")]));
    assert_eq!((refusal, fault.path.as_str()), (Refusal::BadInterval, "breaks[1]"));
    let (refusal, fault) = desk.refuses_at(plan(&[(5, 5)], &[]));
    assert_eq!((refusal, fault.path.as_str()), (Refusal::BadInterval, "shifts[0]"));
    let nobody = SetPlan { agent: 99, ..plan(&[], &[]) };
    assert_eq!(desk.refuses(nobody), Refusal::UnknownAgent);
}
