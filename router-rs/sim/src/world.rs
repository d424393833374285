//! A small busy world: commands that mostly fit what is going on, and some that do not.

use std::collections::VecDeque;

use ucc_router_core::command::{
    Accept, Advance, AgentWrote, AskCallback, ChangeMedium, ClearBlock, Command, Complete, CompleteConsult,
    Connected, Consult, ContactBack, ContactLeft, ContactLost, ContactWrote, Decline, End, Enqueue,
    ExtendWrapUp, FailConnecting, HandOver, HandToFlow, Hold, MergeConsult, OpenShard, Park, PlannedBreak,
    Relaxation, RemoveAgent, RemoveQueue, ReturnFromFlow, SetAgent, SetPlan, SetQueue, SetSession, SetStatus,
    SlaTarget, Take, TransferToAgent, TransferToQueue, Unhold, Unpark,
};
use ucc_router_core::condition::{AllOf, AnyOf, Condition, HasSkill, NotSo, OneOfAgents, OneOfTeams};
use ucc_router_core::words::{
    AgentChoice, AgentId, InteractionId, Interval, Medium, Millis, OverflowExit, QueueId, QueueOrder,
    Session, SkillLevel, SlaClock, SlaPause, Status,
};

use crate::dice::Dice;
use crate::ledger::{Bond, Ledger, Stage, Work};

/// How large a world is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Queue ids go from 1 to this.
    pub queues: u64,
    /// Agent ids go from 1 to this.
    pub agents: u64,
    /// Skill ids go from 1 to this.
    pub skills: u64,
    /// Work is queued less often above this many live interactions.
    pub work: usize,
}

impl Default for Size {
    fn default() -> Self {
        Self { queues: 5, agents: 7, skills: 4, work: 30 }
    }
}

/// The end of what is always open.
const NEVER_MS: Millis = 1 << 50;
/// Deadlines later than this are not waited for.
const DEADLINE_AHEAD_MS: Millis = 3_600_000;
/// So far back reaches what comes a second time.
const RECENT_MAX: usize = 12;

/// The start of every world's clock.
pub const START_MS: Millis = 1_000_000_000;

/// Makes the commands of one world.
#[derive(Debug)]
pub struct World {
    dice: Dice,
    size: Size,
    next_interaction: InteractionId,
    epoch: u64,
    now_ms: Millis,
    /// Commands that set the world up, last first.
    opening: Vec<Command>,
    /// The latest commands, of which some come a second time.
    recent: VecDeque<Command>,
    /// A command that others overtake.
    held_back: Option<Command>,
}

impl World {
    /// Makes the world of this seed.
    #[must_use]
    pub fn new(seed: u64, size: Size) -> Self {
        let mut world = Self {
            dice: Dice::new(seed),
            size,
            next_interaction: 1,
            epoch: 0,
            now_ms: START_MS,
            opening: Vec::new(),
            recent: VecDeque::new(),
            held_back: None,
        };
        for queue in 1..=size.queues {
            let command = world.queue(queue);
            world.opening.push(command.into());
        }
        for agent in 1..=size.agents {
            let command = world.agent(agent);
            world.opening.push(Command::SetAgent(command));
        }
        for agent in 1..=size.agents {
            world.opening.push(SetSession { agent, session: Session::Online, is_forced: false }.into());
            world.opening.push(SetStatus { agent, status: Status::OnQueue, reason: None }.into());
        }
        world.opening.reverse();
        world
    }

