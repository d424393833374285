//! R67–R70: live figures, folded from what the stories' engine tells.

use ucc_router_core::command::{
    Accept, Complete, ContactLeft, ContactWrote, Decline, End, Enqueue, Park, SetAgent, SetQueue, SetSession,
    Take, TransferToQueue, Unpark,
};
use ucc_router_core::command::{Command, SetStatus};
use ucc_router_core::fact::{AbandonReason, ActivationCause};
use ucc_router_core::fact::{
    Fact, InteractionAbandoned, InteractionActivated, InteractionQueued, SlaBreached,
};
use ucc_router_core::figures::{Figures, Minute, Sheet, Subject, Window};
use ucc_router_core::levels::Levels;
use ucc_router_core::words::{AgentId, InteractionId, Medium, Millis, Session, SlaClock, Status};

use crate::desk::{Desk, START_MS, agent, chat, queue};

/// A desk whose facts are folded as they come.
struct Floor {
    desk: Desk,
    figures: Figures,
}

impl Floor {
    /// Queue 1 asks for skill 5; agents 7 and 8 have it and are in team 3.
    fn new() -> Self {
        let mut floor = Self { desk: Desk::new(), figures: Figures::new(START_MS) };
        floor.act(SetQueue { requirement: vec![(5, 1)], ..queue(1) });
        floor.act(queue(2));
        for id in [7, 8] {
            floor.act(SetAgent { teams: vec![3], ..agent(id, &[(5, 5)]) });
            floor.act(SetSession { agent: id, session: Session::Online, is_forced: false });
        }
        floor.on_queue(7, Status::OnQueue);
        floor
    }

    fn act(&mut self, command: impl Into<Command>) {
        let facts = self.desk.facts(command);
        self.figures.fold(self.desk.now_ms, &facts);
    }

    fn on_queue(&mut self, agent: AgentId, status: Status) {
        self.act(SetStatus { agent, status, reason: None });
    }

    fn accept(&mut self, interaction: InteractionId, agent: AgentId, epoch: u64) {
        self.act(Accept { interaction, agent, epoch, is_connecting: false });
    }

    fn sheet(&mut self, subject: Subject) -> Sheet {
        self.figures.sheet(self.desk.now_ms, subject)
    }

    fn day(&mut self, subject: Subject) -> Window {
        self.sheet(subject).day
    }
}

fn queued(interaction: InteractionId) -> Fact {
    InteractionQueued {
        interaction,
        queue: 1,
        medium: Medium::Voice,
        units: 1,
        priority: 0,
        requirement: Levels::default(),
        arrived_ms: START_MS,
        deadline_ms: 1,
        order: interaction,
        is_abandonable: true,
        ..InteractionQueued::default()
    }
    .into()
}

#[test]
fn r67_the_four_service_levels_of_the_worked_example() {
    let mut figures = Figures::new(START_MS);
    let all: Vec<Fact> = (1..=1_060).map(queued).collect();
    figures.fold(START_MS, &all);
    let served = |interaction| -> Fact {
        let cause = ActivationCause::Accepted;
        InteractionActivated { interaction, agent: 7, cause, previous_agent: None, is_over_capacity: false }
            .into()
    };
    let abandoned = |interaction| -> Fact {
        InteractionAbandoned { interaction, queue: 1, waited_ms: 0, reason: AbandonReason::Left }.into()
    };
    let breached = |interaction| -> Fact {
        SlaBreached { interaction, queue: 1, target_ms: 20_000, clock: SlaClock::Answer }.into()
    };
    // 860 are served and 20 leave within the target; after it 140 are served and 40 leave.
    let early = (1..=860).map(served).chain((861..=880).map(abandoned));
    figures.fold(START_MS + 19_999, &early.collect::<Vec<_>>());
    let late =
        (881..=1_060).map(breached).chain((881..=1_020).map(served)).chain((1_021..=1_060).map(abandoned));
    figures.fold(START_MS + 20_000, &late.collect::<Vec<_>>());
    let sheet = figures.sheet(START_MS + 20_000, Subject::Queue(1));
    assert_eq!((sheet.day.served, sheet.day.abandoned, sheet.waiting), (1_000, 60, 0));
    let levels = sheet.day.service_levels();
    let percent = |level: Option<f64>| format!("{:.1}", level.expect("contacts were counted") * 100.0);
    assert_eq!(percent(levels.early_abandoned_as_met), "83.0");
    assert_eq!(percent(levels.of_served), "86.0");
    assert_eq!(percent(levels.of_arrived), "81.1");
    assert_eq!(percent(levels.without_early_abandoned), "82.7");
    assert_eq!(Window::default().service_levels().of_served, None, "of nothing there is no share");
}

