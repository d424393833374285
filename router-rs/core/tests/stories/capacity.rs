//! R55–R58: what gives way to a call, limits a queue sets, changes of medium, offers taken at once.

use ucc_router_core::command::{
    ChangeMedium, Complete, ContactLeft, Enqueue, SetAgent, SetQueue, SetSession, Take,
};
use ucc_router_core::fact::Fact;
use ucc_router_core::words::{Medium, Refusal, Session};

use crate::desk::{Desk, agent, call, chat, queue};

fn letter(interaction: u64) -> Enqueue {
    Enqueue { medium: Medium::Email, ..chat(interaction, 1) }
}

/// Starts with agent 7, whose e-mails give way to a call, and two e-mails in hand.
fn writing() -> Desk {
    let mut desk = Desk::new();
    desk.on_queue(SetAgent { interruptible: vec![Medium::Email], ..agent(7, &[]) });
    desk.in_hand(letter(100), 7);
    desk.in_hand(letter(101), 7);
    desk
}

#[test]
fn r55_a_call_interrupts_what_gives_way_and_it_comes_back_after_the_wrap_up() {
    let mut desk = writing();
    assert_eq!(desk.has(call(102, 1)), ["queued 102", "offered 102 to 7"]);
    let told = desk.accept(102, 7, 1);
    assert_eq!(
        told,
        [
            "accepted 102 by 7",
            "active 102 with 7: accepted",
            "interaction_interrupted",
            "interaction_interrupted"
        ]
    );
    assert_eq!(desk.has(letter(103)), ["queued 103"], "nothing is pushed beside the call");
    assert_eq!(desk.end(102, 7), ["wrapping 102: ended"], "not before its wrap-up");
    let told = desk.has(Complete { interaction: 102, agent: 7 });
    assert_eq!(told, ["closed 102: completed", "interaction_resumed", "interaction_resumed"]);
    assert_eq!(desk.end(100, 7), ["wrapping 100: ended"], "in hand again");
}

#[test]
fn r55_what_does_not_give_way_keeps_calls_away() {
    let mut desk = writing();
    desk.has(chat(102, 1));
    desk.accept(102, 7, 1);
    assert_eq!(desk.has(call(103, 1)), ["queued 103"], "a chat is in hand");
    let mut desk = Desk::with_agents(&[7]);
    desk.in_hand(letter(100), 7);
    assert_eq!(desk.has(call(101, 1)), ["queued 101"], "its e-mails do not give way");
}

#[test]
fn r55_a_ringing_call_interrupts_nothing_until_it_is_taken() {
    let mut desk = writing();
    desk.has(call(102, 1));
    assert_eq!(desk.decline(102, 7, 1), ["declined 102 by 7", "requeued 102: declined"]);
    assert_eq!(desk.end(100, 7), ["wrapping 100: ended"]);
}

#[test]
fn r55_i9_interrupted_work_is_in_hand_for_those_who_leave() {
    let mut desk = writing();
    desk.has(call(102, 1));
    desk.accept(102, 7, 1);
    desk.has(ContactLeft { interaction: 102 });
    assert_eq!(desk.refuses(SetSession { agent: 7, session: Session::Offline, is_forced: false }), {
        Refusal::WorkInHand
    });
    let told = desk.has(SetSession { agent: 7, session: Session::Offline, is_forced: true });
    assert_eq!(
        told,
        ["requeued 100: agent_lost", "requeued 101: agent_lost", "presence 7: offline on_queue"]
    );
}

#[test]
fn r55_another_may_take_over_what_was_interrupted() {
    let mut desk = writing();
    desk.has(call(102, 1));
    desk.accept(102, 7, 1);
    desk.on_queue(agent(8, &[]));
    assert_eq!(desk.refuses(Take { interaction: 100, agent: 7 }), Refusal::NotTakeable);
    assert_eq!(desk.has(Take { interaction: 100, agent: 8 }), ["active 100 with 8: taken_over"]);
}

#[test]
fn r56_a_queue_limits_what_is_pushed_of_it_and_not_what_a_person_takes() {
    let mut desk = Desk::new();
    desk.has(SetQueue { agent_units_max: Some(1), ..queue(1) });
    desk.has(queue(2));
    desk.on_queue(agent(7, &[]));
    desk.in_hand(chat(100, 1), 7);
    assert_eq!(desk.has(chat(101, 1)), ["queued 101"]);
    assert_eq!(desk.has(chat(102, 2))[1], "offered 102 to 7", "another queue's is not limited");
    assert_eq!(desk.has(Take { interaction: 101, agent: 7 }), ["active 101 with 7: taken"]);
    desk.has(chat(103, 1));
    desk.end(101, 7);
    desk.has(Complete { interaction: 101, agent: 7 });
    desk.end(100, 7);
    let told = desk.has(Complete { interaction: 100, agent: 7 });
    assert_eq!(told, ["closed 100: completed", "offered 103 to 7"]);
}

#[test]
fn r57_a_chat_that_becomes_a_call_is_a_named_act_and_nothing_is_pushed_beside_it() {
    let mut desk = writing();
    desk.in_hand(chat(102, 1), 7);
    desk.in_hand(chat(103, 1), 7);
    let become_call = |interaction| ChangeMedium { interaction, agent: 7, medium: Medium::Voice, units: 1 };
    let facts = desk.facts(become_call(102));
    let Fact::MediumChanged(changed) = &facts[0] else { panic!("{facts:?}") };
    assert!(changed.is_over_capacity, "another chat is in hand");
    assert_eq!(facts.len(), 3, "and both e-mails give way");
    assert_eq!(desk.has(chat(104, 1)), ["queued 104"]);
    desk.end(103, 7);
    desk.has(Complete { interaction: 103, agent: 7 });
    desk.end(102, 7);
    let told = desk.has(Complete { interaction: 102, agent: 7 });
    let expected =
        ["closed 102: completed", "interaction_resumed", "interaction_resumed", "offered 104 to 7"];
    assert_eq!(told, expected);
}

#[test]
fn r57_only_who_has_it_in_hand_changes_the_medium() {
    let mut desk = Desk::with_agents(&[7, 8]);
    desk.in_hand(chat(100, 1), 7);
    let change = |agent, medium, units| ChangeMedium { interaction: 100, agent, medium, units };
    assert_eq!(desk.refuses(change(8, Medium::Voice, 1)), Refusal::NotOwner);
    assert_eq!(desk.refuses_at(change(7, Medium::Voice, 0)).1.path, "units");
    assert_eq!(desk.has(change(7, Medium::Chat, 1)), [""; 0], "it is so already");
    let facts = desk.facts(change(7, Medium::Voice, 1));
    assert!(matches!(&facts[..], [Fact::MediumChanged(fact)] if !fact.is_over_capacity));
}

#[test]
fn r58_a_queue_may_have_its_offers_taken_at_once() {
    let mut desk = Desk::new();
    desk.has(SetQueue { auto_accept: true, ..queue(1) });
    desk.on_queue(agent(7, &[]));
    let told = desk.has(chat(100, 1));
    let expected = ["queued 100", "offered 100 to 7", "accepted 100 by 7", "active 100 with 7: accepted"];
    assert_eq!(told, expected);
}
