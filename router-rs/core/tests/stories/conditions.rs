//! R47–R49: conditions, relaxation, and what is refused by its path.

use ucc_router_core::command::{
    Complete, Enqueue, ExtendWrapUp, Relaxation, RemoveQueue, SetAgent, SetQueue, TransferToAgent,
    TransferToQueue,
};
use ucc_router_core::condition::{AllOf, AnyOf, Condition, HasSkill, NotSo, OneOfAgents, OneOfTeams};
use ucc_router_core::fact::Fact;
use ucc_router_core::rare::Rare;
use ucc_router_core::words::{Fault, Millis, Refusal, SkillId};

use crate::desk::{Desk, agent, chat, queue};

fn has(skill: SkillId, level: u8) -> Condition {
    HasSkill { skill, level }.into()
}

fn any(of: &[Condition]) -> Condition {
    AnyOf { of: of.to_vec() }.into()
}

fn all(of: &[Condition]) -> Condition {
    AllOf { of: of.to_vec() }.into()
}

fn not(of: Condition) -> Condition {
    NotSo { of: Box::new(of) }.into()
}

fn after(after_ms: Millis) -> Relaxation {
    Relaxation { after_ms, requirement: Vec::new(), condition: None, lower_by: 0 }
}

fn asking(condition: Condition) -> Enqueue {
    Enqueue { condition: Some(condition), ..chat(100, 1) }
}

fn fault(path: &str, found: &str, allowed: &str) -> Fault {
    Fault::new(path, found, allowed)
}

#[test]
fn r47_any_all_and_not_decide_who_is_eligible() {
    let table: [(Condition, Option<u64>); 6] = [
        (any(&[has(5, 9), has(6, 1)]), Some(8)),
        (all(&[has(5, 1), has(6, 1)]), Some(9)),
        (all(&[has(6, 1), not(has(5, 1))]), Some(8)),
        (all(&[has(5, 1), not(OneOfAgents { agents: vec![7, 9] }.into())]), None),
        (OneOfAgents { agents: vec![9] }.into(), Some(9)),
        (OneOfTeams { teams: vec![3] }.into(), Some(7)),
    ];
    for (condition, expected) in table {
        let mut desk = Desk::new();
        desk.on_queue(SetAgent { teams: vec![3], ..agent(7, &[(5, 4)]) });
        desk.on_queue(SetAgent { teams: vec![4], ..agent(8, &[(6, 2)]) });
        desk.on_queue(agent(9, &[(5, 3), (6, 1)]));
        let facts = desk.facts(asking(condition.clone()));
        let offered = facts.iter().find_map(|fact| match fact {
            Fact::InteractionOffered(offer) => Some((offer.agent, offer.why.conditions.clone())),
            _ => None,
        });
        assert_eq!(offered, expected.map(|agent| (agent, Rare::new(vec![condition]))));
    }
}

#[test]
fn r47_any_of_several_counts_the_best_and_all_of_them_the_sum() {
    let first = |condition: Condition| {
        let mut desk = Desk::new();
        desk.on_queue(agent(7, &[(5, 9), (6, 1)]));
        desk.on_queue(agent(8, &[(5, 6), (6, 6)]));
        desk.has(asking(condition))[1].clone()
    };
    let parts = [has(5, 1), has(6, 1)];
    assert_eq!(first(any(&parts)), "offered 100 to 7", "9 against 6");
    assert_eq!(first(all(&parts)), "offered 100 to 8", "10 against 12");
}

#[test]
fn r47_the_queues_condition_and_the_works_own_both_hold() {
    let mut desk = Desk::new();
    desk.has(SetQueue { condition: Some(OneOfTeams { teams: vec![1] }.into()), ..queue(1) });
    desk.on_queue(agent(7, &[(5, 9)]));
    desk.on_queue(SetAgent { teams: vec![1], ..agent(8, &[]) });
    desk.on_queue(SetAgent { teams: vec![1], ..agent(9, &[(5, 2)]) });
    assert_eq!(desk.has(asking(has(5, 1)))[1], "offered 100 to 9");
}

#[test]
fn r47_r11_a_condition_counts_all_by_the_sum_and_any_by_the_best() {
    let mut desk = Desk::new();
    desk.on_queue(agent(7, &[(5, 6)]));
    desk.on_queue(agent(8, &[(6, 7)]));
    desk.on_queue(agent(9, &[(5, 3), (6, 3)]));
    assert_eq!(desk.has(asking(any(&[has(5, 1), has(6, 1)])))[1], "offered 100 to 8");
    desk.on_queue(agent(10, &[(5, 2), (6, 9)]));
    let both = all(&[has(5, 1), has(6, 1)]);
    assert_eq!(desk.has(Enqueue { condition: Some(both), ..chat(101, 1) })[1], "offered 101 to 10");
}