#[test]
fn r67_an_offer_that_comes_to_nothing_ends_no_wait_and_a_lost_agent_no_second_one() {
    let mut floor = Floor::new();
    floor.act(chat(100, 1));
    floor.desk.wait(4_000);
    floor.act(Decline { interaction: 100, agent: 7, epoch: 1, reason: None });
    assert_eq!(floor.sheet(Subject::Queue(1)).waiting, 1);
    assert_eq!(floor.sheet(Subject::Skill(5)).longest_since_ms, Some(START_MS));
    floor.desk.wait(26_000);
    floor.on_queue(8, Status::OnQueue);
    assert_eq!(floor.sheet(Subject::Queue(1)).waiting, 0, "an offer is no waiting");
    assert_eq!(floor.sheet(Subject::Agent(8)).waiting, 1, "but it rings at somebody");
    assert_eq!(floor.sheet(Subject::Team(3)).waiting, 1);
    floor.accept(100, 8, 2);
    let day = floor.day(Subject::Queue(1));
    assert_eq!((day.arrived, day.served, day.in_target, day.asa_ms()), (1, 1, 0, Some(30_000)));
    floor.desk.wait(10_000);
    floor.act(SetSession { agent: 8, session: Session::Offline, is_forced: true });
    floor.accept(100, 7, 3);
    floor.desk.wait(5_000);
    floor.act(End { interaction: 100, agent: 7 });
    floor.act(Complete { interaction: 100, agent: 7 });
    let day = floor.day(Subject::Queue(1));
    assert_eq!((day.served, day.handled, day.aht_ms()), (1, 1, Some(15_000)));
    assert_eq!(floor.day(Subject::Agent(8)).aht_ms(), Some(10_000));
    assert_eq!(floor.day(Subject::Agent(7)).aht_ms(), Some(5_000));
    assert_eq!(floor.day(Subject::Team(3)).handled, 2, "two agents had it");
}

#[test]
fn r67_who_leaves_while_it_rings_is_abandoned_there() {
    let mut floor = Floor::new();
    floor.act(chat(100, 1));
    floor.desk.wait(3_000);
    floor.act(ContactLeft { interaction: 100 });
    for subject in [Subject::Queue(1), Subject::Skill(5), Subject::Agent(7), Subject::Team(3)] {
        let day = floor.day(subject);
        assert_eq!((day.abandoned, day.abandoned_early, day.served), (1, 1, 0), "{subject:?}");
        assert_eq!(day.abandon_rate(), Some(1.0));
    }
    assert_eq!(floor.day(Subject::Queue(2)).abandon_rate(), None, "another queue's are not told");
}

#[test]
fn r68_parked_time_is_not_handled_and_a_message_is_a_new_wait() {
    let mut floor = Floor::new();
    floor.act(chat(100, 1));
    floor.accept(100, 7, 1);
    floor.desk.wait(10_000);
    floor.act(Park { interaction: 100, agent: 7 });
    floor.desk.wait(100_000);
    floor.act(Unpark { interaction: 100, agent: 7 });
    floor.desk.wait(1_000);
    floor.act(Park { interaction: 100, agent: 7 });
    floor.desk.wait(100_000);
    floor.act(ContactWrote { interaction: 100, otherwise: chat(999, 1) });
    floor.desk.wait(2_000);
    floor.accept(100, 7, 2);
    let day = floor.day(Subject::Queue(1));
    assert_eq!((day.arrived, day.served, day.served_wait_ms), (2, 2, 2_000));
    floor.desk.wait(4_000);
    floor.act(End { interaction: 100, agent: 7 });
    floor.desk.wait(60_000);
    floor.act(ucc_router_core::command::Advance {});
    let day = floor.day(Subject::Queue(1));
    assert_eq!((day.handled, day.handled_ms), (1, 75_000), "10 + 1 + 4 s and a minute of wrap-up");
}

#[test]
fn r68_a_blind_transfer_waits_anew_in_its_queue() {
    let mut floor = Floor::new();
    floor.act(chat(100, 1));
    floor.desk.wait(5_000);
    floor.accept(100, 7, 1);
    floor.desk.wait(50_000);
    let requirement = Vec::new();
    floor.act(TransferToQueue { interaction: 100, agent: 7, child: 101, queue: 2, requirement });
    floor.desk.wait(7_000);
    assert_eq!(floor.sheet(Subject::Queue(2)).longest_since_ms, Some(START_MS), "the contact came then");
    floor.act(Take { interaction: 101, agent: 8 });
    assert_eq!(floor.day(Subject::Queue(2)).asa_ms(), Some(7_000));
    assert_eq!(floor.day(Subject::Queue(1)).asa_ms(), Some(5_000));
}

