//! R28–R32 and R36–R39: work in hand, and the contact.

use ucc_router_core::command::{
    Complete, ContactBack, ContactLeft, ContactLost, ContactWrote, End, ExtendWrapUp, Park, RemoveAgent,
    SetQueue, Take, Unpark,
};
use ucc_router_core::fact::Fact;
use ucc_router_core::words::{Refusal, Session};

use crate::desk::{Desk, agent, call, chat, queue};

fn wrote(interaction: u64, otherwise: u64) -> ContactWrote {
    ContactWrote { interaction, otherwise: chat(otherwise, 1) }
}

#[test]
fn r28_an_accepted_chat_is_active_at_once() {
    let mut desk = Desk::with_agents(&[7]);
    desk.has(chat(100, 1));
    assert_eq!(desk.accept(100, 7, 1), ["accepted 100 by 7", "active 100 with 7: accepted"]);
}

#[test]
fn r29_ending_wraps_up_or_closes_where_there_is_no_time() {
    let mut desk = Desk::with_agents(&[7]);
    desk.in_hand(chat(100, 1), 7);
    assert_eq!(desk.refuses(End { interaction: 100, agent: 8 }), Refusal::NotOwner);
    assert_eq!(desk.end(100, 7), ["wrapping 100: ended"]);
    assert_eq!(desk.refuses(End { interaction: 100, agent: 7 }), Refusal::NotActive);
    desk.has(SetQueue { wrap_up_ms: 0, ..queue(1) });
    desk.in_hand(chat(101, 1), 7);
    assert_eq!(desk.end(101, 7), ["closed 101: completed"]);
}

#[test]
fn r30_i8_each_wrap_up_ends_on_its_own() {
    let mut desk = Desk::with_agents(&[7]);
    for id in [100, 101] {
        desk.in_hand(chat(id, 1), 7);
    }
    desk.end(100, 7);
    desk.wait(10_000);
    desk.end(101, 7);
    desk.has(ExtendWrapUp { interaction: 100, agent: 7, by_ms: 30_000 });
    assert_eq!(desk.pass(60_000), ["closed 101: wrap_up_timed_out"]);
    assert_eq!(desk.pass(20_000), ["closed 100: wrap_up_timed_out"]);
    assert_eq!(desk.refuses(Complete { interaction: 100, agent: 7 }), Refusal::UnknownInteraction);
}

#[test]
fn r30_a_chats_wrap_up_holds_its_units_and_a_calls_blocks_all_pushes() {
    let mut desk = Desk::with_agents(&[7]);
    for id in 100..103 {
        desk.in_hand(chat(id, 1), 7);
    }
    desk.end(100, 7);
    assert_eq!(desk.has(chat(103, 1)), ["queued 103"]);
    assert_eq!(
        desk.has(Complete { interaction: 100, agent: 7 }),
        ["closed 100: completed", "offered 103 to 7"]
    );
    let mut desk = Desk::new();
    let mut mixed = agent(7, &[]);
    mixed.voice_exclusive = false;
    desk.on_queue(mixed);
    desk.in_hand(call(100, 1), 7);
    desk.end(100, 7);
    assert_eq!(desk.has(chat(101, 1)), ["queued 101"]);
}

#[test]
fn r31_parking_frees_the_units_and_keeps_the_owner() {
    let mut desk = Desk::with_agents(&[7]);
    for id in 100..103 {
        desk.in_hand(chat(id, 1), 7);
    }
    desk.has(chat(103, 1));
    assert_eq!(desk.has(Park { interaction: 100, agent: 7 }), ["interaction_parked", "offered 103 to 7"]);
    assert_eq!(desk.refuses(Unpark { interaction: 100, agent: 8 }), Refusal::NotOwner);
    assert_eq!(
        desk.has(Unpark { interaction: 100, agent: 7 }),
        ["active 100 with 7: unparked, over capacity"]
    );
    desk.decline(103, 7, 1);
    assert_eq!(desk.has(Park { interaction: 100, agent: 7 }), ["interaction_parked"]);
    assert_eq!(desk.end(100, 7), ["closed 100: completed"], "parked work ends without wrap-up");
}

#[test]
fn r32_a_message_while_parked_goes_to_the_owner_first_by_its_own_time() {
    let mut desk = Desk::with_agents(&[7, 8]);
    desk.in_hand(chat(100, 1), 7);
    desk.has(Park { interaction: 100, agent: 7 });
    desk.wait(3_600_000);
    let facts = desk.facts(wrote(100, 200));
    let Fact::InteractionRequeued(requeued) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((requeued.arrived_ms, requeued.preferred_agent), (desk.now_ms, Some(7)));
    assert_eq!(crate::desk::say(&facts[1]), "offered 100 to 7");
}

#[test]
fn r32_a_message_after_the_owners_shift_goes_straight_to_the_queue() {
    let mut desk = Desk::with_agents(&[7, 8]);
    desk.in_hand(chat(100, 1), 7);
    desk.has(Park { interaction: 100, agent: 7 });
    desk.session(7, Session::Offline);
    assert_eq!(desk.has(wrote(100, 200)), ["requeued 100: contact_wrote", "offered 100 to 8"]);
}

#[test]
fn r32_a_message_while_wrapping_makes_it_active_with_the_same_agent() {
    let mut desk = Desk::with_agents(&[7]);
    desk.in_hand(chat(100, 1), 7);
    desk.end(100, 7);
    desk.wait(59_999);
    assert_eq!(desk.has(wrote(100, 200)), ["active 100 with 7: contact_wrote"]);
    desk.end(100, 7);
    desk.wait(60_000);
    assert_eq!(
        desk.has(wrote(100, 200)),
        ["closed 100: wrap_up_timed_out", "queued 200", "offered 200 to 7"],
        "a message that races with the end is never left without work"
    );
}

