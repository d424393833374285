//! R83, R86: a step of a flow, and back to the same agent; calls on hold.

use ucc_router_core::command::{
    Consult, ContactLeft, ContactWrote, End, HandToFlow, Hold, MergeConsult, Park, ReturnFromFlow, SetAgent,
    SetSession, Take, Unhold,
};
use ucc_router_core::fact::{Fact, FlowReturnReason};
use ucc_router_core::words::{Medium, Refusal, Session};

use crate::desk::{Desk, agent, call, chat};

fn hand(interaction: u64, agent: u64) -> HandToFlow {
    HandToFlow { interaction, agent, limit_ms: 900_000 }
}

fn back(interaction: u64, agent: Option<u64>) -> ReturnFromFlow {
    ReturnFromFlow { interaction, agent }
}

fn reason(facts: &[Fact]) -> FlowReturnReason {
    match facts {
        [Fact::FlowReturned(fact)] => fact.reason,
        other => panic!("{other:?}"),
    }
}

/// Agent 7 has a call whose contact pays just now.
fn paying() -> Desk {
    let mut desk = Desk::with_agents(&[7]);
    desk.in_hand(call(100, 1), 7);
    assert_eq!(desk.has(hand(100, 7)), ["flow_entered"]);
    desk
}

#[test]
fn r83_i1_the_agent_keeps_the_units_and_has_the_contact_back() {
    let mut desk = paying();
    assert_eq!(desk.has(call(101, 1)), ["queued 101"], "7 waits for the contact");
    assert_eq!(desk.refuses(End { interaction: 100, agent: 7 }), Refusal::NotActive);
    assert_eq!(desk.refuses(Park { interaction: 100, agent: 7 }), Refusal::NotActive);
    assert_eq!(desk.refuses(hand(100, 7)), Refusal::NotActive);
    assert_eq!(desk.refuses(Take { interaction: 100, agent: 7 }), Refusal::NotTakeable);
    assert_eq!(reason(&desk.facts(back(100, None))), FlowReturnReason::Finished);
    assert_eq!(desk.refuses(back(100, None)), Refusal::NotInFlow);
    assert_eq!(desk.end(100, 7), ["wrapping 100: ended"]);
}

#[test]
fn r83_the_agent_may_take_the_contact_back() {
    let mut desk = paying();
    desk.on_queue(agent(8, &[]));
    assert_eq!(desk.refuses(back(100, Some(8))), Refusal::NotOwner);
    assert_eq!(reason(&desk.facts(back(100, Some(7)))), FlowReturnReason::TakenBack);
}

#[test]
fn r83_a_contact_comes_back_by_itself_at_the_limit() {
    let mut desk = paying();
    assert_eq!(desk.pass(899_999), [""; 0]);
    assert_eq!(reason(&desk.facts_after(1)), FlowReturnReason::TimedOut);
    let (refusal, fault) = desk.refuses_at(HandToFlow { limit_ms: 0, ..hand(100, 7) });
    assert_eq!((refusal, fault.path.as_str()), (Refusal::BadValue, "limit_ms"));
}

#[test]
fn r83_the_contact_leaves_or_its_agent_is_lost_meanwhile() {
    let mut desk = paying();
    assert_eq!(desk.has(ContactLeft { interaction: 100 }), ["wrapping 100: contact_left"]);
    let mut desk = paying();
    let signs_out = |is_forced| SetSession { agent: 7, session: Session::Offline, is_forced };
    assert_eq!(desk.refuses(signs_out(false)), Refusal::WorkInHand);
    desk.session(7, Session::Reconnecting);
    assert_eq!(desk.pass(30_000), ["requeued 100: agent_lost"], "it is a call");
    assert_eq!(desk.refuses(back(100, None)), Refusal::NotInFlow);
    let mut desk = paying();
    assert_eq!(desk.has(signs_out(true)), ["requeued 100: agent_lost", "presence 7: offline on_queue"]);
}

#[test]
fn r83_a_message_changes_nothing_and_another_may_take_over() {
    let mut desk = Desk::with_agents(&[7, 8]);
    desk.in_hand(chat(100, 1), 7);
    desk.has(hand(100, 7));
    assert_eq!(desk.has(ContactWrote { interaction: 100, otherwise: chat(101, 1) }), [""; 0]);
    assert_eq!(desk.has(Take { interaction: 100, agent: 8 }), ["active 100 with 8: taken_over"]);
    assert_eq!(desk.end(100, 8), ["wrapping 100: ended"], "the flow is over with that");
}

#[test]
fn r83_r55_it_does_not_give_way_to_a_call() {
    let mut desk = Desk::new();
    desk.on_queue(SetAgent { interruptible: vec![Medium::Chat], ..agent(7, &[]) });
    desk.in_hand(chat(100, 1), 7);
    desk.has(hand(100, 7));
    assert_eq!(desk.has(call(101, 1)), ["queued 101"]);
    assert_eq!(desk.has(back(100, None)), ["flow_returned", "offered 101 to 7"]);
}

#[test]
fn r83_r24_who_waits_for_a_contact_drains() {
    let mut desk = paying();
    assert_eq!(desk.off_queue(7), ["presence 7: online on_queue, next off_queue"]);
    desk.has(back(100, None));
    desk.has(ContactLeft { interaction: 100 });
    assert_eq!(
        desk.has(ucc_router_core::command::Complete { interaction: 100, agent: 7 }),
        ["closed 100: completed", "presence 7: online off_queue"]
    );
}

#[test]
fn r86_i1_a_call_on_hold_is_in_hand() {
    let mut desk = Desk::with_agents(&[7, 8]);
    desk.in_hand(call(100, 1), 7);
    let hold = |agent| Hold { interaction: 100, agent };
    assert_eq!(desk.refuses(hold(8)), Refusal::NotOwner);
    assert_eq!(desk.has(hold(7)), ["call_held"]);
    assert_eq!(desk.has(hold(7)), [""; 0], "it is already");
    assert_eq!(desk.has(call(101, 1)), ["queued 101", "offered 101 to 8"]);
    assert_eq!(desk.has(Unhold { interaction: 100, agent: 7 }), ["call_unheld"]);
    assert_eq!(desk.has(Unhold { interaction: 100, agent: 7 }), [""; 0]);
    desk.decline(101, 8, 1);
    desk.in_hand(chat(102, 1), 8);
    assert_eq!(desk.refuses(Hold { interaction: 102, agent: 8 }), Refusal::NotCall);
}

#[test]
fn r86_a_call_is_no_longer_held_once_somebody_else_has_it_or_all_speak() {
    let mut desk = Desk::with_agents(&[7, 8]);
    desk.in_hand(call(100, 1), 7);
    desk.has(Hold { interaction: 100, agent: 7 });
    desk.has(Take { interaction: 100, agent: 8 });
    assert_eq!(desk.has(Unhold { interaction: 100, agent: 8 }), [""; 0]);
    desk.has(Hold { interaction: 100, agent: 8 });
    let ask = Consult {
        interaction: 100,
        agent: 8,
        child: 200,
        to_agent: Some(7),
        queue: None,
        requirement: vec![],
    };
    desk.has(ask);
    desk.accept(200, 7, 1);
    desk.has(MergeConsult { interaction: 200, agent: 8 });
    assert_eq!(desk.has(Unhold { interaction: 100, agent: 8 }), [""; 0]);
}