#[test]
fn r48_after_its_time_a_wider_ring_is_asked_in_the_event_that_opens_it() {
    let mut desk = Desk::new();
    let team = |team| Some(OneOfTeams { teams: vec![team] }.into());
    let rings = vec![
        Relaxation { condition: team(2), ..after(20_000) },
        Relaxation { requirement: vec![(5, 1)], ..after(30_000) },
    ];
    desk.has(SetQueue { condition: team(1), relaxation: rings, ..queue(1) });
    desk.on_queue(SetAgent { teams: vec![2], ..agent(7, &[]) });
    assert_eq!(desk.has(chat(100, 1)), ["queued 100"]);
    assert_eq!(desk.pass(19_999), [""; 0]);
    assert_eq!(desk.engine.next_deadline(), Some(desk.now_ms + 1));
    let facts = desk.facts_after(1);
    let Fact::RequirementRelaxed(relaxed) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((relaxed.step, relaxed.relax_at_ms), (1, Some(desk.now_ms + 10_000)));
    let Fact::InteractionOffered(offer) = &facts[1] else { panic!("{facts:?}") };
    assert_eq!((offer.agent, offer.why.step), (7, 1));
}

#[test]
fn r48_i4_relaxed_work_keeps_its_place() {
    let mut desk = Desk::new();
    let relaxation = vec![Relaxation { lower_by: 4, ..after(20_000) }];
    desk.has(SetQueue { relaxation, ..queue(1) });
    let expert = |work: Enqueue| Enqueue { requirement: vec![(5, 6)].into(), ..work };
    desk.has(expert(chat(100, 1)));
    desk.wait(5_000);
    desk.has(expert(chat(101, 1)));
    desk.pass(30_000);
    let mut one = agent(7, &[(5, 2)]);
    one.capacity = vec![(ucc_router_core::words::Medium::Chat, 1)];
    desk.on_queue(one);
    assert_eq!(desk.position(101).map(|found| found.place), Some(1), "100 rings, 101 is next");
    assert_eq!(desk.decline(100, 7, 1).last().expect("an offer"), "offered 101 to 7");
    assert_eq!(desk.position(100).map(|found| found.place), Some(1), "back before what came later");
}

#[test]
fn r48_a_step_asks_what_the_policy_of_its_moment_says_also_of_a_queue_made_anew() {
    let mut desk = Desk::new();
    let asks_then = |skill| {
        let relaxation = vec![Relaxation { requirement: vec![(skill, 1)], ..after(20_000) }];
        SetQueue { requirement: vec![(4, 1)], relaxation, ..queue(1) }
    };
    desk.on_queue(agent(7, &[(5, 1)]));
    desk.on_queue(agent(8, &[(6, 1)]));
    desk.on_queue(agent(9, &[(7, 1)]));
    for (interaction, skill, agent) in [(100, 5, 7), (101, 6, 8)] {
        desk.has(asks_then(skill));
        desk.has(chat(interaction, 1));
        assert_eq!(desk.pass(20_000).last(), Some(&format!("offered {interaction} to {agent}")));
        desk.accept(interaction, agent, 1);
        desk.end(interaction, agent);
        desk.has(Complete { interaction, agent });
    }
    desk.has(RemoveQueue { queue: 1 });
    desk.has(asks_then(7));
    desk.has(chat(102, 1));
    assert_eq!(desk.pass(20_000).last(), Some(&"offered 102 to 9".to_owned()));
}

#[test]
fn r48_relaxation_counts_open_time_and_starts_anew_in_another_queue() {
    let mut desk = Desk::new();
    let open = vec![(0, desk.now_ms + 10_000), (desk.now_ms + 60_000, desk.now_ms + 900_000)];
    desk.has(SetQueue { relaxation: vec![after(20_000)], open, requirement: vec![(5, 1)], ..queue(1) });
    desk.has(SetQueue { relaxation: vec![after(5_000)], requirement: vec![(6, 1)], ..queue(2) });
    let facts = desk.facts(chat(100, 1));
    let Fact::InteractionQueued(queued) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(queued.relax_at_ms, Some(desk.now_ms + 70_000));
    desk.on_queue(agent(7, &[(5, 1)]));
    desk.accept(100, 7, 1);
    let facts = desk.facts(TransferToQueue {
        interaction: 100,
        agent: 7,
        child: 101,
        queue: 2,
        requirement: Vec::new(),
    });
    let Fact::InteractionQueued(queued) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(queued.relax_at_ms, Some(desk.now_ms + 5_000));
}

#[test]
fn r48_r45_a_changed_policy_puts_those_steps_in_force_whose_time_has_come() {
    let mut desk = Desk::new();
    desk.on_queue(agent(7, &[(5, 2)]));
    desk.has(SetQueue { requirement: vec![(5, 9)], ..queue(1) });
    desk.has(chat(100, 1));
    desk.pass(10_000);
    let relaxation = vec![Relaxation { requirement: vec![(5, 2)], ..after(10_000) }];
    let told = desk.has(SetQueue { requirement: vec![(5, 9)], relaxation, ..queue(1) });
    assert_eq!(told, ["queue_set", "offered 100 to 7"]);
}

