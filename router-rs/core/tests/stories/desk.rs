//! A small contact centre to tell stories with: commands in, one line a fact out.

use ucc_router_core::command::{
    Accept, Advance, Command, Decline, End, Enqueue, SetAgent, SetQueue, SetSession, SetStatus,
};
use ucc_router_core::fact::{Fact, Outcome};
use ucc_router_core::words::{
    AgentId, Fault, InteractionId, Medium, Millis, QueueId, Refusal, Session, SkillLevel, Status,
};
use ucc_router_core::{Engine, Position};

/// Stories start here; the time before it is the past.
pub const START_MS: Millis = 1_000_000_000;
/// A calendar that is always open.
pub const ALWAYS: (Millis, Millis) = (0, START_MS * 10);

/// An engine and its clock.
pub struct Desk {
    pub engine: Engine,
    pub now_ms: Millis,
}

/// Returns a queue with the defaults of the vocabulary, open always, asking for nothing.
pub fn queue(queue: QueueId) -> SetQueue {
    SetQueue { open: vec![ALWAYS], ..SetQueue::new(queue) }
}

/// Returns an agent with units for one call, three chats and two e-mails.
pub fn agent(agent: AgentId, skills: &[SkillLevel]) -> SetAgent {
    let capacity = [(Medium::Chat, 3), (Medium::Voice, 1), (Medium::Email, 2)];
    SetAgent::new(agent, skills, &capacity)
}

/// Returns a chat for a queue that arrives now (the desk sets the time).
pub fn chat(interaction: InteractionId, queue: QueueId) -> Enqueue {
    Enqueue::new(interaction, queue, Medium::Chat, Millis::MAX)
}

/// Returns a call for a queue that arrives now.
pub fn call(interaction: InteractionId, queue: QueueId) -> Enqueue {
    Enqueue { medium: Medium::Voice, ..chat(interaction, queue) }
}

impl Desk {
    /// Starts with queue 1.
    pub fn new() -> Self {
        let mut desk = Self { engine: Engine::new(), now_ms: START_MS };
        desk.has(queue(1));
        desk
    }

    /// Starts with queue 1 and these agents online and on queue.
    pub fn with_agents(agents: &[AgentId]) -> Self {
        let mut desk = Self::new();
        for &id in agents {
            desk.on_queue(agent(id, &[]));
        }
        desk
    }

    /// Sets an agent up, online and on queue.
    pub fn on_queue(&mut self, config: SetAgent) {
        let agent = config.agent;
        self.has(config);
        self.has(SetSession { agent, session: Session::Online, is_forced: false });
        self.has(SetStatus { agent, status: Status::OnQueue, reason: None });
    }

    /// Lets time pass without asking the engine.
    pub fn wait(&mut self, by_ms: Millis) {
        self.now_ms += by_ms;
    }

    /// Lets time pass and returns what it did.
    pub fn pass(&mut self, by_ms: Millis) -> Vec<String> {
        self.wait(by_ms);
        self.has(Advance {})
    }

    /// Submits a command that must not be refused and returns its facts.
    pub fn facts(&mut self, command: impl Into<Command>) -> Vec<Fact> {
        let command = command.into();
        let outcome = self.engine.submit(self.now_ms, &command);
        assert_eq!(outcome.refusal, None, "{command:?}");
        outcome.facts
    }

    /// The same, one line a fact.
    pub fn has(&mut self, command: impl Into<Command>) -> Vec<String> {
        self.facts(command).iter().map(say).collect()
    }

    /// Lets time pass and returns the facts of what it did.
    pub fn facts_after(&mut self, by_ms: Millis) -> Vec<Fact> {
        self.wait(by_ms);
        self.facts(Advance {})
    }

    /// Returns where work stands now.
    pub fn position(&self, interaction: InteractionId) -> Option<Position> {
        self.engine.position(interaction, self.now_ms)
    }

    /// Submits a command that must be refused without a fact and returns why.
    pub fn refuses(&mut self, command: impl Into<Command>) -> Refusal {
        self.refused(command).refusal.expect("a refusal")
    }

    /// The same for a refusal that names a field.
    pub fn refuses_at(&mut self, command: impl Into<Command>) -> (Refusal, Fault) {
        let outcome = self.refused(command);
        (outcome.refusal.expect("a refusal"), outcome.fault.expect("a field"))
    }

