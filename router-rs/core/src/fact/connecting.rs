//! Facts about work between an accepted offer and hands: connecting, dialling, and being dialled again later.

use crate::wire::record;
use crate::words::{AgentId, InteractionId, Millis, QueueId, word};

word! {
    /// Why connecting came to nothing.
    #[allow(missing_docs)] // The words say it.
    ConnectingEndReason {
        Failed = "failed",
        TimedOut = "timed_out",
    }
}

word! {
    /// Why work failed.
    #[allow(missing_docs)] // The words say it.
    FailReason {
        Unreached = "unreached",
    }
}

record! {
    /// Accepted, and not yet in hand: media are set up, or the contact is dialled. The agent's units are held until `until_ms`.
    ConnectingStarted as "connecting_started" {
        interaction: InteractionId,
        agent: AgentId,
        until_ms: Millis,
        /// Who was connecting before a colleague took it.
        previous_agent: Option<AgentId>,
        is_over_capacity: bool,
        /// Of dialled work: which time it is, from 1; else 0.
        tries: u32,
        /// Of dialled work: how often at most; else 0.
        tries_max: u32,
    }
}

record! {
    /// A new owner gave connecting a new end.
    ConnectingRearmed as "connecting_rearmed" {
        interaction: InteractionId,
        agent: AgentId,
        until_ms: Millis,
    }
}

record! {
    /// Media were not set up, or the contact was not reached; where the work goes is the next fact. The agent is not eligible for it until `until_ms`.
    ConnectingFailed as "connecting_failed" {
        interaction: InteractionId,
        agent: AgentId,
        reason: ConnectingEndReason,
        until_ms: Millis,
    }
}

record! {
    /// Unreached: waits in no queue until `due_ms`, then in its original place.
    InteractionScheduled as "interaction_scheduled" {
        interaction: InteractionId,
        queue: QueueId,
        due_ms: Millis,
        /// How often it was dialled in vain.
        tries: u32,
        tries_max: u32,
    }
}

record! {
    /// Over without its contact.
    InteractionFailed as "interaction_failed" {
        interaction: InteractionId,
        queue: QueueId,
        reason: FailReason,
        /// How often it was dialled in vain.
        tries: u32,
    }
}
