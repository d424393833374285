//! R40–R46: hours, overflow, limits, live edits, estimates.

use ucc_router_core::command::{Enqueue, RemoveQueue, SetAgent, SetQueue};
use ucc_router_core::words::{Refusal, Session};

use crate::desk::{ALWAYS, Desk, START_MS, agent, chat, queue};

#[test]
fn r40_a_closed_queue_keeps_its_work_and_offers_it_in_order_at_opening() {
    let mut desk = Desk::new();
    desk.has(SetQueue { open: vec![(START_MS + 60_000, START_MS + 90_000)], ..queue(1) });
    desk.on_queue(agent(7, &[]));
    desk.has(Enqueue { arrived_ms: START_MS, ..chat(101, 1) });
    desk.has(Enqueue { arrived_ms: START_MS - 1, ..chat(100, 1) });
    assert_eq!(desk.engine.next_deadline(), Some(START_MS + 60_000));
    assert_eq!(desk.pass(60_000), ["queue_opened", "offered 100 to 7", "offered 101 to 7"]);
    desk.accept(100, 7, 1);
    desk.accept(101, 7, 1);
    assert_eq!(desk.pass(30_000), ["queue_closed"], "work in hand goes on");
    assert_eq!(desk.has(chat(102, 1)), ["queued 102"]);
}

#[test]
fn r41_a_cycle_of_overflow_queues_is_refused() {
    let mut desk = Desk::new();
    let onto = |id, next| SetQueue { overflow_queue: Some(next), ..queue(id) };
    desk.has(onto(1, 2));
    desk.has(onto(2, 3));
    assert_eq!(desk.refuses(onto(3, 1)), Refusal::OverflowCycle);
    assert_eq!(desk.refuses(onto(4, 4)), Refusal::OverflowCycle);
    desk.has(onto(3, 4));
}

/// Queue 1 asks for skill 1 and overflows to queue 2, which asks for nothing.
fn overflowing(after_ms: Option<i64>) -> Desk {
    let mut desk = Desk::new();
    desk.has(queue(2));
    desk.has(SetQueue {
        requirement: vec![(1, 1)],
        overflow_after_ms: after_ms,
        overflow_queue: Some(2),
        answer_target_ms: 900_000,
        ..queue(1)
    });
    desk
}

#[test]
fn r42_work_that_waited_long_overflows_with_its_arrival() {
    let mut desk = overflowing(Some(20_000));
    desk.on_queue(agent(7, &[(1, 1)]));
    desk.in_hand(crate::desk::call(99, 1), 7);
    desk.has(chat(100, 1));
    desk.on_queue(agent(8, &[]));
    assert_eq!(desk.pass(19_999), [""; 0]);
    assert_eq!(desk.pass(1), ["overflowed 100 to queue 2: waited", "offered 100 to 8"]);
}

#[test]
fn r42_overflow_that_is_not_possible_happens_once_it_is() {
    let mut desk = overflowing(Some(20_000));
    desk.on_queue(agent(7, &[(1, 1)]));
    desk.in_hand(crate::desk::call(99, 1), 7);
    desk.has(chat(100, 1));
    desk.off_queue(7);
    assert_eq!(desk.pass(20_000), ["overflow_missed"]);
    desk.has(agent(8, &[]));
    desk.session(8, Session::Online);
    assert_eq!(
        desk.has(ucc_router_core::command::SetStatus {
            agent: 8,
            status: ucc_router_core::words::Status::OnQueue,
            reason: None
        }),
        ["presence 8: online on_queue", "overflowed 100 to queue 2: waited", "offered 100 to 8"]
    );
}

#[test]
fn r43_an_unstaffed_queue_overflows_after_its_time_and_from_then_at_once() {
    let mut desk = overflowing(None);
    desk.on_queue(agent(7, &[(1, 1)]));
    desk.on_queue(agent(8, &[]));
    desk.session(7, Session::Offline);
    assert_eq!(desk.has(chat(100, 1)), ["queued 100"], "busy or gone for a moment is not unstaffed");
    assert_eq!(
        desk.pass(60_000),
        ["queue_unstaffed", "overflowed 100 to queue 2: unstaffed", "offered 100 to 8"]
    );
    assert_eq!(
        desk.has(chat(101, 1)),
        ["queued 101", "overflowed 101 to queue 2: unstaffed", "offered 101 to 8"]
    );
    desk.session(7, Session::Online);
    assert_eq!(desk.has(chat(102, 1)), ["queued 102", "offered 102 to 7"], "staffed again");
}

