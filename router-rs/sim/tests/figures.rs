//! Live figures on random worlds: what waits is what the engine says, and the counts are those of a recount.

use std::collections::{BTreeMap, BTreeSet};

use ucc_router_core::Engine;
use ucc_router_core::fact::{ActivationCause, Fact, RequeueReason};
use ucc_router_core::figures::{Figures, Subject, Window};
use ucc_router_core::words::{AgentId, InteractionId, Millis, QueueId, Session, SlaClock, Status};
use ucc_router_sim::ledger::Ledger;
use ucc_router_sim::world::{START_MS, Size, World};

/// Counts one queue's contacts from all facts ever told, whose waiting ended at `from_ms` or later.
fn recount(told: &[(Millis, Fact)], queue: QueueId, from_ms: Millis) -> Window {
    let mut window = Window::default();
    // Where it waits, since when, whether in time, and whether this wait has ended.
    let mut waits: BTreeMap<InteractionId, (QueueId, Millis, bool, bool)> = BTreeMap::new();
    let mut consults = BTreeSet::new();
    for (at_ms, fact) in told {
        let is_in = *at_ms >= from_ms;
        match fact {
            Fact::InteractionQueued(fact) => {
                let since_ms = if fact.rare.parent.is_some() { *at_ms } else { fact.arrived_ms };
                // A transfer to an agent is no wait, and a consult is no contact.
                let is_named = fact.rare.named_agent.is_some() || fact.rare.consult_until_ms.is_some();
                if fact.rare.consult_until_ms.is_some() {
                    consults.insert(fact.interaction);
                } else {
                    // An id whose consult is over may come again.
                    consults.remove(&fact.interaction);
                }
                waits.insert(fact.interaction, (fact.queue, since_ms, true, is_named));
                window.arrived += u64::from(is_in && fact.queue == queue && !is_named);
            }
            Fact::ConsultCompleted(fact) => {
                consults.remove(&fact.child);
            }
            Fact::InteractionRequeued(fact) if fact.reason == RequeueReason::ContactWrote => {
                waits.insert(fact.interaction, (fact.queue, *at_ms, true, false));
                window.arrived += u64::from(is_in && fact.queue == queue);
            }
            Fact::InteractionRequeued(fact) if fact.reason == RequeueReason::Due => {
                let found = waits.get_mut(&fact.interaction).expect("live");
                (found.1, found.2) = (*at_ms, true);
            }
            Fact::InteractionOverflowed(fact) => {
                waits.get_mut(&fact.interaction).expect("live").0 = fact.to_queue;
                let is_contact = !consults.contains(&fact.interaction);
                window.arrived += u64::from(is_in && is_contact && fact.to_queue == queue);
            }
            Fact::SlaBreached(fact) if fact.clock == SlaClock::Answer => {
                waits.get_mut(&fact.interaction).expect("live").2 = false;
            }
            Fact::InteractionActivated(fact) => {
                let waited = matches!(
                    fact.cause,
                    ActivationCause::Accepted
                        | ActivationCause::Taken
                        | ActivationCause::Connected
                        | ActivationCause::TakenOver
                );
                let (of, since_ms, is_early, has_ended) = waits.get_mut(&fact.interaction).expect("live");
                if waited && !*has_ended && *of == queue && is_in {
                    window.served += 1;
                    window.in_target += u64::from(*is_early);
                    window.served_wait_ms += at_ms - *since_ms;
                }
                *has_ended = true;
            }
            Fact::InteractionAbandoned(fact) => {
                let (of, _, is_early, has_ended) = waits[&fact.interaction];
                if !has_ended && of == queue && is_in {
                    window.abandoned += 1;
                    window.abandoned_early += u64::from(is_early);
                }
            }
            _ => {}
        }
    }
    window
}

fn counts(window: &Window) -> [u64; 5] {
    [window.arrived, window.served, window.in_target, window.abandoned, window.abandoned_early]
}

/// How things stood at the end of minutes, noted as they went by.
#[derive(Default)]
struct Notes {
    /// Of each queue what waits and since when, by minute.
    waits: BTreeMap<QueueId, BTreeMap<Millis, (u64, Option<Millis>)>>,
    on_queue: BTreeSet<AgentId>,
    /// Agents on queue, by minute.
    counts: BTreeMap<Millis, u64>,
}

