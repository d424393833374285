//! Queues and agents: live edits that take nothing from what waits or is in hand.

use super::clocks::check_sla;
use crate::command::{Relaxation, SetAgent, SetQueue};
use crate::condition::{self, Condition};
use crate::engine::Engine;
use crate::fact::{
    AgentRemoved, AgentSet, CloseReason, InteractionClosed, QueueRemoved, QueueSet, RequeueReason,
    RevokeReason,
};
use crate::state::Stage;
use crate::words::{
    AGENT_ID_MAX, AGENTS_MAX, AgentId, BROADCAST_MAX, CALLBACK_TRIES_MAX, DURATION_MS_MAX, Fault,
    INTERVALS_MAX, Interval, Medium, QUEUES_MAX, QueueId, QueueOrder, RELAXATIONS_MAX, Refusal, Refused,
    SHARE_MAX, SKILLS_MAX, SkillLevel, TEAMS_MAX, UNITS_MAX, WEIGHT_MAX,
};

/// Refuses levels outside 1–10 and a skill named twice.
pub(super) fn check_requirement(requirement: &[SkillLevel], path: &str) -> Result<(), Refused> {
    let refused = |fault| Err(Refusal::BadRequirement.because(fault));
    if requirement.len() > SKILLS_MAX {
        let found = format!("{} skills", requirement.len());
        return refused(Fault::new(path, found, format!("at most {SKILLS_MAX}")));
    }
    for (at, &(_, level)) in requirement.iter().enumerate() {
        if !(1..=10).contains(&level) {
            return refused(Fault::new(format!("{path}[{at}].level"), level.to_string(), "1 to 10"));
        }
    }
    let mut skills: Vec<_> = requirement.iter().map(|&(skill, _)| skill).collect();
    skills.sort_unstable();
    match skills.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => refused(Fault::new(path, format!("skill {} twice", pair[0]), "each skill once")),
        None => Ok(()),
    }
}

/// Refuses a requirement or condition that is malformed or that nobody could meet (R49).
pub(super) fn check_demand(
    requirement: &[SkillLevel],
    condition: Option<&Condition>,
    path: &str,
) -> Result<(), Refused> {
    let is_plain = requirement.len() <= 1 && requirement.iter().all(|(_, level)| (1..=10).contains(level));
    if is_plain && condition.is_none() {
        return Ok(());
    }
    if !is_plain {
        check_requirement(requirement, &format!("{path}requirement"))?;
    }
    condition
        .map_or(Ok(()), |condition| condition::check(condition, requirement, &format!("{path}condition")))
        .map_err(|fault| Refusal::BadRequirement.because(fault))
}

fn check_times(config: &SetQueue) -> Result<(), Refused> {
    let times = [
        ("offer_ms", 1, config.offer_ms),
        ("wrap_up_ms", 0, config.wrap_up_ms),
        ("answer_target_ms", 1, config.answer_target_ms),
        ("priority_step_ms", 0, config.priority_step_ms),
        ("decline_ms", 0, config.decline_ms),
        ("preferred_ms", 0, config.preferred_ms),
        ("return_ms", 1, config.return_ms),
        ("unstaffed_ms", 0, config.unstaffed_ms),
        ("overflow_after_ms", 0, config.overflow_after_ms.unwrap_or(0)),
        ("consult_ms", 1, config.consult_ms),
        ("connect_ms", 1, config.connect_ms),
        ("callback_retry_ms", 1, config.callback_retry_ms),
    ];
    for (path, least, value) in times {
        if !(least..=DURATION_MS_MAX).contains(&value) {
            return Err(Refusal::BadValue.at(path, &value, format!("{least} to {DURATION_MS_MAX}")));
        }
    }
    Ok(())
}