    /// Moves the clock: mostly a little, often to the very deadline, seldom far, sometimes back.
    pub fn step_ms(&mut self, now_ms: Millis, deadline_ms: Option<Millis>) -> Millis {
        // A world whose every queue has closed for good is a dull one.
        let deadline_ms = deadline_ms.filter(|&deadline_ms| deadline_ms < now_ms + DEADLINE_AHEAD_MS);
        match (self.dice.below(20), deadline_ms) {
            (0..=5, _) => now_ms,
            (6..=11, _) => now_ms + self.dice.below_ms(2_000),
            (12..=13, Some(deadline_ms)) => deadline_ms.max(now_ms),
            (14, Some(deadline_ms)) => (deadline_ms - 1).max(now_ms),
            (16, _) if self.dice.one_in(3) => now_ms + self.dice.below_ms(60_000),
            (17, _) if self.dice.one_in(5) => now_ms + self.dice.below_ms(400_000),
            (18, _) if self.dice.one_in(5) => now_ms - self.dice.below_ms(5_000),
            _ => now_ms + self.dice.below_ms(500),
        }
    }

    /// Makes the next command; now and then one comes late, out of order, or a second time.
    pub fn command(&mut self, now_ms: Millis, ledger: &Ledger) -> Command {
        if let Some(command) = self.opening.pop() {
            return command;
        }
        if self.dice.one_in(60) && !self.recent.is_empty() {
            return self
                .dice
                .pick(self.recent.make_contiguous().iter().collect::<Vec<_>>().as_slice())
                .clone();
        }
        if self.dice.one_in(5) {
            if let Some(late) = self.held_back.take() {
                return late;
            }
        }
        let mut command = self.fresh_command(now_ms, ledger);
        if self.held_back.is_none() && self.dice.one_in(60) {
            self.held_back = Some(command);
            command = self.fresh_command(now_ms, ledger);
        }
        if self.recent.len() == RECENT_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back(command.clone());
        command
    }

    fn fresh_command(&mut self, now_ms: Millis, ledger: &Ledger) -> Command {
        self.now_ms = now_ms;
        let has = |is_fit: fn(&Stage) -> bool| ledger.work.values().any(|work| is_fit(&work.stage));
        let rings = has(|stage| matches!(stage, Stage::Offered { .. }));
        let in_hand = has(|stage| !matches!(stage, Stage::Offered { .. } | Stage::Queued));
        match self.dice.below(100) {
            0..=21 if ledger.work.len() < self.size.work || self.dice.one_in(8) => {
                self.enqueue(now_ms, ledger).into()
            }
            // A full world lets go of who waits, or nothing more would happen in it.
            0..=21 if self.dice.one_in(2) => {
                let interaction = self.some_work(ledger, |stage| *stage == Stage::Queued);
                ContactLeft { interaction }.into()
            }
            0..=49 if rings => self.answer(ledger),
            // Now and then an answer to nothing, to be refused.
            50 => self.answer(ledger),
            22..=40 | 51..=74 if in_hand => self.handle(ledger),
            75..=84 => self.contact(now_ms, ledger),
            85 => self.handle(ledger),
            86 => self.configure(),
            87 if self.dice.one_in(3) => self.plan().into(),
            87 if self.dice.one_in(4) => {
                self.epoch += self.dice.below(3).min(1);
                OpenShard { epoch: self.epoch }.into()
            }
            88 => Advance {}.into(),
            _ => self.presence(ledger),
        }
    }

    // --- parts ------------------------------------------------------------------------------------

    fn skills(&mut self, least: u64, most: u64, level_max: u64) -> Vec<SkillLevel> {
        let count = least + self.dice.below(most - least + 1);
        let mut skills: Vec<SkillLevel> = Vec::new();
        for _ in 0..count {
            let skill = 1 + self.dice.below(self.size.skills);
            let level = u8::try_from(1 + self.dice.below(level_max)).expect("at most 10");
            // Once in a while the same skill twice, to be refused.
            if skills.iter().all(|&(held, _)| held != skill) || self.dice.one_in(50) {
                skills.push((skill, level));
            }
        }
        skills
    }

    fn medium(&mut self) -> Medium {
        self.dice.pick(&[Medium::Chat, Medium::Chat, Medium::Chat, Medium::Voice, Medium::Email])
    }

