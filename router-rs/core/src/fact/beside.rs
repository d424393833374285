//! Facts about agents' plans, and about what stands beside a contact's work: consults, seats, holds, flows.

use crate::command::SetPlan;
use crate::wire::record;
use crate::words::{AgentId, InteractionId, Millis, word};

word! {
    /// Why work came back from a flow.
    #[allow(missing_docs)] // The words say it.
    FlowReturnReason {
        Finished = "finished",
        TakenBack = "taken_back",
        TimedOut = "timed_out",
    }
}

record! {
    /// An agent has these shifts and breaks now.
    PlanSet as "plan_set" {
        config: SetPlan,
    }
}

record! {
    /// A planned break has begun.
    BreakStarted as "break_started" {
        agent: AgentId,
        reason: String,
        until_ms: Millis,
        /// The agent goes off queue for it, and comes back at its end; false: was off queue or away anyway.
        is_applied: bool,
    }
}

record! {
    /// A planned break is over.
    BreakEnded as "break_ended" {
        agent: AgentId,
    }
}

record! {
    /// The agent's shift is over.
    ShiftEnded as "shift_ended" {
        agent: AgentId,
    }
}

record! {
    /// The colleague who was asked has the contact now; the consult is a transfer that was accepted.
    ConsultCompleted as "consult_completed" {
        interaction: InteractionId,
        child: InteractionId,
        agent: AgentId,
    }
}

record! {
    /// The colleague who was asked is in a conference with the contact; the consult is a seat in it.
    ConferenceJoined as "conference_joined" {
        interaction: InteractionId,
        child: InteractionId,
        agent: AgentId,
    }
}

record! {
    /// The contact holds on: until it is unheld, joins a conference, or leaves this agent's hands.
    CallHeld as "call_held" {
        interaction: InteractionId,
        agent: AgentId,
    }
}

record! {
    /// The agent speaks to the contact again.
    CallUnheld as "call_unheld" {
        interaction: InteractionId,
        agent: AgentId,
    }
}

record! {
    /// The contact is with a flow (a payment, a form) and comes back to the same agent, at `until_ms` by itself.
    FlowEntered as "flow_entered" {
        interaction: InteractionId,
        agent: AgentId,
        until_ms: Millis,
    }
}

record! {
    /// The contact is with its agent again.
    FlowReturned as "flow_returned" {
        interaction: InteractionId,
        agent: AgentId,
        reason: FlowReturnReason,
    }
}
