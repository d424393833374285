//! R50–R54: the order of a queue, the choice of an agent, reserves, and who would get it.

use ucc_router_core::Verdict;
use ucc_router_core::command::{ClearBlock, Enqueue, SetAgent, SetQueue};
use ucc_router_core::fact::{Fact, OfferRule};
use ucc_router_core::words::{AgentChoice, AgentId, InteractionId, Medium, QueueOrder, Refusal, Session};

use crate::desk::{Desk, agent, call, chat, queue};

/// Returns an agent with these units of chat and nothing else.
fn one(id: AgentId, units: u32) -> SetAgent {
    SetAgent { capacity: vec![(Medium::Chat, units)], ..agent(id, &[]) }
}

/// Returns whom this work is offered to.
fn offered(desk: &mut Desk, work: Enqueue) -> Option<AgentId> {
    desk.facts(work).iter().find_map(|fact| match fact {
        Fact::InteractionOffered(offer) => Some(offer.agent),
        _ => None,
    })
}

/// Lets agent 7 with one unit serve everything and returns the order it comes in.
fn served(desk: &mut Desk, count: usize) -> Vec<InteractionId> {
    let mut next = desk.engine.next_deadline();
    let mut order = Vec::new();
    desk.on_queue(one(7, 1));
    while order.len() < count {
        let ringing: Vec<_> =
            (100..200).filter(|&work| desk.position(work).is_some_and(|found| found.place == 0)).collect();
        let [work] = ringing[..] else { panic!("{ringing:?} ring, {next:?}") };
        order.push(work);
        desk.accept(work, 7, 1);
        desk.end(work, 7);
        next = desk.engine.next_deadline();
        if order.len() < count {
            desk.has(ucc_router_core::command::Complete { interaction: work, agent: 7 });
        }
    }
    order
}

#[test]
fn r50_strict_priority_goes_before_everything_however_late_it_comes() {
    let mut desk = Desk::new();
    desk.has(SetQueue { order_by: QueueOrder::StrictPriority, ..queue(1) });
    desk.has(queue(2));
    desk.has(chat(100, 1));
    desk.has(chat(101, 2));
    desk.wait(24 * 3_600_000);
    desk.has(Enqueue { priority: 1, ..chat(102, 1) });
    desk.has(Enqueue { priority: 2, ..chat(103, 1) });
    desk.has(chat(104, 1));
    assert_eq!(served(&mut desk, 5), [103, 102, 100, 101, 104]);
}

#[test]
fn r50_work_of_a_lost_agent_goes_to_the_head_of_a_strict_queue() {
    let mut desk = Desk::new();
    desk.has(SetQueue { order_by: QueueOrder::StrictPriority, ..queue(1) });
    desk.on_queue(one(7, 1));
    desk.in_hand(chat(100, 1), 7);
    desk.has(Enqueue { priority: 9, ..chat(101, 1) });
    desk.has(ucc_router_core::command::SetSession { agent: 7, session: Session::Offline, is_forced: true });
    assert_eq!(desk.position(100).map(|found| found.place), Some(1));
}

#[test]
fn r51_queues_are_served_by_their_shares_while_both_have_more_than_their_share() {
    let mut desk = Desk::new();
    let share = |id, share_per_hour| SetQueue { order_by: QueueOrder::Share, share_per_hour, ..queue(id) };
    desk.has(share(1, 300));
    desk.has(share(2, 100));
    for at in 0..20 {
        desk.has(chat(100 + at, 1));
        desk.has(chat(150 + at, 2));
    }
    let order = served(&mut desk, 16);
    let of_one = order.iter().filter(|&&work| work < 150).count();
    assert_eq!((of_one, order.len() - of_one), (12, 4), "three to one: {order:?}");
}