    fn open(&mut self) -> Vec<Interval> {
        if !self.dice.one_in(4) {
            return vec![(0, NEVER_MS)];
        }
        let mut at_ms = self.now_ms - 50_000 + self.dice.below_ms(100_000);
        let mut open = Vec::new();
        for _ in 0..self.dice.below(12) {
            let to_ms = at_ms + 1 + self.dice.below_ms(200_000);
            open.push((at_ms, to_ms));
            at_ms = to_ms + self.dice.pick(&[0, 1_000, 30_000, 120_000]);
        }
        open
    }

    fn queue(&mut self, queue: QueueId) -> SetQueue {
        let dice = &mut self.dice;
        let mut times = |values: &[Millis]| dice.pick(values);
        let mut config = SetQueue {
            queue,
            offer_ms: times(&[5_000, 15_000, 15_000, 40_000]),
            wrap_up_ms: times(&[0, 10_000, 60_000]),
            answer_target_ms: times(&[20_000, 30_000, 60_000, 120_000]),
            priority_step_ms: times(&[0, 10_000, 60_000]),
            decline_ms: times(&[0, 10_000, 30_000]),
            preferred_ms: times(&[0, 20_000, 60_000]),
            return_ms: times(&[10_000, 60_000, 120_000]),
            unstaffed_ms: times(&[0, 5_000, 60_000]),
            consult_ms: times(&[5_000, 20_000, 20_000, 60_000]),
            connect_ms: times(&[5_000, 20_000, 60_000]),
            callback_retry_ms: times(&[1, 10_000, 60_000]),
            waiting_max: 30,
            ..SetQueue::new(queue)
        };
        if self.dice.one_in(2) {
            // Mostly onward, so that few are refused as a cycle.
            let onward = queue % self.size.queues + 1;
            config.overflow_queue = Some(if self.dice.one_in(8) { self.some_queue() } else { onward });
            config.overflow_after_ms = self.dice.pick(&[None, Some(0), Some(20_000), Some(90_000)]);
        }
        if self.dice.one_in(6) {
            config.waiting_max = 2;
        }
        config.requirement = self.skills(0, 1, 6);
        config.open = self.open();
        config.condition = self.condition(8);
        // Most queues stay as they were before these could be chosen.
        let usual = QueueOrder::EarliestDeadline;
        let orders = [usual, usual, usual, usual, QueueOrder::StrictPriority, QueueOrder::Share];
        config.order_by = self.dice.pick(&orders);
        config.share_per_hour = self.dice.pick(&[0, 1, 60, 600, 3_600]);
        if config.order_by == QueueOrder::Share && !self.dice.one_in(20) {
            config.share_per_hour = config.share_per_hour.max(30);
        }
        let has_usual = self.dice.one_in(2);
        config.agent_choice =
            if has_usual { AgentChoice::MostSkilled } else { self.dice.pick(AgentChoice::ALL) };
        config.agent_units_max =
            self.dice.pick(&[None, None, None, None, Some(1), Some(2), Some(2), Some(3)]);
        config.overflow_length = self.dice.pick(&[None, None, None, None, Some(0), Some(1), Some(3)]);
        config.is_paused = self.dice.one_in(10);
        config.redirect_queue = if self.dice.one_in(3) { Some(self.some_queue()) } else { None };
        config.blocked_queue = if self.dice.one_in(3) { Some(self.some_queue()) } else { None };
        config.auto_accept = self.dice.one_in(12);
        config.reserve = self.dice.pick(&[0, 0, 0, 0, 0, 1, 2]);
        // Now and then none at all, to be refused.
        config.callback_tries = if self.dice.one_in(60) { 0 } else { self.dice.pick(&[1, 2, 2, 3, 20]) };
        config.broadcast = self.dice.pick(&[1, 1, 1, 1, 2, 2, 3, 20]);
        let exit = if self.dice.one_in(3) { Some(self.dice.pick(OverflowExit::ALL)) } else { None };
        config.overflow_exit = exit;
        config.sla = if self.dice.one_in(2) { self.sla() } else { Vec::new() };
        if self.dice.one_in(3) {
            let mut after_ms = 0;
            for _ in 0..=self.dice.below(3) {
                // Now and then a step at no time, to be refused.
                after_ms += self.dice.pick(&[1, 5_000, 20_000, 20_000, 60_000, 0]);
                let requirement = self.skills(0, 1, 4);
                let (condition, lower_by) = (self.condition(3), self.dice.pick(&[0, 0, 1, 3, 9]));
                config.relaxation.push(Relaxation { after_ms, requirement, condition, lower_by });
            }
        }
        config
    }

