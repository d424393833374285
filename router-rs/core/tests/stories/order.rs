//! R1–R12: time, order and choice.

use ucc_router_core::command::{Accept, Advance, ContactWrote, Enqueue, Park, SetQueue, Take};
use ucc_router_core::fact::Fact;
use ucc_router_core::words::{HEAD_DEADLINE_MS, Medium, Millis, Session};

use crate::desk::{Desk, START_MS, agent, call, chat, queue};

fn arrived(work: Enqueue, arrived_ms: Millis) -> Enqueue {
    Enqueue { arrived_ms, ..work }
}

#[test]
fn r1_a_clock_that_goes_back_does_not_take_the_engine_back() {
    let mut desk = Desk::with_agents(&[7]);
    desk.has(chat(100, 1));
    desk.now_ms -= 60_000;
    assert_eq!(desk.pass(0), [""; 0]);
    let facts = desk.facts(chat(101, 1));
    let Fact::InteractionQueued(queued) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(queued.arrived_ms, START_MS);
}

#[test]
fn r2_due_timers_fire_before_the_command_and_what_is_late_rings_its_full_time() {
    let mut desk = Desk::with_agents(&[7]);
    desk.has(chat(100, 1));
    desk.on_queue(agent(8, &[]));
    desk.wait(100_000);
    let facts = desk.facts(chat(101, 1));
    let told: Vec<_> = facts.iter().map(crate::desk::say).collect();
    assert_eq!(
        told,
        [
            "rang out 100 at 7",
            "requeued 100: timed_out",
            "presence 7: online on_queue, blocked",
            "offered 100 to 8",
            "sla_breached",
            "queued 101",
            "offered 101 to 8",
        ]
    );
    let Fact::InteractionOffered(offer) = &facts[3] else { panic!("{facts:?}") };
    assert_eq!(offer.expires_ms, desk.now_ms + 15_000);
}

#[test]
fn r3_a_refused_command_leaves_the_facts_of_due_timers_and_nothing_else() {
    let late = || {
        let mut desk = Desk::with_agents(&[7]);
        desk.has(chat(100, 1));
        desk.wait(15_000);
        desk
    };
    let (mut refused, mut advanced) = (late(), late());
    // The answer comes with the very end of the ringing, and the timer was first.
    let answer = Accept { interaction: 100, agent: 7, epoch: 1, is_connecting: false };
    let outcome = refused.engine.submit(refused.now_ms, &answer.into());
    assert!(outcome.refusal.is_some());
    assert_eq!(outcome.facts, advanced.facts(Advance {}));
    assert_eq!(outcome.facts.len(), 3, "rung out, back in its place, and who let it ring is blocked");
    assert_eq!(refused.engine.snapshot(), advanced.engine.snapshot());
    // A command whose last part does not fit has none of its parts.
    let before = refused.engine.snapshot();
    let wrong = SetQueue { wrap_up_ms: 0, requirement: vec![(1, 1), (2, 11)], ..queue(1) };
    assert!(refused.engine.submit(refused.now_ms, &wrong.into()).refusal.is_some());
    assert_eq!(refused.engine.snapshot(), before);
}

#[test]
fn r5_nothing_is_due_where_nothing_is_pending() {
    let mut desk = Desk::with_agents(&[7]);
    let closing = desk.engine.next_deadline();
    assert_eq!(closing, Some(START_MS * 10));
    desk.has(chat(100, 1));
    assert_eq!(desk.engine.next_deadline(), Some(START_MS + 15_000));
}

