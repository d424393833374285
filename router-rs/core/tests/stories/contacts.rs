//! R74, R78: blocked contacts, and work of one contact on two channels.

use ucc_router_core::command::{Enqueue, Park, SetQueue};
use ucc_router_core::fact::{Fact, OfferRule};
use ucc_router_core::words::{Refusal, Session};

use crate::desk::{Desk, call, chat, queue};

fn blocked(interaction: u64) -> Enqueue {
    Enqueue { is_contact_blocked: true, ..chat(interaction, 1) }
}

#[test]
fn r74_a_blocked_contact_is_refused_or_comes_to_the_queue_for_the_blocked() {
    let mut desk = Desk::with_agents(&[7]);
    assert_eq!(desk.refuses(blocked(100)), Refusal::ContactBlocked);
    desk.has(SetQueue { blocked_queue: Some(2), ..queue(1) });
    assert_eq!(desk.refuses(blocked(100)), Refusal::ContactBlocked, "there is no such queue");
    desk.has(SetQueue { requirement: vec![(5, 1)], ..queue(2) });
    let facts = desk.facts(blocked(100));
    let [Fact::InteractionQueued(queued)] = &facts[..] else { panic!("{facts:?}") };
    assert_eq!(queued.queue, 2, "where nobody has the skill that is asked");
    assert_eq!(desk.has(chat(101, 1)), ["queued 101", "offered 101 to 7"]);
    let (refusal, fault) = desk.refuses_at(SetQueue { blocked_queue: Some(1), ..queue(1) });
    assert_eq!((refusal, fault.path.as_str()), (Refusal::BadValue, "blocked_queue"));
}

#[test]
fn r74_who_would_get_it_knows_the_blocked() {
    let mut desk = Desk::with_agents(&[7]);
    assert_eq!(
        desk.engine.who_would_get(&blocked(100)).map_err(|refused| refused.refusal),
        Err(Refusal::ContactBlocked)
    );
    desk.has(queue(2));
    desk.has(SetQueue { blocked_queue: Some(2), ..queue(1) });
    assert_eq!(desk.engine.who_would_get(&blocked(100)).map(|prospect| prospect.agent), Ok(Some(7)));
}

#[test]
fn r78_the_agent_who_has_the_contact_in_hand_is_preferred() {
    let mut desk = Desk::with_agents(&[7, 8]);
    desk.in_hand(chat(100, 1), 7);
    let facts = desk.facts(Enqueue { linked: Some(100), ..chat(101, 1) });
    let [Fact::InteractionQueued(queued), Fact::InteractionOffered(offer)] = &facts[..] else {
        panic!("{facts:?}")
    };
    assert_eq!((queued.rare.linked, queued.rare.preferred_agent), (Some(100), Some(7)));
    assert_eq!((offer.agent, offer.why.rule), (7, OfferRule::Preferred), "8 has less in hand");
}

#[test]
fn r78_nobody_waits_for_an_agent_without_room() {
    let mut desk = Desk::with_agents(&[7, 8]);
    desk.in_hand(call(100, 1), 7);
    // Voice is exclusive: no chat beside the call.
    assert_eq!(desk.has(Enqueue { linked: Some(100), ..chat(101, 1) }), ["queued 101", "offered 101 to 8"]);
    let mut desk = Desk::with_agents(&[7, 8]);
    desk.in_hand(chat(100, 1), 7);
    assert_eq!(
        desk.has(Enqueue { linked: Some(100), preferred_agent: Some(8), ..chat(101, 1) }),
        ["queued 101", "offered 101 to 8"],
        "a preferred agent who is named goes before"
    );
    let preferred = |desk: &mut Desk, id| match &desk.facts(Enqueue { linked: Some(100), ..chat(id, 1) })[0] {
        Fact::InteractionQueued(queued) => queued.rare.preferred_agent,
        other => panic!("{other:?}"),
    };
    desk.session(7, Session::Reconnecting);
    assert_eq!(preferred(&mut desk, 102), None, "could not be pushed it in that event");
    desk.session(7, Session::Online);
    desk.has(Park { interaction: 100, agent: 7 });
    assert_eq!(preferred(&mut desk, 103), None, "parked work is in nobody's hand");
}