    /// Makes SLA clocks, most of them short enough to run out.
    fn sla(&mut self) -> Vec<SlaTarget> {
        let mut targets = Vec::new();
        for &clock in SlaClock::ALL {
            if self.dice.one_in(2) {
                continue;
            }
            let target_ms = self.dice.pick(&[5_000, 20_000, 60_000, 200_000, 1]);
            let warn_after_ms = self.dice.pick(&[None, Some(1), Some(target_ms / 2), Some(target_ms - 1)]);
            let dice = &mut self.dice;
            let pauses = SlaPause::ALL.iter().copied().filter(|_| dice.one_in(3)).collect();
            // A target of 1 ms has no room for a warning: refused now and then.
            let warn_after_ms = warn_after_ms.filter(|_| target_ms > 1 || self.dice.one_in(6));
            targets.push(SlaTarget { clock, target_ms, warn_after_ms, pauses });
        }
        if self.dice.one_in(40) {
            // The same clock twice, to be refused.
            targets.extend(targets.first().cloned());
        }
        targets
    }

    /// Makes a condition once in so many times.
    fn condition(&mut self, many: u64) -> Option<Condition> {
        self.dice.one_in(many).then(|| self.part(2))
    }

    fn part(&mut self, depth: u64) -> Condition {
        let kinds = if depth == 0 { 3 } else { 8 };
        match self.dice.below(kinds) {
            0 => {
                let teams = (0..=self.dice.below(2)).map(|_| 1 + self.dice.below(3)).collect();
                OneOfTeams { teams }.into()
            }
            1 => {
                let agents = (0..=self.dice.below(4)).map(|_| self.some_agent()).collect();
                OneOfAgents { agents }.into()
            }
            2 => {
                let level = u8::try_from(1 + self.dice.below(6)).expect("at most 10");
                HasSkill { skill: 1 + self.dice.below(self.size.skills), level }.into()
            }
            3..=4 => NotSo { of: Box::new(self.part(depth - 1)) }.into(),
            5 => AllOf { of: (0..=self.dice.below(2)).map(|_| self.part(depth - 1)).collect() }.into(),
            // Now and then any of nothing, to be refused.
            _ => AnyOf { of: (0..self.dice.below(4)).map(|_| self.part(depth - 1)).collect() }.into(),
        }
    }

    fn agent(&mut self, agent: AgentId) -> SetAgent {
        let mut capacity = Vec::new();
        for &medium in Medium::ALL {
            let units = u32::try_from(self.dice.below(5)).expect("small");
            let least = if medium == Medium::Chat { 2 } else { 0 };
            if units > 0 || self.dice.one_in(2) {
                capacity.push((medium, units.max(least)));
            }
        }
        let (skills, voice_exclusive) = (self.skills(2, 5, 10), !self.dice.one_in(4));
        let teams = (1..=3).filter(|_| self.dice.one_in(3)).collect();
        let weight = self.dice.pick(&[1, 1, 2, 5, 100, 0, 1, 1]);
        let yielding: [&[Medium]; 6] = [
            &[],
            &[],
            &[Medium::Email],
            &[Medium::Email, Medium::Task],
            &[Medium::Email, Medium::Chat],
            // Refused: a call does not give way to a call.
            if self.dice.one_in(6) { &[Medium::Voice] } else { &[Medium::Email] },
        ];
        let interruptible = self.dice.pick(&yielding).to_vec();
        SetAgent { voice_exclusive, teams, weight, interruptible, ..SetAgent::new(agent, &skills, &capacity) }
    }