#[test]
fn r51_a_queue_alone_owes_nothing_for_what_nobody_else_needed() {
    let mut desk = Desk::new();
    let share = |id| SetQueue { order_by: QueueOrder::Share, share_per_hour: 60, ..queue(id) };
    desk.has(share(1));
    desk.has(share(2));
    desk.on_queue(one(7, 50));
    for at in 0..20 {
        assert_eq!(offered(&mut desk, chat(100 + at, 1)), Some(7));
    }
    desk.off_queue(7);
    desk.has(chat(120, 1));
    desk.wait(1_000);
    desk.has(chat(121, 2));
    assert_eq!(desk.position(120).map(|found| found.place), Some(1));
    let facts = desk.facts(chat(122, 1));
    let Fact::InteractionQueued(queued) = &facts[0] else { panic!("{facts:?}") };
    // 120 came alone a second ago and used up to a minute after; 122 comes a minute behind it.
    assert_eq!(queued.deadline_ms, desk.now_ms - 1_000 + 120_000);
}

#[test]
fn r52_each_choice_takes_whom_it_says() {
    // Agents 7, 8 and 9 become free in this order, with levels 4, 9 and 2.
    let table = [
        (AgentChoice::MostSkilled, OfferRule::BestLevelThenLongestIdle, [8, 8, 8]),
        (AgentChoice::LeastSkilled, OfferRule::LeastSkilled, [9, 9, 9]),
        (AgentChoice::LongestIdle, OfferRule::LongestIdle, [7, 8, 9]),
        (AgentChoice::RoundRobin, OfferRule::RoundRobin, [7, 8, 9]),
        (AgentChoice::LeastOccupied, OfferRule::LeastOccupied, [7, 8, 9]),
        (AgentChoice::Weighted, OfferRule::Weighted, [7, 8, 9]),
    ];
    for (agent_choice, rule, expected) in table {
        let mut desk = Desk::new();
        desk.has(SetQueue { requirement: vec![(5, 1)], agent_choice, ..queue(1) });
        for (id, level) in [(7, 4), (8, 9), (9, 2)] {
            desk.on_queue(agent(id, &[(5, level)]));
            desk.wait(1_000);
        }
        let facts = desk.facts(chat(100, 1));
        let Fact::InteractionOffered(offer) = &facts[1] else { panic!("{facts:?}") };
        assert_eq!(offer.why.rule, rule);
        let second = offered(&mut desk, chat(101, 1));
        let third = offered(&mut desk, chat(102, 1));
        assert_eq!([Some(offer.agent), second, third], expected.map(Some), "{agent_choice:?}");
    }
}

#[test]
fn r52_least_occupied_counts_shares_of_units_and_not_units() {
    let mut desk = Desk::new();
    desk.has(SetQueue { agent_choice: AgentChoice::LeastOccupied, ..queue(1) });
    desk.on_queue(one(7, 2));
    desk.wait(1_000);
    desk.on_queue(one(8, 6));
    let all: Vec<_> = (100..108).filter_map(|work| offered(&mut desk, chat(work, 1))).collect();
    assert_eq!(all, [7, 8, 8, 8, 7, 8, 8, 8]);
}

#[test]
fn r52_weights_give_turns_and_who_was_away_does_not_catch_up() {
    let mut desk = Desk::new();
    desk.has(SetQueue { agent_choice: AgentChoice::Weighted, ..queue(1) });
    desk.on_queue(SetAgent { weight: 3, ..one(7, 100) });
    desk.on_queue(one(8, 100));
    let all: Vec<_> = (100..116).filter_map(|work| offered(&mut desk, chat(work, 1))).collect();
    assert_eq!(all.iter().filter(|&&agent| agent == 7).count(), 12, "three to one: {all:?}");
    desk.on_queue(one(9, 100));
    let all: Vec<_> = (120..130).filter_map(|work| offered(&mut desk, chat(work, 1))).collect();
    assert_eq!(all.iter().filter(|&&agent| agent == 9).count(), 2, "{all:?}");
}

