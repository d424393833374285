//! What each command does, straight from the rules.

use std::collections::BTreeSet;

use ucc_router_core::command::{Command, SetAgent, SetQueue, SetStatus};
use ucc_router_core::condition::{self, Condition};
use ucc_router_core::fact::{
    ActivationCause, AgentRemoved, AgentSet, CloseReason, ConnectingRearmed, InteractionParked, OfferRearmed,
    QueueRemoved, QueueSet, RequeueReason, RevokeReason, ShardOpened,
};
use ucc_router_core::words::{
    AgentId, BROADCAST_MAX, CALLBACK_TRIES_MAX, CONTACT_LOST_MS, DURATION_MS_MAX, InteractionId, Medium,
    Millis, QueueId, QueueOrder, Refusal, SHARE_MAX, Session, SkillLevel, Status, UNITS_MAX, WEIGHT_MAX,
};

use super::clocks::check_sla;
use super::{Agent, Oracle, Queue, Stage, Work};

pub(super) type Decision = Result<(), Refusal>;

pub(super) fn check_requirement(requirement: &[SkillLevel]) -> Decision {
    let skills: BTreeSet<u64> = requirement.iter().map(|&(skill, _)| skill).collect();
    let has_levels = requirement.iter().all(|&(_, level)| (1..=10).contains(&level));
    if skills.len() == requirement.len() && has_levels { Ok(()) } else { Err(Refusal::BadRequirement) }
}

/// R49. What is malformed is the vocabulary's to say, as it is with bytes that do not decode.
pub(super) fn check_condition(condition: Option<&Condition>, levels: &[SkillLevel]) -> Decision {
    let Some(condition) = condition else { return Ok(()) };
    match condition::check(condition, levels, "condition") {
        Ok(()) => Ok(()),
        Err(_) => Err(Refusal::BadRequirement),
    }
}

impl Oracle {
    pub(super) fn decide(&mut self, command: &Command) -> Decision {
        self.check_contacts(command)?;
        match command {
            Command::SetQueue(config) => self.set_queue(config),
            Command::RemoveQueue(command) => self.remove_queue(command.queue),
            Command::SetAgent(config) => self.set_agent(config),
            Command::RemoveAgent(command) => self.remove_agent(command.agent),
            Command::SetPlan(command) => self.set_plan(command),
            Command::SetSession(c) => self.set_session(c.agent, c.session, c.is_forced),
            Command::SetStatus(command) => self.set_status(command),
            Command::ClearBlock(c) => {
                if self.agents.get(&c.agent).ok_or(Refusal::UnknownAgent)?.is_blocked {
                    self.presence(c.agent, |agent| agent.is_blocked = false);
                }
                Ok(())
            }
            Command::Enqueue(command) => self.enqueue(command),
            Command::ContactWrote(c) => self.contact_wrote(c.interaction, &c.otherwise),
            Command::ContactLost(c) => self.contact_lost(c.interaction),
            Command::ContactBack(c) => {
                if self.find(c.interaction)?.is_contact_lost {
                    self.contact_back(c.interaction);
                }
                Ok(())
            }
            Command::ContactLeft(c) => self.contact_left(c.interaction),
            Command::AskCallback(c) => self.ask_callback(c),
            Command::AgentWrote(c) => self.agent_wrote(c.interaction, c.agent),
            Command::Accept(c) => self.accept(c.interaction, c.agent, c.epoch, c.is_connecting),
            Command::Connected(c) => self.connected(c.interaction, c.agent),
            Command::FailConnecting(c) => self.fail_connecting(c.interaction, c.agent),
            Command::Decline(c) => self.decline(c.interaction, c.agent, c.epoch, c.reason.clone()),
            Command::End(c) => self.end(c.interaction, c.agent),
            Command::Complete(c) => {
                self.held(c.interaction, c.agent, 'w', Refusal::NotWrapping)?;
                self.close(c.interaction, c.agent, CloseReason::Completed);
                Ok(())
            }
            Command::ExtendWrapUp(c) => self.extend(c.interaction, c.agent, c.by_ms),
            Command::Park(c) => {
                self.held(c.interaction, c.agent, 'a', Refusal::NotActive)?;
                self.check_alone(c.interaction)?;
                self.cancel_child(c.interaction);
                self.entry(c.interaction).is_held = false;
                self.entry(c.interaction).stage = Stage::Parked { agent: c.agent };
                self.note(InteractionParked { interaction: c.interaction, agent: c.agent });
                Ok(())
            }
            Command::Unpark(c) => {
                self.held(c.interaction, c.agent, 'p', Refusal::NotParked)?;
                if self.agents[&c.agent].session == Session::Offline {
                    return Err(Refusal::AgentOffline);
                }
                self.activate(c.interaction, c.agent, ActivationCause::Unparked, None);
                Ok(())
            }
            Command::ChangeMedium(c) => self.change_medium(c),
            Command::TransferToQueue(command) => self.transfer_to_queue(command),
            Command::TransferToAgent(command) => self.transfer_to_agent(command),
            Command::Consult(command) => self.consult(command),
            Command::CompleteConsult(c) => self.complete_consult(c.interaction, c.agent),
            Command::MergeConsult(c) => self.merge_consult(c.interaction, c.agent),
            Command::HandOver(c) => self.hand_over(c.interaction, c.agent, c.to_agent),
            Command::Hold(c) => self.hold(c.interaction, c.agent, true),
            Command::Unhold(c) => self.hold(c.interaction, c.agent, false),
            Command::HandToFlow(c) => self.hand_to_flow(c.interaction, c.agent, c.limit_ms),
            Command::ReturnFromFlow(c) => self.return_from_flow(c.interaction, c.agent),
            Command::Take(c) => self.take(c.interaction, c.agent),
            Command::Advance(_) => Ok(()),
            Command::OpenShard(c) => self.open_shard(c.epoch),
        }
    }

