//! One live interaction. What most work has stands together in a few cache lines, what few have in a box.

use crate::clocks::ClockState;
use crate::condition::Condition;
use crate::index::{ClassId, Slot};
use crate::levels::Levels;
use crate::maybe::{Maybe, When};
use crate::rare::{Few, Rare};
use crate::state::{Bond, Key, Stage};
use crate::table::Known;
use crate::wire::{record_of, untagged};
use crate::words::{AgentId, InteractionId, Medium, Millis, PRIORITY_MAX, QueueId};

/// One live interaction.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // Each is a fact of its own.
pub(crate) struct InteractionState {
    pub interaction: InteractionId,
    pub queue: QueueId,
    pub medium: Medium,
    pub units: u32,
    pub priority: u8,
    pub requirement: Levels<1>,
    pub arrived_ms: Millis,
    /// When it entered this queue.
    pub queued_ms: Millis,
    pub deadline_ms: Millis,
    pub order: u64,
    pub is_abandonable: bool,
    pub sla_at_ms: When,
    pub overflow_at_ms: When,
    /// Overflow was due and not possible.
    pub is_overdue: bool,
    pub stage: Stage,
    /// Who is offered it, has it in hand, owns it or wraps it up.
    pub holder: Maybe<AgentId>,
    /// End of the offer, of connecting, of the wrap-up or of the stay in a flow; when what is scheduled is due.
    pub until_ms: When,
    /// Of the latest offer.
    pub epoch: u32,
    pub is_contact_lost: bool,
    /// Relaxation steps in force.
    pub step: u8,
    /// When the next one is due.
    pub relax_at_ms: When,
    /// An agent has written and the contact has not since.
    pub is_answered: bool,
    pub rare: Rare<Particulars>,
}

/// What only few interactions have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Particulars {
    pub preferred_agent: Option<AgentId>,
    pub preferred_until_ms: Option<Millis>,
    pub parent: Option<InteractionId>,
    pub child: Option<InteractionId>,
    pub originator: Option<AgentId>,
    pub return_at_ms: Option<Millis>,
    pub named_agent: Option<AgentId>,
    /// Who is not eligible, until when; oldest first.
    pub excluded: Vec<(AgentId, Millis)>,
    pub abandon_at_ms: Option<Millis>,
    /// Queues it overflowed from; it never goes back to one.
    pub visited: Vec<QueueId>,
    pub condition: Option<Condition>,
    /// SLA clocks that are neither met nor breached, in the order of the word.
    pub clocks: Vec<ClockState>,
    /// The latest offer lets ring out without blame.
    pub is_broadcast: bool,
    /// At whom else the offer rings, best first.
    pub also: Vec<AgentId>,
    /// Of a consult or a seat in a conference.
    pub bond: Option<Bond>,
    /// Then a consult that nobody has accepted is over.
    pub consult_until_ms: Option<Millis>,
    /// The seats of its conference, the longest taken first.
    pub seats: Vec<InteractionId>,
    /// The contact of this call holds on.
    pub is_held: bool,
    /// A callback: its contact is dialled by whoever has it.
    pub is_dialled: bool,
    /// How often that was in vain.
    pub tries: u32,
}

impl Few for Particulars {
    const NONE: &'static Self = &Self {
        preferred_agent: None,
        preferred_until_ms: None,
        parent: None,
        child: None,
        originator: None,
        return_at_ms: None,
        named_agent: None,
        excluded: Vec::new(),
        abandon_at_ms: None,
        visited: Vec::new(),
        condition: None,
        clocks: Vec::new(),
        is_broadcast: false,
        also: Vec::new(),
        bond: None,
        consult_until_ms: None,
        seats: Vec::new(),
        is_held: false,
        is_dialled: false,
        tries: 0,
    };
}

record_of! {
    InteractionState as "interaction_state" {
        interaction,
        queue,
        medium,
        units,
        priority,
        requirement,
        arrived_ms,
        queued_ms,
        deadline_ms,
        order,
        rare.preferred_agent,
        rare.preferred_until_ms,
        is_abandonable,
        rare.parent,
        rare.child,
        rare.originator,
        rare.return_at_ms,
        sla_at_ms,
        overflow_at_ms,
        is_overdue,
        rare.named_agent,
        stage,
        holder,
        until_ms,
        epoch,
        rare.excluded,
        is_contact_lost,
        rare.abandon_at_ms,
        rare.visited,
        rare.condition = None,
        step = 0,
        relax_at_ms = When::NEVER,
        rare.clocks = Vec::new(),
        is_answered = false,
        rare.also = Vec::new(),
        rare.is_broadcast = false,
        rare.bond = None,
        rare.consult_until_ms = None,
        rare.seats = Vec::new(),
        rare.is_held = false,
        rare.is_dialled = false,
        rare.tries = 0,
    }
}
untagged!(InteractionState);

/// What an interaction's timer is about; in this order when two are due in the same millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    Offer,
    WrapUp,
    Flow,
    Connecting,
    Schedule,
    Abandon,
    Consult,
    Return,
    Preference,
    Exclusion,
    Relaxation,
    Overflow,
    Sla,
    Clock,
}

impl InteractionState {
    pub(crate) fn key(&self) -> Key {
        (self.deadline_ms, self.order)
    }

