//! Who and what an engine knows at a moment: where a recording of its facts begins.

use crate::command::{SetAgent, SetQueue};
use crate::engine::Engine;
use crate::state::Stage;
use crate::words::{AgentId, InteractionId, Medium, Millis, QueueId, Session, SkillLevel, Status};

/// Queues, agents and live work, each in order of ids.
#[derive(Clone, Debug)]
pub struct Roster {
    /// Policies as they stand.
    pub queues: Vec<SetQueue>,
    /// Configurations, and whether the agent takes new work.
    pub agents: Vec<(SetAgent, bool)>,
    /// What waits or is in hand.
    pub work: Vec<LiveWork>,
}

/// One live interaction.
#[derive(Clone, Debug)]
pub struct LiveWork {
    /// Its id.
    pub interaction: InteractionId,
    /// Where it waits or waited.
    pub queue: QueueId,
    /// Of the contact.
    pub medium: Medium,
    /// Units it takes.
    pub units: u32,
    /// 0–9.
    pub priority: u8,
    /// On top of the queue's.
    pub requirement: Vec<SkillLevel>,
    /// When it entered its queue.
    pub queued_ms: Millis,
    /// Who has it in hand; `None` while it waits, rings or is parked.
    pub in_hand_of: Option<AgentId>,
    /// Wraps up.
    pub is_wrapping: bool,
    /// For one agent alone, or a consult or a seat in a conference: no contact that a queue has.
    pub is_named: bool,
}

impl Engine {
    /// Returns who and what there is, as of the latest fact.
    #[must_use]
    pub fn roster(&self) -> Roster {
        let agents = self.agents.in_order().into_iter().map(|agent| {
            let state = &agent.state;
            let is_on = state.session == Session::Online
                && state.status == Status::OnQueue
                && state.next_status.is_none()
                && !state.is_blocked;
            (state.config.clone(), is_on)
        });
        let work = self.work.in_order().into_iter().map(|work| {
            let state = &work.state;
            let is_wrapping = state.stage == Stage::Wrapping;
            LiveWork {
                interaction: state.interaction,
                queue: state.queue,
                medium: state.medium,
                units: state.units,
                priority: state.priority,
                requirement: state.requirement.to_vec(),
                queued_ms: state.queued_ms,
                in_hand_of: state.holder.get().filter(|_| {
                    matches!(state.stage, Stage::Active | Stage::InFlow | Stage::Connecting) || is_wrapping
                }),
                is_wrapping,
                is_named: state.rare.named_agent.is_some() || state.rare.bond.is_some(),
            }
        });
        Roster {
            queues: self.queues.in_order().into_iter().map(|queue| queue.state.config.clone()).collect(),
            agents: agents.collect(),
            work: work.collect(),
        }
    }
}