#[test]
fn r6_i4_first_in_is_first_out_and_priority_overtakes_by_its_steps_only() {
    let mut desk = Desk::new();
    desk.has(SetQueue { priority_step_ms: 10_000, ..queue(1) });
    desk.has(arrived(chat(100, 1), START_MS - 40_000));
    desk.has(arrived(chat(101, 1), START_MS - 20_000));
    desk.has(Enqueue { priority: 1, ..arrived(chat(102, 1), START_MS - 25_000) });
    desk.has(Enqueue { priority: 9, ..arrived(chat(103, 1), START_MS) });
    let mut served = Vec::new();
    for id in 1..=4 {
        let mut one = agent(id, &[]);
        one.capacity = vec![(Medium::Chat, 1)];
        desk.has(one);
        desk.session(id, ucc_router_core::words::Session::Online);
        let facts = desk.facts(ucc_router_core::command::SetStatus {
            agent: id,
            status: ucc_router_core::words::Status::OnQueue,
            reason: None,
        });
        served.extend(facts.iter().filter_map(|fact| match fact {
            Fact::InteractionOffered(offer) => Some(offer.interaction),
            _ => None,
        }));
    }
    // 103 came last and counts as 90 s earlier; 102 counts as 10 s earlier, which passes 101 but not 100.
    assert_eq!(served, [103, 100, 102, 101]);
}

#[test]
fn r6_deadlines_start_at_1_so_that_0_stays_the_head() {
    let mut desk = Desk::new();
    let facts = desk.facts(Enqueue { priority: 9, ..arrived(chat(100, 1), 5) });
    let Fact::InteractionQueued(queued) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(queued.deadline_ms, HEAD_DEADLINE_MS + 1);
}

/// Returns the place that a fact gives the work, if it gives it one.
fn place_of(fact: &Fact) -> Option<(Millis, u64)> {
    match fact {
        Fact::InteractionQueued(fact) => Some((fact.deadline_ms, fact.order)),
        Fact::InteractionRequeued(fact) => Some((fact.deadline_ms, fact.order)),
        Fact::InteractionOverflowed(fact) => Some((fact.deadline_ms, fact.order)),
        _ => None,
    }
}

#[test]
fn r7_a_place_is_kept_and_only_a_lost_agent_or_a_parked_contacts_message_gives_another() {
    let mut desk = Desk::with_agents(&[7]);
    let place = |facts: Vec<Fact>| facts.iter().find_map(place_of).expect("a place");
    let given = place(desk.facts(chat(100, 1)));
    let declined = ucc_router_core::command::Decline { interaction: 100, agent: 7, epoch: 1, reason: None };
    assert_eq!(place(desk.facts(declined)), given, "an offer that comes to nothing");
    desk.has(SetQueue { answer_target_ms: 5_000, priority_step_ms: 1, ..queue(1) });
    desk.on_queue(agent(8, &[]));
    desk.session(8, Session::Reconnecting);
    assert_eq!(place(desk.facts_after(15_000)), given, "an edited queue, and a ringing agent who is lost");
    // Overflow keeps the order; the deadline follows the other queue's target.
    desk.has(SetQueue { answer_target_ms: 90_000, ..queue(2) });
    let paused = SetQueue { is_paused: true, redirect_queue: Some(2), ..queue(1) };
    let moved = place(desk.facts(paused));
    assert_eq!(moved, (START_MS + 90_000, given.1));
    // In hand and lost: the head, still with the order of before.
    desk.session(8, Session::Online);
    desk.has(Take { interaction: 100, agent: 8 });
    desk.session(8, Session::Reconnecting);
    assert_eq!(place(desk.facts_after(90_000)), (HEAD_DEADLINE_MS, given.1));
    // A parked contact who writes has the place of the message.
    desk.session(8, Session::Online);
    desk.has(Take { interaction: 100, agent: 8 });
    desk.has(Park { interaction: 100, agent: 8 });
    desk.wait(1_000);
    let written = place(desk.facts(ContactWrote { interaction: 100, otherwise: chat(200, 1) }));
    assert_eq!(written.0, desk.now_ms + 90_000);
    assert!(written.1 > given.1);
}