#[test]
fn r69_occupancy_is_busy_time_of_staffed_time() {
    let mut floor = Floor::new();
    floor.desk.wait(30_000);
    floor.act(chat(100, 1));
    floor.accept(100, 7, 1);
    floor.desk.wait(20_000);
    floor.on_queue(7, Status::OffQueue);
    floor.desk.wait(10_000);
    for subject in [Subject::Agent(7), Subject::Team(3), Subject::Queue(1), Subject::Skill(5)] {
        let day = floor.day(subject);
        assert_eq!((day.busy_ms, day.staffed_ms), (30_000, 60_000), "{subject:?}: draining is staffed");
        assert_eq!(day.occupancy(), Some(0.5));
    }
    floor.act(End { interaction: 100, agent: 7 });
    floor.act(Complete { interaction: 100, agent: 7 });
    floor.desk.wait(40_000);
    assert_eq!(floor.day(Subject::Agent(7)).staffed_ms, 60_000, "off queue with nothing in hand");
    assert_eq!(floor.day(Subject::Agent(8)).occupancy(), None, "never on queue");
}

#[test]
fn r70_the_half_hour_is_in_whole_minutes_and_the_day_turns_at_its_midnight() {
    const MINUTE_MS: Millis = 60_000;
    let mut floor = Floor::new();
    let midnight_ms = START_MS + 20 * MINUTE_MS;
    floor.figures.add_midnight(midnight_ms);
    floor.act(Enqueue { interaction: 100, ..chat(100, 1) });
    floor.accept(100, 7, 1);
    floor.desk.wait(30 * MINUTE_MS);
    let sheet = floor.sheet(Subject::Agent(7));
    assert_eq!((sheet.day.served, sheet.day.busy_ms), (0, 10 * MINUTE_MS), "since midnight");
    assert_eq!((sheet.recent.served, sheet.recent.busy_ms), (1, 30 * MINUTE_MS));
    floor.desk.wait(5 * MINUTE_MS);
    let sheet = floor.sheet(Subject::Agent(7));
    let start_ms = (floor.desk.now_ms / MINUTE_MS - 30) * MINUTE_MS;
    assert_eq!((sheet.recent.served, sheet.recent.busy_ms), (0, floor.desk.now_ms - start_ms));
    assert_eq!(floor.day(Subject::Agent(7)).busy_ms, 15 * MINUTE_MS);
}

#[test]
fn r70_each_minute_tells_its_counts_and_how_things_stood_at_its_end() {
    const MINUTE_MS: Millis = 60_000;
    let mut floor = Floor::new();
    floor.act(SetQueue { requirement: vec![(9, 1)], ..queue(3) }); // nobody has it
    floor.desk.wait(10 * MINUTE_MS - START_MS % MINUTE_MS); // a minute begins
    floor.act(chat(100, 1));
    floor.act(chat(101, 3));
    floor.accept(100, 7, 1);
    floor.desk.wait(90_000);
    floor.act(ContactLeft { interaction: 101 });
    floor.desk.wait(60_000);
    floor.act(End { interaction: 100, agent: 7 });
    floor.act(Complete { interaction: 100, agent: 7 });
    let now_ms = floor.desk.now_ms;
    let minutes = floor.figures.minutes(now_ms, Subject::Tenant);
    assert_eq!((minutes.len(), minutes[30].start_ms), (31, now_ms / MINUTE_MS * MINUTE_MS));
    let arrived: Vec<u64> = minutes[27..].iter().map(|one| one.counts.arrived).collect();
    let abandoned: Vec<u64> = minutes[27..].iter().map(|one| one.counts.abandoned).collect();
    assert_eq!((arrived, abandoned), (vec![0, 2, 0, 0], vec![0, 0, 1, 0]));
    let stood = |one: &Minute| (one.on_queue, one.free, one.counts.busy_ms);
    let stood: Vec<_> = minutes[27..].iter().map(stood).collect();
    let busy = (1, 0, MINUTE_MS);
    assert_eq!(stood, [(1, 1, 0), busy, busy, (1, 1, 30_000)], "at the end of each, the last as it is now");

    let now = floor.sheet(Subject::Tenant);
    assert_eq!((now.waiting, now.on_queue, now.free), (0, 1, 1));
    assert_eq!(floor.sheet(Subject::Queue(3)).on_queue, 0, "nobody has what it asks");
    let minutes = floor.figures.minutes(now_ms, Subject::Queue(3));
    let waited = |one: &Minute| (one.waiting, one.longest_wait_ms);
    let waited: Vec<_> = minutes[27..].iter().map(waited).collect();
    assert_eq!(waited, [(0, None), (1, Some(MINUTE_MS)), (0, None), (0, None)]);
    floor.desk.wait(40 * MINUTE_MS);
    let now_ms = floor.desk.now_ms;
    let minutes = floor.figures.minutes(now_ms, Subject::Agent(7));
    assert!(minutes.iter().all(|one| (one.on_queue, one.free) == (1, 1)), "as it was before the half hour");
}