    pub(super) fn find(&self, interaction: InteractionId) -> Result<&Work, Refusal> {
        self.work.get(&interaction).ok_or(Refusal::UnknownInteraction)
    }

    pub(super) fn entry(&mut self, interaction: InteractionId) -> &mut Work {
        self.work.get_mut(&interaction).expect("live work")
    }

    /// Checks that the agent has the work in the stage of this letter.
    pub(super) fn held(
        &self,
        interaction: InteractionId,
        agent: AgentId,
        letter: char,
        refusal: Refusal,
    ) -> Result<&Work, Refusal> {
        let work = self.find(interaction)?;
        let found = match work.stage {
            Stage::Queued => 'q',
            Stage::Offered { .. } => 'o',
            Stage::Active { .. } => 'a',
            Stage::Parked { .. } => 'p',
            Stage::Interrupted { .. } => 'i',
            Stage::Wrapping { .. } => 'w',
            Stage::InFlow { .. } => 'f',
            Stage::Connecting { .. } => 'c',
            Stage::Scheduled { .. } => 's',
        };
        match (found == letter, work.stage.holder() == Some(agent)) {
            (false, _) => Err(refusal),
            (true, false) => Err(Refusal::NotOwner),
            (true, true) => Ok(work),
        }
    }

    // --- configuration ----------------------------------------------------------------------------

