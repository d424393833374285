//! Questions that change nothing: place and estimate, and a queue's figures.

use crate::command::Enqueue;
use crate::engine::Engine;
use crate::fact::OfferRule;
use crate::idle::rank;
use crate::index::ClassKey;
use crate::interaction::Interaction;
use crate::settle::rule_of;
use crate::state::{Agent, Key, Queue, Stage};
use crate::words::{AgentId, InteractionId, Millis, PRIORITY_MAX, QueueId, Refused, Session, Status, word};

/// Fewer answers than this say nothing about the next ones.
const GAPS_MIN: u64 = 5;
/// Answers older than this say nothing about now.
const ESTIMATE_AGE_MS_MAX: Millis = 1_800_000;
/// Nine in ten waits lie within 1.645 standard deviations; in thousandths.
const SPREAD_THOUSANDTHS: u64 = 1_645;

/// Where waiting work stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// 1 is next; 0 while it is being offered or connected.
    pub place: u64,
    /// Waiting in the same queue, this one included.
    pub waiting: u64,
    /// The interval nine in ten further waits fall into, where enough is known.
    pub estimate_ms: Option<(Millis, Millis)>,
}

/// A queue at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueFigures {
    /// Waiting work, offers not counted.
    pub waiting: u64,
    /// Arrival of who has waited longest.
    pub longest_waited_since_ms: Option<Millis>,
    /// Agents with the queue's skills who are signed in.
    pub staffed: u64,
    /// Those of them who want work.
    pub on_queue: u64,
    /// Those of them who could take something now.
    pub free: u64,
    /// Inside its hours.
    pub is_open: bool,
}

word! {
    /// Why an agent would not be offered some work, the first that holds; or that the agent could be.
    Verdict {
        /// Could be offered it now.
        Eligible = "eligible",
        /// It would wait for another agent first.
        NotPreferred = "not_preferred",
        /// Is not what is asked.
        NotMet = "not_met",
        /// Has no console open.
        Offline = "offline",
        /// Lost the connection a moment ago.
        Reconnecting = "reconnecting",
        /// Wants no work.
        OffQueue = "off_queue",
        /// Goes off queue once the work in hand is done.
        Draining = "draining",
        /// Let an offer ring out.
        Blocked = "blocked",
        /// Wraps up a call.
        WrapsCall = "wraps_call",
        /// Has no units left for it.
        NoUnits = "no_units",
        /// Has as much of the queue's work as may be pushed.
        AtLimit = "at_limit",
        /// Is kept for another queue.
        Reserved = "reserved",
    }
}

/// What would become of some work if it arrived now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prospect {
    /// Who would be offered it in the same event.
    pub agent: Option<AgentId>,
    /// By which rule.
    pub rule: Option<OfferRule>,
    /// Waiting in its queue before it.
    pub ahead: u64,
    /// The queue is inside its hours.
    pub is_open: bool,
    /// Every agent: the eligible best first, then the others by id, each with what bars them.
    pub agents: Vec<(AgentId, Verdict)>,
}

impl Engine {
    /// Returns who would get this work and why nobody else would, as things stood at the latest fact (R54).
    ///
    /// # Errors
    ///
    /// Returns why the work would be refused.
    pub fn who_would_get(&self, command: &Enqueue) -> Result<Prospect, Refused> {
        let found = self.check_enqueue(command)?;
        let queue = found.state.config.queue;
        let Enqueue { medium, units, priority, .. } = *command;
        let demand = found.state.demand(&command.requirement, command.condition.as_ref(), 0);
        let preferred = self.preferred_of(command, queue);
        // What is scheduled is nobody's yet.
        let is_due = command.not_before_ms.is_none_or(|due_ms| due_ms <= self.now_ms);
        let choice = found.state.config.agent_choice;
        let key = ClassKey { queue, medium, units, choice, is_vip: priority >= PRIORITY_MAX };
        let (mut eligible, mut barred) = (Vec::new(), Vec::new());
        for agent in self.agents.in_order() {
            let is_preferred = preferred.map(|(wanted, _)| wanted == agent.id);
            let score = demand.score(&agent.profile()).or((is_preferred == Some(true)).then_some(0));
            match self.verdict(agent, score, is_preferred, &key) {
                Verdict::Eligible => {
                    let rank = rank(choice, score.unwrap_or(0), &agent.standing(), agent.id);
                    eligible.push((rank, (agent.id, Verdict::Eligible)));
                }
                verdict => barred.push((agent.id, verdict)),
            }
        }
        eligible.sort_unstable();
        let first = eligible.first().filter(|_| is_due && found.state.serves()).map(|&(_, (agent, _))| agent);
        let rule = if preferred.is_some() { OfferRule::Preferred } else { rule_of(choice) };
        let place = (found.place(command.arrived_ms.min(self.now_ms), priority).0, self.next_order);
        Ok(Prospect {
            agent: first,
            rule: first.map(|_| rule),
            ahead: self.count_before(found, place),
            is_open: found.state.is_open,
            agents: eligible.into_iter().map(|(_, agent)| agent).chain(barred).collect(),
        })
    }

