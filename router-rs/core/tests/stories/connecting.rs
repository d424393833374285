//! R87–R90: connecting, callbacks that are dialled, and calls that come in their place.

use ucc_router_core::command::{
    Accept, AgentWrote, AskCallback, Connected, Consult, ContactLeft, ContactLost, End, Enqueue,
    FailConnecting, OpenShard, RemoveAgent, SetAgent, SetQueue, SetSession, SlaTarget, Take, TransferToAgent,
};
use ucc_router_core::fact::{Fact, InteractionQueued};
use ucc_router_core::words::{AgentId, InteractionId, Medium, Millis, Refusal, Session, SlaClock};

use crate::desk::{Desk, agent, call, chat, queue, say};

const CONNECT_MS: Millis = 60_000;
const RETRY_MS: Millis = 1_800_000;

fn connecting(interaction: InteractionId, agent: AgentId, epoch: u64) -> Accept {
    Accept { interaction, agent, epoch, is_connecting: true }
}

/// A callback that queues by itself, of somebody who left long ago.
fn callback(interaction: InteractionId) -> Enqueue {
    Enqueue { is_dialled: true, ..Enqueue::new(interaction, 1, Medium::Task, Millis::MAX) }
}

/// An agent with units for one callback beside the usual.
fn caller(id: AgentId) -> SetAgent {
    SetAgent { capacity: vec![(Medium::Task, 1), (Medium::Voice, 1), (Medium::Chat, 3)], ..agent(id, &[]) }
}

/// Queue 1 with these callers.
fn desk(callers: &[AgentId]) -> Desk {
    let mut desk = Desk::new();
    for &id in callers {
        desk.on_queue(caller(id));
    }
    desk
}

fn queued(facts: &[Fact]) -> InteractionQueued {
    let mut found = facts.iter().filter_map(|fact| match fact {
        Fact::InteractionQueued(fact) => Some(fact.clone()),
        _ => None,
    });
    found.next().expect("something queued")
}

/// Offers the callback to the agent and lets them dial it in vain.
fn dial_in_vain(desk: &mut Desk, interaction: InteractionId, agent: AgentId, epoch: u64) -> Vec<String> {
    desk.accept(interaction, agent, epoch);
    desk.has(FailConnecting { interaction, agent })
}

#[test]
fn r87_what_is_accepted_is_connecting_until_its_media_are_there() {
    let mut desk = Desk::with_agents(&[7]);
    desk.has(call(100, 1));
    assert_eq!(
        desk.has(connecting(100, 7, 1)),
        ["accepted 100 by 7", "connecting 100 with 7"],
        "nobody has the contact yet"
    );
    desk.has(chat(101, 1));
    assert_eq!(desk.position(101).map(|found| found.place), Some(1), "the units are held");
    assert_eq!(desk.refuses(End { interaction: 100, agent: 7 }), Refusal::NotActive);
    assert_eq!(desk.refuses(AgentWrote { interaction: 100, agent: 7 }), Refusal::NotActive);
    assert_eq!(desk.refuses(Connected { interaction: 100, agent: 8 }), Refusal::NotOwner);
    assert_eq!(
        desk.pass(CONNECT_MS - 1),
        ["sla_breached", "sla_breached"],
        "who waits for it has no answer yet"
    );
    assert_eq!(desk.has(Connected { interaction: 100, agent: 7 }), ["active 100 with 7: connected"]);
    assert_eq!(desk.refuses(Connected { interaction: 100, agent: 7 }), Refusal::NotConnecting);
    assert_eq!(desk.refuses(FailConnecting { interaction: 100, agent: 7 }), Refusal::NotConnecting);
}