    pub(super) fn set_queue(&mut self, config: &SetQueue) -> Decision {
        check_requirement(&config.requirement)?;
        check_condition(config.condition.as_ref(), &config.requirement)?;
        let from_zero = [
            config.wrap_up_ms,
            config.priority_step_ms,
            config.decline_ms,
            config.preferred_ms,
            config.unstaffed_ms,
        ];
        let from_one = [
            config.offer_ms,
            config.answer_target_ms,
            config.return_ms,
            config.consult_ms,
            config.connect_ms,
            config.callback_retry_ms,
        ];
        let mut times = from_zero.into_iter().chain(config.overflow_after_ms).chain(from_one);
        if from_one.contains(&0) || times.any(|ms| !(0..=DURATION_MS_MAX).contains(&ms)) {
            return Err(Refusal::BadValue);
        }
        if config.broadcast == 0 || config.broadcast > BROADCAST_MAX {
            return Err(Refusal::BadValue);
        }
        if config.agent_units_max.is_some_and(|units| !(1..=UNITS_MAX).contains(&units)) {
            return Err(Refusal::BadValue);
        }
        let mut last_ms = 0;
        let mut open: Vec<(Millis, Millis)> = Vec::new();
        for &(from_ms, to_ms) in &config.open {
            if from_ms < last_ms || to_ms <= from_ms {
                return Err(Refusal::BadInterval);
            }
            match open.last_mut() {
                Some(last) if last.1 == from_ms => last.1 = to_ms,
                _ => open.push((from_ms, to_ms)),
            }
            last_ms = to_ms;
        }
        let mut before_ms = 0;
        for step in &config.relaxation {
            if step.after_ms <= before_ms || step.after_ms > DURATION_MS_MAX || step.lower_by >= 10 {
                return Err(Refusal::BadValue);
            }
            check_requirement(&step.requirement)?;
            check_condition(step.condition.as_ref(), &step.requirement)?;
            before_ms = step.after_ms;
        }
        check_sla(&config.sla)?;
        if config.callback_tries == 0 || config.callback_tries > CALLBACK_TRIES_MAX {
            return Err(Refusal::BadValue);
        }
        let has_share = (1..=SHARE_MAX).contains(&config.share_per_hour);
        if !has_share && (config.order_by == QueueOrder::Share || config.share_per_hour > 0) {
            return Err(Refusal::BadValue);
        }
        if config.redirect_queue == Some(config.queue) {
            return Err(Refusal::OverflowCycle);
        }
        if config.blocked_queue == Some(config.queue) {
            return Err(Refusal::BadValue);
        }
        let mut chain = config.overflow_queue;
        while let Some(id) = chain {
            if id == config.queue {
                return Err(Refusal::OverflowCycle);
            }
            chain = self.queues.get(&id).and_then(|queue| queue.config.overflow_queue);
        }
        let at_ms = self.at_ms;
        let is_open = open.iter().any(|&(from_ms, to_ms)| from_ms <= at_ms && at_ms < to_ms);
        let edges = open.iter().flat_map(|&(from_ms, to_ms)| [(from_ms, true), (to_ms, false)]);
        let boundaries = edges.filter(|&(edge_ms, _)| edge_ms > at_ms).collect();
        let before = self.queues.get(&config.queue);
        let queue = Queue {
            is_open,
            boundaries,
            unstaffed_at_ms: before.and_then(|queue| queue.unstaffed_at_ms),
            is_unstaffed: before.is_some_and(|queue| queue.is_unstaffed),
            share_ms: before.map_or(0, |queue| queue.share_ms),
            config: SetQueue { open, ..config.clone() },
        };
        for work in self.work.values_mut().filter(|work| work.queue == config.queue && !work.is_overdue) {
            if matches!(work.stage, Stage::Queued | Stage::Offered { .. } | Stage::Connecting { .. }) {
                work.overflow_at_ms = queue.overflow_at(work.queued_ms);
            }
        }
        for work in self.work.values_mut().filter(|work| work.queue == config.queue) {
            if matches!(work.stage, Stage::Queued | Stage::Offered { .. } | Stage::Connecting { .. }) {
                // R48: the steps of the new policy whose time has come.
                let due = |step| queue.relax_at(work.queued_ms, step);
                work.step = (0..config.relaxation.len())
                    .take_while(|&step| due(step).is_some_and(|due_ms| due_ms <= at_ms))
                    .count();
                work.relax_at_ms = due(work.step);
            }
        }
        self.queues.insert(config.queue, queue);
        self.note(QueueSet { config: config.clone().into() });
        Ok(())
    }

    pub(super) fn remove_queue(&mut self, queue: QueueId) -> Decision {
        self.queues.get(&queue).ok_or(Refusal::UnknownQueue)?;
        if self.work.values().any(|work| work.queue == queue) {
            return Err(Refusal::QueueNotEmpty);
        }
        self.queues.remove(&queue);
        self.note(QueueRemoved { queue });
        Ok(())
    }

    pub(super) fn set_agent(&mut self, config: &SetAgent) -> Decision {
        check_requirement(&config.skills)?;
        let media: BTreeSet<Medium> = config.capacity.iter().map(|&(medium, _)| medium).collect();
        if media.len() != config.capacity.len() || config.capacity.iter().any(|&(_, units)| units > UNITS_MAX)
        {
            return Err(Refusal::BadValue);
        }
        let yielding: BTreeSet<Medium> = config.interruptible.iter().copied().collect();
        if yielding.contains(&Medium::Voice) || yielding.len() < config.interruptible.len() {
            return Err(Refusal::BadValue);
        }
        if config.weight < 1 || config.weight > WEIGHT_MAX {
            return Err(Refusal::BadValue);
        }
        let at_ms = self.at_ms;
        let agent = self.agents.entry(config.agent).or_insert_with(|| Agent {
            config: config.clone(),
            session: Session::Offline,
            status: Status::OffQueue,
            reason: None,
            next: None,
            is_blocked: false,
            since_ms: at_ms,
            idle_since_ms: at_ms,
            lost_at_ms: None,
            turn: 0,
            pass: 0,
            plan: super::plans::Plan::default(),
        });
        agent.config = config.clone();
        self.note(AgentSet { config: config.clone() });
        self.end_vain_preferences(config.agent, false);
        Ok(())
    }

    pub(super) fn remove_agent(&mut self, agent: AgentId) -> Decision {
        self.agents.get(&agent).ok_or(Refusal::UnknownAgent)?;
        for interaction in self.held_by(agent) {
            match self.work.get(&interaction).map(|work| work.stage) {
                None => {}
                Some(Stage::Offered { .. } | Stage::Connecting { .. }) => {
                    self.take_back_from(
                        agent,
                        interaction,
                        RevokeReason::AgentRemoved,
                        RequeueReason::AgentRemoved,
                    );
                }
                Some(Stage::Active { .. } | Stage::Interrupted { .. } | Stage::InFlow { .. }) => {
                    self.send_to_head(interaction, RequeueReason::AgentRemoved);
                }
                Some(_) => self.close(interaction, agent, CloseReason::AgentRemoved),
            }
        }
        self.end_vain_preferences(agent, true);
        self.agents.remove(&agent);
        self.note(AgentRemoved { agent });
        Ok(())
    }

