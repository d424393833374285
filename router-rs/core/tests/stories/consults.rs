//! R79–R82: asking a colleague while the contact holds on, and conferences.

use ucc_router_core::command::{
    Complete, CompleteConsult, Consult, ContactLeft, ContactWrote, HandOver, MergeConsult, Park, RemoveAgent,
    SetAgent, SetQueue, SetSession, Take, TransferToQueue,
};
use ucc_router_core::fact::Fact;
use ucc_router_core::words::{Medium, Refusal, SEATS_MAX, Session};

use crate::desk::{Desk, START_MS, agent, call, chat, queue};

fn ask_agent(interaction: u64, agent: u64, child: u64, to_agent: u64) -> Consult {
    Consult { interaction, agent, child, to_agent: Some(to_agent), queue: None, requirement: Vec::new() }
}

fn ask_queue(interaction: u64, agent: u64, child: u64, queue: u64) -> Consult {
    Consult { interaction, agent, child, to_agent: None, queue: Some(queue), requirement: Vec::new() }
}

/// Agents 7, 8 and 9 for queues 1 and 2; agent 7 has a call that arrived at the start, a minute ago.
fn desk() -> Desk {
    let mut desk = Desk::with_agents(&[7, 8, 9]);
    desk.has(queue(2));
    desk.in_hand(call(100, 1), 7);
    desk.wait(60_000);
    desk
}

/// The same with agent 8 asked and answering.
fn asked() -> Desk {
    let mut desk = desk();
    desk.has(ask_agent(100, 7, 200, 8));
    desk.accept(200, 8, 1);
    desk
}

/// The same in conference with agents 8 and 9.
fn conference() -> Desk {
    let mut desk = asked();
    desk.has(MergeConsult { interaction: 200, agent: 7 });
    desk.has(ask_agent(100, 7, 201, 9));
    desk.accept(201, 9, 1);
    desk.has(MergeConsult { interaction: 201, agent: 7 });
    desk
}

#[test]
fn r79_a_colleague_is_asked_and_the_contact_stays_where_it_is() {
    let mut desk = desk();
    assert_eq!(desk.has(ask_agent(100, 7, 200, 8)), ["queued 200", "offered 200 to 8"]);
    assert_eq!(desk.refuses(ask_agent(100, 7, 201, 9)), Refusal::TransferPending, "one at a time");
    assert_eq!(desk.accept(200, 8, 1), ["accepted 200 by 8", "active 200 with 8: accepted"]);
    assert_eq!(desk.has(call(101, 1)), ["queued 101", "offered 101 to 9"], "8 speaks to 7");
    assert_eq!(desk.refuses(ask_agent(100, 7, 201, 9)), Refusal::TransferPending);
    assert_eq!(desk.end(200, 8), ["closed 200: consult_ended"], "nothing to wrap up");
    assert_eq!(desk.end(100, 7), ["wrapping 100: ended"], "7 had the contact all the time");
}

#[test]
fn r79_a_consult_waits_in_the_place_of_its_contact_and_not_for_who_asks() {
    let mut desk = desk();
    desk.has(SetQueue { requirement: vec![(5, 1)], ..queue(2) });
    desk.on_queue(agent(6, &[(5, 1)]));
    desk.in_hand(call(101, 2), 6);
    desk.has(call(102, 2));
    desk.wait(1_000);
    let facts = desk.facts(ask_queue(100, 7, 200, 2));
    let [Fact::InteractionQueued(queued)] = &facts[..] else { panic!("{facts:?}") };
    assert_eq!(queued.deadline_ms, START_MS + 30_000, "of the contact, who arrived at the start");
    assert_eq!((queued.arrived_ms, queued.rare.consult_until_ms), (desk.now_ms, Some(desk.now_ms + 20_000)));
    assert_eq!(desk.position(200).map(|found| found.place), Some(1));
    desk.has(agent(7, &[(5, 1)]));
    assert_eq!(desk.has(SetAgent { ..agent(8, &[(5, 1)]) }), ["agent_set", "offered 200 to 8"]);
}