#[test]
fn r43_opening_gives_the_staff_their_time_to_come() {
    let mut desk = overflowing(None);
    desk.on_queue(agent(8, &[]));
    let open = vec![(START_MS + 3_600_000, START_MS + 7_200_000)];
    desk.has(SetQueue {
        requirement: vec![(1, 1)],
        overflow_queue: Some(2),
        answer_target_ms: 900_000,
        open,
        ..queue(1)
    });
    desk.has(chat(100, 1));
    assert_eq!(desk.pass(3_600_000), ["queue_opened"]);
    assert_eq!(desk.engine.next_deadline(), Some(desk.now_ms + 60_000));
}

#[test]
fn r44_a_full_queue_refuses_all_but_the_highest_priority() {
    let mut desk = Desk::new();
    desk.has(SetQueue { waiting_max: 1, ..queue(1) });
    desk.has(chat(100, 1));
    assert_eq!(desk.refuses(chat(101, 1)), Refusal::QueueFull);
    desk.has(Enqueue { priority: 9, ..chat(102, 1) });
    assert_eq!(desk.refuses(chat(100, 1)), Refusal::QueueFull);
    assert_eq!(desk.refuses(chat(100, 3)), Refusal::UnknownQueue);
}

#[test]
fn r45_edits_keep_places_and_take_effect_at_once() {
    let mut desk = Desk::new();
    desk.has(SetQueue { requirement: vec![(1, 9)], ..queue(1) });
    desk.on_queue(agent(7, &[(1, 5)]));
    desk.has(chat(100, 1));
    desk.wait(1_000);
    desk.has(chat(101, 1));
    assert_eq!(
        desk.has(SetQueue { requirement: vec![(1, 5)], ..queue(1) }),
        ["queue_set", "offered 100 to 7", "offered 101 to 7"]
    );
    desk.decline(101, 7, 1);
    desk.has(SetQueue { requirement: vec![(1, 9)], ..queue(1) });
    let better = SetAgent { skills: vec![(1, 9)], ..agent(8, &[]) };
    desk.on_queue(better);
    assert_eq!(desk.position(101).map(|found| found.place), Some(0), "rings at 8");
}

#[test]
fn r45_a_queue_with_work_is_not_removed() {
    let mut desk = Desk::with_agents(&[7]);
    desk.in_hand(chat(100, 1), 7);
    assert_eq!(desk.refuses(RemoveQueue { queue: 1 }), Refusal::QueueNotEmpty);
    assert_eq!(desk.refuses(RemoveQueue { queue: 2 }), Refusal::UnknownQueue);
    desk.end(100, 7);
    desk.pass(60_000);
    desk.has(RemoveQueue { queue: 1 });
    assert_eq!(desk.engine.next_deadline(), None);
}

#[test]
fn r45_policies_out_of_their_limits_are_refused() {
    let mut desk = Desk::new();
    assert_eq!(desk.refuses(SetQueue { offer_ms: 0, ..queue(1) }), Refusal::BadValue);
    assert_eq!(desk.refuses(SetQueue { wrap_up_ms: -1, ..queue(1) }), Refusal::BadValue);
    assert_eq!(desk.refuses(SetQueue { requirement: vec![(1, 11)], ..queue(1) }), Refusal::BadRequirement);
    assert_eq!(
        desk.refuses(SetQueue { requirement: vec![(1, 1), (1, 2)], ..queue(1) }),
        Refusal::BadRequirement
    );
    assert_eq!(desk.refuses(SetQueue { open: vec![(5, 5)], ..queue(1) }), Refusal::BadInterval);
    assert_eq!(desk.refuses(SetQueue { open: vec![ALWAYS, (5, 6)], ..queue(1) }), Refusal::BadInterval);
    assert_eq!(desk.refuses(Enqueue { priority: 10, ..chat(100, 1) }), Refusal::BadValue);
    assert_eq!(desk.refuses(Enqueue { units: 0, ..chat(100, 1) }), Refusal::BadValue);
}

