//! R73: one offer that rings at several.

use ucc_router_core::command::{Accept, ContactLeft, RemoveAgent, SetAgent, SetQueue, Take};
use ucc_router_core::fact::Fact;
use ucc_router_core::words::{AgentChoice, Medium, Refusal, Session};

use crate::desk::{Desk, agent, chat, queue};

/// Agents 7, 8 and 9, and a queue that broadcasts to two.
fn desk() -> Desk {
    let mut desk = Desk::with_agents(&[7, 8, 9]);
    desk.has(SetQueue { broadcast: 2, ..queue(1) });
    desk
}

#[test]
fn r73_the_best_ring_with_one_epoch_and_the_first_to_accept_has_it() {
    let mut desk = desk();
    let facts = desk.facts(chat(100, 1));
    let offers: Vec<_> = facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::InteractionOffered(f) => Some((f.agent, f.epoch, f.is_broadcast, f.why.eligible)),
            _ => None,
        })
        .collect();
    assert_eq!(offers, [(7, 1, true, 3), (8, 1, true, 2)]);
    assert_eq!(
        desk.refuses(Accept { interaction: 100, agent: 9, epoch: 1, is_connecting: false }),
        Refusal::NotOffered
    );
    assert_eq!(
        desk.accept(100, 8, 1),
        ["revoked 100 at 7: taken", "accepted 100 by 8", "active 100 with 8: accepted"]
    );
    assert_eq!(
        desk.refuses(Accept { interaction: 100, agent: 7, epoch: 1, is_connecting: false }),
        Refusal::NotOffered
    );
}

#[test]
fn r73_i1_units_are_reserved_at_everybody_it_rings_at() {
    let mut desk = Desk::new();
    desk.has(SetQueue { broadcast: 20, ..queue(1) });
    for id in [7, 8] {
        desk.on_queue(SetAgent { capacity: vec![(Medium::Chat, 1)], ..agent(id, &[]) });
    }
    assert_eq!(desk.has(chat(100, 1)), ["queued 100", "offered 100 to 7", "offered 100 to 8"]);
    assert_eq!(desk.has(chat(101, 1)), ["queued 101"]);
    assert_eq!(
        desk.accept(100, 7, 1),
        ["revoked 100 at 8: taken", "accepted 100 by 7", "active 100 with 7: accepted", "offered 101 to 8"],
        "whoever lost the race is free in that event"
    );
}

#[test]
fn r73_i6_who_lets_a_broadcast_ring_out_is_not_blocked() {
    let mut desk = desk();
    desk.has(chat(100, 1));
    assert_eq!(
        desk.pass(15_000),
        ["rang out 100 at 7", "rang out 100 at 8", "requeued 100: timed_out", "offered 100 to 9"],
        "both are excluded, nobody is blocked"
    );
    assert_eq!(desk.has(chat(101, 1)), ["queued 101", "offered 101 to 7", "offered 101 to 8"]);
    // 9 was alone, and it was a broadcast all the same.
    let facts = desk.pass(15_000);
    assert!(facts.contains(&"rang out 100 at 9".to_owned()), "{facts:?}");
    assert!(!facts.iter().any(|fact| fact.ends_with("blocked")), "{facts:?}");
}

#[test]
fn r73_who_declines_or_is_lost_drops_out_alone() {
    let mut desk = desk();
    desk.has(chat(100, 1));
    assert_eq!(desk.decline(100, 7, 1), ["declined 100 by 7"], "it rings on at 8, and nobody joins");
    assert_eq!(
        desk.decline(100, 8, 1),
        ["declined 100 by 8", "requeued 100: declined", "offered 100 to 9"],
        "nobody is left"
    );
    let mut desk = self::desk();
    desk.has(SetQueue { broadcast: 2, offer_ms: 40_000, ..queue(1) });
    desk.has(chat(100, 1));
    desk.session(7, Session::Reconnecting);
    assert_eq!(desk.pass(15_000), ["revoked 100 at 7: agent_lost"]);
    assert_eq!(
        desk.has(RemoveAgent { agent: 8 }),
        [
            "revoked 100 at 8: agent_removed",
            "requeued 100: agent_removed",
            "agent_removed",
            "offered 100 to 9"
        ]
    );
}

#[test]
fn r73_who_was_away_when_it_rang_out_is_not_excluded() {
    let mut desk = desk();
    desk.has(chat(100, 1));
    desk.wait(14_000);
    desk.session(7, Session::Reconnecting);
    assert_eq!(
        desk.pass(1_000),
        ["revoked 100 at 7: agent_lost", "rang out 100 at 8", "requeued 100: timed_out", "offered 100 to 9"]
    );
    desk.accept(100, 9, 2);
    assert_eq!(desk.session(7, Session::Online), ["presence 7: online on_queue"]);
}

#[test]
fn r73_i5_no_zombie_ring_when_the_contact_leaves_or_somebody_takes_it() {
    let mut desk = desk();
    desk.has(chat(100, 1));
    assert_eq!(
        desk.has(ContactLeft { interaction: 100 }),
        ["revoked 100 at 7: contact_left", "revoked 100 at 8: contact_left", "abandoned 100: left"]
    );
    desk.has(chat(101, 1));
    assert_eq!(
        desk.has(Take { interaction: 101, agent: 9 }),
        ["revoked 101 at 7: taken", "revoked 101 at 8: taken", "active 101 with 9: taken"]
    );
    desk.has(chat(102, 1));
    assert_eq!(
        desk.has(Take { interaction: 102, agent: 8 }),
        ["revoked 102 at 7: taken", "accepted 102 by 8", "active 102 with 8: taken"]
    );
}

#[test]
fn r73_round_robin_gives_each_a_turn_and_a_wrong_number_is_refused() {
    let mut desk = desk();
    desk.has(SetQueue { broadcast: 2, agent_choice: AgentChoice::RoundRobin, ..queue(1) });
    assert_eq!(desk.has(chat(100, 1)), ["queued 100", "offered 100 to 7", "offered 100 to 8"]);
    assert_eq!(desk.has(chat(101, 1)), ["queued 101", "offered 101 to 9", "offered 101 to 7"]);
    let (refusal, fault) = desk.refuses_at(SetQueue { broadcast: 0, ..queue(1) });
    assert_eq!((refusal, fault.path.as_str()), (Refusal::BadValue, "broadcast"));
    assert_eq!((fault.found.as_str(), fault.allowed.as_str()), ("0", "1 to 20"));
}
