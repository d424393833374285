//! The latest half hour minute by minute: what was counted in each, and how things stood at its end.

use std::collections::VecDeque;

use super::window::{MINUTE_MS, MINUTES, Window};
use super::{Figures, Subject};
use crate::wire::{Wire, Writer};
use crate::words::Millis;

/// One minute of a subject. Its counts add up with those of the others to the half hour's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minute {
    /// It lasts a minute from here, the latest until now.
    pub start_ms: Millis,
    /// At its end, as `Sheet::waiting`.
    pub waiting: u64,
    /// At its end, of who had waited longest.
    pub longest_wait_ms: Option<Millis>,
    /// At its end: agents who wanted work, busy or not.
    pub on_queue: u64,
    /// Of those who had none in hand.
    pub free: u64,
    /// What was counted in it.
    pub counts: Window,
}

impl Minute {
    fn stand(&mut self, standing: Standing, end_ms: Millis) {
        self.waiting += standing.waiting;
        let wait_ms = standing.longest_since_ms.map(|since_ms| (end_ms - since_ms).max(0));
        self.longest_wait_ms = self.longest_wait_ms.max(wait_ms);
    }

    /// Writes it as `ucc.domain.figures.Minute` reads it.
    pub(super) fn put(&self, writer: &mut Writer) {
        writer.array(6);
        self.start_ms.put(writer);
        self.waiting.put(writer);
        self.longest_wait_ms.put(writer);
        self.on_queue.put(writer);
        self.free.put(writer);
        self.counts.put(writer);
    }
}

/// A line of waiting work at a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Standing {
    pub waiting: u64,
    pub longest_since_ms: Option<Millis>,
}

/// An agent at a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Readiness {
    pub is_on_queue: bool,
    pub is_free: bool,
}

/// A value as it stood at the end of each of the latest minutes: a change a minute, the half hour's at most.
#[derive(Debug, Default)]
pub(super) struct Trace<T> {
    /// As the oldest minute began.
    before: T,
    /// The minute, and the last value in it.
    changes: VecDeque<(Millis, T)>,
}

impl<T: Copy> Trace<T> {
    /// Takes the value from now on.
    pub(super) fn set(&mut self, at_ms: Millis, value: T) {
        let minute = at_ms / MINUTE_MS;
        while let Some(&(oldest, held)) = self.changes.front() {
            if oldest >= minute - MINUTES {
                break;
            }
            self.before = held;
            self.changes.pop_front();
        }
        match self.changes.back_mut() {
            Some((latest, held)) if *latest == minute => *held = value,
            _ => self.changes.push_back((minute, value)),
        }
    }

    /// Returns the value at the end of a minute of the latest half hour.
    fn at_end_of(&self, minute: Millis) -> T {
        let later = self.changes.partition_point(|&(changed, _)| changed <= minute);
        if later == 0 { self.before } else { self.changes[later - 1].1 }
    }
}

impl Figures {
    /// Returns the latest half hour of a subject, the oldest minute first; the last is the one that runs.
    pub fn minutes(&mut self, now_ms: Millis, subject: Subject) -> Vec<Minute> {
        self.advance(now_ms);
        let last = self.now_ms / MINUTE_MS;
        let mut minutes: Vec<Minute> = (last - MINUTES..=last)
            .map(|minute| Minute { start_ms: minute * MINUTE_MS, ..Minute::default() })
            .collect();
        for part in self.work_of(subject) {
            let (line, history) = (self.waiting.get(&part), self.history(part));
            for one in &mut minutes {
                let end_ms = self.now_ms.min(one.start_ms + MINUTE_MS);
                if let Some(line) = line {
                    one.stand(line.trace.at_end_of(one.start_ms / MINUTE_MS), end_ms);
                }
                one.counts.add(&history.minute(one.start_ms));
            }
        }
        for member in self.members_of(subject) {
            let history = (!subject.has_time()).then(|| self.history(Subject::Agent(member.config.agent)));
            for one in &mut minutes {
                let ready = member.trace.at_end_of(one.start_ms / MINUTE_MS);
                one.on_queue += u64::from(ready.is_on_queue);
                one.free += u64::from(ready.is_free);
                if let Some(history) = &history {
                    one.counts.add_time(&history.minute(one.start_ms));
                }
            }
        }
        minutes
    }
}