#[test]
fn r79_nobody_accepts_in_time_and_the_agent_goes_on_alone() {
    let mut desk = desk();
    desk.has(SetQueue { requirement: vec![(5, 1)], ..queue(2) });
    desk.has(SetQueue { offer_ms: 60_000, ..queue(1) });
    desk.on_queue(agent(6, &[(5, 1)]));
    desk.in_hand(call(101, 2), 6);
    desk.has(ask_queue(100, 7, 200, 2));
    assert_eq!(desk.pass(19_999), [""; 0]);
    assert_eq!(desk.pass(1), ["cancelled 200: timed_out"]);
    desk.has(ask_agent(100, 7, 201, 8));
    assert_eq!(
        desk.pass(20_000),
        ["revoked 201 at 8: cancelled", "cancelled 201: timed_out"],
        "nobody is to blame: it would have rung for longer"
    );
    assert_eq!(desk.end(100, 7), ["wrapping 100: ended"]);
    let (refusal, fault) = desk.refuses_at(SetQueue { consult_ms: 0, ..queue(1) });
    assert_eq!((refusal, fault.path.as_str()), (Refusal::BadValue, "consult_ms"));
}

#[test]
fn r79_a_consult_that_is_declined_or_rings_out_is_over_as_a_transfer_is() {
    let mut desk = desk();
    desk.has(ask_agent(100, 7, 200, 8));
    assert_eq!(desk.decline(200, 8, 1), ["declined 200 by 8", "cancelled 200: declined"]);
    desk.has(ask_agent(100, 7, 201, 8));
    assert_eq!(desk.end(201, 7), ["revoked 201 at 8: cancelled", "cancelled 201: withdrawn"]);
    desk.has(ask_agent(100, 7, 202, 8));
    assert_eq!(
        desk.pass(15_000),
        ["rang out 202 at 8", "cancelled 202: timed_out", "presence 8: online on_queue, blocked"]
    );
    assert_eq!(desk.refuses(ask_agent(100, 7, 203, 8)), Refusal::AgentNotAvailable);
    assert_eq!(desk.refuses(ask_agent(100, 7, 203, 7)), Refusal::AgentNotAvailable);
    let (refusal, fault) = desk.refuses_at(Consult { queue: Some(1), ..ask_agent(100, 7, 203, 9) });
    assert_eq!((refusal, fault.path.as_str()), (Refusal::BadValue, "to_agent"));
}

#[test]
fn r79_i5_the_contact_hangs_up_and_the_consult_ends_with_it() {
    let mut desk = desk();
    desk.has(ask_agent(100, 7, 200, 8));
    assert_eq!(
        desk.has(ContactLeft { interaction: 100 }),
        ["revoked 200 at 8: cancelled", "cancelled 200: parent_moved", "wrapping 100: contact_left"]
    );
    let mut desk = asked();
    assert_eq!(
        desk.has(ContactLeft { interaction: 100 }),
        ["closed 200: parent_moved", "wrapping 100: contact_left"]
    );
}

#[test]
fn r79_a_consult_ends_when_its_contact_leaves_the_hands_of_who_asked() {
    let mut desk = asked();
    assert_eq!(
        desk.has(Take { interaction: 100, agent: 9 }),
        ["closed 200: parent_moved", "active 100 with 9: taken_over"]
    );
    let mut desk = asked();
    let gone = SetSession { agent: 7, session: Session::Offline, is_forced: true };
    assert_eq!(
        desk.has(gone),
        [
            "closed 200: parent_moved",
            "requeued 100: agent_lost",
            "presence 7: offline on_queue",
            "offered 100 to 9"
        ]
    );
    let mut desk = asked();
    assert_eq!(
        desk.has(SetSession { agent: 8, session: Session::Offline, is_forced: true }),
        ["closed 200: agent_lost", "presence 8: offline on_queue"],
        "work of our own never waits for anybody else"
    );
}

#[test]
fn r79_a_consult_is_not_the_contacts() {
    let mut desk = asked();
    assert_eq!(desk.refuses(ContactLeft { interaction: 200 }), Refusal::NotContacts);
    assert_eq!(desk.refuses(Take { interaction: 200, agent: 9 }), Refusal::NotContacts);
    assert_eq!(desk.refuses(Park { interaction: 200, agent: 8 }), Refusal::NotContacts);
    assert_eq!(desk.refuses(ask_agent(200, 8, 201, 9)), Refusal::NotContacts);
    let wrote = ContactWrote { interaction: 200, otherwise: chat(300, 1) };
    assert_eq!(desk.refuses(wrote), Refusal::NotContacts);
    assert_eq!(desk.refuses(ucc_router_core::command::End { interaction: 200, agent: 9 }), Refusal::NotOwner);
}