pub(super) fn check_intervals(open: &[Interval], path: &str) -> Result<(), Refused> {
    if open.len() > INTERVALS_MAX {
        let found = format!("{} intervals", open.len());
        return Err(Refusal::BadInterval.at(path, &found, format!("at most {INTERVALS_MAX}")));
    }
    let mut before_ms = 0;
    for (at, &(from_ms, to_ms)) in open.iter().enumerate() {
        if from_ms < before_ms || to_ms <= from_ms {
            let found = format!("{from_ms} to {to_ms}");
            let allowed = format!("from {before_ms} or later, and an end after the beginning");
            return Err(Refusal::BadInterval.at(&format!("{path}[{at}]"), &found, allowed));
        }
        before_ms = to_ms;
    }
    Ok(())
}

fn check_relaxation(relaxation: &[Relaxation]) -> Result<(), Refused> {
    if relaxation.len() > RELAXATIONS_MAX {
        let found = format!("{} steps", relaxation.len());
        return Err(Refusal::BadValue.at("relaxation", &found, format!("at most {RELAXATIONS_MAX}")));
    }
    let mut least_ms = 1;
    for (at, step) in relaxation.iter().enumerate() {
        let path = format!("relaxation[{at}].");
        if !(least_ms..=DURATION_MS_MAX).contains(&step.after_ms) {
            let allowed = format!("{least_ms} to {DURATION_MS_MAX}, later than the step before");
            return Err(Refusal::BadValue.at(&format!("{path}after_ms"), &step.after_ms, allowed));
        }
        if step.lower_by > 9 {
            return Err(Refusal::BadValue.at(&format!("{path}lower_by"), &step.lower_by, "0 to 9"));
        }
        check_demand(&step.requirement, step.condition.as_ref(), &path)?;
        least_ms = step.after_ms + 1;
    }
    Ok(())
}

impl Engine {
    pub(crate) fn set_queue(&mut self, config: &SetQueue) -> Result<(), Refused> {
        check_demand(&config.requirement, config.condition.as_ref(), "")?;
        check_times(config)?;
        check_intervals(&config.open, "open")?;
        check_relaxation(&config.relaxation)?;
        check_sla(&config.sla)?;
        if config.agent_units_max.is_some_and(|units| !(1..=UNITS_MAX).contains(&units)) {
            let found = config.agent_units_max.unwrap_or(0);
            return Err(Refusal::BadValue.at("agent_units_max", &found, format!("1 to {UNITS_MAX}")));
        }
        if !(1..=BROADCAST_MAX).contains(&config.broadcast) {
            let allowed = format!("1 to {BROADCAST_MAX}");
            return Err(Refusal::BadValue.at("broadcast", &config.broadcast, allowed));
        }
        if !(1..=CALLBACK_TRIES_MAX).contains(&config.callback_tries) {
            let allowed = format!("1 to {CALLBACK_TRIES_MAX}");
            return Err(Refusal::BadValue.at("callback_tries", &config.callback_tries, allowed));
        }
        let share_min = u32::from(config.order_by == QueueOrder::Share);
        if !(share_min..=SHARE_MAX).contains(&config.share_per_hour) {
            let allowed = format!("{share_min} to {SHARE_MAX}");
            return Err(Refusal::BadValue.at("share_per_hour", &config.share_per_hour, allowed));
        }
        if !self.queues.has(config.queue) && self.queues.len() >= QUEUES_MAX {
            return Err(Refusal::QueueFull.at("queue", &"one more", format!("at most {QUEUES_MAX} queues")));
        }
        if config.redirect_queue == Some(config.queue) {
            return Err(Refusal::OverflowCycle.at("redirect_queue", &config.queue, "another queue"));
        }
        if config.blocked_queue == Some(config.queue) {
            return Err(Refusal::BadValue.at("blocked_queue", &config.queue, "another queue"));
        }
        self.check_overflow(config)?;
        self.emit(QueueSet { config: config.clone().into() });
        Ok(())
    }

