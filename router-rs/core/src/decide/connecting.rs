//! Between an accepted offer and hands: connecting (R87), dialling (R88, R89), and a call in a callback's place (R90).

use crate::command::{Connected, Enqueue, FailConnecting};
use crate::engine::Engine;
use crate::fact::{
    ActivationCause, CancelReason, ConnectingEndReason, ConnectingFailed, ConnectingStarted, FailReason,
    InteractionFailed, InteractionQueued, InteractionRequeued, InteractionScheduled, RequeueReason,
    RevokeReason,
};
use crate::interaction::InteractionState;
use crate::maybe::{Maybe, When};
use crate::state::{Queue, Stage};
use crate::words::{
    AgentId, DURATION_MS_MAX, InteractionId, Medium, Millis, QueueId, Refusal, Refused, SlaClock,
};

/// Where work that arrives stands.
pub(super) struct Place {
    pub arrived_ms: Millis,
    pub deadline_ms: Millis,
    pub order: u64,
    /// Up to when its queue has used its share.
    pub share_ms: Option<Millis>,
}

/// What a callback that is over leaves to the call that came instead.
pub(super) struct Left {
    queue: QueueId,
    arrived_ms: Millis,
    deadline_ms: Millis,
    order: u64,
}

impl Engine {
    /// The agent's units are held while media are set up or the contact is dialled.
    pub(crate) fn connect(
        &mut self,
        interaction: InteractionId,
        agent: AgentId,
        previous_agent: Option<AgentId>,
    ) {
        let state = &self.known(interaction).state;
        let config = &self.queue(state.queue).state.config;
        let (is_dialled, is_call) = (state.rare.is_dialled, state.medium == Medium::Voice);
        let found = self.agent(agent).expect("the command named a known agent");
        let is_over_capacity = !state.holder.is(agent) && !found.has_room(state.medium, state.units);
        self.emit(ConnectingStarted {
            interaction,
            agent,
            until_ms: self.at_ms + config.connect_ms,
            previous_agent,
            is_over_capacity,
            tries: if is_dialled { state.rare.tries + 1 } else { 0 },
            tries_max: if is_dialled { config.callback_tries } else { 0 },
        });
        if is_call {
            self.interrupt_for(interaction, agent);
        }
    }

    /// The contact is there: the work is in hand.
    pub(crate) fn connected(&mut self, command: &Connected) -> Result<(), Refusal> {
        let Connected { interaction, agent } = *command;
        self.check_held(interaction, agent, Stage::Connecting, Refusal::NotConnecting)?;
        self.hand_to(interaction, agent, ActivationCause::Connected);
        Ok(())
    }

    pub(crate) fn fail_connecting(&mut self, command: &FailConnecting) -> Result<(), Refusal> {
        let FailConnecting { interaction, agent } = *command;
        self.check_held(interaction, agent, Stage::Connecting, Refusal::NotConnecting)?;
        self.end_connecting(interaction, ConnectingEndReason::Failed);
        Ok(())
    }

    /// Connecting came to nothing: back in its place, over, or to be dialled again later.
    pub(crate) fn end_connecting(&mut self, interaction: InteractionId, reason: ConnectingEndReason) {
        let state = &self.known(interaction).state;
        let (queue, is_dialled, is_named) =
            (state.queue, state.rare.is_dialled, state.rare.named_agent.is_some());
        let (tries, agent) = (state.rare.tries + 1, state.holder.get().expect("somebody connects it"));
        let config = &self.queue(queue).state.config;
        let (tries_max, retry_ms) = (config.callback_tries, config.callback_retry_ms);
        let until_ms = self.at_ms + config.decline_ms;
        self.emit(ConnectingFailed { interaction, agent, reason, until_ms });
        if is_dialled && tries >= tries_max {
            self.emit(InteractionFailed { interaction, queue, reason: FailReason::Unreached, tries });
        } else if is_dialled {
            let due_ms = self.at_ms + retry_ms;
            self.emit(InteractionScheduled { interaction, queue, due_ms, tries, tries_max });
        } else if is_named {
            self.cancel(interaction, None, CancelReason::NotConnected);
        } else {
            self.requeue(interaction, RequeueReason::NotConnected);
        }
    }