#[test]
fn r87_what_is_not_connected_goes_back_to_its_place_and_to_somebody_else() {
    let mut desk = Desk::with_agents(&[7]);
    desk.has(SetQueue { connect_ms: 10_000, ..queue(1) });
    desk.has(call(100, 1));
    desk.has(connecting(100, 7, 1));
    desk.wait(1);
    desk.has(call(101, 1));
    assert_eq!(
        desk.has(FailConnecting { interaction: 100, agent: 7 }),
        ["not connected 100 by 7: failed", "requeued 100: not_connected", "offered 101 to 7"],
        "7 is free for others, and blocked by nothing"
    );
    assert_eq!(desk.position(100).map(|found| found.place), Some(1));
    desk.decline(101, 7, 1);
    assert_eq!(desk.pass(29_999), ["sla_breached"]);
    assert_eq!(desk.pass(1)[..2], ["exclusion of 7 from 100 ended", "offered 100 to 7"], "after 30 s");
    desk.has(connecting(100, 7, 2));
    assert_eq!(
        desk.pass(10_000)[..2],
        ["not connected 100 by 7: timed_out", "requeued 100: not_connected"],
        "and by itself after connect_ms"
    );
}

#[test]
fn r87_a_contact_who_leaves_meanwhile_has_abandoned() {
    let mut desk = Desk::with_agents(&[7]);
    desk.has(call(100, 1));
    desk.has(connecting(100, 7, 1));
    assert_eq!(desk.has(ContactLeft { interaction: 100 }), ["abandoned 100: left"]);
    desk.has(SetQueue { connect_ms: 100_000, ..queue(1) });
    desk.has(chat(101, 1));
    desk.has(connecting(101, 7, 1));
    desk.has(ContactLost { interaction: 101 });
    assert_eq!(desk.pass(89_999), ["sla_breached"], "nobody has answered yet");
    assert_eq!(desk.pass(1), ["abandoned 101: lost"]);
}

#[test]
fn r87_an_agent_who_is_lost_gives_it_back_in_its_place() {
    let back = "requeued 100: agent_lost";
    let mut desk = Desk::with_agents(&[7]);
    desk.has(call(100, 1));
    desk.has(connecting(100, 7, 1));
    desk.has(call(101, 1));
    assert_eq!(
        desk.refuses(SetSession { agent: 7, session: Session::Offline, is_forced: false }),
        Refusal::WorkInHand
    );
    assert_eq!(desk.off_queue(7), ["presence 7: online on_queue, next off_queue"], "it is in hand");
    desk.session(7, Session::Reconnecting);
    let facts = desk.pass(30_000);
    assert!(facts.contains(&back.to_owned()), "as a call in hand: {facts:?}");
    assert_eq!(desk.position(100).map(|found| found.place), Some(1));

    let mut desk = Desk::with_agents(&[7]);
    desk.has(chat(100, 1));
    desk.has(connecting(100, 7, 1));
    assert_eq!(desk.has(SetSession { agent: 7, session: Session::Offline, is_forced: true })[0], back);

    let mut desk = Desk::with_agents(&[7]);
    desk.has(chat(100, 1));
    desk.has(connecting(100, 7, 1));
    assert_eq!(desk.has(RemoveAgent { agent: 7 })[0], "requeued 100: agent_removed");
}

#[test]
fn r87_a_colleague_may_take_it_over() {
    let mut desk = Desk::with_agents(&[7, 8]);
    desk.has(call(100, 1));
    desk.has(connecting(100, 7, 1));
    assert_eq!(desk.refuses(Take { interaction: 100, agent: 7 }), Refusal::NotTakeable);
    assert_eq!(desk.has(Take { interaction: 100, agent: 8 }), ["active 100 with 8: taken_over"]);
}

