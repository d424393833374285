//! The fact that work waits: what all of it has stands in place, what few have in a box.

use crate::condition::Condition;
use crate::levels::Levels;
use crate::rare::{Few, Rare};
use crate::wire::record_of;
use crate::words::{AgentId, InteractionId, Medium, Millis, QueueId};

/// An interaction waits; `deadline_ms` and `order` are its place and never change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // A field without a comment is said by its name.
pub struct InteractionQueued {
    pub interaction: InteractionId,
    pub queue: QueueId,
    pub medium: Medium,
    pub units: u32,
    pub priority: u8,
    pub requirement: Levels<1>,
    pub arrived_ms: Millis,
    /// Arrived + target − priority × step: the first ordering key.
    pub deadline_ms: Millis,
    /// Unique: the second.
    pub order: u64,
    pub is_abandonable: bool,
    /// The answer target in the queue's open time.
    pub sla_at_ms: Option<Millis>,
    pub overflow_at_ms: Option<Millis>,
    /// When the queue's first relaxation step is due.
    pub relax_at_ms: Option<Millis>,
    pub rare: Rare<Circumstances>,
}

/// What only few that come to wait have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // A field without a comment is said by its name.
pub struct Circumstances {
    pub preferred_agent: Option<AgentId>,
    pub preferred_until_ms: Option<Millis>,
    /// Of a transfer.
    pub parent: Option<InteractionId>,
    /// The agent a blind transfer returns to, or who asks by a consult.
    pub originator: Option<AgentId>,
    pub return_at_ms: Option<Millis>,
    /// An agent transfer: for this agent alone, never in the queue's order.
    pub named_agent: Option<AgentId>,
    /// On top of the queue's.
    pub condition: Option<Condition>,
    /// Up to when its queue has used its share.
    pub share_ms: Option<Millis>,
    /// Other work of the same contact.
    pub linked: Option<InteractionId>,
    /// A consult, work of our own: over then unless somebody has accepted it.
    pub consult_until_ms: Option<Millis>,
    /// A callback: its contact is dialled by whoever has it.
    pub is_dialled: bool,
    /// It waits in no queue before then.
    pub not_before_ms: Option<Millis>,
    /// The callback whose place it has.
    pub instead_of: Option<InteractionId>,
}

impl Few for Circumstances {
    const NONE: &'static Self = &Self {
        preferred_agent: None,
        preferred_until_ms: None,
        parent: None,
        originator: None,
        return_at_ms: None,
        named_agent: None,
        condition: None,
        share_ms: None,
        linked: None,
        consult_until_ms: None,
        is_dialled: false,
        not_before_ms: None,
        instead_of: None,
    };
}

record_of! {
    InteractionQueued as "interaction_queued" {
        interaction,
        queue,
        medium,
        units,
        priority,
        requirement,
        arrived_ms,
        deadline_ms,
        order,
        rare.preferred_agent,
        rare.preferred_until_ms,
        is_abandonable,
        rare.parent,
        rare.originator,
        rare.return_at_ms,
        sla_at_ms = None,
        overflow_at_ms = None,
        rare.named_agent = None,
        rare.condition = None,
        relax_at_ms = None,
        rare.share_ms = None,
        rare.linked = None,
        rare.consult_until_ms = None,
        rare.is_dialled = false,
        rare.not_before_ms = None,
        rare.instead_of = None,
    }
}