    fn some_agent(&mut self) -> AgentId {
        1 + self.dice.below(self.size.agents + u64::from(self.dice.clone().one_in(20)))
    }

    fn some_queue(&mut self) -> QueueId {
        1 + self.dice.below(self.size.queues + u64::from(self.dice.clone().one_in(20)))
    }

    fn fresh(&mut self) -> InteractionId {
        let id = self.next_interaction;
        // Now and then the same id again, to be refused.
        self.next_interaction += u64::from(!self.dice.one_in(30));
        id
    }

    fn enqueue(&mut self, now_ms: Millis, ledger: &Ledger) -> Enqueue {
        let in_hand = |stage: &Stage| !matches!(stage, Stage::Queued | Stage::Offered { .. });
        let linked = self.dice.one_in(3).then(|| self.some_work(ledger, in_hand));
        let (is_dialled, not_before_ms) =
            if self.dice.one_in(8) { self.schedule(now_ms) } else { (false, None) };
        let instead_of = self.dice.one_in(10).then(|| self.some_callback(ledger));
        let (interaction, queue, medium) = (self.fresh(), self.some_queue(), self.medium());
        let arrived_ms = now_ms - self.dice.pick(&[0, 0, 0, 5, 5_000, 40_000, -1_000]);
        Enqueue {
            condition: self.condition(12),
            units: self.dice.pick(&[1, 1, 1, 1, 2]),
            priority: self.dice.pick(&[0, 0, 0, 1, 2, 9, 9]),
            requirement: self.skills(0, 1, 6).into(),
            preferred_agent: if self.dice.one_in(3) { Some(self.some_agent()) } else { None },
            is_abandonable: !self.dice.one_in(4),
            is_contact_blocked: self.dice.one_in(15),
            linked,
            is_dialled,
            not_before_ms,
            instead_of,
            ..Enqueue::new(interaction, queue, medium, arrived_ms)
        }
    }

    /// Says whether work is dialled, and from when; now and then what is not dialled has a time, to be refused.
    fn schedule(&mut self, now_ms: Millis) -> (bool, Option<Millis>) {
        let is_dialled = self.dice.one_in(2) || self.dice.one_in(2);
        let ahead_ms = self.dice.pick(&[-5_000, 0, 1, 10_000, 60_000, 1 << 40]);
        let has_time = is_dialled && self.dice.one_in(2) || self.dice.one_in(20);
        (is_dialled, has_time.then_some(now_ms + ahead_ms))
    }

    /// Returns a callback that nobody has in hand, or any work.
    fn some_callback(&mut self, ledger: &Ledger) -> InteractionId {
        let is_fit = |work: &&Work| {
            work.is_dialled && !matches!(work.stage, Stage::Active { .. } | Stage::Wrapping { .. })
        };
        let fit: Vec<_> = ledger.work.iter().filter(|(_, work)| is_fit(work)).map(|(&id, _)| id).collect();
        if fit.is_empty() { self.some_work(ledger, |_| true) } else { self.dice.pick(&fit) }
    }

    fn some_work(&mut self, ledger: &Ledger, is_fit: impl Fn(&Stage) -> bool) -> InteractionId {
        let fit: Vec<_> =
            ledger.work.iter().filter(|(_, work)| is_fit(&work.stage)).map(|(&id, _)| id).collect();
        if fit.is_empty() || self.dice.one_in(25) {
            1 + self.dice.below(self.next_interaction)
        } else {
            self.dice.pick(&fit)
        }
    }