#[test]
fn r53_i3_a_reserve_is_kept_from_others_work_and_is_there_for_its_own() {
    let mut desk = Desk::new();
    desk.has(SetQueue { requirement: vec![(5, 1)], reserve: 1, ..queue(2) });
    for id in [7, 8] {
        desk.on_queue(SetAgent { skills: vec![(5, 5)], ..one(id, 1) });
    }
    assert_eq!(offered(&mut desk, chat(100, 1)), Some(7));
    assert_eq!(offered(&mut desk, chat(101, 1)), None, "the last who speaks it is kept");
    assert_eq!(offered(&mut desk, Enqueue { priority: 9, ..chat(102, 1) }), Some(8), "a VIP may use it");
    desk.decline(102, 8, 1);
    assert_eq!(offered(&mut desk, chat(103, 2)), Some(8));
    // Two are free again: whoever freed is not the one who must look.
    desk.accept(100, 7, 1);
    desk.decline(103, 8, 1);
    desk.end(100, 7);
    let told = desk.has(ucc_router_core::command::Complete { interaction: 100, agent: 7 });
    assert_eq!(told, ["closed 100: completed", "offered 102 to 7", "offered 103 to 8"][..2].to_vec());
}

#[test]
fn r53_a_smaller_reserve_gives_work_to_those_it_kept() {
    let mut desk = Desk::new();
    let own = SetQueue { requirement: vec![(5, 1)], reserve: 3, ..queue(2) };
    desk.has(own.clone());
    desk.on_queue(SetAgent { skills: vec![(5, 5)], ..one(7, 1) });
    assert_eq!(offered(&mut desk, chat(100, 1)), None);
    assert_eq!(desk.has(SetQueue { reserve: 0, ..own }), ["queue_set", "offered 100 to 7"]);
}

#[test]
fn r54_who_would_get_it_says_what_comes_and_changes_nothing() {
    let mut desk = Desk::with_agents(&[7, 8, 9, 10, 11, 12]);
    desk.has(SetQueue { requirement: vec![(5, 1)], reserve: 1, ..queue(2) });
    desk.on_queue(agent(13, &[(5, 1)]));
    desk.off_queue(8);
    desk.session(9, Session::Offline);
    desk.session(10, Session::Reconnecting);
    desk.has(Enqueue { preferred_agent: Some(11), ..call(100, 1) });
    desk.has(Enqueue { preferred_agent: Some(12), ..call(101, 1) });
    desk.pass(15_000);
    desk.has(ClearBlock { agent: 12 });
    let before = desk.engine.snapshot();
    let prospect = desk.engine.who_would_get(&chat(102, 1)).expect("it would queue");
    assert_eq!(desk.engine.snapshot(), before);
    assert_eq!(
        prospect.agents,
        [
            (12, Verdict::Eligible),
            (7, Verdict::NoUnits),
            (8, Verdict::OffQueue),
            (9, Verdict::Offline),
            (10, Verdict::Reconnecting),
            (11, Verdict::Blocked),
            (13, Verdict::Reserved),
        ]
    );
    assert_eq!((prospect.agent, prospect.rule), (Some(12), Some(OfferRule::BestLevelThenLongestIdle)));
    assert_eq!(offered(&mut desk, chat(102, 1)), Some(12));
    let skilled = desk.engine.who_would_get(&chat(103, 2)).expect("it would queue");
    assert_eq!(skilled.agents[0], (13, Verdict::Eligible));
    assert!(skilled.agents[1..].iter().all(|&(_, verdict)| verdict == Verdict::NotMet));
    let refused = desk.engine.who_would_get(&chat(103, 9)).expect_err("no such queue");
    assert_eq!(refused.refusal, Refusal::UnknownQueue);
}

#[test]
fn r54_who_would_get_it_counts_what_waits_before() {
    let mut desk = Desk::new();
    let ahead = |desk: &Desk, work| desk.engine.who_would_get(&work).expect("it would queue").ahead;
    assert_eq!(ahead(&desk, chat(100, 1)), 0);
    for interaction in 100..103 {
        desk.has(chat(interaction, 1));
        desk.wait(1_000);
    }
    assert_eq!(ahead(&desk, chat(103, 1)), 3);
    assert_eq!(ahead(&desk, Enqueue { priority: 9, ..chat(103, 1) }), 0, "it would pass them all");
}
