//! R11, R20–R26: sessions, statuses, blocks.

use ucc_router_core::command::{ClearBlock, Complete, SetSession, SetStatus};
use ucc_router_core::words::{Refusal, Session, Status};

use crate::desk::{Desk, START_MS, agent, call, chat};

#[test]
fn r20_a_new_agent_is_offline_and_off_queue_and_all_axes_count() {
    let mut desk = Desk::new();
    desk.has(chat(100, 1));
    assert_eq!(desk.has(agent(7, &[])), ["agent_set"]);
    assert_eq!(desk.session(7, Session::Online), ["presence 7: online off_queue"]);
    let on_queue = SetStatus { agent: 7, status: Status::OnQueue, reason: None };
    assert_eq!(desk.has(on_queue), ["presence 7: online on_queue", "offered 100 to 7"]);
}

#[test]
fn r21_nothing_changes_where_nothing_changes() {
    let mut desk = Desk::with_agents(&[7]);
    assert_eq!(desk.session(7, Session::Online), [""; 0]);
    assert_eq!(desk.has(SetStatus { agent: 7, status: Status::OnQueue, reason: None }), [""; 0]);
    assert_eq!(desk.has(ClearBlock { agent: 7 }), [""; 0]);
    desk.session(7, Session::Offline);
    assert_eq!(desk.session(7, Session::Reconnecting), [""; 0], "who is signed out cannot be lost");
    assert_eq!(
        desk.refuses(SetSession { agent: 9, session: Session::Online, is_forced: false }),
        Refusal::UnknownAgent
    );
}

#[test]
fn r22_signing_out_with_work_needs_force_and_gives_it_back_to_the_head() {
    let mut desk = Desk::with_agents(&[7]);
    desk.in_hand(chat(100, 1), 7);
    desk.has(chat(101, 1));
    let sign_out = |is_forced| SetSession { agent: 7, session: Session::Offline, is_forced };
    assert_eq!(desk.refuses(sign_out(false)), Refusal::WorkInHand);
    assert_eq!(
        desk.has(sign_out(true)),
        [
            "requeued 100: agent_lost",
            "revoked 101 at 7: agent_lost",
            "requeued 101: agent_lost",
            "presence 7: offline on_queue"
        ]
    );
    assert_eq!(desk.position(100).map(|found| found.place), Some(1));
}

#[test]
fn r22_i7_signing_out_never_ends_a_wrap_up() {
    let mut desk = Desk::with_agents(&[7]);
    desk.in_hand(chat(100, 1), 7);
    desk.end(100, 7);
    assert_eq!(desk.session(7, Session::Offline), ["presence 7: offline on_queue"]);
    assert_eq!(desk.pass(60_000), ["queue_unstaffed", "closed 100: wrap_up_timed_out"]);
}

#[test]
fn r24_i7_leaving_drains_and_the_next_status_waits_its_turn() {
    let mut desk = Desk::with_agents(&[7]);
    desk.in_hand(chat(100, 1), 7);
    desk.has(chat(101, 1));
    assert_eq!(desk.off_queue(7), ["presence 7: online on_queue, next off_queue"]);
    assert_eq!(desk.has(chat(102, 1)), ["queued 102"], "nothing more is pushed");
    desk.accept(101, 7, 1);
    desk.end(100, 7);
    assert_eq!(desk.has(Complete { interaction: 100, agent: 7 }), ["closed 100: completed"]);
    desk.end(101, 7);
    let facts = desk.pass(60_000);
    assert!(
        facts.ends_with(&["closed 101: wrap_up_timed_out".into(), "presence 7: online off_queue".into()]),
        "{facts:?}"
    );
}

#[test]
fn r23_on_queue_takes_the_next_status_back_at_once() {
    let mut desk = Desk::with_agents(&[7]);
    desk.in_hand(chat(100, 1), 7);
    desk.off_queue(7);
    desk.has(chat(101, 1));
    let on_queue = SetStatus { agent: 7, status: Status::OnQueue, reason: None };
    assert_eq!(desk.has(on_queue), ["presence 7: online on_queue", "offered 101 to 7"]);
}

#[test]
fn r25_a_lost_session_gives_back_offers_then_calls_then_the_rest() {
    let mut desk = Desk::new();
    let mut mixed = agent(7, &[]);
    mixed.voice_exclusive = false;
    desk.on_queue(mixed);
    desk.in_hand(call(100, 1), 7);
    desk.in_hand(chat(101, 1), 7);
    desk.has(ucc_router_core::command::SetQueue { offer_ms: 60_000, ..crate::desk::queue(1) });
    desk.has(chat(102, 1));
    assert_eq!(desk.session(7, Session::Reconnecting), ["presence 7: reconnecting on_queue"]);
    assert_eq!(desk.pass(15_000), ["revoked 102 at 7: agent_lost", "requeued 102: agent_lost"]);
    assert_eq!(desk.pass(14_999), [""; 0]);
    assert_eq!(desk.pass(1), ["requeued 100: agent_lost", "sla_breached"]);
    assert_eq!(desk.pass(60_000), ["requeued 101: agent_lost", "presence 7: offline on_queue"]);
    // At the head, in the order of their places among themselves; then what only waited.
    let place = |id| desk.position(id).map(|found| found.place);
    assert_eq!([place(100), place(101), place(102)], [Some(1), Some(2), Some(3)]);
}

#[test]
fn r25_an_agent_who_is_back_in_time_simply_goes_on() {
    let mut desk = Desk::with_agents(&[7]);
    desk.in_hand(chat(100, 1), 7);
    desk.session(7, Session::Reconnecting);
    desk.wait(89_999);
    assert_eq!(desk.session(7, Session::Online), ["presence 7: online on_queue"]);
    assert_eq!(desk.end(100, 7), ["wrapping 100: ended"]);
    assert_eq!(desk.engine.next_deadline(), Some(START_MS + 89_999 + 60_000));
}

#[test]
fn r26_only_clearing_it_ends_a_block() {
    let mut desk = Desk::with_agents(&[7]);
    desk.has(chat(100, 1));
    desk.pass(15_000);
    assert_eq!(desk.has(chat(101, 1)), ["queued 101"], "nothing is pushed to who does not respond");
    desk.off_queue(7);
    let on_queue = SetStatus { agent: 7, status: Status::OnQueue, reason: None };
    assert_eq!(desk.has(on_queue), ["presence 7: online on_queue, blocked"]);
    desk.session(7, Session::Reconnecting);
    assert_eq!(desk.session(7, Session::Online), ["presence 7: online on_queue, blocked"]);
    desk.has(agent(7, &[(5, 1)]));
    assert_eq!(desk.position(101).map(|found| found.place), Some(2), "nor after an edit");
    assert_eq!(desk.has(ClearBlock { agent: 7 }), ["presence 7: online on_queue", "offered 101 to 7"]);
}

#[test]
fn r11_a_short_loss_does_not_cost_the_place_among_the_idle() {
    let mut desk = Desk::with_agents(&[8]);
    desk.wait(1_000);
    desk.on_queue(agent(7, &[]));
    desk.wait(1_000);
    desk.session(8, Session::Reconnecting);
    desk.session(8, Session::Online);
    assert_eq!(desk.has(chat(100, 1)), ["queued 100", "offered 100 to 8"]);
}