#[test]
fn r8_the_requirement_is_both_each_skill_at_the_higher_level() {
    let mut desk = Desk::new();
    desk.has(SetQueue { requirement: vec![(5, 3)], ..queue(1) });
    desk.on_queue(agent(7, &[(5, 5), (6, 9)]));
    desk.has(Enqueue { requirement: vec![(5, 6)].into(), ..chat(100, 1) });
    assert_eq!(
        desk.has(Enqueue { requirement: vec![(6, 9), (5, 1)].into(), ..chat(101, 1) })[1],
        "offered 101 to 7"
    );
    assert_eq!(desk.position(100).map(|found| found.place), Some(1));
}

#[test]
fn r9_i1_units_are_kept_and_voice_is_exclusive() {
    let mut desk = Desk::with_agents(&[7]);
    for id in 100..103 {
        assert_eq!(desk.has(chat(id, 1)).len(), 2, "three chats fit");
    }
    assert_eq!(desk.has(chat(103, 1)), ["queued 103"]);
    assert_eq!(desk.has(call(104, 1)), ["queued 104"], "no call beside chats");
    let mut desk = Desk::with_agents(&[7]);
    assert_eq!(desk.has(call(100, 1)).len(), 2);
    assert_eq!(desk.has(chat(101, 1)), ["queued 101"], "no chat beside a call");
}

#[test]
fn r9_a_profile_without_exclusive_voice_takes_chats_beside_a_call() {
    let mut desk = Desk::new();
    let mut mixed = agent(7, &[]);
    mixed.voice_exclusive = false;
    desk.on_queue(mixed);
    assert_eq!(desk.has(call(100, 1)).len(), 2);
    assert_eq!(desk.has(chat(101, 1)).len(), 2);
}

#[test]
fn r10_who_is_excluded_gets_other_work_and_others_get_this() {
    let mut desk = Desk::with_agents(&[7]);
    desk.has(chat(100, 1));
    desk.decline(100, 7, 1);
    desk.wait(1_000);
    assert_eq!(desk.has(chat(101, 1)), ["queued 101", "offered 101 to 7"], "the one that waits longer stays");
    desk.has(agent(8, &[]));
    desk.session(8, Session::Online);
    let on_queue = ucc_router_core::command::SetStatus {
        agent: 8,
        status: ucc_router_core::words::Status::OnQueue,
        reason: None,
    };
    assert_eq!(desk.has(on_queue), ["presence 8: online on_queue", "offered 100 to 8"]);
}

#[test]
fn r11_highest_levels_then_least_load_then_longest_idle_then_lowest_id() {
    let mut desk = Desk::new();
    desk.has(SetQueue { requirement: vec![(5, 1)], ..queue(1) });
    for (id, level) in [(9, 4), (8, 4), (7, 9)] {
        desk.on_queue(agent(id, &[(5, level)]));
        desk.wait(1_000);
    }
    let offered = |facts: Vec<String>| facts.last().expect("an offer").clone();
    assert_eq!(offered(desk.has(chat(100, 1))), "offered 100 to 7", "the best");
    assert_eq!(offered(desk.has(chat(101, 1))), "offered 101 to 7", "the best as long as units are free");
    desk.has(chat(102, 1));
    assert_eq!(offered(desk.has(chat(103, 1))), "offered 103 to 9", "idle longer than 8");
    assert_eq!(offered(desk.has(chat(104, 1))), "offered 104 to 8", "less loaded than 9");
    let mut desk = Desk::with_agents(&[8, 7]);
    assert_eq!(offered(desk.has(chat(100, 1))), "offered 100 to 7", "the lowest id of equals");
}

#[test]
fn r12_i3_a_freed_agent_gets_the_oldest_in_the_same_event() {
    let mut desk = Desk::with_agents(&[7]);
    desk.in_hand(call(100, 1), 7);
    desk.has(call(101, 1));
    desk.wait(1_000);
    desk.has(call(102, 1));
    assert_eq!(desk.end(100, 7), ["wrapping 100: ended"]);
    assert_eq!(
        desk.has(ucc_router_core::command::Complete { interaction: 100, agent: 7 }),
        ["closed 100: completed", "offered 101 to 7"]
    );
    assert_eq!(desk.has(Advance {}), [""; 0]);
}