    fn refused(&mut self, command: impl Into<Command>) -> Outcome {
        let before = self.engine.snapshot();
        let outcome = self.engine.submit(self.now_ms, &command.into());
        assert_eq!(outcome.facts, Vec::new());
        assert_eq!(self.engine.snapshot(), before, "R3: a refusal changed something");
        outcome
    }

    pub fn accept(&mut self, interaction: InteractionId, agent: AgentId, epoch: u64) -> Vec<String> {
        self.has(Accept { interaction, agent, epoch, is_connecting: false })
    }

    pub fn decline(&mut self, interaction: InteractionId, agent: AgentId, epoch: u64) -> Vec<String> {
        self.has(Decline { interaction, agent, epoch, reason: None })
    }

    pub fn end(&mut self, interaction: InteractionId, agent: AgentId) -> Vec<String> {
        self.has(End { interaction, agent })
    }

    pub fn session(&mut self, agent: AgentId, session: Session) -> Vec<String> {
        self.has(SetSession { agent, session, is_forced: false })
    }

    pub fn off_queue(&mut self, agent: AgentId) -> Vec<String> {
        self.has(SetStatus { agent, status: Status::OffQueue, reason: Some("break".to_owned()) })
    }

    /// Queues and accepts a chat at once.
    pub fn in_hand(&mut self, work: Enqueue, agent: AgentId) {
        let interaction = work.interaction;
        self.has(work);
        self.accept(interaction, agent, 1);
    }
}

/// Tells a fact in one line.
pub fn say(fact: &Fact) -> String {
    match fact {
        Fact::InteractionQueued(f) => format!("queued {}", f.interaction),
        Fact::InteractionRequeued(f) => format!("requeued {}: {}", f.interaction, f.reason.text()),
        Fact::InteractionOverflowed(f) => {
            format!("overflowed {} to queue {}: {}", f.interaction, f.to_queue, f.reason.text())
        }
        Fact::InteractionOffered(f) => format!("offered {} to {}", f.interaction, f.agent),
        Fact::OfferAccepted(f) => format!("accepted {} by {}", f.interaction, f.agent),
        Fact::OfferDeclined(f) => format!("declined {} by {}", f.interaction, f.agent),
        Fact::OfferTimedOut(f) => format!("rang out {} at {}", f.interaction, f.agent),
        Fact::OfferRevoked(f) => format!("revoked {} at {}: {}", f.interaction, f.agent, f.reason.text()),
        Fact::InteractionActivated(f) => {
            let over = if f.is_over_capacity { ", over capacity" } else { "" };
            format!("active {} with {}: {}{over}", f.interaction, f.agent, f.cause.text())
        }
        Fact::ConnectingStarted(f) => {
            let tries = if f.tries > 0 { format!(": {} of {}", f.tries, f.tries_max) } else { String::new() };
            format!("connecting {} with {}{tries}", f.interaction, f.agent)
        }
        Fact::ConnectingFailed(f) => {
            format!("not connected {} by {}: {}", f.interaction, f.agent, f.reason.text())
        }
        Fact::InteractionScheduled(f) => {
            format!("scheduled {}: {} of {}", f.interaction, f.tries, f.tries_max)
        }
        Fact::InteractionFailed(f) => {
            format!("failed {}: {} after {}", f.interaction, f.reason.text(), f.tries)
        }
        Fact::WrapUpStarted(f) => format!("wrapping {}: {}", f.interaction, f.reason.text()),
        Fact::InteractionClosed(f) => format!("closed {}: {}", f.interaction, f.reason.text()),
        Fact::InteractionAbandoned(f) => format!("abandoned {}: {}", f.interaction, f.reason.text()),
        Fact::InteractionCancelled(f) => format!("cancelled {}: {}", f.interaction, f.reason.text()),
        Fact::PreferenceEnded(f) => format!("preference of {} ended: {}", f.interaction, f.reason.text()),
        Fact::ExclusionEnded(f) => format!("exclusion of {} from {} ended", f.agent, f.interaction),
        Fact::PresenceChanged(f) => {
            let next = f.next_status.map_or(String::new(), |next| format!(", next {}", next.text()));
            let blocked = if f.is_blocked { ", blocked" } else { "" };
            format!("presence {}: {} {}{next}{blocked}", f.agent, f.session.text(), f.status.text())
        }
        other => other.tag().to_owned(),
    }
}