    /// Refuses an overflow that would come back (R41).
    fn check_overflow(&self, config: &SetQueue) -> Result<(), Refused> {
        let (mut chain, mut next) = (config.queue.to_string(), config.overflow_queue);
        while let Some(queue) = next {
            chain = format!("{chain} → {queue}");
            if queue == config.queue {
                return Err(Refusal::OverflowCycle.at("overflow_queue", &chain, "a chain that ends"));
            }
            next = self.queues.get(queue).and_then(|queue| queue.state.config.overflow_queue);
        }
        Ok(())
    }

    pub(crate) fn remove_queue(&mut self, queue: QueueId) -> Result<(), Refusal> {
        let found = self.queues.get(queue).ok_or(Refusal::UnknownQueue)?;
        if found.live > 0 {
            return Err(Refusal::QueueNotEmpty);
        }
        self.emit(QueueRemoved { queue });
        Ok(())
    }

    pub(crate) fn set_agent(&mut self, config: &SetAgent) -> Result<(), Refused> {
        if config.agent > AGENT_ID_MAX {
            return Err(Refusal::BadValue.at("agent", &config.agent, format!("0 to {AGENT_ID_MAX}")));
        }
        check_requirement(&config.skills, "skills")?;
        let mut media: Vec<_> = config.capacity.iter().map(|&(medium, _)| medium).collect();
        media.sort_unstable();
        if let Some(pair) = media.windows(2).find(|pair| pair[0] == pair[1]) {
            let found = format!("{} twice", pair[0].text());
            return Err(Refusal::BadValue.at("capacity", &found, "each medium once"));
        }
        for (at, &medium) in config.interruptible.iter().enumerate() {
            if medium == Medium::Voice || config.interruptible[..at].contains(&medium) {
                let allowed = "chat, email or task, each once";
                return Err(Refusal::BadValue.at(&format!("interruptible[{at}]"), &medium.text(), allowed));
            }
        }
        for (at, &(_, units)) in config.capacity.iter().enumerate() {
            if units > UNITS_MAX {
                let allowed = format!("0 to {UNITS_MAX}");
                return Err(Refusal::BadValue.at(&format!("capacity[{at}].units"), &units, allowed));
            }
        }
        if !(1..=WEIGHT_MAX).contains(&config.weight) {
            return Err(Refusal::BadValue.at("weight", &config.weight, format!("1 to {WEIGHT_MAX}")));
        }
        if config.teams.len() > TEAMS_MAX {
            let found = format!("{} teams", config.teams.len());
            return Err(Refusal::BadValue.at("teams", &found, format!("at most {TEAMS_MAX}")));
        }
        if !self.agents.has(config.agent) && self.agents.len() >= AGENTS_MAX {
            return Err(Refusal::BadValue.at("agent", &"one more", format!("at most {AGENTS_MAX} agents")));
        }
        self.emit(AgentSet { config: config.clone() });
        self.end_vain_preferences(config.agent);
        Ok(())
    }

    pub(crate) fn remove_agent(&mut self, agent: AgentId) -> Result<(), Refusal> {
        let work = self.agent(agent).ok_or(Refusal::UnknownAgent)?.work.iter().collect::<Vec<_>>();
        for interaction in work {
            // An earlier step may have cancelled this one.
            let Ok(state) = self.interaction(interaction) else {
                continue;
            };
            match state.stage {
                Stage::Offered | Stage::Connecting => {
                    self.take_back_from(
                        agent,
                        interaction,
                        RevokeReason::AgentRemoved,
                        RequeueReason::AgentRemoved,
                    );
                }
                Stage::Active | Stage::Interrupted | Stage::InFlow => {
                    self.return_to_head(interaction, RequeueReason::AgentRemoved);
                }
                Stage::Queued | Stage::Scheduled | Stage::Parked | Stage::Wrapping => {
                    self.emit(InteractionClosed { interaction, agent, reason: CloseReason::AgentRemoved });
                }
            }
        }
        self.end_preferences(agent);
        self.emit(AgentRemoved { agent });
        Ok(())
    }
}
