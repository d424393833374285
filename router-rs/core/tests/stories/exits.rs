//! R71, R72: how waiting contacts leave without a person.

use ucc_router_core::command::{AskCallback, Enqueue, SetQueue};
use ucc_router_core::fact::{Fact, InteractionDiverted, OverflowReason};
use ucc_router_core::words::{Medium, OverflowExit, Refusal};

use crate::desk::{Desk, agent, call, chat, queue, say};

/// Queue 1 with an exit.
fn desk(config: SetQueue) -> Desk {
    let mut desk = Desk::new();
    desk.has(SetQueue { overflow_exit: Some(OverflowExit::Voicemail), answer_target_ms: 900_000, ..config });
    desk
}

/// Returns the only fact of an exit.
fn exit(facts: &[Fact]) -> InteractionDiverted {
    let mut found = facts.iter().filter_map(|fact| match fact {
        Fact::InteractionDiverted(fact) => Some(fact.clone()),
        _ => None,
    });
    let first = found.next().expect("somebody left");
    assert_eq!(found.next(), None);
    first
}

#[test]
fn r71_who_has_waited_long_leaves_by_the_exit() {
    let mut desk = desk(SetQueue { overflow_after_ms: Some(20_000), ..queue(1) });
    desk.has(call(100, 1));
    desk.has(Enqueue { is_abandonable: false, ..chat(101, 1) });
    assert_eq!(desk.pass(19_999), [""; 0]);
    let facts = desk.facts_after(1);
    let told = exit(&facts);
    assert_eq!((told.interaction, told.exit), (100, OverflowExit::Voicemail));
    assert_eq!((told.reason, told.child), (OverflowReason::Waited, None));
    assert!(facts.iter().any(|fact| fact.tag() == "overflow_missed"), "a letter waits on: {facts:?}");
    assert_eq!(desk.position(101).map(|found| found.place), Some(1));
}

#[test]
fn r71_another_queue_goes_before_the_exit() {
    let mut desk = desk(SetQueue {
        overflow_after_ms: Some(20_000),
        overflow_queue: Some(2),
        requirement: vec![(1, 1)],
        ..queue(1)
    });
    desk.has(queue(2));
    desk.has(call(100, 1));
    desk.on_queue(agent(8, &[]));
    assert_eq!(desk.pass(20_000), ["overflowed 100 to queue 2: waited", "offered 100 to 8"]);
}

#[test]
fn r71_an_unstaffed_queue_and_a_long_one_have_their_exit_too() {
    let mut desk = desk(queue(1));
    desk.has(call(100, 1));
    assert_eq!(exit(&desk.facts_after(60_000)).reason, OverflowReason::Unstaffed);
    assert_eq!(desk.has(call(101, 1)), ["queued 101", "interaction_diverted"], "from then at once");

    let mut desk = self::desk(SetQueue { overflow_length: Some(1), ..queue(1) });
    desk.has(call(100, 1));
    assert_eq!(exit(&desk.facts(call(101, 1))).reason, OverflowReason::Length);
    assert_eq!(desk.has(Enqueue { priority: 9, ..call(102, 1) }), ["queued 102"]);

    let mut desk = self::desk(SetQueue { overflow_length: Some(0), ..queue(1) });
    desk.on_queue(agent(7, &[]));
    assert_eq!(desk.has(call(100, 1)), ["queued 100", "offered 100 to 7"], "somebody is free for it");
    assert_eq!(exit(&desk.facts(call(101, 1))).interaction, 101);
}

#[test]
fn r72_a_callback_has_the_place_of_who_asked_for_it() {
    let place = |fact: &Fact| match fact {
        Fact::InteractionQueued(f) => (f.deadline_ms, f.order, f.arrived_ms),
        other => panic!("{other:?}"),
    };
    let mut desk = Desk::new();
    let before = place(&desk.facts(call(100, 1))[0]);
    desk.wait(1_000);
    desk.has(call(101, 1));
    desk.wait(1_000);
    let ask = AskCallback {
        interaction: 100,
        child: 200,
        medium: Medium::Task,
        is_dialled: false,
        not_before_ms: None,
    };
    let facts = desk.facts(ask.clone());
    assert_eq!((say(&facts[0]).as_str(), place(&facts[1])), ("interaction_diverted", before));
    assert_eq!(desk.position(200).map(|found| found.place), Some(1), "before who came later");
    assert_eq!(desk.refuses(ask), Refusal::UnknownInteraction);
    let again = AskCallback {
        interaction: 101,
        child: 200,
        medium: Medium::Task,
        is_dialled: false,
        not_before_ms: None,
    };
    assert_eq!(desk.refuses(again), Refusal::InteractionExists);
    let twice = AskCallback {
        interaction: 200,
        child: 201,
        medium: Medium::Task,
        is_dialled: false,
        not_before_ms: None,
    };
    assert_eq!(desk.refuses(twice), Refusal::NotWaiting, "a callback is nobody on the line");
    desk.on_queue(ucc_router_core::command::SetAgent { capacity: vec![(Medium::Task, 1)], ..agent(7, &[]) });
    assert_eq!(desk.accept(200, 7, 1)[1], "active 200 with 7: accepted");
}

#[test]
fn r72_it_may_be_asked_for_while_it_rings_but_not_in_hand() {
    let mut desk = Desk::with_agents(&[7]);
    desk.has(call(100, 1));
    let ask = |interaction, child| AskCallback {
        interaction,
        child,
        medium: Medium::Voice,
        is_dialled: false,
        not_before_ms: None,
    };
    assert_eq!(
        desk.has(ask(100, 200)),
        ["revoked 100 at 7: cancelled", "interaction_diverted", "queued 200", "offered 200 to 7"]
    );
    desk.accept(200, 7, 1);
    assert_eq!(desk.refuses(ask(200, 201)), Refusal::NotWaiting);
}
