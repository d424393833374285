//! Queues and agents: live edits that take nothing from what waits or is in hand.

use crate::command::{SetAgent, SetQueue};
use crate::engine::Engine;
use crate::fact::{
    AgentRemoved, AgentSet, CloseReason, InteractionClosed, QueueRemoved, QueueSet, RequeueReason,
    RevokeReason,
};
use crate::state::Stage;
use crate::words::{
    AGENTS_MAX, AgentId, DURATION_MS_MAX, INTERVALS_MAX, Millis, QUEUES_MAX, QueueId, Refusal, SKILLS_MAX,
    SkillLevel, UNITS_MAX,
};

/// Refuses levels outside 1–10 and a skill named twice.
pub(super) fn check_requirement(requirement: &[SkillLevel]) -> Result<(), Refusal> {
    let mut skills: Vec<_> = requirement.iter().map(|&(skill, _)| skill).collect();
    skills.sort_unstable();
    let is_unique = skills.windows(2).all(|pair| pair[0] != pair[1]);
    let is_level = requirement.iter().all(|&(_, level)| (1..=10).contains(&level));
    if is_unique && is_level && requirement.len() <= SKILLS_MAX {
        Ok(())
    } else {
        Err(Refusal::BadRequirement)
    }
}

fn check_policy(config: &SetQueue) -> Result<(), Refusal> {
    let within = |least: Millis, value: Millis| (least..=DURATION_MS_MAX).contains(&value);
    let is_fit = within(1, config.offer_ms)
        && within(0, config.wrap_up_ms)
        && within(1, config.answer_target_ms)
        && within(0, config.priority_step_ms)
        && within(0, config.decline_ms)
        && within(0, config.preferred_ms)
        && within(1, config.return_ms)
        && within(0, config.unstaffed_ms)
        && config.overflow_after_ms.is_none_or(|after_ms| within(0, after_ms));
    if is_fit { Ok(()) } else { Err(Refusal::BadValue) }
}

impl Engine {
    pub(crate) fn set_queue(&mut self, config: &SetQueue) -> Result<(), Refusal> {
        check_requirement(&config.requirement)?;
        check_policy(config)?;
        let is_sorted = config.open.windows(2).all(|pair| pair[0].1 <= pair[1].0);
        let has_length = config.open.iter().all(|&(from_ms, to_ms)| 0 <= from_ms && from_ms < to_ms);
        if !is_sorted || !has_length || config.open.len() > INTERVALS_MAX {
            return Err(Refusal::BadInterval);
        }
        if !self.queues.contains_key(&config.queue) && self.queues.len() >= QUEUES_MAX {
            return Err(Refusal::QueueFull);
        }
        self.check_overflow(config)?;
        self.emit(QueueSet { config: config.clone() });
        Ok(())
    }

    /// Refuses an overflow that would come back (R41).
    fn check_overflow(&self, config: &SetQueue) -> Result<(), Refusal> {
        let mut next = config.overflow_queue;
        while let Some(queue) = next {
            if queue == config.queue {
                return Err(Refusal::OverflowCycle);
            }
            next = self.queues.get(&queue).and_then(|queue| queue.state.config.overflow_queue);
        }
        Ok(())
    }

    pub(crate) fn remove_queue(&mut self, queue: QueueId) -> Result<(), Refusal> {
        let found = self.queues.get(&queue).ok_or(Refusal::UnknownQueue)?;
        if !found.live.is_empty() {
            return Err(Refusal::QueueNotEmpty);
        }
        self.emit(QueueRemoved { queue });
        Ok(())
    }

    pub(crate) fn set_agent(&mut self, config: &SetAgent) -> Result<(), Refusal> {
        check_requirement(&config.skills)?;
        let mut media: Vec<_> = config.capacity.iter().map(|&(medium, _)| medium).collect();
        media.sort_unstable();
        media.dedup();
        if media.len() != config.capacity.len() || config.capacity.iter().any(|&(_, units)| units > UNITS_MAX)
        {
            return Err(Refusal::BadValue);
        }
        if !self.slots.contains_key(&config.agent) && self.slots.len() >= AGENTS_MAX {
            return Err(Refusal::BadValue);
        }
        self.emit(AgentSet { config: config.clone() });
        self.end_vain_preferences(config.agent);
        Ok(())
    }

    pub(crate) fn remove_agent(&mut self, agent: AgentId) -> Result<(), Refusal> {
        let work: Vec<_> = self.agent(agent).ok_or(Refusal::UnknownAgent)?.work.iter().copied().collect();
        for interaction in work {
            // An earlier step may have cancelled this one.
            let Ok(state) = self.interaction(interaction) else {
                continue;
            };
            match state.stage {
                Stage::Offered => {
                    self.take_offer_back(
                        interaction,
                        RevokeReason::AgentRemoved,
                        RequeueReason::AgentRemoved,
                    );
                }
                Stage::Active => self.return_to_head(interaction, RequeueReason::AgentRemoved),
                Stage::Queued | Stage::Parked | Stage::Wrapping => {
                    self.emit(InteractionClosed { interaction, agent, reason: CloseReason::AgentRemoved });
                }
            }
        }
        self.end_preferences(agent);
        self.emit(AgentRemoved { agent });
        Ok(())
    }
}