#[test]
fn r32_a_message_to_the_wrap_up_of_who_is_gone_becomes_new_work() {
    let mut desk = Desk::with_agents(&[7, 8]);
    desk.in_hand(chat(100, 1), 7);
    desk.end(100, 7);
    desk.session(7, Session::Offline);
    assert_eq!(desk.has(wrote(100, 200)), ["closed 100: agent_lost", "queued 200", "offered 200 to 8"]);
}

#[test]
fn r32_waiting_and_active_work_stays_as_it_is() {
    let mut desk = Desk::with_agents(&[7]);
    desk.has(chat(100, 1));
    assert_eq!(desk.has(wrote(100, 200)), [""; 0]);
    desk.accept(100, 7, 1);
    assert_eq!(desk.has(wrote(100, 200)), [""; 0]);
}

#[test]
fn r36_taking_is_a_named_act_that_may_exceed_capacity_and_stops_pushes() {
    let mut desk = Desk::with_agents(&[7]);
    for id in 100..103 {
        desk.in_hand(chat(id, 1), 7);
    }
    desk.has(chat(103, 1));
    assert_eq!(desk.has(Take { interaction: 103, agent: 7 }), ["active 103 with 7: taken, over capacity"]);
    desk.has(ucc_router_core::command::Enqueue {
        medium: ucc_router_core::words::Medium::Email,
        ..chat(104, 1)
    });
    assert_eq!(desk.position(104).map(|found| found.place), Some(1), "nothing is pushed while above");
    desk.end(100, 7);
    assert_eq!(
        desk.has(Complete { interaction: 100, agent: 7 }),
        ["closed 100: completed", "offered 104 to 7"],
        "back under it"
    );
}

#[test]
fn r36_a_supervisor_takes_over_at_once_and_the_old_owner_has_no_wrap_up() {
    let mut desk = Desk::with_agents(&[7]);
    desk.has(agent(9, &[]));
    desk.in_hand(call(100, 1), 7);
    desk.has(chat(101, 1));
    assert_eq!(desk.refuses(Take { interaction: 100, agent: 9 }), Refusal::AgentOffline);
    desk.session(9, Session::Online);
    assert_eq!(
        desk.has(Take { interaction: 100, agent: 9 }),
        ["active 100 with 9: taken_over", "offered 101 to 7"]
    );
    assert_eq!(desk.refuses(Take { interaction: 100, agent: 9 }), Refusal::NotTakeable);
    assert_eq!(desk.refuses(End { interaction: 100, agent: 7 }), Refusal::NotOwner);
}

#[test]
fn r36_taking_what_rings_elsewhere_revokes_the_offer() {
    let mut desk = Desk::with_agents(&[7, 8]);
    desk.has(chat(100, 1));
    assert_eq!(
        desk.has(Take { interaction: 100, agent: 8 }),
        ["revoked 100 at 7: taken", "active 100 with 8: taken"]
    );
}

#[test]
fn r37_a_lost_contact_is_abandoned_after_90_seconds_unless_back() {
    let mut desk = Desk::new();
    desk.has(chat(100, 1));
    desk.has(ContactLost { interaction: 100 });
    desk.wait(89_999);
    assert_eq!(
        desk.has(ContactBack { interaction: 100 }).last().map(String::as_str),
        Some("contact_back_seen")
    );
    desk.has(ContactLost { interaction: 100 });
    assert_eq!(desk.pass(90_000).last().map(String::as_str), Some("abandoned 100: lost"));
}

#[test]
fn r37_i5_a_lost_contacts_offer_ends_with_it_and_mail_waits_on() {
    let mut desk = Desk::new();
    desk.has(SetQueue { offer_ms: 600_000, answer_target_ms: 900_000, ..queue(1) });
    desk.on_queue(agent(7, &[]));
    desk.has(chat(100, 1));
    desk.has(ucc_router_core::command::Enqueue { is_abandonable: false, ..chat(101, 1) });
    desk.has(ContactLost { interaction: 100 });
    desk.has(ContactLost { interaction: 101 });
    assert_eq!(desk.pass(90_000), ["revoked 100 at 7: contact_lost", "abandoned 100: lost"]);
}

#[test]
fn r38_i5_when_the_contact_leaves_nothing_rings_on() {
    let mut desk = Desk::with_agents(&[7]);
    desk.has(chat(100, 1));
    assert_eq!(
        desk.has(ContactLeft { interaction: 100 }),
        ["revoked 100 at 7: contact_left", "abandoned 100: left"]
    );
    desk.in_hand(chat(101, 1), 7);
    assert_eq!(desk.has(ContactLeft { interaction: 101 }), ["wrapping 101: contact_left"]);
    assert_eq!(desk.has(ContactLeft { interaction: 101 }), [""; 0]);
    assert_eq!(desk.refuses(ContactLeft { interaction: 100 }), Refusal::UnknownInteraction);
}

#[test]
fn r39_a_removed_agents_work_goes_to_the_head() {
    let mut desk = Desk::with_agents(&[7]);
    desk.in_hand(chat(100, 1), 7);
    desk.in_hand(chat(101, 1), 7);
    desk.end(101, 7);
    desk.has(chat(102, 1));
    assert_eq!(
        desk.has(RemoveAgent { agent: 7 }),
        [
            "requeued 100: agent_removed",
            "closed 101: agent_removed",
            "revoked 102 at 7: agent_removed",
            "requeued 102: agent_removed",
            "agent_removed"
        ]
    );
    desk.on_queue(agent(7, &[]));
    assert_eq!(desk.position(100).map(|found| found.place), Some(0), "the head rings first");
}