#[test]
fn r87_the_sender_of_an_agent_transfer_keeps_the_contact_until_it_is_connected() {
    let transfer = TransferToAgent { interaction: 100, agent: 7, child: 200, to_agent: 8 };
    let mut desk = Desk::with_agents(&[7, 8]);
    desk.in_hand(call(100, 1), 7);
    desk.has(transfer.clone());
    desk.has(connecting(200, 8, 1));
    assert_eq!(
        desk.has(FailConnecting { interaction: 200, agent: 8 }),
        ["not connected 200 by 8: failed", "cancelled 200: not_connected"]
    );
    desk.has(transfer);
    desk.has(connecting(200, 8, 1));
    assert_eq!(
        desk.has(Connected { interaction: 200, agent: 8 }),
        ["active 200 with 8: connected", "wrapping 100: transferred"]
    );
    let consult = |child| Consult {
        interaction: 200,
        agent: 8,
        child,
        to_agent: Some(9),
        queue: None,
        requirement: Vec::new(),
    };
    desk.on_queue(agent(9, &[]));
    desk.has(consult(300));
    desk.has(connecting(300, 9, 1));
    assert_eq!(desk.pass(20_000), ["exclusion of 8 from 300 ended"], "accepted is in time");
    assert_eq!(desk.has(End { interaction: 300, agent: 8 }), ["cancelled 300: withdrawn"]);
    desk.has(consult(301));
    desk.has(connecting(301, 9, 1));
    assert_eq!(desk.has(Connected { interaction: 301, agent: 9 }), ["active 301 with 9: connected"]);
}

#[test]
fn r87_a_consult_that_connects_in_vain_after_its_time_is_over() {
    let mut desk = Desk::with_agents(&[8]);
    desk.has(chat(100, 1));
    desk.accept(100, 8, 1);
    desk.on_queue(agent(9, &[]));
    desk.has(Consult {
        interaction: 100,
        agent: 8,
        child: 200,
        to_agent: None,
        queue: Some(1),
        requirement: Vec::new(),
    });
    desk.has(connecting(200, 9, 1));
    desk.pass(20_000);
    // Who asks could be offered it by now.
    assert_eq!(
        desk.has(FailConnecting { interaction: 200, agent: 9 }),
        ["not connected 200 by 9: failed", "cancelled 200: timed_out"]
    );
}

#[test]
fn r60_connecting_begins_anew_under_a_new_owner() {
    let mut desk = Desk::with_agents(&[7]);
    desk.has(chat(100, 1));
    desk.has(connecting(100, 7, 1));
    desk.wait(CONNECT_MS);
    let facts = desk.has(OpenShard { epoch: 1 });
    assert!(facts.contains(&"connecting_rearmed".to_owned()), "{facts:?}");
    desk.session(7, Session::Online);
    desk.wait(CONNECT_MS - 1);
    assert_eq!(desk.has(Connected { interaction: 100, agent: 7 })[0], "active 100 with 7: connected");
}

#[test]
fn r88_whoever_has_a_callback_dials_it() {
    let mut desk = desk(&[7, 8]);
    desk.has(callback(100));
    assert_eq!(desk.accept(100, 7, 1), ["accepted 100 by 7", "connecting 100 with 7: 1 of 3"]);
    assert_eq!(desk.has(Take { interaction: 100, agent: 8 }), ["connecting 100 with 8: 1 of 3"]);
    assert_eq!(desk.has(Connected { interaction: 100, agent: 8 }), ["active 100 with 8: connected"]);
    desk.has(callback(101));
    assert_eq!(
        desk.has(Take { interaction: 101, agent: 7 }),
        ["accepted 101 by 7", "connecting 101 with 7: 1 of 3"],
        "taken by hand too"
    );
    desk.has(FailConnecting { interaction: 101, agent: 7 });
    assert_eq!(
        desk.has(Take { interaction: 101, agent: 7 }),
        ["connecting 101 with 7: 2 of 3"],
        "even before it is due"
    );

    let mut desk = self::desk(&[7]);
    desk.has(SetQueue { auto_accept: true, ..queue(1) });
    assert_eq!(desk.has(callback(100))[2..], ["accepted 100 by 7", "connecting 100 with 7: 1 of 3"]);
}

#[test]
fn r88_nobody_is_on_the_line_of_a_callback() {
    let mut desk = desk(&[7]);
    desk.has(callback(100));
    desk.has(ContactLost { interaction: 100 });
    assert_eq!(desk.has(ContactLeft { interaction: 100 }), [""; 0]);
    desk.accept(100, 7, 1);
    assert_eq!(desk.has(ContactLeft { interaction: 100 }), [""; 0]);
}

