//! R33–R35: blind transfers and transfers to an agent.

use ucc_router_core::command::{ContactLeft, ContactWrote, SetQueue, Take, TransferToAgent, TransferToQueue};
use ucc_router_core::fact::Fact;
use ucc_router_core::words::{Refusal, Session};

use crate::desk::{Desk, START_MS, agent, call, chat, queue};

fn to_queue(interaction: u64, agent: u64, child: u64, queue: u64) -> TransferToQueue {
    TransferToQueue { interaction, agent, child, queue, requirement: Vec::new() }
}

fn to_agent(interaction: u64, agent: u64, child: u64, to_agent: u64) -> TransferToAgent {
    TransferToAgent { interaction, agent, child, to_agent }
}

/// Agent 7 serves queue 1, agent 8 also queue 2.
fn two_queues() -> Desk {
    let mut desk = Desk::new();
    desk.has(SetQueue { requirement: vec![(2, 1)], ..queue(2) });
    desk.on_queue(agent(7, &[]));
    desk.wait(1);
    desk.on_queue(agent(8, &[(2, 5)]));
    desk
}

#[test]
fn r33_a_blind_transfer_keeps_the_arrival_and_frees_the_sender_at_once() {
    let mut desk = two_queues();
    desk.in_hand(chat(100, 1), 7);
    desk.wait(60_000);
    let facts = desk.facts(to_queue(100, 7, 200, 2));
    let Fact::InteractionQueued(child) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((child.rare.parent, child.rare.originator), (Some(100), Some(7)));
    assert_eq!((child.arrived_ms, child.rare.return_at_ms), (START_MS + 1, Some(desk.now_ms + 120_000)));
    let told: Vec<_> = facts.iter().map(crate::desk::say).collect();
    assert_eq!(told[1..], ["wrapping 100: transferred", "offered 200 to 8"]);
}

#[test]
fn r33_a_transfer_to_where_nobody_would_come_is_refused() {
    let mut desk = two_queues();
    desk.in_hand(chat(100, 1), 7);
    assert_eq!(desk.refuses(to_queue(100, 7, 200, 3)), Refusal::UnknownQueue);
    desk.off_queue(8);
    assert_eq!(desk.refuses(to_queue(100, 7, 200, 2)), Refusal::QueueUnstaffed);
    desk.has(SetQueue { open: vec![], ..queue(3) });
    assert_eq!(desk.refuses(to_queue(100, 7, 200, 3)), Refusal::QueueClosed);
    desk.has(SetQueue { open: vec![], overflow_queue: Some(1), ..queue(3) });
    assert_eq!(desk.has(to_queue(100, 7, 200, 3)), ["queued 200", "wrapping 100: transferred"]);
    assert_eq!(desk.refuses(to_queue(100, 7, 201, 1)), Refusal::NotActive);
}

#[test]
fn r33_the_sender_is_not_offered_what_was_just_passed_on() {
    let mut desk = Desk::with_agents(&[7]);
    desk.in_hand(chat(100, 1), 7);
    assert_eq!(desk.has(to_queue(100, 7, 200, 1)), ["queued 200", "wrapping 100: transferred"]);
}

#[test]
fn r32_r33_a_message_to_the_wrapping_parent_counts_for_the_child() {
    let mut desk = Desk::with_agents(&[7]);
    desk.in_hand(chat(100, 1), 7);
    desk.has(to_queue(100, 7, 200, 1));
    let wrote = ContactWrote { interaction: 100, otherwise: chat(300, 1) };
    assert_eq!(desk.has(wrote), [""; 0], "it waits already");
}

#[test]
fn r35_a_transfer_nobody_accepts_returns_to_its_originator() {
    let mut desk = two_queues();
    desk.has(call(99, 1));
    desk.has(Take { interaction: 99, agent: 8 });
    desk.in_hand(chat(100, 1), 7);
    desk.has(to_queue(100, 7, 200, 2));
    let facts = desk.pass(120_000);
    assert!(facts.ends_with(&["requeued 200: returned".into(), "offered 200 to 7".into()]), "{facts:?}");
}