#[test]
fn r80_a_completed_consult_is_a_transfer_and_the_first_wraps_up_at_once() {
    let mut desk = desk();
    desk.has(ask_agent(100, 7, 200, 8));
    assert_eq!(desk.refuses(CompleteConsult { interaction: 200, agent: 7 }), Refusal::NotConsult, "it rings");
    desk.accept(200, 8, 1);
    assert_eq!(desk.refuses(CompleteConsult { interaction: 200, agent: 8 }), Refusal::NotOwner);
    assert_eq!(
        desk.has(CompleteConsult { interaction: 200, agent: 7 }),
        ["consult_completed", "wrapping 100: transferred"]
    );
    assert_eq!(desk.refuses(CompleteConsult { interaction: 200, agent: 7 }), Refusal::NotConsult);
    assert_eq!(desk.has(ContactLeft { interaction: 200 }), ["wrapping 200: contact_left"], "8 owes wrap-up");
    desk.has(Complete { interaction: 200, agent: 8 });
    assert_eq!(desk.has(Complete { interaction: 100, agent: 7 }), ["closed 100: completed"]);
}

#[test]
fn r80_what_was_a_consult_waits_as_its_contact_did_once_its_agent_is_lost() {
    let mut desk = asked();
    desk.has(CompleteConsult { interaction: 200, agent: 7 });
    let gone = SetSession { agent: 8, session: Session::Offline, is_forced: true };
    let facts = desk.facts(gone);
    let Fact::InteractionRequeued(back) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((back.interaction, back.arrived_ms), (200, START_MS));
    assert_eq!(
        desk.has(ContactLeft { interaction: 200 })[1],
        "abandoned 200: left",
        "the contact may hang up again"
    );
}

#[test]
fn r80_r32_a_message_to_the_wrapping_parent_counts_for_who_has_the_contact_now() {
    let mut desk = Desk::with_agents(&[7, 8]);
    desk.in_hand(chat(100, 1), 7);
    desk.has(ask_agent(100, 7, 200, 8));
    desk.accept(200, 8, 1);
    desk.has(CompleteConsult { interaction: 200, agent: 7 });
    let wrote = ContactWrote { interaction: 100, otherwise: chat(300, 1) };
    assert_eq!(desk.has(wrote), [""; 0], "8 has it");
}

#[test]
fn r81_in_a_conference_others_come_and_leave_freely_and_hold_units_while_they_are_in_it() {
    let mut desk = asked();
    assert_eq!(desk.has(MergeConsult { interaction: 200, agent: 7 }), ["conference_joined"]);
    assert_eq!(desk.refuses(CompleteConsult { interaction: 200, agent: 7 }), Refusal::NotConsult);
    desk.has(ask_agent(100, 7, 201, 9));
    desk.accept(201, 9, 1);
    assert_eq!(desk.refuses(CompleteConsult { interaction: 201, agent: 7 }), Refusal::InConference);
    desk.has(MergeConsult { interaction: 201, agent: 7 });
    assert_eq!(desk.has(call(101, 1)), ["queued 101"], "all three have a call in hand");
    assert_eq!(desk.end(200, 8), ["closed 200: seat_left", "offered 101 to 8"]);
    assert_eq!(desk.end(201, 7), ["closed 201: seat_left"], "the owner may send them away");
    assert_eq!(desk.end(100, 7), ["wrapping 100: ended"]);
}

#[test]
fn r81_a_conference_has_room_for_so_many_and_each_once() {
    let mut desk = asked();
    desk.has(MergeConsult { interaction: 200, agent: 7 });
    let mixed =
        |id| SetAgent { capacity: vec![(Medium::Voice, 2)], voice_exclusive: false, ..agent(id, &[]) };
    desk.has(mixed(8));
    desk.has(ask_agent(100, 7, 201, 8));
    desk.accept(201, 8, 1);
    assert_eq!(
        desk.refuses(MergeConsult { interaction: 201, agent: 7 }),
        Refusal::InConference,
        "8 is in it"
    );
    desk.end(201, 7);
    let colleagues = 20..20 + SEATS_MAX as u64;
    for colleague in colleagues {
        desk.on_queue(agent(colleague, &[]));
        let child = 300 + colleague;
        desk.has(ask_agent(100, 7, child, colleague));
        desk.accept(child, colleague, 1);
        let merge = MergeConsult { interaction: child, agent: 7 };
        if colleague + 1 < 20 + SEATS_MAX as u64 {
            assert_eq!(desk.has(merge), ["conference_joined"]);
        } else {
            assert_eq!(desk.refuses(merge), Refusal::ConferenceFull, "with the first one they are SEATS_MAX");
        }
    }
}