#[test]
fn r46_the_estimate_is_an_interval_and_silent_where_little_is_known() {
    let mut desk = Desk::new();
    desk.has(SetQueue { wrap_up_ms: 0, ..queue(1) });
    desk.on_queue(SetAgent { capacity: vec![(ucc_router_core::words::Medium::Chat, 1)], ..agent(7, &[]) });
    for id in 100..120 {
        desk.has(chat(id, 1));
    }
    let unknown = desk.position(110).expect("it waits");
    assert_eq!((unknown.place, unknown.waiting, unknown.estimate_ms), (10, 19, None));
    // One chat a minute is answered.
    for id in 100..110 {
        desk.accept(id, 7, 1);
        desk.wait(60_000);
        desk.end(id, 7);
    }
    let estimate = |id| {
        let found = desk.position(id).expect("it waits");
        (found.place, found.estimate_ms)
    };
    assert_eq!(estimate(110), (0, Some((0, 0))), "it rings now");
    let (place, Some((low_ms, high_ms))) = estimate(113) else { panic!("a known estimate") };
    assert_eq!(place, 3);
    assert!(low_ms < 180_000 && 180_000 < high_ms, "{low_ms}–{high_ms} is about three minutes");
    assert!(high_ms < 600_000, "{low_ms}–{high_ms} says something");
    let figures = desk.engine.queue_figures(1).expect("known");
    assert_eq!((figures.waiting, figures.longest_waited_since_ms), (9, Some(START_MS)));
    assert_eq!((figures.staffed, figures.on_queue, figures.free, figures.is_open), (1, 1, 0, true));
    desk.has(ucc_router_core::command::Decline { interaction: 110, agent: 7, epoch: 1, reason: None });
    desk.off_queue(7);
    desk.pass(15_000);
    assert_eq!(desk.position(113).map(|found| found.estimate_ms), Some(None), "nobody is there");
}

#[test]
fn r46_answers_of_half_an_hour_ago_say_nothing_about_now() {
    let mut desk = Desk::new();
    desk.has(SetQueue { wrap_up_ms: 0, auto_accept: true, ..queue(1) });
    desk.on_queue(SetAgent { capacity: vec![(ucc_router_core::words::Medium::Chat, 1)], ..agent(7, &[]) });
    for id in 100..110 {
        desk.has(chat(id, 1));
    }
    for id in 100..107 {
        desk.wait(60_000);
        desk.end(id, 7);
    }
    // The last of them takes long. Nothing else happens: who asks is told by the time of the question.
    let is_told = |desk: &Desk| desk.position(109).expect("it waits").estimate_ms.is_some();
    desk.wait(1_800_000);
    assert!(is_told(&desk));
    desk.wait(1);
    assert!(!is_told(&desk));
}

#[test]
fn r59_a_long_queue_sends_on_what_comes_and_keeps_whom_it_must() {
    let mut desk = Desk::new();
    desk.has(SetQueue { overflow_queue: Some(2), overflow_length: Some(1), ..queue(1) });
    desk.has(SetQueue { requirement: vec![(5, 1)], ..queue(2) });
    desk.has(chat(100, 1));
    assert_eq!(desk.has(chat(101, 1)), ["queued 101"], "nobody staffs the other queue");
    desk.on_queue(SetAgent { capacity: Vec::new(), ..agent(9, &[(5, 1)]) });
    assert_eq!(desk.has(chat(102, 1)), ["queued 102", "overflowed 102 to queue 2: length"]);
    assert_eq!(desk.has(Enqueue { priority: 9, ..chat(103, 1) }), ["queued 103"]);
    assert_eq!(desk.position(101).map(|found| found.place), Some(3), "103 passed it by priority");
}

#[test]
fn r61_a_paused_queue_offers_nothing_and_goes_on_where_it_stopped() {
    let mut desk = Desk::with_agents(&[7]);
    desk.has(chat(100, 1));
    assert_eq!(desk.has(SetQueue { is_paused: true, ..queue(1) }), ["queue_set"]);
    assert_eq!(desk.has(chat(101, 1)), ["queued 101"]);
    assert_eq!(desk.accept(100, 7, 1).len(), 2, "what rings may be taken");
    assert_eq!(desk.has(queue(1)), ["queue_set", "offered 101 to 7"]);
}

#[test]
fn r61_a_paused_queue_with_a_redirect_sends_its_work_there_in_order() {
    let mut desk = Desk::new();
    desk.has(SetQueue { requirement: vec![(5, 1)], ..queue(2) });
    desk.has(chat(100, 1));
    desk.has(chat(101, 1));
    desk.on_queue(SetAgent {
        capacity: vec![(ucc_router_core::words::Medium::Chat, 1)],
        ..agent(7, &[(5, 1)])
    });
    desk.accept(100, 7, 1);
    let paused = SetQueue { is_paused: true, redirect_queue: Some(2), ..queue(1) };
    assert_eq!(desk.has(paused.clone()), ["queue_set", "overflowed 101 to queue 2: redirected"]);
    assert_eq!(desk.has(chat(102, 1)), ["queued 102", "overflowed 102 to queue 2: redirected"]);
    assert_eq!(desk.refuses_at(SetQueue { redirect_queue: Some(1), ..paused }).1.path, "redirect_queue");
}