#[test]
fn r35_an_offer_that_ends_as_the_return_time_does_goes_back_at_once() {
    let mut desk = two_queues();
    desk.has(SetQueue { requirement: vec![(2, 1)], offer_ms: 120_000, ..queue(2) });
    desk.in_hand(chat(100, 1), 7);
    desk.has(to_queue(100, 7, 200, 2));
    let facts = desk.pass(120_000);
    let places: Vec<_> = facts.iter().filter(|line| line.starts_with("requeued 200")).collect();
    assert_eq!(places, ["requeued 200: returned"], "{facts:?}");
    assert!(facts.contains(&"offered 200 to 7".to_owned()), "{facts:?}");
}

#[test]
fn r35_without_its_originator_a_transfer_overflows() {
    let mut desk = two_queues();
    desk.has(SetQueue { requirement: vec![(2, 1)], overflow_queue: Some(1), ..queue(2) });
    desk.on_queue(agent(9, &[]));
    desk.has(call(99, 1));
    desk.has(Take { interaction: 99, agent: 8 });
    desk.in_hand(chat(100, 1), 7);
    desk.has(to_queue(100, 7, 200, 2));
    desk.session(7, Session::Offline);
    let facts = desk.pass(120_000);
    assert!(
        facts.ends_with(&["overflowed 200 to queue 1: not_accepted".into(), "offered 200 to 9".into()]),
        "{facts:?}"
    );
}

#[test]
fn r34_the_sender_keeps_the_contact_until_the_colleague_accepts() {
    let mut desk = two_queues();
    desk.in_hand(chat(100, 1), 7);
    assert_eq!(desk.has(to_agent(100, 7, 200, 8)), ["queued 200", "offered 200 to 8"]);
    assert_eq!(desk.refuses(to_agent(100, 7, 201, 8)), Refusal::TransferPending);
    assert_eq!(
        desk.accept(200, 8, 1),
        ["accepted 200 by 8", "active 200 with 8: accepted", "wrapping 100: transferred"]
    );
}

#[test]
fn r34_a_declined_or_unheard_transfer_is_cancelled() {
    let mut desk = two_queues();
    desk.in_hand(chat(100, 1), 7);
    desk.has(to_agent(100, 7, 200, 8));
    assert_eq!(desk.decline(200, 8, 1), ["declined 200 by 8", "cancelled 200: declined"]);
    desk.has(to_agent(100, 7, 201, 8));
    assert_eq!(
        desk.pass(15_000),
        ["rang out 201 at 8", "cancelled 201: timed_out", "presence 8: online on_queue, blocked"]
    );
    assert_eq!(desk.refuses(to_agent(100, 7, 202, 8)), Refusal::AgentNotAvailable);
}

#[test]
fn r34_i5_a_transfer_ends_with_what_it_passes_on() {
    let mut desk = two_queues();
    desk.in_hand(chat(100, 1), 7);
    desk.has(to_agent(100, 7, 200, 8));
    assert_eq!(
        desk.has(ContactLeft { interaction: 100 }),
        ["revoked 200 at 8: cancelled", "cancelled 200: parent_moved", "wrapping 100: contact_left"]
    );
}

#[test]
fn r34_i1_a_transfer_is_not_pushed_beyond_capacity() {
    let mut desk = two_queues();
    desk.in_hand(chat(100, 1), 7);
    for id in 101..104 {
        desk.in_hand(chat(id, 2), 8);
    }
    assert_eq!(desk.refuses(to_agent(100, 7, 200, 8)), Refusal::AgentNotAvailable);
    assert_eq!(desk.refuses(to_agent(100, 7, 200, 7)), Refusal::AgentNotAvailable);
}