    /// What was scheduled is due: it waits in its original place, and all times of waiting start.
    pub(crate) fn wake(&mut self, interaction: InteractionId) {
        let state = &self.known(interaction).state;
        let queue = &self.queue(state.queue).state;
        let fact = InteractionRequeued {
            interaction,
            queue: state.queue,
            reason: RequeueReason::Due,
            deadline_ms: state.deadline_ms,
            order: state.order,
            preferred_agent: None,
            preferred_until_ms: None,
            arrived_ms: state.arrived_ms,
            sla_at_ms: queue.answer_at(self.at_ms),
            overflow_at_ms: queue.overflow_at(self.at_ms),
            relax_at_ms: queue.relax_at(self.at_ms, 0),
            share_ms: None,
        };
        self.emit(fact);
    }

    /// Refuses a time for what is not dialled, and one that is too far away.
    pub(crate) fn check_schedule(
        &self,
        is_dialled: bool,
        not_before_ms: Option<Millis>,
    ) -> Result<(), Refused> {
        let Some(not_before_ms) = not_before_ms else { return Ok(()) };
        if !is_dialled {
            let allowed = "none, for work that is not dialled";
            return Err(Refusal::BadValue.at("not_before_ms", &not_before_ms, allowed));
        }
        let latest_ms = self.at_ms.max(self.now_ms) + DURATION_MS_MAX;
        if !(0..=latest_ms).contains(&not_before_ms) {
            let allowed = format!("0 to {latest_ms}, 31 days from now");
            return Err(Refusal::BadValue.at("not_before_ms", &not_before_ms, allowed));
        }
        Ok(())
    }

    // --- a call in a callback's place -------------------------------------------------------------

    /// Returns the callback this arrival comes instead of, while nobody has its contact on the line.
    pub(crate) fn awaited(&self, command: &Enqueue) -> Option<InteractionId> {
        let state = &self.found(command.instead_of?)?.state;
        (state.rare.is_dialled && state.is_untaken()).then_some(state.interaction)
    }

    /// The callback is over: its contact is calling.
    pub(super) fn end_awaited(&mut self, callback: InteractionId) -> Left {
        let InteractionState { queue, arrived_ms, deadline_ms, order, .. } = self.known(callback).state;
        self.cancel(callback, Some(RevokeReason::Cancelled), CancelReason::ContactCalled);
        Left { queue, arrived_ms, deadline_ms, order }
    }

    /// Returns where an arrival stands: behind all others, or where a callback stood.
    pub(super) fn place_of(
        &self,
        queue: &Queue,
        arrived_ms: Millis,
        priority: u8,
        left: Option<&Left>,
    ) -> Place {
        match left {
            None => {
                let (deadline_ms, share_ms) = queue.place(arrived_ms, priority);
                Place { arrived_ms, deadline_ms, order: self.next_order, share_ms }
            }
            Some(&Left { queue: before, arrived_ms, deadline_ms, order })
                if before == queue.state.config.queue =>
            {
                Place { arrived_ms, deadline_ms, order, share_ms: None }
            }
            Some(&Left { arrived_ms, order, .. }) => {
                let (deadline_ms, share_ms) = queue.place(arrived_ms, priority);
                Place { arrived_ms, deadline_ms, order, share_ms }
            }
        }
    }

    // --- folding ----------------------------------------------------------------------------------

    pub(crate) fn fold_connecting_started(&mut self, fact: &ConnectingStarted) {
        self.fold_idle(fact.agent);
        self.change(fact.interaction, |state| {
            state.stage = Stage::Connecting;
            state.holder = fact.agent.into();
            state.until_ms = fact.until_ms.into();
        });
    }

    /// The agent is idle from here on; what becomes of the work is the next fact.
    pub(crate) fn fold_connecting_failed(&mut self, fact: &ConnectingFailed) {
        self.fold_idle(fact.agent);
        self.fold_excluded(fact.interaction, fact.agent, fact.until_ms);
    }

    pub(crate) fn fold_scheduled(&mut self, fact: &InteractionScheduled) {
        self.change(fact.interaction, |state| {
            state.schedule(fact.due_ms);
            state.end_clock(SlaClock::Answer);
            state.rare.tries = fact.tries;
            state.rare.excluded.clear();
        });
    }
}

impl InteractionState {
    /// Waits in no queue until then, and none of the times of waiting runs.
    fn schedule(&mut self, due_ms: Millis) {
        self.stage = Stage::Scheduled;
        self.holder = Maybe::NONE;
        self.until_ms = due_ms.into();
        self.sla_at_ms = When::NEVER;
        self.overflow_at_ms = When::NEVER;
        self.relax_at_ms = When::NEVER;
        (self.step, self.is_overdue) = (0, false);
    }
}

impl InteractionQueued {
    /// Says whether it waits in no queue yet.
    pub(crate) fn is_scheduled(&self) -> bool {
        self.rare.found().is_some_and(|rare| rare.not_before_ms.is_some())
    }
}