#[test]
fn r89_who_is_not_reached_is_dialled_again_later_and_not_for_ever() {
    let mut desk = desk(&[7]);
    desk.has(SetQueue { callback_tries: 2, ..queue(1) });
    let first = queued(&desk.facts(callback(100)));
    desk.accept(100, 7, 1);
    let facts = desk.facts(FailConnecting { interaction: 100, agent: 7 });
    assert_eq!(
        facts.iter().map(say).collect::<Vec<_>>(),
        ["not connected 100 by 7: failed", "scheduled 100: 1 of 2"]
    );
    assert_eq!(desk.position(100), None, "it waits in no queue");
    desk.has(Enqueue { medium: Medium::Task, ..chat(101, 1) });
    desk.accept(101, 7, 1);
    assert_eq!(desk.pass(RETRY_MS - 1), [""; 0]);
    let Fact::InteractionRequeued(due) = desk.facts_after(1)[0].clone() else { panic!("it is due") };
    assert_eq!((due.deadline_ms, due.order), (first.deadline_ms, first.order), "its place is kept");
    assert_eq!(due.sla_at_ms, Some(desk.now_ms + 30_000), "the answer is owed from now");
    desk.end(101, 7);
    desk.pass(60_000);
    assert_eq!(
        dial_in_vain(&mut desk, 100, 7, 2),
        ["not connected 100 by 7: failed", "failed 100: unreached after 2"]
    );
    assert_eq!(desk.refuses(Take { interaction: 100, agent: 7 }), Refusal::UnknownInteraction);
}

#[test]
fn r89_a_callback_may_be_wanted_later() {
    let at_ms = crate::desk::START_MS + 600_000;
    let mut desk = desk(&[7]);
    let facts = desk.facts(Enqueue { not_before_ms: Some(at_ms), ..callback(100) });
    assert_eq!(facts.len(), 1, "nobody is offered it yet: {facts:?}");
    assert_eq!(queued(&facts).rare.not_before_ms, Some(at_ms));
    assert_eq!(desk.engine.queue_figures(1).map(|found| found.waiting), Some(0));
    assert_eq!(desk.pass(599_999), [""; 0], "not even a breach");
    assert_eq!(desk.pass(1), ["requeued 100: due", "offered 100 to 7"]);

    let mut desk = self::desk(&[]);
    let before = queued(&desk.facts(call(100, 1)));
    let not_before_ms = Some(at_ms);
    let ask =
        AskCallback { interaction: 100, child: 200, medium: Medium::Task, is_dialled: true, not_before_ms };
    let after = queued(&desk.facts(ask));
    assert_eq!((after.deadline_ms, after.order), (before.deadline_ms, before.order));
    assert_eq!(after.rare.not_before_ms, not_before_ms);
    let past = Enqueue { not_before_ms: Some(desk.now_ms), ..callback(101) };
    assert_eq!(queued(&desk.facts(past)).rare.not_before_ms, None, "what is past is now");
    let (refusal, fault) = desk.refuses_at(Enqueue { not_before_ms, ..chat(102, 1) });
    assert_eq!((refusal, fault.path.as_str()), (Refusal::BadValue, "not_before_ms"));
    let far = Some(desk.now_ms + 32 * 24 * 3_600_000);
    assert_eq!(desk.refuses_at(Enqueue { not_before_ms: far, ..callback(102) }).1.path, "not_before_ms");
}