#[test]
fn r81_the_owner_cannot_leave_the_others_behind() {
    let mut desk = conference();
    assert_eq!(desk.refuses(Park { interaction: 100, agent: 7 }), Refusal::InConference);
    let away = TransferToQueue { interaction: 100, agent: 7, child: 300, queue: 2, requirement: Vec::new() };
    assert_eq!(desk.refuses(away), Refusal::InConference);
    assert_eq!(
        desk.end(100, 7),
        ["closed 200: parent_moved", "closed 201: parent_moved", "wrapping 100: ended"],
        "it is over for all, and the owner alone owes wrap-up"
    );
    let mut desk = conference();
    assert_eq!(
        desk.has(ContactLeft { interaction: 100 }),
        ["closed 200: parent_moved", "closed 201: parent_moved", "wrapping 100: contact_left"]
    );
}

#[test]
fn r82_the_owner_leaves_by_naming_another_who_then_owes_the_wrap_up() {
    let mut desk = conference();
    let to = |to_agent| HandOver { interaction: 100, agent: 7, to_agent };
    assert_eq!(desk.refuses(to(6)), Refusal::NotInConference);
    assert_eq!(desk.refuses(HandOver { interaction: 100, agent: 8, to_agent: 9 }), Refusal::NotOwner);
    assert_eq!(desk.has(to(9)), ["closed 201: handed_over", "active 100 with 9: handed_over"]);
    assert_eq!(desk.has(call(101, 1)), ["queued 101", "offered 101 to 7"], "7 has nothing left to do");
    assert_eq!(desk.end(100, 9), ["closed 200: parent_moved", "wrapping 100: ended"]);
}

#[test]
fn r82_when_the_owner_is_lost_the_longest_in_it_is_the_owner() {
    let mut desk = conference();
    desk.session(7, Session::Reconnecting);
    assert_eq!(desk.pass(29_999), [""; 0]);
    assert_eq!(desk.pass(1), ["closed 200: handed_over", "active 100 with 8: handed_over"]);
    let mut desk = conference();
    assert_eq!(
        desk.has(RemoveAgent { agent: 7 }),
        ["closed 200: handed_over", "active 100 with 8: handed_over", "agent_removed"]
    );
    assert_eq!(desk.end(201, 9), ["closed 201: seat_left"]);
    assert_eq!(desk.end(100, 8), ["wrapping 100: ended"]);
}

#[test]
fn r82_who_takes_the_work_over_has_no_seat_beside_it() {
    let mut desk = conference();
    assert_eq!(
        desk.has(Take { interaction: 100, agent: 8 }),
        ["closed 200: handed_over", "active 100 with 8: taken_over"]
    );
    assert_eq!(desk.refuses(HandOver { interaction: 100, agent: 8, to_agent: 8 }), Refusal::NotInConference);
    assert_eq!(
        desk.has(HandOver { interaction: 100, agent: 8, to_agent: 9 })[1],
        "active 100 with 9: handed_over"
    );
}

#[test]
fn r81_r66_whoever_of_a_conference_writes_it_is_the_contacts_turn() {
    let mut desk = Desk::with_agents(&[7, 8]);
    desk.in_hand(chat(100, 1), 7);
    desk.has(ask_agent(100, 7, 200, 8));
    desk.accept(200, 8, 1);
    let wrote = |agent| ucc_router_core::command::AgentWrote { interaction: 100, agent };
    assert_eq!(desk.refuses(wrote(8)), Refusal::NotOwner, "of a consult the contact knows nothing");
    desk.has(MergeConsult { interaction: 200, agent: 7 });
    assert_eq!(desk.has(wrote(8)), ["agent_wrote_seen"]);
}

#[test]
fn r81_r55_a_call_interrupts_a_seat_by_letter_and_it_comes_back() {
    let mut desk = Desk::new();
    for id in [7, 8] {
        desk.on_queue(SetAgent { interruptible: vec![Medium::Email], ..agent(id, &[]) });
    }
    desk.in_hand(ucc_router_core::command::Enqueue { medium: Medium::Email, ..chat(100, 1) }, 7);
    desk.has(ask_agent(100, 7, 200, 8));
    desk.accept(200, 8, 1);
    desk.has(MergeConsult { interaction: 200, agent: 7 });
    desk.has(call(101, 1));
    desk.has(Take { interaction: 101, agent: 8 });
    let over = HandOver { interaction: 100, agent: 7, to_agent: 8 };
    assert_eq!(desk.refuses(over), Refusal::NotInConference, "8 is on the telephone");
    desk.has(ContactLeft { interaction: 101 });
    assert_eq!(
        desk.has(Complete { interaction: 101, agent: 8 }),
        ["closed 101: completed", "interaction_resumed"]
    );
}
