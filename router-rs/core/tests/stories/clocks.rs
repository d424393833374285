//! R62–R66: SLA clocks in open time, their pauses, and how they go with the work.

use ucc_router_core::command::{
    AgentWrote, Complete, ContactBack, ContactLost, ContactWrote, Enqueue, Park, SetAgent, SetQueue,
    SlaTarget, TransferToAgent, TransferToQueue, Unpark,
};
use ucc_router_core::fact::Fact;
use ucc_router_core::words::{Medium, Millis, Refusal, SlaClock, SlaPause};

use crate::desk::{ALWAYS, Desk, START_MS, agent, call, chat, queue};

/// A stage by name, and how work offered to agent 7 comes there.
type Stage = (&'static str, fn(&mut Desk));

fn target(clock: SlaClock, target_ms: Millis) -> SlaTarget {
    SlaTarget { clock, target_ms, warn_after_ms: None, pauses: Vec::new() }
}

/// Queue 1 with these clocks, and agent 7.
fn desk(sla: Vec<SlaTarget>) -> Desk {
    let mut desk = Desk::with_agents(&[7]);
    desk.has(SetQueue { sla, ..queue(1) });
    desk
}

/// Says only what is about clocks: the clock, what happened, and its time.
fn clocks(facts: &[Fact]) -> Vec<String> {
    let at = |ms: Option<Millis>| ms.map_or("never".to_owned(), |ms| (ms - START_MS).to_string());
    let told = facts.iter().filter_map(|fact| {
        Some(match fact {
            Fact::SlaStarted(f) => {
                format!("{} {} runs to {}", f.clock.text(), f.interaction, at(f.breach_at_ms))
            }
            Fact::SlaResumed(f) => {
                format!("{} {} runs on to {}", f.clock.text(), f.interaction, at(f.breach_at_ms))
            }
            Fact::SlaPaused(f) => {
                format!("{} {} stands: {}", f.clock.text(), f.interaction, f.pause.text())
            }
            Fact::SlaWarned(f) => format!("{} {} warns", f.clock.text(), f.interaction),
            Fact::SlaBreached(f) => format!("{} {} breached", f.clock.text(), f.interaction),
            Fact::SlaMet(f) => format!("{} {} met, {} left", f.clock.text(), f.interaction, f.left_ms),
            Fact::SlaHandedOn(f) => format!("{} to {}", f.interaction, f.child),
            _ => return None,
        })
    });
    told.collect()
}

#[test]
fn r62_every_clock_runs_from_its_beginning_to_its_end() {
    let sla = SlaClock::ALL.iter().map(|&clock| target(clock, 600_000)).collect();
    let mut desk = desk(sla);
    assert_eq!(
        clocks(&desk.facts(chat(100, 1))),
        ["answer 100 runs to 600000", "first_response 100 runs to 600000", "resolution 100 runs to 600000"]
    );
    desk.wait(1_000);
    let accept =
        ucc_router_core::command::Accept { interaction: 100, agent: 7, epoch: 1, is_connecting: false };
    assert_eq!(clocks(&desk.facts(accept)), ["answer 100 met, 599000 left"]);
    desk.wait(1_000);
    assert_eq!(
        clocks(&desk.facts(AgentWrote { interaction: 100, agent: 7 })),
        ["first_response 100 met, 598000 left"]
    );
    desk.wait(1_000);
    let wrote = || ContactWrote { interaction: 100, otherwise: chat(999, 1) };
    assert_eq!(clocks(&desk.facts(wrote())), ["next_response 100 runs to 603000"]);
    desk.wait(1_000);
    assert_eq!(clocks(&desk.facts(wrote())), [""; 0], "the clock of the first message runs");
    assert_eq!(
        clocks(&desk.facts(AgentWrote { interaction: 100, agent: 7 })),
        ["next_response 100 met, 599000 left"]
    );
    desk.end(100, 7);
    desk.wait(1_000);
    assert_eq!(
        clocks(&desk.facts(Complete { interaction: 100, agent: 7 })),
        ["resolution 100 met, 595000 left"]
    );
    assert_eq!(desk.engine.next_deadline(), Some(ALWAYS.1), "nothing else is pending");
}

#[test]
fn r62_a_call_in_hand_is_a_first_response() {
    let mut desk = desk(vec![target(SlaClock::FirstResponse, 60_000)]);
    desk.has(call(100, 1));
    desk.wait(5_000);
    let accept =
        ucc_router_core::command::Accept { interaction: 100, agent: 7, epoch: 1, is_connecting: false };
    assert_eq!(clocks(&desk.facts(accept)), ["first_response 100 met, 55000 left"]);
}

#[test]
fn r62_an_answer_clock_takes_the_place_of_the_answer_target() {
    let mut desk = Desk::new();
    desk.has(SetQueue { sla: vec![target(SlaClock::Answer, 90_000)], ..queue(1) });
    desk.has(chat(100, 1));
    assert_eq!(clocks(&desk.facts_after(89_999)), [""; 0], "the 30 s of the queue are no clock now");
    assert_eq!(clocks(&desk.facts_after(1)), ["answer 100 breached"]);
    assert_eq!(clocks(&desk.facts_after(900_000)), [""; 0], "told once");
}

#[test]
fn r63_a_clock_stands_only_where_its_policy_says() {
    let pauses =
        |pauses: &[SlaPause]| SlaTarget { pauses: pauses.to_vec(), ..target(SlaClock::Resolution, 600_000) };
    let mut desk = desk(vec![pauses(&[SlaPause::Parked, SlaPause::ContactLost])]);
    desk.in_hand(chat(100, 1), 7);
    desk.wait(10_000);
    let park = || Park { interaction: 100, agent: 7 };
    assert_eq!(clocks(&desk.facts(park())), ["resolution 100 stands: parked"]);
    desk.wait(50_000);
    assert_eq!(clocks(&desk.facts(ContactLost { interaction: 100 })), [""; 0], "it stands already");
    assert_eq!(clocks(&desk.facts(Unpark { interaction: 100, agent: 7 })), [""; 0], "the contact is away");
    desk.wait(40_000);
    assert_eq!(
        clocks(&desk.facts(ContactBack { interaction: 100 })),
        ["resolution 100 runs on to 690000"],
        "90 s did not count"
    );
    assert_eq!(clocks(&desk.facts(AgentWrote { interaction: 100, agent: 7 })), [""; 0]);
    assert_eq!(clocks(&desk.facts(ucc_router_core::command::End { interaction: 100, agent: 7 })), [""; 0]);

    let mut desk = self::desk(vec![pauses(&[SlaPause::Answered, SlaPause::Wrapping])]);
    desk.in_hand(chat(100, 1), 7);
    assert_eq!(
        clocks(&desk.facts(AgentWrote { interaction: 100, agent: 7 })),
        ["resolution 100 stands: answered"]
    );
    desk.wait(20_000);
    let wrote = ContactWrote { interaction: 100, otherwise: chat(999, 1) };
    assert_eq!(clocks(&desk.facts(wrote)), ["resolution 100 runs on to 620000"]);
    desk.wait(1_000);
    let end = ucc_router_core::command::End { interaction: 100, agent: 7 };
    assert_eq!(clocks(&desk.facts(end)), ["resolution 100 stands: wrapping"]);
    assert_eq!(clocks(&desk.facts_after(60_000)), ["resolution 100 met, 599000 left"]);
}

#[test]
fn r64_a_warning_and_a_breach_are_told_once_and_never_polled() {
    let warned = SlaTarget { warn_after_ms: Some(40_000), ..target(SlaClock::Resolution, 60_000) };
    let mut desk = desk(vec![warned]);
    desk.in_hand(chat(100, 1), 7);
    assert_eq!(desk.engine.next_deadline(), Some(START_MS + 40_000));
    assert_eq!(clocks(&desk.facts_after(40_000)), ["resolution 100 warns"]);
    assert_eq!(desk.engine.next_deadline(), Some(START_MS + 60_000));
    assert_eq!(clocks(&desk.facts_after(20_000)), ["resolution 100 breached"]);
    assert_eq!(desk.engine.next_deadline(), Some(ALWAYS.1));
    desk.end(100, 7);
    assert_eq!(clocks(&desk.facts_after(60_000)), [""; 0], "closed after the breach: not met");
}

#[test]
fn r64_a_clock_is_due_before_anything_later_whatever_becomes_of_its_work() {
    let letter = || Enqueue { medium: Medium::Email, ..chat(100, 1) };
    let stages: [Stage; 6] = [
        ("queued", |desk| {
            desk.off_queue(7);
        }),
        ("offered", |_| {}),
        ("active", |desk| {
            desk.accept(100, 7, 1);
        }),
        ("parked", |desk| {
            desk.accept(100, 7, 1);
            desk.has(Park { interaction: 100, agent: 7 });
        }),
        ("interrupted", |desk| {
            desk.accept(100, 7, 1);
            desk.in_hand(call(101, 2), 7);
        }),
        ("wrapping", |desk| {
            desk.accept(100, 7, 1);
            desk.end(100, 7);
        }),
    ];
    for (stage, reach) in stages {
        let mut desk = Desk::new();
        desk.has(SetQueue { sla: vec![target(SlaClock::Resolution, 5_000)], ..queue(1) });
        desk.has(queue(2));
        desk.on_queue(SetAgent { interruptible: vec![Medium::Email], ..agent(7, &[]) });
        desk.has(letter());
        reach(&mut desk);
        assert_eq!(desk.engine.next_deadline(), Some(START_MS + 5_000), "{stage}");
        assert_eq!(clocks(&desk.facts_after(4_999)), [""; 0], "{stage}");
        assert_eq!(clocks(&desk.facts_after(1)), ["resolution 100 breached"], "{stage}");
    }
}

#[test]
fn r64_i12_clocks_count_open_time_alone() {
    let open = vec![
        (START_MS - 10_000, START_MS + 20_000),
        (START_MS + 100_000, START_MS + 130_000),
        (START_MS + 200_000, START_MS + 300_000),
    ];
    let warned = SlaTarget { warn_after_ms: Some(30_000), ..target(SlaClock::Resolution, 60_000) };
    let mut desk = Desk::new();
    desk.has(SetQueue { sla: vec![warned], open, answer_target_ms: 900_000, ..queue(1) });
    assert_eq!(clocks(&desk.facts(chat(100, 1))), ["resolution 100 runs to 210000"]);
    assert_eq!(clocks(&desk.facts_after(109_999)), [""; 0]);
    assert_eq!(clocks(&desk.facts_after(1)), ["resolution 100 warns"]);
    assert_eq!(clocks(&desk.facts_after(99_999)), [""; 0]);
    assert_eq!(clocks(&desk.facts_after(1)), ["resolution 100 breached"]);
}

#[test]
fn r65_an_edited_calendar_moves_what_is_due() {
    let sla = vec![target(SlaClock::Resolution, 60_000)];
    let mut desk = Desk::new();
    let open = vec![(START_MS - 10_000, START_MS + 20_000)];
    desk.has(SetQueue { sla: sla.clone(), open, answer_target_ms: 900_000, ..queue(1) });
    assert_eq!(clocks(&desk.facts(chat(100, 1))), ["resolution 100 runs to never"]);
    // The shell hands in the next days, and with them a holiday.
    let open = vec![(START_MS - 10_000, START_MS + 20_000), (START_MS + 500_000, START_MS + 900_000)];
    desk.has(SetQueue { sla, open, ..queue(1) });
    assert_eq!(clocks(&desk.facts_after(539_999)), [""; 0]);
    assert_eq!(clocks(&desk.facts_after(1)), ["resolution 100 breached"]);
}

#[test]
fn r65_clocks_go_on_in_the_open_time_of_the_next_queue() {
    let mut desk = desk(vec![target(SlaClock::Answer, 50_000), target(SlaClock::Resolution, 60_000)]);
    let open = vec![(START_MS, START_MS + 20_000), (START_MS + 100_000, START_MS + 900_000)];
    desk.has(SetQueue { open, sla: vec![target(SlaClock::Answer, 5_000)], ..queue(2) });
    desk.in_hand(chat(100, 1), 7);
    desk.wait(10_000);
    let transfer = |child, from| TransferToQueue {
        interaction: from,
        agent: 7,
        child,
        queue: 2,
        requirement: vec![(4, 1)],
    };
    assert_eq!(
        clocks(&desk.facts(transfer(101, 100))),
        ["answer 101 runs to 15000", "100 to 101", "resolution 101 runs on to 140000"],
        "50 s were left: 10 today, 40 at the next opening"
    );
}

#[test]
fn r65_an_agent_transfer_takes_the_clocks_when_it_is_accepted() {
    let mut desk = desk(vec![target(SlaClock::FirstResponse, 50_000)]);
    desk.on_queue(agent(8, &[]));
    desk.has(Enqueue { preferred_agent: Some(7), ..chat(100, 1) });
    desk.accept(100, 7, 1);
    let transfer = TransferToAgent { interaction: 100, agent: 7, child: 101, to_agent: 8 };
    assert_eq!(clocks(&desk.facts(transfer)), [""; 0]);
    let accept =
        ucc_router_core::command::Accept { interaction: 101, agent: 8, epoch: 1, is_connecting: false };
    assert_eq!(clocks(&desk.facts(accept)), ["100 to 101", "first_response 101 runs on to 50000"]);
    assert_eq!(clocks(&desk.facts_after(50_000)), ["first_response 101 breached"]);
}

#[test]
fn r66_only_who_has_it_in_hand_writes() {
    let mut desk = desk(Vec::new());
    desk.has(chat(100, 1));
    assert_eq!(desk.refuses(AgentWrote { interaction: 100, agent: 7 }), Refusal::NotActive);
    desk.accept(100, 7, 1);
    assert_eq!(desk.refuses(AgentWrote { interaction: 100, agent: 8 }), Refusal::NotOwner);
    assert_eq!(desk.refuses(AgentWrote { interaction: 101, agent: 7 }), Refusal::UnknownInteraction);
    assert_eq!(desk.has(AgentWrote { interaction: 100, agent: 7 }), ["agent_wrote_seen"]);
    assert_eq!(
        desk.has(AgentWrote { interaction: 100, agent: 7 }),
        [""; 0],
        "it is the contact's turn already"
    );
}

#[test]
fn r49_a_clock_that_cannot_be_meant_is_refused_by_its_field() {
    let mut desk = Desk::new();
    let mut path = |sla| {
        let (refusal, fault) = desk.refuses_at(SetQueue { sla, open: vec![ALWAYS], ..queue(1) });
        assert_eq!(refusal, Refusal::BadValue);
        fault.path
    };
    let answer = || target(SlaClock::Answer, 1_000);
    assert_eq!(path(vec![answer(), answer()]), "sla[1].clock");
    assert_eq!(path(vec![target(SlaClock::Answer, 0)]), "sla[0].target_ms");
    assert_eq!(path(vec![SlaTarget { warn_after_ms: Some(1_000), ..answer() }]), "sla[0].warn_after_ms");
    let twice = vec![SlaPause::Parked, SlaPause::Parked];
    assert_eq!(path(vec![SlaTarget { pauses: twice, ..answer() }]), "sla[0].pauses[1]");
}