#[test]
fn r89_clocks_of_what_is_scheduled() {
    let mut desk = desk(&[7]);
    let target = |clock| SlaTarget { clock, target_ms: 20_000, warn_after_ms: None, pauses: Vec::new() };
    desk.has(SetQueue { sla: vec![target(SlaClock::Answer)], ..queue(1) });
    desk.has(callback(100));
    let clock =
        |facts: Vec<String>| facts.into_iter().filter(|line| line.starts_with("sla_")).collect::<Vec<_>>();
    assert_eq!(clock(dial_in_vain(&mut desk, 100, 7, 1)), [""; 0], "dialled in vain is not answered");
    assert_eq!(clock(desk.pass(RETRY_MS)), ["sla_started"], "and owed again when it is due");
    desk.accept(100, 7, 2);
    assert_eq!(clock(desk.has(Connected { interaction: 100, agent: 7 })), ["sla_met"]);
}

#[test]
fn r90_a_call_has_the_place_of_the_callback_its_contact_awaits() {
    let mut desk = desk(&[]);
    let place = |fact: InteractionQueued| (fact.arrived_ms, fact.deadline_ms, fact.order);
    let before = place(queued(&desk.facts(callback(100))));
    desk.wait(1_000);
    desk.has(call(101, 1));
    desk.wait(1_000);
    let facts = desk.facts(Enqueue { instead_of: Some(100), ..call(102, 1) });
    assert_eq!(say(&facts[0]), "cancelled 100: contact_called");
    assert_eq!((place(queued(&facts)), queued(&facts).rare.instead_of), (before, Some(100)));
    assert_eq!(desk.position(102).map(|found| found.place), Some(1), "before who came later");
    // What nobody awaits any more changes nothing.
    for gone in [100, 101, 999] {
        let told = queued(&desk.facts(Enqueue { instead_of: Some(gone), ..call(200 + gone, 1) }));
        assert_eq!((told.rare.instead_of, told.arrived_ms), (None, desk.now_ms));
    }
}

#[test]
fn r90_it_comes_before_its_time_and_while_it_rings_or_is_dialled() {
    let mut desk = desk(&[7]);
    desk.has(Enqueue { not_before_ms: Some(crate::desk::START_MS + 600_000), ..callback(100) });
    let instead = |interaction, of| Enqueue { instead_of: Some(of), ..call(interaction, 1) };
    assert_eq!(
        desk.has(instead(101, 100)),
        ["cancelled 100: contact_called", "queued 101", "offered 101 to 7"]
    );
    desk.accept(101, 7, 1);
    desk.end(101, 7);
    desk.pass(60_000);
    desk.has(callback(102));
    assert_eq!(
        desk.has(instead(103, 102)),
        ["revoked 102 at 7: cancelled", "cancelled 102: contact_called", "queued 103", "offered 103 to 7"]
    );
    desk.accept(103, 7, 1);
    desk.end(103, 7);
    desk.pass(60_000);
    desk.has(callback(104));
    desk.accept(104, 7, 1);
    assert_eq!(
        desk.has(instead(105, 104)),
        ["cancelled 104: contact_called", "queued 105", "offered 105 to 7"],
        "whoever dials is busy with nothing else"
    );
    desk.has(callback(106));
    desk.accept(105, 7, 1);
    desk.end(105, 7);
    desk.pass(60_000);
    desk.accept(106, 7, 1);
    desk.has(Connected { interaction: 106, agent: 7 });
    assert_eq!(desk.has(instead(107, 106)), ["queued 107"], "who is spoken to has nothing to await");
}

#[test]
fn r90_in_another_queue_the_arrival_and_the_order_are_kept_and_no_length_is_in_the_way() {
    let mut desk = desk(&[]);
    desk.has(SetQueue { waiting_max: 1, answer_target_ms: 90_000, ..queue(2) });
    let before = queued(&desk.facts(callback(100)));
    desk.wait(5_000);
    desk.has(call(101, 2));
    assert_eq!(desk.refuses(call(102, 2)), Refusal::QueueFull);
    let told = queued(&desk.facts(Enqueue { instead_of: Some(100), ..call(102, 2) }));
    assert_eq!((told.arrived_ms, told.order), (before.arrived_ms, before.order));
    assert_eq!(told.deadline_ms, before.arrived_ms + 90_000);
}