    /// May use the reserves.
    pub(crate) fn is_vip(&self) -> bool {
        self.priority >= PRIORITY_MAX
    }

    /// Asks what its queue remembers the class of.
    pub(crate) fn is_usual(&self) -> bool {
        self.rare.condition.is_none() && !self.is_vip()
    }

    pub(crate) fn is_excluded(&self, agent: AgentId) -> bool {
        self.rare.excluded.iter().any(|&(excluded, _)| excluded == agent)
    }

    /// Returns everybody it rings at, best first.
    pub(crate) fn ringing(&self) -> Vec<AgentId> {
        let first = self.holder.get().filter(|_| self.stage == Stage::Offered);
        first.into_iter().chain(self.rare.also.iter().copied()).collect()
    }

    pub(crate) fn rings_at(&self, agent: AgentId) -> bool {
        self.stage == Stage::Offered && (self.holder.is(agent) || self.rare.also.contains(&agent))
    }

    /// Is in nobody's hands: an offer of it is not accepted, or it is not connected yet.
    pub(crate) fn is_untaken(&self) -> bool {
        matches!(self.stage, Stage::Queued | Stage::Offered | Stage::Connecting | Stage::Scheduled)
    }

    /// Waits for a place in the queue's order; work for a named agent never does.
    pub(crate) fn is_waiting(&self) -> bool {
        self.stage == Stage::Queued && self.rare.named_agent.is_none()
    }

    /// Returns when time will next do something to it, and what; where that is never, the latter says nothing.
    pub(crate) fn due(&self) -> (When, Due) {
        let mut first = (When::NEVER, Due::Clock);
        // In the order of `Due`: of two in the same millisecond the first stays.
        let mut weigh = |at_ms: When, due| {
            if at_ms < first.0 {
                first = (at_ms, due);
            }
        };
        let (is_queued, is_connecting) = (self.stage == Stage::Queued, self.stage == Stage::Connecting);
        let is_unaccepted = is_queued || self.stage == Stage::Offered;
        match self.stage {
            Stage::Offered => weigh(self.until_ms, Due::Offer),
            Stage::Wrapping => weigh(self.until_ms, Due::WrapUp),
            Stage::InFlow => weigh(self.until_ms, Due::Flow),
            Stage::Connecting => weigh(self.until_ms, Due::Connecting),
            Stage::Scheduled => weigh(self.until_ms, Due::Schedule),
            Stage::Queued | Stage::Active | Stage::Parked | Stage::Interrupted => {}
        }
        let rare = self.rare.found();
        if let Some(rare) = rare.filter(|_| is_unaccepted || is_connecting) {
            weigh(rare.abandon_at_ms.into(), Due::Abandon);
            if is_unaccepted {
                weigh(rare.consult_until_ms.into(), Due::Consult);
            }
            if is_queued {
                weigh(rare.return_at_ms.into(), Due::Return);
                weigh(rare.preferred_until_ms.into(), Due::Preference);
            }
            let exclusion_ms = rare.excluded.iter().map(|&(_, until_ms)| When::from(until_ms)).min();
            weigh(exclusion_ms.unwrap_or_default(), Due::Exclusion);
        }
        if is_queued {
            weigh(self.relax_at_ms, Due::Relaxation);
            weigh(self.overflow_at_ms, Due::Overflow);
        }
        if is_unaccepted || is_connecting {
            weigh(self.sla_at_ms, Due::Sla);
        }
        for (at_ms, _) in rare.iter().flat_map(|rare| &rare.clocks).filter_map(ClockState::due) {
            weigh(at_ms.into(), Due::Clock);
        }
        first
    }
}

/// A live interaction and its derived links.
#[derive(Debug)]
pub(crate) struct Interaction {
    pub state: InteractionState,
    /// Slot of its queue.
    pub queue_at: Slot,
    /// While it waits, the class it waits in; then the slot of the agent in whose hands it is.
    at: Maybe<u32>,
}

impl Known for Interaction {
    fn id(&self) -> InteractionId {
        self.state.interaction
    }
}

impl Interaction {
    pub(crate) fn new(state: InteractionState) -> Self {
        Self { state, queue_at: 0, at: Maybe::NONE }
    }

    /// Returns the class it waits in, where it does not wait for one agent alone.
    pub(crate) fn class(&self) -> Option<ClassId> {
        self.at.get().filter(|_| self.state.is_waiting())
    }

    /// Returns in whose hands it is.
    pub(crate) fn desk(&self) -> Option<Slot> {
        self.at.get().filter(|_| !self.state.is_waiting())
    }

    /// Returns in whose hands it counts, and as what.
    pub(crate) fn held(&self) -> Option<(Slot, Stage, Medium, u32)> {
        self.desk().map(|desk| (desk, self.state.stage, self.state.medium, self.state.units))
    }

    /// Lets it stand in a class or at a desk, as its stage says.
    pub(crate) fn stand_at(&mut self, at: u32) {
        self.at = at.into();
    }

    /// Takes it from where it stands.
    pub(crate) fn stand_nowhere(&mut self) {
        self.at = Maybe::NONE;
    }
}

#[cfg(test)]
mod tests {
    use super::Interaction;

    #[test]
    fn a_piece_of_work_takes_little_more_than_two_cache_lines() {
        // As it stands in its table; a hundred thousand of them may wait.
        assert!(size_of::<Option<Interaction>>() <= 144);
    }
}