    fn holder(&mut self, ledger: &Ledger, interaction: InteractionId) -> AgentId {
        let holder = ledger.work.get(&interaction).and_then(|work| match work.stage {
            Stage::Queued | Stage::Scheduled { .. } => None,
            Stage::Offered { agent, .. }
            | Stage::Active { agent }
            | Stage::Parked { agent }
            | Stage::Interrupted { agent }
            | Stage::InFlow { agent, .. }
            | Stage::Connecting { agent, .. }
            | Stage::Wrapping { agent, .. } => Some(agent),
        });
        let others = ledger.work.get(&interaction).map_or(&[][..], |work| &work.also[..]);
        // Of those it rings at, the best answers first half of the time.
        let holder =
            if others.is_empty() || self.dice.one_in(2) { holder } else { Some(self.dice.pick(others)) };
        match holder {
            Some(agent) if !self.dice.one_in(25) => agent,
            _ => self.some_agent(),
        }
    }

    fn answer(&mut self, ledger: &Ledger) -> Command {
        let interaction = self.some_work(ledger, |stage| matches!(stage, Stage::Offered { .. }));
        let agent = self.holder(ledger, interaction);
        let epoch = match ledger.work.get(&interaction).map(|work| work.stage) {
            Some(Stage::Offered { epoch, .. }) if !self.dice.one_in(30) => epoch,
            _ => self.dice.below(4),
        };
        if self.dice.one_in(4) {
            Decline { interaction, agent, epoch, reason: self.dice.one_in(2).then(|| "busy".to_owned()) }
                .into()
        } else {
            Accept { interaction, agent, epoch, is_connecting: self.dice.one_in(5) }.into()
        }
    }

    fn handle(&mut self, ledger: &Ledger) -> Command {
        let kind = self.dice.below(25);
        let interaction = match kind {
            22..=24 => return self.connect(ledger),
            21 => return self.hold(ledger),
            19..=20 => return self.step_of_flow(ledger),
            15..=18 => return self.ask_colleague(ledger),
            0..=3 | 8..=11 | 14 => self.some_work(ledger, |stage| matches!(stage, Stage::Active { .. })),
            4..=6 => self.some_work(ledger, |stage| matches!(stage, Stage::Wrapping { .. })),
            7 => self.some_work(ledger, |stage| matches!(stage, Stage::Parked { .. })),
            _ => self.some_work(ledger, |_| true),
        };
        let agent = self.holder(ledger, interaction);
        match kind {
            0..=2 => End { interaction, agent }.into(),
            3 => Park { interaction, agent }.into(),
            4..=5 => Complete { interaction, agent }.into(),
            6 => ExtendWrapUp { interaction, agent, by_ms: self.dice.below_ms(60_000) }.into(),
            7 if self.dice.one_in(3) => End { interaction, agent }.into(),
            7 => Unpark { interaction, agent }.into(),
            8..=9 => {
                let (child, queue, requirement) = (self.fresh(), self.some_queue(), self.skills(0, 1, 6));
                TransferToQueue { interaction, agent, child, queue, requirement }.into()
            }
            10..=11 => {
                let (child, to_agent) = (self.fresh(), self.some_agent());
                TransferToAgent { interaction, agent, child, to_agent }.into()
            }
            14 => {
                let (medium, units) = (self.dice.pick(Medium::ALL), self.dice.pick(&[1, 1, 1, 2, 0]));
                ChangeMedium { interaction, agent, medium, units }.into()
            }
            _ => Take { interaction, agent: self.some_agent() }.into(),
        }
    }

    /// Lets a contact hold on, most of them by telephone, or speaks to it again.
    fn hold(&mut self, ledger: &Ledger) -> Command {
        let calls: Vec<_> = ledger.work.iter().filter(|(_, work)| work.medium == Medium::Voice).collect();
        let interaction = if calls.is_empty() || self.dice.one_in(10) {
            self.some_work(ledger, |stage| matches!(stage, Stage::Active { .. }))
        } else {
            *self.dice.pick(&calls).0
        };
        let agent = self.holder(ledger, interaction);
        if self.dice.one_in(3) {
            Unhold { interaction, agent }.into()
        } else {
            Hold { interaction, agent }.into()
        }
    }

