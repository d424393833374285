//! What is due when: one live timer at most of each queue, agent and interaction, none dead.

use crate::heap::{Heap, Places};
use crate::words::{AgentId, InteractionId, Millis, QueueId};

/// Whose timer it is; in this order when two are due in the same millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    Queue(QueueId),
    Agent(AgentId),
    Interaction(InteractionId),
}

/// Timers of one kind, by time and then by id, with the slot each was armed by.
#[derive(Debug, Default)]
struct Kind {
    heap: Heap,
    places: Places,
}

impl Kind {
    fn arm(&mut self, id: u64, slot: u32, before: Option<Millis>, due_ms: Option<Millis>) {
        match (before, due_ms) {
            (None, Some(due_ms)) => {
                self.places.cover(slot);
                self.heap.put((due_ms, id), slot, &mut self.places);
            }
            (Some(_), Some(due_ms)) => self.heap.change((due_ms, id), slot, &mut self.places),
            (Some(_), None) => self.heap.take(slot, &mut self.places),
            (None, None) => {}
        }
    }
}

/// All timers of an engine.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    queues: Kind,
    agents: Kind,
    work: Kind,
    /// Of the first.
    first_ms: Option<Millis>,
}

impl Timers {
    /// Says that what was due at `before` is due at `due_ms`; `None` is never.
    pub(crate) fn arm(&mut self, timer: Timer, slot: u32, before: Option<Millis>, due_ms: Option<Millis>) {
        if before != due_ms {
            match timer {
                Timer::Queue(id) => self.queues.arm(id, slot, before, due_ms),
                Timer::Agent(id) => self.agents.arm(id, slot, before, due_ms),
                Timer::Interaction(id) => self.work.arm(id, slot, before, due_ms),
            }
            let kinds = [&self.queues, &self.agents, &self.work];
            let firsts = kinds.into_iter().filter_map(|kind| kind.heap.first());
            self.first_ms = firsts.map(|first| first.key.0).min();
        }
    }

    /// Returns when the first is due.
    pub(crate) fn first_ms(&self) -> Option<Millis> {
        self.first_ms
    }

    /// Returns what is due first, the slot it was armed by, and when.
    pub(crate) fn first(&self) -> Option<(Millis, Timer, u32)> {
        let of = |kind: &Kind, timer: fn(u64) -> Timer| {
            kind.heap.first().map(|first| (first.key.0, timer(first.key.1), first.slot))
        };
        let all = [
            of(&self.queues, Timer::Queue),
            of(&self.agents, Timer::Agent),
            of(&self.work, Timer::Interaction),
        ];
        all.into_iter().flatten().min()
    }
}
