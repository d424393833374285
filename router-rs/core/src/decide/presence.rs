//! Sessions, statuses and blocks: three axes, one fact that gives all of them.

use crate::command::{SetSession, SetStatus};
use crate::engine::Engine;
use crate::fact::{
    ConnectingRearmed, ContactLostSeen, OfferRearmed, PreferenceEndReason, PreferenceEnded, PresenceChanged,
    RequeueReason, RevokeReason, ShardOpened,
};
use crate::state::{Agent, Stage};
use crate::words::{AgentId, CONTACT_LOST_MS, InteractionId, Refusal, Session, Status};

/// Returns the agent's presence as a fact that changes nothing yet.
fn presence_of(agent: &Agent) -> PresenceChanged {
    let state = &agent.state;
    PresenceChanged {
        agent: state.config.agent,
        session: state.session,
        status: state.status,
        reason: state.reason.clone(),
        next_status: state.next_status,
        next_reason: state.next_reason.clone(),
        is_blocked: state.is_blocked,
        since_ms: state.since_ms,
        idle_since_ms: state.idle_since_ms,
        lost_at_ms: state.lost_at_ms,
    }
}

impl Engine {
    /// Changes axes of presence. Whoever becomes routable starts to be idle now, save after a short loss.
    pub(crate) fn change_presence(&mut self, agent: AgentId, change: impl FnOnce(&mut PresenceChanged)) {
        let found = self.agent(agent).expect("the command named a known agent");
        let (was_staffing, mut presence) = (found.is_staffing(), presence_of(found));
        change(&mut presence);
        presence.since_ms = self.at_ms;
        let is_staffing = presence.session != Session::Offline
            && presence.status == Status::OnQueue
            && presence.next_status.is_none()
            && !presence.is_blocked;
        if is_staffing && !was_staffing {
            presence.idle_since_ms = self.at_ms;
        }
        presence.lost_at_ms = presence.lost_at_ms.filter(|_| presence.session == Session::Reconnecting);
        self.emit(presence);
        self.end_vain_preferences(agent);
    }

    pub(crate) fn set_session(&mut self, command: &SetSession) -> Result<(), Refusal> {
        let SetSession { agent, session, is_forced } = *command;
        let found = self.agent(agent).ok_or(Refusal::UnknownAgent)?;
        let (before, at_ms) = (found.state.session, self.at_ms);
        match session {
            _ if session == before => {}
            Session::Online => self.change_presence(agent, |presence| presence.session = Session::Online),
            Session::Reconnecting if before == Session::Offline => {}
            Session::Reconnecting => self.change_presence(agent, |presence| {
                presence.session = Session::Reconnecting;
                presence.lost_at_ms = Some(at_ms);
            }),
            Session::Offline if found.active + found.interrupted > 0 && !is_forced => {
                return Err(Refusal::WorkInHand);
            }
            Session::Offline => self.go_offline(agent),
        }
        Ok(())
    }

    /// Signs out: offers go back to their places, work to the head of its queue; wrap-ups run on (I7).
    pub(crate) fn go_offline(&mut self, agent: AgentId) {
        self.give_back(agent, |stage, _| {
            !matches!(stage, Stage::Queued | Stage::Scheduled | Stage::Parked | Stage::Wrapping)
        });
        self.change_presence(agent, |presence| presence.session = Session::Offline);
    }

    /// Gives back what a lost agent holds and `which` names.
    pub(crate) fn give_back(&mut self, agent: AgentId, which: impl Fn(Stage, crate::words::Medium) -> bool) {
        let work: Vec<InteractionId> =
            self.agent(agent).into_iter().flat_map(|agent| agent.work.iter()).collect();
        for interaction in work {
            let Ok(state) = self.interaction(interaction) else {
                continue;
            };
            match state.stage {
                stage if !which(stage, state.medium) => {}
                Stage::Offered | Stage::Connecting => {
                    let reason = RequeueReason::AgentLost;
                    self.take_back_from(agent, interaction, RevokeReason::AgentLost, reason);
                }
                _ => self.return_to_head(interaction, RequeueReason::AgentLost),
            }
        }
    }