    /// Says what came of connecting, mostly where something is connecting.
    fn connect(&mut self, ledger: &Ledger) -> Command {
        let interaction = self.some_work(ledger, |stage| matches!(stage, Stage::Connecting { .. }));
        let agent = self.holder(ledger, interaction);
        if self.dice.one_in(2) {
            Connected { interaction, agent }.into()
        } else {
            FailConnecting { interaction, agent }.into()
        }
    }

    /// Hands work to a flow, or back.
    fn step_of_flow(&mut self, ledger: &Ledger) -> Command {
        let has_any = ledger.work.values().any(|work| matches!(work.stage, Stage::InFlow { .. }));
        if has_any && !self.dice.one_in(3) {
            let interaction = self.some_work(ledger, |stage| matches!(stage, Stage::InFlow { .. }));
            let agent = if self.dice.one_in(2) { Some(self.holder(ledger, interaction)) } else { None };
            return ReturnFromFlow { interaction, agent }.into();
        }
        let interaction = self.some_work(ledger, |stage| matches!(stage, Stage::Active { .. }));
        let limit_ms = self.dice.pick(&[5_000, 60_000, 60_000, 900_000, 1, 0]);
        HandToFlow { interaction, agent: self.holder(ledger, interaction), limit_ms }.into()
    }

    /// Asks a colleague, or does something with a consult or a conference there is.
    fn ask_colleague(&mut self, ledger: &Ledger) -> Command {
        let bonded: Vec<_> = ledger.work.iter().filter(|(_, work)| work.bond.is_some()).collect();
        if bonded.is_empty() || self.dice.one_in(3) {
            let interaction = self.some_work(ledger, |stage| matches!(stage, Stage::Active { .. }));
            let (agent, child) = (self.holder(ledger, interaction), self.fresh());
            let to_agent = self.dice.one_in(2).then(|| self.some_agent());
            // Now and then both or neither, to be refused.
            let has_queue = to_agent.is_none() != self.dice.one_in(30);
            let queue = has_queue.then(|| self.some_queue());
            let requirement = self.skills(0, 1, 3);
            return Consult { interaction, agent, child, to_agent, queue, requirement }.into();
        }
        let (&child, work) = self.dice.pick(&bonded);
        let parent = work.parent.expect("bonded work has a parent");
        let owner = self.holder(ledger, parent);
        match (work.bond, self.dice.below(8)) {
            (_, 0) => End { interaction: child, agent: owner }.into(),
            (_, 1) => {
                let agent = self.holder(ledger, child);
                End { interaction: child, agent }.into()
            }
            (Some(Bond::Consult), 2..=3) => CompleteConsult { interaction: child, agent: owner }.into(),
            (Some(Bond::Consult), _) => MergeConsult { interaction: child, agent: owner }.into(),
            (_, 2) => AgentWrote { interaction: parent, agent: self.holder(ledger, child) }.into(),
            (_, 3) => End { interaction: parent, agent: owner }.into(),
            (_, 4) => {
                let to_agent = Some(self.some_agent());
                let (child, requirement) = (self.fresh(), Vec::new());
                Consult { interaction: parent, agent: owner, child, to_agent, queue: None, requirement }
                    .into()
            }
            _ => HandOver { interaction: parent, agent: owner, to_agent: self.holder(ledger, child) }.into(),
        }
    }