#[test]
fn r48_r41_who_could_serve_a_later_step_staffs_the_queue() {
    let mut desk = Desk::new();
    let relaxation = vec![Relaxation { requirement: vec![(6, 1)], ..after(90_000) }];
    desk.has(SetQueue { requirement: vec![(5, 1)], relaxation, overflow_queue: Some(2), ..queue(1) });
    desk.has(queue(2));
    desk.on_queue(agent(7, &[(6, 1)]));
    desk.on_queue(SetAgent { capacity: Vec::new(), ..agent(8, &[]) });
    desk.has(chat(100, 1));
    assert_eq!(desk.pass(60_000), ["sla_breached"], "it is not unstaffed");
    assert_eq!(desk.pass(30_000), ["requirement_relaxed", "offered 100 to 7"]);
}

#[test]
fn r49_what_nobody_could_meet_is_refused_by_its_path() {
    let mut desk = Desk::new();
    let impossible = fault("condition", "a condition that contradicts itself", "one that somebody can meet");
    for condition in [
        all(&[has(5, 3), not(has(5, 2))]),
        all(&[OneOfAgents { agents: vec![7] }.into(), OneOfAgents { agents: vec![8] }.into()]),
        all(&[OneOfTeams { teams: vec![1, 2] }.into(), not(OneOfTeams { teams: vec![2, 1] }.into())]),
    ] {
        assert_eq!(desk.refuses_at(asking(condition)), (Refusal::BadRequirement, impossible.clone()));
    }
    let beside = Enqueue { requirement: vec![(5, 3)].into(), ..asking(not(has(5, 3))) };
    assert_eq!(desk.refuses_at(beside), (Refusal::BadRequirement, impossible));
    desk.has(Enqueue { requirement: vec![(5, 3)].into(), ..asking(not(has(5, 4))) });
}

#[test]
fn r49_bad_input_is_refused_by_path_found_and_allowed() {
    let mut desk = Desk::new();
    desk.has(SetQueue { overflow_queue: Some(1), ..queue(2) });
    let (level, value) = (Refusal::BadRequirement, Refusal::BadValue);
    assert_eq!(
        desk.refuses_at(asking(any(&[has(5, 1), all(&[has(5, 11)])]))),
        (level, fault("condition.of[1].of[0].level", "11", "1 to 10"))
    );
    assert_eq!(desk.refuses_at(asking(any(&[]))), (level, fault("condition.of", "0 entries", "1 to 500")));
    assert_eq!(
        desk.refuses_at(Enqueue { requirement: vec![(5, 1), (5, 2)].into(), ..chat(100, 1) }),
        (level, fault("requirement", "skill 5 twice", "each skill once"))
    );
    assert_eq!(
        desk.refuses_at(SetQueue { overflow_queue: Some(2), ..queue(1) }),
        (Refusal::OverflowCycle, fault("overflow_queue", "1 → 2 → 1", "a chain that ends"))
    );
    assert_eq!(
        desk.refuses_at(SetQueue { offer_ms: -5, ..queue(1) }),
        (value, fault("offer_ms", "-5", "1 to 2678400000"))
    );
    assert_eq!(
        desk.refuses_at(agent(u64::MAX, &[])),
        (value, fault("agent", "18446744073709551615", "0 to 9223372036854775807"))
    );
    assert_eq!(
        desk.refuses_at(chat(u64::MAX, 1)),
        (value, fault("interaction", "18446744073709551615", "0 to 9223372036854775807"))
    );
    desk.on_queue(agent(7, &[]));
    desk.facts(chat(100, 1));
    desk.accept(100, 7, 1);
    let child = u64::MAX;
    assert_eq!(
        desk.refuses_at(TransferToAgent { interaction: 100, agent: 7, child, to_agent: 8 }),
        (value, fault("child", "18446744073709551615", "0 to 9223372036854775807"))
    );
    desk.end(100, 7);
    assert_eq!(
        desk.refuses_at(ExtendWrapUp { interaction: 100, agent: 7, by_ms: 0 }),
        (value, fault("by_ms", "0", "1 to 2678400000"))
    );
    let twice = vec![after(5_000), after(5_000)];
    assert_eq!(
        desk.refuses_at(SetQueue { relaxation: twice, ..queue(1) }),
        (value, fault("relaxation[1].after_ms", "5000", "5001 to 2678400000, later than the step before"))
    );
    assert_eq!(
        desk.refuses_at(SetQueue { open: vec![(5, 9), (8, 10)], ..queue(1) }),
        (
            Refusal::BadInterval,
            fault("open[1]", "8 to 10", "from 9 or later, and an end after the beginning")
        )
    );
}