impl Notes {
    fn take(&mut self, at_ms: Millis, engine: &Engine, queues: u64, facts: &[Fact]) {
        let minute = at_ms / 60_000;
        for queue in 1..=queues {
            let seen = engine.queue_figures(queue);
            let seen = seen.map_or((0, None), |seen| (seen.waiting, seen.longest_waited_since_ms));
            self.waits.entry(queue).or_default().insert(minute, seen);
        }
        for fact in facts {
            match fact {
                Fact::PresenceChanged(fact) => {
                    let is_there = fact.session != Session::Offline && !fact.is_blocked;
                    if is_there && fact.status == Status::OnQueue {
                        self.on_queue.insert(fact.agent);
                    } else {
                        self.on_queue.remove(&fact.agent);
                    }
                }
                Fact::AgentRemoved(fact) => {
                    self.on_queue.remove(&fact.agent);
                }
                _ => {}
            }
        }
        self.counts.insert(minute, self.on_queue.len() as u64);
    }

    /// Compares every minute with what was noted, and their sum with the half hour.
    fn compare(&self, figures: &mut Figures, at_ms: Millis, subject: Subject) {
        let minutes = figures.minutes(at_ms, subject);
        let mut sum = Window::default();
        for one in &minutes {
            sum.add(&one.counts);
            let minute = one.start_ms / 60_000;
            assert!(one.free <= one.on_queue, "{subject:?}: free are on queue");
            if let Subject::Queue(queue) = subject {
                let noted = self.waits[&queue].range(..=minute).next_back();
                let (waiting, since_ms) = noted.map_or((0, None), |(_, &noted)| noted);
                let end_ms = at_ms.min(one.start_ms + 60_000);
                let longest_wait_ms = since_ms.map(|since_ms| end_ms - since_ms);
                assert_eq!((one.waiting, one.longest_wait_ms), (waiting, longest_wait_ms), "{subject:?}");
            }
        }
        let (sheet, last) = (figures.sheet(at_ms, subject), minutes.last().expect("31"));
        assert_eq!(sum, sheet.recent, "{subject:?}: the minutes are the half hour");
        let now = (sheet.waiting, sheet.on_queue, sheet.free);
        assert_eq!((last.waiting, last.on_queue, last.free), now, "{subject:?}: the latest is now");
    }
}

#[test]
fn r67_to_r70_figures_agree_with_the_engine_and_with_a_recount() {
    let (mut served, mut abandoned) = (0, 0);
    for seed in 1..=12 {
        let (mut world, size) = (World::new(seed, Size::default()), Size::default());
        let (mut engine, mut ledger, mut now_ms) = (Engine::new(), Ledger::default(), START_MS);
        let midnight_ms = START_MS + 600_000;
        let mut figures = Figures::new(0);
        figures.add_midnight(midnight_ms);
        let mut told: Vec<(Millis, Fact)> = Vec::new();
        let mut notes = Notes::default();
        for step in 0..2_500 {
            now_ms = world.step_ms(now_ms, engine.next_deadline());
            let command = world.command(now_ms, &ledger);
            let outcome = engine.submit(now_ms, &command);
            let at_ms = engine.now_ms();
            for fact in &outcome.facts {
                ledger.fold(at_ms, fact).expect("the invariants hold");
                told.push((at_ms, fact.clone()));
            }
            figures.fold(at_ms, &outcome.facts);
            notes.take(at_ms, &engine, size.queues, &outcome.facts);
            if step % 50 != 0 {
                continue;
            }
            for queue in 1..=size.queues {
                let Some(seen) = engine.queue_figures(queue) else { continue };
                let sheet = figures.sheet(at_ms, Subject::Queue(queue));
                let told_waiting = (sheet.waiting, sheet.longest_since_ms);
                assert_eq!(
                    told_waiting,
                    (seen.waiting, seen.longest_waited_since_ms),
                    "seed {seed} step {step}"
                );
                let from_ms = if at_ms >= midnight_ms { midnight_ms } else { 0 };
                let day = recount(&told, queue, from_ms);
                assert_eq!(counts(&sheet.day), counts(&day), "seed {seed} step {step} queue {queue}");
                assert_eq!(sheet.day.served_wait_ms, day.served_wait_ms, "seed {seed} step {step}");
                let recent = recount(&told, queue, (at_ms / 60_000 - 30) * 60_000);
                assert_eq!(counts(&sheet.recent), counts(&recent), "seed {seed} step {step} queue {queue}");
                assert!(sheet.day.busy_ms <= sheet.day.staffed_ms, "seed {seed}: busier than there");
                notes.compare(&mut figures, at_ms, Subject::Queue(queue));
                served += day.served;
                abandoned += day.abandoned;
            }
            for subject in [Subject::Tenant, Subject::Agent(1), Subject::Skill(1), Subject::Team(1)] {
                notes.compare(&mut figures, at_ms, subject);
            }
            let on_queue = figures.minutes(at_ms, Subject::Tenant);
            assert_eq!(on_queue.last().map(|one| one.on_queue), notes.counts.values().last().copied());
        }
    }
    assert!(served > 1_000 && abandoned > 100, "{served} served, {abandoned} abandoned: a quiet day");
}