    fn contact(&mut self, now_ms: Millis, ledger: &Ledger) -> Command {
        match self.dice.below(10) {
            6..=8 => {
                let interaction =
                    self.some_work(ledger, |stage| !matches!(stage, Stage::Queued | Stage::Offered { .. }));
                let agent = self.holder(ledger, interaction);
                AgentWrote { interaction, agent }.into()
            }
            9 if self.dice.one_in(2) => {
                let interaction =
                    self.some_work(ledger, |stage| matches!(stage, Stage::Queued | Stage::Offered { .. }));
                let medium = self.dice.pick(&[Medium::Voice, Medium::Voice, Medium::Task]);
                let (is_dialled, not_before_ms) = self.schedule(now_ms);
                AskCallback { interaction, child: self.fresh(), medium, is_dialled, not_before_ms }.into()
            }
            9 => {
                let interaction = self.some_work(ledger, |_| true);
                ContactWrote { interaction, otherwise: self.enqueue(now_ms, ledger) }.into()
            }
            0..=2 => {
                let interaction = self.some_work(ledger, |stage| {
                    matches!(stage, Stage::Parked { .. } | Stage::Wrapping { .. })
                });
                ContactWrote { interaction, otherwise: self.enqueue(now_ms, ledger) }.into()
            }
            3 => ContactLost { interaction: self.some_work(ledger, |_| true) }.into(),
            4 => ContactBack { interaction: self.some_work(ledger, |_| true) }.into(),
            _ => ContactLeft { interaction: self.some_work(ledger, |_| true) }.into(),
        }
    }

    fn presence(&mut self, ledger: &Ledger) -> Command {
        let blocked: Vec<_> =
            ledger.agents.iter().filter(|(_, agent)| agent.is_blocked).map(|(&id, _)| id).collect();
        if !blocked.is_empty() && self.dice.one_in(2) {
            return ClearBlock { agent: self.dice.pick(&blocked) }.into();
        }
        let away: Vec<_> = ledger
            .agents
            .iter()
            .filter(|(_, agent)| agent.session != Session::Online || agent.status != Status::OnQueue)
            .map(|(&id, _)| id)
            .collect();
        let agent =
            if away.is_empty() || self.dice.one_in(3) { self.some_agent() } else { self.dice.pick(&away) };
        match self.dice.below(10) {
            0..=3 => SetSession { agent, session: Session::Online, is_forced: false }.into(),
            4 if self.dice.one_in(2) => {
                SetSession { agent, session: Session::Reconnecting, is_forced: false }.into()
            }
            5 if self.dice.one_in(3) => {
                SetSession { agent, session: Session::Offline, is_forced: self.dice.one_in(3) }.into()
            }
            4..=8 => SetStatus { agent, status: Status::OnQueue, reason: None }.into(),
            _ => {
                let reason = self.dice.pick(&[None, Some("break"), Some("meal")]);
                SetStatus { agent, status: Status::OffQueue, reason: reason.map(str::to_owned) }.into()
            }
        }
    }

    /// Makes shifts and breaks of some minutes around now.
    fn plan(&mut self) -> SetPlan {
        let agent = self.some_agent();
        let mut at_ms = self.now_ms - 40_000 + self.dice.below_ms(60_000);
        let mut shifts = Vec::new();
        for _ in 0..self.dice.below(3) {
            let to_ms = at_ms + 1 + self.dice.below_ms(300_000);
            shifts.push((at_ms, to_ms));
            at_ms = to_ms + self.dice.pick(&[0, 20_000, 100_000]);
        }
        let mut at_ms = self.now_ms - 20_000 + self.dice.below_ms(40_000);
        let mut breaks = Vec::new();
        for _ in 0..self.dice.below(5) {
            // Now and then one that ends before it begins, to be refused.
            let to_ms = at_ms + 1 + self.dice.pick(&[0, 1_000, 30_000, 30_000, 120_000, -500]);
            let reason = self.dice.pick(&["break", "meal"]).to_owned();
            breaks.push(PlannedBreak { from_ms: at_ms, to_ms, reason });
            at_ms = to_ms + self.dice.pick(&[0, 5_000, 40_000, 200_000]);
        }
        SetPlan { agent, shifts, breaks }
    }

    fn configure(&mut self) -> Command {
        match self.dice.below(26) {
            20..=25 => self.plan().into(),
            0 => RemoveAgent { agent: self.some_agent() }.into(),
            1 => RemoveQueue { queue: self.some_queue() }.into(),
            2..=9 => {
                let queue = self.some_queue();
                self.queue(queue).into()
            }
            _ => {
                let agent = self.some_agent();
                self.agent(agent).into()
            }
        }
    }
}