    pub(crate) fn set_status(&mut self, command: &SetStatus) -> Result<(), Refusal> {
        let found = self.agent(command.agent).ok_or(Refusal::UnknownAgent)?;
        let state = &found.state;
        let is_same = state.status == command.status && state.reason == command.reason;
        let is_next = state.next_status == Some(command.status) && state.next_reason == command.reason;
        let drains = command.status == Status::OffQueue && found.is_busy();
        if is_next || (is_same && state.next_status.is_none()) {
            return Ok(());
        }
        self.change_presence(command.agent, |presence| {
            if drains && !is_same {
                presence.next_status = Some(command.status);
                presence.next_reason.clone_from(&command.reason);
            } else {
                presence.status = command.status;
                presence.reason.clone_from(&command.reason);
                presence.next_status = None;
                presence.next_reason = None;
            }
        });
        Ok(())
    }

    /// The next status applies once no unparked work is left (R24).
    pub(crate) fn apply_next_status(&mut self, agent: AgentId) {
        self.change_presence(agent, |presence| {
            presence.status = presence.next_status.take().expect("a drained agent has a next status");
            presence.reason = presence.next_reason.take();
        });
    }

    pub(crate) fn clear_block(&mut self, agent: AgentId) -> Result<(), Refusal> {
        if self.agent(agent).ok_or(Refusal::UnknownAgent)?.state.is_blocked {
            self.change_presence(agent, |presence| presence.is_blocked = false);
        }
        Ok(())
    }

    /// Work that waits for this agent alone stops doing so where it would wait in vain (R17).
    pub(crate) fn end_vain_preferences(&mut self, agent: AgentId) {
        let found = self.agent(agent).expect("the command named a known agent");
        let vain = found.entries.preferred.values().copied().filter(|work| {
            let state = &self.known(*work).state;
            !found.may_come_free(state.medium, state.units)
        });
        for interaction in vain.collect::<Vec<_>>() {
            self.emit(PreferenceEnded { interaction, agent, reason: PreferenceEndReason::AgentAway });
        }
    }

    pub(crate) fn end_preferences(&mut self, agent: AgentId) {
        let waiting =
            self.agent(agent).into_iter().flat_map(|agent| agent.entries.preferred.values().copied());
        for interaction in waiting.collect::<Vec<_>>() {
            self.emit(PreferenceEnded { interaction, agent, reason: PreferenceEndReason::AgentAway });
        }
    }

    /// A new owner: nobody is to blame for the time without one (R60).
    pub(crate) fn open_shard(&mut self, epoch: u64) -> Result<(), Refusal> {
        if epoch <= self.epoch {
            return Err(Refusal::StaleEpoch);
        }
        self.emit(ShardOpened { epoch });
        let at_ms = self.at_ms;
        let all = self.agents.in_order().into_iter();
        let connected: Vec<AgentId> =
            all.filter(|agent| agent.state.session != Session::Offline).map(|agent| agent.id).collect();
        for agent in connected {
            self.change_presence(agent, |presence| {
                presence.session = Session::Reconnecting;
                presence.lost_at_ms = Some(at_ms);
            });
        }
        let work: Vec<_> = self.work.in_order().into_iter().map(|work| work.state.clone()).collect();
        for state in work {
            let interaction = state.interaction;
            if state.stage == Stage::Offered {
                let expires_ms = at_ms + self.queue(state.queue).state.config.offer_ms;
                for agent in state.ringing() {
                    self.emit(OfferRearmed { interaction, agent, epoch: state.epoch.into(), expires_ms });
                }
            }
            if let (Stage::Connecting, Some(agent)) = (state.stage, state.holder.get()) {
                let until_ms = at_ms + self.queue(state.queue).state.config.connect_ms;
                self.emit(ConnectingRearmed { interaction, agent, until_ms });
            }
            if state.rare.abandon_at_ms.is_some() {
                self.emit(ContactLostSeen { interaction, abandon_at_ms: Some(at_ms + CONTACT_LOST_MS) });
            }
        }
        Ok(())
    }
}