    fn verdict(
        &self,
        agent: &Agent,
        score: Option<u32>,
        is_preferred: Option<bool>,
        key: &ClassKey,
    ) -> Verdict {
        let state = &agent.state;
        match (state.session, state.status) {
            _ if is_preferred == Some(false) => Verdict::NotPreferred,
            _ if score.is_none() => Verdict::NotMet,
            (Session::Offline, _) => Verdict::Offline,
            (Session::Reconnecting, _) => Verdict::Reconnecting,
            (_, Status::OffQueue) => Verdict::OffQueue,
            _ if state.next_status.is_some() => Verdict::Draining,
            _ if state.is_blocked => Verdict::Blocked,
            _ if agent.voice_wraps > 0 => Verdict::WrapsCall,
            _ if !agent.can_take(key.medium, key.units) => Verdict::NoUnits,
            _ if self.is_at_limit(agent, key) => Verdict::AtLimit,
            _ if is_preferred.is_none() && self.is_reserved(agent, key) => Verdict::Reserved,
            _ => Verdict::Eligible,
        }
    }

    /// Returns what waits in a queue, in no order.
    fn waiting_in<'a>(&'a self, queue: &'a Queue) -> impl Iterator<Item = &'a Interaction> + 'a {
        let classes = queue.classes.iter().flat_map(|&class| self.class(class).waiting.iter());
        let alone = queue.preferred.values().filter_map(|&work| self.found(work));
        classes.map(|entry| self.work.at(entry.slot())).chain(alone)
    }

    /// Counts what waits in a queue before a place.
    fn count_before(&self, queue: &Queue, key: Key) -> u64 {
        let classes = queue.classes.iter().flat_map(|&class| self.class(class).waiting.iter());
        let before = classes.filter(|entry| entry.key() < key).count();
        (before + queue.preferred.range(..key).count()) as u64
    }

    /// Returns where waiting or offered work stands for who asks at `now_ms`, or `None` if it does not wait.
    #[must_use]
    pub fn position(&self, interaction: InteractionId, now_ms: Millis) -> Option<Position> {
        let state = &self.found(interaction)?.state;
        let queue = self.queue(state.queue);
        let waiting = queue.waiting as u64;
        if matches!(state.stage, Stage::Offered | Stage::Connecting) {
            return Some(Position { place: 0, waiting, estimate_ms: Some((0, 0)) });
        }
        if !state.is_waiting() {
            return None;
        }
        let place = 1 + self.count_before(queue, state.key());
        let has_staff = queue.state.serves() && self.has_staff(queue);
        let estimate_ms = if has_staff { estimate(queue, place, now_ms) } else { None };
        Some(Position { place, waiting, estimate_ms })
    }

    /// Returns the figures of a queue.
    #[must_use]
    pub fn queue_figures(&self, queue: QueueId) -> Option<QueueFigures> {
        let queue = self.queues.get(queue)?;
        let pool = &self.index.pools[queue.pools[0] as usize];
        let agents = || pool.members.iter().map(|&(slot, _)| self.at(slot));
        Some(QueueFigures {
            waiting: queue.waiting as u64,
            longest_waited_since_ms: self.waiting_in(queue).map(|work| work.state.arrived_ms).min(),
            staffed: agents().filter(|agent| agent.state.session != Session::Offline).count() as u64,
            on_queue: u64::from(pool.staff),
            free: agents().filter(|agent| agent.is_free()).count() as u64,
            is_open: queue.state.is_open,
        })
    }
}

/// Sums `place` answer gaps: their mean, and the spread of that sum and of the mean itself. All integers,
/// so that two machines say the same.
fn estimate(queue: &Queue, place: u64, now_ms: Millis) -> Option<(Millis, Millis)> {
    let gaps = &queue.state.gaps_ms;
    let count = gaps.len() as u64;
    if count < GAPS_MIN || now_ms - queue.state.answered_ms > ESTIMATE_AGE_MS_MAX {
        return None;
    }
    let mean_ms = gaps.iter().map(Millis::unsigned_abs).sum::<u64>() / count;
    let middle_ms = mean_ms.saturating_mul(place);
    // Gaps are about exponential: variance mean² each, and mean² ÷ count for not knowing the mean.
    let spread = place.saturating_add(place.saturating_mul(place) / count).saturating_mul(1_000_000).isqrt();
    let margin_ms = mean_ms.saturating_mul(spread).saturating_mul(SPREAD_THOUSANDTHS) / 1_000_000;
    let low_ms = Millis::try_from(middle_ms.saturating_sub(margin_ms)).ok()?;
    let high_ms = Millis::try_from(middle_ms.saturating_add(margin_ms)).ok()?;
    Some((low_ms, high_ms))
}