    pub(super) fn held_by(&self, agent: AgentId) -> Vec<InteractionId> {
        self.work.values().filter(|work| work.is_with(agent)).map(|work| work.id).collect()
    }

    // --- presence ---------------------------------------------------------------------------------

    pub(super) fn set_session(&mut self, id: AgentId, session: Session, is_forced: bool) -> Decision {
        let before = self.agents.get(&id).ok_or(Refusal::UnknownAgent)?.session;
        let at_ms = self.at_ms;
        let is_active =
            self.work.values().any(|work| matches!(work.stage, Stage::Active { agent } | Stage::Interrupted { agent } | Stage::InFlow { agent, .. } | Stage::Connecting { agent, .. } if agent == id));
        match (before, session) {
            (before, after) if before == after => {}
            (Session::Offline, Session::Reconnecting) => {}
            (_, Session::Online) => self.presence(id, |agent| agent.session = Session::Online),
            (_, Session::Reconnecting) => self.presence(id, |agent| {
                agent.session = Session::Reconnecting;
                agent.lost_at_ms = Some(at_ms);
            }),
            (_, Session::Offline) if is_active && !is_forced => return Err(Refusal::WorkInHand),
            (_, Session::Offline) => self.go_offline(id),
        }
        Ok(())
    }

    pub(super) fn go_offline(&mut self, agent: AgentId) {
        self.give_back(agent, |stage, _| stage.is_in_hand() && !matches!(stage, Stage::Wrapping { .. }));
        self.presence(agent, |agent| agent.session = Session::Offline);
    }

    pub(super) fn give_back(&mut self, agent: AgentId, which: impl Fn(Stage, Medium) -> bool) {
        for interaction in self.held_by(agent) {
            let Some(work) = self.work.get(&interaction) else { continue };
            match work.stage {
                stage if !which(stage, work.medium) => {}
                Stage::Offered { .. } | Stage::Connecting { .. } => {
                    let reason = RequeueReason::AgentLost;
                    self.take_back_from(agent, interaction, RevokeReason::AgentLost, reason);
                }
                _ => self.send_to_head(interaction, RequeueReason::AgentLost),
            }
        }
    }

    pub(super) fn set_status(&mut self, command: &SetStatus) -> Decision {
        let agent = self.agents.get(&command.agent).ok_or(Refusal::UnknownAgent)?;
        let wanted = (command.status, command.reason.clone());
        let is_same = (agent.status, agent.reason.clone()) == wanted;
        if agent.next.as_ref() == Some(&wanted) || (is_same && agent.next.is_none()) {
            return Ok(());
        }
        let drains = wanted.0 == Status::OffQueue && self.is_busy(command.agent) && !is_same;
        self.presence(command.agent, |agent| {
            if drains {
                agent.next = Some(wanted);
            } else {
                (agent.status, agent.reason) = wanted;
                agent.next = None;
            }
        });
        Ok(())
    }

    pub(super) fn open_shard(&mut self, epoch: u64) -> Decision {
        if epoch <= self.epoch {
            return Err(Refusal::StaleEpoch);
        }
        self.epoch = epoch;
        self.note(ShardOpened { epoch });
        let at_ms = self.at_ms;
        for id in self.agents.keys().copied().collect::<Vec<_>>() {
            if self.agents[&id].session != Session::Offline {
                self.presence(id, |agent| {
                    agent.session = Session::Reconnecting;
                    agent.lost_at_ms = Some(at_ms);
                });
            }
        }
        for id in self.work.keys().copied().collect::<Vec<_>>() {
            let work = self.work[&id].clone();
            if let Stage::Offered { agent, .. } = work.stage {
                let expires_ms = at_ms + self.queues[&work.queue].config.offer_ms;
                self.entry(id).stage = Stage::Offered { agent, expires_ms };
                for agent in work.ringing() {
                    self.note(OfferRearmed { interaction: id, agent, epoch: work.epoch, expires_ms });
                }
            }
            if let Stage::Connecting { agent, .. } = work.stage {
                let until_ms = at_ms + self.queues[&work.queue].config.connect_ms;
                self.entry(id).stage = Stage::Connecting { agent, until_ms };
                self.note(ConnectingRearmed { interaction: id, agent, until_ms });
            }
            if work.abandon_at_ms.is_some() {
                self.lose_contact(id, Some(at_ms + CONTACT_LOST_MS));
            }
        }
        Ok(())
    }
}
